"""What the window shows of runs: previews on the canvas, progress, results in the strip, new pictures in tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from desktop.document.document import HOLE, SOURCE, Document
from desktop.panels.deeds import Deeds
from desktop.panels.findings import along, sentence
from desktop.session import Outcome, Run, State

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSplitter, QTabWidget, QWidget

    from desktop.canvas import Canvas
    from desktop.panels.jobs import JobsPanel
    from desktop.panels.trial_strip import TrialStrip
    from desktop.panels.variations import VariationStrip
    from engine.jobs import Update

MASKS = (HOLE, SOURCE)

LEARNING = 350
"""Pixels of height that a training's words and its picture take."""

SETTLING = 250
"""Milliseconds that the preview of a finished run stays over its result."""


@dataclass(frozen=True)
class Whereabouts:
    """Where something that was trained is to be found.

    Attributes:
        words: after its name.
        actions: of the notice, title and what to do.
    """

    words: str = "can be chosen wherever one of its kind is asked for"
    actions: Sequence[tuple[str, Callable[[], None]]] = ()


class Running(Deeds):
    """The window's answers to the session; a part of `Window`, never used alone.

    Attributes:
        homes: those who have a place for what is trained; the first that says where is believed.
    """

    if TYPE_CHECKING:
        below: QTabWidget
        side: QSplitter
        strip: VariationStrip
        trial_strip: TrialStrip
        jobs: JobsPanel

        def add_document(self, document: Document) -> Canvas: ...
        def refresh(self) -> None: ...

    def connect_session(self) -> None:
        """Listens from now on."""
        self.homes: list[Callable[[Run, Path], Whereabouts | None]] = []
        self.session.changed.connect(self._run_changed)
        self.session.previewed.connect(self._preview)
        self.session.ended.connect(self._run_ended)
        self.session.made.connect(self._picture_made)
        self.session.learnt.connect(self._learnt)
        self.session.delivered.connect(self._tell_found)
        self.session.outcomes_changed.connect(self.show_outcomes)
        self.strip.chosen.connect(self._show_outcome)
        self.strip.dropped.connect(lambda outcome: self.session.forget(self.document(), outcome))
        self.strip.promoted.connect(self._promote)
        self.strip.others_asked.connect(self.open_others)

    def _run_changed(self, run: Run) -> None:
        if run.learns:
            if run.state is State.WAITING:
                self.below.setCurrentWidget(self.jobs)
                self._make_room()
        elif run.state is State.RUNNING and run.fraction == 0:
            self.show_masks()
            # It is made in a tab of its own that is there already: whoever asked for it wants to see it.
            if run.target not in (None, run.document) and self.tabs.document is run.document:
                self.tabs.show_document(run.target)
        self.show_run()

    def _make_room(self) -> None:
        """So that what a training shows on the way can be seen without scrolling."""
        above, below = self.side.sizes()
        if below < LEARNING:
            self.side.setSizes([above + below - LEARNING, LEARNING])

    def show_run(self) -> None:
        """Progress of the run that belongs to the document in front, or else of another."""
        run = self.session.run_on(self.tabs.document)
        self.operations.run_bar.show_run(run)
        going = run is not None and run.state in (State.WAITING, State.RUNNING, State.PAUSED)
        self.actions_.enable(["pause", "stop", "keep"], going)
        active = [entry for entry in self.session.runs if entry.active]
        shown = run or (active[-1] if active else None)
        self.status.show_run(shown, len(active) - 1)
        self._count(self.jobs, "Jobs", len(active))

    def _preview(self, run: Run, update: Update) -> None:
        canvas = self.tabs.canvas_of(run.target or run.document)
        if canvas is not None:
            canvas.show_preview(update.rect, update.pixels, update.size)

    def _run_ended(self, run: Run) -> None:
        if run.learns:
            self.refresh()
            return
        document = run.target or run.document
        for shown in {id(entry): entry for entry in (document, run.document)}.values():
            canvas = self.tabs.canvas_of(shown)
            if canvas is None or self.session.run_on(shown) not in (None, run):
                continue
            if run.state is State.DONE and shown is run.target:
                # The picture's own tiles follow in the next few paints; until then they still show what was.
                QTimer.singleShot(SETTLING, canvas, partial(self._settled, canvas))
            else:
                canvas.clear_preview()
        self.show_masks()
        self.refresh()

    def _settled(self, canvas: Canvas) -> None:
        if self.session.run_on(canvas.document) is None:
            canvas.clear_preview()

    def _picture_made(self, run: Run, outcome: Outcome) -> None:
        assert outcome.picture is not None
        document = Document(outcome.picture, title=outcome.picture.name)
        document.recipes = ((document.title, outcome.recipe),)
        document.touch()
        self.add_document(document)
        self.session.adopt(run, outcome, document)

    def _learnt(self, run: Run, path: Path) -> None:
        """Something was trained: where it is, and that there is a use for it now."""
        homes = (home(run, path) for home in self.homes)
        where = next((found for found in homes if found is not None), Whereabouts())
        sentence = f"{run.title} is done: “{path.stem}” {where.words}. {run.said}".rstrip()
        self.notice.tell("good", sentence, actions=where.actions)
        self.refresh()

    def _tell_found(self, document: Document, outcome: Outcome) -> None:
        """What the operation has to say of its result, and the pictures that were made along."""
        words = [outcome.said or sentence(outcome.findings), along(outcome.others)]
        if not any(words) or document is not self.tabs.document:
            return
        open_them = "Open them" if len(outcome.others) > 1 else "Open it"
        actions = [(open_them, partial(self.open_others, outcome))] if outcome.others else []
        self.notice.tell("good", " ".join(part for part in words if part), actions=actions)

    def open_others(self, outcome: Outcome) -> None:
        """Opens the pictures that were made along with a result, each as a document that can be saved."""
        for number, image in enumerate(outcome.others, 1):
            name = Path(image.name).stem or str(number)
            title = f"{outcome.wish.operation.title} {outcome.wish.seed}, {name}"
            document = Document(image, title=title)
            document.recipes = ((title, outcome.recipe),)
            document.touch()
            self.add_document(document)

    def show_outcomes(self, document: Document | None) -> None:
        """The kept results of the document in front; of others there is nothing to see."""
        if document is not self.tabs.document:
            return
        before = self.strip.list.count()
        if document is None:
            self.strip.show_outcomes([], None)
        else:
            desk = self.session.desk(document)
            self.strip.show_outcomes(desk.outcomes, desk.seen)
        self._count(self.strip, "Results", self.strip.list.count())
        # Whoever picks among variations wants to pick another one.
        if self.strip.list.count() > before and self.below.currentWidget() is not self.trial_strip:
            self.below.setCurrentWidget(self.strip)

    def _count(self, panel: QWidget, title: str, number: int) -> None:
        self.below.setTabText(self.below.indexOf(panel), f"{title} ({number})" if number else title)

    def _show_outcome(self, outcome: Outcome) -> None:
        self.session.show(self.document(), outcome)
        self.operations.take(outcome.wish)

    def _promote(self, outcome: Outcome) -> None:
        title = f"{outcome.wish.operation.title} {outcome.wish.seed}"
        document = Document(outcome.as_picture(self.document().picture), title=title)
        document.recipes = ((title, outcome.recipe),)
        document.touch()
        self.add_document(document)

    def show_masks(self) -> None:
        """Masks hide what a run is making, so they go while one goes on."""
        for canvas in self.tabs.canvases():
            run = self.session.run_on(canvas.document)
            shown = self.actions_["mask_show"].isChecked() and run is None
            canvas.set_mask_blue(self.actions_["mask_blue"].isChecked())
            for name in MASKS:
                canvas.set_mask_visible(name, shown)
