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

import numpy as np
from PySide6.QtGui import QImage

from desktop.pixels import to_qimage
from engine.image import GRAY_ALPHA, RGBA, Bytes, Image, displayed, frozen
from engine.region import Rect, Size

SIDE = 256
CACHE = 160 << 20
"""Bytes of tiles that one pyramid keeps: two large screens' worth."""

Read = Callable[[Rect, int], Bytes]
"""`read(rect, step)`: every step-th pixel of `rect` in both directions, uint8 (h, w, 1..4)."""

TileKey = tuple[int, int, int]
"""Level, column, row."""


@dataclass(slots=True)
class _Tile:
    image: QImage
    stale: bool = False


def level_for(zoom: float) -> int:
    """The level whose pixels are shown at most at half and at least at their own size."""
    return max(0, math.floor(math.log2(1 / zoom) + 1e-9)) if zoom < 1 else 0


def shrunk(pixels: Bytes, factor: int) -> Bytes:
    """Means of factor x factor blocks of uint8 (h, w, ...); those at the edge repeat the last pixels."""
    if factor == 1:
        return pixels
    height, width = -pixels.shape[0] % factor, -pixels.shape[1] % factor
    if height or width:
        pixels = np.pad(pixels, [(0, height), (0, width), *[(0, 0)] * (pixels.ndim - 2)], mode="edge")
    total = np.full_like(pixels[::factor, ::factor], factor * factor // 2, dtype=np.uint16)
    for row in range(factor):
        for column in range(factor):
            total += pixels[row::factor, column::factor]
    total //= factor * factor
    return total.astype(np.uint8)


def display_form(like: Image, pixels: np.ndarray) -> Bytes:
    """Pixels of a picture such as `like`, as uint8 (h, w, C)."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    part = Image(pixels, like.peak, like.linear)
    return displayed(part.decoded())


class Pyramid:
    """The tiles of one picture.

    Args:
        size: (width, height) of the picture.
        read: where its pixels come from.
        limit: bytes of tiles to keep.

    Attributes:
        covered: the part in which there is anything; it has no tiles elsewhere.
    """

    def __init__(self, size: Size, read: Read, limit: int = CACHE) -> None:
        self.size = size
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

    def change(self, rect: Rect) -> None:
        """The picture changed inside `rect`: its tiles are shown as they are until they are made again."""
        for key, tile in self._tiles.items():
            if not tile.stale and self.place(key).meets(rect):
                tile.stale = True

    def _made(self, key: TileKey) -> QImage:
        step = max(1, (1 << key[0]) // 4)
        image = to_qimage(_averaged(self._read(self.place(key), step), (1 << key[0]) // step))
        old = self._tiles.pop(key, None)
        self._bytes += image.sizeInBytes() - (old.image.sizeInBytes() if old else 0)
        self._tiles[key] = _Tile(image)
        while self._bytes > self._limit and len(self._tiles) > 1:
            self._bytes -= self._tiles.popitem(last=False)[1].image.sizeInBytes()
        return image


def _averaged(pixels: Bytes, factor: int) -> Bytes:
    """`shrunk`, with colours weighted by their alpha."""
    if factor == 1 or pixels.shape[2] not in (GRAY_ALPHA, RGBA):
        return shrunk(pixels, factor)
    alpha = pixels[..., -1:].astype(np.uint16)
    weighted = np.concatenate([((pixels[..., :-1] * alpha + 127) // 255).astype(np.uint8), pixels[..., -1:]], axis=2)
    small = shrunk(weighted, factor)
    colours = small[..., :-1].astype(np.uint16) * 255 // np.maximum(small[..., -1:], 1)
    return frozen(np.concatenate([np.minimum(colours, 255).astype(np.uint8), small[..., -1:]], axis=2))
