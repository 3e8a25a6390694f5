"""The page of texture spaces with real events and quick operations: a point is a colour, and everything follows it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QContextMenuEvent, QDragEnterEvent, QDropEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu, QPushButton

from desktop import learnt
from desktop.bridge import Bridge
from desktop.document import SOWN, Document
from desktop.panels.space_learning import LearnDialog, Offered
from desktop.panels.space_making_deeds import FILMS
from desktop.panels.start import starters
from desktop.session import State
from desktop.session.space_spots import Spot
from desktop.settings import Settings, state_folder
from desktop.tools.space_brush import SpaceBrush
from desktop.window import Window
from engine import catalog
from engine.context import Context
from engine.files import open_picture, save_picture, save_trained
from engine.frame import Frame
from engine.image import Image
from engine.jobs import Engine
from engine.operation import Given, Input, Inputs, Labels, Mask, Model, Operation, Picture, bounds
from engine.params import LatentPoint, Params, Slider, Toggle
from engine.region import Rect
from engine.trained import Trained
from tests.contract.models import tiny_space
from tests.desktop.conftest import FILL

Button = Qt.MouseButton
KIND = "texture-space"
REACH = 12


@dataclass(frozen=True)
class At(Params):
    point: Annotated[tuple[float, ...], LatentPoint()] = ()
    fine: Annotated[tuple[float, ...], LatentPoint()] = ()
    lightness: Annotated[float, Slider(-1, 1)] = 0.0
    crispen: Annotated[bool, Toggle()] = False


@dataclass(frozen=True)
class With(Params):
    points: Annotated[tuple[float, ...], LatentPoint()] = ()
    border: Annotated[float, Slider(0, 200)] = 24.0


@dataclass(frozen=True)
class For(Params):
    minutes: Annotated[float, Slider(0.01, 600)] = 20.0


@dataclass(frozen=True)
class Nothing(Params):
    """No parameters."""


def colour(point: Any) -> np.ndarray:
    """What this test's space makes at a point of two numbers."""
    return np.clip(np.array([0.5 + 0.25 * point[0], 0.5 + 0.25 * point[1], 0.5]), 0, 1).astype(np.float32)


def _render(ctx: Context, given: Given, p: At) -> Iterator[Frame]:
    width, height = ctx.size
    for top in range(0, height, 64):
        ctx.check()
        part = Rect(0, top, width, min(64, height - top))
        base = colour(p.point)
        if p.fine:
            base = np.append(base[:2], colour(p.fine)[:1])
        pixels = np.broadcast_to(base + np.float32(p.lightness / 4), (part.h, part.w, 3))
        yield Frame(part, np.clip(pixels, 0, 1).astype(np.float32), part.bottom / height)


def _paint(ctx: Context, given: Given, p: With) -> Iterator[Frame]:
    table = np.reshape(p.points, (-1, 2))
    made = given.picture.copy()
    for number, point in enumerate(table, 1):
        made[given.map == number] = colour(point)
    yield Frame(Rect.of(made), made, 1.0)


def _focus(inputs: Mapping[str, Input | None], p: With) -> Rect:
    return bounds(inputs["hole"], REACH)


def _find(ctx: Context, given: Given, p: Nothing) -> Iterator[Frame]:
    mean = given.picture.mean(axis=(0, 1))
    found = {"error": 0.25, "w0": float((mean[0] - 0.5) * 4), "w1": float((mean[1] - 0.5) * 4)}
    yield Frame(Rect.of(given.picture), given.picture.copy(), 1.0, findings=found)


NAMES: list[str] = []
"""Of the samples that were given to the last training."""


def _train(ctx: Context, given: Given, p: For) -> Iterator[Frame]:
    NAMES[:] = [sample.name for sample in given.samples]
    for step in range(400):
        ctx.check()
        ctx.progress(step / 400)
        time.sleep(0.002)
        if step % 20 == 0:
            sheet = np.full((32, 32, 3), step / 400, np.float32)
            yield Frame(Rect(0, 0, 32, 32), sheet, ctx.fraction, f"{len(given.samples)} samples", trained=tiny_space())


MODEL = Model(kind=KIND)
OPERATIONS: dict[str, Operation[Any]] = {
    "tone-fill": FILL,
    "texture-space": Operation("texture-space", "Space", "Latent", Inputs(space=MODEL), At, _render, "S.", sized=True),
    "texture-space-paint": Operation(
        "texture-space-paint",
        "Paint",
        "Latent",
        Inputs(space=MODEL, picture=Picture(), map=Labels(of="picture"), hole=Mask()),
        With,
        _paint,
        "P.",
        replaces="picture",
        within="hole",
        focus=_focus,
    ),
    "texture-space-invert": Operation(
        "texture-space-invert", "Find", "Latent", Inputs(space=MODEL, picture=Picture()), Nothing, _find, "F."
    ),
    "texture-space-train": Operation(
        "texture-space-train",
        "Learn",
        "Latent",
        Inputs(samples=Picture(several=True, stored=True), space=Model(kind=KIND, required=False)),
        For,
        _train,
        "T.",
        size=lambda inputs, p: (32, 32),
        trains=KIND,
    ),
}


def sloped() -> Trained:
    """The tiny space with a slider along its second number."""
    plain = tiny_space()
    about = {
        **plain.about,
        "title": "Grains",
        "directions": '[{"name": "Warmth", "low": -1.0, "high": 1.0, "kind": "measured", "fit": 0.9, "monotone": 1.0}]',
    }
    return Trained(KIND, {**plain.tensors, "direction.0": np.array([0, 1], np.float32)}, about, plain.name)


@pytest.fixture
def window(qtbot: Any, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setenv("SCUMBLE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(learnt, "_shipped", lambda: [])
    monkeypatch.setattr(catalog, "operations", lambda: OPERATIONS)
    learnt.folder().mkdir(parents=True)
    save_trained(sloped(), learnt.folder() / "grains.safetensors")
    bridge = Bridge(lambda wake: Engine(wake, threads=1, polite=False, find=OPERATIONS.__getitem__))
    window = Window(bridge, settings)
    window.resize(1360, 1000)
    window.show()
    qtbot.waitExposed(window)
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    window.space.size_row.width_box.setValue(96)
    window.space.size_row.height_box.setValue(80)
    yield window
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    window.close()
    window.deleteLater()
    bridge.close()


@pytest.fixture
def made(qtbot: Any, window: Window) -> Document:
    """A picture of the space, in front."""
    window.actions_["show_space"].trigger()
    qtbot.waitUntil(lambda: window.tabs.document is not None)
    assert window.tabs.document is not None and window.pages.currentWidget() is window.space
    return window.tabs.document


def mean(document: Document) -> np.ndarray:
    return np.asarray(document.picture.decoded().mean(axis=(0, 1)))


def shows(document: Document, point: Any) -> bool:
    """Whether all of a picture is the colour of a point, as far as 8 bits say."""
    return bool(np.abs(document.picture.decoded() - colour(point)).max() < 0.004)


def spot_of(window: Window, x: float, y: float) -> QPoint:
    return window.space.pad.spot((x, y)).toPoint()


def test_without_a_picture_there_is_one_at_once(window: Window, made: Document) -> None:
    outline = window.space.outline
    assert outline is not None and made.size == (96, 80)
    assert shows(made, outline.codes[0]) and "grain 0" in made.title
    assert made.recipes and made.modified


def test_the_start_page_opens_a_space(qtbot: Any, window: Window) -> None:
    (starter,) = (starter for starter in starters()[1] if starter.command)
    card = next(card for card in window.start.cards if card.accessibleName() == starter.title)
    qtbot.mouseClick(card, Button.LeftButton)
    qtbot.waitUntil(lambda: window.tabs.document is not None)
    assert window.pages.currentWidget() is window.space and window.notice.sentence.text() == starter.told


def test_the_picture_follows_the_point_and_is_made_when_it_is_let_go(
    qtbot: Any, window: Window, made: Document
) -> None:
    pad, canvas = window.space.pad, window.tabs.canvas
    assert canvas is not None and window.space.outline is not None
    steps = len(made.history.done)
    qtbot.mousePress(pad, Button.LeftButton, pos=spot_of(window, 0.5, 0.2))
    qtbot.mouseMove(pad, spot_of(window, 0.5, 0.35))
    qtbot.waitUntil(lambda: canvas.looking)
    assert len(made.history.done) == steps, "nothing is done while it is held"
    qtbot.mouseMove(pad, spot_of(window, 0.45, 0.5))
    code = window.space.code()
    qtbot.mouseRelease(pad, Button.LeftButton, pos=spot_of(window, 0.45, 0.5))
    qtbot.waitUntil(lambda: len(made.history.done) == steps + 1)
    assert shows(made, code)
    qtbot.waitUntil(lambda: not canvas.looking)
    made.undo()
    assert shows(made, window.space.outline.codes[0])


def test_the_little_picture_is_that_of_the_document(qtbot: Any, window: Window, made: Document) -> None:
    """Also where no look follows: the job for the document is longer than a look, and looks wait for it."""
    panel = window.space
    window.space_live.looked.disconnect()
    panel.picture.clear()
    panel.go(Spot(0.2, 0.7))
    qtbot.waitUntil(lambda: not panel.picture.pixmap().isNull())
    qtbot.waitUntil(lambda: shows(made, panel.code()))
    image = panel.picture.pixmap().toImage()
    shown = image.pixelColor(image.width() // 2, image.height() // 2)
    wanted = colour(panel.code())
    assert np.abs(np.array([shown.redF(), shown.greenF(), shown.blueF()]) - wanted).max() < 0.01


def test_a_picture_without_a_file_is_called_what_it_shows(
    qtbot: Any, window: Window, made: Document, tmp_path: Path
) -> None:
    def to(number: int) -> str:
        x, y = window.space.outline.places[number]  # type: ignore[union-attr]
        window.space.go(Spot(float(x), float(y)))
        count = len(made.history.done)
        qtbot.waitUntil(lambda: len(made.history.done) > count)
        return made.title

    assert (to(1), to(2)) == ("grain 1", "grain 2")
    made.saved(tmp_path / "wall.png")
    assert to(0) == "wall.png"


def test_only_the_newest_point_is_made(qtbot: Any, window: Window, made: Document) -> None:
    steps = len(made.history.done)
    for x in (0.1, 0.3, 0.6, 0.9):
        window.space.go(Spot(x, 0.5))
    qtbot.waitUntil(lambda: len(made.history.done) > steps)
    assert shows(made, window.space.code())
    assert not window.space_making.busy(made)


def test_sliders_move_from_the_point(qtbot: Any, window: Window, made: Document) -> None:
    (slider,) = window.space.slopes
    before = np.array(window.space.code())
    slider.slider.setValue(750)
    assert np.allclose(np.array(window.space.code()) - before, [0, 0.5], atol=1e-6)
    look = window.space.look_rows["lightness"]
    look.number.setValue(0.4)  # type: ignore[attr-defined]
    slider.released.emit()
    qtbot.waitUntil(lambda: bool(made.history.done))
    assert np.allclose(mean(made), colour(window.space.code()) + 0.1, atol=0.01)


def test_keys_move_the_point(qtbot: Any, window: Window, made: Document) -> None:
    pad = window.space.pad
    pad.setFocus()
    x, y = pad.point
    qtbot.keyClick(pad, Qt.Key.Key_Home)
    assert pad.point == (0.5, 0.5)
    qtbot.keyClick(pad, Qt.Key.Key_Left)
    assert pad.point[0] < 0.5
    qtbot.keyClick(pad, Qt.Key.Key_PageDown)
    places = [tuple(map(float, place)) for place in window.space.outline.places]  # type: ignore[union-attr]
    assert pad.point in places
    qtbot.waitUntil(lambda: bool(made.history.done))


def menu_on(qtbot: Any, window: Window, number: int) -> dict[str, Any]:
    """The menu of a sample, opened as a person does; its words and deeds."""
    pad, outline = window.space.pad, window.space.outline
    assert outline is not None
    at = spot_of(window, *map(float, outline.places[number]))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, pad.mapToGlobal(at))
    QApplication.sendEvent(pad, event)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return {action.text().replace("&", ""): (menu, action) for action in menu.actions() if action.text()}


def choose(qtbot: Any, entry: tuple[QMenu, QAction]) -> None:
    menu, action = entry
    qtbot.mouseClick(menu, Button.LeftButton, pos=menu.actionGeometry(action).center())


def test_more_and_less_of_a_sample(qtbot: Any, window: Window, made: Document) -> None:
    panel, outline = window.space, window.space.outline
    assert outline is not None
    x, y = map(float, outline.places[0])
    panel.go(Spot(x, y))
    middle = outline.codes.mean(axis=0)
    choose(qtbot, menu_on(qtbot, window, 2)["More of grain 2"])
    assert np.allclose(panel.code(), outline.codes[0] + 0.5 * (outline.codes[2] - middle), atol=1e-5)
    choose(qtbot, menu_on(qtbot, window, 1)["Less of grain 1"])
    wanted = outline.codes[0] + 0.5 * (outline.codes[2] - middle) - 0.5 * (outline.codes[1] - middle)
    assert np.allclose(panel.code(), wanted, atol=1e-5)
    qtbot.waitUntil(lambda: shows(made, wanted))
    choose(qtbot, menu_on(qtbot, window, 1)["Go to grain 1"])
    assert np.allclose(panel.code(), outline.codes[1], atol=1e-5)


def test_detail_of_another_sample(qtbot: Any, window: Window, made: Document) -> None:
    panel, outline = window.space, window.space.outline
    assert outline is not None
    assert "Own detail and colours" not in (entries := menu_on(qtbot, window, 1))
    choose(qtbot, entries["Detail and colours of grain 1"])
    assert "detail of grain 1" in panel.where.text()
    crossed = np.append(colour(outline.codes[0])[:2], colour(outline.codes[1])[:1])
    qtbot.waitUntil(lambda: bool(np.abs(mean(made) - crossed).max() < 0.004))
    choose(qtbot, menu_on(qtbot, window, 0)["Own detail and colours"])
    qtbot.waitUntil(lambda: shows(made, outline.codes[0]))
    assert "detail" not in panel.where.text()


def test_the_menu_key_asks_about_the_nearest_sample(qtbot: Any, window: Window, made: Document) -> None:
    pad = window.space.pad
    asked: list[int] = []
    pad.asked.disconnect()
    pad.asked.connect(lambda number, at: asked.append(number))
    middle = pad.rect().center()
    reason = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(pad, QContextMenuEvent(reason, middle, pad.mapToGlobal(middle)))
    assert asked == [0], "the point is on the first sample"


def test_back_forward_and_two_points(qtbot: Any, window: Window, made: Document) -> None:
    panel = window.space
    first = panel.spot
    second, third = Spot(0.2, 0.3), Spot(0.7, 0.6)
    panel.go(second)
    qtbot.mouseClick(panel.back, Button.LeftButton)
    assert panel.spot == first and panel.forward.isEnabled()
    window.actions_["space_forward"].trigger()
    assert panel.spot == second
    window.actions_["space_swap"].trigger()
    panel.go(third)
    window.actions_["space_swap"].trigger()
    assert panel.spot == second and panel.swap.text() == "A"
    window.actions_["space_swap"].trigger()
    assert panel.spot == third and panel.swap.text() == "B"


def test_chance_respects_locks(qtbot: Any, window: Window, made: Document) -> None:
    panel = window.space
    qtbot.mouseClick(panel.lock, Button.LeftButton)
    before = panel.spot
    qtbot.mouseClick(panel.random, Button.LeftButton)
    assert (panel.spot.x, panel.spot.y) == (before.x, before.y) and panel.spot.amounts != before.amounts
    qtbot.mouseClick(panel.slope_locks[0], Button.LeftButton)
    qtbot.mouseClick(panel.lock, Button.LeftButton)
    amount = panel.spot.amount(0)
    qtbot.mouseClick(panel.near, Button.LeftButton)
    assert panel.spot.amount(0) == amount and (panel.spot.x, panel.spot.y) != (before.x, before.y)


def test_all_sliders_go_back_to_the_middle(qtbot: Any, window: Window, made: Document) -> None:
    panel = window.space
    assert not panel.middle.isEnabled()
    panel.go(Spot(0.3, 0.6, (0.5,), (0.1, 0.2)))
    qtbot.mouseClick(panel.slope_locks[0], Button.LeftButton)
    qtbot.mouseClick(panel.middle, Button.LeftButton)
    assert panel.spot.amounts == (0.5,), "what is locked stays"
    qtbot.mouseClick(panel.slope_locks[0], Button.LeftButton)
    qtbot.mouseClick(panel.middle, Button.LeftButton)
    assert panel.spot == Spot(0.3, 0.6, (0.0,), (0.1, 0.2)) and panel.slopes[0].value() == 0
    assert not panel.middle.isEnabled()
    qtbot.mouseClick(panel.back, Button.LeftButton)
    assert panel.spot.amounts == (0.5,) and panel.middle.isEnabled()


def test_named_points_stay(qtbot: Any, window: Window, made: Document) -> None:
    panel = window.space
    panel.go(Spot(0.25, 0.75, (0.5,)))
    qtbot.mouseClick(panel.noise, Button.LeftButton)
    panel.points.keep_asked.emit("Mossy")
    kept, seed = panel.spot, panel.seed
    qtbot.mouseClick(panel.noise, Button.LeftButton)
    panel.go(Spot(0.5, 0.5))
    assert panel.points.names() == ["Mossy"]
    panel.points.box.setCurrentIndex(1)
    panel.points.box.activated.emit(1)
    assert panel.spot == kept and panel.seed == seed
    qtbot.mouseClick(panel.points.drop_button, Button.LeftButton)
    assert panel.points.names() == []


def test_a_picture_of_another_kind_is_left_alone(qtbot: Any, window: Window, made: Document) -> None:
    other = Document(Image(np.full((60, 60, 3), 9, np.uint8)), title="photo")
    window.add_document(other)
    window.space.go(Spot(0.3, 0.3))
    qtbot.waitUntil(lambda: not window.space.picture.pixmap().isNull())
    qtbot.wait(60)
    assert not other.history.done and (other.picture.pixels == 9).all()


def brush(window: Window, qtbot: Any, a: tuple[float, float], b: tuple[float, float], alt: bool = False) -> None:
    """A stroke with the space brush between two points of the picture in front."""
    canvas = window.tabs.canvas
    assert canvas is not None
    keys = Qt.KeyboardModifier.AltModifier if alt else Qt.KeyboardModifier.NoModifier
    start, end = (canvas.view.to_screen(*point).toPoint() for point in (a, b))
    qtbot.mousePress(canvas, Button.LeftButton, keys, start)
    qtbot.mouseMove(canvas, (start + end) / 2)
    qtbot.mouseMove(canvas, end)
    qtbot.mouseRelease(canvas, Button.LeftButton, keys, end)


def take_brush(qtbot: Any, window: Window, size: int = 20) -> None:
    qtbot.mouseClick(window.space.brush, Button.LeftButton)
    assert isinstance(window.tool, SpaceBrush) and window.pages.currentWidget() is window.space
    window.tool.resize(size / 2)


def test_a_stroke_grows_and_one_undo_takes_it_back(qtbot: Any, window: Window, made: Document) -> None:
    take_brush(qtbot, window)
    before, ground = made.picture.pixels.copy(), window.space.code()
    window.space.go(Spot(0.9, 0.9))
    qtbot.wait(60)
    assert np.array_equal(made.picture.pixels, before), "with the brush in hand the pad chooses what it paints"
    brush(window, qtbot, (20, 20), (60, 20))
    qtbot.waitUntil(lambda: not made.grown.differing(made.sown) and not window.growing.busy(made))
    sown = made.sown.array()
    assert set(np.unique(sown)) == {1, 2} and made.growth is not None and made.growth.base is None
    assert np.abs(made.picture.decoded()[sown == 2] - colour(window.space.code())).max() < 0.004
    assert np.array_equal(made.picture.pixels[sown == 1], before[sown == 1])
    assert np.allclose(made.growth.points[0], ground)
    made.undo()
    assert made.growth is None and np.array_equal(made.picture.pixels, before) and made.sown.empty
    made.redo()
    assert made.growth is not None and not made.grown.differing(made.sown)


def test_a_second_stroke_makes_only_its_own_part(qtbot: Any, window: Window, made: Document) -> None:
    take_brush(qtbot, window)
    window.space.go(Spot(0.9, 0.9))
    brush(window, qtbot, (15, 15), (40, 15))
    qtbot.waitUntil(lambda: not made.grown.differing(made.sown) and not window.growing.busy(made))
    jobs: list[Any] = []
    window.bridge.submitted.connect(lambda job, number: jobs.append(job))
    brush(window, qtbot, (70, 65), (80, 65))
    qtbot.waitUntil(lambda: not made.grown.differing(made.sown) and not window.growing.busy(made))
    where = np.maximum.reduce([job.inputs["hole"] for job in jobs if "hole" in job.inputs])
    assert where.any() and not where[: 55 - REACH - 2].any(), "the first stroke is far from the second"
    assert len(made.growth.points) == 2, "the same point has one number"  # type: ignore[union-attr]


def test_a_photograph_keeps_what_is_not_painted_and_comes_back(qtbot: Any, window: Window, made: Document) -> None:
    rng = np.random.default_rng(4)
    photo = Document(Image(rng.integers(0, 255, (70, 90, 3), np.uint8)), title="photo")
    window.add_document(photo)
    before = photo.picture.pixels.copy()
    take_brush(qtbot, window)
    brush(window, qtbot, (20, 30), (60, 30))
    qtbot.waitUntil(lambda: not photo.grown.differing(photo.sown) and not window.growing.busy(photo))
    sown = photo.sown.array()
    assert set(np.unique(sown)) == {0, 1} and photo.growth is not None and photo.growth.base is not None
    assert np.array_equal(photo.picture.pixels[sown == 0], before[sown == 0])
    assert not np.array_equal(photo.picture.pixels[sown == 1], before[sown == 1])
    brush(window, qtbot, (10, 30), (75, 30), alt=True)
    qtbot.waitUntil(lambda: not photo.grown.differing(photo.sown) and not window.growing.busy(photo))
    assert np.array_equal(photo.picture.pixels, before)


def test_without_a_point_in_hand_the_brush_says_so(qtbot: Any, window: Window) -> None:
    window.add_document(Document(Image(np.zeros((40, 40, 3), np.uint8)), title="photo"))
    (tool,) = (one for one in window.tools if isinstance(one, SpaceBrush))
    tool.hand = None
    window.take_tool(tool)
    brush(window, qtbot, (5, 5), (20, 20))
    assert "no point" in window.notice.sentence.text().lower()
    assert window.tabs.document is not None and window.tabs.document.sown.empty and tool.mask == SOWN


def test_a_selection_is_found_and_slid_from(qtbot: Any, window: Window, made: Document) -> None:
    wanted = (0.6, -0.4)
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[10:50, 20:60] = np.round(colour(wanted) * 255)
    photo = Document(Image(pixels), title="photo")
    window.add_document(photo)
    with photo.edit("Pick sample") as edit:
        edit.pick(Rect(20, 10, 40, 40))
    window.pages.setCurrentWidget(window.space)
    qtbot.mouseClick(window.space.find_button, Button.LeftButton)
    qtbot.waitUntil(lambda: "Found" in window.space.told.text())
    assert np.allclose(window.space.code(), wanted, atol=0.02)
    window.space.slopes[0].slider.setValue(625)
    assert np.allclose(window.space.code(), (0.6, -0.15), atol=0.02)
    window.space.told.linkActivated.emit("nearer")
    qtbot.waitUntil(lambda: np.allclose(window.space.code(), wanted, atol=0.02))
    assert "Get nearer" not in window.space.told.text()
    window.space.slopes[0].slider.setValue(600)
    assert window.space.told.isVisible(), "it can still be added to the space"
    qtbot.mouseClick(window.space.pad, Button.LeftButton, pos=spot_of(window, 0.2, 0.8))
    assert not window.space.told.isVisible()


def test_what_was_found_is_added_to_the_space(
    qtbot: Any, window: Window, made: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.full((60, 80, 3), 77, np.uint8)
    window.add_document(Document(Image(pixels), title="photo"))
    window.pages.setCurrentWidget(window.space)
    qtbot.mouseClick(window.space.find_button, Button.LeftButton)
    qtbot.waitUntil(lambda: "Add it to the space" in window.space.told.text())

    def answered(dialog: LearnDialog) -> Any:
        assert [one.title for one in dialog.chosen()] == ["part of photo"]
        assert dialog.begun.currentText() == "Add to Grains" and dialog.name.text() == "Grains"
        return LearnDialog.DialogCode.Accepted

    monkeypatch.setattr(LearnDialog, "exec", answered)
    window.space.told.linkActivated.emit("join")
    qtbot.waitUntil(lambda: any(run.learns and run.active for run in window.session.runs))
    qtbot.waitUntil(lambda: NAMES == ["part of photo"])
    run = next(run for run in window.session.runs if run.learns)
    samples = run.inputs["samples"]
    assert isinstance(samples, tuple) and np.array_equal(samples[0].pixels, pixels)
    window.session.stop(run)
    qtbot.waitUntil(lambda: not run.active)


def test_whoever_moves_on_is_not_called_back(qtbot: Any, window: Window, made: Document) -> None:
    qtbot.mouseClick(window.space.find_button, Button.LeftButton)
    window.space.go(Spot(0.1, 0.9))
    qtbot.wait(80)
    assert (window.space.spot.x, window.space.spot.y) == (0.1, 0.9) and not window.space.told.isVisible()


def test_the_wheel_scrolls_and_changes_nothing(qtbot: Any, window: Window, made: Document) -> None:
    box = window.space.size_row.width_box
    window.space.pad.setFocus()
    at, none = QPointF(5, 5), Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        at, box.mapToGlobal(at), QPoint(), QPoint(0, 120), Button.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(box, event)
    assert box.value() == 96


def path(window: Window, seconds: float = 0.4) -> None:
    panel = window.space
    for spot in (Spot(0.2, 0.2), Spot(0.8, 0.3), Spot(0.5, 0.9)):
        panel.go(spot)
        panel.path.add_asked.emit()
    panel.path.seconds.setValue(seconds)


def test_a_path_is_played(qtbot: Any, window: Window, made: Document) -> None:
    assert not window.space.path.play.isEnabled()
    path(window)
    seen: list[Any] = []
    window.space.path.played.connect(seen.append)
    qtbot.mouseClick(window.space.path.play, Button.LeftButton)
    qtbot.waitUntil(lambda: len(seen) >= 12)
    qtbot.mouseClick(window.space.path.play, Button.LeftButton)
    assert len({tuple(code) for code in seen}) == 10 and not window.space.path._timer.isActive()


@pytest.mark.parametrize(("words", "name"), [(words, f"way.{kind}") for words, kind in FILMS.items()])
def test_a_path_is_saved(
    qtbot: Any, window: Window, made: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, name: str
) -> None:
    path(window)
    place = tmp_path / name
    dialog = "desktop.panels.space_making_deeds.QFileDialog.getSaveFileName"
    monkeypatch.setattr(dialog, lambda *_: (str(place), words))
    with qtbot.waitSignal(window.filming.done) as told:
        qtbot.mouseClick(window.space.path.export, Button.LeftButton)
    (paths,) = told.args
    assert len(paths) == (10 if "Numbered" in words else 1) and all(one.stat().st_size > 0 for one in paths)
    if "Numbered" in words:
        codes = window.space.path.codes(window.space.outline)  # type: ignore[arg-type]
        assert np.abs(open_picture(paths[4]).decoded() - colour(codes[4])).max() < 0.004
    assert not window.filming.busy


@pytest.mark.parametrize(
    ("name", "chosen", "written"),
    [
        ("way.mp4", "GIF (*.gif)", "way.mp4"),
        ("way", "Film (*.mp4)", "way.mp4"),
        ("way.png", "Sprite sheet (*.png)", "way.png"),
        ("way.png", "GIF (*.gif)", "way-001.png"),
        ("there", "GIF (*.gif)", "there 2.gif"),
    ],
)
def test_a_path_is_saved_as_its_name_says(
    qtbot: Any,
    window: Window,
    made: Document,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    chosen: str,
    written: str,
) -> None:
    """The dialog's list of kinds stays where it was while a name is typed."""
    (tmp_path / "there.gif").write_bytes(b"mine")
    path(window, seconds=0.2)
    dialog = "desktop.panels.space_making_deeds.QFileDialog.getSaveFileName"
    monkeypatch.setattr(dialog, lambda *_: (str(tmp_path / name), chosen))
    with qtbot.waitSignal(window.filming.done) as told:
        qtbot.mouseClick(window.space.path.export, Button.LeftButton)
    assert told.args[0][0].name == written and (tmp_path / "there.gif").read_bytes() == b"mine"
    assert not window.filming.busy


def test_a_film_is_busy_until_it_is_written(
    qtbot: Any, window: Window, made: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path(window, seconds=0.2)
    go = threading.Event()
    monkeypatch.setattr("engine.files.moving.save_moving", lambda frames, path, *_: (go.wait(5), (path,))[1])
    window.film(tmp_path / "way.gif", "gif")
    qtbot.waitUntil(lambda: window.filming._writing)
    assert window.filming.busy
    qtbot.mouseClick(window.space.path.export, Button.LeftButton)
    assert window.space.path.bar.isVisible(), "there is nothing to stop any more"
    with qtbot.waitSignal(window.filming.done):
        go.set()
    assert not window.filming.busy and not window.space.path.bar.isVisible()


def test_a_space_is_learnt_from_what_is_at_hand(
    qtbot: Any, window: Window, made: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        save_picture(Image(np.full((40, 40, 3), 90 * number, np.uint8)), tmp_path / f"{number}.png")
    window.add_document(Document(Image(np.full((50, 50, 3), 7, np.uint8)), title="photo"))

    def answered(dialog: LearnDialog) -> Any:
        assert [one.title for one in dialog.chosen()] == ["photo"], "pictures of a space are no samples by themselves"
        dialog.add_files([str(tmp_path / f"{number}.png") for number in range(2)])
        dialog.name.setText("Three")
        dialog.minutes.setValue(2)
        return LearnDialog.DialogCode.Accepted

    monkeypatch.setattr(LearnDialog, "exec", answered)
    qtbot.mouseClick(window.space.learn, Button.LeftButton)
    qtbot.waitUntil(lambda: any(run.learns and run.note == "3 samples" for run in window.session.runs))
    run = next(run for run in window.session.runs if run.learns)
    assert run.wish.params.minutes == 2.0  # type: ignore[attr-defined]
    assert NAMES == ["photo", "0", "1"], "samples go by their titles: a path is nobody else's business"
    window.space.go(Spot(0.4, 0.4))
    qtbot.waitUntil(lambda: window.space_live._number is None)
    assert run.active, "the pad moves while it is learnt"
    window.session.stop(run, keep=True)
    qtbot.waitUntil(lambda: run.state is State.DONE)
    qtbot.waitUntil(lambda: window.space.box.currentText() == "Three")
    assert {entry.title for entry in learnt.found(KIND)} == {"Three", "Grains"}


def test_the_dialog_counts_what_is_clicked(qtbot: Any) -> None:
    dialog = LearnDialog([Offered("a", None, 1, True), Offered("b", None, 2)], {1: QPixmap(4, 4)})
    qtbot.addWidget(dialog)
    assert dialog.go.isEnabled() and "1 chosen" in dialog.count.text()
    dialog.show()
    qtbot.mouseClick(
        dialog.list.viewport(), Button.LeftButton, pos=dialog.list.visualItemRect(dialog.list.item(0)).center()
    )
    assert not dialog.go.isEnabled() and dialog.chosen() == []


def test_files_and_folders_are_dropped_into_the_dialog(qtbot: Any, tmp_path: Path) -> None:
    folder = tmp_path / "barks"
    folder.mkdir()
    for path in (folder / "a.png", folder / "b.png", tmp_path / "c.png"):
        save_picture(Image(np.full((40, 40, 3), 90, np.uint8)), path)
    (folder / "notes.txt").write_text("none")
    dialog = LearnDialog([], {})
    qtbot.addWidget(dialog)
    dialog.show()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (folder, tmp_path / "c.png")])
    here = dialog.list.mapTo(dialog, dialog.list.rect().center())
    copy, left, none = Qt.DropAction.CopyAction, Button.LeftButton, Qt.KeyboardModifier.NoModifier
    assert not dialog.list.acceptDrops() and not dialog.list.viewport().acceptDrops()
    entered = QDragEnterEvent(here, copy, data, left, none)
    QApplication.sendEvent(dialog, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(dialog, QDropEvent(QPointF(here), copy, data, left, none))
    assert [one.title for one in dialog.chosen()] == ["a", "b", "c"]


def test_a_space_learns_on(qtbot: Any, window: Window, made: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    def answered(dialog: LearnDialog) -> Any:
        assert not dialog.go.isEnabled(), "there is nothing to learn"
        dialog.begun.setCurrentIndex(dialog.begun.findText("Add to Grains"))
        assert dialog.go.isEnabled() and dialog.name.text() == "Grains" and "learns on" in dialog.count.text()
        return LearnDialog.DialogCode.Accepted

    monkeypatch.setattr(LearnDialog, "exec", answered)
    jobs: list[Any] = []
    window.bridge.submitted.connect(lambda job, number: jobs.append(job))
    qtbot.mouseClick(window.space.learn, Button.LeftButton)
    qtbot.waitUntil(lambda: any(run.learns for run in window.session.runs))
    run = next(run for run in window.session.runs if run.learns)
    given = next(job for job in jobs if "samples" in job.inputs).inputs
    first = tiny_space().tensors["sample.0"]
    assert given["space"].tensors.keys() == sloped().tensors.keys()
    assert [np.array_equal(image.pixels, first) for image in given["samples"]] == [True], "one that it has"
    window.session.stop(run)
    qtbot.waitUntil(lambda: not run.active)


def test_a_damaged_space_is_said(qtbot: Any, window: Window, made: Document) -> None:
    plain = tiny_space()
    save_trained(Trained(KIND, plain.tensors, {**plain.about, "samples": "["}), learnt.folder() / "bad.safetensors")
    before = window.space.outline
    window.look_into(learnt.folder() / "bad.safetensors")
    qtbot.waitUntil(lambda: "cannot be shown" in window.notice.sentence.text())
    assert window.space.outline is before


def test_past_spaces_that_cannot_be_read_there_is_one_that_can(qtbot: Any, window: Window) -> None:
    """The newest are tried first, and a damaged one is no reason to show none."""
    plain = tiny_space()
    for number, about in enumerate(({"samples": "["}, {"version": "99"})):
        place = learnt.folder() / f"bad {number}.safetensors"
        save_trained(Trained(KIND, plain.tensors, {**plain.about, **about}), place)
        os.utime(place, (2e9 + number, 2e9 + number))
    window.actions_["show_space"].trigger()
    qtbot.waitUntil(lambda: window.tabs.document is not None)
    assert window.space.box.currentText() == "Grains" and window.space.outline is not None
    assert "cannot be" in window.notice.sentence.text()


def cut_short(title: str) -> None:
    """A training of an earlier sitting that did not come to its end."""
    folder = state_folder() / "unfinished"
    folder.mkdir(parents=True, exist_ok=True)
    said = {"title": title, "params": {"minutes": 10.0}, "fraction": 0.25}
    begun = tiny_space()
    save_trained(
        Trained(KIND, begun.tensors, {**begun.about, "unfinished": json.dumps(said)}), folder / f"{title}.safetensors"
    )


def button(window: Window, words: str) -> QPushButton:
    found = window.notice.findChildren(QPushButton)
    return next(one for one in found if one.text() == words and one.isVisible())


def test_a_training_that_was_cut_short_goes_on(qtbot: Any, window: Window, made: Document) -> None:
    cut_short("Barks")
    window.find_unfinished()
    window.offer_unfinished()
    assert window.notice.sentence.text() == "Learning “Barks” was cut short; 25 % of it was done."
    qtbot.mouseClick(button(window, "Go on"), Button.LeftButton)
    qtbot.waitUntil(lambda: any(run.learns and run.active for run in window.session.runs))
    assert window.pages.currentWidget() is window.space and window.below.currentWidget() is window.jobs
    run = next(run for run in window.session.runs if run.learns)
    assert run.wish.params.minutes == 7.5  # type: ignore[attr-defined]
    assert isinstance(run.inputs["space"], Trained) and run.named == "Barks"
    qtbot.waitUntil(lambda: run.learning is not None)
    window.session.stop(run, keep=True)
    qtbot.waitUntil(lambda: "“Barks” is on the page Space" in window.notice.sentence.text())
    assert not any((state_folder() / "unfinished").glob("*.safetensors"))


def test_one_question_at_a_time_of_what_was_cut_short(qtbot: Any, window: Window, made: Document) -> None:
    cut_short("Barks")
    cut_short("Sands")
    window.notice.tell("info", "Something else")
    window.find_unfinished()
    window.offer_unfinished()
    assert window.notice.sentence.text() == "Something else"
    window.notice.close_button.click()
    first = window.notice.sentence.text()
    qtbot.mouseClick(button(window, "Let it go"), Button.LeftButton)
    assert "cut short" in window.notice.sentence.text() != first
    assert len(list((state_folder() / "unfinished").glob("*.safetensors"))) == 1
    qtbot.mouseClick(button(window, "Keep it as it is"), Button.LeftButton)
    qtbot.waitUntil(lambda: window.space.box.currentText() in ("Barks", "Sands"))
    assert not any((state_folder() / "unfinished").glob("*.safetensors"))
