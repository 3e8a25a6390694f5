"""Keeps a growing texture like its sample as a whole: as bright, as sharp, with all of it in use.

Source: Kopf et al., Solid Texture Synthesis from 2D Exemplars, SIGGRAPH 2007, section 3.3 (weights that draw the
result's histogram to the exemplar's). Ours weighs whole pieces before they are chosen, by what the result has too much
of so far; what is too much is measured on the result itself, joints included, because joints are sharp too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

STRENGTH = np.array([0.5, 1.0])
"""How strongly brightness and sharpness are held, per standard deviation between pieces."""
MOST = 2.0
"""The largest exponent of a weight, so that no piece becomes impossible."""
LEAST_SPREAD = 0.08
"""How much pieces differ at least, as a share of how much pixels do."""


def box_sums(table: NDArray[np.generic], corners: Longs, sides: Longs) -> NDArray[np.generic]:
    """Sums over boxes, from an integral (H + 1, W + 1): corners y, x and sides h, w, both int64 (n, 2) or (2,)."""
    y, x = corners[:, 0], corners[:, 1]
    below, beyond = y + sides[..., 0], x + sides[..., 1]
    return table[below, beyond] - table[y, beyond] - table[below, x] + table[y, x]


class Balance:
    """What a sample is like as a whole, and how far a result is from that.

    Args:
        planes: int16 (C, H * W), colours only.
        usable: bool (H, W), pixels that count.
        block: side of the pieces, px.
    """

    def __init__(self, planes: NDArray[np.int16], usable: NDArray[np.bool_], block: int) -> None:
        rows, columns = usable.shape
        light = planes.mean(axis=0, dtype=np.float32).reshape(rows, columns)
        maps = np.stack([light, _fineness(light)]).astype(np.float64)
        self._mean = maps[:, usable].mean(axis=1)
        self._tables = np.zeros((2, rows + 1, columns + 1))
        maps = np.where(usable, maps - self._mean[:, None, None], 0)
        self._tables[:, 1:, 1:] = maps.cumsum(axis=1).cumsum(axis=2)
        side, t = min(block, rows, columns), self._tables
        boxes = t[:, side:, side:] - t[:, :-side, side:] - t[:, side:, :-side] + t[:, :-side, :-side]
        # Where all pieces are alike, as in a chequerboard, what tells them apart is chance and must not weigh.
        least = LEAST_SPREAD * maps[:, usable].std(axis=1)
        self._spread = np.maximum(np.maximum((boxes / side**2).std(axis=(1, 2)), least), 1e-6)
        self._excess, self._area, self._whole = np.zeros(2), 0, int(usable.sum())

    def weights(self, corners: Longs, sides: Longs) -> Doubles:
        """Factors of the cost of pieces: above 1 for those that have more of what there is too much of.

        Args:
            corners: int64 (n, 2), y, x in the sample. sides: int64 (2,), height and width.
        """
        # As if one sample's worth of pixels had been laid in balance, so that the first pieces do not decide too much.
        wrong = STRENGTH * self._excess / (self._area + self._whole)
        if not wrong.any():
            return np.ones(len(corners))
        means = np.stack([box_sums(table, corners, sides) for table in self._tables]) / (sides[0] * sides[1])
        return np.exp(np.clip(wrong @ (means / self._spread[:, None]), -MOST, MOST))

    def laid(self, colours: NDArray[np.int16]) -> None:
        """A part of the result is now int16 (C, h, w)."""
        light = colours.mean(axis=0, dtype=np.float32)
        found = np.array([light.mean(), _fineness(light).mean()], np.float64)
        self._excess += light.size * (found - self._mean) / self._spread
        self._area += light.size


def _fineness(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared steps to the right and downwards (h, w); those across the last row and column count as none."""
    out = np.zeros_like(light)
    out[:, :-1] += np.square(np.diff(light, axis=1))
    out[:-1] += np.square(np.diff(light, axis=0))
    return out
