"""Pictures of different kinds brought together: gray and colour, with alpha and without."""

from __future__ import annotations

import numpy as np

from engine.image import GRAY, GRAY_ALPHA, RGB, RGBA, Floats

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Rec. 601, the Y of YIQ."""


def with_channels(pixels: Floats, channels: int) -> Floats:
    """The same picture, (H, W, C), with as many channels as another; what had no alpha becomes opaque."""
    have = pixels.shape[2]
    if have == channels:
        return pixels
    colour = pixels[..., :1] if have <= GRAY_ALPHA else pixels[..., :3]
    if channels >= RGB and have <= GRAY_ALPHA:
        colour = np.repeat(colour, 3, axis=2)
    elif channels <= GRAY_ALPHA and have >= RGB:
        colour = (colour @ LUMA)[..., None]
    if channels in (GRAY, RGB):
        return np.ascontiguousarray(colour)
    alpha = pixels[..., -1:] if have in (GRAY_ALPHA, RGBA) else np.ones((*pixels.shape[:2], 1), np.float32)
    return np.concatenate([colour, alpha], axis=2)


def premultiplied(pixels: Floats) -> Floats:
    """(..., C) with its colours times alpha; the same array where there is no alpha."""
    if pixels.shape[-1] not in (GRAY_ALPHA, RGBA):
        return pixels
    out = pixels.copy()
    out[..., :-1] *= out[..., -1:]
    return out


def unmultiplied(pixels: Floats) -> Floats:
    """The way back from `premultiplied`; black where alpha is 0."""
    if pixels.shape[-1] not in (GRAY_ALPHA, RGBA):
        return pixels
    out = pixels.copy()
    alpha = out[..., -1:]
    out[..., :-1] = np.where(alpha > 0, out[..., :-1] / np.maximum(alpha, np.float32(1e-6)), 0)
    return out


def lightness(pixels: Floats) -> Floats:
    """The luminance Y of (H, W, C), 0..1, as much as alpha lets one see: float32 (H, W)."""
    seen = premultiplied(pixels)
    return np.ascontiguousarray(seen[..., 0] if seen.shape[-1] <= GRAY_ALPHA else seen[..., :3] @ LUMA)


def blended(before: Floats, after: Floats, strength: Floats) -> Floats:
    """Between two pictures (..., C), 0..1, by `strength` (...), 0..1; transparent colours do not shine through."""
    if (strength >= 1).all():
        return after
    low, high = premultiplied(before), premultiplied(after)
    return np.clip(unmultiplied(low + (high - low) * strength[..., None]), 0, 1)
