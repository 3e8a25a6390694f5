"""Every way to make texture from one sample, tried on it one after another, with figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from desktop.session.asking import Asking
from desktop.session.runs import Wish
from engine.image import Bytes, Floats, Image, displayed, frozen
from engine.operation import Operation
from engine.region import Rect, Size

if TYPE_CHECKING:
    from engine.jobs import Event
    from engine.measures import Figure

LARGEST_SAMPLE = 160
"""Pixels: of a larger sample the middle is taken, so that the slow methods are not waited for all day."""

SIZE: Size = (256, 256)
SLOT = "comparison"


@dataclass(frozen=True, eq=False)
class Entry:
    """One method on the sample.

    Attributes:
        wish: what made it, at the size of the comparison.
        begun: it is being made, or is done.
        seconds: worked; None before it is done.
        figures: see `engine.jobs.comparison.figures`; empty before they are taken.
        problem: why there is no picture.
    """

    wish: Wish
    begun: bool = False
    seconds: float | None = None
    figures: tuple[Figure, ...] = ()
    problem: str = ""


class Comparing(QObject):
    """Runs the methods and measures what they make.

    Signals:
        shown(index, pixels): one has come further, uint8 (h, w, 4).
        changed(index, entry): more is known of it.
        finished(): all are done.
    """

    shown = Signal(int, object)
    changed = Signal(int, object)
    finished = Signal()

    def __init__(self, bridge: Bridge, asking: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._asking = bridge, asking
        self.entries: list[Entry] = []
        self.sample: Image | None = None
        self._number: int | None = None
        self._turn = 0

    def begin(self, sample: Image, operations: Sequence[Operation[Any]], seed: int = 1) -> None:
        """Tries these on a sample, or on the middle of it where it is large."""
        self.stop()
        self._turn += 1
        width, height = sample.size
        room = Rect((width - LARGEST_SAMPLE) // 2, (height - LARGEST_SAMPLE) // 2, LARGEST_SAMPLE, LARGEST_SAMPLE)
        rect = Rect(max(room.x, 0), max(room.y, 0), min(LARGEST_SAMPLE, width), min(LARGEST_SAMPLE, height))
        self.sample = replace(sample, pixels=sample.pixels[rect.slices].copy())
        self.entries = [Entry(Wish(entry, entry.params(), seed, SIZE)) for entry in operations]
        self._next(0)

    def stop(self) -> None:
        """No more of them."""
        self._turn += 1
        if self._number is not None:
            self._asking.forget(self._number)
            self._number = None

    def _next(self, index: int) -> None:
        from engine.jobs import Job

        if index >= len(self.entries) or self.sample is None:
            self.finished.emit()
            return
        wish = self.entries[index].wish
        operation = wish.operation
        several = operation.roles["sample"].several
        given = {"sample": (self.sample,) if several else self.sample}
        job = Job(operation.id, wish.params, given, wish.seed, SIZE, SLOT, f"Compare: {operation.title}")
        canvas = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
        turn = self._turn
        self._number = self._asking.ask(job, lambda event: self._answered(event, index, turn, canvas))

    def _answered(self, event: Event, index: int, turn: int, canvas: Bytes) -> None:
        from engine import jobs

        if turn != self._turn:
            return
        if isinstance(event, jobs.Started):
            self._know(index, begun=True)
        elif isinstance(event, jobs.Update):
            canvas[event.rect.slices] = event.pixels
            self.shown.emit(index, frozen(canvas.copy()))
        elif isinstance(event, jobs.Done):
            made = event.result.image().decoded()
            self.shown.emit(index, displayed(made))
            self._know(index, seconds=event.seconds)
            self._measure(index, made, turn)
            self._next(index + 1)
        elif isinstance(event, jobs.Failed | jobs.Stopped):
            sentence = event.sentence if isinstance(event, jobs.Failed) else "It was stopped."
            self._know(index, problem=sentence)
            self._next(index + 1)

    def _measure(self, index: int, made: Floats, turn: int) -> None:
        assert self.sample is not None
        sample = self.sample.decoded()

        def work() -> tuple[Figure, ...]:
            from engine.jobs.comparison import figures

            return figures(made, sample)

        def known(figures: tuple[Figure, ...]) -> None:
            if turn == self._turn:
                self._know(index, figures=figures)

        self._bridge.aside(work, known)

    def _know(self, index: int, **more: Any) -> None:
        self.entries[index] = replace(self.entries[index], **more)
        self.changed.emit(index, self.entries[index])
