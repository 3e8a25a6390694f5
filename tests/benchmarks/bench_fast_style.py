"""How fast a style's network learns and paints, how good it is after a minute or two, how well textures are told apart.

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
from engine.nets.fast_style_training import CONTENT, _pattern
from engine.nets.feature_statistics import Gram, points
from engine.nets.style_pictures import resized
from engine.nets.vgg import as_tensor, features
from engine.operation import Execution, Input
from engine.ops.stylize.fast_style import fast_style
from engine.ops.stylize.fast_style_train import fast_style_train
from engine.trained import Trained
from resources import sample, samples, styles

import torch  # isort: skip

Row = tuple[str, str, float, str]
TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
STEPS = 300
UNSEEN = ("cat", "coffee")
"""Photographs that networks do not learn on here."""


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


def _distances(painted: Floats, photograph: Floats, style: Floats) -> tuple[float, float]:
    """The Gram distance to a style, as a mean over four layers, and how far the pattern of a photograph is."""
    with torch.no_grad():
        made, shown, wanted = (features(as_tensor(one), TAPS) for one in (painted, photograph, style))
        grams = [float(Gram.of(points(wanted[name])).distance(points(made[name]))) for name in TAPS]
        a, b = (_pattern(one[CONTENT]) for one in (made, shown))
        return float(np.mean(grams)), float((a - b).square().sum() / b.square().sum())


def _learnt(name: str) -> tuple[float, tuple[float, float], tuple[float, float]]:
    """Processor seconds, and both distances of photographs that a network never saw: as they are, and as it paints."""
    style = open_picture(str(next(entry.file for entry in styles() if entry.name == name)))
    photographs = {entry.name: open_picture(str(entry.file)) for entry in samples("photo")}
    given: dict[str, Input | None] = {
        "style": style,
        "pictures": tuple(photo for entry, photo in photographs.items() if entry not in UNSEEN),
    }
    began = time.process_time()
    execution = Execution(fast_style_train, given, fast_style_train.params(steps=STEPS), Context(threads=2))
    for _ in execution:
        pass
    network = execution.result().trained
    spent = time.process_time() - began
    pixels = resized(style.decoded()[..., :3], 256 / min(style.size))
    before, after = [], []
    for entry in UNSEEN:
        photo = resized(photographs[entry].decoded()[..., :3], 384 / min(photographs[entry].size))
        picture = Image(np.round(photo * 255).astype(np.uint8))
        paint = Execution(fast_style, {"picture": picture, "model": network}, fast_style.params(), Context(threads=2))
        for _ in paint:
            pass
        before.append(_distances(photo, photo, pixels))
        after.append(_distances(paint.result().image().decoded(), photo, pixels))
    return spent, tuple(np.mean(before, 0)), tuple(np.mean(after, 0))


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
    for name in ("stained-glass", "great-waves"):
        spent, before, after = _learnt(name)
        yield (
            f"{name}, learnt in {STEPS} steps: distance to the style on unseen photographs",
            "",
            after[0],
            f"as they are {before[0]:.2f}; of the pattern {after[1]:.2f}; {spent:.0f} s of processors",
        )
    first, probable = _apart()
    yield "likeness: the other half is the most like", "of all", first, "built-in textures"
    yield "likeness: a half is more like than another texture", "of pairs", probable, "built-in textures"
    picture = open_picture(str(sample("bricks").file)).decoded()
    used = time.process_time()
    for _ in range(5):
        described(picture[:256, :256])
    yield "likeness: describing 256 x 256", "ms of a processor", 200 * (time.process_time() - used), ""
