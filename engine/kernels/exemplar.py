"""Exemplar-based filling, one patch at a time: what comes first, what fits best, and what that changes.

Source: Criminisi, Perez, Toyama, Region Filling and Object Removal by Exemplar-Based Image Inpainting, IEEE
Transactions on Image Processing 2004, sections III A to C. Ours rates again only what a new patch may have changed, and
looks for the best match row by row of the patch, fullest first, so that most places are out after one row.

Patches here are known by their centre. Pictures are int16, flat, as `field.Stack` keeps them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.kernels.compiled import kernel
from engine.kernels.field_search import LANES, NEVER

CHUNKS = 8
"""Parts that the places of one search are cut into; the same however many threads there are."""
BASE = 0.1
"""Priority of a place without any edge, as a share of the strongest edge's: so that flat parts are filled too."""


@kernel
def rate(
    top: Any,
    left: Any,
    bottom: Any,
    right: Any,
    known: Any,
    gray: Any,
    confidence: Any,
    half: Any,
    priority: Any,
    rows: Any,
    cancel: Any,
) -> None:
    """The priorities of the front in a rectangle: confidence times the strength of the edge that runs into it.

    Args:
        top, left, bottom, right: of the rectangle, clipped to the picture here.
        known: uint8 (H, W). gray: float32 (H, W), 0..1; what is unknown does not matter.
        confidence: float32 (H, W), 1 for the picture itself, 0 for what is unknown.
        half: half of the patch's side, rounded down.
        priority: float32 (H, W), out: -1 where there is no front.
        rows: float32 (H,), out: the greatest priority of each row.
    """
    height, width = known.shape
    top, left = max(top, 0), max(left, 0)
    bottom, right = min(bottom, height), min(right, width)
    area = np.float32((2 * half + 1) * (2 * half + 1))
    for y in range(top, bottom):
        if cancel[0] != 0:
            return
        for x in range(left, right):
            priority[y, x] = -1
            if known[y, x] != 0:
                continue
            front = (y > 0 and known[y - 1, x] != 0) or (y < height - 1 and known[y + 1, x] != 0)
            front = front or (x > 0 and known[y, x - 1] != 0) or (x < width - 1 and known[y, x + 1] != 0)
            if not front:
                continue
            total = np.float32(0)
            strongest, ey, ex = np.float32(0), np.float32(0), np.float32(0)
            for qy in range(max(y - half, 0), min(y + half + 1, height)):
                for qx in range(max(x - half, 0), min(x + half + 1, width)):
                    total += confidence[qy, qx]
                    if known[qy, qx] == 0 or qy == 0 or qx == 0 or qy == height - 1 or qx == width - 1:
                        continue
                    if known[qy - 1, qx] + known[qy + 1, qx] + known[qy, qx - 1] + known[qy, qx + 1] < 4:
                        continue
                    gy = gray[qy + 1, qx] - gray[qy - 1, qx]
                    gx = gray[qy, qx + 1] - gray[qy, qx - 1]
                    # An edge that does not come to the front here is another place's.
                    away = np.float32((qy - y) * (qy - y) + (qx - x) * (qx - x))
                    strength = (gy * gy + gx * gx) / (np.float32(1) + away / np.float32(6))
                    if strength > strongest:
                        strongest, ey, ex = strength, gy, gx
            # The front's normal, from what is known in 5 x 5 pixels: a 3 x 3 one jumps from pixel to pixel.
            ny, nx = np.float32(0), np.float32(0)
            for dy in range(-2, 3):
                for dx in range(-2, 3):
                    qy, qx = min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1)
                    if known[qy, qx] != 0:
                        ny += np.float32(dy)
                        nx += np.float32(dx)
            length = np.sqrt(ny * ny + nx * nx)
            edge = np.float32(0)
            if length > 0:
                # The edge itself runs across its gradient.
                edge = np.float32(0.5) * abs(-ex * ny + ey * nx) / length
            priority[y, x] = total / area * (edge + np.float32(BASE))
        greatest = np.float32(-1)
        for x in range(width):
            if priority[y, x] > greatest:
                greatest = priority[y, x]
        rows[y] = greatest


@kernel
def fullest_first(y: Any, x: Any, known: Any, channels: Any, patch: Any, weights: Any, order: Any) -> Any:
    """Sets what of the patch around (y, x) is compared, and in which order its rows are; returns how much is known.

    Args:
        known: uint8 (H, W).
        weights: int16 (patch * run), run a multiple of LANES; out: 1 for the values of known pixels.
        order: int64 (patch,), out: rows with the most known pixels first, those without any left out as -1.
    """
    half = patch // 2
    run = weights.size // patch
    counts = np.zeros(patch, np.int64)
    total = 0
    for r in range(patch):
        for i in range(run):
            weights[r * run + i] = 0
        for c in range(patch):
            if known[y - half + r, x - half + c] != 0:
                counts[r] += 1
                for k in range(channels):
                    weights[r * run + c * channels + k] = 1
        total += counts[r]
    for n in range(patch):
        best = -1
        for r in range(patch):
            if counts[r] > 0 and (best < 0 or counts[r] > counts[best]):
                best = r
        order[n] = best
        if best >= 0:
            counts[best] = 0
    return total


@kernel
def difference(values: Any, at: Any, there: Any, row: Any, weights: Any, order: Any, limit: Any) -> Any:
    """Sum of squared differences of two patches of one picture, int64; stops once it reaches `limit`."""
    run = weights.size // order.size
    total = np.int64(0)
    for n in range(order.size):
        r = order[n]
        if r < 0:
            break
        a, b, w = np.uint64(at + r * row), np.uint64(there + r * row), np.uint64(r * run)
        part = np.int32(0)
        for _ in range(run // LANES):
            for i in range(LANES):
                lane = np.uint64(i)
                d = (np.int32(values[a + lane]) - np.int32(values[b + lane])) * np.int32(weights[w + lane])
                part += np.int32(d * d)
            a += np.uint64(LANES)
            b += np.uint64(LANES)
            w += np.uint64(LANES)
        total += part
        if total >= limit:
            return limit
    return total


@kernel
def closest(  # type: ignore[no-untyped-def]
    start, stop, y, x, window, values, width, channels, allowed, weights, order, pull, seed, costs, places, cancel
):
    """The place in a window whose patch is most like the known part of the patch around (y, x).

    Args:
        start, stop: a range of CHUNKS.
        window: int64 (4,): first and last row and column (ends left out) of patch corners that are tried.
        values: int16, flat. width, channels: of the picture.
        allowed: uint8 (H, W), 1 where a source patch may begin.
        weights, order: from `fullest_first`.
        pull: what each row and column of distance costs.
        seed: int32, a place that is good already, -1 for none.
        costs: int64 (CHUNKS,), places: int32 (CHUNKS,): out, the best of each chunk, NEVER and -1 for none.
    """
    half = order.size // 2
    row = width * channels
    ay, ax = y - half, x - half
    at = ay * row + ax * channels
    first = NEVER
    if seed >= 0:
        sy, sx = np.int64(seed) // width, np.int64(seed) % width
        first = difference(values, at, np.int64(seed) * channels, row, weights, order, NEVER)
        first += np.int64(pull) * (abs(sy - ay) + abs(sx - ax))
    for chunk in range(start, stop):
        least, best = first, np.int64(seed)
        low = window[0] + (window[1] - window[0]) * chunk // CHUNKS
        high = window[0] + (window[1] - window[0]) * (chunk + 1) // CHUNKS
        for sy in range(low, high):
            if cancel[0] != 0:
                return
            for sx in range(window[2], window[3]):
                if allowed[sy, sx] == 0:
                    continue
                tax = np.int64(pull) * (abs(sy - ay) + abs(sx - ax))
                if tax >= least:
                    continue
                spot = sy * width + sx
                found = tax + difference(values, at, spot * channels, row, weights, order, least - tax)
                if found < least:
                    least, best = found, spot
        costs[chunk], places[chunk] = least, best


@kernel
def copy(
    y: Any,
    x: Any,
    place: Any,
    values: Any,
    width: Any,
    channels: Any,
    patch: Any,
    known: Any,
    gray: Any,
    confidence: Any,
    trust: Any,
    origin: Any,
) -> None:
    """Fills what is unknown of the patch around (y, x) from the patch that begins at `place`.

    Args:
        trust: the confidence that the new pixels get.
        origin: int32 (H, W), out: y * width + x of the pixel that each new one was copied from.
    """
    half = patch // 2
    ty, tx = y - half, x - half
    sy, sx = place // width, place % width
    for dy in range(patch):
        for dx in range(patch):
            if known[ty + dy, tx + dx] != 0:
                continue
            to, there = (ty + dy) * width + tx + dx, (sy + dy) * width + sx + dx
            for c in range(channels):
                values[to * channels + c] = values[there * channels + c]
            known[ty + dy, tx + dx] = 1
            gray[ty + dy, tx + dx] = gray[sy + dy, sx + dx]
            confidence[ty + dy, tx + dx] = trust
            origin[ty + dy, tx + dx] = there
