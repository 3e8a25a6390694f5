"""A thin line that fills up.

Qt's own progress bar repaints at once whenever its value changes, and whatever else waits to be painted with it: with
a canvas beside it that held the window up for 30 ms. This one waits for its turn.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.look import palette


class ThinBar(QWidget):
    """How much of something is done.

    Args:
        name: what it is the progress of, for screen readers.
        height: in device independent pixels.
        colour: of the part that is done.
    """

    def __init__(self, name: str, height: int = 6, colour: str = palette.ACCENT, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._colour = name, QColor(colour)
        self._done = 0.0
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_done(0.0)

    @property
    def done(self) -> float:
        """0..1."""
        return self._done

    def show_done(self, done: float) -> None:
        """Shows how much is done, 0..1."""
        done = min(max(done, 0.0), 1.0)
        self.setAccessibleName(f"{self._name}: {round(done * 100)} %")
        if done != self._done:
            self._done = done
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        radius = whole.height() / 2
        painter.setBrush(QColor(palette.WELL))
        painter.drawRoundedRect(whole, radius, radius)
        if self._done > 0:
            whole.setWidth(max(whole.height(), whole.width() * self._done))
            painter.setBrush(self._colour)
            painter.drawRoundedRect(whole, radius, radius)
        painter.end()
