"""Where every pixel of a picture was copied from: the origins of its results, laid over one another.

A step that nobody knows the origin of (a filter, another program's picture) makes its part unknown again. What was
copied from a part that had itself been copied is followed back to where that came from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop.document.patches import PicturePatch, StatePatch
from engine.frame import NOWHERE, From, Origin, Places
from engine.image import Bytes, Floats, Image
from engine.region import Rect, Size

if TYPE_CHECKING:
    from desktop.document.history import Step

CELLS = 512
"""Parts that the longer side of a source is cut into, at most, for counting how often it was used."""


@dataclass(frozen=True, eq=False)
class Copied:
    """What one result copied.

    Attributes:
        rect: the part of the document's picture that `origin` is of.
        origin: from where.
        pictures: those that `origin.sources` names; None for the picture that the result is in.
    """

    rect: Rect
    origin: Origin
    pictures: tuple[Image | None, ...]

    @property
    def nbytes(self) -> int:
        return self.origin.nbytes


@dataclass(frozen=True)
class Spot:
    """A place in a source: number of the picture in `Provenance.pictures`, and the pixel."""

    number: int
    x: int
    y: int


@dataclass(frozen=True, eq=False)
class Provenance:
    """Where the pixels of a picture come from.

    Attributes:
        rect: the part of it outside of which nothing was copied.
        places: int32 (rect.h, rect.w), y * width + x of the source; NOWHERE where nothing was copied.
        which: uint8 (rect.h, rect.w), the number of the source.
        pictures: the sources; None is the picture itself.
        sizes: theirs.
        confidence: float32 (rect.h, rect.w), 0..1, where results said how well pieces fit; None where none did.
    """

    rect: Rect
    places: Places
    which: Bytes
    pictures: tuple[Image | None, ...]
    sizes: tuple[Size, ...]
    confidence: Floats | None = None

    @property
    def known(self) -> NDArray[np.bool_]:
        """bool (rect.h, rect.w): which pixels were copied."""
        return self.places >= 0

    def spot(self, x: float, y: float) -> Spot | None:
        """Where the pixel at (x, y) of the picture comes from; None where it was not copied."""
        column, row = int(np.floor(x)) - self.rect.x, int(np.floor(y)) - self.rect.y
        if not (0 <= row < self.rect.h and 0 <= column < self.rect.w):
            return None
        place = int(self.places[row, column])
        if place < 0:
            return None
        number = int(self.which[row, column])
        width = self.sizes[number][0]
        return Spot(number, place % width, place // width)

    def copied_from(self, number: int) -> NDArray[np.bool_]:
        """bool (rect.h, rect.w): which pixels come from a source."""
        chosen: NDArray[np.bool_] = self.known & (self.which == number)
        return chosen

    def uses(self, number: int) -> tuple[Floats, int]:
        """How often each part of a source was used.

        Returns:
            float32 (rows, columns), copies per pixel of each square cell, and the cell's side in pixels.
        """
        width, height = self.sizes[number]
        cell = max(1, -(-max(width, height) // CELLS))
        rows, columns = -(-height // cell), -(-width // cell)
        y, x = np.divmod(self.places[self.copied_from(number)], np.int32(width))
        cells = (y // cell).astype(np.int64) * columns + x // cell
        counts = np.bincount(cells, minlength=rows * columns).reshape(rows, columns)
        high = np.minimum(np.arange(1, rows + 1) * cell, height) - np.arange(rows) * cell
        wide = np.minimum(np.arange(1, columns + 1) * cell, width) - np.arange(columns) * cell
        return (counts / (high[:, None] * wide[None])).astype(np.float32), cell

    def used(self, number: int) -> float:
        """The share of a source that was used at all, 0..1, by cells."""
        counts, _ = self.uses(number)
        return float((counts > 0).mean())


@dataclass(frozen=True, eq=False)
class Ban:
    """A part of a source that is not wanted in a picture.

    Attributes:
        picture: the source; None for the picture that the result is in.
        rect: where in it.
        part: bool (rect.h, rect.w), which pixels of that.
    """

    picture: Image | None
    rect: Rect
    part: NDArray[np.bool_]

    @property
    def nbytes(self) -> int:
        return self.part.nbytes


def same_picture(one: Image, other: Image) -> bool:
    """Whether two pictures show the same: a sample is cut out anew for each run."""
    if one.pixels.shape != other.pixels.shape or one.pixels.dtype != other.pixels.dtype:
        return False
    # Most pictures of one size differ in their first rows already.
    first, second = one.pixels, other.pixels
    return first is second or (np.array_equal(first[:8], second[:8]) and np.array_equal(first, second))


def layers_of(first: Iterable[Copied], steps: Iterable[Step]) -> list[Copied | Rect]:
    """What was copied into a picture, oldest first, and the rectangles of changes of which nothing is known.

    Args:
        first: what had been copied into it before these steps.
        steps: those that are done, oldest first; what they copied is noted on them.
    """
    layers: list[Copied | Rect] = [*first]
    for step in steps:
        copied = [note for note in step.notes if isinstance(note, Copied)]
        for patch in step.patches:
            if isinstance(patch, StatePatch) and "picture" in patch.state:
                layers.clear()
            elif isinstance(patch, PicturePatch) and not copied:
                layers.append(patch.rect)
        layers += copied
    return layers


def composed(size: Size, layers: list[Copied | Rect]) -> Provenance | None:
    """Origins laid over one another, oldest first; with the sources that something is left of.

    Args:
        size: (width, height) of the picture.
        layers: what was copied, or the rectangle of a change of which nothing is known.
    """
    found = [layer for layer in layers if isinstance(layer, Copied)]
    if not found:
        return None
    rect = found[0].rect
    for other in found[1:]:
        rect = rect.united(other.rect)
    places = np.full((rect.h, rect.w), NOWHERE, np.int32)
    which = np.zeros((rect.h, rect.w), np.uint8)
    confidence: Floats | None = None
    if any(layer.origin.confidence is not None for layer in found):
        confidence = np.ones((rect.h, rect.w), np.float32)
    pictures: list[Image | None] = []
    sizes: list[Size] = []
    for layer in layers:
        if isinstance(layer, Rect):
            places[layer.clipped(rect).moved(-rect.x, -rect.y).slices] = NOWHERE
            continue
        part = layer.rect.moved(-rect.x, -rect.y)
        origin = layer.origin
        numbers = [_number(pictures, sizes, *pair) for pair in zip(layer.pictures, layer.origin.sources, strict=True)]
        table = np.array(numbers, np.uint8)
        new_which = np.full(origin.places.shape, table[0], np.uint8) if origin.which is None else table[origin.which]
        new_places = origin.places.copy()
        for number, picture in enumerate(pictures):
            if picture is None and sizes[number] == size:
                _follow(new_places, new_which, number, size, rect, places, which)
        known = origin.known
        places[part.slices][known] = new_places[known]
        which[part.slices][known] = new_which[known]
        if confidence is not None and origin.confidence is not None:
            confidence[part.slices][known] = origin.confidence[known]
    left = np.flatnonzero(np.bincount(which[places >= 0], minlength=len(pictures)))
    if left.size == 0:
        return None
    renumbered = np.zeros(256, np.uint8)
    renumbered[left] = np.arange(left.size)
    seen, their = tuple(pictures[k] for k in left), tuple(sizes[k] for k in left)
    return Provenance(rect, places, renumbered[which], seen, their, confidence)


def _number(pictures: list[Image | None], sizes: list[Size], picture: Image | None, source: From) -> int:
    size = source.size
    for number, there in enumerate(pictures):
        if there is picture and sizes[number] == size:
            return number
    pictures.append(picture)
    sizes.append(size)
    return len(pictures) - 1


def _follow(
    places: Places, which: Bytes, own: int, size: Size, rect: Rect, old_places: Places, old_which: Bytes
) -> None:
    """Places of the picture itself that were copied before become the places that they were copied from."""
    mine = np.flatnonzero((which == own) & (places >= 0))
    y, x = np.divmod(places.reshape(-1)[mine], np.int32(size[0]))
    y, x = y - rect.y, x - rect.x
    inside = (y >= 0) & (y < rect.h) & (x >= 0) & (x < rect.w)
    mine, y, x = mine[inside], y[inside], x[inside]
    earlier = old_places[y, x]
    copied = earlier >= 0
    places.reshape(-1)[mine[copied]] = earlier[copied]
    which.reshape(-1)[mine[copied]] = old_which[y[copied], x[copied]]
