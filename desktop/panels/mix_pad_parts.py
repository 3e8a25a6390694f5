"""What the mix pad is made of: corners for pictures, and the ground between them with the point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QEnterEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from desktop.dragged import dragged_files
from desktop.look import icons, palette
from desktop.panels.live_mixing import CENTRE, CORNERS, Point
from desktop.panels.thumbnails import rounded
from desktop.pixels import to_qimage
from engine.image import Image, Pixels, displayed

SIDE = 60
"""Of a corner's picture, in device independent pixels."""
HEIGHT = 2 * SIDE + 48
STEP, SMALL_STEP = 0.05, 0.01
"""How far an arrow key moves the point; the small one with Shift."""
NAMES = ("Upper left", "Upper right", "Lower left", "Lower right")

Key = Qt.Key


def square(image: Image, side: int) -> QImage:
    """The middle of a picture as a little square of `side` pixels."""
    least = min(image.size)
    left, top = (image.size[0] - least) // 2, (image.size[1] - least) // 2
    step = max(1, least // (2 * side))
    part: Pixels = image.pixels[top : top + least : step, left : left + least : step].copy()
    shown = to_qimage(displayed(replace(image, pixels=part).decoded()))
    by = Qt.AspectRatioMode.IgnoreAspectRatio
    return shown.scaled(side, side, by, Qt.TransformationMode.SmoothTransformation)


class Corner(QAbstractButton):
    """The place of one picture.

    Signals:
        files_dropped(paths): pictures were let go on it.
        clear_asked(): its picture is to go.
    """

    files_dropped = Signal(list)
    clear_asked = Signal()

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = number
        self.setFixedSize(SIDE, SIDE)
        self.setAcceptDrops(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.picture: QPixmap | None = None
        self.colour = QColor(palette.LINE_STRONG)
        self.in_hand = self._marked = False
        self.clear = QToolButton(self)
        self.clear.setIcon(icons.icon("close"))
        self.clear.setIconSize(QSize(10, 10))
        self.clear.setFixedSize(18, 18)
        self.clear.move(SIDE - 20, 2)
        self.clear.setStyleSheet(f"background: {palette.PANEL}; border-radius: 9px; padding: 0;")
        self.clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.clear.clicked.connect(self.clear_asked)
        self.clear.hide()

    def show_picture(self, image: Image | None, title: str, share: str) -> None:
        """What lies here; None for nothing yet."""
        if image is None:
            self.picture = None
        else:
            ratio = self.devicePixelRatioF()
            self.picture = rounded(square(image, round(SIDE * ratio)), palette.RADIUS, ratio)
        self.clear.hide()
        self.tell(title, share)

    def tell(self, title: str, share: str) -> None:
        """For the tool tip and for those who cannot see."""
        where = NAMES[self.number]
        self.setAccessibleName(f"{where}: {title}, {share}" if title else f"{where}: no picture yet")
        self.clear.setAccessibleName(f"Take away {title}")
        self.clear.setToolTip("Take it away (Del)")
        self.setToolTip(title or "Drop a picture here, or click to choose one")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.picture is not None:
            painter.drawPixmap(0, 0, self.picture)
        else:
            painter.setBrush(QColor(palette.ACCENT_DIM if self._marked else palette.WELL))
            pen = QPen(QColor(palette.ACCENT if self._marked else palette.LINE_STRONG), 1.2, Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawRoundedRect(box, palette.RADIUS, palette.RADIUS)
            size = 18
            glyph = icons.pixmap("add", size, palette.MUTED, self.devicePixelRatioF())
            painter.drawPixmap((SIDE - size) // 2, (SIDE - size) // 2, glyph)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.in_hand or self.hasFocus() or self._marked:
            colour = self.colour if self.in_hand and not self._marked else QColor(palette.ACCENT)
            painter.setPen(QPen(colour, 2.4))
            painter.drawRoundedRect(box, palette.RADIUS, palette.RADIUS)
        if self.picture is not None:
            painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
            painter.setBrush(self.colour)
            painter.drawEllipse(QPointF(9, 9), 4.5, 4.5)
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.clear.setVisible(self.picture is not None)
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        self.clear.hide()
        super().leaveEvent(event)  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Key.Key_Delete, Key.Key_Backspace) and self.picture is not None:
            self.clear_asked.emit()
        elif event.key() in (Key.Key_Return, Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_files(event.mimeData()):
            self._marked = True
            self.update()
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._marked = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._marked = False
        self.update()
        self.files_dropped.emit(dragged_files(event.mimeData()))
        event.acceptProposedAction()


class MixField(QWidget):
    """The ground between the corners, with the point on it. Arrow keys move it, Home brings it to the middle.

    Signals:
        moved(): a person has moved the point.
        let_go(): and stopped doing so.

    Attributes:
        point: where it is.
        held: the mouse has it.
    """

    moved = Signal()
    let_go = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Mix of the styles")
        self.setToolTip("Drag the point towards the styles that you want more of.\nDouble click: all alike.")
        self.point: Point = CENTRE
        self.held = False
        self.weights: dict[int, float] = {}
        self._colours: list[tuple[float, float, float] | None] = [None] * len(CORNERS)
        self._ground: QPixmap | None = None

    def show_colours(self, colours: Sequence[tuple[float, float, float] | None]) -> None:
        """The mean colour of each corner's picture, 0..1; None where there is none."""
        self._colours, self._ground = list(colours), None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._ground = None
        super().resizeEvent(event)

    # Moving it.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.held = True
            self._to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self._to(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.held and event.button() == Qt.MouseButton.LeftButton:
            self.held = False
            self.let_go.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._set(CENTRE)
        self.let_go.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = SMALL_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        ways = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
        if event.key() == Key.Key_Home:
            self._set(CENTRE)
        elif event.key() in ways:
            across, down = ways[Key(event.key())]
            self._set((round(self.point[0] + across * step, 4), round(self.point[1] + down * step, 4)))
        else:
            super().keyPressEvent(event)

    def _to(self, at: QPointF) -> None:
        box = self._box()
        self._set(((at.x() - box.x()) / box.width(), (at.y() - box.y()) / box.height()))

    def _set(self, point: Point) -> None:
        held = min(max(point[0], 0.0), 1.0), min(max(point[1], 0.0), 1.0)
        if held != self.point:
            self.point = held
            self.update()
            self.moved.emit()

    # Painting it.

    def _box(self) -> QRectF:
        """Where the point can be; the rim keeps it from being cut."""
        return QRectF(self.rect()).adjusted(10, 10, -10, -10)

    def spot(self) -> QPointF:
        """Where the point is painted."""
        box = self._box()
        return QPointF(box.x() + self.point[0] * box.width(), box.y() + self.point[1] * box.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._ground is None:
            self._ground = self._made()
        painter.drawPixmap(0, 0, self._ground)
        box, spot, alive = self._box(), self.spot(), self.isEnabled()
        if alive:
            for k, weight in self.weights.items():
                end = QPointF(box.x() + CORNERS[k][0] * box.width(), box.y() + CORNERS[k][1] * box.height())
                painter.setPen(QPen(QColor(255, 255, 255, round(30 + 150 * weight)), 0.8 + 2.4 * weight))
                painter.drawLine(spot, end)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        rim = QColor(palette.ACCENT if self.hasFocus() else palette.LINE)
        painter.setPen(QPen(rim, 1.4 if self.hasFocus() else 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), palette.RADIUS, palette.RADIUS)
        painter.setPen(QPen(QColor(0, 0, 0, 190), 1.5))
        painter.setBrush(QColor(palette.TEXT if alive else palette.FAINT))
        painter.drawEllipse(spot, 7, 7)
        if alive:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.ACCENT_PRESSED))
            painter.drawEllipse(spot, 3, 3)
        painter.end()

    def _made(self) -> QPixmap:
        """The corners' colours run into one another, dim enough for the point to stand out."""
        ratio = self.devicePixelRatioF()
        made = QPixmap(self.size() * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        well = QColor(palette.WELL)
        dark = np.array([well.redF(), well.greenF(), well.blueF()])
        y, x = np.mgrid[0:24, 0:24] / 23
        ground = np.zeros((24, 24, 3))
        for (right, low), colour in zip(CORNERS, self._colours, strict=True):
            part = (x if right else 1 - x) * (y if low else 1 - y)
            ground += part[..., None] * (dark if colour is None else 0.35 * dark + 0.65 * np.array(colour))
        painter = QPainter(made)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        image = to_qimage(np.round(ground.clip(0, 1) * 255).astype(np.uint8))
        size = self.size() * ratio
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        painter.drawPixmap(0, 0, rounded(image, palette.RADIUS, ratio))
        painter.end()
        return made

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusOutEvent(event)


def mean_colour(picture: QPixmap | None) -> tuple[float, float, float] | None:
    """Red, green and blue, 0..1; None of nothing."""
    if picture is None:
        return None
    by, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    colour = picture.toImage().scaled(1, 1, by, smooth).pixelColor(0, 0)
    return colour.redF(), colour.greenF(), colour.blueF()
