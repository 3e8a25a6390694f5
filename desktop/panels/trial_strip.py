"""Variations: little pictures of what other seeds and settings would give. A click makes one for real."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QHideEvent, QIcon, QKeyEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop.look import palette
from desktop.panels.thumbnails import SIDE, as_thumbnails, captioned, icon_of
from desktop.session.trials import Trial
from engine.image import Bytes

INDEX = Qt.ItemDataRole.UserRole


class _Tiles(QListWidget):
    """Space is for comparing, not for choosing: the one under the pointer, or the one that the arrow keys are at.

    Signals:
        held(on): show the current one over the picture, or no longer.
    """

    held = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._holding = False
        self._before: QWidget | None = None
        self.setMouseTracking(True)
        self.itemEntered.connect(self.setCurrentItem)
        self.currentRowChanged.connect(lambda _: self.held.emit(True) if self._holding else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._hold(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._hold(False)
        else:
            super().keyReleaseEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        # Keys go to what is pointed at, unless somebody is typing.
        focused = QApplication.focusWidget()
        if focused is not self and not isinstance(focused, (QLineEdit, QAbstractSpinBox)):
            self._before = focused
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        before, self._before = self._before, None
        if self.hasFocus() and before is not None and isValid(before):
            before.setFocus(Qt.FocusReason.MouseFocusReason)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._hold(False)
        super().focusOutEvent(event)

    def _hold(self, on: bool) -> None:
        if on != self._holding:
            self._holding = on
            self.held.emit(on)


class TrialStrip(QFrame):
    """The trials, seeds first.

    Signals:
        wanted(on): somebody looks at the strip, or no longer.
        promoted(trial): make this one for real.
        compared(pixels): show this little picture over the canvas, uint8 (h, w, 4); None takes it away.
    """

    wanted = Signal(bool)
    promoted = Signal(object)
    compared = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trials: list[Trial] = []
        self._pictures: dict[int, Bytes] = {}
        self.list = as_thumbnails(_Tiles(), "Variations")
        self.hint = QLabel()
        self.hint.setProperty("role", "faint")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.XS, palette.XS, palette.XS, 0)
        column.setSpacing(0)
        column.addWidget(self.hint, 1)
        column.addWidget(self.list, 1)
        self.list.itemClicked.connect(lambda item: self.promoted.emit(self._trials[item.data(INDEX)]))
        self.list.itemActivated.connect(lambda item: self.promoted.emit(self._trials[item.data(INDEX)]))
        self.list.held.connect(self._compare)
        self.say("Other seeds and settings are shown here, small.")

    def say(self, sentence: str) -> None:
        """Shows a sentence in place of pictures."""
        self._trials, self._pictures = [], {}
        self.list.clear()
        self.hint.setText(sentence)
        self.list.hide()
        self.hint.show()

    def begin(self, trials: Sequence[Trial]) -> None:
        """Places for these trials."""
        self._trials, self._pictures = list(trials), {}
        self.list.clear()
        blank = QPixmap(SIDE, SIDE)
        blank.fill(Qt.GlobalColor.transparent)
        for index, trial in enumerate(trials):
            item = captioned(QIcon(blank), trial.caption)
            item.setData(INDEX, index)
            item.setToolTip(f"{trial.caption}. Click to make it for real; hold Space to see it over the picture.")
            self.list.addItem(item)
        self.hint.hide()
        self.list.show()

    def show_trial(self, index: int, shown: Bytes) -> None:
        """One of them has come a little further."""
        if index >= self.list.count():
            return
        self._pictures[index] = shown
        self.list.item(index).setIcon(icon_of(shown))

    def _compare(self, on: bool) -> None:
        row = self.list.currentRow()
        self.compared.emit(self._pictures.get(row) if on else None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.wanted.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.wanted.emit(False)
