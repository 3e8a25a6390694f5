"""What tools that draw an outline on the hole have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, cast

from desktop.document import HOLE, Document, Mask, Stamp
from desktop.pointer import Outline, Pointer
from desktop.tools.tool import Tool
from engine.params import Choice, Params
from engine.region import Rect


@dataclass(frozen=True)
class ShapeValues(Params):
    """How a shape joins what is there."""

    mode: Annotated[
        str,
        Choice(("add", "subtract", "replace"), ("Add", "Subtract", "Replace"), help="What it does to the mask"),
    ] = "add"


class Shape(Tool):
    """Adds a shape to the hole, takes it away (Alt), or puts it in place of everything."""

    mask = HOLE
    Values = ShapeValues

    @contextmanager
    def painting(self, document: Document, pointer: Pointer) -> Iterator[Callable[[Stamp], None]]:
        """One undo step; gives the function that a shape's stamps are handed to."""
        mode = "subtract" if pointer.erasing else self.values.mode
        with document.edit(self.title if mode == "add" else f"{self.title}, {mode}") as edit:
            mask = cast(Mask, document.masks[self.mask])
            if mode == "replace":
                edit.clear(mask)
            yield lambda stamp: (edit.erase if mode == "subtract" else edit.cover)(mask, stamp)


def dragged(pointer: Pointer) -> Rect:
    """The pixels between a pointer's start and where it is now; with Shift a square."""
    start, end = pointer.start, pointer.position
    width, height = end.x - start.x, end.y - start.y
    if pointer.shift:
        side = max(abs(width), abs(height))
        width, height = side if width >= 0 else -side, side if height >= 0 else -side
    left, right = sorted((round(start.x), round(start.x + width)))
    top, bottom = sorted((round(start.y), round(start.y + height)))
    return Rect(left, top, right - left, bottom - top)


def corners(rect: Rect) -> Outline:
    """A rectangle as something to draw."""
    return Outline(((rect.x, rect.y), (rect.right, rect.y), (rect.right, rect.bottom), (rect.x, rect.bottom)))
