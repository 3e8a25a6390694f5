"""Starts jobs, follows them, and applies what comes of them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from desktop import learnt, sources
from desktop.bridge import Bridge
from desktop.document.document import Document
from desktop.document.history import Step
from desktop.document.origins import Ban
from desktop.session.banning import ban, limited
from desktop.session.desk import Desk
from desktop.session.live_bases import Bases
from desktop.session.outcomes import Outcome, outcome_of
from desktop.session.provenance import Provenances
from desktop.session.runs import Repair, Run, State, Wish, tiled
from engine.errors import Unusable
from engine.image import Image
from engine.operation import Input, Operation
from engine.trained import Trained

if TYPE_CHECKING:
    from engine.jobs import Done, Event, Update

OUTCOME_BYTES = 384 << 20
"""How much the kept results may take together; the oldest go first."""
RUNS_KEPT = 40

LEARNING = "learning"
"""The slot of all training: one at a time. A newer one takes the place of an older, whose learning is kept."""


class Session(QObject):
    """Starts jobs, follows them, applies their results and keeps earlier ones.

    Signals:
        changed(run): its state or progress is another.
        previewed(run, update): newer pixels to show over the target.
        ended(run): nothing more comes of it; previews are to go.
        made(run, outcome): a picture that replaces nothing is ready and wants a document of its own (`adopt`).
        delivered(document, outcome): a result is on its picture, in place of what was there or as a new one.
        outcomes_changed(document): the kept results of a document are others.
        learnt(run, path): what a run has trained is in this file.
        noticed(kind, sentence, detail): something to tell the person.
    """

    changed = Signal(object)
    previewed = Signal(object, object)
    ended = Signal(object)
    made = Signal(object, object)
    delivered = Signal(object, object)
    outcomes_changed = Signal(object)
    learnt = Signal(object, object)
    noticed = Signal(str, str, str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.runs: list[Run] = []
        self._desks: dict[int, Desk] = {}
        self._slots = itertools.count(1)
        self.provenances = Provenances()
        self.bases = Bases()
        bridge.arrived.connect(self._arrived)

    # Documents.

    def open(self, document: Document) -> None:
        """From now on the document may have jobs."""
        self._desks[id(document)] = Desk(document, f"document {next(self._slots)}")

    def offers(self, document: Document, operation: Operation[Any]) -> dict[str, sources.Offer]:
        """Role -> what a run would take, in words, for the panel."""
        desk = self.desk(document)
        origin = self._origin(desk, operation)
        if origin is None:
            found = sources.offers(document, operation)
            if self.repeats(document, operation) and operation.within in found:
                found[operation.within] = sources.Offer("as before", lambda: None)
            return found
        whence = desk.made_from or origin.document
        before = sources.Offer("as before" + (f", from {whence.title}" if whence is not document else ""), lambda: None)
        return dict.fromkeys(operation.roles, before) | sources.brought(document, operation)

    def close(self, document: Document) -> None:
        """Stops its job; results that still come are dropped."""
        desk = self._desks.pop(id(document), None)
        if desk and desk.run:
            self.bridge.stop(desk.run.number)
        for run in self.runs:
            if run.document is document and run.active and run.target is None and not run.learns:
                self.bridge.stop(run.number)
        self._let_go(document)

    def desk(self, document: Document) -> Desk:
        """What is kept for an open document. Raises KeyError."""
        return self._desks[id(document)]

    def run_on(self, document: Document | None) -> Run | None:
        """The run that is active for a document, on it or for a picture made from it. What is trained goes on aside."""
        if document is None:
            return None
        for run in reversed(self.runs):
            here = run.target is document or (run.document is document and run.target is None)
            if here and run.active and not run.learns:
                return run
        return None

    def repeats(self, document: Document, operation: Operation[Any]) -> bool:
        """Whether a run now would take the place of the result on top: it fills the same mask once more."""
        desk = self.desk(document)
        shown = desk.shown.wish.operation.within if desk.shown else None
        if operation.live:
            return self.bases.of(document, operation) is not document.picture
        repaired = desk.shown is not None and bool(desk.shown.step_title)
        return bool(desk.on_top) and shown is not None and operation.within == shown and not repaired

    def remakes(self, document: Document, operation: Operation[Any]) -> bool:
        """Whether a run now would make this very picture once more, from what it was made from."""
        return self._origin(self.desk(document), operation) is not None

    @property
    def busy(self) -> bool:
        return any(run.active for run in self.runs)

    # Asking.

    def start(
        self,
        document: Document,
        wish: Wish,
        repair: Repair | None = None,
        joins: Step | None = None,
        bans: tuple[Ban, ...] = (),
    ) -> Run | None:
        """Runs an operation on a document. None when it cannot be; `noticed` says why.

        Args:
            document: what it is run on.
            wish: what to run.
            repair: inputs of its own, for a result that is a step of its own over the last one.
            joins: the newest step; the result becomes a part of it, and is dropped if it is not the newest any more.
            bans: what is not wanted in the result, beyond what is in force and what the repair bans.
        """
        from engine.jobs import Job

        wish = tiled(wish, document)
        desk = self.desk(document)
        target = document if repair else self._target(desk, wish)
        unwanted = [*document.bans, *(target.bans if target else ()), *bans]
        unwanted += repair.bans if repair else ()
        without = tuple(dict.fromkeys(unwanted))
        again = repair is None and self.repeats(document, wish.operation) and not wish.operation.live
        taken_back = desk.lift() if again else ()
        try:
            inputs, origins = self._inputs(desk, wish, repair)
        except Unusable as problem:
            desk.lower()
            self.noticed.emit("error", str(problem), "")
            return None
        operation = wish.operation
        slot = self._desks[id(target)].slot if target is not None else f"{desk.slot} new"
        if operation.trains:
            slot = LEARNING
            self._finish_learning()
        given = inputs
        if repair is None:
            # What was banned in the picture itself is gone from its mask with the steps that were taken back.
            given = limited(operation, inputs, [ban for ban in without if ban.picture or ban in taken_back])
        job = Job(operation.id, wish.params, given, wish.seed, wish.size, slot, operation.title, origins=origins)
        try:
            number = self.bridge.submit(job)
        except RuntimeError:
            desk.lower()
            self.noticed.emit("info", "The engine is still starting; try again in a moment.", "")
            return None
        run = Run(number, wish, document, target, inputs, origins, repair=repair, joins=joins, bans=without)
        self.runs.append(run)
        del self.runs[:-RUNS_KEPT]
        if target is not None:
            self._desks[id(target)].run = run
        self.changed.emit(run)
        return run

    def train(
        self,
        wish: Wish,
        inputs: Mapping[str, Input | None],
        origins: Mapping[str, tuple[str, ...]],
        title: str,
    ) -> Run | None:
        """Trains something on pictures of no document; its file gets this title. None while there is no engine."""
        from engine.jobs import Job

        operation = wish.operation
        job = Job(operation.id, wish.params, inputs, wish.seed, None, LEARNING, operation.title, origins=origins)
        self._finish_learning()
        try:
            number = self.bridge.submit(job)
        except RuntimeError:
            self.noticed.emit("info", "The engine is still starting; try again in a moment.", "")
            return None
        nothing = Document(Image(np.zeros((1, 1, 1), np.uint8)), title=title)
        run = Run(number, wish, nothing, None, inputs, origins, named=title)
        self.runs.append(run)
        del self.runs[:-RUNS_KEPT]
        self.changed.emit(run)
        return run

    def _finish_learning(self) -> None:
        """Another training begins: the one that goes on ends with what it has."""
        for run in self.runs:
            if run.learns and run.learning is not None:
                self.stop(run, keep=True)

    def pause(self, run: Run) -> None:
        """Lets a run rest, or go on."""
        if run.state is State.PAUSED:
            self.bridge.resume(run.number)
            run.state = State.RUNNING
        elif run.state in (State.RUNNING, State.WAITING):
            self.bridge.pause(run.number)
            run.state = State.PAUSED
        self.changed.emit(run)

    def stop(self, run: Run, keep: bool = False) -> None:
        """Ends a run. With `keep`, what it has so far is applied like a result."""
        if run.state in (State.WAITING, State.RUNNING, State.PAUSED):
            run.state = State.STOPPING
            self.bridge.stop(run.number, keep)
            self.changed.emit(run)

    def show(self, document: Document, outcome: Outcome) -> None:
        """Puts a kept result onto its document as one step, in place of the one that is there on top."""
        desk = self.desk(document)
        if desk.seen is outcome and desk.on_top:
            return
        self._apply(desk, outcome)

    def forget(self, document: Document, outcome: Outcome) -> None:
        """Lets a kept result go. The document stays as it is."""
        desk = self.desk(document)
        desk.outcomes = [kept for kept in desk.outcomes if kept is not outcome]
        self.outcomes_changed.emit(document)

    def adopt(self, run: Run, outcome: Outcome, document: Document) -> None:
        """A new document has been opened for a picture that a run made."""
        desk = self.desk(document)
        run.target = document
        desk.origin, desk.made_from = run, run.document
        desk.shown, desk.step, desk.mended = outcome, document.history.undoable, []
        self.provenances.begin(document, outcome.copied)
        self._remember(desk, outcome)

    # Answers.

    @Slot(object)
    def _arrived(self, event: Event) -> None:
        from engine import jobs

        run = next((run for run in reversed(self.runs) if run.number == event.number), None)
        if run is None or not run.active:
            return
        if isinstance(event, jobs.Started):
            if run.state is State.WAITING:
                run.state = State.RUNNING
            self.changed.emit(run)
        elif isinstance(event, jobs.Update):
            self._update(run, event)
        elif isinstance(event, jobs.Done):
            self._done(run, event)
        elif isinstance(event, jobs.Stopped):
            self._end(run, State.STOPPED)
        elif isinstance(event, jobs.Failed):
            run.sentence, run.detail = event.sentence, event.detail
            self._end(run, State.FAILED)
            self.noticed.emit("error", event.sentence, event.detail)
        elif isinstance(event, jobs.Noticed):
            run.note = event.text
            self.changed.emit(run)

    def _update(self, run: Run, update: Update) -> None:
        run.fraction, run.note, run.seconds = update.fraction, update.note, update.seconds
        if run.learns:
            run.shown = update.pixels if update.rect.size == update.size else run.shown
            run.learning = update.trained or run.learning
        elif run.state is not State.STOPPING:
            self.previewed.emit(run, update)
        self.changed.emit(run)

    def _done(self, run: Run, done: Done) -> None:
        run.state, run.fraction, run.seconds = State.FINISHING, 1.0, done.seconds
        self.changed.emit(run)
        if run.learns:
            run.said = done.result.said
            self._keep(run, done.result.trained)
            return
        wish, inputs, repair, bans = run.wish, run.inputs, run.repair, run.bans
        self.bridge.aside(
            lambda: outcome_of(done, wish, inputs, repair, bans), lambda outcome: self._deliver(run, outcome)
        )

    def _keep(self, run: Run, trained: Trained | None) -> None:
        if trained is None:
            run.sentence = f"{run.title} ended before anything was learnt."
            self._end(run, State.FAILED)
            self.noticed.emit("error", run.sentence, "")
            return

        if run.named and not trained.about.get("title"):
            trained = replace(trained, about={**trained.about, "title": run.named})
        made = trained

        def kept(path: Path) -> None:
            self._end(run, State.DONE)
            self.learnt.emit(run, path)

        def failed(problem: Exception) -> None:
            run.sentence = str(problem)
            self._end(run, State.FAILED)
            self.noticed.emit("error", str(problem), "")

        self.bridge.aside(lambda: learnt.keep(made), kept, failed)

    def _deliver(self, run: Run, outcome: Outcome) -> None:
        if run.target is None:
            if id(run.document) in self._desks:
                self.made.emit(run, outcome)
        elif id(run.target) in self._desks:
            desk = self.desk(run.target)
            if outcome.picture is not None:
                desk.origin = run
            else:
                run.inputs = {}
            desk.lifted = []
            self._remember(desk, outcome)
            self._apply(desk, outcome, run.joins)
        self._end(run, State.DONE)
        if run.target is not None and id(run.target) in self._desks:
            self.delivered.emit(run.target, outcome)

    def _end(self, run: Run, state: State) -> None:
        run.state = state
        desk = self._desks.get(id(run.target))
        if desk is not None and desk.run is run:
            desk.run = None
            if state is not State.DONE:
                desk.lower()
        if state is not State.DONE or run.wish.operation.replaced(run.inputs):
            run.inputs = {}
        self.ended.emit(run)
        run.learning = None
        self.changed.emit(run)

    # Applying.

    def _apply(self, desk: Desk, outcome: Outcome, joins: Step | None = None) -> None:
        document = desk.document
        if document.editing:
            self.noticed.emit("info", "Finish the stroke first; the result is under Results.", "")
            return
        if joins is not None and document.history.undoable is not joins:
            return
        same_base = desk.shown is None or desk.shown.base is outcome.base
        if same_base and not outcome.step_title:
            for _ in desk.on_top:
                document.undo()
        before = document.history.undoable
        in_force = document.bans
        title = outcome.step_title or f"{outcome.wish.operation.title}, seed {outcome.wish.seed}"
        try:
            with document.amending(outcome.recipe) if joins else document.edit(title, outcome.recipe) as edit:
                if outcome.picture is not None:
                    edit.change_picture(outcome.picture)
                elif outcome.pixels is not None:
                    edit.replace(outcome.rect, outcome.pixels, outcome.where)
                # What was asked for is done: the next stroke begins a new question. Undo brings the mask back too.
                mask = sources.mask_of(document, outcome.wish.operation.within)
                if mask is not None and not outcome.step_title and outcome.base is None:
                    edit.clear(mask)
                if outcome.copied is not None:
                    edit.note(outcome.copied)
                for one in outcome.bans:
                    if one not in in_force:
                        edit.note(one)
                        if one.picture is None:
                            ban(edit, document.source, one.rect, one.part)
        except ValueError:
            self.noticed.emit(
                "error", "The picture has another size or depth now; undo that step to use this result.", ""
            )
            return
        step = None if joins else document.history.undoable
        if outcome.mends and step is not None and step is not before:
            desk.mended.append((step, outcome))
        else:
            desk.shown, desk.step, desk.mended = outcome, step, []
        if outcome.base is not None and document.history.undoable is not None:
            self.bases.add(document.history.undoable, outcome.wish.operation, outcome.base)
        self.outcomes_changed.emit(document)

    def take_back(self, document: Document) -> tuple[Ban, ...]:
        """Undoes the last result and the bans on it, if nothing was done since, and says what had been banned."""
        desk = self.desk(document)
        bans = desk.lift()
        desk.lifted = []
        return bans

    def _remember(self, desk: Desk, outcome: Outcome) -> None:
        desk.outcomes.append(outcome)
        everything = [(kept, owner) for owner in self._desks.values() for kept in owner.outcomes]
        everything.sort(key=lambda pair: pair[0].number)
        total = sum(kept.nbytes for kept, _ in everything)
        for kept, owner in everything[:-1]:
            if total <= OUTCOME_BYTES:
                break
            owner.outcomes.remove(kept)
            total -= kept.nbytes
            if owner is not desk:
                self.outcomes_changed.emit(owner.document)
        self.outcomes_changed.emit(desk.document)

    def _let_go(self, document: Document) -> None:
        """A closed document must not stay in memory for the sake of the job list."""
        gone = Document(Image(np.zeros((1, 1, 1), np.uint8)), title=document.title)
        origins = [desk.origin for desk in self._desks.values() if desk.origin is not None]
        for run in (*self.runs, *origins):
            if run.document is document:
                run.document = gone
            if run.target is document:
                run.target = gone
        for desk in self._desks.values():
            if desk.made_from is document:
                desk.made_from = None

    # Inputs and targets.

    def inputs(
        self, document: Document, operation: Operation[Any], without: Collection[str] = ()
    ) -> tuple[dict[str, Input | None], dict[str, tuple[str, ...]]]:
        """What the document has for an operation, less what is banned in it, and where that came from.

        A live operation gets the picture that it starts from.

        Raises:
            Unusable: a required input is not there.
        """
        inputs, origins = self._gathered(document, operation, without)
        return limited(operation, inputs, [ban for ban in document.bans if ban.picture]), origins

    def _gathered(
        self, document: Document, operation: Operation[Any], without: Collection[str] = ()
    ) -> tuple[dict[str, Input | None], dict[str, tuple[str, ...]]]:
        inputs, origins = sources.gather(document, operation, without)
        if operation.live and operation.replaces is not None:
            inputs[operation.replaces] = self.bases.of(document, operation)
        return inputs, origins

    def _inputs(
        self, desk: Desk, wish: Wish, repair: Repair | None = None
    ) -> tuple[Mapping[str, Input | None], Mapping[str, tuple[str, ...]]]:
        if repair is not None:
            given = [role for role, value in repair.given.items() if value is not None]
            return repair.given, {role: ("repair",) for role in given if role != wish.operation.replaces}
        origin = self._origin(desk, wish.operation, wish)
        if origin is not None:
            return sources.once_more(desk.document, wish.operation, origin.inputs, origin.origins)
        return self._gathered(desk.document, wish.operation)

    def _origin(self, desk: Desk, operation: Operation[Any], wish: Wish | None = None) -> Run | None:
        """The run whose inputs are taken once more, unless a sample is picked or a mask means the picture itself."""
        origin = desk.origin
        again = origin is not None and origin.wish.operation is operation and bool(origin.inputs)
        fresh = desk.document.sample is not None or sources.replaces(desk.document, operation)
        return origin if again and not fresh and not desk.goes_on(operation, wish) else None

    def _target(self, desk: Desk, wish: Wish) -> Document | None:
        if sources.replaces(desk.document, wish.operation):
            return desk.document
        origin = desk.origin
        if origin and desk.goes_on(wish.operation, wish):
            return None
        if origin and origin.wish.operation is wish.operation and wish.size in (None, desk.document.size):
            return desk.document
        for other in self._desks.values():
            same = other.origin is not None and other.origin.wish.operation is wish.operation
            if same and other.made_from is desk.document and wish.size == other.document.size:
                return other.document
        return None
