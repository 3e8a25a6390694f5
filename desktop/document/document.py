"""A picture with what the artist said about it: where to fill, where to sample from, what was done."""

from __future__ import annotations

import math
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from desktop.document.edit import Edit
from desktop.document.growth import Growth
from desktop.document.history import LIMIT, History, Step
from desktop.document.label_map import LabelMap, Motif, Palette
from desktop.document.mask import Mask, Plane
from desktop.document.origins import Ban, Copied, layers_of
from desktop.document.patches import Change, Patch
from engine.image import Image, Pixels
from engine.region import Rect, Size
from engine.trained import Trained

Observer = Callable[[str, Rect], None]
"""Told what changed and where. What is one of "picture", "hole", "source", "labels", "painted", `STYLES` (in `rect`),
"size" (everything, the picture's size included), "sample", "given" (pictures and learnt things for roles), "palette",
"motif", "growth" (points of a texture space), "history" (steps, modified), "title" (title, path)."""

HOLE, SOURCE = "hole", "source"
LABELS, PAINTED = "labels", "painted"
SOWN, GROWN = "sown", "grown"
"""Which point of a texture space each pixel shall have, and which it was made for."""
STYLES = ("style-1", "style-2", "style-3", "style-4")
"""The masks of as many styles: where each of them applies. Together they are at most 255 at any pixel."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A document at one moment. Never changes; any thread may read it.

    Attributes:
        masks: name -> mask or label map, only those with something in them.
        recipes: (title, recipe) of every step done that has one, oldest first.
        layers: what was copied into the picture; see `origins.composed`.
        bans: what is not wanted in it.
    """

    picture: Image
    masks: Mapping[str, Plane]
    sample: Rect | Image | None
    given: Mapping[str, tuple[Image | Trained, ...]]
    palette: Palette
    motif: Motif | None
    title: str
    path: Path | None
    recipes: tuple[tuple[str, Mapping[str, Any]], ...]
    layers: tuple[Copied | Rect, ...]
    bans: tuple[Ban, ...]
    modified: bool


class Document:
    """A picture at its own depth, its masks, its picked sample, and its history.

    Belongs to one thread, except `snapshot`, which any thread may call. Pictures handed out never change: while
    someone else holds `picture` (or a view of its pixels), the next change to it works on a copy. Let go of it before
    a result is applied and the change is made in place.

    Args:
        picture: what it opens with.
        path: the file it came from or was last saved to.
        title: its name; by default the file's, or the picture's own.
        history_limit: bytes that undo may take.

    Attributes:
        recipes: (title, recipe) of results that were in the file when it was opened, oldest first.
        copied: what had been copied into the picture when it was opened, oldest first.
        banned: what was not wanted in it then.
        wraps: it is worked on as a tile: strokes that leave on one side come in on the other. Not a part of the file.
    """

    def __init__(self, picture: Image, path: Path | None = None, title: str = "", history_limit: int = LIMIT) -> None:
        self._picture = picture
        self._masks: dict[str, Plane] = {name: Mask(name, picture.size) for name in (HOLE, SOURCE, *STYLES)}
        self._masks |= {name: LabelMap(name, picture.size) for name in (LABELS, PAINTED, SOWN, GROWN)}
        self._sample: Rect | Image | None = None
        self._palette = Palette()
        self._motif: Motif | None = None
        self._growth: Growth | None = None
        self._given: Mapping[str, tuple[Image | Trained, ...]] = {}
        self._path = path
        self._title = title or (path.name if path else "") or picture.name or "Untitled"
        self._observers: list[Callable[[], Observer | None]] = []
        self._edit: Edit | None = None
        self._saved_step: Step | None = None
        self._changed_otherwise = False
        self.wraps = False
        self.lock = threading.RLock()
        self.recipes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
        self.copied: tuple[Copied, ...] = ()
        self.banned: tuple[Ban, ...] = ()
        self.history = History(history_limit)

    # What it holds.

    @property
    def picture(self) -> Image:
        """The picture as it is now. The value never changes; keep it no longer than needed."""
        return self._picture

    @property
    def size(self) -> Size:
        return self._picture.size

    @property
    def rect(self) -> Rect:
        return self._picture.rect

    def pixel(self, x: float, y: float) -> tuple[int, int] | None:
        """The pixel at a point of image space; None outside, where the picture does not repeat."""
        column, row = math.floor(x), math.floor(y)
        width, height = self.size
        if self.wraps:
            return column % width, row % height
        return (column, row) if 0 <= column < width and 0 <= row < height else None

    @property
    def masks(self) -> Mapping[str, Plane]:
        """name -> mask or label map. After a change of size they are other objects: ask again."""
        return self._masks

    @property
    def hole(self) -> Mask:
        """Where to fill."""
        return cast(Mask, self._masks[HOLE])

    @property
    def source(self) -> Mask:
        """Where a fill may take from; empty means anywhere."""
        return cast(Mask, self._masks[SOURCE])

    @property
    def styles(self) -> tuple[Mask, ...]:
        """Where each style applies, in the order of the styles; where none does, the picture stays as it is."""
        return tuple(cast(Mask, self._masks[name]) for name in STYLES)

    @property
    def labels(self) -> LabelMap:
        """Which label each pixel has."""
        return cast(LabelMap, self._masks[LABELS])

    @property
    def painted(self) -> LabelMap:
        """The labels that the picture's pixels were made for; where `labels` differs they are to be made again."""
        return cast(LabelMap, self._masks[PAINTED])

    @property
    def palette(self) -> Palette:
        """What the numbers in `labels` stand for."""
        return self._palette

    @property
    def motif(self) -> Motif | None:
        """What the picture is painted from by numbers; None for any other picture."""
        return self._motif

    @property
    def sown(self) -> LabelMap:
        """Which point of a texture space each pixel shall have: the numbers of `growth`."""
        return cast(LabelMap, self._masks[SOWN])

    @property
    def grown(self) -> LabelMap:
        """The points that the picture's pixels were made for; where `sown` differs they are to be made again."""
        return cast(LabelMap, self._masks[GROWN])

    @property
    def growth(self) -> Growth | None:
        """What is painted with points of a texture space; None where nothing is."""
        return self._growth

    @property
    def sample(self) -> Rect | Image | None:
        """What the next synthesis takes as its sample: a rectangle of this picture, another picture, or None."""
        return self._sample

    @property
    def given(self) -> Mapping[str, tuple[Image | Trained, ...]]:
        """Role of an operation -> the pictures that were chosen for it, or what was learnt; beside `sample`, more."""
        return self._given

    def sample_image(self) -> Image | None:
        """The picked sample as a picture of its own."""
        if isinstance(self._sample, Rect):
            part = self._picture.pixels[self._sample.slices].copy()
            return replace(self._picture, pixels=part, name=f"sample of {self._title}", notes=())
        return self._sample

    @property
    def bans(self) -> tuple[Ban, ...]:
        """What is not wanted in its results, by the steps that are done."""
        noted = (note for step in self.history.done for note in step.notes if isinstance(note, Ban))
        return (*self.banned, *noted)

    @property
    def path(self) -> Path | None:
        return self._path

    @property
    def title(self) -> str:
        return self._title

    @title.setter
    def title(self, title: str) -> None:
        self._title = title
        self.tell("title", self.rect)

    @property
    def modified(self) -> bool:
        """Whether there is something that the file does not have."""
        return self._changed_otherwise or self.history.undoable is not self._saved_step

    def touch(self) -> None:
        """Counts as modified from now on until it is saved (a recovered document, a pasted picture)."""
        self._changed_otherwise = True
        self.tell("history", self.rect)

    def saved(self, path: Path | None = None) -> None:
        """What there is now is in the file."""
        self._saved_step, self._changed_otherwise = self.history.undoable, False
        if path is not None:
            self._path, self._title = path, path.name
        self.tell("title", self.rect)
        self.tell("history", self.rect)

    def original(self, rect: Rect) -> Pixels:
        """The pixels inside `rect` before the oldest remembered step, (h, w, C); see `History.original`."""
        return self.history.original(self, rect)

    @property
    def original_size(self) -> Size:
        return self.history.original_size(self)

    def snapshot(self) -> Snapshot:
        """Everything as it is now, in well under a millisecond: nothing is copied. Any thread may call it."""
        with self.lock:
            kept = (one for one in self._masks.items() if one[0] not in (SOWN, GROWN))
            masks = {name: mask.copy() for name, mask in kept if mask.tiles()}
            done = tuple((step.title, step.recipe) for step in self.history.done if step.recipe is not None)
            recipes = (*self.recipes, *done)
            return Snapshot(
                picture=self._picture,
                masks=masks,
                sample=self._sample,
                given=self._given,
                palette=self._palette,
                motif=self._motif,
                title=self._title,
                path=self._path,
                recipes=recipes,
                layers=tuple(layers_of(self.copied, self.history.done)),
                bans=self.bans,
                modified=self.modified,
            )

    # Changing it.

    def edit(self, title: str, recipe: Mapping[str, Any] | None = None) -> Edit:
        """One undo step: `with document.edit("Brush mask") as edit: ...`.

        Args:
            title: what the history calls it.
            recipe: the job that it comes from, as plain JSON values.

        Raises:
            RuntimeError: on entering, when another edit is open.
        """
        return Edit(self, title, recipe)

    @contextmanager
    def amending(self, recipe: Mapping[str, Any] | None = None) -> Iterator[Edit]:
        """More of the step being made, or else of the newest one: undone together with it.

        Where there is no step yet it belongs to what the document began with. What was undone can still be done again.

        Args:
            recipe: the job that it comes from; the step's from now on.
        """
        if self._edit is not None:
            yield self._edit
        else:
            with Edit(self, "", recipe, amends=True) as edit:
                yield edit

    @property
    def editing(self) -> bool:
        """Whether an edit is open (a stroke is being drawn)."""
        return self._edit is not None

    def undo(self) -> Step | None:
        """Takes the last step back and returns it. None when there is none or while an edit is open."""
        step = self.history.undoable
        return self._moved(step, self.history.undo) if step else None

    def redo(self) -> Step | None:
        """Does the last undone step again and returns it. None when there is none or while an edit is open."""
        step = self.history.redoable
        return self._moved(step, self.history.redo) if step else None

    def _moved(self, step: Step, move: Callable[[Document], list[Change]]) -> Step | None:
        if self._edit is not None:
            return None
        with self.lock:
            changes = move(self)
        for change in changes:
            self.tell(*change)
        self.tell("history", self.rect)
        return step

    # Observers.

    def watch(self, observer: Observer) -> Callable[[], None]:
        """Calls `observer(what, rect)` after every change, until the returned function is called.

        A bound method is held weakly, so that a closed window is not kept alive by the document.
        """
        held: Callable[[], Observer | None]
        held = weakref.WeakMethod(observer) if hasattr(observer, "__self__") else lambda: observer
        self._observers.append(held)

        def forget() -> None:
            if held in self._observers:
                self._observers.remove(held)

        return forget

    def tell(self, what: str, rect: Rect) -> None:
        """Tells the observers. For edits."""
        for held in tuple(self._observers):
            observer = held()
            if observer is None:
                self._observers.remove(held)
            else:
                observer(what, rect)

    # For edits and patches.

    def begin(self, edit: Edit) -> None:
        if self._edit is not None:
            raise RuntimeError(f"{edit.title!r} was begun inside {self._edit.title!r}")
        self._edit = edit

    def finish(self, edit: Edit, patches: tuple[Patch, ...], changes: list[Change]) -> None:
        self._edit = None
        for change in changes:
            self.tell(*change)
        newest = self.history.undoable
        if patches and edit.amends:
            if newest is not None:
                self._changed_otherwise |= newest is self._saved_step
                self.history.amend(patches, edit.recipe)
            self.tell("history", self.rect)
        elif patches:
            self.history.add(Step(edit.title, patches, edit.recipe))
            self.tell("history", self.rect)

    @contextmanager
    def writing(self) -> Iterator[Pixels]:
        """The picture's pixels, to write into: in place if nobody else can see them, else a copy."""
        with self.lock:
            if _lent(self):
                self._picture = replace(self._picture, pixels=self._picture.pixels.copy())
            pixels = self._picture.pixels
            pixels.setflags(write=True)
            try:
                yield pixels
            finally:
                pixels.setflags(write=False)
                self._picture = replace(self._picture)

    def exchanged(self, state: dict[str, Any]) -> dict[str, Any]:
        """Sets some of picture, masks, sample, given, palette, motif and growth, and returns what they were."""
        with self.lock:
            before = {name: getattr(self, f"_{name}") for name in state}
            for name, value in state.items():
                setattr(self, f"_{name}", value)
            return before


def _references(owner: Any) -> tuple[int, int]:
    """How many references there are to the picture and to its pixels (every view of an array refers to its owner)."""
    return sys.getrefcount(owner._picture), sys.getrefcount(owner._picture.pixels)


class _Alone:
    """A holder like Document whose picture nobody else has."""

    def __init__(self) -> None:
        self._picture = Image(np.zeros((1, 1, 1), np.uint8))


_UNSHARED = _references(_Alone())


def _lent(document: Document) -> bool:
    # An array that is itself a view has an owner out of sight; it may be anyone's.
    return document._picture.pixels.base is not None or _references(document) != _UNSHARED
