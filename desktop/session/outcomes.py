"""A result that can be returned to."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop.document.origins import Ban, Copied
from desktop.session.provenance import copied_of
from desktop.session.runs import Repair, Wish
from engine.image import Bytes, Image, Pixels, displayed, frozen
from engine.operation import Input, Result
from engine.region import Rect

if TYPE_CHECKING:
    from engine.jobs import Done

THUMBNAIL = 192
"""Longest side of a kept result's little picture, in pixels."""

_outcome_numbers = itertools.count(1)


@dataclass(frozen=True, eq=False)
class Outcome:
    """A result that can be returned to.

    Attributes:
        wish: what made it.
        recipe: as plain JSON values.
        rect, pixels, where: the patch, in the document's own depth; `where` None means all of it.
        picture: the whole picture instead, when it replaces nothing.
        thumbnail: uint8 (h, w, 4), h and w at most THUMBNAIL.
        copied: where its pixels were copied from; None where nobody knows.
        findings: what the operation has to say of it: a word -> a figure.
        others: further pictures that belong to it.
        given: what it was made from, less the picture that it is in and the mask.
        said: the findings in a sentence, where the operation knows one.
        base: the picture that the result of a live operation was made from; None for any other. Its pixels are whole.
        bans: what it was made without; they come into force with it.
        step_title, mends: of a repair its title, and whether it only puts a ban into effect; empty for any other.
    """

    wish: Wish
    recipe: Mapping[str, Any]
    rect: Rect
    pixels: Pixels | None
    where: NDArray[np.bool_] | None
    picture: Image | None
    thumbnail: Bytes
    seconds: float
    partial: bool
    copied: Copied | None = None
    findings: Mapping[str, float] = field(default_factory=dict)
    others: tuple[Image, ...] = ()
    base: Image | None = None
    bans: tuple[Ban, ...] = ()
    step_title: str = ""
    mends: bool = False
    given: Mapping[str, Input | None] = field(default_factory=dict)
    said: str = ""
    number: int = field(default_factory=lambda: next(_outcome_numbers))

    @property
    def nbytes(self) -> int:
        pictures = (*self.others, *([self.picture] if self.picture else []))
        arrays = (self.pixels, self.where, *(picture.pixels for picture in pictures))
        copied = self.copied.nbytes if self.copied else 0
        return copied + sum(array.nbytes for array in arrays if array is not None)

    def as_picture(self, base: Image) -> Image:
        """The result as a whole picture; a fill laid on `base`."""
        if self.picture is not None or self.pixels is None:
            return self.picture or base
        pixels = base.pixels.copy()
        part = pixels[self.rect.slices]
        if self.pixels.shape == part.shape:
            part[...] = self.pixels if self.where is None else np.where(self.where[..., None], self.pixels, part)
        return replace(base, pixels=pixels)

    @property
    def caption(self) -> str:
        if self.step_title:
            return self.step_title
        return f"Seed {self.wish.seed}" + (" (part)" if self.partial else "")


def outcome_of(
    done: Done,
    wish: Wish,
    inputs: Mapping[str, Input | None] | None = None,
    repair: Repair | None = None,
    bans: tuple[Ban, ...] = (),
) -> Outcome:
    """What is kept of a result. Takes a moment: encodes the pixels and shrinks them."""
    result: Result = done.result
    made = replace(result.image(), name=f"{wish.operation.title} {wish.seed}") if not result.replaces else None
    outcome = Outcome(
        wish,
        dict(done.recipe),
        result.rect,
        None if made else result.patch,
        None if made else result.where,
        made,
        thumbnail_of(result),
        done.seconds,
        done.partial,
        copied_of(result, inputs or {}, wish.operation.replaces if result.replaces else None),
        result.findings,
        result.others,
        bans=bans,
        given=_given(wish, inputs or {}) if result.replaces else {},
        said=result.said,
    )
    base = (inputs or {}).get(wish.operation.replaces or "")
    if wish.operation.live and isinstance(base, Image) and made is None:
        # What lies around an earlier result's part comes back with it.
        whole = (
            outcome.as_picture(base).pixels if result.where is not None or result.rect != base.rect else result.patch
        )
        outcome = replace(outcome, rect=base.rect, pixels=frozen(whole), where=None, base=base)
    if repair is None or made:
        return outcome
    return replace(outcome, step_title=repair.title, mends=bool(repair.bans))


def _given(wish: Wish, inputs: Mapping[str, Input | None]) -> dict[str, Input | None]:
    operation = wish.operation
    return {role: value for role, value in inputs.items() if role not in (operation.replaces, operation.within)}


def thumbnail_of(result: Result) -> Bytes:
    """A result's little picture: of a fill, the part that was filled."""
    pixels = result.pixels
    if result.where is not None and result.where.any():
        pixels = pixels[Rect.around(result.where).grown(24).clipped(Rect.of(pixels)).slices]
    step = max(1, -(-max(pixels.shape[:2]) // THUMBNAIL))
    if step > 1:
        height, width = (side // step * step for side in pixels.shape[:2])
        height, width = max(height, 1), max(width, 1)
        if min(pixels.shape[:2]) >= step:
            blocks = pixels[:height, :width].reshape(height // step, step, width // step, step, -1)
            pixels = blocks.mean(axis=(1, 3), dtype=np.float32)
        else:
            pixels = pixels[::step, ::step]
    return displayed(pixels)
