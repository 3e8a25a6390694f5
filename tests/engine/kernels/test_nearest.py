"""The kd-tree against looking at every point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Stopped
from engine.image import Floats
from engine.kernels.nearest import DEPTH, LEAF, Tree, nearest


def asked(
    tree: Tree, query: Floats, limit: float = np.inf, slack: float = 1.0, most: int = 1 << 30
) -> tuple[int, float]:
    stack, crossed = np.empty((DEPTH, 2), np.int64), np.empty((DEPTH, query.size + 1), np.float32)
    found, away = nearest(
        query,
        np.float32(limit),
        np.float32(slack),
        most,
        tree.points,
        tree.axes,
        tree.cuts,
        tree.levels,
        stack,
        crossed,
    )
    return (int(tree.order[found]) if found >= 0 else -1), float(away)


def made(points: NDArray[np.float32], threads: int = 2) -> Tree:
    ctx = Context(threads=threads)
    tree = Tree.of(ctx, points)
    ctx.close()
    return tree


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 700), dimensions=st.integers(1, 9), seed=st.integers(0, 2**31), coarse=st.booleans())
def test_the_very_nearest_is_found(count: int, dimensions: int, seed: int, coarse: bool) -> None:
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((count, dimensions)).astype(np.float32)
    if coarse:
        points = (np.round(points * 2) / 2).astype(np.float32)
    tree = made(points)
    assert sorted(tree.order) == list(range(count))
    assert np.array_equal(tree.points, points[tree.order])
    for query in rng.standard_normal((8, dimensions)).astype(np.float32):
        apart = np.square(points - query).sum(axis=1)
        found, away = asked(tree, query)
        assert away == pytest.approx(apart.min(), rel=1e-5, abs=1e-6)
        assert apart[found] == pytest.approx(apart.min(), rel=1e-5, abs=1e-6)


def test_nothing_beyond_the_limit() -> None:
    rng = np.random.default_rng(1)
    points = rng.standard_normal((500, 4)).astype(np.float32)
    tree, query = made(points), np.zeros(4, np.float32)
    least = float(np.square(points).sum(axis=1).min())
    assert asked(tree, query, least * 0.99)[0] == -1
    assert asked(tree, query, least * 1.01)[0] >= 0


def test_slack_keeps_its_promise_and_saves_work() -> None:
    """An answer is never further than the true distance times the root of the slack."""
    rng = np.random.default_rng(2)
    points = rng.standard_normal((4000, 8)).astype(np.float32)
    tree = made(points)
    ratios = []
    for query in rng.standard_normal((60, 8)).astype(np.float32):
        best = np.square(points - query).sum(axis=1).min()
        ratios.append(asked(tree, query, slack=4.0)[1] / best)
    assert 1 - 1e-5 <= min(ratios) and max(ratios) <= 4 + 1e-4
    few = [asked(tree, query, most=1)[1] for query in points[:40] + np.float32(0.01)]
    assert np.mean(few) < 1.0, "the first leaf is a good one already"


def test_a_tree_does_not_depend_on_threads() -> None:
    points = np.random.default_rng(3).standard_normal((3000, 5)).astype(np.float32)
    one, three = made(points, 1), made(points, 3)
    assert np.array_equal(one.order, three.order) and np.array_equal(one.cuts, three.cuts)
    assert len(points) >> one.levels <= LEAF


def test_a_stop_ends_the_making() -> None:
    ctx = Context(threads=2)
    ctx.stop()
    with pytest.raises(Stopped):
        Tree.of(ctx, np.zeros((3000, 5), np.float32))
    ctx.close()
