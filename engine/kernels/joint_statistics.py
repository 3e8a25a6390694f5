"""What the joint statistics of wavelet coefficients cost at every step: products of maps, their shifts, and back.

The maps of one scale lie in one array (R, h, w): for each of n bands the magnitude and the real part, then for each of
n parent bands the magnitude, and the real and the imaginary part at doubled phase. R is 5 n, in that order.
"""

from __future__ import annotations

import numpy as np

from engine.image import Bytes, Floats
from engine.kernels.compiled import kernel
from engine.kernels.steerable import Spectrum

TINY = 1e-20


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


@kernel
def dot(a: Floats, b: Floats, shift: int) -> float:
    """The sum of a[x] b[x + shift] over a row, float64; eight sums side by side, so that it runs eight at a time."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = np.float32(0)
    whole = a.shape[0] // 8 * 8
    for x in range(0, whole, 8):
        z = x + shift
        s0 += a[x] * b[z]
        s1 += a[x + 1] * b[z + 1]
        s2 += a[x + 2] * b[z + 2]
        s3 += a[x + 3] * b[z + 3]
        s4 += a[x + 4] * b[z + 4]
        s5 += a[x + 5] * b[z + 5]
        s6 += a[x + 6] * b[z + 6]
        s7 += a[x + 7] * b[z + 7]
    for x in range(whole, a.shape[0]):
        s0 += a[x] * b[x + shift]
    return np.float64((s0 + s1) + (s2 + s3)) + np.float64((s4 + s5) + (s6 + s7))


@kernel
def products(start, stop, maps, pairs, out, cancel):  # type: ignore[no-untyped-def]
    """Sums of products of pairs of maps over rows start..stop.

    Args:
        maps: float32 (R, h, w).
        pairs: int32 (P, 2), the maps of each product.
        out: float64 (h, P), the sum over each row, written.
    """
    same = np.int64(0)  # A literal would be compiled for by itself.
    for y in range(start, stop):
        if cancel[0] != 0:
            return
        for p in range(pairs.shape[0]):
            out[y, p] = dot(maps[pairs[p, 0], y], maps[pairs[p, 1], y], same)


@kernel
def lagged(start, stop, maps, reach, out, cancel):  # type: ignore[no-untyped-def]
    """Sums of products of each map start..stop with itself shifted, on a torus.

    Args:
        maps: float32 (R, h, w).
        reach: the longest shift.
        out: float64 (R, lags), in the order of `lags`, written.
    """
    height, width = maps.shape[1], maps.shape[2]
    padded = np.empty(width + 2 * reach, np.float32)
    for r in range(start, stop):
        for n in range(out.shape[1]):
            out[r, n] = 0
        for y in range(height):
            if cancel[0] != 0:
                return
            for dy in range(reach + 1):
                row = maps[r, (y + dy) % height]
                for x in range(width + 2 * reach):
                    padded[x] = row[(x - reach + width) % width] if x < reach or x >= width + reach else row[x - reach]
                n = 0 if dy == 0 else reach + (dy - 1) * (2 * reach + 1)
                for dx in range(1 if dy == 0 else -reach, reach + 1):
                    out[r, n] += dot(maps[r, y], padded, reach + dx)
                    n += 1


@kernel
def correlated(start, stop, maps, weights, out, cancel):  # type: ignore[no-untyped-def]
    """Each map under its own symmetric window, on a torus, for rows start..stop of every map.

    Args:
        maps: float32 (R, h, w).
        weights: float32 (R, 2 reach + 1, 2 reach + 1).
        out: float32 (R, h, w), written.
    """
    height, width = maps.shape[1], maps.shape[2]
    reach = weights.shape[1] // 2
    padded = np.empty(width + 2 * reach, np.float32)
    for r in range(maps.shape[0]):
        for y in range(start, stop):
            if cancel[0] != 0:
                return
            target = out[r, y]
            for x in range(width):
                target[x] = 0
            for dy in range(-reach, reach + 1):
                row = maps[r, (y + dy + height) % height]
                for x in range(width + 2 * reach):
                    padded[x] = row[(x - reach + width) % width] if x < reach or x >= width + reach else row[x - reach]
                for dx in range(2 * reach + 1):
                    weight = weights[r, dy + reach, dx]
                    part = padded[dx : dx + width]
                    for x in range(width):
                        target[x] += weight * part[x]


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
