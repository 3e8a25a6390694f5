"""The canvas as a tile: what is painted where, in every copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtWidgets import QApplication

from desktop.canvas import Canvas
from desktop.canvas.camera import View
from desktop.canvas.wrapped import Tiling
from desktop.document import Box, Document
from desktop.pixels import from_qimage
from desktop.tools import catalog
from engine.image import Image
from engine.region import Rect

WIDTH, HEIGHT = 90, 70


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()


@pytest.fixture
def canvas(qtbot: Any) -> Iterator[Canvas]:
    noise = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    made = Canvas(Document(Image(noise)))
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.set_document(None)
    settle()


def painted(canvas: Canvas) -> np.ndarray:
    canvas._at = None
    for _ in range(50):
        shot = from_qimage(canvas.grab().toImage())[..., :3]
        if canvas._unfinished.isEmpty():
            return shot
        settle()
    raise AssertionError("painting does not come to an end")


def on_screen(canvas: Canvas) -> np.ndarray:
    settle()
    return from_qimage(canvas.screen().grabWindow(canvas.winId()).toImage())[..., :3]


def shown(canvas: Canvas, rect: Rect) -> np.ndarray:
    """What the canvas shows of a rectangle of the plane at 100 %."""
    view = canvas.view
    return painted(canvas)[rect.y + view.y : rect.bottom + view.y, rect.x + view.x : rect.right + view.x]


def pixels(canvas: Canvas) -> np.ndarray:
    document = canvas.document
    assert document is not None
    return document.picture.pixels


def test_three_by_three_is_the_picture_nine_times(canvas: Canvas) -> None:
    canvas.set_tiling(Tiling.AROUND)
    canvas.set_zoom(1.0)
    around = shown(canvas, Rect(-WIDTH, -HEIGHT, 3 * WIDTH, 3 * HEIGHT))
    assert np.array_equal(around, np.tile(pixels(canvas), (3, 3, 1)))
    beyond = painted(canvas)[:, canvas.view.x + 2 * WIDTH + 1]
    assert (beyond == beyond[0]).all(), "and nothing beyond"


def test_half_shows_the_seams_in_the_middle(canvas: Canvas) -> None:
    canvas.set_tiling(Tiling.HALF)
    canvas.set_zoom(1.0)
    found = shown(canvas, Rect(WIDTH // 2, HEIGHT // 2, WIDTH, HEIGHT))
    assert np.array_equal(found, np.roll(pixels(canvas), (-(HEIGHT // 2), -(WIDTH // 2)), (0, 1)))
    outside = painted(canvas)[:, canvas.view.x + WIDTH // 2 - 1]
    assert (outside == outside[0]).all()


@pytest.mark.parametrize("zoom", [0.37, 1.0, 1.6, 5.0])
@pytest.mark.parametrize("tiling", list(Tiling))
def test_copies_meet_without_a_gap(tiling: Tiling, zoom: float) -> None:
    view = View(zoom, 13, -7, 1.0)
    frame = tiling.frame(view, (WIDTH, HEIGHT))
    covered = sum(
        copy.device(Rect(0, 0, WIDTH, HEIGHT)).intersected(frame).width()
        * copy.device(Rect(0, 0, WIDTH, HEIGHT)).intersected(frame).height()
        for copy in tiling.views(view, (WIDTH, HEIGHT))
    )
    assert covered == frame.width() * frame.height()


def test_it_is_fitted_as_it_is_shown(canvas: Canvas) -> None:
    canvas.set_tiling(Tiling.AROUND)
    canvas.fit()
    zoom = canvas.zoom
    extent = canvas.view.logical(Tiling.AROUND.extent((WIDTH, HEIGHT)))
    assert QRect(0, 0, 400, 300).contains(extent) and zoom == 1.0
    canvas.set_tiling(Tiling.HALF)
    assert abs(canvas.camera.x - WIDTH) < 1 and abs(canvas.camera.y - HEIGHT) < 1
    canvas.set_tiling(Tiling.ONE)
    assert (canvas.camera.x, canvas.camera.y) == (WIDTH / 2, HEIGHT / 2)


def test_panning_stops_where_the_copies_end(canvas: Canvas) -> None:
    canvas.set_tiling(Tiling.AROUND)
    canvas.set_zoom(1.0)
    canvas.pan(1e5, -1e5)
    assert (canvas.camera.x, canvas.camera.y) == (-WIDTH, 2 * HEIGHT)
    canvas.set_tiling(Tiling.ONE)
    assert (canvas.camera.x, canvas.camera.y) == (0, HEIGHT)


def test_a_stroke_over_the_edge_shows_in_every_copy(qtbot: Any, canvas: Canvas) -> None:
    document = canvas.document
    assert document is not None
    document.wraps = True
    canvas.set_tiling(Tiling.AROUND)
    canvas.set_zoom(1.0)
    brush = next(kind for kind in catalog() if kind.title == "Mask brush")()
    brush.values = brush.values.replaced(size=14, hardness=1.0)
    canvas.set_tool(brush)
    before = painted(canvas)
    start = canvas.view.to_screen(WIDTH - 3.5, 20.5)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start.toPoint())
    qtbot.mouseMove(canvas, (start + QPointF(12, 0)).toPoint())
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=(start + QPointF(12, 0)).toPoint())
    mask = document.hole.array()
    assert mask[20, -1] == mask[20, 0] == 255 and mask[20, 40] == 0
    canvas.set_tool(None)
    canvas._at = None
    canvas.update_marks()
    left = on_screen(canvas)
    assert np.array_equal(left, painted(canvas)), "what the stroke's own repaints left is the whole truth"
    view = canvas.view
    for column in (-1, 0, 1):
        for row in (-1, 0, 1):
            x, y = view.x + column * WIDTH, view.y + row * HEIGHT + 20
            assert (left[y, x + 2] != before[y, x + 2]).any() and (left[y, x + 40] == before[y, x + 40]).all()


def test_a_change_of_the_picture_is_painted_in_every_copy(canvas: Canvas) -> None:
    document = canvas.document
    assert document is not None
    canvas.set_tiling(Tiling.AROUND)
    canvas.set_zoom(1.0)
    painted(canvas)
    with document.edit("White") as edit:
        edit.replace(Rect(5, 5, 8, 8), np.full((8, 8, 3), 255, np.uint8))
    settle()
    assert np.array_equal(on_screen(canvas), painted(canvas))
    view = canvas.view
    for point in (QPoint(view.x + 7, view.y + 7), QPoint(view.x + 7 - WIDTH, view.y + 7 + HEIGHT)):
        assert (painted(canvas)[point.y(), point.x()] == 255).all()


def test_boxes_and_the_preview_repeat_too(canvas: Canvas) -> None:
    document = canvas.document
    assert document is not None
    canvas.set_tiling(Tiling.HALF)
    canvas.set_zoom(1.0)
    with document.edit("Box") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, WIDTH, 4)))
    seam = HEIGHT - HEIGHT // 2
    part = shown(canvas, Rect(WIDTH // 2, HEIGHT // 2, WIDTH, HEIGHT))
    plain = np.roll(pixels(canvas), (-(HEIGHT // 2), -(WIDTH // 2)), (0, 1))
    assert (part[seam : seam + 4] != plain[seam : seam + 4]).any() and np.array_equal(part[:seam], plain[:seam])
    canvas.show_preview(Rect(0, 0, WIDTH, HEIGHT), np.full((HEIGHT, WIDTH, 4), 255, np.uint8), (WIDTH, HEIGHT))
    document.undo()
    assert (shown(canvas, Rect(WIDTH // 2, HEIGHT // 2, WIDTH, HEIGHT)) == 255).all()
