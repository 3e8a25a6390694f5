"""Points of texture spaces that a person has given a name, kept from one day to the next."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QInputDialog, QLabel, QToolButton, QWidget

from desktop.look import icons, palette
from desktop.session.space_spots import Spot
from desktop.settings import Settings

KEPT = "space points"
MOST = 200


class PointRow(QWidget):
    """The named points of one space.

    Signals:
        taken(spot, seed): go to this one, with the noise that it was kept with.
        keep_asked(name): the present point is to be kept.
    """

    taken = Signal(object, int)
    keep_asked = Signal(str)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings, self._space = settings, ""
        self.box = QComboBox()
        self.box.setAccessibleName("Named points")
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(6)
        self.keep_button, self.drop_button = QToolButton(), QToolButton()
        for button, name, help_ in (
            (self.keep_button, "add", "Keep this point under a name"),
            (self.drop_button, "remove", "Let this named point go"),
        ):
            button.setIcon(icons.icon(name))
            button.setToolTip(help_)
            button.setAccessibleName(help_)
        label = QLabel("Points")
        label.setBuddy(self.box)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(palette.XS)
        line.addWidget(label)
        line.addSpacing(palette.S)
        line.addWidget(self.box, 1)
        line.addWidget(self.keep_button)
        line.addWidget(self.drop_button)
        self.box.activated.connect(self._take)
        self.keep_button.clicked.connect(self._ask)
        self.drop_button.clicked.connect(self._drop)
        self._fill("")

    def look_at(self, space: str) -> None:
        """Shows the points of another space, told by its name."""
        self._space = space
        self._fill("")

    def keep(self, name: str, spot: Spot, seed: int) -> None:
        """Keeps a point; another one of that name gives way."""
        mine = {**self._mine(), name: {**spot.as_json(), "seed": seed}}
        self._write(dict(list(mine.items())[-MOST:]))
        self._fill(name)

    def names(self) -> list[str]:
        """Of the points that are kept for this space."""
        return [name for name, values in self._mine().items() if Spot.from_json(values) is not None]

    def _mine(self) -> dict[str, Any]:
        everything = self._settings.get(KEPT, {})
        mine = everything.get(self._space, {}) if isinstance(everything, dict) else {}
        return mine if isinstance(mine, dict) else {}

    def _write(self, mine: dict[str, Any]) -> None:
        everything = self._settings.get(KEPT, {})
        everything = {**everything} if isinstance(everything, dict) else {}
        self._settings.set(KEPT, {**everything, self._space: mine})
        self._settings.save()

    def _fill(self, chosen: str) -> None:
        names = self.names()
        self.box.clear()
        self.box.addItem("Named points" if names else "No named points yet", "")
        for name in names:
            self.box.addItem(name, name)
        self.box.setCurrentIndex(max(self.box.findData(chosen), 0))
        self.box.setEnabled(bool(names))
        self.drop_button.setEnabled(bool(self.box.currentData()))

    def _take(self) -> None:
        values = self._mine().get(str(self.box.currentData()))
        spot = Spot.from_json(values)
        self.drop_button.setEnabled(spot is not None)
        if spot is not None:
            seed = values.get("seed") if isinstance(values, dict) else None
            self.taken.emit(spot, seed if isinstance(seed, int) and 0 <= seed < 1 << 31 else 1)

    def _ask(self) -> None:
        name, good = QInputDialog.getText(self, "Keep this point", "Name")
        if good and name.strip():
            self.keep_asked.emit(name.strip()[:60])

    def _drop(self) -> None:
        gone = str(self.box.currentData())
        self._write({name: values for name, values in self._mine().items() if name != gone})
        self._fill("")
