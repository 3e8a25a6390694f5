"""Courses: walls and boards come back with their own lines, noise and stones have none; pieces keep in step."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.context import Context
from engine.kernels.courses import Courses, find_courses
from engine.kernels.start import SLACK, Arrangement, Pieces, Sheet

Doubles = NDArray[np.float64]


def _wall(spacing: float, slope: float = 0.0, side: int = 128, seed: int = 1) -> Doubles:
    """Courses of bricks of any length, each of its own light, dark joints 2 px wide, some grain: (side, side, 3)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side].astype(np.float64)
    height = (y - slope * x) / np.sqrt(1 + slope**2)
    course = np.floor(height / spacing).astype(int)
    light = np.empty((side, side))
    for number in np.unique(course):
        ends = np.cumsum(rng.uniform(15, 45, 16)) - 40
        lights = rng.uniform(0.4, 0.8, 17)
        inside = course == number
        which = np.searchsorted(ends, x[inside])
        light[inside] = lights[which]
        light[inside] -= 0.3 * (np.abs(x[inside][:, None] - ends).min(axis=1) < 1)
    light[height % spacing < 2] = 0.25
    light += 0.05 * rng.standard_normal(light.shape)
    return np.repeat(light[..., None], 3, axis=2)


def _boards(side: int = 128, seed: int = 1) -> Doubles:
    """Boards of any width from the top to the bottom."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum(rng.uniform(6, 30, 20))
    x = np.arange(side)
    light = rng.uniform(0.3, 0.8, 21)[np.searchsorted(ends, x)] - 0.3 * (np.abs(x[:, None] - ends).min(axis=1) < 1)
    return np.repeat((light[None] + 0.05 * rng.standard_normal((side, side)))[..., None], 3, axis=2)


@pytest.mark.parametrize(("spacing", "slope"), [(13.0, 0.0), (17.3, 0.0), (16.0, 0.1), (21.4, -0.07)])
@pytest.mark.parametrize("upright", [False, True])
def test_the_courses_of_a_wall_are_found(spacing: float, slope: float, upright: bool) -> None:
    wall = _wall(spacing, slope)
    found = find_courses(wall.transpose(1, 0, 2) if upright else wall)
    assert found is not None and found.even and found.level is not upright
    assert 0.6 <= found.strength <= 1
    step = found.step[::-1] if upright else found.step
    assert np.hypot(*step) == pytest.approx(spacing, abs=0.15)
    assert -step[1] / step[0] == pytest.approx(slope, abs=0.02)


def test_boards_have_lines_but_no_even_steps() -> None:
    found = find_courses(_boards())
    assert found is not None and not found.even and not found.level
    assert abs(found.step[0]) < 0.02 * abs(found.step[1])


@pytest.mark.parametrize("seed", range(4))
def test_noise_and_spots_have_no_courses(seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.random((128, 128, 3))
    assert find_courses(noise) is None
    y, x = np.mgrid[0:128, 0:128]
    spots = np.ones((128, 128))
    for cy, cx in rng.uniform(0, 128, (120, 2)):
        spots[np.hypot(y - cy, x - cx) < 5] = rng.uniform(0, 0.7)
    assert find_courses(np.repeat(spots[..., None], 3, axis=2)) is None
    assert find_courses(np.full((64, 64, 1), 0.5)) is None
    assert find_courses(noise[:20]) is None


@pytest.mark.parametrize("step", [(12.0, 0.0), (14.0, -2.0), (-1.0, 9.0)])
def test_distances_are_those_to_the_nearest_course(step: tuple[float, float]) -> None:
    courses = Courses(step, 1.0)
    rng = np.random.default_rng(2)
    steps = rng.integers(-60, 60, (50, 2))
    length = np.hypot(*step)
    along = np.array([-step[1], step[0]]) / length
    for (dy, dx), away in zip(steps, courses.distance(steps[:, 0], steps[:, 1]), strict=True):
        nearest = min(
            float(np.linalg.norm(rest - (rest @ along) * along))
            for rest in (np.array([dy, dx]) - k * np.array(step) for k in range(-20, 21))
        )
        assert away == pytest.approx(nearest, abs=1e-9)
    bare = Courses(step, 1.0, even=False)
    across = np.abs(steps @ np.array(step)) / length
    np.testing.assert_allclose(bare.distance(steps[:, 0], steps[:, 1]), across, atol=1e-9)


@pytest.mark.parametrize("step", [(12.0, 0.0), (14.0, -2.0), (-1.0, 9.0)])
def test_a_torus_closes_on_whole_courses(step: tuple[float, float]) -> None:
    courses = Courses(step, 1.0)
    bend = courses.closing(100, 130)
    for side in ((100.0, 0.0), (0.0, 130.0)):
        moved = np.array(side) @ bend
        assert courses.distance(moved[:1], moved[1:])[0] == pytest.approx(0, abs=1e-9)
    assert np.abs(bend - np.eye(2)).max() < 0.1
    np.testing.assert_array_equal(courses.closing(3, 3), np.eye(2))
    assert courses.scaled(0.5) == Courses((step[0] / 2, step[1] / 2), 1.0)


def _steps(courses: Courses, cyclic: bool) -> dict[tuple[int, int], NDArray[np.int64]]:
    """How far each piece of an arrangement of noise, which has no wishes of its own, was moved."""
    values = np.random.default_rng(1).integers(0, 256, (3, 60 * 60)).astype(np.int16)
    sheet, pieces = Sheet(values, np.ones((60, 60), np.bool_)), Pieces(18, 6, cyclic)
    arrangement = Arrangement(Context(), sheet, (120, 120), pieces, 1.0, 0.1, courses)
    for _ in arrangement:
        pass
    return {
        key: np.array(place) - (18 - 6) * np.array(key)
        for key, place in arrangement.chosen.items()
        if cyclic or max(key) < 8
    }


@pytest.mark.parametrize("cyclic", [False, True])
def test_pieces_keep_in_step_with_even_courses(cyclic: bool) -> None:
    """Round a torus with the plane, else with their neighbours, so that joints may lean as the sample's do."""
    courses = Courses((10.0, 0.0), 0.9)
    found = _steps(courses, cyclic)
    steps = np.array(list(found.values()))
    across, along = (steps, steps) if cyclic else (_differences(found, 1, 0), _differences(found, 0, 1))
    assert courses.distance(along[:, 0], along[:, 1]).max() <= SLACK
    assert courses.distance(across[:, 0], across[:, 1]).max() <= 2 * SLACK
    assert len(np.unique(steps[:, 1] % 10)) > 5, "along the courses they are free"


def _differences(steps: dict[tuple[int, int], NDArray[np.int64]], dy: int, dx: int) -> NDArray[np.int64]:
    """How much farther each piece was moved than the one so many rows above and columns to the left."""
    beside = [(key, (key[0] - dy, key[1] - dx)) for key in steps]
    return np.array([steps[key] - steps[other] for key, other in beside if other in steps])


@pytest.mark.parametrize("cyclic", [False, True])
def test_lines_at_uneven_steps_go_on(cyclic: bool) -> None:
    courses = Courses((0.0, 1.0), 0.2, even=False)
    steps = _steps(courses, cyclic)
    for (row, column), step in steps.items():
        if (row - 1, column) in steps:
            assert abs(step[1] - steps[row - 1, column][1]) <= SLACK
    assert len({int(step[1]) for (row, _), step in steps.items() if row == 0}) > 2, "side by side they are free"
