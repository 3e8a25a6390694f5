"""Every operation there is, found by its place under ops/."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

import engine.ops
from engine.errors import Unusable
from engine.operation import Operation


@cache
def operations() -> dict[str, Operation[Any]]:
    """id -> operation, by group, those with something for every day first; in a group likewise, then by title."""
    found: list[Operation[Any]] = []
    for info in pkgutil.walk_packages(engine.ops.__path__, "engine.ops."):
        if info.ispkg:
            continue
        module = importlib.import_module(info.name)
        found += [value for value in vars(module).values() if isinstance(value, Operation)]
    daily = {entry.group for entry in found if entry.everyday}
    found.sort(key=lambda entry: (entry.group not in daily, entry.group, not entry.everyday, entry.title))
    return {entry.id: entry for entry in found}


def find(name: str) -> Operation[Any]:
    """The operation with this id. Raises Unusable when there is none."""
    try:
        return operations()[name]
    except KeyError:
        raise Unusable(f"There is no operation {name!r}", remedy=f"use {', '.join(operations())}") from None
