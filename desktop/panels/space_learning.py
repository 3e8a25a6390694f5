"""Asks what a new texture space is to be learnt from, and how long it may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QIcon, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.dragged import dragged_files
from desktop.learnt import Learnt
from desktop.look import palette
from desktop.panels.collection import files_in
from desktop.panels.start import thumbnail

SIDE = 84
OFFER = Qt.ItemDataRole.UserRole
FEWEST, ENOUGH = 1, 3


@dataclass(frozen=True, eq=False)
class Offered:
    """A picture at hand.

    Attributes:
        title: what to call it.
        path: its file; None for an open document.
        key: what an open document is found by again.
        chosen: it is taken unless a person says otherwise.
    """

    title: str
    path: Path | None = None
    key: int = 0
    chosen: bool = False


class LearnDialog(QDialog):
    """Pictures to click on: those that are marked are taken.

    Args:
        offered: what is at hand.
        pictures: little pictures of those of them that have no file: key -> picture.
        spaces: those that can be gone on with.
        begun: the one of them to begin with, unless a person says otherwise.
    """

    def __init__(
        self,
        offered: Sequence[Offered],
        pictures: dict[int, QPixmap],
        spaces: Sequence[Learnt] = (),
        begun: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Learn a texture space")
        self.told = QLabel(
            "Three to thirty pictures of texture, each as even as can be; they can be dropped here. It is learnt while"
            " you go on; the page Jobs shows how far it is, and there it can be stopped and kept at any time."
        )
        self.told.setWordWrap(True)
        self.told.setProperty("role", "muted")
        self.list = QListWidget()
        self.list.setAccessibleName("Pictures to learn from")
        self.list.setViewMode(QListWidget.ViewMode.IconMode)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setSelectionMode(QListWidget.SelectionMode.MultiSelection)
        self.list.setMovement(QListWidget.Movement.Static)
        self.list.setAcceptDrops(False)  # they are the dialog's
        self.list.setIconSize(QSize(SIDE, SIDE))
        self.list.setGridSize(QSize(SIDE + 36, SIDE + 34))
        self.list.setMinimumSize(560, 320)
        self.name = QLineEdit("My textures")
        self.name.setAccessibleName("Name of the space")
        self.begun = QComboBox()
        self.begun.setAccessibleName("Begin with")
        self.begun.setToolTip("A space that learns on keeps what it knows, and the pictures are added to it")
        self.begun.addItem("Begin anew", None)
        for space in spaces:
            self.begun.addItem(f"Add to {space.title}", space)
        self.begun.setVisible(bool(spaces))
        self.minutes = QDoubleSpinBox()
        self.minutes.setAccessibleName("Minutes")
        self.minutes.setRange(0.1, 600)
        self.minutes.setDecimals(1)
        self.minutes.setSuffix(" min")
        self.minutes.setValue(20)
        self.more = QPushButton("Add pictures…")
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        line = QHBoxLayout()
        for part in (self.begun, QLabel("Name"), self.name, QLabel("Time"), self.minutes):
            line.addWidget(part)
        below = QHBoxLayout()
        below.addWidget(self.more)
        below.addWidget(self.count, 1)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = self.buttons.addButton("Learn", QDialogButtonBox.ButtonRole.AcceptRole)
        column = QVBoxLayout(self)
        column.setSpacing(palette.M)
        column.addWidget(self.told)
        column.addWidget(self.list, 1)
        column.addLayout(below)
        column.addLayout(line)
        column.addWidget(self.buttons)
        for one in offered:
            self._add(one, pictures.get(one.key) if one.path is None else None)
        self.more.clicked.connect(self._ask_more)
        self.list.itemSelectionChanged.connect(self._counted)
        self.begun.currentIndexChanged.connect(self._begins)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.begun.setCurrentIndex(next((k for k, space in enumerate(spaces, 1) if space.path == begun), 0))
        self._counted()
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Files and folders are added as by the button."""
        self.add_files(dragged_files(event.mimeData()))
        event.acceptProposedAction()

    def space(self) -> Path | None:
        """The space to go on with; None for a new one."""
        begun = self._begun()
        return begun.path if begun else None

    def _begun(self) -> Learnt | None:
        begun: Learnt | None = self.begun.currentData()
        return begun

    def chosen(self) -> list[Offered]:
        """What is selected, in the order in which it is shown."""
        items = (self.list.item(number) for number in range(self.list.count()))
        return [item.data(OFFER) for item in items if item.isSelected()]

    def add_files(self, paths: Sequence[str]) -> None:
        """More pictures, selected; of a folder those in it."""
        from engine.files import OPENABLE

        for path in map(Path, paths):
            for one in files_in(path, OPENABLE) if path.is_dir() else [path]:
                self._add(Offered(one.stem, one, chosen=True), None)
        self._counted()

    def _add(self, one: Offered, picture: QPixmap | None) -> None:
        if picture is None and one.path is not None:
            picture = QPixmap.fromImage(thumbnail(one.path, QSize(SIDE, SIDE)))
        item = QListWidgetItem(QIcon(picture or QPixmap()), one.title)
        item.setData(OFFER, one)
        self.list.addItem(item)
        item.setSelected(one.chosen)

    def _counted(self) -> None:
        count, goes_on = len(self.chosen()), self._begun() is not None
        words = "" if count >= ENOUGH or not count else "; with three or more there is something to move between"
        if goes_on:
            words = "" if count else ": it learns on what it has"
        self.count.setText(f"{count} chosen{words}")
        self.go.setEnabled(goes_on or count >= FEWEST)

    def _begins(self) -> None:
        if begun := self._begun():
            self.name.setText(begun.title)
        self._counted()

    def _ask_more(self) -> None:
        from engine.files import OPENABLE

        kinds = " ".join(f"*{suffix}" for suffix in OPENABLE)
        paths, _ = QFileDialog.getOpenFileNames(self, "Add pictures", "", f"Pictures ({kinds});;All files (*)")
        self.add_files(paths)
