"""The nearest of many points in a few dimensions, by a kd-tree.

Sources: Friedman, Bentley, Finkel, An Algorithm for Finding Best Matches in Logarithmic Expected Time, ACM TOMS 1977;
the bound that grows with each plane that is crossed, and the slack in it, after Arya and Mount, Algorithms for Fast
Vector Quantization, DCC 1993. Ours splits at the middle, so that the tree is a row of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats
from engine.kernels.compiled import kernel

LEAF = 16
"""Points of a leaf at most."""
LOOKED_AT = 64
"""Points by which the axis to split along is chosen."""
DEPTH = 40
"""Levels of the deepest tree."""


@dataclass(frozen=True, eq=False)
class Tree:
    """Points in the order of a kd-tree.

    Attributes:
        points: float32 (N, D), in the tree's order.
        order: int32 (N,), the index of each in the array that the tree was made of.
        axes, cuts: int32 and float32 (nodes,), where each node is split; the children of node k are 2 k + 1 and
            2 k + 2, and take the first and the second half of its points.
        levels: how often the points are halved.
    """

    points: Floats
    order: NDArray[np.int32]
    axes: NDArray[np.int32]
    cuts: Floats
    levels: int

    @classmethod
    def of(cls, ctx: Context, points: Floats) -> Tree:
        """From float32 (N, D), N at least 1."""
        levels = 0
        while len(points) >> levels > LEAF:
            levels += 1
        nodes = (1 << levels) - 1
        order, axes, cuts = (
            np.arange(len(points), dtype=np.int32),
            np.zeros(nodes, np.int32),
            np.zeros(nodes, np.float32),
        )
        for level in range(levels):
            # The nodes of a level have their own points each, so they can be split at the same time.
            ctx.spread(split_nodes, 1 << level, level, points, order, axes, cuts)
        return cls(np.ascontiguousarray(points[order]), order, axes, cuts, levels)


@kernel
def node_range(count: Any, level: Any, number: Any) -> Any:
    """The first and one past the last point of the node with this number in its level."""
    first, last = np.int64(0), np.int64(count)
    for bit in range(level - 1, -1, -1):
        middle = (first + last) >> 1
        if (number >> bit) & 1:
            first = middle
        else:
            last = middle
    return first, last


@kernel
def split_nodes(start, stop, level, points, order, axes, cuts, cancel):  # type: ignore[no-untyped-def]
    """Halves the nodes start..stop of a level: along the axis with the widest spread, at the middle point.

    Args:
        points: float32 (N, D). order: int32 (N,); each node's part is reordered.
        axes, cuts: int32 and float32 (nodes,), receive where.
    """
    dimensions = points.shape[1]
    for number in range(start, stop):
        first, last = node_range(order.size, level, number)
        if cancel[0]:
            return
        step = max(1, (last - first) // LOOKED_AT)
        axis, widest = 0, -1.0
        for d in range(dimensions):
            total, squares, n = 0.0, 0.0, 0
            for i in range(first, last, step):
                value = np.float64(points[order[i], d])
                total += value
                squares += value * value
                n += 1
            spread = squares / n - (total / n) * (total / n)
            if spread > widest:
                axis, widest = d, spread
        middle = (first + last) >> 1
        low, high = first, last - 1
        while low < high:
            pivot = points[order[(low + high) >> 1], axis]
            i, j = low, high
            while i <= j:
                while points[order[i], axis] < pivot:
                    i += 1
                while points[order[j], axis] > pivot:
                    j -= 1
                if i <= j:
                    order[i], order[j] = order[j], order[i]
                    i += 1
                    j -= 1
            if cancel[0]:
                return
            if middle <= j:
                high = j
            elif middle >= i:
                low = i
            else:
                break
        node = (1 << level) - 1 + number
        axes[node], cuts[node] = axis, points[order[middle], axis]


@kernel
def nearest(
    query: Any,
    limit: Any,
    slack: Any,
    most: Any,
    points: Any,
    axes: Any,
    cuts: Any,
    levels: Any,
    stack: Any,
    crossed: Any,
) -> Any:
    """The row of the nearest point (in the tree's order) and its squared distance; -1 if none is nearer than `limit`.

    Args:
        query: float32 (D,).
        limit: squared distance.
        slack: 1 for the very nearest; a branch is left out when it cannot be nearer than the best divided by this.
        most: leaves to look at, at most.
        stack: int64 (DEPTH, 3), crossed: float32 (DEPTH, D + 1), room to work in.
    """
    dimensions = query.size
    best, least = np.int64(-1), np.float32(limit)
    # An entry of the stack: level, number, and a row of `crossed`: how far each axis is away, and the sum of squares.
    waiting, leaves = 1, 0
    stack[0, 0], stack[0, 1] = 0, 0
    for d in range(dimensions + 1):
        crossed[0, d] = 0
    while waiting > 0 and leaves < most:
        waiting -= 1
        level, number = stack[waiting, 0], stack[waiting, 1]
        if crossed[waiting, dimensions] * slack >= least:
            continue
        while level < levels:
            node = (1 << level) - 1 + number
            axis = axes[node]
            away = query[axis] - cuts[node]
            right = 1 if away > 0 else 0
            # The other side waits at this row; this side goes on with the row above.
            for d in range(dimensions + 1):
                crossed[waiting + 1, d] = crossed[waiting, d]
            before = crossed[waiting, axis]
            crossed[waiting, dimensions] += away * away - before * before
            crossed[waiting, axis] = away
            stack[waiting, 0], stack[waiting, 1] = level + 1, 2 * number + 1 - right
            if crossed[waiting, dimensions] * slack < least:
                waiting += 1
            else:
                for d in range(dimensions + 1):
                    crossed[waiting, d] = crossed[waiting + 1, d]
            level, number = level + 1, 2 * number + right
        leaves += 1
        first, last = node_range(points.shape[0], levels, number)
        for i in range(first, last):
            total = np.float32(0)
            for d in range(dimensions):
                difference = query[d] - points[i, d]
                total += difference * difference
            if total < least:
                best, least = np.int64(i), total
    return best, least


@kernel
def nearest_rows(start, stop, queries, slack, most, points, order, axes, cuts, levels, out, cancel):  # type: ignore[no-untyped-def]
    """`nearest` for the rows start..stop of `queries`. out: int32, receives the points, as before the tree."""
    stack, crossed = np.empty((DEPTH, 2), np.int64), np.empty((DEPTH, queries.shape[1] + 1), np.float32)
    for row in range(start, stop):
        if cancel[0]:
            return
        found, _ = nearest(queries[row], np.float32(np.inf), slack, most, points, axes, cuts, levels, stack, crossed)
        out[row] = order[found]
