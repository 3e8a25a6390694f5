"""Paints labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from desktop.document import LABELS, Capsule, Document
from desktop.pointer import Pointer, Sample
from desktop.tools.number_tool import NumberTool, NumberValues
from desktop.tools.tool import Cursor, Gesture
from engine.params import Params, Slider, Toggle


@dataclass(frozen=True)
class NumberBrushValues(NumberValues):
    """Of a round brush with a hard rim."""

    size: Annotated[int, Slider(1, 1000, unit="px", log=True, help="Width of the brush; [ and ] or Shift-drag")] = 60
    pressure_size: Annotated[bool, Toggle(title="Pressure: size", help="A light pen draws a thin line")] = True


class NumberBrush(NumberTool):
    """Gives the pixels under a round brush the label in hand."""

    title, shortcut, icon, order, mask = "Number brush", "N", "number-brush", 61, LABELS
    help = "Paint the label in hand; 1 to 9 pick one, Alt-click takes it from the canvas. Shift-click: a straight line."
    cursor: ClassVar[Cursor] = "brush"
    Values: ClassVar[type[Params]] = NumberBrushValues

    @property
    def radius(self) -> float:
        return float(self.values.size) / 2

    def resize(self, radius: float) -> None:
        self.values = self.values.replaced(size=min(max(round(2 * radius), 1), 1000))

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        if pointer.erasing:
            yield from self.picking(document, pointer)
            return
        label = self.in_hand(document)
        with document.edit(f"Paint {label.name}") as edit:
            for a, b in pointer.segments():
                edit.label(document.labels, self._stamp(a, b), label.number)
                yield None

    def _stamp(self, a: Sample, b: Sample) -> Capsule:
        if not self.values.pressure_size:
            return Capsule(a.point, b.point, self.radius)
        return Capsule(a.point, b.point, *(max(0.5, self.radius * end.pressure) for end in (a, b)))
