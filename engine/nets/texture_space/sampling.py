"""Pictures as samples of a space: in colour, opaque, of a size that can be learnt; a word where they are odd."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.errors import Unusable
from engine.image import GRAY_ALPHA, RGBA, Floats, Image
from engine.nets.texture_space.space import Sample

LEARNT = 256
"""Pixels a side of what is learnt of a sample."""
LARGEST_SHORT_SIDE = 384
"""A sample whose shorter side is longer is reduced to it first: what it shows would not fit into what is learnt."""
SMALLEST = 16
_GRID = 4
_UNEVEN = 3.0


def sampled(pictures: Sequence[Image]) -> list[Sample]:
    """Each picture as a sample.

    Raises:
        Unusable: one of them is too small.
    """
    found: list[Sample] = []
    for number, picture in enumerate(pictures, 1):
        name = picture.name.rpartition(".")[0] or picture.name or f"sample {number}"
        width, height = picture.size
        if min(width, height) < SMALLEST:
            raise Unusable(
                f"{name[:1].upper()}{name[1:]} is too small to be learnt: {width} x {height} px",
                f"a texture shows itself on {SMALLEST} px and more",
                "use a larger piece of it",
            )
        found.append(Sample(name, learnt_part(picture.decoded())))
    return found


def learnt_part(picture: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """uint8 (h, w, 3), sides of at most LEARNT: the middle of a picture (H, W, C), reduced where it is large."""
    colour = opaque(picture)
    short = min(colour.shape[:2])
    if short > LARGEST_SHORT_SIDE:
        factor = LARGEST_SHORT_SIDE / short
        size = round(colour.shape[1] * factor), round(colour.shape[0] * factor)
        colour = np.asarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA), np.float32)
    top, left = (max(0, (side - LEARNT) // 2) for side in colour.shape[:2])
    part = colour[top : top + LEARNT, left : left + LEARNT]
    return np.ascontiguousarray(np.rint(np.clip(part, 0, 1) * np.float32(255)), np.uint8)


def opaque(picture: Floats) -> Floats:
    """float32 (H, W, 3) of a picture with any channels; what is hidden has the mean colour of what is not."""
    grays = picture.shape[2] <= GRAY_ALPHA
    colour = np.repeat(picture[..., :1], 3, axis=2) if grays else np.array(picture[..., :3])
    if picture.shape[2] in (GRAY_ALPHA, RGBA):
        alpha = picture[..., -1:]
        total = float(alpha.sum())
        mean = (colour * alpha).sum(axis=(0, 1)) / total if total > 0 else colour.mean(axis=(0, 1))
        colour = colour * alpha + mean.astype(np.float32) * (1 - alpha)
    return np.ascontiguousarray(colour, np.float32)


def unevenness(sample: Sample) -> float:
    """How much its parts differ from each other, against how much each varies in itself; a texture stays below 1.

    Parts of a texture look alike, those of a photograph of things do not.
    """
    values = np.asarray(sample.picture, np.float32) / np.float32(255)
    high, wide = values.shape[0] // _GRID, values.shape[1] // _GRID
    if min(high, wide) < 8:
        return 0.0
    parts = values[: high * _GRID, : wide * _GRID].reshape(_GRID, high, _GRID, wide, 3)
    means = parts.mean(axis=(1, 3)).reshape(-1, 3)
    rough = np.log(parts.std(axis=(1, 3)).mean(axis=2).reshape(-1) + 0.01)
    inside = float(parts.std(axis=(1, 3)).mean()) + 0.02
    return float(np.sqrt((means.std(axis=0) ** 2).mean()) / inside + rough.std()) / _UNEVEN * 2
