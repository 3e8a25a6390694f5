"""Arrays and QImages: values, lifetimes, outlines."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage

from desktop.pixels import filled, from_qimage, tint, tinted, to_qimage
from engine.region import Rect


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, shape, np.uint8)


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]))
def test_opaque_pictures_come_back_bit_for_bit(height, width, channels):
    pixels = noise(height, width, channels)
    image = to_qimage(pixels)
    assert image.format() == QImage.Format.Format_RGB32
    again = from_qimage(image)
    assert again.shape == (height, width, 3)
    assert (again == (pixels if channels == 3 else pixels.repeat(3, axis=2))).all()


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_is_premultiplied_for_painting(channels):
    pixels = noise(40, 30, channels)
    image = to_qimage(pixels)
    assert image.format() == QImage.Format.Format_ARGB32_Premultiplied
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(40, 30, 4).astype(int)
    alpha = pixels[..., -1].astype(int)
    red = pixels[..., 0].astype(int)
    assert (raw[..., 3] == alpha).all()
    assert np.abs(raw[..., 2] - red * alpha / 255).max() <= 1
    again = from_qimage(image)
    assert again.shape == (40, 30, 4) and (again[..., 3] == alpha).all()


def test_straight_alpha_comes_in_unchanged():
    pixels = noise(5, 7, 4)
    image = QImage(pixels.data, 7, 5, 28, QImage.Format.Format_RGBA8888)
    assert (from_qimage(image) == pixels).all()


@pytest.mark.parametrize("part", [np.s_[3:20, 5:17], np.s_[::3, :], np.s_[::3, ::2], np.s_[::-1, :], np.s_[4:5, 6:7]])
def test_parts_of_a_picture_need_not_be_contiguous(part):
    pixels = noise(31, 29, 3)
    assert (from_qimage(to_qimage(pixels[part])) == pixels[part]).all()


def test_shrinking_takes_the_mean():
    pixels = noise(256, 512, 3)
    small = from_qimage(to_qimage(pixels, (128, 64))).astype(float)
    mean = pixels.reshape(64, 4, 128, 4, 3).mean(axis=(1, 3))
    assert np.abs(small - mean).max() <= 2
    white = np.zeros((64, 64, 4), np.uint8)
    white[:, ::2] = 255  # the transparent half is black, which must not show
    small = from_qimage(to_qimage(white, (16, 16)))
    assert (small[..., :3] >= 250).all() and np.abs(small[..., 3].astype(int) - 128).max() <= 2


def test_an_empty_picture_is_an_empty_image():
    assert to_qimage(np.zeros((0, 5, 3), np.uint8)).isNull()


def test_images_own_their_memory():
    pixels = noise(300, 300, 3)
    image = to_qimage(pixels)
    before = from_qimage(image)
    pixels[:] = 0
    assert (from_qimage(image) == before).all()
    view = from_qimage(image)
    del image
    gc.collect()
    assert (view == before).all() and not view.flags.writeable


def test_this_pyside_shares_an_arrays_memory_and_keeps_it_alive():
    # What `tinted` and the canvas's layers of colour rely on. If a release changes it, this fails before a window does.
    pixels = np.zeros((8, 8), np.uint32)
    alive = weakref.ref(pixels)
    image = QImage(pixels.data.cast("B"), 8, 8, 32, QImage.Format.Format_ARGB32_Premultiplied)
    pixels[3, 4] = 0xFF112233
    assert image.pixel(4, 3) == 0xFF112233
    copy = QImage(image)
    del pixels, image
    gc.collect()
    assert alive() is not None and copy.pixel(4, 3) == 0xFF112233
    del copy
    gc.collect()
    assert alive() is None


def test_many_images_leave_no_memory_behind():
    for _ in range(3):
        gone = []
        for _ in range(50):
            pixels = noise(64, 64, 3)
            gone.append(weakref.ref(pixels))
            to_qimage(pixels)
            del pixels
        gc.collect()
        assert not any(reference() is not None for reference in gone)


def test_a_tint_goes_from_nothing_to_its_opacity():
    table = tint(QColor(255, 0, 0), 0.5)
    assert table[0] == 0
    assert table[255] == 0x80800000
    image = tinted(np.array([[0, 255], [128, 0]], np.uint8), table)
    assert [image.pixel(x, y) >> 24 for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))] == [0, 128, 64, 0]


@given(st.lists(st.tuples(st.floats(-10, 50), st.floats(-10, 40)), min_size=3, max_size=9))
def test_outlines_are_filled_as_crossings_say(outline):
    rect = Rect(3, 2, 35, 27)
    values = filled(outline, rect)
    edges = list(zip(outline, outline[1:] + outline[:1], strict=True))
    for y in range(rect.y, rect.bottom, 5):
        for x in range(rect.x, rect.right, 5):
            px, py = x + 0.5, y + 0.5
            near = min(_distance(px, py, a, b) for a, b in edges)
            if near > 1:  # the rim is antialiased
                crossings = sum(
                    (a[1] > py) != (b[1] > py) and px < a[0] + (py - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
                    for a, b in edges
                )
                assert values[y - rect.y, x - rect.x] == (255 if crossings % 2 else 0)


def _distance(x: float, y: float, a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = min(max(((x - a[0]) * dx + (y - a[1]) * dy) / length, 0), 1) if length else 0
    return float(np.hypot(x - a[0] - t * dx, y - a[1] - t * dy))


def test_outlines_join_without_a_seam():
    outline = [(3.2, 1.1), (90.7, 30.3), (40.5, 88.8)]
    whole = filled(outline, Rect(0, 0, 100, 100))
    parts = [filled(outline, Rect(0, top, 100, 25)) for top in range(0, 100, 25)]
    assert (np.concatenate(parts) == whole).all()
