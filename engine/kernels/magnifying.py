"""A small picture at full size: a source's own pixels, laid along it.

Source: the guided patch field of EbSynth (Fiser et al., SIGGRAPH 2016) with the small picture as the guide. Where the
small one covers a part only of what is wanted, it goes on by itself first.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import GRAY_ALPHA, RGB, Floats
from engine.kernels.channels import premultiplied, with_channels
from engine.kernels.guided import Plan, Sheet, guided
from engine.kernels.strips import looked_up
from engine.kernels.texture_features import comparable
from engine.region import Size

PATCH = 7
GUIDE = 1.0
"""How much the guide counts against the pixels of the source."""
BAND = 24
"""Pixels on either side of a seam that are laid again, so that a tile closes."""


def magnified(
    ctx: Context, source: Floats, small: Floats, factor: float, size: Size, tileable: bool = False
) -> Iterator[Floats]:
    """Yields the whole, float32 (size[1], size[0], C) like the source, as it gets better; the last one counts.

    Args:
        source: (H, W, C).
        small: (h, w, 3), what it shall look like, `factor` times as large as the source.
        factor: at most 1.
    """
    wanted = max(1, round(size[1] * factor)), max(1, round(size[0] * factor))
    if wanted[0] > small.shape[0] or wanted[1] > small.shape[1]:
        small = np.tile(small, (-(-wanted[0] // small.shape[0]), -(-wanted[1] // small.shape[1]), 1))
    small = small[: wanted[0], : wanted[1]]
    guide = _enlarged(small, (size[1], size[0]))
    own = _enlarged(_reduced(with_channels(source, RGB), factor), source.shape[:2])
    flat = source.reshape(-1, source.shape[2])
    taken = Sheet(
        comparable(premultiplied(source), 1 if source.shape[2] <= GRAY_ALPHA else 3),
        _guides(own),
        None,
        np.ones(source.shape[:2], np.bool_),
    )
    ctx.check()
    blank = np.zeros((size[1], size[0], source.shape[2]), np.int16)
    free = np.ones((size[1], size[0]), np.bool_)
    made = Sheet(blank, _guides(guide), None, free)
    patch = min(PATCH, *source.shape[:2], *size)
    with ctx.part(0.0, 0.7 if tileable else 1.0):
        for state in guided(ctx, taken, made, Plan(patch=patch)):
            if ctx.due():
                yield looked_up(flat, state.origin, ctx.check).reshape(size[1], size[0], -1)
    result = looked_up(flat, state.origin, ctx.check).reshape(size[1], size[0], -1)
    if not tileable:
        yield result
        return
    # Rolled by half, the seams lie in the middle: what is around them is laid again.
    shift = (size[1] // 2, size[0] // 2)
    rolled = np.roll(result, shift, (0, 1))
    seam = np.zeros(free.shape, np.bool_)
    seam[max(0, shift[0] - BAND) : shift[0] + BAND] = True
    seam[:, max(0, shift[1] - BAND) : shift[1] + BAND] = True
    if seam.all():
        yield result
        return
    features = comparable(premultiplied(rolled), 1 if source.shape[2] <= GRAY_ALPHA else 3)
    again = Sheet(features, np.roll(made.guides, shift, (0, 1)), None, seam)
    with ctx.part(0.7, 1.0):
        for state in guided(ctx, taken, again, Plan(patch=patch)):
            found = state.origin
    rolled[seam] = flat[found]
    yield np.roll(rolled, (-shift[0], -shift[1]), (0, 1))


def _guides(colours: Floats) -> NDArray[np.int16]:
    return np.rint(colours * np.float32(510 * GUIDE)).astype(np.int16)


def _reduced(picture: Floats, factor: float) -> Floats:
    """Means of blocks: (h, w, C), `factor` times as large."""
    if factor == 1:
        return picture
    for axis in (0, 1):
        side = picture.shape[axis]
        few = max(1, round(side * factor))
        edges = np.arange(few + 1) * side // few
        sums = np.add.reduceat(picture, edges[:-1], axis=axis)
        counts = np.diff(edges).astype(np.float32)
        picture = sums / (counts[:, None, None] if axis == 0 else counts[None, :, None])
    return picture


def _enlarged(picture: Floats, shape: tuple[int, ...]) -> Floats:
    """Linear between the pixels: (shape[0], shape[1], C)."""
    for axis in (0, 1):
        side = picture.shape[axis]
        at = np.clip((np.arange(shape[axis]) + 0.5) * (side / shape[axis]) - 0.5, 0, side - 1)
        low = at.astype(np.int64)
        high = np.minimum(low + 1, side - 1)
        weight = (at - low).astype(np.float32)
        weight = weight[:, None, None] if axis == 0 else weight[None, :, None]
        picture = np.take(picture, low, axis) * (1 - weight) + np.take(picture, high, axis) * weight
    return picture
