"""How well pieces of a sample fit what lies beside them.

Source: Kwatra et al., Graphcut Textures, SIGGRAPH 2003, section 3 (whole pieces placed where they match what lies
there already). Ours gives up a place as soon as it cannot win.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.kernels.compiled import kernel

NEVER = 1e30
"""The cost of a candidate that was given up."""
CHUNKS = 4
"""Parts that the candidates of one block are cut into; the same however many threads there are."""


def fitted(
    ctx: Context,
    blocks: NDArray[np.int64],
    first: NDArray[np.int64],
    places: NDArray[np.int64],
    planes: NDArray[np.int16],
    width: int,
    quilt: NDArray[np.int32],
    taxes: NDArray[np.float64],
    floor: float,
) -> NDArray[np.float64]:
    """What each candidate costs: the mean squared difference to what lies there plus `floor`, times its tax.

    Args:
        ctx: threads, cancel flag.
        blocks: int64 (n, 10), one front of `quilting_grid.fronts`.
        first: int64 (n + 1), where each block's candidates begin.
        places: int64 (m, 2), y, x of the candidates.
        planes: int16 (C, H * W). width: W.
        quilt: int32 (h, w), the arrangement so far, -1 where there is nothing.
        taxes: float64 (m,), by what each candidate's cost is multiplied.
        floor: what a value costs at least.

    Returns:
        float64 (m,); those that cannot win are NEVER.
    """
    wanted, runs, bounds = [np.empty(0, np.int16)], [np.empty((0, 3), np.int64)], [0]
    done = 0
    for block in blocks:
        ctx.check()
        values, lines = _set_out(block, planes, width, quilt)
        lines[:, 1] += done
        wanted.append(values)
        runs.append(lines)
        bounds.append(bounds[-1] + len(lines))
        done += values.size
    costs = np.empty(len(places))
    corners = places[:, 0] * width + places[:, 1]
    ctx.spread(
        fit, len(blocks) * CHUNKS, first, corners, planes.reshape(-1), np.concatenate(wanted), np.concatenate(runs),
        np.array(bounds), taxes, floor, costs,
    )  # fmt: skip
    return costs


def _set_out(
    block: NDArray[np.int64], planes: NDArray[np.int16], width: int, quilt: NDArray[np.int32]
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """What lies in a block's overlaps, run by run, and `runs` as `fit` wants them."""
    y, x, h, w, top, bottom, left, right = (int(v) for v in block[:8])
    rows, columns = (y + np.arange(h)) % quilt.shape[0], (x + np.arange(w)) % quilt.shape[1]
    channels, pixels = planes.shape
    wanted, runs = [np.empty(0, np.int16)], [np.empty((0, 3), np.int64)]
    done = 0
    low, high = min(top, h), max(h - bottom, min(top, h))
    for r0, r1, c0, c1 in ((0, low, 0, w), (high, h, 0, w), (low, high, 0, left), (low, high, w - right, w)):
        if r1 <= r0 or c1 <= c0:
            continue
        # One run for each row and channel, so that a place is given up after few of them.
        seen = planes[:, quilt[rows[r0:r1, None], columns[c0:c1]]]
        wanted.append(np.ascontiguousarray(seen.transpose(1, 0, 2)).reshape(-1))
        lines = np.empty((r1 - r0, channels, 3), np.int64)
        lines[..., 0] = c1 - c0
        lines[..., 1] = done + np.arange(wanted[-1].size, step=c1 - c0).reshape(r1 - r0, channels)
        lines[..., 2] = np.arange(channels) * pixels + np.arange(r0, r1)[:, None] * width + c0
        runs.append(lines.reshape(-1, 3))
        done += wanted[-1].size
    return np.concatenate(wanted), np.concatenate(runs)


@kernel
def fit(start, stop, first, corners, flat, wanted, runs, bounds, taxes, floor, costs, cancel):  # type: ignore[no-untyped-def]
    """The costs of the candidates in chunks start..stop of all blocks' CHUNKS each.

    Args:
        first: int64 (n + 1), where each block's candidates begin in `corners`.
        corners: int64 (m,), the candidates' first pixels.
        flat: int16, the planes one after the other.
        wanted: int16, what lies in all blocks' overlaps.
        runs: int64 (k, 3), each run's length, where it begins in `wanted`, and where in `flat` from a corner on.
        bounds: int64 (n + 1), where each block's runs begin.
        taxes, floor: see `fitted`.
        costs: float64 (m,), receives the costs.
    """
    for item in range(start, stop):
        b, chunk = item // CHUNKS, item % CHUNKS
        count = first[b + 1] - first[b]
        values = np.int64(0)
        for run in range(bounds[b], bounds[b + 1]):
            values += runs[run, 0]
        least = NEVER
        for place in range(first[b] + count * chunk // CHUNKS, first[b] + count * (chunk + 1) // CHUNKS):
            if cancel[0] != 0:
                return
            factor = taxes[place]
            limit = (least / factor - floor) * values
            total = np.int64(0)
            for run in range(bounds[b], bounds[b + 1]):
                want, there = np.uint64(runs[run, 1]), np.uint64(corners[place] + runs[run, 2])
                part = np.int32(0)
                for k in range(np.uint64(runs[run, 0])):
                    d = np.int32(flat[there + k]) - np.int32(wanted[want + k])
                    part += np.int32(d * d)
                total += part
                if total > limit:
                    break
            costs[place] = NEVER
            if total <= limit:
                costs[place] = (total / max(values, 1) + floor) * factor
                least = min(least, costs[place] * 1.1)
