"""Tile mode and the quality panel in the window, with real keys and a scripted engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from desktop.canvas import Canvas
from desktop.canvas.wrapped import Tiling
from desktop.document import Box, Document
from desktop.look import palette
from desktop.panels import quality_deeds
from desktop.panels.quality import QualityPanel, number_of
from desktop.panels.quality_figures import QUICK, SLOW, Subject, echoes, quick, slow, tile_seam
from desktop.session import Provenance, Wish
from desktop.window import Window
from engine import jobs
from engine.frame import From, Origin
from engine.image import Image
from engine.measures import Figure, report
from engine.operation import Operation, Result
from engine.recipe import Recipe
from engine.region import Rect

Key, Modifier, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton


def grain(width: int, height: int, seed: int = 1) -> np.ndarray:
    """Grain with some size, 8 bit, that closes as a torus."""
    noise = np.random.default_rng(seed).random((height, width, 3))
    for axis in (0, 1):
        noise = np.mean([np.roll(noise, step, axis) for step in range(5)], axis=0)
    low, high = noise.min(), noise.max()
    return ((noise - low) / (high - low) * 255).astype(np.uint8)


def with_a_seam(width: int, height: int) -> np.ndarray:
    """The same with light that falls off to the right, so that it does not close."""
    ramp = np.linspace(0, 90, width)[None, :, None]
    return np.clip(grain(width, height) * 0.6 + ramp, 0, 255).astype(np.uint8)


def opened(window: Window, pixels: np.ndarray) -> tuple[Document, Canvas]:
    document = Document(Image(pixels), title="wall")
    window.add_document(document)
    canvas = window.tabs.canvas
    assert canvas is not None
    return document, canvas


# Tile mode.


def test_a_key_lays_the_picture_around_and_another_key_shifts_it(qtbot: Any, window: Window) -> None:
    document, canvas = opened(window, grain(96, 80))
    assert not window.tile_bar.isVisible()
    qtbot.keyClick(window, Key.Key_W, Modifier.ShiftModifier)
    assert canvas.tiling is Tiling.AROUND and document.wraps and window.tile_bar.isVisible()
    qtbot.keyClick(window, Key.Key_H, Modifier.ShiftModifier)
    assert canvas.tiling is Tiling.HALF and document.wraps
    qtbot.keyClick(window, Key.Key_H, Modifier.ShiftModifier)
    assert canvas.tiling is Tiling.AROUND
    qtbot.mouseClick(window.tile_bar.leave, Button.LeftButton)
    assert canvas.tiling is Tiling.ONE and not document.wraps and not window.tile_bar.isVisible()
    # Half from nothing is a tile too.
    qtbot.keyClick(window, Key.Key_H, Modifier.ShiftModifier)
    assert canvas.tiling is Tiling.HALF and window.actions_["tile_mode"].isChecked()
    qtbot.keyClick(window, Key.Key_W, Modifier.ShiftModifier)
    assert canvas.tiling is Tiling.ONE and not window.actions_["tile_half"].isChecked()


def test_each_picture_has_a_mode_of_its_own(qtbot: Any, window: Window) -> None:
    first, _ = opened(window, grain(96, 80))
    qtbot.keyClick(window, Key.Key_W, Modifier.ShiftModifier)
    second, canvas = opened(window, grain(60, 50))
    assert canvas.tiling is Tiling.ONE and not second.wraps and not window.tile_bar.isVisible()
    assert not window.actions_["tile_mode"].isChecked()
    window.tabs.show_document(first)
    assert first.wraps and window.actions_["tile_mode"].isChecked() and window.tile_bar.isVisible()


def test_the_bar_says_how_well_it_closes_and_follows_the_picture(qtbot: Any, window: Window) -> None:
    document, _ = opened(window, grain(128, 128))
    qtbot.keyClick(window, Key.Key_W, Modifier.ShiftModifier)
    qtbot.waitUntil(lambda: bool(window.tile_bar.figures), timeout=10_000)
    names = [figure.name for figure in window.tile_bar.figures]
    assert names == ["wrap-seam", "repetition"] and window.tile_bar.figures[0].good
    assert "shows no seam" in window.tile_bar.words.text() and palette.GOOD in window.tile_bar.words.styleSheet()
    with document.edit("Change") as edit:
        edit.replace(document.rect, with_a_seam(128, 128))
    qtbot.waitUntil(lambda: "shows its edges" in window.tile_bar.words.text(), timeout=10_000)
    assert palette.ERROR in window.tile_bar.words.styleSheet()


# What is measured.


def test_a_tile_that_closes_and_one_that_does_not() -> None:
    closed, broken = tile_seam(Image(grain(128, 96)))[0], tile_seam(Image(with_a_seam(128, 96)))[0]
    assert closed.good is True and broken.good is False and broken.value is not None and broken.value > 4
    assert tile_seam(Image(with_a_seam(128, 96)), tile=False)[0].good is None, "nobody said that it is one"
    assert tile_seam(Image(np.zeros((4001, 4000, 1), np.uint8))) == []


def test_what_comes_back_inside_a_picture() -> None:
    plain = grain(128, 128)
    twice = np.hstack([grain(64, 128, 2)] * 2)
    assert echoes(Image(plain), None)[0].good is True
    found = echoes(Image(twice), None)[0]
    assert found.good is None and found.value is not None and found.value > 0.9 and "64 px across" in found.sentence
    against = echoes(Image(twice), Image(plain))[0]
    assert against.good is False and "repetition" == against.name
    assert echoes(Image(np.zeros((20, 20, 3), np.uint8)), None) == []


def origin_of(places: np.ndarray, size: tuple[int, int], rect: Rect) -> Provenance:
    return Provenance(rect, places.astype(np.int32), np.zeros(places.shape, np.uint8), (None,), (size,))


def test_a_filling_is_measured_where_it_is() -> None:
    pixels = grain(300, 200)
    hole = np.zeros((200, 300), np.bool_)
    hole[80:120, 100:160] = True
    pixels[hole] = 0
    whole = Rect(0, 0, 300, 200)
    y, x = np.nonzero(hole)
    places = np.full((200, 300), -1)
    places[y, x] = (y + 50) * 300 + x + 90
    subject = Subject(Image(pixels), None, (whole, hole), origin_of(places, (300, 200), whole))
    found = {figure.name: figure for figure in quick(subject)}
    assert set(found) == {"largest-copy", "hole-seam", "hole-sharpness"}
    assert found["largest-copy"].value == 1.0 and found["hole-seam"].good is False
    # Cut to the hole's own rectangle it is the same.
    small = Rect(90, 70, 80, 60)
    again = {figure.name: figure for figure in quick(Subject(Image(pixels), None, (small, hole[small.slices])))}
    assert again["hole-seam"].value == found["hole-seam"].value
    assert quick(Subject(Image(pixels), None, (small, np.zeros((60, 80), np.bool_)))) == []


def test_a_made_picture_is_measured_against_its_sample() -> None:
    sample = grain(96, 96, 3)
    subject = Subject(Image(np.hstack([sample, sample])), Image(sample))
    assert [figure.name for figure in quick(subject)] == ["repetition", "sharpness", "wrap-seam"]
    assert quick(subject)[0].good is False


def test_what_takes_long_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measures themselves are tested with the measures; here the network behind them need not be loaded."""
    sample = Image(grain(96, 96, 3))
    asked: list[Any] = []

    def measured(*given: Any, only: Any, **more: Any) -> list[Figure]:
        asked.append((set(only), set(more)))
        return []

    monkeypatch.setattr(report, "measured", measured)
    slow(Subject(sample, sample))
    slow(Subject(sample, None, (Rect(10, 10, 20, 20), None)))
    assert asked == [({"fidelity", "structure", "hole-fidelity"}, {"sample"}), (set(SLOW), {"hole"})]
    assert set(SLOW) | set(QUICK) <= {name for name, *_ in _all_measures(sample.decoded())}


def _all_measures(values: Any) -> list[Any]:
    hole = np.ones(values.shape[:2], np.float32)
    return [*report._against_sample(values, values), *report._around_hole(values, hole)]


# The panel.


def finish(engine: Any, number: int) -> None:
    """The job ends: the sample put down again and again from its corner."""
    job = engine.jobs[number]
    sample = job.inputs["sample"]
    width, height = job.size
    y, x = np.mgrid[:height, :width]
    places = (y % sample.size[1] * sample.size[0] + x % sample.size[0]).astype(np.int32)
    values = sample.decoded().reshape(-1, sample.channels)[places]
    origin = Origin(places, (From("sample", 0, sample.size),))
    result = Result(Rect(0, 0, width, height), values, None, sample, False, origin)
    engine.say(jobs.Done(number, result, Recipe.of(job).as_json(), 1.0))


def test_a_result_is_measured_when_it_is_there(
    qtbot: Any,
    window: Window,
    engine: Any,
    operations: dict[str, Operation[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fidelity = Figure("fidelity", "Fidelity", 0.5, True, "It is like the sample.")
    monkeypatch.setattr(quality_deeds, "slow", lambda subject: [fidelity])
    document, _ = opened(window, grain(64, 64, 5))
    qtbot.keyClick(window, Key.Key_Q, Modifier.ShiftModifier)
    assert window.pages.currentWidget() is window.quality
    qtbot.waitUntil(lambda: window.quality.hint.isVisible() and "Nothing was made" in window.quality.hint.text())
    grow = operations["grow"]
    window.session.start(document, Wish(grow, grow.params(), 1, (128, 96)))
    finish(engine, 1)
    qtbot.waitUntil(lambda: window.tabs.count() == 2)
    qtbot.waitUntil(lambda: bool(window.quality.figures), timeout=10_000)
    found = {figure.name: figure for figure in window.quality.figures}
    assert set(found) == {"largest-copy", "repetition", "sharpness", "wrap-seam"}
    assert found["largest-copy"].good is False and found["repetition"].good is False
    assert "64 px" in found["repetition"].sentence
    asked = []
    window.quality.all_asked.connect(lambda: asked.append(True))
    with qtbot.waitSignal(window.quality.all_asked):
        qtbot.mouseClick(window.quality.more, Button.LeftButton)
    assert asked and window.quality.state.text() == "Measuring…" and not window.quality.more.isEnabled()
    qtbot.waitUntil(lambda: window.quality.state.text() == "", timeout=10_000)
    assert window.quality.figures[0] is fidelity and len(window.quality.figures) == 5
    assert not window.quality.more.isVisible()
    window.pages.setCurrentWidget(window.origin)
    window.pages.setCurrentWidget(window.quality)
    window.measure_quick()
    assert len(window.quality.figures) == 5 and window.quality.state.text() == "", "it is known in full already"


def test_undo_forgets_the_figures(
    qtbot: Any, window: Window, engine: Any, operations: dict[str, Operation[Any]]
) -> None:
    document, _ = opened(window, grain(128, 128))
    with document.edit("Hole") as edit:
        edit.cover(document.hole, Box(Rect(40, 40, 40, 40)))
    fill = operations["tone-fill"]
    window.session.start(document, Wish(fill, fill.params(), 1))
    engine.finish(1, 0.5)
    qtbot.waitUntil(lambda: window.session.run_on(document) is None)
    qtbot.keyClick(window, Key.Key_Q, Modifier.ShiftModifier)
    qtbot.waitUntil(lambda: bool(window.quality.figures), timeout=10_000)
    assert {"hole-seam", "hole-sharpness"} == {figure.name for figure in window.quality.figures}
    document.undo()
    qtbot.waitUntil(lambda: not window.quality.figures)


def test_every_figure_is_read_out_with_its_verdict(qtbot: Any) -> None:
    panel = QualityPanel()
    qtbot.addWidget(panel)
    panel.show_figures(
        [
            Figure("fidelity", "Fidelity", 0.5, True, "It is like the sample."),
            Figure("largest-copy", "Largest copy", 0.31, False, "Much was copied."),
            Figure("novelty", "Novelty", None, None, "It is too small."),
        ],
        complete=False,
    )
    read = [label.accessibleName() for label in panel.rows.findChildren(QLabel) if label.accessibleName()]
    assert read == [
        "Fidelity 0.50, good: It is like the sample.",
        "Copied area 31%, not good: Much was copied.",
        "Novelty –: It is too small.",
    ]
    assert number_of(Figure("evenness", "Even use", 0.8, True, "x")) == "80%"
    assert number_of(Figure("wrap-seam", "Seam", -0.123, True, "x")) == "-0.1", "as Tile's own note says it"
    panel.show_figures([], complete=True)
    assert not panel.figures and not panel.more.isVisibleTo(panel)
