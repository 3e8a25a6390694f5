"""Statistics of features against slow twins, closed forms and what has to hold of any distance."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.nets.feature_statistics import (
    Gaussian,
    Gram,
    Sliced,
    Spectrum,
    gaussian,
    gram,
    points,
    resampled,
    slope_by_moments,
    total,
)


def cloud(seed: int, count: int = 300, width: int = 6, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixed = torch.randn(width, width, generator=generator, dtype=dtype)
    return torch.randn(count, width, generator=generator, dtype=dtype) @ mixed + 0.5


def test_points_are_places() -> None:
    maps = torch.arange(2 * 3 * 4.0).view(1, 2, 3, 4)
    assert points(maps).shape == (12, 2)
    assert points(maps)[5].tolist() == [float(maps[0, 0, 1, 1]), float(maps[0, 1, 1, 1])]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 5000))
def test_the_total_is_the_sum_whatever_the_number_of_threads(count: int) -> None:
    values = torch.rand(count, generator=torch.Generator().manual_seed(count)) - 0.4
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found.append(total(values))
    assert torch.equal(*found)
    assert float(found[0]) == pytest.approx(float(values.double().sum()), abs=1e-3)


def test_gram_by_the_book() -> None:
    x = cloud(1, 40, 3)
    wanted = np.zeros((3, 3))
    for row in x.numpy():
        wanted += np.outer(row, row)
    np.testing.assert_allclose(gram(x).numpy(), wanted / 40, atol=1e-12)
    other = cloud(2, 40, 3)
    away = ((gram(other) - gram(x)).numpy() ** 2).sum() / (gram(x).numpy() ** 2).sum()
    assert float(Gram.of(x).distance(other)) == pytest.approx(away)


def test_moments_by_the_book() -> None:
    x = cloud(3, 50, 4)
    mean, covariance = gaussian(x)
    np.testing.assert_allclose(mean.numpy(), x.numpy().mean(0), atol=1e-12)
    np.testing.assert_allclose(covariance.numpy(), np.cov(x.numpy().T, bias=True), atol=1e-12)


def whole(known: Gaussian) -> float:
    """What distances are given in parts of."""
    return float(known.spread + known.mean.square().sum())


def test_transport_between_axes_has_a_closed_form() -> None:
    """Of covariances along the axes: the squared differences of means and of deviations, added up."""
    mean, other = torch.tensor([0.1, -0.5, 0.3]).double(), torch.tensor([0.4, 0.0, 0.3]).double()
    spread, more = torch.tensor([1.0, 0.25, 4.0]).double(), torch.tensor([2.0, 0.5, 1.0]).double()
    known = Gaussian.with_moments(mean, spread.diag())
    # Six points a side whose moments are exactly these.
    deviation = (3 * more).sqrt().diag()
    x = torch.cat([deviation, -deviation]) + other
    wanted = float((mean - other).square().sum() + (spread.sqrt() - more.sqrt()).square().sum())
    assert float(known.distance(x)) * whole(known) == pytest.approx(wanted, rel=2e-3)


def test_transport_by_matrix_roots() -> None:
    """The formula of Olkin and Pukelsheim, with matrix roots in double precision."""

    def root(matrix: np.ndarray) -> np.ndarray:
        values, vectors = np.linalg.eigh(matrix)
        return np.asarray((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)

    x, y = cloud(4), cloud(5)
    a, b = np.cov(x.numpy().T, bias=True), np.cov(y.numpy().T, bias=True)
    means = ((x.numpy().mean(0) - y.numpy().mean(0)) ** 2).sum()
    wanted = means + np.trace(a) + np.trace(b) - 2 * np.trace(root(root(a) @ b @ root(a)))
    known = Gaussian.of(x)
    assert float(known.distance(y)) * whole(known) == pytest.approx(wanted, rel=1e-4)
    back = Gaussian.of(y)
    assert float(back.distance(x)) * whole(back) == pytest.approx(wanted, rel=1e-4), "there and back"


def test_down_can_be_told_from_up_close_to_what_is_wanted() -> None:
    """Directions that differ by thousands, in single precision, as a network's do: a small step down leads down."""
    generator = torch.Generator().manual_seed(12)
    mixed = torch.linalg.qr(torch.randn(96, 96, generator=generator))[0] * torch.logspace(0, -3, 96)[:, None]
    x, more = (torch.randn(1500, 96, generator=generator) @ mixed for _ in range(2))
    known, y = Gaussian.of(x), 0.9 * x + 0.1 * more
    value, slope = slope_by_moments(known, y, lambda: None)
    fall = float(slope.square().sum())
    for part in (1e-2, 1e-3, 1e-4):
        step = part * value / fall
        lower, _ = slope_by_moments(known, y - step * slope, lambda: None)
        assert (value - lower) / (part * value) == pytest.approx(1, abs=0.1)


DIRECTIONS = torch.randn(6, 5, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
DIRECTIONS /= DIRECTIONS.norm(dim=0)


def distances(x: Tensor, y: Tensor) -> list[Tensor]:
    """Of y to what x is, in every statistic."""
    return [Gram.of(x).distance(y), Gaussian.of(x).distance(y), Sliced.of(x).distance(y, DIRECTIONS)]


def test_nothing_is_nearer_than_the_same() -> None:
    x = cloud(6)
    for same, order, other in zip(
        distances(x, x), distances(x, x[torch.randperm(300)]), distances(x, cloud(7)), strict=True
    ):
        assert abs(float(same)) < 1e-4 and abs(float(order)) < 1e-4, "places do not count"
        assert float(other) > 0.05


def test_sliced_by_sorting() -> None:
    x, y = cloud(8, 40), cloud(9, 40)
    wanted = 0.0
    for k in range(5):
        one = sorted(float(v) for v in x @ DIRECTIONS[:, k])
        other = sorted(float(v) for v in y @ DIRECTIONS[:, k])
        wanted += sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) / (40 * 5)
    known = Sliced.of(x)
    assert float(known.distance(y, DIRECTIONS)) == pytest.approx(wanted * 6 / float(known.spread), rel=1e-6)


def test_quantiles_of_more_and_of_fewer() -> None:
    rising = torch.tensor([[0.0, 1.0, 2.0, 3.0]])
    assert torch.equal(resampled(rising, 4), rising)
    assert resampled(rising, 2).tolist() == [[0.5, 2.5]]
    assert resampled(rising, 8).tolist() == [[0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_slopes_are_those_of_the_distances(number: int) -> None:
    x, y = cloud(10, 80), cloud(11, 70).requires_grad_(True)
    (slope,) = torch.autograd.grad(distances(x, y)[number], y)
    way = torch.randn(y.shape, generator=torch.Generator().manual_seed(3), dtype=y.dtype) * 1e-6
    rise = float(distances(x, (y + way).detach())[number] - distances(x, (y - way).detach())[number]) / 2
    assert float((slope * way).sum()) == pytest.approx(rise, rel=1e-3)


def test_a_cloud_with_no_width_can_be_left() -> None:
    """A flat picture has no variance anywhere: the slope there is finite."""
    flat = torch.full((60, 6), 0.3, requires_grad=True)
    known = Gaussian.of(cloud(12, dtype=torch.float32))
    (slope,) = torch.autograd.grad(known.distance(flat), flat)
    assert bool(torch.isfinite(slope).all())
    few = torch.rand(4, 64, requires_grad=True)  # fewer points than directions
    (slope,) = torch.autograd.grad(Gaussian.of(torch.rand(5, 64)).distance(few), few)
    assert bool(torch.isfinite(slope).all())


def test_the_same_bits_on_one_and_two_threads() -> None:
    x, y = cloud(13, 900, 256, torch.float32), cloud(14, 900, 256, torch.float32)
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        leaf = y.clone().requires_grad_(True)
        value = Gaussian.of(x).distance(leaf)
        found.append((value.detach(), torch.autograd.grad(value, leaf)[0]))
    assert torch.equal(found[0][0], found[1][0]) and torch.equal(found[0][1], found[1][1])


def test_the_spectrum_knows_waves_and_not_places() -> None:
    x = torch.arange(32.0)
    wave = (0.5 + 0.3 * torch.sin(x * (2 * torch.pi * 4 / 32))).expand(1, 3, 32, 32).contiguous()
    known = Spectrum.of(wave, (32, 32))
    moved, slope = known.slope(wave.roll(3, 3))
    assert moved < 0.05, "the same wave elsewhere, but for the window"
    across, way = known.slope(wave.transpose(2, 3).contiguous())
    assert across > 0.5
    step = wave.transpose(2, 3) - 0.2 * way / way.abs().max()
    assert known.slope(step)[0] < across
    assert slope.shape == wave.shape
