"""One's own picture in the style that the pointer is over, beside the picker."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
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
    """A picture as large as fits into a square; pale while another one is awaited."""

    def __init__(self) -> None:
        super().__init__()
        self.pixmap = QPixmap()
        self.pale = False

    def show_picture(self, pixmap: QPixmap, pale: bool) -> None:
        self.pixmap, self.pale = pixmap, pale
        self.setFixedSize(pixmap.size().scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(WAITING if self.pale else 1.0)
        painter.drawPixmap(self.rect(), self.pixmap)


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
        self._panel: QWidget | None = None
        self._height = 0
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
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter if part is self.picture else Qt.AlignmentFlag(0))
        self.hide()

    def show_beside(self, panel: QWidget, height: int, title: str, told: str) -> None:
        """Comes up beside a panel, at a height in the panel's pixels; keeps what it shows, pale."""
        self.title.setText(title)
        self.told.setText(told)
        self._panel, self._height = panel, height
        self.picture.show_picture(self.picture.pixmap, True)
        self._settle()
        self.show()
        self.raise_()

    def show_picture(self, shown: Bytes, ready: bool) -> None:
        """What is seen: uint8 (h, w, 4); `ready` when it is what was waited for."""
        before = self.picture.pixmap.size()
        self.picture.show_picture(QPixmap.fromImage(pixels.to_qimage(shown)), not ready)
        if self.picture.pixmap.size() != before:
            self._settle()

    def say(self, told: str) -> None:
        """Another sentence below the title."""
        self.told.setText(told)
        self._settle()

    def _settle(self) -> None:
        """Beside the panel, with the picture's middle at the height that was asked for, all of it in the window."""
        window, panel = self.parentWidget(), self._panel
        if window is None or panel is None:
            return
        # A label that wraps makes a layout whose height is known too late; and none gets lower than it has to be.
        self.told.setMinimumHeight(0)
        self.told.setFixedHeight(self.told.heightForWidth(SIDE))
        self.adjustSize()
        corner = panel.mapTo(window, QPoint(panel.width() + palette.XS, self._height - self.picture.height() // 2))
        if corner.x() + self.width() > window.width():
            corner.setX(panel.mapTo(window, QPoint(0, 0)).x() - self.width() - palette.XS)
        lowest = window.height() - self.height() - palette.S
        self.move(corner.x(), max(palette.S, min(corner.y(), lowest)))
