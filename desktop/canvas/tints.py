"""A mask as a layer of colour over the picture."""

from __future__ import annotations

import time
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from desktop.canvas.tiles import SIDE, TileKey, every
from desktop.document import Mask
from desktop.document.mask import TILE, solid, tile_keys, tile_rect
from desktop.pixels import tint
from engine.image import Bytes
from engine.region import Rect

TILES = 400
"""How many a layer keeps: 100 MB at most, and as a rule far less, as empty ones are none."""


class Tint:
    """The tiles of one mask in one colour. What a stroke changes is redone at once, and nothing else.

    Args:
        mask: what to show.
        colour, opacity: of a mask of 255.
    """

    def __init__(self, mask: Mask, colour: QColor, opacity: float) -> None:
        self.mask = mask
        self._plain = self._table = tint(colour, opacity)
        self._turned = False
        self._tiles: OrderedDict[TileKey, tuple[QImage, NDArray[np.uint32]] | None] = OrderedDict()

    def turn(self, turned: bool, colour: QColor, opacity: float) -> None:
        """Shows what is not in the mask instead, in another colour; or what is, as usual."""
        if turned != self._turned:
            self._turned = turned
            self._table = tint(colour, opacity)[::-1].copy() if turned else self._plain
            self._tiles.clear()

    def tile(self, key: TileKey, until: float) -> tuple[QImage | None, bool]:
        """A tile's colours, premultiplied, and whether they are known; None where the mask is empty or they are not.

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
        """The mask changed inside `rect`.

        Tiles of the level `shown` of which a part changed are redone, others are made when they are next looked at.
        """
        for key, made in tuple(self._tiles.items()):
            level, column, row = key
            place = self._place(key)
            part = place.clipped(rect)
            if part.empty:
                continue
            if made is None or level != shown or 2 * part.area > place.area:
                del self._tiles[key]
                continue
            step = 1 << level
            x, y = part.x // step, part.y // step
            own = Rect(x, y, -(-part.right // step) - x, -(-part.bottom // step) - y)
            source = Rect(own.x * step, own.y * step, own.w * step, own.h * step)
            values = self._values(source, level)
            made[1][own.moved(-column * SIDE, -row * SIDE).slices] = self._table[values]

    def _place(self, key: TileKey) -> Rect:
        level, column, row = key
        side = SIDE << level
        return Rect(column * side, row * side, side, side).clipped(self.mask.rect)

    def _values(self, rect: Rect, level: int) -> Bytes:
        """The mask inside `rect` at a level; fine structure is sampled, as a mask has little of it."""
        rect = rect.clipped(self.mask.rect)
        factor = 1 << level
        if level == 0 or max(rect.size) < 2 * TILE or level > 7:
            return self._shrunk(self.mask.crop(rect), factor)
        # Most tiles of a large mask are all one value: nothing to be worked out.
        values = np.zeros((-(-rect.h // factor), -(-rect.w // factor)), np.uint8)
        for key in tile_keys(rect):
            tile = self.mask.tile(key)
            if tile is not None:
                place = tile_rect(key)
                part = place.clipped(rect)
                x, y = (part.x - rect.x) // factor, (part.y - rect.y) // factor
                first = int(tile[0, 0])
                inner = part.moved(-place.x, -place.y).slices
                small = first if tile is solid(first) else self._shrunk(tile[inner], factor)
                values[y : y - (-part.h // factor), x : x - (-part.w // factor)] = small
        return values

    @staticmethod
    def _shrunk(values: Bytes, factor: int) -> Bytes:
        step = max(1, factor // 4)
        return shrunk(values[every(step, values.shape[0]), every(step, values.shape[1])], factor // step)

    def _made(self, key: TileKey) -> tuple[QImage, NDArray[np.uint32]] | None:
        place = self._place(key)
        nothing = solid(255) if self._turned else None
        if all(self.mask.tile(tile) is nothing for tile in tile_keys(place)):
            return None
        colours = np.ascontiguousarray(self._table[self._values(place, key[0])])
        height, width = colours.shape
        form = QImage.Format.Format_ARGB32_Premultiplied
        # Shared on purpose: `change` writes into the array, and the next paint shows it.
        return QImage(colours.data.cast("B"), width, height, 4 * width, form), colours


def shrunk(values: Bytes, factor: int) -> Bytes:
    """Means of factor x factor blocks of uint8 (h, w), `factor` at most 16; the rim repeats the last pixels."""
    if factor == 1:
        return values
    low, right = -values.shape[0] % factor, -values.shape[1] % factor
    if low or right:
        values = np.pad(values, ((0, low), (0, right)), mode="edge")
    height, width = values.shape[0] // factor, values.shape[1] // factor
    # Whole rows first: numpy is quick along memory and slow across it.
    rows = values.reshape(height, factor, -1)
    tall = rows[:, 0].astype(np.uint16)
    for k in range(1, factor):
        tall += rows[:, k]
    columns = tall.reshape(height, width, factor)
    total = columns[..., 0] + np.uint16(factor * factor // 2)
    for k in range(1, factor):
        total += columns[..., k]
    total //= np.uint16(factor * factor)
    return total.astype(np.uint8)
