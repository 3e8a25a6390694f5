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
"""Of a slider's scale: the sixteenths of the way that the eye goes."""
MOST_PAIRS = 15
"""So many pairs of samples are measured, unless told otherwise; the others go by their mean."""
_FIRST, _AT_ONCE, _TURNS = 9, 4, 4
"""Places looked at first, then so many times as many between those that differ most: between two lattices most of the
change may fall into a twentieth of the code's way."""
_STIFF = 0.02
"""How much of the scale stays as even as the code is: a step may be short, but none is dead."""
_PURPOSE = 77
_LOOK = Rect(0, 0, TILE, TILE)


def paced(ctx: Context, space: Space, most: int = MOST_PAIRS) -> Floats:
    """float32 (n, n, STOPS): where the code is, as a share of the way between two samples, at even steps of the eye.

    Each row grows from 0 to 1. Where there are more than `most` pairs, those that were not measured go by the mean.
    """
    count = len(space.samples)
    table = np.tile(np.linspace(0, 1, STOPS), (count, count, 1))
    pairs = list(combinations(range(count), 2))
    if len(pairs) > most:
        pairs = [pairs[k] for k in sorted(ctx.random(_PURPOSE).choice(len(pairs), most, replace=False))]
    ways = [_way(ctx, space, *pair) for pair in pairs]
    if ways:
        # There is no telling which end is which: the mean is that of both directions.
        table[~np.eye(count, dtype=np.bool_)] = np.mean([(way + 1 - way[::-1]) / 2 for way in ways], axis=0)
    for (first, second), way in zip(pairs, ways, strict=True):
        table[first, second], table[second, first] = way, 1 - way[::-1]
    return frozen(np.asarray(table, np.float32))


def _way(ctx: Context, space: Space, first: int, second: int) -> NDArray[np.float64]:
    """One row: the way is measured by its length, closest where it is steepest."""
    places = np.linspace(0, 1, _FIRST)
    seen = _seen(ctx, space, first, second, places)
    for _ in range(_TURNS):
        steep = np.sort(np.argsort(-_strides(seen), kind="stable")[:_AT_ONCE])
        more = (places[steep] + places[steep + 1]) / 2
        found = _seen(ctx, space, first, second, more)
        places = np.insert(places, steep + 1, more)
        for at, one in zip(reversed(steep + 1), reversed(found), strict=True):
            seen.insert(int(at), one)
    strides = _strides(seen)
    total = strides.sum()
    if total < 1e-9:
        return np.linspace(0, 1, STOPS)
    gone = np.concatenate([[0.0], np.cumsum(strides)]) / total
    gone = (1 - _STIFF) * gone + _STIFF * places
    return np.interp(np.linspace(0, 1, STOPS), gone / gone[-1], places)


def _strides(seen: list[Floats]) -> NDArray[np.float64]:
    return np.array([stride(before, after) for before, after in zip(seen, seen[1:], strict=False)])


def _seen(ctx: Context, space: Space, first: int, second: int, places: NDArray[np.float64]) -> list[Floats]:
    """The moments of what is made at some places between two samples."""
    means: list[Floats | None] = [None] * len(places)

    def work(number: int, cancel: Bytes) -> None:
        def check() -> None:
            if cancel[0]:
                raise Stopped

        t = float(places[number])
        picture = tile(space.generator, space.mixed({first: 1 - t, second: t}), ctx.seed, _LOOK, None, check)
        with threads(1):
            means[number] = moments(picture, check)

    ctx.each(work, [(number,) for number in range(len(places))])
    return [one for one in means if one is not None]


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
