"""The engine thread: slots, newest wins, mailbox, pause, stop, keep, failures, warnings."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pytest

from engine import catalog
from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Image
from engine.jobs import Done, Engine, Event, Failed, Job, Noticed, Started, Stopped, Update, Warming
from engine.operation import Given, Inputs, Mask, Operation, Picture
from engine.params import Params, Slider
from engine.region import Rect


@dataclass(frozen=True)
class Strips(Params):
    strips: Annotated[int, Slider(1, 1000, help="How many strips")] = 8


def _operation(name: str, run: Callable[[Context, Given, Strips], Iterator[Frame]], **more: Any) -> Operation[Strips]:
    roles = more.pop("roles", Inputs(picture=Picture()))
    more.setdefault("replaces", "picture")
    return Operation(
        id=name, title=name.title(), group="Test", roles=roles, params=Strips, run=run, doc="Test.", **more
    )


class Desk:
    """An engine whose operations the test holds by the hand."""

    def __init__(self) -> None:
        self.operations: dict[str, Operation[Any]] = {}
        self.woken = threading.Event()
        self.wakes = 0
        self.seen: list[Event] = []
        self.engine = Engine(self._wake, threads=2, find=lambda name: self.operations[name])

    def _wake(self) -> None:
        self.wakes += 1
        self.woken.set()

    def add(self, name: str, run: Callable[[Context, Given, Strips], Iterator[Frame]], **more: Any) -> None:
        self.operations[name] = _operation(name, run, **more)

    def submit(self, name: str, picture: Image | None = None, **more: Any) -> int:
        picture = picture or Image(np.zeros((16, 24, 3), np.uint8))
        return self.engine.submit(Job(name, Strips(), {"picture": picture}, **more))

    def until(self, kind: type[Event], number: int | None = None, limit: float = 10.0) -> Any:
        end = time.monotonic() + limit
        while time.monotonic() < end:
            self.woken.wait(0.02)
            self.woken.clear()
            self.seen += self.engine.take()
            for event in self.seen:
                if isinstance(event, kind) and number in (None, event.number):
                    return event
        raise AssertionError(f"no {kind.__name__} for {number} in {self.seen}")


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.engine.close()
    assert not made.engine._thread.is_alive()


def strips(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
    """Paints the picture white, a column strip at a time."""
    width, height = ctx.size
    for x in ctx.steps(range(0, width, 4)):
        yield Frame(Rect(x, 0, 4, height), np.ones((height, 4, 3), np.float32), ctx.fraction)


def endless(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
    yield Frame(Rect(0, 0, 4, 4), np.ones((4, 4, 3), np.float32), 0.1)
    while True:
        ctx.check()
        time.sleep(0.002)


def test_a_job_starts_updates_and_ends_with_its_result(desk: Desk) -> None:
    desk.add("strips", strips)
    number = desk.submit("strips", seed=9, origins={"picture": ("a.png",)})
    done = desk.until(Done, number)
    assert [type(event) for event in desk.seen][0] is Started
    assert (done.result.image().pixels == 255).all()
    assert not done.partial
    assert done.recipe["seed"] == 9 and done.recipe["inputs"] == {"picture": ["a.png"]}


def test_an_unread_frame_is_replaced_by_the_newer_one_and_loses_nothing(desk: Desk) -> None:
    desk.add("strips", strips)
    number = desk.submit("strips")
    time.sleep(0.4)  # nobody looks while all six frames arrive
    events = desk.engine.take()
    updates = [event for event in events if isinstance(event, Update)]
    assert len(updates) == 1
    assert updates[0].rect == Rect(0, 0, 24, 16)
    assert (updates[0].pixels == 255).all() and not updates[0].pixels.flags.writeable
    assert isinstance(events[-1], Done) and events[-1].number == number
    assert desk.wakes == 1


def test_a_newer_job_takes_the_place_of_the_older_in_its_slot(desk: Desk) -> None:
    desk.add("endless", endless)
    desk.add("strips", strips)
    first = desk.submit("endless", slot="a")
    desk.until(Update, first)
    waiting = desk.submit("strips", slot="a")
    newest = desk.submit("strips", slot="a")
    desk.until(Done, newest)
    desk.until(Stopped, first)
    assert any(isinstance(event, Stopped) and event.number == waiting for event in desk.seen) or waiting == newest
    assert not any(isinstance(event, Started) and event.number == waiting for event in desk.seen)


def test_jobs_in_other_slots_wait_their_turn(desk: Desk) -> None:
    desk.add("strips", strips)
    numbers = [desk.submit("strips", slot=slot) for slot in "abc"]
    for number in numbers:
        desk.until(Done, number)


def test_stop_is_quick_and_keeps_on_request(desk: Desk) -> None:
    desk.add("endless", endless)
    number = desk.submit("endless")
    desk.until(Update, number)
    began = time.monotonic()
    desk.engine.stop(number, keep=True)
    done = desk.until(Done, number)
    assert time.monotonic() - began < 1
    assert done.partial
    pixels = done.result.image().pixels
    assert (pixels[:4, :4] == 255).all() and (pixels[4:] == 0).all()

    number = desk.submit("endless")
    desk.until(Update, number)
    desk.engine.stop(number)
    desk.until(Stopped, number)


def test_a_waiting_job_can_be_stopped(desk: Desk) -> None:
    desk.add("endless", endless)
    desk.add("strips", strips)
    running = desk.submit("endless", slot="a")
    waiting = desk.submit("strips", slot="b")
    desk.until(Update, running)
    desk.engine.stop(waiting)
    desk.until(Stopped, waiting)
    desk.engine.stop(running)
    desk.until(Stopped, running)
    assert not any(isinstance(event, Started) and event.number == waiting for event in desk.seen)


def test_pause_holds_and_resume_goes_on(desk: Desk) -> None:
    gate = threading.Semaphore(0)

    def stepped(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        for x in ctx.steps(range(0, 24, 4)):
            yield Frame(Rect(x, 0, 4, 16), np.ones((16, 4, 3), np.float32), ctx.fraction)
            assert gate.acquire(timeout=10)

    desk.add("stepped", stepped)
    number = desk.submit("stepped")
    desk.until(Update, number)
    desk.engine.pause(number)
    gate.release(6)
    time.sleep(0.1)
    desk.seen += desk.engine.take()
    assert not any(isinstance(event, Done) for event in desk.seen)
    desk.engine.resume(number)
    done = desk.until(Done, number)
    assert done.seconds < 60


def test_a_paused_job_can_be_stopped(desk: Desk) -> None:
    desk.add("endless", endless)
    number = desk.submit("endless")
    desk.until(Update, number)
    desk.engine.pause(number)
    time.sleep(0.02)
    desk.engine.stop(number)
    desk.until(Stopped, number)


def learning(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
    """Goes on until it is stopped, like the training of a network."""
    for step in range(1_000_000):
        ctx.check()
        time.sleep(0.002)
        if ctx.due():
            yield Frame(Rect(0, 0, 2, 2), np.full((2, 2, 3), 0.5, np.float32), min(step / 1000, 1))


def test_jobs_are_done_while_a_network_is_trained(desk: Desk) -> None:
    desk.add("learning", learning, trains="brush")
    desk.add("strips", strips)
    training = desk.submit("learning", slot="learning")
    desk.until(Update, training)
    for _ in range(2):
        done = desk.until(Done, desk.submit("strips"))
        assert done.seconds < 60
    desk.seen.clear()
    desk.until(Update, training)
    second = desk.submit("learning", slot="another")
    desk.engine.stop(training, keep=True)
    kept = desk.until(Done, training)
    assert kept.partial
    desk.until(Started, second)
    desk.engine.stop(second)
    desk.until(Stopped, second)


def test_the_other_job_is_not_counted_as_training(desk: Desk) -> None:
    spent: list[float] = []

    def slow(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        time.sleep(0.3)
        yield Frame(Rect(0, 0, 2, 2), np.zeros((2, 2, 3), np.float32), 1.0)

    def watched(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        for frame in learning(ctx, given, p):
            spent.append(ctx.paused_seconds)
            yield frame

    desk.add("learning", watched, trains="brush")
    desk.add("slow", slow)
    training = desk.submit("learning", slot="learning")
    desk.until(Update, training)
    desk.until(Done, desk.submit("slow"))
    desk.seen.clear()
    desk.until(Update, training)
    assert spent[-1] >= 0.3
    desk.engine.stop(training)
    desk.until(Stopped, training)


def test_jobs_are_done_while_another_is_paused(desk: Desk) -> None:
    desk.add("learning", learning)
    desk.add("strips", strips)
    resting = desk.submit("learning", slot="one")
    desk.until(Update, resting)
    desk.engine.pause(resting)
    desk.until(Done, desk.submit("strips", slot="two"))
    desk.engine.resume(resting)
    desk.seen.clear()
    desk.until(Update, resting)
    desk.engine.stop(resting)
    desk.until(Stopped, resting)


def test_a_newer_training_in_the_slot_takes_the_place_of_the_older(desk: Desk) -> None:
    desk.add("learning", learning, trains="brush")
    first = desk.submit("learning", slot="learning")
    desk.until(Update, first)
    second = desk.submit("learning", slot="learning")
    desk.until(Stopped, first)
    desk.until(Update, second)
    desk.engine.stop(second)
    desk.until(Stopped, second)


def test_bad_input_is_one_sentence_and_a_bug_keeps_its_traceback(desk: Desk) -> None:
    def refuses(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        raise Unusable("The hole is empty", "nothing is painted", "paint what should go")
        yield

    def breaks(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        raise ZeroDivisionError("inside")
        yield

    desk.add("refuses", refuses)
    desk.add("breaks", breaks)
    refused = desk.until(Failed, desk.submit("refuses"))
    assert refused.sentence == "The hole is empty: nothing is painted; paint what should go." and not refused.detail
    broke = desk.until(Failed, desk.submit("breaks"))
    assert "ZeroDivisionError" in broke.detail and "fault" in broke.sentence
    desk.add("strips", strips)
    desk.until(Done, desk.submit("strips"))


def test_frames_that_are_not_finite_or_do_not_fit_are_a_fault(desk: Desk) -> None:
    def nan(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        yield Frame(Rect(0, 0, 1, 1), np.full((1, 1, 3), np.nan, np.float32), 1.0)

    def outside(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        yield Frame(Rect(20, 0, 8, 8), np.zeros((8, 8, 3), np.float32), 1.0)

    desk.add("nan", nan)
    desk.add("outside", outside)
    assert "not finite" in desk.until(Failed, desk.submit("nan")).detail
    assert "outside" in desk.until(Failed, desk.submit("outside")).detail


def test_nothing_outside_the_mask_changes_at_the_pictures_own_depth(desk: Desk) -> None:
    desk.add("strips", strips, within="hole", roles=Inputs(picture=Picture(), hole=Mask()))
    noise = np.random.default_rng(1).integers(0, 65536, (16, 24, 3)).astype(np.uint16)
    hole = np.zeros((16, 24), np.uint8)
    hole[4:8, 6:18] = 255
    number = desk.engine.submit(Job("strips", Strips(), {"picture": Image(noise), "hole": hole}))
    pixels = desk.until(Done, number).result.image().pixels
    assert pixels.dtype == np.uint16
    assert np.array_equal(pixels[hole == 0], noise[hole == 0])
    assert (pixels[hole > 0] == 65535).all()


def test_a_focused_operation_sees_only_its_part_and_shows_it_in_place(desk: Desk) -> None:
    sizes = []

    def look(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        sizes.append(given.picture.shape)
        yield Frame(Rect(1, 1, 2, 2), np.ones((2, 2, 3), np.float32), 1.0)

    desk.add("look", look, focus=lambda given, p: Rect(8, 4, 10, 6))
    number = desk.submit("look", Image(np.full((16, 24, 3), 7, np.uint8)))
    done = desk.until(Done, number)
    assert sizes == [(6, 10, 3)]
    pixels = done.result.image().pixels
    assert (pixels[5:7, 9:11] == 255).all() and (pixels[0] == 7).all()
    update = next(event for event in desk.seen if isinstance(event, Update))
    assert update.rect == Rect(9, 5, 2, 2) and update.size == (24, 16)


def test_what_is_not_made_yet_is_transparent(desk: Desk) -> None:
    desk.add("endless", endless, replaces=None)
    number = desk.submit("endless")
    desk.until(Update, number)
    desk.engine.stop(number, keep=True)
    pixels = desk.until(Done, number).result.image().pixels
    assert pixels.shape == (16, 24, 4)
    assert (pixels[:4, :4] == 255).all() and (pixels[4:] == 0).all() and (pixels[:, 4:] == 0).all()


def test_inputs_cannot_be_written_to(desk: Desk) -> None:
    def writes(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        given.picture[0, 0] = 1
        yield Frame(Rect(0, 0, 24, 16), given.picture, 1.0)

    desk.add("writes", writes)
    assert "read-only" in desk.until(Failed, desk.submit("writes")).detail


def test_a_warning_inside_a_job_is_an_event(desk: Desk) -> None:
    def warns(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        warnings.showwarning(UserWarning("coarse"), UserWarning, __file__, 1)
        yield Frame(Rect(0, 0, 1, 1), np.ones((1, 1, 3), np.float32), 1.0)

    desk.add("warns", warns)
    desk.until(Done, desk.submit("warns"))
    assert any(isinstance(event, Noticed) and event.text == "coarse" for event in desk.seen)


def test_too_much_memory_is_refused_before_any_work(desk: Desk) -> None:
    desk.add("strips", strips, memory=lambda given, size, p: 1 << 50)
    assert "GB of memory" in desk.until(Failed, desk.submit("strips")).sentence


def test_a_job_does_not_wait_for_kernels_that_are_being_prepared(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    began, compiled, times = threading.Event(), threading.Event(), []

    def cold(ctx: Context, given: Given, p: Strips) -> Iterator[Frame]:
        times.append(ctx)
        began.set()
        assert compiled.wait(10)  # a compiler cannot be told to stop
        yield from strips(ctx, given, p)

    desk.add("strips", strips)
    monkeypatch.setattr(catalog, "operations", lambda: {"cold": _operation("cold", cold)})
    desk.engine.warm_up()
    assert began.wait(10)
    done = desk.until(Done, desk.submit("strips"))
    assert (done.result.image().pixels == 255).all() and len(times) == 1
    compiled.set()
    # It was told to stop, and is begun once more now that there is nothing better to do.
    while not any(isinstance(event, Warming) and event.done == 1 and not event.title for event in desk.seen):
        desk.seen += desk.engine.take()
        time.sleep(0.005)
    assert len(times) == 2 and times[0].cancel[0] and not times[1].cancel[0]


def test_close_ends_a_running_job() -> None:
    desk = Desk()
    desk.add("endless", endless)
    desk.until(Update, desk.submit("endless"))
    desk.engine.close()
    assert not desk.engine._thread.is_alive()
    with pytest.raises(RuntimeError):
        desk.submit("endless")
