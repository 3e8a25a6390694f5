"""What is kept for an open document: its job, what was made for it, and what it was made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from desktop.document.document import Document
from desktop.document.history import Step
from desktop.document.origins import Ban
from desktop.session.outcomes import Outcome
from desktop.session.runs import Run, Wish
from engine.operation import Operation


@dataclass(eq=False)
class Desk:
    """What the session keeps for one open document.

    Attributes:
        run: the job that goes on for it.
        origin: what made it, where it can be made again; made_from: the document that it was made from.
        outcomes: kept results; shown: the one that was asked for and applied last.
        step: what that was applied by, if it was a step of its own.
        mended: steps since then that only put bans into effect, each with its result.
        lifted: the steps that were taken back until the next result is there, the newest first.
    """

    document: Document
    slot: str
    run: Run | None = None
    origin: Run | None = None
    made_from: Document | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    shown: Outcome | None = None
    step: Step | None = None
    mended: list[tuple[Step, Outcome]] = field(default_factory=list)
    lifted: list[Step] = field(default_factory=list)

    @property
    def settled(self) -> Step | None:
        """The newest step that does more than put a ban into effect."""
        mending = {id(step) for step, _ in self.mended}
        return next((step for step in reversed(self.document.history.done) if id(step) not in mending), None)

    @property
    def on_top(self) -> list[Step]:
        """The steps of the last result, if nothing else was done since: the newest first, bans on it included.

        None of them is its own where the document was opened with it.
        """
        if (self.step is None and self.origin is None) or self.settled is not self.step:
            return []
        done = self.document.history.done
        first = 0 if self.step is None else done.index(self.step)
        return list(reversed(done[first:]))

    @property
    def seen(self) -> Outcome | None:
        """The kept result that the document shows now; None where it was worked on since."""
        newest = self.document.history.undoable
        if newest is None or not self.on_top:
            return self.shown if self.origin is not None else None
        return next((outcome for step, outcome in self.mended if step is newest), self.shown)

    def lift(self) -> tuple[Ban, ...]:
        """Takes the last result back, if nothing else was done since. What was banned by it."""
        self.lifted = self.on_top
        bans = tuple(note for step in self.lifted for note in step.notes if isinstance(note, Ban))
        for _ in self.lifted:
            self.document.undo()
        return bans

    def lower(self) -> None:
        """Nothing came of the next one: the result that was lifted comes back."""
        while self.lifted and self.document.history.redoable is self.lifted[-1]:
            self.lifted.pop()
            self.document.redo()
        self.lifted = []

    def goes_on(self, operation: Operation[Any], wish: Wish | None) -> bool:
        """Whether a picture that was made of another picture alone is what a run now starts from.

        It does once it has been worked on, and where the very same is wanted again: an extended picture goes on.
        """
        if {name for name, role in operation.roles.items() if role.required} != {"picture"}:
            return False
        worked_on = self.settled is not self.step
        before = self.origin.wish if self.origin is not None else None
        if worked_on or wish is None or before is None:
            return worked_on
        return (wish.params, wish.seed, wish.size) == (before.params, before.seed, before.size)
