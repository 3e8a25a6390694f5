"""Variations: small looks at other seeds and settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.panels.trial_strip import TrialStrip
from desktop.session import Session, Wish
from desktop.session.asking import Asking
from desktop.session.reducing import LEAST, reduced
from desktop.session.trials import SIDE, Trial, Trials, trials_of
from engine import catalog, jobs
from engine.image import Image
from engine.operation import Input, Operation, Result
from engine.recipe import Recipe
from engine.region import Rect
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


def test_nobody_looks_nothing_is_made(qtbot: Any) -> None:
    strip = TrialStrip()
    qtbot.addWidget(strip)
    looked: list[bool] = []
    strip.wanted.connect(looked.append)
    strip.show()
    strip.hide()
    assert looked == [True, False]
