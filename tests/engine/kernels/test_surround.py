"""What is known stays, on every grid, and what is to be grown starts without a step."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.kernels.surround import Surround, around


def ring() -> Surround:
    """A slope of light around a disc, the rest of the torus free."""
    y, x = np.mgrid[:48, :64].astype(np.float32)
    away = np.hypot(y - 22, x - 25)
    return Surround(np.stack([x / 64, y / 24]), (away < 9) | (away > 17))


def test_what_is_known_is_put_back() -> None:
    surround = ring()
    maps = np.random.default_rng(2).normal(size=(2, 48, 64)).astype(np.float32)
    imposed = surround.imposed(maps)
    assert np.array_equal(imposed[:, surround.free], maps[:, surround.free])
    assert np.array_equal(imposed[:, ~surround.free], surround.maps[:, ~surround.free])


@pytest.mark.parametrize("scale", [0, 1, 3])
def test_a_coarse_pixel_is_known_when_all_around_it_is(scale: int) -> None:
    free, step = ring().free, 1 << scale
    found = ring().free_at(scale)
    for y in range(found.shape[0]):
        for x in range(found.shape[1]):
            rows = np.arange(y * step - step + 1, y * step + step) % 48
            columns = np.arange(x * step - step + 1, x * step + step) % 64
            assert found[y, x] == free[np.ix_(rows, columns)].any()


def test_around_is_a_square_and_no_torus() -> None:
    chosen = np.zeros((9, 12), np.bool_)
    chosen[1, 2] = True
    wanted = np.zeros_like(chosen)
    wanted[:5, :6] = True
    assert np.array_equal(around(chosen, 3), wanted)


def test_the_start_meets_what_is_known() -> None:
    """Of a light that is even, the bent one is as smooth at the rim as inside, and keeps its own grain."""
    surround = ring()
    made = surround.joined(Context(threads=1), np.full((2, 48, 64), 3, np.float32))
    assert np.array_equal(made[:, ~surround.free], surround.maps[:, ~surround.free])
    y, x = np.mgrid[:48, :64]
    disc = np.hypot(y - 22, x - 25) < 9
    assert np.abs(made - surround.maps)[:, disc].max() < 0.02, "a slope is its own membrane"
    grain = np.random.default_rng(1).normal(0, 0.1, (2, 48, 64)).astype(np.float32)
    grained = surround.joined(Context(threads=1), 3 + grain)
    inside = np.hypot(y - 22, x - 25) < 7
    kept = np.corrcoef((grained - made)[0][inside], grain[0][inside])[0, 1]
    assert kept > 0.9
