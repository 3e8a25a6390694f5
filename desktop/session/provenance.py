"""What is known of the origin of open documents' pixels: worked out when it is asked for, beside the window."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping

from desktop.document.document import Document
from desktop.document.history import Step
from desktop.document.origins import Copied, Provenance, composed, layers_of
from desktop.document.patches import PicturePatch, StatePatch
from engine.image import Image
from engine.operation import Input, Result
from engine.region import Rect, Size


def copied_of(result: Result, inputs: Mapping[str, Input | None], replaced: str | None) -> Copied | None:
    """What a result says of its origin, cropped to where it says anything, with the pictures that it names."""
    origin = result.origin
    if origin is None:
        return None
    around = Rect.around(origin.known)
    pictures: list[Image | None] = []
    for source in origin.sources:
        value = inputs.get(source.role)
        picture = value[source.number] if isinstance(value, tuple) else value
        pictures.append(picture if isinstance(picture, Image) and source.role != replaced else None)
    return Copied(around.moved(result.rect.x, result.rect.y), origin.cropped(around), tuple(pictures))


_Steps = tuple[tuple[weakref.ref[Step], int], ...]
"""Steps, and of how many patches each is: more may be done as a part of the newest one."""


class _Answer:
    """What is known of a document as it stands after certain steps; worked out once, by whoever asks first."""

    def __init__(self, steps: _Steps, size: Size, layers: list[Copied | Rect]) -> None:
        self.steps = steps
        self.there = any(isinstance(layer, Copied) for layer in layers)
        self._size, self._layers = size, layers
        self._lock = threading.Lock()
        self._done = False
        self._provenance: Provenance | None = None

    def __call__(self) -> Provenance | None:
        with self._lock:
            if not self._done:
                self._provenance = composed(self._size, self._layers)
                self._layers = []
                self._done = True
            return self._provenance

    @property
    def at_hand(self) -> Provenance | None:
        return self._provenance if self._done else None


class Provenances:
    """What is known of the origin of each open document's pixels."""

    def __init__(self) -> None:
        self._answers: weakref.WeakKeyDictionary[Document, _Answer] = weakref.WeakKeyDictionary()

    def begin(self, document: Document, copied: Copied | None) -> None:
        """The document was opened with a result in it, or more has been copied into it before its first step.

        What a step copies is noted on it (`Edit.note`).
        """
        if copied is not None:
            document.copied = (*document.copied, copied)
            self._answers.pop(document, None)

    def known(self, document: Document) -> bool:
        """Whether anything may be known; quick."""
        return self._answer(document).there

    def at_hand(self, document: Document) -> Provenance | None:
        """What is known, if it has been worked out already; quick."""
        return self._answer(document).at_hand

    def later(self, document: Document) -> Callable[[], Provenance | None]:
        """Works it out when called, in any thread; takes some tens of milliseconds for a megapixel, and is kept."""
        return self._answer(document)

    def of(self, document: Document) -> Provenance | None:
        """As things stand now; None where nothing is known."""
        return self._answer(document)()

    def _answer(self, document: Document) -> _Answer:
        steps = tuple((weakref.ref(step), len(step.patches)) for step in document.history.done if _tells(step))
        answer = self._answers.get(document)
        if answer is None or answer.steps != steps:
            layers = layers_of(document.copied, document.history.done)
            answer = self._answers[document] = _Answer(steps, document.size, layers)
        return answer


def _tells(step: Step) -> bool:
    """Whether a step changed the picture; strokes on masks have nothing to do with where pixels come from."""
    return any(
        isinstance(patch, PicturePatch) or (isinstance(patch, StatePatch) and "picture" in patch.state)
        for patch in step.patches
    )
