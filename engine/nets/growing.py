"""Textures grown out of noise until a network cannot tell them from the sample, from coarse to fine.

Sources: Gatys, Ecker, Bethge, NIPS 2015; Gonthier, Gousseau, Ladjal, High-resolution Neural Texture Synthesis with
Long-range Constraints, JMIV 2022 (coarse to fine, and the spectrum); Elnekave and Weiss, Generating Natural Images with
Direct Patch Distributions Matching, ECCV 2022 (patches without a network).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.context import Context
from engine.image import Floats
from engine.nets.describing import Border, Describer, Filters, random_filters
from engine.nets.feature_statistics import EPSILON, Spectrum, order_of, resampled, rising, total
from engine.nets.likeness import Likeness, outside
from engine.nets.optimising import lowered
from engine.nets.running import Check, half_is_fast, threads
from engine.nets.vgg import as_tensor
from engine.nets.vgg_looks import Vgg
from engine.region import Size

COARSEST = 40
"""Pixels a side that sample and canvas have at least at the coarsest scale."""
MORE = 1.4
"""Steps at a scale for each at the next finer one, which takes four times as long."""
LEAN = 1.5
"""How much further short waves than long ones are moved at first (`optimising`), where Gaussian clouds are compared.
With products of features regular textures lose by it what others win."""
LEG = 10
"""Steps after which other lines are drawn along which distributions are compared."""
PATCH, LINES = 7, 64
"""Pixels of the side of a patch, where patches are what is compared, and along how many lines in each step."""
OFTENER = 3
"""Steps with patches for each with a network: they cost less, and each looks along other lines."""
FAR = 0.03
"""How far a pixel moves in the first such step, as a part of the way from black to white."""


@dataclass(frozen=True)
class Recipe:
    """What is measured.

    Attributes:
        weights: "vgg19", "random" or "patches".
        layers: numbers of the layers, from 1; without VGG-19 the number of the scale, 1 is the finest.
        spectrum: weight of the spectrum.
    """

    weights: str
    layers: tuple[int, ...]
    statistic: str
    tileable: bool
    spectrum: float
    steps: int


def grown(ctx: Context, sample: Floats, size: Size, recipe: Recipe) -> Iterator[tuple[Floats, float, str]]:
    """Yields (picture, distance, note) after every step: float32 (h, w, 3), of any size up to the last.

    Args:
        sample: float32 (H, W, 3), 0..1.
        size: (width, height) of the result.
    """
    levels = _levels(min(*sample.shape[:2], *size))
    if recipe.weights == "patches":
        levels = min(levels + 1, max(recipe.layers))
    work = [_steps(recipe.steps, level) / 4**level for level in range(levels)]
    done = 0.0
    picture = np.zeros((0, 0, 3), np.float32)
    for level in range(levels - 1, -1, -1):
        across, down = (max(1, round(side / 2**level)) for side in size)
        example = resized(sample, tuple(max(1, round(side / 2**level)) for side in sample.shape[:2]))
        if picture.size:
            picture = resized(picture, (down, across), recipe.tileable)
        else:
            picture = _noise(ctx, example, (down, across))
        note = f"scale {levels - level} of {levels}"
        with ctx.part(done / sum(work), (done + work[level]) / sum(work)):
            way = _drift if recipe.weights == "patches" else _descent
            for found, value in way(ctx, example, picture, recipe, level):
                picture = found
                yield picture, value, note
        done += work[level]


def _levels(side: int) -> int:
    levels = 1
    while side >> levels >= COARSEST:
        levels += 1
    return levels


def _steps(finest: int, level: int) -> int:
    return max(1, round(finest * MORE ** min(level, 2)))


def _noise(ctx: Context, example: Floats, shape: tuple[int, int]) -> Floats:
    """Independent pixels with the example's mean colour and its covariance, float32 (h, w, 3)."""
    flat = example.reshape(-1, 3).astype(np.float64)
    values, vectors = np.linalg.eigh(np.cov(flat.T) + 1e-8 * np.eye(3))
    spread = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    white = ctx.random(11).standard_normal((*shape, 3))
    return np.asarray(np.clip(flat.mean(0) + white @ spread, 0, 1), np.float32)


def resized(picture: Floats, shape: tuple[int, ...], torus: bool = False) -> Floats:
    """Smooth: means where it gets smaller, cubic where it gets larger. (h, w, 3) of `shape`."""
    if picture.shape[:2] == shape:
        return picture
    maps = torch.from_numpy(np.array(picture.transpose(2, 0, 1)))[None]
    if shape[0] < picture.shape[0]:
        made = functional.interpolate(maps, shape, mode="area")
    elif torus:
        by = 4
        wide = functional.pad(maps, (by, by, by, by), mode="circular")
        ratio = shape[0] / picture.shape[0], shape[1] / picture.shape[1]
        grid = (round(ratio[0] * wide.shape[2]), round(ratio[1] * wide.shape[3]))
        made = functional.interpolate(wide, grid, mode="bicubic", align_corners=False)
        top, left = (round(by * r) for r in ratio)
        made = made[:, :, top : top + shape[0], left : left + shape[1]]
    else:
        made = functional.interpolate(maps, shape, mode="bicubic", align_corners=False)
    return as_picture(made)


def describer(ctx: Context, recipe: Recipe, sample: Tensor) -> Describer:
    """What looks: VGG-19 as trained, or filters drawn at random."""
    # A spectrum is that of a torus: without closing it, the edges would be where waves break off.
    border: Border = "circular" if recipe.tileable or recipe.spectrum else "reflect"
    if recipe.weights == "vgg19":
        return Vgg(tuple(f"relu{n}_1" for n in recipe.layers), border, half=half_is_fast(ctx.device))
    banks = random_filters(ctx.random(12), sample)
    # Where nothing is continued beyond the edges they would be seen by few filters, and stay noise.
    return Filters(banks, tuple(n - 1 for n in recipe.layers), "circular", rectified=True)


def _descent(
    ctx: Context, example: Floats, start: Floats, recipe: Recipe, level: int
) -> Iterator[tuple[Floats, float]]:
    with threads(ctx.threads, gradients=True), torch.no_grad():
        point = as_tensor(start, ctx.device)
        sample = as_tensor(example, ctx.device)
        eye = describer(ctx, recipe, sample)
        likeness = Likeness(eye, sample, recipe.statistic, ctx.check)
        spectrum = Spectrum.of(sample, start.shape[:2]) if recipe.spectrum else None

    def slope(picture: Tensor, check: Check) -> tuple[float, Tensor]:
        value, found = likeness.slope(picture, check)
        if spectrum is not None:
            more, way = spectrum.slope(picture)
            value, found = value + recipe.spectrum * more, found + recipe.spectrum * way
        more, way = outside(picture)
        return value + more, found + way

    steps = _steps(recipe.steps, level)
    leg = LEG if recipe.statistic == "sliced" else steps
    lean = LEAN if recipe.statistic == "w2" else 0.0
    for first in range(0, steps, leg):
        likeness.draw(ctx.random(13, level, first))
        some = min(leg, steps - first)
        with ctx.part(first / steps, (first + some) / steps):
            for value, moved in lowered(ctx, point, slope, some, lean):
                point = moved
                yield as_picture(point), value


def _drift(ctx: Context, example: Floats, start: Floats, recipe: Recipe, level: int) -> Iterator[tuple[Floats, float]]:
    """Moves all patches towards the sample's, along other lines in every step, by less and less."""
    side = min(PATCH, *example.shape[:2], *start.shape[:2])
    by = (side - 1) // 2, side - 1 - (side - 1) // 2
    steps = OFTENER * _steps(recipe.steps, level)
    point, sample = as_tensor(start, ctx.device), as_tensor(example, ctx.device)
    height, width = start.shape[:2]
    pace, force = torch.zeros_like(point), 0.0
    spread = float(example.var()) + EPSILON
    for number in range(steps):
        ctx.check()
        drawn = ctx.random(14, level, number).standard_normal((LINES, 3, side, side)).astype(np.float32)
        drawn /= np.sqrt(np.square(drawn).sum((1, 2, 3), keepdims=True))
        with threads(ctx.threads, gradients=True), torch.no_grad():
            lines = torch.from_numpy(drawn).to(ctx.device)
            wanted = rising(functional.conv2d(sample, lines)[0].flatten(1))
            ctx.check()
            # A torus, as the edges would be in few patches, and stay noise.
            wide = functional.pad(point, (by[0], by[1], by[0], by[1]), mode="circular")
            along = functional.conv2d(wide, lines)[0].flatten(1)
            ctx.check()
            target = torch.empty_like(along).scatter_(1, order_of(along), resampled(wanted, along.shape[1]))
            away = (along - target).view(1, LINES, height, width)
            value = float(total(away.square())) / (away.numel() * spread)
            back = functional.pad(away, (by[1], by[0], by[1], by[0]), mode="circular")
            pace = pace.lerp(functional.conv2d(back, lines.transpose(0, 1).flip(2, 3)) / LINES, 0.1)
            force = 0.95 * force + 0.05 * float(total(pace.square())) / pace.numel()
            length = FAR * (1 - 0.95 * number / steps) / (force / (1 - 0.95 ** (number + 1)) + EPSILON**2) ** 0.5
            point = (point - min(length, LINES) * pace).clamp(-0.2, 1.2)
        ctx.progress((number + 1) / steps)
        yield as_picture(point), value


def as_picture(picture: Tensor) -> Floats:
    """(1, 3, H, W) as float32 (H, W, 3), clipped to 0..1."""
    made: Floats = picture[0].clamp(0, 1).permute(1, 2, 0).cpu().numpy().copy()
    return made
