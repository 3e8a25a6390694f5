"""Pictures that are painted with points of a texture space: a stroke makes anew what it dirtied, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from desktop.document import GROWN, SOWN, Document
from desktop.session.asking import Asking
from desktop.session.following import Following, Painting
from desktop.session.remaining import Maps
from desktop.session.runs import Wish
from desktop.session.session import Session
from desktop.session.space_ways import Painter
from engine.image import Bytes, frozen
from engine.operation import Input, Operation
from engine.params import Params

FARTHEST = 512
"""Pixels: no operation looks farther around a change."""


class Growing(Following):
    """Keeps the pixels of documents with a `growth` up with what is sown on them.

    Args:
        session: knows the documents' slots, and which has an ordinary job.
        asking: runs the jobs.
        painter: how to paint; None while nothing can.
    """

    wanted, done, state = SOWN, GROWN, "growth"

    def __init__(
        self,
        session: Session,
        asking: Asking,
        painter: Callable[[], Painter | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(session, asking, lambda: None, parent)
        self._painter = painter

    def _maps(self, document: Document) -> Maps | None:
        growth = document.growth
        if growth is None:
            return None
        return Maps(document.sown, document.grown, range(growth.ground, len(growth.points) + 1))

    def _wish_for(self, document: Document) -> Wish | None:
        painter, growth = self._painter(), document.growth
        if painter is None or growth is None:
            return None
        flat = tuple(part for point in growth.points for part in point)
        values = {"border": growth.border, "edge": growth.edge}
        known = {entry.name for entry in painter.operation.params.fields()}
        values = {name: value for name, value in values.items() if name in known}
        params: Params = painter.operation.params().replaced(**values, **{painter.points: flat})
        return Wish(painter.operation, params, growth.seed)

    def _reach(self, wish: Wish) -> int:
        return reach_of(wish.operation, wish.params)

    def _inputs(
        self, document: Document, operation: Operation[Any], where: Bytes
    ) -> tuple[dict[str, Input | None], dict[str, tuple[str, ...]]]:
        painter, growth = self._painter(), document.growth
        assert painter is not None and growth is not None and operation.within is not None
        inputs: dict[str, Input | None] = {
            painter.role: growth.space,
            "picture": growth.base or document.picture,
            painter.map_: frozen(document.sown.array()),
            operation.within: where,
        }
        painted = dict.fromkeys(("picture", painter.map_, operation.within), ("painted",))
        return inputs, {painter.role: (growth.path,), **painted}

    def _tell_missing(self, painting: Painting) -> None:
        """Every number has its point."""


@lru_cache(maxsize=32)
def reach_of(operation: Operation[Any], params: Params) -> int:
    """Pixels around a change that an operation makes again: what it wants to see of a picture for a single pixel."""
    if operation.focus is None or operation.within is None:
        return 0
    side = 2 * FARTHEST + 1
    dot = np.zeros((side, side), np.uint8)
    dot[FARTHEST, FARTHEST] = 255
    seen = operation.focus({operation.within: dot}, params)
    return max(FARTHEST - seen.x, FARTHEST - seen.y, seen.right - FARTHEST - 1, seen.bottom - FARTHEST - 1)
