"""The search half of the nearest-neighbour field: patch cost, propagation, random search, exhaustive search.

Source: Barnes et al., PatchMatch, SIGGRAPH 2009. Ours scans in bands of rows whose geometry depends on the picture and
the iteration only; a band sees its neighbours as they were before the pass. So one thread or sixteen give one result.

Patches are known by their first pixel (top left, the anchor). Features are int16, flat, row by row with the channels
of a pixel side by side, so that a row of a patch is one run of memory; `field_data.Stack` makes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.kernels.compiled import kernel
from engine.kernels.randomness import mixed

NEVER = np.int64(2**30)
"""A cost above every real one; int64, as costs are inside the kernels."""
LANES = 32
"""Values compared at a time: a fixed count, because only then does the compiler make whole vector instructions."""


@kernel
def patch_cost(
    target: Any,
    at: Any,
    target_row: Any,
    source: Any,
    there: Any,
    source_row: Any,
    rows: Any,
    chunks: Any,
    limits: Any,
    limit: Any,
) -> Any:
    """Sum of squared differences of two patches, each limited, int32; stops once it reaches `limit`.

    Args:
        target, source: int16, flat, with LANES values to spare behind the last patch.
        at, there: index of the patch's first value.
        target_row, source_row: values from one row to the next.
        rows: rows of the patch.
        chunks: runs of LANES values that cover one row of the patch.
        limits: int16 (rows * chunks * LANES), how large each difference may count; 0 beyond the patch.
        limit: a cost that is too much already.
    """
    total = np.int32(0)
    w = np.uint64(0)
    for row in range(rows):
        a = np.uint64(at + row * target_row)
        b = np.uint64(there + row * source_row)
        for _ in range(chunks):
            for i in range(LANES):
                lane = np.uint64(i)
                d = min(abs(np.int32(target[a + lane]) - np.int32(source[b + lane])), np.int32(limits[w + lane]))
                total += np.int32(d * d)
            a += np.uint64(LANES)
            b += np.uint64(LANES)
            w += np.uint64(LANES)
        if total >= limit:
            return limit
    return total


@kernel
def levied(
    penalty: Any,
    pull: Any,
    spot: Any,
    dy: Any,
    dx: Any,
) -> Any:
    """What a source patch costs beyond its looks: `penalty` of its place (int32 per source pixel; size 1 for none) and
    `pull` for every row and column of distance.
    """
    tax = np.int64(pull) * (abs(dy) + abs(dx))
    if penalty.size > 1:
        tax += penalty[spot]
    return tax


@kernel
def improve(  # type: ignore[no-untyped-def]
    start,
    stop,
    bands,
    band_rows,
    active,
    before,
    field,
    cost,
    target,
    target_width,
    source,
    source_width,
    channels,
    patch,
    limits,
    allowed,
    penalty,
    pull,
    step,
    wrap,
    reverse,
    radius,
    seed,
    turn,
    cancel,
):
    """One pass of propagation and random search over the bands start..stop.

    Args:
        bands: int64 (n + 1), where each band begins in `active`.
        band_rows: int64 (n + 1), the first anchor row of each band.
        active: int32, flat anchor indices in raster order.
        before: int32 (rows, columns), the field before the pass; -1 where there is no anchor.
        field: the same, in and out. cost: int32, likewise; made anew for the present target.
        target_width, source_width: in pixels.
        allowed: uint8 (source rows, source_width), 1 where a source patch may begin.
        penalty, pull: see `levied`.
        step: distance between neighbouring anchors.
        wrap: the anchors' plane is a torus.
        reverse: scan backwards.
        radius: of the first random draw, in pixels; each further one has half of it.
        turn: number of the pass, for the random numbers.
    """
    rows, columns = field.shape
    source_rows = allowed.shape[0]
    target_row = target_width * channels
    source_row = source_width * channels
    chunks = limits.size // (patch * LANES)
    direction = -step if not reverse else step
    for band in range(start, stop):
        first, last = band_rows[band], band_rows[band + 1]
        count = bands[band + 1] - bands[band]
        for number in range(count):
            if cancel[0] != 0:
                return
            place = np.int64(active[bands[band + 1] - 1 - number] if reverse else active[bands[band] + number])
            y, x = place // columns, place % columns
            at = y * target_row + x * channels
            best = np.int64(field[y, x])
            by, bx = best // source_width, best % source_width
            tax = levied(penalty, pull, best, by - y, bx - x)
            least = tax + patch_cost(
                target, at, target_row, source, best * channels, source_row, patch, chunks, limits, NEVER
            )
            for way in range(2):
                ny = y if way == 0 else y + direction
                nx = x + direction if way == 0 else x
                if wrap:
                    ny, nx = (ny + rows) % rows, (nx + columns) % columns
                elif ny < 0 or nx < 0 or ny >= rows or nx >= columns:
                    continue
                near = np.int64(field[ny, nx] if first <= ny < last else before[ny, nx])
                if near < 0:
                    continue
                sy, sx = near // source_width, near % source_width
                if way == 0:
                    sx -= direction
                else:
                    sy -= direction
                if sy < 0 or sx < 0 or sy >= source_rows or sx >= source_width or (sy == by and sx == bx):
                    continue
                if allowed[sy, sx] == 0:
                    continue
                spot = sy * source_width + sx
                tax = levied(penalty, pull, spot, sy - y, sx - x)
                if tax >= least:
                    continue
                found = tax + patch_cost(
                    target, at, target_row, source, spot * channels, source_row, patch, chunks, limits, least - tax
                )
                if found < least:
                    least, by, bx = found, sy, sx
            reach = radius
            draw = np.int64(0)
            while reach >= 1:
                bits = mixed(seed, place, turn, draw)  # type: ignore[arg-type]
                draw += 1
                low_y, high_y = max(by - reach, 0), min(by + reach, source_rows - 1)
                low_x, high_x = max(bx - reach, 0), min(bx + reach, source_width - 1)
                sy = low_y + np.int64(((bits >> np.uint64(32)) * np.uint64(high_y - low_y + 1)) >> np.uint64(32))
                sx = low_x + np.int64(((bits & np.uint64(0xFFFFFFFF)) * np.uint64(high_x - low_x + 1)) >> np.uint64(32))
                reach //= 2
                if allowed[sy, sx] == 0:
                    continue
                spot = sy * source_width + sx
                tax = levied(penalty, pull, spot, sy - y, sx - x)
                if tax >= least:
                    continue
                found = tax + patch_cost(
                    target, at, target_row, source, spot * channels, source_row, patch, chunks, limits, least - tax
                )
                if found < least:
                    least, by, bx = found, sy, sx
            field[y, x] = by * source_width + bx
            cost[y, x] = least


@kernel
def search_all(  # type: ignore[no-untyped-def]
    start,
    stop,
    active,
    candidates,
    field,
    cost,
    target,
    target_width,
    known,
    source,
    source_width,
    channels,
    voted,
    patch,
    limits,
    penalty,
    pull,
    cancel,
):
    """The best of all candidates for the anchors active[start:stop], by the pixels that are known.

    Args:
        candidates: int32, flat source anchors; the first of equals wins.
        field: in and out; an entry that is a place already is tried first, which only saves time.
        known: uint8 (target rows, target_width), 1 where the first `voted` channels of the target's pixel count; the
            others always do. Without others the cost is scaled up to a whole patch, so that patches with few known
            pixels compare with others.
    """
    columns = field.shape[1]
    target_row = target_width * channels
    source_row = source_width * channels
    chunks = limits.size // (patch * LANES)
    mine = np.empty_like(limits)
    for number in range(start, stop):
        place = np.int64(active[number])
        y, x = place // columns, place % columns
        count = 0
        for row in range(patch):
            base = row * chunks * LANES
            for i in range(chunks * LANES):
                mine[base + i] = 0
            for column in range(patch):
                first = voted
                if known[y + row, x + column] != 0 or voted < channels:
                    count += 1
                if known[y + row, x + column] != 0:
                    first = 0
                for c in range(first, channels):
                    mine[base + column * channels + c] = limits[base + column * channels + c]
        at = y * target_row + x * channels
        best = np.int64(field[y, x])
        least = NEVER
        if best >= 0:
            least = patch_cost(
                target, at, target_row, source, best * channels, source_row, patch, chunks, mine, least
            ) + levied(penalty, pull, best, best // source_width - y, best % source_width - x)
        for k in range(candidates.size):
            if k & 1023 == 0 and cancel[0] != 0:
                return
            spot = np.int64(candidates[k])
            tax = levied(penalty, pull, spot, spot // source_width - y, spot % source_width - x)
            if tax >= least:
                continue
            found = tax + patch_cost(
                target, at, target_row, source, spot * channels, source_row, patch, chunks, mine, least - tax
            )
            if found < least:
                least, best = found, spot
        field[y, x] = best
        cost[y, x] = np.int32(min(np.int64(least) * (patch * patch) // max(count, 1), 2**30))
