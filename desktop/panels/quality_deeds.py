"""Measures the result on top and shows it in the quality panel, beside the window and never in its way."""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from desktop.document.document import Document
from desktop.panels import findings
from desktop.panels.quality import QualityPanel
from desktop.panels.quality_figures import Subject, quick, slow
from desktop.panels.tile_deeds import Tiles

MEASURED_AS_WELL = frozenset({"seam"})
"""Of what operations find out themselves: what the panel measures too, under another name."""

SETTLED = 300
"""Milliseconds without a change before a result is measured."""


class Qualities(Tiles):
    """The window's dealings with quality; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        quality: QualityPanel

    def connect_quality(self) -> None:
        """Listens from now on."""
        self._quality_asked = 0
        self._all_of: tuple[weakref.ref[Any], ...] | None = None
        self._judging = QTimer(self)
        self._judging.setSingleShot(True)
        self._judging.setInterval(SETTLED)
        self._judging.timeout.connect(self.measure_quick)
        for signal in (self.session.outcomes_changed, self.tabs.front_changed, self.pages.currentChanged):
            signal.connect(lambda *_: self._judging.start())
        self.tabs.document_changed.connect(self._quality_changed)
        self.quality.all_asked.connect(self.measure_all)

    def show_quality(self) -> None:
        """Brings the panel to the front."""
        self.actions_["show_panels"].setChecked(True)
        self.pages.setCurrentWidget(self.quality)

    def measure_quick(self) -> None:
        """What is quick, whenever the panel can be seen."""
        if self.quality.isVisible() and self._state() != self._all_of:
            self._measure(complete=False)

    def measure_all(self) -> None:
        """What takes longer as well."""
        self._measure(complete=True)

    def _state(self) -> tuple[weakref.ref[Any], ...] | None:
        """What everything has been measured of, or not: a document after a step."""
        document = self.tabs.document
        if document is None:
            return None
        step = document.history.undoable
        return (weakref.ref(document), weakref.ref(step)) if step is not None else (weakref.ref(document),)

    def _quality_changed(self, document: Document, what: str) -> None:
        if document is self.tabs.document and what in ("history", "size"):
            self._judging.start()

    def _measure(self, complete: bool) -> None:
        self._judging.stop()
        self._quality_asked += 1
        number, document = self._quality_asked, self.tabs.document
        if document is None or document.editing:
            return
        subject = self._subject(document)
        if subject is None:
            self.quality.show_nothing()
            return
        self._all_of = self._state() if complete else None
        self.quality.show_busy(complete)

        shown = self.session.desk(document).shown
        found = findings.figures(shown.findings) if shown is not None else []
        later = self.session.provenances.later(document)

        def work(subject: Subject = subject) -> Any:
            subject = replace(subject, provenance=later())
            return [*slow(subject), *quick(subject)] if complete else quick(subject)

        def then(figures: Any) -> None:
            if number == self._quality_asked and self.tabs.document is document:
                measured = {figure.name for figure in figures}
                told = [one for one in found if one.name not in measured and one.name not in MEASURED_AS_WELL]
                self.quality.show_figures([*figures, *told], complete)

        def failed(problem: Exception) -> None:
            if number == self._quality_asked:
                self.quality.show_nothing(f"It could not be measured: {problem}")

        del subject
        self.bridge.aside(work, then, failed)

    def _subject(self, document: Document) -> Subject | None:
        """What there is to be measured: the result on top, or a picture that was made as a whole."""
        shown = self.session.desk(document).seen
        if shown is None:
            return None
        filled = (shown.rect, shown.where) if shown.pixels is not None else None
        return Subject(document.picture, self.sample_of(document), filled, None, document.wraps)
