"""The steps of the document in front; a click goes back or forth to one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from desktop.document.document import Document
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
        self.itemClicked.connect(lambda item: self.go_to(self.row(item)))
        self.itemActivated.connect(lambda item: self.go_to(self.row(item)))

    def look_at(self, document: Document | None) -> None:
        """From now on it shows this document's steps."""
        if self._forget:
            self._forget()
            self._forget = None
        self._document = document
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
        self.clear()
        document = self._document
        if document is None:
            return
        first = "Earlier steps are forgotten" if document.history.forgotten else "Opened"
        self.addItem(QListWidgetItem(icons.icon("image"), first))
        for number, step in enumerate(document.history.steps, 1):
            item = QListWidgetItem(icons.icon("run" if step.recipe else "brush", palette.MUTED), step.title)
            if number > document.history.position:
                item.setForeground(QColor(palette.FAINT))
            self.addItem(item)
        self.setCurrentRow(document.history.position)
        current = self.currentItem()
        if current is not None:
            self.scrollToItem(current)
