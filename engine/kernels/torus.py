"""Holes in a picture that repeats: what leaves it on one side comes in on the other.

Ours turns the torus until no hole lies at its edge, where any way of filling works as it is, and turns the result back.
A hole that runs all around it is cut where it is thinnest, and what lies along the cut is filled once more, from the
other side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.frame import NOWHERE, Frame, Origin, Places
from engine.image import Floats
from engine.params import Toggle
from engine.region import Rect

Bools = NDArray[np.bool_]
Fill = Callable[[Floats, Floats, Floats | None], Iterator[Frame]]
"""Fills holes: picture float32 (H, W, C), mask (H, W), source mask (H, W) or None. Its last frames say from where."""

REPEATS = Toggle(
    title="Repeats",
    help="The picture is a tile, and what leaves it on one side comes in on the other. Always so in tile mode",
)
"""What an operation that fills holes asks."""
MENDED = 6
"""How far from a cut through a hole it is filled once more, in patches."""
FIRST = 0.7
"""Share of the work up to there."""


def reaches_over(hole: Bools, reach: int) -> bool:
    """Whether a hole lies so near to an edge of the picture that what comes in on the other side matters."""
    around = Rect.around(hole)
    return not Rect.of(hole).holds(around.grown(reach))


def filled(
    ctx: Context, picture: Floats, mask: Floats, source: Floats | None, patch: int, fill: Fill, wrap: bool
) -> Iterator[Frame]:
    """The frames of a fill: of a picture that repeats, if it does and the hole lies near an edge; else as it is.

    Arguments are those of `filled_around`, and:

    Args:
        wrap: whether the picture repeats.
    """
    if wrap and reaches_over(mask > 0, patch):
        yield from filled_around(ctx, picture, mask, source, patch, fill)
    else:
        yield from fill(picture, mask, source)


def filled_around(
    ctx: Context,
    picture: Floats,
    mask: Floats,
    source: Floats | None,
    patch: int,
    fill: Fill,
    cut_at_most: int = 2,
) -> Iterator[Frame]:
    """The frames of a fill, of a picture that repeats.

    Args:
        ctx: to be stopped by.
        picture: float32 (H, W, C).
        mask: float32 (H, W), 0..1, what is filled, and how much.
        source: float32 (H, W), where it may be filled from; None for all but the hole.
        patch: side of what is compared, px.
        fill: does it for a picture with edges.
        cut_at_most: how many times what lies along cuts is filled again.
    """
    hole = mask > 0
    if hole.all():
        yield from fill(picture, mask, source)
        return
    cuts = _cut(hole, 0), _cut(hole, 1)
    around = _joint(hole & (mask >= 1), cuts, MENDED * patch)
    if cut_at_most == 0:
        around[:] = False
    if source is None and around.any():
        # What is filled first is no material for what is filled after it.
        source = (~hole).astype(np.float32)
    made, places = picture.copy(), np.full(hole.shape, NOWHERE, np.int32)
    with ctx.part(0, FIRST if around.any() else 1):
        for frame in _turned(fill, picture, mask, source, cuts):
            made[frame.rect.slices] = frame.pixels
            if frame.origin is not None:
                places[frame.rect.slices] = frame.origin.places
            yield frame
            ctx.check()
    if around.any():
        with ctx.part(FIRST, 1):
            for frame in filled_around(ctx, made, around.astype(np.float32), source, patch, fill, cut_at_most - 1):
                if frame.origin is not None:
                    here = frame.rect.slices
                    both = np.where(around[here], frame.origin.places, places[here])
                    frame = replace(frame, origin=replace(frame.origin, places=both))
                yield frame
                ctx.check()


def _cut(hole: Bools, axis: int) -> int:
    """The row (axis 0) or column to begin at: with no hole in it and far from all, else with the least of it."""
    counts = np.count_nonzero(hole, axis=1 - axis)
    length = counts.size
    best = np.flatnonzero(counts == counts.min())
    taken = np.flatnonzero(counts > counts.min())
    if taken.size == 0:
        # The same everywhere: far from the edge, which is what somebody wanted gone.
        return length // 2
    away = np.abs(best[:, None] - taken[None])
    return int(best[np.minimum(away, length - away).min(axis=1).argmax()])


def _joint(hole: Bools, cuts: tuple[int, int], reach: int) -> Bools:
    """What of a hole lies along the cuts that go through it: bool (H, W)."""
    found = np.zeros(hole.shape, np.bool_)
    for axis, cut in enumerate(cuts):
        length = hole.shape[axis]
        if not hole.take(cut, axis).any() and not hole.take(cut - 1, axis).any():
            continue
        near = (np.arange(cut - min(reach, length // 8), cut + min(reach, length // 8))) % length
        band = np.zeros(length, np.bool_)
        band[near] = True
        found |= hole & (band[:, None] if axis == 0 else band[None])
    return found


def _turned(fill: Fill, picture: Floats, mask: Floats, source: Floats | None, cuts: tuple[int, int]) -> Iterator[Frame]:
    """The frames of a fill of the torus cut open there, in the picture's own pixels."""
    if cuts == (0, 0):
        yield from fill(picture, mask, source)
        return
    down, across = cuts

    def turned(values: Floats) -> Floats:
        out = np.ascontiguousarray(np.roll(values, (-down, -across), (0, 1)))
        out.setflags(write=False)
        return out

    height, width = mask.shape
    for frame in fill(turned(picture), turned(mask), None if source is None else turned(source)):
        for part, here in _back(frame.rect, (height, width), cuts):
            origin = None
            if frame.origin is not None:
                origin = _origin_back(frame.origin, here, (height, width), cuts)
            pixels = np.ascontiguousarray(frame.pixels[here.slices])
            yield replace(frame, rect=part, pixels=pixels, origin=origin)


def _back(rect: Rect, shape: tuple[int, int], cuts: tuple[int, int]) -> list[tuple[Rect, Rect]]:
    """Where the parts of a rectangle come to lie, and which part of it each is."""
    spans = []
    for start, length, cut, size in zip((rect.y, rect.x), (rect.h, rect.w), cuts, shape, strict=True):
        first = (start + cut) % size
        before = min(length, size - first)
        parts = [(first, 0, before)]
        if before < length:
            parts.append((0, before, length - before))
        spans.append(parts)
    return [(Rect(x, y, w, h), Rect(left, top, w, h)) for y, top, h in spans[0] for x, left, w in spans[1]]


def _origin_back(origin: Origin, here: Rect, shape: tuple[int, int], cuts: tuple[int, int]) -> Origin:
    part = origin.cropped(here)
    y, x = np.divmod(part.places, np.int32(shape[1]))
    moved = (y + cuts[0]) % shape[0] * shape[1] + (x + cuts[1]) % shape[1]
    places: Places = np.where(part.places >= 0, moved, NOWHERE).astype(np.int32)
    return replace(part, places=places)
