"""The first arrangement of a texture: pieces of the sample that fit their neighbours, found coarsely, settled finely.

Sources: Kwatra et al., Graphcut Textures, SIGGRAPH 2003, section 3 (whole pieces placed where they match what lies
there already); Efros and Freeman, Image Quilting, SIGGRAPH 2001 (cuts along the least seam); Kaspar et al., Self Tuning
Texture Optimization, EUROGRAPHICS 2015, section 4.2 (pieces shifted by whole steps of the sample's lattice).

Ours chooses at a fraction of the size among all places, then lays the same pieces at full size with a search of a few
pixels around, so that its time follows the made area whatever the size of the sample. An arrangement is a map: for
every pixel the index of the sample's pixel that it shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.image import Bytes
from engine.kernels.balance import Balance, box_sums
from engine.kernels.courses import Courses
from engine.kernels.echo import Echo
from engine.kernels.lattice import Lattice
from engine.kernels.quilting_blocks import cut, paste
from engine.kernels.quilting_grid import fronts
from engine.kernels.start_fit import NEVER, fitted
from engine.kernels.strips import Check, rows_of, runs
from engine.region import Size

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]

FLOOR = 6.0
"""What a compared value costs at least, in squared steps of 1/255: grain and rounding."""
SHARE = 0.12
"""The same as a share of the sample's variance, while pieces are chosen: so that the sample simply going on, which fits
perfectly, does not always win, and the result does not become copies of it side by side."""
SLACK = 1.2
"""How far a piece may be out of step with the lattice, in pixels; what lies there decides within that."""
STRICT = 0.8
"""Strength of a lattice from which on every piece is in step with the sample's corner, not only with its neighbour."""
MOST = 2500
"""Candidates that a block looks at; a larger choice is thinned out at random."""
TRIED = 8
"""The best so many are cut to measure, and the one with the least visible joint is taken."""
FEWEST = 4
"""Places that a piece must be able to come from, or smaller pieces are taken."""
DETAIL_REACH = 4
"""Fine detail is what differs from the mean so many pixels around, at full size."""
DETAIL_SHARE = 0.5
"""How much detail varies in a sheet, as a share of how much colours do."""


@dataclass(frozen=True)
class Sheet:
    """A sample, or several one above the other, at one size.

    Attributes:
        planes: int16 (C, H * W), -255..255.
        usable: bool (H, W), pixels that are of a sample; pieces stay inside.
        detail: the last plane is not a colour but fine detail; see `detailed`.
    """

    planes: NDArray[np.int16]
    usable: NDArray[np.bool_]
    detail: bool = False

    @property
    def colours(self) -> NDArray[np.int16]:
        return self.planes[:-1] if self.detail else self.planes

    @property
    def sides(self) -> tuple[int, int]:
        return self.usable.shape[0], self.usable.shape[1]

    @cached_property
    def _table(self) -> NDArray[np.int64]:
        """How many usable pixels lie above and to the left: int64 (H + 1, W + 1)."""
        table = np.zeros((self.sides[0] + 1, self.sides[1] + 1), np.int64)
        self.usable.cumsum(axis=0, out=table[1:, 1:]).cumsum(axis=1, out=table[1:, 1:])
        return table

    def corners(self, height: int, width: int, check: Check | None = None) -> Longs:
        """y, x of every piece of this size that lies inside a sample: int64 (n, 2), n may be 0."""
        if self.sides[0] < height or self.sides[1] < width:
            return np.zeros((0, 2), np.int64)
        rows, columns = self.sides[0] - height + 1, self.sides[1] - width + 1
        found = []
        for some in rows_of((rows, columns), check):
            above, below = self._table[some], self._table[some.start + height : some.stop + height]
            full = below[:, width:] - above[:, width:] - below[:, :-width] + above[:, :-width]
            inside = np.argwhere(full == height * width).astype(np.int64)
            inside[:, 0] += some.start
            found.append(inside)
        return np.concatenate(found)

    def hold(self, corners: Longs, height: int, width: int) -> NDArray[np.bool_]:
        """Which of the pieces of this size that begin at y, x, int64 (n, 2), lie inside a sample: bool (n,)."""
        whole: NDArray[np.bool_] = box_sums(self._table, corners, np.array([height, width])) == height * width
        return whole


@dataclass(frozen=True)
class Pieces:
    """How an arrangement is cut up: sides of the pieces and of what they share, in px, and whether it is a torus."""

    block: int
    overlap: int
    cyclic: bool

    def times(self, factor: int) -> Pieces:
        return Pieces(self.block * factor, self.overlap * factor, self.cyclic)


class Arrangement:
    """Iterate over it once: every step lays one front of pieces, and gives them: int64 (n, 10), see `fronts`.

    Args:
        ctx: seed, threads, cancel flag.
        sheet: what pieces come from.
        size: (width, height) to make.
        pieces: their sides; at least one must fit into a sample.
        evenness: how strongly parts that are in use already are avoided, 0 or more.
        tolerance: how much worse than the best a piece may fit and still be drawn.
        lattice: pieces keep in step with it.
        coarse: an arrangement of the same pieces at 1/`factor` of the size; only places around its own are tried.

    Attributes:
        quilt: int32 (h, w), indices into the sheet, -1 where nothing lies yet.
        chosen: (row, column) of a piece -> y, x of its corner in the sheet.
    """

    def __init__(
        self,
        ctx: Context,
        sheet: Sheet,
        size: Size,
        pieces: Pieces,
        evenness: float,
        tolerance: float,
        lattice: Lattice | Courses | None = None,
        coarse: Arrangement | None = None,
        factor: int = 1,
    ) -> None:
        self.ctx, self.sheet, self.size, self.pieces = ctx, sheet, size, pieces
        self.tolerance, self.lattice = tolerance, lattice
        # The stronger the lattice, the more a piece that fits badly shows, and the less one that returns does.
        self.evenness = evenness * (1 - lattice.strength if lattice else 1)
        self.coarse, self.factor = coarse, factor
        self.quilt = np.full((size[1], size[0]), -1, np.int32)
        self.chosen: dict[tuple[int, int], tuple[int, int]] = {}
        self._counts = np.zeros(sheet.sides, np.int64)
        self._used = np.zeros((sheet.sides[0] + 1, sheet.sides[1] + 1), np.int64)
        self._corners: dict[tuple[int, int], Longs] = {}
        # At full size that takes its time, and is not asked for.
        self._floor = FLOOR if coarse else max(FLOOR, SHARE * float(sheet.planes.std(axis=1).mean()) ** 2)
        self._drawn = 0
        self._steps: dict[tuple[int, int], NDArray[np.float64]] = {}
        self._balance = Balance(sheet.colours, sheet.usable, pieces.block) if evenness > 0 else None
        seen = (1 - pieces.overlap / pieces.block) ** 2
        self._echo = Echo(size, pieces.cyclic, seen) if evenness > 0 else None

    def __iter__(self) -> Iterator[Longs]:
        pasted = 0
        for blocks in self.ctx.steps(self._fronts()):
            if len(blocks) == 0:
                continue
            places, cuts = self._fitted(blocks, self.evenness / (1 + pasted / self.sheet.usable.sum()))
            paste(blocks, places, cuts, self.sheet.sides[1], self.quilt, self._counts, self._used)
            if self._balance is not None:
                for y, x, h, w in blocks[:, :4]:
                    self.ctx.check()
                    self._balance.laid(self.sheet.colours[:, self.quilt[y : y + h, x : x + w]])
            pasted += int((blocks[:, 2] * blocks[:, 3]).sum())
            yield blocks

    def _fronts(self) -> list[Longs]:
        """The blocks in groups that do not depend on one another, as `quilting_grid.fronts` has them."""
        return list(fronts(self.size, self.pieces.block, self.pieces.overlap, self.pieces.cyclic))

    def _fitted(self, blocks: Longs, per_use: float) -> tuple[Longs, Ints]:
        """Where the pieces of a front come from: int64 (n, 2), and how they are cut: int32 (n, 4, longest)."""
        lists = [self._candidates(block) for block in blocks]
        first = np.concatenate([[0], np.cumsum([len(part) for part in lists])]).astype(np.int64)
        places = np.concatenate(lists)
        taxes = np.concatenate([self._taxes(part, b[2:4], per_use) for part, b in zip(lists, blocks, strict=True)])
        costs = fitted(
            self.ctx, blocks, first, places, self.sheet.planes, self.sheet.sides[1], self.quilt, taxes, self._floor
        )
        # Where nothing lies beside a block, all fit alike and any may be drawn.
        counts = [TRIED if block[4:8].any() else MOST for block in blocks]
        tried = [_best(costs[a:b], n) + a for a, b, n in zip(first, first[1:], counts, strict=False)]
        owners = np.repeat(np.arange(len(blocks)), [len(part) for part in tried])
        chosen = np.concatenate(tried)
        cuts = np.empty((len(chosen), 4, int(blocks[:, 2:4].max())), np.int32)
        joints = np.empty(len(chosen))
        self.ctx.spread(
            cut, len(chosen), blocks[owners], places[chosen], self.sheet.planes, self.sheet.sides[1], self.quilt,
            cuts, joints, grain=TRIED,
        )  # fmt: skip
        lengths = ((blocks[:, 4:6] > 0) * blocks[:, 3:4] + (blocks[:, 6:8] > 0) * blocks[:, 2:3]).sum(axis=1)
        joints /= np.maximum(lengths, 1)[owners] * len(self.sheet.planes)
        scores = costs[chosen] * np.sqrt(joints + FLOOR)
        picked = self._drawn_from(blocks, places[chosen], owners, scores, per_use)
        return places[chosen[picked]], np.ascontiguousarray(cuts[picked])

    def _taxes(self, corners: Longs, sides: Longs, per_use: float) -> NDArray[np.float64]:
        """By what the cost of each candidate is multiplied: for use so far, and to keep the result in balance."""
        if per_use == 0 or self._balance is None:
            return np.ones(len(corners))
        uses = box_sums(self._used, corners, sides) / (sides[0] * sides[1])
        return (1 + per_use * uses) * self._balance.weights(corners, sides)

    def _drawn_from(
        self, blocks: Longs, places: Longs, owners: Longs, scores: NDArray[np.float64], per_use: float
    ) -> Longs:
        """Which of the candidates each block takes: int64 (n,)."""
        picked = np.empty(len(blocks), np.int64)
        draws = self.ctx.random(31, self.factor, int(2 * blocks[0, 8] + blocks[0, 9])).random(len(blocks))
        bounds = np.searchsorted(owners, np.arange(len(blocks) + 1))
        for number, block in enumerate(blocks):
            self.ctx.check()
            mine = np.arange(bounds[number], bounds[number + 1])
            worth = scores[mine]
            if per_use > 0 and number:
                # Blocks of one front were compared at the same time: here each sees what those before it have taken.
                apart = np.abs(places[mine][:, None] - places[picked[:number]])
                tall, wide = np.maximum(block[2] - apart[..., 0], 0), np.maximum(block[3] - apart[..., 1], 0)
                worth = worth * (1 + tall * wide / (block[2] * block[3])).prod(axis=1)
            if self._echo is not None:
                worth = worth * self._echo.taxes(block[:4], places[mine])
            good = mine[worth <= worth.min() * (1 + self.tolerance)]
            picked[number] = good[int(draws[number] * good.size)]
            y, x = (int(v) for v in places[picked[number]])
            self._steps[int(block[8]), int(block[9])] = np.array([y - block[0], x - block[1]], np.float64)
            self.chosen[int(block[8]), int(block[9])] = y, x
            if self._echo is not None:
                self._echo.laid(block[:4], places[picked[number]])
        return picked

    def _candidates(self, block: Longs) -> Longs:
        height, width = int(block[2]), int(block[3])
        self.ctx.check()
        if self.coarse is not None:
            return self._around(block, height, width)
        corners = self._corners_of(height, width)
        if self.lattice is not None:
            away = self._apart(block, corners)
            corners = corners[away <= max(SLACK, float(away.min()))]
        if len(corners) > MOST:
            self._drawn += 1
            corners = corners[self.ctx.random(32, self._drawn).choice(len(corners), MOST, replace=False)]
        return corners

    def _corners_of(self, height: int, width: int) -> Longs:
        """Every place in the sheet for pieces of this size."""
        key = (height, width)
        if key not in self._corners:
            self._corners[key] = self.sheet.corners(height, width, self.ctx.check)
        return self._corners[key]

    def _apart(self, block: Longs, corners: Longs) -> NDArray[np.float64]:
        """`_away`, with a look at the cancel flag now and then."""
        out = np.empty(len(corners))
        for some in runs(len(corners), self.ctx.check):
            out[some] = self._away(block, corners[some])
        return out

    def _away(self, block: Longs, corners: Longs) -> NDArray[np.float64]:
        """How far corners in the sheet are out of step with what lies there, in pixels."""
        lattice = self.lattice
        assert lattice is not None
        row, column = int(block[8]), int(block[9])
        here = block[:2].astype(np.float64)
        bend = lattice.closing(self.size[1], self.size[0]) if self.pieces.cyclic else np.eye(2)
        left, above = (self._steps.get(key) for key in ((row, column - 1), (row - 1, column)))
        along, beside = (left, above) if not isinstance(lattice, Courses) or lattice.level else (above, left)

        def away(origin: NDArray[np.float64]) -> NDArray[np.float64]:
            return lattice.distance(corners[:, 0] - origin[0], corners[:, 1] - origin[1])

        if isinstance(lattice, Courses) and not lattice.even:
            # Lines go on along themselves; which lie side by side is free.
            return np.zeros(len(corners)) if along is None else away(here + along)
        # A sample that is nearly regular may wander as it does: in step with what lies beside, not with the plane.
        loose = isinstance(lattice, Courses) or lattice.strength < STRICT
        known = [step for step in (along, beside) if step is not None]
        if self.pieces.cyclic or not loose or not known:
            return away(here @ bend)
        if len(known) == 1:
            return away(here + known[0])
        # Two that have wandered apart leave nothing that is in step with both, if both are to be met as closely.
        return np.maximum(away(here + known[0]), away(here + known[1]) / 2)

    def _around(self, block: Longs, height: int, width: int) -> Longs:
        assert self.coarse is not None
        known = self.coarse.chosen
        row, column = int(block[8]), int(block[9])
        if (row, column) not in known:
            return self._corners_of(height, width)[:MOST]
        y, x = self._enlarged(row, column)
        reach = self.factor
        rows, columns = self.sheet.sides
        ys = np.unique(np.clip(np.arange(y - reach, y + reach + 1), 0, rows - height))
        xs = np.unique(np.clip(np.arange(x - reach, x + reach + 1), 0, columns - width))
        near = np.stack(np.meshgrid(ys, xs, indexing="ij"), axis=-1).reshape(-1, 2).astype(np.int64)
        whole = self.sheet.hold(near, height, width)
        return near[whole] if whole.any() else self._corners_of(height, width)[:MOST]

    def _enlarged(self, row: int, column: int) -> tuple[int, int]:
        """Where the coarse arrangement has this piece from, at full size."""
        assert self.coarse is not None
        y, x = self.coarse.chosen[row, column]
        return y * self.factor, x * self.factor


def _best(costs: NDArray[np.float64], count: int) -> Longs:
    """Which of the costs are the least, at most `count` of them, in their order; none that were given up."""
    kept = np.arange(costs.size)
    if costs.size > count:
        kept = np.sort(np.argpartition(costs, count - 1)[:count])
    return kept[costs[kept] < NEVER]


def seams(
    planes: NDArray[np.int16], width: int, quilt: Ints, cyclic: bool, check: Check | None = None
) -> NDArray[np.float32]:
    """How badly neighbours fit where an arrangement is cut: float32 (h, w), mean squared steps of 1/255, 0 elsewhere.

    Two neighbours fit when each looks like the pixel that the other's surroundings would have there (Kwatra 2003,
    section 3.1).
    """
    total = np.zeros(quilt.shape, np.float32)
    pixels = planes.shape[1]
    for rows in rows_of(quilt.shape, check):
        here = quilt[rows]
        below = quilt[np.arange(rows.start + 1, rows.stop + 1) % len(quilt)]
        for axis, stride, after in ((1, 1, np.roll(here, -1, 1)), (0, width, below)):
            broken = after != here + stride
            if not cyclic and axis == 1:
                broken[:, -1] = False
            elif not cyclic and rows.stop == len(quilt):
                broken[-1] = False
            ys, xs = np.nonzero(broken)
            a, b = here[ys, xs].astype(np.int64), after[ys, xs].astype(np.int64)
            ahead, behind = np.minimum(a + stride, pixels - 1), np.maximum(b - stride, 0)
            forth = (planes[:, ahead] - planes[:, b]).astype(np.float32)
            back = (planes[:, behind] - planes[:, a]).astype(np.float32)
            cost = 0.5 * (np.square(forth).mean(axis=0) + np.square(back).mean(axis=0))
            total[rows.start + ys, xs] = np.maximum(total[rows.start + ys, xs], cost)
    return total


def shrunk(
    values: NDArray[np.float32], usable: Bytes | NDArray[np.bool_], factor: int, check: Check | None = None
) -> Sheet:
    """A sheet from float32 (H, W, C), 0..1, at 1/factor of the size (means of whole squares; the rest is cut off)."""
    rows, columns = values.shape[0] // factor, values.shape[1] // factor
    planes = np.empty((values.shape[2], rows, columns), np.int16)
    inside = np.empty((rows, columns), np.bool_)
    for some in rows_of((rows, columns * factor * factor), check):
        part = slice(some.start * factor, some.stop * factor), slice(0, columns * factor)
        squares = values[part].reshape(-1, factor, columns, factor, values.shape[2])
        small = squares.mean(axis=(1, 3), dtype=np.float32) if factor > 1 else values[part]
        planes[:, some] = np.rint(small * np.float32(255)).transpose(2, 0, 1)
        inside[some] = usable[part].reshape(-1, factor, columns, factor).all(axis=(1, 3))
    return Sheet(planes.reshape(values.shape[2], -1), inside)


def detailed(sheet: Sheet, factor: int) -> Sheet:
    """The sheet, at 1/factor of the size, with a plane of fine detail: lightness less its mean around.

    It makes thin dark joints between stones count beside the stones' colours, so that courses go on.
    """
    rows, columns = sheet.sides
    light = sheet.planes.mean(axis=0).reshape(rows, columns)
    reach = max(1, round(DETAIL_REACH / factor))
    side = 2 * reach + 1
    table = np.pad(light, ((reach + 1, reach), (reach + 1, reach)), mode="symmetric").cumsum(axis=0).cumsum(axis=1)
    around = table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    detail = light - around / side**2
    # Grain alone is not made louder than it is by more than a few times.
    gain = DETAIL_SHARE * float(sheet.planes.std(axis=1).mean()) / max(float(detail.std()), 2.0)
    plane = np.rint(np.clip(detail * gain, -255, 255)).astype(np.int16).reshape(1, -1)
    return Sheet(np.concatenate([sheet.planes, plane]), sheet.usable, detail=True)


def fitting(sheet: Sheet, pieces: Pieces) -> Pieces:
    """The same pieces, or as much smaller ones as it takes for some to fit into what may be used.

    Raises:
        Unusable: none of any size does.
    """
    block = pieces.block
    while block > 1 and len(sheet.corners(block, block)) < FEWEST:
        block = max(1, block * 3 // 4)
    if not len(sheet.corners(block, block)):
        raise Unusable(
            "Too little of the sample may be used", "no piece of any size fits into it", "make more of the mask white"
        )
    return pieces if block == pieces.block else Pieces(block, min(max(1, block // 3), block // 2), pieces.cyclic)
