"""What is kept for an open document: its job, what was made for it, and what it was made from."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.document.document import Document
from desktop.document.history import Step
from desktop.session.outcomes import Outcome
from desktop.session.runs import Run


@dataclass(eq=False)
class Desk:
    """What the session keeps for one open document.

    Attributes:
        run: the job that goes on for it.
        origin: what made it, where it can be made again; made_from: the document that it was made from.
        outcomes: kept results; shown: the one that was applied last.
        step: what that was applied by, if it was a step of its own.
        lifted: the step that was taken back until the next result is there.
    """

    document: Document
    slot: str
    run: Run | None = None
    origin: Run | None = None
    made_from: Document | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    shown: Outcome | None = None
    step: Step | None = None
    lifted: Step | None = None
