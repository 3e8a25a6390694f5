"""Marks on top of the picture: a tool's outline, the picked sample, the brush's rim. All in device pixels."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF, QRegion

from desktop.canvas.camera import View
from desktop.pointer import Outline
from engine.region import Rect

DARK, LIGHT = QColor(0, 0, 0, 200), QColor(255, 255, 255, 230)
SAMPLE = QColor(255, 200, 60)
DASH = 5.0
REACH = 3
"""Device pixels that a mark may reach beyond its place."""


def _pen(colour: QColor, width: float, dash: float = 0) -> QPen:
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if dash:
        pen.setDashPattern([dash, dash])
    return pen


def draw_outline(painter: QPainter, outline: Outline, view: View) -> None:
    """The line that a tool draws while its gesture goes on."""
    points = outline.points
    if outline.closed and len(points) > 2:
        points = (*points, points[0])
    line = QPolygonF([QPointF(x * view.zoom + view.x, y * view.zoom + view.y) for x, y in points])
    width = max(1.0, round(view.ratio))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for pen in (_pen(DARK, width), _pen(LIGHT, width, DASH)):
        painter.setPen(pen)
        painter.drawPolyline(line)


def draw_sample(painter: QPainter, rect: Rect, view: View) -> None:
    """The picked sample's frame."""
    width = max(1.0, round(view.ratio))
    box = QRectF(view.device(rect)).adjusted(-width / 2, -width / 2, width / 2, width / 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (_pen(DARK, width), _pen(SAMPLE, width, DASH)):
        painter.setPen(pen)
        painter.drawRect(box)


def sample_region(rect: Rect, view: View) -> QRegion:
    """Logical pixels that the frame touches, its inside left out."""
    inside = view.logical(rect).adjusted(3, 3, -3, -3)
    outside = QRegion(view.logical(rect, margin=REACH))
    return outside.subtracted(QRegion(inside)) if inside.isValid() else outside


def draw_brush(painter: QPainter, centre: QPointF, radius: float, ratio: float) -> None:
    """The brush's rim, readable on any ground.

    Args:
        painter: counts device pixels.
        centre: in device pixels.
        radius: in device pixels.
        ratio: device pixels per logical pixel.
    """
    width = max(1.0, ratio)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if radius < 2 * width:
        for colour, reach in ((DARK, width), (LIGHT, 0.0)):
            painter.setPen(_pen(colour, width + 2 * reach))
            for dx, dy in ((1, 0), (0, 1)):
                for way in (-1, 1):
                    near, far = way * 3 * width, way * 8 * width
                    painter.drawLine(centre + QPointF(dx * near, dy * near), centre + QPointF(dx * far, dy * far))
        return
    painter.setPen(_pen(DARK, width))
    painter.drawEllipse(centre, radius, radius)
    painter.setPen(_pen(LIGHT, width))
    painter.drawEllipse(centre, radius - width, radius - width)


def brush_region(centre: QPointF, radius: float) -> QRegion:
    """Logical pixels that the rim touches. Of a large circle only the rim: its inside need not be painted again."""
    reach = max(radius, 9.0) + 2
    box = QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach).toAlignedRect()
    inner = (radius - 4) / math.sqrt(2) - 1
    if inner < 16:
        return QRegion(box)
    hollow = QRect(round(centre.x() - inner), round(centre.y() - inner), round(2 * inner), round(2 * inner))
    return QRegion(box).subtracted(QRegion(hollow))
