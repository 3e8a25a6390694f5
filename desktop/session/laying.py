"""A picture that is dragged onto another: a coarse look while it hovers, the real thing when it is dropped.

What is dropped stays adjustable: another strength starts again from the picture as it was before, and takes the place
of the step that the drop made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge import Bridge
from desktop.document.document import Document
from desktop.document.history import Step
from desktop.pixels import enlarged
from desktop.session.asking import Asking
from desktop.session.reducing import LEAST, shrunk
from desktop.session.runs import Repair, Run, State, Wish
from desktop.session.session import Session
from engine.image import Bytes, Floats, Image, displayed, frozen
from engine.operation import Input, Operation
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
    image: Image
    base: Image
    before: Step | None
    run: Run | None = None


class Laying(QObject):
    """Lays one picture onto documents by an operation that takes a texture and a picture.

    Signals:
        looked(target, pixels): a coarse look, uint8 (target.rect.h, target.rect.w, 4), to be laid over the picture.
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
        self._operation: Operation[Any] | None = None
        self._role = self._amount = ""
        self._number: int | None = None
        self._turn = 0
        self._laid: _Laid | None = None
        self._small: tuple[Image, Image, Target] | None = None
        self._looks_like = 0.0
        self._guessed: Target | None = None
        self._impatient = QTimer(self)
        self._impatient.setSingleShot(True)
        self._impatient.setInterval(PATIENCE)
        self._impatient.timeout.connect(self._guess)

    def use(self, operation: Operation[Any] | None, role: str, amount: str) -> None:
        """Lays by this operation from now on: its role for the texture and its parameter for how much."""
        self._operation, self._role, self._amount = operation, role, amount

    @property
    def ready(self) -> bool:
        """Whether there is an operation to lay with."""
        return self._operation is not None and self._bridge.running

    @property
    def usual(self) -> float:
        """How much by default."""
        assert self._operation is not None
        return float(getattr(self._operation.params(), self._amount))

    @property
    def laid(self) -> Document | None:
        """The document that the last drop can still be adjusted on."""
        return self._laid.target.document if self._laid else None

    @property
    def adjustable(self) -> bool:
        """Whether nothing has been done since the last drop."""
        laid = self._laid
        if laid is None or laid.run is None:
            return False
        if laid.run.active:
            return True
        undone = laid.target.document.history.undoable is laid.before
        return undone or (laid.run.state is State.DONE and self._on_top(laid))

    # Hovering.

    def look(self, image: Image, target: Target, amount: float) -> None:
        """Asks for a coarse look; the newest wins."""
        base = target.document.picture
        if self._laid is not None and self._laid.target.same(target):
            base = self._laid.base
        self._turn += 1
        turn, small = self._turn, self._small
        fresh = small is None or small[2] is not target

        def work() -> tuple[Image, Image, Target]:
            return (*_reduced(image, base, target), target) if fresh else small  # type: ignore[return-value]

        def ready(found: tuple[Image, Image, Target]) -> None:
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
            self.ended.emit(small[2])

    # Dropping.

    def lay(self, image: Image, target: Target, amount: float) -> None:
        """Lays the picture for good: one step of undo, which `adjust` can still change."""
        document = target.document
        if document.editing:
            return
        self._laid = _Laid(target, image, document.picture, document.history.undoable)
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
            self.look(self._laid.image, self._laid.target, amount)

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
            laid.target.document.undo()

    def _on_top(self, laid: _Laid) -> bool:
        document = laid.target.document
        step = document.history.undoable
        return step is not laid.before and step is self._session.desk(document).step

    def _start(self, amount: float, seed: int) -> None:
        laid, operation = self._laid, self._operation
        if laid is None or operation is None:
            return
        # The coarse look stays until the real frames lie over it.
        self._turn += 1
        self._impatient.stop()
        if self._number is not None:
            self._asking.forget(self._number)
            self._number = None
        name = laid.image.name.rpartition("/")[2] or "a picture"
        given: dict[str, Input] = {self._role: laid.image, "picture": laid.base, "where": _full(laid.target)}
        wish = Wish(operation, operation.params().replaced(**{self._amount: amount}), seed)
        laid.run = self._session.start(laid.target.document, wish, Repair(given, None, f"Texture of {name}"))

    def _ask(self, small: tuple[Image, Image, Target], amount: float) -> None:
        from engine.jobs import Job

        operation = self._operation
        if operation is None:
            return
        sample, picture, target = small
        inputs: Mapping[str, Input | None] = {self._role: sample, "picture": picture}
        params = operation.params().replaced(**{self._amount: amount})
        job = Job(operation.id, params, inputs, 1, None, SLOT, operation.title)
        shown = np.zeros((picture.size[1], picture.size[0], 4), np.uint8)
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
        if self._small is not None:
            sample, picture, target = self._small
            self._guessed, amount = target, self._looks_like
            self._tell(lambda: guessed(sample, picture, amount), target)

    def _tell(self, look: Callable[[], Bytes], target: Target) -> None:
        turn = self._turn

        def tell(large: Bytes) -> None:
            if turn == self._turn and self._small is not None:
                self.looked.emit(target, large)

        self._bridge.aside(lambda: _enlarged(look(), target), tell)


def guessed(sample: Image, picture: Image, amount: float) -> Bytes:
    """The sample side by side in the light of the picture: at once, and without a kernel. uint8 (h, w, 4)."""
    width, height = picture.size
    texture, light = displayed(sample.decoded()), displayed(picture.decoded())[..., :3].mean(axis=2, dtype=np.float32)
    laid: Bytes = texture[np.arange(height) % texture.shape[0]][:, np.arange(width) % texture.shape[1]].copy()
    shift = np.float32(amount) * (light - texture[..., :3].mean(dtype=np.float32))
    laid[..., :3] = np.clip(laid[..., :3] + shift[..., None], 0, 255).astype(np.uint8)
    return laid


def _reduced(image: Image, base: Image, target: Target) -> tuple[Image, Image]:
    """The texture and the part of the picture, both made smaller by the same factor."""
    factor = max(1.0, max(target.rect.w, target.rect.h) / SMALL)
    part = base.pixels[target.rect.slices]
    least = min(factor, max(1.0, min(image.size) / LEAST))
    return replace(image, pixels=shrunk(image.pixels, least)), replace(base, pixels=shrunk(part, factor))


def _enlarged(pixels: Bytes, target: Target) -> Bytes:
    """A coarse look at the size of its target, transparent where nothing changes."""
    large = enlarged(pixels, (target.rect.w, target.rect.h))
    if target.where is not None:
        large = large.copy()
        large[..., 3] = (large[..., 3].astype(np.uint16) * target.where // 255).astype(np.uint8)
    return frozen(large)


def _full(target: Target) -> Floats:
    """The mask over the whole picture: float32 (H, W), 0..1."""
    width, height = target.document.size
    mask = np.zeros((height, width), np.float32)
    part = np.float32(1) if target.where is None else target.where * np.float32(1 / 255)
    mask[target.rect.slices] = part
    return frozen(mask)
