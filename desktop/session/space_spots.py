"""Where one is in a texture space, as a person sees it: a place on the pad, sliders, and what lies off the pad."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.image import Floats

if TYPE_CHECKING:
    from engine.nets.texture_space.outline import Outline

LONGEST_TRAIL = 200
WILD = 0.5
"""How far "random" goes off the pad, in widths of the space."""
NEAR = 0.3
"""How far "more like this" goes, in the same."""


@dataclass(frozen=True)
class Spot:
    """A point, in the way in which it was found.

    Attributes:
        x, y: on the pad, 0..1.
        amounts: of the sliders, in their order; those that are missing are 0.
        away: what is added to the code of the place, (D,); empty for nothing.
        fine: the code whose detail and colours the forms of this one get, (D,); empty for its own.
    """

    x: float = 0.5
    y: float = 0.5
    amounts: tuple[float, ...] = ()
    away: tuple[float, ...] = ()
    fine: tuple[float, ...] = ()

    def code(self, outline: Outline) -> tuple[float, ...]:
        """Its code in a space; what belongs to another space is left out."""
        code = outline.at(self.x, self.y).astype(np.float64)
        if len(self.away) == outline.depth:
            code += self.away
        for slope, amount in zip(outline.slopes, self.amounts, strict=False):
            code += slope.vector.astype(np.float64) * amount
        return tuple(float(np.float32(part)) for part in code)

    def detail(self, outline: Outline) -> tuple[float, ...]:
        """The code that its detail comes from; empty for its own, or where it belongs to another space."""
        return self.fine if len(self.fine) == outline.depth else ()

    def amount(self, number: int) -> float:
        return self.amounts[number] if number < len(self.amounts) else 0.0

    def slid(self, number: int, amount: float) -> Spot:
        """With one slider elsewhere."""
        amounts = [self.amount(k) for k in range(max(number + 1, len(self.amounts)))]
        amounts[number] = amount
        return replace(self, amounts=tuple(amounts))

    def as_json(self) -> dict[str, Any]:
        lists = {"amounts": list(self.amounts), "away": list(self.away), "fine": list(self.fine)}
        return {"x": self.x, "y": self.y, **lists}

    @classmethod
    def from_json(cls, values: Any) -> Spot | None:
        """From parsed JSON of any origin; None where it is none."""
        if not isinstance(values, dict):
            return None
        try:
            x, y = float(values["x"]), float(values["y"])
            amounts = tuple(float(part) for part in values["amounts"])
            away = tuple(float(part) for part in values["away"])
            fine = tuple(float(part) for part in values.get("fine", ()))
        except (LookupError, TypeError, ValueError, OverflowError):
            return None
        numbers = (x, y, *amounts, *away, *fine)
        if not all(math.isfinite(part) for part in numbers) or len(numbers) > 512:
            return None
        return cls(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0), amounts, away, fine)


def spot_at(outline: Outline, code: Floats | tuple[float, ...]) -> Spot:
    """The spot that has exactly this code: where it lies best on the pad, and the rest beside it."""
    wanted = np.asarray(code, np.float64)
    x, y = outline.place(np.asarray(code, np.float32))
    away = wanted - outline.at(x, y)
    return Spot(x, y, (), tuple(float(part) for part in away) if np.abs(away).max() > 1e-6 else ())


@dataclass(frozen=True)
class Locks:
    """What chance may not change: the place on the pad, and sliders by their number."""

    place: bool = False
    slopes: frozenset[int] = frozenset()


def random_spot(outline: Outline, spot: Spot, locks: Locks, random: np.random.Generator) -> Spot:
    """Anywhere; what is locked stays."""
    x, y, away = spot.x, spot.y, spot.away
    if not locks.place:
        x, y = (float(part) for part in random.uniform(0.05, 0.95, 2))
        away = _drawn(outline, WILD, random)
    amounts = _slid(outline, spot, locks, random, lambda slope: random.triangular(slope.low, 0.0, slope.high), 1.0)
    return replace(spot, x=x, y=y, amounts=amounts, away=away)


def toward(outline: Outline, spot: Spot, number: int, amount: float) -> Spot:
    """With more of what sets a sample apart from all others, or with less of it where `amount` is below 0.

    Away from one and towards another as far is arithmetic: A - B + C.
    """
    codes = outline.codes.astype(np.float64)
    step = amount * (codes[number] - codes.mean(axis=0))
    away = np.asarray(spot.away if len(spot.away) == outline.depth else np.zeros(outline.depth)) + step
    return replace(spot, away=tuple(float(part) for part in away))


def near_spot(outline: Outline, spot: Spot, locks: Locks, random: np.random.Generator) -> Spot:
    """A little beside this one; what is locked stays."""
    x, y, away = spot.x, spot.y, spot.away
    if not locks.place:
        x, y = (min(max(part + float(random.normal(0, 0.04)), 0.0), 1.0) for part in (x, y))
        step = _drawn(outline, NEAR, random)
        away = tuple(a + b for a, b in zip(away or (0.0,) * outline.depth, step, strict=True))
    amounts = _slid(outline, spot, locks, random, lambda slope: random.normal(0, 0.12 * (slope.high - slope.low)), 0.0)
    return replace(spot, x=x, y=y, amounts=amounts, away=away)


def _drawn(outline: Outline, far: float, random: np.random.Generator) -> tuple[float, ...]:
    """A step off the pad: as long as `far` widths of the space on the average."""
    spread = outline.codes.std(axis=0, dtype=np.float64)
    step = random.normal(0, 1, outline.depth) * spread
    return tuple(float(part) for part in step * far)


def _slid(
    outline: Outline, spot: Spot, locks: Locks, random: np.random.Generator, draw: Any, fresh: float
) -> tuple[float, ...]:
    made = []
    for number, slope in enumerate(outline.slopes):
        here = spot.amount(number)
        if number not in locks.slopes:
            here = min(max((1 - fresh) * here + float(draw(slope)), slope.low), slope.high)
        made.append(here)
    return tuple(made)


class Trail:
    """The points that were there before, and those that one went back from."""

    def __init__(self) -> None:
        self._spots: list[Spot] = []
        self._here = -1

    def add(self, spot: Spot) -> None:
        """A new point; what one had gone back from is forgotten."""
        if self._here >= 0 and self._spots[self._here] == spot:
            return
        self._spots = [*self._spots[: self._here + 1], spot][-LONGEST_TRAIL:]
        self._here = len(self._spots) - 1

    @property
    def can_back(self) -> bool:
        return self._here > 0

    @property
    def can_forward(self) -> bool:
        return self._here + 1 < len(self._spots)

    def step(self, by: int) -> Spot | None:
        """The point before or after; None where there is none."""
        if not 0 <= self._here + by < len(self._spots):
            return None
        self._here += by
        return self._spots[self._here]


def along(outline: Outline, spots: list[Spot], count: int, loop: bool) -> list[tuple[float, ...]]:
    """`count` codes in even steps of the eye past some points; a loop comes back and has no stop twice."""
    codes = [np.asarray(spot.code(outline), np.float64) for spot in spots]
    if len(codes) == 1:
        return [tuple(map(float, codes[0]))] * count
    if loop:
        codes, spots = [*codes, codes[0]], [*spots, spots[0]]
    legs = np.array([float(np.linalg.norm(b - a)) for a, b in zip(codes, codes[1:], strict=False)])
    ends = np.concatenate([[0.0], np.cumsum(legs + 1e-9)])
    stops = np.linspace(0, ends[-1], count, endpoint=not loop)
    leg = np.clip(np.searchsorted(ends, stops, side="right") - 1, 0, len(legs) - 1)
    gone = np.asarray((stops - ends[leg]) / (ends[leg + 1] - ends[leg]), np.float32)
    mixtures = [outline.shares(spot.x, spot.y) for spot in spots]
    for number in range(len(legs)):
        here = leg == number
        gone[here] = outline.evened(mixtures[number], mixtures[number + 1], gone[here])
    table = np.stack(codes)
    found = table[leg] + gone[:, None] * (table[leg + 1] - table[leg])
    return [tuple(float(np.float32(part)) for part in code) for code in found]
