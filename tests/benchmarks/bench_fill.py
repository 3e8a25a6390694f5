"""Filling holes: time to the end and to the first frame, beside the peer that pip installs.

Run as `python tests/benchmarks/bench_fill.py`; prints one row per figure.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Image
from engine.operation import Execution
from engine.ops.fill.fill import Fill, fill

REPEATS = 3
SIZES = ((512, 512, 0.05, 0.35), (512, 512, 0.15, 0.6), (2048, 1536, 0.03, 2), (6000, 4000, 0.01, 6))
"""Width, height, share of the hole, and the seconds it may take."""


def scene(height: int, width: int) -> NDArray[np.uint8]:
    """A wall of bricks under a slow change of light, with grain: structure, texture and a gradient at once."""
    y, x = np.mgrid[:height, :width]
    row = y // 24
    joint = (y % 24 < 4) | ((x + 30 * (row % 2)) % 60 < 4)
    colour = np.where(joint[..., None], (0.75, 0.72, 0.66), (0.55, 0.28, 0.2)).astype(np.float32)
    light = (0.75 + 0.35 * x / width + 0.1 * np.sin(y / 90)).astype(np.float32)
    grain = np.random.default_rng(1).standard_normal((height, width, 1)).astype(np.float32)
    return (np.clip(colour * light[..., None] + 0.03 * grain, 0, 1) * 255).astype(np.uint8)


def disc(height: int, width: int, share: float) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    radius = np.sqrt(share * height * width / np.pi)
    return (((y - height * 0.52) ** 2 + (x - width * 0.47) ** 2 < radius**2) * 255).astype(np.uint8)


def once(picture: NDArray[np.uint8], hole: NDArray[np.uint8]) -> tuple[float, float]:
    """Seconds to the end and to the first frame."""
    ctx = Context(seed=1)
    began = time.perf_counter()
    first = 0.0
    run = Execution(fill, {"picture": Image(picture), "hole": hole}, Fill(), ctx)
    for _ in run:
        first = first or time.perf_counter() - began
    run.result().image()
    seconds = time.perf_counter() - began
    ctx.close()
    return seconds, first


def longest_gap(picture: NDArray[np.uint8], hole: NDArray[np.uint8]) -> float:
    """Seconds that pass between two frames, at the most."""
    ctx = Context(seed=1)
    last, longest = time.perf_counter(), 0.0
    for _ in Execution(fill, {"picture": Image(picture), "hole": hole}, Fill(), ctx):
        now = time.perf_counter()
        last, longest = now, max(longest, now - last)
    ctx.close()
    return longest


def rows() -> Iterator[tuple[str, str, float, str]]:
    """(what, the figure's unit, figure, remark)."""
    once(scene(128, 128), disc(128, 128, 0.05))
    for width, height, share, target in SIZES:
        picture, hole = scene(height, width), disc(height, width, share)
        runs = [once(picture, hole) for _ in range(REPEATS)]
        what = f"fill {width} x {height}, {share:.0%} hole"
        yield what, "s", min(run[0] for run in runs), f"to the end, at most {target}"
        yield what, "s", min(run[1] for run in runs), "to the first frame, at most 0.15"
    picture, hole = scene(3000, 4000), disc(3000, 4000, 0.09)
    yield "fill 4000 x 3000, 9% hole: longest between frames", "s", longest_gap(picture, hole), "at most 0.5"
    try:
        from patchmatch import inpaint
    except ImportError:
        return
    picture, hole = scene(512, 512), disc(512, 512, 0.05)
    for radius in (3, 7):
        began = time.perf_counter()
        inpaint(picture, hole[..., None], patch_size=radius)
        peer = time.perf_counter() - began
        yield (
            "fill 512 x 512, 5% hole over pypatchmatch",
            "ratio",
            once(picture, hole)[0] / peer,
            f"radius {radius}, at most 1",
        )


if __name__ == "__main__":
    for row in rows():
        print(f"{row[0]:44s} {row[2]:8.3f} {row[1]:6s} {row[3]}")
