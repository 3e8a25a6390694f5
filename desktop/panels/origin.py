"""The panel that says where a result came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from desktop.canvas.origin_colours import MOST_USES, heat_map
from desktop.look import palette
from desktop.panels.origin_pictures import CONFIDENCE, SOURCE, USE
from desktop.panels.origin_source import SourcePicture
from desktop.panels.short_label import ShortLabel
from desktop.session import Provenance, Spot
from engine.image import Bytes
from engine.region import Size

NOTHING = "Nothing in this picture was copied by a result yet. Fill or synthesize something, then look here."
LEGENDS = {
    SOURCE: ("A colour is a place in the source below.", "", ""),
    CONFIDENCE: ("How well pieces fit where they were put.", "fits", "does not"),
    USE: ("How often each place was used.", "never", f"{MOST_USES:.0f} times"),
}


class HeatBar(QWidget):
    """The colours of a heat map from cold to hot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(60, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        gradient = QLinearGradient(0, 0, self.width(), 0)
        for step in range(0, 256, 15):
            gradient.setColorAt(step / 255, QColor(*(int(part) for part in heat_map()[step])))
        painter.fillRect(self.rect(), gradient)
        painter.end()


class OriginPanel(QWidget):
    """Chooses what the canvas shows, shows the source with the same colours, and says in words what there is.

    Signals:
        ban_asked(number, rect): a part of a source is not wanted.
        source_chosen(number): another of several sources is to be shown.
    """

    ban_asked = Signal(int, object)
    source_chosen = Signal(int)

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._words = ""
        self.hint = QLabel(NOTHING)
        self.hint.setProperty("role", "faint")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.buttons: list[QToolButton] = []
        row = QHBoxLayout()
        row.setSpacing(palette.XS)
        tools = ("tool:inspect-source", "tool:ban-source")
        for name in ("overlay_source", "overlay_confidence", "overlay_use", *tools):
            button = QToolButton()
            button.setDefaultAction(actions[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(actions[name].text().replace("&", "").partition("\t")[0])
            if name == tools[0]:
                row.addSpacing(palette.M)
            row.addWidget(button)
            self.buttons.append(button)
        row.addStretch(1)
        self.several = QComboBox()
        self.several.setAccessibleName("Which source")
        self.several.activated.connect(self._chosen)
        row.addWidget(self.several)
        self.legend = ShortLabel()
        self.legend.setProperty("role", "muted")
        self.low, self.bar, self.high = QLabel(), HeatBar(), QLabel()
        heat = QHBoxLayout()
        heat.setSpacing(palette.S)
        for part in (self.low, self.bar, self.high):
            part.setProperty("role", "faint")
            heat.addWidget(part)
        self.picture = SourcePicture()
        self.words = ShortLabel()
        self.words.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.S, palette.S, palette.S, palette.S)
        column.setSpacing(palette.XS)
        column.addWidget(self.hint, 1)
        column.addLayout(row)
        column.addWidget(self.legend)
        column.addLayout(heat)
        column.addWidget(self.picture, 1)
        column.addWidget(self.words)
        self.picture.dragged.connect(lambda rect: self.ban_asked.emit(self._number, rect))
        self.show_provenance(None, "", (0, 0))

    @property
    def number(self) -> int:
        """Of the source that is shown."""
        return self._number

    def show_provenance(self, provenance: Provenance | None, kind: str, document: Size) -> None:
        """What is known of the picture in front; the source's picture follows by `show_sheet`.

        Args:
            provenance: None where nothing is.
            kind: of the colours, one of KINDS; "" for none.
            document: (width, height) of the picture.
        """
        there = provenance is not None
        self.hint.setVisible(not there)
        for part in (*self.buttons, self.picture, self.words, self.legend):
            part.setVisible(there)
        legend, low, high = LEGENDS.get(kind, ("Choose what to see, or point with I.", "", ""))
        self.legend.setText(legend)
        self.low.setText(low)
        self.high.setText(high)
        for part in (self.low, self.bar, self.high):
            part.setVisible(there and bool(low))
        self.several.setVisible(there and provenance is not None and len(provenance.pictures) > 1)
        if provenance is None:
            self._number, self._words = 0, ""
            self.picture.show_sheet(None, (0, 0))
            return
        self._number = min(self._number, len(provenance.pictures) - 1)
        self.several.clear()
        self.several.addItems([name_of(provenance, number) for number in range(len(provenance.pictures))])
        self.several.setCurrentIndex(self._number)
        copied = float(provenance.copied_from(self._number).sum()) / max(document[0] * document[1], 1)
        used = provenance.used(self._number)
        width, height = provenance.sizes[self._number]
        name = name_of(provenance, self._number)
        self._words = f"{used:.0%} of it was used, for {copied:.0%} of the picture"
        self.picture.setToolTip(f"{name}, {width} × {height} px. Drag over a part of it to ban that part")
        self.words.setText(self._words)

    def show_sheet(self, sheet: Bytes, size: Size) -> None:
        """The source as a little picture: uint8 (h, w, 3), of a source of `size` pixels."""
        self.picture.show_sheet(sheet, size)

    def show_spot(self, spot: Spot | None, name: str = "") -> None:
        """Where the place under the pointer came from; None where it was not copied or nothing is pointed at."""
        if spot is None:
            self.picture.show_spot(None)
            self.words.setText(self._words)
            return
        self.picture.show_spot((spot.x, spot.y) if spot.number == self._number else None)
        self.words.setText(f"From {spot.x}, {spot.y} of {name[0].lower()}{name[1:]}")

    def _chosen(self, number: int) -> None:
        self._number = number
        self.source_chosen.emit(number)


def name_of(provenance: Provenance, number: int) -> str:
    """What to call a source."""
    picture = provenance.pictures[number]
    return "This picture" if picture is None else Path(picture.name).name or "The sample"
