"""Structure: are the shapes there, or only the colours and the spectrum?

Two figures. `structure` compares joint statistics of a complex oriented pyramid, after Portilla and Simoncelli, A
Parametric Texture Model Based on Joint Statistics of Complex Wavelet Coefficients, IJCV 2000: marginals, correlations
of magnitudes across place, orientation and scale, and relative phase across scale. It needs no trained weights. Ours
works in the frequency domain and leaves the rim out, as pictures are not periodic, weighs the statistics by kind, and
adds how much straight runs and whole lines stand out, as joints between blocks do. `order_lost` looks at the sample's
own echoes (courses of brick, threads of a weave) and asks whether the result has them too.
"""

from __future__ import annotations

from dataclasses import dataclass

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
COARSEST = 1 << (SCALES - 2)
RUN = 9
"""Pixels along a line, and lines side by side, over which `_straight_edges` takes means."""
THROUGH = 0.1
"""Share of a picture's lines that stand out most: joints of blocks go right through."""


@dataclass(frozen=True)
class _Family:
    """Statistics of one kind.

    Attributes:
        weight: how much the family counts, however many statistics it has.
        usual: by how much one differs between two halves of a texture, over some fifty textures.
        growth: that is so many times as much with every coarser octave, which has fewer places to average over.
    """

    weight: float
    usual: float
    growth: float = 1.0


FAMILIES = {
    "colour": _Family(1, 0.15),
    "spread": _Family(1 / 3, 0.14, 1.1),
    "skewness": _Family(1 / 3, 0.24, 1.1),
    "peakedness": _Family(1 / 3, 0.27, 1.1),
    "lines": _Family(1, 0.13),
    "straight": _Family(5, 0.04),
    "places": _Family(1, 0.11, 1.25),
    "energy": _Family(1, 0.17, 1.15),
    "sparseness": _Family(2, 0.1),
    "order": _Family(4, 0.08, 1.45),
    "together": _Family(4, 0.1, 1.43),
}

Doubles = NDArray[np.float64]


def statistics(picture: Floats) -> Doubles:
    """A vector that describes a texture: two halves of one are about 1 apart.

    Every statistic is in units of how much it usually differs between halves, and every family of them counts by its
    weight, so that blur, lost shapes and joints all tell, each beside hundreds of figures that say nothing of it.

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
    brightness = gray(colours)
    found: dict[str, list[float]] = {name: [] for name in FAMILIES}

    def add(name: str, values: list[float], octave: int = 0) -> None:
        family = FAMILIES[name]
        found[name] += [value / (family.usual * family.growth**octave) for value in values]

    def add_marginals(values: Floats, octave: int = 0) -> None:
        for name, value in zip(("spread", "skewness", "peakedness"), _marginals(values), strict=True):
            add(name, [value], octave)

    add("colour", [*(4 * colours.mean(axis=(0, 1))), *(8 * colours.std(axis=(0, 1)))])
    add_marginals(brightness)
    add("lines", _lines_through(brightness))
    add("straight", _straight_edges(brightness))
    spectrum = np.fft.fft2(brightness - brightness.mean())
    levels = [_Level.of(spectrum, scale) for scale in range(SCALES)]
    for scale, level in enumerate(levels):
        add_marginals(level.low_pass, scale)
        add("places", _spatial(level.low_pass, 2), scale)
        for size in level.sizes:
            add("energy", [float(np.log(size.mean() + 1e-4))], scale)
            add("sparseness", [float(size.std() / (size.mean() + 1e-6))], scale)
            add("order", _spatial(size, (2 << scale) // level.thinned), scale)
        pairs = [_correlation(a, b) for number, a in enumerate(level.sizes) for b in level.sizes[:number]]
        add("together", pairs, scale)
        if scale + 1 < SCALES:
            coarser = levels[scale + 1]
            step = coarser.thinned // level.thinned
            fine_sizes = [size[::step, ::step] for size in level.sizes]
            add("together", [_correlation(fine, coarse) for fine in fine_sizes for coarse in coarser.sizes], scale)
            for fine, coarse, large in zip(level.bands, coarser.bands, coarser.sizes, strict=True):
                doubled, seen = coarse**2 / (large + 1e-9), fine[::step, ::step]
                related = np.vdot(doubled, seen) / (np.linalg.norm(doubled) * np.linalg.norm(seen) + 1e-9)
                add("together", [float(related.real), float(related.imag)], scale)
    whole = sum(family.weight for family in FAMILIES.values())
    shares = {name: np.sqrt(family.weight / whole / len(found[name])) for name, family in FAMILIES.items()}
    return np.concatenate([shares[name] * np.array(values) for name, values in found.items()])


def _middle(colours: Floats) -> Floats:
    """The middle of a picture that is larger than anyone needs, its sides whole multiples of the coarsest pixel."""
    height, width = colours.shape[:2]
    rows, columns = (min(side, LARGEST_SIDE) // COARSEST * COARSEST for side in (height, width))
    top, left = (height - rows) // 2, (width - columns) // 2
    return colours[top : top + rows, left : left + columns]


@dataclass(frozen=True)
class _Level:
    """One octave, around 0.25 / 2**scale cycles per pixel, at no more pixels than it needs and without the rim.

    Attributes:
        thinned: pixels of the picture per pixel of this level, along each side.
        low_pass: (h, w), what is slower than the octave's upper end.
        bands: (h, w) complex per direction. sizes: their magnitudes.
    """

    thinned: int
    low_pass: Floats
    bands: list[NDArray[np.complex64]]
    sizes: list[Floats]

    @classmethod
    def of(cls, spectrum: NDArray[np.complex128], scale: int) -> _Level:
        # Magnitudes have up to twice the band's own width: half as many pixels as the band would bear.
        thinned = max(1, (1 << scale) // 2)
        rows, columns = (_lowest(side, thinned) for side in spectrum.shape)
        kept = spectrum[np.ix_(rows, columns)] / (thinned * thinned)
        fy, fx = rows[:, None] / spectrum.shape[0], columns[None] / spectrum.shape[1]
        octave = np.log2(np.maximum(np.hypot(fy, fx), 1e-9) / (0.25 / 2**scale))
        angle = np.arctan2(fy, fx)
        window = np.where(np.abs(octave) < 1, np.cos(np.pi / 2 * octave), 0)
        slower = np.where(octave <= 0, 1.0, np.where(octave < 1, window, 0))
        margin = min(min(spectrum.shape) // 8, 1 << SCALES) // COARSEST * (COARSEST // thinned)
        inner = (slice(margin, rows.size - margin), slice(margin, columns.size - margin))
        bands = []
        for turn in range(ORIENTATIONS):
            along = np.maximum(np.cos(angle - np.pi * turn / ORIENTATIONS), 0) ** 3
            bands.append(np.asarray(np.fft.ifft2(kept * (2 * window * along))[inner], np.complex64))
        low_pass = np.asarray(np.fft.ifft2(kept * slower).real[inner], np.float32)
        return cls(thinned, low_pass, bands, [np.abs(band) for band in bands])


def _lowest(side: int, thinned: int) -> NDArray[np.intp]:
    """The whole numbers of the frequencies that a side thinned so much still shows, in the order of `fftfreq`."""
    count = side // thinned
    numbers: NDArray[np.intp] = np.rint(np.fft.fftfreq(count) * count).astype(np.intp)
    return numbers


def _lines_through(brightness: Floats) -> list[float]:
    """How much some lines of pixels stand out over their whole length, across and down.

    A step at a joint is larger than the steps before and after it, and lies on one line all along: by how much the
    lines that have most of that exceed the middle ones, over the mean step; its logarithm.
    """
    found = []
    for picture in (brightness, brightness.T):
        steps = np.abs(np.diff(picture, axis=1))
        alone = np.sort((steps[:, 1:-1] - 0.5 * (steps[:, :-2] + steps[:, 2:])).mean(axis=0))
        most = max(1, int(THROUGH * alone.size))
        standing_out = (alone[-most:].mean() - np.median(alone)) / (steps.mean() + 1e-4)
        found.append(float(np.log(standing_out + 0.5)))
    return found


def _straight_edges(brightness: Floats) -> list[float]:
    """How much of the change from pixel to pixel lies along straight lines, across and down.

    Steps along a run of RUN pixels of one line, over those of the lines beside it: its logarithm, at the level that
    three runs in a hundred exceed. Joints between blocks stand out, and so do a texture's own straight edges. A little
    blur beforehand, because how sharp a picture is shows elsewhere.
    """
    found = []
    soft = np.asarray(cv2.GaussianBlur(brightness, (0, 0), 1.0), np.float32)
    for picture in (soft, soft.T):
        steps = np.abs(np.diff(picture, axis=1))
        runs = cv2.blur(np.ascontiguousarray(steps), (1, RUN), borderType=cv2.BORDER_REFLECT)
        around = cv2.blur(runs, (RUN, 1), borderType=cv2.BORDER_REFLECT)
        found.append(float(np.log(np.quantile(runs / (around + 1e-4), 0.97) + 1e-3)))
    return found


def _marginals(values: Floats) -> list[float]:
    """Spread, skewness and peakedness, each on a scale where 1 is a lot."""
    centred = values - values.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    if spread < 1e-6:
        return [float(np.log(1e-4)), 0.0, 0.0]
    skew = float(np.mean(centred**3)) / spread**3
    peaked = float(np.mean(centred**4)) / spread**4
    return [float(np.log(spread + 1e-4)), float(np.arcsinh(skew)), float(np.log(max(peaked, 1.0) / 3))]


def _spatial(size: Floats, nearest: int) -> list[float]:
    """How something goes on: its correlation with itself `nearest` and twice as far away, in four directions."""
    found = []
    for reach in (nearest, 2 * nearest):
        for dy, dx in ((0, reach), (reach, 0), (reach, reach), (reach, -reach)):
            if min(size.shape) <= 2 * reach:
                found.append(0.0)
                continue
            one = size[dy:, max(dx, 0) : size.shape[1] + min(dx, 0)]
            other = size[: size.shape[0] - dy, max(-dx, 0) : size.shape[1] - max(dx, 0)]
            found.append(_correlation(one, other))
    return found


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))


def _apart(a: Doubles, b: Doubles) -> float:
    return float(np.linalg.norm(a - b))


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
