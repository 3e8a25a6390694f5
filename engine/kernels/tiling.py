"""Closing a picture into a tile: what lies around its wrap seam is laid anew in pieces, all else stays where it is.

Sources: Kwatra et al., Graphcut Textures, SIGGRAPH 2003 (whole pieces placed where they match what lies there, on a
torus); Efros and Freeman, Image Quilting, SIGGRAPH 2001 (cuts along the least seam); Kaspar et al., Self Tuning Texture
Optimization, EUROGRAPHICS 2015 (in step with the lattice). Ours lays pieces across the seam only, matched to what stays
on both of its sides, and, where the tile is larger than the picture, over all that the picture leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.kernels.lattice import Lattice
from engine.kernels.quilting_grid import Span
from engine.kernels.start import MOST, Arrangement, Ints, Longs, Pieces, Sheet
from engine.region import Rect, Size

EXACT = 0.25
"""How far a piece may be out of step with a lattice that is kept at full size, in pixels."""
LEVEL = 1 << 16
"""Number of the level bar's first row of pieces."""


@dataclass(frozen=True)
class Layout:
    """What stays of a picture in a tile, and how the rest is cut into pieces.

    Attributes:
        size: (width, height) of the tile.
        kept: the rectangle that stays; its first pixel lies inside the tile.
        shift: (y, x) from a pixel of the tile to the pixel of the picture that it shows, inside `kept` and as far
            around it as the picture goes.
        overlap: pixels of `kept` along each of its sides that pieces are matched to.
        counts: pieces down and across of the upright bar of the cross, and of its level bar.
    """

    size: Size
    kept: Rect
    shift: tuple[int, int]
    overlap: int
    counts: tuple[int, int, int, int]

    @classmethod
    def of(cls, size: Size, kept: Rect, shift: tuple[int, int], overlap: int, block: int) -> Layout:
        """With pieces of at most `block` pixels a side, which is more than twice the overlap."""
        step = block - overlap
        lengths = (kept.h - overlap, size[0] - kept.w + overlap, size[1] - kept.h + overlap)
        down, across, level = (max(1, -(-length // step)) for length in lengths)
        return cls(size, kept, shift, overlap, (down, across, level, max(2, -(-size[0] // step))))

    def scaled(self, factor: int) -> Layout:
        """The same pieces at 1/factor of the size."""
        kept = Rect(*(v // factor for v in (self.kept.x, self.kept.y, self.kept.w, self.kept.h)))
        size = -(-self.size[0] // factor), -(-self.size[1] // factor)
        shift = self.shift[0] // factor, self.shift[1] // factor
        return Layout(size, kept, shift, max(1, self.overlap // factor), self.counts)

    def blocks(self) -> list[Longs]:
        """One piece after the other, as `quilting_grid.fronts` has them, but not yet wrapped around the torus."""
        kept, lap, (width, height) = self.kept, self.overlap, self.size
        bars = []
        if kept.w < width:
            across = _between(kept.right - lap, width - kept.w + 2 * lap, self.counts[1], lap, lap)
            bars.append((_between(kept.y, kept.h, self.counts[0], 0, lap), across, 0))
        if kept.h < height:
            down = _between(kept.bottom - lap, height - kept.h + 2 * lap, self.counts[2], lap, lap)
            bars.append((down, _ring(kept.x + kept.w // 2, width, self.counts[3], lap), LEVEL))
        return [
            np.array([[v.start, h.start, v.length, h.length, v.before, v.after, h.before, h.after, row, k]], np.int64)
            for down, across, first in bars
            for row, v in enumerate(down, first)
            for k, h in enumerate(across)
        ]

    def identity(self, sheet: Sheet) -> Ints:
        """The picture where it lies, -1 where it does not reach: int32 (height, width)."""
        rows, columns = sheet.sides
        width, height = self.size
        y = _unrolled(height, self.kept.y, self.kept.h) + self.shift[0]
        x = _unrolled(width, self.kept.x, self.kept.w) + self.shift[1]
        inside = ((y >= 0) & (y < rows))[:, None] & ((x >= 0) & (x < columns))[None]
        places = np.clip(y, 0, rows - 1)[:, None] * columns + np.clip(x, 0, columns - 1)[None]
        inside &= sheet.usable.reshape(-1)[places]
        return np.where(inside, places, -1).astype(np.int32)


def _unrolled(length: int, first: int, kept: int) -> NDArray[np.int64]:
    """Coordinates on a circle, each counted on from whichever end of first..first + kept is nearer."""
    middle = first + kept // 2
    return (np.arange(length, dtype=np.int64) - middle + length // 2) % length - length // 2 + middle


def _between(start: int, length: int, count: int, outside: int, overlap: int) -> list[Span]:
    """Equal blocks that cover `length` pixels; the first and the last overlap what lies outside by `outside`."""
    side = min(length, -(-(length + (count - 1) * overlap) // count))
    starts = [start + (length - side) * k // max(1, count - 1) for k in range(count)]
    laps = [max(0, one + side - after) for one, after in zip(starts, starts[1:], strict=False)]
    return [Span(starts[k], side, laps[k - 1] if k else outside, 0 if k < count - 1 else outside) for k in range(count)]


def _ring(start: int, length: int, count: int, overlap: int) -> list[Span]:
    """Equal blocks around a circle; each overlaps the one before, the last the first as well."""
    side = min(-(-length // count) + overlap, 2 * (length // count), length)
    starts = [length * k // count for k in range(count)] + [length]
    laps = [max(0, one + side - after) for one, after in zip(starts, starts[1:], strict=False)]
    return [
        Span(start + starts[k], side, laps[k - 1] if k else 0, laps[k] if k == count - 1 else 0) for k in range(count)
    ]


class Closing(Arrangement):
    """Lays the pieces around the seam. Iterate over it once, as over every arrangement.

    Args:
        ctx: seed, threads, cancel flag.
        sheet: the picture.
        layout: what stays, at the sheet's scale.
        evenness, tolerance: see `Arrangement`.
        lattice: pieces keep in step with it; it must close on the tile. With `coarse` they come from any place that
            is exactly in step.
        coarse: the same at 1/`factor` of the size.
    """

    def __init__(
        self,
        ctx: Context,
        sheet: Sheet,
        layout: Layout,
        evenness: float,
        tolerance: float,
        lattice: Lattice | None = None,
        coarse: Closing | None = None,
        factor: int = 1,
    ) -> None:
        pieces = Pieces(2 * layout.overlap, layout.overlap, True)
        super().__init__(ctx, sheet, layout.size, pieces, evenness, tolerance, lattice, coarse, factor)
        self.layout = layout
        self.quilt = layout.identity(sheet)
        self.blocks = layout.blocks()
        self._starts = {(int(b[0, 8]), int(b[0, 9])): (int(b[0, 0]), int(b[0, 1])) for b in self.blocks}
        self._closed = coarse

    def _fronts(self) -> list[Longs]:
        width, height = self.size
        wrapped = [block.copy() for block in self.blocks]
        for block in wrapped:
            block[:, 0] %= height
            block[:, 1] %= width
        return wrapped

    def _candidates(self, block: Longs) -> Longs:
        if self.lattice is None or self._closed is None:
            return super()._candidates(block)
        # Threads and rows that repeat exactly must meet within a fraction of a pixel; the coarse size cannot tell.
        corners = self._corners_of(int(block[2]), int(block[3]))
        away = self._apart(block, corners)
        corners = corners[away <= max(EXACT, float(away.min()) + 0.05)]
        return corners[:: -(-len(corners) // MOST)]

    def _away(self, block: Longs, corners: Longs) -> NDArray[np.float64]:
        assert self.lattice is not None
        y, x = self._starts[int(block[8]), int(block[9])]
        shift = self.layout.shift
        return self.lattice.distance(corners[:, 0] - (y + shift[0]), corners[:, 1] - (x + shift[1]))

    def _enlarged(self, row: int, column: int) -> tuple[int, int]:
        assert self._closed is not None
        (y, x), here = self._closed.chosen[row, column], self._starts[row, column]
        coarse = self._closed._starts[row, column]
        return (y - coarse[0]) * self.factor + here[0], (x - coarse[1]) * self.factor + here[1]
