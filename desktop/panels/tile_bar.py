"""The line above the canvas while a picture is worked on as a tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from desktop.look import icons, palette
from desktop.panels.quality import colour_of, number_of
from desktop.panels.short_label import ShortLabel

if TYPE_CHECKING:
    from engine.measures.report import Figure


class TileBar(QFrame):
    """Says that it is a tile, how well it closes and how much of it comes back, and shifts it by half.

    Args:
        actions: of the window; `tile_half` and `tile_mode` get a button each.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(38)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        line = QHBoxLayout(self)
        line.setContentsMargins(palette.M, 0, palette.S, 0)
        line.setSpacing(palette.S)
        symbol = QLabel()
        symbol.setPixmap(icons.pixmap("wrap", 20, palette.ACCENT, self.devicePixelRatioF()))
        title = QLabel("Tile")
        title.setProperty("role", "card-title")
        line.addWidget(symbol)
        line.addWidget(title)
        self.half = self._button(actions["tile_half"])
        line.addWidget(self.half)
        line.addSpacing(palette.M)
        self.words = ShortLabel()
        self.words.setAccessibleName("Seam and repetition")
        line.addWidget(self.words, 1)
        self.leave = QToolButton()
        self.leave.setIcon(icons.icon("close"))
        self.leave.setAccessibleName("Leave the tile mode")
        self.leave.setToolTip(f"Leave the tile mode ({actions['tile_mode'].shortcut().toString()})")
        self.leave.clicked.connect(lambda: actions["tile_mode"].setChecked(False))
        line.addWidget(self.leave)
        self.figures: list[Figure] = []

    def show_busy(self) -> None:
        """Being measured."""
        self.words.setStyleSheet("")
        self.words.setText(self.words.text() or "Measuring…")

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Seam and repetition, in words with their numbers; the first that is not good gives the colour."""
        self.figures = list(figures)
        parts = [f"{figure.sentence.rstrip('.')} ({number_of(figure)})." for figure in figures]
        self.words.setText("  ".join(parts) or "This is too large to be measured.")
        verdicts = [figure.good for figure in figures if figure.good is not None]
        self.words.setStyleSheet(f"color: {colour_of(all(verdicts))}" if verdicts else "")

    @staticmethod
    def _button(action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAccessibleName(action.text().replace("&", "").partition("\t")[0])
        return button
