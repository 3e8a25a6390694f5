"""What one's own picture would look like in a style, small, for whoever hovers over styles.

One question at a time and the newest wins; what has been answered is remembered for as long as the picture stays.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge import Bridge
from desktop.document.document import Document
from desktop.session.asking import Asking
from desktop.session.laying import Laying
from desktop.session.reducing import shrunk
from desktop.session.ways import STYLE, Thing, Way, brought, thing_in
from engine.errors import Unusable
from engine.image import Bytes, Image, displayed, frozen

if TYPE_CHECKING:
    from engine.jobs import Event

SIDE = 256
"""Longest side of a preview in pixels."""

SLOT = "style preview"

KEPT = 240
"""Previews that are remembered; a quarter of a megabyte each."""

PAUSE = 60
"""Milliseconds over a style before it is tried: a pointer on its way to another one is no question."""


FIRST = 64
"""Pixels of a side of what is painted before anybody asks."""


@dataclass(frozen=True, eq=False)
class _Mine:
    """One's own picture, small, for as long as it stays what it is."""

    of: weakref.ref[Image]
    small: Image
    shown: Bytes


class StylePreviews(QObject):
    """Makes previews.

    Signals:
        began(pixels): the picture as it is, uint8 (h, w, 4), while its style is awaited.
        shown(path, pixels, ready): a preview, uint8 (h, w, 4); `ready` when nothing better follows.
        failed(path, sentence): there will be none.

    Args:
        bridge: reads files.
        asking: submits the jobs.
        laying: knows how styles are laid.
    """

    began = Signal(object)
    shown = Signal(str, object, bool)
    failed = Signal(str, str)

    def __init__(self, bridge: Bridge, asking: Asking, laying: Laying, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._asking, self._laying = bridge, asking, laying
        self._turn = 0
        self._number: int | None = None
        self._mine: _Mine | None = None
        self._made: OrderedDict[tuple[str, int], Bytes] = OrderedDict()
        self._wanted: tuple[Document, str, str] | None = None
        self._expected = False
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(PAUSE)
        self._wait.timeout.connect(self._begin)

    def expect(self) -> None:
        """Styles are about to be tried: paints something small, so that what this takes is in memory by then."""
        way = self._laying.way(STYLE)
        if self._expected or way is None or not way.operation.neural:
            return
        from engine.jobs import Job

        ramp = np.broadcast_to(np.arange(FIRST, dtype=np.uint8)[:, None] * 3, (FIRST, FIRST, 3))
        picture = Image(np.ascontiguousarray(ramp))
        job = Job(way.operation.id, way.params(way.usual), way.inputs(picture, picture), 1, None, SLOT)
        # In the slot of the previews: the first of them does not wait for its end.
        self._expected = self._asking.ask(job, lambda event: None) is not None

    def show(self, document: Document, path: str, kind: str) -> None:
        """Asks for the picture in a style; the newest question wins."""
        self.forget()
        known = self._known(self._laying.base(document, kind), path)
        if known is not None:
            self.shown.emit(path, known, True)
            return
        if self._mine is not None:
            self.began.emit(self._mine.shown)
        self._wanted = document, path, kind
        self._wait.start()

    def forget(self) -> None:
        """Nobody asks any more."""
        self._turn += 1
        self._wanted = None
        self._wait.stop()
        if self._number is not None:
            self._asking.forget(self._number)
            self._number = None

    # Within.

    def _known(self, picture: Image, path: str) -> Bytes | None:
        if self._mine is None or self._mine.of() is not picture:
            self._mine = None
            self._made.clear()
            return None
        key = path, _changed(path)
        if key in self._made:
            self._made.move_to_end(key)
        return self._made.get(key)

    def _begin(self) -> None:
        if self._wanted is None:
            return
        document, path, kind = self._wanted
        self._wanted = None
        way, turn, picture = self._laying.way(kind), self._turn, self._laying.base(document, kind)
        if way is None:
            self.failed.emit(path, "This cannot be tried yet.")
            return
        mine = self._mine if self._mine is not None and self._mine.of() is picture else None

        def work() -> tuple[_Mine, Thing, Bytes]:
            own = mine or _small(picture)
            thing = brought(thing_in(path, way), max(1.0, max(picture.size) / SIDE), way)
            guess = way.guess(thing, own.small, way.usual)
            return own, thing, own.shown if guess is None else frozen(guess)

        def ready(found: tuple[_Mine, Thing, Bytes]) -> None:
            own, thing, guess = found
            if turn == self._turn:
                self._mine = own
                self.shown.emit(path, guess, False)
                self._ask(way, own, thing, path)

        def failed(problem: Exception) -> None:
            if turn == self._turn:
                self.failed.emit(path, str(problem) if isinstance(problem, Unusable) else "This cannot be read.")

        self._bridge.aside(work, ready, failed)

    def _ask(self, way: Way, own: _Mine, thing: Thing, path: str) -> None:
        from engine.jobs import Job

        inputs = way.inputs(thing, own.small)
        job = Job(way.operation.id, way.params(way.usual), inputs, 1, None, SLOT, way.operation.title)
        turn, canvas = self._turn, own.shown.copy()
        self._number = self._asking.ask(job, lambda event: self._answered(event, turn, path, canvas))

    def _answered(self, event: Event, turn: int, path: str, canvas: Bytes) -> None:
        from engine import jobs

        if turn != self._turn:
            return
        if isinstance(event, jobs.Update):
            canvas[event.rect.slices] = event.pixels
            self.shown.emit(path, frozen(canvas.copy()), False)
        elif isinstance(event, jobs.Done):
            self._number = None
            pixels = frozen(displayed(event.result.image().decoded()))
            self._made[path, _changed(path)] = pixels
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
            self.shown.emit(path, pixels, True)
        elif isinstance(event, jobs.Failed):
            self._number = None
            self.failed.emit(path, event.sentence)


def _small(picture: Image) -> _Mine:
    factor = max(1.0, max(picture.size) / SIDE)
    small = replace(picture, pixels=shrunk(picture.pixels, factor))
    return _Mine(weakref.ref(picture), small, frozen(np.array(displayed(small.decoded()))))


def _changed(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0
