"""The style picker: pictures to paint like. Hovered they are tried, dragged they are applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QImage
from PySide6.QtWidgets import QApplication, QHBoxLayout, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from desktop.look import icons, palette
from desktop.panels.collection import Piece
from desktop.panels.dropping import STYLED
from desktop.panels.gallery import PIECE, Gallery
from desktop.panels.start import Load
from desktop.panels.styles import Styles
from desktop.panels.thumbnails import SIDE, network_picture
from desktop.session.ways import NETWORK

COLUMNS = 2


class StylePicker(Gallery):
    """Thumbnails of styles.

    Signals:
        approached: the pointer comes over the picker.
        pointed(piece): the pointer or the keyboard is at this one now; None when at none.
        applied(path): paint the picture in front in this style.
        role_asked(path): make this the style of the operation.
        sort_asked(pieces): sort these by likeness; `show_sorted` takes the answer.

    Args:
        styles: what there is.
        load: runs work aside and gives what it returns to a function in this thread.
    """

    approached = Signal()
    pointed = Signal(object)
    applied = Signal(str)
    role_asked = Signal(str)
    sort_asked = Signal(list)

    def __init__(self, styles: Styles, load: Load, parent: QWidget | None = None) -> None:
        super().__init__(styles, load, STYLED, parent)
        self.styles = styles
        self._order: list[Piece] = []
        self.alike = self.button("sort", "The most like what is selected first, or like the picture", lambda: None)
        self.alike.setCheckable(True)
        self.alike.toggled.connect(lambda _: self._sort())
        top = QHBoxLayout()
        top.setSpacing(palette.XS)
        top.addWidget(self.shelf, 1)
        for button in (self.alike, self.folder, self.drop_folder):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.S, palette.S, palette.S, palette.S)
        column.setSpacing(palette.S)
        column.addLayout(top)
        column.addWidget(self.search)
        column.addWidget(self.row, 1)
        column.addWidget(self.hint, 1)
        self.row.setMouseTracking(True)
        self.row.viewport().installEventFilter(self)
        self.row.itemEntered.connect(self._point)
        self.row.viewportEntered.connect(lambda: self._point(None))
        self.row.pointed.connect(self._point)
        self.row.currentItemChanged.connect(self._reached)
        self.row.itemActivated.connect(lambda item: self.applied.emit(str(item.data(PIECE).path)))

    def minimumSizeHint(self) -> QSize:
        return QSize(COLUMNS * (SIDE + 20) + 40, 200)

    def sizeHint(self) -> QSize:
        return QSize(COLUMNS * (SIDE + 20) + 40, 600)

    def emptiness(self) -> str:
        return "Nothing here yet. Drop pictures here, or train a network on a style."

    def told(self, piece: Piece) -> str:
        return ""

    def pictured(self, path: Path, side: int) -> QImage:
        return network_picture(path, side) if self.styles.kind(path) == NETWORK else super().pictured(path, side)

    def fill_menu(self, menu: QMenu, piece: Piece) -> dict[Any, Callable[[], Any]]:
        path = str(piece.path)
        deeds: dict[Any, Callable[[], Any]] = {
            menu.addAction(icons.icon("run"), "Paint the picture in this style"): lambda: self.applied.emit(path),
            menu.addAction(icons.icon("sample"), "Use it as the operation's style"): lambda: self.role_asked.emit(path),
        }
        if self.styles.kind(piece.path) != NETWORK:
            deeds[menu.addAction(icons.icon("new"), "Open it as a picture")] = lambda: self.open_asked.emit(path)
        return deeds

    # In which order.

    def fill(self, found: Sequence[Piece]) -> None:
        self._order = list(found)
        super().fill(found)
        if self.alike.isChecked():
            self.sort_asked.emit(self._order)

    def show_sorted(self, pieces: Sequence[Piece]) -> None:
        """Shows what was sorted, if it is still wanted."""
        if self.alike.isChecked() and {piece.path for piece in pieces} == {piece.path for piece in self._order}:
            super().fill(pieces)
            self.row.scrollToTop()

    def _sort(self) -> None:
        if self.alike.isChecked():
            self.sort_asked.emit(self._order)
        else:
            super().fill(self._order)

    # What is pointed at.

    def place_of(self, piece: Piece) -> int:
        """How far below the panel's top a piece is shown, in pixels."""
        for number in range(self.row.count()):
            item = self.row.item(number)
            if item.data(PIECE).path == piece.path:
                return self.row.viewport().mapTo(self, self.row.visualItemRect(item).center()).y()
        return 0

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        # A drag takes the pointer away as well; the mouse button goes down before anything is dragged or activated.
        if event.type() in (QEvent.Type.Leave, QEvent.Type.Hide, QEvent.Type.DragEnter):
            self._point(None)
        return super().eventFilter(watched, event)

    def _point(self, item: QListWidgetItem | None) -> None:
        if item is not None and QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return  # on its way to be dragged
        self.pointed.emit(item.data(PIECE) if item is not None else None)

    def _reached(self, item: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        """By the keyboard."""
        if self.row.hasFocus() and not self.row.underMouse():
            self._point(item)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.approached.emit()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)
        super().leaveEvent(event)
