"""What a coarse level still has to know of fine texture: how strong the gradients are that it can no longer show.

Source: Newson et al., Non-Local Patch-Based Image Inpainting, IPOL 2017: |Ix| and |Iy| of the full picture, averaged
over the pixels that one coarse pixel stands for. Ours are averaged by the pyramid itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes
from engine.kernels.pyramid import Shorts

TEXTURE_WEIGHT = 50.0
"""Newson's lambda: a squared difference of texture features counts this much more than one of colours."""


def gradient_strength(values: Shorts, known: Bytes, colours: int) -> tuple[Shorts, Bytes]:
    """|Ix| and |Iy| by central differences: int16 (H, W, 2) in the units of `values`, and uint8 (H, W) where they hold.

    Args:
        values: int16 (H, W, C).
        known: uint8 (H, W). Gradients hold where the pixel and its four neighbours are known.
        colours: the first so many channels make the gray picture.
    """
    gray = values[..., :colours].sum(axis=2, dtype=np.int32)
    out = np.zeros((*known.shape, 2), np.int16)
    holds = np.zeros_like(known)
    out[:, 1:-1, 0] = np.abs(gray[:, 2:] - gray[:, :-2]) // (2 * colours)
    out[1:-1, :, 1] = np.abs(gray[2:] - gray[:-2]) // (2 * colours)
    inner = known[1:-1, 1:-1]
    holds[1:-1, 1:-1] = inner & known[1:-1, 2:] & known[1:-1, :-2] & known[2:, 1:-1] & known[:-2, 1:-1]
    return out, holds


def weighted(strength: Shorts, limit: int, weight: float = TEXTURE_WEIGHT) -> Shorts:
    """Texture features as channels that count `weight` times in a sum of squared differences, at most `limit`."""
    scaled = np.rint(strength * np.float32(np.sqrt(weight)))
    return np.minimum(scaled, limit).astype(np.int16)


def joined(colours: Shorts, *more: NDArray[np.int16]) -> Shorts:
    """Channels side by side: int16 (H, W, sum of C)."""
    return np.concatenate([colours, *more], axis=2)
