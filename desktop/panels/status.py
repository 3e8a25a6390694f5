"""The bottom line: what the cursor is over, what runs, what is being prepared."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton, QWidget

from desktop.look import icons, palette
from desktop.panels.run_bar import how_far
from desktop.panels.short_label import ShortLabel
from desktop.panels.thin_bar import ThinBar
from desktop.session import Run


class StatusLine(QStatusBar):
    """Hints on the left; job, preparation, position, size and zoom on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.hint = ShortLabel()
        self.job = ShortLabel()
        self.job.setFixedWidth(300)
        self.job.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.job_bar = ThinBar("Progress of the job")
        self.job_bar.setFixedWidth(120)
        self.warming = QLabel()
        self.warming_bar = ThinBar("Preparing", 4, palette.FAINT)
        self.warming_bar.setFixedWidth(60)
        self.place, self.picture = QLabel(), QLabel()
        self.place.setMinimumWidth(90)
        self.zoom = QToolButton()
        self.zoom.setIcon(icons.icon("zoom-in", palette.MUTED))
        self.zoom.setText("100 %")
        self.zoom.setToolButtonStyle(self.zoom.toolButtonStyle().ToolButtonTextBesideIcon)
        self.zoom.setToolTip("Click for 100 %")
        self.zoom.setAccessibleName("Zoom")
        self.addWidget(self.hint, 1)
        for widget in (self.warming, self.warming_bar, self.job, self.job_bar, self.place, self.picture, self.zoom):
            self.addPermanentWidget(widget)
        for widget in (self.warming, self.warming_bar, self.job, self.job_bar):
            widget.hide()

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
