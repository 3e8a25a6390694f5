"""Even steps: how far along a slider between two samples one has to be for a share of the way that the eye goes.

Source: Vacher et al., Texture Interpolation for Probing Visual Perception, NeurIPS 2020 (steps as the distance between
distributions of features). Ours measures what the trained network really makes on the way, and sets the slider's scale
by it, as a path is measured by its length and not by its coordinates.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Stopped
from engine.image import Bytes, Floats, frozen
from engine.nets.running import threads
from engine.nets.texture_space.rendering import TILE, tile
from engine.nets.texture_space.space import Space
from engine.nets.texture_space.targets import LOOKED_AT, WIDTHS, moments
from engine.region import Rect

STOPS = 17
"""As close as the sixteenths of the way between two lattices, most of whose change falls into one or two."""
MOST_PAIRS = 15
"""Up to so many, each pair of samples is measured; of more, so many are, and all go by their mean."""
_STIFF = 0.15
"""How much of the scale stays as even as the code is: a step may be short, but no part of a slider is dead."""
_PURPOSE = 77


def paced(ctx: Context, space: Space, most: int = MOST_PAIRS) -> Floats:
    """float32 (n, n, STOPS): the share of the way from one sample to another at STOPS even places of the code.

    Each row grows from 0 to 1. Where there are more than `most` pairs, all go by the mean of so many.
    """
    count = len(space.samples)
    even = np.linspace(0, 1, STOPS)
    table = np.tile(even, (count, count, 1))
    pairs = list(combinations(range(count), 2))
    if len(pairs) > most:
        chosen = ctx.random(_PURPOSE).choice(len(pairs), most, replace=False)
        some = [_way(ctx, space, *pairs[k]) for k in sorted(chosen)]
        # There is no telling which end is which: the mean is that of both directions.
        mean = np.mean([(way + 1 - way[::-1]) / 2 for way in some], axis=0)
        table[:] = mean
    else:
        for first, second in pairs:
            way = _way(ctx, space, first, second)
            table[first, second], table[second, first] = way, 1 - way[::-1]
    return frozen(np.asarray(table, np.float32))


def _way(ctx: Context, space: Space, first: int, second: int) -> NDArray[np.float64]:
    """One row."""
    means: list[Floats | None] = [None] * STOPS

    def work(number: int, cancel: Bytes) -> None:
        def check() -> None:
            if cancel[0]:
                raise Stopped

        t = number / (STOPS - 1)
        code = space.mixed({first: 1 - t, second: t}) if first != second else space.codes[first]
        picture = tile(space.generator, code, ctx.seed, Rect(0, 0, TILE, TILE), None, check)
        with threads(1):
            means[number] = moments(picture, check)

    ctx.each(work, [(number,) for number in range(STOPS)])
    seen = [one for one in means if one is not None]
    steps = np.array([stride(before, after) for before, after in zip(seen, seen[1:], strict=False)])
    total = steps.sum()
    even = 1 / (STOPS - 1)
    steps = (1 - _STIFF) * steps / total + _STIFF * even if total > 1e-9 else np.full(STOPS - 1, even)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(way / way[-1], np.float64)


def stride(before: Floats, after: Floats) -> float:
    """How far one picture's moments (see `targets.moments`) are from another's, in deviations: mean over the taps."""
    total, at = 0.0, 0
    for tap in LOOKED_AT:
        width = WIDTHS[tap]
        change = np.square(after[at : at + 2 * width] - before[at : at + 2 * width]).sum()
        spread = np.square(before[at + width : at + 2 * width]).sum() + 1e-6
        total += float(np.sqrt(change / spread))
        at += 2 * width
    return total / len(LOOKED_AT)
