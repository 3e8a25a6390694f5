from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from desktop.panels.status import StatusLine


@pytest.fixture
def line(qtbot: Any) -> StatusLine:
    line = StatusLine()
    qtbot.addWidget(line)
    line.resize(1200, 30)
    line.show()
    qtbot.waitExposed(line)
    return line


def test_news_make_way_for_the_hint_again(qtbot: Any, line: StatusLine) -> None:
    line.show_hint("Paint what to fill.")
    line.say("Saved a.png", 30)
    line.show_tip("")
    assert line.hint.text() == "Saved a.png"
    qtbot.waitUntil(lambda: line.hint.text() == "Paint what to fill.")


def test_tip_of_a_menu_entry_comes_and_goes(line: StatusLine) -> None:
    line.show_hint("Paint what to fill.")
    line.show_tip("Take the last step back")
    assert line.hint.text() == "Take the last step back"
    line.show_tip("")
    assert line.hint.text() == "Paint what to fill."


def test_parts_that_come_late_overlap_nothing(qtbot: Any, line: StatusLine) -> None:
    line.show_warming(1, 5, "Efros-Leung fill")
    line.show_picture("4000 × 3000 px · RGB, 8 bit")
    line.show_place((12.7, 3.2))
    line.job.setText("Image quilting: Running · 46 % · about 20 s left")
    line.job.show()
    line.job_bar.show()
    line.layout().activate()  # type: ignore[union-attr]
    qtbot.wait(10)
    parts: list[QWidget] = [line.hint, line.warming, line.warming_bar, line.job, line.job_bar, line.place, line.picture]
    for left, right in zip(parts, parts[1:], strict=False):
        assert left.geometry().right() < right.geometry().left(), f"{left} lies over {right}"
    assert line.job.width() == 270 and line.place.text() == "12, 3"
    line.show_warming(5, 5, "")
    assert not line.warming.isVisible()


@pytest.mark.parametrize(("zoom", "words"), [(1.0, "100 %"), (0.0625, "6.2 %"), (8.0, "800 %")])
def test_zoom_in_words(line: StatusLine, zoom: float, words: str) -> None:
    line.show_zoom(zoom)
    assert line.zoom.text() == words
    line.show_zoom(None)
    assert not line.zoom.isVisible()
