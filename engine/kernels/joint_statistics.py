"""What the joint statistics of wavelet coefficients cost at every step: products of maps, their shifts, and back.

The maps of one scale lie in one array (R, h, w): for each of n bands the magnitude and the real part, then for each of
n parent bands the magnitude, and the real and the imaginary part at doubled phase. R is 5 n, in that order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes, Floats
from engine.kernels.compiled import kernel, summing
from engine.kernels.steerable import Spectrum

TINY = 1e-20
STRETCH = 2048
"""Pixels of one map that are worked on at once."""


@kernel
def take_band(band: Spectrum, magnitude: Floats, real: Floats, cancel: Bytes) -> None:
    """Magnitude and real part of a band. band: complex64 (h, w); the others float32 (h, w), written."""
    for y in range(band.shape[0]):
        if cancel[0] != 0:
            return
        for x in range(band.shape[1]):
            re, im = band[y, x].real, band[y, x].imag
            magnitude[y, x] = np.sqrt(re * re + im * im)
            real[y, x] = re


@kernel
def take_parent(band: Spectrum, magnitude: Floats, real: Floats, imaginary: Floats, cancel: Bytes) -> None:
    """Magnitude, and real and imaginary part at twice the phase. band: complex64 (h, w)."""
    tiny = np.float32(TINY)
    for y in range(band.shape[0]):
        if cancel[0] != 0:
            return
        for x in range(band.shape[1]):
            re, im = band[y, x].real, band[y, x].imag
            m = np.sqrt(re * re + im * im)
            scale = np.float32(1) / (m + tiny)
            magnitude[y, x] = m
            real[y, x] = (re * re - im * im) * scale
            imaginary[y, x] = np.float32(2) * re * im * scale


@summing
def products(start, stop, maps, piece, blocks, out, cancel):  # type: ignore[no-untyped-def]
    """Sums of products of pairs of maps over the pieces start..stop of their pixels.

    Args:
        maps: float32 (R, N).
        piece: how many pixels are summed up at once.
        blocks: int32 (B, 4): each of the maps blocks[:, 0] up to blocks[:, 1] with each of [:, 2] up to [:, 3].
        out: float64 (pieces, R, R), the sums over each piece; of the blocks alone.
    """
    for k in range(start, stop):
        first, last = k * piece, min(k * piece + piece, maps.shape[1])
        for b in range(blocks.shape[0]):
            if cancel[0] != 0:
                return
            end = blocks[b, 3]
            for i in range(blocks[b, 0], blocks[b, 1]):
                values = maps[i, first:last]
                for j in range(blocks[b, 2], end, 4):
                    # Four at a time; of the last, some may be the same.
                    j1, j2, j3 = min(j + 1, end - 1), min(j + 2, end - 1), min(j + 3, end - 1)
                    v0, v1, v2, v3 = (
                        maps[j, first:last],
                        maps[j1, first:last],
                        maps[j2, first:last],
                        maps[j3, first:last],
                    )
                    s0 = s1 = s2 = s3 = np.float32(0)
                    for x in range(values.shape[0]):
                        value = values[x]
                        s0 += value * v0[x]
                        s1 += value * v1[x]
                        s2 += value * v2[x]
                        s3 += value * v3[x]
                    out[k, i, j], out[k, i, j1], out[k, i, j2], out[k, i, j3] = s0, s1, s2, s3


def wrapped(maps: Floats, reach: int) -> tuple[Floats, Floats]:
    """Maps of a torus laid out so that a shift is a step along one row, whatever its direction.

    Args:
        maps: float32 (R, h, w).
        reach: the longest shift.

    Returns:
        (R, h, p): the maps, with zeros at the end of each row; p is w + 2 reach.
        (R, (h + 2 reach) p + more): the same with what is beyond each side. A shift of (dy, dx) begins (dy + reach) p +
        dx + reach into it.
    """
    count, height, width = maps.shape
    pitch = width + 2 * reach
    plain = np.zeros((count, height, pitch), np.float32)
    plain[:, :, :width] = maps
    whole, more = (height + 2 * reach) * pitch, 2 * reach + 4
    beyond = np.empty((count, whole + more), np.float32)
    beyond[:, whole:] = 0
    grid = beyond[:, :whole].reshape(count, height + 2 * reach, pitch)
    rows = np.arange(-reach, height + reach) % height
    grid[:, reach : reach + height, reach : reach + width] = maps
    inner = grid[:, :, reach : reach + width]
    inner[:, :reach] = maps[:, rows[:reach]]
    inner[:, reach + height :] = maps[:, rows[reach + height :]]
    grid[:, :, :reach] = inner[:, :, np.arange(-reach, 0) % width]
    grid[:, :, reach + width :] = inner[:, :, np.arange(reach) % width]
    return plain, beyond


@summing
def lagged(
    start: int,
    stop: int,
    plain: Floats,
    beyond: Floats,
    reach: np.int64,
    pitch: np.int64,
    out: NDArray[np.float64],
    cancel: Bytes,
) -> None:
    """Sums of products of each map start..stop with itself shifted, on a torus.

    Args:
        plain: float32 (R, h * pitch); with `beyond` what `wrapped` gives.
        reach: the longest shift.
        out: float64 (R, reach + 1, 2 reach + 1): shifts down from 0, and across from -reach; zeros, added to.
    """
    wide = 2 * reach + 1
    for r in range(start, stop):
        for first in range(0, plain.shape[1], STRETCH):
            if cancel[0] != 0:
                return
            values = plain[r, first : first + STRETCH]
            length = values.shape[0]
            for dy in range(reach + 1):
                for dx in range(0, wide, 4):
                    at = first + (dy + reach) * pitch + dx
                    v0, v1 = beyond[r, at : at + length], beyond[r, at + 1 : at + 1 + length]
                    v2, v3 = beyond[r, at + 2 : at + 2 + length], beyond[r, at + 3 : at + 3 + length]
                    s0 = s1 = s2 = s3 = np.float32(0)
                    for x in range(length):
                        value = values[x]
                        s0 += value * v0[x]
                        s1 += value * v1[x]
                        s2 += value * v2[x]
                        s3 += value * v3[x]
                    out[r, dy, dx] += s0
                    if dx + 1 < wide:
                        out[r, dy, dx + 1] += s1
                    if dx + 2 < wide:
                        out[r, dy, dx + 2] += s2
                    if dx + 3 < wide:
                        out[r, dy, dx + 3] += s3


@summing
def correlated(
    start: int, stop: int, beyond: Floats, weights: Floats, pitch: np.int64, out: Floats, cancel: Bytes
) -> None:
    """Each map start..stop under its own symmetric window, on a torus.

    Args:
        beyond: float32, of `wrapped`.
        weights: float32 (R, 2 reach + 1, 2 reach + 4); zero in the last three columns.
        out: float32 (R, h * pitch), zeros, added to; the ends of rows mean nothing.
    """
    wide = weights.shape[1]
    for r in range(start, stop):
        for first in range(0, out.shape[1], STRETCH):
            if cancel[0] != 0:
                return
            target = out[r, first : first + STRETCH]
            length = target.shape[0]
            for dy in range(wide):
                for dx in range(0, wide, 4):
                    at = first + dy * pitch + dx
                    v0, v1 = beyond[r, at : at + length], beyond[r, at + 1 : at + 1 + length]
                    v2, v3 = beyond[r, at + 2 : at + 2 + length], beyond[r, at + 3 : at + 3 + length]
                    w0, w1, w2, w3 = (
                        weights[r, dy, dx],
                        weights[r, dy, dx + 1],
                        weights[r, dy, dx + 2],
                        weights[r, dy, dx + 3],
                    )
                    for x in range(length):
                        target[x] += w0 * v0[x] + w1 * v1[x] + (w2 * v2[x] + w3 * v3[x])


@kernel
def mixed_rows(y: int, maps: Floats, weights: Floats, row: int, out: Floats) -> None:
    """Adds weights[row, j] times row y of each map j to `out`, float32 (w,); four maps at a time."""
    four = np.zeros(4, np.int32)
    count = 0
    for j in range(maps.shape[0]):
        if weights[row, j] != 0:
            four[count] = j
            count += 1
        if count == 4 or (j == maps.shape[0] - 1 and count > 0):
            for k in range(count, 4):
                four[k] = four[0]
            a, b, c, d = maps[four[0], y], maps[four[1], y], maps[four[2], y], maps[four[3], y]
            wa, wb = weights[row, four[0]], weights[row, four[1]] if count > 1 else np.float32(0)
            wc = weights[row, four[2]] if count > 2 else np.float32(0)
            wd = weights[row, four[3]] if count > 3 else np.float32(0)
            for x in range(out.shape[0]):
                out[x] += (wa * a[x] + wb * b[x]) + (wc * c[x] + wd * d[x])
            count = 0


@kernel
def pulled_back(start, stop, maps, weights, shifted, bands, parents, cancel):  # type: ignore[no-untyped-def]
    """From slopes of a loss in the maps to its slopes in the bands, for rows start..stop.

    Args:
        maps: float32 (5 n, h, w).
        weights: float32 (5 n, 5 n): the slope in map i is the sum over j of weights[i, j] times map j.
        shifted: float32 (n, h, w): what the auto-correlations add to the slopes in the bands' magnitudes.
        bands: complex64 (n, h, w): the bands; replaced by the slopes, d/d real + i d/d imaginary.
        parents: the same for the parents, or (0, h, w) where there are none.
    """
    count, width = bands.shape[0], bands.shape[2]
    tiny = np.float32(TINY)
    along, real, imaginary = np.empty(width, np.float32), np.empty(width, np.float32), np.empty(width, np.float32)
    for y in range(start, stop):
        if cancel[0] != 0:
            return
        for k in range(count):
            for x in range(width):
                along[x], real[x] = shifted[k, y, x], 0
            mixed_rows(y, maps, weights, k, along)
            mixed_rows(y, maps, weights, count + k, real)
            band = bands[k, y]
            for x in range(width):
                re, im = band[x].real, band[x].imag
                scale = along[x] / (np.sqrt(re * re + im * im) + tiny)
                band[x] = complex(re * scale + real[x], im * scale)
        for k in range(parents.shape[0]):
            for x in range(width):
                along[x] = real[x] = imaginary[x] = 0
            mixed_rows(y, maps, weights, 2 * count + k, along)
            mixed_rows(y, maps, weights, 3 * count + k, real)
            mixed_rows(y, maps, weights, 4 * count + k, imaginary)
            band = parents[k, y]
            for x in range(width):
                re, im = band[x].real, band[x].imag
                scale = np.float32(1) / (np.sqrt(re * re + im * im) + tiny)
                c, s = re * scale, im * scale
                # Along the radius, and twice as much across it, because the phase counts twice.
                twice_c, twice_s = c * c - s * s, np.float32(2) * c * s
                radial = along[x] + real[x] * twice_c + imaginary[x] * twice_s
                across = np.float32(2) * (imaginary[x] * twice_c - real[x] * twice_s)
                band[x] = complex(c * radial - s * across, s * radial + c * across)
