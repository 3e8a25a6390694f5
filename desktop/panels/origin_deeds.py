"""Where did this come from: the overlays, the inspector and the ban, put together."""

from __future__ import annotations

from collections.abc import Callable
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
from desktop.session import Provenance, Repair, Wish
from desktop.session.banning import Banned, pointed_at, rectangle, remaking, repainting, repair
from desktop.tools.ban_source import BanSource
from engine.errors import Unusable
from engine.image import Bytes, Image
from engine.operation import Mask, Operation
from engine.region import Rect

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTabWidget

    from desktop.tools import Tool

_Seen = tuple[Provenance | None, tuple[Rect, Bytes] | None, Bytes | None]
"""What is known, the colours over the picture, and the source's own little picture."""

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

        def painting_wish(self) -> Wish | None: ...

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
        """What is known of the document in front, as far as it has been worked out."""
        document = self.tabs.document
        return None if document is None else self.session.provenances.at_hand(document)

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
        known = self.session.provenances.known(document)
        self.actions_.enable(tuple(OVERLAYS), known)
        canvas = self.tabs.canvas
        if not known or canvas is None:
            self._show_nothing(canvas, kind, document)
        elif kind or self.origin.isVisible() or self.tool.inspects:
            self.bridge.aside(
                self._seen(document, kind), lambda found: self._show_seen(found, number, canvas, document, kind)
            )

    def _seen(self, document: Document, kind: str) -> Callable[[], _Seen]:
        """What works out everything that there is to be seen."""
        later, number = self.session.provenances.later(document), self.origin.number

        def work(picture: Image = document.picture) -> _Seen:
            provenance = later()
            if provenance is None:
                return None, None, None
            laid = glass(provenance, kind, picture) if kind else None
            return provenance, laid, sheet(provenance, min(number, len(provenance.pictures) - 1), kind, picture)

        return work

    def _show_seen(self, found: _Seen, number: int, canvas: Canvas, document: Document, kind: str) -> None:
        if number != self._asked or canvas.document is not document:
            return
        provenance, laid, little = found
        if provenance is None or little is None:
            self._show_nothing(canvas, kind, document)
            return
        self.origin.show_provenance(provenance, kind, document.size)
        self.origin.show_sheet(little, provenance.sizes[self.origin.number])
        if laid is not None:
            canvas.show_glass(*laid)
        if self.tool.inspects:
            canvas.tell_hover()

    def _show_nothing(self, canvas: Canvas | None, kind: str, document: Document) -> None:
        self._clear_marks()
        self.origin.show_provenance(None, kind, document.size)
        if canvas is not None:
            canvas.clear_glass()

    def _listen(self, canvas: Canvas) -> None:
        canvas.hovered.connect(lambda point, canvas=canvas: self._hovered(canvas, point))

    # Pointing.

    def _hovered(self, canvas: Canvas, point: tuple[float, float] | None) -> None:
        if not self.tool.inspects or canvas is not self.tabs.canvas or canvas.previewing:
            self._clear_marks()
            return
        provenance, document = self.provenance(), canvas.document
        point = document.pixel(*point) if document is not None and point is not None else None
        spot = provenance.spot(*point) if provenance is not None and point is not None else None
        if provenance is None or document is None or spot is None or point is None:
            self._clear_marks()
            self.origin.show_spot(None)
            return
        name = name_of(provenance, spot.number)
        place = point[0] + 0.5, point[1] + 0.5
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
        document = self.tabs.document
        provenance = self.session.provenances.of(document) if document is not None else None
        if document is not None and provenance is not None:
            self._repair(document, provenance, rectangle(provenance, number, rect))

    def _repair(self, document: Document, provenance: Provenance, banned: Banned) -> None:
        if self.session.run_on(document) is not None:
            self.notice.tell("info", "Something is being made on this picture; stop it or wait, then ban again.")
            return
        self.notice.clear()
        try:
            found = self._remade_by(document, provenance, banned)
        except Unusable as problem:
            self.notice.tell("info", str(problem))
            return
        if found is None:
            self.notice.tell("info", "The engine is still starting; try again in a moment.")
            return
        self._clear_marks()
        self.session.start(document, *found)

    def _remade_by(self, document: Document, provenance: Provenance, banned: Banned) -> tuple[Wish, Repair] | None:
        """What makes again what came from there: the operation that made it, where it can; else one that fills."""
        painted = None if document.motif is None else self.painting_wish()
        if painted is not None:
            return painted, repainting(document, provenance, banned, painted.operation, document.bans)
        found = remaking(document, provenance, banned, self.session.desk(document), document.bans)
        wish = None if found is not None else self._repairing(document)
        return found if wish is None else (wish, repair(document, provenance, banned))

    def _repairing(self, document: Document) -> Wish | None:
        """What fills again: the operation that filled last, or else the one that most people fill with."""
        from engine import catalog

        def fills(operation: Operation[Any]) -> bool:
            source = operation.roles.get(SOURCE)
            return operation.within == HOLE and isinstance(source, Mask) and source.of == operation.replaces

        shown = self.session.desk(document).shown
        if shown is not None and fills(shown.wish.operation):
            return Wish(shown.wish.operation, shown.wish.params, shown.wish.seed)
        if not self.bridge.running:
            return None
        found = [operation for operation in catalog.operations().values() if fills(operation) and operation.everyday]
        return Wish(found[0], found[0].params()) if found else None
