"""Pictures dragged over the canvas: what would come of it is seen while they hover.

Without a key their texture is laid onto the picture, or their style taken on when they come from the style picker: by
the area under the pointer where the style brush has painted some, by the masked part, or by all of it. With Shift they
become an input of the operation, with Ctrl they are opened.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel

from desktop import learnt
from desktop.bridge import Bridge
from desktop.canvas import Canvas
from desktop.document.document import Document
from desktop.dragged import dragged_files, pixels_of
from desktop.look import palette
from desktop.panels.drop_bar import DropBar
from desktop.panels.filing import PROJECT, Filing, taken
from desktop.panels.tabs import DocumentTabs
from desktop.session import Run, Session, State
from desktop.session.laying import Laying, Target
from desktop.session.ways import NETWORK, STYLE, TEXTURE, WORDS, Thing, Way, called, thing_in
from desktop.web_pictures import fetched, title_of, web_address
from engine.errors import Unusable
from engine.image import Bytes
from engine.operation import Model

DELAY = 120
"""Milliseconds of hovering before a coarse look is made: a picture on its way to a tab is not worth one."""

SETTLING = 150
"""Milliseconds that a coarse look stays over a result that is on its way into the canvas."""

HINTS = {
    TEXTURE: "Drop to lay its texture here.  Shift: make it the sample.  Ctrl: open it.",
    STYLE: "Drop to paint in this style.  Shift: make it the operation's style.  Ctrl: open it.",
    NETWORK: "Drop to paint in this style.  Shift: make it the operation's style.",
}

AREA_HINT = "Drop to give this area the style.  Shift: make it the operation's style.  Ctrl: open it."

STYLED = "application/x-scumble-style"
"""Format of what is dragged out of the style picker, beside its path."""


class Dropping(QObject):
    """Follows what is dragged over canvases.

    Signals:
        style_asked(path): make this the style of the operation.
        area_asked(number, path): paint what was painted for this style, 0 for the first, in another one.
        covering_changed(): `covered` is another one.
        accepted(document): what was dropped on its masked part stays.

    Args:
        bridge: reads the files.
        laying: lays one picture onto another.
        filing: opens what is to be opened, and makes samples.
        tabs: the canvases.
        session: says when a run is over.
        told: shows a notice (kind, sentence).

    Attributes:
        painted: for which style something is painted at a point (x, y) of a document, 0 for the first; None where
            that is none that is mixed at present.
    """

    style_asked = Signal(str)
    area_asked = Signal(int, str)
    covering_changed = Signal()
    accepted = Signal(object)

    def __init__(
        self,
        bridge: Bridge,
        laying: Laying,
        filing: Filing,
        tabs: DocumentTabs,
        session: Session,
        told: Callable[[str, str], object],
    ) -> None:
        super().__init__(tabs)
        self._bridge, self._laying, self._filing, self._tabs, self._told = bridge, laying, filing, tabs, told
        self.painted: Callable[[Document, tuple[float, float]], int | None] = lambda document, point: None
        self._thing: Thing | None = None
        self._kind = TEXTURE
        self._target: Target | None = None
        self._dragged = 0
        self._fetched: tuple[str, Thing] | None = None
        self._canvas: Canvas | None = None
        self._seed = 1
        self._looks = 0
        self._covering: Canvas | None = None
        self.bar = DropBar(tabs)
        self.hint = QLabel(tabs)
        self.hint.setStyleSheet(
            f"background: {palette.PANEL}; color: {palette.TEXT}; border-radius: {palette.RADIUS}px; padding: 6px 10px;"
        )
        self.hint.hide()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(DELAY)
        self._wait.timeout.connect(self._look)
        laying.looked.connect(self._show)
        laying.ended.connect(self._clear)
        session.ended.connect(self._made)
        session.ended.connect(lambda _: self._clear_after())
        self.bar.moved.connect(self._tried)
        self.bar.released.connect(lambda amount: self._adjust(amount))
        self.bar.another_asked.connect(self._another)
        self.bar.kept.connect(self._accept)
        self.bar.dismissed.connect(self.take_back)
        tabs.front_changed.connect(lambda _: self.settle())
        tabs.document_changed.connect(self._document_changed)

    def follow(self, canvas: Canvas) -> None:
        """From now on, what is dragged over this canvas is followed."""
        canvas.drag_entered.connect(lambda data: self._enter(canvas, data))
        canvas.drag_moved.connect(lambda at: self._move(canvas, at))
        canvas.drag_left.connect(self._leave)
        canvas.dropped.connect(lambda data, at, keys: self._drop(canvas, data, at, keys))

    def settle(self) -> None:
        """The last drop is done with."""
        self.bar.hide()
        self._laying.settle()
        self._cover()

    def _accept(self) -> None:
        masked = self._laying.masked
        self.settle()
        if masked is not None:
            self.accepted.emit(masked)

    def take_back(self) -> None:
        """The last drop never happened."""
        self.bar.hide()
        self._laying.take_back()
        self._cover()

    @property
    def covered(self) -> Canvas | None:
        """The canvas whose red mask would hide what is dropped on it, or what would come of it."""
        return self._covering

    def _cover(self) -> None:
        canvas = self._canvas
        if canvas is not None and not (canvas.looking or self.bar.isVisible() or self._laying.working):
            canvas = None
        if canvas is not self._covering:
            self._covering = canvas
            self.covering_changed.emit()

    def apply(self, canvas: Canvas, path: str, kind: str) -> None:
        """As if a file had been dropped on the masked part of a picture, or on all of it where nothing is masked."""
        document = canvas.document
        if document is None or self._laying.way(kind) is None:
            return
        self._rest(document, kind)
        self._dragged += 1
        self._canvas, self._kind = canvas, kind
        bounds = document.hole.bounds
        part = document.rect if bounds.empty else bounds
        target = Target.of(document, (part.x + part.w / 2, part.y + part.h / 2))
        place = canvas.mapTo(self._tabs, QPoint(canvas.width() // 2, canvas.height() - 40))
        self._read_file(path, lambda: self._lay(target, place))

    # Hovering.

    @property
    def _way(self) -> Way | None:
        return self._laying.way(self._kind)

    def _enter(self, canvas: Canvas, data: QMimeData) -> None:
        self._kind = kind_of(data, self._laying.way(NETWORK))
        self._rest(canvas.document, self._kind)
        self._dragged += 1
        self._canvas, self._thing, self._target = canvas, None, None
        self._say(HINTS[self._kind])
        self.hint.setVisible(self._way is not None)
        self.hint.raise_()
        self._read(data, lambda: self._wait.start())

    def _move(self, canvas: Canvas, at: QPointF) -> None:
        if canvas.document is None:
            return
        point = canvas.view.to_image(at)
        if self._area(canvas.document, point) is not None:
            # What follows by itself shows it as soon as it is dropped.
            self._say(AREA_HINT)
            self._wait.stop()
            self._target = None
            self._laying.forget()
            return
        target = Target.of(canvas.document, point)
        if not target.same(self._target):
            self._say(HINTS[self._kind])
            self._target = target
            self._wait.start()

    def _area(self, document: Document, point: tuple[float, float]) -> int | None:
        return self.painted(document, point) if self._kind == STYLE else None

    def _say(self, words: str) -> None:
        self.hint.setText(words)
        self.hint.adjustSize()
        self.hint.move((self._tabs.width() - self.hint.width()) // 2, self._tabs.height() - self.hint.height() - 20)

    def _leave(self) -> None:
        self._dragged += 1
        self._wait.stop()
        self.hint.hide()
        self._laying.forget()
        if self._laying.adjustable and not self.bar.isVisible():
            self.bar.show()

    def _rest(self, document: Document | None, kind: str) -> None:
        """The last drop is done with, unless the next one would take its place."""
        if self._laying.replaceable(document, kind):
            self.bar.hide()
        else:
            self.settle()

    def _look(self) -> None:
        way = self._way
        if self._thing is not None and self._target is not None and way is not None:
            self._laying.look(self._thing, self._target, way.usual, self._kind)

    # Dropping.

    def _drop(self, canvas: Canvas, data: QMimeData, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        # What is still being read for a look is not looked at any more.
        self._dragged += 1
        self._wait.stop()
        self.hint.hide()
        paths = dragged_files(data)
        document, self._kind = canvas.document, kind_of(data, self._laying.way(NETWORK))
        held = keys & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        if document is not None and len(paths) == 1 and not held:
            area = self._area(document, canvas.view.to_image(at))
            if area is not None:
                self._leave()
                self.settle()
                self.area_asked.emit(area, paths[0])
                return
        opened = bool(keys & Qt.KeyboardModifier.ControlModifier) or self._way is None
        several = len(paths) > 1 or any(Path(path).suffix.lower() == PROJECT for path in paths)
        if opened or several or document is None:
            self._leave()
            self._filing.take(data, "Dropped picture")
        elif keys & Qt.KeyboardModifier.ShiftModifier and paths:
            self._leave()
            if self._kind == TEXTURE:
                self._filing.pick(document, paths[0])
            else:
                self.style_asked.emit(paths[0])
        else:
            target = Target.of(document, canvas.view.to_image(at))
            place = canvas.mapTo(self._tabs, at.toPoint())
            self._read(data, lambda: self._lay(target, place))

    def _lay(self, target: Target, place: Any) -> None:
        thing, way = self._thing, self._way
        if thing is None or way is None:
            return
        self._seed = 1
        self._target = target
        self.bar.open_at(place, f"{WORDS[self._kind]} of {called(thing)}", way.usual, way.most)
        self.bar.another.setVisible(self._kind == TEXTURE)
        self._laying.lay(thing, target, way.usual, self._kind)
        self._cover()

    def _tried(self, amount: float) -> None:
        if self.bar.slider.isSliderDown():
            self._laying.trial(amount)

    def _adjust(self, amount: float) -> None:
        self._laying.adjust(amount, self._seed)

    def _another(self) -> None:
        self._seed += 1
        self._laying.adjust(self.bar.amount, self._seed)

    # What is seen.

    def _show(self, target: Target, pixels: Bytes) -> None:
        canvas = self._tabs.canvas_of(target.document)
        if canvas is not None:
            self._looks += 1
            canvas.show_look(target.rect, pixels)
            self._cover()

    def _clear(self, target: Target) -> None:
        canvas = self._tabs.canvas_of(target.document)
        if canvas is not None:
            canvas.clear_look()
        self._cover()

    def _made(self, run: Run) -> None:
        """What was dropped is on the picture; its tiles follow in the next few paints."""
        target, looks = self._target, self._looks
        if target is None or target.document is not run.document:
            return

        def clear() -> None:
            if looks == self._looks and not self._laying.working:
                self._clear(target)

        QTimer.singleShot(SETTLING if run.state is State.DONE else 0, self, clear)

    def _clear_after(self) -> None:
        if self.bar.isVisible() and not self._laying.adjustable:
            self.settle()

    def _document_changed(self, document: object, what: str) -> None:
        if what == "history" and self.bar.isVisible() and not self.bar.slider.isSliderDown():
            # A stroke or another result came after it: then the drop is history.
            QTimer.singleShot(0, self, self._clear_after)

    # Reading.

    def _read(self, data: QMimeData, then: Callable[[], None]) -> None:
        """Sets what is dragged, then goes on; what cannot be read is told."""
        paths, image, address = dragged_files(data), pixels_of(data), web_address(data)
        if paths:
            self._read_file(paths[0], then)
        elif image is not None:
            self._thing = taken(image, title_of(address))
            then()
        elif address and self._fetched is not None and self._fetched[0] == address:
            self._thing = self._fetched[1]
            then()
        elif address:
            self._fetch(address, then)
        else:
            self._failed(Unusable("That picture is in a form that cannot be read"))

    def _read_file(self, path: str, then: Callable[[], None]) -> None:
        way = self._way
        self._get(lambda: thing_in(path, way), then)

    def _fetch(self, address: str, then: Callable[[], None]) -> None:
        """From the network; what was fetched while it hovered is there when it is dropped."""

        def work() -> Thing:
            picture = fetched(address)
            self._fetched = address, picture
            return picture

        self._get(work, then)

    def _get(self, work: Callable[[], Thing], then: Callable[[], None]) -> None:
        """Sets what is dragged once it is there, if it is still wanted then."""
        dragged = self._dragged

        def ready(thing: Thing) -> None:
            if dragged == self._dragged:
                self._thing = thing
                then()

        self._bridge.aside(work, ready, self._failed)

    def _failed(self, problem: Exception) -> None:
        self._leave()
        if isinstance(problem, Unusable):
            self._told("error", str(problem))
        else:
            self._filing.failed(problem)


def kind_of(data: QMimeData, network: Way | None = None) -> str:
    """What kind of thing is dragged; `network` takes trained files, and may know more of them than our own."""
    paths = dragged_files(data)
    role = network.operation.roles[network.role] if network is not None else None
    theirs = role.suffixes if isinstance(role, Model) else ()
    if paths and Path(paths[0]).suffix.lower() in (learnt.SUFFIX, *theirs):
        return NETWORK
    return STYLE if data.hasFormat(STYLED) else TEXTURE
