"""Stamps against slow twins."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from desktop.document import Bitmap, Box, Capsule
from engine.region import Rect

places = st.floats(-20, 60)


def slow_capsule(stamp: Capsule, x: int, y: int) -> float:
    """The value at one pixel, 0..1, from the distance to the line in double precision."""
    px, py = x + 0.5 - stamp.a[0], y + 0.5 - stamp.a[1]
    dx, dy = stamp.b[0] - stamp.a[0], stamp.b[1] - stamp.a[1]
    length = dx * dx + dy * dy
    t = min(max((px * dx + py * dy) / length, 0), 1) if length > 1e-6 else 0.0
    distance = math.hypot(px - t * dx, py - t * dy)
    end = stamp.radius if stamp.radius_b is None else stamp.radius_b
    radius = stamp.radius + t * (end - stamp.radius) if length > 1e-6 else stamp.radius
    level = min(max((radius + 0.5 - distance) / (radius * (1 - stamp.hardness) + 1), 0), 1)
    return level * level * (3 - 2 * level) if stamp.hardness < 1 else level


@given(
    st.tuples(places, places),
    st.tuples(places, places),
    st.floats(0.5, 25),
    st.one_of(st.none(), st.floats(0.5, 25)),
    st.floats(0, 1),
)
def test_capsule_is_the_distance_to_its_line(a, b, radius, radius_b, hardness):
    stamp = Capsule(a, b, radius, radius_b, hardness)
    rect = stamp.rect
    alpha = stamp.alpha(rect)
    rng = np.random.default_rng(1)
    for _ in range(40):
        x, y = int(rng.integers(rect.x, rect.right)), int(rng.integers(rect.y, rect.bottom))
        assert abs(int(alpha[y - rect.y, x - rect.x]) - 255 * slow_capsule(stamp, x, y)) <= 1.5


@given(st.tuples(places, places), st.tuples(places, places), st.floats(0.5, 25), st.floats(0, 1))
def test_nothing_of_a_capsule_lies_outside_its_rectangle(a, b, radius, hardness):
    stamp = Capsule(a, b, radius, hardness=hardness)
    around = stamp.rect.grown(2)
    alpha = stamp.alpha(around)
    alpha[2:-2, 2:-2] = 0
    assert alpha.max() == 0


@given(st.tuples(places, places), st.tuples(places, places), st.floats(1, 20), st.integers(-10, 40))
def test_a_capsule_is_the_same_whole_or_in_parts(a, b, radius, cut):
    stamp = Capsule(a, b, radius, hardness=0.5)
    rect = stamp.rect
    cut = min(max(cut, rect.x + 1), rect.right - 1)
    left, right = Rect(rect.x, rect.y, cut - rect.x, rect.h), Rect(cut, rect.y, rect.right - cut, rect.h)
    parts = np.concatenate([stamp.alpha(left), stamp.alpha(right)], axis=1)
    # The same formula from another origin: a rounding step apart at most.
    assert np.abs(parts.astype(int) - stamp.alpha(rect)).max() <= 1


def test_a_hard_disc_covers_its_area():
    alpha = Capsule((50, 50), (50, 50), 20).alpha(Rect(0, 0, 100, 100))
    assert abs(alpha.sum() / 255 / (math.pi * 20**2) - 1) < 0.01


def test_a_brush_of_one_pixel_marks_one_pixel():
    stamp = Capsule((10.5, 7.5), (10.5, 7.5), 0.5)
    alpha = stamp.alpha(Rect(0, 0, 20, 20))
    assert alpha[7, 10] == 255
    alpha[7, 10] = 0
    assert alpha.max() == 0


def test_box_and_bitmap_give_what_they_were_given():
    assert (Box(Rect(0, 0, 600, 5)).alpha(Rect(10, 1, 500, 3)) == 255).all()
    assert (Box(Rect(0, 0, 600, 500)).alpha(Rect(256, 256, 200, 100)) == 255).all()
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert (Bitmap(Rect(5, 6, 4, 3), values).alpha(Rect(6, 7, 2, 2)) == values[1:3, 1:3]).all()


def test_a_thin_line_across_a_large_picture_keeps_its_width():
    stamp = Capsule((0.5, 0.5), (11_000.5, 7_000.5), 1.5)
    for x in (100, 5000, 10_900):
        middle = round(x * 7 / 11)
        column = Rect(x, middle - 5, 1, 11)
        expected = [255 * slow_capsule(stamp, x, y) for y in range(column.y, column.bottom)]
        assert np.abs(stamp.alpha(column)[:, 0] - np.array(expected)).max() < 2
