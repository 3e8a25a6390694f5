"""Canvas tools: one tool, one file, found by its place."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from desktop.tools.tool import Gesture, Tool

__all__ = ["Gesture", "Tool", "catalog"]


@cache
def catalog() -> tuple[type[Tool], ...]:
    """Every tool in this folder, in the toolbar's order."""
    found: set[type[Tool]] = set()
    for info in pkgutil.iter_modules(__path__, f"{__name__}."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            own = isinstance(value, type) and issubclass(value, Tool) and value.__module__ == info.name
            if own and value.title:
                found.add(value)
    return tuple(sorted(found, key=lambda tool: tool.order))
