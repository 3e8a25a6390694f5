from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from desktop import sources
from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.session import Outcome, Run, Session, State, Wish
from desktop.session import session as session_module
from desktop.session.runs import tiled
from engine import catalog, jobs
from engine.errors import Unusable
from engine.image import Image
from engine.operation import Operation, Result
from engine.region import Rect

HOLE = Rect(8, 8, 16, 16)
EXTEND = catalog.operations()["extend"].params()


@pytest.fixture
def session(bridge: Bridge, document: Document) -> Session:
    session = Session(bridge)
    session.open(document)
    return session


@pytest.fixture
def fill(operations: dict[str, Operation[Any]]) -> Callable[..., Wish]:
    operation = operations["tone-fill"]
    return lambda seed=1, **values: Wish(operation, operation.params(**values), seed)


@pytest.fixture
def grow(operations: dict[str, Operation[Any]]) -> Callable[..., Wish]:
    operation = operations["grow"]
    return lambda seed=1, size=(32, 24): Wish(operation, operation.params(), seed, size)


def inside(document: Document) -> set[int]:
    return set(np.unique(document.picture.pixels[HOLE.slices]))


def ended(qtbot: Any, run: Run) -> None:
    qtbot.waitUntil(lambda: not run.active)


def test_job_has_everything_and_belongs_to_the_document(
    session: Session, engine: Any, document: Document, fill: Any
) -> None:
    run = session.start(document, fill(seed=7, tone=0.25))
    assert run is not None and run.state is State.WAITING
    job = engine.jobs[run.number]
    assert (job.operation, job.seed, job.params.tone, job.title) == ("tone-fill", 7, 0.25, "Tone fill")
    assert job.inputs["picture"] is document.picture
    assert np.array_equal(np.asarray(job.inputs["hole"]), document.hole.array())
    assert job.inputs["source"] is None
    assert not np.asarray(job.inputs["hole"]).flags.writeable


def test_on_a_tile_a_fill_is_told_that_the_picture_repeats(session: Session, engine: Any, document: Document) -> None:
    operation = catalog.operations()["fill"]
    for wraps in (False, True):
        document.wraps = wraps
        run = session.start(document, Wish(operation, operation.params(patch=9)))
        assert run is not None
        params = engine.jobs[run.number].params
        assert (params.wrap, params.patch) == (wraps, 9) and run.wish.params == params
        assert tiled(Wish(catalog.operations()["extend"], EXTEND), document).params == EXTEND


def test_preview_never_touches_the_document(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    before, steps = document.picture, document.history.steps
    run = session.start(document, fill())
    assert run is not None
    with qtbot.waitSignal(session.previewed) as blocker:
        engine.update(run.number, 0.7, fraction=0.4)
    assert blocker.args[0] is run
    assert (run.state, run.fraction, run.note) == (State.RUNNING, 0.4, "halfway")
    assert document.picture is before and document.history.steps == steps


def test_result_is_one_step_with_its_recipe(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    outside = document.picture.pixels.copy()
    run = session.start(document, fill(seed=3))
    assert run is not None
    engine.finish(run.number, 1.0)
    ended(qtbot, run)
    assert run.state is State.DONE and run.seconds == 1.25
    assert inside(document) == {255}
    outside[HOLE.slices] = 255
    assert np.array_equal(document.picture.pixels, outside), "something outside the hole changed"
    step = document.history.undoable
    assert step is not None and step.recipe is not None
    assert (step.recipe["operation"], step.recipe["seed"]) == ("tone-fill", 3)
    assert document.hole.empty, "the question is answered: the next stroke begins a new one"
    document.undo()
    assert not document.hole.empty and 255 not in inside(document)


def test_next_result_takes_the_place_of_the_last(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    for seed, level in ((1, 1.0), (2, 0.0)):
        run = session.start(document, fill(seed=seed))
        assert run is not None
        assert np.asarray(engine.jobs[run.number].inputs["hole"]).any(), "the mask of the first run serves the second"
        engine.finish(run.number, level)
        ended(qtbot, run)
    results = [step for step in document.history.done if step.recipe]
    assert len(results) == 1 and inside(document) == {0}
    desk = session.desk(document)
    assert [outcome.wish.seed for outcome in desk.outcomes] == [1, 2]
    session.show(document, desk.outcomes[0])
    assert inside(document) == {255} and desk.shown is desk.outcomes[0]
    assert len([step for step in document.history.done if step.recipe]) == 1


def test_kept_result_on_a_changed_document_is_a_step_of_its_own(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    run = session.start(document, fill())
    assert run is not None
    engine.finish(run.number, 1.0)
    ended(qtbot, run)
    with document.edit("Brush hole") as edit:
        edit.cover(document.hole, Box(Rect(40, 30, 8, 8)))
    before = len(document.history.done)
    session.show(document, session.desk(document).outcomes[0])
    assert len(document.history.done) == before + 1


@pytest.mark.parametrize("how", ["stop", "fail"])
def test_when_nothing_comes_of_it_the_last_result_is_back(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any, how: str
) -> None:
    first = session.start(document, fill())
    assert first is not None
    engine.finish(first.number, 1.0)
    ended(qtbot, first)
    second = session.start(document, fill(seed=2))
    assert second is not None
    assert 255 not in inside(document), "while the second runs, the hole is open again"
    if how == "stop":
        session.stop(second)
        assert second.state is State.STOPPING and engine.calls[-1] == ("stop", second.number)
        engine.say(jobs.Stopped(second.number))
    else:
        engine.say(jobs.Failed(second.number, "It cannot be.", "Traceback"))
    ended(qtbot, second)
    assert inside(document) == {255}
    assert second.state is (State.STOPPED if how == "stop" else State.FAILED)


def test_superseded_run_does_not_bring_the_last_result_back(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    runs = [session.start(document, fill(seed=1))]
    assert runs[0] is not None
    engine.finish(runs[0].number, 1.0)
    ended(qtbot, runs[0])
    second, third = session.start(document, fill(seed=2)), session.start(document, fill(seed=3))
    assert second is not None and third is not None
    ended(qtbot, second)
    assert third.active and 255 not in inside(document)
    engine.finish(third.number, 0.0)
    ended(qtbot, third)
    assert inside(document) == {0}


def test_failure_is_one_sentence_with_details_apart(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    run = session.start(document, fill())
    assert run is not None
    with qtbot.waitSignal(session.noticed) as blocker:
        engine.say(jobs.Failed(run.number, "The hole is everything.", "Traceback: x"))
    assert blocker.args == ["error", "The hole is everything.", "Traceback: x"]
    assert run.sentence == "The hole is everything."


def test_run_without_a_hole_says_what_would_work(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    with document.edit("Clear") as edit:
        edit.clear(document.hole)
    with qtbot.waitSignal(session.noticed) as blocker:
        assert session.start(document, fill()) is None
    assert blocker.args[0] == "error" and "paint over what should go" in blocker.args[1]
    assert engine.jobs == {}


def test_keep_asks_for_what_is_done(qtbot: Any, session: Session, engine: Any, document: Document, fill: Any) -> None:
    run = session.start(document, fill())
    assert run is not None
    session.stop(run, keep=True)
    assert engine.calls[-1] == ("keep", run.number)
    engine.finish(run.number, 1.0, partial=True)
    ended(qtbot, run)
    assert inside(document) == {255}
    assert session.desk(document).outcomes[0].caption == "Seed 1 (part)"


def test_pause_and_go_on(qtbot: Any, session: Session, engine: Any, document: Document, fill: Any) -> None:
    run = session.start(document, fill())
    assert run is not None
    engine.update(run.number, 0.5)
    qtbot.waitUntil(lambda: run.state is State.RUNNING)
    session.pause(run)
    assert run.state is State.PAUSED and run.left is None
    session.pause(run)
    assert run.state is State.RUNNING
    assert engine.calls == [("pause", run.number), ("resume", run.number)]


def test_time_left_follows_the_pace(session: Session, document: Document, fill: Any) -> None:
    run = session.start(document, fill())
    assert run is not None
    run.state, run.fraction, run.seconds = State.RUNNING, 0.25, 2.0
    assert run.left == pytest.approx(6.0)
    run.fraction = 0.01
    assert run.left is None, "too early to tell"


def test_two_documents_have_slots_and_results_of_their_own(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    other = Document(Image(np.zeros((48, 64, 3), np.uint8)))
    session.open(other)
    with other.edit("Brush hole") as edit:
        edit.cover(other.hole, Box(HOLE))
    mine, theirs = session.start(document, fill()), session.start(other, fill())
    assert mine is not None and theirs is not None
    assert engine.jobs[mine.number].slot != engine.jobs[theirs.number].slot
    engine.finish(theirs.number, 1.0)
    ended(qtbot, theirs)
    assert inside(other) == {255} and 255 not in inside(document)
    assert mine.active and session.run_on(document) is mine and session.run_on(other) is None


def test_closing_a_document_stops_its_run_and_drops_what_still_comes(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    run = session.start(document, fill())
    assert run is not None
    session.close(document)
    assert ("stop", run.number) in engine.calls
    before = document.picture.pixels.copy()
    engine.finish(run.number, 1.0)
    ended(qtbot, run)
    assert np.array_equal(document.picture.pixels, before)
    assert run.document is not document and run.document.title == "ramp", "the job list keeps the name, not the picture"


def test_result_during_a_stroke_waits_in_the_strip(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    run = session.start(document, fill())
    assert run is not None
    with document.edit("A long stroke") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, 4, 4)))
        engine.finish(run.number, 1.0)
        ended(qtbot, run)
        assert 255 not in inside(document)
    session.show(document, session.desk(document).outcomes[0])
    assert inside(document) == {255}


def test_made_picture_remembers_what_it_was_made_from(
    qtbot: Any, session: Session, engine: Any, document: Document, grow: Any
) -> None:
    run = session.start(document, grow())
    assert run is not None and run.target is None
    with qtbot.waitSignal(session.made) as blocker:
        engine.finish(run.number, 0.5)
    made_run, outcome = blocker.args
    assert made_run is run and outcome.picture.size == (32, 24)
    ended(qtbot, run)
    new = Document(outcome.picture)
    session.open(new)
    session.adopt(run, outcome, new)
    again = session.start(new, grow(seed=2))
    assert again is not None and again.target is new
    assert engine.jobs[again.number].inputs["sample"] is engine.jobs[run.number].inputs["sample"]
    engine.finish(again.number, 1.0)
    ended(qtbot, again)
    assert set(np.unique(new.picture.pixels)) == {255}
    assert [kept.wish.seed for kept in session.desk(new).outcomes] == [1, 2]
    elsewhere = session.start(document, grow(seed=3))
    assert elsewhere is not None and elsewhere.target is new, (
        "the same wish from the old picture lands beside the others"
    )
    larger = session.start(document, grow(seed=4, size=(64, 64)))
    assert larger is not None and larger.target is None, "another size opens as a picture of its own"


def test_an_extended_picture_goes_on_where_the_same_is_wanted_again_or_it_was_worked_on(
    qtbot: Any, session: Session, engine: Any, document: Document
) -> None:
    extend = catalog.find("extend")

    def wish(left: int) -> Wish:
        return Wish(extend, extend.params(left=left))

    def extended(run: Run | None) -> Document:
        assert run is not None and run.target is None
        pixels = np.full((40, 70, 3), 0.5, np.float32)
        result = Result(Rect(0, 0, 70, 40), pixels, None, document.picture, False)
        with qtbot.waitSignal(session.made) as blocker:
            engine.say(jobs.Done(run.number, result, {}, 1.0, False))
        ended(qtbot, run)
        outcome = blocker.args[1]
        new = Document(outcome.picture)
        session.open(new)
        session.adopt(run, outcome, new)
        return new

    first = extended(session.start(document, wish(8)))
    other = session.start(first, wish(16))
    assert other is not None and other.target is first, "other values: made once more from what it was made from"
    assert engine.jobs[other.number].inputs["picture"] is document.picture
    engine.say(jobs.Stopped(other.number))
    ended(qtbot, other)
    same = session.start(first, wish(8))
    assert same is not None and engine.jobs[same.number].inputs["picture"] is first.picture
    second = extended(same)
    with second.edit("A stroke") as edit:
        edit.replace(Rect(0, 0, 2, 2), np.zeros((2, 2, 3), np.uint8))
    third = session.start(second, wish(16))
    assert third is not None and third.target is None
    assert engine.jobs[third.number].inputs["picture"] is second.picture


def test_oldest_results_go_when_there_is_no_room(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "OUTCOME_BYTES", 30_000)
    for seed in range(1, 6):
        run = session.start(document, fill(seed=seed))
        assert run is not None
        engine.finish(run.number, seed / 10)
        ended(qtbot, run)
    kept = session.desk(document).outcomes
    assert sum(outcome.nbytes for outcome in kept) <= 30_000
    assert [outcome.wish.seed for outcome in kept] == [4, 5]


def test_kept_result_as_a_whole_picture(
    qtbot: Any, session: Session, engine: Any, document: Document, fill: Any
) -> None:
    run = session.start(document, fill())
    assert run is not None
    before = document.picture.pixels.copy()
    engine.finish(run.number, 1.0)
    ended(qtbot, run)
    outcome: Outcome = session.desk(document).outcomes[0]
    document.undo()
    whole = outcome.as_picture(document.picture)
    before[HOLE.slices] = 255
    assert np.array_equal(whole.pixels, before)
    assert document.picture.pixels is not whole.pixels
    assert max(outcome.thumbnail.shape[:2]) <= 192 and outcome.thumbnail.shape[2] == 4


def test_each_role_says_what_it_has(document: Document, operations: dict[str, Operation[Any]]) -> None:
    offers = sources.offers(document, operations["tone-fill"])
    assert offers["picture"].words == "64 × 48 px"
    assert offers["hole"].words == "painted, 16 × 16 px"
    assert offers["source"].words == "anywhere" and offers["source"].value() is None
    with document.edit("Pick") as edit:
        edit.pick(Rect(4, 4, 20, 10))
    sample = sources.sample(document)
    image = sample.value()
    assert isinstance(image, Image) and image.size == (20, 10)
    assert np.array_equal(image.pixels, document.picture.pixels[4:14, 4:24])
    with document.edit("Pick") as edit:
        edit.pick(Image(np.zeros((5, 6, 1), np.uint8), name="swatch"))
    assert sources.sample(document).words == "swatch, 6 × 5 px"


def test_missing_required_input_is_refused(operations: dict[str, Operation[Any]]) -> None:
    empty = Document(Image(np.zeros((4, 4, 3), np.uint8)))
    with pytest.raises(Unusable, match="no hole yet"):
        sources.gather(empty, operations["tone-fill"])
    inputs, origins = sources.gather(empty, operations["grow"])
    assert inputs["sample"] is empty.picture and origins == {}
