"""Synthesis: how long common sizes take, the first picture of them, and how time grows with the made area."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from engine.context import Context
from engine.image import Image
from engine.operation import Execution
from engine.ops.synthesize.synthesize import synthesize

JOBS = ((192, 512, False), (192, 512, True), (128, 1024, False), (192, 2048, False))


def _sample(side: int) -> Image:
    """Courses of bricks with grain, whose tints differ."""
    y, x = np.mgrid[0:side, 0:side]
    rng = np.random.default_rng(2)
    course = y // 12
    tint = rng.uniform(0.4, 0.8, (side // 12 + 1, side // 24 + 2, 3))[course, (x + 12 * (course % 2)) // 24]
    joint = (y % 12 < 2) | ((x + 12 * (course % 2)) % 24 < 2)
    values = np.where(joint[..., None], 0.2, tint) + rng.normal(0, 0.04, (side, side, 3))
    return Image((np.clip(values, 0, 1) * 255).astype(np.uint8))


def _once(sample: Image, side: int, tileable: bool) -> tuple[float, float]:
    """Seconds until the first frame and until the end."""
    ctx = Context(threads=2)
    execution = Execution(synthesize, {"sample": sample}, synthesize.params(tileable=tileable), ctx, (side, side))
    began, first = time.perf_counter(), 0.0
    for _ in execution:
        first = first or time.perf_counter() - began
    seconds = time.perf_counter() - began
    ctx.close()
    return first, seconds


def rows() -> Iterator[tuple[str, str, float, str]]:
    """What, unit, figure, remark: the best of three on two threads."""
    _once(_sample(64), 96, False)
    for given, made, tileable in JOBS:
        sample = _sample(given)
        runs = [_once(sample, made, tileable) for _ in range(3)]
        name = f"synthesize {given} to {made}{', tile' if tileable else ''}"
        seconds = min(run[1] for run in runs)
        target = {(192, 512): "at most 0.6; ", (128, 1024): "at most 2; "}.get((given, made), "")
        yield name, "s", seconds, f"{target}{seconds / made**2 * 1e6:.2f} s per megapixel"
        yield f"{name}, first frame", "ms", min(run[0] for run in runs) * 1000, "at most 150"


if __name__ == "__main__":
    for what, unit, value, remark in rows():
        print(f"{what:42s} {value:9.3f} {unit:4s} {remark}")
