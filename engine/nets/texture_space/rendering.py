"""Any rectangle of an endless texture, at one code or at a map of codes, in windows that agree to the bit.

The plane is cut into tiles that lie always in the same places. A tile is made by one thread in one go, so that no bit
of it depends on which rectangle was asked for, or on how many threads there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Stopped
from engine.image import Bytes, Floats
from engine.nets.running import threads
from engine.nets.texture_space.generator import CELL, COARSEST, Generator, Span, cells
from engine.region import Rect, Size

TILE = 128
"""Pixels a side of what is made in one go."""
MARGIN = 10 * CELL
"""Pixels: a change of the map of codes reaches no farther than this."""


@dataclass(frozen=True, eq=False)
class CodeMap:
    """A code for every place of a canvas.

    Attributes:
        codes: float32 (h, w, D), one for each cell of CELL x CELL pixels; beyond the edge it goes on as at the edge.
        origin: (row, column) of its first cell on the canvas, for a map of a part of it.
    """

    codes: Floats
    origin: tuple[int, int] = (0, 0)

    @staticmethod
    def cells_of(size: Size) -> tuple[int, int]:
        """(h, w) of the map of a canvas of `size` pixels."""
        return -(-size[1] // CELL), -(-size[0] // CELL)

    def around(self, rows: Span, columns: Span, period: Size | None) -> Floats:
        """The cells that a window of pixels needs, (1, h, w, D). A canvas with a period begins again after it."""
        picked = []
        for axis, (span, length) in enumerate(((rows, 1), (columns, 0))):
            start, stop = cells(span)
            at = np.arange(start, stop)
            at = (at % (period[length] // CELL) if period else at) - self.origin[axis]
            picked.append(np.clip(at, 0, self.codes.shape[axis] - 1))
        return np.ascontiguousarray(self.codes[picked[0]][:, picked[1]][None])


@dataclass(frozen=True, eq=False)
class Crossed:
    """Forms of one place of the space with the detail of another.

    Source: Karras et al., A Style-Based Generator Architecture, CVPR 2019, section 3.1 (style mixing).

    Attributes:
        forms: what lies where, and whose waves are heard.
        fine: whose grain and colours.
        below: the detail is what is made of cells of up to so many pixels: 1, 2, 4, 8 or 16.
    """

    forms: Floats | CodeMap
    fine: Floats | CodeMap
    below: int


Code = Floats | CodeMap | Crossed
"""(D,), a map, or two of them crossed."""


def snapped(size: Size) -> Size:
    """The nearest size that can be tiled without being stretched: multiples of COARSEST."""
    width, height = (max(COARSEST, round(side / COARSEST) * COARSEST) for side in size)
    return width, height


def tile(
    generator: Generator,
    code: Code,
    seed: int,
    rect: Rect,
    period: Size | None = None,
    check: Callable[[], None] | None = None,
) -> Floats:
    """One window, float32 (h, w, 3), 0..1, on the calling thread alone."""
    rows, columns = Span(rect.y, rect.bottom), Span(rect.x, rect.right)

    def values(part: Floats | CodeMap) -> torch.Tensor:
        if isinstance(part, CodeMap):
            return torch.from_numpy(part.around(rows, columns, period)).to(generator.waves.device)
        return torch.from_numpy(np.array(part, np.float32)).reshape(1, 1, 1, -1).to(generator.waves.device)

    with threads(1):
        repeats = (period[1], period[0]) if period else None
        forms, fine = (code.forms, (values(code.fine), code.below)) if isinstance(code, Crossed) else (code, None)
        made = generator(values(forms), seed, rows, columns, repeats, check, fine)
        pixels = made[0].clamp(0, 1).permute(1, 2, 0)
        return np.ascontiguousarray(pixels.cpu().numpy(), np.float32)


def rendered(
    ctx: Context,
    generator: Generator,
    code: Code,
    rect: Rect,
    seed: int | None = None,
    period: Size | None = None,
) -> Iterator[tuple[Rect, Floats]]:
    """The parts of `rect`, in no overlap, as they come: (part, float32 (h, w, 3) 0..1).

    Args:
        code: float32 (D,), or a map of the canvas whose first pixel is (0, 0).
        rect: anywhere in the plane.
        seed: that of the job by default.
        period: (width, height), multiples of `COARSEST`, for a canvas that tiles.

    Raises:
        Stopped: asked to.
    """
    parts = [Rect(t.x // TILE * TILE, t.y // TILE * TILE, TILE, TILE) for t in rect.tiles(TILE)]
    for part, pixels in tiles(ctx, generator, code, parts, seed, period):
        seen = part.clipped(rect)
        yield seen, np.ascontiguousarray(pixels[seen.moved(-part.x, -part.y).slices])


def tiles(
    ctx: Context,
    generator: Generator,
    code: Code,
    parts: list[Rect],
    seed: int | None = None,
    period: Size | None = None,
) -> Iterator[tuple[Rect, Floats]]:
    """Windows of the plane one after the other, as many at once as there are threads: see `rendered`.

    Args:
        parts: in multiples of `TILE`, or the same texture has other bits in each.

    Raises:
        Stopped: asked to.
    """
    seed = ctx.seed if seed is None else seed
    at_once = max(1, ctx.threads)
    for first in range(0, len(parts), at_once):
        some = parts[first : first + at_once]
        made: list[Floats | None] = [None] * len(some)

        def work(number: int, cancel: Bytes, some: list[Rect] = some, made: list[Floats | None] = made) -> None:
            def check() -> None:
                if cancel[0]:
                    raise Stopped

            made[number] = tile(generator, code, seed, some[number], period, check)

        ctx.each(work, [(number,) for number in range(len(some))])
        for part, pixels in zip(some, made, strict=True):
            assert pixels is not None
            yield part, pixels


def whole(
    ctx: Context, generator: Generator, code: Code, rect: Rect, seed: int | None = None, period: Size | None = None
) -> Floats:
    """All of `rect`, float32 (h, w, 3), 0..1; see `rendered`."""
    out = np.empty((rect.h, rect.w, 3), np.float32)
    for part, pixels in rendered(ctx, generator, code, rect, seed, period):
        out[part.moved(-rect.x, -rect.y).slices] = pixels
    return out


def laid_out(shares: NDArray[np.float32], codes: Floats) -> CodeMap:
    """A map from how much of each code lies at every cell: (h, w, n) shares that add up to 1, (n, D) codes."""
    return CodeMap(np.ascontiguousarray(shares @ codes, np.float32))
