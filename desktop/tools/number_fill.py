"""Fills an area of the label map."""

from __future__ import annotations

import numpy as np

from desktop.document import LABELS, Bitmap, Document
from desktop.pointer import Pointer
from desktop.tools.number_tool import NumberTool
from desktop.tools.tool import Gesture
from desktop.tools.wand import Likeness
from engine.image import Image, frozen


class NumberFill(NumberTool):
    """Gives a whole area the label in hand."""

    title, shortcut, icon, order, mask = "Number fill", "G", "number-fill", 62, LABELS
    help = "Click an area to give it the label in hand; with Shift all areas of its label. Alt-click takes a label."

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        if pointer.erasing:
            yield from self.picking(document, pointer)
            return
        label, everywhere = self.in_hand(document), pointer.shift
        for _ in pointer.segments():
            yield None
        place = document.pixel(*pointer.start.point)
        if place is None or document.labels.at(*place) == label.number:
            return
        # A picture of the map as it was: the fill itself must not lead it on.
        found = Likeness(Image(frozen(document.labels.array()[..., None])), *place, 0, document.wraps)
        with document.edit(f"Fill with {label.name}") as edit:
            for part in found.anywhere() if everywhere else found.connected():
                if part:
                    edit.label(document.labels, Bitmap(part[0], part[1] * np.uint8(255)), label.number)
                yield None
