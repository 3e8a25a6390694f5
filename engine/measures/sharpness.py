"""Sharpness: is the finest detail as strong as in the sample? Blur takes it away, noise adds to it."""

from __future__ import annotations

import cv2

from engine.image import Floats
from engine.measures.colours import gray


def fine_detail(picture: Floats) -> float:
    """Standard deviation of what a blur of one pixel would remove from the brightness."""
    brightness = gray(picture)
    return float((brightness - cv2.GaussianBlur(brightness, (0, 0), 1.0)).std())


def sharpness(result: Floats, sample: Floats) -> float:
    """Fine detail of the result over that of the sample. 1 is right, well below is blur, well above is noise."""
    return fine_detail(result) / max(fine_detail(sample), 1e-6)
