"""A thing to try becomes a document: its picture opened, its masks painted, its sample picked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from desktop.bridge import Bridge
from desktop.document import HOLE, SOURCE, Capsule, Document, Label, Mask, Motif, Palette, Point
from desktop.document.label_pictures import painting
from desktop.panels.start import RESOURCES, Starter
from engine.image import Floats, Image
from engine.region import Rect, Size


def begin(
    bridge: Bridge, starter: Starter, then: Callable[[Document], None], failed: Callable[[Exception], None]
) -> None:
    """Opens a thing to try, off this thread, and gives the document to `then`."""

    def work() -> Document:
        from engine.files import open_labels, open_mask, open_picture

        picture = open_picture(starter.path)
        if starter.labels:
            return painting_for(starter, picture, open_labels(RESOURCES / starter.labels))
        mask = open_mask(RESOURCES / starter.mask, picture.size) if starter.mask else None
        return document_for(starter, picture, mask)

    bridge.aside(work, then, failed)


def document_for(starter: Starter, picture: Image, mask: Floats | None = None) -> Document:
    """The ready document; what is painted already counts as nothing to save.

    Args:
        starter: what to try.
        picture: its picture.
        mask: its hole, (H, W), 0..1, where it is not given in strokes.
    """
    document = Document(picture, title=starter.title)
    width, height = document.size
    if mask is not None:
        with document.edit("Ready mask") as edit:
            edit.put(document.hole, document.rect, (mask * 255 + 0.5).astype(np.uint8))
    for name, strokes in ((HOLE, starter.hole), (SOURCE, starter.source)):
        if strokes:
            _paint(document, name, strokes)
    if starter.sample:
        x, y, w, h = starter.sample
        with document.edit("Pick sample") as edit:
            edit.pick(Rect(round(x * width), round(y * height), round(w * width), round(h * height)))
    document.saved()
    return document


def painting_for(starter: Starter, picture: Image, labels: NDArray[np.uint16]) -> Document:
    """A painting by numbers, its map begun.

    Args:
        starter: what to try.
        picture: what it takes its pixels from.
        labels: the labels of that, (H, W).
    """
    motif = Motif(picture, labels.astype(np.uint8), starter.path.stem)
    palette = Palette(tuple(Label(number, name, tuple(rgb)) for number, (name, rgb) in enumerate(starter.palette, 1)))
    width, height = starter.size or picture.size
    sketch = painting(motif, palette, np.full((height, width), starter.ground, np.uint8))
    with sketch.edit("Ready map") as edit:
        for stroke in starter.strokes:
            for a, b, radius in _lines(stroke, (width, height)):
                edit.label(sketch.labels, Capsule(a, b, radius), stroke["label"])
    # What it begins with is nobody's step: its first pixels must not count as a change to save.
    document = painting(motif, palette, sketch.labels.array())
    document.title = starter.title
    return document


def _lines(stroke: Mapping[str, Any], size: Size) -> Iterator[tuple[Point, Point, float]]:
    points = [(x * size[0], y * size[1]) for x, y in stroke["points"]]
    for a, b in zip(points, points[1:] or points, strict=False):
        yield a, b, stroke["width"] * size[0] / 2


def _paint(document: Document, mask: str, strokes: Sequence[Mapping[str, Any]]) -> None:
    with document.edit("Ready mask") as edit:
        for stroke in strokes:
            for a, b, radius in _lines(stroke, document.size):
                edit.cover(cast(Mask, document.masks[mask]), Capsule(a, b, radius, hardness=0.95))
