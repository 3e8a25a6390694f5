"""The tile mode: a wrapped canvas, strokes that reach over the edge, and how well the tile closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from desktop.canvas.wrapped import Tiling
from desktop.document.document import Document
from desktop.panels.origin_deeds import Origins
from desktop.panels.quality_figures import echoes, tile_seam
from desktop.panels.tile_bar import TileBar
from engine.image import Image

STILL = 400
"""Milliseconds without a change of the picture before it is measured again."""


class Tiles(Origins):
    """The window's dealings with tiles; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        tile_bar: TileBar

    def connect_tiles(self) -> None:
        """Listens from now on."""
        self._tile_asked = 0
        self._following = False
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(STILL)
        self._still.timeout.connect(self._measure_tile)
        self.tabs.front_changed.connect(self._follow_tile)
        self.tabs.document_changed.connect(self._tile_changed)
        self.tile_bar.hide()

    def tile_mode(self, on: bool) -> None:
        """Shows the picture 3 x 3, or once again."""
        self._lay(Tiling.AROUND if on else Tiling.ONE)

    def tile_half(self, on: bool) -> None:
        """Shows the tile shifted by half a picture, so that its seams cross in the middle."""
        if on and not self.actions_["tile_mode"].isChecked():
            self._following = True
            self.actions_["tile_mode"].setChecked(True)
            self._following = False
        self._lay(Tiling.HALF if on else Tiling.AROUND if self.actions_["tile_mode"].isChecked() else Tiling.ONE)

    def _lay(self, tiling: Tiling) -> None:
        canvas = self.tabs.canvas
        if self._following or canvas is None or canvas.document is None:
            return
        canvas.set_tiling(tiling)
        canvas.document.wraps = tiling is not Tiling.ONE
        canvas.fit()
        self._follow_tile(canvas.document)

    def _follow_tile(self, document: Document | None) -> None:
        """The commands and the bar say what the picture in front is."""
        canvas = self.tabs.canvas
        tiling = canvas.tiling if canvas is not None else Tiling.ONE
        self._following = True
        self.actions_["tile_mode"].setChecked(tiling is not Tiling.ONE)
        self.actions_["tile_half"].setChecked(tiling is Tiling.HALF)
        self._following = False
        self.tile_bar.setVisible(document is not None and tiling is not Tiling.ONE)
        if self.tile_bar.isVisibleTo(self):
            self.tile_bar.show_busy()
            self._still.start(0)

    def _tile_changed(self, document: Document, what: str) -> None:
        if document is self.tabs.document and what in ("picture", "size") and document.wraps:
            self._still.start(STILL)

    def _measure_tile(self) -> None:
        document = self.tabs.document
        if document is None or not document.wraps:
            return
        self._tile_asked += 1
        number, sample = self._tile_asked, self.sample_of(document)

        def work(picture: Image = document.picture) -> Any:
            return [*tile_seam(picture), *echoes(picture, sample)]

        def then(figures: Any) -> None:
            if number == self._tile_asked and self.tabs.document is document:
                self.tile_bar.show_figures(figures)

        self.bridge.aside(work, then)

    def sample_of(self, document: Document) -> Image | None:
        """What the picture was made from, if it was made and that is known."""
        run = self.session.desk(document).origin
        if run is not None:
            for value in run.inputs.values():
                first = value[0] if isinstance(value, tuple) else value
                if isinstance(first, Image):
                    return first
        known = self.session.provenances.at_hand(document)
        return next((picture for picture in known.pictures if picture is not None), None) if known else None
