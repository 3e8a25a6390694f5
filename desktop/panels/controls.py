"""One widget for each kind of declared parameter."""

from __future__ import annotations

import html
import math
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QColorDialog,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.look import palette
from desktop.panels.short_label import ShortLabel
from engine.params import Choice, Colour, Field, LatentPoint, Slider, Toggle, Value

POSITIONS = 1000
TITLE_WIDTH = 84
"""Pixels for the names of sliders, so that they stand in a column."""


def explained(field: Field) -> str:
    """The tool tip: what it does, and what low and high look like."""
    control, lines = field.control, [f"<b>{html.escape(field.title)}</b>"]
    if control.help:
        lines.append(html.escape(control.help))
    if control.low_looks:
        lines.append(f"<span style='color:{palette.MUTED}'>Low:</span> {html.escape(control.low_looks)}")
    if control.high_looks:
        lines.append(f"<span style='color:{palette.MUTED}'>High:</span> {html.escape(control.high_looks)}")
    if control.automatic:
        lines.append(f"<span style='color:{palette.MUTED}'>Auto:</span> {html.escape(control.automatic)}")
    return "<br>".join(lines)


class WheelGuard(QObject):
    """Keeps the wheel for scrolling the panel: a value under the cursor changes only when it has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


class Row(QWidget):
    """A labelled control. A double click on the label takes the default back.

    Signals:
        changed(): a person changes the value; not emitted by `set`.
        released(): it was held, and is let go.
    """

    changed = Signal()
    released = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._guard = WheelGuard(self)
        self.label = ShortLabel(field.title)
        self.label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.label.installEventFilter(self)
        self.setToolTip(explained(field))

    def value(self) -> Value:
        raise NotImplementedError

    def set(self, value: Value) -> None:
        """Shows a value without emitting `changed`."""
        raise NotImplementedError

    @property
    def held(self) -> bool:
        """Whether a hand has it at present, so that more changes are to come."""
        return False

    def drop_hold(self) -> None:
        """Takes it out of the hand that has it."""

    def reset(self) -> None:
        """Takes the default back, as a person's change."""
        if self.value() != self.field.default:
            self.set(self.field.default)
            self.changed.emit()

    def _named(self, *widgets: QWidget) -> None:
        for widget in widgets:
            widget.setAccessibleName(self.field.title)
            widget.setAccessibleDescription(self.field.control.help)
            widget.installEventFilter(self._guard)
            if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
                widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.label.setBuddy(widgets[0])
        self.setFocusProxy(widgets[0])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.label and event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset()
            return True
        return False


class SliderRow(Row):
    """A slider and the number itself with its unit; an Auto button where the value may be left to the operation."""

    def __init__(self, field: Field, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        control = field.control
        assert isinstance(control, Slider)
        self.control = control
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, POSITIONS)
        self.slider.setSingleStep(max(1, POSITIONS // 100))
        self.number: QSpinBox | QDoubleSpinBox = QSpinBox() if control.whole else QDoubleSpinBox()
        self._prepare_number(compact)
        self.auto: QToolButton | None = None
        if control.automatic:
            self.auto = QToolButton()
            self.auto.setText("Auto")
            self.auto.setCheckable(True)
            self.auto.setAccessibleName(f"{field.title}: automatic")
            self.auto.toggled.connect(self._auto_toggled)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(palette.S if compact else palette.XS)
        if compact:
            self.slider.setFixedWidth(90)
            self.label.fix_width(self.label.sizeHint().width())
        else:
            self.label.fix_width(TITLE_WIDTH)
        line.addWidget(self.label)
        line.addWidget(self.slider, 1)
        for part in (self.auto, self.number):
            if part is not None:
                line.addWidget(part)
        self._named(self.number, self.slider)
        self._telling = True
        self._exact: tuple[Value, float] = (None, math.nan)
        self.set(field.default)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self.released)
        self.number.valueChanged.connect(self._typed)

    @property
    def held(self) -> bool:
        return self.slider.isSliderDown()

    def drop_hold(self) -> None:
        if self.held:
            # Only a release makes the slider forget that it is dragged.
            at, none = QPointF(-1, -1), Qt.MouseButton.NoButton
            left, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            event = QMouseEvent(QEvent.Type.MouseButtonRelease, at, self.slider.mapToGlobal(at), left, none, keys)
            QApplication.sendEvent(self.slider, event)

    def _prepare_number(self, compact: bool) -> None:
        control, number = self.control, self.number
        if isinstance(number, QSpinBox):
            number.setRange(int(control.low), int(control.high))
            number.setSingleStep(int(control.step or (2 if control.odd else 1)))
        else:
            span = control.high - control.low
            grain = control.step or span / 100 or 1.0
            number.setDecimals(min(4, max(1, math.ceil(-math.log10(grain) - 1e-9))))
            number.setRange(control.low, control.high)
            number.setSingleStep(control.step or span / 100)
        number.setSuffix(f" {control.unit}" if control.unit else "")
        number.setKeyboardTracking(False)
        number.setAlignment(Qt.AlignmentFlag.AlignRight)
        number.setFixedWidth(64 if compact else 68)

    def value(self) -> Value:
        if self.auto is not None and self.auto.isChecked():
            return None
        # A recipe's 0.1234 shows as 0.12 and stays 0.1234 until somebody turns it.
        exact, shown = self._exact
        number = self.number.value()
        return exact if number == shown else number

    def set(self, value: Value) -> None:
        self._telling = False
        if self.auto is not None:
            self.auto.setChecked(value is None)
        if value is not None:
            self.number.setValue(value)  # type: ignore[arg-type]
            self._exact = value, self.number.value()
            self.slider.setValue(self._position(float(value)))  # type: ignore[arg-type]
        self._telling = True

    def _auto_toggled(self, on: bool) -> None:
        self.slider.setEnabled(not on)
        self.number.setEnabled(not on)
        if self._telling:
            self.changed.emit()

    def _position(self, value: float) -> int:
        low, high = self.control.low, self.control.high
        if high <= low:
            return 0
        if self.control.log:
            shift = 1.0 if low <= 0 else 0.0
            share = math.log((value + shift) / (low + shift)) / math.log((high + shift) / (low + shift))
        else:
            share = (value - low) / (high - low)
        return round(share * POSITIONS)

    def _value_at(self, position: int) -> float:
        low, high, share = self.control.low, self.control.high, position / POSITIONS
        if self.control.log:
            shift = 1.0 if low <= 0 else 0.0
            value = (low + shift) * ((high + shift) / (low + shift)) ** share - shift
        else:
            value = low + share * (high - low)
        return self._fitting(value)

    def _fitting(self, value: float) -> float:
        control = self.control
        step = control.step or (1 if control.whole else 0)
        if control.odd:
            value = 2 * round((value - 1) / 2) + 1
        elif step:
            value = control.low + round((value - control.low) / step) * step
        value = min(max(value, control.low), control.high)
        if control.odd and int(value) % 2 == 0:
            value += 1 if value + 1 <= control.high else -1
        return value

    def _slid(self, position: int) -> None:
        if not self._telling:
            return
        value = self._value_at(position)
        self._telling = False
        self.number.setValue(int(value) if self.control.whole else value)  # type: ignore[arg-type]
        self._telling = True
        self.changed.emit()

    def _typed(self, value: float) -> None:
        if not self._telling:
            return
        fitted = self._fitting(value) if self.control.odd else value
        self._telling = False
        if fitted != value:
            self.number.setValue(int(fitted) if self.control.whole else fitted)  # type: ignore[arg-type]
        self.slider.setValue(self._position(fitted))
        self._telling = True
        self.changed.emit()


class ChoiceRow(Row):
    """One of a few words."""

    def __init__(self, field: Field, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        control = field.control
        assert isinstance(control, Choice)
        self.box = QComboBox()
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        titles = control.titles or tuple(option.replace("-", " ").capitalize() for option in control.options)
        for option, title in zip(control.options, titles, strict=True):
            self.box.addItem(title, option)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(palette.S)
        line.addWidget(self.label)
        if not compact:
            line.addStretch(1)
            self.box.setMinimumWidth(120)
        line.addWidget(self.box)
        self._named(self.box)
        self.set(field.default)
        self.box.activated.connect(lambda _: self.changed.emit())

    def value(self) -> Value:
        return str(self.box.currentData())

    def set(self, value: Value) -> None:
        self.box.setCurrentIndex(self.box.findData(value))


class ToggleRow(Row):
    """Yes or no."""

    def __init__(self, field: Field, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = QCheckBox(field.title)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.box)
        if not compact:
            line.addStretch(1)
        self.label.hide()
        self.label.setParent(self)
        self._named(self.box)
        self.set(field.default)
        self.box.clicked.connect(lambda _: self.changed.emit())

    def value(self) -> Value:
        return self.box.isChecked()

    def set(self, value: Value) -> None:
        self.box.setChecked(bool(value))


class ColourRow(Row):
    """A colour behind a button that shows it."""

    def __init__(self, field: Field, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._value: tuple[float, ...] = (0.0, 0.0, 0.0)
        self.button = QPushButton()
        self.button.setFixedWidth(78)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.label)
        if not compact:
            line.addStretch(1)
        line.addWidget(self.button)
        self._named(self.button)
        self.set(field.default)
        self.button.clicked.connect(self._ask)

    def value(self) -> Value:
        return self._value

    def set(self, value: Value) -> None:
        assert isinstance(value, tuple)
        self._value = value
        name = QColor.fromRgbF(*value).name()
        self.button.setText(name)
        ink = "#000000" if sum(value) > 1.5 else "#ffffff"
        self.button.setStyleSheet(f"background: {name}; color: {ink};")

    def _ask(self) -> None:
        chosen = QColorDialog.getColor(QColor.fromRgbF(*self._value), self, self.field.title)
        if chosen.isValid():
            self.set((chosen.redF(), chosen.greenF(), chosen.blueF()))
            self.changed.emit()


class NumbersRow(Row):
    """Any count of numbers, with commas between; what cannot be read is not taken."""

    def __init__(self, field: Field, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._value: Value = field.default
        self.edit = QLineEdit()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        column.addWidget(self.edit)
        self._named(self.edit)
        self.set(field.default)
        self.edit.editingFinished.connect(self._read)

    def value(self) -> Value:
        return self._value

    def set(self, value: Value) -> None:
        self._value = value
        self.edit.setText(", ".join(f"{part:g}" for part in value) if isinstance(value, tuple) else "")

    def _read(self) -> None:
        old = self._value
        try:
            self.set(self.field.checked(self.edit.text()))
        except Exception:  # unreadable: show what still holds
            self.set(old)
        if self._value != old:
            self.changed.emit()


ROWS: dict[type, Any] = {
    Slider: SliderRow,
    Choice: ChoiceRow,
    Toggle: ToggleRow,
    Colour: ColourRow,
    LatentPoint: NumbersRow,
}
"""Control -> its widget; the mix pad adds itself for weights."""


def row(field: Field, compact: bool = False) -> Row:
    """The widget for a declared parameter. Raises KeyError for a control that has none."""
    made: Row = ROWS[type(field.control)](field, compact)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return made
