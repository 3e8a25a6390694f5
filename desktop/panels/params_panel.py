"""A panel from any parameter set."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from desktop.look import icons, palette
from desktop.panels.controls import Row, row
from desktop.panels.mix_pad import MixRow
from engine.params import Params


class ParamsPanel(QWidget):
    """Rows for every declared parameter; the advanced ones are folded away.

    Signals:
        changed(): a person changed a value.
        released(): one that was held is let go.

    Args:
        kind: the parameter set.
    """

    changed = Signal()
    released = Signal()

    def __init__(self, kind: type[Params], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.rows: dict[str, Row] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(palette.S)
        self.more = QToolButton()
        self.more.setText("More settings")
        self.more.setAccessibleName("More settings")
        self.more.setCheckable(True)
        self.more.setIcon(icons.icon("right", palette.MUTED, palette.MUTED))
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.folded = QWidget()
        below = QVBoxLayout(self.folded)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(palette.S)
        for field in kind.fields():
            made = row(field)
            made.changed.connect(self._show_idle)
            made.changed.connect(self.changed)
            made.released.connect(self.released)
            self.rows[field.name] = made
            (below if field.control.advanced else column).addWidget(made)
        column.addWidget(self.more)
        column.addWidget(self.folded)
        column.addStretch(1)
        self.more.setVisible(any(field.control.advanced for field in kind.fields()))
        self.folded.hide()
        self.more.toggled.connect(self._fold)
        self._show_idle()

    def values(self) -> Params:
        """The parameters as they stand."""
        return self.kind(**{name: made.value() for name, made in self.rows.items()})

    @property
    def held(self) -> bool:
        """Whether a hand has one of them at present."""
        return any(made.held for made in self.rows.values())

    def drop_hold(self) -> None:
        """Whoever holds a value lets go of it: moving on changes nothing any more."""
        for made in self.rows.values():
            made.drop_hold()

    @property
    def mix(self) -> MixRow | None:
        """The mix pad, where there is one."""
        return next((made for made in self.rows.values() if isinstance(made, MixRow)), None)

    def set_values(self, values: Params) -> None:
        """Shows other values, without `changed`."""
        for name, made in self.rows.items():
            made.set(getattr(values, name))
        self._show_idle()

    def set_json(self, values: dict[str, Any]) -> None:
        """Shows the values of a preset or recipe; what it leaves out takes its default. Raises Unusable."""
        self.set_values(self.kind.from_json(values))

    def _show_idle(self) -> None:
        """What changes nothing beside the other values is gray."""
        for field in self.kind.fields():
            if field.control.idle:
                other, value = field.control.idle
                self.rows[field.name].setEnabled(self.rows[other].value() != value)

    def _fold(self, open_: bool) -> None:
        self.more.setIcon(icons.icon("down" if open_ else "right", palette.MUTED, palette.MUTED))
        self.folded.setVisible(open_)
