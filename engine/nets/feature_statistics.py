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
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from engine.nets.running import Check, threads

EPSILON = 1e-8
CHUNK = 1024
"""Numbers that are added up at a time."""
PART = 1 << 22
"""Numbers of features that are taken at a time."""


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


def gaussian(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (C,) and covariance (C, C) of points (N, C)."""
    mean = features.mean(0)
    return mean, gram(features - mean)


class ByMoments(Protocol):
    """A statistic that knows its points by their mean and their mean products only."""

    @property
    def centre(self) -> Tensor:
        """What both are taken around, (C,)."""
        ...

    def away(self, first: Tensor, second: Tensor) -> Tensor:
        """The distance of points with this mean (C,) and these mean products (C, C), around the centre: a scalar."""
        ...


def slope_by_moments(
    wanted: ByMoments, features: Tensor, check: Check, counted: Tensor | None = None
) -> tuple[float, Tensor]:
    """The distance of points (N, C), and its slope for each of them, as exact as they are; part by part, with a look in
    between.

    Each counts as much as `counted`, (N,) with a mean of 1, says; all alike without it.
    """
    count, width = features.shape
    parts = torch.split(features, max(1, PART // width))
    shares = [None] * len(parts) if counted is None else torch.split(counted[:, None], max(1, PART // width))
    centre = wanted.centre
    first, second = torch.zeros_like(centre), centre.new_zeros((width, width))
    for part, share in zip(parts, shares, strict=True):
        check()
        shifted = part.float() - centre
        weighed = shifted if share is None else shifted * share
        first += weighed.sum(0) / count
        second += weighed.T @ shifted / count
    # Small matrices that are long to sum over: with more threads they would be summed up in other parts.
    with threads(1, gradients=True):
        leaves = first.requires_grad_(True), second.requires_grad_(True)
        distance = wanted.away(*leaves)
        for_first, for_second = torch.autograd.grad(distance, leaves, allow_unused=True, materialize_grads=True)
    for_second = (for_second + for_second.T) / count
    rest = for_first / count - centre @ for_second
    slope = torch.empty_like(features)
    done = 0
    for part, share in zip(parts, shares, strict=True):
        check()
        here = torch.addmm(rest, part.float(), for_second)
        slope[done : done + len(part)] = here if share is None else here.mul_(share)
        done += len(part)
    return float(distance.detach()), slope


@dataclass(frozen=True, eq=False)
class Gram:
    """What Gatys et al. measure: which features come together, and how strongly."""

    wanted: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Gram:
        return cls(gram(features))

    @property
    def centre(self) -> Tensor:
        return torch.zeros_like(self.wanted[0])

    def away(self, first: Tensor, second: Tensor) -> Tensor:
        """The squared difference of products in parts of the wanted ones' own square."""
        return total((second - self.wanted).square()) / (total(self.wanted.square()) + EPSILON)

    def distance(self, features: Tensor) -> Tensor:
        """Of points (N, C): a scalar."""
        return self.away(self.centre, gram(features))


NOTHING = 1e-6
"""Directions that have less than this part of the strongest one's variance count as none."""
RIDGE = 1e-5
"""Added to the variance in each direction, in parts of the mean one: where there is none, no slope is endless."""


def exact(values: Tensor) -> Tensor:
    """The same in double precision; in the machine's own memory where the device has none."""
    return values.to("cpu" if values.device.type == "mps" else values.device, torch.float64)


def eigen(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, rising, and eigenvectors of a symmetric matrix: on one thread, as more of them round otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        values, vectors = torch.linalg.eigh(matrix)
    finally:
        torch.set_num_threads(before)
    return values, vectors


@dataclass(frozen=True, eq=False)
class Gaussian:
    """The cloud of features as a Gaussian, in the Wasserstein-2 distance.

    Attributes:
        mean: (C,).
        root: (C, R), which times its own transpose is the covariance; no more columns than the cloud has directions.
            In double precision, like all that is worked out from it: the weakest and the strongest direction of a
            product of two covariances lie ten or twelve powers of ten apart. In single precision the weak ones are
            noise, and a descent stops where it can no longer tell down from up.
        spread: the covariance's trace.
    """

    mean: Tensor
    root: Tensor
    spread: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Gaussian:
        return cls.with_moments(*gaussian(features))

    @classmethod
    def with_moments(cls, mean: Tensor, covariance: Tensor) -> Gaussian:
        values, vectors = eigen(exact(covariance))
        some = values > NOTHING * values[-1].clamp_min(EPSILON)
        root = vectors[:, some] * values[some].sqrt()
        return cls(mean, root, total(root.square()))

    @property
    def centre(self) -> Tensor:
        return self.mean

    def distance(self, features: Tensor) -> Tensor:
        """Of points (N, C): a scalar."""
        shifted = features - self.mean
        return self.away(shifted.mean(0), gram(shifted))

    def away(self, first: Tensor, second: Tensor) -> Tensor:
        """The squared Wasserstein-2 distance in parts of what is wanted, mean and spread.

        Its slope for the covariance S is 1 - T, where T carries S to the wanted covariance; T itself is not followed.
        """
        first, second, mean = exact(first), exact(second), exact(self.mean)
        covariance = second - torch.outer(first, first)
        with torch.no_grad():
            between = self.root.T @ covariance @ self.root
            count = max(1, between.shape[0])
            ridge = RIDGE * (total(between.diagonal()) / count + NOTHING * (self.spread / count).square()) + EPSILON**2
            values, vectors = eigen(
                between + ridge * torch.eye(len(between), dtype=between.dtype, device=between.device)
            )
            values = values.clamp_min(ridge)
            carried = self.root @ vectors
            transport = (carried / values.sqrt()) @ carried.T
            cross = total((values - ridge).clamp_min(0).sqrt())
        # Half of what T gives for S has the slope of the cross term; its value is put right.
        followed = 0.5 * total(transport * covariance)
        followed = followed + (cross - followed.detach())
        bures = self.spread + covariance.diagonal().sum() - 2 * followed
        return (total(first.square()) + bures) / (self.spread + total(mean.square()) + EPSILON)


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

    def along(self, directions: Tensor) -> Tensor:
        """What is wanted along `directions`, (C, K) with columns of length 1: rising, (K, M)."""
        return rising((self.features @ directions).T.contiguous())

    def distance(self, features: Tensor, directions: Tensor, wanted: Tensor | None = None) -> Tensor:
        """The mean squared distance along `directions`; `wanted` is `along` them, if it is known. A scalar."""
        along = (features @ directions).T.contiguous()
        with torch.no_grad():
            wanted = self.along(directions) if wanted is None else wanted
            target = torch.empty_like(along).scatter_(1, order_of(along), resampled(wanted, along.shape[1]))
        away = total((along - target).square()) / along.numel()
        return away * features.shape[1] / (self.spread + EPSILON)


def rising(rows: Tensor) -> Tensor:
    """Rows (K, N) sorted; by numpy on a processor, which takes a twentieth of the time."""
    if rows.device.type != "cpu":
        return torch.sort(rows, dim=1)[0]
    return torch.from_numpy(np.sort(rows.detach().numpy(), axis=1))


def order_of(rows: Tensor) -> Tensor:
    """Where in each row (K, N) the smallest is, the next one, and so on: int64 (K, N)."""
    if rows.device.type != "cpu":
        return torch.argsort(rows, dim=1)
    return torch.from_numpy(np.argsort(rows.detach().numpy(), axis=1))


def resampled(sorted_rows: Tensor, count: int) -> Tensor:
    """Sorted rows (K, M) as `count` quantiles, (K, count)."""
    if sorted_rows.shape[1] == count:
        return sorted_rows
    at = (torch.arange(count, device=sorted_rows.device, dtype=torch.float64) + 0.5) * (
        sorted_rows.shape[1] / count
    ) - 0.5
    at = at.clamp(0, sorted_rows.shape[1] - 1)
    low = at.floor().long()
    high = (low + 1).clamp_max(sorted_rows.shape[1] - 1)
    return torch.lerp(sorted_rows[:, low], sorted_rows[:, high], (at - low).to(sorted_rows.dtype))


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
