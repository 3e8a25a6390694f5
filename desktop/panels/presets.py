"""Built-in and own presets of one operation."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QInputDialog, QLabel, QToolButton, QWidget

from desktop.look import icons, palette
from desktop.settings import Settings
from engine.operation import Operation
from engine.params import Params

DEFAULTS = "Defaults"
OWN = "Own values"


class PresetRow(QWidget):
    """A list of presets, one button to keep the present values under a name, one to let a kept one go.

    Signals:
        chosen(values): a preset's values, option -> value; what it leaves out is default.
        save_asked(name): the present values are to be kept.
    """

    chosen = Signal(dict)
    save_asked = Signal(str)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._operation: Operation[Any] | None = None
        self.box = QComboBox()
        self.box.setAccessibleName("Preset")
        # The longest name must not make the panel wider than it is.
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(6)
        self.keep_button = QToolButton()
        self.keep_button.setIcon(icons.icon("add"))
        self.keep_button.setToolTip("Keep these values as a preset")
        self.keep_button.setAccessibleName("Keep these values as a preset")
        self.drop_button = QToolButton()
        self.drop_button.setIcon(icons.icon("remove"))
        self.drop_button.setToolTip("Let this preset go")
        self.drop_button.setAccessibleName("Let this preset go")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(palette.XS)
        label = QLabel("Preset")
        label.setBuddy(self.box)
        line.addWidget(label)
        line.addSpacing(palette.S)
        line.addWidget(self.box, 1)
        line.addWidget(self.keep_button)
        line.addWidget(self.drop_button)
        self.box.activated.connect(self._take)
        self.keep_button.clicked.connect(self._ask)
        self.drop_button.clicked.connect(self._drop)

    def show_for(self, operation: Operation[Any], values: Params) -> None:
        """Lists the presets of an operation and marks the one that has these values."""
        self._operation = operation
        self.box.clear()
        self.box.addItem(DEFAULTS, {})
        for name, preset in operation.presets.items():
            self.box.addItem(name, dict(preset))
        mine = self._settings.presets(operation.id)
        if mine:
            self.box.insertSeparator(self.box.count())
            for name, preset in mine.items():
                self.box.addItem(name, preset)
        self.mark(values)

    def mark(self, values: Params) -> None:
        """Marks the preset that has these values, or says that none has."""
        assert self._operation is not None
        own = self.box.findText(OWN)
        if own >= 0:
            self.box.removeItem(own)
        wanted = values.as_json()
        for index in range(self.box.count()):
            preset = self.box.itemData(index)
            if isinstance(preset, dict) and self._completed(preset) == wanted:
                self.box.setCurrentIndex(index)
                break
        else:
            self.box.addItem(OWN, None)
            self.box.setCurrentIndex(self.box.count() - 1)
        self.drop_button.setEnabled(self.box.currentText() in self._settings.presets(self._operation.id))

    def keep(self, name: str, values: Params) -> None:
        """Keeps values under a name."""
        assert self._operation is not None
        self._settings.keep_preset(self._operation.id, name, values.as_json())
        self._settings.save()
        self.show_for(self._operation, values)

    def _completed(self, preset: dict[str, Any]) -> dict[str, Any] | None:
        assert self._operation is not None
        try:
            return self._operation.params.from_json(preset).as_json()  # type: ignore[no-any-return]
        except Exception:  # a preset of another version matches nothing
            return None

    def _take(self, index: int) -> None:
        values = self.box.itemData(index)
        if isinstance(values, dict):
            self.chosen.emit(values)

    def _ask(self) -> None:
        name, sure = QInputDialog.getText(self, "Keep as a preset", "What is it called?")
        if sure and name.strip():
            self.save_asked.emit(name.strip())

    def _drop(self) -> None:
        assert self._operation is not None
        self._settings.drop_preset(self._operation.id, self.box.currentText())
        self._settings.save()
        self.show_for(self._operation, self._operation.params())
        self.chosen.emit({})
