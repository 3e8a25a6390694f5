"""Bans a source: what was copied from there is made again without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from desktop.document import Document
from desktop.pointer import Pointer
from desktop.tools.shape import corners, dragged
from desktop.tools.tool import Gesture, Tool
from engine.params import Params, Slider
from engine.region import Rect

SMALLEST = 3
"""Pixels a side from which on a drag is one; less is a click."""


@dataclass(frozen=True)
class BanValues(Params):
    """Of the ban."""

    size: Annotated[int, Slider(1, 512, unit="px", log=True, help="The side of the square that a click bans")] = 24


class BanSource(Tool):
    """Says which rectangle is meant; what comes of it is the window's.

    Attributes:
        asked: told the document and the rectangle.
    """

    title, shortcut, icon, order = "Ban source", "Shift+I", "ban", 76
    help = "Drag over something you don't want, in a result or where it came from: it is filled again without it."
    inspects = True
    Values = BanValues

    def __init__(self) -> None:
        super().__init__()
        self.asked: Callable[[Document, Rect], None] = _nobody

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        for _ in pointer.segments():
            yield corners(self._rect(pointer))
        rect = self._rect(pointer)
        if document.wraps:
            width, height = document.size
            rect = rect.moved(rect.x % width - rect.x, rect.y % height - rect.y)
        self.asked(document, rect.clipped(document.rect))

    def _rect(self, pointer: Pointer) -> Rect:
        rect = dragged(pointer)
        if max(rect.w, rect.h) >= SMALLEST:
            return rect
        side: int = self.values.size
        x, y = pointer.position.point
        return Rect(round(x - side / 2), round(y - side / 2), side, side)


def _nobody(document: Document, rect: Rect) -> None:
    """Before there is a window."""
