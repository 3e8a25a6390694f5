"""The tree holds every vector once and finds the nearest."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Stopped
from engine.kernels.vector_tree import LEAF, Tree, nearest


@pytest.fixture
def tree() -> Tree:
    steps = np.random.default_rng(4).normal(size=(1500, 8))
    return Tree.of(Context(), np.cumsum(steps, axis=0).astype(np.float32))


def test_every_vector_is_in_one_leaf(tree: Tree) -> None:
    assert sorted(tree.order) == list(range(1500))
    leaves = tree.nodes[tree.nodes[:, 2] < 0]
    assert sorted(leaves[:, 0])[1:] == sorted(leaves[:, 1])[:-1]
    assert (leaves[:, 1] - leaves[:, 0] <= LEAF).all()


def test_with_all_leaves_it_is_the_nearest_and_with_few_mostly(tree: Tree) -> None:
    queries = tree.vectors[::10] + np.random.default_rng(5).normal(size=(150, 8)).astype(np.float32)
    truth = [int(np.square(tree.vectors - query).sum(axis=1).argmin()) for query in queries]

    def hits(leaves: int) -> float:
        found = [nearest(q, tree.vectors, tree.order, tree.nodes, tree.means, leaves) for q in queries]
        return float(np.mean([a == b for a, b in zip(found, truth, strict=True)]))

    assert hits(2000) == 1
    assert hits(4) > 0.7


def test_equal_vectors_can_be_divided() -> None:
    tree = Tree.of(Context(), np.ones((100, 4), np.float32))
    assert sorted(tree.order) == list(range(100))
    assert 0 <= nearest(np.ones(4, np.float32), tree.vectors, tree.order, tree.nodes, tree.means, 3) < 100


def test_growing_stops() -> None:
    ctx = Context()
    ctx.stop()
    with pytest.raises(Stopped):
        Tree.of(ctx, np.random.default_rng(1).normal(size=(200, 4)).astype(np.float32))
