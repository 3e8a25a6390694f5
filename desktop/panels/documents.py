"""Documents come and go: opened, tried, rescued, saved, closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from desktop.canvas import Canvas
from desktop.document.document import Document
from desktop.panels.numbering import Numbering
from desktop.panels.recovery import Recovery, Rescued
from desktop.panels.start import Starter, StartPage
from desktop.panels.starting import begin
from desktop.sources import picks_sample

if TYPE_CHECKING:
    from desktop.bridge import Bridge
    from desktop.session.growing import Growing
    from desktop.tools import Tool


class Documents(Numbering):
    """The window's dealings with documents; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        bridge: Bridge
        growing: Growing
        recovery: Recovery
        start: StartPage
        tools: list[Tool]

        def take_tool(self, tool: Tool) -> None: ...

    def connect_documents(self) -> None:
        """Listens from now on."""
        self.filing.opened.connect(self._document_opened)
        self.filing.saved.connect(self._document_saved)
        self.tabs.close_asked.connect(self.close_document)
        self.start.path_chosen.connect(lambda path: self.open_paths([path]))
        self.start.sample_chosen.connect(lambda path: self.filing.open_paths([path], own=False))
        self.start.starter_chosen.connect(self.open_starter)
        self.operations.given.connect(self.give)
        self.operations.inputs.lent.connect(self.lend)
        self.operations.inputs.others = lambda: [
            entry for entry in self.tabs.documents() if entry is not self.tabs.document
        ]
        self.shelf.open_asked.connect(lambda path: self.filing.open_paths([path], own=False))
        self.shelf.sample_asked.connect(self.pick_from)
        self.shelf.make_asked.connect(lambda: self.actions_["make_swatch"].trigger())
        self.shelf.noticed.connect(self.notice.tell)

    def give(self, role: str, paths: Sequence[str]) -> None:
        """Pictures from files for a role of the chosen operation, on the document in front."""
        document, operation = self.tabs.document, self.operations.operation
        if document is None or operation is None or document.editing:
            return
        several = operation.roles[role].several
        if not picks_sample(role, several):
            self.filing.give(document, role, operation.roles[role], paths)
        elif paths:
            self.filing.pick(document, paths[0])
        else:
            self.sample_clear()

    def lend(self, role: str, other: Document) -> None:
        """The picture of another open document for a role of the chosen operation."""
        document, operation = self.tabs.document, self.operations.operation
        if document is None or operation is None or document.editing:
            return
        several = operation.roles[role].several
        picture = replace(other.picture, name=str(other.path or other.title))
        with document.edit("Choose a picture") as edit:
            if picks_sample(role, several):
                edit.pick(picture)
            else:
                edit.give(role, (*document.given.get(role, ()), picture) if several else (picture,))

    def pick_from(self, path: str) -> None:
        """The picture in a file becomes the sample; without a document it is opened."""
        if self.tabs.document is None:
            self.filing.open_paths([path], own=False)
        elif not self.tabs.document.editing:
            self.filing.pick(self.tabs.document, path)

    def open_paths(self, paths: Iterable[str]) -> None:
        """Opens files, each in a tab."""
        self.filing.open_paths(paths)

    def open_starter(self, starter: Starter) -> None:
        """Opens a thing to try, ready to run."""
        if starter.command:
            self.actions_[starter.command].trigger()
            self.notice.tell("info", starter.told)
            return
        begin(self.bridge, starter, lambda document: self._starter_opened(document, starter), self.filing.failed)

    def add_document(self, document: Document) -> Canvas:
        """Shows a document in a tab in front."""
        self.session.open(document)
        self.following.open(document)
        self.growing.open(document)
        canvas = self.tabs.add(document, self.tool)
        self.show_page(1)
        canvas.setFocus()
        return canvas

    def close_document(self, document: Document, then: Callable[[], object] | None = None) -> bool:
        """Closes a document, asking first when something is unsaved. False when it stays.

        Args:
            document: which.
            then: what to do once it is saved, when the person wants that; by default, close it.
        """
        if document.modified:
            self.tabs.show_document(document)
            answer = self.ask_unsaved(document)
            if answer == "save":
                self.filing.save(document, then or (lambda: self.close_document(document)))
            if answer != "discard":
                return False
        self.following.close(document)
        self.growing.close(document)
        self.session.close(document)
        self.recovery.forget(document)
        self.tabs.remove(document)
        return True

    def ask_unsaved(self, document: Document) -> str:
        """Asks what to do with unsaved work: "save", "discard" or "cancel"."""
        box = QMessageBox(self)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"{document.title} has changes that are not saved.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        answer = box.exec()
        box.deleteLater()
        return {buttons.Save: "save", buttons.Discard: "discard"}.get(buttons(answer), "cancel")

    def _document_opened(self, document: Document, own: bool) -> None:
        for other in self.tabs.documents():
            if other.path is not None and other.path == document.path:
                self.tabs.show_document(other)
                return
        self.add_document(document)
        self.start.show_recent(self.settings.recent)

    def _starter_opened(self, document: Document, starter: Starter) -> None:
        self.add_document(document)
        self.take_tool(next((tool for tool in self.tools if tool.id == starter.tool), self.tool))
        self.operations.choose(starter.operation, starter.values)
        self.operations.set_seed(1)
        if starter.size:
            self.operations.size_row.set(starter.size)
        self.refresh()
        self.notice.tell("info", starter.told)

    def _document_saved(self, document: Document) -> None:
        self.status.say(f"Saved {document.title}{self._told_of_file(document)}")
        self.start.show_recent(self.settings.recent)

    @staticmethod
    def _told_of_file(document: Document) -> str:
        """What a person may want to know of the file that was just written."""
        from engine.files import SAVEABLE, format_for

        path = document.path
        form = format_for(path) if path is not None and path.suffix.lower() in SAVEABLE else None
        if form is None or form.exact:
            return ""
        return f". {form.title} changes every pixel a little; PNG and TIFF keep them as they are"

    def offer_rescue(self, found: Sequence[Rescued]) -> None:
        """Asks, without blocking, what to do about what a crash left behind."""
        if not found:
            return
        one = len(found) == 1
        what = f"“{found[0].title}” was saved as it stood" if one else f"{len(found)} pictures were saved as they stood"
        self.notice.tell(
            "info",
            f"Scumble ended unexpectedly the last time. {what}.",
            actions=[("Recover", lambda: self._rescue(found)), ("Discard", self.recovery.discard)],
        )

    def _rescue(self, found: Sequence[Rescued]) -> None:
        waiting = list(found)

        def rescued(document: Document | None) -> None:
            if document is not None:
                self.add_document(document)
            if not waiting:
                self.recovery.save_now()
                self.recovery.discard_when_safe()
                return
            one = waiting.pop()
            self.bridge.aside(lambda: self.recovery.load(one), rescued, failed)

        def failed(problem: Exception) -> None:
            self.filing.failed(problem)
            rescued(None)

        rescued(None)
