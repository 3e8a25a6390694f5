"""Colours that say where something comes from, how sure it is, and how often it was used. Arrays in, arrays out."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes, frozen
from engine.region import Rect

SIDE = 128
"""Steps of the map of positions along each side."""
LINES = 8
"""Parts that its fine lines cut each side into, so that a place can be found again by counting."""
MOST_USES = 8.0
"""How often a place must have been used to get the hottest colour."""


@cache
def position_map() -> Bytes:
    """A colour for every place of a picture: uint8 (SIDE, SIDE, 3), rows are y.

    Left is bluish, right yellowish, the top reddish, the bottom greenish, all about equally light, so that the map
    tells places apart without looking like shading; every eighth of a side has a thin darker line.
    """
    steps = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    a = np.broadcast_to(-steps[:, None] * 0.16, (SIDE, SIDE))
    b = np.broadcast_to(steps[None] * 0.15, (SIDE, SIDE))
    light = np.full((SIDE, SIDE), 0.74)
    line = np.arange(SIDE) % (SIDE // LINES) == 0
    light[line] -= 0.1
    light[:, line & (np.arange(SIDE) > 0)] -= 0.1
    return frozen(_from_oklab(light, a, b))


@cache
def heat_map() -> Bytes:
    """From cold to hot: uint8 (256, 3), lightness rising all the way (dark violet, red, orange, pale yellow)."""
    stops = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    light = np.interp(np.linspace(0, 1, 256), stops, [0.22, 0.42, 0.58, 0.76, 0.96])
    a = np.interp(np.linspace(0, 1, 256), stops, [0.05, 0.15, 0.17, 0.05, -0.02])
    b = np.interp(np.linspace(0, 1, 256), stops, [-0.09, -0.03, 0.09, 0.15, 0.09])
    return frozen(_from_oklab(light, a, b))


def position_colours(places: NDArray[np.int32], width: int, within: Rect) -> Bytes:
    """The colour of each place: uint8 (..., 3).

    Args:
        places: int32, y * width + x of a picture; what lies outside `within` gets the colour of its rim.
        width: of the picture.
        within: the part of it that the map is stretched over.
    """
    y, x = np.divmod(places, np.int32(width))
    row = np.clip((y.astype(np.int64) - within.y) * SIDE // max(within.h, 1), 0, SIDE - 1)
    column = np.clip((x.astype(np.int64) - within.x) * SIDE // max(within.w, 1), 0, SIDE - 1)
    return position_map()[row, column]


def heat_colours(values: NDArray[np.float32]) -> Bytes:
    """uint8 (..., 3) of values 0..1."""
    return heat_map()[(np.clip(values, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)]


def use_heat(uses: NDArray[np.float32]) -> NDArray[np.float32]:
    """0..1 of how often places were used: 0 for never, each doubling about as much hotter, 1 from MOST_USES on."""
    scaled = np.log2(1 + uses) / np.float32(np.log2(1 + MOST_USES))
    return np.minimum(scaled, 1).astype(np.float32)


def _from_oklab(light: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> Bytes:
    """OKLab (Ottosson 2020) to sRGB, uint8 (..., 3); what is out of gamut is clipped."""
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.stack(
        [
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        ],
        axis=-1,
    )
    linear = np.clip(linear, 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    stored: Bytes = (curved * 255 + 0.5).astype(np.uint8)
    return stored


def shaded(colours: Bytes, opacity: NDArray[np.float32]) -> Bytes:
    """Colours, uint8 (h, w, 3), at an opacity of 0..1 each: uint8 (h, w, 4), read-only, to lay over a picture."""
    alpha = (np.clip(opacity, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return frozen(np.dstack([colours, alpha]))
