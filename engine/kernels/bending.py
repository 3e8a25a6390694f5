"""Bending a regular picture by a few percent, so that whole repeats of its lattice fit into a tile.

Source: Liu, Collins, Tsin, A Computational Model for Periodic Pattern Perception, PAMI 2004 (a tile of a regular
texture holds whole steps of its lattice).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.kernels.lattice import Lattice
from engine.kernels.start import Ints
from engine.kernels.strips import Check, looked_up, rows_of
from engine.region import Rect, Size

Doubles = NDArray[np.float64]
MOST = 0.12
"""The most that a picture is stretched: half a repeat where there are four of them."""


@dataclass(frozen=True, eq=False)
class Bend:
    """A linear map about the middle of a picture.

    Attributes:
        matrix: float64 (2, 2); steps (y, x) of the bent picture times it are steps of the picture.
        shape: (H, W) of both.
    """

    matrix: Doubles
    shape: tuple[int, int]

    @property
    def affine(self) -> Doubles:
        """From a pixel of the bent picture to its place in the picture, (2, 3), x first, as OpenCV wants it."""
        middle = np.array([(self.shape[0] - 1) / 2, (self.shape[1] - 1) / 2])
        shift = middle - middle @ self.matrix
        return np.hstack([self.matrix.T[::-1, ::-1], shift[::-1, None]])

    def places(self, rows: slice | None = None) -> tuple[Doubles, Doubles]:
        """y and x in the picture of the pixels of the bent one, or of some of its rows: (h, W) each."""
        to = self.affine
        some = np.arange(self.shape[0]) if rows is None else np.arange(rows.start, rows.stop)
        y, x = some.astype(np.float64)[:, None], np.arange(self.shape[1], dtype=np.float64)[None]
        return to[1, 0] * x + to[1, 1] * y + to[1, 2], to[0, 0] * x + to[0, 1] * y + to[0, 2]

    def reached(self, check: Check | None = None) -> NDArray[np.bool_]:
        """bool (H, W): which pixels of the bent picture lie inside the picture."""
        out = np.empty(self.shape, np.bool_)
        for rows in rows_of(self.shape, check):
            y, x = self.places(rows)
            out[rows] = (y > -0.5) & (y < self.shape[0] - 0.5) & (x > -0.5) & (x < self.shape[1] - 0.5)
        return out

    def back(self, quilt: Ints, check: Check | None = None) -> Ints:
        """Places of the bent picture (y * W + x) as the nearest places of the picture."""
        height, width = self.shape
        flat = np.empty(self.shape, np.int32)
        for rows in rows_of(self.shape, check):
            y, x = (np.rint(v) for v in self.places(rows))
            flat[rows] = np.clip(y, 0, height - 1) * width + np.clip(x, 0, width - 1)
        return looked_up(flat.reshape(-1), quilt, check)


def fitted(lattice: Lattice | None, shape: tuple[int, int], size: Size) -> tuple[Bend | None, Lattice | None]:
    """How to bend a picture so that its lattice closes on a tile of this size, and the lattice as it is then.

    None and None where there is no lattice, or where it would be bent too far; no bend where nothing would move by half
    a pixel.
    """
    if lattice is None:
        return None, None
    matrix = lattice.closing(size[1], size[0])
    change = np.abs(matrix - np.eye(2))
    if change.max() > MOST or not change.any():
        return None, None
    inverse = np.linalg.inv(matrix)
    first, second = (np.array(step) @ inverse for step in (lattice.first, lattice.second))
    closed = Lattice((float(first[0]), float(first[1])), (float(second[0]), float(second[1])), lattice.strength)
    slight = (change * np.array([[size[1]], [size[0]]])).max() < 0.5
    return (None if slight else Bend(matrix, shape)), closed


def inner(usable: NDArray[np.bool_]) -> Rect:
    """A rectangle around the middle that holds usable pixels only; empty where there is none."""
    rect = Rect.of(usable)
    while not rect.empty and not usable[rect.slices].all():
        rect = rect.grown(-1)
    return rect
