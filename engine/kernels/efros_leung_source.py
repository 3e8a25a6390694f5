"""A sample for Efros-Leung: which places may be copied, and how the window weighs its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.image import GRAY_ALPHA, RGBA, Floats
from engine.kernels.efros_leung_search import BLOCK

Whole = NDArray[np.int32]
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

SIGMAS_PER_WINDOW = 6.4
WEIGHT_SCALE = 1 << 18
"""Weights are whole multiples of 1 / WEIGHT_SCALE of the whole window's."""


@dataclass(frozen=True, eq=False)
class Source:
    """A sample in the form that the search wants.

    Attributes:
        planes: float32 (C, H * W + BLOCK), whole numbers 0..65535; colour times alpha where there is alpha.
        closed: float32 (H * W + BLOCK,), 0 where a window fits, infinity elsewhere.
        blocks: int32 (n,), first places of the blocks with an open place, on a grid from the first one on.
        width: of the sample.
    """

    planes: Floats
    closed: Floats
    blocks: Whole
    width: int

    @classmethod
    def of(cls, pixels: Floats, open_places: Flags) -> Source:
        """From float32 (H, W, C), 0..1, and bool (H, W), the places that may be copied: their windows fit inside."""
        height, width, channels = pixels.shape
        places = height * width
        seen = pixels.reshape(places, channels)
        if channels in (GRAY_ALPHA, RGBA):
            seen = np.concatenate([seen[:, :-1] * seen[:, -1:], seen[:, -1:]], axis=1)
        planes = np.zeros((channels, places + BLOCK), np.float32)
        np.rint(seen.T * np.float32(65535), out=planes[:, :places])
        closed = np.full(places + BLOCK, np.inf, np.float32)
        closed[:places][open_places.reshape(-1)] = 0
        # Blocks count from the first open place: from one before it the window would reach out of the planes.
        first = int(np.argmin(closed))
        padded = np.zeros(-(-(places - first) // BLOCK) * BLOCK, np.bool_)
        padded[: places - first] = open_places.reshape(-1)[first:]
        blocks = first + np.flatnonzero(padded.reshape(-1, BLOCK).any(axis=1)) * BLOCK
        return cls(planes, closed, blocks.astype(np.int32), width)


def fitting(usable: Flags, window: int) -> Flags:
    """bool (H, W): where a window x window square around the place holds usable pixels only."""
    height, width = usable.shape
    fits = np.zeros((height, width), np.bool_)
    if min(height, width) >= window:
        sums = np.zeros((height + 1, width + 1), np.int64)
        np.cumsum(np.cumsum(usable, axis=0, dtype=np.int64), axis=1, out=sums[1:, 1:])
        inside = sums[window:, window:] - sums[:-window, window:] - sums[window:, :-window] + sums[:-window, :-window]
        half = window // 2
        fits[half : height - half, half : width - half] = inside == window * window
    return fits


def bell(window: int) -> tuple[Whole, Doubles]:
    """The neighbours in a window, nearest first, and how much each counts.

    Returns:
        int32 (taps, 2) rows and columns from the centre, which is left out; float64 (taps,) whole numbers, a Gaussian
        of sigma window / 6.4 that adds up to about WEIGHT_SCALE. Neighbours that would count nothing are left out.
    """
    half = window // 2
    rows, columns = (axis.reshape(-1) for axis in np.mgrid[-half : half + 1, -half : half + 1])
    squares = rows * rows + columns * columns
    gauss = np.exp(-squares / (2 * (window / SIGMAS_PER_WINDOW) ** 2))
    weights = np.rint(gauss / gauss.sum() * WEIGHT_SCALE)
    order = np.argsort(squares, kind="stable")
    order = order[(squares[order] > 0) & (weights[order] > 0)]
    return np.stack([rows[order], columns[order]], axis=1).astype(np.int32), weights[order].astype(np.float64)


def near(mask: Flags, reach: int) -> Flags:
    """bool (H, W): what lies at most `reach` px to the side and `reach` px up or down from a pixel of the mask."""
    height, width = mask.shape
    sums = np.zeros((height + 1, width + 1), np.int64)
    np.cumsum(np.cumsum(mask, axis=0, dtype=np.int64), axis=1, out=sums[1:, 1:])
    rows, columns = np.arange(height), np.arange(width)
    top, bottom = np.maximum(rows - reach, 0), np.minimum(rows + reach + 1, height)
    first, last = np.maximum(columns - reach, 0), np.minimum(columns + reach + 1, width)
    bands = sums[bottom] - sums[top]
    return (bands[:, last] - bands[:, first]) > 0
