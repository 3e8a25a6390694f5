"""Structure: are the shapes there, or only the colours and the spectrum?

Two figures. `structure` compares joint statistics of a complex oriented pyramid, after Portilla and Simoncelli, A
Parametric Texture Model Based on Joint Statistics of Complex Wavelet Coefficients, IJCV 2000: marginals, correlations
of magnitudes across place, orientation and scale, and relative phase across scale. It needs no trained weights. Ours
works at full resolution in the frequency domain and leaves the rim out, as pictures are not periodic. `order_lost`
looks at the sample's own echoes (courses of brick, threads of a weave) and asks whether the result has them too.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.image import Floats
from engine.measures.colours import gray, halves, rgb
from engine.measures.repetition import autocorrelation

SCALES, ORIENTATIONS = 4, 4
SMALLEST_SIDE = 32
LARGEST_SIDE = 768
PEAK, MOST_PEAKS, NEAREST_PEAK = 0.1, 8, 6

Doubles = NDArray[np.float64]


def statistics(picture: Floats) -> Doubles:
    """A vector that describes a texture; each entry varies by about 1 between very different ones.

    Raises:
        Unusable: smaller than `SMALLEST_SIDE`.
    """
    colours = _middle(rgb(picture))
    height, width = colours.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise Unusable(
            f"A picture of {width} x {height} px is too small to be measured",
            f"its structure shows from {SMALLEST_SIDE} px on",
            "use a larger one",
        )
    brightness = gray(colours).astype(np.float64)
    found: list[float] = [*(4 * colours.mean(axis=(0, 1))), *(8 * colours.std(axis=(0, 1)))]
    found += _marginals(brightness)
    spectrum = np.fft.fft2(brightness - brightness.mean())
    bands = [[_band(spectrum, scale, turn) for turn in range(ORIENTATIONS)] for scale in range(SCALES)]
    margin = min(min(height, width) // 8, 1 << SCALES)
    inner = (slice(margin, height - margin), slice(margin, width - margin))
    sizes = [[np.abs(band) for band in level] for level in bands]
    for scale in range(SCALES):
        found += _marginals(_low_pass(spectrum, scale)[inner])
        for turn in range(ORIENTATIONS):
            size = sizes[scale][turn][inner]
            found += [float(np.log(size.mean() + 1e-4)), 4 * float(size.std() / (size.mean() + 1e-6))]
            found += _spatial(size, scale)
        level = [size[inner] for size in sizes[scale]]
        found += [_correlation(level[a], level[b]) for a in range(ORIENTATIONS) for b in range(a)]
        if scale + 1 < SCALES:
            coarser = [size[inner] for size in sizes[scale + 1]]
            found += [_correlation(fine, coarse) for fine in level for coarse in coarser]
            for fine, coarse in zip(bands[scale], bands[scale + 1], strict=True):
                doubled = coarse[inner] ** 2 / (np.abs(coarse[inner]) + 1e-9)
                related = np.vdot(doubled, fine[inner]) / (np.linalg.norm(doubled) * np.linalg.norm(fine[inner]) + 1e-9)
                found += [float(related.real), float(related.imag)]
    return np.array(found)


def _middle(colours: Floats) -> Floats:
    """The middle of a picture that is larger than anyone needs."""
    height, width = colours.shape[:2]
    top, left = max(0, (height - LARGEST_SIDE) // 2), max(0, (width - LARGEST_SIDE) // 2)
    return colours[top : top + LARGEST_SIDE, left : left + LARGEST_SIDE]


def _polar(shape: tuple[int, ...]) -> tuple[Doubles, Doubles]:
    fy = np.fft.fftfreq(shape[0])[:, None]
    fx = np.fft.fftfreq(shape[1])[None]
    return np.hypot(fy, fx), np.arctan2(fy, fx)


def _band(spectrum: NDArray[np.complex128], scale: int, turn: int) -> NDArray[np.complex128]:
    """One octave around 0.25 / 2**scale cycles per pixel, one direction, the analytic half of the plane."""
    radius, angle = _polar(spectrum.shape)
    octave = np.log2(np.maximum(radius, 1e-9) / (0.25 / 2**scale))
    along = np.cos(angle - np.pi * turn / ORIENTATIONS)
    window = np.where(np.abs(octave) < 1, np.cos(np.pi / 2 * octave), 0) * np.where(along > 0, along**3, 0)
    band: NDArray[np.complex128] = np.fft.ifft2(spectrum * window) * 2
    return band


def _low_pass(spectrum: NDArray[np.complex128], scale: int) -> Doubles:
    radius, _ = _polar(spectrum.shape)
    octave = np.log2(np.maximum(radius, 1e-9) / (0.25 / 2**scale))
    window = np.where(octave <= 0, 1.0, np.where(octave < 1, np.cos(np.pi / 2 * octave), 0))
    smooth: Doubles = np.fft.ifft2(spectrum * window).real
    return smooth


def _marginals(values: Doubles) -> list[float]:
    """Spread, skewness and peakedness, each on a scale where 1 is a lot."""
    centred = values - values.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    if spread < 1e-6:
        return [float(np.log(1e-4)), 0.0, 0.0]
    skew = float(np.mean(centred**3)) / spread**3
    peaked = float(np.mean(centred**4)) / spread**4
    return [float(np.log(spread + 1e-4)), float(np.arcsinh(skew)), float(np.log(max(peaked, 1.0) / 3))]


def _spatial(size: Doubles, scale: int) -> list[float]:
    """How a magnitude goes on: its correlation with itself one and two wavelengths away, in four directions."""
    found = []
    for reach in (2 << scale, 4 << scale):
        for dy, dx in ((0, reach), (reach, 0), (reach, reach), (reach, -reach)):
            if min(size.shape) <= 2 * reach:
                found.append(0.0)
                continue
            one = size[dy:, max(dx, 0) : size.shape[1] + min(dx, 0)]
            other = size[: size.shape[0] - dy, max(-dx, 0) : size.shape[1] - max(dx, 0)]
            found.append(_correlation(one, other))
    return found


def _correlation(a: Doubles, b: Doubles) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))


def _apart(a: Doubles, b: Doubles) -> float:
    return float(np.sqrt(np.mean((a - b) ** 2)))


def structure(result: Floats, sample: Floats) -> float:
    """How unlike the sample's structure the result's is, in units of how unlike the sample's halves are.

    Args:
        result, sample: float32 (H, W, C), 0..1, of any size and channels.

    Returns:
        About 1 and less is as like as the sample is like itself.

    Raises:
        Unusable: one of them, or the sample's half, is too small.
    """
    own = [
        _apart(statistics(one), statistics(other))
        for one, other in halves(sample)
        if min(one.shape[:2]) >= SMALLEST_SIDE
    ]
    if not own:
        raise Unusable(
            f"The sample of {sample.shape[1]} x {sample.shape[0]} px is too small to be measured",
            "its halves say nothing about how much it varies",
            f"use one of {2 * SMALLEST_SIDE} px and more a side",
        )
    return _apart(statistics(result), statistics(sample)) / max(float(np.mean(own)), 1e-3)


def order_lost(result: Floats, sample: Floats) -> float:
    """How much of the sample's regularity the result has lost: the largest loss over the sample's strongest echoes.

    Returns:
        0 is nothing lost, or nothing to lose; 0.5 on bricks is broken courses.
    """
    of_sample, of_result = autocorrelation(sample), autocorrelation(result)
    lost = 0.0
    for y, x in _peaks(of_sample):
        around = [
            of_result[(y + dy) % of_result.shape[0], (x + dx) % of_result.shape[1]]
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
            if abs(y + dy) < of_result.shape[0] // 2 and abs(x + dx) < of_result.shape[1] // 2
        ]
        seen = [value for value in around if not np.isnan(value)]
        if seen:
            lost = max(lost, float(of_sample[y, x]) - max(seen))
    return lost


def _peaks(lags: Doubles) -> list[tuple[int, int]]:
    """The strongest local maxima (dy, dx), one of each pair of opposite ones, signed."""
    height, width = lags.shape
    centred = np.fft.fftshift(np.where(np.isnan(lags), -1, lags)).astype(np.float32)
    top = cv2.dilate(centred, np.ones((5, 5), np.uint8))
    ys, xs = np.nonzero((centred == top) & (centred > PEAK))
    found = [(float(centred[y, x]), int(y) - height // 2, int(x) - width // 2) for y, x in zip(ys, xs, strict=True)]
    found = [(v, y, x) for v, y, x in found if np.hypot(y, x) >= NEAREST_PEAK and (y, x) > (0, 0)]
    return [(y, x) for _, y, x in sorted(found, reverse=True)[:MOST_PEAKS]]
