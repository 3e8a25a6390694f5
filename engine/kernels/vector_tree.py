"""Nearest neighbours among very many short vectors, by a tree of ever finer codebooks.

Source: tree-structured vector quantisation as in Wei and Levoy, Fast Texture Synthesis Using Tree-Structured Vector
Quantization, SIGGRAPH 2000, section 3.2 (after Gersho and Gray, Vector Quantization and Signal Compression, 1992).
Ours stops dividing at a handful of vectors, looks at all of them, and goes back for the next best handfuls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Bytes, Floats
from engine.kernels.compiled import kernel

Ints = NDArray[np.int32]

LEAF = 8
"""Vectors that are not divided any further."""
ROUNDS = 3
"""Times that each division is improved."""
BRANCHES = 32
"""Branches, about, that are grown by themselves, each by one thread."""


@kernel
def distance(a: Floats, b: Floats) -> float:
    """The squared distance of two vectors of equal length, a multiple of 4."""
    zero = np.float32(0)
    s0, s1, s2, s3 = zero, zero, zero, zero
    for k in range(0, a.shape[0], 4):
        d0, d1, d2, d3 = a[k] - b[k], a[k + 1] - b[k + 1], a[k + 2] - b[k + 2], a[k + 3] - b[k + 3]
        s0 += d0 * d0
        s1 += d1 * d1
        s2 += d2 * d2
        s3 += d3 * d3
    return (s0 + s1) + (s2 + s3)


@kernel
def divided(vectors: Floats, order: Ints, start: int, stop: int, halves: Floats) -> int:
    """Sorts order[start:stop] into two groups by 2-means, and returns where the second begins.

    Args:
        vectors: float32 (N, D).
        order: int32 (N,), reordered.
        halves: float32 (2, D), receives the groups' means.
    """
    count, size = stop - start, vectors.shape[1]
    mean, spread = np.zeros(size, np.float64), np.zeros(size, np.float64)
    for i in range(start, stop):
        for k in range(size):
            value = np.float64(vectors[order[i], k])
            mean[k] += value
            spread[k] += value * value
    axis, widest = 0, -1.0
    for k in range(size):
        mean[k] /= count
        variance = spread[k] / count - mean[k] * mean[k]
        if variance > widest:
            axis, widest = k, variance
    step = np.float32(np.sqrt(max(widest, 0.0)))
    for k in range(size):
        halves[0, k] = halves[1, k] = mean[k]
    halves[0, axis] -= step
    halves[1, axis] += step
    middle = start
    sums = np.zeros((2, size), np.float64)
    for _ in range(ROUNDS):
        for k in range(size):
            sums[0, k] = sums[1, k] = 0
        left, right = start, stop
        while left < right:
            i = order[left]
            side = 1 if distance(vectors[i], halves[1]) < distance(vectors[i], halves[0]) else 0
            for k in range(size):
                sums[side, k] += vectors[i, k]
            if side == 0:
                left += 1
            else:
                right -= 1
                order[left] = order[right]
                order[right] = i
        middle = left
        if middle == start or middle == stop:
            return (start + stop) // 2
        for k in range(size):
            halves[0, k] = sums[0, k] / (middle - start)
            halves[1, k] = sums[1, k] / (stop - middle)
    return middle


@kernel
def grow_tree(vectors: Floats, order: Ints, nodes: Ints, means: Floats, leaf: int, cancel: Bytes) -> int:
    """Divides vectors until `leaf` or fewer are left together; returns the number of nodes.

    Args:
        order: int32 (n,), which vectors; reordered.
        nodes: int32 (M, 3), written: first and last of a leaf's part of `order` and -1; or the two children (side by
            side: the first one's number) in place 2.
        means: float32 (M, D), each node's mean, written.
    """
    nodes[0, 0], nodes[0, 1], nodes[0, 2] = 0, len(order), -1
    made = 1
    halves = np.empty((2, vectors.shape[1]), np.float32)
    node = 0
    while node < made:
        if cancel[0] != 0:
            return made
        start, stop = nodes[node, 0], nodes[node, 1]
        if stop - start > leaf:
            middle = divided(vectors, order, start, stop, halves)
            nodes[node, 2] = made
            nodes[made, 0], nodes[made, 1], nodes[made, 2] = start, middle, -1
            nodes[made + 1, 0], nodes[made + 1, 1], nodes[made + 1, 2] = middle, stop, -1
            for k in range(vectors.shape[1]):
                means[made, k], means[made + 1, k] = halves[0, k], halves[1, k]
            made += 2
        node += 1
    return made


@kernel
def nearest(query: Floats, vectors: Floats, order: Ints, nodes: Ints, means: Floats, leaves: int) -> int:
    """The number of the vector that is nearest among those in the `leaves` most promising leaves."""
    waiting, away = np.empty(64, np.int32), np.empty(64, np.float32)
    count, node = 0, 0
    best, least = -1, np.float32(np.inf)
    for _ in range(leaves):
        while nodes[node, 2] >= 0:
            child = nodes[node, 2]
            near, far = distance(query, means[child]), distance(query, means[child + 1])
            if far < near:
                near, far = far, near
                node, other = child + 1, child
            else:
                node, other = child, child + 1
            if count < 64:
                waiting[count], away[count] = other, far
                count += 1
        for i in range(nodes[node, 0], nodes[node, 1]):
            d = distance(query, vectors[order[i]])
            if d < least:
                best, least = order[i], d
        if count == 0:
            break
        k = 0
        for i in range(1, count):
            if away[i] < away[k]:
                k = i
        node = waiting[k]
        count -= 1
        waiting[k], away[k] = waiting[count], away[count]
    return best


@dataclass(frozen=True, eq=False)
class Tree:
    """A grown tree, as the kernels take it."""

    vectors: Floats
    order: Ints
    nodes: Ints
    means: Floats

    @classmethod
    def of(cls, ctx: Context, vectors: Floats) -> Tree:
        """From float32 (N, D), D a multiple of 4."""
        order = np.arange(len(vectors), dtype=np.int32)
        crown = _grown(vectors, order, max(LEAF, len(vectors) // BRANCHES), ctx.cancel)
        ctx.check()
        nodes, means = crown
        tips = np.flatnonzero((nodes[:, 2] < 0) & (nodes[:, 1] - nodes[:, 0] > LEAF))
        branches: list[tuple[Ints, Floats]] = [crown] * len(tips)

        def grow(number: int, cancel: Bytes) -> None:
            start, stop = nodes[tips[number], :2]
            branches[number] = _grown(vectors, order[start:stop], LEAF, cancel)

        ctx.each(grow, [(number,) for number in range(len(tips))])
        # Each branch stands in the place of its tip, its further nodes behind everything that is there.
        base = len(nodes)
        for tip, (more, _) in zip(tips, branches, strict=True):
            start = nodes[tip, 0]
            more[:, 2] += np.where(more[:, 2] >= 0, base - 1, 0).astype(np.int32)
            more[:, :2] += start
            nodes[tip] = more[0]
            base += len(more) - 1
        nodes = np.concatenate([nodes, *(more[1:] for more, _ in branches)])
        means = np.concatenate([means, *(middles[1:] for _, middles in branches)])
        return cls(vectors, order, nodes, means)


def _grown(vectors: Floats, order: Ints, leaf: int, cancel: Bytes) -> tuple[Ints, Floats]:
    """The nodes and means of a tree of some of the vectors."""
    nodes = np.empty((2 * len(order) + 1, 3), np.int32)
    means = np.empty((2 * len(order) + 1, vectors.shape[1]), np.float32)
    made = grow_tree(vectors, order, nodes, means, leaf, cancel)
    return nodes[:made].copy(), means[:made].copy()
