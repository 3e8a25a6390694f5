from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject

from desktop.canvas import Canvas
from desktop.document import Document
from desktop.panels.tabs import DocumentTabs
from engine.image import Image


class Asks(QObject):
    """Asks for all canvases whenever one is hidden, as whoever follows the pointer does."""

    def __init__(self, tabs: DocumentTabs) -> None:
        super().__init__(tabs)
        self.tabs = tabs
        self.answers: list[list[Canvas]] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide:
            self.answers.append(list(self.tabs.canvases()))
        return False


def test_canvases_can_be_asked_for_while_one_goes(qtbot: Any, document: Document) -> None:
    tabs = DocumentTabs()
    qtbot.addWidget(tabs)
    tabs.show()
    other = Document(Image(np.zeros((8, 9, 3), np.uint8)), title="other")
    kept = tabs.add(other, None)
    asks = Asks(tabs)
    tabs.add(document, None).installEventFilter(asks)
    tabs.remove(document)
    assert asks.answers and all(kept in answer for answer in asks.answers)
    assert list(tabs.canvases()) == [kept]
