"""Paintings that follow their label maps: what a stroke changed is made again, and nothing else.

A document keeps two maps: the labels, and those that its pixels were made for. Where they differ there is something to
do, whatever the reason (a stroke, an undo, several strokes at once, a file saved too early). A job covers all of it and
what lies within a patch of it; its pixels join the step of the stroke, so that one undo takes back both.

Where much is to do, the newest stroke is made first. It makes a job that goes on give way; what that would have done is
begun again afterwards, and after some such turns it is made in pieces, so that it ends however busy the hand is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from desktop.document import LABELS, PAINTED, Document, LabelMap
from desktop.session.asking import Asking
from desktop.session.banning import limited
from desktop.session.provenance import copied_of
from desktop.session.remaining import LARGER, Maps, grown, newest_part, partly, piece, spread, to_do
from desktop.session.runs import Wish
from desktop.session.session import Session
from desktop.sources import painting_inputs
from engine.image import Bytes, frozen
from engine.operation import Input, Operation

if TYPE_CHECKING:
    from engine.jobs import Done, Event

DRAWING = 120
"""Milliseconds between looks at a stroke that still goes on."""

RESTARTS = 2
"""How often in a row a job may be given up for newer strokes."""
NEARLY = 0.8
"""Where a large job is this far, a stroke waits for its end."""
RIM = 12
"""Pixels around a part of what is to do that are made with it, but not for good: they have no neighbours yet."""

REACH = 7
"""Pixels around a changed label that are made again, where the operation does not say how large its patches are."""


@dataclass(eq=False)
class Painting:
    """One document that is watched.

    Attributes:
        number: of the job that goes on, or None.
        target: the labels that it works for; of the last one, once it has ended.
        result: what `painted` is once it has ended.
        given: what it was made from, less the picture itself: a picture that is held is copied before it is changed.
        area: how many pixels it makes.
        fraction: how far it is.
        restarts: how often in a row a job was given up for a newer stroke.
        forced: something was asked for although it does not follow by itself.
        held: the person stopped it; it waits for the next stroke.
        missing: labels of the last stroke that the photograph has nothing of.
    """

    document: Document
    forget: Callable[[], None]
    number: int | None = None
    target: LabelMap | None = None
    result: LabelMap | None = None
    given: Mapping[str, Input | None] = field(default_factory=dict)
    area: int = 0
    fraction: float = 0.0
    restarts: int = 0
    forced: bool = False
    held: bool = False
    missing: frozenset[int] = frozenset()


class Following(QObject):
    """Watches painting documents and keeps their pixels up with their labels.

    Signals:
        previewed(document, update): newer pixels to show over it.
        applied(document): its pixels are those that were shown over it.
        dropped(document): what was shown over it is not true any more.
        settled(document): its pixels are what its labels say, or nothing can be done about it.
        went_on(document, fraction): 0..1 of the present job.
        failed(sentence, detail): something to tell the person.
        lacking(document, numbers): a stroke has labels that the photograph has nothing of.

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
    lacking = Signal(object, object)

    def __init__(
        self, session: Session, asking: Asking, wish: Callable[[], Wish | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._asking, self._wish = session, asking, wish
        self._paintings: dict[int, Painting] = {}
        self._due: set[int] = set()
        self._applying = False
        self._live = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        session.ended.connect(lambda _: self.look())

    # What is followed; another kind of painting has other maps.

    wanted, done, state = LABELS, PAINTED, "motif"

    def _maps(self, document: Document) -> Maps | None:
        """The maps of a document of this kind; None for any other."""
        return Maps.of_labels(document)

    def _wish_for(self, document: Document) -> Wish | None:
        return self._wish()

    def _reach(self, wish: Wish) -> int:
        return int(getattr(wish.params, "patch", REACH))

    def _inputs(
        self, document: Document, operation: Operation[Any], where: Bytes
    ) -> tuple[dict[str, Input | None], dict[str, tuple[str, ...]]]:
        return painting_inputs(document, operation, where)

    # Told by the window.

    @property
    def live(self) -> bool:
        return self._live

    @live.setter
    def live(self, on: bool) -> None:
        self._live = on
        if on:
            for painting in self._paintings.values():
                painting.held = False
            self.look()

    def open(self, document: Document) -> None:
        """From now on the document is watched."""
        painting = Painting(document, lambda: None)
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
            painting.forced, painting.held = True, False
            self._plan(painting, 0)

    def stop(self, document: Document) -> bool:
        """Ends its job; what is left waits for the next stroke or for `paint`. Whether there was one."""
        painting = self._paintings.get(id(document))
        if painting is None or painting.number is None:
            return False
        self._stop(painting)
        painting.held, painting.forced = True, False
        self.settled.emit(document)
        return True

    def held(self, document: Document) -> bool:
        """Whether what is left waits since it was stopped."""
        painting = self._paintings.get(id(document))
        return painting is not None and painting.held

    def busy(self, document: Document) -> bool:
        """Whether a job goes on for it."""
        painting = self._paintings.get(id(document))
        return painting is not None and painting.number is not None

    def target(self, document: Document) -> LabelMap | None:
        """The labels that the present job works for; None where there is none."""
        painting = self._paintings.get(id(document))
        return painting.target if painting is not None and painting.number is not None else None

    # What a document tells.

    def _told(self, painting: Painting, what: str) -> None:
        document = painting.document
        if self._applying or self._maps(document) is None:
            return
        if what == "size":
            self._stop(painting)
        elif what == self.wanted and not document.editing:
            # An undo or a redo: what is on its way belongs to what was.
            self._stop(painting)
        elif what == "picture":
            self.dropped.emit(document)
        if what in (self.wanted, self.done, self.state, "size", "history"):
            self._plan(painting, DRAWING if document.editing else 0)

    def _plan(self, painting: Painting, delay: int) -> None:
        self._due.add(id(painting.document))
        if not self._timer.isActive() or self._timer.remainingTime() > delay:
            self._timer.start(delay)

    def _look(self) -> None:
        due, self._due = self._due, set()
        for name in due:
            if name in self._paintings:
                self._go(self._paintings[name])

    # Jobs.

    def _go(self, painting: Painting) -> None:
        document = painting.document
        if self._maps(document) is None or not (self._live or painting.forced):
            return
        if painting.number is not None and not self._superseded(painting):
            return
        newer = self._newer(painting)
        if newer is not None:
            painting.held = False
        wish = self._wish_for(document)
        if painting.held or wish is None or self._session.run_on(document) is not None:
            return
        self._tell_missing(painting)
        reach = self._reach(wish)
        where = to_do(self._maps(document), reach)
        if where is None:
            painting.forced, painting.restarts = False, 0
            self.settled.emit(document)
            return
        first = newest_part(where, None if newer is None else grown(newer, reach))
        if first is None and painting.restarts >= RESTARTS:
            first = piece(where, to_do(self._maps(document), 0))
        self._ask(painting, wish, where, first)

    def _newer(self, painting: Painting) -> Bytes | None:
        """Where the labels are others than those of the last job, uint8 (H, W), 255 there; None for nowhere."""
        maps, target = self._maps(painting.document), painting.target
        if maps is None or target is None or target.rect != maps.wanted.rect:
            return None
        parts = maps.wanted.differing(target)
        return spread(target.rect, parts) if parts else None

    def _tell_missing(self, painting: Painting) -> None:
        """Says that a stroke cannot be followed, once it has ended; and again only of other labels."""
        document = painting.document
        if document.editing or document.motif is None:
            return
        waiting: set[int] = set()
        for rect, bits in document.labels.differing(document.painted):
            waiting.update(np.unique(document.labels.crop(rect)[bits]).tolist())
        missing = frozenset(waiting - {0} - set(document.motif.numbers))
        if missing - painting.missing:
            self.lacking.emit(document, missing)
        painting.missing = missing

    def _superseded(self, painting: Painting) -> bool:
        """Whether newer labels are to be seen at once, rather than after what is on its way.

        Work that is much larger gives way to them even while the hand still draws. Work of their size does so when the
        stroke has ended, but not again and again: what was begun has to end some day.
        """
        document, target, maps = painting.document, painting.target, self._maps(painting.document)
        if target is None or maps is None:
            return False
        newer = sum(int(bits.sum()) for _, bits in maps.wanted.differing(target))
        larger = painting.area > LARGER * newer
        if newer == 0 or painting.fraction > (NEARLY if larger else 0.5):
            return False
        if not larger and (document.editing or painting.restarts >= RESTARTS):
            return False
        painting.restarts += 1
        return True

    def _ask(self, painting: Painting, wish: Wish, where: Bytes, first: Bytes | None) -> None:
        """Makes what is to do, or only the part of it that `first` chooses."""
        from engine.jobs import Job

        document, operation, maps = painting.document, wish.operation, self._maps(painting.document)
        assert maps is not None
        painting.target = maps.wanted.copy()
        painting.result = painting.target if first is None else partly(maps, first)
        if first is not None:
            where = frozen(np.minimum(where, grown(first, RIM)))
        inputs, origins = self._inputs(document, operation, where)
        inputs = limited(operation, inputs, [ban for ban in document.bans if ban.picture])
        painting.given = {role: value for role, value in inputs.items() if role != operation.replaces}
        slot = self._session.desk(document).slot
        painting.area, painting.fraction = int(np.count_nonzero(where)), 0.0
        job = Job(operation.id, wish.params, inputs, wish.seed, None, slot, operation.title, origins=origins)
        if painting.number is not None:
            self._asking.forget(painting.number)
        painting.number = self._asking.ask(job, lambda event: self._answered(painting, event))

    def _stop(self, painting: Painting) -> None:
        if painting.number is not None:
            self._asking.forget(painting.number)
            painting.number = None
        self.dropped.emit(painting.document)

    def _answered(self, painting: Painting, event: Event) -> None:
        from engine import jobs

        document = painting.document
        if isinstance(event, jobs.Update):
            painting.fraction = event.fraction
            self.previewed.emit(document, event)
            self.went_on.emit(document, event.fraction)
        elif isinstance(event, jobs.Done):
            painting.number = None
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

    def _apply(self, painting: Painting, done: Done) -> None:
        document, result, painted = painting.document, done.result, painting.result
        assert painted is not None
        copied = copied_of(result, painting.given, "picture")
        if copied is not None and not document.editing and document.history.undoable is None:
            # It belongs to what the document began with: there is no step to note it on.
            self._session.provenances.begin(document, copied)
            copied = None
        self._applying = True
        try:
            with document.amending(done.recipe) as edit:
                edit.replace(result.rect, result.patch, result.where)
                edit.match(document.masks[self.done], painted)
                if copied is not None:
                    edit.note(copied)
        finally:
            self._applying = False
        self.applied.emit(document)
