"""How fast quilting is, beside template matching of the same overlaps alone by OpenCV.

Run it as a script, or take its rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from engine.context import Context
from engine.image import Floats, Image
from engine.operation import Execution
from engine.ops.synthesize.quilting import quilting

BLOCK, OVERLAP = 36, 6


def _least(work: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def _texture(side: int, grain: float) -> Floats:
    rng = np.random.default_rng(7)
    noise = rng.standard_normal((side, side, 3)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(noise, (0, 0), grain) * grain * 0.4 + 0.5, 0, 1)


def _quilt(sample: Floats, side: int, threads: int = 2) -> Callable[[], None]:
    def work() -> None:
        ctx = Context(threads=threads)
        params = quilting.params(block=BLOCK, overlap=OVERLAP)
        for _ in Execution(quilting, {"sample": Image(sample)}, params, ctx, (side, side)):
            pass
        ctx.close()

    return work


def _matching(sample: Floats, side: int) -> Callable[[], None]:
    strips = sample[:OVERLAP, :BLOCK].copy(), sample[OVERLAP:BLOCK, :OVERLAP].copy()

    def work() -> None:
        for _ in range(round((side / (BLOCK - OVERLAP)) ** 2)):
            for strip in strips:
                cv2.matchTemplate(sample, strip, cv2.TM_SQDIFF)

    return work


def rows() -> Iterator[tuple[str, str, float, str]]:
    """(what, unit, figure, remark)."""
    _quilt(_texture(64, 2), 100)()
    for name, grain in (("smooth", 3.0), ("grainy", 0.7)):
        sample = _texture(192, grain)
        ours, theirs = _least(_quilt(sample, 512)), _least(_matching(sample, 512), 2)
        yield f"quilting 192 to 512 px, {name}", "s", ours, "target 0.3"
        yield f"quilting over OpenCV matching, {name}", "ratio", ours / theirs, "target 0.45"
    yield "quilting 128 to 1024 px, smooth", "s", _least(_quilt(_texture(128, 3), 1024), 3), ""
    sample = _texture(192, 3)
    for side in (512, 1024, 2048, 4096):
        seconds = _least(_quilt(sample, side), 1)
        yield f"quilting 192 to {side} px, per megapixel", "s/MPx", seconds / side**2 * 1e6, "flat is linear"


if __name__ == "__main__":
    for what, unit, figure, remark in rows():
        print(f"{what:48s} {figure:9.3f} {unit:6s} {remark}")
