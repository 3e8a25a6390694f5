"""Shapes that an edit covers or erases a mask with.

A stamp knows the rectangle that it touches and computes its values for any part of it, so that a brush of 1,000 px or
a rectangle over 12,000 x 12,000 px is worked out tile by tile in the processor's cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from desktop.document.mask import TILE, solid
from engine.image import Bytes, Floats
from engine.region import Rect, Size

Point = tuple[float, float]
"""x and y in image space: the pixel in column 3 spans 3.0 to 4.0, its centre is 3.5."""


class Stamp(Protocol):
    """Something with a place and values 0..255."""

    @property
    def rect(self) -> Rect:
        """What it touches; may reach beyond the picture."""
        ...

    def alpha(self, rect: Rect) -> Bytes:
        """Its values inside `rect`, which lies inside its own: uint8 (h, w)."""
        ...


@dataclass(frozen=True)
class Moved:
    """A stamp somewhere else."""

    stamp: Stamp
    dx: int
    dy: int

    @property
    def rect(self) -> Rect:
        return self.stamp.rect.moved(self.dx, self.dy)

    def alpha(self, rect: Rect) -> Bytes:
        return self.stamp.alpha(rect.moved(-self.dx, -self.dy))


def wrapped(stamp: Stamp, size: Size) -> Iterator[Stamp]:
    """A stamp on a picture of (width, height) that repeats: what leaves on one side comes in on the other."""
    rect = stamp.rect
    if rect.empty:
        return
    width, height = size
    for row in range(rect.y // height, (rect.bottom - 1) // height + 1):
        for column in range(rect.x // width, (rect.right - 1) // width + 1):
            yield Moved(stamp, -column * width, -row * height) if row or column else stamp


@dataclass(frozen=True)
class Capsule:
    """A round brush drawn from one point to another: all points within a radius of the line between them.

    Attributes:
        a, b: the ends. The same point twice makes a disc.
        radius, radius_b: in pixels at `a` and at `b` (as at `a` when None).
        hardness: 0..1, the part of the radius that is covered wholly. Even at 1 the rim is antialiased.
    """

    a: Point
    b: Point
    radius: float
    radius_b: float | None = None
    hardness: float = 1.0

    @property
    def rect(self) -> Rect:
        reach = max(self.radius, self.radius if self.radius_b is None else self.radius_b) + 0.5
        left, top = min(self.a[0], self.b[0]) - reach, min(self.a[1], self.b[1]) - reach
        right, bottom = max(self.a[0], self.b[0]) + reach, max(self.a[1], self.b[1]) + reach
        x, y = math.floor(left), math.floor(top)
        return Rect(x, y, math.ceil(right) - x, math.ceil(bottom) - y)

    def alpha(self, rect: Rect) -> Bytes:
        xs = np.arange(rect.w, dtype=np.float32) + np.float32(rect.x + 0.5 - self.a[0])
        ys = np.arange(rect.h, dtype=np.float32)[:, None] + np.float32(rect.y + 0.5 - self.a[1])
        dx, dy = self.b[0] - self.a[0], self.b[1] - self.a[1]
        length = dx * dx + dy * dy
        radius: Floats | np.float32 = np.float32(self.radius)
        if length > 1e-6:
            t = xs * np.float32(dx / length) + ys * np.float32(dy / length)
            np.clip(t, 0, 1, out=t)
            # Not |p|^2 - ...: far from `a` the difference of two large squares would lose the fine digits.
            across = xs - t * np.float32(dx)
            across *= across
            along = ys - t * np.float32(dy)
            along *= along
            distance = np.add(across, along, out=across)
            if self.radius_b is not None and self.radius_b != self.radius:
                radius = t * np.float32(self.radius_b - self.radius) + radius
        else:
            distance = xs * xs + ys * ys
        np.sqrt(distance, out=distance)
        return self._profile(distance, radius)

    def _profile(self, distance: Floats, radius: Floats | np.float32) -> Bytes:
        rim = np.float32(1) / (radius * np.float32(1 - self.hardness) + np.float32(1))
        level = np.subtract(radius + np.float32(0.5), distance, out=distance)
        level *= rim
        np.clip(level, 0, 1, out=level)
        if self.hardness < 1:
            level *= level * (np.float32(3) - np.float32(2) * level)
        level *= np.float32(255)
        level += np.float32(0.5)
        return level.astype(np.uint8)


@dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels."""

    rect: Rect

    def alpha(self, rect: Rect) -> Bytes:
        return solid(255)[: rect.h, : rect.w] if max(rect.size) <= TILE else np.full((rect.h, rect.w), 255, np.uint8)


@dataclass(frozen=True, eq=False)
class Bitmap:
    """Any values, uint8 (rect.h, rect.w)."""

    rect: Rect
    values: Bytes

    def alpha(self, rect: Rect) -> Bytes:
        return self.values[rect.moved(-self.rect.x, -self.rect.y).slices]
