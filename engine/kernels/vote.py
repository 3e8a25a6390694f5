"""The voting half of the nearest-neighbour field: patches that overlap settle what their common pixels are.

Source: Wexler, Shechtman, Irani, Space-Time Completion of Video, PAMI 2007; the weights exp(-d / 2 sigma^2), with
sigma^2 at the 75th percentile of the distances around a pixel, after Newson et al., Video Inpainting of Complex Scenes,
2014; more trust in patches at the rim of a hole after Wexler, section 3.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.image import Floats
from engine.kernels.compiled import kernel

FINENESS = 32
"""Entries of the weight table per unit of d / sigma^2."""


def weight_table(sharpness: float = 1.0) -> Floats:
    """exp(-sharpness * u / 2) for u = 0, 1/32, 2/32 ... 16 (float32). A sharpness of 0 makes plain means."""
    u = np.arange(16 * FINENESS + 1, dtype=np.float64) / FINENESS
    return np.exp(-0.5 * sharpness * u).astype(np.float32)


@kernel
def ranked(
    values: Any,
    count: Any,
    rank: Any,
) -> Any:
    """The value at `rank` (0 is the least) of values[:count]; reorders them."""
    low, high = 0, count - 1
    while low < high:
        pivot = values[(low + high) >> 1]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return values[rank]


@kernel
def vote(  # type: ignore[no-untyped-def]
    start,
    stop,
    pixels,
    field,
    cost,
    trust,
    target,
    target_width,
    source,
    source_width,
    channels,
    voted,
    patch,
    wrap,
    table,
    origin,
    cancel,
):
    """Sets the target's pixels pixels[start:stop] to the weighted mean of what the patches over them say.

    Args:
        pixels: int32, y * target_width + x of the pixels to set.
        field: int32 (rows, columns) of anchors, -1 for none. cost: int32, their costs.
        trust: float32 (rows, columns), a factor of each anchor's weight; (1, 1) for the same trust in all.
        target: int16, flat; out. source: int16, flat.
        voted: the first so many channels are set, the others left as they are.
        wrap: the anchors' plane is a torus.
        table: from `weight_table`.
        origin: int32 per pixel; out: y * source_width + x of the source pixel that the best patch puts there
            (of equals the one whose centre is nearest; with `trust` the one of the greatest weight). Pixels without
            any patch keep their value and origin.
    """
    rows, columns = field.shape
    middle = (patch - 1) * 0.5
    most = patch * patch
    costs, near, spots = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int64)
    faith = np.empty(most, np.float32)
    sums = np.empty(channels, np.float32)
    for number in range(start, stop):
        if number & 255 == 0 and cancel[0] != 0:
            return
        place = np.int64(pixels[number])
        y, x = place // target_width, place % target_width
        count = np.int64(0)
        least, closest, best = np.int32(2**31 - 1), 1e9, np.int64(-1)
        for dy in range(patch):
            ay = y - dy
            if wrap:
                ay = (ay + rows) % rows
            elif ay < 0 or ay >= rows:
                continue
            for dx in range(patch):
                ax = x - dx
                if wrap:
                    ax = (ax + columns) % columns
                elif ax < 0 or ax >= columns:
                    continue
                spot = np.int64(field[ay, ax])
                if spot < 0:
                    continue
                spot += dy * source_width + dx
                d = cost[ay, ax]
                costs[count], near[count], spots[count] = d, d, spot
                faith[count] = trust[ay, ax] if trust.size > 1 else np.float32(1)
                count += 1
                if d <= least:
                    off = (dy - middle) * (dy - middle) + (dx - middle) * (dx - middle)
                    if d < least or off < closest:
                        least, closest, best = d, off, spot
        if count == 0:
            continue
        spread = ranked(near, count, (3 * (count - 1)) >> 2)
        scale = np.float32(FINENESS) / np.float32(max(spread, 1))
        for c in range(voted):
            sums[c] = 0
        total = np.float32(0)
        heaviest = np.float32(0)
        for k in range(count):
            entry = min(np.int64(np.float32(costs[k] - least) * scale), table.size - 1)
            weight = table[entry] * faith[k]
            if trust.size > 1 and weight > heaviest:
                heaviest, best = weight, spots[k]
            total += weight
            for c in range(voted):
                sums[c] += weight * source[spots[k] * channels + c]
        for c in range(voted):
            target[place * channels + c] = np.int16(np.floor(sums[c] / total + np.float32(0.5)))
        origin[number] = best
