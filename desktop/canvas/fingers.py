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
        self._down: list[QPointF] = []
        self._pinched = False

    def feed(self, event: QTouchEvent) -> None:
        released = QEventPoint.State.Released
        points = [QPointF(point.position()) for point in event.points() if point.state() != released]
        before, self._down = self._down, points
        if len(points) >= 2:
            if not self._pinched:
                self._touched.take_back()
                self._pinched = True
            elif len(before) >= 2:
                self._pinch(before, points)
        elif self._pinched:
            # With one of two fingers lifted nothing happens until the other is lifted too.
            self._pinched = bool(points)
        elif points and before:
            self._touched.finger_moved(points[0], event.modifiers())
        elif points:
            self._touched.finger_down(points[0], event.modifiers())
        else:
            self._touched.finger_up(event.modifiers())

    def _pinch(self, before: list[QPointF], now: list[QPointF]) -> None:
        middle_before, middle = (before[0] + before[1]) / 2, (now[0] + now[1]) / 2
        apart = distance(before[0], before[1])
        scale = distance(now[0], now[1]) / apart if apart > 10 else 1.0
        self._touched.pinch(middle - middle_before, scale, middle)
