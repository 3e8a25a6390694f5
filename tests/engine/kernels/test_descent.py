"""The descent finds the bottom of valleys."""

from __future__ import annotations

import numpy as np
import pytest

from engine.image import Floats
from engine.kernels.descent import Slope, descended, descending


def test_a_long_bowl_is_followed_to_its_bottom() -> None:
    rng = np.random.default_rng(1)
    bottom = rng.normal(size=(3, 8, 8)).astype(np.float32)
    stretch = np.geomspace(1, 1000, 192).reshape(3, 8, 8).astype(np.float32)

    def slope(point: Floats) -> tuple[float, Floats]:
        away = point - bottom
        return float((stretch * away**2).sum(dtype=np.float64)), 2 * stretch * away

    start = np.ones((3, 8, 8), np.float32)
    values = [value for value, _ in descended(start, slope, 200)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 1e-6 * slope(start)[0]


def test_a_curved_valley_is_followed() -> None:
    """Rosenbrock's, whose bottom is at (1, 1)."""

    def slope(point: Floats) -> tuple[float, Floats]:
        x, y = (float(part) for part in point)
        value = (1 - x) ** 2 + 100 * (y - x * x) ** 2
        return value, np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)], np.float32)

    *_, (value, point) = descended(np.array([-1.2, 1.0], np.float32), slope, 200)
    assert value < 1e-6 and point == pytest.approx([1, 1], abs=1e-2)


def test_at_the_bottom_it_ends() -> None:
    assert not list(descended(np.ones(4, np.float32), lambda point: (0.0, np.zeros_like(point)), 10))


def test_a_slope_that_takes_its_time_changes_nothing() -> None:
    def slope(point: np.ndarray) -> tuple[float, np.ndarray]:
        return float((point**4).sum()), (4 * point**3).astype(np.float32)

    def sloping(point: np.ndarray) -> Slope:
        yield
        yield
        return slope(point)

    start = np.array([3.0, -2.0], np.float32)
    at_once = list(descended(start, slope, 8))
    pieces = list(descending(start, sloping, 8))
    steps = [step for step in pieces if step is not None]
    assert len(steps) == len(at_once) == 8 and pieces.count(None) >= 2 * len(steps)
    assert all(a[0] == b[0] and np.array_equal(a[1], b[1]) for a, b in zip(steps, at_once, strict=True))
