"""Training: a few crops are generated, compared with what the samples are, and the weights go a small step.

Sources: Heitz et al., A Sliced Wasserstein Loss for Neural Texture Synthesis, CVPR 2021 (the loss); Vacher et al.,
Texture Interpolation for Probing Visual Perception, NeurIPS 2020 (in-betweens on the Wasserstein geodesic); Kingma and
Ba, Adam, ICLR 2015; Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992 (what is shown and
kept is a running mean of the weights).
Ours gives every crop to one thread and adds up their slopes in order, so that two threads train twice as fast as one,
and to the same weights. What is drawn depends on the seed and the number of the step: a training that goes on after a
restart ends as if it had never stopped. It begins with cells that are copied and ends with cells that are smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.context import Context
from engine.errors import Stopped
from engine.image import Bytes, Floats, frozen
from engine.nets.running import threads
from engine.nets.texture_space.generator import Generator, Shape, Span
from engine.nets.texture_space.layout import codes_of, colours_of
from engine.nets.texture_space.space import Sample, Space
from engine.nets.texture_space.targets import Target, compared, described, quick, seen
from engine.nets.texture_space.waves import SLOTS, waves_of

_FORGETTING = 0.99
_SMALL = 1e-8
_USUAL_CODE = 3
_LONGEST_WAY = 1.5
"""In usual steps: a sample unlike those before it would throw the weights far off otherwise."""
_FAR = 4096
_DRAW, _START = 71, 72
_NEWS, _WORST, _LEARNT = 0.1, 6.0, 1.3
"""How fast the running mean of a sample's loss follows, what counts at most, and what it is where it was learnt."""


@dataclass(frozen=True)
class Pace:
    """How it learns. The figures were chosen by measuring; see tests/benchmarks/bench_space.py.

    Attributes:
        crop: side of what is generated in a step, in px.
        crops: how many of them.
        rate: of Adam, at full speed.
        mixed: share of the crops that lie between two samples.
        averaged: weight of the past in the running mean.
        settling: the last part of the training, in which the rate falls to nothing.
        overflow: weight of values outside 0..1.
        copied: the first part of a new training, in which cells are copied where they are enlarged. Edges come for
            nothing then, and it learns faster; but they lie on straight lines, which go when cells are smooth.
    """

    crop: int = 96
    crops: int = 2
    rate: float = 2e-3
    mixed: float = 0.4
    averaged: float = 0.995
    settling: float = 0.4
    overflow: float = 10.0
    copied: float = 0.35


class Training:
    """A space on its way.

    Args:
        ctx: the job. Its seed decides what is drawn.
        samples: what to learn.
        begun: a space to go on with: its samples come first, and `samples` that it has are not added again.
        pace: how.
        shape: of a new generator; its code and anchors follow the samples.

    Attributes:
        steps: how many were done, those before a restart included.
        losses: of every step since the start, or since going on.
        hardness: of each sample, the running mean of its loss.
    """

    def __init__(
        self,
        ctx: Context,
        samples: Sequence[Sample],
        begun: Space | None = None,
        pace: Pace | None = None,
        shape: Shape | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self.samples = joined(begun, samples)
        device = ctx.device
        self.targets = _described(ctx, self.samples)
        self.steps = 0
        self.losses: list[float] = []
        self.hardness: NDArray[np.float64] = np.full(len(self.samples), _WORST / 2)
        self._dtype = quick() if device == "cpu" else torch.float32
        if begun is None:
            self._begin(ctx, shape or Shape(1))
        else:
            self._go_on(begun, ctx)
        self.generator.to(device)

    def _begin(self, ctx: Context, shape: Shape) -> None:
        self.codes = codes_of(np.stack([target.means for target in self.targets]))
        shape = replace(shape, code=self.codes.shape[1], anchors=len(self.samples), smooth=False)
        self.generator = Generator(shape)
        self.generator.settle(int(ctx.random(_START).integers(2**31)))
        self._anchor()
        colours = [colours_of(_floats(sample)) for sample in self.samples]
        self.generator.last.tint(self.codes, np.stack([m for m, _ in colours]), np.stack([r for _, r in colours]))
        self.mean = {name: values.clone() for name, values in self.generator.state_dict().items()}
        self.square = {name: torch.zeros_like(values) for name, values in self.generator.named_parameters()}
        self.record: dict[str, object] = {}

    def _go_on(self, begun: Space, ctx: Context) -> None:
        """Everything as it was; new samples get a code of their own."""
        new = self.targets[len(begun.samples) :]
        self.codes = begun.codes
        if new:
            known = np.stack([target.means for target in self.targets[: len(begun.samples)]])
            added = [placed(target.means, known, begun.codes) for target in new]
            self.codes = np.concatenate([begun.codes, np.stack(added)]).astype(np.float32)
        self.generator = Generator(replace(begun.shape, anchors=len(self.samples)))
        raw = {name: begun.progress.get(f"raw.{name}", values) for name, values in begun.weights.items()}
        own = {name: torch.from_numpy(np.array(values)) for name, values in raw.items()}
        kept = {name: torch.from_numpy(np.array(values)) for name, values in begun.weights.items()}
        state = self.generator.state_dict()
        self.generator.load_state_dict({n: own[n] if own[n].shape == v.shape else v for n, v in state.items()})
        self._anchor()
        state = self.generator.state_dict()
        self.mean = {n: kept[n] if kept[n].shape == v.shape else v.clone() for n, v in state.items()}
        self.square = {
            name: torch.from_numpy(np.array(begun.progress[f"square.{name}"]))
            if f"square.{name}" in begun.progress
            else torch.zeros_like(values)
            for name, values in self.generator.named_parameters()
        }
        # A picture that joins is learnt from nothing: what is known already leaves it most of the turns.
        self.hardness[: len(begun.samples)] = _LEARNT
        self.hardness[len(begun.samples) :] = _WORST
        hardness = begun.progress.get("hardness", np.zeros(0))
        if hardness.shape == (len(begun.samples),):
            self.hardness[: len(hardness)] = np.clip(hardness.astype(np.float64), 1e-3, _WORST)
        self.record = dict(begun.record)
        steps = begun.record.get("steps", 0)
        self.steps = int(steps) if isinstance(steps, int | float) and begun.progress else 0

    def _anchor(self) -> None:
        with torch.no_grad():
            self.generator.waves.zero_()
            slots = min(SLOTS, self.generator.shape.slots)
            for number, sample in enumerate(self.samples):
                self.generator.waves[number, :slots] = torch.from_numpy(waves_of(_floats(sample))[:slots])
            self.generator.anchors.copy_(torch.from_numpy(np.array(self.codes)))

    def step(self, ctx: Context, fraction: float) -> float:
        """One step, `fraction` (0..1) of the way to the end. Its mean loss.

        Raises:
            Stopped: asked to; the weights are those of the step before.
        """
        if fraction >= self.pace.copied and not self.generator.shape.smooth:
            self.generator.shape = replace(self.generator.shape, smooth=True)
        crops = self.pace.crops
        names = [name for name, _ in self.generator.named_parameters()]
        losses: list[float] = [0.0] * crops
        slopes: list[Sequence[Tensor]] = [()] * crops
        shown: list[int | None] = [None] * crops

        def work(number: int, cancel: Bytes) -> None:
            def check() -> None:
                if cancel[0]:
                    raise Stopped

            with threads(1, gradients=True):
                loss, alone = self._loss(ctx, number, check)
                check()
                shown[number] = alone
                slopes[number] = torch.autograd.grad(loss, list(self.generator.parameters()))
                losses[number] = float(loss.detach())

        ctx.each(work, [(number,) for number in range(crops)])
        with threads(1):
            total = [sum(parts[1:], parts[0]) / crops for parts in zip(*slopes, strict=True)]
            self._learn(dict(zip(names, total, strict=True)), self._rate(fraction))
        for alone, loss in zip(shown, losses, strict=True):
            if alone is not None:
                news = _NEWS * (min(loss, _WORST) - self.hardness[alone])
                self.hardness[alone] = float(np.float32(self.hardness[alone] + news))
        self.steps += 1
        self.losses.append(float(np.mean(losses)))
        return self.losses[-1]

    def _rate(self, fraction: float) -> float:
        rate = self.pace.rate * min(1.0, (len(self.losses) + 1) / 20)
        rest = (1 - fraction) / self.pace.settling
        return rate if rest >= 1 else rate * max(0.03, 0.5 - 0.5 * float(np.cos(np.pi * rest)))

    def _learn(self, slopes: Mapping[str, Tensor], rate: float) -> None:
        """Adam without momentum, then the running mean."""
        past = self.pace.averaged
        past = min(past, 1 - 1 / (self.steps + 2) ** 0.9)
        correction = 1 - _FORGETTING ** (self.steps + 1)
        # Matrices that a long code goes through move their result by more at the same rate.
        slower = min(1.0, (_USUAL_CODE / self.codes.shape[1]) ** 0.5)
        for name, values in self.generator.named_parameters():
            square = self.square[name]
            square.mul_(_FORGETTING).addcmul_(slopes[name], slopes[name], value=1 - _FORGETTING)
            way = slopes[name] / (square / correction).sqrt_().add_(_SMALL)
            styled = values.dim() == 2
            values.data.add_(way.clamp_(-_LONGEST_WAY, _LONGEST_WAY), alpha=-rate * (slower if styled else 1.0))
            self.mean[name].lerp_(values.data, 1 - past)

    def _loss(self, ctx: Context, number: int, check: Callable[[], None]) -> tuple[Tensor, int | None]:
        """The loss of a crop, and the sample that it shows where it shows one alone."""
        rng = ctx.random(_DRAW, self.steps, number)
        shares = self._shares(rng)
        device = self.generator.waves.device
        code = np.zeros(self.codes.shape[1], np.float64)
        for k, share in shares.items():
            code += share * self.codes[k].astype(np.float64)
        w = torch.from_numpy(np.asarray(code, np.float32)).reshape(1, 1, 1, -1).to(device)
        top, left = (int(n) for n in rng.integers(-_FAR, _FAR, 2))
        side = self.pace.crop
        made = self.generator(w, int(rng.integers(2**31)), Span(top, top + side), Span(left, left + side), None, check)
        over = (made - made.detach().clamp(0, 1)).abs().mean()
        features = seen(made, self._dtype, check)
        mixture = [(self.targets[k], share) for k, share in shares.items()]
        loss: Tensor = self.pace.overflow * over + compared(features, mixture, rng)
        return loss, next(iter(shares)) if len(shares) == 1 else None

    def _shares(self, rng: np.random.Generator) -> dict[int, float]:
        """Which samples a crop shall show, and how much of each."""
        count = len(self.samples)
        if count > 1 and rng.random() < self.pace.mixed:
            first, second = (int(k) for k in rng.choice(count, 2, replace=False))
            share = float(rng.random())
            return {first: 1 - share, second: share}
        # What is hard gets more turns, everything at least half of its share.
        wanted = self.hardness**2
        chances = 0.5 / count + 0.5 * wanted / wanted.sum()
        return {int(rng.choice(count, p=chances / chances.sum())): 1.0}

    def space(self, name: str = "", finished: bool = False) -> Space:
        """What it has learnt so far. Without what it would take to go on, where it is `finished`."""

        def plain(values: Tensor) -> Floats:
            return frozen(np.array(values.detach().cpu().numpy(), np.float32))

        progress: dict[str, Floats] = {}
        if not finished:
            progress = {f"raw.{n}": plain(v) for n, v in self.generator.named_parameters()}
            progress |= {f"square.{n}": plain(v) for n, v in self.square.items()}
            progress["hardness"] = frozen(np.asarray(self.hardness, np.float32))
        weights = {n: plain(v) for n, v in self.mean.items()}
        record = {**self.record, "steps": self.steps}
        return Space(
            replace(self.generator.shape),
            weights,
            frozen(np.array(self.codes, np.float32)),
            tuple(self.samples),
            record=record,
            progress=progress,
            name=name,
        )


def _described(ctx: Context, samples: Sequence[Sample]) -> list[Target]:
    """The targets that samples set, each the work of one thread."""
    found: list[Target | None] = [None] * len(samples)

    def work(number: int, cancel: Bytes) -> None:
        def check() -> None:
            if cancel[0]:
                raise Stopped

        with threads(1):
            found[number] = described(_floats(samples[number]), check, ctx.device)

    ctx.each(work, [(number,) for number in range(len(samples))])
    return [target for target in found if target is not None]


def _floats(sample: Sample) -> Floats:
    return np.asarray(sample.picture, np.float32) / np.float32(255)


def joined(begun: Space | None, samples: Sequence[Sample]) -> list[Sample]:
    """Those of a space, then those of `samples` that it does not have."""
    kept = list(begun.samples) if begun else []
    for sample in samples:
        if not any(np.array_equal(sample.picture, other.picture) for other in kept):
            kept.append(sample)
    return kept


def placed(means: Floats, known: Floats, codes: Floats) -> Floats:
    """Where to begin with a new sample: near those that are like it, a little aside. float32 (D,)."""
    width = known.std(axis=0) + 0.1 * known.std() + 1e-6
    away: NDArray[np.float64] = (((known - means) / width) ** 2).mean(axis=1)
    shares = np.exp(-(away - away.min()) / (0.25 * away.mean() + 1e-6))
    shares /= shares.sum()
    code = shares @ codes.astype(np.float64)
    # Where nothing else lies: beyond the samples, in the direction in which it differs least from none of them.
    middle = codes.astype(np.float64).mean(axis=0)
    outward = code - middle
    length = float(np.linalg.norm(outward))
    reach = float(np.linalg.norm(codes - middle, axis=1).mean())
    if length < 1e-3 * (reach + 1e-6):
        outward = np.ones_like(code)
        length = float(np.linalg.norm(outward))
    return np.asarray(code + outward / length * 0.35 * reach, np.float32)
