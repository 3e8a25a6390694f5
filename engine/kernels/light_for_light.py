"""A picture in the colours of a texture, light for light: a first look that can be had at once, whatever the size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.image import Floats
from engine.kernels.channels import laid, luminance
from engine.kernels.strips import Check, rows_of

STEPS = 1021
"""Of light."""
APART = 16
"""Pixels between those of the picture that tell how its light is distributed."""


def light_for_light(
    sample: Floats, picture: Floats, mask: Floats | None, check: Check | None = None
) -> Iterator[tuple[slice, Floats]]:
    """The picture, a strip at a time, with the sample's colour for each of its lights.

    As much of the picture is as dark as of the sample (histogram specification).

    Args:
        sample: float32 (h, w, C), 0..1.
        picture: float32 (H, W, C or any), 0..1.
        mask: float32 (H, W), 0..1, where it goes; None for everywhere.

    Yields:
        (rows, float32 (n, W, C)).
    """
    flat = sample.reshape(-1, sample.shape[2])
    flat = flat[:: max(1, len(flat) // STEPS**2)]
    order = np.argsort(luminance(flat[None])[0], kind="stable")
    colours = flat[order[np.arange(STEPS) * len(flat) // STEPS]]
    few = luminance(picture[::APART, ::APART])
    shares = np.searchsorted(np.sort(few, axis=None), np.arange(STEPS) / (STEPS - 1)) / few.size
    table = colours[np.clip(np.rint(shares * (STEPS - 1)), 0, STEPS - 1).astype(np.int32)]
    for rows in rows_of(picture.shape, check):
        part = picture[rows]
        steps = np.clip(np.rint(luminance(part) * (STEPS - 1)), 0, STEPS - 1).astype(np.int32)
        made = table[steps]
        yield rows, made if mask is None else laid(part, made, mask[rows])
