"""What a report needs to know of time and memory."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, Self

from numba.core import event


class CompileClock(event.Listener):  # type: ignore[misc]
    """Seconds in which at least one thread was compiling a kernel (or loading one from the disk) inside the `with`.

    Compilations nest, and threads wait for one another's, so it is the union of the spans that counts.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0
        self._began = 0.0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        event.register("numba:compile", self)
        return self

    def __exit__(self, *_: Any) -> None:
        event.unregister("numba:compile", self)

    def on_start(self, event: Any) -> None:
        with self._lock:
            if self._depth == 0:
                self._began = time.perf_counter()
            self._depth += 1

    def on_end(self, event: Any) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                self.seconds += time.perf_counter() - self._began


def peak_rss_mb() -> float:
    """The largest resident memory that this process has had, in MB; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024
