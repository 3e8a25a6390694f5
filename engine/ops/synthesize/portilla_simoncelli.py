"""Grows a texture out of noise until its statistics are the sample's: strong on everything without a plan.

Source: Portilla and Simoncelli, A Parametric Texture Model Based on Joint Statistics of Complex Wavelet Coefficients,
IJCV 40(1), 2000; in colour after Vacher and Briand, The Portilla-Simoncelli Texture Model, IPOL 11, 2021.
Ours follows the slope of all statistics at once, from coarse to fine, starting with noise that has the sample's
spectrum; nothing is copied, and the result closes into a tile where its sides can be halved often enough. In a hole
only its pixels move: they meet the statistics together with a band of the picture around them, and so go on from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Bytes, Floats
from engine.kernels import fourier
from engine.kernels.channels import laid, with_channels
from engine.kernels.colour_axes import Axes, spread_like, spread_over
from engine.kernels.descent import MEMORY, Slope, descending
from engine.kernels.first_look import diffused
from engine.kernels.spectra import alike, periodic
from engine.kernels.steerable import Level, Spectrum
from engine.kernels.strips import rows_of
from engine.kernels.surround import Surround, around
from engine.kernels.texture_statistics import Model, Statistics
from engine.operation import Given, Input, Inputs, Mask, Picture, bounds, operation
from engine.params import Params, Slider
from engine.region import Rect, Size

SMALLEST = 8
"""Pixels a side that have to be left below the coarsest scale."""
TURN = 0.6
"""Part of the steps at the finest scale after which distributions are brought over for the first time."""
LARGEST_SAMPLE = 1024
"""Pixels a side of a sample that are looked at: the middle of a larger one."""
AT_ONCE = 1 << 21
"""Pixels up to which a transform takes so short that nobody waits for its end."""
LARGE = 250_000
"""Pixels of a picture with a hole from which on something is shown before anything is measured."""
BAND = 32
"""Pixels around a hole that what is grown has to go on from, and that are left free on the torus beyond them."""
FINER = 8
"""Times as long as the last step of a scale the first of the next one takes: four times the pixels, two slopes."""
COLOURS = 100.0
"""What a squared step to the value that the sample's distribution has there counts, in its deviations: so that little
is left to be brought over at the end, which would spoil all other statistics."""
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


def _focus(inputs: Mapping[str, Input | None], p: PortillaSimoncelli) -> Rect:
    return bounds(inputs["hole"], BAND)


def _memory(given: Mapping[str, Any], size: Size, p: PortillaSimoncelli) -> int:
    height, width, channels = map(int, given["sample"].shape)
    filling = given["picture"] is not None and given["hole"] is not None
    grid = _grid((size[0] + BAND, size[1] + BAND) if filling else size, _scales((width, height), p.scales))
    maps = channels * (18 * p.orientations + 2 * MEMORY + 24)
    sample = min(height, LARGEST_SAMPLE) * min(width, LARGEST_SAMPLE)
    return 4 * maps * grid[0] * grid[1] * 4 // 3 + 4 * channels * 15 * p.orientations * sample


@operation(
    "Portilla-Simoncelli",
    group="Synthesize",
    inputs=Inputs(
        sample=Picture(title="Sample", help="The texture to measure."),
        picture=Picture(help="A picture with a hole; without one a new picture is made", required=False),
        hole=Mask(help="White is grown anew, and goes on from what is around it", required=False),
    ),
    params=PortillaSimoncelli,
    replaces="picture",
    within="hole",
    sized=True,
    focus=_focus,
    memory=_memory,
    presets={"Quick": {"steps": 10}, "Thorough": {"steps": 100}, "Fibres": {"orientations": 6, "neighbourhood": 9}},
)
def portilla_simoncelli(ctx: Context, inputs: Given, p: PortillaSimoncelli) -> Iterator[Frame]:
    """Yields noise of the sample's colours and spectrum, and the texture as it takes shape from coarse to fine."""
    filling = inputs.picture is not None and inputs.hole is not None
    source = with_channels(inputs.sample, inputs.picture.shape[2]) if filling else inputs.sample
    height, width = source.shape[:2]
    scales = _scales((width, height), p.scales)
    if not scales:
        raise Unusable(
            f"The sample is {width} x {height} px",
            "there is nothing to measure in so few",
            f"use one of {2 * SMALLEST} px a side or more",
        )
    sample = _middle(source, scales)
    axes = Axes.of(sample, ctx.check)
    canvas = Hole(inputs.picture, inputs.hole, axes) if filling else Canvas(ctx.size, axes)
    if filling and inputs.hole.size > LARGE:
        ctx.check()
        yield from _first_look(inputs.picture, inputs.hole)
    elif not filling and canvas.rect.area > LARGE:
        yield from _scattered(ctx, source, canvas.rect)
    if not len(axes.axes):
        yield Frame(canvas.rect, canvas.of(np.zeros((0, canvas.rect.h, canvas.rect.w), np.float32)), 1.0)
        return
    note = "" if scales == p.scales else f"{scales} scales, as the sample is small"
    example = periodic(ctx, axes.apart(sample, ctx.check), _transform)
    start = alike(ctx, example, _noise(ctx, len(example), canvas.grid(scales)), _transform)
    surround = canvas.surround(ctx, start.shape)
    if surround is not None:
        start = _spectrum_of(ctx, surround.joined(ctx, _picture_of(ctx, start)))
    yield Frame(canvas.rect, canvas.of(_picture_of(ctx, start)), 0.0, note or "noise")
    growth = Growth(ctx, example, start, p, scales, surround)
    began, looking = time.perf_counter(), 0.0
    shown, strips, since, pace, rested = 0, list[slice](), began, 0.0, began
    for _ in growth:
        now = time.perf_counter()
        if not strips and shown < growth.number and 6 * looking <= now - began:
            strips = list(rows_of((canvas.rect.h, canvas.rect.w), None))
            # They last until the next step is taken, which takes about as long as the last ones did.
            pace = 0.8 * (now - since) / (growth.number - shown) / len(strips)
            shown, since = growth.number, now
            maps, said = _picture_of(ctx, growth.whole()), growth.note
            looking += time.perf_counter() - now
        # A step of a large picture takes its time: strip by strip there is something new all the while.
        if strips and now >= rested and ctx.due():
            rested = now + pace * (FINER if shown <= growth.begun else 1)
            rows = strips.pop(0)
            rect = Rect(0, rows.start, canvas.rect.w, rows.stop - rows.start)
            yield Frame(rect, canvas.of(maps, rows), ctx.fraction, note or said)
    ctx.due()
    maps = _picture_of(ctx, growth.whole())
    ctx.progress(1.0)
    if surround is None:
        # Along the axes only: to bring over red, green and blue as well would bend the weaker axes again.
        maps = _spread(ctx, maps[:, : canvas.rect.h, : canvas.rect.w], axes.apart(source, ctx.check))
    yield Frame(canvas.rect, canvas.of(maps), 1.0, note)


def _first_look(picture: Floats, hole: Floats) -> Iterator[Frame]:
    """The colours around a large hole, drawn inwards: the noise of the sample takes its time."""
    made, inside = picture.copy(), hole > 0
    made[inside] = diffused(picture, inside)
    yield Frame(Rect.of(hole), laid(picture, made, hole), 0.0, "first look")


def _scattered(ctx: Context, sample: Floats, whole: Rect) -> Iterator[Frame]:
    """The colours of the sample in no order, strip by strip: to give noise its spectrum takes its time."""
    colours = sample.reshape(-1, sample.shape[2])
    for rows in rows_of((whole.h, whole.w), ctx.check):
        rect = Rect(0, rows.start, whole.w, rows.stop - rows.start)
        drawn = ctx.random(2, rows.start).integers(len(colours), size=(rect.h, rect.w))
        yield Frame(rect, colours[drawn], 0.0, "first look")


@dataclass(frozen=True)
class Canvas:
    """A new picture."""

    size: Size
    axes: Axes

    @property
    def rect(self) -> Rect:
        return Rect(0, 0, *self.size)

    def grid(self, scales: int) -> Size:
        """(width, height) of the torus that it is grown on."""
        return _grid(self.size, scales)

    def surround(self, ctx: Context, shape: tuple[int, ...]) -> Surround | None:
        """What is known on a torus of (C, H, W)."""
        return None

    def of(self, maps: Floats, rows: slice = slice(None)) -> Floats:
        """Colours (h, w, C) of maps along the axes on the torus: of all rows, or of some."""
        return np.clip(self.axes.together(maps[:, : self.rect.h, : self.rect.w][:, rows]), 0, 1)


class Hole(Canvas):
    """A hole in a picture."""

    def __init__(self, picture: Floats, hole: Floats, axes: Axes) -> None:
        super().__init__((hole.shape[1], hole.shape[0]), axes)
        self.picture, self.hole = picture, hole

    def grid(self, scales: int) -> Size:
        # Statistics are those of the torus: at least half of it is free, or they would be those of the band.
        known = int((around(self.hole > 0, BAND) & (self.hole <= 0)).sum())
        side = BAND
        while (grid := _grid((self.rect.w + side, self.rect.h + side), scales))[0] * grid[1] < 2 * known:
            side += SMALLEST
        return grid

    def surround(self, ctx: Context, shape: tuple[int, ...]) -> Surround:
        free, maps = np.ones(shape[1:], np.bool_), np.zeros(shape, np.float32)
        inside = self.rect.slices
        free[inside] = (self.hole > 0) | ~around(self.hole > 0, BAND)
        ctx.check()
        maps[:, inside[0], inside[1]] = self.axes.apart(self.picture, ctx.check)
        return Surround(maps, free)

    def of(self, maps: Floats, rows: slice = slice(None)) -> Floats:
        return laid(self.picture[rows], super().of(maps, rows), self.hole[rows])


class Growth:
    """The descent from scale to scale: in steps, and pieces of them, when iterated over.

    Attributes:
        number: of the steps so far.
        begun: how many there were when the present scale began.
        note: which scale it is at.
    """

    def __init__(
        self,
        ctx: Context,
        example: Floats,
        start: Spectrum,
        p: PortillaSimoncelli,
        scales: int,
        surround: Surround | None = None,
    ) -> None:
        self.ctx, self.example, self.p, self.scales = ctx, example, p, scales
        self.start, self.surround = start, surround
        self._ordered = [np.sort(values, axis=None) for values in example]
        self.number, self.begun, self.note = 0, 0, ""
        self._level: Level | None = None
        self._point: Floats | None = None

    def whole(self) -> Spectrum:
        """The spectrum so far."""
        if self._level is not None and self._point is not None:
            self._level.paste(_spectrum_of(self.ctx, self._point), self.start)
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
            self.begun = self.number
            self.note = f"scale {self.scales - first} of {self.scales}"
            with self.ctx.part(done / total, (done + work[first]) / total):
                yield from self._descent(size, first, reaches, wanted)
            done += work[first]

    def _wanted(self, reaches: tuple[int, ...]) -> Statistics:
        size = (self.example.shape[2], self.example.shape[1])
        model = Model(self.ctx, size, len(self.example), self.scales, self.p.orientations, reaches, 0, _transform)
        return model.measured(self.ctx, _spectrum_of(self.ctx, self.example))

    def _descent(self, size: Size, first: int, reaches: tuple[int, ...], wanted: Statistics) -> Iterator[None]:
        model = Model(self.ctx, size, len(self.example), self.scales, self.p.orientations, reaches, first, _transform)
        self._level = Level(size, first, self.p.orientations)
        share: Any = np.float32(1 / (self._level.shape[0] * self._level.shape[1]))
        if self.surround is not None:
            share = share * self.surround.free_at(first)

        def sloping(point: Floats) -> Slope:
            value, slopes = yield from model.sloping(self.ctx, _spectrum_of(self.ctx, point), wanted)
            slope = _picture_of(self.ctx, slopes)
            if first == 0:
                value += self._drawn(point, slope)
            return value, slope * share

        steps = max(1, round(self.p.steps * COARSE)) if first else self.p.steps
        self._point = _picture_of(self.ctx, self._level.cut(self.start))
        done = 0
        for step in self._legs(sloping, steps, first):
            self.ctx.check()
            if step is not None:
                done, self._point = done + 1, step[1]
                self.number += 1
                self.ctx.progress(done / steps)
            yield
        self.ctx.progress(1.0)
        self.whole()
        if self.surround is not None:
            self._point = None
            self.start = _spectrum_of(self.ctx, self.surround.imposed(_picture_of(self.ctx, self.start)))

    def _drawn(self, point: Floats, slope: Floats) -> float:
        """What it costs to be distributed otherwise than the example, per pixel; its slope is added, for all pixels.

        The squared Wasserstein distance along each axis (Rabin et al., Wasserstein Barycenter and Its Application to
        Texture Mixing, 2011), with the example brought over by `spread_over`.
        """
        cost = 0.0
        for values, ordered, mine in zip(point, self._ordered, slope, strict=True):
            off = values - spread_over(values, ordered, self.ctx.check)
            cost += float(np.square(off, dtype=np.float64).mean())
            mine += np.float32(2 * COLOURS) * off
        return COLOURS * cost

    def _legs(
        self, sloping: Callable[[Floats], Slope], steps: int, first: int
    ) -> Iterator[tuple[float, Floats] | None]:
        """The descent; at the finest scale in two legs, with the distributions brought over in between.

        That moves some statistics. It is done once more at the end, and then has next to nothing left to move.
        """
        assert self._point is not None
        turn = steps if first else max(1, round(steps * TURN))
        yield from descending(self._point, sloping, turn)
        if steps > turn:
            moved = _spread(self.ctx, self._point, self.example)
            if self.surround is not None:
                moved = self.surround.imposed(moved)
            yield from descending(moved, sloping, steps - turn)


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


def _spread(ctx: Context, maps: Floats, examples: Floats) -> Floats:
    """Each map with the distribution of its example."""
    moved = np.empty(maps.shape, np.float32)
    for c in range(len(maps)):
        ctx.check()
        moved[c] = spread_like(maps[c], examples[c])
    ctx.check()
    return moved


def _transform(values: Spectrum, inverse: bool, octaves: int, cancel: Bytes) -> None:
    """The Fourier transform of `engine.kernels.fourier`, ten times as fast; it cannot be stopped on the way."""
    if values.size > AT_ONCE:
        return fourier.transform(values, inverse, octaves, cancel)
    planes = values.view(np.float32).reshape(*values.shape, 2)
    planes[...] = cv2.dft(planes, flags=cv2.DFT_INVERSE if inverse else 0)


def _spectrum_of(ctx: Context, maps: Floats) -> Spectrum:
    return fourier.spectrum_of(ctx, maps, _transform)


def _picture_of(ctx: Context, spectrum: Spectrum) -> Floats:
    return fourier.picture_of(ctx, spectrum, _transform)
