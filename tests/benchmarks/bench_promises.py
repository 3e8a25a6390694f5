"""What operations promise in time: cold kernels, the first frame, stopping. And how long the parts take to load."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from engine import catalog
from engine.context import Context
from engine.errors import Stopped
from engine.operation import Execution
from tests.contract.scenarios import HUGE, inputs, real_work, run

ROOT = Path(__file__).resolve().parents[2]
COLD = """
import sys, time
from engine import catalog
from engine.cli.clock import CompileClock
from tests.contract.scenarios import SMALL, inputs, run
for name in sys.argv[1:]:
    entry = catalog.find(name)
    with CompileClock() as clock:
        run(entry, inputs(entry), threads=1)
    print(clock.seconds)
"""


def _python(*words: str, cache: str | None = None) -> str:
    environment = dict(os.environ) | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=ROOT, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    return done.stdout


def _import_seconds(what: str) -> float:
    code = f"import time; t = time.perf_counter(); {what}; print(time.perf_counter() - t)"
    return min(float(_python("-c", code)) for _ in range(5))


def _stop_latency(name: str, delay: float) -> float:
    entry = catalog.find(name)
    ctx = Context(threads=2)
    execution = Execution(entry, inputs(entry, HUGE), entry.params(), ctx, HUGE.output if entry.sized else None)
    told: list[float] = []

    def tell() -> None:
        told.append(time.perf_counter())
        ctx.stop()

    timer = threading.Timer(delay, tell)
    timer.start()
    try:
        for _ in execution:
            pass
    except Stopped:
        return time.perf_counter() - told[0]
    finally:
        timer.cancel()
        timer.join()
        ctx.close()
    return 0.0  # done before it could be told


def _first_frame(name: str) -> tuple[float, float]:
    entry = catalog.find(name)
    scale = real_work(entry)[0]
    given = inputs(entry, scale)
    ctx = Context(threads=2)
    began = time.perf_counter()
    execution = Execution(entry, given, entry.params(), ctx, scale.output if entry.sized else None)
    frames = iter(execution)
    next(frames)
    first = time.perf_counter() - began
    for _ in frames:
        pass
    ctx.close()
    return first, time.perf_counter() - began


def rows() -> Iterator[tuple[str, str, float, str]]:
    """Yields (what, unit, value, remark)."""
    yield (
        "import engine.catalog with every operation",
        "s",
        _import_seconds("import engine.catalog as c; c.operations()"),
        "at most 0.5",
    )
    names = list(catalog.operations())
    with tempfile.TemporaryDirectory() as cache:
        total = sum(map(float, _python("-c", COLD, *names, cache=cache).split()))
        yield "every kernel that the operations run, cold, one core", "s", total, "at most 25"
    for name in names:
        with tempfile.TemporaryDirectory() as cache:
            yield (
                f"{name}: its kernels, cold, one core",
                "s",
                float(_python("-c", COLD, name, cache=cache)),
                "at most 4",
            )
    for name in names:
        entry = catalog.find(name)
        run(entry, inputs(entry))
        first, total = min(_first_frame(name) for _ in range(3))
        yield f"{name}: first frame", "ms", 1e3 * first, "at most 150"
        yield f"{name}: first frame, of the whole", "%", 100 * first / total, "at most 10"
        worst = max(_stop_latency(name, delay) for delay in (0.02, 0.1, 0.2, 0.35, 0.5, 0.9))
        yield f"{name}: stop, the slowest of six", "ms", 1e3 * worst, "at most 100"


if __name__ == "__main__":
    for row in rows():
        print(row)
