"""What moves while it is looked at: sliders that are felt, styles mixed on a pad, and painted with a brush."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, partialmethod
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu

from desktop.document import HOLE, STYLES, Document, Step
from desktop.look import icons
from desktop.panels.filing import pictures_in
from desktop.panels.mix_pad import MixRow
from desktop.panels.params_panel import ParamsPanel
from desktop.panels.quality_deeds import Qualities
from desktop.panels.running import SETTLING
from desktop.session import Run, State, Wish
from desktop.session.live import COARSE, Live
from desktop.sources import STYLED, for_styles, pictures_given
from desktop.tools.style_brush import StyleBrush
from engine.image import Bytes, Image
from engine.region import Rect

if TYPE_CHECKING:
    from desktop.panels.dropping import Dropping
    from desktop.tools import Tool
    from engine.jobs import Update

SEEN = 64
"""How much of a style, of 255, is painted at a point that belongs to it."""
REST = 300
"""Milliseconds without a move after which a value that nobody holds counts as let go."""


class Felt(Qualities):
    """The window's dealings with what can be felt; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        dropping: Dropping
        live: Live
        tools: list[Tool]

        def take_tool(self, tool: Tool) -> None: ...

    def connect_live(self) -> None:
        """Listens from now on."""
        self._steps_seen: weakref.WeakSet[Step] = weakref.WeakSet()
        self._touched: Document | None = None
        self._masks_wanted = True
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(REST)
        self._resting.timeout.connect(self._let_go)
        self._unsettled = QTimer(self)
        self._unsettled.setSingleShot(True)
        self._unsettled.timeout.connect(self._gone_back)
        panel, live = self.operations, self.live
        panel.turned.connect(self._turned)
        panel.released.connect(self._let_go)
        panel.operation_changed.connect(lambda _: self._chosen())
        panel.panel_made.connect(self._follow_panel)
        live.looked.connect(self._show_look)
        live.cleared.connect(self._clear_look)
        live.made.connect(self._look_made)
        live.put_back.connect(self._put_back)
        self.session.ended.connect(self._painted_made)
        self.dropping.painted = self.style_painted_at
        self.dropping.area_asked.connect(self.restyle)
        live.failed.connect(lambda sentence, detail: self.notice.tell("error", sentence, detail))
        self.tabs.document_changed.connect(self._masks_or_styles_changed)
        self.tabs.front_changed.connect(lambda document: self._felt_front(document))
        for tool in self.tools:
            if isinstance(tool, StyleBrush):
                tool.watch(self._style_taken)

    # Values that move.

    def _chosen(self) -> None:
        wish = self.operations.wish()
        if self.live.document is not None:
            self.live.drop()
        if wish is not None:
            self.live.rest(wish)
        if isinstance(self.tool, StyleBrush):
            self.actions_["mask_show"].setChecked(not self._follows())
        self._mark_style()

    def _turned(self) -> None:
        document, wish = self.tabs.document, self.operations.wish()
        if document is None or wish is None or document.editing or not self.live.feel(document, wish):
            return
        panel = self.operations.panel
        if panel is not None and panel.held:
            self._resting.stop()
        else:
            self._resting.start()
        self.show_run()

    def _let_go(self) -> None:
        self._resting.stop()
        document, wish = self.live.document, self.operations.wish()
        if document is not None and wish is not None and document is self.tabs.document and not document.editing:
            self.live.let_go(document, wish)

    def stop(self) -> None:
        """Escape: what is felt is put back; else the job ends."""
        self._resting.stop()
        if not self.live.take_back():
            super().stop()

    def _put_back(self, wish: Wish) -> None:
        if wish.operation is self.operations.operation:
            self.operations.take(wish)
            panel = self.operations.panel
            if panel is not None:
                panel.drop_hold()

    def show_run(self) -> None:
        super().show_run()
        if self.live.document is not None and self.live.document is self.tabs.document:
            self.actions_.enable(["stop"], True)

    # What is seen.

    def _show_look(self, document: Document, rect: Rect, pixels: Bytes) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:
            if self.session.run_on(document) is None:
                canvas.clear_preview()
            canvas.show_look(rect, pixels)
            self.show_masks()

    def _clear_look(self, document: Document) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:
            canvas.clear_look()
            self.show_masks()
        self.show_run()

    def _look_made(self, document: Document) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:

            def settled() -> None:
                if self.live.document is not document:
                    self._clear_look(document)

            # The picture's own tiles follow in the next few paints; until then they still show what was.
            QTimer.singleShot(SETTLING, canvas, settled)

    def _preview(self, run: Run, update: Update) -> None:
        canvas = self.tabs.canvas_of(run.target or run.document)
        if canvas is None or not canvas.looking or update.fraction > COARSE:
            super()._preview(run, update)

    def show_masks(self) -> None:
        super().show_masks()
        mine, wanted = isinstance(self.tool, StyleBrush), self.actions_["mask_show"].isChecked()
        for canvas in self.tabs.canvases():
            document = canvas.document
            busy = canvas.looking or self.session.run_on(document) is not None
            drawing = document is not None and document.editing and not canvas.looking
            if canvas.looking:
                canvas.set_mask_visible(HOLE, False)
            for name in STYLES:
                canvas.set_mask_visible(name, mine and (drawing or (wanted and not busy)))

    # Styles that are chosen or painted.

    def _felt_front(self, document: Document | None) -> None:
        if self.live.document is not document and not self.live.making:
            self.live.drop()
        self._mark_style()

    def _masks_or_styles_changed(self, document: Document, what: str) -> None:
        if document is not self.tabs.document:
            return
        operation = self.operations.operation
        if what == "given" or what in STYLES:
            self._touched = document
            self._unsettled.start(0)
            if document.editing and what in STYLES and operation is not None and self._painted_for():
                self._paint_felt(document)
        elif what == "history":
            newest = document.history.undoable
            fresh = newest is not None and newest not in self._steps_seen
            self._steps_seen.update(document.history.done)
            touched, self._touched = self._touched is document, None
            if touched and fresh and newest is not None:
                self._follow(document, newest)
            elif touched:
                self._went_back(document)

    def _painted_for(self) -> bool:
        operation = self.operations.operation
        return operation is not None and STYLED in operation.roles and for_styles(operation, STYLED)

    def _paint_felt(self, document: Document) -> None:
        self._show_pictures(document)
        wish = self.operations.wish()
        if wish is not None:
            self.live.feel(document, wish)
        self.show_masks()

    def _follow(self, document: Document, step: Step) -> None:
        """A style was chosen or a stroke has ended: the picture follows, as a part of the same step."""
        self._resting.stop()
        self._show_pictures(document)
        wish = self.operations.wish()
        if wish is not None and self.live.can_follow(document, wish.operation):
            self.live.let_go(document, wish, step)
        if isinstance(self.tool, StyleBrush):
            # What does not follow by itself shows what was painted until it is run.
            self.actions_["mask_show"].setChecked(not self._follows())
        self.show_masks()

    def _painted_made(self, run: Run) -> None:
        """The picture shows what was painted: colours over it would only hide that."""
        if isinstance(self.tool, StyleBrush) and run.state is State.DONE and STYLED in run.wish.operation.roles:
            self.actions_["mask_show"].setChecked(False)

    def _gone_back(self) -> None:
        """A stroke was taken back: no step follows it."""
        document, self._touched = self._touched, None
        if document is not None and not document.editing:
            self._went_back(document)
        elif document is not None:
            self._touched = document

    def _went_back(self, document: Document) -> None:
        if self.live.document is document:
            self.live.drop()
        self._show_pictures(document)
        self.show_masks()

    def _show_pictures(self, document: Document) -> None:
        if document is self.tabs.document:
            self.operations.show_mix()

    # The mix pad.

    def _follow_panel(self, panel: ParamsPanel) -> None:
        row = panel.mix
        if row is not None:
            row.dropped.connect(partial(self.put_styles, row))
            row.pressed.connect(partial(self._corner_pressed, row))
            row.clear_asked.connect(partial(self._clear_corner, row))
            row.wipe_asked.connect(self.styles_clear)

    def put_styles(self, row: MixRow, corner: int, paths: Sequence[str]) -> None:
        """Pictures from files: the first into this corner, others into free ones."""
        if self.tabs.document is not None and paths:
            document = self.tabs.document
            ready = partial(self._put_pictures, document, row, corner)
            self.bridge.aside(lambda: pictures_in(list(paths)), ready, self.filing.failed)

    def _put_pictures(self, document: Document, row: MixRow, corner: int, images: Sequence[Image]) -> None:
        if document.editing or document is not self.tabs.document:
            return
        free = [k for k in range(len(STYLES)) if row.picture_in(k) is None and k != corner]
        given = list(pictures_given(document, row.role))
        for image, at in zip(images, [corner, *free], strict=False):
            number = row.picture_in(at)
            if number is None:
                given.append(image)
            else:
                given[number] = image
        for image, at in zip(images, [corner, *free], strict=False):
            row.places.put(at, image)
        with document.edit("Choose a style" if len(images) == 1 else "Choose styles") as edit:
            edit.give(row.role, tuple(given))

    def style_painted_at(self, document: Document, point: tuple[float, float]) -> int | None:
        """For which of the styles that are mixed something is painted at (x, y), 0 for the first."""
        operation = self.operations.operation
        if document is not self.tabs.document or operation is None or not self._painted_for():
            return None
        spot = Rect(int(point[0]), int(point[1]), 1, 1).clipped(document.rect)
        count = len(pictures_given(document, operation.mixed)) if operation.mixed and not spot.empty else 0
        amounts = [int(mask.crop(spot).max()) for mask in document.styles[:count]]
        return max(range(count), key=amounts.__getitem__) if count and max(amounts) >= SEEN else None

    def restyle(self, number: int, path: str) -> None:
        """Another picture in place of a style that is mixed, 0 for the first: what is painted for it stays."""
        panel = self.operations.panel
        row = panel.mix if panel is not None else None
        if row is not None:
            corner = next((k for k in range(len(STYLES)) if row.picture_in(k) == number), None)
            if corner is not None:
                self.put_styles(row, corner, [path])

    def _clear_corner(self, row: MixRow, corner: int) -> None:
        document, number = self.tabs.document, row.picture_in(corner)
        if document is None or number is None or document.editing:
            return
        given = list(pictures_given(document, row.role))
        with document.edit("Take a style away") as edit:
            # The masks are in the order of the styles: what came after moves up.
            for one, next_ in zip(document.styles[number:], document.styles[number + 1 :], strict=False):
                edit.match(one, next_)
            edit.clear(document.styles[-1])
            del given[number]
            edit.give(row.role, tuple(given))

    def styles_clear(self) -> None:
        """Nothing is painted for any style any more."""
        document = self.tabs.document
        if document is not None and not document.editing and any(not mask.empty for mask in document.styles):
            with document.edit("Clear the styles' masks") as edit:
                for mask in document.styles:
                    edit.clear(mask)

    def _corner_pressed(self, row: MixRow, corner: int) -> None:
        number = row.picture_in(corner)
        if number is not None and isinstance(self.tool, StyleBrush):
            self.take_style(number + 1)
            return
        document = self.tabs.document
        if document is None:
            return
        others = [other for other in self.tabs.documents() if other is not document]
        if number is None and not others:
            self._choose_for_corner(row, corner)
            return
        menu = QMenu(self)
        deeds: dict[QAction, Callable[[], object]] = {}
        if number is not None:
            deeds[menu.addAction(icons.icon("style-brush"), "Paint with it")] = partial(self.take_style, number + 1)
        choose = menu.addAction(icons.icon("open"), "Choose a picture…")
        deeds[choose] = partial(self._choose_for_corner, row, corner)
        for other in others:
            action = menu.addAction(icons.icon("image"), other.title.replace("&", "&&"))
            picture = replace(other.picture, name=str(other.path or other.title))
            deeds[action] = partial(self._put_pictures, document, row, corner, (picture,))
        if number is not None:
            menu.addSeparator()
            deeds[menu.addAction(icons.icon("remove"), "Take away")] = partial(self._clear_corner, row, corner)
        button = row.corners[corner]
        picked = menu.exec(button.mapToGlobal(button.rect().bottomLeft()))
        menu.deleteLater()
        if picked in deeds:
            deeds[picked]()

    def _choose_for_corner(self, row: MixRow, corner: int) -> None:
        from engine.files import OPENABLE

        kinds = " ".join(f"*{suffix}" for suffix in OPENABLE)
        folder = str(self.settings.get("folder", "") or Path.home())
        paths, _ = QFileDialog.getOpenFileNames(self, "Choose a style", folder, f"Pictures ({kinds});;All files (*)")
        if paths:
            self.put_styles(row, corner, paths)

    # The style in hand.

    def take_style(self, number: int) -> None:
        """A style in hand, 1 for the first, and the brush that paints it."""
        for tool in self.tools:
            if isinstance(tool, StyleBrush):
                tool.take(number)
                if self.tool is not tool:
                    self.take_tool(tool)
        self._mark_style()

    def style_or_label(self, number: int) -> None:
        """The keys 1 to 4 mean styles while the style brush is in hand."""
        if isinstance(self.tool, StyleBrush):
            self.take_style(number)
        else:
            self.take_label(number)

    label_1 = partialmethod(style_or_label, 1)
    label_2 = partialmethod(style_or_label, 2)
    label_3 = partialmethod(style_or_label, 3)
    label_4 = partialmethod(style_or_label, 4)

    def mask_show(self, on: bool) -> None:
        super().mask_show(on)
        if not isinstance(self.tool, StyleBrush):
            self._masks_wanted = on

    def style_brush_taken(self) -> None:
        """A tool was taken in hand; if it is the style brush, an operation that mixes styles comes to the front.

        Where the picture itself shows what was painted, colours over it would only hide that.
        """
        mine = isinstance(self.tool, StyleBrush)
        if mine and not self._painted_for():
            known = self.operations.known
            mixing = (name for name, one in known.items() if STYLED in one.roles and for_styles(one, STYLED))
            found = next(mixing, None)
            if found is not None:
                self.operations.choose(found)
        if mine or not self.tool.mask:
            self.actions_["mask_show"].setChecked(not self._follows() if mine else self._masks_wanted)
        self._mark_style()
        self.show_masks()

    def _follows(self) -> bool:
        document, operation = self.tabs.document, self.operations.operation
        return document is not None and operation is not None and self.live.can_follow(document, operation)

    def _style_taken(self) -> None:
        self._mark_style()

    def _mark_style(self) -> None:
        panel = self.operations.panel
        if panel is not None and panel.mix is not None:
            tool = self.tool
            panel.mix.take(tool.values.style - 1 if isinstance(tool, StyleBrush) else None)
