"""A viewport with a tool in hand: its gesture, its marks and its cursor."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QRegion
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.canvas import overlays
from desktop.canvas.camera import View
from desktop.canvas.hand import CanvasTool, Hand
from desktop.canvas.viewport import Viewport, nothing
from desktop.document import Document

Drag = Callable[[QPointF], None]
"""Told the pointer's logical position while the view is dragged."""


class ToolView(Viewport):
    """Runs gestures and draws what belongs to the tool; where events come from is not its business.

    Signals:
        refused(str): a tool said in one sentence why it cannot.
    """

    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.tool: CanvasTool | None = None
        self.hand = Hand(self.refused.emit)
        self._at: QPointF | None = None
        self._anchor: QPointF | None = None
        self._drag: Drag | None = None
        self._space = False
        self._forget_tool: Callable[[], None] = nothing
        self._marks = QRegion()
        self._work = QTimer(self)
        self._work.setSingleShot(True)
        self._work.timeout.connect(self._go_on)

    def set_document(self, document: Document | None) -> None:
        """Shows another document, fitted; a stroke that is being drawn is taken back, the preview is dropped."""
        self.hand.finish()
        self.cancel_gesture()
        super().set_document(document)

    def set_tool(self, tool: CanvasTool | None) -> None:
        """Takes a tool in hand. The canvas makes its mask visible; a stroke that is being drawn is taken back."""
        self.hand.finish()
        self.cancel_gesture()
        self._forget_tool()
        self._forget_tool = tool.watch(self._tool_changed) if tool else nothing
        self.tool = tool
        if tool and tool.mask and self.scene and tool.mask in self.scene.hidden:
            self.set_mask_visible(tool.mask, True)
        self.update_cursor()

    # Gestures.

    @property
    def gesturing(self) -> bool:
        """Whether a stroke is being drawn or still being worked out."""
        return self.hand.busy

    def cancel_gesture(self) -> None:
        """Takes a running stroke back."""
        if self.hand.busy:
            self.hand.cancel()
            self.update_marks()

    def _went_on(self) -> None:
        self.update_marks()
        if self.hand.working:
            self._work.start(0)

    def _go_on(self) -> None:
        self.hand.work()
        self._went_on()

    # Marks and cursor.

    def _tool_changed(self) -> None:
        if isValid(self):  # tools outlive canvases
            self.update_marks()

    def draw_marks(self, painter: QPainter, view: View) -> None:
        super().draw_marks(painter, view)
        if self.hand.outline:
            overlays.draw_outline(painter, self.hand.outline, view)
        brush = self.brush_mark()
        if brush:
            centre, radius = brush
            overlays.draw_brush(painter, centre * view.ratio, radius * view.ratio, view.ratio)
        # A changed zoom or brush moved them without telling: what is drawn here is what has to go later.
        self._marks += self._mark_region()

    def update_marks(self) -> None:
        """Repaints where the tool's marks were and where they are now."""
        region = self._mark_region()
        self.update(region + self._marks)
        self._marks = region

    def _mark_region(self) -> QRegion:
        region = QRegion()
        view = self.view
        if self.hand.outline and self.hand.outline.points:
            xs, ys = zip(*self.hand.outline.points, strict=True)
            corner, end = view.to_screen(min(xs), min(ys)), view.to_screen(max(xs), max(ys))
            region += QRectF(corner, end).toAlignedRect().adjusted(-3, -3, 3, 3)
        brush = self.brush_mark()
        if brush:
            region += overlays.brush_region(*brush)
        return region

    def brush_mark(self) -> tuple[QPointF, float] | None:
        """Where to draw the brush's rim and how large, in logical pixels; None where there is none to draw."""
        if self._at is None or self.tool is None or self.tool.radius is None or self._drag or self._space:
            return None
        at = self._anchor or self._at
        return at, self.tool.radius * self.zoom / self.view.ratio

    def update_cursor(self) -> None:
        """Gives the widget the cursor that fits the tool and the keys held."""
        if self._drag:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._space or (self.tool and self.tool.pans):
            shape = Qt.CursorShape.OpenHandCursor
        elif self.tool is None:
            shape = Qt.CursorShape.ArrowCursor
        else:
            brush = self.tool.cursor == "brush"
            shape = Qt.CursorShape.BlankCursor if brush else Qt.CursorShape.CrossCursor
        self.setCursor(shape)
        self.update_marks()
