"""Noise that depends on the seed and on where it is, and on nothing else: windows of one canvas agree to the bit.

The mixing function is SplitMix64's finaliser (Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators,
OOPSLA 2014), once per counter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats

Words = NDArray[np.uint64]

_STEP, _COUNT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1342543DE82EF95)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SPREAD = np.float32(np.sqrt(12))


def _mixed(words: Words, counter: Words) -> Words:
    z = words + _STEP + counter * _COUNT
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return np.asarray(z ^ (z >> np.uint64(31)), np.uint64)


def places(start: int, stop: int, period: int | None) -> NDArray[np.int64]:
    """The coordinates of cells; with a period they begin again after it."""
    cells = np.arange(start, stop, dtype=np.int64)
    return cells % period if period else cells


def noise(seed: int, layer: int, channels: int, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
    """float32 (channels, len(rows), len(columns)): even noise with mean 0 and variance 1."""
    with np.errstate(over="ignore"):
        base = _mixed(np.full(1, seed, np.uint64), np.full(1, layer, np.uint64))
        planes = _mixed(base, np.arange(channels, dtype=np.uint64))[:, None, None]
        words = _mixed(_mixed(planes, rows.astype(np.uint64)[:, None]), columns.astype(np.uint64))
    unit = (words >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24) - np.float32(0.5)
    return np.asarray(unit * _SPREAD, np.float32)


def whole(seed: int, purpose: int, count: int, below: int) -> NDArray[np.int64]:
    """`count` whole numbers 0 <= n < below (below < 2**31)."""
    with np.errstate(over="ignore"):
        base = _mixed(np.full(1, seed, np.uint64), np.full(1, purpose, np.uint64))
        words = _mixed(base, np.arange(count, dtype=np.uint64))
    return ((words >> np.uint64(33)) * np.uint64(below) >> np.uint64(31)).astype(np.int64)
