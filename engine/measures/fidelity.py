"""Fidelity: does it look like the sample? By the distance between clouds of VGG-19 features.

Source: Gaussian Wasserstein-2 distances between feature clouds after Vacher et al., Texture Interpolation for Probing
Visual Perception, NeurIPS 2020 (relu1_1 to relu4_1). Ours is relative to how much the sample's own halves differ, so
that 1 means "as like the sample as the sample is like itself", on any texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.image import Floats
from engine.measures.colours import halves, rgb

DIMENSIONS = 64
LARGEST_SIDE = 640
MOST_TILES = 6
SMALLEST_SIDE = 32

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Cloud:
    """Features of one layer as a Gaussian: mean (D,) and covariance (D, D)."""

    mean: Doubles
    covariance: Doubles

    @property
    def spread(self) -> float:
        return float(np.trace(self.covariance))


def clouds(picture: Floats, where: NDArray[np.bool_] | None = None) -> dict[str, Cloud]:
    """The feature cloud of each layer, projected to at most 64 fixed random directions.

    Args:
        picture: float32 (H, W, C), 0..1. Of large ones a few evenly placed parts are taken.
        where: bool (H, W), the pixels that count; a feature counts where most of its pixels do.

    Raises:
        Unusable: too small, or the weights are missing.
    """
    import torch

    from engine.nets.vgg import STRIDES, as_tensor, features

    colours = rgb(picture)
    gathered: dict[str, list[NDArray[np.float32]]] = {name: [] for name in ("relu1_1", "relu2_1", "relu3_1", "relu4_1")}
    for rows, columns in _parts(*colours.shape[:2]):
        with torch.inference_mode():
            seen = features(as_tensor(colours[rows, columns]), tuple(gathered))
        for name, maps in seen.items():
            flat = maps[0].flatten(1)
            if where is not None:
                flat = flat[:, torch.from_numpy(_thinned(where[rows, columns], STRIDES[name], maps.shape[2:]).ravel())]
            gathered[name].append((torch.from_numpy(_directions(flat.shape[0])) @ flat).numpy())
    return {name: _cloud(np.concatenate(parts, axis=1), name) for name, parts in gathered.items()}


def _parts(height: int, width: int) -> list[tuple[slice, slice]]:
    """The whole picture when it is small, else a few squares from all over it."""
    if max(height, width) <= LARGEST_SIDE:
        return [(slice(0, height), slice(0, width))]
    side_y, side_x = min(height, LARGEST_SIDE // 2), min(width, LARGEST_SIDE // 2)
    rows = min(-(-height // side_y), 3 if width > side_x else MOST_TILES)
    columns = min(-(-width // side_x), MOST_TILES // rows)
    tops = np.linspace(0, height - side_y, rows).astype(int)
    lefts = np.linspace(0, width - side_x, columns).astype(int)
    return [(slice(t, t + side_y), slice(x, x + side_x)) for t in tops for x in lefts]


def _thinned(where: NDArray[np.bool_], stride: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which features count: those with most of their pixels inside."""
    padded = np.zeros((shape[0] * stride, shape[1] * stride), np.float32)
    padded[: where.shape[0], : where.shape[1]] = where
    inside: NDArray[np.bool_] = padded.reshape(shape[0], stride, shape[1], stride).mean(axis=(1, 3)) > 0.5
    return inside


def _directions(channels: int) -> NDArray[np.float32]:
    """(at most 64, channels) orthonormal rows, always the same."""
    if channels <= DIMENSIONS:
        return np.eye(channels, dtype=np.float32)
    draws = np.random.Generator(np.random.Philox(channels)).standard_normal((channels, DIMENSIONS))
    return np.ascontiguousarray(np.linalg.qr(draws)[0].T, dtype=np.float32)


def _cloud(points: NDArray[np.float32], layer: str) -> Cloud:
    if points.shape[1] < 2:
        raise Unusable("There is too little to compare", f"{layer} sees fewer than two places", "use a larger part")
    exact = points.astype(np.float64)
    mean = exact.mean(axis=1)
    exact -= mean[:, None]
    return Cloud(mean, exact @ exact.T / (exact.shape[1] - 1))


def wasserstein(a: Cloud, b: Cloud) -> float:
    """The Wasserstein-2 distance between two Gaussians (Dowson and Landau 1982)."""
    values, vectors = np.linalg.eigh(a.covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b.covariance @ root), 0)).sum()
    squared = np.square(a.mean - b.mean).sum() + a.spread + b.spread - 2 * cross
    return float(np.sqrt(max(squared, 0.0)))


def distance(a: dict[str, Cloud], b: dict[str, Cloud]) -> float:
    """Mean over the layers of the distance in units of b's spread. 0 is the same texture."""
    return float(np.mean([wasserstein(a[name], b[name]) / np.sqrt(b[name].spread + 1e-9) for name in b]))


def own_distance(sample: Floats) -> float:
    """How much the halves of a sample differ: the unit of `fidelity`."""
    found = []
    for one, other in halves(sample):
        if min(one.shape[:2]) >= SMALLEST_SIDE:
            found.append(distance(clouds(one), clouds(other)))
    if not found:
        raise Unusable(
            f"The sample of {sample.shape[1]} x {sample.shape[0]} px is too small to be measured",
            "its halves say nothing about how much it varies",
            f"use one of {2 * SMALLEST_SIDE} px and more a side",
        )
    return max(float(np.mean(found)), 1e-3)


def fidelity(result: Floats, sample: Floats) -> float:
    """How unlike the sample a result is, in units of how unlike each other the sample's halves are.

    Args:
        result, sample: float32 (H, W, C), 0..1, of any size and channels.

    Returns:
        About 1 is as like as the sample is like itself, and less is possible; 1.5 and more is visibly different.

    Raises:
        Unusable: one of them is too small, or the weights are missing.
    """
    return distance(clouds(result), clouds(sample)) / own_distance(sample)
