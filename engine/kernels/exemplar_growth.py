"""Fills a hole patch by patch, where the strongest edge meets the surest ground first.

Source: Criminisi, Perez, Toyama, Region Filling and Object Removal by Exemplar-Based Image Inpainting, 2004.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Bytes, Floats
from engine.kernels.exemplar import CHUNKS, closest, copy, fullest_first, rate
from engine.kernels.field_search import LANES, NEVER
from engine.kernels.pyramid import Shorts
from engine.kernels.stack import Stack
from engine.region import Rect

Ints = NDArray[np.int32]
NEARNESS = 40.0
"""How much a patch from a whole picture's side away costs more than one close by, in mean squared 8-bit levels."""


def grown(
    ctx: Context,
    features: Shorts,
    gray: Floats,
    hole: NDArray[np.bool_],
    allowed: Bytes,
    patch: int,
    reach: int,
    origin: Ints,
) -> Iterator[Rect]:
    """Fills the hole, and says after every patch where it put it.

    Args:
        features: int16 (H, W, C), 0..510. gray: float32 (H, W), 0..1.
        hole: bool (H, W). allowed: uint8 (H, W), from `field.allowed_anchors`; at least one is set.
        patch: side, odd, at most as large as the picture.
        reach: how far from the hole's patch its source may lie, in pixels; everywhere where nothing lies so near.
        origin: int32 (H, W), out: y * W + x of the pixel that each pixel of the hole is copied from.
    """
    height, width, channels = features.shape
    half = patch // 2
    values = Stack.of(features).values
    known = (~hole).astype(np.uint8)
    gray = gray.copy()
    confidence = known.astype(np.float32)
    priority = np.full(hole.shape, -1, np.float32)
    rows = np.full(height, -1, np.float32)
    weights = np.zeros(patch * -(-patch * channels // LANES) * LANES, np.int16)
    order = np.empty(patch, np.int64)
    costs, places = np.empty(CHUNKS, np.int64), np.empty(CHUNKS, np.int32)
    pull = int(NEARNESS * 4 * patch * patch * channels / (height + width))
    around = Rect.around(hole)
    rate(around.y, around.x, around.bottom, around.right, known, gray, confidence, half, priority, rows, ctx.cancel)
    ctx.check()
    total = left = int(np.count_nonzero(hole))
    while left:
        y = int(rows.argmax())
        x = int(priority[y].argmax())
        if rows[y] < 0:
            y, x = (int(v[0]) for v in np.nonzero(known == 0))
        # Near the picture's border the patch is moved inside: it must be whole to be compared.
        cy, cx = min(max(y, half), height - 1 - half), min(max(x, half), width - 1 - half)
        trust = confidence[cy - half : cy + half + 1, cx - half : cx + half + 1].mean()
        fullest_first(cy, cx, known, channels, patch, weights, order)
        place = _best(ctx, cy, cx, values, width, channels, allowed, weights, order, pull, reach, costs, places, origin)
        corner = Rect(cx - half, cy - half, patch, patch)
        before = int(np.count_nonzero(known[corner.slices]))
        copy(cy, cx, place, values, width, channels, patch, known, gray, confidence, trust, origin)
        left -= patch * patch - before
        touched = corner.grown(half + 2)
        rate(
            touched.y,
            touched.x,
            touched.bottom,
            touched.right,
            known,
            gray,
            confidence,
            half,
            priority,
            rows,
            ctx.cancel,
        )
        ctx.check()
        ctx.progress(1 - left / total)
        yield corner


def _best(
    ctx: Context,
    y: int,
    x: int,
    values: Shorts,
    width: int,
    channels: int,
    allowed: Bytes,
    weights: Shorts,
    order: NDArray[np.int64],
    pull: int,
    reach: int,
    costs: NDArray[np.int64],
    places: Ints,
    origin: Ints,
) -> int:
    """The place to copy the patch around (y, x) from: the best within reach, of all where there is none."""
    half = order.size // 2
    top, left = y - half, x - half
    seed = _going_on(top, left, 2 * half + 1, allowed, origin)
    for far in (reach, max(allowed.shape)):
        window = np.array(
            [
                max(top - far, 0),
                min(top + far + 1, allowed.shape[0]),
                max(left - far, 0),
                min(left + far + 1, allowed.shape[1]),
            ]
        )
        ctx.spread(
            closest, CHUNKS, y, x, window, values, width, channels, allowed, weights, order, pull, seed, costs, places
        )
        best = int(costs.argmin())
        if costs[best] < NEVER:
            return int(places[best])
    return int(np.flatnonzero(allowed)[0])


def _going_on(top: int, left: int, patch: int, allowed: Bytes, origin: Ints) -> int:
    """Where the patch would come from if what was copied beside it simply went on; -1 for nowhere."""
    height, width = allowed.shape
    part = origin[top : top + patch, left : left + patch]
    copied = np.argwhere(part >= 0)
    for dy, dx in copied[:: max(1, len(copied) // 4)]:
        sy, sx = divmod(int(part[dy, dx]), width)
        sy, sx = sy - int(dy), sx - int(dx)
        if 0 <= sy < height and 0 <= sx < width and allowed[sy, sx]:
            return sy * width + sx
    return -1
