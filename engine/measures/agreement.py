"""Agreement: how well each copied pixel sits among its neighbours, from where it was copied.

After the seam cost of Kwatra et al., Graphcut Textures, SIGGRAPH 2003, section 3.1: a joint is good where each side
goes on as it does in the source. Here each pixel's steps to its neighbours are compared with the same steps around
its place in the source, so that inside a piece that was copied as it is everything agrees, and a joint that shows
does not. Light that was evened out slowly does not count as a joint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats
from engine.measures.colours import rgb

AROUND = ((0, 1), (1, 0), (0, 2), (2, 0))
"""Steps (down, across) that are compared, each forwards and backwards."""

HALF = 0.06
"""Root mean square difference of steps, 0..1, at which the agreement is one half: a joint that an eye finds."""


def agreement(result: Floats, source: Floats, places: NDArray[np.int32]) -> Floats:
    """How well pixels fit in where they were put.

    Args:
        result: float32 (h, w, C), 0..1.
        source: float32 (H, W, C), 0..1; the channels may differ.
        places: int32 (h, w), y * W + x of the source; -1 where a pixel was not copied.

    Returns:
        float32 (h, w), 0..1: 1 where everything around goes on as in the source, and where nothing was copied.
    """
    made, given = rgb(result), rgb(source)
    flat = given.reshape(-1, given.shape[2])
    height, width = places.shape
    known = places >= 0
    y, x = np.divmod(np.maximum(places, 0), np.int32(given.shape[1]))
    here = flat[np.maximum(places, 0)]
    total, count = np.zeros(places.shape, np.float32), np.zeros(places.shape, np.float32)
    for dy, dx in (*AROUND, *((-dy, -dx) for dy, dx in AROUND)):
        rows, columns = _inside(height, dy), _inside(width, dx)
        moved = slice(rows.start + dy, rows.stop + dy), slice(columns.start + dx, columns.stop + dx)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        sy, sx = y[rows, columns] + dy, x[rows, columns] + dx
        there = (sy >= 0) & (sy < given.shape[0]) & (sx >= 0) & (sx < given.shape[1]) & known[rows, columns]
        ahead = flat[np.where(there, sy * np.int32(given.shape[1]) + sx, 0)]
        step = (made[moved] - made[rows, columns]) - (ahead - here[rows, columns])
        total[rows, columns] += np.where(there, np.square(step).mean(axis=2), 0)
        count[rows, columns] += there
    rms = np.sqrt(total / np.maximum(count, 1))
    found: Floats = np.where(known, 1 / (1 + np.square(rms / np.float32(HALF))), 1).astype(np.float32)
    return found


def _inside(length: int, step: int) -> slice:
    """Where a step from stays inside."""
    return slice(max(0, -step), min(length, length - step))
