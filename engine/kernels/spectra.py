"""Spectra of textures: without the cross that a picture's edges make, and of noise that looks alike from afar.

Sources: Moisan, Periodic Plus Smooth Image Decomposition, JMIV 39, 2011; Galerne, Gousseau, Morel, Random Phase
Textures, IEEE TIP 20(1), 2011.
"""

from __future__ import annotations

import numpy as np

from engine.context import Context
from engine.image import Floats
from engine.kernels.fourier import Transform, picture_of, spectrum_of, transform
from engine.kernels.steerable import Spectrum


def periodic(ctx: Context, maps: Floats, transform: Transform = transform) -> Floats:
    """(C, H, W) without the slow light that makes opposite edges differ: it can then be repeated without a seam."""
    _, height, width = maps.shape
    edges = np.zeros(maps.shape, np.float32)
    down, across = maps[:, -1] - maps[:, 0], maps[:, :, -1] - maps[:, :, 0]
    edges[:, 0] += down
    edges[:, -1] -= down
    edges[:, :, 0] += across
    edges[:, :, -1] -= across
    rows = np.cos(2 * np.pi * np.arange(height) / height)
    columns = np.cos(2 * np.pi * np.arange(width) / width)
    divisor = 2 * (rows[:, None] + columns[None] - 2)
    divisor[0, 0] = np.inf
    smooth = spectrum_of(ctx, edges, transform)
    inverse = (1 / divisor).astype(np.float32)
    for part in smooth:
        part *= inverse
        ctx.check()
    return maps - picture_of(ctx, smooth, transform)


def alike(ctx: Context, example: Floats, white: Floats, transform: Transform = transform) -> Spectrum:
    """The spectrum of noise with the power of an example of any size.

    Args:
        example: float32 (C, h, w), without mean.
        white: float32 (C, H, W), white noise of deviation 1.
    """
    spectrum = spectrum_of(ctx, white, transform)
    power = _power(ctx, example, white.shape[1], white.shape[2], transform)
    for c in range(len(spectrum)):
        ctx.check()
        spectrum[c] *= np.sqrt(power[c])
    return spectrum


def _power(ctx: Context, example: Floats, height: int, width: int, transform: Transform) -> Floats:
    """The example's power on another grid, (C, H, W): its auto-correlation, faded out and laid on the grid."""
    _, h, w = example.shape
    reach_y, reach_x = min(h, height) // 2, min(w, width) // 2
    spectrum = spectrum_of(ctx, example, transform)
    for part in spectrum:
        part *= part.conj()
        ctx.check()
    correlation = picture_of(ctx, spectrum, transform)
    y, x = np.arange(-reach_y, reach_y), np.arange(-reach_x, reach_x)
    # A triangle is the one simple fade whose own spectrum is nowhere negative.
    fade = (1 - np.abs(y) / max(reach_y, 1))[:, None] * (1 - np.abs(x) / max(reach_x, 1))[None]
    laid = np.zeros((len(example), height, width), np.float32)
    for one, found in zip(laid, correlation, strict=True):
        one[(y % height)[:, None], x % width] = fade * found[(y % h)[:, None], x % w]
        one *= np.float32(height * width)
        ctx.check()
    return np.maximum(spectrum_of(ctx, laid, transform).real, 0)
