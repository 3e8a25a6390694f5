"""Where the blocks of a quilt lie, and which of them may be made at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.region import Size

BLOCK_FIELDS = 10
"""y, x, height, width, overlap at the top, bottom, left and right, row and column in the grid."""


@dataclass(frozen=True, slots=True)
class Span:
    """One block along one axis: its first pixel, its length, and how much of either end others have made before."""

    start: int
    length: int
    before: int
    after: int


def spans(length: int, block: int, overlap: int, cyclic: bool) -> tuple[Span, ...]:
    """Blocks that cover `length` pixels, each overlapping the one before by `overlap`.

    The last one is cut off at the end. A cyclic axis has no end: its blocks are spread evenly (so that the overlap
    grows where the length is no multiple), and the last overlaps the first as well. Blocks two apart never overlap.

    Args:
        length: at least 1.
        block: at least 1; a cyclic axis shorter than two steps shortens it.
        overlap: at most half the block.
    """
    step = block - overlap
    if not cyclic:
        count = max(1, -(-(length - overlap) // step))
        return tuple(Span(k * step, min(block, length - k * step), overlap if k else 0, 0) for k in range(count))
    count = min(length, max(2, -(-length // step)))
    starts = [length * k // count for k in range(count)] + [length]
    block = min(block, 2 * (length // count), length)
    gaps = [block - (after - start) for start, after in zip(starts, starts[1:], strict=False)]
    return tuple(
        Span(starts[k], block, max(0, gaps[k - 1]) if k else 0, max(0, gaps[k]) if k == count - 1 else 0)
        for k in range(count)
    )


def fronts(
    size: Size, block: int, overlap: int, cyclic: bool
) -> Iterator[np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
    """The blocks of the quilt in groups that do not depend on one another: int64 (count, BLOCK_FIELDS) each.

    A block follows its neighbours to the left, above, above left and above right, as in raster order; so those with
    the same 2 * row + column can be searched at the same time.
    """
    across = spans(size[0], block, overlap, cyclic)
    down = spans(size[1], block, overlap, cyclic)
    for front in range(2 * (len(down) - 1) + len(across)):
        first = max(0, -(-(front - len(across) + 1) // 2))
        group = [
            (v.start, h.start, v.length, h.length, v.before, v.after, h.before, h.after, row, front - 2 * row)
            for row in range(first, min(len(down) - 1, front // 2) + 1)
            for v, h in ((down[row], across[front - 2 * row]),)
        ]
        if group:
            yield np.array(group, np.int64)
