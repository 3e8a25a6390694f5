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

SHORTEST = 5
"""Steps of fewer pixels are grain, not structure."""
RISE = 0.15
"""How far the correlation has to climb again on the way to a peak."""


@dataclass(frozen=True)
class Lattice:
    """Steps (y, x) by which a picture repeats, in pixels, and how strongly: the lesser correlation of the two, 0..1."""

    first: tuple[float, float]
    second: tuple[float, float]
    strength: float

    def distance(self, dy: NDArray[np.integer], dx: NDArray[np.integer]) -> Doubles:
        """How far the steps (dy, dx) are from the nearest whole combination of the generators, in pixels."""
        basis = np.array([self.first, self.second])
        steps = np.stack([dy, dx], axis=-1).astype(np.float64)
        whole = np.floor(steps @ np.linalg.inv(basis))
        rest = steps - whole @ basis
        corners = [rest - np.array(c) @ basis for c in ((0, 0), (1, 0), (0, 1), (1, 1))]
        return np.sqrt(np.min([np.square(c).sum(axis=-1) for c in corners], axis=0))  # type: ignore[no-any-return]

    def scaled(self, factor: float) -> Lattice:
        (a, b), (c, d) = self.first, self.second
        return Lattice((a * factor, b * factor), (c * factor, d * factor), self.strength)


def autocorrelation(picture: NDArray[np.floating]) -> Doubles:
    """Correlation of a picture with itself shifted, for shifts of up to half its sides.

    Args:
        picture: (H, W, C).

    Returns:
        float64 (H // 2 + 1, 2 * (W // 2) + 1): lag (dy, dx) at [dy, dx + W // 2]. Each is the mean product of what
        overlaps (both parts less their own mean) over the parts' standard deviations.
    """
    height, width, channels = picture.shape
    shape = (2 * height, 2 * width)
    ones = np.fft.rfft2(np.ones((height, width)), shape)

    def at(spectrum: NDArray[np.complexfloating]) -> Doubles:
        full = np.fft.irfft2(spectrum, shape)
        half = full[: height // 2 + 1]
        return np.concatenate([half[:, -(width // 2) :], half[:, : width // 2 + 1]], axis=1)

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
    return np.where(scale > 1e-9, covariance / np.maximum(scale, 1e-9), 0.0)


def _flattened(picture: NDArray[np.floating]) -> Doubles:
    """Less its slow changes: a wide box mean is taken away."""
    height, width = picture.shape[:2]
    radius = max(2, min(height, width) // 4)
    margin = (radius + 1, radius)
    padded = np.pad(picture.astype(np.float64), (margin, margin, (0, 0)), mode="symmetric")
    table = padded.cumsum(axis=0).cumsum(axis=1)
    side = 2 * radius + 1
    box = table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    return picture - box / side**2  # type: ignore[no-any-return]


def find_lattice(picture: NDArray[np.floating], weakest: float = 0.3) -> Lattice | None:
    """The generators of a picture's lattice, or None where it has none to speak of.

    Args:
        picture: (H, W, C), 0..1. Steps of up to half a side are looked for.
        weakest: how strong the correlation at both steps has to be.
    """
    height, width = picture.shape[:2]
    if min(height, width) < 16:
        return None
    rho = autocorrelation(_flattened(picture))
    middle = width // 2
    peaks = _peaks(rho, middle)
    peaks = [peak for peak in peaks if peak[2] >= weakest]
    if not peaks:
        return None
    best = max(peak[2] for peak in peaks)
    strong = sorted((p for p in peaks if p[2] >= 0.75 * best), key=lambda p: np.hypot(p[0], p[1]))
    first = strong[0]
    for second in strong[1:]:
        cross = abs(first[0] * second[1] - first[1] * second[0])
        if cross > 0.34 * np.hypot(first[0], first[1]) * np.hypot(second[0], second[1]):
            return Lattice(first[:2], second[:2], min(first[2], second[2]))
    return None


def _peaks(rho: Doubles, middle: int) -> list[tuple[float, float, float]]:
    """Local maxima (dy, dx, correlation) that the likeness rises to again, lags of SHORTEST px and more."""
    padded = np.pad(rho, 2, mode="constant", constant_values=-2)
    rows, columns = rho.shape
    others = [(a, b) for a in range(5) for b in range(5) if (a, b) != (2, 2)]
    around = np.max([padded[a : a + rows, b : b + columns] for a, b in others], axis=0)
    found = []
    for y, x in np.argwhere(rho > around):
        dy, dx = int(y), int(x) - middle
        if np.hypot(dy, dx) < SHORTEST or (dy == 0 and dx < 0) or y == rows - 1 or x in (0, columns - 1):
            continue
        t = np.linspace(0, 1, int(max(dy, abs(dx))) + 1)
        way = rho[np.rint(t * dy).astype(int), np.rint(t * dx).astype(int) + middle]
        value = float(rho[y, x])
        if value > 0 and value - float(way.min()) >= RISE:
            found.append((_vertex(rho, y, x, 0), _vertex(rho, y, x, 1) - middle, value))
    return found


def _vertex(rho: Doubles, y: int, x: int, axis: int) -> float:
    """Where the parabola through a maximum and its two neighbours is highest."""
    here = (int(y), int(x))
    step = (1, 0) if axis == 0 else (0, 1)
    low = rho[abs(here[0] - step[0]), here[1] - step[1]]
    high = rho[here[0] + step[0], here[1] + step[1]]
    bend = low + high - 2 * rho[here]
    return here[axis] + (0.5 * float((low - high) / bend) if bend < 0 else 0.0)
