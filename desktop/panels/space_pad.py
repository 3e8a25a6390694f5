"""The pad of a texture space: its samples as little pictures on a map, and one point to drag between them."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.look import palette
from desktop.panels.thumbnails import rounded
from desktop.pixels import to_qimage
from engine.image import Bytes

Place = tuple[float, float]

STEP, SMALL_STEP = 0.03, 0.005
"""How far an arrow key moves the point; the small one with Shift."""
MARGIN = 14
LARGEST_PICTURE, SMALLEST_PICTURE = 44, 18
HOLD = 5
"""Pixels from a little picture's middle within which the point falls onto it."""

Key = Qt.Key


class SpacePad(QWidget):
    """Arrow keys move the point, Home brings it to the middle, Page up and down go from sample to sample.

    Signals:
        moved(x, y): a person has moved the point; 0..1.
        let_go(): and stopped doing so.
        asked(number, global position): what can be done with this sample.

    Attributes:
        point: where it is.
        held: the mouse has it.
    """

    moved = Signal(float, float)
    let_go = Signal()
    asked = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Map of the texture space")
        self.setMouseTracking(True)
        self.point: Place = (0.5, 0.5)
        self.held = False
        self._names: tuple[str, ...] = ()
        self._pictures: tuple[Bytes, ...] = ()
        self._places: list[Place] = []
        self._shares: list[float] = []
        self._path: list[Place] = []
        self._found: Place | None = None
        self._away = False
        self._ground: QPixmap | None = None

    def sizeHint(self) -> QSize:
        return QSize(290, 250)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 170)

    # What is on it.

    def show_samples(self, names: tuple[str, ...], pictures: tuple[Bytes, ...], places: list[Place]) -> None:
        """Another space; pictures uint8 (h, w, 3), places 0..1."""
        self._names, self._pictures, self._places = names, pictures, places
        self._shares, self._path, self._found, self._ground = [], [], None, None
        self.update()

    def show_point(self, point: Place, shares: list[float], away: bool) -> None:
        """Where the point is, how much of each sample there is there, and whether it also lies off the map."""
        self.point, self._shares, self._away = point, shares, away
        nearest = max(zip(shares, self._names, strict=False), default=(0.0, "nothing"))
        self.setAccessibleDescription(f"{round(100 * nearest[0])} % {nearest[1]}")
        self.update()

    def show_path(self, places: list[Place]) -> None:
        """Points that a path goes along; none for no path."""
        self._path = places
        self.update()

    def show_found(self, place: Place | None) -> None:
        """Where a picture was found to lie."""
        self._found = place
        self.update()

    # Moving the point.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._places:
            self.held = True
            self._to(event.position(), falls=True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self._to(event.position(), falls=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.held and event.button() == Qt.MouseButton.LeftButton:
            self.held = False
            self.let_go.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = SMALL_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        ways = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
        turns = {Key.Key_PageDown: 1, Key.Key_PageUp: -1}
        if not self._places:
            super().keyPressEvent(event)
        elif event.key() == Key.Key_Home:
            self._set((0.5, 0.5))
        elif event.key() in ways:
            across, down = ways[Key(event.key())]
            self._set((round(self.point[0] + across * step, 4), round(self.point[1] + down * step, 4)))
        elif event.key() in turns:
            number = self._nearest(self.point) + turns[Key(event.key())]
            self._set(self._places[number % len(self._places)])
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        mine = (Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_PageUp, Key.Key_PageDown)
        if event.key() in mine and not event.isAutoRepeat():
            self.let_go.emit()
        super().keyReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The sample under the pointer, or the one next to the point where a key asked."""
        if not self._places:
            return
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            number: int | None = self._nearest(self.point)
            assert number is not None
            at = self.mapToGlobal(self.spot(self._places[number]).toPoint())
        else:
            number, at = self._under(QPointF(event.pos()), self._side() / 2), event.globalPos()
        if number is not None:
            self.asked.emit(number, at)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            number = self._under(QPointF(event.pos()))
            name = f"{self._names[number]} (right click: more of it, less, its detail)" if number is not None else ""
            QToolTip.showText(event.globalPos(), name, self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self.held:
            self.held = False
            self.let_go.emit()
        self.update()
        super().focusOutEvent(event)

    def _to(self, at: QPointF, falls: bool) -> None:
        box = self._box()
        number = self._under(at, HOLD if not falls else None) if self._places else None
        if number is not None:
            self._set(self._places[number])
        else:
            self._set(((at.x() - box.x()) / box.width(), (at.y() - box.y()) / box.height()))

    def _set(self, point: Place) -> None:
        held = min(max(point[0], 0.0), 1.0), min(max(point[1], 0.0), 1.0)
        if held != self.point or self._away:
            self.point = held
            self.update()
            self.moved.emit(*held)

    def _nearest(self, point: Place) -> int:
        away = [(x - point[0]) ** 2 + (y - point[1]) ** 2 for x, y in self._places]
        return int(np.argmin(away))

    def _under(self, at: QPointF, reach: float | None = None) -> int | None:
        """The sample whose picture is there."""
        reach = self._side() * 0.3 if reach is None else reach
        for number, place in enumerate(self._places):
            spot = self.spot(place)
            if abs(spot.x() - at.x()) <= reach and abs(spot.y() - at.y()) <= reach:
                return number
        return None

    # Painting.

    def _box(self) -> QRectF:
        """Where the point can be."""
        return QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)

    def spot(self, place: Place) -> QPointF:
        """Where a place is painted, in the widget's pixels."""
        box = self._box()
        return QPointF(box.x() + place[0] * box.width(), box.y() + place[1] * box.height())

    def _side(self) -> float:
        """Of a little picture."""
        box = self._box()
        room = math.sqrt(box.width() * box.height() / max(len(self._places), 1))
        return min(max(0.62 * room, SMALLEST_PICTURE), LARGEST_PICTURE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._ground = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._ground is None:
            self._ground = self._made()
        painter.drawPixmap(0, 0, self._ground)
        spot, alive = self.spot(self.point), self.isEnabled() and bool(self._places)
        if alive:
            for place, share in zip(self._places, self._shares, strict=False):
                if share > 0.02:
                    painter.setPen(QPen(QColor(255, 255, 255, round(50 + 160 * share)), 0.8 + 2.2 * share))
                    painter.drawLine(spot, self.spot(place))
            self._paint_path(painter)
            if self._found is not None:
                painter.setPen(QPen(QColor(palette.INFO), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(self.spot(self._found), 11, 11)
        rim = QColor(palette.ACCENT if self.hasFocus() else palette.LINE)
        painter.setPen(QPen(rim, 1.4 if self.hasFocus() else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), palette.RADIUS, palette.RADIUS)
        if alive:
            painter.setPen(QPen(QColor(0, 0, 0, 200), 1.5))
            painter.setBrush(QColor(palette.TEXT))
            painter.drawEllipse(spot, 7, 7)
            painter.setPen(Qt.PenStyle.NoPen)
            # A hollow point is not only where it lies: it is off the map as well.
            painter.setBrush(QColor(palette.INFO if self._away else palette.ACCENT_PRESSED))
            painter.drawEllipse(spot, 3.2, 3.2)
        painter.end()

    def _paint_path(self, painter: QPainter) -> None:
        if not self._path:
            return
        spots = [self.spot(place) for place in self._path]
        painter.setPen(QPen(QColor(palette.ACCENT), 1.6, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(spots))
        metrics = QFontMetrics(self.font())
        for number, spot in enumerate(spots, 1):
            painter.setPen(QPen(QColor(palette.ON_ACCENT), 1))
            painter.setBrush(QColor(palette.ACCENT))
            painter.drawEllipse(spot, 7.5, 7.5)
            word = str(number)
            at = QPointF(spot.x() - metrics.horizontalAdvance(word) / 2, spot.y() + metrics.capHeight() / 2)
            painter.drawText(at, word)

    def _made(self) -> QPixmap:
        """The little pictures, which do not move."""
        ratio = self.devicePixelRatioF()
        made = QPixmap(self.size() * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.WELL))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), palette.RADIUS, palette.RADIUS)
        side = self._side()
        for picture, place in zip(self._pictures, self._places, strict=True):
            spot = self.spot(place)
            small = rounded(to_qimage(middle(picture), (round(side * ratio), round(side * ratio))), 4, ratio)
            painter.drawPixmap(QPointF(spot.x() - side / 2, spot.y() - side / 2), small)
        painter.end()
        return made


def middle(picture: Bytes, most: int = 128) -> Bytes:
    """The middle of a picture (h, w, 3) as a square of at most `most` pixels: a texture shows itself on a part."""
    side = min(*picture.shape[:2], most)
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    part: Bytes = picture[top : top + side, left : left + side]
    return part
