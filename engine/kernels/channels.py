"""Gray and colour, with alpha and without: pictures of one kind as pictures of another, and one laid on another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import GRAY, GRAY_ALPHA, RGB, RGBA, Floats
from engine.kernels.strips import Check, rows_of

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Rec. 601."""


def luminance(pixels: Floats, check: Check | None = None) -> Floats:
    """float32 (H, W), 0..1; black where nothing is seen for alpha. `check` is looked at on the way."""
    out = np.empty(pixels.shape[:2], np.float32)
    for rows in rows_of(out.shape, check):
        part = pixels[rows]
        colour = part[..., 0] if part.shape[2] <= GRAY_ALPHA else part[..., :3] @ LUMA
        out[rows] = colour * part[..., -1] if part.shape[2] in (GRAY_ALPHA, RGBA) else colour
    return out


def with_channels(pixels: Floats, channels: int) -> Floats:
    """The same picture with so many channels: gray becomes colour, colour its luminance, what has no alpha opaque."""
    if pixels.shape[2] == channels:
        return pixels
    colour = pixels[..., :1] if pixels.shape[2] <= GRAY_ALPHA else pixels[..., :3]
    if channels >= RGB and colour.shape[2] == 1:
        colour = np.repeat(colour, 3, axis=2)
    elif channels <= GRAY_ALPHA and colour.shape[2] == 3:
        colour = colour @ LUMA[:, None]
    if channels in (GRAY, RGB):
        return np.ascontiguousarray(colour)
    alpha = pixels[..., -1:] if pixels.shape[2] in (GRAY_ALPHA, RGBA) else np.ones_like(pixels[..., :1])
    return np.concatenate([colour, alpha], axis=2)


def premultiplied(pixels: Floats) -> Floats:
    """Hidden colours under no alpha are black here, so that they neither match nor bleed. (..., C)."""
    if pixels.shape[-1] not in (GRAY_ALPHA, RGBA):
        return pixels
    out = pixels.copy()
    out[..., :-1] *= out[..., -1:]
    return out


def unmultiplied(pixels: Floats) -> Floats:
    """The way back from `premultiplied`: a new array."""
    out = np.clip(pixels, 0, 1)
    if pixels.shape[-1] in (GRAY_ALPHA, RGBA):
        alpha = np.maximum(pixels[..., -1:], np.float32(1e-6))
        out[..., :-1] = np.where(pixels[..., -1:] > 0, np.clip(pixels[..., :-1] / alpha, 0, 1), 0)
    return out


def laid(picture: Floats, made: Floats, mask: Floats) -> Floats:
    """`made` on `picture`, both float32 (..., C), as much as `mask`, (...), 0..1, covers; where it is 1, to the bit."""
    strength = mask[..., None]
    before = premultiplied(picture)
    mixed = unmultiplied(before + (premultiplied(made) - before) * strength)
    return np.where(strength == 1, made, np.where(strength == 0, picture, mixed))


def spread_over(places: NDArray[np.int32], chosen: NDArray[np.bool_]) -> NDArray[np.int32]:
    """`places` of the chosen pixels, (n,), as a map (H, W); -1 elsewhere."""
    out = np.full(chosen.shape, -1, np.int32)
    out[chosen] = places
    return out
