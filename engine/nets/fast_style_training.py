"""Trains a small network for one style: photographs go in, and what comes out has to have the style's statistics.

Sources: Johnson, Alahi, Fei-Fei, Perceptual Losses for Real-Time Style Transfer and Super-Resolution, ECCV 2016 (the
losses); Kingma and Ba, Adam, ICLR 2015. Ours measures both losses in parts of what is wanted, so that one balance suits
every style. What a photograph shows is where each of its features is strong, and not how strong they are: that is the
style's to say, and while both said it, a few hundred steps learnt little but the style's colours. Each picture of a
step is taken by itself, on one torch thread: the sums then run in one order, and the same seed gives the same network
on any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from engine.context import Context
from engine.image import Floats
from engine.nets.fast_style import KEPT, Plan, forward
from engine.nets.feature_statistics import Gram, points, total
from engine.nets.restyling import roughness
from engine.nets.running import Check, half_is_fast, threads
from engine.nets.vgg_looks import Vgg

CONTENT = "relu3_1"
"""Where a painting has to be like its photograph."""
FLAT = 0.05
"""A feature that varies less than this says nothing of what a photograph shows."""
BATCH = 2
"""Photographs of one step."""
STYLE, RANGE, ROUGH, WOVEN = 5.0, 20.0, 0.1, 1000.0
"""What the style counts beside the content where both are asked for alike; what it counts to leave 0..1; what
differences between neighbouring pixels count, and what a weave: without the last two, grain of the style becomes one on
flat ground, and the grid of the network's own enlarging another everywhere."""
GRID, WINDOW = 4, 32
"""Pixels of the picture for one in the middle of the network, and pixels a side in which a weave is looked for."""
RATE, WARMING, FALLING = 1.5e-3, 30, 0.4
"""Adam's steps; how many grow to that, twice; the last part of all, over which they fall to a twentieth."""
OPENING, LONGEST_OPENING = 0.2, 150
"""The first part of all steps, and how many at most, in which a network only learns to paint the photograph in the
style's colours: that takes no look through VGG, and what follows begins with a picture."""
MOMENTS = (0.9, 0.99)
CLOSEST = 3.0
"""Times the size at which a photograph just fills the crop: so near it is seen at most, and never enlarged for that."""

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Wanted:
    """What a network is trained for.

    Attributes:
        style: float32 (H, W, 3), as large as its strokes should be learnt; both sides at least 32.
        weight: how much it counts against the photograph; 1 is usual.
        side: pixels of the crops of photographs, a multiple of four.
        steps: how many in all.
        recoloured: brings a crop, float32 (side, side, 3), to the style's colours.
    """

    style: Floats
    weight: float
    side: int
    steps: int
    recoloured: Callable[[Floats], Floats]


@dataclass(frozen=True)
class Losses:
    """Of one step: how far the style is, and how far the photograph; 0 is met, 1 is as far as nothing at all."""

    style: float
    content: float


class Training:
    """A network that learns.

    Args:
        plan: its shape.
        wanted: what for.
        photographs: float32 (H, W, 3) each.
        start: tensors of an earlier training to go on from, with what it kept for that; may be empty.
        step: how many it had; 0 begins anew with what it knows.
    """

    def __init__(
        self,
        ctx: Context,
        plan: Plan,
        wanted: Wanted,
        photographs: Sequence[Floats],
        start: Mapping[str, Floats],
        step: int = 0,
    ) -> None:
        self.ctx, self.plan, self.wanted, self.photographs, self.step = ctx, plan, wanted, photographs, step
        self.tensors: Tensors = {}
        self._first: Tensors = {}
        self._second: Tensors = {}
        fresh = _drawn(plan, ctx) if not start else {}
        for name in plan.shapes():
            values = start[name] if start else fresh[name]
            self.tensors[name] = _placed(values, ctx.device)
            for kept, table in (("first", self._first), ("second", self._second)):
                kept_values = start.get(f"{KEPT}{kept}.{name}", np.zeros(values.shape, np.float32))
                table[name] = _placed(kept_values, ctx.device)
        knows = bool(start) and step == 0
        self._opening = 0 if knows else min(LONGEST_OPENING, int(OPENING * wanted.steps))
        half = half_is_fast(ctx.device)
        self._eye, self._content_eye = Vgg(half=half), Vgg((CONTENT,), half=half)
        with threads(1):
            style = _as_picture(wanted.style, ctx.device)
            seen = self._eye.seen(style, ctx.check).maps
            self._grams = {name: Gram.of(points(maps).float()) for name, maps in seen.items()}

    def steps(self) -> Iterator[Losses]:
        """Learns until all steps are done; yields after each."""
        while self.step < self.wanted.steps:
            items: list[tuple[Tensors, Losses] | None] = [None] * BATCH
            self.ctx.each(self._into, [(items, number) for number in range(BATCH)])
            done = [item for item in items if item is not None]
            with threads(1):
                self._move({name: torch.stack([part[name] for part, _ in done]).mean(0) for name in self.tensors})
            self.step += 1
            yield Losses(*(sum(getattr(loss, part) for _, loss in done) / BATCH for part in ("style", "content")))

    def _into(self, items: list[tuple[Tensors, Losses] | None], number: int, cancel: object) -> None:
        """One photograph's slopes, on a thread of its own."""
        with threads(1, gradients=True):
            crop = self._crop(number)
            slopes = self._opened if self.step < self._opening else self._slopes
            items[number] = slopes(crop)

    def _crop(self, number: int) -> Floats:
        """A part of one of the photographs at some size, perhaps mirrored: float32 (side, side, 3)."""
        random, side = self.ctx.random(self.step, number), self.wanted.side
        picture = self.photographs[int(random.integers(len(self.photographs)))]
        fitting = side / min(picture.shape[:2])
        factor = max(fitting, min(1.0, fitting * float(np.exp(random.uniform(0, np.log(CLOSEST))))))
        part = int(np.ceil(side / factor))
        height, width = (min(part, length) for length in picture.shape[:2])
        top, left = (
            int(random.integers(picture.shape[0] - height + 1)),
            int(random.integers(picture.shape[1] - width + 1)),
        )
        crop = picture[top : top + height, left : left + width]
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        crop = np.asarray(cv2.resize(np.ascontiguousarray(crop), (side, side), interpolation=way), np.float32)
        return crop[:, ::-1].copy() if random.random() < 0.5 else crop

    def _opened(self, crop: Floats) -> tuple[Tensors, Losses]:
        """The slopes towards the photograph in the style's colours."""
        aim = self.wanted.recoloured(crop)
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in self.tensors.items()}
        made = forward(self.plan, leaves, _as_picture(crop, self.ctx.device))
        self.ctx.check()
        away = made.detach() - _as_picture(aim, self.ctx.device)
        found = torch.autograd.grad(made, list(leaves.values()), 2 / away.numel() * away)
        self.ctx.check()
        missed = float(total(away.square())) / away.numel() / max(float(aim.var()), 1e-6)
        return dict(zip(leaves, found, strict=True)), Losses(1.0, missed)

    def _slopes(self, pixels: Floats) -> tuple[Tensors, Losses]:
        """The slopes towards the style's statistics and the photograph's content."""
        check: Check = self.ctx.check
        crop = _as_picture(pixels, self.ctx.device)
        with torch.no_grad():
            aim = _pattern(self._content_eye.seen(crop, check).maps[CONTENT].float())
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in self.tensors.items()}
        made = forward(self.plan, leaves, crop)
        check()
        shown = made.detach()
        with torch.no_grad():
            seen = self._eye.seen(shown, check)
        maps = {name: values.detach().float().requires_grad_() for name, values in seen.maps.items()}
        style = torch.stack([self._grams[name].distance(points(maps[name])) for name in maps]).mean()
        content = total((_pattern(maps[CONTENT]) - aim).square()) / (total(aim.square()) + 1e-6)
        parts = torch.autograd.grad(STYLE * self.wanted.weight * style + content, list(maps.values()))
        with torch.no_grad():
            slope = seen.back(dict(zip(maps, parts, strict=True)), check)
            slope = slope + (2 * RANGE / shown.numel()) * (shown - shown.clamp(0, 1))
            slope = slope + ROUGH * roughness(shown)[1] + WOVEN * weave(shown)[1]
        check()
        found = torch.autograd.grad(made, list(leaves.values()), slope)
        check()
        return dict(zip(leaves, found, strict=True)), Losses(float(style.detach()), float(content.detach()))

    def _move(self, slopes: Tensors) -> None:
        """One step of Adam."""
        t = self.step + 1
        since = t - self._opening if self.step >= self._opening else t
        left = (self.wanted.steps - self.step) / max(1.0, FALLING * self.wanted.steps)
        rate = RATE * min(1.0, since / WARMING) * min(1.0, max(0.05, left))
        # All steps count alike, however steep: one crop far off must not undo what many have taught.
        steepness = torch.stack([slope.double().square().sum() for slope in slopes.values()]).sum().sqrt()
        for name, slope in slopes.items():
            slope = slope / (steepness.float() + 1e-12)
            first, second = self._first[name], self._second[name]
            first.lerp_(slope, 1 - MOMENTS[0])
            second.mul_(MOMENTS[1]).addcmul_(slope, slope, value=1 - MOMENTS[1])
            size = (second / (1 - MOMENTS[1] ** t)).sqrt_().add_(1e-10)
            self.tensors[name] -= (rate / (1 - MOMENTS[0] ** t)) * first / size

    def painted(self, photograph: Floats) -> Floats:
        """What the network makes of float32 (H, W, 3), sides multiples of four: the same, in 0..1."""
        with threads(1):
            made = forward(self.plan, self.tensors, _as_picture(photograph, self.ctx.device))
            return np.ascontiguousarray(made[0].permute(1, 2, 0).clamp(0, 1).cpu().numpy())

    def learnt(self) -> dict[str, Floats]:
        """The network's tensors, and what it takes to go on."""
        tables = {"": self.tensors, f"{KEPT}first.": self._first, f"{KEPT}second.": self._second}
        return {
            prefix + name: np.array(tensor.cpu().numpy())
            for prefix, table in tables.items()
            for name, tensor in table.items()
        }


def weave(picture: Tensor) -> tuple[float, Tensor]:
    """How strong a pattern lies on the network's own grid, and its slope: of (1, C, H, W), a `WINDOW` a side or more.

    In each window, the variance of what the places of one step of the grid have in the mean of all its steps. What a
    picture shows keeps to no grid, so that nearly nothing of it is counted. Odena, Dumoulin, Olah, Deconvolution and
    Checkerboard Artifacts, Distill 2016, say where the pattern comes from.
    """
    channels, rows, columns = picture.shape[1], picture.shape[2] // WINDOW, picture.shape[3] // WINDOW
    steps = WINDOW // GRID
    height, width = rows * WINDOW, columns * WINDOW
    cut = picture[0, :, :height, :width].reshape(channels, rows, steps, GRID, columns, steps, GRID)
    means = cut.mean((2, 5), keepdim=True)
    away = means - means.mean((3, 6), keepdim=True)
    slope = torch.zeros_like(picture)
    way = away * (2 / (away.numel() * steps**2))
    slope[0, :, :height, :width] = way.expand(cut.shape).reshape(channels, height, width)
    return float(total(away.square())) / away.numel(), slope


def _pattern(maps: Tensor) -> Tensor:
    """Features (1, C, h, w), each with a mean of 0 and a deviation of 1: where they are strong, and not how strong."""
    away = maps - maps.mean((2, 3), keepdim=True)
    return away / (away.square().mean((2, 3), keepdim=True).sqrt() + FLAT)


def _drawn(plan: Plan, ctx: Context) -> dict[str, Floats]:
    """A network that knows nothing yet, (He et al. 2015); what comes out is nearly gray."""
    random, found = ctx.random(0), {}
    for name, shape in plan.shapes().items():
        if len(shape) == 4:
            spread = np.sqrt(2 / np.prod(shape[1:])) * (0.1 if name.startswith("deconv3") else 1)
            found[name] = (random.standard_normal(shape) * spread).astype(np.float32)
        else:
            found[name] = np.full(shape, 1.0 if name.endswith("weight") else 0.0, np.float32)
    for layer in plan.layers():
        if layer.adds:
            found[f"{layer.norm}.weight"] *= np.float32(0.5)
    found["deconv3.conv2d.bias"] += np.float32(0.5)
    return found


def _placed(values: Floats, device: str) -> Tensor:
    return torch.from_numpy(np.array(values, np.float32)).to(device)


def _as_picture(pixels: Floats, device: str) -> Tensor:
    return torch.from_numpy(np.array(pixels.transpose(2, 0, 1), np.float32))[None].to(device)
