"""What undo is made of: the part of a document that a step changed, in the state that the document is not in.

Applying a patch swaps the two states, so one copy serves undo and redo.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from desktop.document.mask import TILE, Key, solid, uniform
from engine.image import Bytes, Image, Pixels, frozen
from engine.region import Rect

if TYPE_CHECKING:
    from desktop.document.document import Document
    from desktop.document.growth import Growth
    from desktop.document.label_map import Motif

Change = tuple[str, Rect]
"""What changed (the words of `Observer`) and where."""

Packed = Bytes | bytes | int | None

PACKED = 64
"""Tiles that are packed at most when a step ends: about 20 ms of work. Larger steps keep them as they are."""


class Note(Protocol):
    """Something that goes with a step and is undone with it, of which the document itself knows nothing."""

    @property
    def nbytes(self) -> int: ...


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
    low = uniform(tile)
    return zlib.compress(tile.data, 1) if low is None else low


def unpacked(form: Packed) -> Bytes | None:
    """The tile again, read-only; None where all is 0."""
    if form is None or isinstance(form, np.ndarray):
        return form
    if isinstance(form, int):
        return solid(form) if form else None
    return frozen(np.frombuffer(zlib.decompress(form), np.uint8).reshape(TILE, TILE))


class MaskPatch:
    """Tiles of one mask."""

    def __init__(self, name: str, before: dict[Key, Bytes | None], rect: Rect) -> None:
        self.name, self.rect = name, rect
        self._tiles: dict[Key, Packed] = {key: self._kept(tile, len(before)) for key, tile in before.items()}

    @property
    def nbytes(self) -> int:
        total = 64 * len(self._tiles)
        for form in self._tiles.values():
            if isinstance(form, np.ndarray):
                total += 0 if form is solid(int(form[0, 0])) else form.nbytes
            elif isinstance(form, bytes):
                total += len(form)
        return total

    def swap(self, document: Document) -> Change:
        mask = document.masks[self.name]
        for key, form in self._tiles.items():
            now = self._kept(mask.tile(key), len(self._tiles))
            mask.put_tile(key, unpacked(form))
            self._tiles[key] = now
        return self.name, self.rect

    @staticmethod
    def _kept(tile: Bytes | None, count: int) -> Packed:
        return packed(tile) if count <= PACKED else tile


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
    """Whole parts of the document by reference: another picture, masks of another size, another sample, given ones.

    Attributes:
        state: attribute of the document (those of `Document.exchanged`) -> its value in the other state.
    """

    def __init__(self, state: dict[str, Any], what: str) -> None:
        self.state, self.what = state, what

    @property
    def nbytes(self) -> int:
        masks: int = sum(mask.nbytes for mask in self.state.get("masks", {}).values())
        pictures = [self.state.get(name) for name in ("picture", "sample")]
        given = [one for several in self.state.get("given", {}).values() for one in several]
        learnt: int = sum(one.nbytes for one in given if not isinstance(one, Image))
        motif: Motif | None = self.state.get("motif")
        growth: Growth | None = self.state.get("growth")
        base = growth.base if growth is not None else None
        total = masks + (motif.nbytes if motif is not None else 0) + (base.pixels.nbytes if base is not None else 0)
        return total + learnt + sum(one.pixels.nbytes for one in (*pictures, *given) if isinstance(one, Image))

    def swap(self, document: Document) -> Change:
        self.state = document.exchanged(self.state)
        return self.what, document.rect


class NotePatch:
    """A note on a step. Nothing in the document is another by it."""

    def __init__(self, note: Note) -> None:
        self.note = note

    @property
    def nbytes(self) -> int:
        return self.note.nbytes

    def swap(self, document: Document) -> Change:
        return "history", document.rect
