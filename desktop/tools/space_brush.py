"""Paints with a point of a texture space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from desktop.document import GROWN, SOWN, Capsule, Document, Edit, Growth
from desktop.document.patches import MaskPatch, StatePatch
from desktop.pointer import Pointer, Sample
from desktop.tools.tool import Cursor, Gesture, Tool
from engine.errors import Unusable
from engine.params import Params, Slider, Toggle
from engine.trained import Trained


@dataclass(frozen=True)
class SpaceBrushValues(Params):
    """Of a round brush, and how what it paints meets what is there."""

    size: Annotated[int, Slider(8, 1000, unit="px", log=True, help="Width of the brush; [ and ] or Shift-drag")] = 90
    border: Annotated[
        float,
        Slider(
            0,
            200,
            unit="px",
            title="Blend",
            help="How softly textures go over into each other, all over the picture",
            low_looks="they meet within a few pixels",
            high_looks="one grows slowly out of the other",
        ),
    ] = 24.0
    edge: Annotated[
        float,
        Slider(
            0,
            100,
            unit="px",
            help="How softly textures go over into a photograph, all over the picture",
            low_looks="cut out",
            high_looks="as if sprayed on",
        ),
    ] = 24.0
    pressure_size: Annotated[bool, Toggle(title="Pressure: size", help="A light pen draws a thin line")] = True


@dataclass(frozen=True, eq=False)
class Hand:
    """A point in hand.

    Attributes:
        space, path: the space, and the file that it is from.
        point, title: the point, and what to call it.
        ground: the point and the seed that all of a document was made with; None where it is any other picture.
    """

    space: Trained
    path: str
    point: tuple[float, ...]
    title: str
    ground: Callable[[Document], tuple[tuple[float, ...], int] | None]


class SpaceBrush(Tool):
    """Says of the pixels under a round brush which point of the space they shall have; the picture follows.

    Attributes:
        hand: what is painted with; the window gives it.
    """

    title, shortcut, icon, order, mask = "Space brush", "T", "space-brush", 65, SOWN
    help = "Paint the point of the page Space; the picture grows it. Alt takes it away. Shift-click: a straight line."
    cursor: ClassVar[Cursor] = "brush"
    Values: ClassVar[type[Params]] = SpaceBrushValues

    def __init__(self) -> None:
        super().__init__()
        self.hand: Hand | None = None

    @property
    def radius(self) -> float:
        return float(self.values.size) / 2

    def resize(self, radius: float) -> None:
        self.values = self.values.replaced(size=min(max(round(2 * radius), 8), 1000))

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        hand = self.hand
        if hand is None:
            raise Unusable("There is no point in hand yet", "the brush paints textures", "choose one on the page Space")
        if document.motif is not None:
            raise Unusable(
                "A painting by numbers cannot be painted on", "it follows its labels", "paint on a copy of it"
            )
        with document.edit("Take away" if pointer.erasing else f"Paint {hand.title}") as edit:
            number = self._number(document, edit, hand, pointer.erasing)
            for a, b in pointer.segments():
                edit.label(document.sown, self._stamp(a, b), number)
                yield None

    def _number(self, document: Document, edit: Edit, hand: Hand, erasing: bool) -> int:
        """The number that is painted; makes the document one that can be painted on."""
        growth = document.growth
        if growth is None or growth.space is not hand.space or not goes_on(document):
            growth = self._begun(document, edit, hand)
        if (growth.border, growth.edge) != (self.values.border, self.values.edge):
            growth = replace(growth, border=self.values.border, edge=self.values.edge)
            edit.set_growth(growth)
            edit.clear(document.grown)
        if erasing:
            return growth.ground
        number = growth.number(hand.point)
        if number is None:
            try:
                growth = growth.with_point(hand.point, hand.title)
            except ValueError as full:
                raise Unusable("One more point cannot be painted", str(full), "paint with one of those") from None
            edit.set_growth(growth)
            number = len(growth.points)
        return number

    def _begun(self, document: Document, edit: Edit, hand: Hand) -> Growth:
        found = hand.ground(document)
        edit.clear(document.sown)
        edit.clear(document.grown)
        values = {"border": self.values.border, "edge": self.values.edge}
        if found is None:
            growth = Growth(hand.space, hand.path, base=document.picture, **values)
        else:
            point, seed = found
            growth = Growth(hand.space, hand.path, (point,), ("ground",), None, seed, **values)
            for plane in (document.sown, document.grown):
                edit.flood(plane, 1)
        edit.set_growth(growth)
        return growth

    def _stamp(self, a: Sample, b: Sample) -> Capsule:
        if not self.values.pressure_size:
            return Capsule(a.point, b.point, self.radius)
        return Capsule(a.point, b.point, *(max(0.5, self.radius * end.pressure) for end in (a, b)))


def goes_on(document: Document) -> bool:
    """Whether the newest change of the picture was of this kind, so that what lies below it is still true."""
    for step in reversed(document.history.done):
        for patch in step.patches:
            if isinstance(patch, StatePatch) and "growth" in patch.state:
                return True
            if isinstance(patch, MaskPatch) and patch.name in (SOWN, GROWN):
                return True
        if step.changes_picture:
            return False
    return True
