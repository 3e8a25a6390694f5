"""Who has which place: masks share out by weight, the rest is for those without one, and nothing is counted twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.image import Image
from engine.kernels.style_places import Places
from engine.region import Rect


def no_look() -> None:
    """Nobody wants to stop."""


def mask(seed: int, size: tuple[int, int] = (37, 29)) -> Image:
    return Image(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 1)).astype(np.uint8))


WHOLE = Rect(0, 0, 37, 29)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=4), st.integers(0, 99))
def test_amounts_are_never_more_than_all_of_it(masked: list[bool], seed: int) -> None:
    shares = np.random.default_rng(seed).uniform(0.1, 1, len(masked))
    given_masks = tuple(mask(seed + k) if there else None for k, there in enumerate(masked))
    places = Places(WHOLE.size, given_masks, tuple(shares / shares.sum()))
    amounts = np.array(places.amounts(WHOLE))
    assert amounts.min() >= 0 and amounts.sum(0).max() <= 1 + 1e-5
    if not all(masked):
        np.testing.assert_allclose(amounts.sum(0), 1, atol=1e-5)
        assert places.cover(WHOLE) is None
    else:
        expected = np.minimum(np.sum([each.decoded()[..., 0] for each in given_masks if each], axis=0), 1)
        cover = places.cover(WHOLE)
        assert cover is not None
        np.testing.assert_allclose(cover, expected, atol=1e-5)


def test_by_hand() -> None:
    left = np.zeros((1, 4, 1), np.uint8)
    left[:, :2] = 255
    middle = np.zeros((1, 4, 1), np.uint8)
    middle[:, 1:3] = 255
    places = Places((4, 1), (Image(left), Image(middle), None), (0.5, 0.25, 0.25))
    amounts = np.array(places.amounts(Rect(0, 0, 4, 1)))[:, 0]
    expected = np.array([[1, 2 / 3, 0, 0], [0, 1 / 3, 1, 0], [0, 0, 0, 1]])
    np.testing.assert_allclose(amounts, expected, atol=1e-6)


@pytest.mark.parametrize("size", [(37, 29), (8, 16), (1, 1), (9, 1100)])
def test_coarse_is_the_mean_of_squares(size: tuple[int, int]) -> None:
    places = Places(size, (mask(1, size), mask(2, size)), (0.5, 0.5))
    coarse = places.coarse(8, no_look)
    assert coarse is not None and coarse.shape == (2, -(-size[1] // 8), -(-size[0] // 8))
    np.testing.assert_allclose(coarse.sum(0), 1, atol=1e-5)
    for y, x in {(0, 0), (coarse.shape[1] - 1, coarse.shape[2] - 1)}:
        rect = Rect(8 * x, 8 * y, 8, 8).clipped(Rect(0, 0, *size))
        more = ((0, 8 - rect.h), (0, 8 - rect.w))
        means = np.array([np.pad(amount, more, mode="edge").mean() for amount in places.amounts(rect)])
        np.testing.assert_allclose(coarse[:, y, x], means / means.sum(), atol=1e-4)


def test_what_nobody_covers_is_shared_by_weight_and_not_painted() -> None:
    black = Image(np.zeros((16, 16, 1), np.uint8))
    places = Places((16, 16), (black, black), (0.25, 0.75))
    coarse, cover = places.coarse(8, no_look), places.cover(Rect(0, 0, 16, 16))
    assert coarse is not None and cover is not None
    np.testing.assert_allclose(coarse[:, 0, 0], [0.25, 0.75])
    assert not cover.any()
    assert Places((16, 16), (None, None), (0.5, 0.5)).coarse(8, no_look) is None
