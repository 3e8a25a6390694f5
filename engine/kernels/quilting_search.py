"""The cost of every block of a sample that could come next, without adding up those that cannot win.

Source: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001, section 2. The pruning is
successive elimination (Li and Salari, Successive elimination algorithm for motion estimation, IEEE Transactions on
Image Processing 4(1), 1995): over any cell of n values, the squared difference of the sums is at most n times the sum
of the squared differences. Our cells are 2 x 2 pixels in all channels, a twelfth of the work in colour. What is not
ruled out is added up in whole numbers, so the answer is that of the full search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.kernels.compiled import kernel

GROUP = 12
"""Taps taken in one sweep over a row; lists of taps are padded to a multiple."""

CELLS = 4
"""The same for cells."""

EXACT = 85
"""Groups after which sums leave float32: 85 * 12 * 128 * 128 < 2**24."""

CLOSED = 1 << 32
"""Uses of a pixel that mean that it must not be used at all. No quilt has so many pixels, and a sample of 2**30 of them
still sums up to an int64."""

CHUNK = 16
"""Candidates side by side that are ruled out or added up together."""


@kernel
def gather_taps(
    blocks: NDArray[np.int64],
    quilt: NDArray[np.int32],
    planes: NDArray[np.float32],
    pixels: int,
    width: int,
    offsets: NDArray[np.uint64],
    values: NDArray[np.float32],
    counts: NDArray[np.int64],
    energies: NDArray[np.float64],
) -> None:
    """Collects what each block has to match: the pixels in its overlaps, and the cells that lie wholly inside them.

    Args:
        blocks: int64 (n, 10), one front of `quilting_grid.fronts`.
        quilt: int32 (h, w), the map so far: indices of the sample's pixels.
        planes: float32 (C, H * W), whole numbers -128..127.
        pixels, width: H * W and W.
        offsets, values: uint64 and float32 (n, 2, taps), receive where each tap (0) and each cell (1) lies from the
            candidate's corner in the flattened planes or cells, and what it should be; padded to a multiple of GROUP
            with taps that add nothing, of CELLS by leaving out the last cells.
        counts: int64 (n, 2), receives how many taps and cells there are.
        energies: float64 (n,), receives the sum of the taps' squares.
    """
    for b in range(blocks.shape[0]):
        h, w, top, bottom = blocks[b, 2], blocks[b, 3], blocks[b, 4], blocks[b, 5]
        left, right = blocks[b, 6], blocks[b, 7]
        n, m, energy = 0, 0, 0.0
        for r in range(h):
            y = (blocks[b, 0] + r) % quilt.shape[0]
            y2 = (y + 1) % quilt.shape[0]
            edge = r < top or r >= h - bottom
            edges = r % 2 == 0 and (r + 1 < top or (r >= h - bottom and r + 1 < h))
            tall = r % 2 == 0 and r + 1 < h
            for k in range(w):
                if not (edge or k < left or k >= w - right):
                    continue
                x = (blocks[b, 1] + k) % quilt.shape[1]
                x2 = (x + 1) % quilt.shape[1]
                for c in range(planes.shape[0]):
                    value = planes[c, quilt[y, x]]
                    offsets[b, 0, n] = np.uint64(c * pixels + r * width + k)
                    values[b, 0, n] = value
                    energy += np.float64(value) * np.float64(value)
                    n += 1
                sideways = k + 1 < left or (k >= w - right and k + 1 < w)
                if k % 2 == 0 and ((edges and k + 1 < w) or (tall and sideways)):
                    total = np.float32(0)
                    for c in range(planes.shape[0]):
                        total += planes[c, quilt[y, x]] + planes[c, quilt[y, x2]]
                        total += planes[c, quilt[y2, x]] + planes[c, quilt[y2, x2]]
                    offsets[b, 1, m] = np.uint64(r * width + k)
                    values[b, 1, m] = total
                    m += 1
        counts[b, 0], counts[b, 1], energies[b] = n, m // CELLS * CELLS, energy
        while n % GROUP:
            offsets[b, 0, n], values[b, 0, n] = np.uint64(0), np.float32(0)
            n += 1


@kernel
def _bound_row(
    row: int,
    columns: int,
    b: int,
    cells: NDArray[np.float32],
    offsets: NDArray[np.uint64],
    values: NDArray[np.float32],
    counts: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    """The squared differences of the cells' sums, added up, for the candidates that start at `row` in the sample."""
    start = np.uint64(row)
    for x in range(columns):
        out[x] = 0
    for g in range(0, counts[b, 1], CELLS):
        o0, v0 = start + offsets[b, 1, g], values[b, 1, g]
        o1, v1 = start + offsets[b, 1, g + 1], values[b, 1, g + 1]
        o2, v2 = start + offsets[b, 1, g + 2], values[b, 1, g + 2]
        o3, v3 = start + offsets[b, 1, g + 3], values[b, 1, g + 3]
        for x in range(np.uint64(columns)):
            d0, d1, d2, d3 = cells[o0 + x] - v0, cells[o1 + x] - v1, cells[o2 + x] - v2, cells[o3 + x] - v3
            out[x] += d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3


@kernel
def _cross_row(
    row: int,
    first: int,
    last: int,
    b: int,
    flat: NDArray[np.float32],
    offsets: NDArray[np.uint64],
    values: NDArray[np.float32],
    counts: NDArray[np.int64],
    part: NDArray[np.float32],
    out: NDArray[np.float64],
) -> None:
    """The products of candidate and template, added up, for the candidates first..last of a row."""
    start, n = np.uint64(row + first), np.uint64(last - first)
    for x in range(n):
        out[x] = 0
    groups = (counts[b, 0] + GROUP - 1) // GROUP
    for begin in range(0, groups, EXACT):
        for x in range(n):
            part[x] = 0
        for group in range(begin, min(begin + EXACT, groups)):
            g = group * GROUP
            o0, v0 = start + offsets[b, 0, g], values[b, 0, g]
            o1, v1 = start + offsets[b, 0, g + 1], values[b, 0, g + 1]
            o2, v2 = start + offsets[b, 0, g + 2], values[b, 0, g + 2]
            o3, v3 = start + offsets[b, 0, g + 3], values[b, 0, g + 3]
            o4, v4 = start + offsets[b, 0, g + 4], values[b, 0, g + 4]
            o5, v5 = start + offsets[b, 0, g + 5], values[b, 0, g + 5]
            o6, v6 = start + offsets[b, 0, g + 6], values[b, 0, g + 6]
            o7, v7 = start + offsets[b, 0, g + 7], values[b, 0, g + 7]
            o8, v8 = start + offsets[b, 0, g + 8], values[b, 0, g + 8]
            o9, v9 = start + offsets[b, 0, g + 9], values[b, 0, g + 9]
            oa, va = start + offsets[b, 0, g + 10], values[b, 0, g + 10]
            ob, vb = start + offsets[b, 0, g + 11], values[b, 0, g + 11]
            for x in range(n):
                part[x] += (
                    flat[o0 + x] * v0
                    + flat[o1 + x] * v1
                    + flat[o2 + x] * v2
                    + flat[o3 + x] * v3
                    + flat[o4 + x] * v4
                    + flat[o5 + x] * v5
                    + flat[o6 + x] * v6
                    + flat[o7 + x] * v7
                    + flat[o8 + x] * v8
                    + flat[o9 + x] * v9
                    + flat[oa + x] * va
                    + flat[ob + x] * vb
                )
        for x in range(n):
            out[x] += part[x]


@kernel
def search(
    start: int,
    stop: int,
    blocks: NDArray[np.int64],
    flat: NDArray[np.float32],
    cells: NDArray[np.float32],
    sums: NDArray[np.int64],
    used: NDArray[np.int64],
    offsets: NDArray[np.uint64],
    values: NDArray[np.float32],
    counts: NDArray[np.int64],
    energies: NDArray[np.float64],
    floor: float,
    reuse: float,
    tolerance: float,
    costs: NDArray[np.float64],
    least: NDArray[np.float64],
    cancel: NDArray[np.uint8],
) -> None:
    """The cost of every candidate in rows start..stop, counted block by block.

    A cost is (sum of squared differences over the overlaps + floor per tap) * (1 + reuse * uses per pixel).

    Args:
        blocks: int64 (n, 10).
        flat: float32 (C * H * W,), the planes.
        cells: float32 (H * W,), the sum of all channels over the 2 x 2 pixels from each one on.
        sums: int64 (H + 1, W + 1), the integral of the planes' squares over all channels.
        used: int64 (H + 1, W + 1), the integral of how often each pixel of the sample was pasted; CLOSED where no
            block may lie.
        offsets, values, counts, energies: from `gather_taps`.
        floor: what a tap costs at least, in squared steps.
        reuse: by how much one earlier use of the whole block raises its cost, as a share.
        tolerance: candidates beyond (1 + tolerance) times the best may be left out.
        costs: float64 (n, rows, columns), receives the costs, infinity for those left out; the part beyond a block's
            own range is left alone.
        least: float64 (n, rows), receives the least of each row; infinity beyond.
        cancel: uint8 (1,).
    """
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    rows, channels = least.shape[1], flat.size // cells.size
    part, cross = np.empty(width + 1, np.float32), np.empty(width + 1, np.float64)
    rough = np.empty(width + 1, np.float32)
    bounds = np.empty((rows, width // CHUNK + 1), np.float64)
    begin = start
    while begin < stop:
        b = begin // rows
        y_first, y_last = begin - b * rows, min(stop - b * rows, rows)
        begin += y_last - y_first
        for y in range(y_first, y_last):
            least[b, y] = np.inf
        h, w, top, bottom = blocks[b, 2], blocks[b, 3], blocks[b, 4], blocks[b, 5]
        left, right = blocks[b, 6], blocks[b, 7]
        y_last = min(y_last, height - h + 1)
        columns = width - w + 1
        chunks = (columns + CHUNK - 1) // CHUNK
        per_use, flat_cost = reuse / (h * w), floor * counts[b, 0]
        # Each of the additions in float32 may have rounded up by one part in 2**24.
        scale = max(0.0, 1 - (counts[b, 1] + 8) / 8388608) / (4 * channels)
        best_y, best_chunk, best_bound = y_first, 0, np.inf
        for y in range(y_first, y_last):
            if cancel[0]:
                return
            _bound_row(y * width, columns, b, cells, offsets, values, counts, rough)
            for chunk in range(chunks):
                low = np.inf
                for x in range(chunk * CHUNK, min(chunk * CHUNK + CHUNK, columns)):
                    uses = (used[y + h, x + w] - used[y + h, x]) - (used[y, x + w] - used[y, x])
                    if uses < CLOSED:
                        low = min(low, (rough[x] * scale + flat_cost) * (1 + per_use * uses))
                low *= 0.999999
                bounds[y - y_first, chunk] = low
                if low < best_bound:
                    best_y, best_chunk, best_bound = y, chunk, low
        limit = np.inf
        for turn in range(y_first - 1, y_last):
            if cancel[0]:
                return
            # The most promising chunk goes first, so that there is something to beat.
            y = best_y if turn < y_first else turn
            if y >= y_last:
                break
            chunk = 0
            while chunk < chunks:
                end = chunk
                if turn < y_first:
                    chunk, end = best_chunk, best_chunk + 1
                else:
                    while end < chunks and bounds[y - y_first, end] <= limit:
                        end += 1
                first, last = chunk * CHUNK, min(end * CHUNK, columns)
                if end == chunk:
                    end = chunk + 1
                    for x in range(first, min(end * CHUNK, columns)):
                        costs[b, y, x] = np.inf
                    chunk = end
                    continue
                _cross_row(y * width, first, last, b, flat, offsets, values, counts, part, cross)
                y1, y2, y3 = y + top, y + h - bottom, y + h
                low = np.inf
                for x in range(first, last):
                    x1, x2, x3 = x + left, x + w - right, x + w
                    energy = (sums[y3, x3] - sums[y3, x]) - (sums[y, x3] - sums[y, x])
                    energy -= (sums[y2, x2] - sums[y2, x1]) - (sums[y1, x2] - sums[y1, x1])
                    uses = (used[y3, x3] - used[y3, x]) - (used[y, x3] - used[y, x])
                    cost = (energies[b] + flat_cost + energy - 2 * cross[x - first]) * (1 + per_use * uses)
                    if uses >= CLOSED:
                        cost = np.inf
                    costs[b, y, x] = cost
                    low = min(low, cost)
                least[b, y] = min(least[b, y], low)
                limit = min(limit, low * (1 + tolerance))
                chunk = end if turn >= y_first else chunks
