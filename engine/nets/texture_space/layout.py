"""Where samples lie: their codes in the space, and their places on a pad.

Source: Torgerson, Multidimensional Scaling, Psychometrika 1952 (principal coordinates). Ours takes distances between
what VGG-19 sees of the samples, so that what looks alike lies together and a slider between two crosses what is between
them; a code is given before the training and stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats

LONGEST_CODE = 16
_SIZE = 1.5
"""Mean distance of a code from the middle."""


def codes_of(means: Floats, longest: int = LONGEST_CODE) -> Floats:
    """float32 (n, D): principal coordinates of standardised statistics (n, N); D is at most n - 1, and at least 1.

    Samples that cannot be told apart get the same code.
    """
    values = np.asarray(means, np.float64)
    width = values.std(axis=0)
    values = (values - values.mean(axis=0)) / (width + 0.1 * width.mean() + 1e-6)
    left, sizes, _ = np.linalg.svd(values, full_matrices=False)
    left = left * _signs(left)
    count = max(1, min(longest, len(values) - 1))
    codes = (left * sizes)[:, :count]
    length = np.sqrt((codes**2).sum(axis=1).mean())
    return np.asarray(codes * (_SIZE / length if length > 1e-6 else 0), np.float32)


def _signs(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """+1 or -1 for each column, so that its largest entry is positive: a decomposition leaves that open."""
    largest = np.abs(columns).argmax(axis=0)
    return np.where(columns[largest, np.arange(columns.shape[1])] < 0, -1.0, 1.0)


def colours_of(picture: Floats) -> tuple[Floats, Floats]:
    """Mean colour (3,) and the symmetric square root of the colours' covariance (3, 3), of a picture (H, W, 3)."""
    flat = np.asarray(picture, np.float64).reshape(-1, 3)
    values, vectors = np.linalg.eigh(np.cov(flat.T, bias=True) + 1e-8 * np.eye(3))
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return np.asarray(flat.mean(axis=0), np.float32), np.asarray(root, np.float32)


def on_a_pad(codes: Floats, apart: float = 0.16, turns: int = 200) -> Floats:
    """float32 (n, 2), each 0..1: the two main axes of the codes, moved apart where thumbnails would lie on each other.

    Args:
        codes: (n, D).
        apart: the distance that thumbnails want, as far as there is room.
    """
    values = np.asarray(codes, np.float64)
    count = len(values)
    if count == 1:
        return np.full((1, 2), 0.5, np.float32)
    left, sizes, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    flat = (left * _signs(left) * sizes)[:, :2]
    flat = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    reach = np.abs(flat).max(axis=0)
    places = 0.5 + 0.42 * flat / np.where(reach > 1e-9, reach, 1)
    wanted = min(apart, 0.8 / np.sqrt(count))
    # Those in one place need a way to go, and it may not be drawn.
    angle = np.arange(count) * 2.399963
    places += 1e-3 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for _ in range(turns):
        between = places[:, None] - places[None]
        away = np.sqrt((between**2).sum(axis=2)) + np.eye(count)
        push = np.clip(wanted - away, 0, None) / away * (1 - np.eye(count))
        places = np.clip(places + 0.3 * (between * push[..., None]).sum(axis=1), 0.06, 0.94)
    return np.asarray(places, np.float32)
