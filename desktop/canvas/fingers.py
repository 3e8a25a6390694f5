"""Touch: one finger works like a mouse, two move and enlarge the picture."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QEventPoint, QTouchEvent

from desktop.pointer import distance


class Touched(Protocol):
    """What fingers do something to."""

    def finger_down(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None: ...

    def finger_moved(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None: ...

    def finger_up(self, modifiers: Qt.KeyboardModifier) -> None: ...

    def take_back(self) -> None:
        """A second finger came down: what the first one began was not meant."""
        ...

    def pinch(self, moved: QPointF, scale: float, middle: QPointF) -> None:
        """Two fingers moved by `moved` and apart by the factor `scale`, around `middle`. Logical pixels."""
        ...


class Fingers:
    """Follows the fingers on one widget."""

    def __init__(self, touched: Touched) -> None:
        self._touched = touched
        self._down: dict[int, QPointF] = {}
        self._pinched = False

    def feed(self, event: QTouchEvent) -> None:
        before, self._down = self._down, {}
        for point in event.points():
            if point.state() == QEventPoint.State.Stationary and point.id() in before:
                self._down[point.id()] = before[point.id()]
            elif point.state() != QEventPoint.State.Released:
                self._down[point.id()] = QPointF(point.position())
        if len(self._down) >= 2:
            if not self._pinched:
                self._touched.take_back()
                self._pinched = True
            self._pinch(before, self._down)
        elif self._pinched:
            # With one of two fingers lifted nothing happens until the other is lifted too.
            self._pinched = bool(self._down)
        elif self._down:
            (at,) = self._down.values()
            (self._touched.finger_moved if before else self._touched.finger_down)(at, event.modifiers())
        else:
            self._touched.finger_up(event.modifiers())

    def _pinch(self, before: dict[int, QPointF], now: dict[int, QPointF]) -> None:
        both = [number for number in now if number in before][:2]
        if len(both) == 2:
            a, b = (before[number] for number in both)
            c, d = (now[number] for number in both)
            apart = distance(a, b)
            self._touched.pinch((c + d - a - b) / 2, distance(c, d) / apart if apart > 10 else 1.0, (c + d) / 2)
