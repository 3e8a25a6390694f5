"""A plane as large as the picture, held as small tiles that exist only where something was painted.

Tiles are shared, never written once others may see them: a snapshot, an undo step and the plane itself may all hold the
same tile, and a 12,000 x 12,000 px mask that nobody touched costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Self

import numpy as np

from engine.image import Bytes, frozen
from engine.region import Rect, Size

TILE = 256
"""Side of a tile in pixels."""

Key = tuple[int, int]
"""Column and row of a tile."""


@cache
def solid(value: int) -> Bytes:
    """The one shared tile that is `value` (0..255) everywhere."""
    return frozen(np.full((TILE, TILE), value, np.uint8))


def uniform(tile: Bytes) -> int | None:
    """The one value of a tile, or None."""
    low = int(tile[0, 0])
    return low if tile is solid(low) or (tile == low).all() else None


def _share(tile: Bytes) -> float:
    return float(tile[8::16, 8::16].mean()) / 255


def tile_rect(key: Key) -> Rect:
    """The pixels of a tile; at the edge it reaches beyond the plane."""
    return Rect(key[0] * TILE, key[1] * TILE, TILE, TILE)


def tile_keys(rect: Rect) -> Iterator[Key]:
    """The tiles that meet `rect`, row by row."""
    if not rect.empty:
        for row in range(rect.y // TILE, (rect.bottom - 1) // TILE + 1):
            for column in range(rect.x // TILE, (rect.right - 1) // TILE + 1):
                yield column, row


class Plane:
    """One value 0..255 per pixel; 0 where nothing was painted.

    Read it freely; write it through `document.edit(...)` only.

    Attributes:
        name: its role ("hole", "source", "labels").
        size: (width, height) in pixels.
    """

    def __init__(self, name: str, size: Size) -> None:
        self.name = name
        self.size = size
        self._tiles: dict[Key, Bytes] = {}
        self._owned: set[Key] = set()
        self._bounds: Rect | None = Rect(0, 0, 0, 0)

    @property
    def rect(self) -> Rect:
        return Rect(0, 0, *self.size)

    @property
    def bounds(self) -> Rect:
        """The smallest rectangle with every pixel that is not 0; empty when there is none."""
        if self._bounds is None:
            self._bounds = self._measured()
        return self._bounds

    @property
    def empty(self) -> bool:
        return self.bounds.empty

    @property
    def nbytes(self) -> int:
        """Bytes that the tiles take. A solid tile is shared by everything and counts as nothing."""
        return sum(tile.nbytes for tile in self._tiles.values() if tile is not solid(int(tile[0, 0])))

    @property
    def coverage(self) -> float:
        """About which share of the picture it covers, 0..1; quick, as it looks at every 16th pixel."""
        keys = list(tile_keys(self.rect))
        tiles = [self.tile(key) for key in keys]
        shares = [0.0 if tile is None else 1.0 if tile is solid(255) else _share(tile) for tile in tiles]
        return sum(shares) / len(shares)

    def crop(self, rect: Rect) -> Bytes:
        """A copy of the part inside `rect`, which must lie inside the plane: uint8 (h, w)."""
        out = np.zeros((rect.h, rect.w), np.uint8)
        for key in tile_keys(rect):
            tile = self._tiles.get(key)
            if tile is not None:
                place = tile_rect(key)
                part = place.clipped(rect)
                out[part.moved(-rect.x, -rect.y).slices] = tile[part.moved(-place.x, -place.y).slices]
        return out

    def array(self) -> Bytes:
        """The whole plane, uint8 (H, W). Memory is taken for the painted parts only, where the system can."""
        return self.crop(self.rect)

    def tile(self, key: Key) -> Bytes | None:
        """The tile as it is now, read-only; None where all is 0. Tiles at the edge reach beyond the plane."""
        return self._tiles.get(key)

    def tiles(self) -> dict[Key, Bytes]:
        """All tiles as they are now; they won't change any more."""
        self.share()
        return dict(self._tiles)

    def share(self) -> None:
        """From now on others may hold the tiles: the next write to any of them makes a copy."""
        self._owned.clear()

    def blank(self, size: Size) -> Self:
        """An empty one of the same kind."""
        return type(self)(self.name, size)

    def copy(self) -> Self:
        """An independent one that shares the tiles."""
        twin = self.blank(self.size)
        twin._tiles, twin._bounds = self.tiles(), self._bounds
        return twin

    def put_tile(self, key: Key, tile: Bytes | None) -> None:
        """Sets a tile (TILE, TILE), which is given away. For edits and history."""
        self._owned.discard(key)
        self._bounds = None
        if tile is None:
            self._tiles.pop(key, None)
        else:
            tile.setflags(write=False)
            self._tiles[key] = tile

    def writable(self, key: Key) -> Bytes:
        """The tile, made if need be, and nobody else's. For edits only, until `settle`."""
        if key not in self._owned:
            tile = self._tiles.get(key)
            self._tiles[key] = np.zeros((TILE, TILE), np.uint8) if tile is None else tile.copy()
            self._owned.add(key)
        self._bounds = None
        return self._tiles[key]

    def settle(self, key: Key) -> None:
        """Ends the writing of a tile: it becomes read-only, shared when it is solid, and goes when it is all 0."""
        tile = self._tiles.get(key)
        self._owned.discard(key)
        if tile is None:
            return
        low = uniform(tile)
        if low is not None:
            self.put_tile(key, solid(low) if low else None)
        else:
            tile.setflags(write=False)

    def _measured(self) -> Rect:
        found = Rect(0, 0, 0, 0)
        for key, tile in self._tiles.items():
            place = tile_rect(key).clipped(self.rect)
            if not found.holds(place):
                part = Rect.around(tile[: place.h, : place.w])
                found = found.united(part.moved(place.x, place.y)) if not part.empty else found
        return found


class Mask(Plane):
    """Where something applies, 0 (not at all) to 255 (wholly)."""
