"""Label maps: which of a palette's labels each pixel has, and what a painting by numbers takes its pixels from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.document.mask import Plane, tile_keys, tile_rect
from engine.image import Bytes, Image, frozen
from engine.region import Rect

MOST = 255
"""Labels that a palette has room for; 0 stands for none."""

LONGEST_NAME = 60

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

COLOURS: tuple[Colour, ...] = (
    (236, 112, 63), (60, 150, 214), (106, 176, 76), (241, 196, 15), (155, 89, 182), (26, 188, 156),
    (231, 76, 130), (121, 85, 72), (149, 165, 166), (52, 73, 140), (205, 220, 57), (120, 30, 40),
)  # fmt: skip
"""For labels that are added by hand, far apart from one another."""


@dataclass(frozen=True)
class Label:
    """One entry of a palette.

    Attributes:
        number: 1..255, the value in the map.
    """

    number: int
    name: str
    colour: Colour


@dataclass(frozen=True)
class Palette:
    """The labels that a map may have, in the order in which they are shown. A value: every change gives another."""

    labels: tuple[Label, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def find(self, number: int) -> Label | None:
        """The label with a number, if there is one."""
        return next((label for label in self.labels if label.number == number), None)

    def added(self, name: str = "", colour: Colour | None = None) -> Palette:
        """With one more label, which gets the lowest free number. Raises ValueError when there is none."""
        taken = {label.number for label in self.labels}
        number = next((number for number in range(1, MOST + 1) if number not in taken), None)
        if number is None:
            raise ValueError(f"a palette has room for {MOST} labels")
        unused = [one for one in COLOURS if one not in {label.colour for label in self.labels}]
        colour = colour or (unused or COLOURS)[0]
        return Palette((*self.labels, Label(number, name[:LONGEST_NAME] or f"Label {number}", colour)))

    def without(self, number: int) -> Palette:
        """With one label less."""
        return Palette(tuple(label for label in self.labels if label.number != number))

    def changed(self, number: int, name: str | None = None, colour: Colour | None = None) -> Palette:
        """With another name or colour for one label. An empty name counts as none given."""
        named = (name or "").strip()[:LONGEST_NAME]

        def renewed(label: Label) -> Label:
            if label.number != number:
                return label
            return replace(label, name=named or label.name, colour=colour or label.colour)

        return Palette(tuple(renewed(label) for label in self.labels))

    def colours(self) -> Bytes:
        """The colour of every number, uint8 (256, 3); black for those that are not in it."""
        table = np.zeros((256, 3), np.uint8)
        for label in self.labels:
            table[label.number] = label.colour
        return table

    def as_json(self) -> list[list[Any]]:
        return [[label.number, label.name, list(label.colour)] for label in self.labels]

    @classmethod
    def from_json(cls, values: Any) -> Palette:
        """From parsed JSON of any origin: what is no label is left out."""
        found: dict[int, Label] = {}
        for entry in values if isinstance(values, list) else []:
            if not (isinstance(entry, list) and len(entry) == 3):
                continue
            number, name, colour = entry
            sound = type(number) is int and 1 <= number <= MOST and isinstance(name, str)
            if sound and isinstance(colour, list) and len(colour) == 3 and all(_byte(part) for part in colour):
                found[number] = Label(number, name[:LONGEST_NAME], (colour[0], colour[1], colour[2]))
        return cls(tuple(found.values()))


def _byte(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 255


class LabelMap(Plane):
    """The number of each pixel's label; 0 where there is none."""

    def at(self, x: int, y: int) -> int:
        """The number at a pixel, 0 outside."""
        if not self.rect.holds(Rect(x, y, 1, 1)):
            return 0
        return int(self.crop(Rect(x, y, 1, 1))[0, 0])

    def counts(self) -> NDArray[np.int64]:
        """How many pixels have each number, int64 (256,)."""
        total = np.zeros(256, np.int64)
        for key in tile_keys(self.rect):
            part = tile_rect(key).clipped(self.rect)
            tile = self.tile(key)
            if tile is None:
                total[0] += part.area
            else:
                total += np.bincount(tile[: part.h, : part.w].ravel(), minlength=256)
        return total

    def differing(self, other: Plane) -> list[tuple[Rect, NDArray[np.bool_]]]:
        """Where two maps of one size differ: a rectangle and which of its pixels, bool (h, w), tile by tile."""
        found = []
        for key in sorted(self._tiles.keys() | other._tiles.keys()):
            mine, theirs = self.tile(key), other.tile(key)
            if mine is theirs:
                continue
            part = tile_rect(key).clipped(self.rect)
            here = _part(mine, part) != _part(theirs, part)
            inner = Rect.around(here)
            if not inner.empty:
                found.append((inner.moved(part.x, part.y), here[inner.slices]))
        return found


def _part(tile: Bytes | None, part: Rect) -> Bytes:
    return np.zeros((part.h, part.w), np.uint8) if tile is None else tile[: part.h, : part.w]


@dataclass(frozen=True, eq=False)
class Motif:
    """What a painting by numbers takes its pixels from: a picture and the labels on it, kept with the painting.

    Attributes:
        picture: at its own depth.
        labels: uint8 (H, W), read-only; 0 is used for nothing.
        title: what to call it.
        path: the picture's file, as text; empty when there is none.
    """

    picture: Image
    labels: Bytes
    title: str = ""
    path: str = ""
    numbers: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        if self.labels.shape != self.picture.pixels.shape[:2] or self.labels.dtype != np.uint8:
            raise ValueError(f"labels {self.labels.shape} {self.labels.dtype} do not fit {self.picture.size}")
        object.__setattr__(self, "labels", frozen(self.labels))
        present = np.flatnonzero(np.bincount(self.labels.ravel(), minlength=256))
        object.__setattr__(self, "numbers", frozenset(int(number) for number in present if number))

    @property
    def nbytes(self) -> int:
        return self.picture.pixels.nbytes + self.labels.nbytes
