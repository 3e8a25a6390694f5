"""Pictures as tiles that are made when they are looked at.

Level 0 has the picture's own pixels, each further level half as many a side. A tile is 256 x 256 pixels of its level.
Tiles are made from the source directly, whatever the level, so that zooming out of a 12,000 x 12,000 px picture does
not need the tiles below.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from PySide6.QtGui import QColorSpace, QImage

from desktop.pixels import to_qimage
from engine.image import Bytes, Image, Pixels, displayed
from engine.region import Rect, Size

SIDE = 256
CACHE = 160 << 20
"""Bytes of tiles that one pyramid keeps: two large screens' worth."""

Read = Callable[[Rect, int], Bytes]
"""`read(rect, factor)`: what is inside `rect`, to be shown `factor` times smaller: uint8 (h, w, 1..4) of any size."""

TileKey = tuple[int, int, int]
"""Level, column, row."""


@dataclass(slots=True)
class _Tile:
    image: QImage
    stale: bool = False


def level_for(zoom: float) -> int:
    """The level whose pixels are shown at most at half and at least at their own size."""
    return max(0, math.floor(math.log2(1 / zoom) + 1e-9)) if zoom < 1 else 0


def display_form(like: Image, pixels: Pixels, factor: int) -> Bytes:
    """Pixels of a picture such as `like` to be shown `factor` times smaller: uint8 (h, w, C).

    Rows, and columns where the depth makes each one dear, are left out as long as every pixel on the screen is still a
    mean of several.
    """
    if pixels.dtype == np.uint8:
        return cast(Bytes, pixels[every(max(1, factor // 4), len(pixels))])
    step = max(1, factor // 2)
    pixels = pixels[every(step, len(pixels)), every(step, pixels.shape[1])]
    if pixels.dtype == np.uint16:
        return (pixels // np.uint16(257)).astype(np.uint8)
    shown = displayed(Image(pixels, like.peak, like.linear).decoded())
    return shown if like.has_alpha else shown[..., :3]


def every(step: int, count: int) -> slice:
    """One of `step` items out of `count`, from the middle of each group, so that nothing is shifted."""
    return slice(min(step // 2, count - 1), None, step)


class Pyramid:
    """The tiles of one picture.

    Args:
        size: (width, height) of the picture.
        read: where its pixels come from.
        space: its colours, where they are not the screen's.
        limit: bytes of tiles to keep.

    Attributes:
        covered: the part in which there is anything; it has no tiles elsewhere.
    """

    def __init__(self, size: Size, read: Read, space: QColorSpace | None = None, limit: int = CACHE) -> None:
        self.size = size
        self._space = space
        self.covered = Rect(0, 0, *size)
        self._read = read
        self._limit = limit
        self._tiles: OrderedDict[TileKey, _Tile] = OrderedDict()
        self._bytes = 0

    @property
    def nbytes(self) -> int:
        return self._bytes

    def place(self, key: TileKey) -> Rect:
        """The picture's pixels that a tile shows."""
        level, column, row = key
        side = SIDE << level
        return Rect(column * side, row * side, side, side).clipped(Rect(0, 0, *self.size))

    def keys(self, seen: Rect, level: int) -> list[TileKey]:
        """The tiles of a level that meet `seen`, from the middle outwards."""
        side = SIDE << level
        seen = seen.clipped(self.covered)
        if seen.empty:
            return []
        columns = range(seen.x // side, (seen.right - 1) // side + 1)
        rows = range(seen.y // side, (seen.bottom - 1) // side + 1)
        middle = (seen.x + seen.w / 2) / side - 0.5, (seen.y + seen.h / 2) / side - 0.5
        found = [(level, column, row) for row in rows for column in columns]
        return sorted(found, key=lambda key: abs(key[1] - middle[0]) + abs(key[2] - middle[1]))

    def tile(self, key: TileKey, until: float) -> tuple[QImage | None, bool]:
        """A tile's picture as far as it is known, and whether it is up to date.

        Args:
            key: which.
            until: `time.perf_counter()` after which nothing is made any more.
        """
        tile = self._tiles.get(key)
        if tile is not None:
            self._tiles.move_to_end(key)
            if not tile.stale:
                return tile.image, True
        if time.perf_counter() > until:
            return (tile.image if tile else None), False
        return self._made(key), True

    def coarser(self, key: TileKey) -> tuple[TileKey, QImage] | None:
        """The finest tile above that is there already and covers this one."""
        level, column, row = key
        while SIDE << level < max(self.size):
            level, column, row = level + 1, column // 2, row // 2
            tile = self._tiles.get((level, column, row))
            if tile:
                return (level, column, row), tile.image
        return None

    def forget(self) -> None:
        """Drops all tiles."""
        self._tiles.clear()
        self._bytes = 0

    def change(self, rect: Rect) -> None:
        """The picture changed inside `rect`: its tiles are shown as they are until they are made again."""
        for key, tile in self._tiles.items():
            if not tile.stale and self.place(key).meets(rect):
                tile.stale = True

    def _made(self, key: TileKey) -> QImage:
        place, factor = self.place(key), 1 << key[0]
        image = to_qimage(self._read(place, factor), (-(-place.w // factor), -(-place.h // factor)), self._space)
        old = self._tiles.pop(key, None)
        self._bytes += image.sizeInBytes() - (old.image.sizeInBytes() if old else 0)
        self._tiles[key] = _Tile(image)
        while self._bytes > self._limit and len(self._tiles) > 1:
            self._bytes -= self._tiles.popitem(last=False)[1].image.sizeInBytes()
        return image
