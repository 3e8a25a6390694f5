"""A picture moved towards a style, from coarse to fine, while it stays what it shows.

Sources: Gatys, Ecker, Bethge, Image Style Transfer Using Convolutional Neural Networks, CVPR 2016; the Wasserstein
distance instead of Gram matrices after Crowson's style-transfer-pytorch; Kolkin et al., Neural Neighbor Style Transfer,
arXiv 2203.13215, 2022.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.context import Context
from engine.image import Floats
from engine.nets.feature_statistics import EPSILON, points, total
from engine.nets.growing import as_picture, resized
from engine.nets.likeness import Known, known, outside, slope_of
from engine.nets.neighbours import Neighbours, columns, grid
from engine.nets.optimising import lowered
from engine.nets.running import Check, half_is_fast, threads
from engine.nets.vgg import as_tensor
from engine.nets.vgg_looks import Vgg

COARSEST = 48
"""Pixels of the picture's shorter side at the coarsest scale, at least."""
MORE = 1.6
"""Steps at a scale for each at the next finer one."""
SHOWN = 4
"""The layer that says what a picture shows."""
FINE, FEWER = 3, 0.2
"""The deepest layer that is looked at where only fine strokes are missing, and how many of the steps that takes."""
HELD = 0.5
"""How much of the weight of what the picture shows is left there, where a layer nearer to the pixels says it."""
UNREST = 0.05
"""Deviation of the noise that lies on the start."""
LOOSE = 0.3
"""How much of the weight of what the picture shows is left where neighbours are looked for: questions say it too."""


@dataclass(frozen=True, eq=False)
class Style:
    """Something to be painted like.

    Attributes:
        pixels: float32 (H, W, 3), as large as the picture's pixels mean it to be.
        share: how much it counts beside the others.
        place: float32 (H, W) of the picture's own size, how much of it is wanted where; those of all styles are 1
            together in each place. None where it is its share everywhere, for all of them or for none.
    """

    pixels: Floats
    share: float
    place: Floats | None = None


@dataclass(frozen=True)
class Plan:
    """How it is done.

    Attributes:
        statistic: "gram", "w2" or "nearest".
        layers: numbers of the layers, from 1.
        content: weight of what the picture shows, as against 1 for the style.
        smoothness: weight of differences between neighbouring pixels.
        start: "content", "style" or "noise".
        steps: at the finest scale that is worked out in full.
        shown: number of the layer that says what the picture shows.
        drift: how much of what is there so far is in the question for neighbours, as against what the picture shows.
        full: pixels up to which all layers are looked at; beyond, what is there is only painted finer.
    """

    statistic: str
    layers: tuple[int, ...]
    content: float
    smoothness: float
    start: str
    steps: int
    drift: float
    full: int
    shown: int = SHOWN


@dataclass(frozen=True, eq=False)
class _Wanted:
    """A style for a picture of one size: (1, 3, h, w), how much of it, and how much where, (1, 1, H, W)."""

    pixels: Tensor
    share: float
    place: Tensor | None

    def counted(self, height: int, width: int) -> tuple[float, Tensor | None]:
        """How much it counts in all, and how much each of so many places does for it, (N,) with a mean of 1."""
        if self.place is None:
            return self.share, None
        amounts = functional.adaptive_avg_pool2d(self.place, (height, width)).reshape(-1)
        mean = float(total(amounts)) / amounts.numel()
        return mean, amounts / max(mean, EPSILON)


class Pull:
    """What pulls at a picture of one size: the style, and what it shows."""

    def __init__(self, picture: Tensor, styles: Sequence[_Wanted], plan: Plan, check: Check) -> None:
        self.plan = plan
        self.weight = plan.content * (LOOSE if plan.statistic == "nearest" else 1)
        taps = tuple(f"relu{n}_1" for n in plan.layers)
        self.taps = taps
        self.tap = f"relu{plan.shown}_1"
        half = half_is_fast(picture.device.type)
        self.eye = Vgg(tuple(dict.fromkeys((*taps, self.tap))) if plan.content else taps, half=half)
        seen = self.eye.seen(picture, check).maps
        if plan.content:
            self.content = points(seen[self.tap]).float().clone()
            self.power = total(self.content.square()) + EPSILON * self.content.numel()
        self.known: list[dict[str, tuple[Known, float, Tensor | None]]] = []
        self.neighbours: Neighbours | None = None
        own = Vgg(taps, half=half)
        size = (picture.shape[2], picture.shape[3])
        if plan.statistic == "nearest":
            self.shown = columns({name: seen[name] for name in taps}, size)
            answers = [
                columns(own.seen(style.pixels, check).maps, (style.pixels.shape[2], style.pixels.shape[3]))
                for style in styles
            ]
            self.neighbours = Neighbours(answers, _amounts(styles, size) if len(styles) > 1 else None)
        else:
            for style in styles:
                maps = own.seen(style.pixels, check).maps
                self.known.append(
                    {
                        name: (
                            known(plan.statistic, points(maps[name]).float()),
                            *style.counted(seen[name].shape[2], seen[name].shape[3]),
                        )
                        for name in taps
                    }
                )

    def ask(self, picture: Tensor, coarsest: bool, check: Check) -> None:
        """Looks for neighbours of what is there; of what the picture shows only, at the coarsest scale."""
        if self.neighbours is None:
            return
        questions = self.shown
        if not coarsest:
            maps = self.eye.seen(picture, check).maps
            now = columns({name: maps[name] for name in self.taps}, (picture.shape[2], picture.shape[3]))
            questions = torch.lerp(self.shown, now, self.plan.drift)
        self.neighbours.ask(questions, check)

    def slope(self, picture: Tensor, check: Check) -> tuple[float, Tensor]:
        """The weighted mean distance, and its slope for the picture (1, 3, H, W)."""
        seen = self.eye.seen(picture, check)
        value = 0.0
        slopes: dict[str, Tensor] = {}
        if self.neighbours is not None:
            leaves = {name: seen.maps[name].detach().requires_grad_(True) for name in self.taps}
            with torch.enable_grad():
                wanted = self.neighbours.distance(columns(leaves, (picture.shape[2], picture.shape[3])))
                found = torch.autograd.grad(wanted, [leaves[name] for name in self.taps])
            slopes.update(zip(self.taps, found, strict=True))
            value += float(wanted.detach())
        for layers in self.known:
            for name, (one, share, counted) in layers.items():
                check()
                part = share / len(layers)
                distance, slope = slope_of(one, seen.maps[name], part, check, counted=counted)
                slopes[name] = slope if name not in slopes else slopes[name].add_(slope)
                value += part * distance
        if self.plan.content:
            away = points(seen.maps[self.tap]).float() - self.content
            value += self.weight * float(total(away.square()) / self.power)
            maps = seen.maps[self.tap]
            way = (away * (2 * self.weight / self.power)).T.reshape(maps.shape)
            slopes[self.tap] = way if self.tap not in slopes else slopes[self.tap] + way
        slope = seen.back(slopes, check)
        more, way = outside(picture)
        value, slope = value + more, slope + way
        if self.plan.smoothness:
            more, way = roughness(picture)
            value, slope = value + self.plan.smoothness * more, slope + self.plan.smoothness * way
        return value, slope


def _amounts(styles: Sequence[_Wanted], size: tuple[int, int]) -> Tensor:
    """How much of each style each column of a picture of `size` (H, W) wants: (N, K), 1 together."""
    height, width = grid(size)
    found = []
    for style in styles:
        share, counted = style.counted(height, width)
        everywhere = style.pixels.new_ones(height * width)
        found.append(share * (everywhere if counted is None else counted))
    amounts = torch.stack(found, 1)
    return amounts / amounts.sum(1, keepdim=True).clamp_min(EPSILON)


def roughness(picture: Tensor) -> tuple[float, Tensor]:
    """The mean squared difference of neighbouring pixels, times 100, and its slope."""
    scale = 100 / picture.numel()
    slope = torch.zeros_like(picture)
    value = 0.0
    for axis in (2, 3):
        step = picture.diff(dim=axis)
        value += scale * float(total(step.square()))
        step = step * (2 * scale)
        count = picture.shape[axis]
        slope.narrow(axis, 1, count - 1).add_(step)
        slope.narrow(axis, 0, count - 1).sub_(step)
    return value, slope


ASKED = 12
"""Steps after which neighbours are looked for again."""


def restyled(ctx: Context, picture: Floats, styles: Sequence[Style], plan: Plan) -> Iterator[tuple[Floats, float, str]]:
    """Yields (picture, distance, note) after every step: float32 (h, w, 3), of any size up to the last.

    Args:
        picture: float32 (H, W, 3), 0..1.
        styles: one at least, each with a share or a place.
    """
    shape = picture.shape[:2]
    levels, finishing = 1, 0
    while min(shape) >> levels >= COARSEST or shape[0] * shape[1] >> 2 * (levels - 1) > plan.full:
        levels += 1
    while shape[0] * shape[1] >> 2 * finishing > plan.full:
        finishing += 1
    plans = [_finishing(plan) if level < finishing else plan for level in range(levels)]
    steps = [
        plans[level].steps if level <= finishing else max(1, round(plan.steps * MORE ** min(level - finishing, 2)))
        for level in range(levels)
    ]
    work = [count / 4**level / (2 if level < finishing else 1) for level, count in enumerate(steps)]
    done, made = 0.0, np.zeros((0, 0, 3), np.float32)
    for level in range(levels - 1, -1, -1):
        content = _smaller(picture, level)
        if made.size:
            made = resized(made, content.shape[:2])
            if plan.start == "content":
                # What is finer than the coarser scale could hold is the picture's own so far.
                made = made + (content - resized(_smaller(picture, level + 1), content.shape[:2]))
        else:
            made = _start(ctx, content, _smaller(styles[0].pixels, level), plan.start)
        with threads(ctx.threads, gradients=True), torch.no_grad():
            given = [_wanted(style, level, content.shape, ctx.device) for style in styles]
            pull = Pull(as_tensor(content, ctx.device), given, plans[level], ctx.check)
        note = f"scale {levels - level} of {levels}" if level >= finishing else "finer strokes"
        with ctx.part(done / sum(work), (done + work[level]) / sum(work)):
            for value, point in _legs(ctx, made, pull, steps[level], level == levels - 1):
                made = point
                yield made, value, note
        done += work[level]


def _wanted(style: Style, level: int, shape: tuple[int, ...], device: str) -> _Wanted:
    place = None
    if style.place is not None:
        place = torch.from_numpy(np.array(style.place))[None, None].to(device)
        place = functional.adaptive_avg_pool2d(place, (shape[0], shape[1]))
    return _Wanted(as_tensor(_smaller(style.pixels, level), device), style.share, place)


def _finishing(plan: Plan) -> Plan:
    """How what was made smaller is painted at a larger size: fine strokes only, where everything is already."""
    layers = tuple(layer for layer in plan.layers if layer <= FINE) or plan.layers
    shown = max(layers)
    return replace(
        plan, layers=layers, shown=shown, content=plan.content * HELD, steps=max(1, round(plan.steps * FEWER))
    )


def _smaller(pixels: Floats, level: int) -> Floats:
    return resized(pixels, tuple(max(16, round(side / 2**level)) for side in pixels.shape[:2]))


def _legs(ctx: Context, start: Floats, pull: Pull, steps: int, coarsest: bool) -> Iterator[tuple[float, Floats]]:
    """The descent at one scale; neighbours are looked for again every few steps."""
    point, leg = as_tensor(start, ctx.device), steps if pull.neighbours is None else ASKED
    for first in range(0, steps, leg):
        some = min(leg, steps - first)
        with threads(ctx.threads, gradients=True), torch.no_grad():
            pull.ask(point, coarsest and first == 0, ctx.check)
        with ctx.part(first / steps, (first + some) / steps):
            for value, moved in lowered(ctx, point, pull.slope, some):
                point = moved
                yield value, as_picture(point)


def _start(ctx: Context, content: Floats, style: Floats, start: str) -> Floats:
    noise = ctx.random(21).standard_normal(content.shape)
    if start != "noise":
        # On flat ground no way is better than another: a little unrest shows where to go.
        ground = content if start == "content" else resized(style, content.shape[:2])
        return np.asarray(np.clip(ground + UNREST * noise, 0, 1), np.float32)
    mean, spread = style.mean((0, 1)), style.std((0, 1))
    return np.asarray(np.clip(mean + spread * noise, 0, 1), np.float32)
