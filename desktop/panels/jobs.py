"""Every job of this sitting: what runs, what waits, what came of the others."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.look import icons, palette
from desktop.panels.run_bar import how_far
from desktop.panels.short_label import ShortLabel
from desktop.panels.thin_bar import ThinBar
from desktop.pixels import to_qimage
from desktop.session import Run, Session, State
from engine.image import Bytes

COLOURS = {State.DONE: palette.GOOD, State.FAILED: palette.ERROR}


class JobRow(QFrame):
    """One job."""

    def __init__(self, run: Run, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self.title = ShortLabel()
        self.line = QLabel()
        self.line.setWordWrap(True)
        self.bar = ThinBar("Progress")
        self.picture = QLabel()
        self.picture.setAccessibleName("What it can do so far")
        self.picture.hide()
        self._shown: Bytes | None = None
        self.pause = _button("pause", "Pause or go on")
        self.keep = _button("keep", "Stop and keep what is done")
        self.stop = _button("stop", "Stop")
        self.pause.clicked.connect(lambda: session.pause(self.run))
        self.keep.clicked.connect(lambda: session.stop(self.run, keep=True))
        self.stop.clicked.connect(lambda: session.stop(self.run))
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addWidget(self.title, 1)
        for button in (self.pause, self.keep, self.stop):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.M, palette.S, palette.S, palette.S)
        column.setSpacing(palette.XS)
        column.addLayout(top)
        column.addWidget(self.bar)
        column.addWidget(self.line)
        column.addWidget(self.picture)
        self.refresh()

    def refresh(self) -> None:
        run = self.run
        if run.shown is not self._shown and run.shown is not None:
            self._show(run.shown)
        self.title.setText(f"{run.title} · {run.document.title}")
        self.line.setText(how_far(run))
        self.line.setStyleSheet(f"color: {COLOURS.get(run.state, palette.MUTED)};")
        self.line.setToolTip(run.detail)
        self.bar.show_done(run.fraction)
        self.bar.setVisible(run.active)
        for button in (self.pause, self.keep, self.stop):
            button.setVisible(run.active)
            button.setEnabled(run.state in (State.WAITING, State.RUNNING, State.PAUSED))
        self.pause.setIcon(icons.icon("run" if run.state is State.PAUSED else "pause"))

    def _show(self, pixels: Bytes) -> None:
        """The newest picture of what is being trained, as wide as there is room."""
        self._shown = pixels
        ratio = self.devicePixelRatioF()
        width = min(round(max(self.width() - 2 * palette.M, 120) * ratio), pixels.shape[1])
        smooth = Qt.TransformationMode.SmoothTransformation
        small = QPixmap.fromImage(to_qimage(pixels)).scaledToWidth(width, smooth)
        small.setDevicePixelRatio(ratio)
        self.picture.setPixmap(small)
        self.picture.show()


class JobsPanel(QScrollArea):
    """The list, newest first.

    Signals:
        busy_changed(count): so many jobs are not finished.
    """

    busy_changed = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setAccessibleName("Jobs")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setProperty("role", "panel")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.empty = QLabel("Nothing has run yet")
        self.empty.setProperty("role", "faint")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setContentsMargins(0, palette.XL, 0, palette.XL)
        self._column.addWidget(self.empty)
        self._column.addStretch(1)
        self.setWidget(inside)
        self.rows: dict[int, JobRow] = {}
        session.changed.connect(self._changed)

    def _changed(self, run: Run) -> None:
        row = self.rows.get(run.number)
        if row is None:
            row = self.rows[run.number] = JobRow(run, self._session)
            self._column.insertWidget(0, row)
            self.empty.hide()
            kept = {entry.number for entry in self._session.runs}
            for number in [number for number in self.rows if number not in kept]:
                gone = self.rows.pop(number)
                self._column.removeWidget(gone)
                gone.hide()
                gone.deleteLater()
        if self.isVisible() or not run.active:
            row.refresh()
        self.busy_changed.emit(sum(entry.active for entry in self._session.runs))

    def showEvent(self, event: object) -> None:
        for row in self.rows.values():
            row.refresh()


def _button(name: str, help_: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icons.icon(name))
    button.setToolTip(help_)
    button.setAccessibleName(help_)
    return button
