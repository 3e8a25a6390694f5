"""Rectangles of pixels: x to the right, y down, half open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]
"""(width, height) in pixels."""


@dataclass(frozen=True, slots=True)
class Rect:
    """The pixels x <= column < x + w, y <= row < y + h."""

    x: int
    y: int
    w: int
    h: int

    @classmethod
    def of(cls, array: NDArray[np.generic]) -> Rect:
        """The whole of an (H, W, ...) array."""
        return cls(0, 0, array.shape[1], array.shape[0])

    @classmethod
    def around(cls, mask: NDArray[np.generic]) -> Rect:
        """The smallest rectangle with every non-zero element of an (H, W) array; empty when there is none."""
        rows = np.flatnonzero(mask.any(axis=1))
        if rows.size == 0:
            return cls(0, 0, 0, 0)
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        columns = np.flatnonzero(mask[top:bottom].any(axis=0))
        left, right = int(columns[0]), int(columns[-1]) + 1
        return cls(left, top, right - left, bottom - top)

    @property
    def right(self) -> int:
        return self.x + self.w

    @property
    def bottom(self) -> int:
        return self.y + self.h

    @property
    def size(self) -> Size:
        return self.w, self.h

    @property
    def area(self) -> int:
        return self.w * self.h

    @property
    def empty(self) -> bool:
        return self.w <= 0 or self.h <= 0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an array with."""
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def moved(self, dx: int, dy: int) -> Rect:
        return Rect(self.x + dx, self.y + dy, self.w, self.h)

    def grown(self, by: int) -> Rect:
        return Rect(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)

    def clipped(self, to: Rect) -> Rect:
        """The part inside `to`; an empty rectangle where they do not meet."""
        x, y = max(self.x, to.x), max(self.y, to.y)
        return Rect(x, y, max(0, min(self.right, to.right) - x), max(0, min(self.bottom, to.bottom) - y))

    def united(self, other: Rect) -> Rect:
        """The smallest rectangle with both. An empty one adds nothing."""
        if self.empty:
            return other
        if other.empty:
            return self
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Rect(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def meets(self, other: Rect) -> bool:
        return not self.clipped(other).empty

    def holds(self, other: Rect) -> bool:
        return other.empty or self.clipped(other) == other

    def tiles(self, side: int) -> Iterator[Rect]:
        """Rectangles of at most side x side on a grid that starts at the origin of the plane, row by row."""
        for top in range(self.y // side * side, self.bottom, side):
            for left in range(self.x // side * side, self.right, side):
                tile = Rect(left, top, side, side).clipped(self)
                if not tile.empty:
                    yield tile
