"""The canvas under real events, and what it paints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QInputDevice,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from desktop.canvas import Canvas
from desktop.document import Box, Document
from desktop.pixels import from_qimage, to_qimage
from desktop.tools import Tool, catalog
from engine.errors import Unusable
from engine.image import Image
from engine.region import Rect

Button, Modifier, Kind = Qt.MouseButton, Qt.KeyboardModifier, QEvent.Type
NONE = Modifier.NoModifier


def noise(width: int = 300, height: int = 200, channels: int = 3) -> Document:
    rng = np.random.default_rng(3)
    return Document(Image(rng.integers(0, 256, (height, width, channels), np.uint8)))


def tool(name: str, **values) -> Tool:
    made = next(kind for kind in catalog() if kind.title == name)()
    made.values = made.values.replaced(**values)
    return made


@pytest.fixture
def canvas(qtbot):
    made = Canvas(noise())
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.set_document(None)
    settle()


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()


def painted(canvas: Canvas) -> np.ndarray:
    """What a whole new paint gives, (h, w, 3) in device pixels, without the brush's rim."""
    canvas._at = None
    for _ in range(50):
        shot = from_qimage(canvas.grab().toImage())[..., :3]
        if canvas._unfinished.isEmpty():
            return shot
        settle()
    raise AssertionError("painting does not come to an end")


def on_screen(canvas: Canvas) -> np.ndarray:
    """What all the partial paints so far have left on the screen."""
    settle()
    return from_qimage(canvas.screen().grabWindow(canvas.winId()).toImage())[..., :3]


def apart(a: np.ndarray, b: np.ndarray) -> int:
    """The largest difference. Qt's smooth scaling depends by a few steps on where a paint is cut off."""
    return int(np.abs(a.astype(int) - b).max())


def mouse(
    canvas: Canvas, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton = Button.LeftButton, keys=NONE
) -> None:
    at = QPointF(x, y)
    move = kind == Kind.MouseMove
    held = Button.NoButton if kind == Kind.MouseButtonRelease else button
    event = QMouseEvent(kind, at, canvas.mapToGlobal(at), Button.NoButton if move else button, held, keys)
    QApplication.sendEvent(canvas, event)


def drag(
    canvas: Canvas, points: list[tuple[float, float]], button: Qt.MouseButton = Button.LeftButton, keys=NONE
) -> None:
    mouse(canvas, Kind.MouseButtonPress, *points[0], button, keys)
    for point in points[1:]:
        mouse(canvas, Kind.MouseMove, *point, button, keys)
    mouse(canvas, Kind.MouseButtonRelease, *points[-1], button, keys)
    settle()


def wheel(canvas: Canvas, x: float, y: float, notches: int) -> None:
    at = QPointF(x, y)
    event = QWheelEvent(
        at, canvas.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Button.NoButton, NONE,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    settle()


# What is painted.


def test_a_small_picture_is_shown_pixel_for_pixel(canvas):
    shown = painted(canvas)
    view = canvas.view
    assert canvas.zoom == 1
    assert (shown[view.y : view.y + 200, view.x : view.x + 300] == canvas.document.picture.pixels).all()
    assert len(np.unique(shown[: view.y].reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("zoom", [2, 3, 7, 16, 64])
def test_enlarged_pixels_are_squares(canvas, zoom):
    canvas.set_zoom(zoom)
    shown, view = painted(canvas), canvas.view
    y, x = np.mgrid[0:300, 0:400]
    rows, columns = (y - view.y) // zoom, (x - view.x) // zoom
    inside = (rows >= 0) & (rows < 200) & (columns >= 0) & (columns < 300)
    assert inside.sum() > 50_000
    assert (shown[inside] == canvas.document.picture.pixels[rows[inside], columns[inside]]).all()


def test_the_hole_is_red_and_the_source_green_at_their_strength(canvas):
    document = canvas.document
    with document.edit("masks") as edit:
        edit.cover(document.hole, Box(Rect(10, 10, 50, 50)))
        edit.cover(document.source, Box(Rect(100, 10, 50, 50)))
    shown, view = painted(canvas).astype(int), canvas.view
    picture = document.picture.pixels.astype(int)
    red = shown[view.y + 10 : view.y + 60, view.x + 10 : view.x + 60]
    assert np.abs(red - (picture[10:60, 10:60] + [255, 0, 0]) / 2).max() <= 2
    green = shown[view.y + 10 : view.y + 60, view.x + 100 : view.x + 150]
    assert np.abs(green - (picture[10:60, 100:150] * 0.6 + np.array([0, 200, 80]) * 0.4)).max() <= 3
    canvas.set_mask_blue(True)
    blue = painted(canvas).astype(int)[view.y + 10 : view.y + 60, view.x + 10 : view.x + 60]
    assert np.abs(blue - (picture[10:60, 10:60] + [0, 110, 255]) / 2).max() <= 2
    canvas.set_mask_blue(False)
    assert (painted(canvas)[view.y + 10 : view.y + 60, view.x + 10 : view.x + 60] == red).all()
    canvas.set_mask_visible("hole", False)
    assert not canvas.mask_visible("hole")
    shown = painted(canvas)
    assert (shown[view.y + 10 : view.y + 60, view.x + 10 : view.x + 60] == picture[10:60, 10:60]).all()
    canvas.set_tool(tool("Mask brush"))
    assert canvas.mask_visible("hole"), "one should see what one paints"


def test_transparency_shows_a_checkerboard(canvas):
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[:50, :, 0] = 200
    pixels[:50, :, 3] = 255
    canvas.set_document(Document(Image(pixels)))
    shown, view = painted(canvas), canvas.view
    assert (shown[view.y : view.y + 50, view.x : view.x + 100] == [200, 0, 0]).all()
    board = shown[view.y + 50 : view.y + 100, view.x : view.x + 100]
    assert sorted({tuple(colour) for colour in board.reshape(-1, 3).tolist()}) == [(102,) * 3, (153,) * 3]
    assert (board[6:14, 0:8] == board[6, 0]).all() and (board[6, 8] != board[6, 0]).any()


def test_partial_paints_leave_what_a_whole_one_gives(canvas):
    document = noise(900, 700)
    canvas.set_document(document)
    settle()
    rng = np.random.default_rng(4)
    for zoom in (0.37, 1.0, 1.7, 5.0):
        canvas.set_zoom(zoom)
        settle()
        for name in ("Mask brush", "Sample-from brush", "Eraser", "Lasso", "Rectangle", "Sample picker"):
            canvas.set_tool(tool(name))
            drag(canvas, [tuple(point) for point in rng.uniform((20, 20), (380, 280), (5, 2)).tolist()])
            QApplication.sendEvent(canvas, QEvent(Kind.Leave))
            assert apart(on_screen(canvas), painted(canvas)) <= 6, (zoom, name)
    while document.undo():
        assert apart(on_screen(canvas), painted(canvas)) <= 6


def test_a_large_picture_sharpens_until_it_is_done(canvas):
    pixels = np.random.default_rng(1).integers(0, 256, (3000, 4000, 1), np.uint8)
    canvas.set_document(Document(Image(pixels)))
    fitted = painted(canvas)
    view = canvas.view
    box = fitted[view.y + 2 : view.y + 270, view.x + 2 : view.x + 360, 0]
    assert abs(box.mean() - 127.5) < 3 and box.std() < 25  # noise averaged, not sampled
    canvas.set_zoom(1)
    shown, view = painted(canvas), canvas.view
    x, y = -view.x, -view.y
    assert (shown == pixels[y : y + 300, x : x + 400]).all()


def test_a_preview_lies_over_the_document_and_goes_again(canvas):
    document, before = canvas.document, painted(canvas)
    frame = np.full((30, 40, 4), 255, np.uint8)
    canvas.show_preview(Rect(10, 20, 40, 30), frame, document.size)
    shown, view = painted(canvas), canvas.view
    assert canvas.previewing
    assert (shown[view.y + 20 : view.y + 50, view.x + 10 : view.x + 50] == 255).all()
    assert (shown[view.y + 51 :] == before[view.y + 51 :]).all()
    frame2 = np.zeros((30, 40, 4), np.uint8)
    frame2[..., 3] = 255
    canvas.show_preview(Rect(30, 20, 40, 30), frame2, document.size)
    shown = painted(canvas)
    assert (shown[view.y + 20 : view.y + 50, view.x + 10 : view.x + 30] == 255).all()
    assert (shown[view.y + 20 : view.y + 50, view.x + 30 : view.x + 70] == 0).all()
    assert document.history.position == 0 and not document.modified
    canvas.clear_preview()
    assert not canvas.previewing and (painted(canvas) == before).all()


def test_a_preview_of_another_size_stands_alone(canvas):
    frame = np.full((500, 600, 4), 99, np.uint8)
    frame[..., 3] = 255
    canvas.show_preview(Rect(0, 0, 600, 500), frame, (600, 500))
    shown, view = painted(canvas), canvas.view
    assert canvas.zoom < 1
    box = view.device(Rect(0, 0, 600, 500))
    assert box.left() >= 0 and box.bottom() <= 300
    assert (shown[box.top() : box.bottom(), box.left() : box.right()] == 99).all()
    canvas.clear_preview()
    assert canvas.zoom == 1


def test_comparing_shows_the_picture_as_it_was(canvas):
    document, before = canvas.document, painted(canvas)
    with document.edit("result") as edit:
        edit.replace(Rect(20, 20, 100, 100), np.zeros((100, 100, 3), np.uint8))
        edit.cover(document.hole, Box(Rect(0, 0, 50, 50)))
    after = painted(canvas)
    assert (after != before).any()
    canvas.set_compare(True)
    assert canvas.comparing and (painted(canvas) == before).all()
    canvas.set_compare(False)
    assert (painted(canvas) == after).all()


def test_a_crop_is_followed(canvas):
    document = canvas.document
    expected = document.picture.pixels[50:150, 100:250].copy()
    with document.edit("crop") as edit:
        edit.crop(Rect(100, 50, 150, 100))
    shown, view = painted(canvas), canvas.view
    assert (shown[view.y : view.y + 100, view.x : view.x + 150] == expected).all()


def test_without_a_document_there_is_only_ground(canvas):
    canvas.set_document(None)
    assert canvas.document is None
    assert len(np.unique(painted(canvas).reshape(-1, 3), axis=0)) == 1
    canvas.fit()
    canvas.set_compare(True)
    canvas.show_preview(Rect(0, 0, 1, 1), np.zeros((1, 1, 4), np.uint8), (1, 1))
    drag(canvas, [(10, 10), (50, 50)])
    wheel(canvas, 10, 10, 1)


# What hands do.


def test_a_drag_is_a_stroke_under_the_cursor(canvas):
    canvas.set_tool(tool("Mask brush", size=10, hardness=1.0))
    drag(canvas, [(100, 100), (200, 100), (200, 150)])
    document, view = canvas.document, canvas.view
    assert [step.title for step in document.history] == ["Brush hole"]
    x, y = (round(value) for value in view.to_image(QPointF(150, 100)))
    assert document.hole.array()[y, x] == 255
    assert document.hole.bounds.size == (110, 60)


def test_escape_takes_the_stroke_back(canvas):
    canvas.set_tool(tool("Mask brush"))
    mouse(canvas, Kind.MouseButtonPress, 100, 100)
    mouse(canvas, Kind.MouseMove, 150, 150)
    assert canvas.gesturing and not canvas.document.hole.empty
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.gesturing and canvas.document.hole.empty
    mouse(canvas, Kind.MouseMove, 250, 150)
    mouse(canvas, Kind.MouseButtonRelease, 250, 150)
    assert canvas.document.hole.empty and canvas.document.history.position == 0


def test_alt_erases(canvas):
    with canvas.document.edit("fill") as edit:
        edit.fill(canvas.document.hole)
    canvas.set_tool(tool("Mask brush"))
    drag(canvas, [(150, 150), (200, 150)], keys=Modifier.AltModifier)
    x, y = (int(value) for value in canvas.view.to_image(QPointF(180, 150)))
    assert canvas.document.hole.array()[y, x] == 0


def test_shift_click_draws_a_straight_line_from_the_last_stroke(canvas):
    canvas.set_tool(tool("Mask brush", size=8, hardness=1.0))
    drag(canvas, [(100, 100), (120, 100)])
    drag(canvas, [(220, 180)], keys=Modifier.ShiftModifier)
    mask, view = canvas.document.hole.array(), canvas.view
    x, y = (int(value) for value in view.to_image(QPointF(170, 140)))
    assert mask[y, x] == 255
    x, y = (int(value) for value in view.to_image(QPointF(220, 110)))
    assert mask[y, x] == 0
    assert canvas.document.history.position == 2
    drag(canvas, [(220, 100)], keys=Modifier.ShiftModifier)
    assert canvas.document.hole.array()[y, x] == 255


def test_shift_drag_sets_the_size_and_paints_nothing(canvas):
    brush = tool("Mask brush", size=40)
    canvas.set_tool(brush)
    drag(canvas, [(150, 150), (152, 150), (180, 150)], keys=Modifier.ShiftModifier)
    assert brush.values.size == 70 and canvas.document.hole.empty
    drag(canvas, [(150, 150), (50, 150)], keys=Modifier.ShiftModifier)
    assert brush.values.size == 1
    canvas.set_tool(tool("Rectangle"))
    drag(canvas, [(100, 100), (150, 120)], keys=Modifier.ShiftModifier)
    assert canvas.document.hole.bounds.size == (50, 50)


def test_space_and_the_middle_button_pan(canvas):
    canvas.set_tool(tool("Mask brush"))
    canvas.set_zoom(2)
    start = canvas.view.to_image(QPointF(100, 100))
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    drag(canvas, [(100, 100), (130, 90)])
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.view.to_image(QPointF(130, 90)) == pytest.approx(start, abs=0.6)
    drag(canvas, [(130, 90), (90, 120)], Button.MiddleButton)
    assert canvas.view.to_image(QPointF(90, 120)) == pytest.approx(start, abs=1.2)
    assert canvas.document.hole.empty
    canvas.set_tool(tool("Pan"))
    drag(canvas, [(90, 120), (100, 100)])
    assert canvas.view.to_image(QPointF(100, 100)) == pytest.approx(start, abs=1.8)
    assert canvas.document.history.position == 0


def test_the_wheel_and_a_drag_zoom_at_the_cursor(canvas, qtbot):
    point = canvas.view.to_image(QPointF(250, 120))
    with qtbot.waitSignal(canvas.zoomed) as told:
        wheel(canvas, 250, 120, 4)
    assert canvas.zoom == pytest.approx(2) and told.args == [canvas.zoom]
    assert canvas.view.to_image(QPointF(250, 120)) == pytest.approx(point, abs=0.6)
    wheel(canvas, 250, 120, -5)
    assert canvas.zoom == 1, "100 % is never skipped"
    QTest.keyPress(canvas, Qt.Key.Key_Space, Modifier.ControlModifier)
    point = canvas.view.to_image(QPointF(100, 100))
    drag(canvas, [(100, 100), (200, 100)], keys=Modifier.ControlModifier)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.zoom == pytest.approx(2)
    assert canvas.view.to_image(QPointF(100, 100)) == pytest.approx(point, abs=0.6)


def test_zooming_by_steps_and_fitting(canvas):
    canvas.zoom_in()
    assert canvas.zoom == 1.5
    canvas.zoom_out()
    canvas.zoom_out()
    assert canvas.zoom == pytest.approx(2 / 3)
    canvas.actual_size()
    assert canvas.zoom == 1
    canvas.set_document(noise(60, 40))
    assert canvas.zoom == 1
    canvas.fit()
    assert canvas.zoom == 6
    canvas.set_document(noise(2000, 1000))
    assert canvas.zoom == pytest.approx(368 / 2000)
    canvas.resize(800, 700)
    settle()
    assert canvas.zoom == pytest.approx(768 / 2000), "a fitted picture stays fitted"
    canvas.look_at(5, 5)
    assert canvas.view.to_image(QPointF(400, 350)) == pytest.approx((5, 5), abs=3)


def test_a_second_button_does_not_disturb_a_stroke(canvas):
    canvas.set_tool(tool("Mask brush"))
    mouse(canvas, Kind.MouseButtonPress, 100, 100)
    mouse(canvas, Kind.MouseButtonPress, 100, 100, Button.MiddleButton)
    mouse(canvas, Kind.MouseMove, 150, 100)
    mouse(canvas, Kind.MouseButtonRelease, 150, 100, Button.MiddleButton)
    assert canvas.gesturing and canvas.zoom == 1
    mouse(canvas, Kind.MouseButtonRelease, 160, 100)
    assert not canvas.gesturing and canvas.document.history.position == 1


PENS: list[QPointingDevice] = []


def pen(canvas: Canvas, kind: QEvent.Type, x: float, y: float, pressure: float, eraser: bool = False) -> None:
    end = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
    features = QInputDevice.Capability.Pressure | QInputDevice.Capability.Position
    PENS.append(QPointingDevice("pen", 1, QInputDevice.DeviceType.Stylus, end, features, 1, 3))
    at = QPointF(x, y)
    button = Button.NoButton if kind == Kind.TabletMove else Button.LeftButton
    held = Button.NoButton if kind == Kind.TabletRelease else Button.LeftButton
    event = QTabletEvent(kind, PENS[-1], at, canvas.mapToGlobal(at), pressure, 0, 0, 0.0, 0.0, 0.0, NONE, button, held)
    QApplication.sendEvent(canvas, event)
    assert event.isAccepted(), "Qt would make mouse events of it"


def stroke_of_pen(canvas: Canvas, pressure: float, eraser: bool = False) -> None:
    pen(canvas, Kind.TabletPress, 100, 150, pressure, eraser)
    for x in range(110, 301, 10):
        pen(canvas, Kind.TabletMove, x + 0.5, 150, pressure, eraser)
    pen(canvas, Kind.TabletRelease, 300, 150, 0, eraser)
    settle()


def test_a_pen_draws_with_pressure_and_erases_with_its_other_end(canvas):
    canvas.set_tool(tool("Mask brush", size=60, hardness=1.0))
    stroke_of_pen(canvas, 0.5)
    middle = int(canvas.view.to_image(QPointF(200, 150))[0])
    assert (canvas.document.hole.array()[:, middle] > 127).sum() == 30
    stroke_of_pen(canvas, 1.0)
    assert (canvas.document.hole.array()[:, middle] > 127).sum() == 60
    stroke_of_pen(canvas, 0.25, eraser=True)
    column = canvas.document.hole.array()[:, middle]
    assert (column > 127).sum() in (44, 45) and column.max() == 255
    assert canvas.document.history.position == 3


def touched(canvas: Canvas, device: QPointingDevice, *steps: dict[int, tuple[str, int, int]]) -> None:
    for step in steps:
        sequence = QTest.touchEvent(canvas, device, False)
        for number, (what, x, y) in step.items():
            place = () if what == "stationary" else (QPoint(x, y), canvas)
            getattr(sequence, what)(number, *place)
        sequence.commit()
    settle()


@pytest.fixture(scope="module")
def screen_device(qapp):
    return QTest.createTouchDevice()


def test_one_finger_draws_two_pinch(canvas, screen_device):
    canvas.set_tool(tool("Mask brush"))
    touched(
        canvas, screen_device, {0: ("press", 100, 100)}, {0: ("move", 150, 100)}, {0: ("move", 200, 100)},
        {0: ("release", 200, 100)},
    )  # fmt: skip
    assert canvas.document.history.position == 1
    point = canvas.view.to_image(QPointF(150, 150))
    touched(
        canvas, screen_device,
        {0: ("press", 120, 150)},
        {0: ("stationary", 120, 150), 1: ("press", 180, 150)},
        {0: ("move", 100, 150), 1: ("move", 200, 150)},
        {0: ("move", 90, 150), 1: ("move", 210, 150)},
        {0: ("release", 90, 150), 1: ("stationary", 210, 150)},
        {1: ("move", 300, 250)},
        {1: ("release", 300, 250)},
    )  # fmt: skip
    assert canvas.zoom == pytest.approx(2)
    assert canvas.view.to_image(QPointF(150, 150)) == pytest.approx(point, abs=1)
    assert canvas.document.history.position == 1 and not canvas.gesturing


def test_after_a_pen_a_finger_pans(canvas, screen_device):
    canvas.set_tool(tool("Mask brush"))
    stroke_of_pen(canvas, 1.0)
    point = canvas.view.to_image(QPointF(150, 150))
    touched(
        canvas, screen_device, {0: ("press", 150, 150)}, {0: ("move", 170, 160)}, {0: ("release", 170, 160)}
    )  # fmt: skip
    assert canvas.document.history.position == 1
    assert canvas.view.to_image(QPointF(170, 160)) == pytest.approx(point, abs=0.6)


def test_what_is_dragged_over_it_and_dropped_is_told(canvas, qtbot, tmp_path):
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(tmp_path / "a b.png")), QUrl("https://example.org/x.png")])
    picture = QMimeData()
    picture.setImageData(to_qimage(np.full((3, 4, 3), 7, np.uint8)))
    keys = Button.LeftButton, NONE
    for data in (files, picture):
        with qtbot.waitSignal(canvas.drag_entered):
            QApplication.sendEvent(canvas, QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, *keys))
        with qtbot.waitSignal(canvas.drag_moved) as moved:
            QApplication.sendEvent(canvas, QDragMoveEvent(QPoint(6, 7), Qt.DropAction.CopyAction, data, *keys))
        assert moved.args == [QPointF(6, 7)]
        with qtbot.waitSignal(canvas.dropped) as told:
            event = QDropEvent(QPointF(8, 9), Qt.DropAction.CopyAction, data, *keys)
            QApplication.sendEvent(canvas, event)
        assert told.args[0] is data and told.args[1] == QPointF(8, 9)
    with qtbot.waitSignal(canvas.drag_left):
        QApplication.sendEvent(canvas, QDragLeaveEvent())
    text = QMimeData()
    text.setText("words")
    entering = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, text, *keys)
    entering.ignore()
    QApplication.sendEvent(canvas, entering)
    assert not entering.isAccepted()


def test_hovering_tells_the_place_and_leaving_ends_it(canvas):
    told = []
    canvas.hovered.connect(told.append)
    mouse(canvas, Kind.MouseMove, 120, 130, Button.NoButton)
    assert told[-1] == canvas.view.to_image(QPointF(120, 130))
    QApplication.sendEvent(canvas, QEvent(Kind.Leave))
    assert told[-1] is None


def test_the_brush_has_a_rim_that_leaves_no_trace(canvas):
    plain = painted(canvas)
    canvas.set_tool(tool("Mask brush", size=80))
    mouse(canvas, Kind.MouseMove, 200, 150, Button.NoButton)
    shown = on_screen(canvas)
    changed = np.argwhere((shown != plain).any(axis=2)) - [150, 200]
    reach = np.hypot(*changed.T + 0.5)
    assert len(changed) > 150 and abs(reach.mean() - 39.5) < 1 and reach.min() > 36
    for size in (3, 400, 20):
        canvas.tool.resize(size / 2)
        mouse(canvas, Kind.MouseMove, 150 + size % 7, 150, Button.NoButton)
        settle()
    canvas.set_zoom(4)
    settle()
    canvas.set_zoom(1)
    canvas.set_zoom(3)
    settle()
    canvas.set_tool(tool("Lasso"))
    assert (on_screen(canvas) == painted(canvas)).all()
    canvas._refit()
    canvas.update()
    settle()
    QApplication.sendEvent(canvas, QEvent(Kind.Leave))
    assert (on_screen(canvas) == plain).all()


def test_a_hidden_canvas_gives_its_tiles_back(canvas):
    before = painted(canvas)
    assert canvas.scene.pyramid.nbytes > 0
    canvas.hide()
    assert canvas.scene.pyramid.nbytes == 0
    canvas.show()
    assert (painted(canvas) == before).all()


def test_tools_and_documents_outlive_a_canvas(qtbot):
    import shiboken6

    document, brush = noise(), tool("Mask brush")
    canvas = Canvas(document)
    canvas.set_tool(brush)
    shiboken6.delete(canvas)
    brush.larger()
    with document.edit("fill") as edit:
        edit.fill(document.hole)
    assert not shiboken6.isValid(canvas)


def test_the_rim_follows_the_size(canvas):
    brush = tool("Mask brush", size=80)
    canvas.set_tool(brush)
    mouse(canvas, Kind.MouseMove, 200, 150, Button.NoButton)
    before = on_screen(canvas)
    brush.larger()
    after = on_screen(canvas)
    assert (before != after).any()
    brush.smaller()
    assert (on_screen(canvas) == before).all()


def test_a_tool_that_refuses_is_heard(canvas, qtbot):
    class Refusing(Tool):
        def gesture(self, document, pointer):
            yield None
            raise Unusable("The brush is dry")

    canvas.set_tool(Refusing())
    with qtbot.waitSignal(canvas.refused) as told:
        drag(canvas, [(100, 100), (120, 100)])
    assert told.args == ["The brush is dry."]


def test_a_long_wand_goes_on_after_the_click(canvas, qtbot):
    document = Document(Image(np.zeros((3000, 3000, 1), np.uint8)))
    canvas.set_document(document)
    canvas.set_tool(tool("Wand"))
    mouse(canvas, Kind.MouseButtonPress, 200, 150)
    mouse(canvas, Kind.MouseButtonRelease, 200, 150)
    qtbot.waitUntil(lambda: not canvas.gesturing, timeout=20_000)
    assert document.hole.bounds == document.rect and document.history.position == 1


def test_typing_elsewhere_keeps_its_focus(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    line, canvas = QLineEdit(), Canvas(noise())
    layout = QVBoxLayout(window)
    layout.addWidget(line)
    layout.addWidget(canvas)
    window.show()
    qtbot.waitActive(window)
    line.setFocus()
    QTest.mouseMove(canvas, QPoint(20, 20))
    settle()
    assert line.hasFocus()
    QTest.mouseClick(canvas, Button.LeftButton, NONE, QPoint(20, 20))
    assert canvas.hasFocus()
    canvas.set_document(None)


RATIO_CHECK = """
import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QWidget
from desktop.canvas import Canvas
from desktop.document import Box, Document
from desktop.pixels import from_qimage
from engine.image import Image
from engine.region import Rect

app = QApplication([])
window = QWidget()
window.resize(380, 370)
pixels = np.random.default_rng(3).integers(0, 256, (200, 300, 3), np.uint8)
document = Document(Image(pixels))
canvas = Canvas(document, window)
canvas.setGeometry(33, 17, 331, 333)
window.show()
canvas.actual_size()
for _ in range(20):
    app.processEvents()
ratio = canvas.devicePixelRatioF()
assert ratio == RATIO, ratio

def screen():
    for _ in range(20):
        app.processEvents()
    return from_qimage(window.screen().grabWindow(window.winId()).toImage())[..., :3]

def found(shown, part):
    rows, columns = part.shape[:2]
    spots = np.argwhere((shown[:-rows, :-columns] == part[0, 0]).all(axis=2))
    return [(y, x) for y, x in spots if (shown[y:y + rows, x:x + columns] == part).all()]

# The offscreen platform gives the corner of the screen only, as many device pixels as there are logical ones.
places = found(screen(), pixels[:90, :120])
assert len(places) == 1, "100 % is not crisp"
y, x = places[0]
view = canvas.view
left, top = 33 * ratio + view.x, 17 * ratio + view.y
assert abs(x - left) <= 0.5 and abs(y - top) <= 0.5, (x, y, left, top)
with document.edit("result") as edit:
    edit.replace(Rect(61, 43, 37, 31), np.full((31, 37, 3), 9, np.uint8))
assert found(screen(), document.picture.pixels[:90, :120]) == places, "a partial paint left traces"
with document.edit("mask") as edit:
    edit.cover(document.hole, Box(Rect(51, 33, 101, 77)))
partial = screen()
canvas.update()
assert (partial == screen()).all(), "a partial paint differs from a whole one"
canvas.set_zoom(3)
canvas.look_at(200, 150)
document.undo()
shown = screen()
big = document.picture.pixels[100:110, 150:165].repeat(3, axis=0).repeat(3, axis=1)
assert len(found(shown, big)) == 1, "300 % is not crisp"
point = canvas.view.to_image(QPointF(165.5, 166.5))
assert abs(point[0] - 200) < 1 and abs(point[1] - 150) < 1
canvas.set_document(None)
print("crisp")
"""


@pytest.mark.parametrize("ratio", [1, 1.25, 1.5, 2])
def test_pixels_are_crisp_at_every_ratio(ratio):
    root = Path(__file__).parents[3]
    environment = {**os.environ, "QT_SCALE_FACTOR": str(ratio), "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)}
    check = RATIO_CHECK.replace("RATIO", str(ratio))
    done = subprocess.run([sys.executable, "-c", check], env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "crisp", done.stderr
