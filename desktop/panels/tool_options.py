"""The values of the tool in hand, in one line above the canvas."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from desktop.look import icons, palette
from desktop.panels.controls import Row, SliderRow, row
from desktop.tools.tool import Tool
from engine.params import Slider


class ToolOptions(QFrame):
    """Follows the tool both ways: a brush resized on the canvas shows its new size here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(42)
        # A narrow window cuts the line off rather than refuse to be narrow.
        self._inside = QWidget(self)
        self._line = QHBoxLayout(self._inside)
        self._line.setContentsMargins(palette.M, 0, palette.M, 0)
        self._line.setSpacing(palette.S)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.symbol, self.title = QLabel(), QLabel()
        self.title.setProperty("role", "card-title")
        self._line.addWidget(self.symbol)
        self._line.addWidget(self.title)
        self._rows: dict[str, Row] = {}
        self._tool: Tool | None = None
        self._line.addStretch(1)

    def look_at(self, tool: Tool) -> None:
        """Shows this tool's values."""
        if tool is self._tool:
            return
        for made in self._rows.values():
            self._line.removeWidget(made)
            made.hide()
            made.deleteLater()
        self._rows = {}
        self._tool = tool
        self.symbol.setPixmap(icons.pixmap(tool.icon, 20, palette.ACCENT, self.devicePixelRatioF()))
        self.title.setText(tool.title)
        for field in tool.Values.fields():
            if field.control.advanced:
                continue
            made = row(field, compact=True)
            if isinstance(made, SliderRow) and isinstance(field.control, Slider):
                made.slider.setFixedWidth(72 if field.control.log else 48)
            made.set(getattr(tool.values, field.name))
            made.changed.connect(self._changed)
            self._line.insertWidget(self._line.count() - 1, made)
            self._rows[field.name] = made
        tool.watch(self._told)
        self._fit()

    def row(self, name: str) -> Row:
        """The control of one value. Raises KeyError."""
        return self._rows[name]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._inside.resize(max(self.width(), self._inside.minimumSizeHint().width()), self.height())

    def _changed(self) -> None:
        if self._tool is not None:
            self._tool.values = self._tool.values.replaced(**{name: made.value() for name, made in self._rows.items()})

    def _told(self) -> None:
        if self._tool is not None:
            for name, made in self._rows.items():
                value = getattr(self._tool.values, name, None)
                if value is not None and made.value() != value:
                    made.set(value)
