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
    sums = np.zeros(channels, np.int64)
    for y in range(start, stop):
        if cancel[0] != 0:
            return
        for x in range(out.shape[1]):
            for c in range(channels):
                sums[c] = 0
            total = 0
            whole = np.uint8(1)
            for dy in range(4):
                sy = 2 * y - 1 + dy
                if wrap:
                    sy = (sy + height) % height
                elif sy < 0 or sy >= height:
                    continue
                wy = 3 if dy == 1 or dy == 2 else 1
                for dx in range(4):
                    sx = 2 * x - 1 + dx
                    if wrap:
                        sx = (sx + width) % width
                    elif sx < 0 or sx >= width:
                        continue
                    wx = 3 if dx == 1 or dx == 2 else 1
                    if known[sy, sx] == 0:
                        if wy * wx == 9:
                            whole = np.uint8(0)
                        continue
                    total += wy * wx
                    for c in range(channels):
                        sums[c] += wy * wx * values[sy, sx, c]
            out_known[y, x] = whole
            for c in range(channels):
                out[y, x, c] = (2 * sums[c] + total) // (2 * total) if total > 0 else 0


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
