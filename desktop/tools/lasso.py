"""A free outline."""

from __future__ import annotations

import math

from desktop.document import Bitmap, Document
from desktop.pixels import filled
from desktop.pointer import Outline, Point, Pointer
from desktop.tools.shape import Shape
from desktop.tools.tool import Gesture
from engine.region import Rect

BAND = 256
"""Rows that are filled at a time, so that a huge outline does not hold up the window."""


class Lasso(Shape):
    """Masks what lies inside a line drawn by hand."""

    title, shortcut, icon, order = "Lasso", "L", "lasso", 30
    help = "Draw around what to fill. Alt takes away from the mask."

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        line: list[Point] = []
        for _, b in pointer.segments():
            line.append(b.point)
            yield Outline(tuple(line))
        rect = _bounds(line).clipped(document.rect)
        if len(line) > 2 and not rect.empty:
            with self.painting(document, pointer) as paint:
                for top in range(rect.y, rect.bottom, BAND):
                    band = Rect(rect.x, top, rect.w, BAND).clipped(rect)
                    paint(Bitmap(band, filled(line, band)))
                    yield None


def _bounds(points: list[Point]) -> Rect:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, top = math.floor(min(xs)), math.floor(min(ys))
    return Rect(left, top, math.ceil(max(xs)) - left, math.ceil(max(ys)) - top)
