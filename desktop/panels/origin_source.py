"""A source as a little picture: its colours, the place that is looked at, and a drag that bans a part of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.look import palette
from desktop.pixels import to_qimage
from engine.image import Bytes
from engine.region import Rect, Size

CLICK = 4
"""Logical pixels that a press may move and still be a click, which bans nothing."""


class SourcePicture(QWidget):
    """Shows one source as large as there is room.

    Signals:
        dragged(rect): a rectangle was drawn on it, in the source's own pixels.
        pointed(x, y): the pointer is over this pixel; (-1, -1) when it leaves.
    """

    dragged = Signal(object)
    pointed = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._size: Size = (0, 0)
        self._spot: tuple[int, int] | None = None
        self._from: QPointF | None = None
        self._to: QPointF | None = None
        self.setMouseTracking(True)
        self.setMinimumHeight(72)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Source")
        self.setToolTip("Drag over a part of the source to ban it: what came from there is filled again without it")

    def sizeHint(self) -> QSize:
        return QSize(240, 180)

    def show_sheet(self, sheet: Bytes | None, size: Size) -> None:
        """Another picture: uint8 (h, w, 3), of a source of `size` pixels; None for nothing."""
        self._image = QImage() if sheet is None else to_qimage(sheet)
        self._size = size if sheet is not None else (0, 0)
        self._spot = None
        self.setEnabled(sheet is not None)
        self.update()

    def show_spot(self, spot: tuple[int, int] | None) -> None:
        """Marks a pixel of the source."""
        if spot != self._spot:
            self._spot = spot
            self.update()

    @property
    def spot(self) -> tuple[int, int] | None:
        return self._spot

    @property
    def frame(self) -> QRectF:
        """Where the source is drawn."""
        width, height = self._size
        if not width or not height:
            return QRectF()
        scale = min(self.width() / width, self.height() / height)
        shown = QRectF(0, 0, width * scale, height * scale)
        shown.moveCenter(QRectF(self.rect()).center())
        return shown

    def to_source(self, at: QPointF) -> tuple[float, float]:
        """The source's pixel at a point of the widget."""
        frame = self.frame
        scale = frame.width() / max(self._size[0], 1) or 1.0
        return (at.x() - frame.x()) / scale, (at.y() - frame.y()) / scale

    def to_widget(self, x: float, y: float) -> QPointF:
        frame = self.frame
        scale = frame.width() / max(self._size[0], 1)
        return QPointF(frame.x() + x * scale, frame.y() + y * scale)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.frame.isEmpty():
            self._from = self._to = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            self._to = event.position()
            self.update()
        elif not self.frame.isEmpty():
            x, y = self.to_source(event.position())
            inside = 0 <= x < self._size[0] and 0 <= y < self._size[1]
            self.pointed.emit(*((int(x), int(y)) if inside else (-1, -1)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._from is None or self._to is None:
            return
        start, end, self._from, self._to = self._from, self._to, None, None
        self.update()
        if max(abs(end.x() - start.x()), abs(end.y() - start.y())) > CLICK:
            rect = self._rect(start, end)
            if not rect.empty:
                self.dragged.emit(rect)

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(-1, -1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        frame = self.frame
        if not frame.isEmpty():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(frame, self._image)
            painter.setPen(QPen(QColor(palette.LINE_STRONG), 1))
            painter.drawRect(frame)
        if self._spot is not None:
            at = self.to_widget(self._spot[0] + 0.5, self._spot[1] + 0.5)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for colour, width in (("#000000", 3.4), (palette.ACCENT, 1.6)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawEllipse(at, 6, 6)
        if self._from is not None and self._to is not None:
            for colour, style in (("#000000", Qt.PenStyle.SolidLine), (palette.TEXT, Qt.PenStyle.DashLine)):
                painter.setPen(QPen(QColor(colour), 1, style))
                painter.drawRect(QRectF(self._from, self._to).normalized())
        painter.end()

    def _rect(self, start: QPointF, end: QPointF) -> Rect:
        (x0, y0), (x1, y1) = self.to_source(start), self.to_source(end)
        left, right = sorted((round(x0), round(x1)))
        top, bottom = sorted((round(y0), round(y1)))
        return Rect(left, top, right - left, bottom - top).clipped(Rect(0, 0, *self._size))
