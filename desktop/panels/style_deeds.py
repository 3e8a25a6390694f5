"""The window's styles: the picker, what is seen while one hovers over it, and what is done with a style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QWidget

from desktop.document.document import HOLE
from desktop.panels.collection import Piece
from desktop.panels.quality_deeds import Qualities
from desktop.panels.running import Whereabouts
from desktop.panels.start import dropping
from desktop.panels.style_picker import StylePicker
from desktop.panels.style_popup import StylePopup
from desktop.panels.styles import LEARNT, Styles
from desktop.panels.swatches import selected
from desktop.session import State
from desktop.session.ranking import Ranking
from desktop.session.style_previews import StylePreviews
from desktop.session.ways import NETWORK, STYLE, TEXTURE
from desktop.sources import MASKS
from engine.operation import Mask, Model, Operation

if TYPE_CHECKING:
    from desktop.document.document import Document
    from desktop.panels.dropping import Dropping
    from desktop.session import Run
    from desktop.session.laying import Laying

HOVERED = "Drag it onto the picture, or double-click to paint all of it or what is masked."


class Stylists(Qualities):
    """The window's dealings with styles; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        dropping: Dropping
        laying: Laying

    def build_styles(self) -> None:
        """Makes the picker's dock, on the left."""
        self.styles = StylePicker(Styles(self.settings), self.bridge.aside)
        self.style_popup = StylePopup(self)
        self.previews = StylePreviews(self.bridge, self.asking, self.laying, self)
        self.ranking = Ranking(self.bridge, self)
        self.style_dock = QDockWidget("Styles", self)
        self.style_dock.setObjectName("styles")
        self.style_dock.setWidget(self.styles)
        self.style_dock.setTitleBarWidget(QWidget())
        self.style_dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.style_dock)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.style_dock.hide()

    def connect_styles(self) -> None:
        """Listens from now on."""
        self._tried: Piece | None = None
        self.styles.pointed.connect(self._try_style)
        self.styles.approached.connect(self._expect_styles)
        self.actions_["show_styles"].triggered.connect(self._expect_styles)
        self.styles.applied.connect(self.apply_style)
        self.styles.role_asked.connect(self.give_style)
        self.styles.sort_asked.connect(self._sort_styles)
        self.styles.open_asked.connect(lambda path: self.filing.open_paths([path], own=False))
        self.styles.noticed.connect(self.notice.tell)
        self.dropping.style_asked.connect(self.give_style)
        self.dropping.covering_changed.connect(self.show_masks)
        self.dropping.accepted.connect(self.rest_mask)
        self.session.ended.connect(self._made_within)
        self.previews.began.connect(lambda shown: self.style_popup.show_picture(shown, False))
        self.previews.shown.connect(self._style_tried)
        self.previews.failed.connect(self._style_failed)
        self.homes.append(self._style_learnt)
        self.ranking.went_on.connect(lambda done, total: self.status.say(f"Looking at the styles: {done} of {total}"))
        self.tabs.front_changed.connect(lambda _: self._other_front())

    def learn_ways(self, found: Mapping[str, Operation[Any]]) -> None:
        """Reads how things that are dragged are laid, now that the operations are there."""
        for kind in (TEXTURE, STYLE, NETWORK):
            told = dropping(kind)
            self.laying.use(found.get(told["operation"]), told["role"], told["amount"], kind)
        way = self.laying.way(NETWORK)
        role = way.operation.roles[way.role] if way is not None else None
        self.styles.styles.model = role if isinstance(role, Model) else None
        if self.style_dock.isVisible():
            self.styles.refresh()

    # Commands.

    def show_styles(self, on: bool) -> None:
        """Shows the picker or hides it."""
        self.style_dock.setVisible(on and self.stack.currentIndex() == 1 and self.actions_["show_panels"].isChecked())
        if on and not self.styles.row.count():
            self.styles.refresh()
        if not on:
            self._try_style(None)

    def apply_style(self, path: str) -> None:
        """Paints the picture in front in a style."""
        canvas = self.tabs.canvas
        self._try_style(None)
        if canvas is None or canvas.document is None:
            self.notice.tell("info", "Open a picture first; then a style can be put on it.")
        elif not canvas.document.editing:
            self.dropping.apply(canvas, path, self.styles.styles.kind(Path(path)))

    def give_style(self, path: str) -> None:
        """A style for the chosen operation, or for the one that styles are put on with where that takes none."""
        way = self.laying.way(self.styles.styles.kind(Path(path)))
        if self.tabs.document is None or way is None:
            self.notice.tell("info", "Open a picture first; then a style can be chosen for it.")
            return
        if not self.operations.takes(way.role):
            self.operations.choose(way.operation.id)
        self.pages.setCurrentWidget(self.operations)
        self.give(way.role, [path])

    def show_masks(self) -> None:
        """The red mask goes where a thing hovers or can still be adjusted: it would hide what comes of it."""
        super().show_masks()
        covered = self.dropping.covered
        if covered is not None and covered in self.tabs.canvases():
            covered.set_mask_visible(HOLE, False)

    def _made_within(self, run: Run) -> None:
        """Where the mask stays for the next run, it would hide what this one made. A drop says when it is kept."""
        roles = run.wish.operation.roles.items()
        masked = any(isinstance(role, Mask) and MASKS.get(name) == HOLE for name, role in roles)
        if run.state is State.DONE and run.wish.operation.replaces and masked and self.dropping.covered is None:
            self.rest_mask(run.document)

    def show_style_shelf(self, shelf: str) -> None:
        """Shows the picker, and a shelf of it."""
        self.actions_["show_styles"].setChecked(True)
        self.styles.show_shelf(shelf)

    def _style_learnt(self, run: Run, path: Path) -> Whereabouts | None:
        """A network for the picker was trained: that is where it is looked for."""
        model = self.styles.styles.model
        if model is None or model.kind != run.wish.operation.trains:
            return None
        show = ("Show it", partial(self.show_style_shelf, LEARNT))
        return Whereabouts(f"is in the style picker, on the shelf {LEARNT}", [show])

    # What is pointed at.

    def _expect_styles(self) -> None:
        """By a hand, not by a layout that is put back at the start: then nobody has asked for a network yet."""
        if self.tabs.document is not None and self.style_dock.isVisible():
            self.previews.expect()

    def _try_style(self, piece: Piece | None) -> None:
        document = self.tabs.document
        if piece is None or document is None or document.editing:
            self._tried = None
            self.previews.forget()
            self.style_popup.hide()
        elif self._tried is None or self._tried.path != piece.path:
            self._tried = piece
            self.style_popup.show_beside(self.styles, self.styles.place_of(piece), piece.title, HOVERED)
            self.previews.show(document, str(piece.path), self.styles.styles.kind(piece.path))

    def _style_tried(self, path: str, shown: Any, ready: bool) -> None:
        if self._tried is not None and str(self._tried.path) == path:
            self.style_popup.show_picture(shown, ready)

    def _style_failed(self, path: str, sentence: str) -> None:
        if self._tried is not None and str(self._tried.path) == path:
            self.style_popup.say(sentence)

    def _other_front(self) -> None:
        self._try_style(None)
        if self.styles.alike.isChecked():
            self.styles.refresh()

    def _sort_styles(self, pieces: Sequence[Piece]) -> None:
        document, pieces = self.tabs.document, list(pieces)
        if document is None or not pieces:
            return

        def sort(ranks: list[float]) -> None:
            order = sorted(range(len(pieces)), key=lambda number: -ranks[number])
            self.styles.show_sorted([pieces[number] for number in order])
            self.status.say(self._said_of_order(document, pieces, ranks))

        self.ranking.rank(selected(document)[0], [piece.path for piece in pieces], sort)

    def _said_of_order(self, document: Document, pieces: Sequence[Piece], ranks: Sequence[float]) -> str:
        if max(ranks) < 0:
            return "None of these shows what it paints like, so they stay as they were."
        wanted = "sample" if document.sample is not None else "picture" if document.hole.empty else "selection"
        networks = all(self.styles.styles.kind(piece.path) == NETWORK for piece in pieces)
        if networks:
            return f"The networks that learnt what is most like the {wanted} come first."
        return f"The styles that are most like the {wanted} come first."
