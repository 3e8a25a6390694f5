"""Choosing among the blocks that fit, and pasting them along the least seam.

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
def cut(  # type: ignore[no-untyped-def]
    start,
    stop,
    blocks,
    places,
    planes,
    width,
    quilt,
    cuts,
    costs,
    cancel,
):
    """The least seam in each overlap of the blocks start..stop.

    Args:
        blocks: int64 (n, 10).
        places: int64 (n, 2), y, x of the candidates' corners.
        planes: (C, H * W), whole numbers.
        width: of the sample.
        quilt: int32 (h, w), the map before the blocks are pasted.
        cuts: int32 (n, 4, longest), receives for top, bottom, left, right how many pixels, counted from outside, stay
            as they are; 0 where there is no overlap.
        costs: float64 (n,), receives the squared differences along all seams of a block, added up.
    """
    longest = cuts.shape[2]
    error, path = np.empty((longest, longest)), np.empty(longest, np.int64)
    for b in range(start, stop):
        if cancel[0] != 0:
            return
        y0, x0, h, w = blocks[b, 0], blocks[b, 1], blocks[b, 2], blocks[b, 3]
        costs[b] = 0.0
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
                        difference = np.float64(planes[channel, old]) - np.float64(planes[channel, new])
                        total += difference * difference
                    error[k, d] = total
            least_seam(error, length, depth, path)
            costs[b] += error[length - 1, path[length - 1]]
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
