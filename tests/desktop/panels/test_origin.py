"""Where did this come from, in the window: overlays, pointing, banning. With real keys and a scripted engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLabel

from desktop.canvas import Canvas
from desktop.canvas.origin_marks import LOUPE, OriginMarks
from desktop.document import Box, Document, project_file
from desktop.panels.origin import name_of
from desktop.pixels import from_qimage
from desktop.session import Wish
from desktop.window import Window
from engine import catalog, jobs
from engine.frame import From, Origin
from engine.image import Image
from engine.operation import Inputs, Mask, Operation, Picture, Result
from engine.recipe import Recipe
from engine.region import Rect

Key, Modifier, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton
HOLE = Rect(20, 10, 16, 12)
SHIFT = (40, 20)
"""The hole was copied from so much further right and down."""


def finish(engine: Any, number: int, places: Any, source: From, **more: Any) -> None:
    """The job with this number ends, copied from `places` (of its whole output)."""
    job = engine.jobs[number]
    rect = engine.rect(number)
    picture = job.inputs.get("picture") or job.inputs["sample"]
    hole = job.inputs.get("hole")
    where = None if hole is None else np.asarray(hole) > 0
    if where is not None:
        places = np.where(where, places, -1)
    pixels = picture.decoded().reshape(-1, picture.channels)[np.maximum(places, 0)]
    origin = Origin(places.astype(np.int32), (source,), **more)
    result = Result(rect, pixels, where, picture, "picture" in job.inputs, origin)
    engine.say(jobs.Done(number, result, Recipe.of(job).as_json(), 1.0))


def shifted(size: tuple[int, int], shift: tuple[int, int]) -> Any:
    """For every pixel the place that lies so much further, cut off at the rim."""
    y, x = np.mgrid[: size[1], : size[0]]
    return np.minimum(y + shift[1], size[1] - 1) * size[0] + np.minimum(x + shift[0], size[0] - 1)


@pytest.fixture
def filled(qtbot: Any, window: Window, engine: Any, operations: dict[str, Operation[Any]]) -> Document:
    """A noise of 100 x 60 px; HOLE was filled from further right and down."""
    noise = np.random.default_rng(5).integers(0, 256, (60, 100, 3), np.uint8)
    document = Document(Image(noise), title="noise")
    window.add_document(document)
    with document.edit("Hole") as edit:
        edit.cover(document.hole, Box(HOLE))
    fill = operations["tone-fill"]
    window.session.start(document, Wish(fill, fill.params(), 3))
    finish(engine, 1, shifted((100, 60), SHIFT), From("picture", 0, (100, 60)))
    qtbot.waitUntil(lambda: window.actions_["overlay_source"].isEnabled() and window.session.run_on(document) is None)
    return document


def canvas_of(window: Window) -> Canvas:
    canvas = window.tabs.canvas
    assert canvas is not None
    return canvas


def pointed(qtbot: Any, window: Window, x: float, y: float) -> OriginMarks:
    canvas = canvas_of(window)
    qtbot.waitUntil(lambda: window.provenance() is not None)
    canvas.set_zoom(4.0)  # so that a whole screen pixel lies inside the pixel that is meant
    for place in (x + 3, x):  # a move to where the pointer was already is none
        qtbot.mouseMove(canvas, canvas.view.to_screen(place, y).toPoint())
    marks = canvas.findChild(OriginMarks)
    assert marks is not None
    return marks


def test_the_overlay_is_over_what_was_copied_and_nowhere_else(qtbot: Any, window: Window, filled: Document) -> None:
    scene = canvas_of(window).scene
    assert scene is not None
    qtbot.keyClick(window, Key.Key_O, Modifier.ShiftModifier)
    qtbot.waitUntil(lambda: scene.glass is not None)
    assert scene.glass is not None and scene.glass.rect == HOLE and scene.layers[-1] is scene.glass.pyramid
    alpha = scene.glass._pixels[..., 3]
    assert alpha.min() == alpha.max() > 150
    # Left and right, top and bottom of what was used have colours of their own, and the source shows the same.
    corners = scene.glass._pixels[[0, 0, -1, -1], [0, -1, 0, -1], :3].astype(int)
    assert min(np.abs(a - b).max() for k, a in enumerate(corners) for b in corners[:k]) > 60
    assert window.pages.currentWidget() is window.origin and not scene.masks
    qtbot.keyClick(window, Key.Key_O, Modifier.ShiftModifier)
    assert scene.glass is None and window.overlay == ""


def test_one_overlay_at_a_time_and_a_mask_brush_ends_it(qtbot: Any, window: Window, filled: Document) -> None:
    scene = canvas_of(window).scene
    assert scene is not None
    for name in ("overlay_source", "overlay_confidence", "overlay_use"):
        window.actions_[name].trigger()
        qtbot.waitUntil(lambda: scene.glass is not None)
    assert [window.actions_[name].isChecked() for name in ("overlay_source", "overlay_confidence")] == [False, False]
    # How often: in the hole, and where it came from.
    source = HOLE.moved(*SHIFT)
    qtbot.waitUntil(lambda: scene.glass is not None and scene.glass.rect.holds(source))
    qtbot.keyClick(window, Key.Key_B)
    assert window.overlay == "" and scene.glass is None


def test_the_overlay_is_there_after_saving_and_opening_again(
    qtbot: Any, window: Window, filled: Document, tmp_path: Path
) -> None:
    before = window.session.provenances.of(filled)
    for name, recovery in (("a.ora", False), ("b.ora", True)):
        project_file.save(filled.snapshot(), tmp_path / name, compact=not recovery)
        window.add_document(project_file.load(tmp_path / name, recovery))
        qtbot.waitUntil(lambda: window.actions_["overlay_source"].isEnabled())
        after = window.session.provenances.of(window.document())
        assert before is not None and after is not None and before.rect == after.rect == HOLE
        assert np.array_equal(before.places, after.places) and after.pictures == (None,)


def test_undo_takes_the_overlay_away_and_redo_brings_it_back(qtbot: Any, window: Window, filled: Document) -> None:
    scene = canvas_of(window).scene
    assert scene is not None
    window.actions_["overlay_source"].trigger()
    qtbot.waitUntil(lambda: scene.glass is not None)
    filled.undo()
    qtbot.waitUntil(lambda: scene.glass is None)
    assert window.origin.hint.isVisible() and not window.actions_["overlay_source"].isEnabled()
    filled.redo()
    qtbot.waitUntil(lambda: scene.glass is not None)


def test_pointing_shows_the_source_in_the_same_picture(qtbot: Any, window: Window, filled: Document) -> None:
    qtbot.keyClick(window, Key.Key_I)
    marks = pointed(qtbot, window, 25.5, 15.5)
    assert marks.place == (25.5, 15.5) and marks.source == (65.5, 35.5)
    window.pages.setCurrentWidget(window.origin)
    assert window.origin.words.text() == "From 65, 35 of this picture"
    assert pointed(qtbot, window, 60.5, 40.5).place is None, "it was never copied"
    pointed(qtbot, window, 25.5, 15.5)
    qtbot.keyClick(window, Key.Key_B)
    pointed(qtbot, window, 26.5, 15.5)
    assert marks.place is None, "another tool is in hand"


def test_pointing_into_a_made_picture_shows_its_sample(
    qtbot: Any, window: Window, engine: Any, operations: dict[str, Operation[Any]]
) -> None:
    sample = Image(np.random.default_rng(6).integers(0, 256, (40, 50, 3), np.uint8), name="bark")
    document = Document(sample, title="bark")
    window.add_document(document)
    grow = operations["grow"]
    window.session.start(document, Wish(grow, grow.params(), 1, (80, 60)))
    places = np.random.default_rng(7).integers(0, 2000, (60, 80))
    finish(engine, 1, places, From("sample", 0, (50, 40)))
    qtbot.waitUntil(lambda: window.tabs.count() == 2)
    qtbot.waitUntil(lambda: window.actions_["overlay_source"].isEnabled())
    qtbot.waitUntil(lambda: not canvas_of(window).previewing)
    qtbot.keyClick(window, Key.Key_I)
    marks = pointed(qtbot, window, 33.5, 20.5)
    y, x = divmod(int(places[20, 33]), 50)
    assert marks.source is None and marks.loupe is not None
    middle = from_qimage(marks.loupe)[LOUPE // 2, LOUPE // 2]
    assert middle[:3].tolist() == sample.pixels[y, x].tolist()
    window.pages.setCurrentWidget(window.origin)
    pointed(qtbot, window, 34.5, 20.5)
    pointed(qtbot, window, 33.5, 20.5)
    assert window.origin.words.text() == f"From {x}, {y} of bark" and window.origin.picture.spot == (x, y)
    qtbot.waitUntil(lambda: "bark, 50 × 40 px" in window.origin.picture.toolTip())


def test_a_banned_part_is_made_again_in_one_step(qtbot: Any, window: Window, filled: Document, engine: Any) -> None:
    before = filled.picture.pixels.copy()
    steps = len(filled.history.done)
    canvas = canvas_of(window)
    qtbot.keyClick(window, Key.Key_I, Modifier.ShiftModifier)
    places = [canvas.view.to_screen(*point).toPoint() for point in ((24, 12), (28, 14), (30, 16))]
    qtbot.mousePress(canvas, Button.LeftButton, pos=places[0])
    qtbot.mouseMove(canvas, places[1])
    qtbot.mouseMove(canvas, places[2])
    qtbot.mouseRelease(canvas, Button.LeftButton, pos=places[2])
    job = engine.jobs[2]
    hole, source = np.asarray(job.inputs["hole"]) > 0, np.asarray(job.inputs["source"]) > 0
    # What was dragged over, its rim and what is too thin to keep; inside the old hole only.
    assert hole[12:16, 24:30].all() and not hole[:, :18].any()
    outside = np.ones_like(hole)
    outside[HOLE.slices] = False
    assert not (hole & outside).any()
    assert not source[12 + 20 : 16 + 20, 24 + 40 : 30 + 40].any() and source[0, 0]
    assert job.seed == 3 and job.operation == "tone-fill"
    finish(engine, 2, shifted((100, 60), (30, 30)), From("picture", 0, (100, 60)))
    qtbot.waitUntil(lambda: window.session.run_on(filled) is None)
    assert len(filled.history.done) == steps + 1 and filled.history.done[-1].title == "Ban source"
    changed = (filled.picture.pixels != before).any(axis=2)
    assert changed[hole].mean() > 0.9 and not changed[~hole].any()
    assert np.array_equal(filled.source.array() > 0, source)
    # What lies there now comes from elsewhere, what was kept from where it was.
    found = window.session.provenances.of(filled)
    assert found is not None
    spot, kept = found.spot(26, 14), found.spot(20, 20)
    assert spot is not None and (spot.x, spot.y) == (56, 44) and kept is not None and (kept.x, kept.y) == (60, 40)
    filled.undo()
    assert np.array_equal(filled.picture.pixels, before) and filled.source.empty


def test_a_part_of_the_source_can_be_banned_on_its_little_picture(
    qtbot: Any, window: Window, filled: Document, engine: Any
) -> None:
    window.pages.setCurrentWidget(window.origin)
    qtbot.waitUntil(lambda: not window.origin.picture.frame.isEmpty())
    picture = window.origin.picture
    start, end = picture.to_widget(60, 30).toPoint(), picture.to_widget(70, 36).toPoint()
    qtbot.mousePress(picture, Button.LeftButton, pos=start)
    qtbot.mouseMove(picture, end)
    qtbot.mouseRelease(picture, Button.LeftButton, pos=end)
    assert len(engine.jobs) == 2
    source = np.asarray(engine.jobs[2].inputs["source"]) > 0
    assert not source[32:34, 62:68].any() and source[25].all() and source[40].all()
    # A click is no drag.
    qtbot.mouseClick(picture, Button.LeftButton, pos=start)
    assert len(engine.jobs) == 2


def test_a_ban_of_what_nobody_used_is_refused_in_words(
    qtbot: Any, window: Window, filled: Document, engine: Any
) -> None:
    window.ban(filled, Rect(0, 50, 4, 4))
    assert len(engine.jobs) == 1 and "Nothing came from there" in told(window)
    other = Document(Image(np.zeros((20, 20, 3), np.uint8)))
    window.add_document(other)
    window.ban(other, Rect(0, 0, 4, 4))
    assert "Nothing in this picture was copied" in told(window)


def test_a_ban_in_a_made_picture_holds_when_it_is_made_again(
    qtbot: Any,
    window: Window,
    engine: Any,
    operations: dict[str, Operation[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grow = replace(
        operations["grow"],
        roles=Inputs(sample=Picture(), source=Mask(of="sample", required=False, limits=True)),
        everyday=True,
    )
    fill = replace(operations["tone-fill"], everyday=True)
    monkeypatch.setattr(catalog, "operations", lambda: {"grow": grow, "tone-fill": fill})
    sample = Image(np.random.default_rng(6).integers(0, 256, (40, 50, 3), np.uint8), name="bark")
    document = Document(sample, title="bark")
    window.add_document(document)
    window.session.start(document, Wish(grow, grow.params(), 1, (80, 60)))
    y, x = np.mgrid[:60, :80]
    finish(engine, 1, y % 40 * 50 + x % 50, From("sample", 0, (50, 40)))
    qtbot.waitUntil(lambda: window.tabs.count() == 2 and window.session.run_on(document) is None)
    made = window.document()
    steps = len(made.history.done)
    window.ban(made, Rect(10, 5, 6, 4))
    job = engine.jobs[2]
    assert job.operation == "tone-fill" and made.source.empty
    hole = np.asarray(job.inputs["hole"]) > 0
    # Both copies of it: the sample was put down twice.
    assert hole[5:9, 10:16].all() and hole[45:49, 60:66].all() and not hole[20:30].any() and "source" not in job.inputs
    finish(engine, 2, shifted((80, 60), (0, 12)), From("picture", 0, (80, 60)))
    qtbot.waitUntil(lambda: len(made.history.done) == steps + 1)
    found = window.session.provenances.of(made)
    spot = found.spot(10, 5) if found is not None else None
    assert spot is not None and (spot.x, spot.y) == (10, 17), "followed back to the sample"
    window.session.start(made, Wish(grow, grow.params(), 2, made.size))
    mask = np.asarray(engine.jobs[3].inputs["source"])
    assert mask.shape == (40, 50) and not mask[5:9, 10:16].any() and mask[20:].all()
    engine.say(jobs.Stopped(3))
    qtbot.waitUntil(lambda: window.session.run_on(made) is None)
    # From the sample's own window, and again and again.
    for number, start in ((4, document), (5, made), (6, made)):
        window.session.start(start, Wish(grow, grow.params(), number, made.size))
        assert np.array_equal(engine.jobs[number].inputs["source"], mask)
        finish(engine, number, y % 40 * 50 + x % 50, From("sample", 0, (50, 40)))
        qtbot.waitUntil(lambda: window.session.run_on(made) is None)
        assert len(made.history.done) == steps + 1
    made.undo()
    window.session.start(made, Wish(grow, grow.params(), 2, made.size))
    assert engine.jobs[7].inputs.get("source") is None, "what was undone is not banned any more"


def test_a_ban_in_a_picture_that_shows_another_is_made_again_like_it(
    qtbot: Any,
    window: Window,
    engine: Any,
    operations: dict[str, Operation[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Filled from its surround a face would be gone."""
    fill = replace(operations["tone-fill"], everyday=True)
    monkeypatch.setattr(catalog, "operations", lambda: {"tone-fill": fill})
    roles = Inputs(
        sample=Picture(),
        picture=Picture(),
        hole=Mask(required=False),
        source=Mask(of="sample", required=False, limits=True),
    )
    lay = replace(operations["tone-fill"], id="lay", roles=roles)
    rng = np.random.default_rng(8)
    sample = Image(rng.integers(0, 256, (40, 50, 3), np.uint8), name="/somewhere/bark.png")
    document = Document(Image(rng.integers(0, 256, (60, 100, 3), np.uint8)))
    window.add_document(document)
    before = document.picture.pixels.copy()
    with document.edit("Sample") as edit:
        edit.pick(sample)
        edit.cover(document.hole, Box(HOLE))
    window.session.start(document, Wish(lay, lay.params(tone=0.25), 3))
    y, x = np.mgrid[:60, :100]
    finish(engine, 1, y % 40 * 50 + x % 50, From("sample", 0, (50, 40)))
    qtbot.waitUntil(lambda: window.session.run_on(document) is None and document.history.undoable is not None)
    made = document.picture.pixels.copy()
    window.ban(document, Rect(24, 12, 6, 4))
    job = engine.jobs[2]
    assert (job.operation, job.seed, job.params) == (lay.id, 3, lay.params(tone=0.25))
    assert job.inputs["sample"] is sample and np.array_equal(job.inputs["picture"].pixels, before)
    hole, source = np.asarray(job.inputs["hole"]) > 0, np.asarray(job.inputs["source"]) > 0
    assert hole[12:16, 24:30].all() and not hole[:, :20].any() and not hole[HOLE.bottom :].any()
    assert not source[12:16, 24:30].any() and source[25:].all()
    finish(engine, 2, (y + 20) % 40 * 50 + x % 50, From("sample", 0, (50, 40)))
    qtbot.waitUntil(lambda: window.session.run_on(document) is None)
    now = document.picture.pixels
    assert np.array_equal(now[~hole], made[~hole]) and (now[hole] != made[hole]).any()
    found = window.session.provenances.of(document)
    assert found is not None and found.spot(24, 12) is not None and name_of(found, 0) == "bark.png"
    # And once more on top of that; once something else was done, it is filled.
    window.ban(document, Rect(30, 18, 3, 3))
    assert np.array_equal(engine.jobs[3].inputs["picture"].pixels, before)
    engine.say(jobs.Stopped(3))
    qtbot.waitUntil(lambda: window.session.run_on(document) is None)
    with document.edit("Stroke") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, 4, 4)))
    window.ban(document, Rect(30, 18, 3, 3))
    assert engine.jobs[4].operation == "tone-fill" and "sample" not in engine.jobs[4].inputs


def test_a_ban_waits_for_the_run_before_it(
    qtbot: Any, window: Window, filled: Document, engine: Any, operations: dict[str, Operation[Any]]
) -> None:
    """A run that makes the result again has taken it back meanwhile: there is nothing to ban in."""
    window.session.start(filled, Wish(operations["tone-fill"], operations["tone-fill"].params(), 4))
    window.ban(filled, Rect(24, 12, 6, 4))
    assert len(engine.jobs) == 2
    engine.say(jobs.Stopped(2))
    qtbot.waitUntil(lambda: window.session.run_on(filled) is None)
    window.ban(filled, Rect(24, 12, 6, 4))
    assert len(engine.jobs) == 3


def told(window: Window) -> str:
    return " ".join(label.text() for label in window.notice.findChildren(QLabel))


def test_a_run_after_a_ban_fills_the_same_hole_without_it(
    qtbot: Any,
    window: Window,
    filled: Document,
    engine: Any,
    operations: dict[str, Operation[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = operations["tone-fill"]
    source = Mask(required=False, limits=True)
    fill = replace(plain, roles=Inputs(**{**plain.roles, "source": source}))
    hole = np.asarray(engine.jobs[1].inputs["hole"])
    before = filled.history.done
    for number, size in ((2, 6), (3, 4)):
        window.ban(filled, Rect(24, 12, size, size))
        finish(engine, number, shifted((100, 60), (30, 30)), From("picture", 0, (100, 60)))
        qtbot.waitUntil(lambda: window.session.run_on(filled) is None)
    banned = filled.source.array() == 0
    bans, steps = filled.bans, filled.history.done
    assert len(bans) == 2 and banned.any() and window.session.repeats(filled, plain)
    # Nothing comes of it: both bans are there again.
    window.session.start(filled, Wish(fill, fill.params(), 7))
    assert filled.history.done == before[:-1] and np.array_equal(filled.hole.array(), hole)
    engine.say(jobs.Stopped(4))
    qtbot.waitUntil(lambda: window.session.run_on(filled) is None)
    assert filled.history.done == steps and filled.bans == bans
    for number, seed in ((5, 8), (6, 9)):
        window.session.start(filled, Wish(fill, fill.params(), seed))
        job = engine.jobs[number]
        assert np.array_equal(np.asarray(job.inputs["hole"]), hole)
        assert np.array_equal(np.asarray(job.inputs["source"]) == 0, banned)
        finish(engine, number, shifted((100, 60), (30, 5)), From("picture", 0, (100, 60)))
        qtbot.waitUntil(lambda: window.session.run_on(filled) is None)
        assert filled.history.done[:-1] == before[:-1] and np.array_equal(filled.source.array() == 0, banned)
        assert filled.bans == bans, "the next run knows too"


def test_an_earlier_result_can_be_had_back_after_a_ban(
    qtbot: Any, window: Window, filled: Document, engine: Any, operations: dict[str, Operation[Any]]
) -> None:
    window.ban(filled, Rect(24, 12, 6, 4))
    finish(engine, 2, shifted((100, 60), (30, 30)), From("picture", 0, (100, 60)))
    qtbot.waitUntil(lambda: window.session.run_on(filled) is None)
    assert window.session.desk(filled).seen is window.session.desk(filled).outcomes[1]
    outcomes = window.session.desk(filled).outcomes
    assert [outcome.caption for outcome in outcomes] == ["Seed 3", "Ban source"]
    window.session.show(filled, outcomes[0])
    assert filled.source.empty and [step.title for step in filled.history.done][-1] == "Tone fill, seed 3"


def test_confidence_is_taken_from_the_operation_where_it_gives_one(
    qtbot: Any, window: Window, engine: Any, operations: dict[str, Operation[Any]]
) -> None:
    document = Document(Image(np.zeros((40, 50, 3), np.uint8)))
    window.add_document(document)
    with document.edit("Hole") as edit:
        edit.cover(document.hole, Box(Rect(5, 5, 10, 10)))
    fill = operations["tone-fill"]
    window.session.start(document, Wish(fill, fill.params(), 1))
    sure = np.ones((40, 50), np.float32)
    sure[5:15, 5:10] = 0
    finish(engine, 1, shifted((50, 40), (20, 20)), From("picture", 0, (50, 40)), confidence=sure)
    qtbot.waitUntil(lambda: window.actions_["overlay_confidence"].isEnabled())
    window.actions_["overlay_confidence"].trigger()
    scene = canvas_of(window).scene
    assert scene is not None
    qtbot.waitUntil(lambda: scene.glass is not None)
    assert scene.glass is not None
    glass = scene.glass._pixels
    assert (glass[:, :5, 3] > glass[:, 5:, 3].max()).all()


def test_everything_in_the_panel_has_a_name(window: Window) -> None:
    names = [button.accessibleName() for button in window.origin.buttons]
    assert all(names) and len(set(names)) == len(names)
    assert window.origin.picture.accessibleName() and window.origin.several.accessibleName()


def test_marks_follow_the_zoom_and_leave_nothing_behind(qtbot: Any, window: Window, filled: Document) -> None:
    canvas = canvas_of(window)
    before = from_qimage(canvas.grab().toImage())
    qtbot.keyClick(window, Key.Key_I)
    marks = pointed(qtbot, window, 25.5, 15.5)
    assert not np.array_equal(from_qimage(canvas.grab().toImage()), before)
    canvas.set_zoom(canvas.zoom * 1.5, QPointF(10, 10))
    assert marks._region().contains(canvas.view.to_screen(65.5, 35.5).toPoint())
    canvas.set_zoom(canvas.zoom / 1.5, QPointF(10, 10))
    marks.clear()
    canvas.fit()
    assert marks._region().isEmpty()


def test_wishes_stay_as_they_are(filled: Document, window: Window) -> None:
    """A repair runs with the values of the run that it repairs."""
    shown = window.session.desk(filled).shown
    assert shown is not None
    wish = window._repairing(filled)
    assert wish is not None and wish.params == shown.wish.params and wish.seed == 3


def test_a_place_pointed_at_before_its_source_is_known_is_shown_when_it_is(
    qtbot: Any, window: Window, filled: Document
) -> None:
    canvas = canvas_of(window)
    canvas.set_zoom(4.0)
    window.pages.setCurrentWidget(window.origin)
    # A move to where the pointer was already is none.
    for x in (90.5, 25.5):
        qtbot.mouseMove(canvas, canvas.view.to_screen(x, 15.5).toPoint())
    assert canvas.findChild(OriginMarks) is None
    qtbot.keyClick(window, Key.Key_I)
    qtbot.waitUntil(lambda: canvas.findChild(OriginMarks) is not None)
    marks = canvas.findChild(OriginMarks)
    assert marks is not None and marks.source == (65.5, 35.5)


def test_strokes_do_not_make_it_be_worked_out_again(window: Window, filled: Document) -> None:
    known = window.session.provenances
    first = known.of(filled)
    with filled.edit("Mask") as edit:
        edit.cover(filled.hole, Box(Rect(0, 0, 5, 5)))
    assert known.at_hand(filled) is first and known.known(filled)
