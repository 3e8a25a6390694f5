from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog

from desktop import sources
from desktop.document import Document
from desktop.panels.operation_list import OperationList
from desktop.panels.operations import OperationsPanel
from desktop.panels.run_bar import time_left
from desktop.panels.size_row import SizeRow
from desktop.settings import Settings
from engine import catalog
from engine.operation import Operation
from engine.region import Rect

Operations = Mapping[str, Operation[Any]]


@pytest.fixture
def panel(qtbot: Any, settings: Settings, operations: Operations) -> OperationsPanel:
    actions = {name: QAction(name) for name in ("run", "another", "pause", "stop", "keep", "operation_page")}
    panel = OperationsPanel(actions, settings)
    panel.actions_kept = actions  # type: ignore[attr-defined]
    qtbot.addWidget(panel)
    panel.resize(320, 800)
    panel.show()
    panel.fill(operations, "tone-fill")
    return panel


def test_search_reads_titles_groups_and_what_they_do(qtbot: Any, operations: Operations) -> None:
    made = OperationList()
    qtbot.addWidget(made)
    made.fill(operations.values())
    for words, expected in (
        ("", ["tone-fill", "grow"]),
        ("tone", ["tone-fill"]),
        ("any size", ["grow"]),
        ("SYNTH", ["grow"]),
        ("light", ["tone-fill"]),
        ("zebra", []),
    ):
        made.search.setText(words)
        assert made.shown == expected, words


def test_enter_in_the_search_chooses_what_is_left(qtbot: Any, operations: Operations) -> None:
    made = OperationList()
    qtbot.addWidget(made)
    made.fill(operations.values())
    made.show()
    qtbot.keyClicks(made.search, "grow")
    with qtbot.waitSignal(made.chosen) as blocker:
        qtbot.keyClick(made.search, Qt.Key.Key_Return)
    assert blocker.args == ["grow"] and made.current == "grow"
    qtbot.keyClick(made.search, Qt.Key.Key_Escape)
    assert made.search.text() == ""


@pytest.mark.parametrize(
    ("typed", "expected"), [("tile", "tile"), ("fill", "fill"), ("trans", "transfer"), ("number", "by-numbers")]
)
def test_what_is_called_so_goes_before_what_only_speaks_of_it(qtbot: Any, typed: str, expected: str) -> None:
    made = OperationList()
    qtbot.addWidget(made)
    made.fill(catalog.operations().values())
    made.resize(300, 160)
    made.show()
    made.choose("texture-space")
    qtbot.keyClicks(made.search, typed)
    item = made._items[expected]
    assert made.tree.viewport().rect().contains(made.tree.visualItemRect(item).center()), "it is in sight"
    qtbot.keyClick(made.search, Qt.Key.Key_Return)
    assert made.current == expected


def test_wish_is_what_the_panel_shows(panel: OperationsPanel, operations: Operations) -> None:
    panel.choose("grow", {"tone": 0.25})
    panel.set_seed(9)
    panel.size_row.set((300, 200))
    wish = panel.wish()
    assert wish is not None
    assert (wish.operation, wish.seed, wish.size) == (operations["grow"], 9, (300, 200))
    assert wish.params.as_json() == {"tone": 0.25, "steps": 4, "bold": False}
    panel.choose("tone-fill")
    other = panel.wish()
    assert other is not None and other.size is None, "a fill has the picture's size"
    panel.take(wish)
    again = panel.wish()
    assert again is not None and vars(again) == vars(wish)


def test_each_operation_keeps_its_own_values(panel: OperationsPanel) -> None:
    panel.choose("tone-fill", {"tone": 0.1})
    panel.choose("grow", {"tone": 0.9})
    panel.choose("tone-fill")
    assert panel.values().tone == 0.1


def test_values_of_a_recipe_that_no_longer_fit_change_nothing(panel: OperationsPanel) -> None:
    panel.choose("tone-fill", {"tone": 0.1})
    panel.choose("tone-fill", {"tone": 7})
    assert panel.values().tone == 0.1


def test_presets_are_listed_taken_and_recognised(qtbot: Any, panel: OperationsPanel) -> None:
    box = panel.presets.box
    assert [box.itemText(k) for k in range(box.count())] == ["Defaults", "Light"]
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert panel.values().tone == 0.9 and box.currentText() == "Light"
    panel._panels["tone-fill"].rows["tone"].set(0.33)
    panel._panels["tone-fill"].changed.emit()
    assert box.currentText() == "Own values"
    panel._panels["tone-fill"].rows["tone"].set(0.9)
    panel._panels["tone-fill"].changed.emit()
    assert box.currentText() == "Light"


def test_own_preset_is_kept_and_let_go(
    qtbot: Any, panel: OperationsPanel, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Dusk", True))
    panel.choose("tone-fill", {"tone": 0.2})
    qtbot.mouseClick(panel.presets.keep_button, Qt.MouseButton.LeftButton)
    assert panel.presets.box.currentText() == "Dusk"
    assert Settings(settings.path).presets("tone-fill")["Dusk"]["tone"] == 0.2
    assert panel.presets.drop_button.isEnabled()
    qtbot.mouseClick(panel.presets.drop_button, Qt.MouseButton.LeftButton)
    assert Settings(settings.path).presets("tone-fill") == {}
    assert panel.values().tone == 0.5 and panel.presets.box.currentText() == "Defaults"


def test_inputs_say_what_there_is(panel: OperationsPanel, document: Document, operations: Operations) -> None:
    panel.look_at(document)
    panel.refresh(sources.offers(document, operations["tone-fill"]))
    assert panel.inputs.text("hole") == "painted, 16 × 16 px"
    assert panel.run_bar.hint.text() == ""
    with document.edit("Clear") as edit:
        edit.clear(document.hole)
    panel.refresh(sources.offers(document, operations["tone-fill"]))
    assert panel.inputs.text("hole") == "nothing painted yet"
    assert panel.run_bar.hint.text() == "Paint over what should go"
    panel.look_at(None)
    assert panel.run_bar.hint.text() == "Open a picture first"


def test_size_follows_the_sample_until_it_is_set(
    qtbot: Any, panel: OperationsPanel, document: Document, operations: Operations
) -> None:
    panel.choose("grow")
    panel.look_at(document)
    assert panel.size_row.value() == (128, 96)
    with document.edit("Pick") as edit:
        edit.pick(Rect(0, 0, 20, 30))
    panel.refresh(sources.offers(document, operations["grow"]))
    assert panel.size_row.value() == (40, 60)
    panel.size_row.width_box.setValue(77)
    with document.edit("Pick") as edit:
        edit.pick(None)
    panel.refresh(sources.offers(document, operations["grow"]))
    assert panel.size_row.value() == (77, 60)


def test_nothing_in_the_panel_is_cut_off(qtbot: Any, panel: OperationsPanel, settings: Settings) -> None:
    settings.keep_preset("tone-fill", "A preset with a name that is much longer than any panel is wide", {"tone": 0.1})
    panel.choose("grow")
    panel.choose("tone-fill")
    panel.resize(panel.minimumWidth(), 800)
    inside = panel.scroller.widget()
    assert inside is not None
    assert inside.minimumSizeHint().width() <= panel.scroller.viewport().width()


def test_size_in_times_of_the_sample(qtbot: Any) -> None:
    made = SizeRow()
    qtbot.addWidget(made)
    made.follow((30, 20))
    with qtbot.waitSignal(made.changed):
        qtbot.mouseClick(made.quick[2], Qt.MouseButton.LeftButton)
    assert made.value() == (120, 80)
    made.release()
    assert made.value() == (60, 40)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.3, "about a second left"),
        (7.4, "about 7 s left"),
        (43, "about 45 s left"),
        (200, "about 3 min left"),
    ],
)
def test_time_left_is_not_more_exact_than_it_is(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words
