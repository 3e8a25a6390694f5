"""Large pictures: how soon something is seen, how long nothing new is, how soon a stop takes effect, how much memory.

Each operation runs in a process of its own on a picture of 12 million pixels (some on 4 or 6), and is stopped after a
while, as nobody has to wait for the end to know how it behaves on the way. "Without a look" is the longest work (time
of the processor, so that a busy machine counts for nothing) that the operation's thread does between two looks at the
cancel flag; kernels look for themselves and are left out of it. "Stop" is what a person feels: from the wish to the
end, the longest of a few tries, one of them in the longest stretch without a look.

    python tests/benchmarks/bench_large.py                       every operation
    python tests/benchmarks/bench_large.py fill --seconds 60     this one, up to a minute, with where time goes
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/benchmarks")]

from engine import catalog  # noqa: E402  the root has to be on the path
from engine.context import Context  # noqa: E402
from engine.errors import Stopped  # noqa: E402
from engine.image import Image  # noqa: E402
from engine.jobs.warming import warm  # noqa: E402
from engine.operation import Execution, Input  # noqa: E402

Row = tuple[str, str, float, str]

SECONDS = 2.5
"""How long a run is watched, and how late a stop is tried, in the table of all operations."""
FIRST, BETWEEN, LOOK, STOP = 200, 500, 50, 100
"""Milliseconds that each of them may take."""
SOONER = ("fill",)
"""Operations whose first frame may take no more than 150 ms."""


def wall(width: int, height: int) -> Image:
    """Bricks under a slow change of light, with grain, 8 bit."""
    y, x = np.arange(height)[:, None], np.arange(width)[None]
    joint = (y % 24 < 4) | ((x + 30 * (y // 24 % 2)) % 60 < 4)
    light = (0.75 + 0.35 * x / width + 0.1 * np.sin(y / 90)).astype(np.float32)
    grain = np.random.default_rng(1).standard_normal((height, width), np.float32) * np.float32(0.03)
    pixels = np.empty((height, width, 3), np.uint8)
    for k, (lime, brick) in enumerate(((0.75, 0.55), (0.72, 0.28), (0.66, 0.2))):
        shade = np.where(joint, np.float32(lime), np.float32(brick)) * light + grain
        pixels[..., k] = np.clip(shade, 0, 1) * 255
    return Image(pixels)


def gravel(side: int, seed: int = 2) -> Image:
    """A texture without structure, 8 bit."""
    random = np.random.default_rng(seed)
    fine = random.integers(0, 90, (side, side, 3), np.uint8)
    coarse = random.integers(0, 160, (-(-side // 8), -(-side // 8), 1), np.uint8)
    return Image(fine + coarse.repeat(8, 0).repeat(8, 1)[:side, :side])


def disc(width: int, height: int, across: int) -> NDArray[np.uint8]:
    """A round hole in the middle."""
    y, x = np.ogrid[:height, :width]
    inside: NDArray[np.bool_] = (y - height / 2) ** 2 + (x - width / 2) ** 2 < (across / 2) ** 2
    return np.where(inside, np.uint8(255), np.uint8(0))


def areas(width: int, height: int, stripes: int) -> NDArray[np.uint16]:
    """A label map of four labels with wavy borders."""
    y, x = np.arange(height)[:, None], np.arange(width)[None]
    wave = (y + height / 12 * np.sin(x * (9 / width))) * (stripes / height)
    return (np.clip(wave, 0, stripes - 1).astype(np.uint16) % np.uint16(4)).astype(np.uint16)


def slope(width: int, height: int) -> NDArray[np.uint8]:
    """A soft mask from the left to the right."""
    return np.broadcast_to(np.linspace(0, 255, width).astype(np.uint8), (height, width)).copy()


@dataclass(frozen=True)
class Case:
    """One operation on something large."""

    operation: str
    inputs: Callable[[], Mapping[str, Input]]
    size: tuple[int, int] | None = None
    what: str = "12 MPx"


WIDE, HIGH = 4000, 3000
CASES = (
    Case("fill", lambda: {"picture": wall(WIDE, HIGH), "hole": disc(WIDE, HIGH, 900)}, what="12 MPx, 0.64 MPx hole"),
    Case(
        "exemplar-fill", lambda: {"picture": wall(3000, 2000), "hole": disc(3000, 2000, 900)}, what="6 MPx, 0.64 hole"
    ),
    Case("extend", lambda: {"picture": wall(WIDE, HIGH)}),
    Case(
        "portilla-simoncelli",
        lambda: {"sample": gravel(256), "picture": wall(WIDE, HIGH), "hole": disc(WIDE, HIGH, 900)},
        what="12 MPx, 0.64 MPx hole",
    ),
    Case("tile", lambda: {"sample": wall(2048, 2048)}, what="4 MPx"),
    Case("synthesize", lambda: {"sample": gravel(512)}, (WIDE, HIGH)),
    Case("quilting", lambda: {"sample": gravel(512)}, (WIDE, HIGH)),
    Case(
        "melt",
        lambda: {"sample": gravel(512), "other": wall(512, 512), "where": slope(WIDE, HIGH)},
    ),
    Case(
        "by-numbers",
        lambda: {"source": wall(1000, 750), "labels": areas(1000, 750, 4), "target": areas(WIDE, HIGH, 9)},
    ),
    Case("transfer", lambda: {"sample": gravel(512), "picture": wall(WIDE, HIGH)}),
    Case("quilting-transfer", lambda: {"sample": gravel(512), "picture": wall(WIDE, HIGH)}),
    Case("analogy", lambda: {"picture": wall(WIDE, HIGH), "before": wall(600, 400), "after": wall(600, 400)}),
    Case("photo-style", lambda: {"picture": wall(WIDE, HIGH), "style": gravel(1000)}),
)


class Watched(Context):
    """Remembers how long it was not asked, and by whom in the end."""

    def __init__(self) -> None:
        super().__init__(seed=1, threads=2, memory=16 << 30)
        self.looks: list[tuple[float, float, str]] = []
        self.began = time.perf_counter()
        self._last = time.thread_time()
        self._own = threading.current_thread()

    def check(self) -> None:
        worked = time.thread_time() - self._last
        if worked > 0.01:
            lines = [
                f"{entry.name}:{entry.lineno}"
                for entry in traceback.extract_stack(limit=9)[:-1]
                if "context.py" not in entry.filename and "strips.py" not in entry.filename
            ]
            self.looks.append((worked, time.perf_counter() - self.began - worked, " ".join(lines[-4:])))
        super().check()
        self._last = time.thread_time()

    def spread(self, kernel: Callable[..., Any], count: int, *arguments: Any, grain: int = 1) -> None:
        self.check()
        try:
            super().spread(self._polling(kernel), count, *arguments, grain=grain)
        finally:
            self._last = time.thread_time()

    def each(self, kernel: Callable[..., Any], items: Sequence[tuple[Any, ...]]) -> None:
        self.check()
        try:
            super().each(self._polling(kernel), items)
        finally:
            self._last = time.thread_time()

    def _polling(self, kernel: Callable[..., Any]) -> Callable[..., Any]:
        """The kernel, which looks for itself; what runs besides in the operation's own thread does not."""

        def run(*arguments: Any) -> Any:
            made = kernel(*arguments)
            if threading.current_thread() is self._own:
                self._last = time.thread_time()
            return made

        return run if hasattr(kernel, "py_func") else kernel


@dataclass(frozen=True)
class Measured:
    """One run, in seconds and MB; `looks` are the longest stretches without one: (seconds, when, where)."""

    first: float
    between: float
    all: float
    look: float
    stop: float
    memory: float
    frames: int
    looks: list[tuple[float, float, str]]
    stops: list[tuple[float, float]]


def run(case: Case, inputs: Mapping[str, Input], ctx: Context, until: float) -> tuple[list[float], float, float]:
    """When each frame came, when it was over, and how long that was after the wish to stop (0 without)."""
    operation = catalog.find(case.operation)
    asked: list[float] = []

    def stop() -> None:
        asked.append(time.perf_counter())
        ctx.stop()

    timer = threading.Timer(until, stop)
    began = time.perf_counter()
    timer.start()
    frames: list[float] = []
    try:
        for frame in Execution(operation, inputs, operation.params(), ctx, case.size):
            frames.append(time.perf_counter() - began)
            del frame
    except Stopped:
        pass
    ended = time.perf_counter()
    timer.cancel()
    timer.join()
    ctx.close()
    return frames, ended - began, ended - asked[0] if asked else 0.0


def measure(case: Case, seconds: float, tries: int) -> Measured:
    """Watches one run for so long, then stops others: in its longest stretch without a look, and at other times."""
    operation = catalog.find(case.operation)
    warm(operation, Context(threads=2))
    inputs = case.inputs()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    watched = Watched()
    frames, ended, stop = run(case, inputs, watched, seconds)
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    looks = sorted(watched.looks, reverse=True)[:8] or [(0.0, 0.0, "")]
    moments = [at + gap * 0.1 for gap, at, _ in looks[: max(1, tries // 2)]]
    moments += list(np.random.default_rng(5).uniform(0.02, min(seconds, ended), tries - len(moments)))
    stops, firsts = [(seconds, stop)], [*frames, ended][:1]
    for moment in moments:
        others, _, stop = run(case, inputs, Context(seed=1, threads=2, memory=16 << 30), moment)
        stops.append((moment, stop))
        firsts += others[:1]
    times = [*frames, ended]
    return Measured(
        min(firsts),
        max(np.diff(times), default=0.0),
        ended,
        looks[0][0],
        max(stop for _, stop in stops),
        memory,
        len(frames),
        looks,
        stops,
    )


def measured(case: Case, seconds: float = SECONDS, tries: int = 3) -> Measured:
    """The same, in a process of its own."""
    command = [sys.executable, str(Path(__file__)), case.operation, "--seconds", str(seconds), "--tries", str(tries)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, cwd=ROOT, check=True)
    return Measured(**json.loads(done.stdout))


def rows() -> Iterator[Row]:
    """(what, unit, value, remark)."""
    for case in CASES:
        found = measured(case)
        what = f"{case.operation}, {case.what}"
        first = 150 if case.operation in SOONER else FIRST
        yield f"{what}: first frame", "ms", found.first * 1e3, f"at most {first}"
        yield f"{what}: between frames", "ms", found.between * 1e3, f"at most {BETWEEN}, in the first {SECONDS} s"
        yield f"{what}: without a look", "ms", found.look * 1e3, f"at most {LOOK}"
        yield f"{what}: stop", "ms", found.stop * 1e3, f"at most {STOP}"
        yield f"{what}: memory beyond the inputs", "MB", found.memory, "at its peak"


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("operations", nargs="*")
    words.add_argument("--seconds", type=float, default=SECONDS)
    words.add_argument("--tries", type=int, default=3)
    words.add_argument("--json", action="store_true")
    chosen = words.parse_args()
    for case in CASES:
        if chosen.operations and case.operation not in chosen.operations:
            continue
        if chosen.json:
            print(json.dumps(vars(measure(case, chosen.seconds, chosen.tries))))
            continue
        found = measured(case, chosen.seconds, chosen.tries)
        print(
            f"{case.operation:20s} first {found.first * 1e3:6.0f}  between {found.between * 1e3:6.0f}  "
            f"look {found.look * 1e3:5.0f}  stop {found.stop * 1e3:5.0f} ms  {found.memory:6.0f} MB  "
            f"{found.frames:3d} frames in {found.all:.1f} s",
            flush=True,
        )
        if chosen.operations:
            for gap, at, where in found.looks:
                print(f"    {gap * 1e3:5.0f} ms without a look at {at:6.2f} s: {where}")
            print("    stops:", ", ".join(f"{at:.2f} s: {stop * 1e3:.0f} ms" for at, stop in found.stops))
    return 0


if __name__ == "__main__":
    sys.exit(main())
