"""Label maps from pictures: every flat colour is one label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.files.reading import open_picture
from engine.image import GRAY_ALPHA, Image, frozen

MOST_LABELS = 256
_SMALLEST_SHARE = 1 / 4000
_FEW = 24
"""So many colours are taken to be meant, whether they lie flat or not: lines of one pixel do nowhere."""
_SHADE, _FOREIGN = 24, 90
"""Distances in 8-bit RGB: what is nearer is a shade of the same label; what is further is none of another map's."""


def open_labels(path: str | Path) -> NDArray[np.uint16]:
    """A label map, uint16 (H, W), read-only.

    The label depends on the colour alone, so that the same colour is the same label in two maps: a gray value is its
    own label, another colour is its 5, 6 and 5 leading bits of red, green and blue (one more where that is taken).
    Where a map has more than 256 colours, or many that lie flat nowhere, smooth edges or JPEG have been at it: each
    rare colour then counts as the nearest of the common ones. Alpha is left out.

    Raises:
        Unusable: as `open_picture`, or the picture has no flat colours.
    """
    return open_label_maps([path])[0]


def open_label_maps(paths: Sequence[str | Path]) -> list[NDArray[np.uint16]]:
    """Label maps that belong together, as `open_labels` each.

    The first one says which colours there are. Those of a later map that are only shades or mixtures of them become
    the nearest; large flat areas of another colour stay labels of their own.

    Raises:
        Unusable: as `open_labels`.
    """
    images = [open_picture(path) for path in paths]
    maps = [
        image.pixels[..., 0].astype(np.uint16) if _is_gray16(image) else _Colours.of(_packed(image)) for image in images
    ]
    kept = np.zeros(0, np.uint32)
    known = []
    for image, path, one in zip(images, paths, maps, strict=True):
        if isinstance(one, _Colours):
            # A later map with smooth edges only adds what lies flat and is far from everything that is known.
            kept = np.union1d(kept, one.of_areas(image.name or str(path), kept))
        known.append(kept)
    numbers = _numbers(kept)
    labels = []
    for one, colours in zip(maps, known, strict=True):
        if isinstance(one, _Colours):
            nearest = colours[_nearest(_split(one.colours), _split(colours))]
            labels.append(frozen(numbers[np.searchsorted(kept, nearest)][one.which]))
        else:
            labels.append(frozen(one))
    return labels


def _is_gray16(image: Image) -> bool:
    return image.pixels.dtype == np.uint16 and image.channels <= GRAY_ALPHA


@dataclass(frozen=True, eq=False)
class _Colours:
    """The colours of one map.

    Attributes:
        colours: uint32, packed, ascending.
        which: (H, W), the index of each pixel's colour.
        counts: how many pixels each colour has. flat: how many of them begin a 2 x 2 block of it.
    """

    colours: NDArray[np.uint32]
    which: NDArray[np.intp]
    counts: NDArray[np.intp]
    flat: NDArray[np.intp]

    @classmethod
    def of(cls, packed: NDArray[np.uint32]) -> _Colours:
        colours, which, counts = np.unique(packed, return_inverse=True, return_counts=True)
        which = which.reshape(packed.shape)
        a = which[:-1, :-1]
        block = (a == which[1:, :-1]) & (a == which[:-1, 1:]) & (a == which[1:, 1:])
        return cls(colours, which, counts, np.bincount(a[block], minlength=len(colours)))

    @property
    def clean(self) -> bool:
        """Whether every colour is meant: few of them, and most lie flat somewhere."""
        few = len(self.colours) <= MOST_LABELS
        return few and (len(self.colours) <= _FEW or int(np.count_nonzero(self.flat)) * 2 >= len(self.colours))

    def of_areas(self, name: str, known: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The colours that stand for an area, beside those that are known already. Raises Unusable for none."""
        if self.clean and (known.size == 0 or len(self.colours) <= _FEW):
            return self.colours
        return self.colours[_common(self.colours, self.flat, self.counts, name, known)]


def _packed(image: Image) -> NDArray[np.uint32]:
    """Red, green and blue as one number, (H, W)."""
    eight: NDArray[Any] = image.pixels
    if eight.dtype != np.uint8:
        eight = (image.decoded() * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    red, green, blue = (0, 0, 0) if image.channels <= GRAY_ALPHA else (0, 1, 2)
    weights = np.zeros(eight.shape[2], np.uint32)
    np.add.at(weights, [red, green, blue], [1 << 16, 1 << 8, 1])
    return eight.astype(np.uint32) @ weights


def _split(packed: NDArray[np.uint32]) -> NDArray[np.int64]:
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=1).astype(np.int64)


def _nearest(all_: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.int64]:
    where = np.empty(len(all_), np.int64)
    for start in range(0, len(all_), 4096):
        part = all_[start : start + 4096]
        where[start : start + 4096] = ((part[:, None] - kept[None]) ** 2).sum(axis=2).argmin(axis=1)
    return where


def _common(
    colours: NDArray[np.uint32],
    flat: NDArray[np.intp],
    counts: NDArray[np.intp],
    name: str,
    known: NDArray[np.uint32],
) -> NDArray[np.intp]:
    """Indices of the colours that stand for an area: frequent, and not a shade of a known or more frequent one."""
    order = np.argsort(-flat, kind="stable")
    frequent = order[flat[order] >= max(2.0, counts.sum() * _SMALLEST_SHARE)]
    split = _split(colours)
    apart = np.full(len(colours), np.iinfo(np.int64).max)
    if known.size:
        apart = ((split - _split(known)[_nearest(split, _split(known))]) ** 2).sum(axis=1)
        frequent = frequent[apart[frequent] > _FOREIGN**2]
    kept = list[int]()
    for index in frequent:
        if all(((split[index] - split[other]) ** 2).sum() > _SHADE**2 for other in kept):
            kept.append(int(index))
    if not known.size and (not kept or flat[frequent].sum() < counts.sum() / 3):
        raise Unusable(
            f"{name} is no label map",
            f"it has {len(colours)} colours and few of them lie flat",
            "paint each area in one flat colour and save it as PNG",
        )
    return np.array(sorted(kept), np.intp)


def _coded(colour: int) -> int:
    """5, 6 and 5 bits of red, green and blue; the darkest are made a little redder, as grays have their numbers."""
    number = (colour >> 19 & 31) << 11 | (colour >> 10 & 63) << 5 | (colour >> 3 & 31)
    return number if number > 255 else number | 1 << 11


def label_name(label: int) -> str:
    """What to call a label in a sentence: its number, or the colour that it stands for in a file."""
    if label < 256:
        return f"label {label}"
    red, green, blue = label >> 11, label >> 5 & 63, label & 31
    return f"colour #{red * 255 // 31:02x}{green * 255 // 63:02x}{blue * 255 // 31:02x}"


def _numbers(colours: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """A label for each packed colour, ascending: grays their value, others a mixed number; never one twice."""
    numbers, taken = np.zeros(len(colours), np.uint16), set[int]()
    gray = [int(c) % 0x010101 == 0 for c in colours]
    for wanted in (True, False):
        for k, colour in enumerate(colours):
            if gray[k] is not wanted:
                continue
            number = int(colour) & 255 if wanted else _coded(int(colour))
            while number in taken:
                number = number + 1 if number < 65535 else 256
            taken.add(number)
            numbers[k] = number
    return numbers
