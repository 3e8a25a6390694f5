"""Styles: the picker, what is seen while one hovers over it, and what a style does to the picture in front."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QEnterEvent,
    QImage,
    QMouseEvent,
)
from PySide6.QtWidgets import QApplication, QListWidget, QMenu, QPushButton

import resources
from desktop import learnt
from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.panels import start
from desktop.panels.collection import BUILT_IN, FAVOURITES
from desktop.panels.gallery import PIECE
from desktop.panels.style_picker import StylePicker
from desktop.panels.styles import LEARNT, MINE, Styles
from desktop.panels.thumbnails import network_picture
from desktop.pixels import to_qimage
from desktop.session.ranking import Ranking
from desktop.session.style_previews import PAUSE, SIDE, SLOT, StylePreviews
from desktop.session.ways import NETWORK, STYLE, TEXTURE, Way, brought, tinted
from desktop.settings import Settings
from desktop.window import Window
from engine import catalog, files, jobs
from engine.image import Image
from engine.operation import Inputs, Mask, Model, Operation, Picture, Result
from engine.recipe import Recipe
from engine.region import Rect
from engine.trained import Trained
from tests.desktop.conftest import OPERATIONS, ScriptedEngine, ToneValues, _tone

Button, NONE = Qt.MouseButton, Qt.KeyboardModifier.NoModifier

STYLIZE: Operation[Any] = Operation(
    id="restyle",
    title="Restyle",
    group="Stylize",
    roles=Inputs(picture=Picture(), style=Picture(several=True), hole=Mask(required=False)),
    params=ToneValues,
    run=_tone,
    doc="Restyle: one flat tone.",
    replaces="picture",
    neural=True,
)
LEARN: Operation[Any] = Operation(
    id="relearn",
    title="Relearn",
    group="Stylize",
    roles=Inputs(picture=Picture(), model=Model(kind="fast-style")),
    params=ToneValues,
    run=_tone,
    doc="Relearn: one flat tone.",
    replaces="picture",
    neural=True,
)
TRAIN: Operation[Any] = Operation(
    id="train",
    title="Train",
    group="Stylize",
    roles=Inputs(sample=Picture()),
    params=ToneValues,
    run=_tone,
    doc="Train: learns one flat tone.",
    trains="fast-style",
    neural=True,
)
TOLD = {
    TEXTURE: {"operation": "none", "role": "sample", "amount": "tone"},
    STYLE: {"operation": "restyle", "role": "style", "amount": "tone"},
    NETWORK: {"operation": "relearn", "role": "model", "amount": "tone"},
}


EXPECT = StylePreviews.expect


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing was learnt, and without the networks that ship."""
    monkeypatch.setenv("SCUMBLE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(learnt, "_shipped", list)
    monkeypatch.setattr(StylePreviews, "expect", lambda self: None)  # the jobs of these tests are their own


@pytest.fixture
def window(qtbot: Any, bridge: Bridge, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    found = {**OPERATIONS, "restyle": STYLIZE, "relearn": LEARN, "train": TRAIN}
    monkeypatch.setattr(catalog, "operations", lambda: found)
    monkeypatch.setattr("desktop.panels.style_deeds.dropping", lambda kind: TOLD[kind])
    window = Window(bridge, settings)
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    bridge.ready.emit()
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def front(qtbot: Any, window: Window, document: Document) -> Document:
    """A ramp of 64 x 48 px without a mask, the picker beside it."""
    with document.edit("Clear") as edit:
        edit.clear(document.hole)
    document.saved()
    window.add_document(document)
    window.actions_["show_styles"].setChecked(True)
    qtbot.waitUntil(lambda: window.styles.row.count() == len(resources.styles()))
    return document


def network(path: Path, title: str = "Blots", kind: str = "fast-style", carried: QImage | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"title": title}
    if carried is not None:
        data = QBuffer()
        carried.save(data, "PNG")  # type: ignore[call-overload]
        about["picture"] = bytes(data.data().toBase64().data()).decode()
    files.save_trained(Trained(kind, {"a": np.zeros(3, np.float32)}, about), path)
    return path


def at(picker: StylePicker, number: int) -> QPoint:
    return picker.row.visualItemRect(picker.row.item(number)).center()


def point(picker: StylePicker, number: int) -> None:
    move(picker, at(picker, number))


def move(picker: StylePicker, place: QPoint) -> None:
    """Moves the pointer over the list, wherever the screen's own pointer is."""
    view = picker.row.viewport()
    there = QPointF(place)
    event = QMouseEvent(QEvent.Type.MouseMove, there, view.mapToGlobal(there), Button.NoButton, Button.NoButton, NONE)
    QApplication.sendEvent(view, event)


def leave(picker: StylePicker) -> None:
    QApplication.sendEvent(picker.row.viewport(), QEvent(QEvent.Type.Leave))


def answer(engine: ScriptedEngine, number: int, level: float) -> None:
    """The job gives one flat tone."""
    job = engine.jobs[number]
    picture, where = job.inputs["picture"], job.inputs.get("hole")
    assert isinstance(picture, Image)
    pixels = np.full((*picture.pixels.shape[:2], 3), level, np.float32)
    mask = None if where is None else np.asarray(where) > 0
    engine.say(jobs.Started(number))
    result = Result(picture.rect, pixels, mask, picture, True)
    engine.say(jobs.Done(number, result, Recipe.of(job).as_json(), 0.2, False))


def carry(window: Window, number: int, x: float, y: float, keys: Qt.KeyboardModifier = NONE) -> None:
    """Drags a style onto the canvas and drops it."""
    canvas = window.tabs.canvas
    assert canvas is not None
    data = window.styles.row.mimeData([window.styles.row.item(number)])
    hover(window, data, x, y)
    place = QPointF(canvas.view.to_screen(x, y))
    QApplication.sendEvent(canvas, QDropEvent(place, Qt.DropAction.CopyAction, data, Button.LeftButton, keys))


def hover(window: Window, data: QMimeData, x: float, y: float) -> None:
    canvas = window.tabs.canvas
    assert canvas is not None
    place = canvas.view.to_screen(x, y).toPoint()
    for kind in (QDragEnterEvent, QDragMoveEvent):
        QApplication.sendEvent(canvas, kind(place, Qt.DropAction.CopyAction, data, Button.LeftButton, NONE))


# What there is.


def at_once(work: Callable[[], Any], then: Callable[[Any], None]) -> None:
    then(work())


def foreign(path: Path) -> Trained:
    return Trained("fast-style", {"a": np.zeros(2, np.float32)}, name=path.name)


@pytest.fixture
def styles(settings: Settings) -> Styles:
    made = Styles(settings)
    made.model = Model(kind="fast-style", suffixes=(".pth",), foreign=foreign)
    return made


@pytest.fixture
def picker(qtbot: Any, styles: Styles) -> StylePicker:
    made = StylePicker(styles, at_once)
    qtbot.addWidget(made)
    made.resize(260, 600)
    made.show()
    made.refresh()
    return made


def test_at_least_two_dozen_styles_come_with_the_program(picker: StylePicker) -> None:
    assert picker.chosen_shelf == BUILT_IN and picker.row.count() >= 24
    assert all(not picker.row.item(row).icon().isNull() for row in range(picker.row.count()))


def test_styles_are_found_by_what_they_look_like(qtbot: Any, picker: StylePicker) -> None:
    qtbot.keyClicks(picker.search, "woodblock blue")
    shown = [
        picker.row.item(row).data(PIECE) for row in range(picker.row.count()) if not picker.row.item(row).isHidden()
    ]
    assert shown and all("woodblock" in piece.words and "blue" in piece.words for piece in shown)


def test_a_folder_that_joins_is_shown_whole_whatever_was_looked_for(
    qtbot: Any, picker: StylePicker, tmp_path: Path
) -> None:
    qtbot.keyClicks(picker.search, "woodblock blue")
    folder = tmp_path / "mine"
    folder.mkdir()
    files.save_picture(Image(np.full((30, 20, 3), 90, np.uint8)), folder / "leaf.png")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    picker.row.dropEvent(QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, data, Button.LeftButton, NONE))
    assert picker.row.count() == 1 and not picker.row.item(0).isHidden()


def test_trained_networks_have_a_shelf(picker: StylePicker, tmp_path: Path) -> None:
    path = network(learnt.folder() / "blots.safetensors")
    network(learnt.folder() / "space.safetensors", kind="texture-space")
    picker.show_shelf(LEARNT)
    piece = picker.row.item(0).data(PIECE)
    assert picker.row.count() == 1 and (piece.title, piece.path) == ("Blots", path)
    picker.mark(piece, True)
    picker.show_shelf(FAVOURITES)
    assert [picker.row.item(0).text()] == ["★ Blots"]
    outside = network(tmp_path / "given" / "dots.safetensors", "Dots")
    picker.take([str(outside)])
    picker.show_shelf(LEARNT)
    assert sorted(picker.row.item(row).text() for row in range(2)) == ["Dots", "★ Blots"]


def test_a_folder_shows_pictures_and_the_networks_that_can_be_used(picker: StylePicker, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    network(folder / "good.safetensors")
    network(folder / "other.safetensors", kind="texture-space")
    (folder / "broken.safetensors").write_bytes(b"no")
    (folder / "candy_theirs.pth").write_bytes(b"weights")
    files.save_picture(Image(np.full((30, 20, 3), 90, np.uint8)), folder / "leaf.png")
    picker.take([str(folder)])
    assert sorted(picker.row.item(row).data(PIECE).path.name for row in range(picker.row.count())) == [
        "candy_theirs.pth",
        "good.safetensors",
        "leaf.png",
    ]
    picker.take([str(folder / "candy_theirs.pth")])
    assert [entry.title for entry in learnt.found("fast-style")] == ["Candy theirs"], "others' files become our own"


def test_own_styles_are_copied_and_deleted_again(qtbot: Any, picker: StylePicker, tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    files.save_picture(Image(np.full((30, 20, 3), 90, np.uint8)), path)
    picker.take([str(path)])
    assert picker.chosen_shelf == MINE and picker.row.count() == 1
    picker.row.setCurrentRow(0)
    qtbot.keyClick(picker, Qt.Key.Key_Delete)
    assert picker.row.count() == 0 and path.exists()
    picker.show_shelf(BUILT_IN)
    picker.row.setCurrentRow(0)
    qtbot.keyClick(picker, Qt.Key.Key_Delete)
    assert picker.row.count() == len(resources.styles())


def test_what_can_be_seen_is_pictured_first(qtbot: Any, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number:03}.png").write_bytes(b"")
    waiting: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []
    picker = StylePicker(Styles(settings), lambda work, then: waiting.append((work, then)))
    qtbot.addWidget(picker)
    picker.resize(260, 400)
    picker.show()
    asked: list[str] = []

    def pictured(path: Path, side: int) -> QImage:
        asked.append(path.name)
        return QImage()

    picker.pictured = pictured  # type: ignore[method-assign]
    picker.show_shelf(picker.pieces.add_folder(folder))
    work, then = waiting.pop(0)
    then(work())
    picker.row.scrollToBottom()
    qtbot.waitUntil(lambda: bool(waiting))
    waiting.pop(0)[0]()
    assert asked[0] == "000.png" and len(asked) <= 12, "a few at a time"
    assert picker._missing()[-1] == 119 and picker._missing()[0] > 90, "what has come into sight is next"


# What is hovered.


def test_the_network_is_made_ready_when_styles_are_shown_or_come_near_and_not_before(
    qtbot: Any, window: Window, engine: ScriptedEngine, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StylePreviews, "expect", EXPECT)
    window.actions_["show_styles"].setChecked(True)  # as a layout that is put back does
    enter = QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5))
    QApplication.sendEvent(window.styles, enter)
    assert not engine.jobs, "there is nothing to put a style on"
    window.add_document(document)
    assert not engine.jobs
    QApplication.sendEvent(window.styles, enter)
    assert [(job.slot, job.operation) for job in engine.jobs.values()] == [(SLOT, "restyle")]
    window.actions_["show_styles"].trigger()
    window.actions_["show_styles"].trigger()
    QApplication.sendEvent(window.styles, enter)
    assert len(engine.jobs) == 1, "once is enough"


def test_the_network_is_made_ready_when_styles_are_asked_for(
    window: Window, engine: ScriptedEngine, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StylePreviews, "expect", EXPECT)
    window.add_document(document)
    window.actions_["show_styles"].trigger()
    assert [job.slot for job in engine.jobs.values()] == [SLOT]


def test_hovering_shows_my_picture_in_the_style_and_leaving_ends_it(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    point(window.styles, 1)
    assert window.style_popup.isVisible() and window.style_popup.title.text() == resources.styles()[1].title
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    picture, given = engine.jobs[1].inputs["picture"], engine.jobs[1].inputs["style"]
    assert isinstance(picture, Image) and picture.size == (64, 48)
    assert isinstance(given, tuple) and isinstance(given[0], Image)
    assert window.style_popup.picture.pale, "a guess, until the engine has answered"
    answer(engine, 1, 0.25)
    qtbot.waitUntil(lambda: not window.style_popup.picture.pale)
    shown = window.style_popup.picture.pixmap.toImage()
    assert (shown.width(), shown.height()) == (64, 48) and shown.pixelColor(30, 30).red() == 64
    leave(window.styles)
    assert not window.style_popup.isVisible() and front.history.position == 2, "nothing has been done"


def test_a_preview_is_no_larger_than_it_has_to_be(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    large = Document(Image(np.zeros((900, 1400, 3), np.uint8)), title="large")
    window.add_document(large)
    window.actions_["show_styles"].setChecked(True)
    qtbot.waitUntil(lambda: window.styles.row.count() > 0)
    point(window.styles, 0)
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    picture = engine.jobs[1].inputs["picture"]
    assert isinstance(picture, Image) and max(picture.size) == SIDE


def test_each_style_is_tried_once_until_the_picture_changes(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    for number, style in enumerate((0, 1), 1):
        point(window.styles, style)
        qtbot.waitUntil(lambda number=number: len(engine.jobs) == number)
        answer(engine, number, 0.2 * number)
        qtbot.waitUntil(lambda: not window.style_popup.picture.pale)
    point(window.styles, 0)
    assert window.style_popup.picture.pixmap.toImage().pixelColor(5, 5).red() == 51 and len(engine.jobs) == 2
    leave(window.styles)
    with front.edit("Stroke") as edit:
        edit.replace(Rect(0, 0, 4, 4), np.zeros((4, 4, 3), np.uint8))
    point(window.styles, 0)
    qtbot.waitUntil(lambda: len(engine.jobs) == 3)


def test_the_newest_style_wins_and_a_pointer_on_its_way_asks_nothing(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    for number in (0, 1, 2):
        point(window.styles, number)
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    qtbot.wait(2 * PAUSE)
    assert len(engine.jobs) == 1
    point(window.styles, 3)
    assert ("stop", 1) in engine.calls
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    leave(window.styles)
    assert ("stop", 2) in engine.calls
    qtbot.wait(2 * PAUSE)
    assert len(engine.jobs) == 2 and not window.style_popup.isVisible()


def test_what_cannot_be_read_is_said_where_it_was_asked(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "broken.png").write_text("no picture")
    window.styles.take([str(folder)])
    qtbot.waitUntil(lambda: window.styles.row.count() == 1)
    point(window.styles, 0)
    qtbot.waitUntil(lambda: "broken.png" in window.style_popup.told.text())
    assert not engine.jobs


def test_after_a_long_sentence_a_short_one_takes_no_more_room_than_it_needs(window: Window, front: Document) -> None:
    point(window.styles, 0)
    height = window.style_popup.height()
    window.style_popup.say("It is broken, or holds more than weights, which is never run; use another one. " * 3)
    assert window.style_popup.height() > height
    point(window.styles, 1)
    assert window.style_popup.height() == height


def test_keys_go_through_the_styles_as_the_pointer_does(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    window.styles.row.setFocus()
    window.styles.row.setCurrentRow(0)
    qtbot.keyClick(window.styles.row, Qt.Key.Key_Right)
    assert window.style_popup.isVisible() and window.style_popup.title.text() == resources.styles()[1].title
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    qtbot.keyClick(window.styles.row, Qt.Key.Key_Return)
    assert not window.style_popup.isVisible()
    qtbot.waitUntil(lambda: window.dropping.bar.isVisible())


def test_hiding_the_picker_ends_a_preview(qtbot: Any, window: Window, engine: ScriptedEngine, front: Document) -> None:
    point(window.styles, 0)
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    qtbot.keyClick(window, Qt.Key.Key_F7)
    assert not window.style_dock.isVisible() and not window.style_popup.isVisible()
    assert ("stop", 1) in engine.calls


def test_the_picker_stays_as_it_was_left(qtbot: Any, window: Window, front: Document, settings: Settings) -> None:
    window.close()
    assert settings.get("show styles", False) is True


# What is dropped.


def test_a_dropped_style_is_one_step_on_the_whole_picture(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    carry(window, 2, 40, 30)
    qtbot.waitUntil(lambda: window.dropping.bar.isVisible())
    qtbot.waitUntil(lambda: 1 in engine.jobs and engine.jobs[1].slot != "laying")
    assert engine.jobs[1].operation == "restyle" and "hole" not in engine.jobs[1].inputs
    assert window.dropping.bar.title.text() == f"Style of {resources.styles()[2].name.replace('-', ' ').capitalize()}"
    answer(engine, 1, 0.75)
    qtbot.waitUntil(lambda: front.history.position == 3)
    assert (front.picture.pixels == 191).all()


def test_on_the_mask_only_the_mask_is_painted(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    with front.edit("Brush") as edit:
        edit.cover(front.hole, Box(Rect(8, 8, 16, 16)))
    carry(window, 2, 12, 12)
    qtbot.waitUntil(lambda: any(job.slot != "laying" for job in engine.jobs.values()))
    number = next(number for number, job in engine.jobs.items() if job.slot != "laying")
    where = engine.jobs[number].inputs["hole"]
    assert np.array_equal(np.asarray(where) > 0, front.hole.array() > 0)
    answer(engine, number, 0.75)
    qtbot.waitUntil(lambda: front.picture.pixels[12, 12, 0] == 191)
    assert front.picture.pixels[40, 50, 0] == 150
    canvas = window.tabs.canvas
    assert canvas is not None and canvas.scene is not None
    assert "hole" in canvas.scene.hidden, "red would hide it while it can be adjusted"
    qtbot.keyClick(window.dropping.bar, Qt.Key.Key_Return)
    assert not window.dropping.bar.isVisible() and not front.hole.empty
    assert not canvas.mask_visible("hole") and "Q shows it" in window.status.hint.text(), "and once it is kept"
    qtbot.keyClick(window, Qt.Key.Key_Q)
    assert canvas.mask_visible("hole")


def test_a_style_on_all_of_it_leaves_the_masks_as_they_are(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    window.styles.row.itemActivated.emit(window.styles.row.item(0))
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    answer(engine, 1, 0.75)
    qtbot.waitUntil(lambda: front.picture.pixels[0, 0, 0] == 191)
    qtbot.keyClick(window.dropping.bar, Qt.Key.Key_Return)
    assert window.actions_["mask_show"].isChecked()


def test_another_style_takes_the_place_of_the_one_that_can_still_be_adjusted(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    before = front.picture.pixels.copy()
    for number, level in ((0, 0.75), (1, 0.25)):
        window.styles.row.itemActivated.emit(window.styles.row.item(number))
        qtbot.waitUntil(lambda number=number: len(engine.jobs) == number + 1)
        given = engine.jobs[number + 1].inputs["picture"]
        assert isinstance(given, Image) and np.array_equal(given.pixels, before), "both start from the picture itself"
        answer(engine, number + 1, level)
        qtbot.waitUntil(lambda level=level: front.picture.pixels[0, 0, 0] == round(level * 255))
    assert front.history.position == 3, "one step, whatever was tried"
    qtbot.keyClick(window.dropping.bar, Qt.Key.Key_Return)
    window.styles.row.itemActivated.emit(window.styles.row.item(2))
    qtbot.waitUntil(lambda: len(engine.jobs) == 3)
    given = engine.jobs[3].inputs["picture"]
    assert isinstance(given, Image) and (given.pixels == 64).all(), "what was kept is what the next one starts from"


def test_a_style_that_is_dragged_away_again_leaves_the_last_one_adjustable(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    carry(window, 0, 40, 30)
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    answer(engine, 1, 0.75)
    qtbot.waitUntil(lambda: front.history.position == 3)
    hover(window, window.styles.row.mimeData([window.styles.row.item(1)]), 40, 30)
    assert not window.dropping.bar.isVisible()
    canvas = window.tabs.canvas
    assert canvas is not None
    QApplication.sendEvent(canvas, QDragLeaveEvent())
    assert window.dropping.bar.isVisible() and front.history.position == 3


def test_shift_makes_it_the_style_of_the_operation(
    qtbot: Any, window: Window, engine: ScriptedEngine, front: Document
) -> None:
    carry(window, 3, 40, 30, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: "style" in front.given)
    assert window.operations.operation is STYLIZE and not any(job.slot != "laying" for job in engine.jobs.values())


def test_a_network_is_dropped_as_a_style(qtbot: Any, window: Window, engine: ScriptedEngine, front: Document) -> None:
    network(learnt.folder() / "blots.safetensors")
    window.styles.show_shelf(LEARNT)
    qtbot.waitUntil(lambda: window.styles.row.count() == 1)
    point(window.styles, 0)
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    assert engine.jobs[1].operation == "relearn" and isinstance(engine.jobs[1].inputs["model"], Trained)
    leave(window.styles)
    carry(window, 0, 40, 30)
    qtbot.waitUntil(lambda: any(job.slot != "style preview" for job in engine.jobs.values()))
    assert window.dropping.bar.title.text() == "Style of Blots"


def test_what_was_trained_is_shown_in_the_picker(
    qtbot: Any, window: Window, engine: ScriptedEngine, document: Document
) -> None:
    window.add_document(document)
    window.operations.choose("train")
    window.run()
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    sizes = window.side.sizes()
    assert sizes[1] >= 300, "what it can do so far is seen"
    trained = Trained("fast-style", {"a": np.zeros(3, np.float32)}, {"title": "Blots"})
    pixels = np.full((8, 8, 3), 0.5, np.float32)
    result = Result(Rect(0, 0, 8, 8), pixels, None, document.picture, False, trained=trained, said="It has the style.")
    engine.say(jobs.Started(1))
    engine.say(jobs.Done(1, result, Recipe.of(engine.jobs[1]).as_json(), 0.2, False))
    qtbot.waitUntil(lambda: "Blots" in window.notice.sentence.text())
    assert "style picker" in window.notice.sentence.text() and "It has the style." in window.notice.sentence.text()
    shows = [button for button in window.notice.findChildren(QPushButton) if button.text() == "Show it"]
    qtbot.mouseClick(shows[0], Button.LeftButton)
    qtbot.waitUntil(lambda: window.styles.row.count() == 1)
    assert window.style_dock.isVisible() and window.styles.row.item(0).text() == "Blots"


def test_a_style_dropped_anywhere_on_the_operation_is_for_it(qtbot: Any, window: Window, front: Document) -> None:
    panel, copied = window.operations, Qt.DropAction.CopyAction
    picture = window.styles.row.mimeData([window.styles.row.item(0)])
    for operation, tabs in (("restyle", 1), ("tone-fill", 2)):
        panel.choose(operation)
        at = QPoint(40, panel.height() // 2)
        for receiver in (panel, window):
            event = QDragEnterEvent(at, copied, picture, Button.LeftButton, NONE)
            event.ignore()
            QApplication.sendEvent(receiver, event)
            if event.isAccepted():
                QApplication.sendEvent(receiver, QDropEvent(QPointF(at), copied, picture, Button.LeftButton, NONE))
                break
        qtbot.waitUntil(lambda tabs=tabs: window.tabs.count() == tabs and "style" in front.given)


def test_the_menu_offers_what_can_be_done(qtbot: Any, window: Window, front: Document) -> None:
    seen: list[str] = []

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        seen.extend(action.text() for action in menu.actions())
        menu.setActiveAction(menu.actions()[1])
        qtbot.keyClick(menu, Qt.Key.Key_Return)

    QTimer.singleShot(50, choose)
    window.styles.row.customContextMenuRequested.emit(at(window.styles, 0))
    assert len(seen) == 4 and "Make it a favourite" in seen
    qtbot.waitUntil(lambda: "style" in front.given)


def test_without_a_picture_a_style_says_what_is_missing(qtbot: Any, window: Window) -> None:
    window.apply_style(str(resources.styles()[0].file))
    assert "Open a picture" in window.notice.sentence.text()


# How like they are.


def test_styles_are_sorted_by_likeness_on_request(qtbot: Any, window: Window, front: Document) -> None:
    index = [style.name for style in resources.styles()].index("woodcut")
    like = files.open_picture(Path(str(resources.styles()[index].file)))
    window.add_document(Document(like, title="like"))
    window.styles.alike.click()
    qtbot.waitUntil(lambda: window.styles.row.item(0).data(PIECE).path.stem == "woodcut", timeout=15000)
    window.styles.alike.click()
    assert window.styles.row.item(0).data(PIECE).path.stem == resources.styles()[0].name


def test_networks_are_sorted_by_the_style_that_they_carry(
    qtbot: Any, window: Window, front: Document, tmp_path: Path
) -> None:
    grain = np.random.default_rng(1).integers(0, 256, (96, 96, 3)).astype(np.uint8)
    flat = QImage(96, 96, QImage.Format.Format_RGB888)
    flat.fill(QColor(90, 90, 90))
    # The newest comes first on the shelf: the order has to be turned round.
    for number, (title, shown) in enumerate((("Grain", to_qimage(grain)), ("Flat", flat), ("Foreign", None))):
        path = network(learnt.folder() / f"{title}.safetensors", title, carried=shown)
        os.utime(path, (1000 + number, 1000 + number))
    window.add_document(Document(Image(grain), title="grain"))
    window.show_style_shelf(LEARNT)
    qtbot.waitUntil(lambda: window.styles.row.count() == 3)
    assert window.styles.row.item(2).text() == "Grain"
    window.styles.alike.click()
    qtbot.waitUntil(lambda: window.styles.row.item(0).text() == "Grain", timeout=15000)
    assert window.styles.row.item(2).text() == "Foreign"
    assert window.status.hint.text() == "The networks that learnt what is most like the picture come first."
    with window.document().edit("Mask") as edit:
        edit.cover(window.document().hole, Box(Rect(0, 0, 40, 40)))
    window.styles.alike.click()
    window.styles.alike.click()
    qtbot.waitUntil(lambda: "like the selection come first" in window.status.hint.text(), timeout=15000)


def test_where_nothing_shows_what_it_paints_like_that_is_said(qtbot: Any, window: Window, front: Document) -> None:
    network(learnt.folder() / "net.safetensors")
    window.show_style_shelf(LEARNT)
    qtbot.waitUntil(lambda: window.styles.row.count() == 1)
    window.styles.alike.click()
    qtbot.waitUntil(lambda: "stay as they were" in window.status.hint.text(), timeout=15000)


def test_what_has_no_look_comes_last(qtbot: Any, bridge: Bridge, tmp_path: Path) -> None:
    grain = np.random.default_rng(1).integers(0, 256, (80, 80, 3)).astype(np.uint8)
    files.save_picture(Image(grain), tmp_path / "grain.png")
    files.save_picture(Image(np.full((80, 80, 3), 90, np.uint8)), tmp_path / "flat.png")
    paths = [
        network(tmp_path / "net.safetensors"),
        tmp_path / "flat.png",
        tmp_path / "gone.png",
        tmp_path / "grain.png",
    ]
    told: list[list[float]] = []
    Ranking(bridge, bridge).rank(Image(grain), paths, told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert told[0][0] == told[0][2] == -1 and told[0][3] > 0.9 > told[0][1]


# Small parts.


def test_the_operations_for_styles_have_what_they_need() -> None:
    found = catalog.operations()
    for kind in (STYLE, NETWORK):
        told = start.dropping(kind)
        operation = found[told["operation"]]
        assert told["role"] in operation.roles and operation.replaces == "picture"
        assert told["amount"] in {entry.name for entry in operation.params.fields()}


def test_a_guess_has_the_colours_of_the_style() -> None:
    picture = Image(np.tile(np.arange(0, 240, 4, dtype=np.uint8)[None, :, None], (20, 1, 3)))
    style = Image(np.dstack([np.full((9, 9), level, np.uint8) for level in (200, 40, 90)]))
    full, half = tinted(style, picture, 1.0)[..., :3], tinted(style, picture, 0.5)[..., :3]
    assert np.abs(full.reshape(-1, 3).mean(0) - (200, 40, 90)).max() < 2
    assert np.abs(half.reshape(-1, 3).mean(0) - (np.array((200, 40, 90)) + 118) / 2).max() < 2


def test_a_style_keeps_its_brushwork_in_a_look() -> None:
    way = Way(STYLE, STYLIZE, "style", "tone")
    small = brought(Image(np.zeros((500, 700, 3), np.uint8)), 20.0, way)
    assert isinstance(small, Image) and min(small.size) == 128
    assert way.mask == "hole" and way.most == 1


def test_a_gap_between_two_styles_is_none(window: Window, front: Document) -> None:
    point(window.styles, 0)
    assert window.style_popup.isVisible()
    move(window.styles, QPoint(1, 1))
    assert not window.style_popup.isVisible()


def test_a_network_shows_the_picture_that_it_carries(tmp_path: Path) -> None:
    drawn = QImage(40, 30, QImage.Format.Format_RGB888)
    drawn.fill(QColor(200, 30, 60))
    shown = network_picture(network(tmp_path / "red.safetensors", carried=drawn), 72)
    assert (shown.width(), shown.height()) == (72, 72) and shown.pixelColor(30, 30) == QColor(200, 30, 60)
    plain, other = (network_picture(network(tmp_path / f"{name}.safetensors"), 72) for name in ("one", "two"))
    assert plain.pixelColor(2, 2) != other.pixelColor(2, 2), "cards can be told apart"
    (tmp_path / "broken.safetensors").write_bytes(b"no")
    assert network_picture(tmp_path / "broken.safetensors", 72).width() == 72


def test_what_is_dragged_away_is_not_tried_any_more(
    window: Window, engine: ScriptedEngine, front: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    point(window.styles, 0)
    seen: list[bool] = []

    def dragged(row: Any, actions: Any) -> None:
        seen.append(window.style_popup.isVisible())
        # The pointer crosses the neighbours.
        window.styles.row.itemEntered.emit(window.styles.row.item(1))

    monkeypatch.setattr(QListWidget, "startDrag", dragged)
    window.styles.row.startDrag(Qt.DropAction.CopyAction)
    assert seen == [False] and not window.style_popup.isVisible()
