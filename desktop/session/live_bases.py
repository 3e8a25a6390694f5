"""What live results were made from, so that the next one starts from there and not from the last."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

from desktop.document.document import Document
from desktop.document.history import Step
from engine.image import Image
from engine.operation import Operation


@dataclass(frozen=True, eq=False)
class _Made:
    operation: Operation[Any]
    base: Image


class Bases:
    """Remembers for each step with a live result by which operation and from which picture it was made."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Step, _Made] = weakref.WeakKeyDictionary()

    def add(self, step: Step, operation: Operation[Any], base: Image) -> None:
        """A step has such a result."""
        self._made[step] = _Made(operation, base)

    def of(self, document: Document, operation: Operation[Any]) -> Image:
        """The picture that an operation starts from.

        A live one starts from what its own last result was made from, until something else changes the picture. Strokes
        of a mask do not change it.
        """
        for step in reversed(document.history.done if operation.live else ()):
            made = self._made.get(step)
            if made is not None and made.operation is operation:
                return made.base
            if made is not None or step.changes_picture:
                break
        return document.picture
