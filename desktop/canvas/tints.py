"""A mask as a layer of colour over the picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from desktop.canvas.tiles import every
from desktop.canvas.tinted import Colours, TintedTiles
from desktop.document import Mask
from desktop.document.mask import TILE, solid, tile_keys, tile_rect
from desktop.pixels import tint
from engine.image import Bytes
from engine.region import Rect


class Tint(TintedTiles):
    """The tiles of one mask in one colour.

    Args:
        mask: what to show.
        colour, opacity: of a mask of 255.
    """

    def __init__(self, mask: Mask, colour: QColor, opacity: float) -> None:
        super().__init__(mask)
        self.mask = mask
        self._look = colour, opacity
        self._plain = self._table = tint(colour, opacity)
        self._turned = False

    def recolour(self, colour: QColor, opacity: float) -> None:
        """Shows what is in the mask in another colour."""
        if (colour, opacity) != self._look:
            self._look = colour, opacity
            self._plain = tint(colour, opacity)
            if not self._turned:
                self._table = self._plain
                self._tiles.clear()

    def turn(self, turned: bool, colour: QColor, opacity: float) -> None:
        """Shows what is not in the mask instead, in another colour; or what is, as usual."""
        if turned != self._turned:
            self._turned = turned
            self._table = tint(colour, opacity)[::-1].copy() if turned else self._plain
            self._tiles.clear()

    def nothing_in(self, rect: Rect) -> bool:
        nothing = solid(255) if self._turned else None
        return all(self.mask.tile(tile) is nothing for tile in tile_keys(rect))

    def colours(self, rect: Rect, level: int) -> Colours:
        shown: Colours = self._table[self._values(rect, level)]
        return shown

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
