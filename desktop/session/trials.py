"""What else could have come of it: the same job with other seeds and other settings, each as a little picture.

Trials wait while anything is made for real; they are made one after another, the likeliest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from desktop.document.document import Document
from desktop.session.asking import Asking
from desktop.session.reducing import Reduced, reduced
from desktop.session.runs import Run, Wish, tiled
from desktop.session.session import Session
from engine.errors import Unusable
from engine.image import Bytes, displayed, frozen
from engine.params import Choice, Field, Params, Slider, Toggle, Value

if TYPE_CHECKING:
    from engine.jobs import Event

SIDE = 144
"""Pixels of a trial's longer side."""

SEEDS, SETTINGS = 4, 4
"""How many of each."""

SLOT = "trials"


@dataclass(frozen=True, eq=False)
class Trial:
    """One of them.

    Attributes:
        wish: what would be run for real.
        caption: how it differs.
    """

    wish: Wish
    caption: str


def trials_of(wish: Wish) -> list[Trial]:
    """Other seeds first, then both directions of the settings that are in front of the person."""
    found = [Trial(replace(wish, seed=wish.seed + k), f"Seed {wish.seed + k}") for k in range(1, SEEDS + 1)]
    ways = [_ways(entry, wish.params) for entry in wish.params.fields() if not entry.control.advanced]
    settings: list[Trial] = []
    for depth in range(2):
        for way in ways:
            steps = list(way)
            if depth < len(steps):
                params, caption = steps[depth]
                settings.append(Trial(replace(wish, params=params), caption))
    return found + settings[:SETTINGS]


def _ways(entry: Field, params: Params) -> Iterator[tuple[Params, str]]:
    """What a parameter could be instead: one value on each side for a slider, each other word for a choice."""
    now, control = getattr(params, entry.name), entry.control
    others: list[Value] = []
    if isinstance(control, Slider):
        middle = (control.low + control.high) / 2
        for wanted in (_between(control, now, up=True), _between(control, now, up=False)):
            value: Value = round(wanted) if control.whole else round(wanted, 2)
            if control.odd and isinstance(value, int) and value % 2 == 0:
                value += 1 if value < middle else -1
            others.append(value)
    elif isinstance(control, Choice):
        others += [option for option in control.options if option != now]
    elif isinstance(control, Toggle):
        others.append(not now)
    for value in others:
        if value != now:
            yield params.replaced(**{entry.name: value}), f"{entry.title} {_word(entry, value)}"


def _between(control: Slider, now: Value, up: bool) -> float:
    end = control.high if up else control.low
    start = control.low + (control.high - control.low) / 4 if now is None else float(now)  # type: ignore[arg-type]
    if control.log and start > 0 and end > 0:
        return float(np.sqrt(start * end))
    return start + (end - start) / 2


def _word(entry: Field, value: Value) -> str:
    control = entry.control
    if isinstance(control, Toggle):
        return "on" if value else "off"
    if isinstance(control, Choice):
        return dict(zip(control.options, control.titles or control.options, strict=True))[str(value)]
    unit = f" {control.unit}" if isinstance(control, Slider) and control.unit else ""
    return f"{value:g}{unit}" if isinstance(value, int | float) else str(value)


class Trials(QObject):
    """Makes the trials of one wish on one document at a time.

    Signals:
        began(trials): these are to come.
        shown(index, pixels): one of them has come a little further, uint8 (h, w, 4).
        failed(sentence): they cannot be made.

    Args:
        bridge: to the engine.
        asking: submits the jobs.
        session: has the first claim on the engine.
    """

    began = Signal(object)
    shown = Signal(int, object)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, asking: Asking, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._asking, self._session = bridge, asking, session
        self._turn = 0
        self._waiting: list[int] = []
        self._trials: list[Trial] = []
        self._small: Reduced | None = None
        self._number: int | None = None
        self._now = 0
        session.changed.connect(self._session_changed)

    def begin(self, document: Document, wish: Wish) -> None:
        """Makes the trials of a wish, in place of those before."""
        self.stop()
        self._turn += 1
        turn = self._turn
        wish = tiled(wish, document)
        try:
            inputs, _ = self._session.inputs(document, wish.operation)
        except Unusable as problem:
            self.failed.emit(str(problem))
            return
        self._trials = trials_of(wish)
        self._waiting = list(range(len(self._trials)))
        self.began.emit(self._trials)

        def ready(small: Reduced) -> None:
            if turn == self._turn:
                self._small = small
                self._next()

        self._bridge.aside(lambda: reduced(wish.operation, inputs, wish.size, SIDE), ready)

    def stop(self) -> None:
        """No more of them."""
        self._turn += 1
        self._waiting, self._small = [], None
        if self._number is not None:
            self._asking.forget(self._number)
            self._number = None

    @property
    def small(self) -> Reduced | None:
        """What the present trials are made from."""
        return self._small

    # Within.

    def _session_changed(self, run: Run) -> None:
        if self._session.busy and self._number is not None:
            self._asking.forget(self._number)
            self._number = None
            self._waiting.insert(0, self._now)
        elif not self._session.busy and self._number is None:
            self._next()

    def _next(self) -> None:
        from engine.jobs import Job

        if not self._waiting or self._small is None or self._session.busy:
            return
        self._now = self._waiting.pop(0)
        wish, small = self._trials[self._now].wish, self._small
        operation = wish.operation
        job = Job(operation.id, small.params(wish.params), small.inputs, wish.seed, small.size, SLOT, operation.title)
        canvas: dict[str, Bytes] = {}
        index, turn = self._now, self._turn
        self._number = self._asking.ask(job, lambda event: self._answered(event, index, turn, canvas))

    def _answered(self, event: Event, index: int, turn: int, canvas: dict[str, Bytes]) -> None:
        from engine import jobs

        if turn != self._turn:
            return
        if isinstance(event, jobs.Update):
            width, height = event.size
            shown = canvas.setdefault("pixels", np.zeros((height, width, 4), np.uint8))
            shown[event.rect.slices] = event.pixels
            self.shown.emit(index, frozen(shown.copy()))
        elif isinstance(event, jobs.Done | jobs.Failed | jobs.Stopped):
            if isinstance(event, jobs.Done):
                whole = event.result.image().decoded()
                self.shown.emit(index, displayed(whole))
            self._number = None
            self._next()
