"""What is known around a hole, on the grid of every scale: growth goes on from it and never touches it.

Source: the constraint of Portilla and Simoncelli, A Parametric Texture Model Based on Joint Statistics of Complex
Wavelet Coefficients, IJCV 40(1), 2000, section 5.1.4 (what is known is put back at every step). Ours keeps only a band
around the hole, so that the statistics are those of what is grown, and starts without a step at the rim.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats
from engine.kernels.poisson import solve

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Surround:
    """Known pixels on a torus.

    Attributes:
        maps: float32 (C, H, W), the values of the pixels that are known.
        free: bool (H, W), those that are to be grown.
    """

    maps: Floats
    free: Bools

    def imposed(self, maps: Floats) -> Floats:
        """Float32 (C, H, W) with what is known in its place."""
        return np.where(self.free, maps, self.maps)

    def free_at(self, scale: int) -> Floats:
        """Where growth may move something on the grid of a scale, float32 (h, w), 0 or 1.

        A pixel of a coarse grid is known when everything is that it is made of.
        """
        reach = (1 << scale) - 1
        free = _widened(_widened(self.free, reach, 0), reach, 1)
        return free[:: 1 << scale, :: 1 << scale].astype(np.float32)

    def joined(self, ctx: Context, maps: Floats) -> Floats:
        """Float32 (C, H, W) bent inside the hole until it meets what is known: no step at the rim, all its grain."""
        gap = np.where(self.free, np.float32(0), self.maps - maps)
        ctx.check()
        # The torus is cut open where it is free anyway: the solver knows no opposite sides.
        pull = np.zeros((int(self.free.sum()), len(maps)), np.float32)
        for axis, step in ((1, 1), (1, -1), (2, 1), (2, -1)):
            near = np.roll(gap, step, axis)
            ctx.check()
            edge = [slice(None), slice(None), slice(None)]
            edge[axis] = slice(0, 1) if step > 0 else slice(-1, None)
            near[tuple(edge)] = 0
            pull += near[:, self.free].T
            ctx.check()
        made = self.imposed(maps)
        made[:, self.free] += solve(ctx, self.free, pull).T
        ctx.check()
        return made


def around(chosen: Bools, reach: int) -> Bools:
    """Every pixel of an (H, W) with a chosen one at most `reach` rows and columns away; no torus."""
    padded = np.pad(chosen, reach)
    return _widened(_widened(padded, reach, 0), reach, 1)[reach:-reach, reach:-reach]


def _widened(chosen: Bools, reach: int, axis: int) -> Bools:
    """Every pixel with a chosen one at most `reach` away along an axis, on a torus."""
    width = 0
    while width < reach:
        step = min(width + 1, reach - width)
        # Twice as wide each time: what reaches `width` both ways, moved by `step` both ways, reaches their sum.
        chosen = chosen | np.roll(chosen, step, axis) | np.roll(chosen, -step, axis)
        width += step
    return chosen
