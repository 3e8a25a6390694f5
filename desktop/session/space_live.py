"""What a texture space makes at a point that moves: small and at once, the newest question first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from desktop.session.asking import Asking
from desktop.session.runs import Wish
from engine.image import Bytes, displayed, frozen
from engine.trained import Trained

if TYPE_CHECKING:
    from engine.jobs import Event

SLOT = "looking into a space"
WANTED = 0.08
"""Seconds that a picture may take while the point moves."""
SIDES = (96, 128, 192, 256)


@dataclass(frozen=True, eq=False)
class Question:
    """What somebody wants to see.

    Attributes:
        wish: operation, parameters (the point among them), seed; its size is that of the picture.
        role: of the operation, for the space.
        space: to look into.
        about: whatever the one who asks wants back.
    """

    wish: Wish
    role: str
    space: Trained
    about: object = None


class SpaceLive(QObject):
    """One small job at a time, and one place for the newest question that waits.

    A job that is asked for more often than it can end would never show anything, and a queue would show what was.

    Signals:
        looked(question, pixels): uint8 (h, w, 4).
        failed(sentence, detail): it could not be made.
    """

    looked = Signal(object, object)
    failed = Signal(str, str)

    def __init__(self, asking: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asking = asking
        self._newest: Question | None = None
        self._number: int | None = None
        self._shown = False
        self._side = SIDES[-1]
        self._seconds: list[float] = []

    @property
    def side(self) -> int:
        """Pixels a side that are quick enough for a point that moves."""
        return self._side

    def ask(self, question: Question) -> None:
        """Something moves: shows it as soon as what is on its way is done."""
        self._newest = question
        if self._number is None:
            self._go()

    def drop(self) -> None:
        """Nothing is to be seen any more."""
        self._newest = None
        if self._number is not None:
            self._asking.forget(self._number)
            self._number = None

    def _go(self) -> None:
        from engine.jobs import Job

        question, self._newest = self._newest, None
        if question is None:
            return
        wish = question.wish
        size = wish.size or (self._side, self._side)
        job = Job(wish.operation.id, wish.params, {question.role: question.space}, wish.seed, size, SLOT)
        canvas = np.zeros((size[1], size[0], 4), np.uint8)
        self._number = self._asking.ask(job, partial(self._answered, question, canvas))

    def _answered(self, question: Question, canvas: Bytes, event: Event) -> None:
        from engine import jobs

        if isinstance(event, jobs.Update) and not self._shown:
            # The very first one waits for the network to be there: its parts are better than nothing.
            canvas[event.rect.slices] = event.pixels
            self.looked.emit(question, frozen(canvas.copy()))
        elif isinstance(event, jobs.Done):
            self._number, first, self._shown = None, not self._shown, True
            if not first and question.wish.size is None:
                self._suit(event.seconds)
            self.looked.emit(question, displayed(event.result.pixels))
        elif isinstance(event, jobs.Failed | jobs.Stopped):
            self._number = None
            if isinstance(event, jobs.Failed):
                self.failed.emit(event.sentence, event.detail)
        if self._number is None:
            self._go()

    def _suit(self, seconds: float) -> None:
        """The next pictures are as large as the last ones were quick."""
        self._seconds = [*self._seconds[-4:], seconds]
        if len(self._seconds) == 5:
            wanted = self._side * (WANTED / max(float(np.median(self._seconds)), 1e-3)) ** 0.5
            side = max((one for one in SIDES if one <= wanted * 1.15), default=SIDES[0])
            if side != self._side:
                self._side, self._seconds = side, []
