"""Learns a space of textures from a few pictures: sliders then move from each of them to all others.

Sources: Ulyanov et al., Texture Networks, ICML 2016 (a network that makes texture at once); Bergmann et al., Learning
Texture Manifolds with the Periodic Spatial GAN, ICML 2017 (many textures and what is between them in one network);
Heitz et al., A Sliced Wasserstein Loss for Neural Texture Synthesis, CVPR 2021; Vacher et al., Texture Interpolation
for Probing Visual Perception, NeurIPS 2020. Ours trains on the processor in minutes, shows what it can do from the
first one, and can be stopped, kept and gone on with at any time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.frame import Frame
from engine.image import Floats
from engine.kernels.channels import with_channels
from engine.operation import Given, Input, Inputs, Model, Picture, operation
from engine.params import Params, Slider
from engine.region import Rect, Size
from engine.trained import Trained

if TYPE_CHECKING:
    from engine.nets.texture_space.space import Space
    from engine.nets.texture_space.training import Training

SIDE = 96
"""Pixels of a picture on the sheet that shows how far it is."""
ACROSS = 6
CURVES = 56
"""Pixels of height for the curves below the pictures."""
TURNS = 25
"""Steps for each sample before its own curve begins."""
LOOKING = 1 / 12
"""Of the time, for the pictures that show how far it is."""
LEAST_PAUSE = 1.0
POINT = 10
"""Steps between points of the curve, at least."""
WORTHWHILE = 40
"""Steps before which there is nothing yet that an encoder or a slider could be made of."""
STEPS_A_PAIR, STEPS_A_CLOSE_LOOK = 30, 90
"""Steps for each pair of samples whose way is looked at, and for each that is looked at closely, beyond the first few:
a look takes as long as two or three steps, and a close one as six more.
"""
FINISHING = 0.1
"""Of the time, for the encoder and the directions."""


@dataclass(frozen=True)
class TextureSpaceTrain(Params):
    """How long it learns, and what it looks at."""

    minutes: Annotated[
        float,
        Slider(
            0.01,
            600,
            unit="min",
            log=True,
            help="How long it may take",
            low_looks="colours and grain, structure still soft",
            high_looks="as good as it gets; after an hour little changes",
        ),
    ] = 20.0
    steps: Annotated[
        int | None,
        Slider(
            1,
            1_000_000,
            log=True,
            help="How many steps it takes, if the minutes are enough for them",
            low_looks="a first idea",
            high_looks="as good as it gets",
            automatic="as many as fit into the minutes",
        ),
    ] = None
    crop: Annotated[
        int,
        Slider(
            64,
            192,
            unit="px",
            step=16,
            help="The side of what is looked at in one go",
            low_looks="quick; fine textures",
            high_looks="slow; large structures hold together",
            advanced=True,
        ),
    ] = 96
    between: Annotated[
        float,
        Slider(
            0,
            0.9,
            help="How much of the time goes into what lies between the samples",
            low_looks="the samples as good as possible, in-betweens left to luck",
            high_looks="smooth ways between them, the samples a little less exact",
            advanced=True,
        ),
    ] = 0.4


def _count(inputs: Mapping[str, Input | None]) -> int:
    samples, space = inputs.get("samples"), inputs.get("space")
    count = len(samples) if isinstance(samples, tuple) else 1
    if isinstance(space, Trained):
        try:
            count += len(json.loads(space.about.get("samples", "[]")))
        except (ValueError, TypeError, RecursionError):
            pass
    return min(count, 512)


def _sheet_size(count: int) -> Size:
    columns = min(count, ACROSS)
    return columns * SIDE, -(-count // columns) * (3 if count > 1 else 2) * SIDE + CURVES


def _size(inputs: Mapping[str, Input | None], p: TextureSpaceTrain) -> Size:
    return _sheet_size(_count(inputs))


def _memory(inputs: Mapping[str, Any], size: Size, p: TextureSpaceTrain) -> int:
    return (400 << 20) + _count(inputs) * (4 << 20)


@operation(
    "Learn a texture space",
    group="Latent",
    inputs=Inputs(
        samples=Picture(
            title="Samples", help="The textures to learn: three to thirty are best", several=True, stored=True
        ),
        space=Model(
            kind="texture-space",
            title="Space",
            help="A space to go on with; samples that it does not have are added to it",
            required=False,
        ),
    ),
    params=TextureSpaceTrain,
    size=_size,
    memory=_memory,
    neural=True,
    trains="texture-space",
    presets={
        "A first look": {"steps": 60},
        "While the kettle boils": {"minutes": 5.0},
        "Overnight": {"minutes": 480.0, "crop": 128},
        "Structures": {"minutes": 40.0, "crop": 128},
    },
)
def texture_space_train(ctx: Context, inputs: Given, p: TextureSpaceTrain) -> Iterator[Frame]:
    """The samples, then after every little while what has been learnt of them."""
    from engine.nets.texture_space.sampling import sampled, unevenness
    from engine.nets.texture_space.space_file import restored

    clock = _Clock(ctx, p)
    samples = sampled(inputs.samples)
    begun = restored(inputs.space) if inputs.space is not None else None
    channels = inputs.samples[0].channels
    odd = [sample.name for sample in samples if unevenness(sample) > 1]
    clock.word = f"{', '.join(odd)}: no even texture" if odd else ""
    sheet = _Sheet(ctx.size, channels)
    for number, sample in enumerate([*(begun.samples if begun else ()), *samples]):
        sheet.put(number, 0, np.asarray(sample.picture, np.float32) / np.float32(255))
    yield sheet.frame(0.0, clock.word or "looking at the samples")

    from engine.nets.texture_space.training import Pace, Training

    training = Training(ctx, samples, begun, replace(Pace(), crop=p.crop, mixed=p.between))
    sheet = _Sheet(ctx.size, channels)
    for number, sample in enumerate(training.samples):
        sheet.put(number, 0, np.asarray(sample.picture, np.float32) / np.float32(255))
    first = training.steps
    shown = spent = 0.0
    while (fraction := clock.fraction(training.steps - first)) < 1 or not training.losses:
        ctx.check()
        training.step(ctx, fraction)
        now = clock.seconds
        if training.steps == first + 1 or now - shown > max(LEAST_PAUSE, spent / LOOKING):
            space = _recorded(training, begun, clock)
            sheet.show(ctx, space)
            sheet.draw(training)
            ctx.progress(0.95 * fraction)
            yield replace(sheet.frame(ctx.fraction, clock.words(training, fraction)), trained=_stored(space))
            shown = clock.seconds
            spent = shown - now
    yield from _finished(ctx, training, begun, clock, sheet)


def _finished(
    ctx: Context,
    training: Training,
    begun: Space | None,
    clock: _Clock,
    sheet: _Sheet,
) -> Iterator[Frame]:
    """The encoder and the directions, for which the weights have to stand still."""
    from engine.nets.texture_space.directions import found
    from engine.nets.texture_space.encoder import taught
    from engine.nets.texture_space.pacing import CLOSELY, paced

    space = _recorded(training, begun, clock)
    curve = _curve(training, begun)
    sheet.show(ctx, space)
    sheet.draw(training)
    yield replace(sheet.frame(0.95, "sliders"), trained=_stored(space))
    if training.steps >= WORTHWHILE:
        with ctx.part(0.95, 1.0):
            encoder, seen = taught(ctx, space, training.targets, min(192, max(12, training.steps // 5)))
            pairs = max(CLOSELY, training.steps // STEPS_A_PAIR)
            closely = max(CLOSELY, training.steps // STEPS_A_CLOSE_LOOK)
            space = replace(space, encoder=encoder, pacing=paced(ctx, space, pairs, closely))
            space = replace(space, directions=found(ctx, space, seen))
    findings = {
        "steps": float(training.steps),
        "seconds": clock.seconds,
        "loss": curve[-1][1],
        "loss at a quarter": _at(curve, 0.25),
        "loss at a half": _at(curve, 0.5),
        "samples": float(len(space.samples)),
        "directions": float(len(space.directions)),
    }
    said = f"{clock.word}; of that only what its parts have in common can be learnt." if clock.word else ""
    yield replace(sheet.frame(1.0, clock.word), trained=_stored(space), findings=findings, said=said)


def _at(curve: list[tuple[int, float]], share: float) -> float:
    """The loss when so much of the steps was done."""
    return min(curve, key=lambda point: abs(point[0] - share * curve[-1][0]))[1]


def _curve(training: Training, begun: Space | None) -> list[tuple[int, float]]:
    """(steps, mean loss of the last ones) all the way: at most some hundred points, the last one is now."""
    before = begun.record.get("curve", []) if begun else []
    curve = [(int(a), float(b)) for a, b in before] if isinstance(before, list) else []
    first, count = training.steps - len(training.losses), len(training.losses)
    for stop in [*range(POINT, count, max(POINT, count // 100)), count]:
        curve.append((first + stop, round(float(np.mean(training.losses[max(0, stop - 50) : stop])), 4)))
    return curve


def _recorded(training: Training, begun: Space | None, clock: _Clock) -> Space:
    """The space with how it came about."""
    space = training.space()
    before = begun.record.get("seconds", 0.0) if begun else 0.0
    # What a recipe repeats has to be the same bytes: seconds are for those that count minutes.
    seconds = 0.0 if clock.limit is not None else round(clock.seconds + float(str(before)), 1)
    curve = [list(point) for point in _curve(training, begun)]
    return replace(space, record={**space.record, "seconds": seconds, "curve": curve})


def _stored(space: Space) -> Trained:
    from engine.nets.texture_space.space_file import stored

    return stored(space, "Learnt by Scumble from the samples that it names; their licences hold for what it makes.")


class _Clock:
    """How much of the budget is used: of the steps where they are given, of the time in any case.

    Attributes:
        word: what else is to be said all the time.
    """

    def __init__(self, ctx: Context, p: TextureSpaceTrain) -> None:
        self._ctx, self._began, self._paused = ctx, time.perf_counter(), ctx.paused_seconds
        self.limit, self.word = p.steps, ""
        self._budget = p.minutes * 60

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began - (self._ctx.paused_seconds - self._paused)

    def fraction(self, steps: int) -> float:
        used = self.seconds / (self._budget * (1 - FINISHING))
        if self.limit is None:
            return used
        # The pace follows the steps alone, so that the same steps learn the same.
        return 1.0 if used >= 1 else steps / self.limit

    def words(self, training: Training, fraction: float) -> str:
        left = self.seconds * (1 / max(fraction, 1e-3) - 1) / 60
        said = f"step {training.steps}, loss {np.mean(training.losses[-50:]):.2f}, {left:.0f} min left"
        return f"{said}; {self.word}" if self.word else said


class _Sheet:
    """The picture that shows how far it is: samples, what it makes of them, what lies between each and the next.

    Below them, curves: how far each sample is from what is made of it, and in bold the mean of all.
    """

    def __init__(self, size: Size, channels: int) -> None:
        self._pixels = np.full((size[1], size[0], 3), 0.13, np.float32)
        self._channels = channels
        self._columns = size[0] // SIDE
        self._known: list[tuple[int, float, NDArray[np.float64]]] = []

    def put(self, number: int, row: int, picture: Floats) -> None:
        rows = 3 if self._columns > 1 else 2
        top = (number // self._columns * rows + row) * SIDE
        left = number % self._columns * SIDE
        part = picture[:SIDE, :SIDE]
        self._pixels[top : top + part.shape[0], left : left + part.shape[1]] = part

    def show(self, ctx: Context, space: Space) -> None:
        from engine.nets.texture_space.rendering import tile

        rect = Rect(0, 0, SIDE, SIDE)
        count = len(space.samples)
        for number in range(count):
            ctx.check()
            self.put(number, 1, tile(space.generator, space.codes[number], ctx.seed, rect, None, ctx.check))
            if count > 1:
                code = space.mixed({number: 0.5, (number + 1) % count: 0.5})
                self.put(number, 2, tile(space.generator, code, ctx.seed, rect, None, ctx.check))

    def draw(self, training: Training) -> None:
        """The curves, from the first look to this one."""
        self._known.append((training.steps, float(np.mean(training.losses[-50:])), training.hardness.copy()))
        height, width = self._pixels.shape[:2]
        strip = np.full((CURVES, width, 3), 0.1, np.float32)
        steps = np.array([step for step, _, _ in self._known], np.float64)
        lines = [(steps >= steps[0], np.log([loss for _, loss, _ in self._known]))]
        # What is known of one sample means something after some turns of it.
        seen = steps > steps[0] + TURNS * len(training.samples)
        lines += [(seen, column) for column in np.log(np.stack([each for _, _, each in self._known], axis=1))]
        shown = np.concatenate([values[where] for where, values in lines])
        across = (steps - steps[0]) / max(steps[-1] - steps[0], 1.0) * (width - 1)
        for number, (where, values) in reversed(list(enumerate(lines))):
            down = (shown.max() - values) / max(float(shown.max() - shown.min()), 0.1) * (CURVES - 9) + 4
            points = np.rint(np.stack([across, down], axis=1)[where] * 16).astype(np.int32)
            colour, weight = ((0.36, 0.36, 0.38), 1) if number else ((0.95, 0.65, 0.3), 2)
            if len(points) > 1:
                cv2.polylines(strip, [points], False, colour, weight, cv2.LINE_8, 4)
        self._pixels[height - CURVES :] = strip

    def frame(self, fraction: float, note: str) -> Frame:
        height, width = self._pixels.shape[:2]
        pixels = with_channels(self._pixels, self._channels)
        return Frame(Rect(0, 0, width, height), np.array(pixels, np.float32), fraction, note)
