"""A collection as little pictures that can be searched, marked and dragged away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFileInfo, QMimeData, QPoint, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QImage, QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QWidget,
)

from desktop.dragged import dragged_files
from desktop.look import icons, palette
from desktop.panels.collection import Collection, Piece
from desktop.panels.start import Load
from desktop.panels.thumbnails import SIDE, as_thumbnails, little, rounded, untinted
from engine.errors import Unusable

PIECE = Qt.ItemDataRole.UserRole
AT_ONCE = 12
"""Little pictures that are asked for at a time: what comes into sight meanwhile goes before the rest."""

CAPTION = 11
"""Height of the letters below a little picture, in device independent pixels."""

KEPT = 4000
"""Little pictures that are remembered, of all shelves together; 25 kB each."""


class Row(QListWidget):
    """The pictures; they can be dragged away, and files can be dropped on them.

    Signals:
        files_dropped(paths): lists of paths.
        pointed(item): the pointer is over this one now; None when over none, or when one is dragged away.
        resized(): it shows more or fewer of them.

    Args:
        name: for those who cannot see.
        mark: a further format that says what is dragged away, or empty.
    """

    files_dropped = Signal(list)
    pointed = Signal(object)
    resized = Signal()

    def __init__(self, name: str, mark: str = "") -> None:
        super().__init__()
        as_thumbnails(self, name)
        self._mark = mark
        self.setFrameShape(self.Shape.StyledPanel)
        self.setSpacing(2)
        self.setStyleSheet(f"{self.styleSheet()} QListWidget {{ font-size: {CAPTION}px; }}")
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(item.data(PIECE).path)) for item in items])
        if self._mark:
            data.setData(self._mark, b"1")
        return data

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is not self and dragged_files(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.source() is not self:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.files_dropped.emit(dragged_files(event.mimeData()))
        event.acceptProposedAction()

    def startDrag(self, actions: Qt.DropAction) -> None:
        self.pointed.emit(None)
        super().startDrag(actions)
        self.pointed.emit(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class Gallery(QWidget):
    """Chooses a shelf, searches it, marks favourites; everything on it can be dragged.

    Its parts are made here and laid out by those who derive from it.

    Signals:
        open_asked(path): open this one as a picture of its own.
        noticed(kind, sentence, detail): something to tell the person.

    Args:
        pieces: what there is.
        load: runs work aside and gives what it returns to a function in this thread.
        mark: a further format for what is dragged away.
    """

    open_asked = Signal(str)
    noticed = Signal(str, str, str)

    def __init__(self, pieces: Collection, load: Load, mark: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.pieces, self._load = pieces, load
        self._asked = 0
        self._pictures: dict[tuple[str, int], QPixmap] = {}
        self._found: list[Piece] = []
        self.shelf = QComboBox()
        self.shelf.setAccessibleName(f"Folder of {pieces.many}")
        self.search = QLineEdit()
        self.search.setPlaceholderText(f"Find a {pieces.one}")
        self.search.setAccessibleName(f"Find a {pieces.one}")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icons.icon("search", palette.MUTED), QLineEdit.ActionPosition.LeadingPosition)
        self.folder = self.button("open", "Add a folder of pictures…", self.ask_folder)
        self.drop_folder = self.button("remove", "Take this folder off the shelf", self._forget_folder)
        self.row = Row(pieces.many.capitalize(), mark)
        self.hint = QLabel()
        self.hint.setProperty("role", "faint")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self._sight = QTimer(self)
        self._sight.setSingleShot(True)
        self._sight.setInterval(0)
        self._sight.timeout.connect(self._picture_next)
        self._picturing = False
        self.row.customContextMenuRequested.connect(self._menu)
        self.row.files_dropped.connect(self.take)
        self.row.verticalScrollBar().valueChanged.connect(lambda _: self._sight.start())
        self.row.resized.connect(self._sight.start)
        self.search.textChanged.connect(self._filter)
        self.shelf.activated.connect(lambda _: self.refresh())
        self._fill_shelves("")

    @property
    def chosen_shelf(self) -> str:
        return str(self.shelf.currentData())

    def show_shelf(self, shelf: str) -> None:
        """Brings a shelf to the front, all of it: what was looked for was looked for elsewhere."""
        self.search.clear()
        self._fill_shelves(shelf)
        self.refresh()

    def refresh(self) -> None:
        """Lists the chosen shelf anew, off this thread."""
        self._asked += 1
        asked, shelf = self._asked, self.chosen_shelf
        self.drop_folder.setEnabled(shelf not in self.pieces.fixed)

        def fill(found: list[Piece]) -> None:
            if asked == self._asked:
                self.fill(found)

        self._load(lambda: self.pieces.listed(shelf), fill)

    def take(self, paths: Sequence[str]) -> None:
        """Files become one's own; folders become shelves."""
        files = [Path(path) for path in paths if not Path(path).is_dir()]
        for path in paths:
            if Path(path).is_dir():
                self._add_folder(path)
        if files:
            self.keep(lambda: self.pieces.take(files))

    def ask_folder(self) -> None:
        """Lets the person choose a folder."""
        path = QFileDialog.getExistingDirectory(self, "A folder of pictures")
        if path:
            self._add_folder(path)

    def keep(self, make: Callable[[], Any]) -> None:
        """Runs `make`, which writes a file, off this thread; then shows one's own."""

        def work() -> str:
            try:
                make()
            except Unusable as problem:
                return str(problem)
            return ""

        def done(problem: str) -> None:
            if problem:
                self.noticed.emit("error", problem, "")
            self.show_shelf(self.pieces.mine)

        self._load(work, done)

    def mark(self, piece: Piece, favourite: bool) -> None:
        """Makes a piece a favourite, or not."""
        self.pieces.mark(piece.path, favourite)
        self.refresh()

    def fill(self, found: Sequence[Piece]) -> None:
        """Shows these, in this order."""
        self._found = list(found)
        self.row.pointed.emit(None)
        self.row.clear()
        for piece in self._found:
            item = QListWidgetItem(_caption(piece))
            item.setData(PIECE, piece)
            item.setToolTip(self.told(piece))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, piece.title)
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
            item.setSizeHint(QSize(SIDE + 14, SIDE + 24))
            known = self._pictures.get(self._key(piece.path))
            if known is not None:
                item.setIcon(untinted(known))
            self.row.addItem(item)
        self._filter(self.search.text())
        self._picture_next()

    def told(self, piece: Piece) -> str:
        """What is said of a piece under the pointer."""
        return f"{piece.title}\n{piece.path.name}"

    def pictured(self, path: Path, side: int) -> QImage:
        """The little picture of a file, square. Runs in another thread; null where it cannot be made."""
        return little(path, side)

    def fill_menu(self, menu: QMenu, piece: Piece) -> dict[Any, Callable[[], Any]]:
        """Puts further entries into a piece's menu; action -> what it does."""
        return {}

    def button(self, icon: str, told: str, does: Callable[[], Any]) -> QToolButton:
        """A small button of the gallery's."""
        button = QToolButton()
        button.setIcon(icons.icon(icon))
        button.setToolTip(told)
        button.setAccessibleName(told)
        button.clicked.connect(lambda _=False: does())
        return button

    # Within.

    def _key(self, path: Path) -> tuple[str, int]:
        return str(path), round(SIDE * self.devicePixelRatioF())

    def _add_folder(self, path: str) -> None:
        try:
            self.show_shelf(self.pieces.add_folder(Path(path)))
        except Unusable as problem:
            self.noticed.emit("error", str(problem), "")

    def _forget_folder(self) -> None:
        self.pieces.remove_folder(self.chosen_shelf)
        self.show_shelf("")

    def _fill_shelves(self, chosen: str) -> None:
        self.shelf.clear()
        for shelf in self.pieces.shelves:
            self.shelf.addItem(QFileInfo(shelf).fileName() or shelf, shelf)
        self.shelf.setCurrentIndex(max(0, self.shelf.findData(chosen)))

    def _missing(self) -> list[int]:
        """The rows that have no little picture yet: what can be seen first, then the rest in order."""
        lacking = [row for row in range(self.row.count()) if self._key(self._found[row].path) not in self._pictures]
        view = self.row.viewport().rect()
        seen = [row for row in lacking if view.intersects(self.row.visualItemRect(self.row.item(row)))]
        return seen or lacking

    def _picture_next(self) -> None:
        """Asks for the next few little pictures; the rest follows when they are there."""
        if self._picturing:
            return
        rows = self._missing()[:AT_ONCE]
        if not rows:
            return
        ratio, asked = self.devicePixelRatioF(), self._asked
        paths = [self._found[row].path for row in rows]
        self._picturing = True

        def show(images: list[QImage]) -> None:
            self._picturing = False
            if len(self._pictures) > KEPT:
                self._pictures.clear()
            for row, path, image in zip(rows, paths, images, strict=True):
                made = QPixmap() if image.isNull() else rounded(image, palette.RADIUS, ratio)
                self._pictures[self._key(path)] = made
                if asked == self._asked and row < len(self._found) and self._found[row].path == path:
                    self.row.item(row).setIcon(untinted(made))
            self._picture_next()

        self._load(lambda: [self.pictured(path, round(SIDE * ratio)) for path in paths], show)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        shown = 0
        for row, piece in enumerate(self._found):
            fits = all(word in f"{piece.title} {piece.path.name} {piece.words}".lower() for word in words)
            self.row.item(row).setHidden(not fits)
            shown += fits
        self.hint.setText("Nothing is called that." if words else self.emptiness())
        self.hint.setVisible(not shown)
        self.row.setVisible(bool(shown))
        self._sight.start()

    def emptiness(self) -> str:
        """What is said where there is nothing."""
        return "Nothing here yet. Drop pictures here."

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.row.currentRow()
        if event.key() == Qt.Key.Key_Delete and row >= 0 and self.pieces.discards(self._found[row].path):
            self._discard(self._found[row])
        else:
            super().keyPressEvent(event)

    def _discard(self, piece: Piece) -> None:
        self.pieces.discard(piece.path)
        self.refresh()

    def _menu(self, place: QPoint) -> None:
        item = self.row.itemAt(place)
        if item is None:
            return
        piece: Piece = item.data(PIECE)
        menu = QMenu(self)
        deeds = self.fill_menu(menu, piece)
        star = menu.addAction(icons.icon("star"), "No favourite any more" if piece.favourite else "Make it a favourite")
        deeds[star] = lambda: self.mark(piece, not piece.favourite)
        if self.pieces.discards(piece.path):
            deeds[menu.addAction(icons.icon("remove"), f"Delete this {self.pieces.one}")] = lambda: self._discard(piece)
        picked = menu.exec(self.row.mapToGlobal(place))
        menu.deleteLater()
        if picked in deeds:
            deeds[picked]()


def _caption(piece: Piece) -> str:
    return f"★ {piece.title}" if piece.favourite else piece.title
