"""Labels in the window: the palette, labels from a picture, and a painting from its first pixel to its undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QColorDialog, QFileDialog, QTableWidgetItem

from desktop.bridge import Bridge
from desktop.document import LABELS, Box, Document, Palette
from desktop.panels.palette_list import NAME, NUMBER, SHARE
from desktop.settings import Settings
from desktop.window import Window
from engine import catalog
from engine.files import open_picture, save_picture
from engine.image import Image
from engine.jobs import Engine
from engine.region import Rect
from tests.desktop.test_following import Painter

SKY, GRASS = (120, 170, 240), (40, 120, 30)


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def window(qtbot: Any, settings: Settings, painter: Painter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    """A window with an engine that can label pictures and paint by numbers."""
    from engine.ops.analyse.label_areas import label_areas

    operations = {painter.operation.id: painter.operation, label_areas.id: label_areas}
    monkeypatch.setattr(catalog, "operations", lambda: operations)
    bridge = Bridge(lambda wake: Engine(wake, threads=1, find=lambda name: operations[name]))
    window = Window(bridge, settings)
    monkeypatch.setattr(bridge, "warm_up", lambda: None)
    window.resize(1300, 860)
    window.show()
    qtbot.waitExposed(window)
    with qtbot.waitSignal(bridge.ready):
        window.start_engine()
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    yield window
    painter.gate.set()
    window.close()
    window.deleteLater()


def photo() -> Document:
    pixels = np.empty((96, 128, 3), np.uint8)
    pixels[:48], pixels[48:] = SKY, GRASS
    return Document(Image(pixels, name="hills"), title="hills.png")


def labelled(qtbot: Any, window: Window) -> Document:
    document = photo()
    window.add_document(document)
    window.numbers.count.setValue(2)
    qtbot.mouseClick(window.numbers.find_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not document.labels.empty)
    return document


def begun(qtbot: Any, window: Window, start: str = "map") -> Document:
    labelled(qtbot, window)
    window.numbers.size_row.set((200, 150))
    window.numbers.start.setCurrentIndex(window.numbers.start.findData(start))
    with qtbot.waitSignal(window.following.settled, check_params_cb=lambda made: made.motif is not None):
        qtbot.mouseClick(window.numbers.paint, Qt.MouseButton.LeftButton)
    return window.document()


def stroke(qtbot: Any, window: Window, a: tuple[int, int], b: tuple[int, int]) -> None:
    canvas = window.tabs.canvas
    assert canvas is not None
    button = Qt.MouseButton.LeftButton
    places = [canvas.view.to_screen(*point).toPoint() for point in (a, b)]
    qtbot.mousePress(canvas, button, pos=places[0])
    qtbot.mouseMove(canvas, places[1])
    qtbot.mouseRelease(canvas, button, pos=places[1])


def press(window: Window, key: str) -> None:
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    QTest.keySequence(window, QKeySequence(key))


def cell(window: Window, row: int, column: int) -> QTableWidgetItem:
    item = window.numbers.list.item(row, column)
    assert item is not None
    return item


def names(window: Window) -> list[str]:
    table = window.numbers.list
    return [cell(window, row, NAME).text() for row in range(table.rowCount())]


def test_labels_from_the_picture_in_one_click(qtbot: Any, window: Window) -> None:
    document = labelled(qtbot, window)
    labels = document.labels.array()
    assert (labels[:46] == 1).all() and (labels[50:] == 2).all()
    assert names(window) == ["Light blue", "Dark green"]
    assert window.tool.title == "Number brush" and window.pages.currentWidget() is window.numbers
    assert window.numbers.list.marked() == 1 and window.numbers.find_button.isEnabled()
    qtbot.waitUntil(lambda: cell(window, 0, SHARE).text() == "50 %")
    assert document.undo() is not None and document.labels.empty and not len(document.palette)
    assert not window.numbers.list.isVisible()


def test_digits_pick_labels_for_both_tools(qtbot: Any, window: Window) -> None:
    labelled(qtbot, window)
    window.tabs.canvas.setFocus()  # type: ignore[union-attr]
    press(window, "2")
    assert [tool.values.label for tool in window.number_tools()] == [2, 2] and window.numbers.list.marked() == 2
    press(window, "7")
    assert window.tool.values.label == 2, "there is no label 7"
    window.take_tool(next(tool for tool in window.tools if tool.title == "Mask brush"))
    assert window.pages.currentWidget() is window.operations
    press(window, "1")
    assert window.tool.title == "Number brush" and window.tool.values.label == 1


def test_a_click_on_a_row_and_alt_on_the_canvas_agree(qtbot: Any, window: Window) -> None:
    labelled(qtbot, window)
    table = window.numbers.list
    row = table.visualItemRect(cell(window, 1, NAME)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert window.tool.values.label == 2
    canvas = window.tabs.canvas
    assert canvas is not None
    place = canvas.view.to_screen(20, 10).toPoint()
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, place)
    assert window.tool.values.label == 1 and table.marked() == 1


def test_names_and_colours_are_edited_in_place(qtbot: Any, window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    document = labelled(qtbot, window)
    table = window.numbers.list
    cell(window, 0, NAME).setText("Sky")
    assert document.palette.find(1).name == "Sky"  # type: ignore[union-attr]
    cell(window, 0, NAME).setText("  ")
    assert names(window)[0] == "Sky", "a name is never empty"
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor(1, 2, 3))
    place = table.visualItemRect(cell(window, 0, NUMBER)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert document.palette.find(1).colour == (1, 2, 3)  # type: ignore[union-attr]
    document.undo()
    document.undo()
    assert names(window)[0] == "Light blue"


def test_labels_are_added_and_removed(qtbot: Any, window: Window) -> None:
    document = labelled(qtbot, window)
    qtbot.mouseClick(window.numbers.add, Qt.MouseButton.LeftButton)
    assert len(document.palette) == 3 and window.numbers.list.marked() == 3
    window.take_label(1)
    qtbot.mouseClick(window.numbers.remove, Qt.MouseButton.LeftButton)
    assert [label.number for label in document.palette] == [2, 3] and document.labels.counts()[1] == 0
    document.undo()
    assert document.labels.counts()[1] > 0 and len(document.palette) == 3


def test_a_painting_follows_the_mouse_and_undo(qtbot: Any, window: Window) -> None:
    painting = begun(qtbot, window)
    assert painting.size == (200, 150) and painting.palette.labels
    assert (painting.picture.pixels == painting.labels.array()[..., None] * 10 + 1).all()
    before = painting.picture.pixels.copy()
    window.take_label(2)
    window.number_tools()[0].resize(8)
    with qtbot.waitSignal(window.following.settled):
        stroke(qtbot, window, (50, 30), (80, 30))
    assert painting.labels.at(65, 30) == 2 and painting.picture.pixels[30, 65, 0] == 21
    press(window, "Ctrl+Z")
    assert (painting.picture.pixels == before).all() and painting.labels.at(65, 30) == 1


def test_live_off_waits_for_the_button(qtbot: Any, window: Window) -> None:
    painting = begun(qtbot, window)
    assert not window.numbers.now.isEnabled()
    window.numbers.live.setChecked(False)
    window.take_label(2)
    stroke(qtbot, window, (50, 30), (80, 30))
    qtbot.wait(30)
    assert painting.picture.pixels[30, 65, 0] == 11
    assert window.numbers.now.isEnabled()
    with qtbot.waitSignal(window.following.settled):
        qtbot.mouseClick(window.numbers.now, Qt.MouseButton.LeftButton)
    assert painting.picture.pixels[30, 65, 0] == 21 and not window.numbers.now.isEnabled()


def test_all_again_takes_another_seed_and_is_one_step(qtbot: Any, window: Window) -> None:
    painting = begun(qtbot, window)
    before = painting.picture.pixels.copy()
    with qtbot.waitSignal(window.following.settled):
        qtbot.mouseClick(window.numbers.again, Qt.MouseButton.LeftButton)
    assert (painting.picture.pixels == before + 1).all(), "the seed is in the tone"
    assert [step.title for step in painting.history.steps] == ["Paint all again"]
    painting.undo()
    assert (painting.picture.pixels == before).all()


@pytest.mark.parametrize(("start", "numbers"), [("mirrored", {1, 2}), ("one", {2}), ("empty", {0})])
def test_what_a_painting_begins_with(qtbot: Any, window: Window, start: str, numbers: set[int]) -> None:
    labelled(qtbot, window)
    window.take_label(2)
    with qtbot.waitSignal(window.following.settled, check_params_cb=lambda made: made.motif is not None):
        window.paint_by_numbers(start)
    assert set(np.unique(window.document().labels.array())) == numbers


def test_maps_go_out_and_come_back(qtbot: Any, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = labelled(qtbot, window)
    path = tmp_path / "map.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    qtbot.mouseClick(window.numbers.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(path.exists)
    flat = open_picture(path).pixels
    assert flat[0, 0].tolist() == list(document.palette.labels[0].colour)
    labels = document.labels.array()
    with document.edit("clear") as edit:
        edit.clear(document.labels)
        edit.set_palette(Palette())
    qtbot.mouseClick(window.numbers.import_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not document.labels.empty)
    assert (document.labels.array() == labels).all() and len(document.palette) == 2


def test_a_gray_map_keeps_its_numbers_and_a_strange_one_is_refused(qtbot: Any, window: Window, tmp_path: Path) -> None:
    document = photo()
    window.add_document(document)
    gray = np.full((48, 64, 1), 5, np.uint8)
    gray[:24] = 9
    save_picture(Image(gray), tmp_path / "gray.png")
    window.take_labels(document, tmp_path / "gray.png")
    qtbot.waitUntil(lambda: not document.labels.empty)
    assert document.labels.at(3, 3) == 9 and document.labels.at(3, 90) == 5
    assert document.palette.find(9).name == "Light blue"  # type: ignore[union-attr]
    save_picture(Image(np.repeat(gray, 3, axis=1)), tmp_path / "wide.png")
    with qtbot.waitSignal(window.filing.noticed) as told:
        window.take_labels(document, tmp_path / "wide.png")
    assert "point by point" in told.args[1]


def test_the_overlay_is_shown_by_its_key_and_slider(qtbot: Any, window: Window) -> None:
    labelled(qtbot, window)
    canvas = window.tabs.canvas
    assert canvas is not None and canvas.scene is not None and canvas.mask_visible(LABELS)
    place = canvas.view.to_screen(20, 20).toPoint() + QPoint(0, 0)
    plain = canvas.grab().toImage().pixelColor(place)
    window.numbers.opacity_slider.setValue(100)
    full = canvas.grab().toImage().pixelColor(place)
    label = window.document().palette.find(1)
    assert label is not None and full == QColor(*label.colour) != plain
    press(window, "Shift+N")
    assert canvas.grab().toImage().pixelColor(place) == QColor(*SKY)
    assert not window.actions_["labels_show"].isChecked()


def test_a_painting_shows_its_picture_and_its_map_when_asked(qtbot: Any, window: Window) -> None:
    begun(qtbot, window)
    canvas = window.tabs.canvas
    assert canvas is not None and not canvas.mask_visible(LABELS)
    window.take_tool(window.number_tools()[1])
    assert not canvas.mask_visible(LABELS), "another tool for labels changes nothing"
    press(window, "Shift+N")
    assert canvas.mask_visible(LABELS)
    window.tabs.step(1)
    front = window.tabs.canvas
    assert front is not None and front.mask_visible(LABELS) and front is not canvas
    press(window, "Shift+N")
    window.tabs.step(1)
    assert canvas.mask_visible(LABELS), "photographs and paintings are remembered apart"


def test_what_waits_is_seen_before_its_texture_is_there(qtbot: Any, window: Window, painter: Painter) -> None:
    painting = begun(qtbot, window)
    canvas = window.tabs.canvas
    assert canvas is not None
    painter.gate.clear()
    with qtbot.waitSignal(window.following.previewed):
        with painting.edit("large") as edit:
            edit.label(painting.labels, Box(Rect(0, 0, 200, 60)), 2)
    with painting.edit("small") as edit:
        edit.label(painting.labels, Box(Rect(60, 100, 40, 30)), 1)
    seen = canvas.grab().toImage().pixelColor(canvas.view.to_screen(80, 115).toPoint())
    label = painting.palette.find(1)
    assert label is not None
    wanted = np.array([0.85 * c + 0.15 * 21 for c in label.colour])
    assert np.abs(np.array([seen.red(), seen.green(), seen.blue()]) - wanted).max() <= 2
    begun_already = canvas.grab().toImage().pixelColor(canvas.view.to_screen(100, 30).toPoint())
    assert begun_already.red() == 11 or begun_already.red() == 10, "the preview, with nothing over it"


def test_closing_a_painting_at_work_is_quiet(qtbot: Any, window: Window, painter: Painter) -> None:
    painting = begun(qtbot, window)
    painter.gate.clear()
    with qtbot.waitSignal(window.following.previewed):
        with painting.edit("large") as edit:
            edit.label(painting.labels, Box(Rect(0, 0, 200, 60)), 2)
    window.close_document(painting)
    painter.gate.set()
    qtbot.wait(30)
    assert window.tabs.count() == 1


def test_escape_stops_what_is_being_painted_until_it_is_asked_for(qtbot: Any, window: Window, painter: Painter) -> None:
    painting = begun(qtbot, window, "one")
    painter.gate.clear()
    window.take_label(2)
    with qtbot.waitSignal(window.following.went_on):
        stroke(qtbot, window, (60, 60), (120, 60))
    press(window, "Esc")
    qtbot.waitUntil(lambda: not window.following.busy(painting))
    assert window.numbers.now.isEnabled() and not window.actions_["stop"].isEnabled()
    painter.gate.set()
    made = len(painter.seen)
    qtbot.wait(30)
    assert len(painter.seen) == made and painting.labels.differing(painting.painted)
    with qtbot.waitSignal(window.following.settled):
        qtbot.mouseClick(window.numbers.now, Qt.MouseButton.LeftButton)
    assert not painting.labels.differing(painting.painted)


def test_a_label_that_the_photograph_lacks_is_told_by_name(qtbot: Any, window: Window) -> None:
    labelled(qtbot, window)
    window.add_label()
    window.numbers.start.setCurrentIndex(window.numbers.start.findData("map"))
    with qtbot.waitSignal(window.following.settled, check_params_cb=lambda made: made.motif is not None):
        qtbot.mouseClick(window.numbers.paint, Qt.MouseButton.LeftButton)
    added = window.document().palette.labels[-1]
    window.take_label(added.number)
    with qtbot.waitSignal(window.following.lacking):
        stroke(qtbot, window, (20, 20), (40, 20))
    assert f"nothing of {added.name}" in window.notice.sentence.text()
