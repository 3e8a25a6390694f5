"""Rectangles, against sets of pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.region import Rect

RECTS = st.builds(Rect, st.integers(-20, 20), st.integers(-20, 20), st.integers(0, 15), st.integers(0, 15))
FULL = st.builds(Rect, st.integers(-20, 20), st.integers(-20, 20), st.integers(1, 15), st.integers(1, 15))


def pixels(rect: Rect) -> set[tuple[int, int]]:
    return {(x, y) for y in range(rect.y, rect.bottom) for x in range(rect.x, rect.right)}


@given(RECTS, RECTS)
def test_clipping_is_intersection(a: Rect, b: Rect) -> None:
    assert pixels(a.clipped(b)) == pixels(a) & pixels(b)
    assert a.meets(b) == bool(pixels(a) & pixels(b))
    assert a.clipped(b).w >= 0 and a.clipped(b).h >= 0


@given(FULL, FULL)
def test_union_is_the_smallest_with_both(a: Rect, b: Rect) -> None:
    both = a.united(b)
    assert both.holds(a) and both.holds(b)
    assert both.x in (a.x, b.x) and both.right in (a.right, b.right)
    assert both.y in (a.y, b.y) and both.bottom in (a.bottom, b.bottom)


@given(FULL)
def test_an_empty_one_adds_nothing(a: Rect) -> None:
    empty = Rect(500, 500, 0, 3)
    assert empty.empty and a.united(empty) == a == empty.united(a)


@given(RECTS, RECTS)
def test_holding_is_being_a_superset(a: Rect, b: Rect) -> None:
    assert a.holds(b) == (pixels(b) <= pixels(a))


@given(FULL, st.integers(0, 9))
def test_growing_takes_in_the_neighbours(a: Rect, by: int) -> None:
    grown = a.grown(by)
    near = {(x + dx, y + dy) for x, y in pixels(a) for dx in (-by, 0, by) for dy in (-by, 0, by)}
    assert near <= pixels(grown)
    assert grown.area == (a.w + 2 * by) * (a.h + 2 * by)
    assert grown.grown(-by) == a


@given(RECTS, st.integers(1, 9))
def test_tiles_cover_each_pixel_once(a: Rect, side: int) -> None:
    tiles = list(a.tiles(side))
    assert sum(tile.area for tile in tiles) == len(set().union(*map(pixels, tiles))) == a.area
    assert all(a.holds(tile) and tile.x // side == (tile.right - 1) // side for tile in tiles)
    assert all(tile.y // side == (tile.bottom - 1) // side for tile in tiles)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_around_is_tight(height: int, width: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < 0.1
    rect = Rect.around(mask)
    inside = np.zeros_like(mask)
    inside[rect.slices] = True
    assert not (mask & ~inside).any()
    if mask.any():
        part = mask[rect.slices]
        assert part[0].any() and part[-1].any() and part[:, 0].any() and part[:, -1].any()
    else:
        assert rect.empty


def test_whole_array_and_moves() -> None:
    rect = Rect.of(np.zeros((3, 7, 4)))
    assert (rect.size, rect.area, rect.moved(2, -1)) == ((7, 3), 21, Rect(2, -1, 7, 3))
    assert np.arange(12).reshape(3, 4)[Rect(1, 0, 2, 2).slices].tolist() == [[1, 2], [5, 6]]
