"""Large pictures a strip of rows at a time, long lists a run at a time, with a look at the cancel flag between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def rows_of(shape: tuple[int, ...], check: Check | None) -> Iterator[slice]:
    """The rows of a picture of this shape, (H, W, ...), that are worked on at once, with a check in front of each."""
    step = max(1, AT_ONCE // max(1, shape[1]))
    for top in range(0, shape[0], step):
        if check:
            check()
        yield slice(top, min(top + step, shape[0]))


def looked_up(values: NDArray[Any], places: NDArray[np.integer], check: Check | None) -> NDArray[Any]:
    """values[places], for `places` (h, w) or (n,)."""
    out = np.empty((*places.shape, *values.shape[1:]), values.dtype)
    parts = runs(places.shape[0], check) if places.ndim == 1 else rows_of(places.shape, check)
    for some in parts:
        out[some] = values[places[some]]
    return out
