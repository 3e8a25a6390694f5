"""Agreement of copied pixels with what is around them."""

from __future__ import annotations

import numpy as np

from engine.measures.agreement import AROUND, HALF, agreement


def noise(height: int, width: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


def slow(result: np.ndarray, source: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Pixel by pixel, as the docstring says."""
    height, width = places.shape
    out = np.ones(places.shape)
    for y in range(height):
        for x in range(width):
            if places[y, x] < 0:
                continue
            sy, sx = divmod(int(places[y, x]), source.shape[1])
            found = []
            for dy, dx in (*AROUND, *((-a, -b) for a, b in AROUND)):
                inside = 0 <= y + dy < height and 0 <= x + dx < width
                if inside and 0 <= sy + dy < source.shape[0] and 0 <= sx + dx < source.shape[1]:
                    step = result[y + dy, x + dx].astype(float) - result[y, x]
                    found.append(np.square(step - (source[sy + dy, sx + dx].astype(float) - source[sy, sx])).mean())
            rms = np.sqrt(np.mean(found)) if found else 0.0
            out[y, x] = 1 / (1 + (rms / HALF) ** 2)
    return out


def test_it_is_what_the_slow_one_says() -> None:
    source, result = noise(9, 11), noise(7, 8, 2)
    places = np.random.default_rng(3).integers(-1, 99, (7, 8)).astype(np.int32)
    np.testing.assert_allclose(agreement(result, source, places), slow(result, source, places), atol=1e-4)


def test_a_piece_copied_as_it_is_agrees_everywhere() -> None:
    source = noise(20, 20)
    y, x = np.mgrid[3:13, 5:15]
    places = (y * 20 + x).astype(np.int32)
    assert (agreement(source[3:13, 5:15], source, places) == 1).all()


def test_evenly_changed_light_still_agrees() -> None:
    source = noise(20, 20) * np.float32(0.5)
    y, x = np.mgrid[3:13, 5:15]
    found = agreement(source[3:13, 5:15] + np.float32(0.2), source, (y * 20 + x).astype(np.int32))
    assert found.min() > 0.999


def test_a_joint_shows_where_it_is() -> None:
    source = noise(40, 40)
    y, x = np.mgrid[0:16, 0:8]
    places = np.hstack([y * 40 + x, (y + 20) * 40 + x + 25]).astype(np.int32)
    found = agreement(source.reshape(-1, 3)[places], source, places)
    # Where two noises meet, a pixel may fit by chance; the joint as a whole does not.
    assert found[:, 7:9].mean() < 0.2 and found[:, :5].min() == 1 and found[:, 11:].min() == 1


def test_gray_against_colour_and_a_single_pixel() -> None:
    gray = noise(1, 1)[..., :1]
    assert agreement(gray, noise(5, 5), np.zeros((1, 1), np.int32)).tolist() == [[1.0]]
    assert agreement(noise(3, 3), gray, np.full((3, 3), -1, np.int32)).min() == 1
