"""Pictures: depths there and back, freezing, and what a replacement leaves alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.image import Image, as_mask, displayed, frozen
from engine.region import Rect


def every_value(dtype: Any) -> Image:
    count = np.iinfo(dtype).max + 1
    return Image(np.arange(count, dtype=dtype).reshape(-1, 16, 1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_whole_value_comes_back_exactly(dtype: Any) -> None:
    image = every_value(dtype)
    values = image.decoded()
    assert values.dtype == np.float32 and values.min() == 0 and values.max() == 1
    assert np.array_equal(image.encoded(values), image.pixels)


def test_float_values_come_back_exactly_and_high_dynamic_range_closely() -> None:
    rng = np.random.default_rng(1)
    image = Image(rng.random((9, 8, 3), np.float32))
    assert np.array_equal(image.encoded(image.decoded()), image.pixels)
    bright = Image(rng.random((9, 8, 3), np.float32) * 12, peak=12.0)
    assert bright.decoded().max() <= 1
    np.testing.assert_allclose(bright.encoded(bright.decoded()), bright.pixels, rtol=3e-7)


def test_linear_light_goes_through_the_srgb_curve_and_alpha_does_not() -> None:
    """Published pairs (IEC 61966-2-1): linear 0.0031308 is 0.04045, 0.21404114 is 0.5, and 1 is 1."""
    linear = np.array([0.0, 0.0031308, 0.21404114, 1.0], np.float32)
    image = Image(np.repeat(linear[None, :, None], 4, axis=2), linear=True)
    values = image.decoded()
    np.testing.assert_allclose(values[0, :, 0], [0, 0.04045, 0.5, 1], atol=2e-6)
    assert np.array_equal(values[0, :, 3], linear)
    np.testing.assert_allclose(image.encoded(values), image.pixels, atol=1e-6)


def test_what_is_not_a_number_becomes_one() -> None:
    values = np.array([[[np.nan], [np.inf], [-np.inf], [-3], [0.5]]], np.float32)
    assert Image(values).decoded()[0, :, 0].tolist() == [0, 1, 0, 0, 0.5]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pixels_and_decoded_parts_are_read_only(channels: int) -> None:
    image = Image(np.zeros((5, 6, channels), np.uint8))
    for array in (image.pixels, image.decoded(), image.decoded(Rect(1, 1, 2, 3))):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0, 0] = 1
    assert image.decoded(Rect(1, 1, 2, 3)).shape == (3, 2, channels)
    assert (image.size, image.channels, image.has_alpha) == ((6, 5), channels, channels in (2, 4))


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 5), np.uint8), np.zeros((4, 4, 3))])
def test_other_arrays_are_no_images(pixels: Any) -> None:
    with pytest.raises(ValueError, match="an image is"):
        Image(pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_patching_changes_only_its_rectangle(dtype: Any) -> None:
    rng = np.random.default_rng(2)
    top = 1 if dtype == np.float32 else np.iinfo(dtype).max
    image = Image((rng.random((20, 30, 3)) * top).astype(dtype), icc=b"profile", attributes={"Artist": "A"})
    rect = Rect(4, 3, 10, 8)
    stored = image.encoded(rng.random((8, 10, 3), np.float32))
    result = image.patched(rect, stored)
    changed = np.zeros((20, 30), np.bool_)
    changed[rect.slices] = True
    assert np.array_equal(result.pixels[~changed], image.pixels[~changed])
    assert np.array_equal(result.pixels[rect.slices], stored)
    assert (result.icc, result.attributes, result.pixels.dtype) == (image.icc, image.attributes, dtype)


def test_a_picture_like_another_keeps_its_depth_and_a_profile_that_still_fits() -> None:
    image = Image(np.zeros((2, 2, 3), np.uint16), icc=b"colours", notes=("first of 12 frames",), name="wall")
    made = image.like(np.ones((5, 4, 4), np.float32))
    assert (made.pixels.dtype, made.size, made.channels, made.icc) == (np.uint16, (4, 5), 4, b"colours")
    assert (made.notes, made.name, int(made.pixels.max())) == ((), "wall", 65535)
    assert image.like(np.ones((5, 4, 1), np.float32)).icc is None, "a colour profile says nothing about gray"


def test_masks_from_anything() -> None:
    assert as_mask(np.array([[0, 255]], np.uint8)).tolist() == [[0, 1]]
    assert as_mask(np.array([[0, 65535]], np.uint16)).tolist() == [[0, 1]]
    assert as_mask(np.array([[False, True]])).tolist() == [[0, 1]]
    assert as_mask(np.array([[-1, 2, np.nan, 0.25]], np.float64)).tolist() == [[0, 1, 0, 0.25]]
    colours = np.array([[[255, 0, 0, 9]]], np.uint8)
    np.testing.assert_allclose(as_mask(colours), [[1 / 3]], rtol=1e-6)
    assert as_mask(np.array([[[51, 0]]], np.uint8))[0, 0] == pytest.approx(0.2), "alpha is left out"
    assert not as_mask(np.zeros((2, 2), np.float32)).flags.writeable


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_the_display_form(channels: int) -> None:
    values = np.linspace(-0.1, 1.1, 24 * channels, dtype=np.float32).reshape(4, 6, channels)
    shown = displayed(values)
    assert shown.shape == (4, 6, 4) and shown.dtype == np.uint8 and not shown.flags.writeable
    eight = (np.clip(values.astype(np.float64), 0, 1) * 255 + 0.5).astype(np.uint8)
    assert np.array_equal(shown[..., :3], np.repeat(eight[..., :1], 3, 2) if channels < 3 else eight[..., :3])
    assert (shown[..., 3] == (255 if channels in (1, 3) else eight[..., -1])).all()


def test_frozen_is_contiguous_and_read_only() -> None:
    array = frozen(np.arange(24).reshape(4, 6)[:, ::2])
    assert array.flags.c_contiguous and not array.flags.writeable and array[1, 1] == 8
