"""Scales of sliders between two samples, as they lie in a file: where the code is at even steps of the eye."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats, frozen

PLACES = "places"
"""The tensor that holds them."""
_EARLIER = "pacing"
"""What versions 1 and 2 hold: how far the eye is at even places of the code."""
_STOPS = 65
"""Of a scale of an earlier version, turned round: four times as many as it had, so that nothing is lost."""


def read(tensors: Mapping[str, NDArray[Any]], count: int) -> Floats | None:
    """float32 (count, count, stops), each row growing from 0 to 1; None where nobody measured them.

    Raises:
        ValueError, LookupError: it is something else.
    """
    if PLACES in tensors:
        return _checked(tensors[PLACES], count)
    if _EARLIER not in tensors:
        return None
    earlier = _checked(tensors[_EARLIER], count)
    even, places = np.linspace(0, 1, _STOPS), np.linspace(0, 1, earlier.shape[-1])
    turned = [np.interp(even, way, places) for way in earlier.reshape(-1, earlier.shape[-1])]
    return frozen(np.asarray(turned, np.float32).reshape(count, count, _STOPS))


def _checked(scales: NDArray[Any], count: int) -> Floats:
    stops = scales.shape[-1]
    if scales.dtype != np.float32 or scales.shape != (count, count, stops) or stops < 2:
        raise ValueError("scales")
    grows = (np.diff(scales, axis=2) > 0).all()
    if not grows or scales[..., 0].any() or not (np.abs(scales[..., -1] - 1) <= 1e-5).all():
        raise ValueError("scales")
    return scales


def place(scale: NDArray[Any], share: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Where the code is, 0..1, after a share (0..1) of the way that the eye goes."""
    way = np.asarray(scale, np.float64)
    return np.asarray(np.interp(share, np.linspace(0, 1, len(way)), way), np.float64)
