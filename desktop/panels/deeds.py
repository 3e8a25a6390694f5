"""What every command does. One method for each, found by the command's id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QMainWindow, QMessageBox, QPlainTextEdit

from desktop.document.document import SOURCE, Document
from desktop.panels.comparison import Comparison
from desktop.panels.keys import KeysDialog
from desktop.panels.page import OperationPage
from desktop.panels.swatches import selected
from desktop.session.comparing import Comparing

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget, QStackedWidget, QToolBar

    from desktop.bridge import Bridge
    from desktop.panels.filing import Filing
    from desktop.panels.menus import Actions
    from desktop.panels.notice import NoticeBar
    from desktop.panels.operations import OperationsPanel
    from desktop.panels.shelf import ShelfPanel
    from desktop.panels.status import StatusLine
    from desktop.panels.tabs import DocumentTabs
    from desktop.session import Session, Wish
    from desktop.session.asking import Asking
    from desktop.settings import Settings
    from desktop.tools import Tool


class Deeds(QMainWindow):
    """The window's commands; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        actions_: Actions
        asking: Asking
        bridge: Bridge
        docks: list[QDockWidget]
        filing: Filing
        notice: NoticeBar
        operations: OperationsPanel
        session: Session
        settings: Settings
        shelf: ShelfPanel
        stack: QStackedWidget
        status: StatusLine
        tabs: DocumentTabs
        tool: Tool
        tool_bar: QToolBar

        def close_document(self, document: Document, then: Callable[[], object] | None = None) -> bool: ...
        def give_keys(self) -> None: ...
        def stop_painting(self) -> None: ...
        def show_masks(self) -> None: ...
        def show_page(self, page: int) -> None: ...

    _page: OperationPage | None = None
    _comparison: Comparison | None = None

    def document(self) -> Document:
        """The document in front. Commands that need one are disabled while there is none."""
        document = self.tabs.document
        assert document is not None
        return document

    # File.

    def open(self) -> None:
        self.filing.ask_open()

    def save(self) -> None:
        self.filing.save(self.document())

    def save_as(self) -> None:
        self.filing.ask_save(self.document())

    def close_tab(self) -> None:
        self.close_document(self.document())

    def start_page(self) -> None:
        """To the start page, or back from it."""
        back = self.stack.currentIndex() == 0 and self.tabs.count()
        self.show_page(1 if back else 0)

    def quit(self) -> None:
        self.close()

    # Edit.

    def undo(self) -> None:
        self.document().undo()

    def redo(self) -> None:
        self.document().redo()

    def copy(self) -> None:
        field = self.focusWidget()
        if isinstance(field, QPlainTextEdit) or (isinstance(field, QLineEdit) and field.hasSelectedText()):
            field.copy()
        else:
            self.status.say(self.filing.copy(self.document()))

    def paste(self) -> None:
        self.filing.paste()

    def edit_keys(self) -> None:
        dialog = KeysDialog(self.actions_.entries(self.settings.get("keys", {})), self)
        if dialog.exec() == KeysDialog.DialogCode.Accepted:
            self.settings.set("keys", dict(dialog.changed()))
            self.settings.save()
            self.give_keys()
        dialog.deleteLater()

    # Mask.

    def mask_clear(self) -> None:
        document = self.document()
        if not document.hole.empty:
            with document.edit("Clear mask") as edit:
                edit.clear(document.hole)

    def mask_all(self) -> None:
        document = self.document()
        with document.edit("Mask everything") as edit:
            edit.fill(document.hole)

    def mask_invert(self) -> None:
        document = self.document()
        with document.edit("Invert mask") as edit:
            edit.invert(document.hole)

    def mask_show(self, on: bool) -> None:
        self.show_masks()

    def rest_mask(self, document: Document) -> None:
        """What was made within the mask is to be seen: the colours go until somebody paints or asks for them."""
        shown = self.actions_["mask_show"]
        if shown.isChecked() and document is self.tabs.document and not document.hole.empty:
            shown.setChecked(False)
            key = shown.shortcut().toString()
            self.status.say(f"The mask is hidden, so that you see what was made{f'; {key} shows it' if key else ''}.")

    def mask_blue(self, on: bool) -> None:
        self.show_masks()

    def mask_load(self) -> None:
        self.filing.load_mask(self.document())

    def mask_save(self) -> None:
        self.filing.save_mask(self.document())

    def source_clear(self) -> None:
        document = self.document()
        if not document.source.empty:
            with document.edit("Sample from anywhere") as edit:
                edit.clear(document.masks[SOURCE])

    def sample_clear(self) -> None:
        document = self.document()
        if document.sample is not None:
            with document.edit("Forget sample") as edit:
                edit.pick(None)

    def brush_larger(self) -> None:
        self.tool.larger()

    def brush_smaller(self) -> None:
        self.tool.smaller()

    # Operation.

    def run(self) -> None:
        wish, document = self.operations.wish(), self.tabs.document
        if wish is not None and document is not None:
            self.notice.clear()
            self.show_page(1)
            self.session.start(document, wish)

    def another(self) -> None:
        """The same with the next seed that this document has not seen."""
        wish, document = self.operations.wish(), self.tabs.document
        if wish is None or document is None:
            return
        seen = {outcome.wish.seed for outcome in self.session.desk(document).outcomes}
        run = self.session.run_on(document)
        seen |= {run.wish.seed} if run else set()
        seed = wish.seed
        while seed in seen:
            seed += 1
        self.operations.set_seed(seed)
        self.notice.clear()
        self.show_page(1)
        self.session.start(document, replace(wish, seed=seed))

    def pause(self) -> None:
        run = self.session.run_on(self.tabs.document)
        if run is not None:
            self.session.pause(run)

    def stop(self) -> None:
        run = self.session.run_on(self.tabs.document)
        if run is not None:
            self.session.stop(run)
        else:
            self.stop_painting()

    def keep(self) -> None:
        run = self.session.run_on(self.tabs.document)
        if run is not None:
            self.session.stop(run, keep=True)

    def find_operation(self) -> None:
        self.actions_["show_panels"].setChecked(True)
        self.operations.list.search.setFocus()
        self.operations.list.search.selectAll()

    # View.

    def compare(self, on: bool) -> None:
        if self.tabs.canvas is not None:
            self.tabs.canvas.set_compare(on)

    def zoom_in(self) -> None:
        if self.tabs.canvas is not None:
            self.tabs.canvas.zoom_in()

    def zoom_out(self) -> None:
        if self.tabs.canvas is not None:
            self.tabs.canvas.zoom_out()

    def zoom_fit(self) -> None:
        if self.tabs.canvas is not None:
            self.tabs.canvas.fit()

    def zoom_actual(self) -> None:
        if self.tabs.canvas is not None:
            self.tabs.canvas.actual_size()

    def next_tab(self) -> None:
        self.tabs.step(1)

    def previous_tab(self) -> None:
        self.tabs.step(-1)

    def show_panels(self, on: bool) -> None:
        self.show_page(self.stack.currentIndex())

    def make_swatch(self) -> None:
        picture, title = selected(self.document())
        self.actions_["show_shelf"].setChecked(True)
        self.shelf.keep(lambda: self.shelf.swatches.keep(picture, title))

    def show_shelf(self, on: bool) -> None:
        self.show_page(self.stack.currentIndex())

    def full_screen(self, on: bool) -> None:
        self.setWindowState(
            self.windowState() | self.windowState().WindowFullScreen
            if on
            else self.windowState() & ~self.windowState().WindowFullScreen
        )

    def compare_methods(self) -> None:
        document = self.document()
        sample = document.sample_image() or document.picture
        if self._comparison is None:
            self._comparison = Comparison(Comparing(self.bridge, self.asking, self), self)
            self._comparison.chosen.connect(self._take_method)
        methods = [entry for entry in self.operations.known.values() if entry.grows_texture]
        self._comparison.begin(sample, methods, self.operations.run_bar.seed.value())

    def _take_method(self, wish: Wish) -> None:
        """The method that was clicked comes to the panel and is run at the person's own size."""
        self.operations.choose(wish.operation.id)
        self.operations.set_seed(wish.seed)
        self.activateWindow()
        self.run()

    def operation_page(self) -> None:
        """Opens the page of the chosen operation, or closes it."""
        operation = self.operations.operation
        if operation is None:
            return
        if self._page is None:
            self._page = OperationPage(self)
            self.operations.operation_changed.connect(lambda _: self._follow_page())
        if self._page.isVisible():
            self._page.close()
        else:
            self._page.show_for(operation)
            self._page.show()

    def _follow_page(self) -> None:
        if self._page is not None and self._page.isVisible() and self.operations.operation is not None:
            self._page.show_for(self.operations.operation)

    def about(self) -> None:
        text = (
            "<h3>Scumble</h3><p>A studio for texture: take it from any picture and put it anywhere.</p>"
            "<p>Apache License 2.0. Built with Qt (LGPL), numpy, numba, OpenImageIO and PyTorch.</p>"
        )
        QMessageBox.about(self, "About Scumble", text)
