"""What a code is a mixture of: shares of the samples that make it, of those nearby where there is a choice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats

_NEARBY = 0.1
"""How much it counts that samples lie near the code, against that they make it."""
_TURNS = 400


def mixture(code: Floats, codes: Floats, most: int = 4) -> dict[int, float]:
    """Number of a sample -> its share, together 1; of no more than `most` samples, and nothing jumps between them.

    Least squares on the simplex: projected gradients with momentum (Beck and Teboulle, 2009).

    Args:
        code: (D,).
        codes: (n, D), of the samples.
    """
    ways = codes.astype(np.float64) - code
    slope = _NEARBY * np.square(ways).sum(axis=1)
    gram = ways @ ways.T
    rate = 1 / (2 * np.linalg.eigvalsh(gram)[-1] + 1e-9)
    shares = ahead = np.full(len(codes), 1 / len(codes))
    pace = 1.0
    for _ in range(_TURNS):
        before = shares
        shares = _on_simplex(ahead - rate * (2 * gram @ ahead + slope))
        pace, last = (1 + (1 + 4 * pace**2) ** 0.5) / 2, pace
        ahead = shares + (last - 1) / pace * (shares - before)
    order = np.argsort(-shares, kind="stable")[:most]
    # What comes next fades out before it counts.
    parts = shares - (np.sort(shares)[-most - 1] if len(shares) > most else 0.0)
    parts = parts[order] if parts[order[0]] > 1e-6 else np.ones(len(order))
    return {int(k): float(part) for k, part in zip(order, parts / parts.sum(), strict=True) if part > 1e-6}


def _on_simplex(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest shares that are not negative and add up to 1 (Held, Wolfe and Crowder, 1974)."""
    ordered = np.sort(values)[::-1]
    over = (np.cumsum(ordered) - 1) / np.arange(1, len(values) + 1)
    return np.asarray(np.clip(values - over[np.flatnonzero(ordered > over)[-1]], 0, None), np.float64)
