"""What is to do on a painting by numbers, and which part of it first: maps of a document's size, uint8, 255 or 0."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.document import Document, LabelMap
from desktop.document.mask import tile_keys, tile_rect
from engine.image import Bytes, frozen
from engine.region import Rect


@dataclass(frozen=True, eq=False)
class Maps:
    """Two maps of a document.

    Attributes:
        wanted: what its pixels shall be made for.
        done: what they were made for.
        numbers: those that can be made; others stay as they are.
    """

    wanted: LabelMap
    done: LabelMap
    numbers: Collection[int]

    @classmethod
    def of_labels(cls, document: Document) -> Maps | None:
        """Of a painting by numbers; None for any other document."""
        if document.motif is None:
            return None
        return cls(document.labels, document.painted, document.motif.numbers)


LARGER = 8
"""How many times larger than a stroke work is that is put off for it."""
PIECE = 384
"""Side of the pieces in which a map is made that was put off too often, in pixels."""


def to_do(maps: Maps | None, reach: int) -> Bytes | None:
    """Where a painting is to be made again, uint8 (H, W), 255 there; None when its pixels are up with its labels.

    Args:
        maps: of the painting.
        reach: pixels around each changed label that belong to it.
    """
    parts = maps.wanted.differing(maps.done) if maps is not None else []
    if not parts or maps is None:
        return None
    where = spread(maps.wanted.rect, parts)
    bounds = Rect(0, 0, 0, 0)
    for rect, _ in parts:
        bounds = bounds.united(rect)
    bounds = bounds.grown(reach).clipped(maps.wanted.rect)
    part = where[bounds.slices]
    part[...] = grown(part, reach)
    part[~np.isin(maps.wanted.crop(bounds), list(maps.numbers))] = 0
    return frozen(where) if part.any() else None


def spread(whole: Rect, parts: list[tuple[Rect, NDArray[np.bool_]]]) -> Bytes:
    """Pixels in rectangles as a picture of the size of `whole`: uint8 (H, W), 255 for those that are meant."""
    where = np.zeros((whole.h, whole.w), np.uint8)
    for rect, bits in parts:
        where[rect.slices] |= bits * np.uint8(255)
    return where


def newest_part(where: Bytes, newest: Bytes | None) -> Bytes | None:
    """The newest stroke's part of `where`, if that is much more; both uint8 (H, W), 255 for what is meant."""
    if newest is None:
        return None
    part = np.minimum(where, newest)
    return part if 0 < np.count_nonzero(part) * LARGER < np.count_nonzero(where) else None


def piece(where: Bytes, changed: Bytes | None) -> Bytes | None:
    """One piece of `where`, if that is large, with something in it that has `changed`; both uint8 (H, W)."""
    if changed is None or np.count_nonzero(where) <= PIECE * PIECE:
        return None
    for tile in Rect(0, 0, where.shape[1], where.shape[0]).tiles(PIECE):
        if changed[tile.slices].any():
            part = np.zeros_like(where)
            part[tile.slices] = where[tile.slices]
            return part
    return None


def partly(maps: Maps, chosen: Bytes) -> LabelMap:
    """What the picture is painted for, once that is what is wanted where `chosen`, uint8 (H, W), is set."""
    made, whole = maps.done.copy(), maps.wanted.rect
    for key in tile_keys(whole):
        part = tile_rect(key).clipped(whole)
        bits = chosen[part.slices] > 0
        if bits.any():
            made.writable(key)[: part.h, : part.w][bits] = maps.wanted.crop(part)[bits]
            made.settle(key)
    return made


def grown(values: NDArray[Any], by: int) -> NDArray[Any]:
    """The largest value within `by` pixels along rows and columns of each pixel of (h, w)."""
    for axis in (0, 1):
        reached, left = values, by
        step = 1
        while left > 0:
            step = min(step, left)
            ahead, behind = reached.copy(), reached.copy()
            here = [slice(None), slice(None)]
            there = [slice(None), slice(None)]
            here[axis], there[axis] = slice(step, None), slice(None, -step)
            np.maximum(ahead[tuple(here)], reached[tuple(there)], out=ahead[tuple(here)])
            np.maximum(behind[tuple(there)], reached[tuple(here)], out=behind[tuple(there)])
            reached = np.maximum(ahead, behind)
            left -= step
            step *= 2
        values = reached
    return values
