"""Every key, and how to change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.look import palette

Entry = tuple[str, str, tuple[str, ...], tuple[str, ...]]
"""id, title, keys now, keys by default."""


def shown_keys(keys: Sequence[str]) -> str:
    """As the system writes them."""
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


class KeysDialog(QDialog):
    """A table of commands; below it the key of the marked one. Nothing changes until it is accepted.

    Args:
        entries: what there is.
    """

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.resize(560, 620)
        self._entries = {entry[0]: entry for entry in entries}
        self._keys = {entry[0]: entry[2] for entry in entries}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a command or a key")
        self.search.setAccessibleName("Find a command or a key")
        self.table = QTableWidget(len(entries), 2)
        self.table.setAccessibleName("Commands and their keys")
        self.table.setHorizontalHeaderLabels(["Command", "Key"])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._shown: list[tuple[str, QTableWidgetItem, QTableWidgetItem]] = []
        for row, entry in enumerate(entries):
            self._shown.append((entry[0], QTableWidgetItem(entry[1]), QTableWidgetItem(shown_keys(entry[2]))))
            self.table.setItem(row, 0, self._shown[-1][1])
            self.table.setItem(row, 1, self._shown[-1][2])
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setAccessibleName("New key")
        self.usual = QPushButton("Usual key")
        self.none = QPushButton("No key")
        self.all_usual = QPushButton("All usual keys")
        self.told = QLabel()
        self.told.setStyleSheet(f"color: {palette.ACCENT_HOVER};")
        self.told.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(QLabel("New key"))
        line.addWidget(self.edit, 1)
        line.addWidget(self.usual)
        line.addWidget(self.none)
        line.addWidget(self.all_usual)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.L, palette.L, palette.L, palette.L)
        column.setSpacing(palette.S)
        for widget in (self.search, self.table):
            column.addWidget(widget)
        column.addLayout(line)
        column.addWidget(self.told)
        column.addWidget(buttons)
        self.search.textChanged.connect(self._filter)
        self.table.currentCellChanged.connect(lambda *_: self._show())
        self.edit.editingFinished.connect(lambda: self.give(self._pressed()))
        self.usual.clicked.connect(lambda: self.give(self._entries[self._current()][3]))
        self.none.clicked.connect(lambda: self.give(()))
        self.all_usual.clicked.connect(self._all_usual)
        self.table.setCurrentCell(0, 0)

    def changed(self) -> Mapping[str, list[str]]:
        """id -> keys, of those that differ from the usual ones."""
        return {name: list(keys) for name, keys in self._keys.items() if keys != self._entries[name][3]}

    def give(self, keys: tuple[str, ...]) -> None:
        """The marked command gets these keys; whoever had them loses them."""
        name = self._current()
        wanted = {QKeySequence(key).toString() for key in keys}
        told = ""
        for other, theirs in self._keys.items():
            kept = tuple(key for key in theirs if QKeySequence(key).toString() not in wanted)
            if other != name and kept != theirs:
                self._keys[other] = kept
                told = f"{self._entries[other][1]} has no such key any more."
        self._keys[name] = keys
        self.told.setText(told)
        self._refresh()

    def choose(self, name: str) -> None:
        """Marks a command."""
        self.table.setCurrentCell([entry[0] for entry in self._shown].index(name), 0)

    def _current(self) -> str:
        return self._shown[max(self.table.currentRow(), 0)][0]

    def _pressed(self) -> tuple[str, ...]:
        key = self.edit.keySequence().toString()
        return (key,) if key else ()

    def _all_usual(self) -> None:
        self._keys = {name: entry[3] for name, entry in self._entries.items()}
        self.told.setText("")
        self._refresh()

    def _show(self) -> None:
        keys = self._keys[self._current()]
        self.edit.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())

    def _refresh(self) -> None:
        for name, _, key in self._shown:
            key.setText(shown_keys(self._keys[name]))
        self._show()

    def _filter(self, text: str) -> None:
        for row, (_, title, key) in enumerate(self._shown):
            said = f"{title.text()} {key.text()}".lower()
            self.table.setRowHidden(row, text.lower() not in said)
