"""Even steps: how far along a slider between two samples one has to be for a share of the way that the eye goes.

Source: Vacher et al., Texture Interpolation for Probing Visual Perception, NeurIPS 2020 (steps as the distance between
distributions of features). Ours measures what the trained network really makes on the way, and sets the slider's scale
by it, as a path is measured by its length and not by its coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
CLOSELY = 15
"""So many pairs of samples are looked at closely, unless told otherwise: those whose way is the least even."""
_FIRST, _AT_ONCE, _TURNS = 9, 4, 4
"""Places looked at first, then, closely, so many times as many between those that differ most: between two lattices
most of the change may fall into a twentieth of the code's way."""
_STIFF = 0.02
"""How much of the scale stays as even as the code is: a step may be short, but none is dead."""
_PURPOSE = 77
_LOOK = Rect(0, 0, TILE, TILE)


def paced(ctx: Context, space: Space, most: int | None = None, closely: int = CLOSELY) -> Floats:
    """float32 (n, n, STOPS): where the code is, as a share of the way between two samples, at even steps of the eye.

    Each row grows from 0 to 1.

    Args:
        most: pairs that are looked at, all by default. The others go by the mean of those.
        closely: pairs that get a second look.
    """
    count = len(space.samples)
    table = np.tile(np.linspace(0, 1, STOPS), (count, count, 1))
    pairs = list(combinations(range(count), 2))
    if most is not None and len(pairs) > most:
        pairs = [pairs[k] for k in sorted(ctx.random(_PURPOSE).choice(len(pairs), most, replace=False))]
    ways = _looked_at(ctx, space, pairs)
    uneven = np.argsort([-way.unevenness for way in ways], kind="stable")
    for number in uneven[:closely]:
        for _ in range(_TURNS):
            ways[number] = _closer(ctx, space, ways[number])
    scales = [way.scale for way in ways]
    if scales:
        # There is no telling which end is which: the mean is that of both directions.
        table[~np.eye(count, dtype=np.bool_)] = np.mean([(one + 1 - one[::-1]) / 2 for one in scales], axis=0)
    for way, scale in zip(ways, scales, strict=True):
        table[way.first, way.last], table[way.last, way.first] = scale, 1 - scale[::-1]
    return frozen(np.asarray(table, np.float32))


@dataclass(frozen=True, eq=False)
class _Way:
    """From one sample to another.

    Attributes:
        places: shares of the code's way, growing from 0 to 1.
        seen: the moments of what is made at each.
    """

    first: int
    last: int
    places: NDArray[np.float64]
    seen: list[Floats]

    @property
    def unevenness(self) -> float:
        """The largest stride over the mean of all."""
        strides = _strides(self.seen)
        return float(strides.max() / (strides.mean() + 1e-12))

    @property
    def scale(self) -> NDArray[np.float64]:
        """One row: the way is measured by its length."""
        strides = _strides(self.seen)
        total = strides.sum()
        if total < 1e-9:
            return np.linspace(0, 1, STOPS)
        gone = np.concatenate([[0.0], np.cumsum(strides)]) / total
        gone = (1 - _STIFF) * gone + _STIFF * self.places
        return np.interp(np.linspace(0, 1, STOPS), gone / gone[-1], self.places)


def _looked_at(ctx: Context, space: Space, pairs: list[tuple[int, int]]) -> list[_Way]:
    """Each way at a few even places. What is made at the samples themselves is looked at once for all."""
    ends = sorted({end for pair in pairs for end in pair})
    at_ends = dict(zip(ends, _seen(ctx, space, [{end: 1.0} for end in ends]), strict=True))
    places = np.linspace(0, 1, _FIRST)
    ways = []
    for first, last in pairs:
        between = _seen(ctx, space, [{first: 1 - t, last: t} for t in places[1:-1]])
        ways.append(_Way(first, last, places, [at_ends[first], *between, at_ends[last]]))
    return ways


def _closer(ctx: Context, space: Space, way: _Way) -> _Way:
    """With more places where it is steepest."""
    steep = np.sort(np.argsort(-_strides(way.seen), kind="stable")[:_AT_ONCE])
    more = (way.places[steep] + way.places[steep + 1]) / 2
    found = _seen(ctx, space, [{way.first: 1 - t, way.last: t} for t in more])
    seen = list(way.seen)
    for at, one in zip(reversed(steep + 1), reversed(found), strict=True):
        seen.insert(int(at), one)
    return replace(way, places=np.insert(way.places, steep + 1, more), seen=seen)


def _strides(seen: list[Floats]) -> NDArray[np.float64]:
    return np.array([stride(before, after) for before, after in zip(seen, seen[1:], strict=False)])


def _seen(ctx: Context, space: Space, mixtures: list[dict[int, float]]) -> list[Floats]:
    """The moments of what is made of some mixtures of samples."""
    means: list[Floats | None] = [None] * len(mixtures)

    def work(number: int, cancel: Bytes) -> None:
        def check() -> None:
            if cancel[0]:
                raise Stopped

        picture = tile(space.generator, space.mixed(mixtures[number]), ctx.seed, _LOOK, None, check)
        with threads(1):
            means[number] = moments(picture, check)

    ctx.each(work, [(number,) for number in range(len(mixtures))])
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
