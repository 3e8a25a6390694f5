"""Seed, Run, and while something runs: how far it is and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.look import icons, palette
from desktop.panels.short_label import ShortLabel
from desktop.panels.thin_bar import ThinBar
from desktop.session import Run, State

LARGEST_SEED = 2**31 - 1


def time_left(seconds: float | None) -> str:
    """In words that do not pretend to be exact."""
    if seconds is None:
        return ""
    if seconds < 1.5:
        return "about a second left"
    if seconds < 90:
        return f"about {round(seconds) if seconds < 10 else round(seconds / 5) * 5} s left"
    return f"about {round(seconds / 60)} min left"


def how_far(run: Run) -> str:
    """One line about a run."""
    parts = [run.state.value]
    if run.state in (State.RUNNING, State.PAUSED):
        parts.append(f"{round(run.fraction * 100)} %")
        left = "" if "left" in run.note else time_left(run.left)  # what is trained knows better how long it takes
        parts += [part for part in (run.note, left) if part]
    elif run.state is State.DONE:
        parts.append(f"{run.seconds:.1f} s")
    elif run.state is State.FAILED:
        parts.append(run.sentence)
    return " · ".join(parts)


def action_button(action: QAction, text: str = "", primary: bool = False) -> QPushButton:
    """A push button that does an action, follows whether it can be done, and shows its key in the tool tip."""
    button = QPushButton(text or action.text().replace("&", "").rstrip("…"))
    button.setAccessibleName(action.text().replace("&", ""))
    if primary:
        button.setProperty("primary", "true")
        name = action.property("glyph") or ""
        if name:
            button.setIcon(icons.icon(str(name), palette.ON_ACCENT, palette.ON_ACCENT))
    else:
        button.setIcon(action.icon())
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())

    action.changed.connect(follow)
    follow()
    return button


class RunBar(QWidget):
    """The bottom of the operation panel.

    Signals:
        live_toggled(on): run again after every change of a value.

    Args:
        actions: the window's actions: run, another, pause, stop, keep.
    """

    live_toggled = Signal(bool)

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.seed = QSpinBox()
        self.seed.setRange(0, LARGEST_SEED)
        self.seed.setValue(1)
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("The same seed gives the same picture, on any machine")
        self.seed.setFixedWidth(78)
        self.seed.setAlignment(Qt.AlignmentFlag.AlignRight)
        label = QLabel("Seed")
        label.setBuddy(self.seed)
        self.another = action_button(actions["another"], "Another")
        self.live = QToolButton()
        self.live.setIcon(icons.icon("live"))
        self.live.setCheckable(True)
        self.live.setToolTip("Live: run again whenever a value changes")
        self.live.setAccessibleName("Live: run again whenever a value changes")
        self.live.toggled.connect(self.live_toggled)
        top = QHBoxLayout()
        top.setSpacing(palette.S)
        for widget in (label, self.seed, self.another):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.live)

        self.run = action_button(actions["run"], "Run", primary=True)
        self.run.setMinimumHeight(34)
        self.hint = ShortLabel()
        self.hint.setProperty("role", "faint")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        idle = QWidget()
        idle_column = QVBoxLayout(idle)
        idle_column.setContentsMargins(0, 0, 0, 0)
        idle_column.setSpacing(palette.XS)
        idle_column.addWidget(self.run)
        idle_column.addWidget(self.hint)

        self.pause = action_button(actions["pause"], "Pause")
        self.stop = action_button(actions["stop"], "Stop")
        self.keep = action_button(actions["keep"], "Keep")
        self.bar = ThinBar("Progress")
        self.line = ShortLabel()
        self.line.setProperty("role", "muted")
        busy = QWidget()
        busy_column = QVBoxLayout(busy)
        busy_column.setContentsMargins(0, 0, 0, 0)
        busy_column.setSpacing(palette.XS)
        buttons = QHBoxLayout()
        buttons.setSpacing(palette.S)
        for widget in (self.pause, self.stop, self.keep):
            buttons.addWidget(widget, 1)
        busy_column.addLayout(buttons)
        busy_column.addWidget(self.bar)
        busy_column.addWidget(self.line)

        self.stack = QStackedWidget()
        self.stack.addWidget(idle)
        self.stack.addWidget(busy)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.M, palette.M, palette.M, palette.M)
        column.setSpacing(palette.S)
        column.addLayout(top)
        column.addWidget(self.stack)

    def show_run(self, run: Run | None) -> None:
        """Shows how far the run of the document in front is; None when there is none."""
        if run is None or not run.active:
            self.stack.setCurrentIndex(0)
            return
        self.stack.setCurrentIndex(1)
        self.bar.show_done(run.fraction)
        self.line.setText(how_far(run))
        paused = run.state is State.PAUSED
        self.pause.setText("Go on" if paused else "Pause")
        self.pause.setIcon(icons.icon("run" if paused else "pause"))
