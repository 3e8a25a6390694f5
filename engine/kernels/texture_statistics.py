"""The statistics that Portilla and Simoncelli found to make a texture, and how they change with the picture.

Source: Portilla and Simoncelli, A Parametric Texture Model Based on Joint Statistics of Complex Wavelet Coefficients,
IJCV 40(1), 2000: (i) moments of the pixels, (ii) auto-correlations of the partly rebuilt pictures with their skewness
and kurtosis, (iii) auto- and cross-correlations of magnitudes within and between neighbouring scales, (iv) correlations
of real parts with the next scale at doubled phase. In colour the correlations of (iii) and (iv) are taken across
channels too, after Vacher and Briand, The Portilla-Simoncelli Texture Model, IPOL 11, 2021.
Ours has the slope of the squared distance between two sets of statistics in closed form.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Bytes, Floats
from engine.kernels.fourier import Transform, picture_of, transform
from engine.kernels.joint_statistics import correlated, lagged, products, pulled_back, take_band, take_parent, wrapped
from engine.kernels.steerable import Level, Spectrum
from engine.region import Size

Doubles = NDArray[np.float64]
Ints = NDArray[np.int32]

SIGMA, MOMENT = 4.0, 1.0
"""How much a relative error of a deviation, and an error of a skewness, count against an error of a correlation."""
PIECE = 1024
"""Pixels of every map that are multiplied with one another at once."""
FAINT = 1e-4
"""Deviation, in parts of the picture's, below which a band is empty and nothing is asked of its order."""


@dataclass
class Moments:
    """Of some maps: deviations (R,), auto-correlations (R, lags), and skewness and kurtosis (R,) where they count."""

    sigma: Doubles
    lags: Doubles
    skewness: Doubles | None = None
    kurtosis: Doubles | None = None


@dataclass
class Statistics:
    """All that is kept of a texture.

    Attributes:
        pixels: of the picture itself; no lags.
        high: (C,) deviations of what is finer than the finest bands.
        low: of the picture as coarse as each scale, finest first, and of what is left below them.
        tints: correlations of the channels of what is left.
        bands: of the bands' magnitudes, by scale.
        joint: correlations of the pairs of maps, by scale.
    """

    pixels: Moments
    high: Doubles
    low: list[Moments] = field(default_factory=list)
    tints: Doubles = field(default_factory=lambda: np.zeros(0))
    bands: list[Moments] = field(default_factory=list)
    joint: list[Doubles] = field(default_factory=list)


class Scale:
    """The maps of one scale of one picture, and the pairs of them that are compared."""

    def __init__(self, ctx: Context, level: Level, channels: int, parented: bool, transform: Transform) -> None:
        self.level, self.channels, self._transform = level, channels, transform
        self.count = channels * level.orientations
        ctx.check()
        self.windows = level.bands()
        ctx.check()
        self.parent_windows = level.bands(1) if parented else None
        self.pairs = _pairs(channels, level.orientations, parented)
        self._blocks = _blocks(self.count, parented)
        height, width = level.shape
        self.bands: Spectrum = np.empty((self.count, height, width), np.complex64)
        self.parents: Spectrum = np.empty((self.count if parented else 0, height, width), np.complex64)
        self.maps: Floats = np.empty(((5 if parented else 2) * self.count, height, width), np.float32)

    def analyse(self, ctx: Context, spectrum: Spectrum) -> Iterator[None]:
        """Fills the maps from a spectrum (C, H, W) on this grid or a finer one; magnitudes without their mean.

        In pieces, each of them a step of the iterator.
        """
        part = self.level.cut(spectrum)
        n, turn = self.count, np.complex64(self.level.turn)

        def own(c: int, k: int, cancel: Bytes) -> None:
            if cancel[0]:
                return
            i = c * self.level.orientations + k
            np.multiply(part[c], self.windows[k] * turn, out=self.bands[i])
            self._transform(self.bands[i], True, 1, cancel)
            take_band(self.bands[i], self.maps[i], self.maps[n + i], cancel)
            self.maps[i] -= self.maps[i].mean(dtype=np.float64)

        def parent(c: int, k: int, cancel: Bytes) -> None:
            if cancel[0]:
                return
            assert self.parent_windows is not None
            i = c * self.level.orientations + k
            np.multiply(part[c], self.parent_windows[k] * turn, out=self.parents[i])
            self._transform(self.parents[i], True, 2, cancel)
            take_parent(self.parents[i], self.maps[2 * n + i], self.maps[3 * n + i], self.maps[4 * n + i], cancel)
            self.maps[2 * n + i] -= self.maps[2 * n + i].mean(dtype=np.float64)

        for do in (own,) if self.parent_windows is None else (own, parent):
            for c in range(self.channels):
                ctx.each(do, [(c, k) for k in range(self.level.orientations)])
                yield

    def covariances(self, ctx: Context) -> Doubles:
        """The mean product of every pair."""
        flat = self.maps.reshape(len(self.maps), -1)
        pieces = -(-flat.shape[1] // PIECE)
        sums = np.zeros((pieces, len(flat), len(flat)))
        ctx.spread(products, pieces, flat, np.int64(PIECE), self._blocks, sums)
        first, second = self.pairs.T
        return np.asarray(sums.sum(axis=0)[first, second] / flat.shape[1])

    def slopes(self, ctx: Context, weights: Floats, lag_weights: Floats, out: Spectrum) -> Iterator[None]:
        """Adds the slope in the spectrum to `out`, (C, H, W) on this grid or a finer one. The maps are used up.

        In pieces, each of them a step of the iterator.
        """
        height, width = self.level.shape
        n, turn = self.count, np.complex64(np.conj(self.level.turn))
        shifted = _correlated(ctx, self.maps[:n], lag_weights)
        yield
        ctx.spread(pulled_back, height, self.maps, weights, shifted, self.bands, self.parents, grain=4)
        yield

        def back(band: Spectrum, window: Floats, octaves: int, cancel: Bytes) -> None:
            if cancel[0]:
                return
            self._transform(band, False, octaves, cancel)
            band *= window * turn

        items = [(self.bands[i], self.windows[i % self.level.orientations], 1) for i in range(n)]
        if self.parent_windows is not None:
            items += [(self.parents[i], self.parent_windows[i % self.level.orientations], 2) for i in range(n)]
        ctx.each(back, items)
        yield
        for c in range(self.channels):
            ctx.check()
            mine = slice(c * self.level.orientations, (c + 1) * self.level.orientations)
            total = self.bands[mine].sum(axis=0)
            if self.parent_windows is not None:
                total += self.parents[mine].sum(axis=0)
            self.level.add(total, out[c])


def _pairs(channels: int, orientations: int, parented: bool) -> Ints:
    """Which maps of a scale are compared, int32 (P, 2): first every map with itself."""
    n = channels * orientations
    count = (5 if parented else 2) * n
    pairs = [(i, i) for i in range(count)]
    pairs += [(i, j) for i in range(n) for j in range(i + 1, n)]
    pairs += [(n + i, n + j) for i in range(n) for j in range(i + 1, n) if i // orientations != j // orientations]
    if parented:
        pairs += [(i, 2 * n + j) for i in range(n) for j in range(n)]
        pairs += [(n + i, 3 * n + j) for i in range(n) for j in range(2 * n)]
    return np.array(pairs, np.int32)


def _blocks(n: int, parented: bool) -> Ints:
    """The same pairs, and a few more, as rectangles for `products`."""
    blocks = [(0, n, 0, n), (n, 2 * n, n, 2 * n)]
    if parented:
        blocks += [(0, n, 2 * n, 3 * n), (n, 2 * n, 3 * n, 5 * n)]
        blocks += [(i, i + 1, i, i + 1) for i in range(2 * n, 5 * n)]
    return np.array(blocks, np.int32)


class Model:
    """Statistics of pictures of one size, and their slopes.

    Args:
        ctx: to be stopped by.
        size: (width, height), divisible by 2**scales.
        channels: maps of the picture that are compared, at best uncorrelated.
        scales, orientations: of the pyramid.
        reaches: the longest shift of auto-correlations at each scale and below them, scales + 1 numbers.
        first: the finest scale to look at; the spectra are then on its grid, and the pixels do not count.
        transform: the Fourier transform to use.
    """

    def __init__(
        self,
        ctx: Context,
        size: Size,
        channels: int,
        scales: int,
        orientations: int,
        reaches: tuple[int, ...],
        first: int = 0,
        transform: Transform = transform,
    ) -> None:
        self._transform = transform
        self.size, self.channels, self.first = size, channels, first
        self.reaches = reaches
        self.scales = [
            Scale(ctx, Level(size, s, orientations), channels, s + 1 < scales, transform) for s in range(first, scales)
        ]
        self.lows = [Level(size, s, orientations) for s in range(first, scales + 1)]
        self._low_windows = [level.low() for level in self.lows]
        self._high = self.lows[0].high() ** 2 if first == 0 else None

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the grid that its spectra are on."""
        return self.lows[0].shape

    def measured(self, ctx: Context, spectrum: Spectrum) -> Statistics:
        """Of a picture's spectrum: complex64 (C, h, w), its Fourier transform over its number of pixels."""
        found = Statistics(Moments(np.zeros(0), np.zeros((0, 0))), np.zeros(0))
        if self._high is not None:
            found.pixels = _moments(ctx, _centred(picture_of(ctx, spectrum, self._transform))[0], 0)
            found.high = np.sqrt(_power(spectrum, self._high))
        for scale, reach in zip(self.scales, self.reaches[self.first :], strict=False):
            for _ in scale.analyse(ctx, spectrum):
                pass
            covariance = scale.covariances(ctx)
            diagonal = covariance[: len(scale.maps)]
            found.bands.append(_autocorrelated(ctx, scale.maps[: scale.count], diagonal[: scale.count], reach))
            found.joint.append(_normalised(covariance, diagonal, scale.pairs))
        for level, window, reach in zip(self.lows, self._low_windows, self.reaches[self.first :], strict=True):
            maps = picture_of(ctx, level.cut(spectrum) * window, self._transform)
            found.low.append(_moments(ctx, maps, reach))
        found.tints = _tints(maps)[0]
        return found

    def slope(self, ctx: Context, spectrum: Spectrum, wanted: Statistics) -> tuple[float, Spectrum]:
        """The squared distance of a picture's statistics from those that are wanted, and its slope in the spectrum.

        The slope is complex64 (C, h, w), d/d real + i d/d imaginary of each coefficient as if all were independent.
        """
        pieces = self.sloping(ctx, spectrum, wanted)
        while True:
            try:
                next(pieces)
            except StopIteration as end:
                found: tuple[float, Spectrum] = end.value
                return found

    def sloping(
        self, ctx: Context, spectrum: Spectrum, wanted: Statistics
    ) -> Generator[None, None, tuple[float, Spectrum]]:
        """`slope` in pieces: on a large picture all of it takes longer than anyone likes to see nothing."""
        out: Spectrum = np.zeros(spectrum.shape, np.complex64)
        loss = 0.0
        sigma = wanted.low[self.first].sigma
        least = FAINT * float(sigma.max())
        if self._high is not None:
            loss += self._pixel_slope(ctx, spectrum, wanted, out)
            yield
        for scale, s in zip(self.scales, range(self.first, 99), strict=False):
            yield from scale.analyse(ctx, spectrum)
            more = yield from _band_slope(ctx, scale, wanted.bands[s], wanted.joint[s], self.reaches[s], least, out)
            loss += more
        for level, window, s in zip(self.lows, self._low_windows, range(self.first, 99), strict=False):
            loss += self._low_slope(ctx, spectrum, level, window, s, wanted, out)
            yield
        return loss, out

    def _pixel_slope(self, ctx: Context, spectrum: Spectrum, wanted: Statistics, out: Spectrum) -> float:
        maps, means = _centred(picture_of(ctx, spectrum, self._transform))
        loss, slopes = _moment_slopes(ctx, maps, wanted.pixels, 0)
        least = FAINT * wanted.pixels.sigma.max()
        spread = np.maximum(wanted.pixels.sigma, least)
        off = means / spread
        loss += SIGMA * float(off @ off)
        pull = SIGMA * 2 * off / spread / (maps.shape[1] * maps.shape[2])
        for c in range(self.channels):
            slopes[c] += np.float32(pull[c] - slopes[c].mean(dtype=np.float64))
            out[c] += self._spectrum_of(slopes[c], ctx.cancel)
        assert self._high is not None
        have, want = np.sqrt(_power(spectrum, self._high)), np.maximum(wanted.high, least)
        error = have / want - wanted.high / want
        for c in range(self.channels):
            ctx.check()
            factor = SIGMA * 2 * error[c] / (want[c] * max(have[c], FAINT * want[c]))
            out[c] += np.float32(factor) * self._high * spectrum[c]
        return loss + SIGMA * float(error @ error)

    def _low_slope(
        self, ctx: Context, spectrum: Spectrum, level: Level, window: Floats, s: int, wanted: Statistics, out: Spectrum
    ) -> float:
        maps = picture_of(ctx, level.cut(spectrum) * window, self._transform)
        loss, slopes = _moment_slopes(ctx, maps, wanted.low[s], self.reaches[s])
        if s == len(wanted.low) - 1:
            more, tinted = _tint_slopes(maps, wanted.tints)
            loss, slopes = loss + more, slopes + tinted
        for c in range(self.channels):
            ctx.check()
            level.add(self._spectrum_of(slopes[c], ctx.cancel) * window, out[c])
        return loss

    def _spectrum_of(self, values: Floats, cancel: Bytes) -> Spectrum:
        """complex64 (h, w), not divided by the number of pixels."""
        spectrum = values.astype(np.complex64)
        self._transform(spectrum, False, 1, cancel)
        return spectrum


def _power(spectrum: Spectrum, window: Floats) -> Doubles:
    return np.asarray([((np.square(s.real) + np.square(s.imag)) * window).sum(dtype=np.float64) for s in spectrum])


def lags(reach: int) -> Iterator[tuple[int, int]]:
    """(dy, dx) of each auto-correlation that is kept; its mirror image is the same."""
    for dy in range(reach + 1):
        for dx in range(1 if dy == 0 else -reach, reach + 1):
            yield dy, dx


def _autocorrelated(ctx: Context, maps: Floats, variance: Doubles, reach: int) -> Moments:
    sums = np.zeros((len(maps), reach + 1, 2 * reach + 1))

    def one(r: int, cancel: Bytes) -> None:
        if cancel[0]:
            return
        plain, beyond = wrapped(maps[r : r + 1], reach)
        pitch = np.int64(plain.shape[2])
        lagged(0, 1, plain.reshape(1, -1), beyond, np.int64(reach), pitch, sums[r : r + 1], cancel)

    if reach:
        ctx.each(one, [(r,) for r in range(len(maps))])
    pixels = maps.shape[1] * maps.shape[2]
    # Shifts in a row to the left are those to the right once more.
    chosen = sums.reshape(len(maps), -1)[:, reach + 1 :]
    return Moments(np.sqrt(variance), chosen / pixels / np.maximum(variance, 1e-30)[:, None])


def _correlated(ctx: Context, maps: Floats, weights: Floats) -> Floats:
    """Each map (R, h, w) under its own window, (R, 2 reach + 1, 2 reach + 1): the first (h, w) of what comes back."""
    reach = weights.shape[1] // 2
    height, width = maps.shape[1:]
    pitch = np.int64(width + 2 * reach)
    out = np.zeros((len(maps), height * pitch), np.float32)
    fours = np.pad(weights, ((0, 0), (0, 0), (0, 3)))

    def one(r: int, cancel: Bytes) -> None:
        if not cancel[0]:
            beyond = wrapped(maps[r : r + 1], reach)[1]
            correlated(0, 1, beyond, fours[r : r + 1], pitch, out[r : r + 1], cancel)

    ctx.each(one, [(r,) for r in range(len(maps))])
    return out.reshape(len(maps), height, -1)[:, :, :width]


def _centred(maps: Floats) -> tuple[Floats, Doubles]:
    """Maps (R, h, w) less their means, and these: what has wandered off would pass for skewness otherwise."""
    means = maps.mean(axis=(1, 2), dtype=np.float64)
    return maps - means.astype(np.float32)[:, None, None], means


def _moments(ctx: Context, maps: Floats, reach: int) -> Moments:
    squares = maps * maps
    variance = squares.mean(axis=(1, 2), dtype=np.float64)
    safe = np.maximum(variance, 1e-30)
    found = _autocorrelated(ctx, maps, variance, reach)
    found.skewness = (squares * maps).mean(axis=(1, 2), dtype=np.float64) / safe**1.5
    found.kurtosis = (squares * squares).mean(axis=(1, 2), dtype=np.float64) / safe**2
    return found


def _normalised(covariance: Doubles, diagonal: Doubles, pairs: Ints) -> Doubles:
    spread = np.sqrt(np.maximum(diagonal, 1e-30))
    return np.asarray(covariance / (spread[pairs[:, 0]] * spread[pairs[:, 1]]))


def _lag_weights(slopes: Doubles, reach: int) -> Floats:
    """From the slope in each lag (R, lags) to symmetric windows, float32 (R, 2 reach + 1, 2 reach + 1)."""
    weights = np.zeros((len(slopes), 2 * reach + 1, 2 * reach + 1), np.float32)
    for number, (dy, dx) in enumerate(lags(reach)):
        weights[:, reach + dy, reach + dx] = slopes[:, number]
        weights[:, reach - dy, reach - dx] = slopes[:, number]
    return weights


def _band_slope(
    ctx: Context, scale: Scale, wanted: Moments, joint: Doubles, reach: int, least: float, out: Spectrum
) -> Generator[None, None, float]:
    """The loss of one scale's bands; its slope is added to `out`. `least` is the deviation of an empty band."""
    pixels = scale.level.shape[0] * scale.level.shape[1]
    n, count = scale.count, len(scale.maps)
    covariance = scale.covariances(ctx)
    yield
    variance = np.maximum(covariance[:count], (0.01 * least) ** 2)
    spread = np.sqrt(variance)
    full = np.r_[wanted.sigma > least, np.ones(count - n, np.bool_)]
    first, second = scale.pairs[count:].T
    outer = spread[first] * spread[second]
    have = covariance[count:] / outer
    error = (have - joint[count:]) * (full[first] & full[second])
    loss = float(error @ error)
    # The slope in each mean product, then of the deviations that it is divided by.
    inner = np.zeros((count, count))
    inner[first, second] = 2 * error / outer
    own = np.zeros(count)
    np.add.at(own, first, -error * have / variance[first])
    np.add.at(own, second, -error * have / variance[second])
    found = _autocorrelated(ctx, scale.maps[:n], variance[:n], reach)
    yield
    lag_error = (found.lags - wanted.lags) * full[:n, None]
    loss += float((lag_error**2).sum())
    own[:n] -= 2 * (lag_error * found.lags).sum(axis=1) / variance[:n]
    want = np.maximum(wanted.sigma, least)
    sigma_error = (spread[:n] - wanted.sigma) / want
    loss += SIGMA * float(sigma_error @ sigma_error)
    own[:n] += SIGMA * sigma_error / (want * spread[:n])
    inner[np.arange(count), np.arange(count)] = own
    weights = ((inner + inner.T) / pixels).astype(np.float32)
    shifts = _lag_weights(2 * lag_error / (variance[:n, None] * pixels), reach)
    yield from scale.slopes(ctx, weights, shifts, out)
    return loss


def _moment_slopes(ctx: Context, maps: Floats, wanted: Moments, reach: int) -> tuple[float, Floats]:
    """The loss of a picture's moments, and its slope in every pixel."""
    assert wanted.skewness is not None and wanted.kurtosis is not None
    pixels = maps.shape[1] * maps.shape[2]
    have = _moments(ctx, maps, reach)
    assert have.skewness is not None and have.kurtosis is not None
    least = FAINT * float(wanted.sigma.max())
    full = wanted.sigma > least
    sigma, want = np.maximum(have.sigma, 0.01 * least), np.maximum(wanted.sigma, least)
    sigma_error = (have.sigma - wanted.sigma) / want
    lag_error = (have.lags - wanted.lags) * full[:, None]
    skew_error = (have.skewness - wanted.skewness) * full
    # A heavy tail is asked for in proportion.
    tail = np.maximum(wanted.kurtosis / 3, 1)
    tail_error = (have.kurtosis - wanted.kurtosis) / tail * full
    loss = float(SIGMA * sigma_error @ sigma_error + (lag_error**2).sum())
    loss += MOMENT * float(skew_error @ skew_error + tail_error @ tail_error)
    linear = SIGMA * 2 * sigma_error / (want * sigma) - 4 * (lag_error * have.lags).sum(axis=1) / sigma**2
    linear -= MOMENT * 6 * skew_error * have.skewness / sigma**2
    linear -= MOMENT * 8 * tail_error / tail * have.kurtosis / sigma**2
    square = MOMENT * 6 * skew_error / sigma**3
    cube = MOMENT * 8 * tail_error / tail / sigma**4
    slopes: Floats = np.zeros(maps.shape, np.float32)
    if reach:
        shifts = _lag_weights(2 * lag_error / (sigma**2)[:, None] / pixels, reach)
        slopes = _correlated(ctx, maps, shifts)
    for c, values in enumerate(maps):
        ctx.check()
        a, b, d = (np.float32(part[c] / pixels) for part in (linear, square, cube))
        slopes[c] += values * (a + values * (b + values * d))
    return loss, slopes


def _tints(maps: Floats) -> tuple[Doubles, Doubles, Doubles]:
    """Correlations of the channels, (C (C - 1) / 2,); their mean products (C, C); their deviations."""
    flat = maps.reshape(len(maps), -1).astype(np.float64)
    covariance = flat @ flat.T / flat.shape[1]
    sigma = np.sqrt(np.maximum(np.diag(covariance), 1e-30))
    first, second = np.triu_indices(len(maps), 1)
    return (covariance / np.outer(sigma, sigma))[first, second], covariance, sigma


def _tint_slopes(maps: Floats, wanted: Doubles) -> tuple[float, Floats]:
    have, _, sigma = _tints(maps)
    first, second = np.triu_indices(len(maps), 1)
    error = have - wanted
    inner = np.zeros((len(maps), len(maps)))
    inner[first, second] = 2 * error / (sigma[first] * sigma[second])
    inner += inner.T
    np.add.at(inner, (first, first), -2 * error * have / sigma[first] ** 2)
    np.add.at(inner, (second, second), -2 * error * have / sigma[second] ** 2)
    pixels = maps.shape[1] * maps.shape[2]
    return float(error @ error), np.einsum("ij,jyx->iyx", (inner / pixels).astype(np.float32), maps)
