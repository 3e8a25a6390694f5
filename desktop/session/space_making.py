"""Pictures made at a point of a texture space, and made again when the point has moved."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from desktop.document import Document, Step
from desktop.session.asking import Asking
from desktop.session.runs import Wish
from desktop.session.session import Session
from desktop.session.space_spots import Spot
from engine.image import Image
from engine.trained import Trained

if TYPE_CHECKING:
    from engine.jobs import Event

NEW = "a new picture of a space"


@dataclass(frozen=True, eq=False)
class Order:
    """A picture that is wanted.

    Attributes:
        wish: what makes it.
        role: of its operation, for the space.
        space, path: to make it in, and the file that it is from.
        spot: where in it.
        title: what to call it.
    """

    wish: Wish
    role: str
    space: Trained
    path: str
    spot: Spot
    title: str


class SpaceMaking(QObject):
    """Makes documents of spaces and keeps them up with the point.

    Signals:
        made(document): a new one is there; it is in no tab yet.
        previewed(document, update): newer pixels to show over it.
        applied(document): its pixels are those that were shown over it.
        dropped(document): what was shown over it is not true.
        failed(sentence, detail): something to tell the person.
    """

    made = Signal(object)
    previewed = Signal(object, object)
    applied = Signal(object)
    dropped = Signal(object)
    failed = Signal(str, str)

    def __init__(self, bridge: Bridge, asking: Asking, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._asking, self._session = bridge, asking, session
        self._orders: weakref.WeakKeyDictionary[Document | Step, Order] = weakref.WeakKeyDictionary()
        self._numbers: weakref.WeakKeyDictionary[Document, int] = weakref.WeakKeyDictionary()

    def order(self, document: Document | None) -> Order | None:
        """What a document's picture was made from as it is now; None for any other picture."""
        if document is None:
            return None
        for step in reversed(document.history.done):
            if step in self._orders:
                return self._orders[step]
            if step.changes_picture:
                return None
        return self._orders.get(document)

    def busy(self, document: Document) -> bool:
        """Whether it is being made again."""
        return document in self._numbers

    def make(self, order: Order) -> bool:
        """A new document; `made` follows. False while there is no engine."""
        return self._asking.ask(self._job(order, NEW), partial(self._begun, order)) is not None

    def remake(self, document: Document, order: Order) -> None:
        """The same document at another point, as one step; the newest order wins."""
        self.stop(document)
        job = self._job(replace(order, wish=replace(order.wish, size=document.size)), self._session.desk(document).slot)
        number = self._asking.ask(job, partial(self._answered, document, order))
        if number is not None:
            self._numbers[document] = number

    def stop(self, document: Document) -> bool:
        """Ends what is on its way for a document. Whether there was anything."""
        number = self._numbers.pop(document, None)
        if number is None:
            return False
        self._asking.forget(number)
        self.dropped.emit(document)
        return True

    def _job(self, order: Order, slot: str) -> Any:
        from engine.jobs import Job

        wish = order.wish
        inputs = {order.role: order.space}
        origins = {order.role: (order.path,)}
        operation = wish.operation
        return Job(operation.id, wish.params, inputs, wish.seed, wish.size, slot, operation.title, origins=origins)

    def _begun(self, order: Order, event: Event) -> None:
        from engine import jobs

        if isinstance(event, jobs.Failed):
            self.failed.emit(event.sentence, event.detail)
        elif isinstance(event, jobs.Done):
            result, recipe = event.result, event.recipe
            self._bridge.aside(result.image, partial(self._open, order, recipe))

    def _open(self, order: Order, recipe: Mapping[str, Any], picture: Image) -> None:
        document = Document(replace(picture, name=order.title), title=order.title)
        document.recipes = ((document.title, recipe),)
        document.touch()
        self._orders[document] = order
        self.made.emit(document)

    def _answered(self, document: Document, order: Order, event: Event) -> None:
        from engine import jobs

        if isinstance(event, jobs.Update):
            self.previewed.emit(document, event)
        elif isinstance(event, jobs.Done):
            number, result, recipe = event.number, event.result, event.recipe
            self._bridge.aside(result.image, lambda picture: self._apply(document, order, number, recipe, picture))
        elif isinstance(event, jobs.Stopped | jobs.Failed):
            self._numbers.pop(document, None)
            self.dropped.emit(document)
            if isinstance(event, jobs.Failed):
                self.failed.emit(event.sentence, event.detail)

    def _apply(self, document: Document, order: Order, number: int, recipe: Mapping[str, Any], picture: Image) -> None:
        if self._numbers.get(document) != number:
            return
        del self._numbers[document]
        if document.editing or picture.size != document.size:
            self.dropped.emit(document)
            return
        before = self.order(document)
        with document.edit(f"To {order.title}" if order.title else "Move in the space", recipe) as edit:
            edit.change_picture(replace(picture, name=document.picture.name))
        if document.path is None and before is not None and document.title == before.title:
            document.title = order.title  # what it shows now, until it has a name of its own
        newest = document.history.undoable
        if newest is not None:
            self._orders[newest] = order
        self.applied.emit(document)
