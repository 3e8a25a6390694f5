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

    def places(self) -> tuple[Doubles, Doubles]:
        """y and x in the picture of every pixel of the bent one: (H, W) each."""
        to = self.affine
        y, x = np.arange(self.shape[0], dtype=np.float64)[:, None], np.arange(self.shape[1], dtype=np.float64)[None]
        return to[1, 0] * x + to[1, 1] * y + to[1, 2], to[0, 0] * x + to[0, 1] * y + to[0, 2]

    def reached(self) -> NDArray[np.bool_]:
        """bool (H, W): which pixels of the bent picture lie inside the picture."""
        y, x = self.places()
        return (y > -0.5) & (y < self.shape[0] - 0.5) & (x > -0.5) & (x < self.shape[1] - 0.5)

    def back(self, quilt: Ints) -> Ints:
        """Places of the bent picture (y * W + x) as the nearest places of the picture."""
        rows, columns = self.shape
        y, x = (np.rint(v) for v in self.places())
        flat = np.clip(y, 0, rows - 1) * columns + np.clip(x, 0, columns - 1)
        return np.asarray(flat.astype(np.int32).reshape(-1)[quilt])


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
