"""The swatch shelf: pictures to drag onto the canvas, along the bottom of the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop.look import icons, palette
from desktop.panels.collection import Piece
from desktop.panels.gallery import PIECE, Gallery
from desktop.panels.start import Load
from desktop.panels.swatches import Swatches
from desktop.panels.thumbnails import SIDE


class ShelfPanel(Gallery):
    """Chooses a folder, searches it, marks favourites; everything on it can be dragged.

    Signals:
        sample_asked(path): make this one the sample.
        make_asked(): make a swatch from what is selected.

    Args:
        swatches: what there is.
        load: runs work aside and gives what it returns to a function in this thread.
    """

    sample_asked = Signal(str)
    make_asked = Signal()

    def __init__(self, swatches: Swatches, load: Load, parent: QWidget | None = None) -> None:
        super().__init__(swatches, load, parent=parent)
        self.swatches = swatches
        self.make = self.button("add", "Make a swatch from the selection", self.make_asked.emit)
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
        self.row.itemActivated.connect(lambda item: self.sample_asked.emit(str(item.data(PIECE).path)))

    def minimumSizeHint(self) -> QSize:
        return QSize(420, SIDE + 34)

    def sizeHint(self) -> QSize:
        return QSize(900, SIDE + 44)

    def emptiness(self) -> str:
        return "Nothing here yet. Drop pictures here, or make a swatch."

    def fill_menu(self, menu: QMenu, piece: Piece) -> dict[Any, Callable[[], Any]]:
        path = str(piece.path)
        return {
            menu.addAction(icons.icon("sample"), "Use it as the sample"): lambda: self.sample_asked.emit(path),
            menu.addAction(icons.icon("new"), "Open it as a picture"): lambda: self.open_asked.emit(path),
        }
