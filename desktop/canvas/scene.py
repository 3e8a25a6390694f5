"""What there is to see: the document's picture, a preview over it, masks as colours, the original for comparison."""

from __future__ import annotations

from typing import cast

import numpy as np
from PySide6.QtGui import QColor, QColorSpace, QImage

from desktop.canvas.label_tint import LabelTint
from desktop.canvas.pending_tint import OPACITY as PENDING
from desktop.canvas.pending_tint import PendingTint
from desktop.canvas.tiles import Pyramid, display_form, every
from desktop.canvas.tints import Tint
from desktop.document import HOLE, LABELS, PAINTED, SOURCE, STYLES, Document, Mask
from desktop.pixels import colour_space, to_qimage
from engine.image import Bytes
from engine.region import Rect, Size

STYLE_COLOURS = (QColor(255, 150, 30), QColor(60, 140, 255), QColor(230, 70, 210), QColor(150, 220, 60))
"""Of the styles' masks, in their order; the mix pad marks its corners with them."""

TINTS = {HOLE: (QColor(255, 0, 0), 0.5), SOURCE: (QColor(0, 200, 80), 0.4)}
TINTS |= {name: (colour, 0.45) for name, colour in zip(STYLES, STYLE_COLOURS, strict=True)}
"""Mask -> its colour, and how much of it there is where the mask is 255."""

BLUE = QColor(0, 110, 255), 0.5
"""Of the hole instead, where the picture itself is red."""

BANNED, NEARLY_ALL = (QColor(24, 24, 36), 0.7), 0.9
"""The colour of what may not be sampled from, shown instead where more than this share of the picture may."""

LABELS_OPACITY = 0.45

THUMBNAIL = 512
"""Longest side in pixels of the picture shown until the tiles are there."""


class Preview:
    """Frames of a running job, laid over the picture. Never part of it.

    Attributes:
        size: of the output that the frames belong to.
        rect: the part of it that has been sent.
    """

    def __init__(self, size: Size, space: QColorSpace | None = None) -> None:
        self.size = size
        self.rect = Rect(0, 0, 0, 0)
        self._pixels: Bytes = np.zeros((0, 0, 4), np.uint8)
        self.pyramid = Pyramid(size, self._read, space)

    def add(self, rect: Rect, pixels: Bytes) -> None:
        """Merges a frame: uint8 (rect.h, rect.w, 4) RGBA, given away."""
        if rect.holds(self.rect):
            self._pixels, self.rect = pixels, rect
        else:
            whole = self.rect.united(rect)
            if whole != self.rect or not self._pixels.flags.writeable:
                merged = np.zeros((whole.h, whole.w, 4), np.uint8)
                merged[self.rect.moved(-whole.x, -whole.y).slices] = self._pixels
                self._pixels, self.rect = merged, whole
            self._pixels[rect.moved(-whole.x, -whole.y).slices] = pixels
        self.pyramid.covered = self.rect
        self.pyramid.change(rect)

    def _read(self, rect: Rect, factor: int) -> Bytes:
        if self.rect.holds(rect):
            return self._pixels[rect.moved(-self.rect.x, -self.rect.y).slices][every(max(1, factor // 4), rect.h)]
        part = np.zeros((rect.h, rect.w, 4), np.uint8)
        common = rect.clipped(self.rect)
        if not common.empty:
            have = self._pixels[common.moved(-self.rect.x, -self.rect.y).slices]
            part[common.moved(-rect.x, -rect.y).slices] = have
        return part[every(max(1, factor // 4), rect.h)]


class Scene:
    """The layers over one document, kept as tiles.

    Attributes:
        document: what it shows.
        look: a small picture laid over a part of it, smoothly enlarged as it is painted, or None.
        preview: frames over it, or None.
        glass: colours over it that say something of its pixels, or None. It has the picture to itself: no masks.
        tints: mask -> its layer of colour.
        hidden: masks that are not shown.
        blue: the hole is shown in blue and not in red.
        label_opacity: 0..1, how much the labels hide of the picture.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.look: tuple[Rect, QImage] | None = None
        self.preview: Preview | None = None
        self.glass: Preview | None = None
        self.hidden: set[str] = set()
        self.original: Pyramid | None = None
        self.blue = False
        self.label_opacity = LABELS_OPACITY
        self.reset()

    def reset(self) -> None:
        """The document's size changed: everything is made anew."""
        document = self.document
        self.pyramid = Pyramid(document.size, self._read, self.space)
        self.labels = LabelTint(document.labels, document.palette, self.label_opacity)
        self.pending = PendingTint(document.labels, document.painted, document.palette)
        self.tints: dict[str, Tint | LabelTint] = {LABELS: self.labels}
        self.tints |= {name: Tint(cast(Mask, document.masks[name]), *look) for name, look in TINTS.items()}
        self.look_at_hole(self.blue)
        self._look_at_source()
        self.original = self.glass = self.look = None
        self._thumbnail: QImage | None = None
        self._made_for = self.space

    def look_at_hole(self, blue: bool) -> None:
        """In which of its two colours it is shown."""
        self.blue = blue
        cast(Tint, self.tints[HOLE]).recolour(*(BLUE if blue else TINTS[HOLE]))

    @property
    def space(self) -> QColorSpace | None:
        """The picture's colours, where they are not the screen's."""
        return colour_space(self.document.picture.icc)

    def show(self, rect: Rect, pixels: Bytes, size: Size) -> None:
        """Lays a frame over the picture: uint8 (rect.h, rect.w, 4) RGBA of an output of `size`."""
        if self.preview is None or self.preview.size != size:
            self.preview = Preview(size, self.space)
        self.preview.add(rect, pixels)

    def lay(self, rect: Rect, pixels: Bytes) -> None:
        """Lays a coarse look over a part of the picture: uint8 (h, w, 4) RGBA of any size."""
        self.look = rect, to_qimage(pixels, space=self.space)

    def rest(self) -> None:
        """Nobody looks: gives back the memory of the tiles."""
        for layer in (*self.layers, self.pyramid):
            layer.forget()

    @property
    def size(self) -> Size:
        """Of what is shown: the preview's where it makes a new picture, the original's while it is compared."""
        if self.original:
            return self.original.size
        return self.preview.size if self.preview else self.document.size

    @property
    def shows_document(self) -> bool:
        """Whether the document is seen, with or without a preview over it."""
        return self.original is None and self.size == self.document.size

    @property
    def layers(self) -> list[Pyramid]:
        """Pictures to be painted over one another, bottom first."""
        if self.original:
            return [self.original]
        if self.preview and self.preview.size != self.document.size:
            return [self.preview.pyramid]
        over = self.preview or self.glass
        return [self.pyramid, over.pyramid] if over else [self.pyramid]

    @property
    def masks(self) -> list[Tint | LabelTint]:
        """Layers of colour to be painted over them."""
        if not self.shows_document or self.glass:
            return []
        return [tint for name, tint in self.tints.items() if name not in self.hidden]

    @property
    def waiting(self) -> PendingTint | None:
        """Labels that wait for their texture, to be painted right over the picture; None where there is none."""
        shown = self.document.motif is not None and self.shows_document
        return self.pending if shown else None

    @property
    def has_alpha(self) -> bool:
        return self.document.picture.has_alpha or self.size != self.document.size

    @property
    def thumbnail(self) -> QImage | None:
        """The whole picture, small and coarse, to be shown until its tiles are there."""
        if self.layers[0] is not self.pyramid:
            return None
        if self._thumbnail is None:
            step = max(1, max(self.document.size) // THUMBNAIL)
            picture = self.document.picture
            self._thumbnail = to_qimage(display_form(picture, picture.pixels[::step, ::step], 1), space=self.space)
        return self._thumbnail

    def change(self, what: str, rect: Rect, level: int) -> None:
        """The document said so."""
        if what in (LABELS, PAINTED):
            self.pending.change(rect, level)
        if what in self.tints:
            self.tints[what].change(rect, level)
            self._look_at_source()
        elif what == "picture" and self.space is not self._made_for:
            self.reset()
        elif what == "picture":
            self.pyramid.change(rect)
            self._thumbnail = None
        elif what == "size":
            self.reset()
        elif what == "palette":
            self.labels.look(self.document.palette, self.label_opacity)
            self.pending.look(self.document.palette, PENDING)

    def _look_at_source(self) -> None:
        """Where nearly everything may be sampled from, what may not is easier to see."""
        source = cast(Tint, self.tints[SOURCE])
        source.turn(source.mask.coverage > NEARLY_ALL, *BANNED)

    def look_at_labels(self, opacity: float) -> None:
        """How much the labels hide of the picture, 0..1."""
        if opacity != self.label_opacity:
            self.label_opacity = opacity
            self.labels.look(self.document.palette, opacity)

    def compare(self, on: bool) -> None:
        """Shows the picture as it was before the oldest remembered step, or no longer."""
        document = self.document

        def read(rect: Rect, factor: int) -> Bytes:
            return display_form(document.picture, document.original(rect), factor)

        self.original = Pyramid(document.original_size, read, self.space) if on else None

    def _read(self, rect: Rect, factor: int) -> Bytes:
        picture = self.document.picture
        return display_form(picture, picture.pixels[rect.slices], factor)
