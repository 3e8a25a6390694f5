"""Tile, extend, exemplar fill and melt: time to the end and to the first frame, and how well the result closes.

Run as `python tests/benchmarks/run.py tile`; prints one row per figure.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine import catalog
from engine.context import Context
from engine.image import Image
from engine.measures.fidelity import fidelity
from engine.measures.seam import wrap_seam
from engine.operation import Execution, Result
from tests.benchmarks.pictures import TEXTURES, texture

REPEATS = 4
SIDES = {"basket-weave": 320, "moss": 256, "flagstones": 480}


def once(name: str, given: dict[str, Any], **values: Any) -> tuple[float, float, Result]:
    """Seconds to the end and to the first frame, and the result."""
    operation = catalog.find(name)
    ctx = Context(seed=1)
    run = Execution(operation, given, operation.params(**values), ctx)
    began, first = time.perf_counter(), 0.0
    for _ in run:
        first = first or time.perf_counter() - began
    seconds = time.perf_counter() - began
    ctx.close()
    return seconds, first, run.result()


def timed(
    what: str, name: str, given: dict[str, Any], goal: str, **values: Any
) -> Iterator[tuple[str, str, float, str]]:
    once(name, given, **values)
    runs = [once(name, given, **values) for _ in range(REPEATS)]
    yield what, "s", min(run[0] for run in runs), goal
    yield what, "s", min(run[1] for run in runs), "to the first frame, at most 0.15"


def rows() -> Iterator[tuple[str, str, float, str]]:
    """(what, the figure's unit, figure, remark)."""
    samples = {name: texture(name, SIDES.get(name, 512)) for name in TEXTURES}
    seams, likeness = [], []
    for sample in samples.values():
        # The samples are tiles already; three quarters of one are not.
        pixels: Any = sample.pixels[: sample.size[1] * 3 // 4, : sample.size[0] * 3 // 4]
        part = Image(np.ascontiguousarray(pixels))
        made = once("tile", {"sample": part})[2].image().decoded()
        seams.append(abs(wrap_seam(made)))
        likeness.append(fidelity(made, part.decoded()))
    yield "tile, eight textures, wrap seam of the worst", "sd", max(seams), "at most 2"
    yield "tile, eight textures, fidelity to the picture, median", "ratio", float(np.median(likeness)), "at most 0.5"
    yield from timed("tile 512 x 512", "tile", {"sample": texture("gravel", 512)}, "at most 1.5")
    rock: Any = np.tile(texture("rock-face", 512).pixels, (2, 2, 1))[:768, :1024]
    photo = Image(np.ascontiguousarray(rock))
    sides = {side: 128 for side in ("left", "right", "top", "bottom")}
    yield from timed("extend 1024 x 768 by 128 px on each side", "extend", {"picture": photo}, "at most 2", **sides)
    hole = np.zeros((512, 512), np.float32)
    hole[200:314, 190:305] = 1
    wall = {"picture": texture("bricks", 512), "hole": hole}
    yield from timed("exemplar fill 512 x 512, 5% hole", "exemplar-fill", wall, "at most 1")
    where = np.broadcast_to(np.linspace(0, 1, 512, dtype=np.float32), (512, 512)).copy()
    both = {"sample": samples["gravel"], "other": samples["moss"], "where": where}
    yield from timed("melt 512 x 512", "melt", both, "at most 1.5")


if __name__ == "__main__":
    for row in rows():
        print(f"{row[0]:58s} {row[2]:8.3f} {row[1]:6s} {row[3]}")
