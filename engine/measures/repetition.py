"""Repetition: does the result echo itself where the sample does not?

The autocorrelation of each picture, freed of what is larger than a texel (slow light), is searched for its strongest
echo at a distance. A regular sample has echoes of its own, and those are allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.image import Floats
from engine.measures.colours import rgb

NEAREST = 16
"""Pixels: an echo closer than this is grain, not repetition."""

LEAST_OVERLAP = 0.25
_SLOW = 12.0


@dataclass(frozen=True)
class Echo:
    """The strongest echo: its correlation, -1..1, and the shift (x, y) in pixels at which it comes."""

    strength: float
    shift: tuple[int, int]


def autocorrelation(picture: Floats) -> NDArray[np.float64]:
    """(2H, 2W), lag (dy, dx) at [dy, dx], negative lags at the end; 1 at [0, 0]. NaN where too little overlaps.

    Each lag is divided by the number of pixels that meet there, so that large shifts do not fade.
    """
    colours = rgb(picture).astype(np.float64)
    height, width = colours.shape[:2]
    slow = cv2.GaussianBlur(colours, (0, 0), _SLOW, borderType=cv2.BORDER_REFLECT)
    fast = colours - slow
    fast -= fast.mean(axis=(0, 1))
    shape = (2 * height, 2 * width)
    power = np.zeros((2 * height, width + 1))
    for channel in range(3):
        power += np.abs(np.fft.rfft2(fast[..., channel], shape)) ** 2
    meeting = np.outer(_overlap(height), _overlap(width))
    with np.errstate(divide="ignore", invalid="ignore"):
        lags: NDArray[np.float64] = np.fft.irfft2(power, shape) / meeting
    lags[meeting < LEAST_OVERLAP * height * width] = np.nan
    lags /= max(float(lags[0, 0]), 1e-12)
    return lags


def _overlap(side: int) -> NDArray[np.float64]:
    """How many pixels of a line meet themselves at each of its 2 * side lags."""
    lag = np.arange(2 * side)
    return (side - np.minimum(lag, 2 * side - lag)).astype(np.float64)


def strongest_echo(picture: Floats) -> Echo:
    """The strongest echo at a distance of `NEAREST` and more."""
    lags = autocorrelation(picture)
    height, width = lags.shape
    dy = np.minimum(np.arange(height), height - np.arange(height))[:, None]
    dx = np.minimum(np.arange(width), width - np.arange(width))[None]
    lags = np.where((np.hypot(dy, dx) >= NEAREST) & ~np.isnan(lags), lags, -1.0)
    y, x = np.unravel_index(int(lags.argmax()), lags.shape)
    shift = (int(x) - (width if x > width // 2 else 0), int(y) - (height if y > height // 2 else 0))
    return Echo(float(lags[y, x]), shift)


def repetition(result: Floats, sample: Floats) -> float:
    """How much more the result echoes itself than the sample does, 0..1.

    Side-by-side copies of a stochastic sample get close to 1, good synthesis stays under 0.1.
    """
    return max(0.0, strongest_echo(result).strength - max(strongest_echo(sample).strength, 0.0))
