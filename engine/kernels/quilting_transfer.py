"""A quilt that is to look like a picture: pass after pass with smaller blocks, each searched on all threads.

Source: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001, section 4. Every pass goes
over the whole quilt in place, so that a block is compared with the new blocks that it overlaps and with what the pass
before left under the rest of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats
from engine.kernels.quilting import integral, whole
from engine.kernels.quilting_blocks import cut, paste
from engine.kernels.quilting_grid import fronts
from engine.kernels.quilting_search import CLOSED
from engine.kernels.quilting_transfer_search import GROUP, LANES, gather, search
from engine.region import Rect

Longs = NDArray[np.int64]

FLOOR = 4.0
"""What a pixel costs at least, in squared steps of 1/255: what rounding and a little grain add."""
MOST_PLACES = 1 << 18
"""Places of the sample that are looked at for a block, at most; of a larger sample every so-many-th row, other
rows for every block."""
SMALLEST = 4
EXPLAINED = 0.97
"""Share of the variance of all planes that those with cells hold."""


@dataclass(frozen=True)
class Pass:
    """One pass over the quilt.

    Attributes:
        block, overlap: px; the overlap at most half of the block.
        agreement: what a squared difference in colour counts, against what is there already (mean over the colours).
        likeness: what a squared difference in the correspondence counts (sum over its planes).
    """

    block: int
    overlap: int
    agreement: float
    likeness: float


def schedule(block: int, passes: int, strength: float) -> list[Pass]:
    """The paper's passes: blocks shrink by a third, and the agreement grows from 0.1 to 0.9.

    Args:
        block: of the first pass, px.
        passes: 1 or more.
        strength: 0..1; 0.5 are the paper's weights, 0 forgets the picture, 1 everything but the picture.
    """
    found = []
    for number in range(passes):
        alpha = 0.8 * number / max(passes - 1, 1) + 0.1
        side = max(min(block, SMALLEST), round(block * (2 / 3) ** number))
        likeness = strength * (1 - alpha)
        agreement = (1 - strength) * alpha
        total = likeness + agreement
        overlap = min(max(1, round(side / 6)), side // 2)
        found.append(Pass(side, overlap, agreement / total, likeness / total))
    return found


class Transfer:
    """Iterate over it once: every step makes one front of blocks and gives the number of the pass and what changed.

    Args:
        ctx: seed, threads, cancel flag; its part of the progress is kept.
        colours: float32 (H, W, C), what the sample looks like, in steps of 1/255.
        sample_guide: float32 (H, W, K), what corresponds to the target's guide.
        target_guide: float32 (h, w, K), in the same units.
        passes: from `schedule`; blocks must fit the sample.
        tolerance: how much worse than the best a block may be and still be taken, as a share, 0 or more.
        variety: how much one use of a part of the sample beyond the others raises its cost, as a share, 0 or more.
        usable: bool (H, W), blocks lie wholly inside, and at least one of the first pass does; everything by default.

    Attributes:
        quilt: int32 (h, w), the index of the sample's pixel that each pixel shows, -1 where there is none yet.
        limits: how many runs of candidates at most are compared by fine cells and in full.
    """

    limits = (160, 12)

    def __init__(
        self,
        ctx: Context,
        colours: Floats,
        sample_guide: Floats,
        target_guide: Floats,
        passes: Sequence[Pass],
        tolerance: float,
        variety: float,
        usable: NDArray[np.bool_] | None = None,
    ) -> None:
        self.ctx, self.passes, self.tolerance, self.variety = ctx, passes, tolerance, variety
        height, width, channels = colours.shape
        self.sides = np.array([height, width], np.int64)
        self.colours = np.ascontiguousarray(colours.reshape(-1, channels).T)
        self.guides = np.ascontiguousarray(sample_guide.reshape(height * width, -1).T)
        self.wanted = np.ascontiguousarray(target_guide.transpose(2, 0, 1))
        self.usable = None if usable is None or usable.all() else usable
        self.quilt = np.full((target_guide.shape[0], target_guide.shape[1]), -1, np.int32)

    @staticmethod
    def memory(shape: tuple[int, ...], guides: int, target: tuple[int, int]) -> int:
        """Bytes that it takes for a sample of this shape and a target of (width, height)."""
        planes = shape[2] + guides
        return shape[0] * shape[1] * (planes * 32 + 60) + target[0] * target[1] * (4 * guides + 4 * planes + 4)

    def __iter__(self) -> Iterator[tuple[int, Rect]]:
        size = (self.quilt.shape[1], self.quilt.shape[0])
        work = np.array([1 / max(1, one.block - one.overlap) for one in self.passes])
        ends = np.cumsum(work) / work.sum()
        for number, (start, end) in enumerate(zip([0.0, *ends], ends, strict=False)):
            one = self.passes[number]
            with self.ctx.part(start, end):
                for rect in self._passed(one, list(fronts(size, one.block, one.overlap, False))):
                    yield number, rect

    def _passed(self, one: Pass, groups: list[Longs]) -> Iterator[Rect]:
        ctx = self.ctx
        height, width = (int(side) for side in self.sides)
        compared = _Compared(ctx, self, one)
        counts, spare = np.zeros((height, width), np.int64), -1
        if self.usable is not None:
            counts[~self.usable] = CLOSED
            y, x = np.argwhere(whole(integral(self.usable), one.block))[0]
            spare = int(y) * width + int(x)
        used = integral(counts)
        limits, seed = np.array([*self.limits, -(-counts.size // MOST_PLACES)], np.int64), np.uint64(ctx.seed)
        done, pasted, total = 0, 0, sum(len(blocks) for blocks in groups)
        for blocks in groups:
            reuse = self.variety / (1 + pasted / counts.size)
            settings = np.array([FLOOR, self.tolerance, reuse, spare])
            places = np.empty((len(blocks), 2), np.int64)
            ctx.spread(
                search, len(blocks), blocks, self.sides, self.quilt, compared.flat, used,
                *compared.gathered(blocks, self.quilt), settings, limits, seed, places,
            )  # fmt: skip
            longest = int(blocks[:, 2:4].max())
            cuts = np.empty((len(blocks), 4, longest), np.int32)
            ctx.spread(
                cut, len(blocks), blocks, places, self.colours, width, self.quilt, cuts, np.empty(len(blocks)), grain=8
            )
            paste(blocks, places, cuts, width, self.quilt, counts, used)
            pasted += int((blocks[:, 2] * blocks[:, 3]).sum())
            done += len(blocks)
            ctx.progress(done / total)
            top, left = blocks[:, :2].min(axis=0)
            bottom, right = (blocks[:, :2] + blocks[:, 2:4]).max(axis=0)
            yield Rect(int(left), int(top), int(right - left), int(bottom - top))


class _Compared:
    """What one pass compares, as `quilting_transfer_search` wants it."""

    def __init__(self, ctx: Context, job: Transfer, one: Pass) -> None:
        self.ctx = ctx
        height, self.width = (int(side) for side in job.sides)
        self.cell = np.array([max(1, one.block // 2), max(1, one.block // 4), 1], np.int64)
        guides = job.guides * np.float32(np.sqrt(one.likeness))
        wanted = job.wanted * np.float32(np.sqrt(one.likeness))
        colours = job.colours * np.float32(np.sqrt(one.agreement / len(job.colours)))
        count, pixels = len(guides) + len(colours), colours.shape[1]
        own, goal = np.zeros((count, pixels), np.float32), np.zeros((count, *wanted.shape[1:]), np.float32)
        own[len(guides) :], goal[: len(guides)] = colours, wanted
        planes = np.concatenate([guides, colours])
        if (job.quilt < 0).any():
            # Colours count in the overlaps only, which hold no whole cells.
            self.needs = self.deep = len(guides)
        else:
            # Turned to their own axes, planes differ mostly in the first, where few cells tell much.
            centred = planes.astype(np.float64) - planes.mean(axis=1, keepdims=True)
            values, axes = np.linalg.eigh(centred @ centred.T)
            axes, values = axes[:, ::-1].T.astype(np.float32), np.maximum(values[::-1], 1e-9)
            self.needs, self.deep = count, 1 + int(np.searchsorted(values.cumsum() / values.sum(), EXPLAINED))
            planes, own = axes @ planes, axes @ own
            for top in range(0, goal.shape[1], 64):
                ctx.check()
                part = goal[:, top : top + 64]
                goal[:, top : top + 64] = (axes @ part.reshape(count, -1)).reshape(part.shape)
        self.own, self.goal = np.ascontiguousarray(own), np.ascontiguousarray(goal)
        self.flat = np.zeros((count + 1 + 2 * self.deep) * pixels + LANES, np.float32)
        self.flat[: count * pixels] = planes.reshape(-1)
        for level, side in enumerate(self.cell[:2]):
            ctx.check()
            table = np.zeros((self.deep, height + 1, self.width + 1))
            view = planes[: self.deep].reshape(self.deep, height, self.width)
            table[:, 1:, 1:] = view.cumsum(axis=1, dtype=np.float64).cumsum(axis=2)
            begin = (count + 1 + level * self.deep) * pixels
            boxes = self.flat[begin : begin + self.deep * pixels].reshape(view.shape)
            boxes[:, : height - side + 1, : self.width - side + 1] = (
                table[:, side:, side:] - table[:, :-side, side:] - table[:, side:, :-side] + table[:, :-side, :-side]
            ) / side

    def gathered(self, blocks: Longs, quilt: NDArray[np.int32]) -> tuple[NDArray[np.uint64], Floats, Longs]:
        """Offsets, values and counts of what the blocks have to match."""
        n = len(blocks)
        taps = int((blocks[:, 2] * blocks[:, 3]).max()) * len(self.own) + GROUP
        offsets, values = np.empty((n, 3, taps), np.uint64), np.empty((n, 3, taps), np.float32)
        counts = np.empty((n, 3), np.int64)
        self.ctx.spread(
            gather, n, blocks, quilt, self.own, self.goal, self.needs, self.deep, self.width, self.cell, offsets,
            values, counts,
        )  # fmt: skip
        return offsets, values, counts
