"""The window's dealings with what is painted with points of a space, and with where pictures lie in one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from desktop.document import Document
from desktop.panels.running import SETTLING
from desktop.panels.space_deeds import Spaces, selected_part
from desktop.panels.space_panel import JOIN, NEARER
from desktop.session.growing import Growing
from desktop.session.space_spots import spot_at
from desktop.tools.space_brush import Hand, SpaceBrush
from engine.image import Image
from engine.operation import Input

if TYPE_CHECKING:
    from desktop.canvas import Canvas
    from desktop.tools import Tool
    from engine.jobs import Event, Update

FINDING = "finding in a space"


class SpacePainters(Spaces):
    """A part of `Window`, never used alone."""

    if TYPE_CHECKING:
        tools: list[Tool]

        def take_tool(self, tool: Tool) -> None: ...

    def build_growing(self) -> None:
        """Makes what watches documents; before the first of them is opened."""
        self.growing = Growing(
            self.session, self.asking, lambda: self.space_ways.paint if self.space_ways is not None else None, self
        )

    def connect_space_painting(self) -> None:
        """Listens from now on."""
        panel, growing = self.space, self.growing
        panel.brush_asked.connect(self._take_space_brush)
        panel.find_asked.connect(self.find_in_space)
        panel.nearer_asked.connect(self.find_nearer)
        panel.felt.connect(self._forget_search)
        panel.felt.connect(self._give_hand)
        # Sliders go on from what was found; a place on the map is another question.
        panel.pad.moved.connect(lambda x, y: panel.told.hide())
        growing.previewed.connect(self._grown_previewed)
        growing.dropped.connect(self._grown_dropped)
        growing.settled.connect(self._grown_settled)
        growing.failed.connect(lambda sentence, detail: self.notice.tell("error", sentence, detail))

    # The brush.

    def _space_brush(self) -> SpaceBrush:
        return next(tool for tool in self.tools if isinstance(tool, SpaceBrush))

    def _take_space_brush(self) -> None:
        self._give_hand()
        self.take_tool(self._space_brush())

    def _give_hand(self) -> None:
        """The brush paints what the pad shows."""
        if self._space is None or self.space.outline is None:
            return
        path, trained = self._space
        title = self.space.title()
        self._space_brush().hand = Hand(trained, str(path), self.space.code(), title, self._space_ground)

    def _space_ground(self, document: Document) -> tuple[tuple[float, ...], int] | None:
        """The point that all of a document was made with, if its texture can go on anywhere on it."""
        order, ways = self.space_making.order(document), self.space_ways
        if order is None or ways is None or self._space is None or order.path != str(self._space[0]):
            return None
        point = getattr(order.wish.params, ways.point)
        plain = ways.params({}, point)
        return (point, order.wish.seed) if order.wish.params == plain else None

    def stop_painting(self) -> None:
        """Ends what is being made of the painting in front."""
        document = self.tabs.document
        if document is not None and self.growing.stop(document):
            self.notice.tell("info", "Stopped. The next stroke goes on with the rest.")
        elif document is not None and self.space_making.stop(document):
            return
        else:
            super().stop_painting()  # type: ignore[misc]

    def _grown_previewed(self, document: Document, update: Update) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:
            canvas.show_preview(update.rect, update.pixels, update.size)

    def _grown_dropped(self, document: Document) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None and document.growth is not None and self.session.run_on(document) is None:
            canvas.clear_preview()

    def _grown_settled(self, document: Document) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:
            # The picture's own tiles follow in the next few paints; until then they still show what was.
            QTimer.singleShot(SETTLING, canvas, partial(self._grown_rested, canvas))

    def _grown_rested(self, canvas: Canvas) -> None:
        document = canvas.document
        if document is not None and not self.growing.busy(document) and self.session.run_on(document) is None:
            canvas.clear_preview()

    # Where a picture lies.

    def find_in_space(self) -> None:
        """Guesses where the selection lies on the map, which takes no time, and goes there."""
        document = self.tabs.document
        if document is None:
            return
        rect, picture = selected_part(document), document.picture
        part = replace(picture, pixels=picture.pixels[rect.slices].copy(), name=f"part of {document.title}", notes=())
        self._search(part, guess=True)

    def find_nearer(self) -> None:
        """Searches on from the guess; whoever moves the point in the meantime ends it."""
        if self._searched is not None:
            self._search(self._searched, guess=False)

    def _search(self, part: Image, guess: bool) -> None:
        from engine.jobs import Job

        ways = self.space_ways
        if ways is None or ways.find is None or self._space is None:
            return
        finder, operation = ways.find, ways.find.operation
        quick = next(iter(operation.presets.values()), {}) if guess else {}
        params = operation.params.from_json(dict(quick))
        inputs: dict[str, Input | None] = {finder.role: self._space[1], finder.picture: part}
        job = Job(operation.id, params, inputs, 1, None, FINDING, operation.title)
        self._forget_search()
        self._searched = part
        self._searching = self.asking.ask(job, partial(self._point_found, self._space[0], guess))
        self._tell_search("Looking where it lies …")

    def _forget_search(self) -> None:
        if self._searching is not None:
            self.asking.forget(self._searching)
            self._searching = None
            self.space.told.hide()

    def _tell_search(self, words: str) -> None:
        self.space.told.setText(words)
        self.space.told.setVisible(bool(words))

    def _point_found(self, path: object, guess: bool, event: Event) -> None:
        from engine import jobs

        ways, panel = self.space_ways, self.space
        assert ways is not None and ways.find is not None
        if isinstance(event, jobs.Update) and not guess:
            self._tell_search(f"Getting nearer: {round(100 * event.fraction)} %")
        elif isinstance(event, jobs.Failed | jobs.Stopped):
            self._searching = None
            self._tell_search("")
            if isinstance(event, jobs.Failed):
                self.notice.tell("error", event.sentence, event.detail)
        elif isinstance(event, jobs.Done):
            self._searching = None
            code = ways.find.point(event.result.findings)
            if panel.outline is None or self._space is None or self._space[0] != path or not code:
                return
            spot = spot_at(panel.outline, code)
            panel.pad.show_found((spot.x, spot.y))
            panel.go(spot)
            error = event.result.findings.get("error")
            figure = "" if error is None else f", error {error:.2f}"
            links = [f"<a href='{NEARER}'>Get nearer</a>"] if guess else []
            if ways.train is not None and ways.train.begun:
                links.append(f"<a href='{JOIN}'>Add it to the space…</a>")
            self._tell_search(" ".join([f"Found{figure}: slide from there.", *links]))

    _searching: int | None = None
    _searched: Image | None = None
