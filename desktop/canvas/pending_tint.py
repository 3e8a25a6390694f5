"""What a painting's pixels do not show yet: labels that were painted and wait for their texture."""

from __future__ import annotations

import numpy as np

from desktop.canvas.label_tint import LabelTint, Places
from desktop.document import LabelMap, Palette
from desktop.document.mask import Key, tile_keys, tile_rect
from engine.image import Bytes
from engine.region import Rect

OPACITY = 0.85
"""Of labels that wait."""


class PendingTint(LabelTint):
    """The labels where they differ from those that the pixels were made for; nothing elsewhere.

    Args:
        mask: the labels.
        painted: those that the pixels on the screen were made for.
        palette: the colours.
    """

    def __init__(self, mask: LabelMap, painted: LabelMap, palette: Palette) -> None:
        self.painted = painted
        super().__init__(mask, palette, OPACITY)

    def compare(self, painted: LabelMap) -> None:
        """Other labels are what is seen now."""
        if painted is not self.painted:
            self.painted = painted
            self._tiles.clear()

    def nothing_in(self, rect: Rect) -> bool:
        return all(self.mask.tile(key) is self.painted.tile(key) for key in tile_keys(rect))

    def part(self, key: Key, ys: Places, xs: Places) -> Bytes | None:
        place = tile_rect(key)
        labels, painted = self.mask.tile(key), self.painted.tile(key)
        if labels is None or labels is painted:
            return None
        found = labels[np.ix_(ys - place.y, xs - place.x)]
        if painted is None:
            return found
        same = found == painted[np.ix_(ys - place.y, xs - place.x)]
        return np.where(same, np.uint8(0), found)
