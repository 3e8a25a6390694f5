"""Statistics of feature maps, and how far one picture's are from another's.

Sources: Gatys, Ecker, Bethge, Texture Synthesis Using Convolutional Neural Networks, NIPS 2015 (Gram matrices);
Vacher et al., Texture Interpolation for Probing Visual Perception, NeurIPS 2020, and Olkin and Pukelsheim, The Distance
between Two Random Vectors with Given Dispersion Matrices, 1982 (Wasserstein-2 between Gaussians); Heitz et al., A
Sliced Wasserstein Loss for Neural Texture Synthesis, CVPR 2021; Gonthier, Gousseau, Ladjal, High-resolution Neural
Texture Synthesis with Long-range Constraints, JMIV 2022 (the spectrum).

Features are points: (N, C), one row a place. Every distance is relative to what is wanted (0 is met, 1 is as far as
nothing at all) and gradients flow through it. Sums run in a fixed order, so that no bit depends on the threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

EPSILON = 1e-8
CHUNK = 1024
"""Numbers that are added up at a time."""


def points(maps: Tensor) -> Tensor:
    """(1, C, h, w) as (N, C)."""
    return maps[0].permute(1, 2, 0).reshape(-1, maps.shape[1])


def total(values: Tensor) -> Tensor:
    """The sum of everything, of the same bits on any number of threads: a scalar."""
    flat = values.reshape(-1)
    while flat.numel() > CHUNK:
        spare = -flat.numel() % CHUNK
        flat = torch.nn.functional.pad(flat, (0, spare)).view(-1, CHUNK).sum(1)
    return flat.sum()


def gram(features: Tensor) -> Tensor:
    """Mean products of features, (C, C), of points (N, C)."""
    return features.T @ features / features.shape[0]


@dataclass(frozen=True, eq=False)
class Gram:
    """What Gatys et al. measure: which features come together, and how strongly."""

    wanted: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Gram:
        return cls(gram(features))

    def distance(self, features: Tensor) -> Tensor:
        """The squared difference in parts of the wanted one's own square: a scalar."""
        return total((gram(features) - self.wanted).square()) / (total(self.wanted.square()) + EPSILON)


def gaussian(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (C,) and covariance (C, C) of points (N, C)."""
    mean = features.mean(0)
    away = features - mean
    return mean, away.T @ away / features.shape[0]


def _root(matrix: Tensor, power: float, least: float = 1e-7) -> Tensor:
    """A power of a symmetric matrix that has no negative eigenvalues; those too small count as nothing."""
    values, vectors = _eigen(matrix)
    floor = least * float(values[-1].clamp_min(0)) + 1e-30
    powers = torch.where(values > floor, values.clamp_min(floor).pow(power), torch.zeros_like(values))
    return (vectors * powers) @ vectors.T


def _eigen(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, rising, and eigenvectors: on one thread, as more of them round otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = torch.linalg.eigh(matrix)
    finally:
        torch.set_num_threads(before)
    return found[0], found[1]


@dataclass(frozen=True, eq=False)
class Gaussian:
    """The cloud of features as a Gaussian, in the Wasserstein-2 distance.

    Attributes:
        mean: (C,).
        covariance: (C, C).
        root: its square root.
        spread: the covariance's trace.
    """

    mean: Tensor
    covariance: Tensor
    root: Tensor
    spread: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Gaussian:
        return cls.with_moments(*gaussian(features))

    @classmethod
    def with_moments(cls, mean: Tensor, covariance: Tensor) -> Gaussian:
        return cls(mean, covariance, _root(covariance, 0.5), covariance.diagonal().sum())

    def distance(self, features: Tensor) -> Tensor:
        """The squared Wasserstein-2 distance in parts of what is wanted, mean and spread: a scalar.

        Its slope for the covariance S is 1 - T, where T carries S to the wanted covariance; T itself is not followed.
        """
        mean, covariance = gaussian(features)
        with torch.no_grad():
            between = self.root @ covariance @ self.root
            transport = self.root @ _root(between, -0.5) @ self.root
            cross = total(transport * covariance)
        followed = cross + 0.5 * (total(transport * covariance) - cross)
        bures = self.spread + covariance.diagonal().sum() - 2 * followed
        return (total((mean - self.mean).square()) + bures) / (self.spread + total(self.mean.square()) + EPSILON)


@dataclass(frozen=True, eq=False)
class Sliced:
    """The whole distribution of features, seen along lines.

    Attributes:
        features: the wanted ones, (M, C).
        spread: their mean square.
    """

    features: Tensor
    spread: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Sliced:
        return cls(features, total(features.square()) / features.shape[0])

    def distance(self, features: Tensor, directions: Tensor) -> Tensor:
        """The mean squared distance along `directions`, (C, K) with columns of length 1: a scalar."""
        along = (features @ directions).T.contiguous()
        with torch.no_grad():
            wanted = torch.sort((self.features @ directions).T.contiguous(), dim=1)[0]
            order = torch.argsort(along, dim=1)
            target = torch.empty_like(along).scatter_(1, order, resampled(wanted, along.shape[1]))
        away = total((along - target).square()) / along.numel()
        return away * features.shape[1] / (self.spread + EPSILON)


def resampled(rising: Tensor, count: int) -> Tensor:
    """Sorted rows (K, M) as `count` quantiles, (K, count)."""
    if rising.shape[1] == count:
        return rising
    at = (torch.arange(count, device=rising.device, dtype=torch.float64) + 0.5) * (rising.shape[1] / count) - 0.5
    at = at.clamp(0, rising.shape[1] - 1)
    low = at.floor().long()
    high = (low + 1).clamp_max(rising.shape[1] - 1)
    return torch.lerp(rising[:, low], rising[:, high], (at - low).to(rising.dtype))


@dataclass(frozen=True, eq=False)
class Spectrum:
    """How strong each wave is, and how the channels go together in it: what regular textures need.

    Attributes:
        wanted: complex (C, h, w / 2 + 1), on a grid of the picture's own size.
        spread: sum of squares of what it stands for.
    """

    wanted: Tensor
    spread: Tensor
    mean: Tensor

    @classmethod
    def of(cls, sample: Tensor, shape: tuple[int, ...]) -> Spectrum:
        """Of (1, C, H, W), as a picture of `shape` (h, w) should have it."""
        mean = sample.mean((2, 3), keepdim=True)
        away = (sample - mean)[:, :, : shape[0], : shape[1]]
        for axis in (2, 3):
            side = away.shape[axis]
            edge = max(1, side // 8)
            at = torch.arange(side, device=sample.device) + 0.5
            near = torch.minimum(at, side - at).clamp_max(edge) / edge
            window = torch.sin(near * (torch.pi / 2))
            away = away * (window.view(-1, 1) if axis == 2 else window.view(1, -1))
        power = (sample - mean).square().mean()
        wide = torch.zeros((1, sample.shape[1], *shape), device=sample.device)
        wide[:, :, : away.shape[2], : away.shape[3]] = away
        scale = (power / (wide.square().mean() + EPSILON)).sqrt()
        wanted = torch.fft.rfft2(wide[0] * scale)
        return cls(wanted, total(wide.square()) * scale.square() + EPSILON, mean)

    def slope(self, picture: Tensor) -> tuple[float, Tensor]:
        """The squared distance to the nearest picture of this spectrum, in parts of the whole; and its slope."""
        away = picture - self.mean
        found = torch.fft.rfft2(away[0])
        together = (found * self.wanted.conj()).sum(0)
        turn = together / (together.abs() + EPSILON)
        nearest = torch.fft.irfft2(self.wanted * turn, s=picture.shape[2:])[None]
        rest = away - nearest
        return float(total(rest.square()) / self.spread), rest * (2 / self.spread)
