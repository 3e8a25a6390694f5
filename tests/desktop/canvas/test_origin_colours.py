"""Colours that can be read: places apart look apart, more is lighter, nearly everything is shown the other way."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from desktop.canvas.origin_colours import (
    LINES,
    MOST_USES,
    SIDE,
    heat_colours,
    heat_map,
    position_colours,
    position_map,
    shaded,
    use_heat,
)
from desktop.canvas.scene import BANNED, Scene
from desktop.canvas.tints import Tint
from desktop.document import SOURCE, Box, Document
from engine.image import Image
from engine.region import Rect


def luminance(colours: np.ndarray) -> np.ndarray:
    return np.asarray(colours[..., :3].astype(float) @ [0.2126, 0.7152, 0.0722])


def test_places_apart_have_colours_apart() -> None:
    part = SIDE // LINES
    middles = position_map()[part // 2 :: part, part // 2 :: part].astype(int)
    for y in range(LINES):
        for x in range(LINES):
            away = np.abs(middles - middles[y, x]).sum(axis=2)
            away[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] = 999
            assert away.min() > 12, (y, x)
    light = luminance(middles)
    assert light.max() - light.min() < 70, "it must not look like shading"


def test_the_map_is_stretched_over_what_was_used() -> None:
    within = Rect(100, 40, 50, 20)
    width = 400
    places = np.array([40 * width + 100, 59 * width + 149, 0, 399 * width + 399], np.int32)
    colours = position_colours(places, width, within)
    table = position_map()
    assert np.array_equal(colours[0], table[0, 0]) and np.array_equal(colours[2], table[0, 0])
    assert np.array_equal(colours[1], table[19 * SIDE // 20, 49 * SIDE // 50])
    assert np.array_equal(colours[3], table[-1, -1])


def test_hotter_is_lighter() -> None:
    assert (np.diff(luminance(heat_map())) > -0.5).all() and luminance(heat_map())[-1] > 200
    assert np.array_equal(heat_colours(np.array([-1, 0, 1, 2], np.float32)), heat_map()[[0, 0, 255, 255]])


def test_each_doubling_of_use_is_about_as_much_hotter() -> None:
    heat = use_heat(np.array([0, 1, 3, 7, MOST_USES, 100], np.float32))
    assert heat[0] == 0 and heat[-1] == heat[-2] == 1
    np.testing.assert_allclose(np.diff(heat[:4]), heat[1], rtol=1e-5)


def test_shaded_is_ready_to_be_laid_over() -> None:
    made = shaded(np.full((2, 3, 3), 7, np.uint8), np.array([[0, 0.5, 2]] * 2, np.float32))
    assert made.shape == (2, 3, 4) and made[0, :, 3].tolist() == [0, 128, 255] and not made.flags.writeable


def test_a_mask_of_nearly_everything_shows_what_it_leaves_out() -> None:
    document = Document(Image(np.zeros((300, 520, 3), np.uint8)))
    scene = Scene(document)
    tint = scene.tints[SOURCE]
    assert isinstance(tint, Tint)

    def shown(key: tuple[int, int, int]) -> QColor | None:
        image, known = tint.tile(key, 1e12)
        assert known
        return None if image is None else image.pixelColor(40, 40)

    def change(rect: Rect, erase: bool = False) -> None:
        with document.edit("Source") as edit:
            (edit.erase if erase else edit.cover)(document.source, Box(rect))
        scene.change(SOURCE, document.rect, 0)

    change(Rect(0, 0, 100, 100))
    green = shown((0, 0, 0))
    assert green is not None and green.green() > 150 and shown((0, 1, 0)) is None
    with document.edit("All") as edit:
        edit.fill(document.source)
    scene.change(SOURCE, document.rect, 0)
    assert shown((0, 0, 0)) is None, "nothing is left out"
    change(Rect(30, 30, 20, 20), erase=True)
    dark = shown((0, 0, 0))
    assert dark is not None and dark.green() == BANNED[0].green() and abs(dark.alphaF() - BANNED[1]) < 0.01
    assert shown((0, 1, 0)) is None
    change(Rect(0, 0, 260, 300), erase=True)
    assert shown((0, 0, 0)) is None and shown((0, 1, 0)) is not None, "half of it is green again"


def test_coverage_is_about_right() -> None:
    document = Document(Image(np.zeros((1024, 1024, 1), np.uint8)))
    assert document.source.coverage == 0
    with document.edit("Some") as edit:
        edit.cover(document.source, Box(Rect(0, 0, 1024, 700)))
    assert abs(document.source.coverage - 700 / 1024) < 0.03
    with document.edit("All") as edit:
        edit.fill(document.source)
    assert document.source.coverage == 1
