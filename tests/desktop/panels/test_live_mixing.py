"""The arithmetic of the mix pad."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.panels.live_mixing import CENTRE, CORNERS, Places, place, shares

UNIT = st.floats(0, 1, allow_nan=False)
CHOSEN = st.sets(st.integers(0, 3), min_size=1).map(sorted)


@given(UNIT, UNIT, CHOSEN)
@settings(max_examples=60, deadline=None)
def test_shares_are_a_whole_and_the_middle_is_fair(x: float, y: float, corners: list[int]) -> None:
    found = shares((x, y), corners)
    assert len(found) == len(corners) and all(part >= 0 for part in found)
    assert sum(found) == pytest.approx(1)
    assert shares(CENTRE, corners) == pytest.approx([1 / len(corners)] * len(corners))


def test_a_corner_is_all_of_its_picture_and_four_are_bilinear() -> None:
    for number, corner in enumerate(CORNERS):
        assert shares(corner, [0, 1, 2, 3]) == tuple(float(k == number) for k in range(4))
    assert shares((0.25, 0.5), [0, 1, 2, 3]) == (0.375, 0.125, 0.375, 0.125)
    assert shares((0.25, 0.9), [0, 1]) == pytest.approx((0.75, 0.25)), "two above: only left and right count"
    assert shares((1.0, 0.0), [0, 3]) == (0.5, 0.5), "far from both"


@given(UNIT, UNIT)
@settings(max_examples=60, deadline=None)
def test_four_weights_lead_back_to_their_point(x: float, y: float) -> None:
    assert place(shares((x, y), [0, 1, 2, 3]), [0, 1, 2, 3]) == pytest.approx((x, y), abs=1e-6)


def test_weights_that_say_nothing_leave_the_point_in_the_middle() -> None:
    assert place((0.0, 0.0), [0, 1]) == CENTRE and place((1.0,), [0, 1]) == CENTRE


def test_pictures_stay_where_they_were_put() -> None:
    places, a, b, c = Places(), object(), object(), object()
    places.put(3, a)
    places.update([a, b])
    assert places.there == [b, None, None, a] and places.corners([a, b]) == [3, 0]
    places.update([c, a])
    assert places.there == [c, None, None, a], "what came takes the first free corner"
    places.update([])
    assert places.there == [None] * 4
    many = [object() for _ in range(6)]
    places.update(many)
    assert places.there == many[:4] and places.corners(many) == [0, 1, 2, 3]
