"""Runs a tool's gesture: the generator's press, drag and release, and its end by Escape or error."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Protocol

from desktop.document import Document
from desktop.pointer import Outline, Pointer, Sample
from engine.errors import Unusable

SLICE = 0.008
"""Seconds that work after a release may take at a time."""


class CanvasTool(Protocol):
    """What a canvas needs to know of a tool (`desktop.tools.Tool` is one)."""

    @property
    def cursor(self) -> str:
        """Which one: brush, cross or hand."""
        ...

    @property
    def pans(self) -> bool: ...

    @property
    def mask(self) -> str: ...

    @property
    def radius(self) -> float | None: ...

    def resize(self, radius: float) -> None: ...

    def watch(self, observer: Callable[[], None]) -> Callable[[], None]: ...

    def gesture(self, document: Document, pointer: Pointer) -> Generator[Outline | None, None, None]: ...


class Hand:
    """At most one gesture at a time.

    Args:
        refused: told a sentence when a tool cannot do what was asked.

    Attributes:
        pointer: the running gesture's, or None.
        outline: what it wants drawn.
        last: (document, sample) where the last stroke ended, for straight lines.
    """

    def __init__(self, refused: Callable[[str], None]) -> None:
        self._refused = refused
        self._gesture: Generator[Outline | None, None, None] | None = None
        self.pointer: Pointer | None = None
        self.outline: Outline | None = None

    @property
    def busy(self) -> bool:
        return self._gesture is not None

    @property
    def working(self) -> bool:
        """The hand has let go, but the gesture is not at its end."""
        return self._gesture is not None and self.pointer is not None and self.pointer.released

    def begin(self, tool: CanvasTool, document: Document, pointer: Pointer) -> None:
        """Starts another gesture, after what the last one has still to do."""
        self.finish()
        self.cancel()
        self.pointer = pointer
        self._gesture = tool.gesture(document, pointer)
        self._follow()

    def move(self, sample: Sample, shift: bool) -> None:
        if self.pointer and not self.pointer.released:
            self.pointer.shift = shift
            self.pointer.add(sample)
            self._follow()

    def release(self) -> None:
        if self.pointer:
            self._follow()
            self.pointer.release()
            self.work()

    def work(self, seconds: float = SLICE) -> None:
        """Goes on with what is left to do after the release, for a while."""
        until = time.perf_counter() + seconds
        while self._gesture is not None:
            self._step()
            if time.perf_counter() > until:
                return

    def finish(self) -> None:
        """Does what is left to do after the release, however long it takes: a click is not taken back by the next."""
        while self.working:
            self.work()

    def cancel(self) -> None:
        """Takes the gesture back."""
        gesture, self._gesture = self._gesture, None
        self.pointer = self.outline = None
        if gesture is not None:
            gesture.close()

    def _follow(self) -> None:
        while self._gesture is not None and self.pointer and self.pointer.waiting:
            self._step()

    def _step(self) -> None:
        assert self._gesture is not None
        try:
            self.outline = next(self._gesture)
        except StopIteration:
            self._gesture = self.pointer = self.outline = None
        except Unusable as problem:
            self._gesture = self.pointer = self.outline = None
            self._refused(str(problem))
        except BaseException:
            self._gesture = self.pointer = self.outline = None
            raise
