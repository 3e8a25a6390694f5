"""What can be measured of a texture by itself: one number for each word that a slider may have.

Sources: Tamura, Mori, Yamawaki, Textural Features Corresponding to Visual Perception, IEEE SMC 1978 (coarseness,
contrast, directionality, regularity as what people see first); Bigun and Granlund, Optimal Orientation Detection of
Linear Symmetry, ICCV 1987 (the structure tensor).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats

NAMES = ("Lightness", "Saturation", "Warmth", "Contrast", "Coarseness", "Regularity", "Direction", "Edges")
_LUMA = np.array([0.299, 0.587, 0.114])


def measured(picture: Floats) -> NDArray[np.float64]:
    """One number for each of NAMES, of a picture (H, W, 3) of at least 16 px a side.

    Lightness: mean luminance. Saturation: mean distance of a colour from its gray. Warmth: mean red less blue.
    Contrast: deviation of the luminance. Coarseness: log2 of the mean period, in px. Regularity: the highest
    autocorrelation away from the middle, 0..1. Direction: how much all gradients agree, 0..1. Edges: the mean gradient
    in deviations of the luminance per px.
    """
    colour = np.asarray(picture, np.float64)
    light = colour @ _LUMA
    saturation = float(np.sqrt(np.square(colour - light[..., None]).mean(axis=2)).mean())
    contrast = float(light.std())
    dy, dx = np.gradient(light)
    xx, yy, xy = float((dx * dx).mean()), float((dy * dy).mean()), float((dx * dy).mean())
    agreement = float(np.hypot(xx - yy, 2 * xy) / (xx + yy + 1e-9))
    edges = float(np.hypot(dx, dy).mean()) / (contrast + 1e-3)
    coarseness, regularity = _spectral(light)
    warmth = float((colour[..., 0] - colour[..., 2]).mean())
    return np.array(
        [float(light.mean()), saturation, warmth, contrast, coarseness, regularity, agreement, edges], np.float64
    )


def _spectral(light: NDArray[np.float64]) -> tuple[float, float]:
    """Coarseness and regularity."""
    height, width = light.shape
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    shape = (2 * height, 2 * width)
    rest = (light - light.mean()) * window
    power = np.abs(np.fft.rfft2(rest, shape)) ** 2
    far = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    counted = np.where(far > 1.5 / min(height, width), power, 0)
    centre = float((counted * far).sum() / (counted.sum() + 1e-12))
    echo = np.fft.irfft2(power, shape)
    seen = np.fft.irfft2(np.abs(np.fft.rfft2(window, shape)) ** 2, shape)
    echo = echo / np.maximum(seen, 0.05 * seen[0, 0])
    echo = echo / (echo[0, 0] + 1e-12)
    down = np.minimum(np.arange(shape[0]), shape[0] - np.arange(shape[0]))[:, None]
    across = np.minimum(np.arange(shape[1]), shape[1] - np.arange(shape[1]))[None]
    # A peak has to stand out from a dip on the way to it; otherwise a smooth picture would be the most regular one.
    return float(np.log2(1 / max(centre, 1e-3))), _peak(echo, down, across, min(height, width))


def _peak(echo: NDArray[np.float64], down: NDArray[np.int64], across: NDArray[np.int64], side: int) -> float:
    away = np.hypot(down, across)
    rings = np.floor(away).astype(np.int64)
    lowest, highest = 1.0, 0.0
    reach = side * 6 // 10
    order = np.argsort(rings, axis=None, kind="stable")
    sorted_rings, values = rings.reshape(-1)[order], echo.reshape(-1)[order]
    cuts = np.searchsorted(sorted_rings, np.arange(reach + 1))
    for ring in range(1, reach):
        part = values[cuts[ring] : cuts[ring + 1]]
        lowest = min(lowest, float(np.median(part)))
        if ring >= 4:
            highest = max(highest, float(part.max()) - max(lowest, 0.0))
    return min(max(highest, 0.0), 1.0)
