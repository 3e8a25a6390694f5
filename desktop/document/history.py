"""Undo and redo, bounded by bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from desktop.document.patches import Change, Note, NotePatch, Patch, PicturePatch, StatePatch
from engine.image import Image, Pixels
from engine.region import Rect

if TYPE_CHECKING:
    from desktop.document.document import Document

LIMIT = 512 << 20
"""Bytes that the steps of one document may take by default."""


class Step:
    """One thing that the artist did: a stroke, a result, another size.

    Attributes:
        title: what to call it in the list ("Brush mask").
        recipe: the job that made it as plain JSON values (`engine.recipe`), or None.
    """

    def __init__(self, title: str, patches: tuple[Patch, ...], recipe: Mapping[str, Any] | None = None) -> None:
        self.title, self.patches, self.recipe = title, patches, recipe

    @property
    def nbytes(self) -> int:
        return 256 + sum(patch.nbytes for patch in self.patches)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was noted of it, in order."""
        return tuple(patch.note for patch in self.patches if isinstance(patch, NotePatch))

    @property
    def changes_picture(self) -> bool:
        """Whether the picture is another by it; masks and choices leave it as it is."""
        return any(
            isinstance(patch, PicturePatch) or (isinstance(patch, StatePatch) and "picture" in patch.state)
            for patch in self.patches
        )

    def swap(self, document: Document, backwards: bool) -> list[Change]:
        order = reversed(self.patches) if backwards else iter(self.patches)
        return [patch.swap(document) for patch in order]


class History:
    """The steps of one document in order, and how many of them are done.

    The oldest ones are forgotten when all together take more than `limit` bytes. The newest is always kept, however
    large, so that the last thing done can be undone.

    Attributes:
        limit: in bytes.
        forgotten: how many steps at the start are gone.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.forgotten = 0
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them, oldest first; the first `position` are done, the others undone."""
        return (*self._done, *reversed(self._undone))

    @property
    def done(self) -> tuple[Step, ...]:
        """Those that are done, oldest first."""
        return tuple(self._done)

    @property
    def position(self) -> int:
        return len(self._done)

    @property
    def undoable(self) -> Step | None:
        """What an undo would take back."""
        return self._done[-1] if self._done else None

    @property
    def redoable(self) -> Step | None:
        """What a redo would do again."""
        return self._undone[-1] if self._undone else None

    @property
    def nbytes(self) -> int:
        return sum(step.nbytes for step in self.steps)

    def add(self, step: Step) -> None:
        """A new step was done. What was undone before is gone."""
        self._undone.clear()
        self._done.append(step)
        self._trim()

    def amend(self, patches: tuple[Patch, ...], recipe: Mapping[str, Any] | None = None) -> None:
        """More was done as part of the newest step. What was undone can still be done again: patches hold whole states.

        Raises:
            ValueError: there is no step.
        """
        step = self.undoable
        if step is None:
            raise ValueError("there is no step to add to")
        step.patches = (*step.patches, *patches)
        step.recipe = recipe or step.recipe
        self._trim()

    def undo(self, document: Document) -> list[Change]:
        step = self._done.pop()
        changes = step.swap(document, backwards=True)
        self._undone.append(step)
        return changes

    def redo(self, document: Document) -> list[Change]:
        step = self._undone.pop()
        changes = step.swap(document, backwards=False)
        self._done.append(step)
        self._trim()
        return changes

    def original(self, document: Document, rect: Rect) -> Pixels:
        """The picture's pixels inside `rect` as they were before the oldest step that is remembered.

        Put together from the steps, so that holding an original costs no memory. Where a step changed the picture's
        size, the rectangle counts in the original's pixels.
        """
        base: Image = document.picture
        later: list[PicturePatch] = []
        for step in reversed(self._done):
            for patch in reversed(step.patches):
                if isinstance(patch, PicturePatch):
                    later.append(patch)
                elif isinstance(patch, StatePatch) and "picture" in patch.state:
                    base, later = patch.state["picture"], []
        pixels: Pixels = base.pixels[rect.clipped(base.rect).slices].copy()
        for patch in later:
            patch.paste(rect.clipped(base.rect), pixels)
        return pixels

    def before(self, document: Document, step: Step) -> Image:
        """The picture as it was before a step that is done, put together like an original. Raises ValueError."""
        base: Image = document.picture
        later: list[PicturePatch] = []
        for done in reversed(self._done[self._done.index(step) :]):
            for patch in reversed(done.patches):
                if isinstance(patch, PicturePatch):
                    later.append(patch)
                elif isinstance(patch, StatePatch) and "picture" in patch.state:
                    base, later = patch.state["picture"], []
        pixels = base.pixels.copy()
        for patch in later:
            patch.paste(base.rect, pixels)
        return replace(base, pixels=pixels)

    def original_size(self, document: Document) -> tuple[int, int]:
        """(width, height) of the picture before the oldest step that is remembered."""
        for step in self._done:
            for patch in step.patches:
                if isinstance(patch, StatePatch) and "picture" in patch.state:
                    return patch.state["picture"].size  # type: ignore[no-any-return]
        return document.size

    def _trim(self) -> None:
        total = self.nbytes
        while total > self.limit and len(self._done) + len(self._undone) > 1:
            # Undone steps go last to first too: the furthest future is the least likely to be wanted.
            step = self._done.pop(0) if len(self._done) > 1 or not self._undone else self._undone.pop(0)
            self.forgotten += 1
            total -= step.nbytes

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)
