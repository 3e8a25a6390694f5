from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from desktop.look import palette
from desktop.panels import notice
from desktop.panels.notice import NoticeBar
from desktop.panels.short_label import ShortLabel
from desktop.panels.thin_bar import ThinBar


def test_what_follows_an_error_at_once_joins_it(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.tell("error", "a.png is cut off.", "Traceback")
    bar.tell("info", "b.gif: only the first frame was opened.")
    assert bar.sentence.text().splitlines() == ["a.png is cut off.", "b.gif: only the first frame was opened."]
    assert bar.property("notice") == "error" and bar.detail.toPlainText() == "Traceback"
    monkeypatch.setattr(notice, "TOGETHER", 0.0)
    bar.tell("info", "Later.")
    assert bar.sentence.text() == "Later." and bar.property("notice") == "info"
    monkeypatch.undo()
    bar.tell("error", "Once.")
    bar.tell("error", "Once.")
    assert bar.sentence.text() == "Once."


def test_sentence_first_details_on_request(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "TOGETHER", 0.0)
    bar = NoticeBar()
    qtbot.addWidget(bar)
    assert not bar.isVisible()
    bar.tell("error", "It is too large.", "Traceback")
    assert bar.isVisible() and bar.accessibleName() == "It is too large." and not bar.detail.isVisible()
    qtbot.mouseClick(bar.details, Qt.MouseButton.LeftButton)
    assert bar.detail.isVisible()
    bar.tell("info", "Another.")
    assert not bar.detail.isVisible() and not bar.details.isVisible(), "the newest notice has no details"
    with qtbot.waitSignal(bar.closed):
        qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()


def test_actions_act_once_and_go(qtbot: Any) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    done: list[str] = []
    bar.tell("info", "Recover?", actions=[("Yes", lambda: done.append("yes")), ("No", lambda: done.append("no"))])
    assert [button.text() for button in bar._buttons] == ["Yes", "No"]
    qtbot.mouseClick(bar._buttons[0], Qt.MouseButton.LeftButton)
    assert done == ["yes"] and not bar.isVisible()
    bar.tell("info", "Nothing to press.")
    assert bar._buttons == []


def test_action_may_tell_the_next_notice(qtbot: Any) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.tell("info", "First", actions=[("Go", lambda: bar.tell("error", "Second"))])
    bar._buttons[0].click()
    assert bar.isVisible() and bar.sentence.text() == "Second"


def test_short_label_never_widens_what_it_is_in(qtbot: Any) -> None:
    label = ShortLabel("short")
    qtbot.addWidget(label)
    label.setText("a very long sentence " * 20)
    assert label.minimumSizeHint().width() == 0
    assert label.toolTip() == label.text()
    label.resize(80, 20)
    label.show()
    image = label.grab().toImage()
    full = QLabel(label.text())
    qtbot.addWidget(full)
    assert image.width() < full.sizeHint().width()


def test_thin_bar_waits_for_its_turn_to_be_painted(qtbot: Any) -> None:
    bar = ThinBar("Progress")
    qtbot.addWidget(bar)
    bar.resize(100, 6)
    bar.show()
    qtbot.waitExposed(bar)
    painted: list[float] = []
    bar.paintEvent = lambda event: painted.append(bar.done)  # type: ignore[method-assign]
    for part in range(1, 51):
        bar.show_done(part / 50)
    assert painted == [] and bar.accessibleName() == "Progress: 100 %"
    bar.show_done(7)
    assert bar.done == 1.0


def test_thin_bar_fills_from_the_left(qtbot: Any) -> None:
    bar = ThinBar("Progress")
    qtbot.addWidget(bar)
    bar.resize(100, 6)
    bar.show_done(0.5)
    image = bar.grab().toImage()
    ratio = image.width() / 100
    assert image.pixelColor(round(25 * ratio), round(3 * ratio)).name() == palette.ACCENT
    assert image.pixelColor(round(75 * ratio), round(3 * ratio)).name() == palette.WELL
