"""The pyramid's windows lose nothing and add nothing."""

from __future__ import annotations

import numpy as np
import pytest

from engine.kernels.steerable import Level


@pytest.mark.parametrize("orientations", [2, 3, 4, 6])
def test_bands_and_what_is_left_make_up_the_whole(orientations: int) -> None:
    """Each window counted for both half planes: with the low and the high part the squares add up to 1."""
    level, below = Level((48, 32), 0, orientations), Level((48, 32), 1, orientations)
    bands = level.bands().astype(np.float64)
    opposite = np.roll(bands[:, ::-1, ::-1], 1, axis=(1, 2))
    inner = np.zeros(level.shape, np.complex64)
    below.paste(below.low().astype(np.complex64), inner)
    total = ((bands + opposite) ** 2).sum(axis=0) / 4 + inner.real + level.high() ** 2
    inside = np.ones(level.shape, np.bool_)
    inside[0, 0] = inside[16] = inside[:, 24] = False
    assert total[inside] == pytest.approx(1, abs=1e-5)


def test_a_band_covers_the_half_plane_that_its_waves_travel_towards() -> None:
    bands = Level((32, 32), 0, 4).bands()
    assert bands[0, 0, 10] > 0.5 and bands[0, 0, -10] == 0 and bands[0, 10, 0] == pytest.approx(0, abs=1e-6)
    assert bands[2, 10, 0] > 0.5 and bands[2, -10, 0] == 0
    assert bands[1, 7, 7] > bands[1, 0, 10] and bands[3, 7, -7] > bands[3, 0, -10] > 0


def test_the_next_scale_is_the_same_window_on_a_grid_half_as_fine() -> None:
    fine, coarse = Level((40, 24), 0, 4), Level((40, 24), 1, 4)
    assert np.abs(coarse.cut(fine.bands(1).astype(np.complex64)).real - coarse.bands()).max() < 1e-5


def test_what_was_cut_goes_back_to_its_place() -> None:
    rng = np.random.default_rng(1)
    spectrum = (rng.normal(size=(2, 24, 40)) + 1j * rng.normal(size=(2, 24, 40))).astype(np.complex64)
    level = Level((40, 24), 2, 4)
    part = level.cut(spectrum)
    assert part.shape == (2, 6, 10) and (part[:, 2, -3] == spectrum[:, 2, -3]).all()
    other = np.zeros_like(spectrum)
    level.paste(part, other)
    assert np.count_nonzero(other[0]) == 60
    assert (other[other != 0] == spectrum[other != 0]).all()
    level.add(part, other)
    assert (level.cut(other) == 2 * part).all()
