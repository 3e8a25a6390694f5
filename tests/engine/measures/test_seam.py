"""Seams: a joint that is there is seen, one that is not is not."""

import numpy as np
import pytest

from engine.errors import Unusable
from engine.image import Floats
from engine.measures.seam import hole_seam, line_seam, wrap_seam
from tests.engine.measures.textures import blurred, pebbles


def wrapping(side: int, seed: int) -> np.ndarray:
    """Smooth noise that tiles."""
    rng = np.random.default_rng(seed)
    keep = np.exp(-(np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None]) ** 2) * 200)
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal((side, side, 3)), axes=(0, 1)) * keep[..., None], axes=(0, 1))
    return np.clip(0.5 + 0.15 * noise.real / noise.real.std(), 0, 1).astype(np.float32)


def disc(side: int, radius: int) -> Floats:
    y, x = np.mgrid[:side, :side] - side // 2
    inside: np.ndarray = np.hypot(y, x) < radius
    return inside.astype(np.float32)


def test_a_tile_that_wraps_has_no_seam() -> None:
    tile = wrapping(96, 1)
    assert abs(wrap_seam(tile)) < 2
    assert wrap_seam(np.roll(tile, (11, 40), (0, 1))) == pytest.approx(wrap_seam(tile), abs=1.5)
    assert wrap_seam(tile[:80, :80].copy()) > 4


def test_a_result_and_the_file_it_is_stored_in_have_one_figure() -> None:
    tile = wrapping(96, 4) * np.float32(0.05)
    stored = np.rint(tile * 255).astype(np.uint8)
    assert wrap_seam(tile) == wrap_seam((stored / np.float32(255)).astype(np.float32))


def test_a_line_that_was_joined_shows() -> None:
    tile = wrapping(96, 2)
    assert abs(line_seam(tile, row=40)) < 2.5 and abs(line_seam(tile, column=40)) < 2.5
    joined = np.concatenate([tile[:, :40], wrapping(96, 3)[:, :56]], axis=1)
    assert line_seam(joined, column=40) > 4
    assert abs(line_seam(joined, column=60)) < 2.5
    with pytest.raises(Unusable):
        line_seam(tile, row=0)


def test_steps_are_measured_as_their_definition_says() -> None:
    picture = np.zeros((6, 5, 1), np.float32)
    picture[3:] = 0.5
    steps = np.array([0, 0, 0, 0])
    assert line_seam(picture, row=3) == pytest.approx((0.5 - steps.mean()) / 0.004)


def test_the_rim_of_a_bad_filling_shows() -> None:
    rng = np.random.default_rng(4)
    base = np.clip(0.5 + 0.1 * rng.standard_normal((128, 128, 3)), 0, 1).astype(np.float32)
    hole = disc(128, 36)
    assert abs(hole_seam(base, hole)) < 2
    lighter = base.copy()
    lighter[hole > 0] += 0.25
    assert hole_seam(lighter, hole) > 3
    assert hole_seam(base, hole) == hole_seam(base, hole * 0.3), "any share counts as inside"


def test_a_smooth_rim_shows_too() -> None:
    base = pebbles(160, 160, 3)
    hole = disc(160, 44)
    ring = (disc(160, 46) - disc(160, 42))[..., None]
    smeared = (base * (1 - ring) + blurred(base, 4) * ring).astype(np.float32)
    assert hole_seam(smeared, hole) < -2 < hole_seam(base, hole)


def test_a_hole_without_a_rim_is_refused() -> None:
    picture = np.zeros((32, 32, 3), np.float32)
    for hole in (np.zeros((32, 32), np.float32), np.ones((32, 32), np.float32)):
        with pytest.raises(Unusable, match="no rim"):
            hole_seam(picture, hole)
    one = np.zeros((32, 32), np.float32)
    one[0, 0] = 1
    with pytest.raises(Unusable):
        hole_seam(np.zeros((32, 32, 3), np.float32)[:2, :2], one[:2, :2])
