"""Paints where a style applies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from desktop.document import STYLES, Document
from desktop.pointer import Pointer
from desktop.tools.brush import BrushValues, MaskBrush
from desktop.tools.tool import Gesture
from engine.params import Params, Slider


@dataclass(frozen=True)
class StyleBrushValues(BrushValues):
    """Of a soft brush, and which style is in hand."""

    size: Annotated[int, Slider(1, 1000, unit="px", log=True, help="Width of the brush; [ and ] or Shift-drag")] = 120
    hardness: Annotated[
        float, Slider(0, 1, step=0.05, help="How much of it covers wholly", low_looks="soft", high_looks="sharp rim")
    ] = 0.3
    style: Annotated[int, Slider(1, len(STYLES), advanced=True, help="The number of the style in hand")] = 1


class StyleBrush(MaskBrush):
    """Raises the mask of the style in hand and lowers the others, so that every pixel has one whole at most."""

    title, shortcut, icon, order, mask = "Style brush", "Y", "style-brush", 64, STYLES[0]
    help = "Paint where a style applies; 1 to 4 pick one. Alt erases. What is not painted stays the picture."
    Values: ClassVar[type[Params]] = StyleBrushValues

    def take(self, number: int) -> None:
        """Another style in hand, 1 for the first."""
        self.values = self.values.replaced(style=number)

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        number, erasing = self.values.style, pointer.erasing
        with document.edit(f"{'Erase' if erasing else 'Brush'} style {number}") as edit:
            for a, b in pointer.segments():
                stamp, strength = self._stamp(a, b), self._strength(b)
                mine = document.styles[number - 1]
                if erasing:
                    edit.erase(mine, stamp, strength)
                else:
                    edit.share(mine, [other for other in document.styles if other is not mine], stamp, strength)
                yield None
