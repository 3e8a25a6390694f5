"""The best block of a sample for a place that knows what it should look like, among all that there are.

Source: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001, section 4. Candidates are
ruled out by successive elimination (Li and Salari, Successive elimination algorithm for motion estimation, IEEE
Transactions on Image Processing 4(1), 1995), coarse to fine: over any cell of n values the squared difference of the
sums is at most n times the sum of the squared differences. Cells are a half, then a quarter of the block. Where more
candidates survive than a block may cost, the most promising are added up in full; with no such limit the answer is that
of the full search.

Everything that is compared lies in one flat array of planes of the sample's size: what is compared pixel by pixel,
scaled so that squared differences simply add up; a plane of zeros; and for the first planes, for either size of cell,
the sums over the cells, divided by the cell's side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.kernels.compiled import kernel
from engine.kernels.quilting_search import CLOSED
from engine.kernels.randomness import below, uniform
from engine.kernels.vote import ranked

LANES = 16
"""Candidates side by side, a run, that are ruled out or added up together."""
GROUP = 8
"""Taps taken in one sweep; lists of taps are padded to a multiple."""
CELLS = 4
"""The same for coarse cells, of which a block of one plane has four."""
SAFE = np.float32(0.9999)
"""What is left of a bound when everything that rounding may have added is taken off."""
COARSE, FINE, FULL = 0, 1, 2


@kernel
def add_taps(flat: Any, base: Any, offsets: Any, values: Any, first: Any, last: Any, out: Any) -> None:
    """Adds the squared differences of the taps first..last (multiples of GROUP) to out[:LANES].

    Args:
        flat: float32, the planes.
        base: index of the first candidate.
        offsets, values: uint64 and float32, where each tap lies from the candidate, and what it should be.
        out: float32 (LANES,).
    """
    for g in range(first, last, GROUP):
        o0, v0 = base + offsets[g], values[g]
        o1, v1 = base + offsets[g + 1], values[g + 1]
        o2, v2 = base + offsets[g + 2], values[g + 2]
        o3, v3 = base + offsets[g + 3], values[g + 3]
        o4, v4 = base + offsets[g + 4], values[g + 4]
        o5, v5 = base + offsets[g + 5], values[g + 5]
        o6, v6 = base + offsets[g + 6], values[g + 6]
        o7, v7 = base + offsets[g + 7], values[g + 7]
        for i in range(LANES):
            x = np.uint64(i)
            d0, d1, d2, d3 = flat[o0 + x] - v0, flat[o1 + x] - v1, flat[o2 + x] - v2, flat[o3 + x] - v3
            d4, d5, d6, d7 = flat[o4 + x] - v4, flat[o5 + x] - v5, flat[o6 + x] - v6, flat[o7 + x] - v7
            out[x] += (d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3) + (d4 * d4 + d5 * d5 + d6 * d6 + d7 * d7)


@kernel
def lowest(values: Any, first: Any, lanes: Any, half: Any) -> Any:
    """The least of values[first : first + lanes], 1 <= lanes <= LANES. `half`: float32 (LANES // 2,), to work in."""
    if lanes < LANES:
        low = values[first]
        for i in range(1, lanes):
            low = min(low, values[first + i])
        return low
    # Pairs side by side are compared in whole vectors, one after another they are not.
    at = np.uint64(first)
    for i in range(8):
        x = np.uint64(i)
        a, b = values[at + x], values[at + x + np.uint64(8)]
        half[x] = a if a < b else b
    for i in range(4):
        half[i] = half[i] if half[i] < half[i + 4] else half[i + 4]
    return min(min(half[0], half[1]), min(half[2], half[3]))


@kernel
def _coarse_row(flat: Any, base: Any, columns: Any, offsets: Any, values: Any, count: Any, out: Any) -> None:
    """The squared differences of all coarse cells, added up, for the candidates of one row."""
    n = np.uint64(columns)
    for x in range(n):
        out[x] = 0
    for g in range(0, count, CELLS):
        o0, v0 = base + offsets[g], values[g]
        o1, v1 = base + offsets[g + 1], values[g + 1]
        o2, v2 = base + offsets[g + 2], values[g + 2]
        o3, v3 = base + offsets[g + 3], values[g + 3]
        for x in range(n):
            d0, d1, d2, d3 = flat[o0 + x] - v0, flat[o1 + x] - v1, flat[o2 + x] - v2, flat[o3 + x] - v3
            out[x] += d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3


@kernel
def _folded(row: Any, count: Any, other: Any) -> None:
    """The least of each LANES values of `row`, in its first count / LANES entries. `other`: room to work in."""
    n = np.uint64(count)
    for _ in range(4):
        n = n >> np.uint64(1)
        for i in range(n):
            x = np.uint64(i) << np.uint64(1)
            a, b = row[x], row[x + np.uint64(1)]
            other[np.uint64(i)] = a if a < b else b
        row, other = other, row


@kernel
def gather(  # type: ignore[no-untyped-def]
    start, stop, blocks, quilt, own, goal, needs, deep, width, cell, offsets, values, counts, cancel
):
    """Collects what the blocks start..stop have to match.

    What a place should look like in plane p is own[p, what the quilt shows there] + goal[p, place].

    Args:
        blocks: int64 (n, 10), one front of `quilting_grid.fronts`.
        quilt: int32 (h, w), indices of the sample's pixels; -1 where there is none yet.
        own: float32 (P, H * W). goal: float32 (P, h, w).
        needs: the planes from this one on count only where the quilt shows something.
        deep: the first so many planes have cells.
        width: of the sample.
        cell: int64 (3,), the sides of the coarse and the fine cells, and 1.
        offsets, values: uint64 and float32 (n, 3, taps), receive coarse cells, fine cells and single values, padded
            from the plane of zeros.
        counts: int64 (n, 3), how many of each, multiples of CELLS or GROUP.
    """
    planes, pixels = own.shape
    for b in range(start, stop):
        if cancel[0]:
            return
        y0, x0, h, w = blocks[b, 0], blocks[b, 1], blocks[b, 2], blocks[b, 3]
        for level in range(3):
            side, depth = cell[level], planes if level == FULL else deep
            first = np.int64(0) if level == FULL else planes + 1 + level * deep
            n = 0
            # Rows in an order that covers the block evenly, so that a part of the taps says much about all of them.
            for turn in range(4):
                for top in range(turn * side, h - side + 1, 4 * side):
                    for p in range(depth):
                        for left in range(0, w - side + 1, side):
                            total, known = np.float32(0), True
                            for r in range(y0 + top, y0 + top + side):
                                for c in range(x0 + left, x0 + left + side):
                                    spot = np.int64(quilt[r, c])
                                    known = known and (p < needs or spot >= 0)
                                    total += goal[p, r, c]
                                    if spot >= 0:
                                        total += own[p, spot]
                            if known:
                                offsets[b, level, n] = np.uint64((first + p) * pixels + top * width + left)
                                values[b, level, n] = total / np.float32(side)
                                n += 1
            group = CELLS if level == COARSE else GROUP
            while n % group:
                offsets[b, level, n], values[b, level, n] = np.uint64(planes * pixels), np.float32(0)
                n += 1
            counts[b, level] = n


@kernel
def _weighed(b: Any, y: Any, x: Any, cost: Any, blocks: Any, used: Any, width: Any, settings: Any, seed: Any) -> Any:
    """A candidate's cost with the floor, its luck and its earlier uses in it, float64; infinity where it is closed."""
    floor, tolerance, reuse = settings[0], settings[1], settings[2]
    h, w = blocks[b, 2], blocks[b, 3]
    uses = (used[y + h, x + w] - used[y + h, x]) - (used[y, x + w] - used[y, x])
    if uses >= CLOSED:
        return np.inf
    luck = 1 + tolerance * uniform(seed, blocks[b, 8] * 65536 + blocks[b, 9], y * width + x, 0)
    return (np.float64(cost) + floor * (h * w)) * luck * (1 + reuse * uses / (h * w))


@kernel
def _keep_best(count: Any, most: Any, kept: Any, bounds: Any, scratch: Any) -> Any:
    """Leaves the `most` runs with the least bounds in front, in order; how many there are then."""
    if count <= most:
        return count
    for j in range(count):
        scratch[j] = bounds[j]
    enough = ranked(scratch, count, most - 1)
    n = 0
    for j in range(count):
        if bounds[j] <= enough and n < most:
            kept[n], bounds[n] = kept[j], bounds[j]
            n += 1
    return n


@kernel
def search(  # type: ignore[no-untyped-def]
    start,
    stop,
    blocks,
    sides,
    quilt,
    flat,
    used,
    offsets,
    values,
    counts,
    settings,
    limits,
    seed,
    places,
    cancel,
):
    """The best candidate for the blocks start..stop.

    A candidate's cost is (sum of squared differences + floor per pixel) * (1 + tolerance * luck) * (1 + reuse * uses
    per pixel). Of equals the first in the sample wins.

    Args:
        blocks: int64 (n, 10).
        sides: int64 (2,), height and width of the sample.
        quilt: int32 (h, w); candidates that go on with what it shows are tried first.
        flat: float32, the planes, with LANES values to spare.
        used: int64 (H + 1, W + 1), the integral of how often each pixel of the sample was pasted; CLOSED where no
            block may lie.
        offsets, values, counts: from `gather`.
        settings: float64 (4,), floor, tolerance, reuse, and a place where any block may lie; -1 where all are.
        limits: int64 (3,), how many runs at most are compared by fine cells and in full, and every how many-th row of
            the sample is looked at.
        places: int64 (n, 2), receives y, x of the best.
    """
    height, width = sides[0], sides[1]
    # Functions are compiled once more for a literal number.
    none = np.int64(0)
    row, half = np.empty(LANES, np.float32), np.empty(LANES // 2, np.float32)
    wide, other = np.empty(width + LANES, np.float32), np.empty(width + LANES, np.float32)
    size = (height // limits[2] + 1) * (width // LANES + 1)
    kept, bounds, scratch = np.empty(size, np.int64), np.empty(size, np.float32), np.empty(size, np.float32)
    for b in range(start, stop):
        y0, x0, h, w = blocks[b, 0], blocks[b, 1], blocks[b, 2], blocks[b, 3]
        columns = width - w + 1
        whole = -(-columns // LANES) * LANES
        flat_cost = settings[0] * (h * w)
        limit, best = np.inf, max(none, np.int64(settings[3]))
        for known in range(9):
            r, c = (h - 1) * (known // 3) // 2, (w - 1) * (known % 3) // 2
            spot = np.int64(quilt[y0 + r, x0 + c])
            if spot < 0:
                continue
            y, x = max(0, min(spot // width - r, height - h)), max(0, min(spot % width - c, width - w))
            for i in range(LANES):
                row[i] = 0
            add_taps(flat, np.uint64(y * width + x), offsets[b, FULL], values[b, FULL], none, counts[b, FULL], row)
            cost = _weighed(b, y, x, row[0], blocks, used, width, settings, seed)
            if cost < limit or (cost == limit and y * width + x < best):
                limit, best = cost, y * width + x
        count = none
        for y in range(below(limits[2], seed, blocks[b, 8], blocks[b, 9], 1), height - h + 1, limits[2]):
            if cancel[0]:
                return
            base = np.uint64(y * width)
            _coarse_row(flat, base, columns, offsets[b, COARSE], values[b, COARSE], counts[b, COARSE], wide)
            for x in range(columns, whole):
                wide[x] = np.inf
            if settings[3] >= 0:
                for x in range(columns):
                    if (used[y + h, x + w] - used[y + h, x]) - (used[y, x + w] - used[y, x]) >= CLOSED:
                        wide[x] = np.inf
            _folded(wide, whole, other)
            for k in range(whole // LANES):
                low = wide[k]
                if low * SAFE + flat_cost <= limit:
                    kept[count], bounds[count] = y * width + k * LANES, low
                    count += 1
        count = _keep_best(count, limits[0], kept, bounds, scratch)
        n = none
        for j in range(count):
            if j & 255 == 0 and cancel[0]:
                return
            for i in range(LANES):
                row[i] = 0
            add_taps(flat, np.uint64(kept[j]), offsets[b, FINE], values[b, FINE], none, counts[b, FINE], row)
            low = max(bounds[j], lowest(row, none, min(LANES, columns - kept[j] % width), half))
            if low * SAFE + flat_cost <= limit:
                kept[n], bounds[n] = kept[j], low
                n += 1
        count = _keep_best(n, limits[1], kept, bounds, scratch)
        first = 0
        for j in range(1, count):
            if bounds[j] < bounds[first]:
                first = j
        for turn in range(-1, count):
            # The most promising goes first, so that there is something to beat.
            j = first if turn < 0 else turn
            if count == 0 or bounds[j] * SAFE + flat_cost > limit:
                continue
            if cancel[0]:
                return
            y, x = kept[j] // width, kept[j] % width
            lanes = min(LANES, columns - x)
            for i in range(LANES):
                row[i] = 0
            reached, worse = none, False
            for part in range(1, 5):
                until = counts[b, FULL] * part // (4 * GROUP) * GROUP
                add_taps(flat, np.uint64(kept[j]), offsets[b, FULL], values[b, FULL], reached, until, row)
                reached = until
                worse = lowest(row, none, lanes, half) * SAFE + flat_cost > limit
                if worse:
                    break
            if worse:
                continue
            for i in range(lanes):
                if row[i] * SAFE + flat_cost <= limit:
                    cost = _weighed(b, y, x + i, row[i], blocks, used, width, settings, seed)
                    if cost < limit or (cost == limit and y * width + x + i < best):
                        limit, best = cost, y * width + x + i
        places[b, 0], places[b, 1] = best // width, best % width
