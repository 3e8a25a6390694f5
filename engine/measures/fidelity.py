"""Fidelity: does it look like the sample? By the distance between clouds of VGG-19 features.

Source: Gaussian Wasserstein-2 distances between feature clouds after Vacher et al., Texture Interpolation for Probing
Visual Perception, NeurIPS 2020 (relu1_1 to relu4_1). Ours is relative to how much the sample's own halves differ, so
that 1 means "as like the sample as the sample is like itself", on any texture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.image import Floats, frozen
from engine.measures.colours import rgb

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
STRIDES = {"relu1_1": 1, "relu2_1": 2, "relu3_1": 4, "relu4_1": 8}
DIMENSIONS = 64
LARGEST_SIDE = 640
MOST_TILES = 6
SMALLEST_SIDE = 32

WHOLE_SIDE = 512
"""Pictures up to this side are seen whole by `fidelity`; of larger ones four parts of PART_SIDE are."""
PART_SIDE = 256

Doubles = NDArray[np.float64]
Maps = NDArray[np.float32]


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
    found: dict[str, list[NDArray[np.float32]]] = {name: [] for name in LAYERS}
    colours = rgb(picture)
    for part in _parts(*colours.shape[:2]):
        for name, maps in _maps(colours[part]).items():
            flat = maps.reshape(maps.shape[0], -1)
            if where is not None:
                flat = flat[:, _thinned(where[part], STRIDES[name], maps.shape[1:]).ravel()]
            found[name].append(flat)
    return {name: _cloud(np.concatenate(parts, axis=1), name) for name, parts in found.items()}


def _maps(colours: Floats) -> dict[str, NDArray[np.float32]]:
    """The features of (H, W, 3) by layer, projected to at most 64 fixed random directions: (D, h, w)."""
    import torch

    from engine.nets.vgg import as_tensor, features

    with torch.inference_mode():
        seen = features(as_tensor(colours), LAYERS)
        return {
            name: torch.tensordot(torch.from_numpy(_directions(maps.shape[1]).copy()), maps[0], 1).numpy()
            for name, maps in seen.items()
        }


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


@lru_cache
def _directions(channels: int) -> NDArray[np.float32]:
    """(at most 64, channels) orthonormal rows, always the same."""
    if channels <= DIMENSIONS:
        return frozen(np.eye(channels, dtype=np.float32))
    draws = np.random.Generator(np.random.Philox(channels)).standard_normal((channels, DIMENSIONS))
    return frozen(np.ascontiguousarray(np.linalg.qr(draws)[0].T, dtype=np.float32))


def _cloud(points: NDArray[np.float32], layer: str) -> Cloud:
    if points.shape[1] < 2:
        raise Unusable("There is too little to compare", f"{layer} sees fewer than two places", "use a larger part")
    import torch

    # numpy's BLAS lets its threads spin between small products, which costs many times the work itself.
    exact = torch.from_numpy(points).double()
    mean = exact.mean(dim=1)
    exact -= mean[:, None]
    return Cloud(mean.numpy(), (exact @ exact.T / (exact.shape[1] - 1)).numpy())


def wasserstein(a: Cloud, b: Cloud) -> float:
    """The Wasserstein-2 distance between two Gaussians (Dowson and Landau 1982)."""
    import torch

    values, vectors = torch.linalg.eigh(torch.from_numpy(a.covariance))
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    between = root @ torch.from_numpy(b.covariance) @ root
    cross = float(torch.linalg.eigvalsh(between).clamp_min(0).sqrt().sum())
    squared = np.square(a.mean - b.mean).sum() + a.spread + b.spread - 2 * cross
    return float(np.sqrt(max(squared, 0.0)))


def distance(a: dict[str, Cloud], b: dict[str, Cloud]) -> float:
    """Mean over the layers of the distance in units of b's spread. 0 is the same texture."""
    return float(np.mean([wasserstein(a[name], b[name]) / np.sqrt(b[name].spread + 1e-9) for name in b]))


@dataclass(frozen=True)
class _Seen:
    """What the network saw of a picture: a grid of parts, row by row, each its maps (D, h, w) by layer."""

    rows: int
    columns: int
    parts: list[dict[str, Maps]]

    @classmethod
    def of(cls, colours: Floats) -> _Seen:
        height, width = colours.shape[:2]
        if max(height, width) <= WHOLE_SIDE:
            return cls(1, 1, [_maps(colours)])
        # All of a large picture says little more than parts from all over it.
        rows, columns = ((1 if side <= PART_SIDE else 2) for side in (height, width))
        rows, columns = (4, 1) if columns == 1 else (1, 4) if rows == 1 else (2, 2)
        sides = min(height, PART_SIDE), min(width, PART_SIDE)
        tops = np.linspace(0, height - sides[0], rows).astype(int)
        lefts = np.linspace(0, width - sides[1], columns).astype(int)
        cuts = [(slice(top, top + sides[0]), slice(left, left + sides[1])) for top in tops for left in lefts]
        return cls(rows, columns, [_maps(np.ascontiguousarray(colours[cut])) for cut in cuts])

    @property
    def clouds(self) -> dict[str, Cloud]:
        return _clouds(self.parts)

    def halves(self, axis: int) -> tuple[dict[str, Cloud], dict[str, Cloud]]:
        """Of the picture cut in two: top and bottom for axis 0, left and right for axis 1."""
        count = (self.rows, self.columns)[axis]
        if count == 1:
            cut = [[{n: _half(m, axis + 1, which) for n, m in part.items()} for part in self.parts] for which in (0, 1)]
            return _clouds(cut[0]), _clouds(cut[1])
        second = [
            (number // self.columns, number % self.columns)[axis] >= count // 2 for number in range(len(self.parts))
        ]
        sides = [
            [part for part, late in zip(self.parts, second, strict=True) if late is which] for which in (False, True)
        ]
        return _clouds(sides[0]), _clouds(sides[1])


def _half(maps: Maps, axis: int, which: int) -> Maps:
    side = maps.shape[axis]
    half: Maps = np.take(maps, np.arange(side // 2) + which * (side - side // 2), axis)
    return half


def _clouds(parts: list[dict[str, Maps]]) -> dict[str, Cloud]:
    return {
        name: _cloud(np.concatenate([part[name].reshape(part[name].shape[0], -1) for part in parts], axis=1), name)
        for name in LAYERS
    }


def own_distance(sample: Floats) -> float:
    """How much the halves of a sample differ: the unit of `fidelity`.

    Raises:
        Unusable: the sample is too small to have halves, or the weights are missing.
    """
    height, width = sample.shape[:2]
    return _own(_Seen.of(rgb(sample)), height, width)


def _own(seen: _Seen, height: int, width: int) -> float:
    axes = [axis for axis, side in enumerate((height, width)) if side // 2 >= SMALLEST_SIDE]
    if min(height, width) < SMALLEST_SIDE or not axes:
        raise Unusable(
            f"The sample of {width} x {height} px is too small to be measured",
            "its halves say nothing about how much it varies",
            f"use one of {2 * SMALLEST_SIDE} px and more a side",
        )
    return max(float(np.mean([distance(*seen.halves(axis)) for axis in axes])), 1e-3)


def fidelity(result: Floats, sample: Floats) -> float:
    """How unlike the sample a result is, in units of how unlike each other the sample's halves are.

    Args:
        result, sample: float32 (H, W, C), 0..1, of any size and channels.

    Returns:
        About 1 is as like as the sample is like itself, and less is possible; 1.5 and more is visibly different.

    Raises:
        Unusable: one of them is too small, or the weights are missing.
    """
    height, width = sample.shape[:2]
    of_sample = _Seen.of(rgb(sample))
    return distance(_Seen.of(rgb(result)).clouds, of_sample.clouds) / _own(of_sample, height, width)
