"""Every operation by its group, with a search that also reads what they do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from desktop.look import icons, palette
from engine.operation import Operation

ID = Qt.ItemDataRole.UserRole


class OperationList(QWidget):
    """A search field over a list.

    Signals:
        chosen(id): the person chose an operation.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find an operation")
        self.search.setAccessibleName("Find an operation")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icons.icon("search", palette.MUTED), QLineEdit.ActionPosition.LeadingPosition)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Operations")
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(palette.S)
        self.tree.setItemsExpandable(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(palette.S)
        column.addWidget(self.search)
        column.addWidget(self.tree)
        self._words: dict[str, str] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.search.returnPressed.connect(self._take_nearest)
        self.tree.currentItemChanged.connect(self._changed)

    def fill(self, operations: Iterable[Operation[Any]]) -> None:
        """Shows these operations, in their order."""
        self.tree.clear()
        self._items.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        bold = QFont(self.font())
        bold.setPixelSize(11)
        bold.setWeight(QFont.Weight.DemiBold)
        for operation in operations:
            group = groups.get(operation.group)
            if group is None:
                group = groups[operation.group] = QTreeWidgetItem(self.tree, [operation.group])
                group.setFlags(Qt.ItemFlag.ItemIsEnabled)
                group.setFont(0, bold)
                group.setForeground(0, QColor(palette.FAINT))
            item = QTreeWidgetItem(group, [operation.title])
            item.setData(0, ID, operation.id)
            item.setToolTip(0, operation.summary)
            self._items[operation.id] = item
            words = (operation.title, operation.id, operation.group, operation.summary, *operation.presets)
            self._words[operation.id] = " ".join(words).lower()
        self.tree.expandAll()

    def choose(self, operation: str) -> None:
        """Marks an operation, which emits `chosen` when it is another one."""
        item = self._items.get(operation)
        if item is not None:
            self.tree.setCurrentItem(item)

    @property
    def current(self) -> str | None:
        """The marked operation's id."""
        item = self.tree.currentItem()
        return item.data(0, ID) if item is not None else None

    @property
    def shown(self) -> list[str]:
        """The ids that the search leaves."""
        return [name for name, item in self._items.items() if not item.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.tree.setFocus()
                self._take_nearest()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return False

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for name, item in self._items.items():
            item.setHidden(not all(word in self._words[name] for word in words))
        for number in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(number)
            if group is not None:
                inside = [item for item in self._items.values() if item.parent() is group]
                group.setHidden(all(item.isHidden() for item in inside))
        if words and self.shown:
            self.tree.scrollToItem(self._items[self._nearest()])

    def _nearest(self) -> str:
        """Of those that the search leaves the one that is called so, else the marked one, else the first."""
        shown = self.shown
        first = self.current if self.current in shown else shown[0]
        return min(shown, key=lambda name: (self._distance(name), name != first))

    def _distance(self, name: str) -> int:
        """How far what is searched is from an operation's title."""
        text, title = " ".join(self.search.text().lower().split()), self._items[name].text(0).lower()
        if title == text:
            return 0
        if title.startswith(text):
            return 1
        return 2 if all(word in title for word in text.split()) else 3

    def _take_nearest(self) -> None:
        if self.shown:
            self.choose(self._nearest())

    def _changed(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, ID):
            self.chosen.emit(item.data(0, ID))

    def fit(self, room: int) -> None:
        """As high as the list is, but no higher than `room`, which is never less than four lines."""
        line = max(22, self.tree.sizeHintForRow(0))
        rows = len(self._items) + self.tree.topLevelItemCount()
        self.tree.setFixedHeight(min(rows * line + palette.S, max(room, 4 * line)))
        current = self.tree.currentItem()
        if current is not None:
            self.tree.scrollToItem(current)
