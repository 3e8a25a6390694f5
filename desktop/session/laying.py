"""A thing that is dragged onto a picture: a coarse look while it hovers, the real thing when it is dropped.

What is dropped stays adjustable: another strength starts again from the picture as it was before, and takes the place
of the step that the drop made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge import Bridge
from desktop.document.document import Document
from desktop.document.history import Step
from desktop.document.origins import Ban
from desktop.pixels import enlarged
from desktop.session.asking import Asking
from desktop.session.banning import limited
from desktop.session.reducing import shrunk
from desktop.session.runs import Repair, Run, State, Wish
from desktop.session.session import Session
from desktop.session.ways import STYLES, TEXTURE, WORDS, Thing, Way, brought, called
from engine.image import Bytes, Floats, Image, displayed, frozen
from engine.operation import Operation
from engine.region import Rect

if TYPE_CHECKING:
    from engine.jobs import Event

SMALL = 288
"""Longest side in pixels of what is laid while hovering: an answer within a blink."""

SLOT = "laying"

PATIENCE = 90
"""Milliseconds that the engine has for its first look; after that a guess is shown until it comes. Kernels that are
still being compiled can take seconds."""


@dataclass(frozen=True, eq=False)
class Target:
    """Where a picture is to be laid.

    Attributes:
        document: on this picture.
        rect: the part that changes.
        where: uint8 (rect.h, rect.w), how much; None for all of it.
    """

    document: Document
    rect: Rect
    where: Bytes | None

    @classmethod
    def of(cls, document: Document, point: tuple[float, float]) -> Target:
        """The masked part when the point (x, y) lies in its bounds, else the whole picture."""
        bounds = document.hole.bounds
        x, y = point
        if not bounds.empty and bounds.x <= x < bounds.right and bounds.y <= y < bounds.bottom:
            return cls(document, bounds, document.hole.crop(bounds))
        return cls(document, document.rect, None)

    def same(self, other: Target | None) -> bool:
        """Whether the other means the same place."""
        return other is not None and self.document is other.document and self.rect == other.rect


@dataclass(eq=False)
class _Laid:
    """What was dropped last."""

    target: Target
    thing: Thing
    way: Way
    base: Image
    before: Step | None
    run: Run | None = None
    bans: tuple[Ban, ...] = ()


@dataclass(frozen=True, eq=False)
class _Small:
    """What a coarse look is made of."""

    thing: Thing
    picture: Image
    target: Target
    way: Way


class Laying(QObject):
    """Lays things onto documents, each kind by an operation of its own.

    Signals:
        looked(target, pixels): a coarse look, uint8 (h, w, 4) of any size, to be stretched over the target.
        ended(target): there is nothing more to see of the coarse look.

    Args:
        bridge: to the engine.
        asking: for the coarse looks.
        session: for the real thing.
    """

    looked = Signal(object, object)
    ended = Signal(object)

    def __init__(self, bridge: Bridge, asking: Asking, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._asking, self._session = bridge, asking, session
        self._ways: dict[str, Way] = {}
        self._number: int | None = None
        self._turn = 0
        self._laid: _Laid | None = None
        self._small: _Small | None = None
        self._looks_like = 0.0
        self._guessed: Target | None = None
        self._impatient = QTimer(self)
        self._impatient.setSingleShot(True)
        self._impatient.setInterval(PATIENCE)
        self._impatient.timeout.connect(self._guess)

    def use(self, operation: Operation[Any] | None, role: str, amount: str, kind: str = TEXTURE) -> None:
        """Lays things of a kind by this operation from now on: its role for them, its parameter for how much."""
        self._ways.pop(kind, None)
        if operation is not None:
            self._ways[kind] = Way(kind, operation, role, amount)

    def way(self, kind: str = TEXTURE) -> Way | None:
        """How things of a kind are laid; None while they cannot be."""
        return self._ways.get(kind) if self._bridge.running else None

    @property
    def laid(self) -> Document | None:
        """The document that the last drop can still be adjusted on."""
        return self._laid.target.document if self._laid else None

    @property
    def masked(self) -> Document | None:
        """The document whose masked part took the last drop on, once that is made."""
        laid = self._laid
        if laid is None or laid.target.where is None or laid.run is None or laid.run.state is not State.DONE:
            return None
        return laid.target.document

    @property
    def working(self) -> bool:
        """Whether the last drop is still being made."""
        return self._laid is not None and self._laid.run is not None and self._laid.run.active

    @property
    def adjustable(self) -> bool:
        """Whether nothing has been done since the last drop, and something came of it."""
        laid = self._laid
        if laid is None or laid.run is None or laid.run.state is State.FAILED:
            return False
        if laid.run.active:
            return True
        undone = laid.target.document.history.undoable is laid.before
        return undone or (laid.run.state is State.DONE and self._on_top(laid))

    def replaceable(self, document: Document | None, kind: str) -> bool:
        """Whether a thing of a kind would take the place of the last drop: both are styles, and it is on top."""
        laid = self._laid
        same = laid is not None and laid.target.document is document and laid.way.kind in STYLES
        return same and kind in STYLES and self.adjustable

    def base(self, document: Document, kind: str) -> Image:
        """The picture that a thing of a kind would be laid on."""
        if self._laid is not None and self.replaceable(document, kind):
            return self._laid.base
        return document.picture

    # Hovering.

    def look(self, thing: Thing, target: Target, amount: float, kind: str = TEXTURE) -> None:
        """Asks for a coarse look; the newest wins."""
        way = self.way(kind)
        if way is None:
            return
        base = target.document.picture
        if self._laid is not None and self._laid.target.same(target):
            base = self._laid.base
        self._turn += 1
        turn, small = self._turn, self._small

        def work() -> _Small:
            return _reduced(thing, base, target, way) if small is None or small.target is not target else small

        def ready(found: _Small) -> None:
            if turn == self._turn:
                self._small = found
                self._ask(found, amount)

        self._bridge.aside(work, ready)

    def forget(self) -> None:
        """The picture was dragged away again."""
        self._turn += 1
        self._impatient.stop()
        small, self._small = self._small, None
        if self._number is not None:
            self._asking.forget(self._number)
            self._number = None
        if small is not None:
            self.ended.emit(small.target)

    # Dropping.

    def lay(self, thing: Thing, target: Target, amount: float, kind: str = TEXTURE) -> None:
        """Lays it for good: one step of undo, which `adjust` can still change."""
        document, way = target.document, self.way(kind)
        if document.editing or way is None:
            return
        laid = self._laid
        if laid is not None and self.replaceable(document, kind) and laid.target.same(target):
            self._undo(laid)
            self._laid = _Laid(target, thing, way, laid.base, laid.before)
        else:
            self._laid = _Laid(target, thing, way, document.picture, document.history.undoable)
        self._start(amount, 1)

    def adjust(self, amount: float, seed: int = 1) -> None:
        """The last drop once more with another strength or seed, in place of what it made."""
        laid = self._laid
        if laid is None or laid.target.document.editing or not self.adjustable:
            return
        self._undo(laid)
        self._start(amount, seed)

    def trial(self, amount: float) -> None:
        """A coarse look at another strength of the last drop, over what it made."""
        if self._laid is not None:
            self.look(self._laid.thing, self._laid.target, amount, self._laid.way.kind)

    def take_back(self) -> None:
        """The last drop never happened."""
        laid, self._laid = self._laid, None
        self.forget()
        if laid is not None:
            self._undo(laid)

    def settle(self) -> None:
        """What the last drop made stays as it is."""
        self._laid = None
        self.forget()

    # Within.

    def _undo(self, laid: _Laid) -> None:
        if laid.run is None:
            return
        if laid.run.active:
            self._session.stop(laid.run)
        elif laid.run.state is State.DONE and self._on_top(laid):
            laid.bans = self._session.take_back(laid.target.document)

    def _on_top(self, laid: _Laid) -> bool:
        desk = self._session.desk(laid.target.document)
        return bool(desk.on_top) and desk.step is not laid.before

    def _start(self, amount: float, seed: int) -> None:
        laid = self._laid
        if laid is None:
            return
        # The coarse look stays until the real frames lie over it.
        self._turn += 1
        self._impatient.stop()
        if self._number is not None:
            self._asking.forget(self._number)
            self._number = None
        way, partly = laid.way, laid.target.where is not None
        needed = partly or way.operation.within is not None
        given = limited(
            way.operation, way.inputs(laid.thing, laid.base, _full(laid.target) if needed else None), laid.bans
        )
        wish = Wish(way.operation, way.params(amount), seed)
        title = f"{WORDS[way.kind]} of {called(laid.thing)}"
        laid.run = self._session.start(laid.target.document, wish, Repair(given, title), bans=laid.bans)

    def _ask(self, small: _Small, amount: float) -> None:
        from engine.jobs import Job

        way, target = small.way, small.target
        inputs = way.inputs(small.thing, small.picture)
        job = Job(way.operation.id, way.params(amount), inputs, 1, None, SLOT, way.operation.title)
        shown = np.zeros((small.picture.size[1], small.picture.size[0], 4), np.uint8)
        if self._guessed is not target:
            self._looks_like = amount
            self._impatient.start()
        self._number = self._asking.ask(job, lambda event: self._answered(event, target, shown))

    def _answered(self, event: Event, target: Target, shown: Bytes) -> None:
        from engine import jobs

        if isinstance(event, jobs.Update | jobs.Done | jobs.Failed):
            self._guessed = target
            self._impatient.stop()
        if isinstance(event, jobs.Update):
            shown[event.rect.slices] = event.pixels
        elif isinstance(event, jobs.Done):
            self._number = None
            shown[event.result.rect.slices] = displayed(event.result.pixels)
        else:
            return
        pixels = shown.copy()
        self._tell(lambda: pixels, target)

    def _guess(self) -> None:
        """The engine has nothing yet: what it will come to, roughly."""
        small, amount = self._small, self._looks_like
        if small is not None and isinstance(small.thing, Image):
            self._guessed = small.target
            self._tell(lambda: small.way.guess(small.thing, small.picture, amount), small.target)

    def _tell(self, look: Callable[[], Bytes | None], target: Target) -> None:
        turn = self._turn

        def work() -> Bytes | None:
            pixels = look()
            return None if pixels is None else _masked(pixels, target)

        def tell(large: Bytes | None) -> None:
            if turn == self._turn and self._small is not None and large is not None:
                self.looked.emit(target, large)

        self._bridge.aside(work, tell)


def _reduced(thing: Thing, base: Image, target: Target, way: Way) -> _Small:
    """The thing and the part of the picture, both made smaller by the same factor."""
    factor = max(1.0, max(target.rect.w, target.rect.h) / SMALL)
    part = base.pixels[target.rect.slices]
    return _Small(brought(thing, factor, way), replace(base, pixels=shrunk(part, factor)), target, way)


def _masked(pixels: Bytes, target: Target) -> Bytes:
    """A coarse look, transparent where nothing changes: as large as its target where that is masked, else small."""
    if target.where is None:
        return frozen(pixels)
    large = enlarged(pixels, (target.rect.w, target.rect.h)).copy()
    large[..., 3] = (large[..., 3].astype(np.uint16) * target.where // 255).astype(np.uint8)
    return frozen(large)


def _full(target: Target) -> Floats:
    """The mask over the whole picture: float32 (H, W), 0..1."""
    width, height = target.document.size
    mask = np.zeros((height, width), np.float32)
    part = np.float32(1) if target.where is None else target.where * np.float32(1 / 255)
    mask[target.rect.slices] = part
    return frozen(mask)
