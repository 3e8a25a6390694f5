"""Colours apart and together again, and distributions brought over."""

from __future__ import annotations

import numpy as np
import pytest

from engine.kernels.colour_axes import Axes, spread_like


def test_apart_is_uncorrelated_and_together_is_the_same() -> None:
    rng = np.random.default_rng(1)
    pixels = (rng.normal(size=(20, 30, 3)) @ rng.normal(size=(3, 3)) * 0.1 + 0.5).astype(np.float32)
    axes = Axes.of(pixels)
    maps = axes.apart(pixels)
    assert np.cov(maps.reshape(3, -1), bias=True) == pytest.approx(np.eye(3), abs=1e-3)
    assert np.abs(axes.together(maps) - pixels).max() < 1e-5


def test_gray_in_three_channels_has_one_axis_and_one_colour_has_none() -> None:
    gray = np.repeat(np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4, 1), 3, axis=2)
    assert len(Axes.of(gray).axes) == 1
    assert np.abs(Axes.of(gray).together(Axes.of(gray).apart(gray)) - gray).max() < 1e-5
    assert len(Axes.of(np.full((4, 4, 3), 0.3, np.float32)).axes) == 0


def test_values_take_over_a_distribution_in_their_own_order() -> None:
    rng = np.random.default_rng(2)
    values, example = rng.normal(size=4000).astype(np.float32), rng.exponential(size=2500).astype(np.float32)
    moved = spread_like(values, example)
    assert (np.diff(moved[np.argsort(values)]) >= 0).all()
    parts = np.linspace(0.02, 0.98, 25)
    assert np.quantile(moved, parts) == pytest.approx(np.quantile(example, parts), abs=0.02)
    assert (spread_like(np.zeros((2, 2), np.float32), np.full(5, 0.25, np.float32)) == 0.25).all()
