"""How fast quilting is, beside template matching of the same overlaps alone by OpenCV.

Run by `python tests/benchmarks/run.py quilting`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import cv2

from engine.context import Context
from engine.image import Floats, Image
from engine.operation import Execution
from engine.ops.synthesize.quilting import quilting
from tests.benchmarks.pictures import texture

BLOCK, OVERLAP = 36, 6


def _least(work: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


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
    _quilt(texture("bricks", 64).decoded(), 100)()
    for name in ("bricks", "basket-weave", "gravel"):
        sample = texture(name, 192).decoded()
        ours, theirs = _least(_quilt(sample, 512)), _least(_matching(sample, 512), 2)
        yield f"quilting 192 to 512 px, {name}", "s", ours, "at most 0.3"
        yield f"quilting over OpenCV matching, {name}", "ratio", ours / theirs, "at most 0.45"
    sample = texture("bricks", 128).decoded()
    yield "quilting 128 to 1024 px, bricks", "s", _least(_quilt(sample, 1024), 3), ""
    sample = texture("bricks", 192).decoded()
    for side in (512, 1024, 2048, 4096):
        seconds = _least(_quilt(sample, side), 1)
        yield f"quilting 192 to {side} px, per megapixel", "s/MPx", seconds / side**2 * 1e6, "flat is linear"


if __name__ == "__main__":
    for what, unit, figure, remark in rows():
        print(f"{what:48s} {figure:9.3f} {unit:6s} {remark}")
