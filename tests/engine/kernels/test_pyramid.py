import numpy as np
import pytest

from engine.context import Context
from engine.kernels.pyramid import halved
from engine.kernels.texture_features import comparable, gradient_strength


def plain_half(values: np.ndarray, known: np.ndarray, wrap: bool) -> tuple[np.ndarray, np.ndarray]:
    height, width, channels = values.shape
    out = np.zeros(((height + 1) // 2, (width + 1) // 2, channels))
    whole = np.ones(out.shape[:2], np.uint8)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            total, sums = 0, np.zeros(channels)
            for dy, wy in zip(range(-1, 3), (1, 3, 3, 1), strict=True):
                for dx, wx in zip(range(-1, 3), (1, 3, 3, 1), strict=True):
                    sy, sx = 2 * y + dy, 2 * x + dx
                    if wrap:
                        sy, sx = sy % height, sx % width
                    if not (0 <= sy < height and 0 <= sx < width):
                        continue
                    if not known[sy, sx]:
                        whole[y, x] &= not (0 <= dy <= 1 and 0 <= dx <= 1)
                        continue
                    total += wy * wx
                    sums += wy * wx * values[sy, sx].astype(float)
            out[y, x] = sums / total if total else 0
    return out, whole


@pytest.mark.parametrize(("size", "wrap"), [((13, 18), False), ((12, 16), True), ((1, 1), False), ((3, 5), False)])
def test_half_size_is_the_weighted_mean_of_what_is_known(size: tuple[int, int], wrap: bool) -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(-500, 511, (*size, 3)).astype(np.int16)
    known = (rng.random(size) < 0.7).astype(np.uint8)
    out, whole = halved(Context(threads=1), values, known, wrap)
    wanted, wanted_whole = plain_half(values, known, wrap)
    assert np.abs(out - wanted).max() <= 0.5001
    assert np.array_equal(whole, wanted_whole)


def test_an_odd_torus_has_no_half() -> None:
    with pytest.raises(ValueError, match="no half"):
        halved(Context(threads=1), np.zeros((5, 4, 1), np.int16), np.ones((5, 4), np.uint8), wrap=True)


def test_gradients_hold_where_the_neighbours_are_known() -> None:
    values = np.tile((np.arange(12) * 10).astype(np.int16)[None, :, None], (8, 1, 1))
    known = np.ones((8, 12), np.uint8)
    known[4, 6] = 0
    strength, holds = gradient_strength(values, known, 1)
    assert (strength[1:-1, 1:-1, 0] == 10).all() and (strength[1:-1, 1:-1, 1] == 0).all()
    assert not holds[4, 5:8].any() and not holds[3, 6] and not holds[0].any() and holds[2, 2]


def test_lab_has_its_published_constants() -> None:
    # CIE Lab (D65) of pure sRGB red, green, blue and white, as printed in Lindbloom's tables.
    rgb = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]], np.float32)
    lab = comparable(rgb, 3, lab=True)[0] / 5.1
    wanted = [[53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [32.30, 79.19, -100], [100, 0, 0]]
    assert np.abs(lab - np.array(wanted)).max() < 0.3
