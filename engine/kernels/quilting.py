"""A quilt in the making: the fronts of blocks one after another, each searched on all threads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import GRAY_ALPHA, RGBA, Floats
from engine.kernels.quilting_blocks import choose, cut, paste
from engine.kernels.quilting_grid import fronts
from engine.kernels.quilting_search import CLOSED, GROUP, gather_taps, search
from engine.region import Rect, Size

FLOOR = 2.0
"""What one compared value costs at least, in squared steps of 1/255, so that a perfect fit is not infinitely better
than a very good one: it is what rounding both values to 8 bits and a little grain add."""

COSTS_BYTES = 64 << 20
"""How much the costs of the blocks that are searched at the same time may take; one block's always can."""


FEWEST = 4
"""Places that a block must be able to come from, or smaller ones are taken."""


def integral(values: NDArray[Any]) -> NDArray[np.int64]:
    """int64 (H + 1, W + 1): the sum of what lies above and to the left."""
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1), np.int64)
    values.cumsum(axis=0, dtype=np.int64, out=sums[1:, 1:]).cumsum(axis=1, out=sums[1:, 1:])
    return sums


def whole(sums: NDArray[np.int64], block: int) -> NDArray[np.bool_]:
    """Where blocks of so many pixels a side hold nothing but usable pixels, whose integral this is: by their corner."""
    full = sums[block:, block:] - sums[:-block, block:] - sums[block:, :-block] + sums[:-block, :-block]
    return np.asarray(full == block * block)


def planes_of(sample: Floats) -> Floats:
    """What is compared: float32 (C, H * W), whole numbers -128..127; colours count as much as alpha lets one see.

    Args:
        sample: float32 (H, W, C), 0..1.
    """
    values = np.array(sample, np.float32)
    if values.shape[2] in (GRAY_ALPHA, RGBA):
        values[..., :-1] *= values[..., -1:]
    steps = np.floor(values * np.float32(255) + np.float32(0.5)) - np.float32(128)
    return np.ascontiguousarray(steps.reshape(-1, values.shape[2]).T)


class Quilter:
    """Iterate over it once: every step makes one front of blocks and gives the rectangles that changed.

    Args:
        ctx: seed, threads, cancel flag, output size.
        sample: float32 (H, W, C), 0..1.
        block, overlap: px, from `fitting`.
        tolerance: how much worse than the best a block may be, as a share, 0 or more.
        variety: how much one use of a part of the sample beyond the others raises its cost, as a share, 0 or more.
        cyclic: the quilt is a torus.
        usable: bool (H, W), blocks lie wholly inside; everything by default.

    Attributes:
        quilt: int32 (h, w), the index of the sample's pixel that each pixel shows, -1 where there is none yet.
        whole: the rectangle of all of it.
    """

    def __init__(
        self,
        ctx: Context,
        sample: Floats,
        block: int,
        overlap: int,
        tolerance: float,
        variety: float,
        cyclic: bool,
        usable: NDArray[np.bool_] | None = None,
    ) -> None:
        self.ctx, self.block, self.overlap = ctx, block, overlap
        self.tolerance, self.variety, self.cyclic = tolerance, variety, cyclic
        height, width, channels = sample.shape
        self.sides = height, width
        self.colours = sample.reshape(-1, channels)
        self.planes = planes_of(sample)
        self.sums = np.zeros((height + 1, width + 1), np.int64)
        energy = np.square(self.planes).sum(axis=0, dtype=np.float32).astype(np.int64).reshape(height, width)
        self.sums[1:, 1:] = energy.cumsum(axis=0).cumsum(axis=1)
        total = np.pad(self.planes.sum(axis=0).reshape(height, width), ((0, 1), (0, 1)))
        cells = total[:-1, :-1] + total[:-1, 1:] + total[1:, :-1] + total[1:, 1:]
        self.cells = np.ascontiguousarray(cells.reshape(-1))
        self.counts = np.zeros((height, width), np.int64)
        if usable is not None:
            self.counts[~usable] = CLOSED
        self.used = integral(self.counts)
        self.quilt = np.full((ctx.size[1], ctx.size[0]), -1, np.int32)
        self.whole = Rect(0, 0, *ctx.size)

    @staticmethod
    def fitting(
        shape: tuple[int, ...], block: int, overlap: int | None, usable: NDArray[np.bool_] | None = None
    ) -> tuple[int, int]:
        """Block and overlap in px for a sample of this shape: at most two thirds of its shorter side, so that there
        is something to choose from, and half of that. No overlap means a sixth of the block.

        Of a sample that is `usable` in parts, bool (H, W), blocks are as small as it takes for some of them to fit.
        """
        block = min(block, max(1, math.ceil(min(shape[:2]) * 2 / 3)))
        if usable is not None and not usable.all():
            sums = integral(usable)
            while block > 1 and np.count_nonzero(whole(sums, block)) < FEWEST:
                block = max(1, block * 3 // 4)
        return block, min(max(1, round(block / 6)) if overlap is None else overlap, block // 2)

    @staticmethod
    def memory(shape: tuple[int, ...], size: Size) -> int:
        """Bytes that a quilt takes at its peak, for a sample of this shape and an output of this size."""
        pixels = shape[0] * shape[1]
        return pixels * (shape[2] * 8 + 40) + max(COSTS_BYTES, pixels * 8) + size[0] * size[1] * 4

    def __iter__(self) -> Iterator[list[Rect]]:
        ctx = self.ctx
        groups = list(fronts(ctx.size, self.block, self.overlap, self.cyclic))
        work = np.cumsum([self._work(blocks) for blocks in groups])
        pasted = 0
        for blocks, done in zip(groups, work, strict=True):
            per_use = self.variety / (1 + pasted / self.counts.size)
            places = self._searched(blocks, per_use)
            self._paste(blocks, places)
            pasted += int((blocks[:, 2] * blocks[:, 3]).sum())
            ctx.progress(float(done / work[-1]))
            yield [rect for block in blocks for rect in self._rects(block)]

    def _paste(self, blocks: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        longest, width = int(blocks[:, 2:4].max()), self.sides[1]
        cuts = np.empty((len(blocks), 4, longest), np.int32)
        self.ctx.spread(
            cut, len(blocks), blocks, places, self.planes, width, self.quilt, cuts, np.empty(len(blocks)), grain=8
        )
        paste(blocks, places, cuts, width, self.quilt, self.counts, self.used)

    def pixels(self, rect: Rect) -> Floats:
        """What the quilt shows inside `rect`: float32 (h, w, C); 0 where there is nothing yet."""
        part = self.quilt[rect.slices]
        pixels = self.colours[np.maximum(part, 0)]
        pixels[part < 0] = 0
        return pixels

    @staticmethod
    def _work(blocks: NDArray[np.int64]) -> float:
        h, w, top, bottom, left, right = blocks[:, 2:8].T
        return float((h * w - (h - top - bottom) * (w - left - right) + 1).sum())

    def _rects(self, block: NDArray[np.int64]) -> Iterator[Rect]:
        y, x, h, w = (int(v) for v in block[:4])
        height, width = self.quilt.shape
        for top in (y, y - height) if y + h > height else (y,):
            for left in (x, x - width) if x + w > width else (x,):
                yield Rect(left, top, w, h).clipped(Rect(0, 0, width, height))

    def _searched(self, blocks: NDArray[np.int64], per_use: float) -> NDArray[np.int64]:
        """y, x of the sample's block for each of a front's blocks: int64 (n, 2)."""
        height, width = self.sides
        rows, columns = height - int(blocks[:, 2].min()) + 1, width - int(blocks[:, 3].min()) + 1
        batch = max(1, COSTS_BYTES // (rows * columns * 8))
        places = np.empty((len(blocks), 2), np.int64)
        seed = np.uint64(self.ctx.seed)
        for first in range(0, len(blocks), batch):
            part = blocks[first : first + batch]
            n = len(part)
            taps = -(-int((part[:, 2] * part[:, 3]).max()) * len(self.planes) // GROUP) * GROUP
            offsets, values = np.empty((n, 2, taps), np.uint64), np.empty((n, 2, taps), np.float32)
            counts, energies = np.empty((n, 2), np.int64), np.empty(n, np.float64)
            gather_taps(part, self.quilt, self.planes, height * width, width, offsets, values, counts, energies)
            costs, least = np.empty((n, rows, columns)), np.empty((n, rows))
            self.ctx.spread(
                search, n * rows, part, self.planes.reshape(-1), self.cells, self.sums, self.used, offsets, values,
                counts, energies, FLOOR, per_use, self.tolerance, costs, least,
            )  # fmt: skip
            choose(part, costs, least, width, self.tolerance, seed, places[first : first + n])
        return places
