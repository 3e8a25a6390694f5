"""The only meeting of the engine's thread and the window's.

The bridge lives in the GUI thread. Other threads may do one thing to it: emit a signal, which Qt queues. Everything
else, the mailbox included, is read from the GUI thread, and listeners are told there.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

if TYPE_CHECKING:
    from engine.jobs import Event, Job

T = TypeVar("T")
log = logging.getLogger(__name__)

SLICE = 0.02
"""Seconds of event handling before the window gets its turn."""


class EngineLike(Protocol):
    """What the bridge needs of an engine; the real one is `engine.jobs.Engine`."""

    def submit(self, job: Job) -> int: ...
    def pause(self, number: int) -> None: ...
    def resume(self, number: int) -> None: ...
    def stop(self, number: int, keep: bool = False) -> None: ...
    def warm_up(self) -> None: ...
    def take(self) -> list[Event]: ...
    def close(self) -> None: ...


def _real(wake: Callable[[], None]) -> EngineLike:
    from engine import catalog
    from engine.jobs import Engine

    catalog.operations()
    return Engine(wake)


class Bridge(QObject):
    """Starts the engine in the background, passes jobs down and events up.

    Signals:
        ready(): the engine is there and the catalogue is read.
        arrived(event): one event of the engine, in order.
        submitted(job, number): the engine was given a job.
        broken(sentence, detail): the engine could not be started, or a background errand failed unexpectedly.

    Args:
        make: builds an engine from `wake`, called in a background thread.

    Attributes:
        device: where the networks of every job run: "auto", "cpu", "cuda" or "mps".
    """

    ready = Signal()
    arrived = Signal(object)
    submitted = Signal(object, int)
    broken = Signal(str, str)
    _woken = Signal()
    _errand_done = Signal(object, object, object)
    _made = Signal()

    def __init__(self, make: Callable[[Callable[[], None]], EngineLike] = _real, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._engine: EngineLike | None = None
        self._events: list[Event] = []
        self._errands: ThreadPoolExecutor | None = None
        self._closed = False
        self.device = "auto"
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._deliver)
        self._woken.connect(self._empty, Qt.ConnectionType.QueuedConnection)
        self._errand_done.connect(self._report, Qt.ConnectionType.QueuedConnection)
        self._made.connect(self._begin, Qt.ConnectionType.QueuedConnection)

    # Starting and ending.

    @property
    def running(self) -> bool:
        """Whether there is an engine to give jobs to."""
        return self._engine is not None and not self._closed

    def start(self) -> None:
        """Reads the catalogue and starts the engine, in the background. `ready` follows."""
        self._pool().submit(self._start)

    def close(self) -> None:
        """Stops every job, waits for the errands (a save is never cut short) and takes no more events."""
        if self._closed:
            return
        self._closed = True
        self._later.stop()
        if self._errands:
            self._errands.shutdown(wait=True)
        if self._engine:
            self._engine.close()
            self._engine = None
        self._events.clear()

    # Down: from the GUI thread only.

    def submit(self, job: Job) -> int:
        """Gives a job to the engine; its number. Raises RuntimeError before `ready`."""
        if not self._engine or self._closed:
            raise RuntimeError("there is no engine yet")
        job = replace(job, device=self.device)
        number = self._engine.submit(job)
        self.submitted.emit(job, number)
        return number

    def pause(self, number: int) -> None:
        if self._engine:
            self._engine.pause(number)

    def resume(self, number: int) -> None:
        if self._engine:
            self._engine.resume(number)

    def stop(self, number: int, keep: bool = False) -> None:
        if self._engine:
            self._engine.stop(number, keep)

    def warm_up(self) -> None:
        if self._engine:
            self._engine.warm_up()

    def aside(
        self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[Exception], None] | None = None
    ) -> None:
        """Runs `work` in a background thread and tells `then` (or `failed`) in the GUI thread.

        For whatever takes longer than a blink and is no operation: files, thumbnails, autosaves. After `close` neither
        is called.
        """
        if self._closed:
            return
        self._pool().submit(self._run_aside, [work], then, failed)

    # Up: from other threads, a signal each.

    def wake(self) -> None:
        """The engine's mailbox is no longer empty. From any thread."""
        if not self._closed:
            self._woken.emit()

    def _start(self) -> None:
        try:
            self._engine = self._make(self.wake)
        except Exception:
            self.broken.emit("The engine could not be started.", traceback.format_exc())
            return
        self._made.emit()

    def _run_aside(self, work: list[Callable[[], Any]], then: Callable[[Any], None], failed: Any) -> None:
        try:
            # Popped, so that what the work held (a picture, say) is free by the time anybody is told.
            value, problem = work.pop()(), None
        except Exception as caught:  # passed on to whoever asked
            value, problem = None, caught
        if not self._closed:
            self._errand_done.emit(value, problem, (then, failed))

    # In the GUI thread.

    @Slot()
    def _begin(self) -> None:
        if not self._closed:
            self.ready.emit()

    @Slot()
    def _empty(self) -> None:
        if self._engine and not self._closed:
            self._events += self._engine.take()
            self._deliver()

    @Slot()
    def _deliver(self) -> None:
        began = time.perf_counter()
        while self._events and not self._closed:
            self.arrived.emit(self._events.pop(0))
            if self._events and time.perf_counter() - began > SLICE:
                self._later.start()
                return

    @Slot(object, object, object)
    def _report(self, value: Any, problem: Exception | None, told: Any) -> None:
        if self._closed:
            return
        then, failed = told
        if problem is None:
            then(value)
        elif failed:
            failed(problem)
        else:
            detail = "".join(traceback.format_exception(problem))
            log.error("an errand failed: %s", detail)
            self.broken.emit("Something in the background went wrong.", detail)

    def _pool(self) -> ThreadPoolExecutor:
        if self._errands is None:
            self._errands = ThreadPoolExecutor(2, thread_name_prefix="scumble-errand")
        return self._errands
