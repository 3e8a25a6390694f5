"""A path through a texture space: its points, a button that plays it, and where it can go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.look import icons, palette
from desktop.panels.operations import heading
from desktop.panels.thin_bar import ThinBar
from desktop.session.space_spots import Spot, along

if TYPE_CHECKING:
    from engine.nets.texture_space.outline import Outline

SIDE = 40
SPOT = Qt.ItemDataRole.UserRole
RATE = 25
"""Pictures a second, of what is played and of what is written."""


class PathBar(QWidget):
    """Points in their order; they can be dragged into another.

    Signals:
        add_asked(): the present point is to be the next one.
        went(spot): a person chose one of its points.
        played(code): the path is here now.
        rested(): it is not played any more.
        changed(): it has other points.
        export_asked(): write it to a file.
    """

    add_asked = Signal()
    went = Signal(object)
    played = Signal(object)
    rested = Signal()
    changed = Signal()
    export_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._codes: list[tuple[float, ...]] = []
        self._at = 0
        self._timer = QTimer(self)
        self._timer.setInterval(1000 // RATE)
        self._timer.timeout.connect(self._tick)
        self.outline: Outline | None = None
        self.list = QListWidget()
        self.list.setAccessibleName("Points of the path")
        self.list.setFlow(QListWidget.Flow.LeftToRight)
        self.list.setViewMode(QListWidget.ViewMode.ListMode)
        self.list.setIconSize(QSize(SIDE, SIDE))
        self.list.setFixedHeight(SIDE + 22)
        self.list.setHorizontalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setDragDropMode(QListWidget.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.play = _button("run", "Play the path")
        self.play.setCheckable(True)
        self.add_button = _button("add", "Add this point to the path")
        self.remove = _button("remove", "Take the chosen point out (Del)")
        self.export = _button("film", "Save it as a GIF, a film, pictures or a sprite sheet…")
        self.loop = QCheckBox("Loop")
        self.loop.setChecked(True)
        self.loop.setToolTip("From the last point back to the first, without a jump")
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(0.2, 60)
        self.seconds.setValue(4)
        self.seconds.setDecimals(1)
        self.seconds.setSuffix(" s")
        self.seconds.setAccessibleName("Seconds of the path")
        line = QHBoxLayout()
        line.setSpacing(palette.XS)
        for part in (self.play, self.add_button, self.remove, self.loop):
            line.addWidget(part)
        line.addStretch(1)
        line.addWidget(self.seconds)
        line.addWidget(self.export)
        self.hint = QLabel("Add two points or more, then play the way between them.")
        self.hint.setWordWrap(True)
        self.hint.setProperty("role", "faint")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(palette.S)
        column.addWidget(heading("Path"))
        column.addWidget(self.hint)
        column.addWidget(self.list)
        column.addLayout(line)
        self.bar = ThinBar("Film")
        self.bar.hide()
        column.addWidget(self.bar)
        self.add_button.clicked.connect(self.add_asked)
        self.remove.clicked.connect(self._remove)
        self.play.toggled.connect(self._play)
        self.export.clicked.connect(self.export_asked)
        self.list.itemActivated.connect(lambda item: self.went.emit(item.data(SPOT)))
        self.list.itemClicked.connect(lambda item: self.went.emit(item.data(SPOT)))
        self.list.model().rowsMoved.connect(lambda *_: self._told())
        self.list.currentRowChanged.connect(lambda _: self._enable())
        self._told()

    @property
    def spots(self) -> list[Spot]:
        """Its points, in their order."""
        return [self.list.item(number).data(SPOT) for number in range(self.list.count())]

    def add(self, spot: Spot, picture: QPixmap) -> None:
        """One more point at the end; `picture` is what it looks like."""
        item = QListWidgetItem(QIcon(picture), "")
        item.setData(SPOT, spot)
        item.setToolTip(f"Point {self.list.count() + 1}: click to go there, drag to move it along the path")
        self.list.addItem(item)
        self._told()

    def clear(self) -> None:
        """No path."""
        self.play.setChecked(False)
        self.list.clear()
        self._told()

    def show_progress(self, fraction: float | None) -> None:
        """How much of a film is made; None for no film."""
        self.bar.setVisible(fraction is not None)
        self.bar.show_done(fraction or 0.0)
        self.export.setIcon(icons.icon("film" if fraction is None else "stop"))

    def codes(self, outline: Outline) -> list[tuple[float, ...]]:
        """A code for each picture of what is played or written."""
        spots = self.spots
        if len(spots) < 2:
            return []
        return along(outline, spots, max(2, round(self.seconds.value() * RATE)), self.loop.isChecked())

    def _remove(self) -> None:
        number = self.list.currentRow()
        if number >= 0:
            self.list.takeItem(number)
            self._told()

    def _told(self) -> None:
        self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        ready = self.list.count() >= 2
        if not ready:
            self.play.setChecked(False)
        self.play.setEnabled(ready)
        self.export.setEnabled(ready)
        self.remove.setEnabled(self.list.currentRow() >= 0)
        self.list.setVisible(self.list.count() > 0)
        self.hint.setVisible(not ready)

    def _play(self, on: bool) -> None:
        self.play.setIcon(icons.icon("pause" if on else "run"))
        if on and self.outline is not None:
            self._codes = self.codes(self.outline)
            self._at = 0
            self._timer.start()
        elif self._timer.isActive():
            self._timer.stop()
            self.rested.emit()

    def _tick(self) -> None:
        if self._at >= len(self._codes):
            if not self.loop.isChecked():
                self.play.setChecked(False)
                return
            self._at = 0
        self.played.emit(self._codes[self._at])
        self._at += 1

    def hideEvent(self, event: object) -> None:
        self.play.setChecked(False)


def _button(name: str, help_: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icons.icon(name))
    button.setToolTip(help_)
    button.setAccessibleName(help_)
    return button
