"""A label map as a layer of flat colours over the picture, each area with a crisp rim."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from desktop.canvas.tinted import Colours, TintedTiles
from desktop.document import LabelMap, Palette
from desktop.document.mask import TILE, Key, tile_keys, tile_rect
from desktop.pixels import premultiplied
from engine.image import Bytes
from engine.region import Rect

Places = NDArray[np.intp]

RIM = 0.45
"""How much more opaque an area's rim is than its inside."""


class LabelTint(TintedTiles):
    """The tiles of one label map.

    Args:
        mask: what to show.
        palette: its colours.
        opacity: 0..1 of the areas.
    """

    def __init__(self, mask: LabelMap, palette: Palette, opacity: float) -> None:
        super().__init__(mask)
        self.mask = mask
        self._tables: tuple[Colours, Colours]
        self.look(palette, opacity)

    def look(self, palette: Palette, opacity: float) -> None:
        """Other colours, or another opacity."""
        shown = np.zeros(256, np.float64)
        for label in palette:
            shown[label.number] = 1
        rim = min(opacity + RIM, 1.0) if opacity > 0 else 0.0
        colours = palette.colours()
        self._tables = premultiplied(colours, shown * opacity), premultiplied(colours, shown * rim)
        self._tiles.clear()

    def reach(self, level: int) -> int:
        return 1 << level

    def colours(self, rect: Rect, level: int) -> Colours:
        """Labels are never mixed: of the pixels that one on the screen stands for, one says its colour."""
        factor = 1 << level
        values = self._values(rect.x - factor, rect.y - factor, rect, factor)
        inside = values[1:, 1:]
        rim = (inside != values[1:, :-1]) | (inside != values[:-1, 1:])
        areas, rims = self._tables
        return np.where(rim, rims[inside], areas[inside])

    def _values(self, left: int, top: int, rect: Rect, factor: int) -> Bytes:
        """One label of each factor x factor block from (left, top) to the end of `rect`; the map's edge is repeated."""
        width, height = self.mask.size
        xs = np.arange(left, rect.right, factor) + factor // 2
        ys = np.arange(top, rect.bottom, factor) + factor // 2
        xs, ys = np.clip(xs, 0, width - 1), np.clip(ys, 0, height - 1)
        values = np.zeros((len(ys), len(xs)), np.uint8)
        for key in tile_keys(Rect(int(xs[0]), int(ys[0]), int(xs[-1] - xs[0]) + 1, int(ys[-1] - ys[0]) + 1)):
            place = tile_rect(key)
            a, b = np.searchsorted(xs, (place.x, place.x + TILE))
            c, d = np.searchsorted(ys, (place.y, place.y + TILE))
            part = self.part(key, ys[c:d], xs[a:b])
            if part is not None:
                values[c:d, a:b] = part
        return values

    # What is shown.

    def nothing_in(self, rect: Rect) -> bool:
        return all(self.mask.tile(key) is None for key in tile_keys(rect))

    def part(self, key: Key, ys: Places, xs: Places) -> Bytes | None:
        """The labels of one of the map's tiles in these rows and columns, (len(ys), len(xs)); None for all 0."""
        tile, place = self.mask.tile(key), tile_rect(key)
        return None if tile is None else tile[np.ix_(ys - place.y, xs - place.x)]
