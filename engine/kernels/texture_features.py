"""What a coarse level still has to know of fine texture: how strong the gradients are that it can no longer show.

Source: Newson et al., Non-Local Patch-Based Image Inpainting, IPOL 2017: |Ix| and |Iy| of the full picture, averaged
over the pixels that one coarse pixel stands for. Ours are averaged by the pyramid itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes, Floats
from engine.kernels.pyramid import Shorts
from engine.kernels.strips import Check, rows_of

TEXTURE_WEIGHT = 50.0
"""Newson's lambda: a squared difference of texture features counts this much more than one of colours."""


def gradient_strength(values: Shorts, known: Bytes, colours: int, check: Check | None = None) -> tuple[Shorts, Bytes]:
    """|Ix| and |Iy| by central differences: int16 (H, W, 2) in the units of `values`, and uint8 (H, W) where they hold.

    Args:
        values: int16 (H, W, C).
        known: uint8 (H, W). Gradients hold where the pixel and its four neighbours are known.
        colours: the first so many channels make the gray picture.
        check: looked at between strips of the picture.
    """
    height = known.shape[0]
    out = np.zeros((*known.shape, 2), np.int16)
    holds = np.zeros_like(known)
    for some in rows_of(known.shape, check):
        low, high = max(0, some.start - 1), min(height, some.stop + 1)
        gray = values[low:high, :, 0].copy()
        for channel in range(1, colours):
            gray += values[low:high, :, channel]
        mine = slice(some.start - low, some.stop - low)
        inner = slice(low + 1, high - 1)
        for across, step in ((True, gray[mine, 2:] - gray[mine, :-2]), (False, gray[2:] - gray[:-2])):
            np.abs(step, out=step)
            step //= 2 * colours
            if across:
                out[some, 1:-1, 0] = step
            else:
                out[inner, :, 1] = step
        above, below = slice(low, high - 2), slice(low + 2, high)
        beside = known[inner, 2:] & known[inner, :-2]
        holds[inner, 1:-1] = known[inner, 1:-1] & beside & known[below, 1:-1] & known[above, 1:-1]
    return out, holds


def weighted(strength: Shorts, limit: int, weight: float = TEXTURE_WEIGHT) -> Shorts:
    """Texture features as channels that count `weight` times in a sum of squared differences, at most `limit`."""
    scaled = np.rint(strength * np.float32(np.sqrt(weight)))
    return np.minimum(scaled, limit).astype(np.int16)


def joined(colours: Shorts, *more: NDArray[np.int16]) -> Shorts:
    """Channels side by side: int16 (H, W, sum of C)."""
    return np.concatenate([colours, *more], axis=2)


def comparable(pixels: Floats, colours: int, lab: bool = False, check: Check | None = None) -> Shorts:
    """Features of a picture: int16 (H, W, C), 0..510, or -510..510 for the a and b of Lab.

    Args:
        pixels: float32 (H, W, C), 0..1, colours multiplied by alpha where there is one.
        colours: 1 or 3, the channels in front of alpha.
        lab: compare CIE Lab (D65) instead of RGB, scaled so that a difference of L of 100 is 510. Gray stays gray.
    """
    scaled = np.empty(pixels.shape, np.int16)
    # Strip by strip everything but the result stays in the cache.
    for top in range(0, pixels.shape[0], 32):
        if check:
            check()
        levels = pixels[top : top + 32] * np.float32(510)
        scaled[top : top + 32] = np.rint(levels, out=levels)
    if not lab or colours != 3:
        return scaled
    # A table by the rounded value: the curve is the slow part, and 511 steps are what features have.
    steps = np.arange(511) / 510
    table = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4).astype(np.float32)
    for top in range(0, pixels.shape[0], 32):
        if check:
            check()
        part = scaled[top : top + 32]
        xyz = table[part[..., :3]] @ _XYZ_OF_RGB.T
        f = np.where(xyz > 0.008856, np.cbrt(xyz), xyz * np.float32(7.787) + np.float32(16 / 116))
        lightness = 116 * f[..., 1] - 16
        a, b = 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])
        part[..., :3] = np.clip(np.rint(np.stack([lightness, a, b], axis=-1) * 5.1), -510, 510)
    return scaled


_XYZ_OF_RGB = np.array(
    [
        [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883],
    ],
    np.float32,
)
"""sRGB (IEC 61966-2-1) to XYZ over the white of D65."""
