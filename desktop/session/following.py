"""Paintings that follow their label maps: what a stroke changed is made again, and nothing else.

A document keeps two maps: the labels, and those that its pixels were made for. Where they differ there is something to
do, whatever the reason (a stroke, an undo, several strokes at once, a file saved too early). A job covers all of it and
what lies within a patch of it; its pixels join the step of the stroke, so that one undo takes back both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from desktop.document import LABELS, PAINTED, Document, LabelMap
from desktop.session.asking import Asking
from desktop.session.runs import Wish
from desktop.session.session import Session
from desktop.sources import painting_inputs
from engine.image import Bytes, frozen
from engine.region import Rect

if TYPE_CHECKING:
    from engine.jobs import Done, Event

DRAWING = 120
"""Milliseconds between looks at a stroke that still goes on."""

RESTARTS, LARGER = 2, 8

REACH = 7
"""Pixels around a changed label that are made again, where the operation does not say how large its patches are."""


@dataclass(eq=False)
class _Painting:
    """One document that is watched.

    Attributes:
        number: of the job that goes on, or None.
        target: the labels that it works for.
        area: how many pixels it makes.
        fraction: how far it is.
        restarts: how often in a row a job was given up for a newer stroke.
        forced: something was asked for although it does not follow by itself.
    """

    document: Document
    forget: Callable[[], None]
    number: int | None = None
    target: LabelMap | None = None
    area: int = 0
    fraction: float = 0.0
    restarts: int = 0
    forced: bool = False


class Following(QObject):
    """Watches painting documents and keeps their pixels up with their labels.

    Signals:
        previewed(document, update): newer pixels to show over it.
        applied(document): its pixels are those that were shown over it.
        dropped(document): what was shown over it is not true any more.
        settled(document): its pixels are what its labels say, or nothing can be done about it.
        went_on(document, fraction): 0..1 of the present job.
        failed(sentence, detail): something to tell the person.

    Args:
        session: knows the documents' slots, and which has an ordinary job.
        asking: runs the jobs.
        wish: what to paint with now; None before there is an operation for it.

    Attributes:
        live: whether strokes are followed at once.
    """

    previewed = Signal(object, object)
    applied = Signal(object)
    dropped = Signal(object)
    settled = Signal(object)
    went_on = Signal(object, float)
    failed = Signal(str, str)

    def __init__(
        self, session: Session, asking: Asking, wish: Callable[[], Wish | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._asking, self._wish = session, asking, wish
        self._paintings: dict[int, _Painting] = {}
        self._due: set[int] = set()
        self._applying = False
        self._live = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        session.ended.connect(lambda _: self.look())

    # Told by the window.

    @property
    def live(self) -> bool:
        return self._live

    @live.setter
    def live(self, on: bool) -> None:
        self._live = on
        if on:
            self.look()

    def open(self, document: Document) -> None:
        """From now on the document is watched."""
        painting = _Painting(document, lambda: None)
        painting.forget = document.watch(lambda what, _: self._told(painting, what))
        self._paintings[id(document)] = painting
        self._plan(painting, 0)

    def close(self, document: Document) -> None:
        """No longer; its job ends."""
        painting = self._paintings.pop(id(document), None)
        if painting is not None:
            painting.forget()
            if painting.number is not None:
                self._asking.forget(painting.number)

    def look(self) -> None:
        """Looks at every painting: perhaps there is something to do now."""
        for painting in self._paintings.values():
            self._plan(painting, 0)

    def paint(self, document: Document) -> None:
        """Does what is to do once, live or not."""
        painting = self._paintings.get(id(document))
        if painting is not None:
            painting.forced = True
            self._plan(painting, 0)

    def busy(self, document: Document) -> bool:
        """Whether a job goes on for it."""
        painting = self._paintings.get(id(document))
        return painting is not None and painting.number is not None

    def target(self, document: Document) -> LabelMap | None:
        """The labels that the present job works for; None where there is none."""
        painting = self._paintings.get(id(document))
        return painting.target if painting is not None and painting.number is not None else None

    # What a document tells.

    def _told(self, painting: _Painting, what: str) -> None:
        document = painting.document
        if document.motif is None or self._applying:
            return
        if what == "size":
            self._stop(painting)
        elif what == LABELS and not document.editing:
            # An undo or a redo: what is on its way belongs to what was.
            self._stop(painting)
        elif what == "picture":
            self.dropped.emit(document)
        if what in (LABELS, PAINTED, "motif", "size", "history"):
            self._plan(painting, DRAWING if document.editing else 0)

    def _plan(self, painting: _Painting, delay: int) -> None:
        self._due.add(id(painting.document))
        if not self._timer.isActive() or self._timer.remainingTime() > delay:
            self._timer.start(delay)

    def _look(self) -> None:
        due, self._due = self._due, set()
        for name in due:
            if name in self._paintings:
                self._go(self._paintings[name])

    # Jobs.

    def _go(self, painting: _Painting) -> None:
        document = painting.document
        if document.motif is None or not (self._live or painting.forced):
            return
        if painting.number is not None and not self._superseded(painting):
            return
        wish = self._wish()
        if wish is None or self._session.run_on(document) is not None:
            return
        where = to_do(document, int(getattr(wish.params, "patch", REACH)))
        if where is None:
            painting.forced = False
            self.settled.emit(document)
            return
        self._ask(painting, wish, where)

    def _superseded(self, painting: _Painting) -> bool:
        """Whether a stroke that has ended since is to be seen at once, rather than after what is on its way.

        Not while the hand still draws: each job then takes one part of the stroke. Nor for a small stroke on a large
        job, nor again and again: what was begun has to end some day.
        """
        document, target = painting.document, painting.target
        if document.editing or target is None or painting.fraction > 0.5 or painting.restarts >= RESTARTS:
            return False
        newer = sum(int(bits.sum()) for _, bits in document.labels.differing(target))
        if newer == 0 or painting.area > LARGER * newer:
            return False
        painting.restarts += 1
        return True

    def _ask(self, painting: _Painting, wish: Wish, where: Bytes) -> None:
        from engine.jobs import Job

        document, operation = painting.document, wish.operation
        inputs, origins = painting_inputs(document, operation, where)
        slot = self._session.desk(document).slot
        painting.target, painting.area, painting.fraction = document.labels.copy(), int(np.count_nonzero(where)), 0.0
        job = Job(operation.id, wish.params, inputs, wish.seed, None, slot, operation.title, origins=origins)
        if painting.number is not None:
            self._asking.forget(painting.number)
        painting.number = self._asking.ask(job, lambda event: self._answered(painting, event))

    def _stop(self, painting: _Painting) -> None:
        if painting.number is not None:
            self._asking.forget(painting.number)
            painting.number = None
        self.dropped.emit(painting.document)

    def _answered(self, painting: _Painting, event: Event) -> None:
        from engine import jobs

        document = painting.document
        if isinstance(event, jobs.Update):
            painting.fraction = event.fraction
            self.previewed.emit(document, event)
            self.went_on.emit(document, event.fraction)
        elif isinstance(event, jobs.Done):
            painting.number, painting.restarts = None, 0
            self._apply(painting, event)
            self._plan(painting, 0)
        elif isinstance(event, jobs.Stopped):
            # Someone else took the slot: once that is over there is another look.
            painting.number = None
            self.dropped.emit(document)
        elif isinstance(event, jobs.Failed):
            painting.number, painting.forced = None, False
            self.dropped.emit(document)
            self.settled.emit(document)
            self.failed.emit(event.sentence, event.detail)

    def _apply(self, painting: _Painting, done: Done) -> None:
        document, result, target = painting.document, done.result, painting.target
        assert target is not None
        self._applying = True
        try:
            with document.amending(done.recipe) as edit:
                edit.replace(result.rect, result.patch, result.where)
                edit.match(document.painted, target)
        finally:
            self._applying = False
        self.applied.emit(document)


def to_do(document: Document, reach: int) -> Bytes | None:
    """Where a painting is to be made again, uint8 (H, W), 255 there; None when its pixels are up with its labels.

    Args:
        document: the painting.
        reach: pixels around each changed label that belong to it.
    """
    parts = document.labels.differing(document.painted)
    if not parts or document.motif is None:
        return None
    where = np.zeros((document.size[1], document.size[0]), np.uint8)
    for rect, bits in parts:
        where[rect.slices] |= bits * np.uint8(255)
    bounds = Rect(0, 0, 0, 0)
    for rect, _ in parts:
        bounds = bounds.united(rect)
    bounds = bounds.grown(reach).clipped(document.rect)
    part = where[bounds.slices]
    part[...] = grown(part, reach)
    part[~np.isin(document.labels.crop(bounds), list(document.motif.numbers))] = 0
    return frozen(where) if part.any() else None


def grown(values: NDArray[Any], by: int) -> NDArray[Any]:
    """The largest value within `by` pixels along rows and columns of each pixel of (h, w)."""
    for axis in (0, 1):
        reached, left = values, by
        step = 1
        while left > 0:
            step = min(step, left)
            ahead, behind = reached.copy(), reached.copy()
            here = [slice(None), slice(None)]
            there = [slice(None), slice(None)]
            here[axis], there[axis] = slice(step, None), slice(None, -step)
            np.maximum(ahead[tuple(here)], reached[tuple(there)], out=ahead[tuple(here)])
            np.maximum(behind[tuple(there)], reached[tuple(here)], out=behind[tuple(there)])
            reached = np.maximum(ahead, behind)
            left -= step
            step *= 2
        values = reached
    return values
