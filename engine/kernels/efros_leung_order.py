"""In which order unknown pixels are filled, and which of them may be filled at the same time.

Source: Efros and Leung, Texture Synthesis by Non-parametric Sampling, ICCV 1999, pseudocode `GetUnfilledNeighbors`.

A pass takes all unknown pixels with a known neighbour, most known neighbours first, random among equals. Each pixel
sees those before it, as in the paper. Two pixels of a pass that lie outside one another's windows cannot see one
another, so they may be filled at the same time without any change to the result: `turns` gives every pixel the number
of pixels, at the longest, that have to be filled one after the other before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes
from engine.kernels.compiled import kernel
from engine.kernels.randomness import mixed

Whole = NDArray[np.int32]
Keys = NDArray[np.uint64]

ORDER = 2
"""Purpose of the random numbers that settle the order among equals."""


@kernel
def frontier(
    around: Whole, sources: Whole, seen: Whole, number: int, seed: np.uint64, found: Whole, keys: Keys, cancel: Bytes
) -> int:
    """The unknown pixels that are in `around` or beside it and have a known pixel among their eight neighbours.

    Args:
        around: flat positions to look at.
        sources: (H, W), -1 for unknown.
        seen: (H * W,) scratch, below `number` everywhere.
        number: of the pass, from 1 on.
        seed: of the order.
        found: (n,) their flat positions, written; n is 9 * around.size, or all that are unknown where those are fewer.
        keys: (n,) small for those to be filled first, written.
        cancel: non-zero to stop.

    Returns:
        How many were found.
    """
    rows, columns = sources.shape
    count = 0
    for n in range(around.size):
        if cancel[0]:
            break
        top, left = around[n] // columns, around[n] % columns
        for row in range(max(top - 1, 0), min(top + 2, rows)):
            for column in range(max(left - 1, 0), min(left + 2, columns)):
                pixel = row * columns + column
                if sources[row, column] >= 0 or seen[pixel] == number:
                    continue
                seen[pixel] = number
                known = 0
                for y in range(max(row - 1, 0), min(row + 2, rows)):
                    for x in range(max(column - 1, 0), min(column + 2, columns)):
                        known += sources[y, x] >= 0
                if known > 0:
                    found[count] = pixel
                    keys[count] = np.uint64(8 - known) << np.uint64(56) | mixed(
                        seed, pixel, ORDER, number
                    ) >> np.uint64(8)
                    count += 1
    return count


@kernel
def turns(order: Whole, shape: tuple[int, int], radius: int, scratch: Whole, found: Whole, cancel: Bytes) -> None:
    """When each pixel's turn is: one later than the latest earlier pixel of `order` in its window.

    Args:
        order: (n,) flat positions.
        shape: (H, W).
        radius: half the window: a pixel sees `radius` pixels to each side.
        scratch: (H, W) zeros, left as zeros.
        found: (n,) the turns, from 0 on, written.
        cancel: non-zero to stop.
    """
    rows, columns = shape
    for n in range(order.size):
        if cancel[0]:
            break
        row, column = order[n] // columns, order[n] % columns
        latest = 0
        for y in range(max(row - radius, 0), min(row + radius + 1, rows)):
            for x in range(max(column - radius, 0), min(column + radius + 1, columns)):
                latest = max(latest, scratch[y, x])
        found[n] = latest
        scratch[row, column] = latest + 1
    for n in range(order.size):
        scratch[order[n] // columns, order[n] % columns] = 0
