"""Large pictures a strip of rows at a time, long lists a run at a time, with a look at the cancel flag between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.region import Rect

Check = Callable[[], None]
"""Looks whether to stop, and raises if so: `Context.check`."""

AT_ONCE = 1 << 17
"""Pixels that numpy works on between two looks: a few milliseconds for each thing that is done with them."""


def at_ease() -> None:
    """Nobody wants to stop."""


def runs(count: int, check: Check | None) -> Iterator[slice]:
    """The parts of a list of so many entries that are worked on at once, with a check in front of each."""
    for first in range(0, count, AT_ONCE):
        if check:
            check()
        yield slice(first, min(first + AT_ONCE, count))


def rows_of(shape: tuple[int, ...], check: Check | None, first: int = 0) -> Iterator[slice]:
    """The rows of a picture of this shape, (H, W, ...), that are worked on at once, with a check in front of each.

    Those before the `first` are left out.
    """
    step = max(1, AT_ONCE // max(1, shape[1]))
    for top in range(first, shape[0], step):
        if check:
            check()
        yield slice(top, min(top + step, shape[0]))


def filled(shape: tuple[int, int], value: float, kind: type[np.generic], check: Check | None) -> NDArray[Any]:
    """np.full, for (H, W)."""
    out = np.empty(shape, kind)
    for rows in rows_of(shape, check):
        out[rows] = value
    return out


def looked_up(values: NDArray[Any], places: NDArray[np.integer], check: Check | None) -> NDArray[Any]:
    """values[places], for `places` (h, w) or (n,)."""
    out = np.empty((*places.shape, *values.shape[1:]), values.dtype)
    parts = runs(places.shape[0], check) if places.ndim == 1 else rows_of(places.shape, check)
    for some in parts:
        out[some] = values[places[some]]
    return out


class Rolling:
    """Shows a large picture part after part, over and over, while it is made: as often as may be.

    Args:
        shape: (H, W) of the picture.
        margin: rows that a part has to be made with on each side, so that its rim is like the rest.
        share: of the time that showing may take.
        at_once: pixels of a part, about.
    """

    def __init__(
        self, shape: tuple[int, int], margin: int = 48, share: float = 0.25, at_once: int = 8 * AT_ONCE
    ) -> None:
        self._whole, self._margin, self._share = Rect(0, 0, shape[1], shape[0]), margin, share
        self._rows = max(4 * margin, at_once // shape[1], 1)
        self._top = 0
        self._rested = -1e9

    def due(self, ctx: Context) -> Iterator[tuple[Rect, Rect]]:
        """The part whose turn it is, alone and with its margin, if it is time. Ask for each state of the picture."""
        began = time.perf_counter()
        if began < self._rested or not ctx.due():
            return
        rect = Rect(0, self._top, self._whole.w, self._rows).clipped(self._whole)
        around = Rect(0, rect.y - self._margin, rect.w, rect.h + 2 * self._margin).clipped(self._whole)
        yield rect, around
        self._top = rect.bottom if rect.bottom < self._whole.h else 0
        ended = time.perf_counter()
        self._rested = ended + (ended - began) * (1 - self._share) / self._share
