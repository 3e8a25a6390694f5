"""What hands and keys do on the canvas: strokes, panning, zooming, resizing the brush.

Buttons and keys:
    left button, pen tip, finger: the tool in hand. Alt or the pen's eraser end erases.
    Shift-click: a straight line from the end of the last stroke. Shift-drag: the brush's size, to the right larger.
        A press with Shift held is a click until it has moved by a few pixels. Shift pressed later belongs to the tool.
    Space-drag, middle button, two fingers: pan. Ctrl-Space-drag, wheel, pinch: zoom.
    Escape: takes the running stroke back.
Once a pen has been seen, a single finger pans, so that a resting palm does not paint.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QEnterEvent,
    QFocusEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTabletEvent,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget

from desktop import pointer as reading
from desktop.canvas.fingers import Fingers
from desktop.canvas.tool_view import ToolView
from desktop.document import Document
from desktop.dragged import carries_picture
from desktop.pointer import Pointer, Sample

CLICK = 4
"""Logical pixels that a Shift-press may move and still be a click."""

NOTCH = 2 ** (1 / 4)
"""Zoom per notch of the wheel."""

Key, Button, Kind = Qt.Key, Qt.MouseButton, QEvent.Type


class Canvas(ToolView):
    """Shows a document and lets a tool work on it.

    The document is only ever changed by tools, through its edits.

    Signals:
        hovered(object): image point (x, y) under the cursor, or None.
        drag_entered(QMimeData): a picture is dragged over it, drag_moved(QPointF) to here, drag_left() away again.
        dropped(QMimeData, QPointF, modifiers): it was let go here.
    """

    hovered = Signal(object)
    drag_entered = Signal(object)
    drag_moved = Signal(object)
    drag_left = Signal()
    dropped = Signal(object, object, object)

    def __init__(self, document: Document | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._waiting: tuple[Sample, QPointF, float] | None = None
        self._line_start: tuple[Document, str, Sample] | None = None
        self._pen_seen = False
        self._fingers = Fingers(self)
        self._button = Button.NoButton
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setAcceptDrops(True)
        self.setAccessibleName("Canvas")
        if document:
            self.set_document(document)

    # Pressing, moving, letting go: the same for mouse, pen and finger.

    def _press(self, sample: Sample, at: QPointF, modifiers: Qt.KeyboardModifier, eraser: bool = False) -> None:
        if self._space:
            self._begin_drag(at, zooming=bool(modifiers & Qt.KeyboardModifier.ControlModifier))
        elif self.tool is None or self.scene is None:
            return
        elif self.tool.pans:
            self._begin_drag(at)
        elif reading.held_shift(modifiers) and self.tool.radius is not None:
            self._waiting = sample, at, self.tool.radius
            self._anchor = at
        else:
            erasing = eraser or reading.erases(modifiers)
            self._begin(Pointer(sample, erasing, reading.held_shift(modifiers)))

    def _move(self, sample: Sample, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._at = at
        if self._drag:
            self._drag(at)
        elif self._waiting:
            self._resize_brush(at)
        elif self.hand.pointer:
            self.hand.move(sample, reading.held_shift(modifiers))
            self._went_on()
        else:
            self.update_marks()

    def _release(self, modifiers: Qt.KeyboardModifier) -> None:
        if self._drag:
            self._drag = None
            self.update_cursor()
        elif self._waiting:
            sample, at, _ = self._waiting
            self._waiting = self._anchor = None
            if self._at is None or not _far(self._at, at):
                self._draw_line(sample, modifiers)
        elif self.hand.pointer:
            self._end()

    def _begin(self, pointer: Pointer) -> None:
        assert self.tool is not None and self.scene is not None
        self.hand.begin(self.tool, self.scene.document, pointer)
        self._went_on()

    def _end(self) -> None:
        pointer = self.hand.pointer
        if pointer and self.scene and self.tool:
            self._line_start = self.scene.document, self.tool.mask, pointer.position
        self.hand.release()
        self._went_on()

    def _draw_line(self, to: Sample, modifiers: Qt.KeyboardModifier) -> None:
        if self.scene is None or self.tool is None:
            return
        start = to
        if self._line_start and self._line_start[:2] == (self.scene.document, self.tool.mask):
            start = Sample(*self._line_start[2].point, pressure=to.pressure)
        self._begin(Pointer(start, reading.erases(modifiers)))
        self.hand.move(to, False)
        self._end()

    def _resize_brush(self, at: QPointF) -> None:
        assert self._waiting is not None and self.tool is not None
        _, start, radius = self._waiting
        if _far(at, start) or self.tool.radius != radius:
            self.tool.resize(radius + (at.x() - start.x()) * self.view.ratio / self.zoom / 2)
            self.update_marks()

    def _begin_drag(self, at: QPointF, zooming: bool = False) -> None:
        last, start, zoom = [QPointF(at)], QPointF(at), self.zoom

        def pan(position: QPointF) -> None:
            self.pan(position.x() - last[0].x(), position.y() - last[0].y())
            last[0] = QPointF(position)

        def zoom_along(position: QPointF) -> None:
            self.set_zoom(zoom * 2 ** ((position.x() - start.x()) / 100), start)

        self._drag = zoom_along if zooming else pan
        self.update_cursor()

    # Mouse.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        sample = reading.from_mouse(event, self.view.to_image)
        if not self._button_down(event.button(), sample, event.position(), event.modifiers()):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move(reading.from_mouse(event, self.view.to_image), event.position(), event.modifiers())
        self.tell_hover()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._button_up(event.button(), event.modifiers())

    def _button_down(
        self, button: Qt.MouseButton, sample: Sample, at: QPointF, modifiers: Qt.KeyboardModifier, eraser: bool = False
    ) -> bool:
        """A button of the mouse or the pen. While one is down, others do nothing. Returns whether it is ours."""
        if button not in (Button.LeftButton, Button.MiddleButton):
            return False
        if self._button == Button.NoButton:
            self._button, self._at = button, at
            if button == Button.MiddleButton:
                self._begin_drag(at)
            else:
                self._press(sample, at, modifiers, eraser)
        return True

    def _button_up(self, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> None:
        if button == self._button != Button.NoButton:
            self._button = Button.NoButton
            self._release(modifiers)

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Alt turns the wheel's axis on some systems.
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120
        if notches:
            zoom = self.zoom * NOTCH**notches
            if (self.zoom < 1 < zoom) or (self.zoom > 1 > zoom):
                zoom = 1.0  # the one zoom at which pixels are what they are
            self.set_zoom(zoom, event.position())
        event.accept()

    # Pen.

    def tabletEvent(self, event: QTabletEvent) -> None:
        self._pen_seen = True
        sample = reading.from_pen(event, self.view.to_image)
        if event.type() == Kind.TabletPress:
            self._button_down(event.button(), sample, event.position(), event.modifiers(), reading.is_eraser(event))
        elif event.type() == Kind.TabletMove:
            self._move(sample, event.position(), event.modifiers())
            self.tell_hover()
        elif event.type() == Kind.TabletRelease:
            self._button_up(event.button(), event.modifiers())
        # Accepted, so that Qt makes no mouse events of it.
        event.accept()

    # Touch.

    def finger_down(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if self._pen_seen:
            self._begin_drag(at)
        else:
            self._press(Sample(*self.view.to_image(at)), at, modifiers)

    def finger_moved(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._move(Sample(*self.view.to_image(at)), at, modifiers)

    def finger_up(self, modifiers: Qt.KeyboardModifier) -> None:
        self._release(modifiers)
        self._at = None
        self.update_marks()

    def take_back(self) -> None:
        self._drag = self._waiting = self._anchor = self._at = None
        self.cancel_gesture()

    def pinch(self, moved: QPointF, scale: float, middle: QPointF) -> None:
        self.pan(moved.x(), moved.y())
        self.set_zoom(self.zoom * scale, middle)

    # Keys.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = True
                self.update_cursor()
        elif event.key() == Key.Key_Escape and self.hand.busy:
            self.cancel_gesture()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = False
                self.update_cursor()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        self.update_cursor()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == Kind.ShortcutOverride and isinstance(event, QKeyEvent):
            # A running stroke has the first claim on Escape, holding Space is never a shortcut.
            if event.key() == Key.Key_Space or (event.key() == Key.Key_Escape and self.hand.busy):
                event.accept()
                return True
        if isinstance(event, QTouchEvent) and event.device().type() != QInputDevice.DeviceType.TouchPad:
            self._fingers.feed(event)
            event.accept()
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.set_zoom(self.zoom * (1 + event.value()), event.position())
                return True
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if carries_picture(data):
            event.acceptProposedAction()
            self.drag_entered.emit(data)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()
        self.drag_moved.emit(event.position())

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drag_left.emit()

    def dropEvent(self, event: QDropEvent) -> None:
        self.dropped.emit(event.mimeData(), event.position(), event.modifiers())
        event.acceptProposedAction()

    # Coming and going.

    def enterEvent(self, event: QEnterEvent) -> None:
        # Space and Escape should reach the canvas under the cursor, but not while someone types elsewhere.
        if not isinstance(QApplication.focusWidget(), QLineEdit | QAbstractSpinBox):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._at = None
        self.update_marks()
        self.tell_hover()
        super().leaveEvent(event)

    def tell_hover(self) -> None:
        """Says once more where the pointer is."""
        point = None if self._at is None else self.view.to_image(self._at)
        if point is not None and self.document is not None and self.document.wraps:
            point = point[0] % self.document.size[0], point[1] % self.document.size[1]
        self.hovered.emit(point)


def _far(a: QPointF, b: QPointF) -> bool:
    return reading.distance(a, b) > CLICK
