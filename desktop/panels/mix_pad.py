"""The mix pad as a row of a panel: up to four pictures in the corners, and one point to drag between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.canvas.scene import STYLE_COLOURS
from desktop.look import palette
from desktop.panels.controls import ROWS, Row
from desktop.panels.live_mixing import CENTRE, CORNERS, Places, place, shares
from desktop.panels.mix_pad_parts import Corner, MixField, mean_colour
from desktop.panels.short_label import ShortLabel
from engine.image import Image
from engine.params import Field, Value, Weights


class MixRow(Row):
    """Weights as a point between pictures. As a row of a panel it gives and takes the weights themselves.

    Signals:
        dropped(corner, paths): pictures from files for a corner.
        pressed(corner): a corner was clicked.
        clear_asked(corner): its picture is to go.
        wipe_asked(): what the style brush painted is to go.
    """

    dropped = Signal(int, list)
    pressed = Signal(int)
    clear_asked = Signal(int)
    wipe_asked = Signal()

    def __init__(self, field: Field, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        assert isinstance(field.control, Weights)
        self.role = field.control.of
        self.places = Places()
        self.pictures: tuple[Image, ...] = ()
        self._exact: tuple[float, ...] = ()
        self._painted = False
        self.field_ = MixField()
        self.corners = [Corner(number) for number in range(len(CORNERS))]
        self.figures = [QLabel() for _ in CORNERS]
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(palette.S)
        grid.setVerticalSpacing(2)
        for corner, figure, (right, low) in zip(self.corners, self.figures, CORNERS, strict=True):
            column = 2 * int(right)
            grid.addWidget(corner, 3 * int(low), column)
            grid.addWidget(figure, 2 if low else 1, column)
            edge = Qt.AlignmentFlag.AlignBottom if low else Qt.AlignmentFlag.AlignTop
            figure.setAlignment(Qt.AlignmentFlag.AlignHCenter | edge)
            figure.setProperty("role", "muted")
            corner.files_dropped.connect(lambda paths, k=corner.number: self.dropped.emit(k, paths))
            corner.clicked.connect(lambda _=False, k=corner.number: self.pressed.emit(k))
            corner.clear_asked.connect(lambda k=corner.number: self.clear_asked.emit(k))
        grid.addWidget(self.field_, 0, 1, 4, 1)
        self.hint = ShortLabel()
        self.hint.setProperty("role", "faint")
        self.wipe = QPushButton("Clear")
        self.wipe.setToolTip("Take away what the style brush painted; the point decides again")
        self.wipe.clicked.connect(self.wipe_asked)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.hint, 1)
        below.addWidget(self.wipe)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.setSpacing(palette.XS)
        column_.addLayout(grid)
        column_.addLayout(below)
        self.label.setParent(self)
        self.label.hide()
        self._named(self.field_)
        self.field_.setAccessibleName("Mix of the styles")
        self.field_.moved.connect(self._moved)
        self.field_.let_go.connect(self.released)
        self._show()

    # A row of a panel.

    @property
    def held(self) -> bool:
        return self.field_.held

    def drop_hold(self) -> None:
        self.field_.held = False

    def value(self) -> Value:
        count = len(self.pictures)
        if self._painted or count < 2:
            return () if count or not self._exact else self._exact
        if len(self._exact) == count:
            return self._exact
        if self.field_.point == CENTRE:
            return ()
        found = [round(part, 4) for part in shares(self.field_.point, self._where())]
        return tuple(found) + (0.0,) * (count - len(found))

    def set(self, value: Value) -> None:
        assert isinstance(value, tuple)
        self._exact = value
        self._follow()

    # What it is about.

    def show_pictures(self, pictures: Sequence[Image], painted: bool = False) -> None:
        """The pictures in their order, and whether the style brush has painted where each of them goes."""
        before = self.pictures
        self.pictures, self._painted = tuple(pictures), painted
        if len(before) != len(pictures) or any(a is not b for a, b in zip(before, pictures, strict=True)):
            if before and len(self._exact) != len(self.pictures):
                self._exact = ()
            self.places.update(self.pictures)
            there = self.places.there
            for corner, one in zip(self.corners, there, strict=True):
                corner.show_picture(one if isinstance(one, Image) else None, "", "")
            self.field_.show_colours([mean_colour(corner.picture) for corner in self.corners])
            self._follow()
        self._show()

    def picture_in(self, corner: int) -> int | None:
        """The number of a corner's picture in their order, 0 for the first; None where there is none."""
        where = self._where()
        return where.index(corner) if corner in where else None

    def take(self, number: int | None) -> None:
        """Marks the picture that the style brush has in hand, 0 for the first."""
        where = self._where()
        for corner in self.corners:
            corner.in_hand = number is not None and number < len(where) and where[number] == corner.number
            corner.update()

    def _where(self) -> list[int]:
        return self.places.corners(self.pictures)

    def _moved(self) -> None:
        self._exact = ()
        self._show()
        self.changed.emit()

    def _follow(self) -> None:
        """The point goes where the weights pull it."""
        if not self._exact:
            self.field_.point = CENTRE
        elif len(self._exact) == len(self.pictures):
            self.field_.point = place(self._exact[: len(CORNERS)], self._where())
        self._show()

    def _show(self) -> None:
        where, count = self._where(), len(self.pictures)
        value = self.value()
        assert isinstance(value, tuple)
        total = sum(value)
        parts = [part / total for part in value] if total else [1 / max(count, 1)] * count
        self.field_.weights = dict(zip(where, parts, strict=False))
        self.field_.setEnabled(count > 1 and not self._painted)
        for corner, figure in zip(self.corners, self.figures, strict=True):
            number = self.picture_in(corner.number)
            share = "" if number is None or self._painted else f"{100 * parts[number]:.0f} %"
            figure.setText(share)
            corner.colour = STYLE_COLOURS[number] if number is not None else QColor(palette.LINE_STRONG)
            title = Path(self.pictures[number].name).stem or f"style {number + 1}" if number is not None else ""
            corner.tell(title, share)
            corner.update()
        told = ", ".join(f"{corner.accessibleName()}" for corner in self.corners if corner.picture is not None)
        self.field_.setAccessibleDescription(told or self.field.control.help)
        self.hint.setText(self._words(count))
        self.hint.setVisible(bool(self.hint.text()))
        self.wipe.setVisible(self._painted)
        self.field_.update()

    def _words(self, count: int) -> str:
        if self._painted:
            return "Painted by the style brush."
        if count == 0:
            return "Drop pictures on corners, or click one."
        if count == 1:
            return "One more in a corner, and they mix."
        if count > len(CORNERS):
            return f"{count - len(CORNERS)} more than corners: left out."
        return ""


ROWS[Weights] = MixRow
