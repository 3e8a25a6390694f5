from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.look import palette
from desktop.panels.history import HistoryPanel
from desktop.panels.jobs import JobsPanel
from desktop.panels.tabs import DocumentTabs, shortened
from desktop.panels.variations import VariationStrip
from desktop.session import Outcome, Session, Wish
from engine import jobs
from engine.image import Image
from engine.operation import Operation
from engine.region import Rect


def titles(panel: HistoryPanel) -> list[str]:
    return [panel.item(row).text() for row in range(panel.count())]


def faint(panel: HistoryPanel) -> list[bool]:
    return [panel.item(row).foreground().color() == QColor(palette.FAINT) for row in range(1, panel.count())]


def strokes(document: Document, *names: str) -> None:
    for number, name in enumerate(names):
        with document.edit(name) as edit:
            edit.cover(document.hole, Box(Rect(number + 30, 30, 1 + len(name), 2)))


def test_history_shows_every_step_and_goes_there(qtbot: Any, document: Document) -> None:
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    panel.look_at(document)
    strokes(document, "one", "two", "three")
    assert titles(panel) == ["Opened", "Brush hole", "one", "two", "three"]
    assert panel.currentRow() == 4 and not any(faint(panel))
    panel.go_to(1)
    assert document.history.position == 1 and panel.currentRow() == 1
    assert faint(panel) == [False, True, True, True]
    panel.go_to(3)
    assert faint(panel) == [False, False, False, True]
    strokes(document, "other")
    assert titles(panel) == ["Opened", "Brush hole", "one", "two", "other"] and not any(faint(panel))
    panel.go_to(0)
    assert document.hole.empty
    panel.look_at(None)
    strokes(document, "unseen")
    assert panel.count() == 0


def test_history_keeps_the_lines_that_hold(qtbot: Any, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop.panels import history

    made: list[object] = []
    real = history._item
    monkeypatch.setattr(history, "_item", lambda entry: (made.append(entry), real(entry))[1])
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    panel.look_at(document)
    strokes(document, *[f"stroke {number}" for number in range(20)])
    for _ in range(5):
        document.undo()
    for _ in range(5):
        document.redo()
    assert len(made) == 22, "each line is made once"


def test_history_says_when_steps_are_forgotten(qtbot: Any) -> None:
    document = Document(Image(np.zeros((64, 64, 3), np.uint8)), history_limit=1500)
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    panel.look_at(document)
    strokes(document, *[str(number) for number in range(12)])
    assert document.history.forgotten > 0
    assert titles(panel)[0] == "Earlier steps are forgotten"
    assert titles(panel)[1:] == [step.title for step in document.history.steps]


def test_job_list_follows_and_its_buttons_work(
    qtbot: Any, bridge: Bridge, engine: Any, document: Document, operations: dict[str, Operation[Any]]
) -> None:
    session = Session(bridge)
    session.open(document)
    panel = JobsPanel(session)
    qtbot.addWidget(panel)
    panel.resize(300, 300)
    panel.show()
    assert panel.empty.isVisible()
    operation = operations["tone-fill"]
    run = session.start(document, Wish(operation, operation.params()))
    assert run is not None and not panel.empty.isVisible()
    engine.update(run.number, 0.5, fraction=0.5)
    row = panel.rows[run.number]
    qtbot.waitUntil(lambda: row.bar.done == 0.5)
    assert "ramp" in row.title.text() and "50 %" in row.line.text()
    qtbot.mouseClick(row.pause, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(row.keep, Qt.MouseButton.LeftButton)
    assert engine.calls[-2:] == [("pause", run.number), ("keep", run.number)]
    assert not row.stop.isEnabled(), "it is stopping already"
    engine.say(jobs.Failed(run.number, "No room.", "Traceback"))
    qtbot.waitUntil(lambda: "No room." in row.line.text())
    assert not row.bar.isVisible() and not row.stop.isVisible() and row.line.toolTip() == "Traceback"


def outcome(operation: Operation[Any], seed: int) -> Outcome:
    thumbnail = np.full((40, 60, 4), 255, np.uint8)
    wish = Wish(operation, operation.params(), seed)
    return Outcome(wish, {}, Rect(0, 0, 1, 1), np.zeros((1, 1, 3), np.uint8), None, None, thumbnail, 0.5, False)


def test_strip_marks_what_is_on_the_picture(qtbot: Any, operations: dict[str, Operation[Any]]) -> None:
    strip = VariationStrip()
    qtbot.addWidget(strip)
    strip.show_outcomes([], None)
    strip.show()
    assert strip.hint.isVisible() and not strip.list.isVisible()
    three = [outcome(operations["tone-fill"], seed) for seed in (1, 2, 3)]
    strip.show_outcomes(three, three[1])
    assert strip.list.isVisible() and not strip.hint.isVisible() and strip.list.currentRow() == 1
    assert [strip.list.item(row).text() for row in range(3)] == ["Seed 1", "Seed 2", "Seed 3"]
    with qtbot.waitSignal(strip.chosen) as blocker:
        strip.list.setCurrentRow(2)
        qtbot.keyClick(strip.list, Qt.Key.Key_Return)
    assert blocker.args[0] is three[2]
    strip.show_outcomes(three[1:], None)
    assert strip.list.count() == 2 and strip.outcome_at(0) is three[1] and not strip.list.selectedItems()


def test_long_titles_keep_their_beginning_and_their_end(qtbot: Any) -> None:
    assert shortened("photo.jpg") == "photo.jpg"
    title = "a very long name of a photograph from the holidays.jpg"
    assert len(shortened(title)) <= 30
    assert shortened(title).startswith("a very long") and shortened(title).endswith("lidays.jpg")


def test_closed_tab_holds_no_document(qtbot: Any) -> None:
    import gc
    import weakref

    tabs = DocumentTabs()
    qtbot.addWidget(tabs)
    document = Document(Image(np.zeros((64, 64, 3), np.uint8)), title="a & b")
    tabs.add(document, None)
    assert tabs.tabText(0) == "a && b"
    seen = weakref.ref(document)
    tabs.remove(document)
    qtbot.wait(5)
    del document
    gc.collect()
    assert seen() is None, "the picture of a closed document stays in memory"
