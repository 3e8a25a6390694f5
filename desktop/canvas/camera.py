"""The only mapping between image space and the screen.

Image space: the pixel in column 3 spans 3.0 to 4.0. Device space: the screen's own pixels, counted from the widget's
top left corner. Logical space: Qt's coordinates, device pixels divided by the screen's ratio (1, 1.25, 2, ...). The
ratio may change while the window is moved from one screen to another, so it is an argument and never kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize

from engine.region import Rect, Size

ZOOM_LEAST, ZOOM_MOST = 1 / 64, 64.0
ENLARGED = (1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
STEPS = (*(1 / zoom for zoom in reversed(ENLARGED)), 1.0, *ENLARGED)
"""Where + and - stop."""

MARGIN = 16
"""Logical pixels around a fitted picture."""


@dataclass(frozen=True)
class View:
    """The mapping at one moment, for one widget size and pixel ratio.

    Attributes:
        zoom: device pixels per image pixel.
        x, y: device pixel at which the image's corner lies; whole, so that 100 % is crisp.
        ratio: device pixels per logical pixel.
    """

    zoom: float
    x: int
    y: int
    ratio: float

    def to_image(self, position: QPointF) -> tuple[float, float]:
        """Logical to image space."""
        return (position.x() * self.ratio - self.x) / self.zoom, (position.y() * self.ratio - self.y) / self.zoom

    def to_screen(self, x: float, y: float) -> QPointF:
        """Image to logical space."""
        return QPointF((x * self.zoom + self.x) / self.ratio, (y * self.zoom + self.y) / self.ratio)

    def device(self, rect: Rect) -> QRect:
        """Device pixels of an image rectangle. Neighbours meet without a gap or an overlap."""
        left, top = round(rect.x * self.zoom) + self.x, round(rect.y * self.zoom) + self.y
        right, bottom = round(rect.right * self.zoom) + self.x, round(rect.bottom * self.zoom) + self.y
        return QRect(left, top, right - left, bottom - top)

    def logical(self, rect: Rect, margin: float = 0) -> QRect:
        """Whole logical pixels that contain an image rectangle, and `margin` device pixels around it."""
        box = self.device(rect)
        left, top = (box.x() - margin) / self.ratio, (box.y() - margin) / self.ratio
        right = (box.x() + box.width() + margin) / self.ratio
        bottom = (box.y() + box.height() + margin) / self.ratio
        x, y = math.floor(left), math.floor(top)
        return QRect(x, y, math.ceil(right) - x, math.ceil(bottom) - y)

    def seen(self, area: QRectF, size: Size) -> Rect:
        """The image pixels that any part of `area` (device space) shows, clipped to a picture of `size`."""
        left, top = (area.left() - self.x) / self.zoom, (area.top() - self.y) / self.zoom
        right, bottom = (area.right() - self.x) / self.zoom, (area.bottom() - self.y) / self.zoom
        # One more all around: device rectangles are rounded.
        x, y = math.floor(left) - 1, math.floor(top) - 1
        return Rect(x, y, math.ceil(right) + 1 - x, math.ceil(bottom) + 1 - y).clipped(Rect(0, 0, *size))


class Camera:
    """Where the view stands: a zoom, and the image point in the middle of the widget.

    Attributes:
        zoom: device pixels per image pixel; 1.0 is 100 %.
        x, y: image point in the middle.
        fitting: the picture is kept whole in view while the widget changes size.
    """

    def __init__(self) -> None:
        self.zoom = 1.0
        self.x = self.y = 0.0
        self.fitting = True

    def view(self, widget: QSize, ratio: float) -> View:
        x = round(widget.width() * ratio / 2 - self.x * self.zoom)
        y = round(widget.height() * ratio / 2 - self.y * self.zoom)
        return View(self.zoom, x, y, ratio)

    def fit(self, shown: Rect, widget: QSize, ratio: float, enlarge: bool = False) -> None:
        """Shows all of it, at 100 % if it is smaller than the widget; with `enlarge` at a whole multiple."""
        width = max(widget.width() - 2 * MARGIN, 1) * ratio
        height = max(widget.height() - 2 * MARGIN, 1) * ratio
        zoom = min(width / max(shown.w, 1), height / max(shown.h, 1))
        largest = max(1.0, math.floor(zoom)) if enlarge else 1.0
        self.zoom = min(max(zoom, ZOOM_LEAST / 4), largest, ZOOM_MOST)
        self.x, self.y = shown.x + shown.w / 2, shown.y + shown.h / 2
        self.fitting = True

    def zoom_to(self, zoom: float, at: QPointF, widget: QSize, ratio: float) -> None:
        """Changes the zoom; the image point under `at` (logical) stays under it."""
        view = self.view(widget, ratio)
        x, y = view.to_image(at)
        self.zoom = min(max(zoom, ZOOM_LEAST), ZOOM_MOST)
        self.x = x + (widget.width() / 2 - at.x()) * ratio / self.zoom
        self.y = y + (widget.height() / 2 - at.y()) * ratio / self.zoom
        self.fitting = False

    def step(self, steps: int) -> float:
        """The zoom that many stops away."""
        zoom = self.zoom
        for _ in range(abs(steps)):
            if steps > 0:
                zoom = next((stop for stop in STEPS if stop > zoom * 1.01), ZOOM_MOST)
            else:
                zoom = next((stop for stop in reversed(STEPS) if stop < zoom * 0.99), ZOOM_LEAST)
        return zoom

    def move(self, dx: float, dy: float, ratio: float, shown: Rect) -> None:
        """Drags what is `shown` by logical pixels. Its nearest corner cannot leave the middle of the widget."""
        self.x = min(max(self.x - dx * ratio / self.zoom, float(shown.x)), float(shown.right))
        self.y = min(max(self.y - dy * ratio / self.zoom, float(shown.y)), float(shown.bottom))
        self.fitting = False
