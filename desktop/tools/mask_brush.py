"""Paints where to fill."""

from desktop.document import HOLE
from desktop.tools.brush import MaskBrush


class HoleBrush(MaskBrush):
    """Paints the hole."""

    title, shortcut, icon, order, mask = "Mask brush", "B", "brush", 10, HOLE
    help = "Paint what to fill. Alt erases, Shift-click draws a straight line, Shift-drag sets the size, [ and ] too."
