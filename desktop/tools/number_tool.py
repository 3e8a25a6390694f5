"""What the tools that work on labels have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from desktop.document import Document, Label
from desktop.document.label_map import MOST
from desktop.pointer import Pointer
from desktop.tools.tool import Gesture, Tool
from engine.errors import Unusable
from engine.params import Params, Slider


@dataclass(frozen=True)
class NumberValues(Params):
    """Which label is in hand."""

    label: Annotated[int, Slider(1, MOST, advanced=True, help="The number of the label in hand")] = 1


class NumberTool(Tool):
    """Has a label in hand. Alt takes the one under the pointer instead."""

    Values: ClassVar[type[Params]] = NumberValues

    def take(self, number: int) -> None:
        """Another label in hand."""
        self.values = self.values.replaced(label=number)

    def in_hand(self, document: Document) -> Label:
        """The label that is painted.

        Raises:
            Unusable: the document's palette has no such label.
        """
        label = document.palette.find(self.values.label)
        if label is not None:
            return label
        if not len(document.palette):
            raise Unusable(
                "There are no labels to paint yet",
                "this picture has no palette",
                "press Labels from picture, or add one",
            )
        raise Unusable(f"There is no label {self.values.label}", "the palette has others", "choose one of those")

    def picking(self, document: Document, pointer: Pointer) -> Gesture:
        """Takes the label under the pointer, wherever the hand goes."""
        for _ in pointer.segments():
            place = document.pixel(*pointer.position.point)
            number = document.labels.at(*place) if place is not None else 0
            if document.palette.find(number) is not None:
                self.take(number)
            yield None
