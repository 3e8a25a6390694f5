"""Lattices: synthetic ones come back with their own steps, noise and gradients have none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.kernels.lattice import REACH, Lattice, autocorrelation, find_lattice, find_repeats

Steps = tuple[tuple[float, float], tuple[float, float]]


def _tiled(steps: Steps, side: int = 128, channels: int = 3, seed: int = 3) -> NDArray[np.float64]:
    """A smooth random motif repeated by two steps, with some grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side].astype(np.float64)
    u, v = np.tensordot(np.linalg.inv(np.array(steps)).T, np.stack([y, x]), 1)
    picture = np.zeros((side, side, channels))
    for k, m in ((1, 0), (0, 1), (1, 1), (1, -1), (2, 1)):
        phase, weight = rng.uniform(0, 2 * np.pi, channels), rng.uniform(0.5, 1, channels)
        picture += weight * np.cos(2 * np.pi * (k * u + m * v)[..., None] + phase)
    picture = (picture - picture.min()) / np.ptp(picture)
    return 0.9 * picture + 0.1 * rng.random(picture.shape)


def _same_lattice(found: Lattice, steps: Steps, tolerance: float) -> None:
    known = Lattice(*steps, 1.0)
    for y, x in (found.first, found.second):
        assert known.distance(np.array([round(y)]), np.array([round(x)]))[0] <= tolerance + 0.75
    area = abs(np.linalg.det(np.array([found.first, found.second])))
    assert area == pytest.approx(abs(np.linalg.det(np.array(steps))), rel=0.06)


KNOWN: list[Steps] = [
    ((0.0, 20.0), (30.0, 0.0)),
    ((16.0, 16.0), (16.0, -16.0)),
    ((22.4, 0.0), (0.0, 22.4)),
    ((0.0, 31.0), (27.0, 15.5)),
]


@pytest.mark.parametrize("steps", KNOWN)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_steps_of_a_known_lattice_are_found(steps: Steps, channels: int) -> None:
    found = find_lattice(_tiled(steps, channels=channels))
    assert found is not None
    assert found.strength > 0.6
    _same_lattice(found, steps, 0.75)


def test_a_lattice_survives_a_change_of_light_across_the_picture() -> None:
    steps = ((0.0, 20.0), (30.0, 0.0))
    light = np.linspace(0.2, 1.0, 128)[:, None, None]
    found = find_lattice(_tiled(steps) * light)
    assert found is not None
    _same_lattice(found, steps, 1.0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("grain", [1, 5])
def test_noise_has_no_lattice(seed: int, grain: int) -> None:
    rough = np.random.default_rng(seed).random((128 + grain, 128 + grain, 3)).cumsum(0).cumsum(1)
    picture = rough[grain:, grain:] - rough[:-grain, grain:] - rough[grain:, :-grain] + rough[:-grain, :-grain]
    assert find_lattice(picture / picture.max()) is None


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 5, 1), (20, 400, 3), (16, 16, 4)])
def test_flat_and_small_pictures_have_no_lattice(shape: tuple[int, int, int]) -> None:
    assert find_lattice(np.full(shape, 0.5)) is None


def test_stripes_repeat_one_way_only() -> None:
    stripes = np.sin(np.arange(128) / 3)[None, :, None] * np.ones((128, 1, 1))
    assert find_lattice(0.5 + 0.4 * stripes) is None


@pytest.mark.parametrize("seed", range(4))
def test_bricks_of_any_length_between_straight_joints_have_no_lattice(seed: int) -> None:
    """The joints are alike at every height, and more so at some by chance: that is no second step."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:192, 0:192].astype(np.float64)
    course, within = np.divmod(x - 0.06 * x / 192 * y, 36)
    dark = within < 3
    for number in range(6):
        for height in rng.integers(20, 192, 2):
            dark |= (course == number) & (np.abs(y - height) < 2)
    picture = np.where(dark, 0.75, 0.4)[..., None] + rng.normal(0, 0.03, (192, 192, 3))
    assert find_lattice(picture) is None


def test_the_autocorrelation_is_that_of_the_definition() -> None:
    picture = np.random.default_rng(1).random((14, 18, 2))
    rho = autocorrelation(picture)
    down, across = int(14 * REACH), int(18 * REACH)
    assert rho.shape == (down + 1, 2 * across + 1)
    for dy in range(down + 1):
        for dx in range(-across, across + 1):
            h, w = 14 - dy, 18 - abs(dx)
            if h * w < 0.25 * 14 * 18:
                assert rho[dy, dx + across] == 0
                continue
            left, right = max(0, -dx), max(0, dx)
            a, b = picture[:h, left : left + w], picture[dy : dy + h, right : right + w]
            a, b = a - a.mean(axis=(0, 1)), b - b.mean(axis=(0, 1))
            expected = (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())
            assert rho[dy, dx + across] == pytest.approx(expected, abs=1e-9)


def test_distance_to_a_lattice_is_the_least_over_its_points() -> None:
    lattice = Lattice((3.0, 11.0), (9.5, -4.0), 1.0)
    basis = np.array([lattice.first, lattice.second])
    points = np.array([(i, j) for i in range(-12, 13) for j in range(-12, 13)]) @ basis
    dy, dx = np.random.default_rng(2).integers(-40, 40, (2, 50))
    got = lattice.distance(dy, dx)
    for k in range(50):
        least = np.hypot(points[:, 0] - dy[k], points[:, 1] - dx[k]).min()
        # The corners of the cell around a step are nearly always the nearest points, and never nearer.
        assert least - 1e-9 <= got[k] <= least + 1.5


@pytest.mark.parametrize("steps", [((0.0, 20.3), (29.7, 0.0)), ((16.0, 16.5), (15.5, -16.0))])
@pytest.mark.parametrize("size", [(200, 260), (128, 128)])
def test_a_bent_plane_closes_the_lattice_on_a_torus(steps: Steps, size: tuple[int, int]) -> None:
    lattice = Lattice(*steps, 1.0)
    bend = lattice.closing(*size)
    whole = np.diag([float(size[0]), float(size[1])]) @ bend @ np.linalg.inv(np.array(steps))
    np.testing.assert_allclose(whole, np.rint(whole), atol=1e-9)
    assert np.abs(bend - np.eye(2)).max() < 0.15


def test_a_torus_smaller_than_the_lattice_is_left_as_it_is() -> None:
    assert (Lattice((0.0, 50.0), (50.0, 0.0), 1.0).closing(10, 10) == np.eye(2)).all()


def test_the_steps_of_a_checkerboard_are_exact_enough_to_count_on() -> None:
    y, x = np.mgrid[0:80, 0:80]
    board = ((y // 8 + x // 8) % 2)[..., None] * 0.6 + 0.1 * np.random.default_rng(4).random((80, 80, 3))
    found = find_lattice(board)
    assert found is not None
    np.testing.assert_allclose(np.abs([found.first, found.second]), 8.0, atol=0.04)


def test_a_repeat_under_grain_is_measured_without_a_lattice() -> None:
    rng, (y, x) = np.random.default_rng(5), np.mgrid[0:160, 0:160]
    waves = np.cos(2 * np.pi * x / 60) + np.cos(2 * np.pi * y / 60)
    lattice, length = find_repeats((waves + 1.6 * rng.standard_normal(waves.shape))[..., None], weakest=0.9)
    assert lattice is None
    assert length == pytest.approx(60, abs=4)
    assert find_repeats(rng.random((160, 160, 3))) == (None, 0.0)
