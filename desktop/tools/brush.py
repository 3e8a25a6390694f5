"""What all brushes on a mask have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, cast

from desktop.document import Capsule, Document, Mask
from desktop.pointer import Pointer, Sample
from desktop.tools.tool import Cursor, Gesture, Tool
from engine.params import Params, Slider, Toggle


@dataclass(frozen=True)
class BrushValues(Params):
    """Of a round brush."""

    size: Annotated[int, Slider(1, 1000, unit="px", log=True, help="Width of the brush; [ and ] or Shift-drag")] = 40
    hardness: Annotated[
        float, Slider(0, 1, step=0.05, help="How much of it covers wholly", low_looks="soft", high_looks="sharp rim")
    ] = 0.9
    opacity: Annotated[float, Slider(0.05, 1, step=0.05, help="How much one stroke covers at most")] = 1.0
    pressure_size: Annotated[bool, Toggle(title="Pressure: size", help="A light pen draws a thin line")] = True
    pressure_opacity: Annotated[bool, Toggle(title="Pressure: opacity", help="A light pen covers less")] = False


class MaskBrush(Tool):
    """Paints one of the document's masks, or erases it."""

    cursor: ClassVar[Cursor] = "brush"
    Values: ClassVar[type[Params]] = BrushValues
    erases: ClassVar[bool] = False

    @property
    def radius(self) -> float:
        return float(self.values.size) / 2

    def resize(self, radius: float) -> None:
        self.values = self.values.replaced(size=min(max(round(2 * radius), 1), 1000))

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        erasing = self.erases or pointer.erasing
        with document.edit(f"Erase {self.mask}" if erasing else f"Brush {self.mask}") as edit:
            paint = edit.erase if erasing else edit.cover
            for a, b in pointer.segments():
                paint(cast(Mask, document.masks[self.mask]), self._stamp(a, b), self._strength(b))
                yield None

    def _stamp(self, a: Sample, b: Sample) -> Capsule:
        if not self.values.pressure_size:
            return Capsule(a.point, b.point, self.radius, hardness=self.values.hardness)
        thin, thick = (max(0.5, self.radius * end.pressure) for end in (a, b))
        return Capsule(a.point, b.point, thin, thick, self.values.hardness)

    def _strength(self, sample: Sample) -> float:
        pressure = sample.pressure if self.values.pressure_opacity else 1.0
        return float(self.values.opacity) * pressure
