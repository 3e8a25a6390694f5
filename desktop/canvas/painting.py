"""Paints a scene through a camera's view, in device pixels."""

from __future__ import annotations

import time

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QTransform

from desktop.canvas.camera import View
from desktop.canvas.label_tint import LabelTint
from desktop.canvas.scene import Scene
from desktop.canvas.tiles import Pyramid, TileKey, level_for
from desktop.canvas.tints import Tint
from desktop.canvas.wrapped import Tiling
from engine.region import Rect

GROUND = QColor(38, 38, 41)
SQUARES = QColor(102, 102, 102), QColor(153, 153, 153)
SQUARE = 8
"""Side of a checkerboard square in logical pixels."""

BLOCK = 16
"""Above 400 % tiles are painted in blocks of this many image pixels: Qt steps through a source in 16.16 fixed point,
and over a whole enlarged tile the rounding adds up to visible shifts."""


def in_device_pixels(painter: QPainter) -> None:
    """Makes the painter count device pixels from the widget's corner, exactly on the screen's grid.

    With a fractional ratio a widget may lie between two device pixels; what is painted is moved to whole ones.
    """
    base = painter.deviceTransform()
    wanted = QTransform.fromTranslate(round(base.dx()), round(base.dy()))
    inverse, _ = (painter.worldTransform().inverted()[0] * base).inverted()
    painter.setWorldTransform(wanted * inverse)


def paint(
    painter: QPainter, scene: Scene, view: View, area: QRect, until: float, tiling: Tiling = Tiling.ONE
) -> list[Rect]:
    """Paints what `area` (device pixels) shows, but for the marks on top.

    Args:
        painter: counts device pixels.
        scene: what there is.
        view: from where.
        area: everything outside stays as it is.
        until: `time.perf_counter()` after which missing tiles are shown coarsely.
        tiling: how often the picture is laid out, and where.

    Returns:
        Rectangles of the image that are not up to date: paint them again.
    """
    painter.save()
    painter.setClipRect(area)
    painter.fillRect(area, GROUND)
    if tiling is not Tiling.ONE:
        area = area.intersected(tiling.frame(view, scene.size))
        painter.setClipRect(area)
    missing: list[Rect] = []
    for copy in tiling.views(view, scene.size):
        missing += _once(painter, scene, copy, area, until)
    painter.restore()
    return missing


def _once(painter: QPainter, scene: Scene, view: View, area: QRect, until: float) -> list[Rect]:
    """The picture once, inside `area`."""
    picture = view.device(Rect(0, 0, *scene.size))
    seen = view.seen(QRectF(area), scene.size)
    missing: list[Rect] = []
    if not seen.empty:
        if scene.has_alpha:
            _checkerboard(painter, picture, view.ratio)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, view.zoom < 1)
        for number, layer in enumerate(scene.layers):
            if number == 0 and scene.thumbnail is not None and not _ready(layer, seen, view):
                painter.drawImage(picture, scene.thumbnail)
            missing += _layer(painter, layer, view, seen, until)
            if number == 0 and scene.look is not None and scene.shows_document:
                _look(painter, *scene.look, view)
        if scene.waiting is not None:
            missing += _tint(painter, scene.waiting, scene.pyramid, view, seen, until)
        for tint in scene.masks:
            missing += _tint(painter, tint, scene.pyramid, view, seen, until)
    return missing


def _layer(painter: QPainter, layer: Pyramid, view: View, seen: Rect, until: float) -> list[Rect]:
    missing = []
    made = False
    for key in layer.keys(seen, level_for(view.zoom)):
        image, fresh = layer.tile(key, until)
        if not fresh and not made:
            # One tile is made at least, so that painting again and again comes to an end.
            made = True
            image, fresh = layer.tile(key, time.perf_counter() + 1)
        if image is None:
            _stand_in(painter, layer, key, view)
        else:
            _draw(painter, image, layer.place(key), view, seen)
        if not fresh:
            missing.append(layer.place(key))
    return missing


def _look(painter: QPainter, rect: Rect, image: QImage, view: View) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(view.device(rect)), image)
    painter.restore()


def _tint(
    painter: QPainter, tint: Tint | LabelTint, layer: Pyramid, view: View, seen: Rect, until: float
) -> list[Rect]:
    missing = []
    made = False
    for key in layer.keys(seen, level_for(view.zoom)):
        image, fresh = tint.tile(key, until)
        if not fresh and not made:
            made = True
            image, fresh = tint.tile(key, time.perf_counter() + 1)
        if image is not None:
            _draw(painter, image, layer.place(key), view, seen)
        if not fresh:
            missing.append(layer.place(key))
    return missing


def _ready(layer: Pyramid, seen: Rect, view: View) -> bool:
    return all(layer.tile(key, 0)[0] is not None for key in layer.keys(seen, level_for(view.zoom)))


def _draw(painter: QPainter, image: QImage, place: Rect, view: View, seen: Rect) -> None:
    if view.zoom == 1:
        painter.drawImage(place.x + view.x, place.y + view.y, image)
    elif view.zoom <= 4:
        painter.drawImage(view.device(place), image)
    else:
        for block in place.clipped(seen).tiles(BLOCK):
            source = block.moved(-place.x, -place.y)
            painter.drawImage(view.device(block), image, QRect(source.x, source.y, source.w, source.h))


def _stand_in(painter: QPainter, layer: Pyramid, key: TileKey, view: View) -> None:
    found = layer.coarser(key)
    if found is None:
        return
    above, image = found
    place, whole = layer.place(key), layer.place(above)
    scale = image.width() / whole.w, image.height() / whole.h
    part = QRectF(
        (place.x - whole.x) * scale[0], (place.y - whole.y) * scale[1], place.w * scale[0], place.h * scale[1]
    )
    painter.drawImage(QRectF(view.device(place)), image, part)


def _checkerboard(painter: QPainter, place: QRect, ratio: float) -> None:
    side = max(1, round(SQUARE * ratio))
    board = QImage(2 * side, 2 * side, QImage.Format.Format_RGB32)
    board.fill(SQUARES[0])
    corner = QPainter(board)
    corner.fillRect(0, 0, side, side, SQUARES[1])
    corner.fillRect(side, side, side, side, SQUARES[1])
    corner.end()
    painter.setBrushOrigin(QPointF(place.topLeft()))
    painter.fillRect(place, QBrush(board))
    painter.setBrushOrigin(QPointF(0, 0))
