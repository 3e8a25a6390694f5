"""One's own picture in the style that the pointer is over, beside the picker."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from desktop import pixels
from desktop.look import palette
from desktop.panels.short_label import ShortLabel
from engine.image import Bytes

SIDE = 256
"""Of the picture, in device independent pixels."""

WAITING = 0.45
"""How much of the picture is seen while its style is on the way."""


class _Picture(QWidget):
    """A picture that fills a square as far as its shape allows; pale while another one is awaited."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SIDE, SIDE)
        self.pixmap = QPixmap()
        self.pale = False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.pixmap.isNull():
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self.pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint((SIDE - size.width()) // 2, (SIDE - size.height()) // 2), size)
        painter.setOpacity(WAITING if self.pale else 1.0)
        painter.drawPixmap(place, self.pixmap)


class StylePopup(QFrame):
    """Lies over the window and lets every click through.

    Args:
        parent: the window.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("style-popup")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setStyleSheet(
            f"#style-popup {{ background: {palette.PANEL}; border: 1px solid {palette.LINE_STRONG};"
            f" border-radius: {palette.RADIUS}px; }}"
        )
        self.picture = _Picture()
        self.title = ShortLabel()
        self.told = QLabel()
        self.told.setProperty("role", "muted")
        self.told.setWordWrap(True)
        self.told.setFixedWidth(SIDE)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.S, palette.S, palette.S, palette.S)
        column.setSpacing(palette.XS)
        for part in (self.picture, self.title, self.told):
            column.addWidget(part)
        self.hide()

    def show_beside(self, panel: QWidget, height: int, title: str, told: str) -> None:
        """Comes up beside a panel, at a height in the panel's pixels; keeps what it shows, pale."""
        self.title.setText(title)
        self.told.setText(told)
        self.picture.pale = True
        self.picture.update()
        self.adjustSize()
        window = self.parentWidget()
        assert window is not None
        corner = panel.mapTo(window, QPoint(panel.width() + palette.XS, height - SIDE // 2))
        if corner.x() + self.width() > window.width():
            corner.setX(panel.mapTo(window, QPoint(0, 0)).x() - self.width() - palette.XS)
        lowest = window.height() - self.height() - palette.S
        self.move(corner.x(), max(palette.S, min(corner.y(), lowest)))
        self.show()
        self.raise_()

    def show_picture(self, shown: Bytes, ready: bool) -> None:
        """What is seen: uint8 (h, w, 4); `ready` when it is what was waited for."""
        self.picture.pixmap = QPixmap.fromImage(pixels.to_qimage(shown))
        self.picture.pale = not ready
        self.picture.update()

    def say(self, told: str) -> None:
        """Another sentence below the title."""
        self.told.setText(told)
        self.adjustSize()
