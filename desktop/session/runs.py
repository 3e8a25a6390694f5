"""One job as a person sees it: what was asked for, and how it is getting on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from desktop.document.document import Document
from desktop.document.history import Step
from desktop.document.origins import Ban
from engine.image import Bytes
from engine.operation import Input, Operation
from engine.params import Params
from engine.region import Size
from engine.trained import Trained


class State(Enum):
    """Where a run stands; the value is the word for the artist."""

    WAITING = "Waiting"
    RUNNING = "Running"
    PAUSED = "Paused"
    STOPPING = "Stopping"
    FINISHING = "Finishing"
    DONE = "Done"
    STOPPED = "Stopped"
    FAILED = "Failed"


WRAP = "wrap"
"""The parameter of operations on a picture that may repeat."""

ACTIVE = frozenset({State.WAITING, State.RUNNING, State.PAUSED, State.STOPPING, State.FINISHING})


@dataclass(frozen=True, eq=False)
class Wish:
    """What the person asked for: everything of a job but the pictures."""

    operation: Operation[Any]
    params: Params
    seed: int = 1
    size: Size | None = None


@dataclass(frozen=True, eq=False)
class Repair:
    """A run that makes a part of the result anew: it has inputs of its own and becomes a step of its own.

    Attributes:
        given: in place of what the document has for these roles.
        title: of the step.
        bans: come into force with that step. What is asked for again afterwards is made without them.
    """

    given: Mapping[str, Input | None]
    title: str
    bans: tuple[Ban, ...] = ()


@dataclass(eq=False)
class Run:
    """One job and how it is getting on.

    Attributes:
        number: the engine's.
        document: where it was started; its inputs came from there.
        target: the document that gets the result; None when the result opens as a picture of its own.
        inputs: kept while it runs, and afterwards for pictures that can be made again from them.
        origins: where they came from.
        repair: what it repairs; None for what was asked with the panel.
        joins: the step that its result becomes a part of.
        seconds: worked so far.
        sentence, detail: what went wrong.
        shown: of what is trained, the newest picture of what it can do, uint8 (h, w, 4).
        learning: what has been learnt so far, of what is trained and still active.
        said: of what was trained, how far it got, in a sentence; may be empty.
        bans: what is not wanted in its result.
        named: what the file with what is trained is to be called; empty where nobody has said so.
    """

    number: int
    wish: Wish
    document: Document
    target: Document | None
    inputs: Mapping[str, Input | None]
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    state: State = State.WAITING
    fraction: float = 0.0
    note: str = ""
    seconds: float = 0.0
    sentence: str = ""
    detail: str = ""
    repair: Repair | None = None
    joins: Step | None = None
    shown: Bytes | None = None
    learning: Trained | None = None
    said: str = ""
    bans: tuple[Ban, ...] = ()
    named: str = ""

    @property
    def learns(self) -> bool:
        """Whether something is trained, so that a file comes of it and no picture."""
        return bool(self.wish.operation.trains)

    @property
    def title(self) -> str:
        return self.wish.operation.title

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def left(self) -> float | None:
        """Seconds still to go by the pace so far; None while that would be a guess."""
        if self.state is not State.RUNNING or self.fraction < 0.03 or self.seconds < 0.4:
            return None
        return self.seconds * (1 - self.fraction) / self.fraction


def tiled(wish: Wish, document: Document) -> Wish:
    """The same wish, on a document that is worked on as a tile: its picture repeats, where an operation can be told."""
    names = {entry.name for entry in wish.params.fields()}
    if not document.wraps or WRAP not in names:
        return wish
    return replace(wish, params=wish.params.replaced(**{WRAP: True}))
