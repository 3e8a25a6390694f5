"""Paintings by numbers, made in the window with the mouse: what the benchmark measures and README shows.

    xvfb-run -a -s "-screen 0 1440x900x24" .venv/bin/python tests/benchmarks/painting.py FOLDER [NAME ...]

Each saves the map beside the result as FOLDER/numbers-NAME.png. The strokes are mouse events on the canvas.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QPoint, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from desktop.canvas import Canvas  # noqa: E402
from desktop.document import Document  # noqa: E402
from tests.benchmarks.bench_window import Studio  # noqa: E402

SAMPLES = ROOT / "resources" / "samples"
Point = tuple[float, float]


@dataclass(frozen=True)
class Stroke:
    """One stroke of the mouse.

    Attributes:
        label: a number, or the place in the photograph (in parts) whose label it is.
        size: of the brush, in parts of the width.
        points: in parts of the width and height.
    """

    label: int | Point
    size: float
    points: Sequence[Point]


@dataclass(frozen=True)
class Pour:
    """One click with the fill.

    Attributes:
        label: as of a stroke.
        point: in parts of the width and height.
    """

    label: int | Point
    point: Point


@dataclass(frozen=True)
class Sketch:
    """A photograph, its labels, and what is painted.

    Attributes:
        photo: its path.
        size: of the painting.
        ground: the place in the photograph whose label the painting begins with.
        labels: a map to import, or how many to find.
        strokes: in order.
        corrections: strokes on the photograph's own labels first; labels 0, -1, -2 ... stand for ones that are added.
    """

    photo: Path
    size: tuple[int, int]
    ground: Point
    labels: Path | int = 6
    strokes: Sequence[Stroke | Pour] = field(default_factory=tuple)
    corrections: Sequence[Stroke | Pour] = field(default_factory=tuple)


def rough(points: Sequence[Point], wobble: float, seed: int = 1) -> tuple[Point, ...]:
    """A line through points as an unsteady hand draws it: more points, each off by about `wobble`."""
    rng = np.random.default_rng(seed)
    made: list[Point] = [points[0]]
    for a, b in zip(points, points[1:], strict=False):
        count = max(2, round(float(np.hypot(b[0] - a[0], b[1] - a[1]) / 0.035)))
        for step in range(1, count + 1):
            t, (dx, dy) = step / count, rng.normal(0, wobble, 2)
            made.append((a[0] + t * (b[0] - a[0]) + float(dx), a[1] + t * (b[1] - a[1]) + float(dy)))
    return tuple(made)


def hatched(corners: Sequence[Point], size: float, aspect: float = 1.5) -> tuple[Point, ...]:
    """A line that covers the inside of a polygon, to and fro, for a brush of this size.

    Args:
        corners: of the polygon.
        size: of the brush, in parts of the width.
        aspect: width over height of the picture.
    """
    ys = [y for _, y in corners]
    made: list[Point] = []
    reach = size * aspect / 2
    count = max(1, round((max(ys) - min(ys)) / reach))
    for row in range(count):
        y = min(ys) + (row + 0.5) * (max(ys) - min(ys)) / count
        crossed = sorted(
            a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1])
            for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)
            if (a[1] <= y) != (b[1] <= y)
        )
        left, right = crossed[0] + size / 2, max(crossed[-1] - size / 2, crossed[0] + size / 2)
        made += [(left, y), (right, y)] if row % 2 == 0 else [(right, y), (left, y)]
    return tuple(made)


SPINE = ((0.22, 0.34), (0.36, 0.58), (0.62, 0.62), (0.78, 0.4))
HEART = tuple(
    (0.5 + 0.017 * 16 * float(np.sin(t)) ** 3, 0.46 - 0.021 * (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t)))
    for t in np.linspace(0, 2 * np.pi, 40)
)

HEAD, STEM, BLURRED = (0.29, 0.32), (0.297, 0.8), (0.82, 0.79)
"""Where the dandelion's parts are in its photograph."""

SKETCHES: dict[str, Sketch] = {
    "island": Sketch(
        SAMPLES / "asia.jpg",
        (600, 384),
        (0.33, 0.75),
        ROOT / "resources" / "labels" / "asia.png",
        (
            Stroke(3, 0.3, rough(SPINE, 0.03)),
            Stroke(3, 0.2, rough(((0.5, 0.14), (0.58, 0.12)), 0.02)),
            Stroke(4, 0.17, rough(SPINE, 0.03, 2)),
            Stroke(5, 0.1, rough(((0.2, 0.36), (0.33, 0.5), (0.5, 0.6)), 0.02, 3)),
            Stroke(6, 0.12, rough(((0.58, 0.6), (0.72, 0.46)), 0.015, 4)),
            Stroke(7, 0.07, rough(((0.63, 0.56), (0.72, 0.46)), 0.012, 5)),
            Stroke(8, 0.022, rough(((0.24, 0.36), (0.34, 0.5), (0.46, 0.58), (0.58, 0.58)), 0.012, 6)),
            Stroke(4, 0.05, rough(((0.5, 0.14), (0.57, 0.12)), 0.012, 7)),
            Stroke(1, 0.14, rough(((0.02, 0.92), (0.22, 0.95), (0.34, 1.0)), 0.02, 8)),
        ),
    ),
    "meadow": Sketch(
        SAMPLES / "dandelions.jpg",
        (640, 360),
        (0.5, 0.95),
        5,
        (
            Stroke((0.03, 0.3), 0.12, rough(((-0.02, 0.4), (0.3, 0.35), (0.6, 0.39), (1.02, 0.33)), 0.012)),
            Stroke((0.6, 0.12), 0.14, rough(((-0.02, 0.24), (0.4, 0.17), (0.7, 0.22), (1.02, 0.16)), 0.01, 2)),
            Stroke((0.5, 0.02), 0.13, rough(((-0.02, 0.02), (0.5, 0.0), (1.02, 0.02)), 0.008, 3)),
            *(
                Stroke(BLURRED, size, ((x, y), (x + 0.004, y)))
                for x, y, size in ((0.12, 0.5, 0.06), (0.56, 0.47, 0.05), (0.92, 0.5, 0.07), (0.5, 0.74, 0.08))
            ),
            *(
                stroke
                for x, y, size in ((0.28, 0.42, 0.25), (0.73, 0.5, 0.27))
                for stroke in (
                    Stroke(STEM, 0.022, ((x, y + 0.2), (x - 0.01, 0.8), (x + 0.004, 1.02))),
                    Stroke(HEAD, size, ((x, y), (x + 0.004, y))),
                )
            ),
        ),
        (
            Stroke(0, 0.32, ((0.29, 0.32), (0.294, 0.32))),
            Stroke(-1, 0.026, ((0.298, 0.62), (0.296, 1.02))),
            *(
                Stroke(-2, size, ((x, y), (x + 0.002, y)))
                for x, y, size in (
                    (0.82, 0.79, 0.14),
                    (0.563, 0.68, 0.1),
                    (0.66, 0.58, 0.08),
                    (0.56, 0.44, 0.07),
                    (0.487, 0.22, 0.07),
                    (0.97, 0.43, 0.08),
                    (0.775, 0.335, 0.05),
                    (0.32, 0.61, 0.06),
                )
            ),
        ),
    ),
    "seedlings": Sketch(
        SAMPLES / "seedlings.png",
        (440, 392),
        (0.02, 0.02),
        3,
        (Stroke((0.5, 0.41), 0.11, HEART),),
    ),
}


def mouse(canvas: Canvas, points: Sequence[Point]) -> None:
    """A press, a drag through points in image space, and a release."""

    def place(point: Point) -> QPoint:
        return canvas.view.to_screen(*point).toPoint()

    button = Qt.MouseButton.LeftButton
    QTest.mousePress(canvas, button, Qt.KeyboardModifier.NoModifier, place(points[0]))
    last = points[0]
    for point in points[1:]:
        steps = max(2, round(float(np.hypot(point[0] - last[0], point[1] - last[1]) / 12)))
        for step in range(1, steps + 1):
            t = step / steps
            QTest.mouseMove(canvas, place((last[0] + t * (point[0] - last[0]), last[1] + t * (point[1] - last[1]))), 4)
        last = point
    QTest.mouseRelease(canvas, button, Qt.KeyboardModifier.NoModifier, place(last))


class Painter:
    """A window in which sketches are painted."""

    def __init__(self) -> None:
        self.studio = Studio()
        self.window = self.studio.window
        self.settled: list[Document] = []
        self.window.following.settled.connect(self.settled.append)

    def begin(self, sketch: Sketch) -> tuple[Document, Document]:
        """The photograph with its labels, and the painting that was begun from it with all of it painted."""
        window, studio = self.window, self.studio
        count = window.tabs.count()
        window.open_paths([str(sketch.photo)])
        studio.run(lambda: window.tabs.count() == count + 1)
        photo = window.document()
        if isinstance(sketch.labels, Path):
            window.take_labels(photo, sketch.labels)
        else:
            window.find_labels(sketch.labels)
        studio.run(lambda: not photo.labels.empty)
        added: dict[int, int] = {}
        for stroke in sketch.corrections:
            number = self.number(photo, stroke.label)
            if number <= 0 and number not in added:
                window.add_label()
                added[number] = photo.palette.labels[-1].number
            self.draw(photo, photo, replace(stroke, label=added.get(number, number)))
        window.take_label(self.number(photo, sketch.ground))
        window.numbers.size_row.set(sketch.size)
        self.settled.clear()
        window.paint_by_numbers("one")
        studio.run(lambda: window.tabs.count() == count + 2)
        self.rest(window.document())
        return photo, window.document()

    def number(self, photo: Document, label: int | Point) -> int:
        """A label's number."""
        if isinstance(label, int):
            return label
        return photo.labels.at(int(label[0] * photo.size[0]), int(label[1] * photo.size[1]))

    def draw(self, photo: Document, painting: Document, stroke: Stroke | Pour) -> None:
        """One stroke or one click with the mouse; its texture is not waited for."""
        width, height = painting.size
        self.window.take_label(self.number(photo, stroke.label))
        brush, fill = self.window.number_tools()
        points: Sequence[Point] = (stroke.point,) if isinstance(stroke, Pour) else stroke.points
        self.window.take_tool(fill if isinstance(stroke, Pour) else brush)
        if isinstance(stroke, Stroke):
            brush.resize(stroke.size * width / 2)
        canvas = self.window.tabs.canvas_of(painting)
        assert canvas is not None
        mouse(canvas, [(x * width, y * height) for x, y in points])

    def rest(self, painting: Document) -> None:
        """Until the picture is up with its map."""
        self.settled.clear()
        self.window.following.look()
        self.studio.run(lambda: any(document is painting for document in self.settled))

    def paint(self, sketch: Sketch) -> Document:
        """All of a sketch."""
        photo, painting = self.begin(sketch)
        for stroke in sketch.strokes:
            self.draw(photo, painting, stroke)
        self.rest(painting)
        return painting


def beside(painting: Document) -> np.ndarray:
    """The map and the result side by side, uint8 (H, W, 3)."""
    shown = painting.palette.colours()[painting.labels.array()]
    gap = np.full((shown.shape[0], 12, 3), 255, np.uint8)
    pixels = painting.picture.pixels[..., :3]
    return np.concatenate([shown, gap, pixels], axis=1)


def main(folder: str, *names: str) -> None:
    """Paints sketches and saves them."""
    from engine.files import save_picture
    from engine.image import Image

    painter = Painter()
    for name in names or SKETCHES:
        painting = painter.paint(SKETCHES[name])
        save_picture(Image(beside(painting)), Path(folder) / f"numbers-{name}.png")
        print(name, painting.size, len(painting.history.steps), "steps", flush=True)
    painter.studio.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
