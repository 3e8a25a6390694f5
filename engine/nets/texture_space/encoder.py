"""From a picture to its code: ridge regression on what VGG-19 sees, learnt from what the generator itself makes.

Sources: Zhu et al., Generative Visual Manipulation on the Natural Image Manifold, ECCV 2016 (an encoder for a
generator); Hoerl and Kennard, Ridge Regression, Technometrics 1970. Ours is one matrix with a solution in closed form:
generated pictures have a known code, there can be as many of them as one likes, and the samples themselves count more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Stopped
from engine.image import Bytes, Floats, frozen
from engine.nets.running import threads
from engine.nets.texture_space.rendering import tile
from engine.nets.texture_space.space import Encoder, Space
from engine.nets.texture_space.targets import Target, described, moments
from engine.region import Rect

SIDE = 96
_PURPOSE = 73
_OWN = 4.0
"""How many generated pictures a sample counts for."""
_DOUBT = 30.0
"""Ridge: how many examples without any content are mixed in."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Pictures that a space made.

    Attributes:
        codes: float32 (n, D).
        means: float32 (n, N), what VGG-19 sees of each.
        pictures: float32 (n, SIDE, SIDE, 3).
    """

    codes: Floats
    means: Floats
    pictures: Floats


def drawn(ctx: Context, space: Space, count: int) -> Floats:
    """Codes between samples, float32 (count, D): three at a time, most of them near one."""
    rng = ctx.random(_PURPOSE)
    have = len(space.samples)
    codes = np.empty((count, space.shape.code), np.float32)
    for number in range(count):
        chosen = rng.choice(have, min(3, have), replace=False)
        shares = rng.dirichlet(np.full(len(chosen), 0.6))
        codes[number] = shares @ space.codes[chosen].astype(np.float64)
    return codes


def looked_at(ctx: Context, space: Space, codes: Floats) -> Seen:
    """What is made at each code, described. Every picture is one thread's."""
    count = len(codes)
    pictures = np.empty((count, SIDE, SIDE, 3), np.float32)
    means: list[Floats | None] = [None] * count

    def work(number: int, cancel: Bytes) -> None:
        def check() -> None:
            if cancel[0]:
                raise Stopped

        # Every code at another place of the plane, so that no two see the same noise.
        rect = Rect(number * 4 * SIDE, 0, SIDE, SIDE)
        pictures[number] = tile(space.generator, codes[number], ctx.seed, rect, None, check)
        with threads(1):
            means[number] = moments(pictures[number], check)

    at_once = max(1, ctx.threads) * 2
    for first in ctx.steps(range(0, count, at_once)):
        ctx.each(work, [(number,) for number in range(first, min(count, first + at_once))])
    return Seen(frozen(codes), frozen(np.stack([m for m in means if m is not None])), frozen(pictures))


def taught(ctx: Context, space: Space, targets: Sequence[Target], count: int) -> tuple[Encoder, Seen]:
    """An encoder for a space, from `count` generated pictures and its samples."""
    with ctx.part(0.0, 0.6):
        seen = looked_at(ctx, space, np.concatenate([space.codes, drawn(ctx, space, count)]))
    own = np.stack([target.means for target in targets])
    means = np.concatenate([seen.means, own]).astype(np.float64)
    codes = np.concatenate([seen.codes, space.codes]).astype(np.float64)
    weights = np.concatenate([np.ones(len(seen.codes)), np.full(len(own), _OWN)])
    with threads(1):
        return _fitted(means, codes, weights), seen


def _fitted(means: NDArray[np.float64], codes: NDArray[np.float64], weights: NDArray[np.float64]) -> Encoder:
    """Weighted ridge regression, in the space of the examples: there are fewer of them than of statistics."""
    share = weights / weights.sum()
    middle, base = share @ means, share @ codes
    width = np.sqrt(share @ (means - middle) ** 2)
    width = width + 0.1 * width.mean() + 1e-6
    x, y = (means - middle) / width, codes - base
    kernel = x @ x.T / x.shape[1]
    doubt = _DOUBT / weights.sum() * float(np.trace(kernel)) / len(x) * 0.1
    dual = np.linalg.solve(kernel + doubt * np.diag(weights.mean() / weights) * 1.0, y)
    matrix = x.T @ dual / x.shape[1]
    parts = (middle, width, matrix, base)
    return Encoder(*(frozen(np.asarray(part, np.float32)) for part in parts))


def encoded(encoder: Encoder, means: Floats) -> Floats:
    """The code, float32 (D,), of a picture with these statistics (N,)."""
    values = (means - encoder.middle) / encoder.width
    return np.asarray(values @ encoder.matrix + encoder.base, np.float32)


def code_of(space: Space, picture: Floats, ctx: Context) -> Floats:
    """Where a picture (H, W, 3) lies in the space, at once: the encoder's guess, or the nearest sample without one."""
    with threads(1):
        means = described(picture, ctx.check).means
        if space.encoder is not None:
            return encoded(space.encoder, means)
        known = []
        for sample in space.samples:
            known.append(described(np.asarray(sample.picture, np.float32) / np.float32(255), ctx.check).means)
    away = [float(np.square(one - means).sum()) for one in known]
    nearest: Floats = space.codes[int(np.argmin(away))]
    return nearest
