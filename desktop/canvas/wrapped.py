"""A picture as a tile: repeated on all sides, or shifted by half, so that its seams lie where one can see them."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRect

from desktop.canvas.camera import View
from engine.region import Rect, Size


class Tiling(Enum):
    """How a picture is laid out; the value is the word for it."""

    ONE = "once"
    AROUND = "3 × 3"
    HALF = "shifted by half"

    def extent(self, size: Size) -> Rect:
        """What is shown of the plane that the picture repeats over, in image space."""
        width, height = size
        if self is Tiling.AROUND:
            return Rect(-width, -height, 3 * width, 3 * height)
        if self is Tiling.HALF:
            return Rect(width // 2, height // 2, width, height)
        return Rect(0, 0, width, height)

    def views(self, view: View, size: Size) -> list[View]:
        """The picture's own view, and then those of the copies around it that are shown."""
        steps = {Tiling.ONE: (0,), Tiling.AROUND: (0, -1, 1), Tiling.HALF: (0, 1)}[self]
        across, down = round(size[0] * view.zoom), round(size[1] * view.zoom)
        return [View(view.zoom, view.x + i * across, view.y + j * down, view.ratio) for j in steps for i in steps]

    def frame(self, view: View, size: Size) -> QRect:
        """The device pixels that the extent takes. Copies lie on whole pixels, so that 100 % is crisp in all."""
        picture = view.device(Rect(0, 0, *size))
        if self is Tiling.AROUND:
            width, height = picture.width(), picture.height()
            return picture.adjusted(-width, -height, width, height)
        if self is Tiling.HALF:
            return picture.translated(round(size[0] // 2 * view.zoom), round(size[1] // 2 * view.zoom))
        return picture
