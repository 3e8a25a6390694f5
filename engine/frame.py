"""What a running operation has so far."""

from __future__ import annotations

from dataclasses import dataclass

from engine.image import Floats
from engine.region import Rect


@dataclass(frozen=True, eq=False)
class Frame:
    """A rectangle of the output, better than the last time it was sent.

    Attributes:
        rect: where, in the output's pixels.
        pixels: float32 (rect.h, rect.w, C), 0..1. The operation gives it away and never writes into it again.
        fraction: how much of the whole work is done, 0..1.
        note: a word about the present step ("coarse", "level 2 of 5"); may be empty.
    """

    rect: Rect
    pixels: Floats
    fraction: float
    note: str = ""
