"""Growing a picture pixel by pixel from the windows of a sample: the loop that synthesis, filling and extending share.

Source: Efros and Leung, Texture Synthesis by Non-parametric Sampling, ICCV 1999, pseudocode `GrowImage`. Constants as
on Efros's page: sigma = window / 6.4, tolerance 0.1, largest error 0.3, relaxed by 1.1 whenever a pass fills nothing.

The paper fills one pixel after the other, and so does this: each pixel sees all that were filled before it, those of
its own ring as well. (A ring filled at once from a frozen copy would be simpler to share among threads, but its
pixels would not agree with one another.) The threads share pixels that lie outside one another's windows; the result
is that of the plain order on any number of threads.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.kernels.efros_leung_order import frontier, turns
from engine.kernels.efros_leung_search import BLOCK, search
from engine.kernels.efros_leung_source import Source, bell
from engine.region import Rect

Whole = NDArray[np.int32]
Doubles = NDArray[np.float64]

TOLERANCE = 0.1
LARGEST_ERROR = 0.3
RELAXED = 1.1

PIECE_SECONDS = 0.02
"""About how long a kernel may work before it comes back."""

SHARED_SECONDS = 0.0003
"""Less work than this is quicker done on one thread than handed to several."""


def grown(
    ctx: Context,
    source: Source,
    sources: Whole,
    window: int,
    tolerance: float = TOLERANCE,
    largest_error: float = LARGEST_ERROR,
) -> Iterator[Rect]:
    """Fills every unknown pixel of `sources`, and says from time to time which part of it has changed since.

    Args:
        ctx: seed, threads, progress.
        source: the sample.
        sources: int32 (H, W), the flat place in the sample that each pixel comes from, -1 for unknown; at least one
            is known. Written.
        window: side of the window, px, odd.
        tolerance: what is at most 1 + tolerance times as far away as the nearest is as good.
        largest_error: a pixel whose pick is farther away (mean weighted square, 1 is black against white) waits.

    Raises:
        Unusable: no place is open.
        Stopped: asked to.
    """
    if source.blocks.size == 0:
        raise Unusable(f"No window of {window} px fits", "each one must be known as a whole", "choose a smaller window")
    steps, weights = bell(window)
    seed = np.uint64(ctx.seed)
    seen, scratch = np.zeros(sources.size, np.int32), np.zeros(sources.shape, np.int32)
    unknown = np.flatnonzero(sources.reshape(-1) < 0).astype(np.int32)
    total, left = unknown.size, unknown.size
    around, number, threshold = unknown, 0, largest_error
    pace = _Pace(ctx, source.blocks.size, steps.shape[0])
    changed, shown = Rect(0, 0, 0, 0), 0
    while left:
        ctx.check()
        number += 1
        room = min(9 * around.size, left)
        found, keys = np.empty(room, np.int32), np.empty(room, np.uint64)
        count = frontier(around, sources, seen, number, seed, found, keys, ctx.cancel)
        ctx.check()
        order = found[:count][np.argsort(keys[:count], kind="stable")]
        turn = np.empty(count, np.int32)
        turns(order, sources.shape, window // 2, scratch, turn, ctx.cancel)
        by_turn = np.argsort(turn, kind="stable")
        order = order[by_turn]
        errors = np.empty(count, np.float64)
        arguments = (source.planes, source.closed, source.blocks, source.width, tolerance, threshold, seed, errors)
        for start, stop, shared in pace.pieces(turn[by_turn]):
            part = order[start:stop]
            inputs = (part, sources, steps, weights, *arguments[:-1], errors[start:stop])
            began = time.perf_counter()
            if shared:
                ctx.spread(search, stop - start, *inputs)
            else:
                search(0, stop - start, *inputs, ctx.cancel)
                ctx.check()
            pace.took(stop - start, shared, time.perf_counter() - began)
            done = part[errors[start:stop] < threshold]
            left -= done.size
            if done.size:
                rows, columns = done // sources.shape[1], done % sources.shape[1]
                top, first = int(rows.min()), int(columns.min())
                changed = changed.united(Rect(first, top, int(columns.max()) - first + 1, int(rows.max()) - top + 1))
            ctx.progress(1 - left / total)
            if left and done.size and (8 * (total - left) // total > shown or ctx.due()):
                shown = 8 * (total - left) // total
                yield changed
                changed = Rect(0, 0, 0, 0)
        smallest = errors.min()
        if smallest >= threshold:
            # A pass that fills nothing changes nothing: the next would find the same errors, so it is only counted.
            threshold *= RELAXED
            while smallest >= threshold:
                threshold *= RELAXED
                number += 1
        around = order
    ctx.progress(1.0)
    if not changed.empty:
        yield changed


class _Pace:
    """Cuts the work by how long it has taken so far, so that kernels come back in time. Results do not depend on it."""

    def __init__(self, ctx: Context, blocks: int, taps: int) -> None:
        self.threads = ctx.threads
        self.seconds = 1e-6 + 1e-8 * taps + blocks * BLOCK * 8e-9
        """For one pixel on one thread: a cautious guess at first."""

    def took(self, count: int, shared: bool, seconds: float) -> None:
        each = seconds / count * (min(self.threads, count) if shared else 1)
        self.seconds += (each - self.seconds) * min(1.0, count / 64)

    def pieces(self, turn: Whole) -> Iterator[tuple[int, int, bool]]:
        """Parts (start, stop, whether threads may share it) of a pass whose turns ascend."""
        cuts = np.flatnonzero(np.diff(turn)) + 1
        ends = np.append(cuts, turn.size)
        at = 0
        while at < turn.size:
            end = int(ends[np.searchsorted(ends, at, side="right")])
            room = max(1, int(PIECE_SECONDS / self.seconds))
            if self.threads > 1 and (end - at) * self.seconds > SHARED_SECONDS and end - at > 1:
                stop, shared = min(end, at + room * self.threads), True
            elif self.threads > 1:
                stop, shared = min(end, at + room), False
                while stop == end and stop < turn.size and stop - at < room:
                    end = int(ends[np.searchsorted(ends, stop, side="right")])
                    if (end - stop) * self.seconds > SHARED_SECONDS:
                        break
                    stop = min(end, at + room)
            else:
                stop, shared = min(turn.size, at + room), False
            yield at, stop, shared
            at = stop
