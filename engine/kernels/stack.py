"""The features of a picture as the patch field compares them: whole numbers, the channels of a pixel side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.kernels.field_search import LANES
from engine.kernels.pyramid import Shorts
from engine.kernels.strips import Check, rows_of

Bools = NDArray[np.bool_]

SCALE = 2
"""Feature units per level of an 8-bit channel: colours are 0..510."""
LARGEST_FEATURE = 1023
"""No feature may be larger than this in size: the cost of a 15 x 15 patch of 8 channels then fits 31 bits."""
UNLIMITED = 32767


@dataclass(eq=False)
class Stack:
    """The features of a picture at one level.

    Attributes:
        values: int16, flat, the channels of a pixel side by side, LANES values to spare at the end.
        height, width, channels: of the picture that they are of. For a torus (`wrapped`) they include the margin.
    """

    values: Shorts
    height: int
    width: int
    channels: int

    @classmethod
    def of(cls, features: NDArray[np.int16], check: Check | None = None) -> Stack:
        """From int16 (H, W, C), each within -1023..1023 unless its differences are limited (`PatchField.limits`).

        To weight a channel by w, multiply it by sqrt(w).
        """
        return cls.beside([features], check)

    @classmethod
    def beside(cls, parts: Sequence[NDArray[np.int16]], check: Check | None = None, spacing: int = 0) -> Stack:
        """From features int16 (H, W, C) of one size, their channels side by side.

        Args:
            spacing: the last part is a map of labels 0, 1, ..., which then lie so far apart, from -32768 on. 0 takes
                it as it is.
        """
        height, width = parts[0].shape[:2]
        channels = sum(part.shape[2] for part in parts)
        values = np.zeros(height * width * channels + 2 * LANES, np.int16)
        filled = values[: height * width * channels].reshape(height, width, channels)
        for rows in rows_of((height, width), check):
            first = 0
            for number, part in enumerate(parts):
                some = part[rows]
                if spacing and number == len(parts) - 1:
                    some = (some.astype(np.int32) * spacing - 32768).astype(np.int16)
                filled[rows, :, first : first + part.shape[2]] = some
                first += part.shape[2]
        return cls(values, height, width, channels)

    @classmethod
    def wrapped(cls, features: NDArray[np.int16], patch: int, check: Check | None = None) -> Stack:
        """From one period of a torus: the first patch - 1 rows and columns are repeated at the end."""
        height, width, channels = features.shape
        lines, columns = np.arange(height + patch - 1) % height, np.arange(width + patch - 1) % width
        wide = np.empty((lines.size, columns.size, channels), np.int16)
        for rows in rows_of(wide.shape, check):
            wide[rows] = features[lines[rows]][:, columns]
        return cls.of(wide, check)

    @property
    def image(self) -> Shorts:
        """The features as int16 (H, W, C), sharing memory."""
        return self.values[: self.height * self.width * self.channels].reshape(self.height, self.width, self.channels)


def atlas(pictures: Sequence[NDArray[np.int16]], masks: Sequence[Bools] | None = None) -> tuple[Shorts, Bools]:
    """Several sources one above the other: features int16 (sum H, max W, C) and which pixels are real, bool.

    Args:
        pictures: int16 (H, W, C), C the same for all.
        masks: per picture bool (H, W), True where it may be taken from. All of it by default.
    """
    width = max(picture.shape[1] for picture in pictures)
    height = sum(picture.shape[0] for picture in pictures)
    features = np.zeros((height, width, pictures[0].shape[2]), np.int16)
    real = np.zeros((height, width), np.bool_)
    top = 0
    for number, picture in enumerate(pictures):
        rows, columns = picture.shape[:2]
        features[top : top + rows, :columns] = picture
        real[top : top + rows, :columns] = True if masks is None else masks[number]
        top += rows
    return features, real


def full_limits(patch: int, channels: Sequence[int]) -> Shorts:
    """The limits that compare every value of a patch: int16, rows of whole LANES, 0 beyond the patch.

    Args:
        channels: the limit of each channel.
    """
    run = -(-patch * len(channels) // LANES) * LANES
    limits = np.zeros((patch, run), np.int16)
    limits[:, : patch * len(channels)] = np.tile(np.array(channels, np.int16), patch)
    return limits.reshape(-1)
