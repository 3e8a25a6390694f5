"""The pictures that benchmarks work on: the samples that ship with the program, so that anyone can repeat a figure."""

from __future__ import annotations

from importlib.resources import as_file

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.files import open_picture
from engine.image import RGB, Image
from engine.region import Rect
from resources import sample

TEXTURES = ("basket-weave", "bricks", "floorboards", "gravel", "moss", "pierced-steel", "rock-face", "flagstones")


def texture(name: str, side: int) -> Image:
    """The middle of a sample picture, side x side, RGB, 8 bit. Raises KeyError when there is no such sample."""
    with as_file(sample(name).file) as path:
        image = open_picture(path)
    rect = Rect((image.size[0] - side) // 2, (image.size[1] - side) // 2, side, side)
    part = image.pixels[rect.slices].astype(np.uint8)
    return Image(np.repeat(part[..., :1], 3, axis=2) if image.channels < RGB else part[..., :3], name=name)


def blobs(height: int, width: int, share: float, seed: int = 3) -> NDArray[np.uint8]:
    """A hole of several round pieces that covers this share of the picture, 0 or 255, clear of the border."""
    grain = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    noise = np.asarray(cv2.GaussianBlur(grain, (0, 0), min(height, width) / 14))
    inner = noise[24:-24, 24:-24]
    limit = np.quantile(inner, 1 - share * noise.size / inner.size)
    hole = np.zeros((height, width), np.uint8)
    hole[24:-24, 24:-24][inner > limit] = 255
    return hole
