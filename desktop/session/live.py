"""Strength that can be felt: what a slider does is seen while it moves, and made for real when it is let go.

While a value moves there is one small job at a time, and one place for the newest question that waits for it: a job
that is asked for more often than it can end would never show anything, and a queue would show what was. How small is
found out by measuring. Let go, the same is run at full size by the session, from the picture as it was before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from desktop import sources
from desktop.bridge import Bridge
from desktop.document.document import Document
from desktop.document.history import Step
from desktop.document.mask import Plane
from desktop.session.asking import Asking
from desktop.session.reducing import Reduced, reduced
from desktop.session.runs import Run, State, Wish
from desktop.session.session import Session
from engine.errors import Unusable
from engine.image import Bytes, Image, displayed, frozen
from engine.operation import Input, Mask, Operation
from engine.params import Params
from engine.region import Rect

if TYPE_CHECKING:
    from engine.jobs import Event

SLOT = "feeling"

WANTED, MOST = 0.06, 0.07
"""Seconds that a look should take, and may: less than a tenth, as it has to be brought to the screen as well, and a
machine has other things to do."""

COARSE = 0.12
"""Frames up to this part of a work are coarse by agreement: on a small picture there is nothing to be seen on them."""

SIDES = (128, 160, 192, 224, 256, 320, 384, 448, 512, 640)
"""Longest sides in pixels that a look may have."""
FIRST_SIDE = 256


def can_be_felt(operation: Operation[Any]) -> bool:
    """Whether its result replaces the picture and is there quickly enough to be seen while a slider moves."""
    return operation.live and operation.replaces == "picture"


@dataclass(frozen=True, eq=False)
class _Small:
    """What looks are made from, and of what that was made; kept, so that the engine meets the same pictures again."""

    of: tuple[object, ...]
    job: Reduced
    planes: Mapping[str, tuple[Plane, ...]]


class Live(QObject):
    """Shows what a live operation would make of a document, roughly and at once; then has it made.

    Signals:
        looked(document, rect, pixels): a coarse look, uint8 (h, w, 4), to be laid over that part of the picture.
        cleared(document): there is nothing to see of the looks any more.
        made(document): the real result is on the picture; the look goes when its tiles are there.
        put_back(wish): these were the values before they were moved.
        failed(sentence, detail): a look could not be made.

    Args:
        bridge: for what is reduced aside.
        asking: for the looks.
        session: for the real thing.
    """

    looked = Signal(object, object, object)
    cleared = Signal(object)
    made = Signal(object)
    put_back = Signal(object)
    failed = Signal(str, str)

    def __init__(self, bridge: Bridge, asking: Asking, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._asking, self._session = bridge, asking, session
        self._document: Document | None = None
        self._newest: Wish | None = None
        self._number: int | None = None
        self._turn = 0
        self._preparing = False
        self._small: _Small | None = None
        self._sides: dict[str, int] = {}
        self._spent: dict[str, list[float]] = {}
        self._run: Run | None = None
        self._calm: dict[str, Wish] = {}
        self._shown = self._timed = False
        session.ended.connect(self._ended)

    # Told by the window.

    def rest(self, wish: Wish) -> None:
        """These values are where they are without having been moved: what Escape goes back to."""
        if self._document is None:
            self._calm[wish.operation.id] = wish

    def feel(self, document: Document, wish: Wish) -> bool:
        """Something moves: shows about what would come of it. False where nothing can be shown."""
        if not self.can_follow(document, wish.operation):
            return False
        if document is not self._document:
            self.drop()
            self._document = document
        if self._run is not None:
            run, self._run = self._run, None
            self._session.stop(run)
        self._newest = wish
        if self._number is None and not self._preparing:
            self._go()
        return True

    def let_go(self, document: Document, wish: Wish, joins: Step | None = None) -> None:
        """It has come to rest, or was chosen at once: makes it at full size.

        Args:
            document: of this.
            wish: what to make.
            joins: the newest step of the document, when that is to have the result as a part of it.
        """
        if not self.can_follow(document, wish.operation):
            self.drop()
            return
        if document is not self._document:
            self.drop()
            self._document = document
        self._forget_job()
        self._suit(wish.operation)
        run = self._session.start(document, wish, joins=joins)
        if run is None:
            self.drop()
        else:
            self._run = run

    def take_back(self) -> bool:
        """Nothing of it is wanted: the picture and the values are as they were. False when nothing was felt."""
        if self._document is None:
            return False
        operation = self._newest or (self._run.wish if self._run else self._last)
        calm = self._calm.get(operation.operation.id) if operation else None
        self.drop()
        if calm is not None:
            self.put_back.emit(calm)
        return True

    def drop(self) -> None:
        """Shows the document alone again, and makes nothing of it."""
        document, self._document = self._document, None
        self._forget_job()
        run, self._run = self._run, None
        if run is not None:
            self._session.stop(run)
        if document is not None:
            self._shown = False
            self.cleared.emit(document)

    @property
    def document(self) -> Document | None:
        """What is felt at present, until its real result is there."""
        return self._document

    @property
    def making(self) -> bool:
        """Whether the real thing is being made."""
        return self._run is not None

    def side(self, operation: Operation[Any]) -> int:
        """Longest side in pixels of the looks at present."""
        return self._sides.get(operation.id, FIRST_SIDE)

    def can_follow(self, document: Document, operation: Operation[Any]) -> bool:
        """Whether an operation can be felt and has everything on this document that it needs."""
        if not self._bridge.running or not can_be_felt(operation):
            return False
        found = sources.offers(document, operation)
        needed = [found[name] for name, role in operation.roles.items() if role.required and name in found]
        return not any(offer.missing for offer in needed)

    # Within.

    _last: Wish | None = None

    def _forget_job(self) -> None:
        self._newest = None
        self._turn += 1
        self._preparing = False
        if self._number is not None:
            self._asking.forget(self._number)
            self._number = None

    def _go(self) -> None:
        """Asks for a look at the newest wish."""
        document, wish = self._document, self._newest
        if document is None or wish is None:
            return
        self._newest, self._last = None, wish
        operation = wish.operation
        try:
            given, planes = self._given(document, operation)
        except Unusable:
            self.drop()
            return
        side, turn, small = self.side(operation), self._turn, self._small
        of = (operation.id, side, wish.size, *(_parts(given)))
        same = small is not None and len(small.of) == len(of) and all(map(_same, small.of, of))
        if same and small is not None and _unchanged(small.planes, planes):
            self._ask(wish, small, small.job.inputs)
            return
        self._preparing = True
        whole = document.rect

        def work() -> tuple[_Small, Mapping[str, Input | None]]:
            job = small.job if same and small is not None else reduced(operation, given, wish.size, side)
            made = _Small(of, job, planes)
            inputs, picture = dict(job.inputs), job.inputs["picture"]
            assert isinstance(picture, Image)
            for name, several in planes.items():
                masks = [_little(plane, job.rect or whole, picture.size) for plane in several]
                if isinstance(operation.roles[name], Mask):
                    inputs[name] = frozen(masks[0][..., 0])
                else:
                    inputs[name] = tuple(map(Image, masks))
            return made, inputs

        def ready(found: tuple[_Small, Mapping[str, Input | None]]) -> None:
            if turn == self._turn:
                made, inputs = found
                self._preparing, self._small = False, _Small(made.of, _with(made.job, inputs), made.planes)
                self._ask(wish, self._small, inputs)

        def failed(problem: Exception) -> None:
            self._preparing = False
            self.failed.emit("The picture could not be made smaller.", str(problem))

        self._bridge.aside(work, ready, failed)

    def _given(
        self, document: Document, operation: Operation[Any]
    ) -> tuple[dict[str, Input | None], dict[str, tuple[Plane, ...]]]:
        """Role -> input; of masks their tiles, which are quick to have."""
        planes = sources.planes(document, operation)
        inputs, _ = self._session.inputs(document, operation, without=frozenset(planes))
        return inputs, planes

    def _ask(self, wish: Wish, small: _Small, inputs: Mapping[str, Input | None]) -> None:
        from engine.jobs import Job

        operation, job, document = wish.operation, small.job, self._document
        assert document is not None
        params: Params = job.params(wish.params)
        asked = Job(operation.id, params, inputs, wish.seed, job.size, SLOT, operation.title)
        shown: dict[str, Bytes] = {}
        self._timed = False
        rect = job.rect or document.rect
        self._number = self._asking.ask(asked, partial(self._answered, document, operation, rect, shown))

    def _answered(
        self, document: Document, operation: Operation[Any], rect: Rect, shown: dict[str, Bytes], event: Event
    ) -> None:
        from engine import jobs

        if isinstance(event, jobs.Update) and event.fraction > COARSE and event.rect == Rect(0, 0, *event.size):
            # As good as the result to an eye that follows a slider: what only makes it exact gives way to the newest.
            self._seen(operation, event.seconds)
            self.looked.emit(document, rect, event.pixels)
            if self._newest is not None and self._number is not None:
                self._asking.forget(self._number)
                self._number = None
        elif isinstance(event, jobs.Update) and not self._shown and event.fraction > COARSE:
            # The very first look may take a moment: its later frames are better than nothing.
            width, height = event.size
            canvas = shown.setdefault("pixels", np.zeros((height, width, 4), np.uint8))
            canvas[event.rect.slices] = event.pixels
            self.looked.emit(document, rect, frozen(canvas.copy()))
        elif isinstance(event, jobs.Done):
            self._number = None
            self._seen(operation, event.seconds)
            self.looked.emit(document, rect, displayed(event.result.pixels))
        elif isinstance(event, jobs.Failed | jobs.Stopped):
            self._number = None
            if isinstance(event, jobs.Failed):
                self.drop()
                self.failed.emit(event.sentence, event.detail)
        if self._number is None and self._newest is not None:
            self._go()

    def _seen(self, operation: Operation[Any], seconds: float) -> None:
        """A look at the newest question is there, after so long; the time to the first of each counts."""
        self._shown = True
        if not self._timed:
            self._timed = True
            self._spent.setdefault(operation.id, []).append(seconds)

    def _suit(self, operation: Operation[Any]) -> None:
        """The next looks are as large as the last ones were quick: never while something moves, as it would jump."""
        spent = self._spent.pop(operation.id, [])[1:]
        if len(spent) < 3:
            return
        side = self.side(operation)
        taken = float(max(np.median(spent), 1e-3))
        wanted = max((one for one in SIDES if one <= side * (WANTED / taken) ** 0.5), default=SIDES[0])
        if wanted > side or taken > MOST:
            self._sides[operation.id] = wanted

    def _ended(self, run: Run) -> None:
        if run is not self._run:
            return
        self._run = None
        document = self._document
        if run.state is State.DONE and document is not None:
            self._calm[run.wish.operation.id] = run.wish
            self._document, self._shown = None, False
            self.made.emit(document)
        else:
            self.drop()


def _parts(given: Mapping[str, Input | None]) -> list[object]:
    """Everything that was given, one by one, to be compared by identity."""
    return [one for value in given.values() for one in (value if isinstance(value, tuple) else (value,))]


def _same(a: object, b: object) -> bool:
    return a is b or (isinstance(a, str | int | tuple) and a == b)


def _unchanged(before: Mapping[str, tuple[Plane, ...]], now: Mapping[str, tuple[Plane, ...]]) -> bool:
    """Whether planes have the same tiles as before."""
    if before.keys() != now.keys() or any(len(before[name]) != len(now[name]) for name in now):
        return False
    for name, planes in now.items():
        for one, other in zip(before[name], planes, strict=True):
            a, b = one.tiles(), other.tiles()
            if a.keys() != b.keys() or any(a[key] is not b[key] for key in a):
                return False
    return True


def _little(plane: Plane, rect: Rect, size: tuple[int, int]) -> Bytes:
    """The part of a mask inside `rect` at another size: uint8 (height, width, 1)."""
    import cv2

    small = cv2.resize(plane.crop(rect), size, interpolation=cv2.INTER_AREA)
    return frozen(np.asarray(small, np.uint8)[..., None])


def _with(job: Reduced, inputs: Mapping[str, Input | None]) -> Reduced:
    return Reduced(inputs, job.size, job.factor, job.rect)
