"""How fast a style's network learns and paints, and how well textures are told apart.

Run by `python tests/benchmarks/run.py fast_style`. On a busy machine the time of processors says more than the clock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import cv2
import numpy as np

from engine.context import Context
from engine.files import open_picture
from engine.image import Floats, Image
from engine.measures.likeness import described, ranked
from engine.nets.fast_style import Plan
from engine.operation import Execution, Input
from engine.ops.stylize.fast_style import fast_style
from engine.ops.stylize.fast_style_train import fast_style_train
from engine.trained import Trained
from resources import sample, samples, styles

Row = tuple[str, str, float, str]


def _picture(side: int) -> Image:
    pixels = open_picture(str(sample("cat").file)).decoded()
    return Image((cv2.resize(pixels, (side, side), interpolation=cv2.INTER_CUBIC).clip(0, 1) * 255).astype(np.uint8))


def _network(plan: Plan) -> Trained:
    random = np.random.default_rng(1)
    tensors = {
        name: (random.standard_normal(shape) * ((2 / np.prod(shape[1:])) ** 0.5 if len(shape) == 4 else 0.1))
        for name, shape in plan.shapes().items()
    }
    return Trained("fast-style", {name: values.astype(np.float32) for name, values in tensors.items()})


def _painting(plan: Plan, side: int) -> tuple[float, float, float]:
    """Seconds of processors, on the clock, and to the first look; the least of three."""
    found = []
    for _ in range(3):
        given: dict[str, Input | None] = {"picture": _picture(side), "model": _network(plan)}
        execution = Execution(fast_style, given, fast_style.params(), Context(threads=2, memory=4 << 30))
        used, began, first = time.process_time(), time.perf_counter(), 0.0
        for _ in execution:
            first = first or time.perf_counter() - began
        found.append((time.process_time() - used, time.perf_counter() - began, first))
    return min(one[0] for one in found), min(one[1] for one in found), min(one[2] for one in found)


def _step(side: int) -> float:
    """Processor seconds of one step that looks through VGG."""
    style = open_picture(str(styles()[0].file))
    params = fast_style_train.params(steps=14, side=side)
    times: list[float] = []
    with_vgg = int(0.2 * params.steps)
    for frame in Execution(fast_style_train, {"style": style}, params, Context(threads=1)):
        times.append(time.process_time())
        assert frame.pixels.size
    return (times[-1] - times[with_vgg + 1]) / (len(times) - with_vgg - 2)


def _apart() -> tuple[float, float]:
    """How often the other half of a texture is the most like of all, and the probability that it is more like."""
    halves: list[tuple[Floats, Floats]] = []
    for entry in samples("texture"):
        picture = open_picture(str(entry.file)).decoded()
        middle = picture.shape[1] // 2
        halves.append((described(picture[:, :middle]), described(picture[:, middle:])))
    table = np.stack([ranked(left, [right for _, right in halves]) for left, _ in halves])
    own = np.diag(table)
    others = table[~np.eye(len(table), dtype=bool)]
    return float((table.argmax(axis=1) == np.arange(len(table))).mean()), float((own[:, None] > others[None]).mean())


def rows() -> Iterator[Row]:
    """(what, unit, value, remark)"""
    for title, plan in (("our network", Plan()), ("the published size", Plan(32, 5))):
        for side in (512, 1024):
            spent, clock, first = _painting(plan, side)
            yield (
                f"fast style, {title}, {side} x {side}",
                "s",
                clock,
                f"processors {spent:.2f} s, first look {first:.2f}",
            )
    for side in (96, 128):
        yield f"training, one step of two crops of {side} px", "s of a processor", _step(side), "usually 500 to 1500"
    first, probable = _apart()
    yield "likeness: the other half is the most like", "of all", first, "built-in textures"
    yield "likeness: a half is more like than another texture", "of pairs", probable, "built-in textures"
    picture = open_picture(str(sample("bricks").file)).decoded()
    used = time.process_time()
    for _ in range(5):
        described(picture[:256, :256])
    yield "likeness: describing 256 x 256", "ms of a processor", 200 * (time.process_time() - used), ""
