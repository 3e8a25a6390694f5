"""The first filling of a hole, from its rim inwards, and what had better not be copied into it.

Source: the onion peel of Newson et al., Non-Local Patch-Based Image Inpainting, IPOL 2017. Ours looks nearby where
looking everywhere would take too long, and makes dear what looks like nothing next to the hole: a rare thing, another
plant or another cup, is not put into the hole because its edges happen to fit.
"""

from __future__ import annotations

import numpy as np

from engine.context import Context
from engine.kernels.anchors import Bools, Ints, box_count, box_sum
from engine.kernels.field import MOST_TAX, PatchField
from engine.kernels.pyramid import Shorts

MOST = 3_000_000
"""Patch comparisons that a peel may take: about sixty milliseconds."""
TILE = 8
"""Side of the squares of the rim that are looked for together when looking nearby."""
RIM = 1
"""Pixels next to a hole that say what belongs into it. They are coarse: what is a little away is something else."""
SPREAD = 256
"""Of them so many stand for all, at most."""
COMPARED = 4_000_000
"""Pixels that are compared with them in all, about ten milliseconds."""


def peel(ctx: Context, field: PatchField, most: int = MOST) -> None:
    """Fills the free pixels of a field that has an anchor everywhere (a step of 1, no torus).

    Args:
        most: patches that are compared in all; exhaustive where that is enough, else half of them near the rim.
    """
    if field.pixels.size * field.candidates <= most:
        field.onion_peel(ctx, most=most)
        return
    height, width = field.free.shape
    rows, columns = field.places.shape
    half = field.patch // 2
    each = most // field.pixels.size
    reach = max(half, (int(np.sqrt(each / 2)) - TILE) // 2)
    everywhere = np.flatnonzero(field.allowed).astype(np.int32)
    everywhere = everywhere[:: max(1, 2 * everywhere.size // max(each, 1))]
    known = (~field.free).astype(np.uint8)
    while not known.all():
        front = (box_count(np.pad(known, 1), 3) > 0) & (known == 0)
        if not front.any():
            front = known == 0
        y, x = np.nonzero(front)
        ay, ax = np.clip(y - half, 0, rows - 1), np.clip(x - half, 0, columns - 1)
        anchors = np.unique(ay * columns + ax).astype(np.int32)
        tiles = anchors // columns // TILE * columns + anchors % columns // TILE
        for tile in np.unique(tiles):
            top, left = (tile // columns) * TILE, (tile % columns) * TILE
            rect = (slice(max(0, top - reach), top + TILE + reach), slice(max(0, left - reach), left + TILE + reach))
            sy, sx = np.nonzero(field.allowed[rect])
            near = ((sy + rect[0].start) * width + sx + rect[1].start).astype(np.int32)
            field.search_all(ctx, known, anchors[tiles == tile], candidates=np.concatenate([near, everywhere]))
        field.vote(ctx, pixels=(y * width + x).astype(np.int32))
        known[y, x] = 1


def strangeness(ctx: Context, features: Shorts, hole: Bools, patch: int) -> Ints:
    """How unlike everything next to the hole each patch of the picture is.

    Args:
        features: int16 (H, W, C). hole: bool (H, W).

    Returns:
        int32 (H, W) per first pixel of a patch: the sum over its pixels of the squared differences to the second most
        similar pixel at the hole's rim (one alone may be a stain), less what pixels there differ by from one another;
        nothing for the hole's own.
    """
    near = box_count(np.pad(hole, RIM), 2 * RIM + 1) > 0
    rim = features[near & ~hole].astype(np.float32)
    if rim.shape[0] < 2:
        return np.zeros(hole.shape, np.int32)
    rim = rim[:: -(-rim.shape[0] // max(2, min(SPREAD, COMPARED // hole.size)))]
    planes = np.ascontiguousarray(features.reshape(-1, features.shape[2]).T, dtype=np.float32)
    least = np.full((2, hole.size), np.inf, np.float32)
    apart = np.full(rim.shape[0], np.inf, np.float32)
    for number, one in enumerate(rim):
        ctx.check()
        found = np.square(planes - one[:, None]).sum(axis=0)
        np.minimum(least[1], np.maximum(least[0], found), out=least[1])
        np.minimum(least[0], found, out=least[0])
        others = np.square(rim - one).sum(axis=1)
        others[number] = np.inf
        np.minimum(apart, others, out=apart)
    usual = 2 * float(np.quantile(apart, 0.9))
    excess = np.where(hole, 0, np.maximum(least[1].reshape(hole.shape).astype(np.float64) - usual, 0))
    return np.minimum(box_sum(np.pad(excess, ((0, patch - 1), (0, patch - 1))), patch), MOST_TAX).astype(np.int32)
