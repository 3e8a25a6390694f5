"""The tree holds every vector once and finds the nearest."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Stopped
from engine.kernels.vector_tree import LEAF, Tree, grow_tree, nearest


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


def test_branches_grow_the_same_on_any_number_of_threads() -> None:
    vectors = np.random.default_rng(6).normal(size=(3000, 8)).astype(np.float32)
    trees = []
    for threads in (1, 4):
        ctx = Context(threads=threads)
        trees.append(Tree.of(ctx, vectors))
        ctx.close()
    one, other = trees
    assert np.array_equal(one.order, other.order) and np.array_equal(one.nodes, other.nodes)
    assert np.array_equal(one.means[1:], other.means[1:])


def test_it_is_the_tree_that_grows_without_branches() -> None:
    vectors = np.random.default_rng(6).normal(size=(3000, 8)).astype(np.float32)
    tree = Tree.of(Context(threads=1), vectors)
    order, nodes = np.arange(3000, dtype=np.int32), np.empty((6001, 3), np.int32)
    made = grow_tree(vectors, order, nodes, np.empty((6001, 8), np.float32), LEAF, np.zeros(1, np.uint8))
    assert len(tree.nodes) == made and np.array_equal(tree.order, order)
    leaves = [sorted(map(tuple, some[some[:, 2] < 0][:, :2].tolist())) for some in (tree.nodes, nodes[:made])]
    assert leaves[0] == leaves[1]
