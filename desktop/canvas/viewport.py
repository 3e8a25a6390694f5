"""Shows one document through a camera."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid

from desktop.canvas import overlays
from desktop.canvas.camera import Camera, View
from desktop.canvas.painting import GROUND, in_device_pixels, paint
from desktop.canvas.scene import Preview, Scene
from desktop.canvas.tiles import level_for
from desktop.canvas.wrapped import Tiling
from desktop.document import Document, LabelMap
from engine.image import Bytes
from engine.region import Rect, Size

BUDGET = 0.008
"""Seconds that one paint may spend on making tiles."""


class Viewport(QWidget):
    """Paints a document and whatever it tells of its changes, with a preview over it, and keeps a camera.

    Signals:
        zoomed(float): the zoom changed, 1.0 is 100 %.
    """

    zoomed = Signal(float)

    def __init__(self, document: Document | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera = Camera()
        self.scene: Scene | None = None
        self._tiling = Tiling.ONE
        self._forget: Callable[[], None] = nothing
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._paint_unfinished)
        self._unfinished = QRegion()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(64, 64)
        if document:
            self.set_document(document)

    def sizeHint(self) -> QSize:
        return QSize(960, 720)

    # What it shows.

    @property
    def document(self) -> Document | None:
        return self.scene.document if self.scene else None

    def set_document(self, document: Document | None) -> None:
        """Shows another document, fitted; the preview is dropped."""
        if document is self.document and document is not None:
            return
        self._forget()
        self._forget = document.watch(self._document_changed) if document else nothing
        self.scene = Scene(document) if document else None
        self.camera = Camera()
        self._refit()
        self.update()
        self.zoomed.emit(self.zoom)

    def set_mask_visible(self, name: str, visible: bool) -> None:
        """Shows or hides the colour of a mask ("hole", "source")."""
        if self.scene:
            (self.scene.hidden.discard if visible else self.scene.hidden.add)(name)
            self.update()

    def set_mask_blue(self, blue: bool) -> None:
        """Shows the hole in blue, for red pictures, or in red."""
        if self.scene and self.scene.blue != blue:
            self.scene.look_at_hole(blue)
            self.update()

    def mask_visible(self, name: str) -> bool:
        return self.scene is not None and name not in self.scene.hidden

    def set_label_opacity(self, opacity: float) -> None:
        """How much the labels hide of the picture, 0..1."""
        if self.scene:
            self.scene.look_at_labels(opacity)
            self.update()

    def show_labels_of(self, target: LabelMap | None) -> None:
        """The preview shows the texture of these labels; None: the picture that of the document's own painted ones."""
        if self.scene:
            self.scene.pending.compare(self.scene.document.painted if target is None else target)
            self.update()

    def show_preview(self, rect: Rect, pixels: Bytes, size: Size) -> None:
        """Lays a frame of a running job over the picture; the document does not change.

        Args:
            rect: where, in the output's pixels.
            pixels: uint8 (rect.h, rect.w, 4) RGBA, never written again by the caller.
            size: (width, height) of the output. If it is not the document's, the output is shown by itself.
        """
        if self.scene is None:
            return
        before = self.scene.size
        self.scene.show(rect, pixels, size)
        self._resized_scene(before)
        self.update(self.areas(rect))

    def clear_preview(self) -> None:
        """Shows the document alone again."""
        if self.scene and self.scene.preview:
            before, rect = self.scene.size, self.scene.preview.rect
            self.scene.preview = None
            self._resized_scene(before)
            self.update(self.areas(rect))

    def show_look(self, rect: Rect, pixels: Bytes) -> None:
        """Lays a coarse look over a part of the document, below the frames of a running job.

        Args:
            rect: where, in the document's pixels.
            pixels: uint8 (h, w, 4) RGBA of any size; it is stretched to the part as it is painted.
        """
        if self.scene is not None:
            before = self.scene.look[0] if self.scene.look else rect
            self.scene.lay(rect, pixels)
            self.update(self.areas(rect.united(before)))

    def clear_look(self) -> None:
        """Shows what is below again."""
        if self.scene and self.scene.look:
            rect, self.scene.look = self.scene.look[0], None
            self.update(self.areas(rect))

    @property
    def looking(self) -> bool:
        """Whether a coarse look lies over the document."""
        return self.scene is not None and self.scene.look is not None

    def show_glass(self, rect: Rect, pixels: Bytes) -> None:
        """Lays colours over a part of the document; the masks go while they are there.

        Args:
            rect: where, in the document's pixels.
            pixels: uint8 (rect.h, rect.w, 4) RGBA, never written again by the caller.
        """
        if self.scene is not None:
            self.scene.glass = Preview(self.scene.document.size)
            self.scene.glass.add(rect, pixels)
            self.update()

    def clear_glass(self) -> None:
        """Shows the picture without such colours again."""
        if self.scene and self.scene.glass:
            self.scene.glass = None
            self.update()

    @property
    def previewing(self) -> bool:
        return self.scene is not None and self.scene.preview is not None

    def set_compare(self, on: bool) -> None:
        """While on, shows the picture as it was at first, without preview and masks."""
        if self.scene and on != (self.scene.original is not None):
            before = self.scene.size
            self.scene.compare(on)
            self._resized_scene(before)
            self.update()

    @property
    def comparing(self) -> bool:
        return self.scene is not None and self.scene.original is not None

    @property
    def tiling(self) -> Tiling:
        """How often the picture is laid out."""
        return self._tiling

    def set_tiling(self, tiling: Tiling) -> None:
        """Shows the picture once, repeated around, or shifted by half. What was fitted is fitted again."""
        if tiling is not self._tiling:
            self._tiling = tiling
            if self.scene:
                if self.camera.fitting:
                    self._refit()
                else:
                    self.camera.move(0, 0, self.devicePixelRatioF(), self._shown)
            self._looked()

    def areas(self, rect: Rect) -> QRegion:
        """The logical pixels that show a part of the image, in every copy of it."""
        region = QRegion()
        if self.scene:
            for copy in self._tiling.views(self.view, self.scene.size):
                region += copy.logical(rect, margin=2).intersected(self.rect())
        return region

    @property
    def _shown(self) -> Rect:
        return self._tiling.extent(self.scene.size) if self.scene else Rect(0, 0, 0, 0)

    # Where it looks from.

    @property
    def view(self) -> View:
        """The mapping between image and screen now."""
        return self.camera.view(self.size(), self.devicePixelRatioF())

    @property
    def zoom(self) -> float:
        """Screen pixels per image pixel; 1.0 is 100 %."""
        return self.camera.zoom

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Changes the zoom; the image point under `at` (logical, by default the middle) stays where it is."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        self.camera.zoom_to(zoom, middle if at is None else at, self.size(), self.devicePixelRatioF())
        self._looked()

    def zoom_in(self) -> None:
        self.set_zoom(self.camera.step(1))

    def zoom_out(self) -> None:
        self.set_zoom(self.camera.step(-1))

    def actual_size(self) -> None:
        """One image pixel to one screen pixel."""
        self.set_zoom(1.0)

    def fit(self) -> None:
        """The whole picture, small ones enlarged."""
        if self.scene:
            self.camera.fit(self._shown, self.size(), self.devicePixelRatioF(), enlarge=True)
            self._looked()

    def look_at(self, x: float, y: float) -> None:
        """Brings an image point into the middle."""
        self.camera.x, self.camera.y, self.camera.fitting = x, y, False
        self._looked()

    def pan(self, dx: float, dy: float) -> None:
        """Drags the picture by logical pixels."""
        if self.scene:
            self.camera.move(dx, dy, self.devicePixelRatioF(), self._shown)
            self._looked()

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            if self.scene is None:
                painter.fillRect(event.rect(), GROUND)
            else:
                self._paint(painter, self.scene, event.region())
        finally:
            painter.end()  # an open painter on a widget ends the program
        if not self._unfinished.isEmpty():
            self._later.start(0)

    def _paint(self, painter: QPainter, scene: Scene, region: QRegion) -> None:
        until = time.perf_counter() + BUDGET
        view = self.view
        in_device_pixels(painter)
        for logical in region:  # type: ignore[attr-defined]  # the stubs miss that regions are iterable
            for place in paint(painter, scene, view, _device_area(logical, view.ratio), until, self._tiling):
                self._unfinished += self.areas(place)
        self.draw_marks(painter, view)

    def draw_marks(self, painter: QPainter, view: View) -> None:
        """Draws what lies on top; the painter counts device pixels."""
        sample = self.scene.document.sample if self.scene else None
        if self.scene and isinstance(sample, Rect) and self.scene.shows_document:
            overlays.draw_sample(painter, sample, view)

    # Changes from elsewhere.

    def _document_changed(self, what: str, rect: Rect) -> None:
        if self.scene is None or not isValid(self):
            return
        before = self.scene.size
        self.scene.change(what, rect, level_for(self.zoom))
        if what == "size":
            self._resized_scene(before)
            self.update()
        elif what in ("sample", "palette"):
            self.update()
        elif what not in ("history", "title"):
            self.update(self.areas(rect))

    def _resized_scene(self, before: Size) -> None:
        if self.scene and self.scene.size != before:
            if self.camera.fitting:
                self._refit()
            else:
                self.camera.move(0, 0, self.devicePixelRatioF(), self._shown)
            self._looked()

    def _refit(self) -> None:
        if self.scene:
            self.camera.fit(self._shown, self.size(), self.devicePixelRatioF())

    def _looked(self) -> None:
        self.update()
        self.zoomed.emit(self.zoom)

    def _paint_unfinished(self) -> None:
        unfinished, self._unfinished = self._unfinished, QRegion()
        self.update(unfinished)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.camera.fitting:
            self._refit()
            self.zoomed.emit(self.zoom)
        super().resizeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        if self.scene and not event.spontaneous():
            self.scene.rest()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.EnabledChange:
            self.update()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            if self.camera.fitting:
                self._refit()
            self._looked()
        return super().event(event)


def _device_area(logical: QRect, ratio: float) -> QRect:
    box = QRectF(logical.x() * ratio, logical.y() * ratio, logical.width() * ratio, logical.height() * ratio)
    return box.toAlignedRect()


def nothing() -> None:
    """What forgetting no document takes."""
