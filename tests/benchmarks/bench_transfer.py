"""How fast textures and filters go from one picture to another, and how much of the picture stays.

Run by `python tests/benchmarks/run.py transfer`. On a busy machine the time of processors says more than the clock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Image
from engine.operation import Execution, Input, Operation
from engine.ops.transfer.analogy import analogy
from engine.ops.transfer.quilting_transfer import quilting_transfer
from engine.ops.transfer.transfer import transfer
from tests.benchmarks.pictures import texture

Bytes = NDArray[np.uint8]


def _timed(
    operation: Operation[Any], given: dict[str, Input], repeats: int, **values: Any
) -> tuple[float, float, Image]:
    """Seconds on the clock and of processors, the least of several runs, and the result."""
    clock, spent = [], []
    for _ in range(repeats):
        ctx = Context(threads=2)
        execution = Execution(operation, given, operation.params(**values), ctx)
        began, used = time.perf_counter(), time.process_time()
        for _ in execution:
            pass
        clock.append(time.perf_counter() - began)
        spent.append(time.process_time() - used)
        ctx.close()
    return min(clock), min(spent), execution.result().image()


def _light(image: Image) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(image.pixels[..., :3].astype(np.float32), cv2.COLOR_RGB2GRAY), np.float32)


def _likeness(result: Image, picture: Image, sigma: float = 0.0) -> float:
    """Correlation of the light of two pictures, pixel by pixel or blurred by so many px as eyes at arm's length do."""
    lights = [_light(image) for image in (result, picture)]
    if sigma:
        lights = [np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), np.float32) for light in lights]
    return float(np.corrcoef(lights[0].reshape(-1), lights[1].reshape(-1))[0, 1])


def _drawn(image: Image) -> Image:
    """As if drawn with a pencil."""
    soft = cv2.GaussianBlur(_light(image), (0, 0), 1.2)
    edges = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    return Image(np.repeat((255 - np.clip(1.6 * edges - 20, 0, 230))[..., None], 3, axis=2).astype(np.uint8))


def _softened(image: Image) -> Image:
    """A third of the detail, at the same size."""
    width, height = image.size
    small = cv2.resize(image.pixels, (width // 3, height // 3), interpolation=cv2.INTER_AREA)
    return Image(np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8))


def _distance(a: Image, b: Image) -> float:
    return float(np.sqrt(np.square(a.pixels.astype(np.float64) - b.pixels).mean()))


def _transfers() -> Iterator[tuple[str, str, float, str]]:
    portrait = texture("astronaut", 384)
    _timed(quilting_transfer, {"sample": texture("gravel", 64), "picture": texture("cat", 64)}, 1)
    _timed(transfer, {"sample": texture("gravel", 64), "picture": texture("cat", 64)}, 1)
    named = (("quilting transfer", quilting_transfer, 0.8), ("transfer", transfer, 1.2))
    for title, operation, limit in named:
        for name in ("rock-face", "gravel", "bricks", "weathered-boards"):
            given: dict[str, Input] = {"sample": texture(name, 256), "picture": portrait}
            clock, spent, result = _timed(operation, given, 3)
            yield f"{title} 256 to 384 px, {name}", "s", clock, f"at most {limit}"
            yield f"the same, processors, {name}", "s", spent, f"at most {2 * limit}"
            yield f"the same, likeness, {name}", "", _likeness(result, portrait), "at least 0.86"
            yield f"the same, seen from afar, {name}", "", _likeness(result, portrait, 4.0), "at least 0.86"


def _analogies() -> Iterator[tuple[str, str, float, str]]:
    before, picture = texture("seedlings", 512), texture("astronaut", 512)
    drawn: dict[str, Input] = {"picture": picture, "before": before, "after": _drawn(before)}
    _timed(analogy, drawn, 1)
    clock, spent, _ = _timed(analogy, drawn, 3)
    yield "analogy 512 px from a pair of 512 px, fast", "s", clock, "at most 2.5"
    yield "the same, processors", "s", spent, "at most 5"
    small = texture("seedlings", 256)
    given: dict[str, Input] = {"picture": texture("astronaut", 256), "before": small, "after": _drawn(small)}
    _timed(analogy, given, 1, mode="faithful")
    clock, spent, _ = _timed(analogy, given, 1, mode="faithful")
    yield "analogy 256 px from a pair of 256 px, faithful", "s", clock, ""
    truth = _drawn(picture)
    line = dict(analogy.presets["Line drawing"])
    _, _, result = _timed(analogy, drawn, 1, **line)
    yield "line drawing learnt from another picture, likeness to the true one", "", _likeness(result, truth), ""
    sharp = Image(picture.pixels[:, 256:])
    other = Image(picture.pixels[:, :256])
    sharpened: dict[str, Input] = {"picture": _softened(sharp), "before": _softened(other), "after": other}
    _, _, result = _timed(analogy, sharpened, 1, **dict(analogy.presets["Sharpen from a pair"]))
    wanted = cv2.Laplacian(_light(sharp), cv2.CV_32F).std()
    share = cv2.Laplacian(_light(result), cv2.CV_32F).std() / wanted
    yield "sharpened from the other half, detail over the true one's", "ratio", float(share), "1 is right"
    error = _distance(result, sharp) / _distance(_softened(sharp), sharp)
    yield "the same, error over that of the soft picture", "ratio", error, ""


def rows() -> Iterator[tuple[str, str, float, str]]:
    """(what, unit, figure, remark)."""
    yield from _transfers()
    yield from _analogies()


if __name__ == "__main__":
    for what, unit, figure, remark in rows():
        print(f"{what:70s} {figure:9.3f} {unit:6s} {remark}")
