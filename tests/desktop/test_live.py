"""Sliders that are felt, styles mixed on the pad and painted with a brush: with real events, on a scripted engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionSlider

from desktop.bridge import Bridge
from desktop.canvas import Canvas
from desktop.document import HOLE, STYLES, Document, project_file
from desktop.panels.controls import SliderRow
from desktop.panels.dropping import STYLED
from desktop.panels.mix_pad import MixRow
from desktop.session.live import FIRST_SIDE, SLOT, can_be_felt
from desktop.settings import Settings
from desktop.tools.style_brush import StyleBrush
from desktop.window import Window
from engine import catalog, files, jobs
from engine.image import Image
from engine.operation import Inputs, Operation, Picture, selection
from engine.params import Params, Slider, Toggle, Weights
from engine.region import Rect
from tests.desktop.conftest import FILL, ScriptedEngine, _tone

Key, Button, NONE = Qt.Key, Qt.MouseButton, Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True)
class FeltValues(Params):
    strength: Annotated[float, Slider(0, 1, step=0.01)] = 0.5
    weights: Annotated[tuple[float, ...], Weights(of="style")] = ()
    keep: Annotated[bool, Toggle()] = False


FELT: Operation[Any] = Operation(
    id="felt",
    title="Felt",
    group="Stylize",
    roles=Inputs(
        picture=Picture(),
        style=Picture(several=True, stored=True),
        where=Picture(of="picture", several=True, required=False, stored=True),
    ),
    params=FeltValues,
    run=_tone,
    doc="Felt: one flat tone.",
    replaces="picture",
    live=True,
)


SLOW = replace(FELT, id="slow", title="Slow", live=False)
PARTLY = replace(
    FELT, id="partly", title="Partly", roles=Inputs(picture=Picture(), style=Picture(several=True), hole=selection())
)


@pytest.fixture
def window(
    qtbot: Any, bridge: Bridge, settings: Settings, document: Document, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Window]:
    monkeypatch.setattr(
        catalog, "operations", lambda: {"felt": FELT, "slow": SLOW, "partly": PARTLY, "tone-fill": FILL}
    )
    window = Window(bridge, settings)
    window.resize(1360, 1000)
    window.show()
    qtbot.waitExposed(window)
    bridge.ready.emit()
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    window.operations.choose("felt")
    window.add_document(document)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    window.close()
    window.deleteLater()


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Six flat pictures, each lighter than the one before."""
    paths = [tmp_path / f"style {number}.png" for number in range(6)]
    for number, path in enumerate(paths):
        files.save_picture(Image(np.full((40, 50, 3), 40 * number, np.uint8)), path)
    return paths


def looks(engine: ScriptedEngine) -> list[int]:
    return [number for number, job in engine.jobs.items() if job.slot == SLOT]


def made(engine: ScriptedEngine) -> list[int]:
    return [number for number, job in engine.jobs.items() if job.slot != SLOT]


def styled(window: Window, engine: ScriptedEngine, qtbot: Any, count: int = 1) -> Document:
    """The document has styles, and the result that they brought: a picture of 200."""
    document = window.document()
    with document.edit("Choose styles") as edit:
        edit.give("style", tuple(Image(np.full((20, 20, 3), 60 * k, np.uint8), name=f"s{k}") for k in range(count)))
    finish(window, engine, qtbot, 200 / 255)
    return document


def finish(window: Window, engine: ScriptedEngine, qtbot: Any, level: float) -> None:
    engine.finish(made(engine)[-1], level)
    qtbot.waitUntil(lambda: not window.session.busy)


def canvas_of(window: Window) -> Canvas:
    canvas = window.tabs.canvas
    assert canvas is not None
    return canvas


def strength(window: Window) -> SliderRow:
    panel = window.operations.panel
    assert panel is not None
    row = panel.rows["strength"]
    assert isinstance(row, SliderRow)
    return row


def pad(window: Window) -> MixRow:
    panel = window.operations.panel
    assert panel is not None and panel.mix is not None
    return panel.mix


def handle(row: SliderRow) -> QPoint:
    option = QStyleOptionSlider()
    row.slider.initStyleOption(option)
    part = QStyle.SubControl.SC_SliderHandle
    return row.slider.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, row.slider).center()


def tone(document: Document) -> int:
    values = np.unique(document.picture.pixels)
    return int(values[0]) if len(values) == 1 else -1


def test_a_style_that_is_chosen_is_painted_at_once_and_one_undo_takes_both_back(
    qtbot: Any, window: Window, engine: ScriptedEngine
) -> None:
    before = window.document().picture.pixels.copy()
    document = styled(window, engine, qtbot)
    assert [step.title for step in document.history][-1] == "Choose styles" and tone(document) == 200
    assert document.history.undoable is not None and document.history.undoable.recipe is not None
    qtbot.keyClick(window, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not document.given and np.array_equal(document.picture.pixels, before)
    qtbot.keyClick(window, Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert tone(document) == 200 and len(made(engine)) == 1, "what is done again needs no job"


def test_a_slider_is_felt_the_newest_wins_and_letting_go_makes_one_step(
    qtbot: Any, window: Window, engine: ScriptedEngine
) -> None:
    document = styled(window, engine, qtbot)
    position, canvas, row = document.history.position, canvas_of(window), strength(window)
    start = handle(row)
    qtbot.mousePress(row.slider, Button.LeftButton, pos=start)
    for step in (3, 6, 9, 12):
        qtbot.mouseMove(row.slider, start + QPoint(step, 0))
    qtbot.waitUntil(lambda: len(looks(engine)) == 1)
    first = looks(engine)[0]
    assert engine.jobs[first].params.strength < row.value(), "one at a time: the others wait"  # type: ignore[attr-defined]
    engine.finish(first, 0.9)
    qtbot.waitUntil(lambda: canvas.looking and len(looks(engine)) == 2)
    second = engine.jobs[looks(engine)[1]]
    assert second.params.strength == row.value(), "and only the newest of them is asked for"  # type: ignore[attr-defined]
    assert second.inputs["picture"] is engine.jobs[first].inputs["picture"], "the engine meets what it knows"
    assert second.inputs["style"] is engine.jobs[first].inputs["style"]
    assert document.history.position == position and len(made(engine)) == 1
    qtbot.mouseRelease(row.slider, Button.LeftButton, pos=start + QPoint(12, 0))
    qtbot.waitUntil(lambda: len(made(engine)) == 2)
    job = engine.jobs[made(engine)[-1]]
    assert job.params.strength == row.value()  # type: ignore[attr-defined]
    assert isinstance(job.inputs["picture"], Image)
    assert len(np.unique(job.inputs["picture"].pixels)) > 10, "it starts from the photograph, not from its last result"
    assert canvas.looking, "the look stays until there is something better"
    finish(window, engine, qtbot, 0.6)
    assert tone(document) == 153
    assert [step.title for step in document.history][position:] == ["Felt, seed 1"]
    qtbot.waitUntil(lambda: not canvas.looking)
    document.undo()
    assert tone(document) == 200


def test_what_is_felt_within_the_mask_is_not_hidden_by_it(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    window.operations.choose("partly")
    canvas, row = canvas_of(window), strength(window)
    document = styled(window, engine, qtbot)
    assert not document.hole.empty and not canvas.mask_visible(HOLE), "what was made is seen"
    window.actions_["mask_show"].trigger()
    assert canvas.mask_visible(HOLE)
    qtbot.mousePress(row.slider, Button.LeftButton, pos=handle(row))
    qtbot.mouseMove(row.slider, handle(row) + QPoint(9, 0))
    qtbot.waitUntil(lambda: len(looks(engine)) == 1)
    engine.finish(looks(engine)[0], 0.9)
    qtbot.waitUntil(lambda: canvas.looking)
    assert not canvas.mask_visible(HOLE), "nor is what moves"
    qtbot.mouseRelease(row.slider, Button.LeftButton)
    qtbot.waitUntil(lambda: len(made(engine)) == 2)
    finish(window, engine, qtbot, 0.6)
    qtbot.waitUntil(lambda: not canvas.looking)
    assert not canvas.mask_visible(HOLE)
    stroke(qtbot, window, (40, 20), (44, 20))
    assert canvas.mask_visible(HOLE), "nobody paints what cannot be seen"


def test_what_only_makes_a_look_exact_gives_way_to_the_newest(
    qtbot: Any, window: Window, engine: ScriptedEngine
) -> None:
    styled(window, engine, qtbot)
    canvas, row = canvas_of(window), strength(window)
    start = handle(row)
    qtbot.mousePress(row.slider, Button.LeftButton, pos=start)
    qtbot.mouseMove(row.slider, start + QPoint(3, 0))
    qtbot.waitUntil(lambda: len(looks(engine)) == 1)
    first = looks(engine)[0]
    part = Rect(0, 0, engine.rect(first).w, 5)
    qtbot.mouseMove(row.slider, start + QPoint(6, 0))
    engine.update(first, 0.9, 0.1)
    engine.update(first, 0.9, 0.5, part)
    qtbot.wait(20)
    assert len(looks(engine)) == 1 and ("stop", first) not in engine.calls, "coarse, or a part: it goes on"
    engine.update(first, 0.9, 0.5)
    qtbot.waitUntil(lambda: len(looks(engine)) == 2)
    assert canvas.looking and ("stop", first) in engine.calls
    second = looks(engine)[1]
    engine.update(second, 0.8, 0.5)
    qtbot.wait(20)
    assert ("stop", second) not in engine.calls, "nobody waits: it may become exact"
    qtbot.mouseRelease(row.slider, Button.LeftButton, pos=start + QPoint(6, 0))


def test_letting_go_again_replaces_the_step(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    document = styled(window, engine, qtbot)
    row = strength(window)
    row.slider.setFocus()
    for number, level in enumerate((0.2, 0.4, 0.8), 2):
        qtbot.keyClick(row.slider, Key.Key_Right)
        qtbot.waitUntil(lambda number=number: len(made(engine)) == number)
        finish(window, engine, qtbot, level)
    assert [step.title for step in document.history][-2:] == ["Choose styles", "Felt, seed 1"]
    assert tone(document) == 204 and len(window.session.desk(document).outcomes) == 4
    qtbot.keyClick(window, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert window.operations.run_bar.hint.text() == "Run replaces the last result"
    picture = engine.jobs[made(engine)[-1]].inputs["picture"]
    assert isinstance(picture, Image) and len(np.unique(picture.pixels)) > 10
    finish(window, engine, qtbot, 0.1)
    assert tone(document) == 26 and document.history.steps[-1].title == "Felt, seed 1"
    assert document.history.position == len(document.history.steps)
    older = window.session.desk(document).outcomes[1]
    window.session.show(document, older)
    assert tone(document) == 51 and [step.title for step in document.history][-2] == "Choose styles"


def test_escape_puts_the_value_and_the_picture_back(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    document = styled(window, engine, qtbot)
    canvas, row = canvas_of(window), strength(window)
    start, before = handle(row), row.value()
    qtbot.mousePress(row.slider, Button.LeftButton, pos=start)
    qtbot.mouseMove(row.slider, start + QPoint(20, 0))
    qtbot.waitUntil(lambda: bool(looks(engine)))
    engine.finish(looks(engine)[0], 0.9)
    qtbot.waitUntil(lambda: canvas.looking)
    assert row.value() != before
    qtbot.keyClick(window, Key.Key_Escape)
    assert row.value() == before and not canvas.looking
    qtbot.mouseMove(row.slider, start + QPoint(30, 0))
    assert row.value() == before, "the hand holds nothing any more"
    qtbot.mouseRelease(row.slider, Button.LeftButton, pos=start + QPoint(30, 0))
    qtbot.wait(400)
    assert len(made(engine)) == 1 and tone(document) == 200


def test_escape_while_it_is_made_at_full_size(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    document = styled(window, engine, qtbot)
    row = strength(window)
    before = row.value()
    row.slider.setFocus()
    qtbot.keyClick(row.slider, Key.Key_Right)
    qtbot.waitUntil(lambda: len(made(engine)) == 2)
    number = made(engine)[-1]
    engine.update(number, 0.3)
    qtbot.keyClick(window, Key.Key_Escape)
    assert ("stop", number) in engine.calls
    engine.say(jobs.Stopped(number))
    qtbot.waitUntil(lambda: not window.session.busy)
    assert row.value() == before and tone(document) == 200
    assert not canvas_of(window).looking and not canvas_of(window).previewing


def test_coarse_frames_do_not_replace_a_look(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    styled(window, engine, qtbot)
    canvas, row = canvas_of(window), strength(window)
    start = handle(row)
    qtbot.mousePress(row.slider, Button.LeftButton, pos=start)
    qtbot.mouseMove(row.slider, start + QPoint(12, 0))
    qtbot.waitUntil(lambda: bool(looks(engine)))
    engine.finish(looks(engine)[0], 0.9)
    qtbot.waitUntil(lambda: canvas.looking)
    qtbot.mouseRelease(row.slider, Button.LeftButton, pos=start + QPoint(12, 0))
    qtbot.waitUntil(lambda: len(made(engine)) == 2)
    qtbot.waitUntil(lambda: not canvas.previewing)
    engine.update(made(engine)[-1], 0.3, fraction=0.05)
    qtbot.wait(30)
    assert not canvas.previewing
    engine.update(made(engine)[-1], 0.4, fraction=0.5)
    qtbot.waitUntil(lambda: canvas.previewing)
    finish(window, engine, qtbot, 0.5)


def test_another_operation_or_step_between_makes_a_new_base(
    qtbot: Any, window: Window, engine: ScriptedEngine, document: Document
) -> None:
    styled(window, engine, qtbot)
    with document.edit("Flatten") as edit:
        edit.replace(document.rect, np.full_like(document.picture.pixels, 7))
    row = strength(window)
    row.slider.setFocus()
    qtbot.keyClick(row.slider, Key.Key_Right)
    qtbot.waitUntil(lambda: len(made(engine)) == 2)
    picture = engine.jobs[made(engine)[-1]].inputs["picture"]
    assert isinstance(picture, Image) and (picture.pixels == 7).all()
    finish(window, engine, qtbot, 0.5)
    assert [step.title for step in document.history][-2:] == ["Flatten", "Felt, seed 1"]


def test_nothing_is_felt_without_a_style_or_by_an_operation_that_is_not(
    qtbot: Any, window: Window, engine: ScriptedEngine
) -> None:
    assert can_be_felt(FELT) and not can_be_felt(FILL)
    row = strength(window)
    row.slider.setFocus()
    qtbot.keyClick(row.slider, Key.Key_Right)
    window.operations.choose("tone-fill")
    panel = window.operations.panel
    assert panel is not None
    tone_row = panel.rows["tone"]
    assert isinstance(tone_row, SliderRow)
    qtbot.keyClick(tone_row.slider, Key.Key_Right)
    qtbot.wait(400)
    assert not engine.jobs and window.live.document is None


def test_what_cannot_be_shown_is_said_once_and_leaves_nothing(
    qtbot: Any, window: Window, engine: ScriptedEngine
) -> None:
    document = styled(window, engine, qtbot)
    row = strength(window)
    start = handle(row)
    qtbot.mousePress(row.slider, Button.LeftButton, pos=start)
    qtbot.mouseMove(row.slider, start + QPoint(12, 0))
    qtbot.waitUntil(lambda: bool(looks(engine)))
    engine.say(jobs.Failed(looks(engine)[0], "The style has no size.", ""))
    qtbot.waitUntil(lambda: "no size" in window.notice.sentence.text())
    assert window.live.document is None and tone(document) == 200
    qtbot.mouseRelease(row.slider, Button.LeftButton, pos=start + QPoint(12, 0))


def test_looks_are_as_large_as_they_are_quick(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    document = styled(window, engine, qtbot)
    live, wish = window.live, window.operations.wish()
    assert wish is not None and live.side(FELT) == FIRST_SIDE
    for count in range(4):
        live.feel(document, wish)
        qtbot.waitUntil(lambda count=count: len(looks(engine)) == count + 1)
        engine.finish(looks(engine)[-1], 0.5)
        qtbot.waitUntil(lambda: live._number is None)
    live.let_go(document, wish)
    assert live.side(FELT) < FIRST_SIDE, "1.25 s are far too long"
    finish(window, engine, qtbot, 0.5)


@pytest.mark.parametrize(("seconds", "side"), [(0.09, 192), (0.065, FIRST_SIDE), (0.03, 320)])
def test_looks_leave_air_below_a_tenth_of_a_second(window: Window, seconds: float, side: int) -> None:
    window.live._spent["felt"] = [1.0, *[seconds] * 4]
    window.live._suit(FELT)
    assert window.live.side(FELT) == side


# The mix pad.


def drop(widget: Any, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at = QPoint(20, 20)
    QApplication.sendEvent(widget, QDragEnterEvent(at, Qt.DropAction.CopyAction, data, Button.LeftButton, NONE))
    QApplication.sendEvent(widget, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, Button.LeftButton, NONE))


def levels(document: Document) -> list[int]:
    return [int(one.pixels[0, 0, 0]) for one in document.given.get("style", ()) if isinstance(one, Image)]


def test_pictures_are_dropped_on_corners_replaced_and_taken_away(
    qtbot: Any, window: Window, engine: ScriptedEngine, document: Document, pictures: list[Path]
) -> None:
    row = pad(window)
    drop(row.corners[3], [pictures[1]])
    qtbot.waitUntil(lambda: levels(document) == [40])
    assert row.picture_in(3) == 0 and row.picture_in(0) is None and not row.field_.isEnabled()
    drop(row.corners[0], [pictures[2], pictures[3]])
    qtbot.waitUntil(lambda: levels(document) == [40, 80, 120])
    assert [row.picture_in(corner) for corner in range(4)] == [1, 2, None, 0]
    assert row.field_.isEnabled() and row.value() == () and row.figures[0].text() == "33 %"
    drop(row.corners[3], [pictures[5]])
    qtbot.waitUntil(lambda: levels(document) == [200, 80, 120])
    row.corners[0].setFocus()
    qtbot.keyClick(row.corners[0], Key.Key_Delete)
    qtbot.waitUntil(lambda: levels(document) == [200, 120])
    assert [row.picture_in(corner) for corner in range(4)] == [None, 1, None, 0]
    document.undo()
    assert levels(document) == [200, 80, 120] and row.picture_in(0) == 1
    assert "style 2" in row.corners[0].accessibleName() and "%" in row.corners[0].accessibleName()


def test_the_point_gives_weights_by_mouse_and_by_keys(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    document = styled(window, engine, qtbot, 4)
    row = pad(window)
    field = row.field_
    start = field.spot().toPoint()
    qtbot.mousePress(field, Button.LeftButton, pos=start)
    qtbot.mouseMove(field, QPoint(1, 1))
    qtbot.waitUntil(lambda: bool(looks(engine)) and field.point == (0.0, 0.0))
    assert row.value() == (1.0, 0.0, 0.0, 0.0) and row.figures[0].text() == "100 %"
    assert row.held and not made(engine)[1:]
    qtbot.mouseRelease(field, Button.LeftButton, pos=QPoint(1, 1))
    qtbot.waitUntil(lambda: len(made(engine)) == 2)
    assert engine.jobs[made(engine)[-1]].params.weights == (1.0, 0.0, 0.0, 0.0)  # type: ignore[attr-defined]
    finish(window, engine, qtbot, 0.3)
    field.setFocus()
    qtbot.keyClick(field, Key.Key_Right)
    assert row.value() == (0.95, 0.05, 0.0, 0.0)
    qtbot.keyClick(field, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert row.value() == (0.9405, 0.0495, 0.0095, 0.0005)
    qtbot.waitUntil(lambda: len(made(engine)) == 3)
    finish(window, engine, qtbot, 0.4)
    QTest.mouseDClick(field, Button.LeftButton, NONE, QPoint(5, 5))
    assert row.value() == () and field.point == (0.5, 0.5)
    qtbot.waitUntil(lambda: len(made(engine)) == 4)
    finish(window, engine, qtbot, 0.5)
    assert tone(document) == 128
    window.session.show(document, window.session.desk(document).outcomes[1])
    window.operations.take(window.session.desk(document).outcomes[1].wish)
    assert row.value() == (1.0, 0.0, 0.0, 0.0) and field.point == (0.0, 0.0), "a recipe's weights move the point"


# The style brush.


def brush(window: Window) -> StyleBrush:
    tool = next(tool for tool in window.tools if isinstance(tool, StyleBrush))
    window.take_tool(tool)
    tool.values = tool.values.replaced(size=16, hardness=0.5)
    return tool


def stroke(qtbot: Any, window: Window, *points: tuple[float, float], release: bool = True) -> None:
    canvas = canvas_of(window)
    places = [canvas.view.to_screen(*point).toPoint() for point in points]
    qtbot.mousePress(canvas, Button.LeftButton, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(canvas, place)
    if release:
        qtbot.mouseRelease(canvas, Button.LeftButton, pos=places[-1])


def test_a_stroke_is_followed_and_one_undo_takes_both_back(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    document = styled(window, engine, qtbot, 2)
    brush(window)
    position, canvas = document.history.position, canvas_of(window)
    stroke(qtbot, window, (10, 20), (30, 20), release=False)
    assert canvas.mask_visible(STYLES[0]), "there is nothing else to see of it yet"
    qtbot.waitUntil(lambda: bool(looks(engine)))
    where = engine.jobs[looks(engine)[0]].inputs["where"]
    assert isinstance(where, tuple) and len(where) == 2 and where[0].size == document.size
    assert where[0].pixels.any() and not where[1].pixels.any()
    engine.finish(looks(engine)[0], 0.9)
    qtbot.waitUntil(lambda: canvas.looking)
    assert not canvas.mask_visible(STYLES[0]), "the look itself shows where it is"
    window.actions_["mask_show"].setChecked(True)
    qtbot.mouseRelease(canvas, Button.LeftButton, pos=canvas.view.to_screen(30, 20).toPoint())
    qtbot.waitUntil(lambda: len(made(engine)) == 2)
    job = engine.jobs[made(engine)[-1]]
    assert job.params.weights == () and isinstance(job.inputs["picture"], Image)  # type: ignore[attr-defined]
    assert len(np.unique(job.inputs["picture"].pixels)) > 10
    finish(window, engine, qtbot, 0.2)
    assert tone(document) == 51 and document.history.position == position + 1
    assert not canvas.mask_visible(STYLES[0]) and not window.actions_["mask_show"].isChecked()
    qtbot.keyClick(window, Key.Key_Q)
    qtbot.waitUntil(lambda: canvas.mask_visible(STYLES[0]))
    assert pad(window).wipe.isVisible() and not pad(window).field_.isEnabled()
    document.undo()
    assert tone(document) == 200 and document.styles[0].empty
    document.redo()
    assert tone(document) == 51 and not document.styles[0].empty
    assert len(made(engine)) == 2, "undo and redo need no jobs"
    # The next stroke starts from the photograph again.
    qtbot.keyClick(canvas, Key.Key_2)
    stroke(qtbot, window, (20, 30), (50, 30))
    qtbot.waitUntil(lambda: len(made(engine)) == 3)
    job = engine.jobs[made(engine)[-1]]
    assert isinstance(job.inputs["picture"], Image) and len(np.unique(job.inputs["picture"].pixels)) > 10
    assert [step.title for step in document.history][-1] == "Brush style 2"
    finish(window, engine, qtbot, 0.7)
    qtbot.mouseClick(pad(window).wipe, Button.LeftButton)
    qtbot.waitUntil(lambda: len(made(engine)) == 4)
    assert engine.jobs[made(engine)[-1]].inputs.get("where") is None
    finish(window, engine, qtbot, 0.1)
    assert all(mask.empty for mask in document.styles) and document.history.undoable is not None
    assert document.history.undoable.title == "Clear the styles' masks"


def test_escape_takes_a_stroke_and_its_look_back(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    document = styled(window, engine, qtbot, 2)
    brush(window)
    canvas = canvas_of(window)
    stroke(qtbot, window, (10, 20), (30, 20), release=False)
    qtbot.waitUntil(lambda: bool(looks(engine)))
    engine.finish(looks(engine)[0], 0.9)
    qtbot.waitUntil(lambda: canvas.looking)
    qtbot.keyClick(canvas, Key.Key_Escape)
    qtbot.waitUntil(lambda: not canvas.looking)
    qtbot.mouseRelease(canvas, Button.LeftButton, pos=QPoint(5, 5))
    assert document.styles[0].empty and tone(document) == 200 and len(made(engine)) == 1


def test_a_stroke_undone_while_it_is_made_brings_no_result(qtbot: Any, window: Window, engine: ScriptedEngine) -> None:
    document = styled(window, engine, qtbot, 2)
    brush(window)
    stroke(qtbot, window, (10, 20), (30, 20))
    qtbot.waitUntil(lambda: len(made(engine)) == 2)
    qtbot.keyClick(canvas_of(window), Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    engine.finish(made(engine)[-1], 0.9)  # it was done before the engine heard of it
    qtbot.waitUntil(lambda: not window.session.busy)
    assert tone(document) == 200 and document.styles[0].empty


def test_taking_a_style_away_moves_the_masks_of_the_next_ones_up(
    qtbot: Any, window: Window, engine: ScriptedEngine
) -> None:
    document = styled(window, engine, qtbot, 3)
    for number, mask in enumerate(document.styles[:3]):
        with document.edit("Put") as edit:
            edit.put(mask, document.rect, np.full((48, 64), 10 * number + 10, np.uint8))
    pad(window).corners[1].clear.click()
    found = [mask.crop(document.rect)[0, 0] for mask in document.styles]
    assert found == [10, 30, 0, 0] and levels(document) == [0, 120]


def test_the_masks_are_in_the_project_file(tmp_path: Path, document: Document) -> None:
    with document.edit("Put") as edit:
        for number, mask in enumerate(document.styles):
            edit.put(mask, document.rect, np.full((48, 64), 10 * number + 10, np.uint8))
    project_file.save(document, tmp_path / "styled.ora")
    again = project_file.load(tmp_path / "styled.ora")
    assert [int(mask.array()[5, 5]) for mask in again.styles] == [10, 20, 30, 40]


def test_the_style_brush_brings_an_operation_that_mixes_styles(
    qtbot: Any, window: Window, engine: ScriptedEngine
) -> None:
    window.operations.choose("tone-fill")
    qtbot.keyClick(window, Key.Key_Y)
    assert isinstance(window.tool, StyleBrush) and window.operations.operation is FELT
    qtbot.keyClick(window, Key.Key_3)
    assert window.tool.values.style == 3
    styled(window, engine, qtbot, 2)
    qtbot.mouseClick(pad(window).corners[1], Button.LeftButton)
    assert window.tool.values.style == 2 and pad(window).corners[1].in_hand
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Key.Key_B)
    assert not isinstance(window.tool, StyleBrush), window.tool
    assert not any(corner.in_hand for corner in pad(window).corners)
    assert not any(canvas_of(window).mask_visible(name) for name in STYLES)


def test_a_style_is_dropped_on_what_is_painted_for_another(
    qtbot: Any, window: Window, engine: ScriptedEngine, pictures: list[Path]
) -> None:
    document, canvas = styled(window, engine, qtbot, 2), canvas_of(window)
    brush(window)
    for number, y in ((1, 20), (2, 45)):
        window.take_style(number)
        stroke(qtbot, window, (20, y), (60, y))
        qtbot.waitUntil(lambda number=number: not document.styles[number - 1].empty)
        finish(window, engine, qtbot, 0.1 * number)
    before = [mask.array().copy() for mask in document.styles]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(pictures[4]))])
    data.setData(STYLED, b"1")

    def dropped(x: float, y: float) -> None:
        at = QPointF(canvas.view.to_screen(x, y))
        entered = QDragEnterEvent(at.toPoint(), Qt.DropAction.CopyAction, data, Button.LeftButton, NONE)
        moved = QDragMoveEvent(at.toPoint(), Qt.DropAction.CopyAction, data, Button.LeftButton, NONE)
        for event in (entered, moved, QDropEvent(at, Qt.DropAction.CopyAction, data, Button.LeftButton, NONE)):
            QApplication.sendEvent(canvas, event)

    dropped(40, 45)
    qtbot.waitUntil(lambda: levels(document) == [0, 160])
    assert not window.dropping.bar.isVisible(), "it is no drop of its own, which could be adjusted"
    assert all(np.array_equal(mask.array(), kept) for mask, kept in zip(document.styles, before, strict=True))
    qtbot.waitUntil(lambda: len(made(engine)) == 4)
    assert isinstance(engine.jobs[made(engine)[-1]].inputs["where"], tuple)
    finish(window, engine, qtbot, 0.4)
    assert window.style_painted_at(document, (40, 45)) == 1
    assert window.style_painted_at(document, (40, 5)) is None, "there it goes on the whole picture"
    window.operations.choose("tone-fill")
    assert window.style_painted_at(document, (40, 45)) is None, "this mixes no styles"


def test_what_does_not_follow_a_stroke_shows_it_until_it_is_run(
    qtbot: Any, window: Window, engine: ScriptedEngine
) -> None:
    styled(window, engine, qtbot, 2)
    brush(window)
    canvas = canvas_of(window)
    assert not canvas.mask_visible(STYLES[0]), "the picture follows, and nothing hides it"
    window.operations.choose("slow")
    count = len(engine.jobs)
    stroke(qtbot, window, (20, 20), (40, 20))
    qtbot.waitUntil(lambda: not window.document().styles[0].empty)
    qtbot.waitUntil(lambda: canvas.mask_visible(STYLES[0]))
    assert len(engine.jobs) == count
    window.run()
    where = engine.jobs[made(engine)[-1]].inputs["where"]
    assert isinstance(where, tuple) and len(where) == 2 and where[0].pixels.any() and not where[1].pixels.any()
    finish(window, engine, qtbot, 0.3)
    assert tone(window.document()) == 77 and not canvas.mask_visible(STYLES[0])
    stroke(qtbot, window, (20, 30), (40, 30))
    qtbot.waitUntil(lambda: canvas.mask_visible(STYLES[0]))


def test_another_picture_in_front_ends_what_was_only_looked_at(
    qtbot: Any, window: Window, engine: ScriptedEngine, document: Document
) -> None:
    styled(window, engine, qtbot)
    row, canvas = strength(window), canvas_of(window)
    start = handle(row)
    qtbot.mousePress(row.slider, Button.LeftButton, pos=start)
    qtbot.mouseMove(row.slider, start + QPoint(12, 0))
    qtbot.waitUntil(lambda: bool(looks(engine)))
    engine.finish(looks(engine)[0], 0.9)
    qtbot.waitUntil(lambda: canvas.looking)
    other = Document(Image(np.zeros((20, 30, 3), np.uint8)), title="other")
    window.add_document(other)
    assert not canvas.looking and window.live.document is None
    qtbot.mouseRelease(row.slider, Button.LeftButton, pos=start + QPoint(12, 0))
    qtbot.wait(400)
    assert len(made(engine)) == 1, "what is let go belongs to no picture any more"
    window.close_document(document)
    assert window.tabs.documents() == [other]
