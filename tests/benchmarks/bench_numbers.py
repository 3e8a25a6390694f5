"""Painting by numbers: how soon a stroke's texture is on the canvas, and when it has settled.

Strokes are mouse events on a 1024 x 1024 painting in the window; the clock runs from the release of the mouse.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.painting import SKETCHES, Painter, Stroke  # noqa: E402

Row = tuple[str, str, float, str]

STROKES = (
    Stroke(4, 0.04, ((0.2, 0.7), (0.32, 0.74))),
    Stroke(7, 0.08, ((0.7, 0.2), (0.82, 0.3))),
    Stroke(5, 0.08, ((0.3, 0.85), (0.45, 0.8))),
    Stroke(8, 0.03, ((0.6, 0.8), (0.75, 0.86), (0.9, 0.8))),
)
LARGE = Stroke(6, 0.2, ((0.2, 0.2), (0.5, 0.3)))


class Clock:
    """Seconds from the release of the mouse until the first pixels and until the picture is up with its map."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        self._shown: list[float] = []
        painter.window.following.previewed.connect(lambda *_: self._shown.append(time.perf_counter()))

    def stroke(self, photo: object, painting: object, stroke: Stroke) -> tuple[float, float]:
        """One stroke; pixels that were there while it was drawn count as at once."""
        painter = self._painter
        self._shown.clear()
        painter.draw(photo, painting, stroke)  # type: ignore[arg-type]
        released = time.perf_counter()
        painter.rest(painting)  # type: ignore[arg-type]
        settled = time.perf_counter() - released
        first = self._shown[0] - released if self._shown else settled
        return max(first, 0.0), settled


def rows() -> Iterator[Row]:
    """The figures."""
    painter = Painter()
    sketch = replace(SKETCHES["island"], size=(1024, 1024), strokes=())
    began = time.perf_counter()
    photo, painting = painter.begin(sketch)
    yield "numbers: a whole 1024 x 1024 map", "s", time.perf_counter() - began, "labels, painting and all"
    clock = Clock(painter)
    clock.stroke(photo, painting, STROKES[0])
    firsts, settles = [], []
    for stroke in STROKES:
        runs = []
        for turn in range(2):
            moved = tuple((x, min(y + 0.03 * turn, 0.97)) for x, y in stroke.points)
            runs.append(clock.stroke(photo, painting, replace(stroke, points=moved)))
        firsts.append(min(run[0] for run in runs))
        settles.append(min(run[1] for run in runs))
    yield "numbers: first pixels of a stroke, 1024 x 1024, worst of 4", "ms", 1e3 * max(firsts), "at most 200"
    yield "numbers: a stroke has settled, worst of 4", "s", max(settles), "at most 2"
    first, settled = clock.stroke(photo, painting, LARGE)
    yield "numbers: first pixels of a stroke over 8 % of it", "ms", 1e3 * first, "at most 200"
    yield "numbers: that has settled", "s", settled, "at most 2"
    before = painting.picture.pixels.copy()
    painter.draw(photo, painting, replace(LARGE, label=4, size=0.07))
    painter.rest(painting)
    began = time.perf_counter()
    painting.undo()
    yield "numbers: undo of a stroke and its pixels", "ms", 1e3 * (time.perf_counter() - began), ""
    left = float((painting.picture.pixels != before).any(axis=2).sum())
    yield "numbers: pixels that an undo leaves different", "px", left, "at most 0"
    painter.studio.close()


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="  ")
