"""Solves the screened Poisson equation on a picture whose pixels hold on to their neighbours more or less firmly.

Sources: Bhat et al., Fourier Analysis of the 2D Screened Poisson Equation, ECCV 2008 (the equation); Shewchuk, An
Introduction to the Conjugate Gradient Method Without the Agonizing Pain, 1994, with the rule of Polak and Ribiere. Ours
takes each step from a descent through coarser and coarser pictures, and keeps the channels apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats
from engine.kernels.compiled import kernel
from engine.kernels.strips import Check, rows_of

Bools = NDArray[np.bool_]
Doubles = NDArray[np.float64]

SWEEPS, COARSEST_SWEEPS = 3, 40
ROUNDS = 6
"""Steps of conjugate gradients. What is left then nobody sees."""
TINY = 1e-20
COARSEST = 6
GRAIN = 16


@kernel
def settle(start, stop, colour, change, wanted, right, down, screen, free, cancel):  # type: ignore[no-untyped-def]
    """One sweep of Gauss-Seidel over every second pixel of the rows start..stop.

    Args:
        colour: 0 or 1, which pixels of the chessboard.
        change: float32 (h, w, C), improved in place.
        wanted: float32 (h, w, C), the right-hand side.
        right, down: float32 (h, w), how firmly a pixel holds on to the next; 0 in the last column or row.
        screen: how firmly each stays where it is.
        free: bool (h, w), what may move.
    """
    height, width, channels = change.shape
    for y in range(start, stop):
        if cancel[0] != 0:
            return
        for x in range((y + colour) & 1, width, 2):
            if not free[y, x]:
                continue
            east, south = right[y, x], down[y, x]
            west = right[y, x - 1] if x > 0 else np.float32(0)
            north = down[y - 1, x] if y > 0 else np.float32(0)
            share = np.float32(1) / (screen + east + south + west + north)
            # Where there is no neighbour its weight is 0.
            e, w, s, n = min(x + 1, width - 1), max(x - 1, 0), min(y + 1, height - 1), max(y - 1, 0)
            for k in range(channels):
                total = wanted[y, x, k] + east * change[y, e, k] + west * change[y, w, k]
                total += south * change[s, x, k] + north * change[n, x, k]
                change[y, x, k] = total * share


@kernel
def apply(start, stop, way, right, down, screen, free, made, cancel):  # type: ignore[no-untyped-def]
    """What a change amounts to, the left-hand side for it, in the rows start..stop.

    Args:
        way: float32 (h, w, C), the change.
        right, down, screen, free: see `settle`.
        made: float32 (h, w, C), set.
    """
    height, width, channels = way.shape
    for y in range(start, stop):
        if cancel[0] != 0:
            return
        for x in range(width):
            hold, east, south = screen, right[y, x], down[y, x]
            west = right[y, x - 1] if x > 0 else np.float32(0)
            north = down[y - 1, x] if y > 0 else np.float32(0)
            if free[y, x]:
                hold += east + west + south + north
            else:
                hold = east = west = south = north = np.float32(0)
            # Where there is no neighbour its weight is 0.
            e, w, s, n = min(x + 1, width - 1), max(x - 1, 0), min(y + 1, height - 1), max(y - 1, 0)
            for k in range(channels):
                across = east * way[y, e, k] + west * way[y, w, k]
                made[y, x, k] = hold * way[y, x, k] - across - south * way[s, x, k] - north * way[n, x, k]


@kernel
def multiply(start, stop, change, rest, made, sums, cancel):  # type: ignore[no-untyped-def]
    """Of each of the rows start..stop the sums of `change` times `rest` and of `change` times `made`.

    Args:
        change, rest, made: float32 (h, w, C).
        sums: float64 (h, 2, C), set.
    """
    for y in range(start, stop):
        if cancel[0] != 0:
            return
        sums[y] = 0
        for x in range(change.shape[1]):
            for k in range(change.shape[2]):
                value = np.float64(change[y, x, k])
                sums[y, 0, k] += value * rest[y, x, k]
                sums[y, 1, k] += value * made[y, x, k]


@dataclass(frozen=True, eq=False)
class Pull:
    """What holds together, and by how much it is apart.

    Attributes:
        wanted: float32 (h, w, C), 0 where nothing is free.
        right, down: float32 (h, w), 0..1, how firmly each pixel holds on to the next; 0 in the last column or row.
        free: bool (h, w), what may move.
        screen: how firmly each stays where it is.
    """

    wanted: Floats
    right: Floats
    down: Floats
    free: Bools
    screen: float

    def halved(self, check: Check) -> Pull:
        """At half the size: blocks of 2 x 2 pixels, free where all of them are."""
        height, width = (-(-side // 2) for side in self.free.shape)
        wanted = np.empty((height, width, self.wanted.shape[2]), np.float32)
        right, down = np.empty((height, width), np.float32), np.empty((height, width), np.float32)
        free = np.empty((height, width), np.bool_)
        half = np.float32(0.5)
        for rows in rows_of(free.shape, check):
            finer = slice(2 * rows.start, 2 * rows.stop)
            own = _even(self.wanted[finer], 0)
            pairs = own[::2] + own[1::2]
            np.add(pairs[:, ::2], pairs[:, 1::2], out=wanted[rows])
            # A block moves as one: what counts is how it holds on to the next.
            own = _even(self.right[finer], 0)
            right[rows] = half * (own[::2, 1::2] + own[1::2, 1::2])
            own = _even(self.down[finer], 0)
            down[rows] = half * (own[1::2, ::2] + own[1::2, 1::2])
            own = _even(self.free[finer], True)
            free[rows] = own[::2, ::2] & own[1::2, ::2] & own[::2, 1::2] & own[1::2, 1::2]
        return Pull(wanted, right, down, free, 4 * self.screen)

    def descended(self, ctx: Context) -> Floats:
        """About the change that is wanted, found at half the size first: float32 (h, w, C)."""
        height, width = self.free.shape
        change, sweeps = np.zeros(self.wanted.shape, np.float32), COARSEST_SWEEPS
        if min(height, width) >= 2 * COARSEST:
            half, sweeps = self.halved(ctx.check).descended(ctx), SWEEPS
            for rows in rows_of(self.free.shape, ctx.check):
                larger = half[np.arange(rows.start, rows.stop) // 2].repeat(2, axis=1)[:, :width]
                np.copyto(change[rows], larger, where=self.free[rows, :, None])
        held = self.right, self.down, np.float32(self.screen), self.free
        for number in range(2 * sweeps):
            ctx.spread(settle, height, number % 2, change, self.wanted, *held, grain=GRAIN)
        return change


def solving(ctx: Context, pull: Pull) -> Iterator[Floats]:
    """The change that is wanted, nearer to it with each one: float32 (h, w, C), good until the next is asked for.

    `pull.wanted` is used up: it becomes what is left to be done.

    Conjugate gradients, each channel by itself. The way from coarse to fine comes near in one go, but mixes what lies
    side by side and does not hold together.
    """
    rest = pull.wanted
    height, _, channels = rest.shape
    change, way, made = (np.zeros(rest.shape, np.float32) for _ in range(3))
    sums: Doubles = np.empty((height, 2, channels))
    before, length = np.zeros(channels), np.zeros(channels)
    held = pull.right, pull.down, np.float32(pull.screen), pull.free
    for _ in range(ROUNDS):
        near = pull.descended(ctx)
        ctx.spread(multiply, height, near, rest, made, sums, grain=GRAIN)
        now, moved = sums.sum(axis=0)
        # The sweeps are not the same both ways, so that what the last step changed of `rest` counts too.
        _add(near, np.maximum(-length * moved / np.maximum(before, TINY), 0), way, ctx.check)
        way, before = near, now
        ctx.spread(apply, height, way, *held, made, grain=GRAIN)
        ctx.spread(multiply, height, way, rest, made, sums, grain=GRAIN)
        along, against = sums.sum(axis=0)
        length = along / np.maximum(against, TINY)
        _add(change, length, way, ctx.check)
        yield change
        _add(rest, -length, made, ctx.check)


def _even(values: NDArray[Any], fill: float) -> NDArray[Any]:
    """(h, w, ...) with as many rows and columns as can be halved."""
    height, width = values.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return values
    return np.pad(values, ((0, height % 2), (0, width % 2)) + ((0, 0),) * (values.ndim - 2), constant_values=fill)


def _add(values: Floats, factors: Doubles, other: Floats, check: Check) -> None:
    """values + factors * other, (h, w, C), in place, for the factors of the channels."""
    for rows in rows_of(values.shape, check):
        values[rows] += factors.astype(np.float32) * other[rows]
