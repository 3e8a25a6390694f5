"""The labels of a palette: number, colour, name, and how much of the picture each has."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QColorDialog, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from desktop.document import Label, Palette
from desktop.look import palette as look

NUMBER, NAME, SHARE = 0, 1, 2
SWATCH = 20


class PaletteList(QTableWidget):
    """One row for each label; the marked one is in hand.

    A double click, F2 or Return on a name edits it; a double click on a swatch chooses another colour.

    Signals:
        chosen(number): take this label in hand.
        renamed(number, name): a person typed another name.
        recoloured(number, colour): a person chose another colour, (red, green, blue).
    """

    chosen = Signal(int)
    renamed = Signal(int, str)
    recoloured = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self._labels: tuple[Label, ...] = ()
        self._telling = True
        self.setAccessibleName("Labels")
        self.setHorizontalHeaderLabels(["Label", "Name", "Share"])
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        edits = QAbstractItemView.EditTrigger
        self.setEditTriggers(edits.DoubleClicked | edits.EditKeyPressed)
        self.setIconSize(QSize(SWATCH, SWATCH))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().setDefaultSectionSize(30)
        header = self.horizontalHeader()
        header.setSectionResizeMode(NUMBER, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(SHARE, QHeaderView.ResizeMode.ResizeToContents)
        self.setToolTip("Click a label to paint with it. Double click its name or its colour to change it.")
        self.currentCellChanged.connect(self._marked)
        self.itemChanged.connect(self._edited)
        self.cellDoubleClicked.connect(self._double_clicked)

    def show_palette(self, palette: Palette) -> None:
        """Shows these labels."""
        if palette.labels == self._labels:
            return
        self._telling = False
        marked = self.marked()
        self._labels = palette.labels
        self.setRowCount(len(palette))
        for row, label in enumerate(palette):
            key = f"{label.number}" if label.number < 10 else ""
            number = QTableWidgetItem(swatch(label.colour, self.devicePixelRatioF()), key)
            number.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            key_words = f"Key {key}. " if key else ""
            number.setToolTip(f"{key_words}Double click for another colour")
            number.setData(Qt.ItemDataRole.AccessibleTextRole, f"Label {label.number}")
            share = QTableWidgetItem("")
            share.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            share.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            share.setForeground(QColor(look.MUTED))
            self.setItem(row, NUMBER, number)
            self.setItem(row, NAME, QTableWidgetItem(label.name))
            self.setItem(row, SHARE, share)
        self.mark(marked)
        self._telling = True

    def show_shares(self, shares: dict[int, float], usable: frozenset[int] | None = None) -> None:
        """How much of the picture each label has.

        Args:
            shares: number -> 0..1.
            usable: the labels that the photograph has something for; None for all.
        """
        self._telling = False
        for row, label in enumerate(self._labels):
            share = shares.get(label.number, 0.0)
            text = "–" if share == 0 else f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %"
            item = self.item(row, SHARE)
            missing = usable is not None and label.number not in usable
            assert item is not None
            item.setText("not in the photo" if missing else text)
            item.setForeground(QColor(look.ERROR if missing else look.MUTED))
        self._telling = True

    def mark(self, number: int) -> None:
        """This label is in hand now."""
        telling, self._telling = self._telling, False
        row = next((row for row, label in enumerate(self._labels) if label.number == number), -1)
        self.setCurrentCell(row, NAME)
        self._telling = telling

    def marked(self) -> int:
        """The number of the label in hand; 0 for none."""
        row = self.currentRow()
        return self._labels[row].number if 0 <= row < len(self._labels) else 0

    def sizeHint(self) -> QSize:
        return QSize(240, 30 * 6 + 8)

    def _marked(self, row: int, *_: int) -> None:
        if self._telling and 0 <= row < len(self._labels):
            self.chosen.emit(self._labels[row].number)

    def _edited(self, item: QTableWidgetItem) -> None:
        if not self._telling or item.column() != NAME:
            return
        label = self._labels[item.row()]
        if item.text().strip():
            self.renamed.emit(label.number, item.text())
        else:
            self._telling = False
            item.setText(label.name)
            self._telling = True

    def _double_clicked(self, row: int, column: int) -> None:
        if column == NUMBER:
            label = self._labels[row]
            colour = QColorDialog.getColor(QColor(*label.colour), self, f"Colour of {label.name}")
            if colour.isValid():
                self.recoloured.emit(label.number, (colour.red(), colour.green(), colour.blue()))


def swatch(colour: tuple[int, int, int], ratio: float) -> QIcon:
    """A rounded square of one colour."""
    side = round(SWATCH * ratio)
    drawn = QPixmap(side, side)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(0, 0, 0, 90))
    painter.setBrush(QColor(*colour))
    painter.drawRoundedRect(QRectF(0.5, 0.5, side - 1, side - 1), 4 * ratio, 4 * ratio)
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    # Marked rows keep the colour as it is.
    icon = QIcon(drawn)
    icon.addPixmap(drawn, QIcon.Mode.Selected)
    return icon
