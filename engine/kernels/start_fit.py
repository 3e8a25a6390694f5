"""How well pieces of a sample fit what lies beside them: the kernel of `start`.

Source: Kwatra et al., Graphcut Textures, SIGGRAPH 2003, section 3 (whole pieces placed where they match what lies
there already). Ours gives up a place as soon as it cannot win.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import kernel

NEVER = 1e30
"""The cost of a candidate that was given up."""
CHUNKS = 4
"""Parts that the candidates of one block are cut into; the same however many threads there are."""


@kernel
def fit(start, stop, blocks, first, places, planes, width, quilt, taxes, floor, costs, cancel):  # type: ignore[no-untyped-def]
    """What each candidate costs: the mean squared difference to what lies there, times its tax.

    Args:
        start, stop: a range of n * CHUNKS; item i is chunk i % CHUNKS of block i // CHUNKS.
        blocks: int64 (n, 10), one front of `quilting_grid.fronts`.
        first: int64 (n + 1), where each block's candidates begin.
        places: int64 (m, 2), y, x of the candidates.
        planes: int16 (C, H * W). width: W.
        quilt: int32 (h, w), the arrangement so far, -1 where there is nothing.
        taxes: float64 (m,), by what each candidate's cost is multiplied.
        floor: what a value costs at least.
        costs: float64 (m,), receives the costs; those that cannot win are NEVER.
    """
    channels = planes.shape[0]
    for item in range(start, stop):
        if cancel[0] != 0:
            return
        b = item // CHUNKS
        y0, x0, h, w = blocks[b, 0], blocks[b, 1], blocks[b, 2], blocks[b, 3]
        count = first[b + 1] - first[b]
        low = first[b] + count * (item % CHUNKS) // CHUNKS
        high = first[b] + count * (item % CHUNKS + 1) // CHUNKS
        want = np.empty((channels, h, w), np.int16)
        runs = np.empty((2 * h, 3), np.int64)
        n, values = 0, 0
        for r in range(h):
            y = (y0 + r) % quilt.shape[0]
            whole = r < blocks[b, 4] or r >= h - blocks[b, 5]
            for side in range(2):
                left, right = (0, blocks[b, 6]) if side == 0 else (w - blocks[b, 7], w)
                if whole:
                    left, right = 0, w if side == 0 else 0
                if right <= left:
                    continue
                runs[n, 0], runs[n, 1], runs[n, 2] = r, left, right
                n += 1
                values += (right - left) * channels
                for k in range(left, right):
                    old = quilt[y, (x0 + k) % quilt.shape[1]]
                    for c in range(channels):
                        want[c, r, k] = planes[c, old]
        least = NEVER
        for place in range(low, high):
            py, px = places[place, 0], places[place, 1]
            factor = taxes[place]
            limit = (least / factor - floor) * values
            total = np.int64(0)
            for run in range(n):
                r, left, right = runs[run, 0], runs[run, 1], runs[run, 2]
                for c in range(channels):
                    line = planes[c, (py + r) * width + px + left : (py + r) * width + px + right]
                    there = want[c, r, left:right]
                    part = np.int32(0)
                    for k in range(right - left):
                        d = np.int32(line[k]) - np.int32(there[k])
                        part += np.int32(d * d)
                    total += part
                if total > limit:
                    break
            if total > limit:
                costs[place] = NEVER
            else:
                cost = (total / max(values, 1) + floor) * factor
                costs[place] = cost
                least = min(least, cost * 1.1)
