"""Masks what has the colour that was clicked on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from desktop.document import Bitmap, Document
from desktop.pointer import Pointer
from desktop.tools.shape import Shape, ShapeValues
from desktop.tools.tool import Gesture
from engine.image import Image
from engine.params import Slider, Toggle
from engine.region import Rect

SIDE = 256
Bits = NDArray[np.bool_]
Part = tuple[Rect, Bits]
"""A rectangle, and which of its pixels: bool (h, w)."""


@dataclass(frozen=True)
class WandValues(ShapeValues):
    """How like the clicked colour."""

    tolerance: Annotated[
        int, Slider(0, 255, help="How far a colour may lie from the clicked one", low_looks="the same colour only")
    ] = 24
    contiguous: Annotated[bool, Toggle(help="Only what hangs together with the clicked pixel")] = True


class Wand(Shape):
    """Masks similar colours."""

    title, shortcut, icon, order = "Wand", "W", "wand", 50
    help = "Click on a colour to mask what is like it. Alt takes away from the mask."
    Values = WandValues

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        for _ in pointer.segments():
            yield None
        place = document.pixel(*pointer.start.point)
        if place is None:
            return
        found = Likeness(document.picture, *place, self.values.tolerance, document.wraps)
        parts = found.connected() if self.values.contiguous else found.anywhere()
        with self.painting(document, pointer) as paint:
            for part in parts:
                if part:
                    paint(Bitmap(part[0], part[1] * np.uint8(255)))
                yield None


class Likeness:
    """Which pixels are like one of them, found tile by tile so that nobody has to wait for all of it.

    A pixel is like another when no channel differs by more than the tolerance.

    Args:
        image: at its own depth.
        x, y: the pixel.
        tolerance: 0..255, of 8 bits.
        wraps: what leaves on one side comes in on the other.
    """

    def __init__(self, image: Image, x: int, y: int, tolerance: int, wraps: bool = False) -> None:
        self._image, self._start, self._wraps = image, (x, y), wraps
        whole = {"u1": 255.0, "u2": 65535.0}.get(image.pixels.dtype.str[1:], image.peak)
        self._wanted = image.pixels[y, x].astype(np.float32)
        self._within = np.float32(tolerance * whole / 255)
        self._known: dict[Rect, Bits] = {}

    def anywhere(self) -> Iterator[Part | None]:
        """All of them."""
        for rect in self._image.rect.tiles(SIDE):
            yield rect, self._like(rect)

    def connected(self) -> Iterator[Part | None]:
        """Those that hang together with the pixel over common sides; None when there is nothing new yet."""
        x, y = self._start
        first = self._tile(x, y)
        seeds = np.zeros((first.h, first.w), bool)
        seeds[y - first.y, x - first.x] = True
        waiting = {first: seeds}
        reached: dict[Rect, Bits] = {}
        while waiting:
            rect, seeds = next(iter(waiting.items()))
            del waiting[rect]
            inside = self._like(rect)
            before = reached.get(rect)
            seeds &= inside if before is None else inside & ~before
            if not seeds.any():
                continue
            now = seeds
            for number, now in enumerate(growing(inside, seeds)):  # noqa: B007  the last one counts
                if number % 4 == 3:
                    yield None
            reached[rect] = now if before is None else before | now
            self._pass_on(rect, now, waiting)
            yield rect, now

    def _pass_on(self, rect: Rect, bits: Bits, waiting: dict[Rect, Bits]) -> None:
        for dx, dy, here, there in (
            (0, -1, np.s_[0, :], np.s_[-1, :]),
            (0, 1, np.s_[-1, :], np.s_[0, :]),
            (-1, 0, np.s_[:, 0], np.s_[:, -1]),
            (1, 0, np.s_[:, -1], np.s_[:, 0]),
        ):
            x, y = rect.x + dx if dx <= 0 else rect.right, rect.y + dy if dy <= 0 else rect.bottom
            if self._wraps:
                x, y = x % self._image.size[0], y % self._image.size[1]
            if bits[here].any() and self._image.rect.holds(Rect(x, y, 1, 1)):
                beside = self._tile(x, y)
                seeds = waiting.setdefault(beside, np.zeros((beside.h, beside.w), bool))
                seeds[there] |= bits[here]

    def _tile(self, x: int, y: int) -> Rect:
        return Rect(x // SIDE * SIDE, y // SIDE * SIDE, SIDE, SIDE).clipped(self._image.rect)

    def _like(self, rect: Rect) -> Bits:
        if rect not in self._known:
            if len(self._known) > 500:  # 32 MB
                self._known.clear()
            apart = np.abs(self._image.pixels[rect.slices].astype(np.float32) - self._wanted)
            self._known[rect] = (apart <= self._within).all(axis=2)
        return self._known[rect]


def growing(inside: Bits, seeds: Bits) -> Iterator[Bits]:
    """More and more of what hangs together with `seeds` inside `inside` (h, w) over common sides; the last is all.

    Each turn fills every run of pixels, along rows and then along columns, that has one reached pixel in it.
    """
    rows, columns = _runs(inside), _runs(inside.T).T
    hits = [np.zeros(runs.max(initial=0) + 1, bool) for runs in (rows, columns)]
    reached, size = seeds, -1
    while (now := int(np.count_nonzero(reached))) != size:
        size = now
        for runs, hit in zip((rows, columns), hits, strict=True):
            hit[runs[reached]] = True
            hit[0] = False
            reached = hit[runs]
        yield reached


def _runs(inside: Bits) -> NDArray[np.int32]:
    """A number from 1 for each run of pixels along the rows; 0 outside."""
    starts = inside.copy()
    starts[:, 1:] &= ~inside[:, :-1]
    return np.cumsum(starts, dtype=np.int32).reshape(inside.shape) * inside
