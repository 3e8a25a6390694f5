"""What a running operation may know of the world: its seed, whether to stop, how many hands it has.

Randomness is counter-based (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011): a number is a
function of the seed and of what it is for, never of who asked first. That is what makes the same seed give the same
bytes on 1 or 16 threads.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from engine.errors import Stopped
from engine.image import Bytes
from engine.region import Size

T = TypeVar("T")

AT_REST = 0.03
"""Seconds between looks for something more urgent while a job is paused."""

FRAME_INTERVAL = 0.05
"""Seconds between frames that an operation makes on its own account: 20 a second is as live as the eye asks for."""


def spare_threads() -> int:
    """How many threads the engine takes by itself: all, less one for the window where there are more than two."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores - 1 if cores > 2 else max(cores, 1)


def humble(niceness: int) -> None:
    """Lets other threads go before this one, where the system can tell threads apart (Linux).

    Threads that are started from here are as humble.
    """
    if hasattr(os, "setpriority") and hasattr(threading, "get_native_id"):
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
        except OSError:
            pass


def half_of_memory() -> int:
    """Half of the machine's memory in bytes, or 4 GiB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return 4 << 30


class Context:
    """Given to every operation as its first argument.

    Attributes:
        seed: the job's seed, 0..2**32-1.
        size: (width, height) of the output, settled before the operation starts.
        place: of the first pixel that the operation sees, (x, y) in that output: other than (0, 0) where it works on a
            part of a picture (`Operation.focus`).
        threads: how many threads `spread` and `each` use. Results never depend on it.
        device: where networks run: "auto" or a wish until a run begins, then "cpu", "cuda" or "mps".
        memory: bytes that the operation may take beyond its inputs.
        cancel: uint8 (1,); non-zero means stop. Kernels take it as their last argument and poll it.
        aside: called by `check`, also while paused: does what is more urgent than this job, and says how many seconds
            that took.
        fraction: how much of the work is done, 0..1; `steps` and `part` keep it.
    """

    def __init__(
        self, seed: int = 1, size: Size = (0, 0), threads: int | None = None, device: str = "cpu", memory: int = 4 << 30
    ) -> None:
        self.seed = seed & 0xFFFFFFFF
        self.size = size
        self.place = (0, 0)
        self.threads = max(1, threads or spare_threads())
        self.device = device
        self.memory = memory
        self.cancel: Bytes = np.zeros(1, np.uint8)
        self.fraction = 0.0
        self.paused_seconds = 0.0
        self.aside: Callable[[], float] | None = None
        self._span = (0.0, 1.0)
        self._go = threading.Event()
        self._go.set()
        self._last_frame = -1e9
        self._pool: ThreadPoolExecutor | None = None

    # Told by the outside, from any thread.

    def stop(self) -> None:
        self.cancel[0] = 1
        self._go.set()

    def pause(self) -> None:
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    @property
    def paused(self) -> bool:
        return not self._go.is_set()

    # Asked by the operation.

    def check(self) -> None:
        """Returns at once, waits while paused, or raises Stopped. Call it at least every 50 ms."""
        if self.aside and not self.cancel[0]:
            self.paused_seconds += self.aside()
        if self.paused:
            began = time.perf_counter()
            while not self._go.wait(AT_REST if self.aside else None):
                if self.aside:
                    self.aside()
            self.paused_seconds += time.perf_counter() - began
        if self.cancel[0]:
            raise Stopped

    def progress(self, done: float) -> None:
        """Say that `done` (0..1) of the present part is done."""
        low, high = self._span
        self.fraction = low + (high - low) * min(max(done, 0.0), 1.0)

    def steps(self, items: Iterable[T], total: int | None = None) -> Iterator[T]:
        """The items one by one, with a check and the progress kept between them."""
        if total is None:
            items = list(items)
            total = len(items)
        for number, item in enumerate(items):
            self.check()
            self.progress(number / max(total, 1))
            yield item
        self.check()
        self.progress(1.0)

    @contextmanager
    def part(self, start: float, end: float) -> Iterator[None]:
        """Progress inside counts from `start` to `end` (0..1) of the present part."""
        low, high = self._span
        self._span = (low + (high - low) * start, low + (high - low) * end)
        self.progress(0.0)
        try:
            yield
        finally:
            self._span = (low, high)

    def due(self) -> bool:
        """Whether someone would want to see a frame now. True at first, then every 50 ms."""
        now = time.perf_counter()
        if now - self._last_frame < FRAME_INTERVAL:
            return False
        self._last_frame = now
        return True

    def random(self, *purpose: int) -> np.random.Generator:
        """A generator that depends on the seed and on `purpose` (small whole numbers) only."""
        return np.random.Generator(np.random.Philox(np.random.SeedSequence([self.seed, *purpose])))

    def spread(self, kernel: Callable[..., Any], count: int, *arguments: Any, grain: int = 1) -> None:
        """Calls `kernel(start, stop, *arguments, cancel)` over 0..count on all threads, and checks afterwards.

        The kernel must give the same result however the range is cut: each index writes its own output and reads
        nothing that another index writes. Pieces are multiples of `grain`.
        """
        self.check()
        pieces = min(-(-count // grain), self.threads * 4) if self.threads > 1 else 1
        if pieces <= 1:
            kernel(0, count, *arguments, self.cancel)
        else:
            cuts = [min(count, -(-count * k // (pieces * grain)) * grain) for k in range(pieces + 1)]
            self._all(
                [(kernel, (a, b, *arguments, self.cancel)) for a, b in zip(cuts, cuts[1:], strict=False) if b > a]
            )
        self.check()

    def each(self, kernel: Callable[..., Any], items: Sequence[tuple[Any, ...]]) -> None:
        """Calls `kernel(*item, cancel)` for every item on all threads, in no order, and checks afterwards."""
        self.check()
        if self.threads <= 1 or len(items) <= 1:
            for item in items:
                kernel(*item, self.cancel)
                self.check()
        else:
            self._all([(kernel, (*item, self.cancel)) for item in items])
        self.check()

    def _all(self, calls: list[tuple[Callable[..., Any], tuple[Any, ...]]]) -> None:
        left = deque(calls)

        def work() -> None:
            while left:
                try:
                    function, arguments = left.popleft()
                except IndexError:  # another thread took it
                    return
                try:
                    function(*arguments)
                except BaseException:
                    left.clear()
                    raise

        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads - 1, thread_name_prefix="scumble-kernel")
        # This thread works too: small work is done before another one has woken up.
        helpers = [self._pool.submit(work) for _ in range(min(self.threads, len(calls)) - 1)]
        try:
            work()
        finally:
            wait(helpers)
        for helper in helpers:
            helper.result()

    def close(self) -> None:
        """Ends the threads. The context can be used again; it will start new ones."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None
