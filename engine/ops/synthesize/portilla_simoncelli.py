"""Grows a texture out of noise until its statistics are the sample's: strong on everything without a plan.

Source: Portilla and Simoncelli, A Parametric Texture Model Based on Joint Statistics of Complex Wavelet Coefficients,
IJCV 40(1), 2000; in colour after Vacher and Briand, The Portilla-Simoncelli Texture Model, IPOL 11, 2021.
Ours follows the slope of all statistics at once, from coarse to fine, starting with noise that has the sample's
spectrum; nothing is copied, and the result closes into a tile where its sides can be halved often enough.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Floats
from engine.kernels.colour_axes import Axes, spread_like
from engine.kernels.descent import MEMORY, descended
from engine.kernels.fourier import picture_of, spectrum_of
from engine.kernels.spectra import alike, periodic
from engine.kernels.steerable import Level, Spectrum
from engine.kernels.texture_statistics import Model, Statistics
from engine.operation import Given, Inputs, Picture, operation
from engine.params import Params, Slider
from engine.region import Rect, Size

SMALLEST = 8
"""Pixels a side that have to be left below the coarsest scale."""
TURN = 0.6
"""Part of the steps at the finest scale after which distributions are brought over for the first time."""
LARGEST_SAMPLE = 1024
"""Pixels a side of a sample that are looked at: the middle of a larger one."""
COARSE = 1.5
"""Steps at the coarser scales, for each at the finest: they cost little, and the finest stands on them."""


@dataclass(frozen=True)
class PortillaSimoncelli(Params):
    """What is measured, and how long it is followed."""

    steps: Annotated[
        int,
        Slider(
            1,
            500,
            log=True,
            help="How many steps are taken at each scale.",
            low_looks="soft, more like noise",
            high_looks="everything measured is matched; slower",
        ),
    ] = 30
    scales: Annotated[
        int,
        Slider(
            1,
            6,
            help="How many scales are measured, each half as fine as the one before; fewer where the sample is small.",
            low_looks="fine grain only, large forms are lost",
            high_looks="large forms are kept too",
        ),
    ] = 4
    orientations: Annotated[
        int,
        Slider(
            2,
            8,
            help="How many directions are told apart.",
            low_looks="directions blur into one another",
            high_looks="hatching and fibres keep their directions; slower",
        ),
    ] = 4
    neighbourhood: Annotated[
        int,
        Slider(
            3,
            13,
            unit="px",
            odd=True,
            help="How far apart pixels of each scale are compared.",
            low_looks="loose, repeats get lost",
            high_looks="regular textures stay more regular",
        ),
    ] = 7


def _memory(given: Mapping[str, Any], size: Size, p: PortillaSimoncelli) -> int:
    height, width, channels = map(int, given["sample"].shape)
    grid = _grid(size, _scales((width, height), p.scales))
    maps = channels * (18 * p.orientations + 2 * MEMORY + 24)
    sample = min(height, LARGEST_SAMPLE) * min(width, LARGEST_SAMPLE)
    return 4 * maps * grid[0] * grid[1] * 4 // 3 + 4 * channels * 15 * p.orientations * sample


@operation(
    "Portilla-Simoncelli",
    group="Synthesize",
    inputs=Inputs(sample=Picture(title="Sample", help="The texture to measure.")),
    params=PortillaSimoncelli,
    sized=True,
    memory=_memory,
    presets={"Quick": {"steps": 10}, "Thorough": {"steps": 100}, "Fibres": {"orientations": 6, "neighbourhood": 9}},
)
def portilla_simoncelli(ctx: Context, inputs: Given, p: PortillaSimoncelli) -> Iterator[Frame]:
    """Yields noise of the sample's colours and spectrum, and the texture as it takes shape from coarse to fine."""
    height, width = inputs.sample.shape[:2]
    scales = _scales((width, height), p.scales)
    if not scales:
        raise Unusable(
            f"The sample is {width} x {height} px",
            "there is nothing to measure in so few",
            f"use one of {2 * SMALLEST} px a side or more",
        )
    sample = _middle(inputs.sample, scales)
    axes = Axes.of(sample)
    whole = Rect(0, 0, *ctx.size)
    if not len(axes.axes):
        yield Frame(whole, np.broadcast_to(axes.mean, (whole.h, whole.w, len(axes.mean))).copy(), 1.0)
        return
    note = "" if scales == p.scales else f"{scales} scales, as the sample is small"
    example = periodic(ctx, axes.apart(sample))
    grown = alike(ctx, example, _noise(ctx, len(example), _grid(ctx.size, scales)))
    yield Frame(whole, _shown(ctx, axes, grown), 0.0, note or "noise")
    growth = Growth(ctx, example, grown, p, scales)
    began, looking = time.perf_counter(), 0.0
    for _ in growth:
        now = time.perf_counter()
        if 6 * looking <= now - began and ctx.due():
            yield Frame(whole, _shown(ctx, axes, growth.whole()), ctx.fraction, note or growth.note)
            looking += time.perf_counter() - now
    ctx.due()
    maps = picture_of(ctx, growth.whole())[:, : whole.h, : whole.w]
    ctx.progress(1.0)
    yield Frame(whole, _recoloured(ctx, maps, axes, inputs.sample), 1.0, note)


class Growth:
    """The descent from scale to scale: steps when iterated over."""

    def __init__(self, ctx: Context, example: Floats, start: Spectrum, p: PortillaSimoncelli, scales: int) -> None:
        self.ctx, self.example, self.p, self.scales = ctx, example, p, scales
        self.start = start
        self.note = ""
        self._level: Level | None = None
        self._point: Floats | None = None

    def whole(self) -> Spectrum:
        """The spectrum so far."""
        if self._level is not None and self._point is not None:
            self._level.paste(spectrum_of(self.ctx, self._point), self.start)
        return self.start

    def __iter__(self) -> Iterator[None]:
        size = (self.start.shape[2], self.start.shape[1])
        side = min(*size, *self.example.shape[1:])
        reaches = tuple(min(self.p.neighbourhood // 2, ((side >> s) - 1) // 2) for s in range(self.scales + 1))
        wanted = self._wanted(reaches)
        # Work of each scale: its pixels, and a third for the coarser ones that are kept true meanwhile.
        work = [(COARSE if first else 1) / 4**first for first in range(self.scales)]
        done, total = 0.0, sum(work)
        for first in range(self.scales - 1, -1, -1):
            self.note = f"scale {self.scales - first} of {self.scales}"
            with self.ctx.part(done / total, (done + work[first]) / total):
                yield from self._descent(size, first, reaches, wanted)
            done += work[first]

    def _wanted(self, reaches: tuple[int, ...]) -> Statistics:
        size = (self.example.shape[2], self.example.shape[1])
        model = Model(self.ctx, size, len(self.example), self.scales, self.p.orientations, reaches)
        return model.measured(self.ctx, spectrum_of(self.ctx, self.example))

    def _descent(self, size: Size, first: int, reaches: tuple[int, ...], wanted: Statistics) -> Iterator[None]:
        model = Model(self.ctx, size, len(self.example), self.scales, self.p.orientations, reaches, first)
        self._level = Level(size, first, self.p.orientations)

        def slope(point: Floats) -> tuple[float, Floats]:
            value, slopes = model.slope(self.ctx, spectrum_of(self.ctx, point), wanted)
            return value, picture_of(self.ctx, slopes) * np.float32(1 / point[0].size)

        steps = max(1, round(self.p.steps * COARSE)) if first else self.p.steps
        self._point = picture_of(self.ctx, self._level.cut(self.start))
        for _, point in self.ctx.steps(self._legs(slope, steps, first), steps):
            self._point = point
            yield
        self.whole()

    def _legs(
        self, slope: Callable[[Floats], tuple[float, Floats]], steps: int, first: int
    ) -> Iterator[tuple[float, Floats]]:
        """The descent; at the finest scale in two legs, with the distributions brought over in between.

        That moves some statistics. It is done once more at the end, and then has next to nothing left to move.
        """
        assert self._point is not None
        turn = steps if first else max(1, round(steps * TURN))
        yield from descended(self._point, slope, turn)
        if steps > turn:
            yield from descended(_spread(self.ctx, self._point, self.example), slope, steps - turn)


def _scales(size: Size, wanted: int) -> int:
    """As many scales as leave enough pixels below the last."""
    return max((s for s in range(wanted + 1) if min(size) >> s >= SMALLEST), default=0)


def _grid(size: Size, scales: int) -> Size:
    """The output's size, enlarged until it can be halved at every scale and transformed quickly."""

    def fitting(side: int) -> int:
        units = max(-(-side >> scales), SMALLEST)
        while not _smooth(units):
            units += 1
        return units << scales

    return fitting(size[0]), fitting(size[1])


def _smooth(number: int) -> bool:
    for prime in (2, 3, 5):
        while number % prime == 0:
            number //= prime
    return number == 1


def _middle(sample: Floats, scales: int) -> Floats:
    """The largest part of the sample's middle whose sides can be halved at every scale."""
    height, width = (min(side, LARGEST_SAMPLE) >> scales << scales for side in sample.shape[:2])
    top, left = (sample.shape[0] - height) // 2, (sample.shape[1] - width) // 2
    return sample[top : top + height, left : left + width]


def _noise(ctx: Context, channels: int, grid: Size) -> Floats:
    """White noise, float32 (C, H, W)."""
    white = np.empty((channels, grid[1], grid[0]), np.float32)
    for c in range(channels):
        ctx.check()
        white[c] = ctx.random(1, c).standard_normal(grid[::-1], np.float32)
    return white


def _shown(ctx: Context, axes: Axes, spectrum: Spectrum) -> Floats:
    width, height = ctx.size
    return np.clip(axes.together(picture_of(ctx, spectrum)[:, :height, :width]), 0, 1)


def _recoloured(ctx: Context, maps: Floats, axes: Axes, sample: Floats) -> Floats:
    """The picture, with the sample's distribution along each of its axes of colour.

    Along the axes only: to bring over red, green and blue as well would bend the weaker axes, and undo what was grown.
    """
    return np.clip(axes.together(_spread(ctx, maps, axes.apart(sample))), 0, 1)


def _spread(ctx: Context, maps: Floats, examples: Floats) -> Floats:
    """Each map with the distribution of its example."""
    moved = np.empty(maps.shape, np.float32)
    for c in range(len(maps)):
        ctx.check()
        moved[c] = spread_like(maps[c], examples[c])
    ctx.check()
    return moved
