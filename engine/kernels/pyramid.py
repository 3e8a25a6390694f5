"""Pictures at half size, with and without holes, for everything that works from coarse to fine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Bytes
from engine.kernels.compiled import kernel

Shorts = NDArray[np.int16]


@kernel
def halve_rows(start, stop, values, known, wrap, out, out_known, cancel):  # type: ignore[no-untyped-def]
    """Rows start..stop of the half-size picture: the known pixels under [1 3 3 1] x [1 3 3 1], weighted.

    Args:
        values: int16 (H, W, C). known: uint8 (H, W).
        wrap: the picture is a torus (H and W even).
        out: int16 (ceil H/2, ceil W/2, C); 0 where nothing is known.
        out_known: uint8; 1 where the whole 2 x 2 block underneath is known.
    """
    height, width, channels = values.shape
    # Columns first, then rows of the sums, with one column in front and two behind; whole numbers, so that the order
    # of adding changes nothing.
    sums = np.zeros((width + 3, channels), np.int32)
    totals = np.zeros(width + 3, np.int32)
    holes = np.zeros(width + 3, np.uint8)
    for y in range(start, stop):
        if cancel[0] != 0:
            return
        for x in range(width + 3):
            totals[x] = 0
            holes[x] = 0
            for c in range(channels):
                sums[x, c] = 0
        for dy in range(4):
            sy = 2 * y - 1 + dy
            if wrap:
                sy = (sy + height) % height
            elif sy < 0 or sy >= height:
                continue
            middle = dy == 1 or dy == 2
            wy = np.int32(3 if middle else 1)
            for x in range(width):
                weight = wy if known[sy, x] != 0 else np.int32(0)
                totals[x + 1] += weight
                if middle and known[sy, x] == 0:
                    holes[x + 1] = 1
                for c in range(channels):
                    sums[x + 1, c] += weight * values[sy, x, c]
        if wrap:
            totals[0], totals[width + 1] = totals[width], totals[1]
            for c in range(channels):
                sums[0, c], sums[width + 1, c] = sums[width, c], sums[1, c]
        for x in range(out.shape[1]):
            a = 2 * x
            total = totals[a] + totals[a + 3] + np.int32(3) * (totals[a + 1] + totals[a + 2])
            out_known[y, x] = 1 - (holes[a + 1] | holes[a + 2])
            for c in range(channels):
                value = sums[a, c] + sums[a + 3, c] + np.int32(3) * (sums[a + 1, c] + sums[a + 2, c])
                if total == 64:
                    out[y, x, c] = (value + np.int32(32)) >> 6
                else:
                    out[y, x, c] = (2 * value + total) // (2 * total) if total > 0 else 0


def halved(ctx: Context, values: Shorts, known: Bytes, wrap: bool = False) -> tuple[Shorts, Bytes]:
    """int16 (H, W, C) and uint8 (H, W) at half size, rounded up.

    A pixel of the result is known where the whole 2 x 2 block under it is; its value comes from known pixels only. With
    `wrap` the picture is a torus, and both sides must be even.
    """
    height, width, channels = values.shape
    if wrap and (height % 2 or width % 2):
        raise ValueError(f"a torus of {width} x {height} px has no half")
    size = ((height + 1) // 2, (width + 1) // 2)
    out, out_known = np.empty((*size, channels), np.int16), np.empty(size, np.uint8)
    ctx.spread(halve_rows, size[0], values, known, wrap, out, out_known, grain=64)
    return out, out_known
