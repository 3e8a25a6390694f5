"""The canvas: pictures as tiles, a camera, overlays, and hands that draw on them."""

from desktop.canvas.hand import CanvasTool
from desktop.canvas.view import Canvas

__all__ = ["Canvas", "CanvasTool"]
