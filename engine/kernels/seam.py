"""Minimum error boundary cut: the cheapest path along a strip in which two pictures overlap.

Source: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001, section 2.1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.kernels.compiled import kernel


@kernel
def least_seam(error: NDArray[np.float64], length: int, depth: int, cut: NDArray[np.int64]) -> None:
    """The path with the least sum of errors that moves at most 1 sideways from row to row.

    Args:
        error: float64 (>= length, >= depth); its first `length` rows and `depth` columns count. Overwritten with the
            cumulative minimum.
        length: rows of the strip, at least 1.
        depth: columns of the strip, at least 1.
        cut: int64 (>= length,), receives the column of the path in every row. Among equals the lowest column wins.
    """
    for k in range(1, length):
        for d in range(depth):
            least = error[k - 1, d]
            if d > 0:
                least = min(least, error[k - 1, d - 1])
            if d + 1 < depth:
                least = min(least, error[k - 1, d + 1])
            error[k, d] += least
    low, high = 0, depth
    for back in range(length):
        k = length - 1 - back
        best = low
        for d in range(low + 1, high):
            if error[k, d] < error[k, best]:
                best = d
        cut[k] = best
        low, high = max(best - 1, 0), min(best + 2, depth)
