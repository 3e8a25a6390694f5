"""Pictures as the measures see them: what a person would see, whatever the channels."""

from __future__ import annotations

import numpy as np

from engine.image import GRAY_ALPHA, RGBA, Floats

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def rgb(picture: Floats) -> Floats:
    """float32 (H, W, C), C of 1 to 4, as (H, W, 3) on white."""
    channels = picture.shape[2]
    colours = picture[..., : 1 if channels <= GRAY_ALPHA else 3]
    if channels in (GRAY_ALPHA, RGBA):
        alpha = picture[..., -1:]
        colours = colours * alpha + (1 - alpha)
    if colours.shape[2] == 1:
        colours = np.repeat(colours, 3, axis=2)
    return np.ascontiguousarray(colours, dtype=np.float32)


def gray(picture: Floats) -> Floats:
    """float32 (H, W, C) as brightness (H, W)."""
    brightness: Floats = rgb(picture) @ LUMA
    return brightness


def halves(picture: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Left and right, top and bottom: what a texture has to say about its own variation."""
    height, width = picture.shape[:2]
    left_right = picture[:, : width // 2], picture[:, width - width // 2 :]
    return left_right, (picture[: height // 2], picture[height - height // 2 :])
