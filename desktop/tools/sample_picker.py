"""Chooses the sample of the next synthesis."""

from __future__ import annotations

from desktop.document import Document
from desktop.pointer import Pointer
from desktop.tools.shape import corners, dragged
from desktop.tools.tool import Gesture, Tool


class SamplePicker(Tool):
    """Drags a rectangle that becomes the sample."""

    title, shortcut, icon, order = "Sample picker", "K", "sample", 70
    help = "Drag a rectangle: it becomes the sample of the next synthesis. Shift makes it a square, a click drops it."

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        for _ in pointer.segments():
            yield corners(dragged(pointer))
        rect = dragged(pointer).clipped(document.rect)
        if rect.w >= 2 and rect.h >= 2:
            with document.edit("Pick sample") as edit:
                edit.pick(rect)
        elif document.sample is not None:
            with document.edit("Drop sample") as edit:
                edit.pick(None)
