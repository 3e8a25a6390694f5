from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from desktop.bridge import Bridge
from engine import jobs


def test_events_come_in_order_in_this_thread(qtbot: Any, bridge: Bridge, engine: Any) -> None:
    seen: list[tuple[int, bool]] = []
    bridge.arrived.connect(
        lambda event: seen.append((event.number, threading.current_thread() is threading.main_thread()))
    )
    for number in range(5):
        engine.say(jobs.Started(number))
    qtbot.waitUntil(lambda: len(seen) == 5)
    assert seen == [(number, True) for number in range(5)]


def test_many_slow_listeners_do_not_hold_up_the_window(qtbot: Any, bridge: Bridge, engine: Any) -> None:
    import time

    turns, seen = [], []
    from PySide6.QtCore import QTimer

    timer = QTimer()
    timer.setInterval(1)
    timer.timeout.connect(lambda: turns.append(len(seen)))
    timer.start()
    bridge.arrived.connect(lambda event: (time.sleep(0.008), seen.append(event.number)))
    for number in range(12):
        engine.say(jobs.Started(number))
    qtbot.waitUntil(lambda: len(seen) == 12)
    timer.stop()
    assert seen == list(range(12))
    assert any(0 < turn < 12 for turn in turns), "the timer had no turn between the events"


def test_aside_works_elsewhere_and_tells_here(qtbot: Any, bridge: Bridge) -> None:
    told: list[tuple[str, bool, bool]] = []

    def work() -> bool:
        return threading.current_thread() is not threading.main_thread()

    bridge.aside(work, lambda away: told.append(("done", away, threading.current_thread() is threading.main_thread())))
    qtbot.waitUntil(lambda: bool(told))
    assert told == [("done", True, True)]


def test_aside_failure_goes_to_whoever_asked(qtbot: Any, bridge: Bridge) -> None:
    told: list[Exception] = []

    def work() -> None:
        raise OSError("full")

    bridge.aside(work, lambda _: pytest.fail("it failed"), told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert str(told[0]) == "full"


def test_aside_failure_that_nobody_expects_is_told(
    qtbot: Any, bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    with qtbot.waitSignal(bridge.broken) as blocker:
        bridge.aside(lambda: 1 // 0, lambda _: None)
    assert "ZeroDivisionError" in blocker.args[1]


def test_engine_that_cannot_start_is_told(qtbot: Any) -> None:
    def make(wake: Callable[[], None]) -> Any:
        raise RuntimeError("no cores")

    bridge = Bridge(make)
    with qtbot.waitSignal(bridge.broken) as blocker:
        bridge.start()
    assert "no cores" in blocker.args[1]
    assert not bridge.running
    bridge.close()


def test_job_before_the_engine_is_there_is_refused(qtbot: Any) -> None:
    bridge = Bridge(lambda wake: pytest.fail("not started"))
    with pytest.raises(RuntimeError):
        bridge.submit(jobs.Job("fill", None, {}))  # type: ignore[arg-type]
    bridge.close()


def test_close_ends_the_engine_and_silences_what_is_under_way(qtbot: Any, bridge: Bridge, engine: Any) -> None:
    seen: list[object] = []
    bridge.arrived.connect(seen.append)
    go = threading.Event()
    bridge.aside(lambda: go.wait(5), seen.append)
    engine.say(jobs.Started(1))
    go.set()
    bridge.close()
    qtbot.wait(30)
    assert engine.closed
    assert seen == []
    bridge.wake()  # the engine's thread may still say something
    bridge.close()


def test_close_while_the_engine_is_being_made_closes_that_one_too(qtbot: Any, made: list[Any]) -> None:
    go = threading.Event()

    class Slow:
        closed = False

        def close(self) -> None:
            self.closed = True

    def make(wake: Callable[[], None]) -> Any:
        go.wait(5)
        made.append(Slow())
        return made[-1]

    bridge = Bridge(make)
    bridge.start()
    go.set()
    bridge.close()
    assert made[0].closed
