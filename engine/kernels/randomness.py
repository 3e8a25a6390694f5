"""Counter-based random numbers inside kernels.

A number is a hash of the seed and of what it is for (pixel, iteration, purpose), so it does not matter which thread
asks first. The mixing function is SplitMix64's finaliser (Steele, Lea, Flood, Fast Splittable Pseudorandom Number
Generators, OOPSLA 2014), applied once per counter.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import kernel


@kernel
def mixed(seed: np.uint64, a: int, b: int, c: int) -> np.uint64:
    """64 well-mixed bits from a seed and three counters."""
    z = np.uint64(seed)
    for counter in (a, b, c):
        z = z + np.uint64(0x9E3779B97F4A7C15) + np.uint64(counter) * np.uint64(0xD1342543DE82EF95)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return z


@kernel
def below(limit: int, seed: np.uint64, a: int, b: int, c: int) -> int:
    """A whole number 0 <= n < limit (limit < 2**31)."""
    return np.int64((mixed(seed, a, b, c) >> np.uint64(32)) * np.uint64(limit) >> np.uint64(32))


@kernel
def uniform(seed: np.uint64, a: int, b: int, c: int) -> float:
    """A float64, 0 <= u < 1."""
    return np.float64(mixed(seed, a, b, c) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
