"""Variations: small looks at other seeds and settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QListWidget, QWidget

from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.panels.trial_strip import TrialStrip
from desktop.session import Session, Wish
from desktop.session.asking import Asking
from desktop.session.reducing import LEAST, reduced
from desktop.session.trials import SIDE, Trial, Trials, trials_of
from engine import catalog, jobs
from engine.context import Context
from engine.image import Image
from engine.operation import Execution, Input, Inputs, Mask, Model, Operation, Picture, Result
from engine.recipe import Recipe
from engine.region import Rect
from tests.contract.scenarios import MODELS
from tests.desktop.conftest import FILL, GROW, ScriptedEngine, ToneValues


@pytest.fixture
def session(qtbot: Any, bridge: Bridge) -> Session:
    return Session(bridge)


@pytest.fixture
def trials(qtbot: Any, bridge: Bridge, session: Session) -> Iterator[Trials]:
    trials = Trials(bridge, Asking(bridge, session), session, session)
    yield trials
    trials.stop()


def finish(engine: ScriptedEngine, number: int, level: float) -> None:
    job = engine.jobs[number]
    picture = job.inputs.get("picture") or job.inputs["sample"]
    assert isinstance(picture, Image)
    pixels = np.full((*picture.pixels.shape[:2], 3), level, np.float32)
    result = Result(picture.rect, pixels, None, picture, True)
    engine.say(jobs.Started(number))
    engine.say(jobs.Done(number, result, Recipe.of(job).as_json(), 0.2, False))


def test_other_seeds_come_first_and_every_trial_differs() -> None:
    wish = Wish(FILL, ToneValues(), 7)
    made = trials_of(wish)
    assert [trial.wish.seed for trial in made[:4]] == [8, 9, 10, 11]
    asked = [(trial.wish.seed, tuple(trial.wish.params.as_json().items())) for trial in made]
    assert len(set(asked)) == len(asked) and (7, tuple(wish.params.as_json().items())) not in asked
    assert not any("Bold" in trial.caption for trial in made), "what is folded away is not tried"
    assert any(trial.caption.startswith("Tone") for trial in made)


@pytest.mark.parametrize("operation", list(catalog.operations().values()), ids=lambda entry: entry.id)
def test_trials_of_every_operation_are_within_range(operation: Operation[Any]) -> None:
    made = trials_of(Wish(operation, operation.params(), 1))
    assert len(made) >= 4
    for trial in made:
        assert trial.caption and operation.params.from_json(trial.wish.params.as_json()) == trial.wish.params


def test_a_fill_is_shown_with_its_surroundings(document: Document) -> None:
    large = Document(Image(np.zeros((1000, 1500, 3), np.uint16)), title="large")
    with large.edit("Brush hole") as edit:
        edit.cover(large.hole, Box(Rect(600, 400, 300, 200)))
    inputs: dict[str, Input | None] = {"picture": large.picture, "hole": large.hole.array(), "source": None}
    small = reduced(FILL, inputs, None, SIDE)
    picture, hole = small.inputs["picture"], small.inputs["hole"]
    assert isinstance(picture, Image) and isinstance(hole, np.ndarray)
    assert small.rect == Rect(450, 250, 600, 500) and max(picture.size) == SIDE and picture.pixels.dtype == np.uint16
    assert hole.shape == picture.pixels.shape[:2] and 0.15 < (hole > 0).mean() < 0.25
    assert small.factor == pytest.approx(600 / SIDE)


def test_a_new_texture_is_shown_at_full_scale() -> None:
    sample = Image(np.arange(400 * 500 * 3, dtype=np.uint32).astype(np.uint8).reshape(400, 500, 3))
    small = reduced(GROW, {"sample": sample}, (900, 700), SIDE)
    piece = small.inputs["sample"]
    assert isinstance(piece, Image) and small.size == (SIDE, SIDE) and small.factor == 1
    assert piece.size == (SIDE * 5 // 4, SIDE * 5 // 4)
    assert any(
        np.array_equal(piece.pixels, sample.pixels[y : y + piece.size[1], x : x + piece.size[0]])
        for y in (110, 109, 111)
        for x in (160, 159, 161)
    ), "pixels as they are"


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 900), st.integers(1, 900), st.sampled_from(sorted(catalog.operations())))
def test_small_parameters_stay_within_their_range(width: int, height: int, name: str) -> None:
    operation = catalog.find(name)
    inputs = {role: Image(np.zeros((height, width, 3), np.uint8)) for role in operation.roles if role == "sample"}
    small = reduced(operation, inputs, None, SIDE)
    assert operation.params.from_json(small.params(operation.params()).as_json())
    for value in small.inputs.values():
        if isinstance(value, Image):
            assert min(value.size) >= min(LEAST, width, height)


def test_trials_come_one_after_another(
    qtbot: Any, trials: Trials, engine: ScriptedEngine, document: Document, session: Session
) -> None:
    session.open(document)
    began: list[list[Trial]] = []
    shown: list[int] = []
    trials.began.connect(began.append)
    trials.shown.connect(lambda index, pixels: shown.append(index))
    trials.begin(document, Wish(FILL, ToneValues(), 3))
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    assert engine.jobs[1].seed == 4 and len(began[0]) > 4
    for number in range(1, len(began[0]) + 1):
        qtbot.waitUntil(lambda number=number: number in engine.jobs)
        finish(engine, number, 0.5)
    qtbot.waitUntil(lambda: shown == list(range(len(began[0]))))


def test_real_work_goes_first(
    qtbot: Any, trials: Trials, engine: ScriptedEngine, document: Document, session: Session
) -> None:
    session.open(document)
    trials.begin(document, Wish(FILL, ToneValues(), 3))
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    run = session.start(document, Wish(FILL, ToneValues(), 1))
    assert run is not None and ("stop", 1) in engine.calls
    qtbot.wait(50)
    assert len(engine.jobs) == 2, "no trial while it goes on"
    engine.finish(2, 0.5)
    qtbot.waitUntil(lambda: len(engine.jobs) == 3)
    assert engine.jobs[3].seed == 4, "the one that had to give way"


def test_what_is_missing_is_said(qtbot: Any, trials: Trials, session: Session) -> None:
    empty = Document(Image(np.zeros((9, 9, 3), np.uint8)))
    session.open(empty)
    with qtbot.waitSignal(trials.failed) as told:
        trials.begin(empty, Wish(FILL, ToneValues(), 1))
    assert "hole" in told.args[0]


def test_the_strip_promotes_and_compares(qtbot: Any) -> None:
    strip = TrialStrip()
    qtbot.addWidget(strip)
    strip.resize(300, 200)
    strip.show()
    made = trials_of(Wish(FILL, ToneValues(), 1))
    strip.begin(made)
    pixels = np.full((10, 20, 4), 255, np.uint8)
    strip.show_trial(1, pixels)
    strip.show_trial(99, pixels)
    strip.list.setCurrentRow(1)
    compared: list[Any] = []
    strip.compared.connect(compared.append)
    qtbot.keyPress(strip.list, Qt.Key.Key_Space)
    qtbot.keyRelease(strip.list, Qt.Key.Key_Space)
    assert compared[0] is pixels and compared[1] is None
    with qtbot.waitSignal(strip.promoted) as told:
        rect = strip.list.visualItemRect(strip.list.item(1))
        qtbot.mouseClick(strip.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert told.args[0] is made[1]


def test_the_one_under_the_pointer_is_compared(qtbot: Any) -> None:
    """Without a click, which would make it; and keys go back to where they went before."""
    window, field = QWidget(), QListWidget()
    strip = TrialStrip()
    row = QHBoxLayout(window)
    row.addWidget(field)
    row.addWidget(strip)
    qtbot.addWidget(window)
    window.resize(700, 200)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    field.setFocus()
    strip.begin(trials_of(Wish(FILL, ToneValues(), 1)))
    first, second = (np.full((10, 20, 4), level, np.uint8) for level in (90, 200))
    strip.show_trial(0, first)
    strip.show_trial(1, second)
    compared: list[Any] = []
    strip.compared.connect(compared.append)
    places = [strip.list.visualItemRect(strip.list.item(number)).center() for number in (0, 1)]
    QApplication.sendEvent(strip.list, QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5)))
    qtbot.mouseMove(strip.list.viewport(), places[1])
    qtbot.keyPress(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert compared and compared[-1] is second
    qtbot.mouseMove(strip.list.viewport(), places[0])
    assert compared[-1] is first
    qtbot.keyRelease(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert compared[-1] is None
    QApplication.sendEvent(strip.list, QEvent(QEvent.Type.Leave))
    assert field.hasFocus()


def test_nobody_looks_nothing_is_made(qtbot: Any) -> None:
    strip = TrialStrip()
    qtbot.addWidget(strip)
    looked: list[bool] = []
    strip.wanted.connect(looked.append)
    strip.show()
    strip.hide()
    assert looked == [True, False]


def everything_for(operation: Operation[Any], side: int) -> dict[str, Input | None]:
    """Something for every role, pictures of other sizes, what lies on one another of the same."""
    sizes = {"": (side // 3, side // 2)}
    inputs: dict[str, Input | None] = {}
    for number, (name, role) in enumerate(operation.roles.items()):
        of = getattr(role, "of", "")
        default = (side, side + 64) if name == "picture" else (side // 2 + 40 * number, side // 4)
        height, width = sizes.setdefault(name, sizes.get(of, default) if of else default)
        if isinstance(role, Picture):
            picture = Image(np.full((height, width, 3), 90, np.uint8))
            inputs[name] = (picture, picture) if role.several else picture
        elif isinstance(role, Model):
            inputs[name] = MODELS[role.kind]()
        else:
            values = np.zeros((height, width), np.uint8)
            values[height // 3 : height // 2, width // 3 : width // 2] = 255
            inputs[name] = values if isinstance(role, Mask) else (values // 255).astype(np.uint16)
    return inputs


@pytest.mark.parametrize("given_too", [True, False], ids=["everything", "what is needed"])
@pytest.mark.parametrize("operation", list(catalog.operations().values()), ids=lambda entry: entry.id)
def test_small_inputs_of_every_operation_fit_one_another(operation: Operation[Any], given_too: bool) -> None:
    """What the border refuses would be an empty place in the strip."""
    order = sorted(operation.roles, key=lambda name: bool(getattr(operation.roles[name], "of", "")))
    large = everything_for(replace(operation, roles=Inputs(**{name: operation.roles[name] for name in order})), 1200)
    if not given_too:
        large = {name: value for name, value in large.items() if operation.roles[name].required}
    small = reduced(operation, large, (1600, 1200) if operation.sized else None, SIDE)
    params = small.params(operation.params())
    made = Execution(operation, small.inputs, params, Context(threads=1, memory=1 << 40), small.size)
    assert max(made.size) <= 4 * SIDE
    for value in small.inputs.values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Image):
                assert max(one.size) <= 2 * SIDE, "a look at large pictures would not be quick"


def test_a_look_at_a_tile_is_one_at_all_of_it() -> None:
    """A piece of the picture would be closed elsewhere; maps that are only copied along are not looked at."""
    tile = catalog.find("tile")
    ramp = np.broadcast_to(np.arange(600, dtype=np.uint32)[None, :, None] * 255 // 600, (400, 600, 3))
    sample = Image(ramp.astype(np.uint8))
    small = reduced(tile, {"sample": sample, "maps": (sample,)}, (600, 400), SIDE)
    piece = small.inputs["sample"]
    assert isinstance(piece, Image) and piece.size == small.size == (SIDE, SIDE * 2 // 3)
    assert piece.pixels.min() < 5 and piece.pixels.max() > 250
    assert small.inputs.get("maps") is None


def test_a_masked_sample_is_cut_with_its_mask() -> None:
    synthesize = catalog.find("synthesize")
    level = np.tile((np.arange(700) * 255 // 700).astype(np.uint8), (500, 1))
    masked: dict[str, Input | None] = {"sample": Image(level[..., None]), "source": level}
    small = reduced(synthesize, masked, (900, 900), SIDE)
    piece, mask = small.inputs["sample"], small.inputs["source"]
    assert isinstance(piece, Image) and isinstance(mask, np.ndarray)
    assert np.array_equal(piece.pixels[..., 0], mask), "still on one another"
