"""Transforms in pieces are numpy's; the periodic part has no edges; noise has the example's power."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.kernels.fourier import picture_of, spectrum_of, transform
from engine.kernels.spectra import alike, periodic

CTX = Context(threads=1)


def test_transforms_are_those_of_numpy() -> None:
    maps = np.random.default_rng(1).normal(size=(2, 30, 44)).astype(np.float32)
    spectrum = spectrum_of(CTX, maps)
    assert np.abs(spectrum - np.fft.fft2(maps) / maps[0].size).max() < 1e-6
    assert np.abs(picture_of(CTX, spectrum) - maps).max() < 1e-5


def test_a_narrow_spectrum_needs_part_of_the_rows_only() -> None:
    rng = np.random.default_rng(2)
    narrow = np.zeros((32, 20), np.complex64)
    narrow[:8], narrow[-8:] = rng.normal(size=(8, 20)), rng.normal(size=(8, 20))
    values = narrow.copy()
    transform(values, True, 2, CTX.cancel)
    assert np.abs(values - np.fft.ifft2(narrow, norm="forward")).max() < 1e-3
    whole = np.fft.fft2(values)
    transform(values, False, 2, CTX.cancel)
    assert np.abs(values[:9] - whole[:9]).max() < 0.1 and np.abs(values[-8:] - whole[-8:]).max() < 0.1


def test_the_periodic_part_joins_its_edges_and_keeps_the_rest() -> None:
    y, x = np.mgrid[:48, :64]
    slope = (x / 64 + y / 96)[None].astype(np.float32)
    waves = np.sin(2 * np.pi * (4 * x / 64 + 3 * y / 48))[None].astype(np.float32)
    found = periodic(CTX, slope + waves)
    assert np.abs(found[0, :, 0] - found[0, :, -1]).mean() < 0.5 * np.abs(waves[0, :, 0] - waves[0, :, -1]).mean() + 0.1
    taken = (slope + waves - found)[0]
    around = taken[:-2, 1:-1] + taken[2:, 1:-1] + taken[1:-1, :-2] + taken[1:-1, 2:] - 4 * taken[1:-1, 1:-1]
    assert np.abs(around).max() < 1e-4, "what is taken away is as smooth as its edges allow"


@pytest.mark.parametrize("size", [(64, 64), (40, 96)])
def test_noise_varies_as_the_example_does(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    grain = rng.normal(size=(1, 64, 64)).astype(np.float32)
    example = (grain + np.roll(grain, 1, axis=2) + np.roll(grain, 2, axis=2)) / np.float32(np.sqrt(3))
    example -= example.mean()
    made = picture_of(CTX, alike(CTX, example, rng.normal(size=(1, *size)).astype(np.float32)))
    assert made.std() == pytest.approx(example.std(), rel=0.1)
    for shift, expected in ((1, 2 / 3), (2, 1 / 3), (6, 0)):
        correlation = (made * np.roll(made, shift, axis=2)).mean() / made.var()
        assert correlation == pytest.approx(expected, abs=0.12)
    assert abs((made * np.roll(made, 1, axis=1)).mean() / made.var()) < 0.12
