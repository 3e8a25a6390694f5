"""The context: randomness by purpose, work cut into pieces, progress, pause and stop from other threads."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.context import Context, spare_threads
from engine.errors import Stopped
from engine.kernels.compiled import kernel
from engine.kernels.randomness import below, mixed, uniform


def test_a_number_depends_on_seed_and_purpose_alone() -> None:
    a, b = Context(seed=7, threads=1), Context(seed=7, threads=3)
    b.random(9).random(100)
    assert np.array_equal(a.random(1, 2).random(8), b.random(1, 2).random(8))
    others = [Context(seed=8).random(1, 2), a.random(1, 3), a.random(1), a.random(2, 1)]
    assert all(not np.array_equal(a.random(1, 2).random(8), other.random(8)) for other in others)
    assert Context(seed=-1).seed == 2**32 - 1


def _splitmix(seed: int, *counters: int) -> int:
    """The mixing function of kernels/randomness, in whole numbers of any length."""
    top, z = 2**64 - 1, seed
    for counter in counters:
        z = (z + 0x9E3779B97F4A7C15 + counter * 0xD1342543DE82EF95) & top
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & top
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & top
        z ^= z >> 31
    return z


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**40), st.integers(0, 2**31), st.integers(0, 99))
def test_kernels_draw_the_same_numbers_as_their_twin(seed: int, a: int, b: int, c: int) -> None:
    bits = _splitmix(seed, a, b, c)
    state = np.uint64(seed)
    assert int(mixed(state, a, b, c)) == bits
    assert int(below(1000, state, a, b, c)) == (bits >> 32) * 1000 >> 32
    assert float(uniform(state, a, b, c)) == (bits >> 11) / 2**53


def test_the_twin_agrees_with_the_published_generator() -> None:
    """SplitMix64 seeded with 1234567 starts 6457827717110365317, 3203168211198807973 (Rosetta Code, from Vigna's C)."""
    gamma = 0x9E3779B97F4A7C15
    first = _splitmix(1234567, 0)
    assert first == 6457827717110365317
    assert _splitmix((1234567 + gamma) % 2**64, 0) == 3203168211198807973


def test_drawn_numbers_are_even() -> None:
    seed = np.uint64(3)
    drawn = np.array([below(10, seed, n, 1, 2) for n in range(20_000)])
    expected = 2000
    chi_squared = ((np.bincount(drawn, minlength=10) - expected) ** 2 / expected).sum()
    assert chi_squared < 27.9, "9 degrees of freedom: one in a thousand"
    shares = np.array([uniform(seed, n, 5, 0) for n in range(5000)])
    assert 0 <= shares.min() and shares.max() < 1 and abs(shares.mean() - 0.5) < 0.02


@kernel
def _mark(start: int, stop: int, marks: Any, cancel: Any) -> None:
    for n in range(start, stop):
        marks[n] += 1


@given(st.integers(0, 300), st.integers(1, 70), st.integers(1, 4))
def test_spread_calls_every_index_once(count: int, grain: int, threads: int) -> None:
    ctx = Context(threads=threads)
    marks = np.zeros(count + 1, np.int64)
    pieces: list[tuple[int, int]] = []
    lock = threading.Lock()

    def note(start: int, stop: int, marks: Any, cancel: Any) -> None:
        with lock:
            pieces.append((start, stop))
        _mark(start, stop, marks, cancel)

    ctx.spread(note, count, marks, grain=grain)
    ctx.close()
    assert (marks[:count] == 1).all() and marks[count] == 0
    assert all(start % grain == 0 and (stop % grain == 0 or stop == count) for start, stop in pieces)


def test_spread_and_each_hand_over_the_flag_and_use_their_threads() -> None:
    ctx = Context(threads=2)
    seen: set[str] = set()
    both = threading.Barrier(2, timeout=20)

    def work(number: int, cancel: Any) -> None:
        assert cancel is ctx.cancel
        seen.add(threading.current_thread().name)
        both.wait()

    ctx.each(work, [(1,), (2,)])
    mine = threading.current_thread().name
    assert len(seen) == 2 and mine in seen, "the thread that asks is one of them"
    ctx.close()
    assert not [thread for thread in threading.enumerate() if thread.name in seen - {mine}]
    both.reset()
    ctx.each(work, [(1,), (2,)])
    ctx.close()


def test_errors_in_threads_come_out() -> None:
    def broken(start: int, stop: int, cancel: Any) -> None:
        raise ZeroDivisionError

    for threads in (1, 2):
        ctx = Context(threads=threads)
        with pytest.raises(ZeroDivisionError):
            ctx.spread(broken, 10)
        ctx.close()


@pytest.mark.parametrize("threads", [1, 3])
def test_after_an_error_nothing_more_is_begun_and_all_has_ended(threads: int) -> None:
    begun: list[int] = []
    under_way: list[int] = []

    def broken(number: int, cancel: Any) -> None:
        begun.append(number)
        under_way.append(number)
        time.sleep(0.002)
        under_way.remove(number)
        if number == 5:
            raise ZeroDivisionError

    ctx = Context(threads=threads)
    with pytest.raises(ZeroDivisionError):
        ctx.each(broken, [(number,) for number in range(100)])
    assert not under_way, "nobody may write into what the caller has given up"
    assert len(begun) < 20
    ctx.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_stop_reaches_kernels_that_run(threads: int) -> None:
    """The loop has no other end: without the flag this test would not return."""

    @kernel
    def forever(start: int, stop: int, turns: Any, cancel: Any) -> None:
        while cancel[0] == 0:
            turns[start] += 1  # a loop that writes nothing reads the flag once only: the compiler may

    ctx = Context(threads=threads)
    timer = threading.Timer(0.05, ctx.stop)
    timer.start()
    with pytest.raises(Stopped):
        ctx.spread(forever, 8, np.zeros(8, np.int64))
    timer.join()
    ctx.close()
    with pytest.raises(Stopped):
        ctx.check()


def test_steps_check_between_items_and_keep_the_progress() -> None:
    ctx = Context()
    fractions = []
    for _ in ctx.steps(range(4)):
        fractions.append(ctx.fraction)
    assert fractions == [0, 0.25, 0.5, 0.75] and ctx.fraction == 1
    done = []
    with pytest.raises(Stopped):
        for item in ctx.steps(iter("abcd"), total=4):
            done.append(item)
            if item == "b":
                ctx.stop()
    assert done == ["a", "b"]


def test_parts_nest() -> None:
    ctx = Context()
    with ctx.part(0.5, 1.0):
        assert ctx.fraction == 0.5
        with ctx.part(0.0, 0.5):
            ctx.progress(0.5)
            assert ctx.fraction == 0.625
        ctx.progress(0.75)
        assert ctx.fraction == 0.875
    ctx.progress(2)
    assert ctx.fraction == 1
    with pytest.raises(ZeroDivisionError), ctx.part(0.2, 0.4):
        raise ZeroDivisionError
    ctx.progress(0.5)
    assert ctx.fraction == 0.5, "a part that failed gives the span back"


def test_paused_work_waits_and_the_wait_is_not_counted_as_work() -> None:
    ctx = Context()
    ctx.pause()
    assert ctx.paused
    passed = threading.Event()

    def work() -> None:
        ctx.check()
        passed.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert not passed.wait(0.05)
    ctx.resume()
    assert passed.wait(20)
    thread.join()
    assert not ctx.paused and ctx.paused_seconds >= 0.04


def test_stop_ends_a_pause() -> None:
    ctx = Context()
    ctx.pause()
    timer = threading.Timer(0.03, ctx.stop)
    timer.start()
    with pytest.raises(Stopped):
        ctx.check()
    timer.join()


def test_frames_are_due_at_first_and_then_now_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    ctx = Context()
    answers = []
    for passed in (0, 0.01, 0.03, 0.02, 0.01):
        now[0] += passed
        answers.append(ctx.due())
    assert answers == [True, False, False, True, False]


def test_threads_are_never_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for cores, spare in ((1, 1), (2, 2), (8, 7)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)), raising=False)
        assert spare_threads() == spare
    assert Context(threads=0).threads >= 1 and Context(threads=-3).threads == 1
