"""A first look at a filled hole, in milliseconds whatever its size: the colours of its rim, drawn inwards.

Source: the pull-push algorithm of Gortler, Grzeszczuk, Szeliski, Cohen, The Lumigraph, SIGGRAPH 1996, section 3.4. Ours
works on a thinned picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats

ENOUGH = 60_000
"""Pixels of the thinned picture, about."""


def diffused(pixels: Floats, hole: NDArray[np.bool_]) -> Floats:
    """Colours for the pixels of the hole, (n, C) in raster order, in blocks where the picture is large.

    Args:
        pixels: float32 (H, W, C).
        hole: bool (H, W), not everything.
    """
    thinning = max(1, int(np.sqrt(hole.size / ENOUGH)))
    small, missing = pixels[::thinning, ::thinning], hole[::thinning, ::thinning]
    known = (~missing).astype(np.float32)
    if not known.any():
        return np.broadcast_to(pixels[~hole].mean(axis=0), (int(np.count_nonzero(hole)), pixels.shape[2])).copy()
    filled = _pulled(small * known[..., None], known)
    ys, xs = np.nonzero(hole)
    return filled[ys // thinning, xs // thinning]


def _pulled(sums: Floats, known: Floats) -> Floats:
    """Means where something is known, the next coarser level's elsewhere. `sums` are colours times `known`."""
    means = sums / np.maximum(known, np.float32(1e-6))[..., None]
    if known.all():
        return means
    height, width = known.shape
    even = ((0, height % 2), (0, width % 2))
    half = _pulled(_halves(np.pad(sums, (*even, (0, 0)))), _halves(np.pad(known, even)))
    larger = _doubled(_doubled(half).swapaxes(0, 1)).swapaxes(0, 1)[:height, :width]
    return np.where(known[..., None] > 0, means, larger)


def _doubled(values: Floats) -> Floats:
    """Twice as many rows, in a straight line from the middle of one to the middle of the next."""
    own, padded = np.float32(0.75) * values, np.concatenate([values[:1], values, values[-1:]])
    between = np.float32(0.25) * padded
    return np.stack([own + between[:-2], own + between[2:]], axis=1).reshape(-1, *values.shape[1:])


def _halves(values: Floats) -> Floats:
    return values[::2, ::2] + values[1::2, ::2] + values[::2, 1::2] + values[1::2, 1::2]
