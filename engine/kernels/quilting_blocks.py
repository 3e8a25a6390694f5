"""Blocks of a sample that fit what is there already: exhaustive search, choice, and pasting along the least seam.

Source: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001, section 2.

The quilt is kept as a map: for every pixel the index of the sample's pixel that it shows, -1 where there is none yet.
What is compared are the sample's `planes`: whole numbers -128..127 in float32, so that sums of up to 1024 products are
exact and the search gives the same answer in whichever order it adds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.kernels.compiled import kernel
from engine.kernels.randomness import below
from engine.kernels.seam import least_seam

GROUP = 12
"""Taps that the search takes in one sweep over a row; lists of taps are padded to a multiple."""

EXACT = 85
"""Groups after which sums leave float32: 85 * 12 * 128 * 128 < 2**24."""


@kernel
def gather_taps(
    blocks: NDArray[np.int64],
    quilt: NDArray[np.int32],
    planes: NDArray[np.float32],
    sides: tuple[int, int],
    offsets: NDArray[np.uint64],
    values: NDArray[np.float32],
    counts: NDArray[np.int64],
    energies: NDArray[np.float64],
) -> None:
    """Collects what each block has to match: the pixels in its overlaps, as taps into the flattened planes.

    Args:
        blocks: int64 (n, 10), one front of `quilting_grid.fronts`.
        quilt: int32 (h, w), the map so far.
        planes: float32 (C, H * W).
        sides: H, W of the sample.
        offsets, values: uint64 and float32 (n, taps), receive where each tap lies from the candidate's corner, and
            what it should be; padded with zeros to a multiple of GROUP.
        counts: int64 (n,), receives the taps of each block.
        energies: float64 (n,), receives the sum of their squares.
    """
    height, width = sides
    for b in range(blocks.shape[0]):
        y0, x0, h, w = blocks[b, 0], blocks[b, 1], blocks[b, 2], blocks[b, 3]
        top, bottom, left, right = blocks[b, 4], blocks[b, 5], blocks[b, 6], blocks[b, 7]
        n, energy = 0, 0.0
        for c in range(planes.shape[0]):
            for r in range(h):
                edge = r < top or r >= h - bottom
                y = (y0 + r) % quilt.shape[0]
                for k in range(w):
                    if not (edge or k < left or k >= w - right):
                        continue
                    value = planes[c, quilt[y, (x0 + k) % quilt.shape[1]]]
                    offsets[b, n] = np.uint64(c * height * width + r * width + k)
                    values[b, n] = value
                    energy += np.float64(value) * np.float64(value)
                    n += 1
        counts[b], energies[b] = n, energy
        while n % GROUP:
            offsets[b, n], values[b, n] = np.uint64(0), np.float32(0)
            n += 1


@kernel
def search(
    start: int,
    stop: int,
    blocks: NDArray[np.int64],
    flat: NDArray[np.float32],
    sums: NDArray[np.int64],
    used: NDArray[np.int64],
    offsets: NDArray[np.uint64],
    values: NDArray[np.float32],
    counts: NDArray[np.int64],
    energies: NDArray[np.float64],
    floor: float,
    reuse: float,
    costs: NDArray[np.float64],
    least: NDArray[np.float64],
    cancel: NDArray[np.uint8],
) -> None:
    """The cost of every candidate in rows start..stop, counted block by block.

    A cost is (sum of squared differences over the overlaps + floor per tap) * (1 + reuse * uses per pixel).

    Args:
        blocks: int64 (n, 10).
        flat: float32 (C * H * W,), the planes.
        sums: int64 (H + 1, W + 1), the integral of the planes' squares over all channels.
        used: int64 (H + 1, W + 1), the integral of how often each pixel of the sample was pasted.
        offsets, values, counts, energies: from `gather_taps`.
        floor: what a tap costs at least, in squared steps.
        reuse: by how much one earlier use of the whole block raises its cost, as a share.
        costs: float64 (n, rows, columns), receives the costs; the part beyond a block's own range is left alone.
        least: float64 (n, rows), receives the least of each row; infinity beyond.
        cancel: uint8 (1,).
    """
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    rows = least.shape[1]
    cross32 = np.empty(width + 1, np.float32)
    cross = np.empty(width + 1, np.float64)
    for unit in range(start, stop):
        if cancel[0]:
            return
        b, y = unit // rows, unit % rows
        h, w, top, bottom, left, right = blocks[b, 2], blocks[b, 3], blocks[b, 4], blocks[b, 5], blocks[b, 6], blocks[b, 7]
        least[b, y] = np.inf
        if y > height - h:
            continue
        columns = np.uint64(width - w + 1)
        for x in range(columns):
            cross[x] = 0
        row = np.uint64(y * width)
        groups = (counts[b] + GROUP - 1) // GROUP
        for first in range(0, groups, EXACT):
            for x in range(columns):
                cross32[x] = 0
            for group in range(first, min(first + EXACT, groups)):
                g = group * GROUP
                o0, v0 = row + offsets[b, g + 0], values[b, g + 0]
                o1, v1 = row + offsets[b, g + 1], values[b, g + 1]
                o2, v2 = row + offsets[b, g + 2], values[b, g + 2]
                o3, v3 = row + offsets[b, g + 3], values[b, g + 3]
                o4, v4 = row + offsets[b, g + 4], values[b, g + 4]
                o5, v5 = row + offsets[b, g + 5], values[b, g + 5]
                o6, v6 = row + offsets[b, g + 6], values[b, g + 6]
                o7, v7 = row + offsets[b, g + 7], values[b, g + 7]
                o8, v8 = row + offsets[b, g + 8], values[b, g + 8]
                o9, v9 = row + offsets[b, g + 9], values[b, g + 9]
                oa, va = row + offsets[b, g + 10], values[b, g + 10]
                ob, vb = row + offsets[b, g + 11], values[b, g + 11]
                for x in range(columns):
                    cross32[x] += (
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
            for x in range(columns):
                cross[x] += cross32[x]
        base = energies[b] + floor * counts[b]
        per_use = reuse / (h * w)
        low = np.inf
        y1, y2, y3 = y + top, y + h - bottom, y + h
        for x in range(width - w + 1):
            x1, x2, x3 = x + left, x + w - right, x + w
            energy = (sums[y3, x3] - sums[y3, x]) - (sums[y, x3] - sums[y, x])
            energy -= (sums[y2, x2] - sums[y2, x1]) - (sums[y1, x2] - sums[y1, x1])
            uses = (used[y3, x3] - used[y3, x]) - (used[y, x3] - used[y, x])
            cost = (base + energy - 2 * cross[x]) * (1 + per_use * uses)
            costs[b, y, x] = cost
            low = min(low, cost)
        least[b, y] = low


@kernel
def choose(
    blocks: NDArray[np.int64],
    costs: NDArray[np.float64],
    least: NDArray[np.float64],
    width: int,
    tolerance: float,
    seed: np.uint64,
    places: NDArray[np.int64],
) -> None:
    """Picks one of the candidates within (1 + tolerance) of the best, all alike, for every block.

    Args:
        blocks: int64 (n, 10).
        costs, least: from `search`.
        width: of the sample.
        tolerance: 0 or more.
        seed: uint64.
        places: int64 (n, 2), receives y, x of the chosen candidate's corner.
    """
    for b in range(blocks.shape[0]):
        columns = width - blocks[b, 3] + 1
        limit = np.inf
        for y in range(least.shape[1]):
            limit = min(limit, least[b, y])
        limit *= 1 + tolerance
        good = 0
        for y in range(least.shape[1]):
            if least[b, y] <= limit:
                for x in range(columns):
                    good += costs[b, y, x] <= limit
        left = below(good, seed, blocks[b, 8], blocks[b, 9], 0)
        for y in range(least.shape[1]):
            if least[b, y] <= limit and left >= 0:
                for x in range(columns):
                    if costs[b, y, x] <= limit:
                        if left == 0:
                            places[b, 0], places[b, 1] = y, x
                        left -= 1


@kernel
def cut(
    blocks: NDArray[np.int64],
    places: NDArray[np.int64],
    planes: NDArray[np.float32],
    width: int,
    quilt: NDArray[np.int32],
    error: NDArray[np.float64],
    path: NDArray[np.int64],
    cuts: NDArray[np.int32],
) -> None:
    """The least seam in each overlap of each block.

    Args:
        blocks: int64 (n, 10).
        places: int64 (n, 2), from `choose`.
        planes: float32 (C, H * W).
        width: of the sample.
        quilt: int32 (h, w), the map before the blocks are pasted.
        error, path: float64 (longest, longest) and int64 (longest,), room to work in.
        cuts: int32 (n, 4, longest), receives for top, bottom, left, right how many pixels, counted from outside, stay
            as they are; 0 where there is no overlap.
    """
    for b in range(blocks.shape[0]):
        y0, x0, h, w = blocks[b, 0], blocks[b, 1], blocks[b, 2], blocks[b, 3]
        for side in range(4):
            depth = blocks[b, 4 + side]
            length = w if side < 2 else h
            for k in range(length):
                cuts[b, side, k] = 0
            if depth == 0:
                continue
            for k in range(length):
                for d in range(depth):
                    inward = d if side % 2 == 0 else (h if side < 2 else w) - 1 - d
                    r, c = (inward, k) if side < 2 else (k, inward)
                    old = quilt[(y0 + r) % quilt.shape[0], (x0 + c) % quilt.shape[1]]
                    new = (places[b, 0] + r) * width + places[b, 1] + c
                    total = 0.0
                    for channel in range(planes.shape[0]):
                        difference = planes[channel, old] - planes[channel, new]
                        total += difference * difference
                    error[k, d] = total
            least_seam(error, length, depth, path)
            for k in range(length):
                cuts[b, side, k] = path[k]


@kernel
def paste(
    blocks: NDArray[np.int64],
    places: NDArray[np.int64],
    cuts: NDArray[np.int32],
    width: int,
    quilt: NDArray[np.int32],
    counts: NDArray[np.int64],
    used: NDArray[np.int64],
) -> None:
    """Puts the chosen blocks into the map, in order, each inside its cuts.

    Args:
        blocks: int64 (n, 10).
        places: int64 (n, 2), from `choose`.
        cuts: int32 (n, 4, longest), from `cut`.
        width: of the sample.
        quilt: int32 (h, w), the map; changed.
        counts: int64 (H, W), how often each pixel of the sample lay under a block; changed.
        used: int64 (H + 1, W + 1), receives the integral of `counts`.
    """
    for b in range(blocks.shape[0]):
        h, w = blocks[b, 2], blocks[b, 3]
        for r in range(h):
            y = (blocks[b, 0] + r) % quilt.shape[0]
            for c in range(w):
                counts[places[b, 0] + r, places[b, 1] + c] += 1
                x = (blocks[b, 1] + c) % quilt.shape[1]
                across = c >= cuts[b, 2, r] and w - 1 - c >= cuts[b, 3, r]
                if (across and r >= cuts[b, 0, c] and h - 1 - r >= cuts[b, 1, c]) or quilt[y, x] < 0:
                    quilt[y, x] = (places[b, 0] + r) * width + places[b, 1] + c
    for y in range(counts.shape[0]):
        run = np.int64(0)
        for x in range(counts.shape[1]):
            run += counts[y, x]
            used[y + 1, x + 1] = used[y, x + 1] + run
