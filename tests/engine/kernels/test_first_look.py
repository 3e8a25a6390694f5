import numpy as np
import pytest

from engine.kernels.first_look import ENOUGH, diffused


def test_a_hole_in_one_colour_gets_that_colour() -> None:
    pixels = np.full((30, 41, 3), 0.25, np.float32)
    hole = np.zeros((30, 41), bool)
    hole[5:25, 7:33] = True
    pixels[hole] = 1
    assert np.allclose(diffused(pixels, hole), 0.25, atol=1e-6)


def test_colours_come_from_the_near_rim() -> None:
    pixels = np.zeros((64, 64, 1), np.float32)
    pixels[:, 32:] = 1
    hole = np.zeros((64, 64), bool)
    hole[24:40, 8:56] = True
    made = np.zeros((64, 64), np.float32)
    made[hole] = diffused(pixels, hole)[:, 0]
    assert made[24:40, 8:14].max() < 0.2 and made[24:40, 50:56].min() > 0.8


def test_colours_run_into_one_another() -> None:
    """Coarse levels are as large as the hole: they must not be seen as blocks."""
    pixels = np.zeros((128, 128, 1), np.float32)
    pixels[:, 64:] = 1
    hole = np.zeros((128, 128), bool)
    hole[8:120, 8:120] = True
    made = np.zeros((128, 128), np.float32)
    made[hole] = diffused(pixels, hole)[:, 0]
    inner = made[24:104, 24:104]
    assert np.abs(np.diff(inner, axis=1)).max() < 0.06 and np.abs(np.diff(inner, axis=0)).max() < 0.06


@pytest.mark.parametrize("size", [(1, 2), (3, 5), (1, 4000), (900, 700)])
def test_every_pixel_of_the_hole_has_a_colour_of_the_picture(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).uniform(0.2, 0.6, (*size, 4)).astype(np.float32)
    hole = np.ones(size, bool)
    hole[0, -1] = False
    assert hole.size < ENOUGH or size == (900, 700)
    made = diffused(pixels, hole)
    assert made.shape == (hole.size - 1, 4)
    assert np.allclose(made, pixels[0, -1], atol=1e-5)
