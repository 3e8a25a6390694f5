"""The statistics are those that plenoptic measures, and their slopes those that small steps show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Stopped
from engine.image import Floats
from engine.kernels.fourier import picture_of, spectrum_of
from engine.kernels.joint_statistics import correlated, lagged, products, wrapped
from engine.kernels.texture_statistics import Model, lags

GO = np.zeros(1, np.uint8)
LAGS = list(lags(3))


def near(expected: list[float]) -> Any:
    return pytest.approx(expected, rel=1e-4, abs=2e-5)


def pattern() -> Floats:
    """64 x 96, the same on every machine."""
    y, x = np.mgrid[:64, :96].astype(np.float64)
    grain = np.sin(y * 12.9898 + x * 78.233) * 43758.5453
    waves = 0.2 * np.sin(2 * np.pi * (3 * x / 96 + 5 * y / 64)) ** 3
    beats = 0.15 * np.cos(2 * np.pi * (11 * x / 96 - 7 * y / 64)) * np.sin(2 * np.pi * y / 64)
    picture = waves + beats + 0.1 * (grain - np.floor(grain) - 0.5)
    return (picture - picture.mean())[None].astype(np.float32)


def test_statistics_are_those_of_plenoptic() -> None:
    """Measured by plenoptic 2.1.1, PortillaSimoncelli((64, 96), n_scales=3, n_orientations=4, spatial_corr_width=7).

    Its bands are 4 times as strong at each coarser scale.
    """
    ctx = Context(threads=1)
    model = Model(ctx, (96, 64), 1, 3, 4, (3, 3, 3, 3))
    found = model.measured(ctx, spectrum_of(ctx, pattern()))
    assert found.pixels.skewness == near([-0.001666])
    assert found.pixels.kurtosis == near([2.64496])
    assert found.high**2 == pytest.approx([0.000486], abs=1e-6)
    sigma = [low.sigma[0] * 4**scale for scale, low in enumerate(found.low)]
    assert sigma == near([0.135247, 0.478871, 1.037178, 0.121424])
    skewness = [low.skewness[0] for low in found.low if low.skewness is not None]
    assert skewness == near([-0.004297, -0.000785, 0.000951, -0.205018])
    kurtosis = [low.kurtosis[0] for low in found.low if low.kurtosis is not None]
    assert kurtosis == near([2.627649, 2.041324, 1.509435, 2.890151])
    for lag, expected in (
        ((1, 0), [0.789657, 0.492915, -0.379579, 0.478452]),
        ((2, -1), [0.236529, -0.1238, -0.997156, -0.26402]),
        ((3, -3), [0.193021, -0.215571, -0.920602, 0.220168]),
    ):
        assert [low.lags[0, LAGS.index(lag)] for low in found.low] == near(expected)
    magnitudes = [band.sigma * 4**scale for scale, band in enumerate(found.bands)]
    assert magnitudes[1] == near([0.048019, 0.015871, 0.07333, 0.135247])
    assert magnitudes[2] == near([0.028456, 0.026243, 0.03303, 0.030421])
    first = [band.lags[:, LAGS.index((1, 0))] for band in found.bands]
    assert first[2] == near([-0.304566, 0.614171, 0.892058, 0.659819])
    far = [band.lags[:, LAGS.index((3, -2))] for band in found.bands]
    assert far[0] == near([0.345889, -0.071928, 0.596643, 0.645594])
    joint = [
        dict(zip(map(tuple, scale.pairs.tolist()), together.tolist(), strict=True))
        for scale, together in zip(model.scales, found.joint, strict=True)
    ]
    orientations = [joint[0][pair] for pair in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))]
    assert orientations == near([0.064658, 0.070102, 0.689456, 0.277338, 0.016147, 0.207574])
    assert [joint[0][3, 8 + k] for k in range(4)] == near([0.82822, 0.023329, 0.095342, 0.888653])
    phases = [0.005787, 0.001783, 0.001711, 0.000612, -0.005002, -0.002691, -0.002636, -0.005254]
    assert [joint[1][5, 12 + k] for k in range(8)] == near(phases)


@pytest.mark.parametrize("first", [0, 1])
def test_the_slope_is_what_small_steps_show(first: int) -> None:
    rng = np.random.default_rng(3)
    ctx = Context(threads=1)
    walk = np.cumsum(rng.normal(size=(2, 32, 48)), axis=2)
    example = (walk - walk.mean(axis=(1, 2), keepdims=True)).astype(np.float32)
    example /= example.std()
    example[1] += example[0] ** 2 - 1
    wanted = Model(ctx, (48, 32), 2, 2, 4, (3, 3, 2)).measured(ctx, spectrum_of(ctx, example))
    model = Model(ctx, (48, 32), 2, 2, 4, (3, 3, 2), first)
    drift = np.cumsum(rng.normal(size=(2, 32 >> first, 48 >> first)), axis=1) / 4
    start = (drift - drift.mean(axis=(1, 2), keepdims=True)).astype(np.float32)

    def value(maps: Floats) -> float:
        return model.slope(ctx, spectrum_of(ctx, maps), wanted)[0]

    _, slopes = model.slope(ctx, spectrum_of(ctx, start), wanted)
    gradient = picture_of(ctx, slopes) / start[0].size
    steepest = gradient / np.linalg.norm(gradient)
    for direction in (steepest, rng.normal(size=start.shape).astype(np.float32) + 3 * steepest):
        # Fourth-order differences, so that a step can be large against the rounding of float32.
        step = 0.1 / np.linalg.norm(direction)
        far, near = (value(start + k * step * direction) - value(start - k * step * direction) for k in (2, 1))
        assert (8 * near - far) / (12 * step) == pytest.approx(float((gradient * direction).sum()), rel=0.01)


def test_a_picture_is_at_the_bottom_of_its_own_statistics() -> None:
    ctx = Context(threads=1)
    model = Model(ctx, (96, 64), 1, 3, 4, (3, 3, 3, 3))
    spectrum = spectrum_of(ctx, pattern())
    value, slopes = model.slope(ctx, spectrum, model.measured(ctx, spectrum))
    assert value < 1e-12 and np.abs(slopes).max() < 1e-6


def test_a_picture_that_is_lighter_as_a_whole_is_drawn_back() -> None:
    """Else the mean wanders off, and passes for skewness."""
    ctx = Context(threads=1)
    model = Model(ctx, (96, 64), 1, 3, 4, (3, 3, 3, 3))
    spectrum = spectrum_of(ctx, pattern())
    wanted = model.measured(ctx, spectrum)
    lighter = spectrum.copy()
    lighter[:, 0, 0] += np.float32(0.2 * wanted.pixels.sigma[0])
    assert wanted.pixels.skewness is not None and model.measured(ctx, lighter).pixels.skewness == pytest.approx(
        wanted.pixels.skewness, abs=1e-4
    )
    value, slopes = model.slope(ctx, lighter, wanted)
    assert value > 0.1 and slopes[0, 0, 0].real > 0
    slopes[:, 0, 0] = 0
    assert np.abs(slopes).max() < 1e-4


def test_it_stops() -> None:
    ctx = Context(threads=1)
    model = Model(ctx, (96, 64), 1, 3, 4, (3, 3, 3, 3))
    spectrum = spectrum_of(ctx, pattern())
    ctx.stop()
    with pytest.raises(Stopped):
        model.measured(ctx, spectrum)


def test_products_and_shifts_are_those_of_numpy() -> None:
    rng = np.random.default_rng(5)
    maps = rng.normal(size=(7, 10, 13)).astype(np.float32)
    flat, sums = maps.reshape(7, -1), np.zeros((3, 7, 7))
    blocks = np.array([[0, 2, 1, 7], [6, 7, 6, 7]], np.int32)
    products(0, 3, flat, np.int64(50), blocks, sums, GO)
    twin = np.zeros((7, 7))
    twin[:2, 1:] = flat[:2] @ flat[1:].T
    twin[6, 6] = flat[6] @ flat[6]
    assert sums.sum(axis=0) == pytest.approx(twin, rel=1e-5, abs=1e-4)
    shifted = np.zeros((7, 3, 5))
    plain, beyond = wrapped(maps, 2)
    lagged(0, 7, plain.reshape(7, -1), beyond, np.int64(2), np.int64(17), shifted, GO)
    for dy in range(3):
        for dx in range(-2, 3):
            twin = (maps * np.roll(maps, (-dy, -dx), axis=(1, 2))).sum(axis=(1, 2))
            assert shifted[:, dy, dx + 2] == pytest.approx(twin, rel=1e-4, abs=1e-4)


def test_a_window_is_laid_over_the_torus() -> None:
    rng = np.random.default_rng(6)
    maps = rng.normal(size=(2, 7, 9)).astype(np.float32)
    weights = rng.normal(size=(2, 5, 5)).astype(np.float32)
    weights = (weights + weights[:, ::-1, ::-1]).astype(np.float32)
    beyond, fours = wrapped(maps, 2)[1], np.pad(weights, ((0, 0), (0, 0), (0, 3)))
    out = np.zeros((2, 7 * 13), np.float32)
    correlated(0, 1, beyond, fours, np.int64(13), out, GO)
    correlated(1, 2, beyond, fours, np.int64(13), out, GO)
    twin = sum(
        weights[:, dy + 2, dx + 2, None, None] * np.roll(maps, (-dy, -dx), axis=(1, 2))
        for dy in range(-2, 3)
        for dx in range(-2, 3)
    )
    assert np.abs(out.reshape(2, 7, 13)[:, :, :9] - twin).max() < 1e-4
