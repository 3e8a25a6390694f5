"""How good is it: a few measures of the result on top, in plain words, with a number and a colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.look import icons, palette
from desktop.panels.findings import seam
from desktop.panels.quality_figures import TITLES

if TYPE_CHECKING:
    from engine.measures.report import Figure

NOTHING = "Nothing was made here yet. What you make next is measured."


class Light(QWidget):
    """A dot: green is good, red is not, gray says nothing. The words beside it say it too."""

    def __init__(self, good: bool | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour_of(good)
        self.setFixedSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colour))
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))
        painter.end()


def colour_of(good: bool | None) -> str:
    """What a verdict is drawn in."""
    return palette.FAINT if good is None else palette.GOOD if good else palette.ERROR


def number_of(figure: Figure) -> str:
    """The figure as it is written; shares as percent, seams as what an operation found."""
    if figure.value is None:
        return "–"
    if "seam" in figure.name:
        return seam(figure.value)
    return f"{figure.value:.0%}" if figure.name in ("largest-copy", "evenness", "kept") else f"{figure.value:.2f}"


class QualityPanel(QWidget):
    """Shows figures; where they come from is not its business.

    Signals:
        all_asked(): the measures that take longer are wanted too.
    """

    all_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hint = QLabel(NOTHING)
        self.hint.setProperty("role", "faint")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.rows = QWidget()
        self._grid = QGridLayout(self.rows)
        self._grid.setContentsMargins(palette.S, palette.S, palette.S, 0)
        self._grid.setHorizontalSpacing(palette.S)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.rows)
        self.area.setAccessibleName("Quality of the result")
        self.more = QPushButton(icons.icon("quality"), "Measure everything")
        self.more.setToolTip("Also how like its sample it is; takes a few seconds, the first time a few more")
        self.more.clicked.connect(self.all_asked)
        self.state = QLabel()
        self.state.setProperty("role", "faint")
        line = QHBoxLayout()
        line.setContentsMargins(palette.S, palette.XS, palette.S, palette.S)
        line.addWidget(self.state, 1)
        line.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.hint, 1)
        column.addWidget(self.area, 1)
        column.addLayout(line)
        self.figures: list[Figure] = []
        self.show_nothing()

    def sizeHint(self) -> QSize:
        return QSize(300, 240)

    def show_nothing(self, words: str = NOTHING) -> None:
        """There is nothing to measure."""
        self._fill([])
        self.hint.setText(words)
        self.hint.show()
        self.area.hide()
        self.more.hide()
        self.state.setText("")

    def show_busy(self, complete: bool) -> None:
        """Being measured; what was there stays until then. Everything can be asked for unless it already is."""
        self.more.setEnabled(not complete)
        self.state.setText("Measuring…")

    def show_figures(self, figures: Sequence[Figure], complete: bool) -> None:
        """Shows these.

        Args:
            figures: in this order.
            complete: there is nothing more to ask for.
        """
        self._fill(figures)
        self.hint.setVisible(not figures)
        self.hint.setText("Nothing can be measured of this.")
        self.area.setVisible(bool(figures))
        self.more.setVisible(not complete)
        self.more.setEnabled(True)
        self.state.setText("")

    def _fill(self, figures: Sequence[Figure]) -> None:
        self.figures = list(figures)
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, figure in enumerate(figures):
            row = 2 * number
            title = QLabel(TITLES.get(figure.name, figure.title))
            value = QLabel(number_of(figure))
            value.setStyleSheet(f"color: {colour_of(figure.good)}" if figure.good is not None else "")
            said = QLabel(figure.sentence)
            said.setProperty("role", "muted")
            said.setWordWrap(True)
            said.setContentsMargins(0, 0, 0, palette.S)
            verdict = {True: ", good", False: ", not good", None: ""}[figure.good]
            said.setAccessibleName(f"{title.text()} {value.text()}{verdict}: {figure.sentence}")
            self._grid.addWidget(Light(figure.good), row, 0)
            self._grid.addWidget(title, row, 1)
            self._grid.addWidget(value, row, 2, Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(said, row + 1, 1, 1, 2)
        self._grid.setRowStretch(2 * len(figures), 1)
