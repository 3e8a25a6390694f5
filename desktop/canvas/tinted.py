"""Tiles of colour over the picture: made when they are looked at, mended where a stroke changed what they show."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from desktop.canvas.tiles import SIDE, TileKey
from desktop.document.mask import Plane
from engine.region import Rect

TILES = 400
"""How many a layer keeps: 100 MB at most, and as a rule far less, as empty ones are none."""

Colours = NDArray[np.uint32]


class TintedTiles(ABC):
    """The tiles of a mask or label map in colour. What a stroke changes is redone at once, and nothing else.

    Args:
        mask: what to show.
    """

    def __init__(self, mask: Plane) -> None:
        self._plane = mask
        self._tiles: OrderedDict[TileKey, tuple[QImage, Colours] | None] = OrderedDict()

    @abstractmethod
    def nothing_in(self, rect: Rect) -> bool:
        """Whether there is surely nothing to show inside `rect`."""

    @abstractmethod
    def colours(self, rect: Rect, level: int) -> Colours:
        """The colours of `rect` at a level, premultiplied."""

    def reach(self, level: int) -> int:
        """How many pixels around a change look otherwise because of it."""
        return 0

    def tile(self, key: TileKey, until: float) -> tuple[QImage | None, bool]:
        """A tile's colours, premultiplied, and whether they are known; None where there is nothing or they are not.

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
        """What is shown changed inside `rect`.

        Tiles of the level `shown` of which a part changed are redone, others are made when they are next looked at.
        """
        for key, made in tuple(self._tiles.items()):
            level, column, row = key
            place = self._place(key)
            part = rect.grown(self.reach(level)).clipped(place)
            if part.empty:
                continue
            if made is None or level != shown or 2 * part.area > place.area:
                del self._tiles[key]
                continue
            step = 1 << level
            x, y = part.x // step, part.y // step
            own = Rect(x, y, -(-part.right // step) - x, -(-part.bottom // step) - y)
            source = Rect(own.x * step, own.y * step, own.w * step, own.h * step)
            made[1][own.moved(-column * SIDE, -row * SIDE).slices] = self.colours(source, level)

    def _place(self, key: TileKey) -> Rect:
        level, column, row = key
        side = SIDE << level
        return Rect(column * side, row * side, side, side).clipped(self._plane.rect)

    def _made(self, key: TileKey) -> tuple[QImage, Colours] | None:
        place = self._place(key)
        if self.nothing_in(place.grown(self.reach(key[0])).clipped(self._plane.rect)):
            return None
        colours = np.ascontiguousarray(self.colours(place, key[0]))
        height, width = colours.shape
        form = QImage.Format.Format_ARGB32_Premultiplied
        # Shared on purpose: `change` writes into the array, and the next paint shows it.
        return QImage(colours.data.cast("B"), width, height, 4 * width, form), colours
