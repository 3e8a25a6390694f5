"""Efros-Leung: the published job (64 x 64 to 128 x 128, colour, exact) and a hole in a photograph's size.

python tests/benchmarks/bench_efros_leung.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from engine.context import Context
from engine.image import Image
from engine.operation import Execution, Operation
from engine.ops.fill.efros_leung_fill import efros_leung_fill
from engine.ops.synthesize.efros_leung import efros_leung
from tests.benchmarks.pictures import texture

Row = tuple[str, str, float, str]
REPEATS = 3


def grain(side: int) -> Image:
    """Pebbles of noise, RGB: structure at several scales and no two places alike, the hard case for pruning."""
    random = np.random.default_rng(3)
    picture = np.zeros((side, side, 3))
    for scale in (1, 2, 4, 8):
        cells = random.random((side // scale + 1, side // scale + 1, 3))
        picture += np.kron(cells, np.ones((scale, scale, 1)))[:side, :side] * scale
    return Image((picture / picture.max() * 255).astype(np.uint8))


def timed(
    op: Operation[Any], inputs: dict[str, Any], threads: int, size: tuple[int, int] | None = None, **values: Any
) -> tuple[float, float, float]:
    """Shortest of a few runs: seconds in all, to the first frame, and the longest time between two frames."""
    best = (np.inf, np.inf, np.inf)
    for _ in range(REPEATS):
        ctx = Context(seed=1, threads=threads)
        began = last = time.perf_counter()
        first = gap = 0.0
        for _ in Execution(op, inputs, op.params(**values), ctx, size):
            now = time.perf_counter()
            first = first or now - began
            gap, last = max(gap, now - last), now
        best = min(best, (time.perf_counter() - began, first, gap))
        ctx.close()
    return best


def rows() -> Iterator[Row]:
    """What, unit, value, remark."""
    samples = {"bricks": texture("bricks", 64), "gravel": texture("gravel", 64), "noise": grain(64)}
    timed(efros_leung, {"sample": samples["noise"]}, 2, (24, 24))
    for window, target in ((11, 0.8), (23, 1.5)):
        for name, sample in samples.items():
            seconds, first, gap = timed(efros_leung, {"sample": sample}, 2, (128, 128), window=window)
            what = f"efros-leung 64 to 128 px, window {window}, {name}"
            remark = f"at most {target}; first {first * 1e3:.0f} ms, gap {gap * 1e3:.0f} ms"
            yield what, "s", seconds, remark
    picture = grain(512)
    hole = np.zeros((512, 512), np.float32)
    hole[236:276, 236:276] = 1
    inputs: dict[str, Any] = {"picture": picture, "hole": hole}
    seconds, first, _ = timed(efros_leung_fill, inputs, 2, window=11)
    yield "efros-leung-fill 40 x 40 hole in 512 x 512, window 11", "s", seconds, f"first frame {first * 1e3:.0f} ms"


if __name__ == "__main__":
    for name, unit, value, note in rows():
        print(f"{name:60s} {value:8.3f} {unit}  {note}")
