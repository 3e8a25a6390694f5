"""What can be said about a dropped picture, right where it was dropped: how much of it, another one, keep or not."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from desktop.look import icons, palette
from desktop.panels.short_label import ShortLabel

STEPS = 100
WIDTH = 300


class DropBar(QFrame):
    """A small bar over the canvas.

    Signals:
        moved(amount): 0..1 or a little more, while the slider is dragged.
        released(amount): it was let go.
        another_asked(), kept(), dismissed(): the buttons; Enter keeps, Escape dismisses.
    """

    moved = Signal(float)
    released = Signal(float)
    another_asked = Signal()
    kept = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        self.setObjectName("drop-bar")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setStyleSheet(
            f"#drop-bar {{ background: {palette.PANEL}; border: 1px solid {palette.LINE_STRONG};"
            f" border-radius: {palette.RADIUS}px; }}"
        )
        self.title = ShortLabel()
        self.figure = QLabel()
        self.figure.setProperty("role", "muted")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName("How much of what was dropped")
        self.another = self._button("another", "Another one", self.another_asked)
        self.keep = self._button("keep", "Keep it (Enter)", self.kept)
        self.dismiss = self._button("close", "Take it back (Esc)", self.dismissed)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.figure)
        for button in (self.another, self.keep, self.dismiss):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.S, palette.XS, palette.S, palette.S)
        column.setSpacing(palette.XS)
        column.addLayout(top)
        column.addWidget(self.slider)
        self.setFixedWidth(WIDTH)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._changed)
        self.slider.sliderReleased.connect(lambda: self.released.emit(self.amount))
        self.hide()

    @property
    def amount(self) -> float:
        """0 for nothing, 1 for all of it."""
        return self.slider.value() / STEPS

    def open_at(self, place: QPoint, title: str, amount: float, most: float = 1.0) -> None:
        """Shows the bar so that the slider's handle is under `place` (in the parent's pixels), inside the parent."""
        self.title.setText(title)
        self.slider.blockSignals(True)
        self.slider.setMaximum(round(most * STEPS))
        self.slider.setValue(round(amount * STEPS))
        self.slider.blockSignals(False)
        self.figure.setText(f"{self.slider.value()} %")
        self.adjustSize()
        handle = palette.S + round((WIDTH - 2 * palette.S) * amount / most)
        x, y = place.x() - handle, place.y() - self.height() + palette.M + palette.XS
        last = self._host.size() - self.size() - QSize(palette.S, palette.S)
        self.move(max(palette.S, min(x, last.width())), max(palette.S, min(y, last.height())))
        self.show()
        self.raise_()
        self.slider.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.kept.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def _changed(self, value: int) -> None:
        self.figure.setText(f"{value} %")
        self.moved.emit(self.amount)
        if not self.slider.isSliderDown():
            self.released.emit(self.amount)

    def _button(self, icon: str, told: str, signal: SignalInstance) -> QToolButton:
        button = QToolButton()
        button.setIcon(icons.icon(icon))
        button.setToolTip(told)
        button.setAccessibleName(told)
        button.setAutoRaise(True)
        button.clicked.connect(lambda _=False: signal.emit())
        return button
