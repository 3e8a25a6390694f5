"""Evens out steps of light between copied pieces: skies without patches, and every edge that is one stays.

Sources: Perez et al., Poisson Image Editing, SIGGRAPH 2003; Darabi et al., Image Melding, SIGGRAPH 2012 (copies agree
in their steps, not in their light alone); screened as in Bhat et al., Fourier Analysis of the 2D Screened Poisson
Equation, ECCV 2008. Ours lets nothing run across borders of labels nor across joints that are edges, and solves coarse
to fine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats
from engine.kernels.compiled import kernel
from engine.kernels.strips import Check

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]

REACH = 40.0
"""Pixels over which a step is evened out: as far from a joint a piece keeps a third of its own light."""
TOLERANCE = 0.1
"""A step of light as large as this, 0..1, is an edge rather than a joint that shows."""
SHARP = 0.0125
"""Of the source, a step from which on either side's own step counts, and not their mean: see `poisson.seam_steps`."""
SWEEPS, COARSEST_SWEEPS = 3, 40
ROUNDS = 6
"""Steps of conjugate gradients. What is left then nobody sees."""
TINY = np.float32(1e-20)
COARSEST = 6
GRAIN = 16


@kernel
def joint(y, x, below, pixels, made, places, source, excess):  # type: ignore[no-untyped-def]
    """The step from (y, x) to the pixel below it, or to its right, that the source does not have; and its weight, 0..1.

    Args:
        below: whether to the one below.
        excess: float32 (C,), set.
    """
    down, right = (1, 0) if below else (0, 1)
    v, u = y + down, x + right
    height, width, channels = source.shape
    ay, ax = places[y, x] // width, places[y, x] % width
    by, bx = places[v, u] // width, places[v, u] % width
    first = made[y, x] and ay + down < height and ax + right < width
    second = made[v, u] and by >= down and bx >= right
    if not first and not second:
        return np.float32(0)
    sharp, other = np.float32(0), np.float32(0)
    for k in range(channels):
        own = source[ay + down, ax + right, k] - source[ay, ax, k] if first else np.float32(0)
        its = source[by, bx, k] - source[by - down, bx - right, k] if second else np.float32(0)
        sharp += own * own
        other += its * its
    sharp = max(sharp, other) / np.float32(channels)
    # Beside an edge no mean will do, see `poisson.seam_steps`: whatever either side has is no fault.
    sharp = sharp / (sharp + np.float32(SHARP * SHARP))
    most = np.float32(0)
    for k in range(channels):
        own = source[ay + down, ax + right, k] - source[ay, ax, k] if first else np.float32(0)
        its = source[by, bx, k] - source[by - down, bx - right, k] if second else np.float32(0)
        step = pixels[v, u, k] - pixels[y, x, k]
        natural = (own + its) / (np.float32(2) if first and second else np.float32(1))
        natural += (min(max(step, min(own, its)), max(own, its)) - natural) * sharp
        excess[k] = step - natural
        most = max(most, abs(excess[k]))
    return np.exp(-most * most / np.float32(TOLERANCE * TOLERANCE))


@kernel
def joints(  # type: ignore[no-untyped-def]
    start, stop, pixels, made, known, places, source, labels, across, along, right, down, cancel
):
    """Steps and weights of the rows start..stop to their neighbours; arguments as of `evened`.

    Args:
        across, along: float32 (h, w, C), zeros; steps to the right and down, times their weights.
        right, down: float32 (h, w), zeros; the weights.
    """
    height, width, channels = pixels.shape
    excess = np.empty(channels, np.float32)
    for y in range(start, stop):
        if cancel[0] != 0:
            return
        for x in range(width):
            if not (made[y, x] or known[y, x]):
                continue
            for below in range(2):
                v, u = y + below, x + 1 - below
                if v == height or u == width or labels[y, x] != labels[v, u]:
                    continue
                if not (made[v, u] or known[v, u]) or not (made[y, x] or made[v, u]):
                    continue
                weight = joint(y, x, below == 1, pixels, made, places, source, excess)  # type: ignore[no-untyped-call]
                steps, weights = (along, down) if below == 1 else (across, right)
                weights[y, x] = weight
                for k in range(channels):
                    steps[y, x, k] = excess[k] * weight


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


@dataclass(frozen=True, eq=False)
class Pull:
    """What holds together, and by how much it is apart.

    Attributes:
        wanted: float32 (h, w, C).
        right, down: float32 (h, w), 0..1.
        free: bool (h, w).
        screen: see `settle`.
    """

    wanted: Floats
    right: Floats
    down: Floats
    free: Bools
    screen: float

    def halved(self, wanted: Floats, check: Check) -> Pull:
        """At half the size, for another right-hand side."""
        height, width = self.free.shape
        odd = (0, height % 2), (0, width % 2)
        check()
        free = np.pad(self.free, odd, constant_values=True)
        check()
        free = free[::2, ::2] & free[1::2, ::2] & free[::2, 1::2] & free[1::2, 1::2]
        check()
        right, down = np.pad(self.right, odd), np.pad(self.down, odd)
        check()
        east = np.float32(0.5) * (right[::2, 1::2] + right[1::2, 1::2])
        south = np.float32(0.5) * (down[1::2, ::2] + down[1::2, 1::2])
        check()
        summed = np.pad(wanted, (*odd, (0, 0))) if height % 2 or width % 2 else wanted
        check()
        summed = summed[::2] + summed[1::2]
        check()
        return Pull(summed[:, ::2] + summed[:, 1::2], east, south, free, 4 * self.screen)

    def of(self, change: Floats, check: Check) -> Floats:
        """What a change amounts to: the left-hand side for it, float32 (h, w, C)."""
        made = np.float32(self.screen) * change
        check()
        across = (change[:, 1:] - change[:, :-1]) * self.right[:, :-1, None]
        check()
        made[:, :-1] -= across
        made[:, 1:] += across
        check()
        along = (change[1:] - change[:-1]) * self.down[:-1, :, None]
        check()
        made[:-1] -= along
        made[1:] += along
        made[~self.free] = 0
        check()
        return made


def evening(
    ctx: Context,
    pixels: Floats,
    made: Bools,
    known: Bools,
    places: Ints,
    source: Floats,
    labels: NDArray[np.int16],
) -> Iterator[Floats]:
    """How the copied pixels have to change so that light does not step from piece to piece: float32 (h, w, C).

    Nearer to it with each one; good until the next is asked for.

    Args:
        pixels: float32 (h, w, C), 0..1, copied and known ones.
        made: bool (h, w), which are copied.
        known: bool (h, w), which are to be met, and stay. What is neither counts for nothing.
        places: int32 (h, w), of copied ones y * W + x of the source pixel.
        source: float32 (H, W, C).
        labels: int16 (h, w); nothing is evened out across their borders.
    """
    height, width = made.shape
    right, down = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    across, along = np.zeros(pixels.shape, np.float32), np.zeros(pixels.shape, np.float32)
    ctx.spread(joints, height, pixels, made, known, places, source, labels, across, along, right, down, grain=GRAIN)
    wanted = across + along
    ctx.check()
    wanted[:, 1:] -= across[:, :-1]
    wanted[1:] -= along[:-1]
    ctx.check()
    pull = Pull(wanted, right, down, made, 1 / REACH**2)
    wanted[~made] = 0
    ctx.check()
    yield from _solved(ctx, pull)


def _solved(ctx: Context, pull: Pull) -> Iterator[Floats]:
    """Conjugate gradients, each channel by itself.

    The way from coarse to fine comes near in one go, but mixes what lies side by side and does not hold together.
    """
    change, rest = np.zeros_like(pull.wanted), pull.wanted
    way, before, last = np.zeros_like(rest), np.zeros(rest.shape[2], np.float32), rest
    for _ in range(ROUNDS):
        near = _descended(ctx, Pull(rest, pull.right, pull.down, pull.free, pull.screen))
        # Of Polak and Ribiere: the sweeps are not the same both ways.
        step = rest - last
        ctx.check()
        turn = _summed(near, step) / np.maximum(before, TINY)
        ctx.check()
        way = near + np.maximum(turn, 0) * way
        ctx.check()
        before = _summed(near, rest)
        ctx.check()
        made = pull.of(way, ctx.check)
        length = _summed(rest, way) / np.maximum(_summed(way, made), TINY)
        ctx.check()
        change += length * way
        yield change
        ctx.check()
        last, rest = rest, rest - length * made
        ctx.check()


def _summed(one: Floats, other: Floats) -> Floats:
    """The sum of their products over all pixels: float32 (C,)."""
    return np.einsum("yxc,yxc->c", one, other, dtype=np.float64).astype(np.float32)


def _descended(ctx: Context, pull: Pull) -> Floats:
    """The change that is wanted, found at half the size first."""
    change = np.zeros_like(pull.wanted)
    sweeps = COARSEST_SWEEPS
    if min(pull.free.shape) >= 2 * COARSEST:
        coarse = _descended(ctx, pull.halved(pull.wanted, ctx.check))
        for top in (0, 1):
            for left in (0, 1):
                quarter = change[top::2, left::2]
                quarter[...] = coarse[: quarter.shape[0], : quarter.shape[1]]
                ctx.check()
        change[~pull.free] = 0
        ctx.check()
        sweeps = SWEEPS
    screen = np.float32(pull.screen)
    for number in range(2 * sweeps):
        ctx.spread(
            settle, len(change), number % 2, change, pull.wanted, pull.right, pull.down, screen, pull.free, grain=GRAIN
        )
    return change
