"""Evens out steps of light between copied pieces: skies without patches, and every edge that is one stays.

Sources: Perez et al., Poisson Image Editing, SIGGRAPH 2003; Darabi et al., Image Melding, SIGGRAPH 2012 (copies agree
in their steps, not in their light alone). Ours lets nothing run across borders of labels nor across joints that are
edges, and fades with the distance from a joint (`screened`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats
from engine.kernels.compiled import kernel
from engine.kernels.screened import Pull, solving
from engine.kernels.strips import AT_ONCE

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]

REACH = 40.0
"""Pixels over which a step is evened out: as far from a joint a piece keeps a third of its own light."""
TOLERANCE, SMOOTH_TOLERANCE = 0.1, 0.15
"""A step of light as large as this, 0..1, is an edge rather than a joint that shows; and where the source is smooth on
both sides, in a sky."""
SHARP = 0.0125
"""Of the source, a step from which on either side's own step counts, and not their mean: see `poisson.seam_steps`."""
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
    both = made[y, x] and made[v, u]
    if both and places[v, u] - places[y, x] == down * width + right and (below or places[v, u] % width != 0):
        excess[:] = 0
        return np.float32(1)
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
    tolerance = np.float32(SMOOTH_TOLERANCE) + np.float32(TOLERANCE - SMOOTH_TOLERANCE) * sharp
    return np.exp(-most * most / (tolerance * tolerance))


@kernel
def joints(  # type: ignore[no-untyped-def]
    start, stop, pixels, made, known, places, source, labels, wanted, right, down, cancel
):
    """What the rows start..stop are apart from their neighbours, and how firmly they hold on to the next.

    Arguments are those of `evening`, and:

    Args:
        wanted: float32 (h, w, C), zeros; of each copied pixel, all steps to others less all steps from others to it.
        right, down: float32 (h, w), zeros; the weights of the steps.
    """
    height, width, channels = pixels.shape
    excess = np.empty(channels, np.float32)
    for y in range(max(start - 1, 0), stop):
        if cancel[0] != 0:
            return
        for x in range(width):
            if not (made[y, x] or known[y, x]):
                continue
            # Of the row before the first only its steps down belong here.
            for below in range(0 if y >= start else 1, 2):
                v, u = y + below, x + 1 - below
                if v == height or u == width or labels[y, x] != labels[v, u]:
                    continue
                if not (made[v, u] or known[v, u]) or not (made[y, x] or made[v, u]):
                    continue
                weight = joint(y, x, below == 1, pixels, made, places, source, excess)  # type: ignore[no-untyped-call]
                if y >= start:
                    weights = down if below == 1 else right
                    weights[y, x] = weight
                for k in range(channels):
                    if y >= start and made[y, x]:
                        wanted[y, x, k] += excess[k] * weight
                    if v < stop and made[v, u]:
                        wanted[v, u, k] -= excess[k] * weight


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

    Nearer to it with each one, the first ones nothing at all; good until the next is asked for.

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
    wanted, nothing = np.zeros(pixels.shape, np.float32), np.zeros(pixels.shape, np.float32)
    given = pixels, made, known, places, source, labels, wanted, right, down
    for first in range(0, height, step := max(GRAIN, 4 * AT_ONCE // width)):

        def some(start: int, stop: int, *rest: Any, first: int = first) -> None:
            joints(first + start, first + stop, *rest)  # type: ignore[no-untyped-call]

        ctx.spread(some, min(step, height - first), *given, grain=GRAIN)
        yield nothing
    yield from solving(ctx, Pull(wanted, right, down, made, 1 / REACH**2))
