"""Pictures dragged over the canvas: what would come of it is seen while they hover.

Without a key their texture is laid onto the picture; with Shift they become the sample, with Ctrl they are opened.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from desktop.bridge import Bridge
from desktop.canvas import Canvas
from desktop.look import palette
from desktop.panels.drop_bar import DropBar
from desktop.panels.filing import PROJECT, Filing, pictures_in, taken
from desktop.panels.tabs import DocumentTabs
from desktop.session import Session
from desktop.session.laying import Laying, Target
from engine.errors import Unusable
from engine.image import Bytes, Image

DELAY = 120
"""Milliseconds of hovering before a coarse look is made: a picture on its way to a tab is not worth one."""

HINT = "Drop to lay its texture here.  Shift: make it the sample.  Ctrl: open it."


class Dropping(QObject):
    """Follows what is dragged over canvases.

    Args:
        bridge: reads the files.
        laying: lays one picture onto another.
        filing: opens what is to be opened, and makes samples.
        tabs: the canvases.
        session: says when a run is over.
        told: shows a notice (kind, sentence).
    """

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
        self._image: Image | None = None
        self._target: Target | None = None
        self._dragged = 0
        self._canvas: Canvas | None = None
        self._seed = 1
        self.bar = DropBar(tabs)
        self.hint = QLabel(HINT, tabs)
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
        session.ended.connect(lambda _: self._clear_after())
        self.bar.moved.connect(self._tried)
        self.bar.released.connect(lambda amount: self._adjust(amount))
        self.bar.another_asked.connect(self._another)
        self.bar.kept.connect(self.settle)
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

    def take_back(self) -> None:
        """The last drop never happened."""
        self.bar.hide()
        self._laying.take_back()

    # Hovering.

    def _enter(self, canvas: Canvas, data: QMimeData) -> None:
        self.settle()
        self._dragged += 1
        self._canvas, self._image, self._target = canvas, None, None
        self.hint.adjustSize()
        self.hint.move((self._tabs.width() - self.hint.width()) // 2, self._tabs.height() - self.hint.height() - 20)
        self.hint.setVisible(self._laying.ready)
        self.hint.raise_()
        self._read(data, lambda: self._wait.start())

    def _move(self, canvas: Canvas, at: QPointF) -> None:
        if canvas.document is None:
            return
        target = Target.of(canvas.document, canvas.view.to_image(at))
        if not target.same(self._target):
            self._target = target
            self._wait.start()

    def _leave(self) -> None:
        self._dragged += 1
        self._wait.stop()
        self.hint.hide()
        self._laying.forget()

    def _look(self) -> None:
        if self._image is not None and self._target is not None and self._laying.ready:
            self._laying.look(self._image, self._target, self._laying.usual)

    # Dropping.

    def _drop(self, canvas: Canvas, data: QMimeData, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        self._wait.stop()
        self.hint.hide()
        paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        document = canvas.document
        opened = bool(keys & Qt.KeyboardModifier.ControlModifier) or not self._laying.ready or document is None
        several = len(paths) > 1 or any(Path(path).suffix.lower() == PROJECT for path in paths)
        if opened or several or document is None:
            self._leave()
            self._filing.take(data, "Dropped picture")
        elif keys & Qt.KeyboardModifier.ShiftModifier and paths:
            self._leave()
            self._filing.pick(document, paths[0])
        else:
            target = Target.of(document, canvas.view.to_image(at))
            place = canvas.mapTo(self._tabs, at.toPoint())
            self._read(data, lambda: self._lay(target, place))

    def _lay(self, target: Target, place: Any) -> None:
        image = self._image
        if image is None:
            return
        self._seed = 1
        self._target = target
        amount = self._laying.usual
        self.bar.open_at(place, f"Texture of {image.name.rpartition('/')[2]}", amount)
        self._laying.lay(image, target, amount)

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
            canvas.show_preview(target.rect, pixels, target.document.size)

    def _clear(self, target: Target) -> None:
        canvas = self._tabs.canvas_of(target.document)
        if canvas is not None:
            canvas.clear_preview()

    def _clear_after(self) -> None:
        if self.bar.isVisible() and not self._laying.adjustable:
            self.settle()

    def _document_changed(self, document: object, what: str) -> None:
        if what == "history" and self.bar.isVisible() and not self.bar.slider.isSliderDown():
            # A stroke or another result came after it: then the drop is history.
            QTimer.singleShot(0, self, self._clear_after)

    # Reading.

    def _read(self, data: QMimeData, then: Callable[[], None]) -> None:
        """Sets the picture that is dragged, then goes on; what cannot be read is told."""
        dragged = self._dragged
        paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]

        def ready(image: Image) -> None:
            if dragged == self._dragged:
                self._image = image
                then()

        if paths:
            self._bridge.aside(lambda: pictures_in(paths[:1])[0], ready, self._failed)
        elif data.hasImage():
            image = data.imageData()
            if isinstance(image, QImage) and not image.isNull():
                ready(taken(image, "Dropped picture"))

    def _failed(self, problem: Exception) -> None:
        self._leave()
        if isinstance(problem, Unusable):
            self._told("error", str(problem))
        else:
            self._filing.failed(problem)
