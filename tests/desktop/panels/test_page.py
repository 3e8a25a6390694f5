from __future__ import annotations

from typing import Any

from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QWidget

from desktop.panels.page import OperationPage
from engine import catalog


def test_page_says_what_each_end_of_a_slider_looks_like(qtbot: Any) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    shown = OperationPage(host)
    operation = catalog.find("fill")
    shown.show_for(operation)
    text = shown.browser.toPlainText()
    assert shown.windowTitle() == operation.title
    patch = next(entry for entry in operation.params.fields() if entry.name == "patch")
    assert patch.control.low_looks in text and patch.control.high_looks in text
    assert "Wexler" in text, "the source stands on the page"


def test_picture_of_the_page_is_found_and_fits(qtbot: Any) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    shown = OperationPage(host)
    kind = QTextDocument.ResourceType.ImageResource.value
    picture: Any = shown.browser.loadResource(kind, "fill.jpg")
    assert not picture.isNull() and picture.width() <= shown.width()
    missing: Any = shown.browser.loadResource(kind, "../no-such-thing.jpg")
    assert missing.isNull()
