"""Mouse, pen and touch as one thing: a pointer that moves through image space with some pressure.

A tool never sees a Qt event. It gets a `Pointer` and walks along its segments; what the hand does meanwhile arrives in
the same object.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPointingDevice, QTabletEvent

Point = tuple[float, float]
"""x and y in image space; the pixel in column 3 spans 3.0 to 4.0."""

ToImage = Callable[[QPointF], Point]
"""A widget's position to image space."""


@dataclass(frozen=True)
class Sample:
    """One reading of the hand.

    Attributes:
        x, y: in image space, finer than a pixel.
        pressure: 0..1; 1 for a mouse or a finger.
    """

    x: float
    y: float
    pressure: float = 1.0

    @property
    def point(self) -> Point:
        return self.x, self.y


Segment = tuple[Sample, Sample]


@dataclass(frozen=True)
class Outline:
    """What a tool asks the canvas to draw while its gesture goes on.

    Attributes:
        points: in image space.
        closed: whether the last is joined to the first.
    """

    points: tuple[Point, ...]
    closed: bool = True


class Pointer:
    """One press, drag and release, as a gesture sees it.

    Attributes:
        erasing: the pen's eraser end, or Alt held when it went down.
        shift: Shift is held now.
        released: the hand let go; no further samples will come.
    """

    def __init__(self, start: Sample, erasing: bool = False, shift: bool = False) -> None:
        self.erasing, self.shift = erasing, shift
        self.released = False
        self._samples = [start]
        self._segments: deque[Segment] = deque([(start, start)])

    @property
    def start(self) -> Sample:
        return self._samples[0]

    @property
    def position(self) -> Sample:
        """The newest sample."""
        return self._samples[-1]

    @property
    def path(self) -> tuple[Point, ...]:
        """Every sample's place so far."""
        return tuple(sample.point for sample in self._samples)

    @property
    def waiting(self) -> bool:
        """Whether there are segments that the gesture has not taken."""
        return bool(self._segments)

    def segments(self) -> Iterator[Segment]:
        """Pairs of samples along the stroke, the first of no length. Ends after the release.

        A gesture yields after each one; it is continued when there is another, or at the release.
        """
        while self._segments:
            yield self._segments.popleft()

    def add(self, sample: Sample) -> None:
        """The hand moved. Quick curves arrive as few samples; they are rounded into several segments."""
        before = self._samples[-2] if len(self._samples) > 1 else None
        last = self._samples[-1]
        if sample == last:
            return
        self._samples.append(sample)
        previous = last
        for bent in _curve(before, last, sample):
            self._segments.append((previous, bent))
            previous = bent

    def release(self) -> None:
        """The hand let go."""
        self.released = True


def _curve(before: Sample | None, a: Sample, b: Sample) -> list[Sample]:
    """Points from `a` (left out) to `b` on a cubic that leaves `a` in the stroke's direction there.

    The direction at `a` is that of Catmull and Rom, A Class of Local Interpolating Splines, 1974. The one at `b` would
    need the next sample; waiting for it would make the brush lag, so it is taken as the way from `a` to `b`.
    """
    length = math.hypot(b.x - a.x, b.y - a.y)
    if before is None or length < 4:
        return [b]
    arrival = math.hypot(a.x - before.x, a.y - before.y)
    if arrival < 1e-6:
        return [b]
    # Scaled to this segment's length: a slow sample before a quick one must not throw a loop.
    ux = (a.x - before.x) / arrival * length + (b.x - a.x)
    uy = (a.y - before.y) / arrival * length + (b.y - a.y)
    bend = math.hypot(ux / 2 - (b.x - a.x), uy / 2 - (b.y - a.y))
    if bend < 1 or ux * (b.x - a.x) + uy * (b.y - a.y) < 1.35 * length * length:
        return [b]  # nearly straight, or a corner of 70 degrees or more that was meant
    count = min(16, max(2, math.ceil(math.sqrt(bend))))
    points = []
    for step in range(1, count):
        t = step / count
        h01, h10, h11 = t * t * (3 - 2 * t), t * (1 - t) * (1 - t), t * t * (t - 1)
        x = a.x + h01 * (b.x - a.x) + h10 * ux / 2 + h11 * (b.x - a.x)
        y = a.y + h01 * (b.y - a.y) + h10 * uy / 2 + h11 * (b.y - a.y)
        points.append(Sample(x, y, a.pressure + t * (b.pressure - a.pressure)))
    return [*points, b]


def from_mouse(event: QMouseEvent, to_image: ToImage) -> Sample:
    """A mouse has no pressure: it presses wholly."""
    return Sample(*to_image(event.position()))


def from_pen(event: QTabletEvent, to_image: ToImage) -> Sample:
    """A pen's reading, finer than a pixel."""
    pressure = event.pressure()
    return Sample(*to_image(event.position()), pressure=min(max(pressure, 0.0), 1.0))


def is_eraser(event: QTabletEvent) -> bool:
    """Whether the pen is held with its eraser end down."""
    return event.pointerType() == QPointingDevice.PointerType.Eraser


def distance(a: QPointF, b: QPointF) -> float:
    """Between two points."""
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def erases(modifiers: Qt.KeyboardModifier) -> bool:
    """Whether these keys turn a brush into an eraser."""
    return bool(modifiers & Qt.KeyboardModifier.AltModifier)


def held_shift(modifiers: Qt.KeyboardModifier) -> bool:
    """Whether Shift is among these keys."""
    return bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
