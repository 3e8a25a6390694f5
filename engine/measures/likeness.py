"""Likeness: are these two from the same texture? By how colours and oriented detail are distributed, size by size.

Sources: Julesz, Visual Pattern Discrimination, IRE Transactions on Information Theory 1962 (the question); Heeger and
Bergen, Pyramid-Based Texture Analysis/Synthesis, SIGGRAPH 1995 (textures as distributions of filter responses at every
size); colours by quantiles along several directions, after Rabin et al., Wasserstein Barycenter and Its Application to
Texture Mixing, SSVM 2011. Ours is a short vector per picture, so that hundreds can be sorted at once, and compares
neighbouring sizes too: the same bricks from a step further away are the same texture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.image import Floats
from engine.measures.colours import LUMA, rgb

SIDE = 192
"""A picture is looked at with as many pixels as a square of this side has, or fewer."""

SIZES, STEP = 7, 2**0.5
"""So many sizes of detail are told apart, each this many times as coarse as the one before."""

SMALLEST_SIDE = 8
"""Pixels: a size of detail is left out where a side of the picture would be less."""

SHIFT = 2
"""Sizes of detail may be up to so many steps apart."""

SHIFT_COST = 0.03
"""What each such step counts as a difference."""

COLOUR_SCALE = 5.0
"""What a difference of colours, in hundredths of Lab's lightness, counts against one of pattern."""

TINT = 1.5
"""What a step of hue counts against one of lightness."""

HALFWAY, STEEPNESS = 0.8, 4
"""At this difference two textures are as likely the same as not; how fast that changes. Over the halves of forty
textures nine in ten pairs of the same one differ by less than 0.6, ninety-nine in a hundred of different ones by more
than 0.8."""

FAINT = 0.004
"""Contrast below this is none: grain of the eighth bit says nothing of a texture."""

COLOURS = 0.5
"""How much colours count by themselves: 0 not at all, 1 twice as much."""

_LEVELS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
_BAND_LEVELS = (0.02, 0.1, 0.9, 0.98)
_EDGE_LEVELS = (0.1, 0.5, 0.9, 0.98)

_WEIGHTS = np.array([1] + 4 * [1.5] + 2 * [0.7] + 4 * [0.25] + 2 * [0.25] + 4 * [0.3], np.float32)
"""Of one size's entries: strength, its share in four directions, two colour contrasts, shape of the distribution of
detail, its skewness and peakedness, and the shape of that of edges."""


def _directions() -> Floats:
    """Fifteen directions among colours, float32 (15, 3): lightness, two colour axes, and some between, evenly laid."""
    k = np.arange(12) + 0.5
    height, angle = 1 - k / 12, np.pi * (1 + 5**0.5) * k
    around = np.sqrt(1 - height**2)
    between = np.stack([height, around * np.cos(angle), around * np.sin(angle)], axis=1)
    return np.concatenate([np.eye(3), between]).astype(np.float32)


_DIRECTIONS = _directions()
_COLOUR_ENTRIES = len(_DIRECTIONS) * len(_LEVELS)


@dataclass(frozen=True)
class Likeness:
    """How like two textures are.

    Attributes:
        value: 0..1; above a half they are more likely the same texture than not.
        pattern: the same of their patterns alone, whatever the colours.
        colours: the same of their colours alone, whatever the pattern.
        size: how many times as large the second's forms are as the first's, where that is what fits best.
        patterned: whether both are large enough to show any pattern at all.
    """

    value: float
    pattern: float
    colours: float
    size: float
    patterned: bool

    @property
    def sentence(self) -> str:
        """In plain words."""
        if not self.patterned:
            alike = "alike" if self.value >= 0.5 else "different"
            return f"They are too small to show a pattern; their colours are {alike}."
        sized = ""
        if self.size > 1.2:
            sized = f", about {self.size:.1f} times as large in the second"
        elif self.size < 1 / 1.2:
            sized = f", about {1 / self.size:.1f} times as large in the first"
        if self.value >= 0.75:
            return f"They are the same texture{sized}."
        if self.value >= 0.5:
            return f"They may well be the same texture{sized}."
        if self.pattern >= 0.5 and self.colours < 0.5:
            return f"They are different: the pattern is alike{sized}, the colours are not."
        if self.colours >= 0.5 > self.pattern:
            return "They are different textures of like colours."
        return (
            "They are different textures." if self.value < 0.25 else "They are different textures, though not by far."
        )


def described(picture: Floats) -> Floats:
    """A texture in a few numbers, to be compared with those of others. Takes some ten milliseconds.

    Args:
        picture: float32 (H, W, C), 0..1, of any size and channels; on white where it is transparent.

    Returns:
        float32 (N,); NaN where the picture is too small for a size of detail. The first entry says how many pixels
        of the picture make one of those looked at, along a side.
    """
    colours = _reduced(rgb(picture))
    scale = np.sqrt(picture.shape[0] * picture.shape[1] / (colours.shape[0] * colours.shape[1]))
    light = colours @ LUMA
    red, green, blue = (colours[..., k] for k in range(3))
    opponent = np.stack([light, 0.7 * (red - green), 0.5 * (blue - 0.5 * (red + green))], axis=-1).astype(np.float32)
    found = np.full((SIZES, len(_WEIGHTS)), np.nan, np.float32)
    for number in range(SIZES):
        height, width = (round(side / STEP**number) for side in opponent.shape[:2])
        if min(height, width) < SMALLEST_SIDE:
            break
        coarse = opponent
        if number:
            coarse = np.asarray(cv2.resize(opponent, (width, height), interpolation=cv2.INTER_AREA), np.float32)
        found[number] = _detail(coarse) * _WEIGHTS
    shown = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2Lab), np.float32) * np.array([0.01, TINT / 100, TINT / 100])
    along = _DIRECTIONS @ shown.reshape(-1, 3).T.astype(np.float32)
    shades = _quantiles(along, _LEVELS).ravel()
    return np.concatenate([[scale], shades, found.ravel()]).astype(np.float32)


def likeness(one: Floats, other: Floats, colours: float = COLOURS) -> float:
    """How like two textures are, 0..1, from what `described` says of each; see `compared`."""
    return compared(one, other, colours).value


def compared(one: Floats, other: Floats, colours: float = COLOURS) -> Likeness:
    """How like two textures are, in all respects.

    Args:
        one, other: what `described` says of them.
        colours: how much colours count, 0..1; 0 compares patterns alone.
    """
    apart, steps = _patterns_apart(one, other[None])
    patterned = bool(np.isfinite(apart[0]))
    pattern, shades = float(apart[0]) if patterned else 0.0, float(_colours_apart(one, other[None])[0])
    value, alone, tint = odds(np.array([pattern + colours * shades, pattern, shades], np.float32)).tolist()
    return Likeness(value, alone, tint, STEP ** float(steps[0]) * float(other[0] / one[0]), patterned)


def ranked(one: Floats, others: Sequence[Floats], colours: float = COLOURS) -> Floats:
    """The likeness of many textures to one, 0..1, float32 (len(others),): for sorting, all at once."""
    if not len(others):
        return np.zeros(0, np.float32)
    return odds(differences(one, np.stack(list(others)), colours))


def differences(one: Floats, table: Floats, colours: float = COLOURS) -> Floats:
    """How far textures are from one, float32 (n,): 0 is the same, HALFWAY as likely the same as not.

    Args:
        table: (n, N), what `described` says of each.
    """
    apart = _patterns_apart(one, table)[0]
    patterns = np.where(np.isfinite(apart), apart, np.float32(0))
    return np.asarray(patterns + colours * _colours_apart(one, table), np.float32)


def odds(apart: Floats, halfway: float = HALFWAY) -> Floats:
    """Differences as likenesses, 0..1."""
    return np.asarray(1 / (1 + (apart / np.float32(halfway)) ** STEEPNESS), np.float32)


def _colours_apart(one: Floats, table: Floats) -> Floats:
    some = slice(1, 1 + _COLOUR_ENTRIES)
    return np.asarray(COLOUR_SCALE * np.sqrt(np.square(table[:, some] - one[some]).mean(axis=1)), np.float32)


def _patterns_apart(one: Floats, table: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """For each row of `table` the difference of patterns, inf where there are none, and the steps that fit best."""
    mine = one[1 + _COLOUR_ENTRIES :].reshape(SIZES, -1)
    theirs = table[:, 1 + _COLOUR_ENTRIES :].reshape(len(table), SIZES, -1)
    tried = sorted(range(-SHIFT, SHIFT + 1), key=abs)
    apart = np.full((len(tried), len(table)), np.inf, np.float32)
    for number, shift in enumerate(tried):
        first, last = max(0, -shift), min(SIZES, SIZES - shift)
        squares = np.square(theirs[:, first + shift : last + shift] - mine[first:last]).sum(axis=2)
        seen = np.isfinite(squares)
        count = seen.sum(axis=1)
        mean = np.where(seen, squares, 0).sum(axis=1) / np.maximum(count, 1)
        enough = count >= (3 if shift else 1)
        apart[number, enough] = np.sqrt(mean[enough]) + SHIFT_COST * abs(shift)
    best = apart.argmin(axis=0)
    return apart[best, np.arange(len(table))], np.array(tried)[best]


def _reduced(colours: Floats) -> Floats:
    height, width = colours.shape[:2]
    factor = np.sqrt(height * width) / SIDE
    if factor <= 1:
        return colours
    size = max(1, round(width / factor)), max(1, round(height / factor))
    return np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA), np.float32)


def _quantiles(values: Floats, levels: Sequence[float]) -> Floats:
    """Of each row of (K, N), float32 (K, levels), as numpy's: to sort all of it is four times as fast as its choice."""
    rows = np.sort(values, axis=1)
    places = np.array(levels) * (rows.shape[1] - 1)
    below = places.astype(np.intp)
    above = np.minimum(below + 1, rows.shape[1] - 1)
    share = (places - below).astype(np.float32)
    return np.asarray(rows[:, below] + (rows[:, above] - rows[:, below]) * share, np.float32)


def _detail(colours: Floats) -> Floats:
    """What there is at one size of detail, in the order of `_WEIGHTS`, from lightness and two colour axes (h, w, 3)."""
    light = np.asarray(cv2.GaussianBlur(colours[..., 0], (0, 0), 0.8), np.float32)
    steps = (
        light[1:-1, 2:] - light[1:-1, :-2],
        light[2:, 1:-1] - light[:-2, 1:-1],
        (light[2:, 2:] - light[:-2, :-2]) * np.float32(0.5**0.5),
        (light[2:, :-2] - light[:-2, 2:]) * np.float32(0.5**0.5),
    )
    strength = np.log(np.array([np.sqrt(np.square(step).mean()) for step in steps]) + FAINT)
    edges = _quantiles(np.hypot(steps[0], steps[1]).reshape(1, -1), _EDGE_LEVELS)[0]
    detail = light - np.asarray(cv2.GaussianBlur(light, (0, 0), 1.2), np.float32)
    spread = float(np.sqrt(np.square(detail).mean())) + FAINT / 40
    shape = _quantiles(detail.reshape(1, -1), _BAND_LEVELS)[0] / spread
    skew, peak = float((detail**3).mean()) / spread**3, float((detail**4).mean()) / spread**4 - 3
    tints = colours[..., 1:] - cv2.GaussianBlur(colours[..., 1:], (0, 0), 1.5)
    contrast = np.log(np.sqrt(np.square(tints).mean(axis=(0, 1))) + FAINT)
    sharp = np.log((edges + FAINT / 2) / (edges.mean() + FAINT / 2))
    own = strength.mean()
    return np.concatenate([[own], strength - own, contrast, shape, np.arcsinh([skew, peak]), sharp]).astype(np.float32)
