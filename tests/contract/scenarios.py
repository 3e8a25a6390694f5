"""Inputs that suit any operation, made from its declared roles, and one run of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.files import Trained
from engine.image import Floats, Image
from engine.operation import Execution, Input, Labels, Mask, Model, Operation, Picture
from engine.params import Choice, Colour, Field, LatentPoint, Params, Slider, Toggle
from engine.region import Size
from tests.contract.models import tiny_space, tiny_style


@dataclass(frozen=True)
class Scale:
    """How large the pictures are."""

    sample: Size
    picture: Size
    output: Size
    hole: float = 0.25

    def times(self, factor: float) -> Scale:
        """Every side that many times as long."""

        def longer(size: Size) -> Size:
            return round(size[0] * factor), round(size[1] * factor)

        return Scale(longer(self.sample), longer(self.picture), longer(self.output), self.hole)


SMALL = Scale(sample=(40, 36), picture=(52, 44), output=(56, 48))
WORK = Scale(sample=(64, 64), picture=(96, 96), output=(96, 96), hole=0.3)
HUGE = Scale(sample=(160, 160), picture=(900, 900), output=(1200, 1200), hole=0.7)

_WIDE = Scale((0, 0), (150, 110), (0, 0), hole=0.1)

CHANGES: dict[tuple[str, str], dict[str, Any]] = {
    ("adain", "colour"): {"params": {"keep_colours": "tint"}},
    ("adain", "weights"): {"params": {"weights": (1.0, 0.0)}, "inputs": ("hole",)},
    ("efros-leung-fill", "reach"): {"scale": _WIDE},
    ("fill", "reach"): {"scale": _WIDE},
    ("optimise-style", "weights"): {"params": {"weights": (1.0, 0.0)}, "inputs": ("hole",)},
    ("texture-space", "point"): {"params": {"point": (0.3, -0.4)}},
    ("texture-space", "between"): {"params": {"between": (0.0, 1.0), "t": 0.7}},
    ("texture-space", "loop"): {"params": {"between": (0.0, 1.0)}},
    ("texture-space", "less"): {"params": {"less": (0.0,)}},
    ("texture-space", "plus"): {"params": {"plus": (0.0,)}},
    ("texture-space", "fine"): {"params": {"fine": (0.3, -0.4)}},
    ("texture-space", "fine_of"): {"params": {"fine_of": (0.0,)}},
    ("texture-space", "detail"): {"params": {"fine": (0.3, -0.4)}},
    ("texture-space", "border"): {"inputs": ("map",)},
    ("texture-space-paint", "points"): {"params": {"points": (0.3, -0.4, 0.9, 0.2)}},
    ("texture-space-train", "minutes"): {"params": {"minutes": 0.02, "steps": None}},
    ("texture-space-train", "between"): {"inputs": ("space",), "params": {"steps": 12}},
}
"""(operation, parameter) -> what else must be so in both runs, for parameters that say nothing by themselves.

`params`: other parameters. `inputs`: names of optional inputs to give. `scale`: other sizes. `size`: of the output.
"""

SHORT: dict[str, dict[str, Any]] = {
    "fast-style-train": {"steps": 3, "side": 32, "style_size": 32, "width": 4, "blocks": 1},
    "gram-texture": {"steps": 1},
    "optimise-style": {"steps": 1},
    "texture-space-invert": {"steps": 2},
    "texture-space-train": {"steps": 2, "crop": 64},
}
"""operation -> parameters with which what takes minutes takes a moment; every test begins from them."""

MODELS: dict[str, Callable[[], Trained]] = {"fast-style": tiny_style, "texture-space": tiny_space}
"""kind -> a tiny one of it, trained or not."""

SLOW_STRIPS: dict[str, dict[str, Any]] = {"efros-leung-extend": {"right": 2}, "melt": {"patch": 15}}
"""operation -> parameters with which a strip of 4000 px is not a day's work."""


def texture(size: Size, channels: int = 3, dtype: Any = np.uint8, seed: int = 5) -> Image:
    """A picture with structure (courses of bricks), gradients and grain, so that any change of choice shows."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    course = y // 8
    joint = (y % 8 == 0) | ((x + 6 * (course % 2)) % 12 == 0)
    rng = np.random.default_rng(seed)
    tint = rng.uniform(0.35, 0.75, (height // 8 + 1, (width + 6) // 12 + 1, channels))
    values = tint[course, (x + 6 * (course % 2)) // 12]
    values = np.where(joint[..., None], 0.2, values) + rng.normal(0, 0.03, (height, width, channels))
    values += 0.1 * (x / max(width, 1))[..., None]
    if channels in (2, 4):
        values[..., -1] = 1 - 0.5 * (y / max(height, 1))
    values = np.clip(values, 0, 1)
    if dtype == np.float32:
        return Image(values.astype(np.float32))
    return Image((values * np.iinfo(dtype).max + 0.5).astype(dtype))


def hole(size: Size, part: float) -> Floats:
    """An ellipse of `part` of each side in the middle, with a soft rim, and a second small one."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    ry, rx = max(part * height / 2, 0.6), max(part * width / 2, 0.6)
    away = np.sqrt(((y - (height - 1) / 2) / ry) ** 2 + ((x - (width - 1) / 2) / rx) ** 2)
    mask = np.clip((1.3 - away) / 0.3, 0, 1)
    mask[height // 12 : height // 12 + max(1, height // 14), : max(1, width // 10)] = 1
    return mask.astype(np.float32)


def defaults(operation: Operation[Any]) -> Params:
    """Its parameters, so that a run is short."""
    chosen: Params = operation.params(**SHORT.get(operation.id, {}))
    return chosen


def inputs(
    operation: Operation[Any],
    scale: Scale = SMALL,
    channels: int = 3,
    dtype: Any = np.uint8,
    optional: tuple[str, ...] = (),
) -> dict[str, Input]:
    """Every required input, and the optional ones that are named."""
    given: dict[str, Input] = {}
    replaced = operation.replaces
    for number, (name, role) in enumerate(operation.roles.items()):
        if not role.required and name not in optional:
            continue
        anchor = getattr(role, "of", None) or name
        size = scale.picture if anchor in (replaced, "picture", "target") else scale.sample
        if isinstance(role, Picture):
            image = texture(size, channels, dtype, seed=5 + number)
            given[name] = (image, texture(size, channels, dtype, seed=50)) if role.several and optional else image
        elif isinstance(role, Labels):
            columns = np.arange(size[0]) * 3 // size[0]
            given[name] = np.broadcast_to(columns, (size[1], size[0])).astype(np.uint16)
        elif isinstance(role, Mask):
            if name == operation.within or role.required:
                given[name] = hole(size, scale.hole)
            else:
                some = np.zeros((size[1], size[0]), np.float32)
                if any(isinstance(other, Labels) and other.of == role.of for other in operation.roles.values()):
                    some[: max(size[1] * 2 // 5, 1)] = 1  # labels are side by side, and each needs something
                else:
                    some[:, : max(size[0] * 2 // 5, 1)] = 1
                given[name] = some
        elif isinstance(role, Model):
            given[name] = MODELS[role.kind]()
        else:
            raise AssertionError(f"the contract tests know no inputs of kind {type(role).__name__}: add it here")
    return given


def into_a_picture(operation: Operation[Any]) -> tuple[str, ...]:
    """The optional inputs that it takes for the result to go into a picture; none where they are required."""
    names = [name for name in (operation.replaces, operation.within) if name]
    return tuple(name for name in names if not operation.roles[name].required)


@dataclass
class Outcome:
    """What one run gave."""

    execution: Execution
    image: Image
    fractions: list[float] = field(default_factory=list)
    sent: list[tuple[Floats, bytes]] = field(default_factory=list)

    @property
    def pixels(self) -> NDArray[Any]:
        return self.image.pixels


def digest(array: NDArray[Any]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).digest()


def run(
    operation: Operation[Any],
    given: Mapping[str, Input],
    chosen: Params | None = None,
    *,
    seed: int = 1,
    threads: int = 2,
    size: Size | None = None,
) -> Outcome:
    """Runs it to the end. `size` is used only where the operation takes one."""
    ctx = Context(seed=seed, threads=threads)
    try:
        execution = Execution(
            operation, given, chosen or defaults(operation), ctx, (size or SMALL.output) if operation.sized else None
        )
        fractions = [frame.fraction for frame in execution]
        return Outcome(execution, execution.result().image(), fractions)
    finally:
        ctx.close()


def real_work(
    operation: Operation[Any], scale: Scale = WORK, seconds: float = 0.3
) -> tuple[Scale, list[float], list[float]]:
    """The smallest scale, from `scale` on, that takes so long on one processor.

    With it come the fraction and the time of each frame there.
    """
    if operation.neural:
        # A library and its networks are read once in a process: that is no work of the operation.
        ctx = Context(threads=1)
        frames = iter(
            Execution(
                operation, inputs(operation, scale), defaults(operation), ctx, scale.output if operation.sized else None
            )
        )
        next(frames)
        ctx.close()
    while True:
        ctx = Context(threads=1)
        given = inputs(operation, scale)
        began = time.process_time()
        execution = Execution(operation, given, defaults(operation), ctx, scale.output if operation.sized else None)
        fractions, spent = [], []
        for frame in execution:
            fractions.append(frame.fraction)
            spent.append(time.process_time() - began)
        if spent[-1] > seconds or scale.output[0] > 3000:
            return scale, fractions, spent
        scale = scale.times(1.5)


def alternatives(entry: Field, value: Any) -> list[Any]:
    """Other values of a parameter: the nearer first, so that the first difference is found cheaply."""
    control = entry.control
    if isinstance(control, Toggle):
        return [not value]
    if isinstance(control, Choice):
        return [option for option in control.options if option != value]
    if isinstance(control, Colour):
        return [tuple(1 - part for part in value)]
    if isinstance(control, LatentPoint):
        return [tuple(part + 1 for part in value)]
    assert isinstance(control, Slider)
    low, high = control.low, control.high
    start = low if value is None else value
    step = control.step or (1 if control.whole else (high - low) / 100)
    wanted = [start * 2, start / 2, start + 2 * step, start - 2 * step, (low + high) / 2, low, high]
    found: list[Any] = []
    for number in wanted:
        number = round(min(max(number, low), high), None if control.whole else 6)
        if control.odd and number % 2 == 0:
            number += 1 if number < high else -1
        if number != value and number not in found:
            found.append(number)
    return found
