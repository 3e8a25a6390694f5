"""The bottom line: what the tool does, what runs, what is being prepared, what the cursor is over."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QToolButton, QWidget

from desktop.look import icons, palette
from desktop.panels.devices import DeviceButton
from desktop.panels.run_bar import how_far
from desktop.panels.short_label import ShortLabel
from desktop.panels.thin_bar import ThinBar
from desktop.session import Run


class StatusLine(QStatusBar):
    """Hints on the left; preparation, job, position, picture and zoom on the right.

    All of it lies in one part: the status bar's own layout forgets the width of what was hidden when it was added.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._hint = ""
        self.hint = ShortLabel()
        self.job = ShortLabel()
        self.job.fix_width(270)
        self.job.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.job_bar = ThinBar("Progress of the job")
        self.job_bar.setFixedWidth(110)
        self.warming = QLabel()
        self.warming_bar = ThinBar("Preparing", 4, palette.FAINT)
        self.warming_bar.setFixedWidth(60)
        self.place, self.picture = QLabel(), QLabel()
        self.place.setMinimumWidth(80)
        self.zoom = QToolButton()
        self.zoom.setIcon(icons.icon("zoom-in", palette.MUTED))
        self.zoom.setText("100 %")
        self.zoom.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.zoom.setToolTip("Click for 100 %")
        self.zoom.setAccessibleName("Zoom")
        whole = QWidget()
        line = QHBoxLayout(whole)
        line.setContentsMargins(palette.XS, 0, palette.XS, 0)
        line.setSpacing(palette.XS)
        line.addWidget(self.hint, 1)
        self.networks = QLabel("Getting the networks ready…")
        self.device = DeviceButton()
        hidden = (self.networks, self.warming, self.warming_bar, self.job, self.job_bar)
        for widget in (*hidden, self.place, self.picture, self.device, self.zoom):
            line.addWidget(widget)
        for widget in hidden:
            widget.hide()
        self.addWidget(whole, 1)
        self._back = QTimer(self)
        self._back.setSingleShot(True)
        self._back.timeout.connect(lambda: self.hint.setText(self._hint))

    def show_hint(self, text: str) -> None:
        """What the tool in hand does."""
        self._hint = text
        self._back.stop()
        self.hint.setText(text)

    def say(self, text: str, milliseconds: int = 4000) -> None:
        """Something that has happened, in place of the hint for a while."""
        self.hint.setText(text)
        self._back.start(milliseconds)

    def show_tip(self, text: str) -> None:
        """What the marked menu entry does; nothing when none is marked any more."""
        if text or not self._back.isActive():
            self.hint.setText(text or self._hint)

    def show_run(self, run: Run | None, others: int) -> None:
        """How far a run is; None when nothing runs. `others` are waiting besides."""
        there = run is not None and run.active
        self.job.setVisible(there)
        self.job_bar.setVisible(there)
        if run is not None and there:
            more = f" (+{others})" if others > 0 else ""
            self.job.setText(f"{run.title}: {how_far(run)}{more}")
            self.job_bar.show_done(run.fraction)

    def show_warming(self, done: int, total: int, title: str) -> None:
        """Kernels are being compiled in the background; an empty title ends it."""
        for widget in (self.warming, self.warming_bar):
            widget.setVisible(bool(title))
        self.warming.setText(f"Preparing {title}")
        self.warming_bar.show_done(done / max(total, 1))

    def show_networks(self, on: bool) -> None:
        """The networks' library is being read, which holds everything up for a moment: so it is painted at once."""
        self.networks.setVisible(on)
        if on:
            self.repaint()

    def show_place(self, point: object) -> None:
        """The pixel under the cursor, or nothing."""
        self.place.setText(f"{int(point[0])}, {int(point[1])}" if isinstance(point, tuple) else "")

    def show_picture(self, text: str) -> None:
        self.picture.setText(text)

    def show_zoom(self, zoom: float | None) -> None:
        self.zoom.setVisible(zoom is not None)
        if zoom is not None:
            percent = zoom * 100
            self.zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")
