"""Copies, where it is known what was copied: the largest piece, from the result's own origin.

`novelty` has to guess by looking; where a result says where its pixels came from nothing needs to be guessed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes
from engine.measures.novelty import connected
from engine.measures.report import Figure

APART = 1 << 24
"""Added to the shifts of each further source, so that pieces of different sources are never one."""


def largest_copy(places: NDArray[np.int32], widths: Sequence[int], which: Bytes | None = None) -> float:
    """The largest piece that was copied in one, as a share of all that was copied, 0..1.

    Args:
        places: int32 (h, w), y * width + x of the source; -1 where nothing was copied.
        widths: of the sources.
        which: uint8 (h, w), the source of each pixel; None where there is one.
    """
    known = places >= 0
    if not known.any():
        return 0.0
    table = np.asarray(widths, np.int64)
    number = np.zeros(places.shape, np.int64) if which is None else which.astype(np.int64)
    y, x = np.divmod(np.maximum(places, 0).astype(np.int64), table[number])
    rows, columns = np.indices(places.shape)
    shift = np.stack([x - columns + number * APART, y - rows], axis=2)
    sizes = np.bincount(connected(shift, known).ravel())
    return float(sizes[1:].max() / known.sum())


def copy_figure(share: float) -> Figure:
    """The same for people."""
    said = f"The largest piece copied in one is {share:.0%} of what was made."
    if share < 0.02:
        said = "No piece of any size was copied in one."
    return Figure("largest-copy", "Largest copy", share, share < 0.25, said)
