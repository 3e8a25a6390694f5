"""Fourier transforms of pictures in pieces, so that they use all threads and can be stopped.

A spectrum is complex64 (C, H, W): the transform over the number of pixels, so that it means the same on every grid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.context import Context
from engine.image import Bytes, Floats
from engine.kernels.steerable import Spectrum

Transform = Callable[[Spectrum, bool, int, Bytes], None]
"""What `transform` does; a caller with a quicker one at hand gives it."""
PIECE = 1 << 16
"""Values that are transformed between two looks at the cancel flag, about."""


def transform(values: Spectrum, inverse: bool, octaves: int, cancel: Bytes) -> None:
    """Of complex64 (h, w) in place, neither way divided by anything.

    With `octaves` above 1 the spectrum is known (or wanted) only up to so many octaves below the grid's end, counted
    from 1: rows beyond are zero (or left as they are).
    """
    height, width = values.shape
    step_rows, step_columns = max(1, PIECE // width), max(16, PIECE // height)
    reach = (height >> (octaves - 1)) // 2 + 1
    kept = [(0, height)] if 2 * reach >= height else [(0, reach), (height - reach, height)]
    rows = [values[y : min(y + step_rows, last)] for first, last in kept for y in range(first, last, step_rows)]
    columns = [values[:, x : x + step_columns] for x in range(0, width, step_columns)]
    for axis in (1, 0) if inverse else (0, 1):
        for part in (columns, rows)[axis]:
            if cancel[0]:
                return
            _transform_axis(part, inverse, axis)


def _transform_axis(part: Any, inverse: bool, axis: int) -> None:
    if inverse:
        np.fft.ifft(part, axis=axis, norm="forward", out=part)
    else:
        np.fft.fft(part, axis=axis, out=part)


def spectrum_of(ctx: Context, maps: Floats, transform: Transform = transform) -> Spectrum:
    """The spectrum of float32 (C, H, W)."""
    out: Spectrum = np.empty(maps.shape, np.complex64)

    def one(c: int, cancel: Bytes) -> None:
        if cancel[0]:
            return
        np.multiply(maps[c], np.float32(1 / maps[c].size), out=out[c])
        transform(out[c], False, 1, cancel)

    ctx.each(one, [(c,) for c in range(len(maps))])
    return out


def picture_of(ctx: Context, spectrum: Spectrum, transform: Transform = transform) -> Floats:
    """The way back, float32 (C, H, W)."""
    maps = np.empty(spectrum.shape, np.float32)

    def one(c: int, cancel: Bytes) -> None:
        if cancel[0]:
            return
        values = spectrum[c].copy()
        transform(values, True, 1, cancel)
        maps[c] = values.real

    ctx.each(one, [(c,) for c in range(len(maps))])
    return maps
