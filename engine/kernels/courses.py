"""The courses of a texture: straight lines side by side, whatever goes on between them.

A wall of bricks of many lengths has no lattice, but its joints run from one side to the other, one course after the
next: likeness, taken together along the lines, falls and rises again across them. Boards of many widths have lines
that run through, but at no even steps.

Source: Lin et al., A Quantitative Evaluation of Symmetry Detection and Regular Texture Synthesis, 2006 (near-regular
texture and its degrees of freedom: here one direction is regular, the other free). Measuring it as the ridges of the
autocorrelation of fine detail is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

DETAIL = 4
"""Lines are what differs from the mean so many pixels around."""
NARROWEST = 6
"""Courses of fewer pixels are grain."""
LEAST = 0.07
"""Share of the detail that has to run along the lines: less is chance."""
BARE = 0.15
"""The same where the lines do not come at even steps."""
REGULAR = 0.6
"""How much of that likeness the next courses have to have."""
STEEPEST = 0.2
"""Courses that rise by more than so much of their length are not looked for."""
FARTHEST = 0.5
"""Likeness is asked for so far away, as a share of the sides; a course that wide has been seen twice."""
NEAREST = 0.2
"""And not nearer, along the lines: what is near is alike without any."""
RISE = 0.3
"""How far likeness has to climb again on the way to the next course."""
ALIKE = 0.75
"""The first peak of at least so much of the highest is the next course."""


@dataclass(frozen=True)
class Courses:
    """Straight lines side by side.

    Attributes:
        step: (y, x) straight across from one course to the next, in pixels; any length where they are not even.
        strength: how alike the courses are, 0..1; what runs along the lines, as a share, where they are not even.
        even: they lie at even steps. Otherwise all that can be held is that a line goes on.
    """

    step: tuple[float, float]
    strength: float
    even: bool = True

    @property
    def level(self) -> bool:
        """The lines run from left to right, not from top to bottom."""
        return abs(self.step[0]) >= abs(self.step[1])

    @property
    def _across(self) -> Doubles:
        """Times a step in pixels: how many courses it crosses."""
        step = np.array(self.step)
        return step / float(step @ step)

    def distance(self, dy: Longs | Doubles, dx: Longs | Doubles) -> Doubles:
        """How far the steps (dy, dx) are from leading to the same height in a course, in pixels."""
        crossed = dy * self._across[0] + dx * self._across[1]
        away: Doubles = np.abs(crossed - np.rint(crossed)) if self.even else np.abs(crossed)
        return away * float(np.hypot(*self.step))

    def closing(self, height: float, width: float) -> Doubles:
        """A (2, 2) matrix that bends the plane a little, so that the courses close on a torus of this size.

        Steps (y, x) on the torus times the matrix are steps of the sample: (height, 0) and (0, width) cross a whole
        number of courses. The identity where the torus is too small for that.
        """
        sides = np.array([height, width])
        crossed = sides * self._across
        whole = np.rint(crossed)
        if not whole.any():
            return np.eye(2)
        return np.eye(2) + np.outer((whole - crossed) / sides, self.step)

    def scaled(self, factor: float) -> Courses:
        return Courses((self.step[0] * factor, self.step[1] * factor), self.strength, self.even)


def find_courses(picture: NDArray[np.floating]) -> Courses | None:
    """The courses of a picture, level or upright or a little askew, or None where it has none to speak of.

    Args:
        picture: (H, W, C), 0..1.
    """
    if min(picture.shape[:2]) < 8 * NARROWEST:
        return None
    around = _likeness(_detail(picture))
    level, upright = _level_courses(around), _level_courses(around.T)
    if upright is not None:
        upright = Courses((upright.step[1], upright.step[0]), upright.strength, upright.even)
    found = [courses for courses in (level, upright) if courses is not None]
    return max(found, key=lambda courses: (courses.even, courses.strength), default=None)


def _detail(picture: NDArray[np.floating]) -> Doubles:
    """Lightness less its mean around: (H, W)."""
    light = picture.mean(axis=2, dtype=np.float64)
    side = 2 * DETAIL + 1
    table = np.pad(light, (DETAIL + 1, DETAIL), mode="symmetric").cumsum(axis=0).cumsum(axis=1)
    around = table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    return light - around / side**2


def _likeness(detail: Doubles) -> Doubles:
    """Its correlation with itself, shifted by up to FARTHEST of its sides: (2 * h + 1, 2 * w + 1), no shift in the
    middle.

    Mean products of what overlaps over the mean square of all; 0 everywhere if there is no detail.
    """
    height, width = detail.shape
    down, across = int(height * FARTHEST), int(width * FARTHEST)
    shape = (height + down, width + across)
    power = np.fft.irfft2(np.abs(np.fft.rfft2(detail, shape)) ** 2, shape)
    dy, dx = np.arange(-down, down + 1), np.arange(-across, across + 1)
    seen = (height - np.abs(dy))[:, None] * (width - np.abs(dx))
    return power[dy[:, None], dx] / seen / max(float(np.square(detail).mean()), 1e-12)


def _level_courses(around: Doubles) -> Courses | None:
    """Courses that run from left to right, from the likeness at all lags as `_likeness` gives it."""
    down, across = around.shape[0] // 2, around.shape[1] // 2
    lags = np.arange(-across, across + 1)
    lags = lags[np.abs(lags) >= NEAREST * across]
    steepest = int(STEEPEST * across)
    slopes = np.arange(-steepest, steepest + 1) / across
    along = around[down + np.rint(slopes[:, None] * lags).astype(np.intp), across + lags].mean(axis=1)
    slope, whole = float(slopes[along.argmax()]), float(along.max())
    if whole < LEAST:
        return None
    uneven = Courses((1.0, -slope), whole, even=False) if whole >= BARE else None
    rows = np.rint(slope * lags).astype(np.intp)
    highest = down - int(np.abs(rows).max()) - 1
    profile = around[down + np.arange(-1, highest + 1)[:, None] + rows, across + lags].mean(axis=1)
    # Steps are no whole pixels, lines may be narrow: what lies beside counts half.
    profile = profile[1:-1] + 0.5 * (profile[:-2] + profile[2:])
    profile /= profile[0]
    inner = profile[1:-1]
    peaks = np.flatnonzero((inner > profile[:-2]) & (inner >= profile[2:])) + 1
    peaks = peaks[peaks >= NARROWEST]
    fallen = np.minimum.accumulate(profile)[peaks]
    peaks = peaks[(profile[peaks] >= REGULAR) & (fallen < profile[peaks] - RISE)]
    if not peaks.size:
        return uneven
    first = int(peaks[profile[peaks] >= ALIKE * profile[peaks].max()][0])
    spacing = _vertex(profile, first)
    for times in range(2, int((highest - 2) / spacing)):
        near = round(spacing * times)
        peak = near - 1 + int(profile[near - 1 : near + 2].argmax())
        if profile[peak] < 0.6 * profile[first] or peak + 1 >= highest:
            break
        spacing = _vertex(profile, peak) / times
    down_step = spacing / (1 + slope**2)
    return Courses((down_step, -slope * down_step), min(1.0, float(profile[first])))


def _vertex(profile: Doubles, peak: int) -> float:
    """Where the parabola through a maximum and its two neighbours is highest."""
    low, here, high = profile[peak - 1 : peak + 2]
    bend = low + high - 2 * here
    return peak + (0.5 * float((low - high) / bend) if bend < 0 else 0.0)
