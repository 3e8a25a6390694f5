"""Chooses the sample of the next synthesis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from desktop.document import Document
from desktop.pointer import Pointer
from desktop.tools.shape import corners, dragged
from desktop.tools.tool import Gesture, Tool
from engine.region import Rect


class SamplePicker(Tool):
    """Drags a rectangle that becomes the sample."""

    title, shortcut, icon, order = "Sample picker", "K", "sample", 70
    help = "Drag a rectangle: it becomes the sample of the next synthesis. Shift makes it a square, a click drops it."

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        for _ in pointer.segments():
            yield corners(dragged(pointer))
        whole = dragged(pointer)
        if document.wraps and not document.rect.holds(whole):
            self._pick_across(document, whole)
            return
        rect = whole.clipped(document.rect)
        if rect.w >= 2 and rect.h >= 2:
            with document.edit("Pick sample") as edit:
                edit.pick(rect)
        elif document.sample is not None:
            with document.edit("Drop sample") as edit:
                edit.pick(None)

    def _pick_across(self, document: Document, rect: Rect) -> None:
        """A sample that lies over the edge of a tile is a picture of its own."""
        rect = Rect(rect.x, rect.y, min(rect.w, document.size[0]), min(rect.h, document.size[1]))
        if rect.w < 2 or rect.h < 2:
            return
        width, height = document.size
        rows = np.arange(rect.y, rect.bottom) % height
        columns = np.arange(rect.x, rect.right) % width
        picture = document.picture
        part = picture.pixels[rows][:, columns]
        with document.edit("Pick sample") as edit:
            edit.pick(replace(picture, pixels=part, name=f"sample of {document.title}", notes=()))
