"""Sorting pictures by how like the selection they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from desktop.bridge import Bridge
from desktop.session.reducing import shrunk
from engine.errors import Unusable
from engine.image import Floats, Image

SIDE = 400
"""Pixels of the longer side of what is looked at: more than the measure needs."""

AT_ONCE = 6
"""Files that are looked at in one errand, so that others get their turn."""


class Ranking(QObject):
    """Looks at each file once and remembers what it saw.

    Args:
        bridge: runs the looking aside.
    """

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._seen: dict[tuple[str, int], Floats | None] = {}
        self._turn = 0

    def rank(self, image: Image, paths: Sequence[Path], then: Callable[[list[float]], None]) -> None:
        """Tells `then` how like the image each file is, 0..1; -1 where nobody can say. The newest question wins.

        Args:
            image: what they are compared with.
            paths: of files.
            then: told in this thread.
        """
        self._turn += 1
        self._next(self._turn, image, list(paths), 0, then)

    def _next(
        self, turn: int, image: Image, paths: list[Path], first: int, then: Callable[[list[float]], None]
    ) -> None:
        some = paths[first : first + AT_ONCE]

        def work() -> list[float] | None:
            for path in some:
                self._look(path)
            return self._ranks(image, paths) if first + AT_ONCE >= len(paths) else None

        def ready(ranks: list[float] | None) -> None:
            if turn != self._turn:
                return
            if ranks is None:
                self._next(turn, image, paths, first + AT_ONCE, then)
            else:
                then(ranks)

        self._bridge.aside(work, ready)

    def _look(self, path: Path) -> Floats | None:
        from engine.files import OPENABLE, open_picture

        try:
            key = str(path), path.stat().st_mtime_ns
            if key not in self._seen:
                usable = path.suffix.lower() in OPENABLE
                self._seen[key] = _described(open_picture(path)) if usable else None
            return self._seen[key]
        except (Unusable, OSError):
            return None

    def _ranks(self, image: Image, paths: list[Path]) -> list[float]:
        from engine.measures.likeness import ranked

        found = [self._look(path) for path in paths]
        known = [one for one in found if one is not None]
        values = iter(ranked(_described(image), known).tolist())
        return [-1.0 if one is None else next(values) for one in found]


def _described(image: Image) -> Floats:
    from engine.measures.likeness import described

    factor = max(1.0, max(image.size) / SIDE)
    small = replace(image, pixels=shrunk(np.ascontiguousarray(image.pixels), factor))
    return described(small.decoded())
