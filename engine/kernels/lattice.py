"""The lattice of a texture: the two shortest steps by which it repeats itself, if it does.

Source: Kaspar et al., Self Tuning Texture Optimization, EUROGRAPHICS 2015, section 4.2 (generators from the peaks of
the autocorrelation); Liu, Collins, Tsin, A Computational Model for Periodic Pattern Perception, PAMI 2004. Ours takes
slow changes of light away first, and asks of every peak that likeness falls and rises again on the way to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

REACH = 0.6
"""The longest step looked for, as a share of the side."""
SHORTEST = 5
"""Steps of fewer pixels are grain, not structure."""
RISE = 0.15
"""How far the correlation has to climb again on the way to a peak."""
FAINT = 0.2
"""Correlation from which on a peak is likeness, not chance."""


@dataclass(frozen=True)
class Lattice:
    """Steps (y, x) by which a picture repeats, in pixels, and how strongly: the lesser correlation of the two, 0..1."""

    first: tuple[float, float]
    second: tuple[float, float]
    strength: float

    def distance(self, dy: NDArray[np.integer] | Doubles, dx: NDArray[np.integer] | Doubles) -> Doubles:
        """How far the steps (dy, dx) are from the nearest whole combination of the generators, in pixels."""
        dy, dx = np.asarray(dy, np.float64), np.asarray(dx, np.float64)
        (ay, ax), (by, bx) = self.first, self.second
        area = ay * bx - ax * by
        # Whole steps are taken off along both generators; the nearest is then a corner of the cell that is left.
        along, across = np.floor((dy * bx - dx * by) / area), np.floor((dx * ay - dy * ax) / area)
        y, x = dy - along * ay - across * by, dx - along * ax - across * bx
        nearest: Doubles = np.square(y) + np.square(x)
        for cy, cx in ((ay, ax), (by, bx), (ay + by, ax + bx)):
            np.minimum(nearest, np.square(y - cy) + np.square(x - cx), out=nearest)
        return np.sqrt(nearest)

    def closing(self, height: float, width: float) -> Doubles:
        """A (2, 2) matrix that bends the plane a little, so that the lattice closes on a torus of this size.

        Steps (y, x) on the torus times the matrix are steps of the lattice: (height, 0) and (0, width) become whole
        combinations of the generators. The identity where the torus is too small for that.
        """
        basis = np.array([self.first, self.second])
        around = np.diag([float(height), float(width)])
        whole = np.rint(around @ np.linalg.inv(basis))
        if abs(np.linalg.det(whole)) < 0.5:
            return np.eye(2)
        return np.linalg.inv(around) @ whole @ basis

    def scaled(self, factor: float) -> Lattice:
        (a, b), (c, d) = self.first, self.second
        return Lattice((a * factor, b * factor), (c * factor, d * factor), self.strength)


def autocorrelation(picture: NDArray[np.floating]) -> Doubles:
    """Correlation of a picture with itself shifted, for shifts of up to REACH of its sides.

    Args:
        picture: (H, W, C).

    Returns:
        float64 (h + 1, 2 * w + 1), h and w being REACH of the sides: lag (dy, dx) at [dy, dx + w]. Each is the mean
        product of what overlaps (both parts less their own mean) over the parts' standard deviations; 0 where less
        than a quarter of the picture overlaps.
    """
    height, width, channels = picture.shape
    down, across = max(1, int(height * REACH)), max(1, int(width * REACH))
    shape = (2 * height, 2 * width)
    ones = np.fft.rfft2(np.ones((height, width)), shape)

    def at(spectrum: NDArray[np.complexfloating]) -> Doubles:
        full = np.fft.irfft2(spectrum, shape)
        half = full[: down + 1]
        return np.concatenate([half[:, -across:], half[:, : across + 1]], axis=1)

    seen = np.maximum(at(np.abs(ones) ** 2), 1)
    covariance, here, there = np.zeros_like(seen), np.zeros_like(seen), np.zeros_like(seen)
    for c in range(channels):
        plane = picture[..., c].astype(np.float64)
        plane = plane - plane.mean()
        f, f2 = np.fft.rfft2(plane, shape), np.fft.rfft2(plane * plane, shape)
        # conj(ones) * f sums the plane over the part that meets the other one.
        a, b = at(np.conj(f) * ones) / seen, at(f * np.conj(ones)) / seen
        covariance += at(np.abs(f) ** 2) / seen - a * b
        here += at(np.conj(f2) * ones) / seen - a * a
        there += at(f2 * np.conj(ones)) / seen - b * b
    scale = np.sqrt(np.maximum(here, 0) * np.maximum(there, 0))
    sure = (scale > 1e-9) & (seen >= 0.25 * height * width)
    return np.where(sure, covariance / np.maximum(scale, 1e-9), 0.0)


def _flattened(picture: NDArray[np.floating]) -> Doubles:
    """Less its slow changes: a wide box mean is taken away."""
    height, width = picture.shape[:2]
    radius = max(2, min(height, width) // 4)
    margin = (radius + 1, radius)
    padded = np.pad(picture.astype(np.float64), (margin, margin, (0, 0)), mode="symmetric")
    table = padded.cumsum(axis=0).cumsum(axis=1)
    side = 2 * radius + 1
    box = table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    return picture - box / side**2


def find_lattice(picture: NDArray[np.floating], weakest: float = 0.3) -> Lattice | None:
    """The generators of a picture's lattice, or None where it has none to speak of.

    Args:
        picture: (H, W, C), 0..1. Steps of up to REACH of a side are looked for.
        weakest: how strong the correlation at both steps has to be.
    """
    return find_repeats(picture, weakest)[0]


def find_repeats(picture: NDArray[np.floating], weakest: float = 0.3) -> tuple[Lattice | None, float]:
    """What `find_lattice` returns, and the length of the shortest step by which the picture is like itself at all.

    The length, in pixels, is that of the shortest of the strong peaks, 0 where the best is under FAINT.
    """
    height, width = picture.shape[:2]
    if min(height, width) < 16:
        return None, 0.0
    rho = autocorrelation(_flattened(picture))
    peaks = _peaks(rho, rho.shape[1] // 2)
    best = max((peak[2] for peak in peaks), default=0.0)
    if best < FAINT:
        return None, 0.0
    strong = sorted((p for p in peaks if p[2] >= 0.75 * best), key=lambda p: np.hypot(p[0], p[1]))
    length = float(np.hypot(*strong[0][:2]))
    strong = [peak for peak in strong if peak[2] >= weakest]
    for second in strong[1:]:
        first = strong[0]
        cross = abs(first[0] * second[1] - first[1] * second[0])
        if cross > 0.34 * np.hypot(first[0], first[1]) * np.hypot(second[0], second[1]) and _are_steps(
            rho, first, second
        ):
            strength = min(first[2], second[2])
            return Lattice(_settled(rho, first), _settled(rho, second), strength), length
    return None, length


def _are_steps(rho: Doubles, first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    """Whether the shortest steps of the lattice that two peaks span are steps of the picture as well.

    Two peaks on the ridge that lines make beside themselves differ by a step along the lines, on which likeness never
    falls: that is no lattice, whatever chance made of the ridge.
    """
    a, b = np.array(first[:2]), np.array(second[:2])
    while True:
        if np.hypot(*a) > np.hypot(*b):
            a, b = b, a
        times = np.rint(a @ b / (a @ a))
        if not times:
            break
        b = b - times * a
    return all(_risen(rho, step) >= RISE / 2 for step in (a, b))


def _risen(rho: Doubles, step: Doubles | NDArray[np.intp]) -> float:
    """How far likeness climbs again on the way to a step (y, x); infinitely where the step was not measured."""
    dy, dx = step if step[0] >= 0 else -step
    if round(dy) >= rho.shape[0] or abs(round(dx)) > rho.shape[1] // 2:
        return np.inf
    t = np.linspace(0, 1, int(max(dy, abs(dx))) + 1)
    way = rho[np.rint(t * dy).astype(int), np.rint(t * dx).astype(int) + rho.shape[1] // 2]
    return float(way[-1] - way.min())


def _peaks(rho: Doubles, middle: int) -> list[tuple[float, float, float]]:
    """Local maxima (dy, dx, correlation) that the likeness rises to again, lags of SHORTEST px and more."""
    padded = np.pad(rho, 2, mode="constant", constant_values=-2)
    rows, columns = rho.shape
    others = [(a, b) for a in range(5) for b in range(5) if (a, b) != (2, 2)]
    around = np.max([padded[a : a + rows, b : b + columns] for a, b in others], axis=0)
    found = []
    for y, x in np.argwhere(rho > around + 1e-6):
        dy, dx = int(y), int(x) - middle
        if np.hypot(dy, dx) < SHORTEST or (dy == 0 and dx < 0) or y == rows - 1 or x in (0, columns - 1):
            continue
        value = float(rho[y, x])
        if value > 0 and _risen(rho, np.array([dy, dx])) >= RISE:
            found.append((_vertex(rho, y, x, 0), _vertex(rho, y, x, 1) - middle, value))
    return found


def _settled(rho: Doubles, peak: tuple[float, float, float]) -> tuple[float, float]:
    """The same step, measured over as many repeats as there are."""
    step, middle = np.array(peak[:2]), rho.shape[1] // 2
    for times in range(2, 64):
        y, x = (int(v) for v in np.rint(step * times))
        if not 2 <= y < rho.shape[0] - 2 or abs(x) > middle - 3:
            if y >= 2 or abs(x) > middle - 3:
                break
        top = max(y - 1, 0)
        near = rho[top : y + 2, x + middle - 1 : x + middle + 2]
        if (near == 0).any():
            break  # too little overlaps there: a maximum beside it would be measured askew
        row, column = (int(v) for v in np.unravel_index(int(near.argmax()), near.shape))
        if near[row, column] < 0.6 * peak[2]:
            break
        row, column = row + top, column + x + middle - 1
        step = np.array([_vertex(rho, row, column, 0), _vertex(rho, row, column, 1) - middle]) / times
    return float(step[0]), float(step[1])


def _vertex(rho: Doubles, y: int, x: int, axis: int) -> float:
    """Where the parabola through a maximum and its two neighbours is highest."""
    here = (int(y), int(x))
    step = (1, 0) if axis == 0 else (0, 1)
    if axis == 0 and here[0] == 0:
        return 0.0
    low = rho[here[0] - step[0], here[1] - step[1]]
    high = rho[here[0] + step[0], here[1] + step[1]]
    bend = low + high - 2 * rho[here]
    if low == 0 or high == 0:
        return float(here[axis])
    return here[axis] + (0.5 * float((low - high) / bend) if bend < 0 else 0.0)
