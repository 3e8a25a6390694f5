"""The page of an operation: what it does, with a picture, and what each slider looks like at its ends."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from desktop.look import palette
from engine.operation import Operation

WIDTH, HEIGHT = 760, 760


class OperationPage(QWidget):
    """A window of its own that stays open beside the studio and follows the chosen operation."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.browser = _Browser()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.browser)
        self.resize(WIDTH, HEIGHT)

    def show_for(self, operation: Operation[Any]) -> None:
        """Shows the page of an operation."""
        from engine.cli.page import page

        self.setWindowTitle(operation.title)
        self.browser.setMarkdown(page(operation))
        _space_out(self.browser.document())
        self.browser.verticalScrollBar().setValue(0)


class _Browser(QTextBrowser):
    """Finds the pictures of pages in the program's resources."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("About this operation")
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setDocumentMargin(palette.L)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        with as_file(files("resources") / "pages" / QUrl(name).fileName()) as path:
            image = QImage(str(path)) if path.exists() else QImage()
        room = WIDTH - 2 * palette.L - 24
        if image.width() > room:
            image = image.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(1.0)
        return image


def _space_out(document: QTextDocument) -> None:
    """Room above headings and between paragraphs, which Markdown leaves out."""
    block = document.begin()
    while block.isValid():
        form = block.blockFormat()
        form.setTopMargin(palette.L if form.headingLevel() > 1 else 0)
        form.setBottomMargin(palette.XS if block.textList() is not None else palette.S)
        QTextCursor(block).setBlockFormat(form)
        block = block.next()
