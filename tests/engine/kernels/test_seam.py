"""The least seam against every seam there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernels.seam import least_seam


def _every_seam(length: int, depth: int) -> list[tuple[int, ...]]:
    return [
        path
        for path in product(range(depth), repeat=length)
        if all(abs(a - b) <= 1 for a, b in zip(path, path[1:], strict=False))
    ]


def _cut(error: np.ndarray) -> np.ndarray:
    cut = np.full(error.shape[0], -1, np.int64)
    least_seam(error.copy(), error.shape[0], error.shape[1], cut)
    return cut


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_no_seam_costs_less(length: int, depth: int, seed: int) -> None:
    error = np.random.default_rng(seed).integers(0, 9, (length, depth)).astype(np.float64)
    cut = tuple(int(d) for d in _cut(error))
    seams = _every_seam(length, depth)
    costs = {seam: sum(error[k, d] for k, d in enumerate(seam)) for seam in seams}
    assert cut in costs
    assert costs[cut] == min(costs.values())


def test_it_follows_a_valley() -> None:
    error = np.full((8, 6), 5.0)
    valley = [2, 3, 4, 5, 4, 3, 2, 1]
    error[np.arange(8), valley] = 0
    assert _cut(error).tolist() == valley


def test_it_steps_at_most_one_aside() -> None:
    error = np.full((3, 5), 1.0)
    error[0, 0] = error[2, 4] = 0
    assert np.abs(np.diff(_cut(error))).max() <= 1


@pytest.mark.parametrize(("length", "depth"), [(1, 1), (5, 1), (1, 4)])
def test_among_equals_the_lowest(length: int, depth: int) -> None:
    assert _cut(np.ones((length, depth))).tolist() == [0] * length


def test_only_the_given_part_counts() -> None:
    error = np.ones((6, 6))
    error[:, 3:] = 0
    cut = np.full(6, -1, np.int64)
    least_seam(error, 4, 3, cut)
    assert cut[:4].max() < 3
    assert (cut[4:] == -1).all()
