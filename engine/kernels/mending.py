"""Mends an arrangement of pieces where they do not fit: the patch field makes those places anew, coarse to fine.

Source: Kwatra et al., Texture Optimization for Example-based Synthesis, SIGGRAPH 2005 (search and vote by turns); the
last copy from the best patch after Newson et al., 2017. Ours begins with the pieces' own field, and touches only what
is near a visible joint.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.kernels.anchors import allowed_anchors, box_count
from engine.kernels.field import PatchField
from engine.kernels.stack import Stack
from engine.kernels.start import Ints, Sheet, seams
from engine.kernels.strips import AT_ONCE, looked_up, rows_of, runs
from engine.region import Rect

VISIBLE = 10.0**2
"""Mean squared steps of 1/255 from which on a joint is mended."""
TURNS = 3
VOTED = 2 * AT_ONCE
"""Pixels that are mended between two steps."""


class Mender:
    """Iterate over it once: every step gives the rectangle of the arrangement in which something was mended.

    Args:
        ctx: seed, threads, cancel flag.
        sheet: at full size.
        quilt: int32 (h, w), the arrangement; left alone.
        patch: side of what is compared.
        cyclic: the arrangement is a torus.

    Attributes:
        quilt: int32 (h, w), the newest arrangement.
    """

    def __init__(self, ctx: Context, sheet: Sheet, quilt: Ints, patch: int, cyclic: bool) -> None:
        self.ctx, self.sheet, self.quilt, self.cyclic = ctx, sheet, quilt, cyclic
        self.patch = min(patch, *sheet.sides, *quilt.shape)

    def __iter__(self) -> Iterator[Rect]:
        ctx, patch = self.ctx, self.patch
        width = self.sheet.sides[1]
        free = self._bad()
        if not free.any() or patch < 3:
            return
        allowed = allowed_anchors(self.sheet.usable, patch, check=ctx.check)
        if not allowed.any():
            return
        values = np.empty(self.sheet.planes.shape[::-1], np.int16)
        for some in runs(len(values), ctx.check):
            values[some] = self.sheet.planes[:, some].T * np.int16(2)
        source = Stack.of(values.reshape(*self.sheet.sides, -1), ctx.check)
        made = looked_up(values, self.quilt, ctx.check)
        target = Stack.wrapped(made, patch, ctx.check) if self.cyclic else Stack.of(made, ctx.check)
        field = PatchField(target, source, free, allowed, patch, step=min(2, patch), wrap=self.cyclic, check=ctx.check)
        middle = patch // 2
        begun = np.empty((2, field.active.size), np.int32)
        for some in runs(field.active.size, ctx.check):
            y, x = np.divmod(field.active[some].astype(np.int64), field.places.shape[1])
            begun[:, some] = np.divmod(self.quilt[(y + middle) % free.shape[0], (x + middle) % free.shape[1]], width)
        field.begin_at(ctx, begun[0] - middle, begun[1] - middle)
        before, self.quilt = self.quilt, np.empty_like(self.quilt)
        for rows in rows_of(before.shape, ctx.check):
            self.quilt[rows] = before[rows]
        for _ in ctx.steps(range(TURNS)):
            field.search(ctx, 1)
            done = 0
            for _ in field.voting(ctx, 2.0, VOTED):
                some = slice(done, done + VOTED)
                y, x = np.divmod(field.pixels[some], np.int32(target.width))
                self.quilt[y, x] = field.origin[some]
                yield Rect(0, int(y[0]), self.quilt.shape[1], int(y[-1] - y[0]) + 1)
                done += VOTED

    def _bad(self) -> NDArray[np.bool_]:
        """Where joints are visible, with some room around them."""
        reach = self.patch
        bad = seams(self.sheet.planes, self.sheet.sides[1], self.quilt, self.cyclic, self.ctx.check) > VISIBLE
        spots = self._counted(bad, 2) >= 3
        return self._counted(spots, reach) > 0

    def _counted(self, mask: NDArray[np.bool_], reach: int) -> Ints:
        wide = np.pad(mask, reach, mode="wrap") if self.cyclic else np.pad(mask, reach)
        return box_count(wide, 2 * reach + 1, self.ctx.check)
