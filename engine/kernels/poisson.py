"""Joins copied pieces with one another and with their surroundings: keeps their gradients, lets their colours drift.

Source: Perez, Gangnet, Blake, Poisson Image Editing, SIGGRAPH 2003, for many pieces at once. Ours solves for the
correction, which is smooth between the seams, on the list of the hole's pixels by multigrid, and passes over seams
whose sides differ so much that they are edges and not a change of light.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Bytes, Floats
from engine.kernels.compiled import kernel
from engine.kernels.strips import Check, at_ease, runs
from engine.region import Rect

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

TOLERANCE = 0.08
"""Steps of colour across a seam (0..1) well below this are light and smoothed away; well above it they are edges."""
GRAIN = 16_384
"""Pixels that one thread takes at a time: less is done sooner than it is handed over."""
COARSEST = 32
"""Pixels at which a grid is small enough to be relaxed alone."""


@kernel
def relax(start, stop, chosen, values, wanted, near, degree, cancel):  # type: ignore[no-untyped-def]
    """One Gauss-Seidel step for the pixels chosen[start:stop], none of them neighbours of one another.

    Args:
        chosen: int32, indices of pixels.
        values: float32 (n + 1, C), in and out; the last row is zero: everything outside.
        wanted: float32 (n, C), the right-hand side of degree * v - sum of neighbours = wanted.
        near: int32 (n, 4), neighbours; n for none.
        degree: float32 (n,).
    """
    channels = values.shape[1]
    for number in range(start, stop):
        if number & 4095 == 0 and cancel[0] != 0:
            return
        p = chosen[number]
        a, b, c, d = near[p, 0], near[p, 1], near[p, 2], near[p, 3]
        share = np.float32(1) / degree[p]
        for k in range(channels):
            values[p, k] = (wanted[p, k] + values[a, k] + values[b, k] + values[c, k] + values[d, k]) * share


@kernel
def residual(start, stop, values, wanted, near, degree, rest, cancel):  # type: ignore[no-untyped-def]
    """What is still wanted at the pixels start..stop; arguments as of `relax`, `rest` float32 (n, C) is set."""
    channels = values.shape[1]
    for p in range(start, stop):
        if p & 4095 == 0 and cancel[0] != 0:
            return
        a, b, c, d = near[p, 0], near[p, 1], near[p, 2], near[p, 3]
        for k in range(channels):
            around = values[a, k] + values[b, k] + values[c, k] + values[d, k]
            rest[p, k] = wanted[p, k] - degree[p] * values[p, k] + around


@kernel
def prolong(start, stop, step, parent, odd, near, move, cancel):  # type: ignore[no-untyped-def]
    """A coarser grid's correction at the pixels start..stop: half from the parent, half from its nearest two.

    Args:
        step: float32 (m + 1, C) of the coarser grid, its last row zero.
        parent: int32 (n,); m for none. odd: uint8 (n,), 1 in an odd row, plus 2 in an odd column.
        near: int32 (m, 4) of the coarser grid.
        move: float32 (n + 1, C), out; left as it is where there is no parent.
    """
    channels = move.shape[1]
    none = near.shape[0]
    for p in range(start, stop):
        if p & 4095 == 0 and cancel[0] != 0:
            return
        q = parent[p]
        if q == none:
            continue
        a, b = near[q, odd[p] & 1], near[q, 2 + (odd[p] >> 1)]
        for k in range(channels):
            move[p, k] = np.float32(0.25) * (np.float32(2) * step[q, k] + step[a, k] + step[b, k])


@dataclass(frozen=True, eq=False)
class Grid:
    """The pixels of a hole as a graph.

    Attributes:
        ys, xs: where they are.
        near: int32 (n, 4), the neighbours above, below, left, right; n where that is no pixel of the hole.
        degree: float32 (n,), neighbours inside the picture, of the hole or not.
        colours: the pixels in two sets like the squares of a chessboard.
        ends: bool (n, 4), where a neighbour would lie outside the picture.
        odd: uint8 (n,), 1 in an odd row, plus 2 in an odd column.
    """

    ys: NDArray[np.intp]
    xs: NDArray[np.intp]
    near: Ints
    degree: Floats
    colours: tuple[Ints, Ints]
    ends: Bools
    odd: Bytes

    @classmethod
    def of(cls, hole: Bools, check: Check = at_ease) -> Grid:
        """From a bool (H, W). `check` is looked at on the way."""
        height, width = hole.shape
        ys, xs = np.nonzero(hole)
        check()
        number = np.full((height + 2, width + 2), ys.size, np.int32)
        for some in runs(ys.size, check):
            number[ys[some] + 1, xs[some] + 1] = np.arange(some.start, some.stop, dtype=np.int32)
        near = np.empty((ys.size, 4), np.int32)
        for some in runs(ys.size, check):
            y, x = ys[some], xs[some]
            for k, (down, right) in enumerate(((0, 1), (2, 1), (1, 0), (1, 2))):
                near[some, k] = number[y + down, x + right]
        ends = np.stack([ys == 0, ys == height - 1, xs == 0, xs == width - 1], 1)
        check()
        inside = np.float32(4) - np.count_nonzero(ends, axis=1)
        check()
        odd = ((ys & 1) | ((xs & 1) << 1)).astype(np.uint8)
        check()
        dark = (odd == 1) | (odd == 2)
        sets = np.flatnonzero(~dark).astype(np.int32), np.flatnonzero(dark).astype(np.int32)
        # A picture of one pixel has no neighbour at all.
        return cls(ys, xs, near, np.maximum(inside, 1).astype(np.float32), sets, ends, odd)


def solve(ctx: Context, hole: Bools, wanted: Floats, cycles: int = 5) -> Floats:
    """The correction e with degree * e - (sum of e over neighbours) = wanted in the hole and e = 0 outside.

    The picture's own border is free (no neighbour, no pull).

    Args:
        hole: bool (H, W).
        wanted: float32 (n, C) per pixel of the hole in raster order.
        cycles: multigrid V-cycles; each leaves about an eighth of the error.

    Returns:
        float32 (n, C).
    """
    values = np.zeros_like(wanted)
    for values in solving(ctx, hole, wanted, cycles):  # noqa: B007
        pass
    return values


def solving(ctx: Context, hole: Bools, wanted: Floats, cycles: int = 5) -> Iterator[Floats]:
    """`solve`, cycle by cycle: better and better corrections."""
    # Neighbours of the hole are all that counts of the picture; its own border stays where it is.
    hole = hole[Rect.around(hole).grown(1).clipped(Rect.of(hole)).slices]
    grids, parents = [Grid.of(hole, ctx.check)], []
    while grids[-1].ys.size > COARSEST and min(hole.shape) > 1:
        fine = grids[-1]
        hole = np.pad(hole, ((0, hole.shape[0] % 2), (0, hole.shape[1] % 2)), mode="edge")
        # A coarse pixel that reached beyond the hole would pull on what is fixed, and the cycles would diverge.
        hole = hole[::2, ::2] & hole[1::2, ::2] & hole[::2, 1::2] & hole[1::2, 1::2]
        number = np.where(hole, np.cumsum(hole, dtype=np.int32).reshape(hole.shape) - 1, np.count_nonzero(hole))
        if not hole.any():
            break
        ctx.check()
        parents.append(number[fine.ys >> 1, fine.xs >> 1].astype(np.int32))
        grids.append(Grid.of(hole, ctx.check))
    values = np.zeros((wanted.shape[0] + 1, wanted.shape[1]), np.float32)
    for _ in range(cycles):
        _cycle(ctx, grids, parents, 0, values, wanted)
        yield values[:-1]


def _cycle(ctx: Context, grids: list[Grid], parents: list[Ints], level: int, values: Floats, wanted: Floats) -> None:
    grid = grids[level]
    if level == len(grids) - 1:
        _sweep(ctx, grid, values, wanted, 20)
        return
    _sweep(ctx, grid, values, wanted, 2)
    parent, coarse = parents[level], grids[level + 1]
    rest = np.empty_like(wanted)
    ctx.spread(residual, rest.shape[0], values, wanted, grid.near, grid.degree, rest, grain=GRAIN)
    count, channels = coarse.ys.size, wanted.shape[1]
    summed = np.empty((count, channels), np.float32)
    for k in range(channels):
        summed[:, k] = np.bincount(parent, rest[:, k], count + 1)[:count]
        ctx.check()
    step = np.zeros((count + 1, channels), np.float32)
    _cycle(ctx, grids, parents, level + 1, step, summed)
    # Beyond the picture's border, which is free, the step is what it is at the border.
    own = np.arange(count, dtype=np.int32)[:, None]
    near = np.where(coarse.ends, own, coarse.near)
    move = np.zeros_like(values)
    ctx.spread(prolong, parent.size, step, parent, grid.odd, near, move, grain=GRAIN)
    if level > 0:
        # As far as it lowers the energy most: where a grid is a few pixels wide, its own steps are far too long.
        pull = grid.degree[:, None] * move[:-1]
        for some in runs(len(pull), ctx.check):
            pull[some] -= move[grid.near[some]].sum(axis=1)
        move *= (rest * move[:-1]).sum(axis=0) / np.maximum((pull * move[:-1]).sum(axis=0), np.float32(1e-20))
    values += move
    _sweep(ctx, grid, values, wanted, 2)


def _sweep(ctx: Context, grid: Grid, values: Floats, wanted: Floats, times: int) -> None:
    for _ in range(times):
        for chosen in grid.colours:
            ctx.spread(relax, chosen.size, chosen, values, wanted, grid.near, grid.degree, grain=GRAIN)


def seam_steps(
    picture: Floats,
    hole: Bools,
    origin: Ints,
    copied: Floats,
    tolerance: float = TOLERANCE,
    check: Check | None = None,
) -> Floats:
    """What `solve` should even out: at every pixel of the hole, the steps towards its neighbours that no source has.

    Args:
        picture: float32 (H, W, C), 0..1.
        hole: bool (H, W).
        origin: int32 (n,), y * W + x of the pixel that each pixel of the hole was copied from.
        copied: float32 (n, C), what was copied.
        tolerance: see TOLERANCE.
        check: looked at between the steps of the work.

    Returns:
        float32 (n, C).
    """
    height, width, channels = picture.shape
    flat, taken = picture.reshape(-1, channels), hole.reshape(-1)
    count = origin.size
    ys, xs = np.nonzero(hole)
    number = np.full(hole.size, -1, np.int32)
    number[ys * width + xs] = np.arange(count, dtype=np.int32)
    oy, ox = np.divmod(origin.astype(np.int64), width)
    total = np.zeros((count, channels), np.float32)
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        ny, nx = ys + dy, xs + dx
        inside = (ny >= 0) & (ny < height) & (nx >= 0) & (nx < width)
        neighbour = np.where(inside, number[np.clip(ny * width + nx, 0, hole.size - 1)], -1)
        beside = origin[neighbour]
        seam = inside & ((neighbour < 0) | (beside != origin + dy * width + dx))
        p = np.flatnonzero(seam)
        if check:
            check()
        q = neighbour[p]
        within = q >= 0
        there = np.where(within[:, None], copied[q], flat[ny[p] * width + nx[p]])
        step = there - copied[p]
        mine, mine_holds = _step_at(flat, taken, oy[p], ox[p], dy, dx, height, width)
        theirs, theirs_hold = _step_at(flat, taken, oy[q], ox[q], -dy, -dx, height, width)
        if check:
            check()
        theirs_hold &= within
        mine *= mine_holds[:, None]
        theirs *= -theirs_hold[:, None].astype(np.float32)
        held = (mine_holds.astype(np.float32) + theirs_hold)[:, None]
        natural = (mine + theirs) / np.maximum(held, 1)
        # Beside an edge no mean will do: a piece that was cut out along it would pour the colour beyond it into the
        # hole. There whatever either side has is no fault, nor is no step at all.
        either = np.clip(step, np.minimum(mine, theirs), np.maximum(mine, theirs))
        sharp = np.maximum(np.square(mine), np.square(theirs)).mean(axis=1, keepdims=True)
        natural += (either - natural) * (sharp / (sharp + np.float32((tolerance / 8) ** 2)))
        excess = np.where(held > 0, step - natural, 0)
        size = np.square(excess).mean(axis=1, keepdims=True) / np.float32(tolerance * tolerance)
        total[p] += excess / (1 + size)
    return total


def _step_at(
    flat: Floats,
    taken: Bools,
    y: NDArray[np.int64],
    x: NDArray[np.int64],
    dy: int,
    dx: int,
    height: int,
    width: int,
) -> tuple[Floats, Bools]:
    """picture[y + dy, x + dx] - picture[y, x], and whether that pixel exists and is known."""
    ny, nx = y + dy, x + dx
    holds = (ny >= 0) & (ny < height) & (nx >= 0) & (nx < width)
    spot = np.clip(ny, 0, height - 1) * width + np.clip(nx, 0, width - 1)
    holds &= ~taken[spot]
    return flat[spot] - flat[y * width + x], holds
