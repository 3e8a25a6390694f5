"""What an operation will work with, said in words, so that nobody has to guess."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.look import icons, palette
from desktop.panels.short_label import ShortLabel
from desktop.sources import Offer
from engine.operation import Mask, Operation

ROLE_ICONS = {"hole": "brush", "source": "source-brush", "sample": "sample", "picture": "image"}
ROLE_COLOURS = {"hole": palette.ERROR, "source": palette.GOOD}


class InputsPanel(QWidget):
    """One line for each role."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(palette.S)
        self._grid.setVerticalSpacing(palette.XS)
        self._grid.setColumnStretch(2, 1)
        self._operation: Operation[Any] | None = None
        self._values: dict[str, QLabel] = {}

    def show_for(self, operation: Operation[Any], offers: Mapping[str, Offer]) -> None:
        """Says what there is for each role of an operation."""
        if operation is not self._operation:
            self._build(operation)
        for role, label in self._values.items():
            offer = offers.get(role)
            label.setText(offer.words if offer else "open a picture first")
            needed = offer is None or (offer.missing is not None and operation.roles[role].required)
            label.setStyleSheet(f"color: {palette.ACCENT_HOVER if needed else palette.MUTED};")

    def text(self, role: str) -> str:
        """What the line of a role says."""
        return self._values[role].text()

    def _build(self, operation: Operation[Any]) -> None:
        self._operation = operation
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._values = {}
        for row, (name, role) in enumerate(operation.roles.items()):
            symbol = QLabel()
            fallback = "mask" if isinstance(role, Mask) else "image"
            colour = ROLE_COLOURS.get(name, palette.MUTED)
            picture = icons.pixmap(ROLE_ICONS.get(name, fallback), 16, colour, self.devicePixelRatioF())
            symbol.setPixmap(picture)
            title = QLabel(role.title or name.capitalize())
            value = ShortLabel()
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleName(f"Input: {title.text()}")
            for widget in (symbol, title, value):
                widget.setToolTip(role.help)
            self._grid.addWidget(symbol, row, 0)
            self._grid.addWidget(title, row, 1)
            self._grid.addWidget(value, row, 2)
            self._values[name] = value
