"""What the engine says of its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.image import Bytes
from engine.operation import Result
from engine.region import Rect, Size
from engine.trained import Trained


@dataclass(frozen=True)
class Event:
    """Something about the job with this number."""

    number: int


@dataclass(frozen=True)
class Started(Event):
    """The job has begun to run."""


@dataclass(frozen=True, eq=False)
class Update(Event):
    """The newest state of the rectangle that changed since the last one was read.

    Attributes:
        rect: where, in the output's pixels.
        pixels: uint8 (rect.h, rect.w, 4) RGBA, read-only.
        size: of the whole output.
        fraction: 0..1 of the work.
        note: a word about the present step.
        seconds: worked so far, pauses left out.
        trained: what has been learnt so far, of what is trained.
    """

    rect: Rect
    pixels: Bytes
    size: Size
    fraction: float
    note: str
    seconds: float
    trained: Trained | None = None


@dataclass(frozen=True, eq=False)
class Done(Event):
    """The result.

    Attributes:
        result: what came out.
        recipe: the job as plain JSON values (`engine.recipe`).
        seconds: worked, pauses left out.
        partial: it was stopped, and what was done by then is kept.
    """

    result: Result
    recipe: Mapping[str, Any]
    seconds: float
    partial: bool = False


@dataclass(frozen=True)
class Stopped(Event):
    """Ended by request or by a newer job; nothing to apply."""


@dataclass(frozen=True)
class Failed(Event):
    """Could not be done.

    Attributes:
        sentence: for the artist.
        detail: the traceback when it is a bug; empty when the input was at fault.
    """

    sentence: str
    detail: str = ""


@dataclass(frozen=True)
class Noticed(Event):
    """A warning that a library gave while the job ran."""

    text: str


@dataclass(frozen=True)
class Warming(Event):
    """Background compilation: `done` of `total`; `title` is compiled next, empty at the end. Its number is 0."""

    done: int
    total: int
    title: str
