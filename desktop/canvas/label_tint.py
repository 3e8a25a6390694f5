"""A label map as a layer of flat colours over the picture, each area with a crisp rim."""

from __future__ import annotations

import time
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from desktop.canvas.tiles import SIDE, TileKey
from desktop.canvas.tints import TILES
from desktop.document import LabelMap, Palette
from desktop.document.mask import TILE, Key, tile_keys, tile_rect
from desktop.pixels import premultiplied
from engine.image import Bytes
from engine.region import Rect

Places = NDArray[np.intp]

RIM = 0.45
"""How much more opaque an area's rim is than its inside."""


class LabelTint:
    """The tiles of one label map. What a stroke changes is redone at once, and nothing else.

    Args:
        mask: what to show.
        palette: its colours.
        opacity: 0..1 of the areas.
    """

    def __init__(self, mask: LabelMap, palette: Palette, opacity: float) -> None:
        self.mask = mask
        self._tiles: OrderedDict[TileKey, tuple[QImage, NDArray[np.uint32]] | None] = OrderedDict()
        self._tables: tuple[NDArray[np.uint32], NDArray[np.uint32]]
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

    def tile(self, key: TileKey, until: float) -> tuple[QImage | None, bool]:
        """A tile's colours, premultiplied, and whether they are known; None where there are no labels or they are not.

        Args:
            key: which.
            until: `time.perf_counter()` after which nothing is made any more.
        """
        if key not in self._tiles:
            if time.perf_counter() > until:
                return None, False
            self._tiles[key] = self._made(key)
            if len(self._tiles) > TILES:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end(key)
        made = self._tiles[key]
        return (made[0] if made else None), True

    def change(self, rect: Rect, shown: int) -> None:
        """The map changed inside `rect`.

        Tiles of the level `shown` of which a part changed are redone, others are made when they are next looked at.
        """
        for key, made in tuple(self._tiles.items()):
            level, column, row = key
            place = self._place(key)
            part = rect.grown(1 << level).clipped(place)
            if part.empty:
                continue
            if made is None or level != shown or 2 * part.area > place.area:
                del self._tiles[key]
                continue
            step = 1 << level
            x, y = part.x // step, part.y // step
            own = Rect(x, y, -(-part.right // step) - x, -(-part.bottom // step) - y)
            source = Rect(own.x * step, own.y * step, own.w * step, own.h * step)
            made[1][own.moved(-column * SIDE, -row * SIDE).slices] = self._colours(source, level)

    def _place(self, key: TileKey) -> Rect:
        level, column, row = key
        side = SIDE << level
        return Rect(column * side, row * side, side, side).clipped(self.mask.rect)

    def _made(self, key: TileKey) -> tuple[QImage, NDArray[np.uint32]] | None:
        place = self._place(key)
        if self.empty_in(place.grown(1 << key[0]).clipped(self.mask.rect)):
            return None
        colours = np.ascontiguousarray(self._colours(place, key[0]))
        height, width = colours.shape
        form = QImage.Format.Format_ARGB32_Premultiplied
        # Shared on purpose: `change` writes into the array, and the next paint shows it.
        return QImage(colours.data.cast("B"), width, height, 4 * width, form), colours

    def _colours(self, rect: Rect, level: int) -> NDArray[np.uint32]:
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

    def empty_in(self, rect: Rect) -> bool:
        """Whether there is surely nothing to show inside `rect`."""
        return all(self.mask.tile(key) is None for key in tile_keys(rect))

    def part(self, key: Key, ys: Places, xs: Places) -> Bytes | None:
        """The labels of one of the map's tiles in these rows and columns, (len(ys), len(xs)); None for all 0."""
        tile, place = self.mask.tile(key), tile_rect(key)
        return None if tile is None else tile[np.ix_(ys - place.y, xs - place.x)]
