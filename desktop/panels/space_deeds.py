"""The window's dealings with texture spaces: the pad, what is made at its point, and where pictures lie on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow

from desktop import learnt
from desktop.document import SOWN, Document
from desktop.panels.running import SETTLING, Whereabouts
from desktop.panels.space_panel import SpacePanel
from desktop.panels.start import told_of_spaces
from desktop.session import Run
from desktop.session.space_live import Question, SpaceLive
from desktop.session.space_making import Order, SpaceMaking
from desktop.session.space_ways import SpaceWays, space_ways
from engine.errors import Unusable
from engine.image import Bytes, displayed
from engine.operation import Operation
from engine.region import Rect
from engine.trained import Trained

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStackedWidget, QTabWidget

    from desktop.bridge import Bridge
    from desktop.canvas import Canvas
    from desktop.panels.notice import NoticeBar
    from desktop.panels.tabs import DocumentTabs
    from desktop.session import Session
    from desktop.session.asking import Asking
    from desktop.settings import Settings
    from desktop.tools import Tool
    from engine.jobs import Update
    from engine.nets.texture_space.outline import Outline

LIVE_SIDE = 512
"""Pictures of up to so many pixels, squared, follow the point as it moves; larger ones when it is let go."""


class Spaces(QMainWindow):
    """A part of `Window`, never used alone."""

    if TYPE_CHECKING:
        asking: Asking
        bridge: Bridge
        homes: list[Callable[[Run, Path], Whereabouts | None]]
        notice: NoticeBar
        pages: QTabWidget
        session: Session
        settings: Settings
        stack: QStackedWidget
        tabs: DocumentTabs
        tool: Tool

        def add_document(self, document: Document) -> Canvas: ...
        def show_page(self, page: int) -> None: ...

    def build_spaces(self) -> None:
        """Makes the page."""
        self.space = SpacePanel(self.settings)
        self.pages.addTab(self.space, "Space")
        self.space_live = SpaceLive(self.asking, self)
        self.space_making = SpaceMaking(self.bridge, self.asking, self.session, self)
        self.space_ways: SpaceWays | None = None
        self._space: tuple[Path, Trained] | None = None
        self._space_wanted = False
        self._space_opening: Path | None = None

    def connect_spaces(self) -> None:
        """Listens from now on."""
        panel, making = self.space, self.space_making
        panel.felt.connect(self._space_felt)
        panel.rested.connect(self._space_rested)
        panel.chosen.connect(lambda path: self.look_into(Path(path)))
        panel.make_asked.connect(self.make_of_space)
        panel.path.played.connect(lambda code: self._space_look(code, quickly=True))
        panel.path.rested.connect(lambda: self._space_look(panel.code(), quickly=False))
        self.space_live.looked.connect(self._space_looked)
        self.space_live.failed.connect(lambda sentence, detail: self.notice.tell("error", sentence, detail))
        making.made.connect(self._space_made)
        making.previewed.connect(self._space_previewed)
        making.applied.connect(self._space_applied)
        making.dropped.connect(self._space_dropped)
        making.failed.connect(lambda sentence, detail: self.notice.tell("error", sentence, detail))
        self.pages.currentChanged.connect(lambda _: self._space_page())
        self.homes.append(self._space_learnt)

    def learn_spaces(self, found: Mapping[str, Operation[Any]]) -> None:
        """Finds what can be done with spaces, now that the operations are there."""
        self.space_ways = space_ways(found, told_of_spaces())
        self.pages.setTabVisible(self.pages.indexOf(self.space), self.space_ways is not None)
        if self.space_ways is not None:
            self.space.show_operation(self.space_ways.render, self.space_ways.look, self.space_ways.fine)
            self._space_page()
            if self._space_wanted:
                self.show_space()

    # Commands.

    def show_space(self) -> None:
        """Brings the page to the front, with a picture to look at where there is none."""
        if self.space_ways is None:
            self._space_wanted = True  # the engine is still starting
            return
        self._space_wanted = False
        self.pages.setCurrentWidget(self.space)
        self._space_page(asked=True)
        if self.tabs.document is None:
            self.make_of_space()
        elif self.stack.currentIndex() == 0:
            self.show_page(1)
        self.space.pad.setFocus()

    def space_swap(self) -> None:
        """To the other one of two points."""
        if self.space.outline is not None:
            self.space.swap_points()

    def space_back(self) -> None:
        self.space.step(-1)

    def space_forward(self) -> None:
        self.space.step(1)

    # Which space.

    def _space_page(self, asked: bool = False) -> None:
        """The page came to the front: only then files are read."""
        if self.space_ways is None or not (asked or self.pages.currentWidget() is self.space):
            return
        if self._space is None and self._space_opening is None:
            spaces = learnt.found(self.space_ways.kind)
            self.space.show_spaces(spaces, "")
            if spaces:
                last = str(self.settings.get("space", ""))
                paths = sorted((entry.path for entry in spaces), key=lambda path: str(path) != last)
                self.look_into(paths[0], paths[1:])

    def look_into(self, path: Path, instead: Sequence[Path] = ()) -> None:
        """Another space; where it cannot be read, and there is none yet, one of those that can be had `instead`."""
        ways = self.space_ways
        if ways is None:
            return
        self._space_opening = path

        def work() -> tuple[Trained, Outline]:
            from engine.nets.texture_space.outline import outlined

            trained = learnt.opened(path, ways.kind)
            return trained, outlined(trained)

        def failed(problem: Exception) -> None:
            self._space_opening = None
            sentence = str(problem) if isinstance(problem, Unusable) else "That space cannot be looked into."
            self.notice.tell("error", sentence)
            if self._space is None and instead:
                self.look_into(instead[0], instead[1:])

        self.bridge.aside(work, partial(self._space_opened, path), failed)

    def _space_opened(self, path: Path, found: tuple[Trained, Outline]) -> None:
        assert self.space_ways is not None
        if path != self._space_opening:
            return  # a newer one was asked for
        trained, outline = found
        self._space, self._space_opening = (path, trained), None
        self.settings.set("space", str(path))
        self.space.show_spaces(learnt.found(self.space_ways.kind), str(path))
        self.space.points.look_at(path.stem)
        self.space.path.outline = outline
        self.space.show_outline(outline)
        self._space_felt()
        if self._space_wanted:
            self._space_wanted = False
            self.make_of_space()

    def _space_learnt(self, run: Run, path: Path) -> Whereabouts | None:
        """A new space has been learnt: it is looked into at once."""
        if self.space_ways is None or run.wish.operation.trains != self.space_ways.kind:
            return None
        self.look_into(path)
        self.pages.setCurrentWidget(self.space)
        return Whereabouts("is on the page Space")

    # What is made.

    def space_order(self, title: str = "") -> Order | None:
        """A picture at the present point."""
        ways, panel = self.space_ways, self.space
        if ways is None or self._space is None or panel.outline is None:
            return None
        path, trained = self._space
        wish = ways.wish(panel.look(), panel.code(), panel.seed, panel.size_row.value())
        return Order(wish, ways.role, trained, str(path), panel.spot, title or panel.title())

    def make_of_space(self) -> None:
        """Opens a picture of the size that the panel says."""
        order = self.space_order()
        if order is None:
            self._space_wanted = self._space is None and self.space_ways is not None
        elif not self.space_making.make(order):
            self.notice.tell("info", "The engine is still starting; try again in a moment.")

    def _space_made(self, document: Document) -> None:
        self.add_document(document)
        self.pages.setCurrentWidget(self.space)

    def _followed(self) -> Document | None:
        """The document in front, where it is one of this space and the pad does not choose what a brush paints."""
        document = self.tabs.document
        order = self.space_making.order(document)
        mine = order is not None and self._space is not None and order.path == str(self._space[0])
        painting = self.tool.mask == SOWN or (document is not None and document.growth is not None)
        if not mine or document is None or document.editing or painting:
            return None
        return document

    def _space_felt(self) -> None:
        self._space_look(self.space.code(), quickly=self.space.held)

    def _space_look(self, code: tuple[float, ...], quickly: bool) -> None:
        ways, document = self.space_ways, self._followed()
        if ways is None or self._space is None or not code:
            return
        size = None
        if document is not None and document.size[0] * document.size[1] <= LIVE_SIDE**2:
            size = document.size
        wish = ways.wish(self.space.look(), code, self.space.seed, size, quickly=True)
        about = document if size is not None else None
        self.space_live.ask(Question(wish, ways.role, self._space[1], about))

    def _space_looked(self, question: Question, pixels: Bytes) -> None:
        self.space.show_picture(pixels)
        document = question.about
        canvas = self.tabs.canvas_of(document) if isinstance(document, Document) else None
        if canvas is not None and canvas.document is not None and pixels.shape[1::-1] == canvas.document.size:
            if not self.space_making.busy(canvas.document):
                canvas.show_look(canvas.document.rect, pixels)

    def _space_rested(self) -> None:
        document, order = self._followed(), self.space_order()
        if document is not None and order is not None:
            self.space_making.remake(document, order)

    def _space_previewed(self, document: Document, update: Update) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:
            canvas.show_preview(update.rect, update.pixels, update.size)
        if update.rect == document.rect:
            self._space_pictured(document, update.pixels)

    def _space_pictured(self, document: Document, pixels: Bytes) -> None:
        """The little picture of the point is that of the document, unless the point has moved on."""
        if document is self._followed() and not self.space.held:
            self.space.show_picture(pixels)

    def _space_applied(self, document: Document) -> None:
        order = self.space_making.order(document)
        if order is not None and order.spot == self.space.spot:
            part = replace(document.picture, pixels=document.picture.pixels[_middle(document.rect, LIVE_SIDE).slices])
            self._space_pictured(document, displayed(part.decoded()))
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:
            # The picture's own tiles follow in the next few paints; until then they still show what was.
            QTimer.singleShot(SETTLING, canvas, partial(self._space_settled, canvas))

    def _space_settled(self, canvas: Canvas) -> None:
        document = canvas.document
        if document is not None and not self.space_making.busy(document):
            canvas.clear_preview()
            if not self.space.held:
                canvas.clear_look()

    def _space_dropped(self, document: Document) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None and self.session.run_on(document) is None:
            canvas.clear_preview()
            canvas.clear_look()


def selected_part(document: Document, side: int = 256) -> Rect:
    """What of a picture is selected: the sample, else the mask, else all of it; the middle of what is larger."""
    if isinstance(document.sample, Rect):
        rect = document.sample
    else:
        rect = document.rect if document.hole.empty else document.hole.bounds
    return _middle(rect, side)


def _middle(rect: Rect, side: int) -> Rect:
    width, height = min(rect.w, side), min(rect.h, side)
    return Rect(rect.x + (rect.w - width) // 2, rect.y + (rect.h - height) // 2, width, height)
