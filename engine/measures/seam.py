"""Seams: does a line show where two parts meet?

Steps in colour across the line are compared with steps across lines like it that nobody made: all others of a tile,
contours a few pixels inside and outside a hole. The answer is in standard deviations of those; within 2 nobody sees it.
Well below -2 is a seam as well: a band so smooth that it shows.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.image import Floats
from engine.kernels.strips import Check, at_ease, rows_of
from engine.measures.colours import rgb

REACH = 16
FEWEST = 24
_FLOOR = 0.004
"""A step of one level in 256: smaller differences between lines are nothing to compare with."""


def _score(at: float, elsewhere: NDArray[np.float64]) -> float:
    return float((at - elsewhere.mean()) / (elsewhere.std() + _FLOOR))


def line_seam(picture: Floats, *, row: int | None = None, column: int | None = None) -> float:
    """How visible the line before a row, or before a column, is.

    Args:
        picture: float32 (H, W, C), 0..1.
        row: 1..H-1, or column: 1..W-1. One of the two.
    """
    if (row is None) == (column is None):
        raise ValueError("a line is a row or a column")
    colours = rgb(picture)
    steps = _steps(colours if row is not None else colours.swapaxes(0, 1))
    at = (row if row is not None else column or 0) - 1
    if not 0 <= at < len(steps) or len(steps) < 3:
        raise Unusable("There is no such line inside the picture", f"it has {len(steps)} of them", "choose one inside")
    return _score(float(steps[at]), np.delete(steps, at))


def _steps(colours: Floats) -> NDArray[np.float64]:
    """Mean absolute step from each row to the next, (H - 1,)."""
    steps: NDArray[np.float64] = np.abs(np.diff(colours, axis=0)).mean(axis=(1, 2), dtype=np.float64)
    return steps


def wrap_seam(picture: Floats, check: Check = at_ease) -> float:
    """How visible the joints are when the picture is laid as a tile: the worse of the two directions.

    Measured as it is shown, in steps of 1/255, so that a result and the file it is stored in have one figure.

    Args:
        picture: float32 (H, W, C), 0..1, at least 4 px a side.
        check: looks whether to stop, and raises if so.
    """
    colours = rgb(picture)
    if min(colours.shape[:2]) < 4:
        raise Unusable("The tile is too small to show a seam", "it has fewer than 4 px a side", "use a larger one")
    shown = np.empty(colours.shape, np.float32)
    for rows in rows_of(colours.shape, check):
        shown[rows] = np.rint(colours[rows] * 255) * np.float32(1 / 255)
    colours, scores = shown, []
    for turned in (colours, colours.swapaxes(0, 1)):
        check()
        joint = float(np.abs(turned[0] - turned[-1]).mean())
        scores.append(_score(joint, _steps(turned)))
    return max(scores, key=abs)


def hole_seam(picture: Floats, hole: Floats) -> float:
    """How visible the rim of a filled hole is.

    Args:
        picture: float32 (H, W, C), 0..1, filled.
        hole: float32 (H, W), more than 0 inside.

    Raises:
        Unusable: the hole has no rim inside the picture, or no contours beside it to compare with.
    """
    inside = hole > 0
    if not inside.any() or inside.all():
        raise Unusable("The hole has no rim", "it is empty or covers everything", "use one with an edge")
    colours = rgb(picture)
    ones = inside.astype(np.uint8)
    depth = cv2.distanceTransform(ones, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - ones, cv2.DIST_L2, 5)
    total, count = np.zeros(2 * REACH + 1), np.zeros(2 * REACH + 1)
    for axis in (0, 1):
        step = np.abs(np.diff(colours, axis=axis)).mean(axis=2, dtype=np.float64)
        one, other = (depth[:-1], depth[1:]) if axis == 0 else (depth[:, :-1], depth[:, 1:])
        low, high = np.minimum(one, other), np.maximum(one, other)
        for k, level in enumerate(range(-REACH, REACH + 1)):
            crossing = (low < level) & (high >= level) if level > 0 else (low <= level) & (high > level)
            total[k] += step[crossing].sum()
            count[k] += crossing.sum()
    usable = count >= FEWEST
    usable[[REACH - 1, REACH, REACH + 1]] = False
    if count[REACH] == 0 or usable.sum() < 4:
        raise Unusable(
            "The hole is too small to show a seam", "there are no contours beside its rim", "use a larger one"
        )
    return _score(total[REACH] / count[REACH], total[usable] / count[usable])
