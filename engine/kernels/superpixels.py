"""Superpixels: small areas of one colour that keep to the edges of a picture.

Source: Achanta et al., SLIC Superpixels Compared to State-of-the-Art Superpixel Methods, PAMI 2012. Ours lets each
pixel choose among the nine nearest cells of the starting grid, as gSLIC does (Ren and Reid 2011), so that every step
is a few whole-array operations.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats

Whole = NDArray[np.int32]

NEIGHBOURS = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))


class Superpixels:
    """The areas of one picture, found by `refine`.

    Args:
        features: float32 (H, W, F), what is compared by its plain distance.
        side: of a cell of the starting grid in pixels, at least 1.
        compactness: what a cell's side of distance in place counts, in the units of the features.

    Attributes:
        of: int32 (H, W), the number of each pixel's area, 0 .. count - 1.
        centres: float32 (count, F), the mean features of each area.
        places: float32 (count, 2), the mean y and x.
        sizes: float32 (count,), pixels.
    """

    def __init__(self, features: Floats, side: int, compactness: float) -> None:
        height, width = features.shape[:2]
        self._features = features
        self._scale = np.float32(compactness / side)
        self.rows, self.columns = max(1, round(height / side)), max(1, round(width / side))
        self._row: Whole = (np.arange(height, dtype=np.int32) * self.rows // height).astype(np.int32)
        self._column: Whole = (np.arange(width, dtype=np.int32) * self.columns // width).astype(np.int32)
        self.of: Whole = self._row[:, None] * np.int32(self.columns) + self._column[None, :]
        self.count = self.rows * self.columns
        self.centres = np.zeros((self.count, features.shape[2]), np.float32)
        self.places = np.zeros((self.count, 2), np.float32)
        self.sizes = np.zeros(self.count, np.float32)
        self._measure()

    def refine(self, ctx: Context, turns: int) -> Iterator[None]:
        """Pixels go to the area that is most like them, areas move to the middle of their pixels; once per turn."""
        height, width = self.of.shape
        ys = np.arange(height, dtype=np.float32)[:, None]
        xs = np.arange(width, dtype=np.float32)[None, :]
        for _ in range(turns):
            best = np.full((height, width), np.inf, np.float32)
            chosen = self.of.copy()
            for dy, dx in NEIGHBOURS:
                ctx.check()
                row = np.clip(self._row + dy, 0, self.rows - 1)
                column = np.clip(self._column + dx, 0, self.columns - 1)
                area = row[:, None] * np.int32(self.columns) + column[None, :]
                apart = (self._features - self.centres[area]) ** 2
                cost = apart.sum(axis=2, dtype=np.float32)
                cost += ((ys - self.places[area, 0]) * self._scale) ** 2
                cost += ((xs - self.places[area, 1]) * self._scale) ** 2
                nearer = cost < best
                np.copyto(best, cost, where=nearer)
                np.copyto(chosen, area, where=nearer)
            self.of = chosen
            self._measure()
            yield

    def mean(self, values: Floats) -> Floats:
        """The mean of float32 (H, W) in each area, (count,); 0 for areas without pixels."""
        sums = np.bincount(self.of.ravel(), values.ravel(), self.count)
        return (sums / np.maximum(self.sizes, 1)).astype(np.float32)

    def borders(self) -> tuple[Whole, Whole, Floats]:
        """Which areas touch: (a, b, length) of every pair in both orders, sorted by a; length in pixel sides."""
        across = np.stack([self.of[:, :-1].ravel(), self.of[:, 1:].ravel()])
        down = np.stack([self.of[:-1].ravel(), self.of[1:].ravel()])
        pairs = np.concatenate([across, down], axis=1).astype(np.int64)
        pairs = pairs[:, pairs[0] != pairs[1]]
        both = np.concatenate([pairs[0] * self.count + pairs[1], pairs[1] * self.count + pairs[0]])
        codes, lengths = np.unique(both, return_counts=True)
        return (codes // self.count).astype(np.int32), (codes % self.count).astype(np.int32), lengths.astype(np.float32)

    def _measure(self) -> None:
        flat = self.of.ravel()
        sizes = np.bincount(flat, minlength=self.count)
        there = sizes > 0
        self.sizes = sizes.astype(np.float32)
        divisor = np.maximum(sizes, 1)
        for channel in range(self.centres.shape[1]):
            sums = np.bincount(flat, self._features[..., channel].ravel(), self.count)
            self.centres[there, channel] = (sums / divisor)[there]
        height, width = self.of.shape
        ys = np.bincount(flat, np.repeat(np.arange(height, dtype=np.float64), width), self.count) / divisor
        xs = np.bincount(flat, np.tile(np.arange(width, dtype=np.float64), height), self.count) / divisor
        self.places[there] = np.stack([ys, xs], axis=1)[there]
