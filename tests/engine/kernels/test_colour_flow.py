"""Colours moved by one-dimensional steps, against what is known of the way between two clouds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.context import Context
from engine.kernels.colour_flow import STEEPEST, flow


def moved(colours: np.ndarray, wanted: np.ndarray, steps: int = 12, seed: int = 1) -> np.ndarray:
    now = colours.astype(np.float32)
    for step in flow(Context(seed=seed), colours, wanted, steps, 3):
        now = step.moved(now)
    return now


def sliced(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of sorted projections on 64 fixed directions."""
    ways = np.random.default_rng(9).standard_normal((a.shape[1], 64))
    ways /= np.linalg.norm(ways, axis=0)
    return float(np.abs(np.sort(a @ ways, axis=0) - np.sort(b @ ways, axis=0)).mean())


def cloud(seed: int, spread: float = 0.1) -> np.ndarray:
    """Two lumps, not along the axes."""
    rng = np.random.default_rng(seed)
    lumps = rng.uniform(0.2, 0.8, (2, 3))
    colours = lumps[rng.integers(0, 2, 3000)] + spread * rng.standard_normal((3000, 3)) @ rng.standard_normal((3, 3))
    return colours.astype(np.float32)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_cloud_becomes_the_other(seed: int) -> None:
    colours, wanted = cloud(seed), cloud(seed + 10)
    before, after = sliced(colours, wanted), sliced(moved(colours, wanted), wanted)
    assert after < 0.25 * before


def test_a_cloud_that_is_right_stays() -> None:
    colours = cloud(4)
    assert np.abs(moved(colours, colours[::-1]) - colours).max() < 0.02


def test_one_channel_is_histogram_matching() -> None:
    rng = np.random.default_rng(5)
    colours, wanted = rng.random((4000, 1)).astype(np.float32), (0.3 + 0.4 * rng.random((4000, 1))).astype(np.float32)
    assert np.abs(np.sort(moved(colours, wanted, 1), axis=0) - np.sort(wanted, axis=0)).max() < 0.01


def test_grain_is_not_blown_up() -> None:
    rng = np.random.default_rng(6)
    flat = (0.5 + 0.001 * rng.standard_normal((2000, 1))).astype(np.float32)
    wild = rng.random((2000, 1)).astype(np.float32)
    after = moved(flat, wild, 1)
    assert np.ptp(after) <= STEEPEST * np.ptp(flat) * 1.01


def test_what_lies_beyond_goes_along() -> None:
    colours, wanted = cloud(7), cloud(8)
    steps = flow(Context(seed=1), colours, wanted, 1, 3)
    beyond = np.array([[5.0, 5.0, 5.0], [6.0, 6.0, 6.0]], np.float32)
    out = steps[0].moved(beyond)
    assert np.allclose(out[1] - out[0], 1, atol=1e-4), "white stays beyond light gray"


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**31), st.floats(0, 0.2))
def test_any_two_lists_of_colours(n: int, m: int, seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    colours = (0.5 + spread * rng.standard_normal((n, 3))).astype(np.float32)
    wanted = (0.4 + spread * rng.standard_normal((m, 3))).astype(np.float32)
    assert np.isfinite(moved(colours, wanted, 4, seed)).all()
