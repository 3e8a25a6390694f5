"""The swatch shelf: pictures to drag onto the canvas, along the bottom of the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFileInfo, QMimeData, QPoint, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QImage, QImageReader, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop import pixels
from desktop.look import icons, palette
from desktop.panels.start import Load, rounded
from desktop.panels.swatches import MINE, Swatch, Swatches
from desktop.panels.thumbnails import SIDE, as_thumbnails, untinted
from engine.errors import Unusable

SWATCH = Qt.ItemDataRole.UserRole
AT_ONCE = 24
"""Little pictures that are asked for at a time, so that another shelf does not wait behind a folder of thousands."""


def little(path: Path, side: int) -> QImage:
    """A picture cut to a square. May run in any thread; null where it cannot be read."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        image = _read_otherwise(path, side)
    return image.copy((image.width() - side) // 2, (image.height() - side) // 2, side, side)


def _read_otherwise(path: Path, side: int) -> QImage:
    """What Qt cannot read (EXR, PSD, 32 bit)."""
    from engine.files import open_picture
    from engine.image import displayed

    try:
        picture = open_picture(path)
    except (Unusable, OSError):
        return QImage()
    step = max(1, min(picture.size) // side)
    shown = pixels.to_qimage(displayed(picture.decoded()[::step, ::step].copy()))
    by = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    return shown.scaled(side, side, by, Qt.TransformationMode.SmoothTransformation)


class _Row(QListWidget):
    """The pictures; they can be dragged away, and files can be dropped on them.

    Signals:
        files_dropped(paths): lists of paths.
    """

    files_dropped = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        as_thumbnails(self, "Swatches")
        self.setFrameShape(self.Shape.StyledPanel)
        self.setSpacing(2)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(item.data(SWATCH).path)) for item in items])
        return data

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is not self and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.source() is not self:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.files_dropped.emit([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()


class ShelfPanel(QWidget):
    """Chooses a folder, searches it, marks favourites; everything on it can be dragged.

    Signals:
        open_asked(path): open this one as a picture of its own.
        sample_asked(path): make this one the sample.
        make_asked(): make a swatch from what is selected.
        noticed(kind, sentence, detail): something to tell the person.

    Args:
        swatches: what there is.
        load: runs work aside and gives what it returns to a function in this thread.
    """

    open_asked = Signal(str)
    sample_asked = Signal(str)
    make_asked = Signal()
    noticed = Signal(str, str, str)

    def __init__(self, swatches: Swatches, load: Load, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.swatches, self._load = swatches, load
        self._asked = 0
        self._pictures: dict[tuple[str, int], QPixmap] = {}
        self.shelf = QComboBox()
        self.shelf.setAccessibleName("Folder of swatches")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a swatch")
        self.search.setAccessibleName("Find a swatch")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icons.icon("search", palette.MUTED), QLineEdit.ActionPosition.LeadingPosition)
        self.make = self._button("add", "Make a swatch from the selection", self.make_asked.emit)
        self.folder = self._button("open", "Add a folder of pictures…", self.ask_folder)
        self.drop_folder = self._button("remove", "Take this folder off the shelf", self._forget_folder)
        self.row = _Row()
        self.hint = QLabel()
        self.hint.setProperty("role", "faint")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        left = QVBoxLayout()
        left.setSpacing(palette.XS)
        buttons = QHBoxLayout()
        for button in (self.make, self.folder, self.drop_folder):
            buttons.addWidget(button)
        buttons.addStretch(1)
        left.addWidget(self.shelf)
        left.addWidget(self.search)
        left.addLayout(buttons)
        left.addStretch(1)
        line = QHBoxLayout(self)
        line.setContentsMargins(palette.S, palette.XS, palette.S, palette.XS)
        line.setSpacing(palette.S)
        line.addLayout(left)
        line.addWidget(self.row, 1)
        line.addWidget(self.hint, 1)
        self.shelf.setFixedWidth(190)
        self.search.setFixedWidth(190)
        self.row.customContextMenuRequested.connect(self._menu)
        self.row.itemActivated.connect(lambda item: self.sample_asked.emit(str(item.data(SWATCH).path)))
        self.row.files_dropped.connect(self.take)
        self.search.textChanged.connect(self._filter)
        self.shelf.activated.connect(lambda _: self.refresh())
        self._fill_shelves("")

    def minimumSizeHint(self) -> QSize:
        return QSize(420, SIDE + 34)

    def sizeHint(self) -> QSize:
        return QSize(900, SIDE + 44)

    @property
    def chosen_shelf(self) -> str:
        return str(self.shelf.currentData())

    def show_shelf(self, shelf: str) -> None:
        """Brings a shelf to the front."""
        self._fill_shelves(shelf)
        self.refresh()

    def refresh(self) -> None:
        """Lists the chosen shelf anew, off this thread."""
        self._asked += 1
        asked, shelf = self._asked, self.chosen_shelf
        self.drop_folder.setEnabled(shelf in self.swatches.shelves[3:])

        def fill(found: list[Swatch]) -> None:
            if asked == self._asked:
                self._fill(found)

        self._load(lambda: self.swatches.listed(shelf), fill)

    def take(self, paths: Sequence[str]) -> None:
        """Files become swatches of one's own; folders join the shelf."""
        files = [Path(path) for path in paths if not Path(path).is_dir()]
        for path in paths:
            if Path(path).is_dir():
                self._add_folder(path)
        if files:
            self._write(lambda: self.swatches.take(files))

    def ask_folder(self) -> None:
        """Lets the person choose a folder."""
        path = QFileDialog.getExistingDirectory(self, "A folder of pictures")
        if path:
            self._add_folder(path)

    def keep(self, make: Callable[[], Any]) -> None:
        """Runs `make`, which writes a swatch, off this thread; then shows one's own swatches."""
        self._write(make)

    # Within.

    def _write(self, make: Callable[[], Any]) -> None:
        def work() -> str:
            try:
                make()
            except Unusable as problem:
                return str(problem)
            return ""

        def done(problem: str) -> None:
            if problem:
                self.noticed.emit("error", problem, "")
            self.show_shelf(MINE)

        self._load(work, done)

    def _add_folder(self, path: str) -> None:
        try:
            self.show_shelf(self.swatches.add_folder(Path(path)))
        except Unusable as problem:
            self.noticed.emit("error", str(problem), "")

    def _forget_folder(self) -> None:
        self.swatches.remove_folder(self.chosen_shelf)
        self.show_shelf("")

    def _fill_shelves(self, chosen: str) -> None:
        self.shelf.clear()
        for shelf in self.swatches.shelves:
            self.shelf.addItem(QFileInfo(shelf).fileName() or shelf, shelf)
        self.shelf.setCurrentIndex(max(0, self.shelf.findData(chosen)))

    def _fill(self, found: list[Swatch]) -> None:
        self.row.clear()
        for swatch in found:
            item = QListWidgetItem(_caption(swatch))
            item.setData(SWATCH, swatch)
            item.setToolTip(f"{swatch.title}\n{swatch.path.name}")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, swatch.title)
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
            item.setSizeHint(QSize(SIDE + 12, SIDE + 22))
            self.row.addItem(item)
        self._filter(self.search.text())
        self._picture_next(0, self._asked)

    def _picture_next(self, first: int, asked: int) -> None:
        """Asks for the next few little pictures; the rest follows when they are there."""
        if asked != self._asked:
            return
        ratio = self.devicePixelRatioF()
        rows = range(first, min(first + AT_ONCE, self.row.count()))
        paths = [self.row.item(row).data(SWATCH).path for row in rows]
        missing = [path for path in paths if (str(path), round(SIDE * ratio)) not in self._pictures]

        def show(images: list[QImage]) -> None:
            if asked != self._asked:
                return
            for path, image in zip(missing, images, strict=True):
                made = QPixmap() if image.isNull() else rounded(image, palette.RADIUS, ratio)
                self._pictures[str(path), round(SIDE * ratio)] = made
            for row, path in zip(rows, paths, strict=True):
                self.row.item(row).setIcon(untinted(self._pictures[str(path), round(SIDE * ratio)]))
            if rows.stop < self.row.count():
                self._picture_next(rows.stop, asked)

        if rows:
            self._load(lambda: [little(path, round(SIDE * ratio)) for path in missing], show)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        shown = 0
        for row in range(self.row.count()):
            swatch = self.row.item(row).data(SWATCH)
            fits = all(word in f"{swatch.title} {swatch.path.name}".lower() for word in words)
            self.row.item(row).setHidden(not fits)
            shown += fits
        empty = "Nothing is called that." if words else "Nothing here yet. Drop pictures here, or make a swatch."
        self.hint.setText(empty)
        self.hint.setVisible(not shown)
        self.row.setVisible(bool(shown))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.row.currentRow()
        if event.key() == Qt.Key.Key_Delete and row >= 0 and self.chosen_shelf == MINE:
            self._discard(self.row.item(row).data(SWATCH))
        else:
            super().keyPressEvent(event)

    def _discard(self, swatch: Swatch) -> None:
        self.swatches.discard(swatch.path)
        self.refresh()

    def _menu(self, place: QPoint) -> None:
        item = self.row.itemAt(place)
        if item is None:
            return
        swatch: Swatch = item.data(SWATCH)
        menu = QMenu(self)
        sample = menu.addAction(icons.icon("sample"), "Use it as the sample")
        own = menu.addAction(icons.icon("new"), "Open it as a picture")
        star = menu.addAction(icons.icon("keep"), "No favourite any more" if swatch.favourite else "Favourite")
        discard = menu.addAction(icons.icon("remove"), "Delete this swatch") if self.chosen_shelf == MINE else None
        picked = menu.exec(self.row.mapToGlobal(place))
        menu.deleteLater()
        if picked is sample:
            self.sample_asked.emit(str(swatch.path))
        elif picked is own:
            self.open_asked.emit(str(swatch.path))
        elif picked is star:
            self.mark(swatch, not swatch.favourite)
        elif picked is discard and discard is not None:
            self._discard(swatch)

    def mark(self, swatch: Swatch, favourite: bool) -> None:
        """Makes a swatch a favourite, or not."""
        self.swatches.mark(swatch.path, favourite)
        self.refresh()

    def _button(self, icon: str, told: str, does: Callable[[], Any]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icons.icon(icon))
        button.setToolTip(told)
        button.setAccessibleName(told)
        button.clicked.connect(lambda _=False: does())
        return button


def _caption(swatch: Swatch) -> str:
    title = swatch.title if len(swatch.title) <= 12 else f"{swatch.title[:11]}…"
    return f"★ {title}" if swatch.favourite else title
