"""What a canvas tool is: a few words, a few values, and one generator per gesture."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from desktop.document import Document
from desktop.pointer import Outline, Pointer
from engine.params import Params

Gesture = Generator[Outline | None, None, None]
"""Yields after each step; what it yields is drawn over the picture until the next."""

Cursor = Literal["brush", "cross", "hand"]


@dataclass(frozen=True)
class NoValues(Params):
    """For a tool with nothing to set."""


class Tool:
    """Base of every tool. One object per tool lives as long as the window and keeps its own values.

    Attributes:
        title: what the toolbar calls it.
        shortcut: its key.
        icon: name of its icon.
        help: one line for the status bar: what it does, and what the modifier keys do.
        order: place in the toolbar.
        cursor: "brush" draws a circle of `radius`.
        pans: dragging moves the view; `gesture` is never called.
        inspects: the window shows where the place under the pointer was copied from.
        mask: the name of the mask that it paints, which should be visible then; "" for none.
        Values: its parameters; a panel can be made of them.
    """

    title: ClassVar[str] = ""
    shortcut: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    help: ClassVar[str] = ""
    order: ClassVar[int] = 0
    cursor: ClassVar[Cursor] = "cross"
    pans: ClassVar[bool] = False
    inspects: ClassVar[bool] = False
    mask: ClassVar[str] = ""
    Values: ClassVar[type[Params]] = NoValues

    def __init__(self) -> None:
        self._values: Params = self.Values()
        self._observers: list[Callable[[], Callable[[], None] | None]] = []

    @property
    def id(self) -> str:
        """Its file's name with dashes."""
        return type(self).__module__.rpartition(".")[2].replace("_", "-")

    @property
    def values(self) -> Any:
        """The present values, an instance of `Values`."""
        return self._values

    @values.setter
    def values(self, values: Params) -> None:
        if values != self._values:
            self._values = values
            for held in tuple(self._observers):
                observer = held()
                if observer is None:
                    self._observers.remove(held)
                else:
                    observer()

    def watch(self, observer: Callable[[], None]) -> Callable[[], None]:
        """Calls `observer()` after its values changed, until the returned function is called.

        A bound method is held weakly.
        """
        held: Callable[[], Callable[[], None] | None]
        held = weakref.WeakMethod(observer) if hasattr(observer, "__self__") else lambda: observer
        self._observers.append(held)

        def forget() -> None:
            if held in self._observers:
                self._observers.remove(held)

        return forget

    @property
    def radius(self) -> float | None:
        """Of its brush in image pixels; None where there is no brush to resize."""
        return None

    def resize(self, radius: float) -> None:
        """Gives the brush this radius in image pixels, as near as its range allows."""

    def larger(self) -> None:
        """One step up, for `]`: a tenth, at least a pixel."""
        if self.radius is not None:
            self.resize(self.radius + max(self.radius * 0.1, 0.5))

    def smaller(self) -> None:
        """One step down, for `[`: what `larger` undoes."""
        if self.radius is not None:
            self.resize(self.radius - max(self.radius / 11, 0.5))

    def gesture(self, document: Document, pointer: Pointer) -> Gesture:
        """One press, drag and release.

        Runs until its first yield at the press, is continued whenever the pointer has another segment and once more
        after the release. What it does after the release may yield too, and is then continued in small slices, so
        that no gesture holds up the window. Escape closes it, which rolls back its edit.

        Raises:
            Unusable: a sentence for the artist.
        """
        raise NotImplementedError
