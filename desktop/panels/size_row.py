"""How large a new picture is to be."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QToolButton, QVBoxLayout, QWidget

from desktop.look import palette
from engine.region import Size

LARGEST = 30_000


class SizeRow(QWidget):
    """Width and height. Follows what suits the sample until a person says otherwise.

    Signals:
        changed(): a person changed the size.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sample: Size = (256, 256)
        self._suits: Size = (512, 512)
        self._by_itself = False
        self._own = False
        self._telling = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(palette.XS)
        line = QHBoxLayout()
        line.setSpacing(palette.XS)
        column.addLayout(line)
        title = QLabel("Size")
        line.addWidget(title)
        line.addStretch(1)
        self.width_box, self.height_box = QSpinBox(), QSpinBox()
        for box, name in ((self.width_box, "Width"), (self.height_box, "Height")):
            box.setRange(1, LARGEST)
            box.setSuffix(" px")
            box.setKeyboardTracking(False)
            box.setAccessibleName(name)
            box.setFixedWidth(84)
            box.setAlignment(Qt.AlignmentFlag.AlignRight)
            box.valueChanged.connect(self._typed)
        line.addWidget(self.width_box)
        line.addWidget(QLabel("×"))
        line.addWidget(self.height_box)
        title.setBuddy(self.width_box)
        quick = QHBoxLayout()
        quick.setSpacing(palette.XS)
        quick.addStretch(1)
        column.addLayout(quick)
        self.quick: list[QToolButton] = []
        for times in (1, 2, 4, 8):
            button = QToolButton()
            button.setText(f"{times}×")
            button.setAccessibleName(f"{times} times the sample")
            button.setToolTip(f"{times} times the sample")
            button.clicked.connect(lambda _=False, times=times: self.take_times(times))
            quick.addWidget(button)
            self.quick.append(button)
        self._show((512, 512))

    def value(self) -> Size:
        return self.width_box.value(), self.height_box.value()

    def set(self, size: Size) -> None:
        """A size of the person's own, without `changed`."""
        self._own = True
        self._show(size)

    def follow(self, sample: Size, suits: Size | None = None) -> None:
        """The sample has this size now.

        Args:
            sample: (width, height).
            suits: what an operation would give its result by itself; by default twice the sample. A size that was
                typed for the one kind of operation is none for the other.
        """
        self._sample = sample
        self._suits = suits or (sample[0] * 2, sample[1] * 2)
        if self._by_itself != (suits is not None):
            self._by_itself, self._own = suits is not None, False
        if not self._own:
            self._show(self._suits)

    def hold(self, size: Size) -> None:
        """What is there already has this size; the next one is to have it too."""
        if not self._own:
            self._show(size)

    def release(self) -> None:
        """Follow the sample again."""
        self._own = False
        self._show(self._suits)

    def take_times(self, times: int) -> None:
        """The sample's size, this many times."""
        size = self._sample[0] * times, self._sample[1] * times
        self._own = size != self._suits
        self._show(size)
        self.changed.emit()

    def _show(self, size: Size) -> None:
        self._telling = False
        self.width_box.setValue(min(size[0], LARGEST))
        self.height_box.setValue(min(size[1], LARGEST))
        self._telling = True

    def _typed(self) -> None:
        if self._telling:
            self._own = True
            self.changed.emit()
