"""Moves the view."""

from desktop.tools.tool import Tool


class Pan(Tool):
    """Drags the picture about."""

    title, shortcut, icon, order, cursor, pans = "Pan", "H", "hand", 80, "hand", True
    help = "Drag to move the view. Space or the middle button does the same with any tool."
