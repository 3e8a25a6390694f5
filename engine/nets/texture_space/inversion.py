"""A picture's place in a space: guessed at once, searched for, or first guessed and then searched.

Source: Zhu et al., Generative Visual Manipulation on the Natural Image Manifold, ECCV 2016 (projection by an encoder,
by optimisation, and by both). What is compared are distributions of features and not pixels: the texture is found
again, not the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.context import Context
from engine.errors import Stopped
from engine.image import Bytes, Floats, frozen
from engine.nets.running import threads
from engine.nets.texture_space.encoder import code_of
from engine.nets.texture_space.generator import Span
from engine.nets.texture_space.space import Space
from engine.nets.texture_space.targets import Target, compared, described, quick, seen

Mode = Literal["encode", "optimise", "hybrid"]

CROPS, SIDE = 2, 96
RATE = 0.06
STEPS = {"encode": 0, "optimise": 80, "hybrid": 40}
_TRIES = 6
_HOMESICK = 0.02
_DRAW, _JUDGE = 75, 76
_FORGETTING = (0.8, 0.98)


@dataclass(frozen=True, eq=False)
class Found:
    """How far a search is.

    Attributes:
        code: float32 (D,).
        loss: of the last looks.
        fraction: 0..1.
    """

    code: Floats
    loss: float
    fraction: float


def searched(
    ctx: Context, space: Space, picture: Floats, mode: Mode = "hybrid", steps: int | None = None
) -> Iterator[Found]:
    """Where a picture (H, W, 3) lies: the first guess, then every step of the search. The last one is the result.

    Raises:
        Stopped: asked to.
    """
    count = STEPS[mode] if steps is None or mode == "encode" else steps
    with threads(1):
        target = described(picture, ctx.check)
    if mode == "optimise":
        code = _nearest(ctx, space, target)
    else:
        code = code_of(space, picture, ctx)
    middle = space.codes.astype(np.float64).mean(axis=0)
    width = float(np.linalg.norm(space.codes - middle, axis=1).mean()) + 1e-3
    loss, slope = _looked(ctx, space, target, code, 0, middle, width)
    yield Found(frozen(code), loss, 1.0 if not count else 0.0)
    momentum, square = np.zeros_like(middle), np.zeros_like(middle)
    place, mean = code.astype(np.float64), code.astype(np.float64)
    for number in range(count):
        ctx.check()
        momentum = _FORGETTING[0] * momentum + (1 - _FORGETTING[0]) * slope
        square = _FORGETTING[1] * square + (1 - _FORGETTING[1]) * slope**2
        rate = RATE * width * min(1.0, 2 * (1 - number / count))
        ahead = momentum / (1 - _FORGETTING[0] ** (number + 1))
        place = place - rate * ahead / (np.sqrt(square / (1 - _FORGETTING[1] ** (number + 1))) + 1e-8)
        mean = place if number < count // 2 else mean + (place - mean) / (number - count // 2 + 1)
        now = frozen(np.asarray(mean, np.float32))
        if number + 1 < count:
            loss, slope = _looked(ctx, space, target, np.asarray(place, np.float32), number + 1, middle, width)
        yield Found(now, loss, (number + 1) / count)


def _nearest(ctx: Context, space: Space, target: Target) -> Floats:
    """The sample's code that makes what is nearest, by a look at what the space makes of each."""
    means = target.means
    with threads(1):
        known = [described(np.asarray(s.picture, np.float32) / np.float32(255), ctx.check).means for s in space.samples]
    width = np.std(known, axis=0) + 0.1 * np.std(known) + 1e-6
    away = [float((((one - means) / width) ** 2).mean()) for one in known]
    shares = np.exp(-np.array(away) / (min(away) * 0.5 + 1e-6) + 2)
    shares /= shares.sum()
    return np.asarray(shares @ space.codes.astype(np.float64), np.float32)


def _looked(
    ctx: Context, space: Space, target: Target, code: Floats, number: int, middle: Floats, width: float
) -> tuple[float, NDArray[np.float64]]:
    """The loss at a code, and its slope (D,)."""
    losses = [0.0] * CROPS
    slopes: list[Tensor | None] = [None] * CROPS
    generator = space.generator

    def work(crop: int, cancel: Bytes) -> None:
        def check() -> None:
            if cancel[0]:
                raise Stopped

        rng = ctx.random(_DRAW, number, crop)
        with threads(1, gradients=True):
            w = torch.from_numpy(np.array(code, np.float32)).requires_grad_()
            top, left = (int(n) for n in rng.integers(-4096, 4096, 2))
            seed = int(rng.integers(2**31))
            place = w.reshape(1, 1, 1, -1)
            made = generator(place, seed, Span(top, top + SIDE), Span(left, left + SIDE), None, check)
            loss = compared(seen(made, quick(), check), [(target, 1.0)], rng)
            home = torch.from_numpy(np.asarray(middle, np.float32))
            loss = loss + _HOMESICK * ((w - home).square().sum() / width**2 - 1).clamp_min(0)
            slopes[crop] = torch.autograd.grad(loss, [w])[0]
            losses[crop] = float(loss.detach())

    ctx.each(work, [(crop,) for crop in range(CROPS)])
    total = np.sum([np.asarray(one.numpy(), np.float64) for one in slopes if one is not None], axis=0)
    return float(np.mean(losses)), np.asarray(total / CROPS, np.float64)
