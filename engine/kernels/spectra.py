"""Spectra of textures: without the cross that a picture's edges make, and of noise that looks alike from afar.

Sources: Moisan, Periodic Plus Smooth Image Decomposition, JMIV 39, 2011; Galerne, Gousseau, Morel, Random Phase
Textures, IEEE TIP 20(1), 2011.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats
from engine.kernels.steerable import Spectrum


def periodic(maps: Floats) -> Floats:
    """(C, H, W) without the slow light that makes opposite edges differ: it can then be repeated without a seam."""
    _, height, width = maps.shape
    edges = np.zeros(maps.shape, np.float32)
    down, across = maps[:, -1] - maps[:, 0], maps[:, :, -1] - maps[:, :, 0]
    edges[:, 0] += down
    edges[:, -1] -= down
    edges[:, :, 0] += across
    edges[:, :, -1] -= across
    rows = 2 * np.cos(2 * np.pi * np.arange(height) / height)
    columns = 2 * np.cos(2 * np.pi * np.arange(width // 2 + 1) / width)
    divisor = rows[:, None] + columns[None] - 4
    divisor[0, 0] = 1
    smooth = np.fft.rfft2(edges) / divisor
    smooth[:, 0, 0] = 0
    return np.asarray(maps - np.fft.irfft2(smooth, (height, width)), np.float32)


def spectrum(maps: Floats) -> Spectrum:
    """The Fourier transform of (C, H, W) over its number of pixels, complex64."""
    return np.asarray(np.fft.fft2(maps) / (maps.shape[1] * maps.shape[2]), np.complex64)


def picture(values: Spectrum) -> Floats:
    """The way back, float32 (C, H, W)."""
    return np.asarray(np.fft.ifft2(values, norm="forward").real, np.float32)


def alike(example: Floats, white: Floats) -> Floats:
    """Noise with the power spectrum of an example of any size.

    Args:
        example: float32 (C, h, w), without mean.
        white: float32 (C, H, W), white noise of deviation 1.
    """
    height, width = white.shape[1:]
    power = _power(example, height, width)
    return np.asarray(np.fft.irfft2(np.sqrt(power) * np.fft.rfft2(white), (height, width)), np.float32)


def _power(example: Floats, height: int, width: int) -> NDArray[np.float32]:
    """The example's power on another grid, (C, H, W // 2 + 1): its auto-correlation, faded out and laid on the grid."""
    _, h, w = example.shape
    reach_y, reach_x = min(h, height) // 2, min(w, width) // 2
    power = np.square(np.abs(np.fft.rfft2(example)))
    correlation = np.fft.irfft2(power, (h, w)) / (h * w)
    y, x = np.arange(-reach_y, reach_y), np.arange(-reach_x, reach_x)
    # A triangle is the one simple fade whose own spectrum is nowhere negative.
    fade = (1 - np.abs(y) / max(reach_y, 1))[:, None] * (1 - np.abs(x) / max(reach_x, 1))[None]
    laid = np.zeros((len(example), height, width), np.float32)
    laid[:, (y % height)[:, None], x % width] = fade * correlation[:, (y % h)[:, None], x % w]
    return np.asarray(np.maximum(np.fft.rfft2(laid).real, 0), np.float32)
