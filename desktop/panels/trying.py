"""Keeps the strip of variations in step with what is asked for and on what."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from desktop.document.document import HOLE, Document
from desktop.panels.operations import OperationsPanel
from desktop.panels.tabs import DocumentTabs
from desktop.panels.trial_strip import TrialStrip
from desktop.pixels import enlarged
from desktop.session.trials import Trial, Trials
from engine.image import Bytes
from engine.region import Rect

QUIET = 500
"""Milliseconds without a change before new trials are made."""


class Trying(QObject):
    """Asks for trials while somebody looks at them, and makes the chosen one for real.

    Args:
        trials: makes them.
        strip: shows them.
        tabs: the documents.
        operations: what is asked for.
        run: runs what the panel says.
    """

    def __init__(
        self,
        trials: Trials,
        strip: TrialStrip,
        tabs: DocumentTabs,
        operations: OperationsPanel,
        run: Callable[[], object],
    ) -> None:
        super().__init__(strip)
        self._trials, self._strip, self._tabs, self._operations, self._run = trials, strip, tabs, operations, run
        self._looking = False
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET)
        self._quiet.timeout.connect(self._begin)
        trials.began.connect(strip.begin)
        trials.shown.connect(strip.show_trial)
        trials.failed.connect(strip.say)
        strip.wanted.connect(self._looked_at)
        strip.promoted.connect(self._promote)
        strip.compared.connect(self._compare)
        operations.wish_changed.connect(self._later)
        tabs.front_changed.connect(lambda _: self._later())
        tabs.document_changed.connect(self._document_changed)

    def _looked_at(self, on: bool) -> None:
        self._looking = on
        if on:
            self._later()
        else:
            self._quiet.stop()
            self._trials.stop()

    def _later(self) -> None:
        if self._looking:
            self._quiet.start()

    def _document_changed(self, document: Document, what: str) -> None:
        if document is not self._tabs.document or what in ("history", "title", "picture"):
            return
        # A result clears the mask that it filled; what was tried for it can still be wanted.
        if what == HOLE and document.hole.empty:
            return
        self._later()

    def _begin(self) -> None:
        document, wish = self._tabs.document, self._operations.wish()
        if document is None or wish is None:
            self._strip.say("Open a picture to see what else could be made of it.")
        elif document.editing:
            self._quiet.start()
        else:
            self._trials.begin(document, wish)

    def _promote(self, trial: Trial) -> None:
        self._operations.take(trial.wish)
        self._run()

    def _compare(self, shown: Bytes | None) -> None:
        canvas, small = self._tabs.canvas, self._trials.small
        if canvas is None:
            return
        if shown is None:
            canvas.clear_preview()
        elif small is not None and small.rect is not None and canvas.document is not None:
            rect = small.rect
            canvas.show_preview(rect, enlarged(shown, (rect.w, rect.h)), canvas.document.size)
        else:
            canvas.show_preview(Rect.of(shown), shown, (shown.shape[1], shown.shape[0]))
