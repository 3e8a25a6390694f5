"""Open documents, each on a canvas of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from desktop.canvas import Canvas
from desktop.document.document import Document
from desktop.tools.tool import Tool
from engine.region import Rect

LONGEST = 30
"""Letters of a title in a tab."""


class DocumentTabs(QTabWidget):
    """One tab for each document.

    Signals:
        front_changed(document): another document is in front; None when there is none left.
        close_asked(document): the person wants to close it.
        document_changed(document, what): `Document.watch`, for all of them.
        canvas_made(canvas): a new canvas, to connect.
    """

    front_changed = Signal(object)
    close_asked = Signal(object)
    document_changed = Signal(object, str)
    canvas_made = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.setTabsClosable(True)
        self.setMovable(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setUsesScrollButtons(True)
        self.setAccessibleName("Pictures")
        self.tabBar().setAccessibleName("Open pictures")
        self._forget: dict[int, Callable[[], None]] = {}
        self.currentChanged.connect(lambda _: self.front_changed.emit(self.document))
        self.tabCloseRequested.connect(lambda index: self.close_asked.emit(self.canvas_at(index).document))

    @property
    def canvas(self) -> Canvas | None:
        """The canvas in front."""
        widget = self.currentWidget()
        return widget if isinstance(widget, Canvas) else None

    @property
    def document(self) -> Document | None:
        """The document in front."""
        return self.canvas.document if self.canvas else None

    def canvas_at(self, index: int) -> Canvas:
        widget = self.widget(index)
        assert isinstance(widget, Canvas)
        return widget

    def canvases(self) -> Iterator[Canvas]:
        # While a tab is taken away its widget is gone before its place is; whoever asks then gets the others.
        for index in range(self.count()):
            widget = self.widget(index)
            if isinstance(widget, Canvas):
                yield widget

    def documents(self) -> list[Document]:
        return [canvas.document for canvas in self.canvases() if canvas.document is not None]

    def canvas_of(self, document: Document | None) -> Canvas | None:
        """The canvas that shows a document; None when it is not open."""
        return next((canvas for canvas in self.canvases() if canvas.document is document), None)

    def add(self, document: Document, tool: Tool | None) -> Canvas:
        """Opens a document in a tab in front."""
        canvas = Canvas(document)
        canvas.set_tool(tool)
        forget = document.watch(lambda what, rect: self._told(document, what, rect))
        self._forget[id(document)] = forget
        self.canvas_made.emit(canvas)
        index = self.addTab(canvas, "")
        self._name(document)
        self.setCurrentIndex(index)
        return canvas

    def remove(self, document: Document) -> None:
        """Closes a document's tab, whatever is unsaved."""
        canvas = self.canvas_of(document)
        if canvas is None:
            return
        self._forget.pop(id(document))()
        self.removeTab(self.indexOf(canvas))
        canvas.set_document(None)
        canvas.deleteLater()

    def show_document(self, document: Document) -> None:
        """Brings a document to the front."""
        canvas = self.canvas_of(document)
        if canvas is not None:
            self.setCurrentWidget(canvas)

    def step(self, by: int) -> None:
        """To the next tab, or the one before, round and round."""
        if self.count():
            self.setCurrentIndex((self.currentIndex() + by) % self.count())

    def _told(self, document: Document, what: str, rect: Rect) -> None:
        if what in ("title", "history"):
            self._name(document)
        self.document_changed.emit(document, what)

    def _name(self, document: Document) -> None:
        canvas = self.canvas_of(document)
        if canvas is not None:
            index = self.indexOf(canvas)
            self.setTabText(index, shortened(document.title).replace("&", "&&") + (" •" if document.modified else ""))
            width, height = document.size
            where = f"{document.path}\n" if document.path else ""
            self.setTabToolTip(index, f"{where}{width} × {height} px, {described(document)}")


def shortened(title: str) -> str:
    """A title that fits a tab: its beginning and its end."""
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 12]}…{title[-11:]}"


def described(document: Document) -> str:
    """Depth and channels in words."""
    picture = document.picture
    kinds = {1: "gray", 2: "gray and alpha", 3: "RGB", 4: "RGBA"}
    return f"{kinds[picture.channels]}, {picture.pixels.dtype.itemsize * 8} bit"
