"""What undo is made of: the part of a document that a step changed, in the state that the document is not in.

Applying a patch swaps the two states, so one copy serves undo and redo.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from desktop.document.mask import TILE, Key, solid
from engine.image import Bytes, Image, Pixels, frozen
from engine.region import Rect

if TYPE_CHECKING:
    from desktop.document.document import Document

Change = tuple[str, Rect]
"""What changed ("picture", "hole", "source", "sample", "size", "history", "title") and where."""

Packed = bytes | int | None


class Patch(Protocol):
    """One changed part."""

    @property
    def nbytes(self) -> int: ...

    def swap(self, document: Document) -> Change:
        """Puts the other state into the document and keeps the present one."""
        ...


def packed(tile: Bytes | None) -> Packed:
    """A mask tile in its smallest form that costs well under a millisecond to make."""
    if tile is None:
        return None
    low = int(tile.min())
    return low if low == int(tile.max()) else zlib.compress(tile.data, 1)


def unpacked(form: Packed) -> Bytes | None:
    """The tile again, read-only; None where all is 0."""
    if form is None:
        return None
    if isinstance(form, int):
        return solid(form) if form else None
    return frozen(np.frombuffer(zlib.decompress(form), np.uint8).reshape(TILE, TILE))


class MaskPatch:
    """Tiles of one mask."""

    def __init__(self, name: str, before: dict[Key, Bytes | None], rect: Rect) -> None:
        self.name, self.rect = name, rect
        self._tiles = {key: packed(tile) for key, tile in before.items()}

    @property
    def nbytes(self) -> int:
        return sum(64 + (len(form) if isinstance(form, bytes) else 0) for form in self._tiles.values())

    def swap(self, document: Document) -> Change:
        mask = document.masks[self.name]
        for key, form in self._tiles.items():
            now = packed(mask.tile(key))
            mask.put_tile(key, unpacked(form))
            self._tiles[key] = now
        return self.name, self.rect


class PicturePatch:
    """Rectangles of the picture, at its own depth. Photographs are not compressed: it would stall the window."""

    def __init__(self, before: dict[Rect, Pixels]) -> None:
        self._parts = before
        self.rect = Rect(0, 0, 0, 0)
        for part in before:
            self.rect = self.rect.united(part)

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self._parts.values())

    def swap(self, document: Document) -> Change:
        with document.writing() as pixels:
            for rect, part in self._parts.items():
                now = pixels[rect.slices].copy()
                pixels[rect.slices] = part
                self._parts[rect] = now
        return "picture", self.rect

    def paste(self, rect: Rect, into: Pixels) -> None:
        """Writes what this patch holds of `rect` into `into` (rect.h, rect.w, C)."""
        for place, part in self._parts.items():
            common = place.clipped(rect)
            if not common.empty:
                into[common.moved(-rect.x, -rect.y).slices] = part[common.moved(-place.x, -place.y).slices]


class StatePatch:
    """Whole parts of the document by reference: another picture, masks of another size, another sample.

    Attributes:
        state: attribute of the document ("picture", "masks", "sample") -> its value in the other state.
    """

    def __init__(self, state: dict[str, Any], what: str) -> None:
        self.state, self.what = state, what

    @property
    def nbytes(self) -> int:
        masks: int = sum(mask.nbytes for mask in self.state.get("masks", {}).values())
        pictures = [self.state.get(name) for name in ("picture", "sample")]
        return masks + sum(picture.pixels.nbytes for picture in pictures if isinstance(picture, Image))

    def swap(self, document: Document) -> Change:
        self.state = document.exchanged(self.state)
        return self.what, document.rect
