"""The engine's one thread for jobs, and the humbler one that prepares kernels."""

from __future__ import annotations

import itertools
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from engine import catalog
from engine.context import Context, half_of_memory, humble, spare_threads
from engine.errors import Stopped as StoppedByRequest
from engine.errors import Unusable
from engine.image import Bytes, displayed
from engine.jobs.events import Done, Event, Failed, Noticed, Started, Stopped, Update
from engine.jobs.mailbox import Mailbox
from engine.jobs.warming import Warmer
from engine.operation import Execution, Operation
from engine.recipe import Job, Recipe
from engine.region import Rect


@dataclass(eq=False)
class _Entry:
    number: int
    job: Job
    ctx: Context
    patient: bool = False
    keep: bool = False
    display: Bytes | None = field(default=None, repr=False)


class Engine:
    """One thread that runs jobs one after another, newest question first to be answered in its slot.

    What takes long by its nature gives way: while a network is trained, or a job is paused, others are done in between.

    Args:
        wake: called from the engine's threads when the mailbox stops being empty. It must return at once.
        threads: for kernels; by default all cores but one, all where there are two.
        memory: bytes that one job may take; by default half of the machine's.
        polite: let the window's thread go first where the system can tell threads apart (Linux).
        find: gives the operation with an id.
    """

    def __init__(
        self,
        wake: Callable[[], None],
        threads: int | None = None,
        memory: int | None = None,
        polite: bool = True,
        find: Callable[[str], Operation[Any]] = catalog.find,
    ) -> None:
        self.threads = threads or spare_threads()
        self.memory = memory or half_of_memory()
        self._polite = polite
        self._find = find
        self._numbers = itertools.count(1)
        self._mailbox = Mailbox(wake)
        self._display_lock = threading.Lock()
        self._state = threading.Condition()
        self._waiting: list[_Entry] = []
        self._running: list[_Entry] = []
        self._warmer = Warmer(self._mailbox.put, lambda: Context(threads=self.threads, memory=self.memory), polite)
        self._closing = False
        self._show_warning = warnings.showwarning
        warnings.showwarning = self._noticed
        self._thread = threading.Thread(target=self._work, name="scumble-engine", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> int:
        """Queues a job and returns its number. Waiting or running jobs in its slot end as Stopped."""
        with self._state:
            if self._closing:
                raise RuntimeError("the engine is closed")
            entry = _Entry(next(self._numbers), job, Context(job.seed, (0, 0), self.threads, job.device, self.memory))
            entry.patient = self._trains(job)
            for old in [old for old in self._waiting if old.job.slot == job.slot]:
                self._waiting.remove(old)
                self._mailbox.put(Stopped(old.number))
            for running in self._running:
                if running.job.slot == job.slot:
                    running.ctx.stop()
            self._waiting.append(entry)
            self._warmer.rest(True)
            self._state.notify_all()
        return entry.number

    def pause(self, number: int) -> None:
        for entry in self._entries(number):
            entry.ctx.pause()

    def resume(self, number: int) -> None:
        for entry in self._entries(number):
            entry.ctx.resume()

    def stop(self, number: int, keep: bool = False) -> None:
        """Ends a job. With `keep`, what it has so far comes back as a partial Done."""
        with self._state:
            for entry in self._waiting:
                if entry.number == number:
                    self._waiting.remove(entry)
                    self._mailbox.put(Stopped(number))
                    return
            for entry in self._running:
                if entry.number == number:
                    entry.keep = keep
                    entry.ctx.stop()

    def warm_up(self) -> None:
        """Compiles every operation's kernels whenever no job waits. Reported as Warming events."""
        operations = [entry for entry in catalog.operations().values() if not entry.neural]
        self._warmer.begin(sorted(operations, key=lambda entry: not entry.everyday))

    def take(self) -> list[Event]:
        """Empties the mailbox: every event in order, but only the newest Update of each job."""
        return self._mailbox.take(self._display_lock)

    def close(self, timeout: float = 10.0) -> None:
        """Stops everything and ends the threads."""
        with self._state:
            self._closing = True
            self._waiting.clear()
            for entry in self._running:
                entry.ctx.stop()
            self._state.notify_all()
        self._thread.join(timeout)
        self._warmer.close(timeout)
        if warnings.showwarning == self._noticed:
            warnings.showwarning = self._show_warning

    def _noticed(self, message: Warning | str, *rest: Any, **more: Any) -> None:
        entry = self._running[-1] if self._running else None
        name = threading.current_thread().name
        if entry and name.startswith("scumble-") and name != "scumble-warming":
            self._mailbox.put(Noticed(entry.number, str(message)))
        else:
            self._show_warning(message, *rest, **more)

    def _trains(self, job: Job) -> bool:
        try:
            return bool(self._find(job.operation).trains)
        except Unusable:
            return False  # an unknown operation fails where it is run

    def _entries(self, number: int) -> list[_Entry]:
        with self._state:
            entries = [*self._waiting, *self._running]
        return [entry for entry in entries if entry.number == number]

    def _work(self) -> None:
        if self._polite:
            humble(5)
        while True:
            with self._state:
                if not self._waiting:
                    self._warmer.rest(False)
                while not (self._waiting or self._closing):
                    self._state.wait()
                if self._closing:
                    return
                entry = self._waiting.pop(0)
            self._run(entry)
            del entry  # a waiting engine holds no pictures: their owner can then write in place

    def _between(self, entry: _Entry) -> float:
        """Runs the jobs that wait while `entry` is under way, in this thread, and says how long that took.

        Called from within the running job. Another job that would give way itself waits until this one is done: they
        would lie on one another and none would come to its end.
        """
        if not self._waiting or threading.current_thread() is not self._thread:
            return 0.0
        began = time.perf_counter()
        while not self._closing:
            with self._state:
                urgent = [other for other in self._waiting if other.job.slot != entry.job.slot and not other.patient]
                if not urgent or not (entry.patient or entry.ctx.paused):
                    break
                self._waiting.remove(urgent[0])
            self._run(urgent[0])
        return time.perf_counter() - began

    def _run(self, entry: _Entry) -> None:
        with self._state:
            self._running.append(entry)
        entry.ctx.aside = partial(self._between, entry)
        try:
            self._worked(entry)
        finally:
            entry.ctx.aside = None
            with self._state:
                self._running.remove(entry)

    def _worked(self, entry: _Entry) -> None:
        self._mailbox.put(Started(entry.number))
        began = time.perf_counter()

        def seconds() -> float:
            return time.perf_counter() - began - entry.ctx.paused_seconds

        job = entry.job
        execution: Execution | None = None
        ended: Event
        try:
            operation = self._find(job.operation)
            execution = Execution(operation, job.inputs, job.params, entry.ctx, job.size)
            for frame in execution:
                self._show(entry, execution, frame.rect, frame.pixels, frame.note, seconds())
            ended = _done(entry, execution, seconds())
        except StoppedByRequest:
            ended = Stopped(entry.number)
            if entry.keep and execution is not None and execution.canvas is not None:
                ended = _done(entry, execution, seconds(), partial=True)
        except Unusable as problem:
            ended = Failed(entry.number, str(problem))
        except MemoryError:
            ended = Failed(entry.number, "There was not enough memory for this; try a smaller size.", "MemoryError")
        except Exception:  # the engine must outlive a bug in an operation
            ended = Failed(entry.number, f"{job.title} failed because of a fault in Scumble.", traceback.format_exc())
        finally:
            entry.ctx.close()
        self._mailbox.put(ended)

    def _show(self, entry: _Entry, execution: Execution, rect: Rect, values: Any, note: str, seconds: float) -> None:
        pixels = displayed(values)
        with self._display_lock:
            if entry.display is None:
                # What no frame has reached is transparent: what it lies on is seen there.
                entry.display = np.zeros((execution.rect.h, execution.rect.w, 4), np.uint8)
            entry.display[rect.moved(-execution.rect.x, -execution.rect.y).slices] = pixels
        fraction, trained = entry.ctx.fraction, execution.trained
        update = Update(entry.number, rect, pixels, execution.size, fraction, note, seconds, trained)
        self._mailbox.put_update(update, execution.rect, entry.display)


def _done(entry: _Entry, execution: Execution, seconds: float, partial: bool = False) -> Done:
    result = execution.result()
    _ = result.patch  # made here, in the engine's thread, and not in the window's when it first asks
    return Done(entry.number, result, Recipe.of(entry.job).as_json(), seconds, partial)
