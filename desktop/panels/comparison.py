"""Compare methods: every way to make texture, side by side on one sample. A click takes one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop import pixels
from desktop.look import palette
from desktop.session.comparing import Comparing, Entry
from engine.image import Bytes, Image, displayed
from engine.operation import Operation

SIDE = 256
HEIGHT = SIDE + 92
COLUMNS = 4
SHARES = ("copied", "largest-copy")
"""Figures that are parts of the picture."""


class _Card(QPushButton):
    """One method: its name, its picture, its figures."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setFixedSize(SIDE + 2 * palette.S, HEIGHT)
        # The theme's own least height of buttons would win over that of the widget.
        self.setObjectName("method")
        self.setStyleSheet(f"#method {{ min-height: {HEIGHT}px; }}")
        self.setAccessibleName(title)
        self.picture = QLabel()
        self.picture.setFixedSize(SIDE, SIDE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name, self.words = QLabel(title), QLabel("waiting")
        self.name.setProperty("role", "card-title")
        self.words.setProperty("role", "muted")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.S, palette.S, palette.S, palette.S)
        column.setSpacing(palette.XS)
        for widget in (self.picture, self.name, self.words):
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(widget)
        column.addStretch(1)

    def show_pixels(self, shown: Bytes) -> None:
        image = pixels.to_qimage(shown)
        if max(image.width(), image.height()) > SIDE:
            # A piece at full scale says more of a texture than all of it made smaller.
            left, top = (image.width() - SIDE) // 2, (image.height() - SIDE) // 2
            image = image.copy(max(left, 0), max(top, 0), min(SIDE, image.width()), min(SIDE, image.height()))
        self.picture.setPixmap(QPixmap.fromImage(image))


class Comparison(QWidget):
    """A window of its own.

    Signals:
        chosen(wish): the person wants this method.
    """

    chosen = Signal(object)

    def __init__(self, comparing: Comparing, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Compare methods")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._comparing = comparing
        self.cards: list[_Card] = []
        self._grid_host = QWidget()
        self._grid = QGridLayout(self._grid_host)
        self._grid.setSpacing(palette.S)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        scroller = QScrollArea()
        scroller.setWidgetResizable(True)
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        scroller.setWidget(self._grid_host)
        self.told = QLabel()
        self.told.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.M, palette.M, palette.M, palette.M)
        column.addWidget(self.told)
        column.addWidget(scroller, 1)
        self.resize(COLUMNS * (SIDE + 3 * palette.S) + 60, 2 * (HEIGHT + palette.S) + 64)
        comparing.shown.connect(lambda index, shown: self.cards[index].show_pixels(shown))
        comparing.changed.connect(self._show_entry)
        comparing.finished.connect(lambda: self._tell("All there. Click the one you like to make it at your own size."))

    def begin(self, sample: Image, operations: Sequence[Operation[Any]], seed: int) -> None:
        """Compares these on a sample."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        own = _Card("The sample")
        own.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        own.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        own.words.setText("")
        self._grid.addWidget(own, 0, 0)
        self.cards = []
        for number, operation in enumerate(operations, 1):
            card = _Card(operation.title)
            card.clicked.connect(lambda _=False, index=number - 1: self._choose(index))
            self._grid.addWidget(card, number // COLUMNS, number % COLUMNS)
            self.cards.append(card)
        self._tell("Each method with its usual settings, one after another. They can be chosen at once.")
        self._comparing.begin(sample, operations, seed)
        assert self._comparing.sample is not None
        own.show_pixels(displayed(self._comparing.sample.decoded()))
        self.show()
        self.raise_()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._comparing.stop()
        super().closeEvent(event)

    def _choose(self, index: int) -> None:
        self.chosen.emit(self._comparing.entries[index].wish)

    def _tell(self, words: str) -> None:
        self.told.setText(words)

    def _show_entry(self, index: int, entry: Entry) -> None:
        card = self.cards[index]
        if entry.problem:
            card.words.setText(entry.problem)
            card.setEnabled(False)
            return
        if entry.seconds is None:
            card.words.setText("being made…" if entry.begun else "waiting")
            return
        parts = [f"{entry.seconds:.2f} s"]
        for figure in entry.figures:
            if figure.value is not None:
                good = {True: palette.GOOD, False: palette.ERROR, None: palette.MUTED}[figure.good]
                value = f"{figure.value:.0%}" if figure.name in SHARES else f"{figure.value:.2f}"
                parts.append(f"{figure.title.lower()} <span style='color:{good}'>{value}</span>")
        card.words.setText(" · ".join(parts) + ("" if entry.figures else " · measuring…"))
        card.setToolTip("\n".join(figure.sentence for figure in entry.figures))
