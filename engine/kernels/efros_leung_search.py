"""Exact search for the places of a sample that look most like the known pixels around one unknown pixel.

Source: Efros and Leung, Texture Synthesis by Non-parametric Sampling, ICCV 1999, section 3 and its pseudocode.

Every place is looked at, and the answer is exact whatever the order of the sums: colours are whole 1/65535ths and
weights whole numbers that add up to less than 2**19, so that every weighted sum of squares stays below 2**53 and
float64 holds it without rounding. Most places are given up long before their last neighbour, in blocks of
neighbouring places, on float32 sums with a margin that covers their rounding (`SLACK`). The first bound comes from
the places that continue what the neighbours were copied from; it is usually close to the best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes, Floats
from engine.kernels.compiled import kernel
from engine.kernels.randomness import below

Whole = NDArray[np.int32]
Doubles = NDArray[np.float64]

BLOCK = 128
"""Places that are compared at once. Planes carry this many spare values at their end."""

CHUNK = 4
"""Neighbours between two looks at how many places of a block are still in the running."""

FEW = 2
"""So many places left in a block are finished one by one."""

SLACK = 1.0 + 2.0**-11
"""More than the rounding of a float32 sum of 41 * 41 weighted squares of up to four channels: below 1700 * 2**-24."""

LARGEST = 3e38
"""The bound while there is none: finite, so that closed places stay beyond it."""

COHERENT = 12
"""Nearest neighbours whose continued sources give the first bound."""

PICK = 1
"""Purpose of the random number that picks among the equals."""


@kernel
def _distance(
    place: int, planes: Floats, count: int, offsets: Whole, weights: Doubles, values: Floats, limit: float
) -> float:
    """The exact weighted sum of squares at `place`, or any number above `limit` once it has passed it."""
    total = 0.0
    for k in range(count):
        at = place + offsets[k]
        squares = 0.0
        for c in range(planes.shape[0]):
            step = np.float64(planes[c, at]) - np.float64(values[c, k])
            squares += step * step
        total += weights[k] * squares
        if total > limit:
            break
    return total


@kernel
def search(
    start: int,
    stop: int,
    order: Whole,
    sources: Whole,
    steps: Whole,
    weights: Doubles,
    planes: Floats,
    closed: Floats,
    blocks: Whole,
    width: int,
    tolerance: float,
    threshold: float,
    seed: np.uint64,
    errors: Doubles,
    cancel: Bytes,
) -> None:
    """Fills the pixels order[start:stop] one after the other.

    Args:
        start, stop: the part of `order` to do.
        order: (n,) flat positions in `sources`, all unknown.
        sources: (H, W) flat place in the sample that each pixel was copied from, -1 for unknown. Written.
        steps: (taps, 2) rows and columns from the pixel to its neighbours, nearest first.
        weights: (taps,) whole numbers, together below 2**19.
        planes: (C, places + BLOCK) whole numbers 0..65535, C up to 4.
        closed: (places + BLOCK,) 0 where a place may be copied (its window fits), infinity elsewhere.
        blocks: first places of the blocks that have an open place, none before the first open place.
        width: of the sample.
        tolerance: places up to (1 + tolerance) times the smallest distance are equals.
        threshold: mean weighted square error (1 for black against white) from which on a pixel is left unknown.
        seed: of the picks.
        errors: (n,) the error of each pick, written; a pick is kept where it is below `threshold`.
        cancel: non-zero to stop.
    """
    rows, columns = sources.shape
    channels = planes.shape[0]
    taps = steps.shape[0]
    flat = sources.reshape(-1)
    every = planes.reshape(-1)
    plane0, plane1, plane2 = planes[0], planes[min(1, channels - 1)], planes[min(2, channels - 1)]
    offsets = np.empty(taps, np.int32)
    wanted = np.empty((channels, taps), np.float32)
    heavy = np.empty(taps, np.float64)
    sums = np.empty(BLOCK, np.float32)
    tried = np.empty(COHERENT, np.int32)
    found = np.empty(blocks.size * BLOCK, np.int32)
    distances = np.empty(blocks.size * BLOCK, np.float64)
    for n in range(start, stop):
        if cancel[0]:
            return
        pixel = int(order[n]) + 0
        row, column = pixel // columns, pixel % columns
        count = 0
        whole = 0.0
        best = np.inf
        tries = 0
        for k in range(taps):
            y, x = row + steps[k, 0], column + steps[k, 1]
            if y < 0 or y >= rows or x < 0 or x >= columns:
                continue
            source = flat[y * columns + x]
            if source < 0:
                continue
            offsets[count] = steps[k, 0] * width + steps[k, 1]
            heavy[count] = weights[k]
            whole += weights[k]
            for c in range(channels):
                wanted[c, count] = planes[c, source]
            if count < COHERENT:
                place = source - offsets[count]
                fresh = place >= 0 and place < closed.size and closed[place] == 0
                for t in range(tries):
                    fresh = fresh and tried[t] != place
                if fresh:
                    tried[tries] = place
                    tries += 1
            count += 1
        for t in range(tries):
            best = min(best, _distance(tried[t], planes, count, offsets, heavy, wanted, best))
        limit = best * (1.0 + tolerance)
        cut = np.float32(min(limit * SLACK, LARGEST))
        equals = 0
        for number in range(blocks.size):
            if number & 255 == 255 and cancel[0]:
                return
            base = blocks[number]
            for i in range(BLOCK):
                sums[np.uint64(i)] = closed[np.uint64(base) + np.uint64(i)]
            k = 0
            alive = BLOCK
            while k < count and alive > FEW:
                end = min(k + CHUNK, count)
                while k < end:
                    # Written out here: handing arrays to a function costs more than the sums.
                    first = np.uint64(base + offsets[k])
                    w = np.float32(heavy[k])
                    if channels == 3:
                        r, g, b = wanted[0, k], wanted[1, k], wanted[2, k]
                        for i in range(BLOCK):
                            at = first + np.uint64(i)
                            x, y, z = plane0[at] - r, plane1[at] - g, plane2[at] - b
                            sums[np.uint64(i)] += w * (x * x + y * y + z * z)
                    else:
                        for c in range(channels):
                            v = wanted[c, k]
                            skip = first + np.uint64(c * closed.size)
                            for i in range(BLOCK):
                                x = every[skip + np.uint64(i)] - v
                                sums[np.uint64(i)] += w * (x * x)
                    k += 1
                alive = 0
                for i in range(BLOCK):
                    alive += np.int32(sums[np.uint64(i)] <= cut)
            if alive == 0:
                continue
            for i in range(BLOCK):
                # A float32 sum of whole squares is zero only where every one of them is.
                if sums[i] > cut:
                    continue
                distance = 0.0
                if k < count or limit > 0.0:
                    distance = _distance(base + i, planes, count, offsets, heavy, wanted, limit)
                if distance <= limit:
                    found[equals] = base + i
                    distances[equals] = distance
                    equals += 1
                    if distance < best:
                        best = distance
                        limit = best * (1.0 + tolerance)
                        cut = np.float32(min(limit * SLACK, LARGEST))
        kept = 0
        for e in range(equals):
            if distances[e] <= limit:
                found[kept] = found[e]
                distances[kept] = distances[e]
                kept += 1
        chosen = below(kept, seed, pixel, PICK, 0)
        errors[n] = distances[chosen] / (whole * channels * 4294836225.0)
        if errors[n] < threshold:
            flat[pixel] = found[chosen]
