"""Variations: little pictures of what other seeds and settings would give. A click makes one for real."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QIcon, QKeyEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QVBoxLayout, QWidget

from desktop.look import palette
from desktop.panels.thumbnails import SIDE, as_thumbnails, captioned, icon_of
from desktop.session.trials import Trial
from engine.image import Bytes

INDEX = Qt.ItemDataRole.UserRole


class _Tiles(QListWidget):
    """Space is for comparing, not for choosing."""

    held = Signal(bool)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.held.emit(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.held.emit(False)
        else:
            super().keyReleaseEvent(event)


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
