"""One texture turning into another: colours that meet half way, and a border that follows the shapes of both.

Sources: Darabi et al., Image Melding, SIGGRAPH 2012 (two sources, patches and colours drawn together in between);
Vacher et al., Texture Interpolation for Probing Visual Perception, NeurIPS 2020 (the way between two textures' colours
is that of optimal transport). Ours uses the closed form for Gaussian colours: Olkin and Pukelsheim, 1982.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats

FLOOR = 0.01
"""Deviation of colour (0..1) below which a direction counts as flat; else grain would be blown up into noise."""
MOST = 3.0
"""The most that contrast grows or shrinks in any direction of colour."""


@dataclass(frozen=True, eq=False)
class Transport:
    """The shortest way from one cloud of colours to another: x -> target + (x - mean) @ matrix.

    Attributes:
        mean, target: float32 (C,). matrix: float32 (C, C), symmetric.
    """

    mean: Floats
    target: Floats
    matrix: Floats

    @classmethod
    def between(cls, colours: Floats, others: Floats) -> Transport:
        """From two lists of colours, (n, C) and (m, C)."""
        mean, target = colours.mean(axis=0, dtype=np.float64), others.mean(axis=0, dtype=np.float64)
        here, there = _covariance(colours, mean), _covariance(others, target)
        root, back = _powers(here)
        middle, _ = _powers(root @ there @ root)
        values, vectors = np.linalg.eigh(back @ middle @ back)
        matrix = (vectors * np.clip(values, 1 / MOST, MOST)) @ vectors.T
        return cls(mean.astype(np.float32), target.astype(np.float32), matrix.astype(np.float32))

    def towards(self, pixels: Floats, share: Floats | float) -> Floats:
        """Pixels (..., C) moved that share (0..1, scalar or (..., 1)) of the way."""
        return pixels + np.float32(1) * share * (self.target + (pixels - self.mean) @ self.matrix - pixels)


def _covariance(colours: Floats, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    apart = colours.astype(np.float64) - mean
    return np.asarray(apart.T @ apart / len(apart) + FLOOR**2 * np.eye(len(mean)))


def _powers(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Square root of a symmetric positive matrix, and its inverse."""
    values, vectors = np.linalg.eigh(matrix)
    values = np.sqrt(np.maximum(values, 1e-12))
    return (vectors * values) @ vectors.T, (vectors / values) @ vectors.T


def ranks(heights: Floats) -> Floats:
    """Each value's place among all, 0..1, by way of 1024 steps: float32 of the same shape."""
    low, high = float(heights.min()), float(heights.max())
    if not high - low > 1e-6:
        return np.full_like(heights, 0.5)
    steps = ((heights - np.float32(low)) * np.float32(1023 / (high - low))).astype(np.int32)
    counts = np.bincount(steps.reshape(-1), minlength=1024)
    table = ((np.cumsum(counts) - 0.5 * counts) / steps.size).astype(np.float32)
    return np.asarray(table[steps])


def second_chosen(where: Floats, first: Floats, second: Floats, mingle: float) -> NDArray[np.bool_]:
    """Where the second texture shows: bool (h, w).

    Args:
        where: float32 (h, w), 0 for the first, 1 for the second, anything in between.
        first, second: float32 (h, w), 0..1, how much each texture stands out there: what stands out stays whole.
        mingle: 0 cuts where `where` is a half; 1 lets what stands out reach over all of the in-between.
    """
    lead = np.float32(mingle) * (second - first) * np.float32(0.5)
    # All of one texture stays all of it: the lead counts by how much is in between.
    return np.asarray(where + lead * (4 * where * (1 - where)) > 0.5)
