"""The steps of the document in front; a click goes back or forth to one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from desktop.document.document import Document
from desktop.document.history import Step
from desktop.look import icons, palette
from engine.region import Rect


class HistoryPanel(QListWidget):
    """First line: the picture as it was opened. Undone steps are faint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("History")
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self._document: Document | None = None
        self._forget: Callable[[], None] | None = None
        self._shown: list[Step | bool] = []
        self._position = 0
        self.itemClicked.connect(lambda item: self.go_to(self.row(item)))
        self.itemActivated.connect(lambda item: self.go_to(self.row(item)))

    def look_at(self, document: Document | None) -> None:
        """From now on it shows this document's steps."""
        if self._forget:
            self._forget()
            self._forget = None
        self._document = document
        self.clear()
        self._shown = []
        if document is not None:
            self._forget = document.watch(self._told)
        self._fill()

    def go_to(self, row: int) -> None:
        """Undo or redo until so many of the shown steps are done."""
        document = self._document
        if document is None:
            return
        while document.history.position > row and document.undo():
            pass
        while document.history.position < row and document.redo():
            pass

    def _told(self, what: str, rect: Rect) -> None:
        if what == "history":
            self._fill()

    def _fill(self) -> None:
        """Brings the list up to date. Lines that still hold stay: the thousandth stroke costs what the first did."""
        document = self._document
        if document is None:
            self.clear()
            self._shown = []
            return
        steps = document.history.steps
        wanted: list[Step | bool] = [document.history.forgotten > 0, *steps]
        same = next((k for k, (a, b) in enumerate(zip(self._shown, wanted, strict=False)) if a is not b), None)
        kept = min(len(self._shown), len(wanted)) if same is None else same
        while self.count() > kept:
            self.takeItem(self.count() - 1)
        for entry in wanted[kept:]:
            self.addItem(_item(entry))
        self._shown = wanted
        position = document.history.position
        for row in range(max(1, min(kept, self._position, position)), self.count()):
            item = self.item(row)
            item.setForeground(QColor(palette.TEXT if row <= position else palette.FAINT))
        self._position = position
        self.setCurrentRow(position)
        current = self.currentItem()
        if current is not None:
            self.scrollToItem(current)


def _item(entry: Step | bool) -> QListWidgetItem:
    if isinstance(entry, bool):
        return QListWidgetItem(icons.icon("image"), "Earlier steps are forgotten" if entry else "Opened")
    return QListWidgetItem(icons.icon("run" if entry.recipe else "brush", palette.MUTED), entry.title)
