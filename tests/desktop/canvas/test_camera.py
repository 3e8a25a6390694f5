"""The mapping between image and screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSize

from desktop.canvas.camera import STEPS, ZOOM_LEAST, ZOOM_MOST, Camera, View
from engine.region import Rect

ratios = st.sampled_from([1.0, 1.25, 1.5, 2.0])
zooms = st.floats(ZOOM_LEAST, ZOOM_MOST)
views = st.builds(View, zooms, st.integers(-5000, 5000), st.integers(-5000, 5000), ratios)
coordinates = st.floats(-1000, 12_000)


@given(views, coordinates, coordinates)
def test_to_the_screen_and_back(view, x, y):
    again = view.to_image(view.to_screen(x, y))
    assert again == pytest.approx((x, y), abs=1e-6)


@given(views, st.integers(0, 100), st.integers(1, 300))
def test_tiles_meet_without_gap_or_overlap(view, column, side):
    left, right = Rect(column * side, 0, side, side), Rect((column + 1) * side, 0, side, side)
    a, b = view.device(left), view.device(right)
    assert a.x() + a.width() == b.x()
    assert view.device(Rect(column * side, 0, 2 * side, side)).width() == a.width() + b.width()


@given(views, st.integers(-900, 900), st.integers(-900, 900), st.integers(1, 800))
def test_what_is_seen_covers_every_device_pixel(view, left, top, side):
    seen = view.seen(QRectF(left, top, side, side), (12_000, 12_000))
    for x, y in ((left, top), (left + side - 1, top + side - 1)):
        # Where a device pixel's centre lies in the image, it is in what is said to be seen.
        place = (x + 0.5 - view.x) / view.zoom, (y + 0.5 - view.y) / view.zoom
        if all(0 <= number < 12_000 for number in place):
            assert seen.holds(Rect(int(place[0]), int(place[1]), 1, 1))
            assert view.device(seen).contains(x, y)


@given(views, st.integers(0, 4000), st.integers(0, 4000), st.integers(1, 500))
def test_a_dirty_rectangle_covers_its_pixels(view, x, y, side):
    rect = Rect(x, y, side, side)
    device, logical = view.device(rect), view.logical(rect)
    assert logical.x() * view.ratio <= device.x() and logical.y() * view.ratio <= device.y()
    assert (logical.x() + logical.width()) * view.ratio >= device.x() + device.width() - 1e-6


@given(st.floats(0.05, 32), zooms, ratios, st.floats(0, 800), st.floats(0, 600))
def test_zooming_keeps_the_point_under_the_cursor(before, after, ratio, x, y):
    camera, widget, at = Camera(), QSize(801, 603), QPointF(x, y)
    camera.zoom, camera.x, camera.y = before, 321.5, 77.25
    point = camera.view(widget, ratio).to_image(at)
    camera.zoom_to(after, at, widget, ratio)
    now = camera.view(widget, ratio).to_screen(*point)
    # The picture's corner lies on a whole device pixel: half of one is lost on either side.
    slack = (0.5 + 0.5 * after / before + 1e-3) / ratio
    assert abs(now.x() - x) <= slack and abs(now.y() - y) <= slack


@given(st.integers(1, 12_000), st.integers(1, 12_000), ratios, st.booleans())
def test_a_fitted_picture_lies_inside(width, height, ratio, enlarge):
    camera, widget = Camera(), QSize(800, 600)
    camera.fit(Rect(0, 0, width, height), widget, ratio, enlarge)
    box = camera.view(widget, ratio).logical(Rect(0, 0, width, height))
    assert box.left() >= 0 and box.top() >= 0 and box.right() <= 800 and box.bottom() <= 600
    assert camera.fitting
    assert camera.zoom <= 1 or (enlarge and camera.zoom == int(camera.zoom))


def test_steps_stop_at_the_ends_and_at_one():
    assert 1.0 in STEPS and list(STEPS) == sorted(STEPS)
    camera = Camera()
    camera.zoom = 0.9
    assert camera.step(1) == 1.0
    camera.zoom = 1.0
    assert camera.step(1) == 1.5 and camera.step(-1) == pytest.approx(2 / 3)
    assert camera.step(100) == ZOOM_MOST and camera.step(-100) == ZOOM_LEAST


def test_the_picture_cannot_be_lost():
    camera = Camera()
    camera.move(1e6, -1e6, 1.0, Rect(0, 0, 300, 200))
    assert (camera.x, camera.y) == (0, 200)
