"""Paints where a fill may take from."""

from desktop.document import SOURCE
from desktop.tools.brush import MaskBrush


class SourceBrush(MaskBrush):
    """Paints the source mask."""

    title, shortcut, icon, order, mask = "Sample-from brush", "S", "source-brush", 60, SOURCE
    help = "Paint where the fill may take from (nothing painted: anywhere). Alt erases, Shift-drag sets the size."
