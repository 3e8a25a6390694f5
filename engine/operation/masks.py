"""Masks as an operation's declaration gets them: at their own depth, before anything is decoded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import GRAY_ALPHA, Image
from engine.operation.declaration import Input
from engine.region import Rect


def inside(mask: Input | None) -> NDArray[np.bool_]:
    """What a mask covers at all, however faintly: bool (H, W)."""
    array = mask.pixels if isinstance(mask, Image) else np.asarray(mask)
    if array.ndim == 3:
        array = array[..., : 1 if array.shape[2] <= GRAY_ALPHA else 3].max(axis=2)
    return np.asarray(array > 0)


def bounds(mask: Input | None, reach: int = 0) -> Rect:
    """The smallest rectangle with all that a mask covers, grown by `reach` px as far as the mask goes."""
    covered = inside(mask)
    return Rect.around(covered).grown(reach).clipped(Rect.of(covered))
