"""Tiles, tints and scenes."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QColorSpace

from desktop.canvas.scene import Preview, Scene
from desktop.canvas.tiles import SIDE, Pyramid, display_form, level_for
from desktop.canvas.tints import Tint, shrunk
from desktop.document import STYLES, Box, Capsule, Document
from desktop.pixels import from_qimage
from engine.image import Image, displayed
from engine.region import Rect


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, shape, np.uint8)


def now() -> float:
    return time.perf_counter() + 60


def made(pyramid: Pyramid, key: tuple[int, int, int]) -> np.ndarray:
    image, fresh = pyramid.tile(key, now())
    assert image is not None and fresh
    return from_qimage(image).astype(int)


def test_levels_show_pixels_at_half_to_full_size():
    for zoom in (64, 1, 0.99, 0.5, 0.49, 0.25, 1 / 48, 1 / 64):
        shown = zoom * 2 ** level_for(zoom)
        assert zoom >= 1 or 0.5 < shown <= 1 or shown == pytest.approx(1)


def test_level_zero_is_the_picture_itself():
    pixels = noise(700, 600, 3)
    pyramid = Pyramid((600, 700), lambda rect, factor: pixels[rect.slices])
    for key in pyramid.keys(Rect(0, 0, 600, 700), 0):
        assert (made(pyramid, key) == pixels[pyramid.place(key).slices]).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_coarser_levels_are_means(kind, level):
    y, x = np.mgrid[0:1104, 0:1312].astype(np.float32)
    smooth = np.stack([np.sin(x / 150), np.cos(y / 170), np.sin((x + y) / 200)], axis=2) / 2 + 0.5
    if kind is np.float32:
        image = Image(smooth.astype(np.float32))
    else:
        image = Image((smooth * np.iinfo(kind).max).astype(kind))
    pyramid = Pyramid(image.size, lambda rect, factor: display_form(image, image.pixels[rect.slices], factor))
    tile = made(pyramid, (level, 0, 0))
    side = 1 << level
    rows, columns = min(SIDE, 1104 // side), min(SIDE, 1312 // side)
    mean = smooth[: rows * side, : columns * side].reshape(rows, side, columns, side, 3).mean(axis=(1, 3)) * 255
    assert np.abs(tile[:rows, :columns] - mean).max() < 4


def test_noise_becomes_gray_far_away():
    pixels = noise(4096, 4096, 1)
    pyramid = Pyramid((4096, 4096), lambda rect, factor: display_form(Image(pixels), pixels[rect.slices], factor))
    for level, most in ((1, 80), (2, 45), (3, 30), (4, 25)):
        assert made(pyramid, (level, 0, 0))[..., 0].std() < most / 1.5


def test_a_tile_is_stale_until_it_is_made_again_and_shown_meanwhile():
    pixels = np.zeros((600, 600, 3), np.uint8)
    pyramid = Pyramid((600, 600), lambda rect, factor: pixels[rect.slices])
    assert pyramid.tile((0, 0, 0), 0) == (None, False)
    made(pyramid, (0, 0, 0))
    made(pyramid, (0, 1, 1))
    pixels[:] = 9
    pyramid.change(Rect(0, 0, 10, 10))
    image, fresh = pyramid.tile((0, 0, 0), 0)
    assert image is not None and not fresh and from_qimage(image).max() == 0
    assert pyramid.tile((0, 1, 1), 0)[1]
    assert made(pyramid, (0, 0, 0)).min() == 9


def test_the_cache_is_bounded_and_keeps_what_was_seen_last():
    pixels = np.zeros((3000, 3000, 3), np.uint8)
    pyramid = Pyramid((3000, 3000), lambda rect, factor: pixels[rect.slices], limit=10 * SIDE * SIDE * 4)
    keys = pyramid.keys(Rect(0, 0, 3000, 3000), 0)
    for key in keys:
        made(pyramid, key)
        assert pyramid.nbytes <= 10 * SIDE * SIDE * 4
    assert pyramid.tile(keys[-1], 0)[0] is not None and pyramid.tile(keys[0], 0)[0] is None


def test_a_coarser_tile_stands_in():
    pixels = noise(2000, 2000, 3)
    pyramid = Pyramid((2000, 2000), lambda rect, factor: pixels[rect.slices])
    assert pyramid.coarser((0, 5, 6)) is None
    made(pyramid, (2, 1, 1))
    found = pyramid.coarser((0, 5, 6))
    assert found is not None and found[0] == (2, 1, 1)
    assert pyramid.coarser((0, 1, 1)) is None


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 2, 4]))
def test_shrunk_masks_are_means(height, width, factor):
    values = noise(height, width)
    rows, columns = -(-height // factor), -(-width // factor)
    padded = np.pad(values, ((0, rows * factor - height), (0, columns * factor - width)), mode="edge")
    mean = padded.reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    assert np.abs(shrunk(values, factor) - mean).max() <= 0.5


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_a_tint_follows_the_strokes(level):
    document = Document(Image(np.zeros((1500, 1700, 1), np.uint8)))
    tint = Tint(document.hole, QColor(255, 0, 0), 0.5)
    document.watch(lambda what, rect: tint.change(rect, level) if what == "hole" else None)
    keys = [(level, column, row) for column in range((1700 >> level) // SIDE + 1) for row in range(2)]
    for key in keys:
        tint.tile(key, now())
    rng = np.random.default_rng(1)
    for k in range(12):
        a, b = rng.uniform(0, 1500, 2).tolist(), rng.uniform(0, 1500, 2).tolist()
        with document.edit("stroke") as edit:
            stamp = Capsule((a[0], a[1]), (b[0], b[1]), 30)
            (edit.erase if k % 4 == 3 else edit.cover)(document.hole, stamp)
        fresh = Tint(document.hole, QColor(255, 0, 0), 0.5)
        for key in keys:
            shown, expected = tint.tile(key, now())[0], fresh.tile(key, now())[0]
            if expected is None:
                assert shown is None or not from_qimage(shown).any()
            else:
                assert shown is not None and shown == expected


@pytest.mark.parametrize("level", [1, 2, 3, 5])
def test_a_tint_of_solid_tiles_is_the_mean_of_the_mask(level):
    document = Document(Image(np.zeros((1500, 1700, 1), np.uint8)))
    with document.edit("box") as edit:
        edit.cover(document.hole, Box(Rect(101, 203, 1400, 1250)))
        edit.erase(document.hole, Box(Rect(600, 600, 300, 300)))
    tint = Tint(document.hole, QColor(255, 0, 0), 1.0)
    side = 1 << level
    rows, columns = -(-1500 // side), -(-1700 // side)
    padded = np.pad(document.hole.array(), ((0, rows * side - 1500), (0, columns * side - 1700)), mode="edge")
    mean = padded.reshape(rows, side, columns, side).mean(axis=(1, 3))
    for column in range(-(-mean.shape[1] // SIDE)):
        image, fresh = tint.tile((level, column, 0), now())
        expected = mean[:SIDE, column * SIDE : (column + 1) * SIDE]
        if image is None:
            assert fresh and not expected.any()
            continue
        alpha = from_qimage(image)[..., 3].astype(int)
        assert alpha.shape == expected.shape
        # Rims are sampled, everything else is exact.
        flat = (expected == 0) | (expected == 255)
        assert (alpha[flat] == expected[flat]).all() and flat.mean() > 0.8
    assert tint.tile((level, 0, 1), 0) == (None, False)


def test_previews_are_merged_by_their_rectangles():
    preview = Preview((800, 700))
    expected = np.zeros((700, 800, 4), np.uint8)
    rng = np.random.default_rng(2)
    for x, y, w, h in ((100, 100, 50, 60), (140, 90, 100, 20), (300, 400, 300, 200), (0, 0, 800, 700), (5, 5, 5, 5)):
        frame = rng.integers(0, 256, (h, w, 4), np.uint8)
        frame[..., 3] = 255
        frame.setflags(write=False)
        preview.add(Rect(x, y, w, h), frame)
        expected[y : y + h, x : x + w] = frame
        for key in preview.pyramid.keys(Rect(0, 0, 800, 700), 0):
            tile = made(preview.pyramid, key)
            assert (tile == expected[preview.pyramid.place(key).slices]).all()


def test_a_preview_has_tiles_only_where_it_was_sent():
    preview = Preview((4000, 3000))
    preview.add(Rect(1000, 1000, 100, 100), np.full((100, 100, 4), 255, np.uint8))
    keys = preview.pyramid.keys(Rect(0, 0, 4000, 3000), 0)
    assert set(keys) == {(0, 3, 3), (0, 4, 3), (0, 3, 4), (0, 4, 4)}
    assert preview.pyramid.keys(Rect(0, 0, 500, 500), 0) == []


def test_a_scene_knows_what_is_over_what():
    document = Document(Image(noise(300, 400, 3)))
    scene = Scene(document)
    assert scene.layers == [scene.pyramid] and not scene.has_alpha
    names = [tint.mask.name for tint in scene.masks]
    assert names[0] == "labels" and {"hole", "source", *STYLES} < set(names)
    scene.hidden.add("source")
    assert [tint.mask.name for tint in scene.masks] == [name for name in names if name != "source"]
    scene.preview = Preview((400, 300))
    assert scene.layers == [scene.pyramid, scene.preview.pyramid]
    scene.preview = Preview((800, 300))
    assert scene.layers == [scene.preview.pyramid] and scene.size == (800, 300) and scene.masks == []
    before = document.picture.pixels.copy()
    with document.edit("paste") as edit:
        edit.replace(Rect(0, 0, 9, 9), np.zeros((9, 9, 3), np.uint8))
    scene.compare(True)
    assert scene.original is not None and scene.layers == [scene.original] and scene.masks == []
    assert (made(scene.original, (0, 0, 0)) == before[:256, :256]).all()
    scene.compare(False)
    assert scene.size == (800, 300)


@pytest.mark.parametrize("channels", [3, 4])
def test_colours_are_those_of_the_picture_s_profile(channels):
    profile = bytes(QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb).iccProfile().data())
    pixels = np.full((50, 60, channels), 255, np.uint8)
    pixels[..., :3] = (144, 200, 60)
    document = Document(Image(pixels, icc=profile))
    scene = Scene(document)
    shown = made(scene.pyramid, (0, 0, 0))
    expected = np.array(adobe_to_srgb(144, 200, 60))
    assert np.abs(shown[..., :3] - expected).max() <= 2 and np.abs(expected - (144, 200, 60)).max() > 20
    scene.show(Rect(0, 0, 60, 50), np.dstack([pixels[..., :3], np.full((50, 60), 255, np.uint8)]), (60, 50))
    assert scene.preview is not None
    assert np.abs(made(scene.preview.pyramid, (0, 0, 0))[..., :3] - expected).max() <= 2
    with document.edit("plain") as edit:
        edit.change_picture(Image(pixels))
    scene.change("picture", document.rect, 0)
    assert (made(scene.pyramid, (0, 0, 0))[..., :3] == (144, 200, 60)).all()
    broken = Scene(Document(Image(pixels, icc=b"no profile at all")))
    assert (made(broken.pyramid, (0, 0, 0))[..., :3] == (144, 200, 60)).all()


def adobe_to_srgb(*colour: int) -> list[float]:
    """By the two standards' primaries and curves (both have the white of D65)."""
    linear = (np.array(colour) / 255) ** (563 / 256)
    adobe = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
    srgb = np.array([[0.41239, 0.35758, 0.18048], [0.21264, 0.71517, 0.07219], [0.01933, 0.11919, 0.95053]])
    light = np.clip(np.linalg.solve(srgb, adobe @ linear), 0, 1)
    return [float(255 * (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055)) for v in light]


def test_float_pictures_are_shown_as_the_engine_sees_them():
    pixels = np.random.default_rng(1).uniform(-1, 5, (50, 60, 3)).astype(np.float32)
    pixels[0, 0] = np.nan
    image = Image(pixels, peak=4.0, linear=True)
    assert (display_form(image, image.pixels, 1) == displayed(image.decoded())[..., :3]).all()


def test_masks_of_whole_tiles_are_tinted():
    document = Document(Image(np.zeros((600, 600, 1), np.uint8)))
    with document.edit("fill") as edit:
        edit.cover(document.hole, Box(document.rect))
    image = Tint(document.hole, QColor(255, 0, 0), 0.5).tile((0, 1, 1), now())[0]
    assert image is not None and image.pixel(5, 5) == 0x80800000
