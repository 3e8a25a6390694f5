"""A style in the colours of a picture, so that what takes on the style keeps its own colours.

Sources: Gatys, Bethge, Hertzmann, Shechtman, Preserving Color in Neural Artistic Style Transfer, 2016, section 4.1;
the symmetric transform is that of Sun, Feng, Saenko, Return of Frustratingly Easy Domain Adaptation (CORAL), AAAI 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats
from engine.kernels.strips import Check, rows_of

FLAT = 1e-6
"""Added to each variance, in parts of white squared: a flat picture has colours to give but none to stretch."""


@dataclass(frozen=True, eq=False)
class Colours:
    """Mean (3,) and covariance (3, 3) of a picture's colours, float64."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def of(cls, pixels: Floats, weights: Floats | None = None, check: Check | None = None) -> Colours:
        """Of float32 (H, W, 3), where `weights`, (H, W), count; all alike without them, or where all are nought."""
        counted = weights if weights is not None and weights.any() else None
        total, first, second = 0.0, np.zeros(3), np.zeros((3, 3))
        for rows in rows_of(pixels.shape, check):
            flat = pixels[rows].reshape(-1, 3).astype(np.float64)
            weight = np.ones(len(flat)) if counted is None else counted[rows].reshape(-1).astype(np.float64)
            total += float(weight.sum())
            first += weight @ flat
            second += (flat * weight[:, None]).T @ flat
        mean = first / total
        return cls(mean, second / total - np.outer(mean, mean))


def matched(pixels: Floats, own: Colours, wanted: Colours, check: Check | None = None) -> Floats:
    """float32 (H, W, 3) with the mean and covariance of other colours; not clipped."""
    matrix = _root(wanted.covariance, 0.5) @ _root(own.covariance, -0.5)
    shift = wanted.mean - matrix @ own.mean
    out = np.empty_like(pixels)
    for rows in rows_of(pixels.shape, check):
        out[rows] = pixels[rows] @ matrix.T.astype(np.float32) + shift.astype(np.float32)
    return out


def _root(covariance: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(covariance + FLAT * np.eye(3))
    return np.asarray((vectors * np.maximum(values, FLAT) ** power) @ vectors.T, np.float64)
