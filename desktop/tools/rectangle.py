"""A rectangle of whole pixels."""

from __future__ import annotations

from desktop.document import Box, Document
from desktop.pointer import Pointer
from desktop.tools.shape import Shape, corners, dragged
from desktop.tools.tool import Gesture


class Rectangle(Shape):
    """Masks a rectangle."""

    title, shortcut, icon, order = "Rectangle", "R", "rectangle", 40
    help = "Drag a rectangle to fill. Shift makes it a square, Alt takes away from the mask."

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        for _ in pointer.segments():
            yield corners(dragged(pointer))
        rect = dragged(pointer).clipped(document.rect)
        if not rect.empty:
            with self.painting(document, pointer) as paint:
                paint(Box(rect))
