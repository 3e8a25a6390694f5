"""A thing to try becomes a document: its picture opened, its masks painted, its sample picked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from desktop.bridge import Bridge
from desktop.document import HOLE, SOURCE, Capsule, Document
from desktop.panels.start import Starter
from engine.image import Image
from engine.region import Rect


def begin(
    bridge: Bridge, starter: Starter, then: Callable[[Document], None], failed: Callable[[Exception], None]
) -> None:
    """Opens a thing to try, off this thread, and gives the document to `then`."""

    def work() -> Document:
        from engine.files import open_picture

        return document_for(starter, open_picture(starter.path))

    bridge.aside(work, then, failed)


def document_for(starter: Starter, picture: Image) -> Document:
    """The ready document; what is painted already counts as nothing to save."""
    document = Document(picture, title=starter.title)
    width, height = document.size
    for mask, strokes in ((HOLE, starter.hole), (SOURCE, starter.source)):
        if strokes:
            _paint(document, mask, strokes)
    if starter.sample:
        x, y, w, h = starter.sample
        with document.edit("Pick sample") as edit:
            edit.pick(Rect(round(x * width), round(y * height), round(w * width), round(h * height)))
    document.saved()
    return document


def _paint(document: Document, mask: str, strokes: Sequence[Mapping[str, Any]]) -> None:
    width, height = document.size
    with document.edit("Ready mask") as edit:
        for stroke in strokes:
            points = [(x * width, y * height) for x, y in stroke["points"]]
            radius = stroke["width"] * width / 2
            for a, b in zip(points, points[1:] or points, strict=False):
                edit.cover(document.masks[mask], Capsule(a, b, radius, hardness=0.95))
