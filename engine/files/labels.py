"""Label maps from pictures: every flat colour is one label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.files.reading import open_picture
from engine.image import GRAY_ALPHA, Image, frozen

MOST_LABELS = 256
_SMALLEST_SHARE = 1 / 2000


def open_labels(path: str | Path) -> NDArray[np.uint16]:
    """A label map, uint16 (H, W), read-only.

    The label depends on the colour alone, so that the same colour is the same label in two maps: a gray value is its
    own label, a colour gets a number mixed from its three bytes. Where a map has more than 256 colours, smooth edges or
    JPEG have been at it: each rare colour then counts as the nearest of the common ones. Alpha is left out.

    Raises:
        Unusable: as `open_picture`, or the picture has no flat colours.
    """
    image = open_picture(path)
    if image.pixels.dtype == np.uint16 and image.channels <= GRAY_ALPHA:
        return frozen(image.pixels[..., 0].astype(np.uint16))
    packed = _packed(image)
    colours, which, counts = np.unique(packed, return_inverse=True, return_counts=True)
    kept = np.arange(len(colours))
    if len(colours) > MOST_LABELS:
        kept = _common(colours, counts, image.name or str(path))
        nearest = _nearest(_split(colours), _split(colours[kept]))
    else:
        nearest = kept
    labels = _numbers(colours[kept])[nearest]
    return frozen(labels[which.reshape(packed.shape)].astype(np.uint16))


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


def _common(colours: NDArray[np.uint32], counts: NDArray[np.int64], name: str) -> NDArray[np.int64]:
    """Indices of the colours that stand for an area: frequent, and not a shade of a more frequent one."""
    order = np.argsort(-counts, kind="stable")
    frequent = order[counts[order] >= max(2.0, counts.sum() * _SMALLEST_SHARE)]
    split, kept = _split(colours), list[int]()
    for index in frequent:
        if all(((split[index] - split[other]) ** 2).sum() > 24**2 for other in kept):
            kept.append(int(index))
    if not kept or counts[frequent].sum() < counts.sum() / 2:
        raise Unusable(
            f"{name} is no label map",
            f"it has {len(colours)} colours and few of them lie flat",
            "paint each area in one flat colour and save it as PNG",
        )
    return np.array(sorted(kept))


def _numbers(colours: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """A label for each packed colour, ascending: grays their value, others a mixed number; never one twice."""
    numbers, taken = np.zeros(len(colours), np.uint16), set[int]()
    gray = [int(c) % 0x010101 == 0 for c in colours]
    for wanted in (True, False):
        for k, colour in enumerate(colours):
            if gray[k] is not wanted:
                continue
            number = int(colour) & 255 if wanted else 256 + (int(colour) * 0x9E3779B1 >> 8 & 0xFFFFFF) % (65536 - 256)
            while number in taken:
                number = number + 1 if number < 65535 else 256
            taken.add(number)
            numbers[k] = number
    return numbers
