"""Large pictures a strip of rows at a time, with a look at the cancel flag between."""

from __future__ import annotations

from collections.abc import Callable, Iterator

Check = Callable[[], None]
"""Looks whether to stop, and raises if so: `Context.check`."""

STRIP = 128
"""Rows of a picture that are worked on between two looks at the cancel flag."""


def strips(height: int, check: Check | None) -> Iterator[int]:
    """The first row of each strip of a picture, with a check in front of each."""
    for top in range(0, height, STRIP):
        if check:
            check()
        yield top


def at_ease() -> None:
    """Nobody wants to stop."""
