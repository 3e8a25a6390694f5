"""Looks at where a place was copied from. It changes nothing."""

from __future__ import annotations

from desktop.document import Document
from desktop.pointer import Pointer
from desktop.tools.tool import Gesture, Tool


class InspectSource(Tool):
    """The window shows the source of whatever the pointer is over while this tool is in hand."""

    title, shortcut, icon, order = "Inspect", "I", "inspect", 75
    help = "Point at a place of a result to see where it was copied from."
    inspects = True

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        for _ in pointer.segments():
            yield None
