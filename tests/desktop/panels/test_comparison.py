from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.bridge import Bridge
from desktop.panels.comparison import Comparison
from desktop.session.asking import Asking
from desktop.session.comparing import LARGEST_SAMPLE, SIZE, Comparing
from engine import catalog, jobs
from engine.image import Image
from engine.operation import Result
from engine.recipe import Recipe
from engine.region import Rect
from tests.desktop.conftest import FILL, GROW, ScriptedEngine

SAMPLE = Image(np.random.default_rng(3).integers(0, 255, (300, 210, 3), dtype=np.uint8))


@pytest.fixture
def comparison(qtbot: Any, bridge: Bridge) -> Iterator[Comparison]:
    host = QWidget()
    qtbot.addWidget(host)
    shown = Comparison(Comparing(bridge, Asking(bridge, host), host), host)
    yield shown
    shown.close()


def finish(engine: ScriptedEngine, number: int) -> None:
    job = engine.jobs[number]
    rng = np.random.default_rng(number)
    pixels = rng.random((SIZE[1], SIZE[0], 3), dtype=np.float32)
    engine.say(jobs.Started(number))
    result = Result(Rect(0, 0, *SIZE), pixels, None, SAMPLE, False)
    engine.say(jobs.Done(number, result, Recipe.of(job).as_json(), 1.5, False))


def test_every_way_to_make_texture_is_compared_and_nothing_else() -> None:
    names = [operation.id for operation in catalog.operations().values() if operation.grows_texture]
    assert {"quilting", "efros-leung", "synthesize"} <= set(names)
    assert not {"fill", "by-numbers", "transfer"} & set(names)
    assert GROW.grows_texture and not FILL.grows_texture


def test_cards_fill_one_after_another_and_one_is_picked(
    qtbot: Any, comparison: Comparison, engine: ScriptedEngine
) -> None:
    comparison.begin(SAMPLE, [GROW, GROW], 5)
    assert len(comparison.cards) == 2 and len(engine.jobs) == 1
    given = engine.jobs[1].inputs["sample"]
    assert isinstance(given, Image) and given.size == (LARGEST_SAMPLE, LARGEST_SAMPLE)
    assert engine.jobs[1].seed == 5 and engine.jobs[1].size == SIZE
    engine.say(jobs.Started(1))
    qtbot.waitUntil(lambda: comparison.cards[0].words.text() == "being made…")
    assert comparison.cards[1].words.text() == "waiting"
    finish(engine, 1)
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    assert not comparison.cards[0].picture.pixmap().isNull()
    assert "1.50 s" in comparison.cards[0].words.text()
    engine.say(jobs.Failed(2, "The sample is too small.", ""))
    qtbot.waitUntil(lambda: "too small" in comparison.cards[1].words.text())
    assert not comparison.cards[1].isEnabled()
    qtbot.waitUntil(lambda: "fidelity" in comparison.cards[0].words.text(), timeout=60_000)
    assert "copied" in comparison.cards[0].words.text() and "repetition" in comparison.cards[0].words.text()
    with qtbot.waitSignal(comparison.chosen) as told:
        qtbot.mouseClick(comparison.cards[0], Qt.MouseButton.LeftButton)
    assert told.args[0].operation is GROW and told.args[0].seed == 5


def test_closing_ends_the_work(qtbot: Any, comparison: Comparison, engine: ScriptedEngine) -> None:
    comparison.begin(SAMPLE, [GROW, GROW], 5)
    comparison.close()
    assert ("stop", 1) in engine.calls
    finish(engine, 1)
    qtbot.wait(30)
    assert len(engine.jobs) == 1
