"""The networks' weights: what ships with the program, and files of one's own in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.dragged import dragged_files
from desktop.look import icons, palette
from engine.errors import Unusable

if TYPE_CHECKING:
    from desktop.bridge import Bridge
    from engine.nets.weights import Weights

State = tuple[tuple["Weights", ...], dict[str, str]]
"""Every file that is known, and for each network the name of the one that is used."""

ENTRY = Qt.ItemDataRole.UserRole
TOLD = (
    "Networks can use weights of your own: .safetensors, .pth or .pt. A file is checked, compared with the networks "
    "that Scumble knows, and copied as plain numbers; nothing in it is ever run."
)


def _state() -> State:
    from engine.nets import own_weights
    from engine.nets.weights import TABLE

    return own_weights.known(), {name: own_weights.chosen(name).name for name in TABLE}


def _after(deed: Callable[[], object]) -> State:
    deed()
    return _state()


class WeightsDialog(QDialog):
    """Lists what there is for each network; a click chooses, Add takes a file in, files can be dropped.

    Args:
        bridge: for what takes a moment; reading them needs the networks' library.
    """

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Networks")
        self.setAcceptDrops(True)
        self.resize(620, 380)
        self._bridge = bridge
        self._filling = False
        told = QLabel(TOLD)
        told.setProperty("role", "muted")
        told.setWordWrap(True)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Weights of the networks")
        self.list.setHeaderLabels(["Weights", "Size", "From"])
        self.list.setRootIsDecorated(False)
        self.list.setColumnWidth(0, 330)
        self.list.setColumnWidth(1, 80)
        self.list.itemChanged.connect(self._checked)
        self.list.itemSelectionChanged.connect(self._show_buttons)
        self.problem = QLabel("Getting the networks ready…")
        self.problem.setWordWrap(True)
        self.add = QPushButton(icons.icon("add"), "Add a file…")
        self.remove = QPushButton(icons.icon("remove"), "Remove")
        self.add.clicked.connect(self._ask)
        self.remove.clicked.connect(self._remove)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        line = QHBoxLayout()
        line.addWidget(self.add)
        line.addWidget(self.remove)
        line.addStretch(1)
        line.addWidget(close)
        column = QVBoxLayout(self)
        column.setSpacing(palette.S)
        column.addWidget(told)
        column.addWidget(self.list, 1)
        column.addWidget(self.problem)
        column.addLayout(line)
        self._show_buttons()
        self._do(_state)

    def take(self, paths: Sequence[str]) -> None:
        """Takes files in, one after another; the first that does not fit is told."""
        from_files = [Path(path) for path in paths]

        def deed() -> None:
            from engine.nets import own_weights

            for path in from_files:
                own_weights.add(path)

        if from_files:
            self.problem.setText("Looking at it…")
            self._do(partial(_after, deed))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.take(dragged_files(event.mimeData()))
        event.acceptProposedAction()

    # Within.

    def _do(self, work: Callable[[], State]) -> None:
        self._bridge.aside(work, self._show_state, self._failed)

    def _show_state(self, state: State) -> None:
        entries, used = state
        self._filling = True
        self.list.clear()
        for name in used:
            for entry in (one for one in entries if name in (one.name, one.stands_for)):
                where = entry.origin if entry.package else Path(entry.origin).name
                item = QTreeWidgetItem([entry.title, f"{entry.size / 1e6:.0f} MB", where])
                item.setCheckState(0, Qt.CheckState.Checked if used[name] == entry.name else Qt.CheckState.Unchecked)
                item.setData(0, ENTRY, (name, entry.name, bool(entry.package)))
                item.setToolTip(0, f"{entry.title}\nsha256 {entry.sha256}")
                item.setToolTip(2, entry.origin)
                self.list.addTopLevelItem(item)
        self._filling = False
        self.problem.setText("")
        self._show_buttons()

    def _failed(self, problem: Exception) -> None:
        self.problem.setText(str(problem) if isinstance(problem, Unusable) else f"That did not work: {problem}")
        self.problem.setStyleSheet(f"color: {palette.ERROR};")

    def _marked(self) -> tuple[str, str, bool] | None:
        items = self.list.selectedItems()
        found: Any = items[0].data(0, ENTRY) if items else None
        return None if found is None else (str(found[0]), str(found[1]), bool(found[2]))

    def _checked(self, item: QTreeWidgetItem) -> None:
        if self._filling:
            return
        name, entry, _ = item.data(0, ENTRY)
        on = item.checkState(0) == Qt.CheckState.Checked

        def deed() -> None:
            from engine.nets import own_weights

            # Taking the mark away means what ships with the program.
            own_weights.choose(name, entry if on else name)

        self._do(partial(_after, deed))

    def _ask(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Add weights", "", "Weights (*.safetensors *.pth *.pt)")
        self.take(paths)

    def _remove(self) -> None:
        marked = self._marked()
        if marked is not None and not marked[2]:

            def deed() -> None:
                from engine.nets import own_weights

                own_weights.remove(marked[1])

            self._do(partial(_after, deed))

    def _show_buttons(self) -> None:
        marked = self._marked()
        self.remove.setEnabled(marked is not None and not marked[2])
