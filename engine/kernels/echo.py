"""Keeps a growing texture from echoing itself: the same parts again and again at the same distance.

The share of a picture that shows what lies one certain step away, pixel by pixel, is how high its autocorrelation rises
at that step; the eye sees it as a second picture laid over the first. It comes of pieces that continue one another in
two places alike. Ours counts such pixels, step by step, as pieces are laid, and taxes the candidates that would make
too many of them.

Source: the measure is that of repetition by autocorrelation (Lin et al., A Quantitative Evaluation of Symmetry
Detection and Regular Texture Synthesis, 2006); keeping a count while choosing is ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.region import Size

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

NEAR = 8
"""Steps of fewer px, up and down and to the side, are the sample going on, not echoes."""
LATEST = 250
"""So many pieces are looked back at: what lies farther away is a small share of the whole."""
FAINT = 0.12
"""Share of the result from which on an echo is taxed."""
STEEP = 2.0
"""By how much of itself a piece that makes an echo of twice that share costs more."""
BINS = 512
"""Steps are counted in so many kinds along the longer side at most."""


class Echo:
    """How much of a result shows what lies a step away, for every step.

    Args:
        size: (width, height) of the result.
        cyclic: it is a torus.
        seen: share of each piece that no other is laid over.
    """

    def __init__(self, size: Size, cyclic: bool, seen: float) -> None:
        self._across, self._down = size
        self._cyclic, self._seen = cyclic, seen
        self._bin = -(-max(size) // BINS)
        # Of every kind of step and those beside it; with one row and column more on each side for these.
        self._around = np.zeros((self._down // self._bin + 3, 2 * (self._across // self._bin) + 4), np.float32)
        self._placed = np.zeros((6, 0), np.int64)

    def taxes(self, block: Longs, places: Longs) -> Doubles:
        """Factors of the cost of candidates, 1 or more: float64 (n,).

        Args:
            block: int64 (4,), y, x, height, width of where one would be laid.
            places: int64 (n, 2), y, x in the sample.
        """
        candidate, down, across, areas = self._alike(block, places)
        pairs = areas + self._around[self._binned(down, across)]
        loudest = np.zeros(len(places))
        np.maximum.at(loudest, candidate, pairs / self._room(down, across))
        return 1 + STEEP * np.maximum(loudest / FAINT - 1, 0)

    def laid(self, block: Longs, place: Longs) -> None:
        """A piece now lies at `block` (as above); it is from `place`, int64 (2,), y, x."""
        _, down, across, areas = self._alike(block, place[None])
        rows, columns = self._binned(down, across)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                np.add.at(self._around, (rows + dy, columns + dx), areas)
        latest = np.array([*block[:4], *place])[:, None]
        self._placed = np.concatenate([self._placed, latest], axis=1)[:, -LATEST:]

    def _alike(self, block: Longs, places: Longs) -> tuple[Longs, Longs, Longs, NDArray[np.float32]]:
        """Pairs of a candidate and an earlier piece that would show the same part of the sample.

        Returns:
            int64 (m,), which candidate; int64 (m,) twice, the step between the two, down (0 or more) and to the right;
            float32 (m,), how many pixels.
        """
        y, x, height, width, from_y, from_x = self._placed
        apart_y, apart_x = places[:, :1] - from_y, places[:, 1:] - from_x
        tall, wide = _shared(apart_y, height, int(block[2])), _shared(apart_x, width, int(block[3]))
        candidate, other = np.nonzero((tall > 0) & (wide > 0))
        down = apart_y[candidate, other] - (block[0] - y[other])
        across = apart_x[candidate, other] - (block[1] - x[other])
        areas = (self._seen * (tall[candidate, other] * wide[candidate, other])).astype(np.float32)
        if self._cyclic:
            down = (down + self._down // 2) % self._down - self._down // 2
            across = (across + self._across // 2) % self._across - self._across // 2
        far = np.flatnonzero((np.abs(down) >= NEAR) | (np.abs(across) >= NEAR))
        candidate, down, across, areas = candidate[far], down[far], across[far], areas[far]
        # Two ways lead from one to the other; the one downwards counts.
        sign = np.where((down < 0) | ((down == 0) & (across < 0)), -1, 1)
        return candidate, down * sign, across * sign, areas

    def _binned(self, down: Longs, across: Longs) -> tuple[Longs, Longs]:
        return down // self._bin + 1, (across + self._across) // self._bin + 1

    def _room(self, down: Longs, across: Longs) -> Doubles:
        """How many pixels have another one a step away; a quarter of all at least, as fewer say little."""
        whole = float(self._down * self._across)
        if self._cyclic:
            return np.full(len(down), whole)
        return np.maximum((self._down - down) * (self._across - np.abs(across)), whole / 4)


def _shared(apart: Longs, lengths: Longs, length: int) -> Longs:
    """How much a stretch shares with others that begin `apart` before it; 0 or less for nothing."""
    return np.minimum(np.minimum(lengths - apart, length + apart), np.minimum(lengths, length))
