"""Sorting pictures, and networks by the picture of their style that they carry, by how like the selection they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

from desktop import learnt, pixels
from desktop.bridge import Bridge
from desktop.session.reducing import shrunk
from engine.errors import Unusable
from engine.image import Floats, Image

SIDE = 320
"""Pixels of the longer side of what is looked at: more than the measure needs."""

AT_ONCE = 4
"""Files that are looked at in one errand, so that others get their turn."""

TOGETHER = 2
"""Errands that look at files at the same time."""


@dataclass(eq=False)
class _Sorting:
    """One question."""

    turn: int
    image: Image
    paths: list[Path]
    then: Callable[[list[float]], None]
    waiting: list[Path] = field(default_factory=list)
    looking: int = 0


class Ranking(QObject):
    """Looks at each file once and remembers what it saw.

    Signals:
        went_on(done, total): so many of the files that had not been seen before have been looked at.

    Args:
        bridge: runs the looking aside.
    """

    went_on = Signal(int, int)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._seen: dict[tuple[str, int], Floats | None] = {}
        self._turn = 0

    def rank(self, image: Image, paths: Sequence[Path], then: Callable[[list[float]], None]) -> None:
        """Tells `then` how like the image each file is, 0..1; -1 where it shows nothing. The newest question wins.

        Args:
            image: what they are compared with.
            paths: of files.
            then: told in this thread.
        """
        self._turn += 1
        waiting = [path for path in paths if _state(path) not in self._seen]
        sorting = _Sorting(self._turn, image, list(paths), then, waiting)
        for _ in range(TOGETHER):
            self._next(sorting)

    def forget(self) -> None:
        """Nobody waits for the order any more."""
        self._turn += 1

    def _next(self, sorting: _Sorting) -> None:
        if sorting.turn != self._turn:
            return
        some, sorting.waiting = sorting.waiting[:AT_ONCE], sorting.waiting[AT_ONCE:]
        if not some:
            if not sorting.looking:
                sorting.looking = -1  # the last of them has been looked at, and that is said once
                self._bridge.aside(lambda: self._ranks(sorting), lambda ranks: self._tell(sorting, ranks))
            return
        sorting.looking += 1

        def ready(found: list[tuple[tuple[str, int], Floats | None]]) -> None:
            self._seen.update(found)
            sorting.looking -= 1
            if sorting.turn == self._turn:
                self.went_on.emit(len(sorting.paths) - len(sorting.waiting), len(sorting.paths))
            self._next(sorting)

        self._bridge.aside(lambda: [(_state(path), _look(path)) for path in some], ready)

    def _ranks(self, sorting: _Sorting) -> list[float]:
        from engine.measures.likeness import ranked

        found = [self._seen.get(_state(path)) for path in sorting.paths]
        known = [one for one in found if one is not None]
        values = iter(ranked(_described(sorting.image), known).tolist())
        return [-1.0 if one is None else next(values) for one in found]

    def _tell(self, sorting: _Sorting, ranks: list[float]) -> None:
        if sorting.turn == self._turn:
            sorting.then(ranks)


def _state(path: Path) -> tuple[str, int]:
    """A file in the state that it is in."""
    try:
        return str(path), path.stat().st_mtime_ns
    except OSError:
        return str(path), 0


def _look(path: Path) -> Floats | None:
    from engine.files import OPENABLE, open_picture

    if path.suffix.lower() == learnt.SUFFIX:
        carried = QImage.fromData(learnt.carried(path))
        return None if carried.isNull() else _described(Image(pixels.from_qimage(carried)))
    if path.suffix.lower() not in OPENABLE:
        return None
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > SIDE:
        # A JPEG is read a few times faster at an eighth of its size.
        reader.setScaledSize(size.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    try:
        return _described(open_picture(path) if image.isNull() else Image(pixels.from_qimage(image)))
    except (Unusable, OSError):
        return None


def _described(image: Image) -> Floats:
    from engine.measures.likeness import described

    factor = max(1.0, max(image.size) / SIDE)
    small = replace(image, pixels=shrunk(np.ascontiguousarray(image.pixels), factor))
    return described(small.decoded())
