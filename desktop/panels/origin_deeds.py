"""Where did this come from: the overlays, the inspector and the ban, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from desktop.canvas import Canvas
from desktop.canvas.origin_marks import LOUPE, OriginMarks
from desktop.document.document import HOLE, SOURCE, Document
from desktop.panels.documents import Documents
from desktop.panels.origin import OriginPanel, name_of
from desktop.panels.origin_pictures import CONFIDENCE, USE, around, glass, sheet
from desktop.panels.origin_pictures import SOURCE as MAP
from desktop.pixels import to_qimage
from desktop.session import Provenance, Wish
from desktop.session.banning import Banned, pointed_at, rectangle, repair
from desktop.tools.ban_source import BanSource
from engine.errors import Unusable
from engine.operation import Operation
from engine.region import Rect

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTabWidget

    from desktop.tools import Tool

OVERLAYS = {"overlay_source": MAP, "overlay_confidence": CONFIDENCE, "overlay_use": USE}
"""Command -> what it lays over the picture. At most one is on."""

SETTLED = 80
"""Milliseconds without a change of the document before the overlay is made again."""


class Origins(Documents):
    """The window's dealings with the origin of pixels; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        origin: OriginPanel
        pages: QTabWidget
        tools: list[Tool]

    def connect_origins(self) -> None:
        """Listens from now on."""
        self._asked = 0
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLED)
        self._settling.timeout.connect(self.show_origins)
        for signal in (self.session.outcomes_changed, self.tabs.front_changed, self.tabs.document_changed):
            signal.connect(lambda *_: self._settling.start())
        self.tabs.canvas_made.connect(self._listen)
        self.origin.ban_asked.connect(self._ban_source)
        self.pages.currentChanged.connect(lambda _: self._settling.start())
        self.origin.source_chosen.connect(lambda _: self.show_origins())
        self.origin.picture.pointed.connect(self._pointed_at_source)
        for tool in self.tools:
            if isinstance(tool, BanSource):
                tool.asked = self.ban

    # Commands.

    def overlay_source(self, on: bool) -> None:
        self._overlay("overlay_source", on)

    def overlay_confidence(self, on: bool) -> None:
        self._overlay("overlay_confidence", on)

    def overlay_use(self, on: bool) -> None:
        self._overlay("overlay_use", on)

    def _overlay(self, name: str, on: bool) -> None:
        if on:
            for other in OVERLAYS:
                if other != name:
                    self.actions_[other].setChecked(False)
            self.pages.setCurrentWidget(self.origin)
        self.show_origins()

    def clear_overlay(self) -> None:
        """Takes the colours off the picture: they would hide a mask that is being painted."""
        for name in OVERLAYS:
            self.actions_[name].setChecked(False)
        self._clear_marks()

    @property
    def overlay(self) -> str:
        """What lies over the picture, one of KINDS; "" for nothing."""
        return next((kind for name, kind in OVERLAYS.items() if self.actions_[name].isChecked()), "")

    # What is shown.

    def provenance(self) -> Provenance | None:
        """What is known of the document in front."""
        document = self.tabs.document
        return None if document is None else self.session.provenances.of(document)

    def show_origins(self) -> None:
        """Makes the overlay and the source's picture anew, beside the window; the newest question wins."""
        self._settling.stop()
        self._asked += 1
        number, kind, document = self._asked, self.overlay, self.tabs.document
        for other in self.tabs.canvases():
            if other.document is not document or not kind:
                other.clear_glass()
        if document is None or document.editing:
            return
        provenance = self.provenance()
        self.actions_.enable(tuple(OVERLAYS), provenance is not None)
        self.origin.show_provenance(provenance, kind, document.size)
        canvas = self.tabs.canvas
        if provenance is None or canvas is None:
            self._clear_marks()
            if canvas is not None:
                canvas.clear_glass()
            return
        picture, source = document.picture, self.origin.number
        seen = sheet if self.origin.isVisible() else None

        def work(picture: Any = picture) -> Any:
            laid = glass(provenance, kind, picture) if kind else None
            return laid, seen(provenance, source, kind, picture) if seen else None

        def then(found: Any) -> None:
            if number != self._asked or canvas.document is not document:
                return
            laid, little = found
            if laid is not None:
                canvas.show_glass(*laid)
            if little is not None:
                self.origin.show_sheet(little, provenance.sizes[source])

        del picture
        self.bridge.aside(work, then)

    def _listen(self, canvas: Canvas) -> None:
        canvas.hovered.connect(lambda point, canvas=canvas: self._hovered(canvas, point))

    # Pointing.

    def _hovered(self, canvas: Canvas, point: tuple[float, float] | None) -> None:
        if not self.tool.inspects or canvas is not self.tabs.canvas or canvas.previewing:
            self._clear_marks()
            return
        provenance, document = self.provenance(), canvas.document
        spot = provenance.spot(*point) if provenance is not None and point is not None else None
        if provenance is None or document is None or spot is None or point is None:
            self._clear_marks()
            self.origin.show_spot(None)
            return
        name = name_of(provenance, spot.number)
        place = int(point[0]) + 0.5, int(point[1]) + 0.5
        if provenance.pictures[spot.number] is None:
            self._marks(canvas).show_source(place, (spot.x + 0.5, spot.y + 0.5))
        else:
            loupe = to_qimage(around(provenance, spot, document.picture, LOUPE))
            self._marks(canvas).show_loupe(place, loupe, f"{spot.x}, {spot.y} of {name}")
        self.origin.show_spot(spot, name)

    def _pointed_at_source(self, x: int, y: int) -> None:
        provenance = self.provenance()
        if provenance is None:
            return
        words = f"{x}, {y} of {name_of(provenance, self.origin.number)}" if x >= 0 else ""
        self.status.show_tip(words)

    def _marks(self, canvas: Canvas) -> OriginMarks:
        return canvas.findChild(OriginMarks) or OriginMarks(canvas)

    def _clear_marks(self) -> None:
        for canvas in self.tabs.canvases():
            marks = canvas.findChild(OriginMarks)
            if marks is not None:
                marks.clear()

    # Banning.

    def ban(self, document: Document, rect: Rect) -> None:
        """Bans what a rectangle of the picture means: what its copied pixels were made of, or itself as a source."""
        provenance = self.session.provenances.of(document)
        if provenance is None:
            self.notice.tell("info", "Nothing in this picture was copied by a result yet.")
        else:
            self._repair(document, provenance, pointed_at(provenance, rect))

    def _ban_source(self, number: int, rect: Rect) -> None:
        document, provenance = self.tabs.document, self.provenance()
        if document is not None and provenance is not None:
            self._repair(document, provenance, rectangle(provenance, number, rect))

    def _repair(self, document: Document, provenance: Provenance, banned: Banned) -> None:
        operation = self._repairing(document)
        if operation is None:
            self.notice.tell("info", "The engine is still starting; try again in a moment.")
            return
        self.notice.clear()
        try:
            asked = repair(document, provenance, banned)
        except Unusable as problem:
            self.notice.tell("info", str(problem))
            return
        self._clear_marks()
        self.session.start(document, operation, asked)

    def _repairing(self, document: Document) -> Wish | None:
        """What fills again: the operation that filled last, or else the one that most people fill with."""
        from engine import catalog

        def fills(operation: Operation[Any]) -> bool:
            return operation.within == HOLE and SOURCE in operation.roles and operation.replaces is not None

        shown = self.session.desk(document).shown
        if shown is not None and fills(shown.wish.operation):
            return Wish(shown.wish.operation, shown.wish.params, shown.wish.seed)
        if not self.bridge.running:
            return None
        found = [operation for operation in catalog.operations().values() if fills(operation) and operation.everyday]
        return Wish(found[0], found[0].params()) if found else None
