"""Colours along axes of their own, in which the channels of a picture have nothing to do with one another.

Sources: principal components of the pixels' colours, as Heeger and Bergen, Pyramid-Based Texture Analysis/Synthesis,
SIGGRAPH 1995, section 4; distributions brought over axis by axis, as Pitie, Kokaram, Dahyot, N-Dimensional Probability
Density Function Transfer, ICCV 2005.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.image import Floats

FAINTEST = 1 / 2000
"""Deviation, in parts of white, below which an axis carries nothing."""
BINS = 1 << 16
STRIP = 1 << 16
"""Pixels between two looks at the cancel flag."""
Check = Callable[[], None]


def _nothing() -> None:
    """Nobody asks."""


@dataclass(frozen=True, eq=False)
class Axes:
    """Mean (C,) and axes (A, C) of a picture's colours, longest first; each as long as the colours' deviation."""

    mean: Floats
    axes: Floats

    @classmethod
    def of(cls, pixels: Floats, check: Check = _nothing) -> Axes:
        """From any (..., C). Axes along which nothing happens are left out; there may be none.

        `check` is called every few milliseconds.
        """
        flat = pixels.reshape(-1, pixels.shape[-1])
        strips = [flat[first : first + STRIP] for first in range(0, len(flat), STRIP)]
        mean = np.zeros(flat.shape[1])
        for strip in strips:
            mean += strip.sum(axis=0, dtype=np.float64)
            check()
        mean /= len(flat)
        moments = np.zeros((len(mean), len(mean)))
        for strip in strips:
            moments += (strip - mean).T @ (strip - mean)
            check()
        variances, directions = np.linalg.eigh(moments / len(flat))
        kept = [i for i in range(len(variances) - 1, -1, -1) if variances[i] > FAINTEST**2]
        axes = np.array([directions[:, i] * np.sqrt(variances[i]) for i in kept]).reshape(len(kept), len(mean))
        return cls(mean.astype(np.float32), axes.astype(np.float32))

    def apart(self, pixels: Floats, check: Check = _nothing) -> Floats:
        """(H, W, C) as (A, H, W): without correlation, each with mean 0 and deviation 1 for the picture they are of."""
        inverse = self.axes / np.square(self.axes).sum(axis=1, keepdims=True)
        maps = np.empty((len(inverse), *pixels.shape[:2]), np.float32)
        for rows in _strips(pixels.shape[:2]):
            maps[:, rows] = np.moveaxis((pixels[rows] - self.mean) @ inverse.T, -1, 0)
            check()
        return maps

    def together(self, maps: Floats, check: Check = _nothing) -> Floats:
        """The way back, (A, H, W) as (H, W, C)."""
        pixels = np.empty((*maps.shape[1:], len(self.mean)), np.float32)
        for rows in _strips(maps.shape[1:]):
            for c, mean in enumerate(self.mean):
                pixels[rows, :, c] = mean + np.tensordot(self.axes[:, c], maps[:, rows], 1)
            check()
        return pixels


def _strips(shape: tuple[int, ...]) -> list[slice]:
    """Rows of (H, W), some at a time."""
    rows = max(1, STRIP // max(shape[1], 1))
    return [slice(top, top + rows) for top in range(0, shape[0], rows)]


def spread_like(values: Floats, example: Floats) -> Floats:
    """The same values, moved so that they are distributed as the example's are; their order stays.

    float32 of any shape; the example may be of any other.
    """
    return spread_over(values, np.sort(example, axis=None))


def spread_over(values: Floats, wanted: Floats, check: Check = _nothing, bins: int = BINS) -> Floats:
    """`spread_like` an example whose values are given in rising order, float32 (n,).

    `check` is called every few milliseconds; of `bins` parts of their range values are told apart.
    """
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.full_like(values, wanted[len(wanted) // 2])
    scale = np.float32((bins - 1) / (high - low))
    flat = values.reshape(-1)
    strips = [slice(first, first + STRIP) for first in range(0, len(flat), STRIP)]
    places = np.empty(len(flat), np.int32)
    counts = np.zeros(bins, np.int64)
    for some in strips:
        places[some] = (flat[some] - np.float32(low)) * scale
        counts += np.bincount(places[some], minlength=bins)
        check()
    middle = (np.cumsum(counts) - counts / 2) / values.size
    table = np.interp(middle * len(wanted) - 0.5, np.arange(len(wanted)), wanted).astype(np.float32)
    moved = np.empty(len(flat), np.float32)
    for some in strips:
        moved[some] = table[places[some]]
        check()
    return moved.reshape(values.shape)
