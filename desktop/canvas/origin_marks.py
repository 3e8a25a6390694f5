"""Marks over the canvas: the place that is looked at, and where it came from."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.canvas.overlays import DARK, LIGHT
from desktop.canvas.viewport import Viewport
from desktop.look import palette

RING, REACH = 9.0, 14
"""Radius of a ring, and how far a mark reaches from its middle, in logical pixels."""
LOUPE = 33
"""Pixels of the source that the loupe shows a side."""
MAGNIFIED = 4
GAP = 22
CAPTION = 20


class OriginMarks(QWidget):
    """Lies over a canvas and lets everything through.

    Shows a ring where the pointer is and, joined to it by a line, a ring at the source when that lies in the same
    picture; else a loupe beside the pointer with the source's surroundings.

    Args:
        canvas: what it lies over.
    """

    def __init__(self, canvas: Viewport) -> None:
        super().__init__(canvas)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._canvas = canvas
        self._place: tuple[float, float] | None = None
        self._source: tuple[float, float] | None = None
        self._loupe: QImage | None = None
        self._caption = ""
        self._painted = QRect()
        canvas.zoomed.connect(self._moved)
        canvas.installEventFilter(self)
        self.setGeometry(canvas.rect())
        self.show()

    @property
    def place(self) -> tuple[float, float] | None:
        """The image point that is looked at; None where nothing is shown."""
        return self._place

    @property
    def source(self) -> tuple[float, float] | None:
        """The image point that it came from, when that is in the same picture."""
        return self._source

    @property
    def loupe(self) -> QImage | None:
        return self._loupe

    def show_source(self, place: tuple[float, float], source: tuple[float, float]) -> None:
        """Rings at two image points, middles of pixels, and the line between them."""
        self._set(place, source, None, "")

    def show_loupe(self, place: tuple[float, float], picture: QImage, caption: str) -> None:
        """A ring at an image point, and beside it a part of another picture, its middle marked."""
        self._set(place, None, picture, caption)

    def clear(self) -> None:
        if self._place is not None:
            self._set(None, None, None, "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._place is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = self._canvas.view.to_screen(*self._place)
        if self._source is not None:
            there = self._canvas.view.to_screen(*self._source)
            for colour, width in ((DARK, 3.0), (QColor(palette.ACCENT), 1.4)):
                painter.setPen(QPen(colour, width))
                painter.drawLine(here, there)
            self._ring(painter, there, QColor(palette.ACCENT))
        self._ring(painter, here, LIGHT)
        if self._loupe is not None:
            self._draw_loupe(painter, self._loupe, self._box(here))
        painter.end()
        # The zoom may have moved them without telling: what is drawn here has to go later.
        self._painted = self._painted.united(self._region())

    def _set(
        self,
        place: tuple[float, float] | None,
        source: tuple[float, float] | None,
        loupe: QImage | None,
        caption: str,
    ) -> None:
        old = self._painted
        self._place, self._source, self._loupe, self._caption = place, source, loupe, caption
        self._painted = self._region()
        self.update(old.united(self._painted))
        self.raise_()

    def _moved(self) -> None:
        if self._place is not None:
            self.update()

    def _region(self) -> QRect:
        if self._place is None:
            return QRect()
        here = self._canvas.view.to_screen(*self._place)
        box = _around(here)
        if self._source is not None:
            box = box.united(_around(self._canvas.view.to_screen(*self._source)))
        if self._loupe is not None:
            box = box.united(self._box(here).adjusted(-2, -2, 2, 2))
        return box.toAlignedRect()

    def _box(self, here: QPointF) -> QRectF:
        """The loupe's place: below right of the pointer, on the other side where there is no room."""
        side = LOUPE * MAGNIFIED
        x, y = here.x() + GAP, here.y() + GAP
        if x + side > self.width():
            x = here.x() - GAP - side
        if y + side + CAPTION > self.height():
            y = here.y() - GAP - side - CAPTION
        return QRectF(max(0.0, x), max(0.0, y), side, side + CAPTION)

    def _ring(self, painter: QPainter, at: QPointF, colour: QColor) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, width in ((DARK, 3.4), (colour, 1.6)):
            painter.setPen(QPen(ink, width))
            painter.drawEllipse(at, RING, RING)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                way = QPointF(dx, dy)
                painter.drawLine(at + way * (RING - 4), at + way * (RING + 3))

    def _draw_loupe(self, painter: QPainter, picture: QImage, box: QRectF) -> None:
        side = LOUPE * MAGNIFIED
        painter.fillRect(box.adjusted(-1, -1, 1, 1), QColor(palette.WELL))
        frame = QRectF(box.x(), box.y(), side, side)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(frame, picture)
        middle = LOUPE // 2 * MAGNIFIED
        pixel = QRectF(box.x() + middle, box.y() + middle, MAGNIFIED, MAGNIFIED)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, out in ((DARK, 2.0), (QColor(palette.ACCENT), 1.0)):
            painter.setPen(QPen(ink, 1.2))
            painter.drawRect(pixel.adjusted(-out, -out, out, out))
        painter.setPen(QPen(QColor(palette.LINE_STRONG), 1))
        painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.setPen(QColor(palette.TEXT))
        words = painter.fontMetrics().elidedText(self._caption, Qt.TextElideMode.ElideRight, side - 2 * palette.XS)
        room = QRectF(box.x() + palette.XS, box.y() + side, side - 2 * palette.XS, CAPTION)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)


def _around(at: QPointF) -> QRectF:
    return QRectF(at.x() - REACH, at.y() - REACH, 2 * REACH, 2 * REACH)
