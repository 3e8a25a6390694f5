"""Erases where to fill."""

from desktop.document import HOLE
from desktop.tools.brush import MaskBrush


class HoleEraser(MaskBrush):
    """Erases the hole."""

    title, shortcut, icon, order, mask, erases = "Eraser", "E", "eraser", 20, HOLE, True
    help = "Erase from the mask. Shift-click erases along a straight line, Shift-drag sets the size, [ and ] too."
