"""Pictures on their way to a network and back: brought to another size, and large enough to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from engine.image import Floats, Image
from engine.nets.remembered import digest
from engine.nets.running import Check
from engine.region import Rect

AT_ONCE = 1 << 20
"""Pixels of a large style that are decoded together."""
FEWEST = 32
"""Pixels of a side: less is laid side by side up to that."""


@dataclass(frozen=True, eq=False)
class StylePicture:
    """A style as a network looks at it.

    Attributes:
        pixels: float32 (H, W, 3), 0..1, both sides at least `FEWEST`.
        weights: float32 (H, W), how much each pixel counts; None where all do.
    """

    pixels: Floats
    weights: Floats | None = None

    @cached_property
    def key(self) -> str:
        """A word for its content."""
        return digest(self.pixels) + ("" if self.weights is None else digest(self.weights))

    def reduced(self, factor: float, smallest: int) -> StylePicture:
        """A copy so many times as large, but with no longest side below `smallest`."""
        factor = max(factor, smallest / max(self.pixels.shape[:2]))
        if factor >= 1:
            return self
        weights = None if self.weights is None else resized(self.weights, factor)
        return repeated(resized(self.pixels, factor), weights)


def brought(image: Image, side: int, check: Check) -> Floats:
    """A picture brought to a longest side: float32 (h, w, C), 0..1. A large one is never decoded as a whole."""
    width, height = image.size
    step = max(1, max(width, height) // (2 * side))
    rows = step * max(1, AT_ONCE // (width * step))
    parts = []
    for top in range(0, height, rows):
        check()
        part = image.decoded(Rect(0, top, width, min(rows, height - top)))
        if image.has_alpha:
            part = np.concatenate([part[..., :-1] * part[..., -1:], part[..., -1:]], 2)
        if step > 1:
            size = -(-width // step), -(-part.shape[0] // step)
            part = with_axes(cv2.resize(part, size, interpolation=cv2.INTER_AREA), part)
        parts.append(part)
    pixels = np.concatenate(parts)
    check()
    factor = side / max(pixels.shape[:2])
    pixels = pixels if factor == 1 else resized(pixels, factor)
    if image.has_alpha:
        alpha = pixels[..., -1:]
        shown = np.where(alpha > 0, np.clip(pixels[..., :-1] / np.maximum(alpha, np.float32(1e-6)), 0, 1), 0)
        pixels = np.concatenate([shown, alpha], 2)
    return pixels


def repeated(pixels: Floats, weights: Floats | None) -> StylePicture:
    """A style that is laid side by side with itself until both sides have `FEWEST` pixels."""
    more = [(0, max(0, FEWEST - side)) for side in pixels.shape[:2]]
    if not any(after for _, after in more):
        return StylePicture(pixels, weights)
    weights = None if weights is None else np.pad(weights, more, mode="wrap")
    return StylePicture(np.pad(pixels, [*more, (0, 0)], mode="wrap"), weights)


def resized(pixels: Floats, factor: float) -> Floats:
    """float32 (h, w, ...), 0..1, so many times as large: averaged when it becomes smaller, smooth when larger."""
    size = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.clip(with_axes(cv2.resize(pixels, size, interpolation=way), pixels), 0, 1)


def enlarged(made: Floats, rect: Rect, size: tuple[int, int]) -> Floats:
    """The rectangle `rect` of a picture, float32 (h, w, 3), brought to (width, height)."""
    width, height = size
    if made.shape[:2] == (height, width):
        return made[rect.slices]
    x = (np.arange(rect.x, rect.right, dtype=np.float32) + 0.5) * np.float32(made.shape[1] / width) - np.float32(0.5)
    y = (np.arange(rect.y, rect.bottom, dtype=np.float32) + 0.5) * np.float32(made.shape[0] / height) - np.float32(0.5)
    across, down = np.meshgrid(x, y)
    return np.asarray(cv2.remap(made, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def padded(pixels: Floats, smallest: int) -> Floats:
    """With its last pixels repeated until both sides have so many."""
    more = [(0, max(0, smallest - side)) for side in pixels.shape[:2]]
    if not any(after for _, after in more):
        return pixels
    return np.pad(pixels, [*more, (0, 0)], mode="edge")


def with_axes(changed: Any, like: Floats) -> Floats:
    """With the axis that OpenCV drops where it has one entry."""
    return np.asarray(changed, np.float32).reshape(*changed.shape[:2], *like.shape[2:])
