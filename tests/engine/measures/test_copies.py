"""The largest copied piece, from an origin."""

from __future__ import annotations

import numpy as np
import pytest

from engine.measures.copies import copy_figure, largest_copy


def block(top: int, left: int, height: int, width: int, across: int = 100) -> np.ndarray:
    y, x = np.mgrid[top : top + height, left : left + width]
    return (y * across + x).astype(np.int32)


def test_one_piece_is_all_of_it() -> None:
    assert largest_copy(block(3, 4, 10, 12), [100]) == 1.0


def test_the_largest_of_several() -> None:
    # 10 x 12 beside 10 x 8 from a place that does not go on.
    places = np.hstack([block(3, 4, 10, 12), block(50, 60, 10, 8)])
    assert largest_copy(places, [100]) == pytest.approx(120 / 200)
    places[:, 5] = -1
    assert largest_copy(places, [100]) == pytest.approx(80 / 190), "what was not copied parts it"


def test_what_goes_on_is_one_piece_and_another_source_is_not() -> None:
    places = np.hstack([block(3, 4, 10, 12), block(3, 16, 10, 8)])
    assert largest_copy(places, [100]) == 1.0
    which = np.zeros(places.shape, np.uint8)
    which[:, 12:] = 1
    assert largest_copy(places, [100, 100], which) == pytest.approx(120 / 200)


def test_scattered_pixels_are_no_piece() -> None:
    places = np.random.default_rng(1).integers(0, 100 * 100, (40, 40)).astype(np.int32)
    assert largest_copy(places, [100]) < 0.01
    assert largest_copy(np.full((3, 3), -1, np.int32), [100]) == 0.0


def test_in_words() -> None:
    assert copy_figure(0.4).good is False and "40%" in copy_figure(0.4).sentence
    assert copy_figure(0.001).good and "No piece" in copy_figure(0.001).sentence
