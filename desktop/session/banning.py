"""Bans parts of a source: what came from there is made again without it, and nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.document.document import HOLE, SOURCE, Document
from desktop.document.edit import Edit
from desktop.document.mask import Mask
from desktop.document.origins import Ban, Provenance, same_picture
from desktop.session.desk import Desk
from desktop.session.runs import Repair, Wish
from desktop.sources import painting_inputs
from engine.errors import Unusable
from engine.image import Bytes, Image, frozen
from engine.operation import Input, Operation
from engine.region import Rect

GROWN = 2
"""Pixels that a ban reaches beyond what was pointed at, and what is made again beyond what came from there: a rim of
the old piece would draw its outline."""

TITLE = "Ban source"
"""Of the step that a ban makes."""

Banned = Mapping[int, tuple[Rect, NDArray[np.bool_]]]
"""Number of the source -> (rectangle in it, bool of its size)."""


def what_made(provenance: Provenance, rect: Rect) -> Banned:
    """The parts of the sources that the pixels inside `rect` of the picture were copied from."""
    part = rect.moved(-provenance.rect.x, -provenance.rect.y).clipped(Rect.of(provenance.places))
    found: dict[int, tuple[Rect, NDArray[np.bool_]]] = {}
    if part.empty:
        return found
    places, which = provenance.places[part.slices], provenance.which[part.slices]
    for number, (width, height) in enumerate(provenance.sizes):
        chosen = places[(places >= 0) & (which == number)]
        if chosen.size:
            y, x = np.divmod(chosen, np.int32(width))
            left, top = int(x.min()), int(y.min())
            tight = Rect(left, top, int(x.max()) - left + 1, int(y.max()) - top + 1)
            around = tight.grown(GROWN).clipped(Rect(0, 0, width, height))
            used = np.zeros((around.h, around.w), np.bool_)
            used[y - around.y, x - around.x] = True
            found[number] = around, grown(used, GROWN)
    return found


def pointed_at(provenance: Provenance, rect: Rect) -> Banned:
    """What a rectangle on the picture means: what its copied pixels were made of, or else itself as a source."""
    found = what_made(provenance, rect)
    if found:
        return found
    own = next((number for number, picture in enumerate(provenance.pictures) if picture is None), None)
    return {} if own is None else rectangle(provenance, own, rect)


def rectangle(provenance: Provenance, number: int, rect: Rect) -> Banned:
    """A rectangle of a source."""
    width, height = provenance.sizes[number]
    rect = rect.clipped(Rect(0, 0, width, height))
    return {} if rect.empty else {number: (rect, np.ones((rect.h, rect.w), np.bool_))}


def repair(document: Document, provenance: Provenance, banned: Banned) -> Repair:
    """What makes the pixels again that came from there.

    Args:
        document: the picture with the result.
        provenance: its own.
        banned: the parts of its sources that are not wanted.

    Raises:
        Unusable: nothing came from there, or nothing would be left to make it from.
    """
    hole = hole_of(document, provenance, banned)
    if hole.all():
        raise Unusable("The whole picture came from there", "nothing would be left to fill it from", "ban a part of it")
    given: dict[str, Input] = {"picture": document.picture, HOLE: frozen(hole)}
    own = next((number for number, picture in enumerate(provenance.pictures) if picture is None), None)
    mine = banned.get(own) if own is not None else None
    if mine is not None or not document.source.empty:
        free = np.full(hole.shape, 255, np.uint8) if document.source.empty else document.source.array()
        if mine is not None:
            free[mine[0].slices][mine[1]] = 0
        if not (free[hole == 0] > 127).any():
            raise Unusable("That was the last of it", "nothing would be left to sample from", "ban a smaller part")
        given[SOURCE] = frozen(free)
    return Repair(given, TITLE, bans_of(provenance, banned))


def repainting(
    document: Document, provenance: Provenance, banned: Banned, operation: Operation[Any], before: Sequence[Ban]
) -> Repair:
    """The same for a painting by numbers: what is painted there again still has its label.

    Args:
        operation: one that `paints_by_numbers`.
        before: what has been banned already.

    Raises:
        Unusable: nothing came from there.
    """
    inputs, _ = painting_inputs(document, operation, frozen(hole_of(document, provenance, banned)))
    bans = bans_of(provenance, banned)
    return Repair(limited(operation, inputs, [*before, *bans]), TITLE, bans)


def remaking(
    document: Document, provenance: Provenance, banned: Banned, desk: Desk, before: Sequence[Ban]
) -> tuple[Wish, Repair] | None:
    """The same for the result on top, where it shows the picture before it in pieces of another: made once more there.

    Filled from its surround it would not show that picture any more. None where that is not how it was made.

    Args:
        desk: of the document.
        before: what has been banned already.

    Raises:
        Unusable: nothing came from there.
    """
    shown, step = desk.shown, desk.step
    if shown is None or step is None or not desk.on_top or shown.base is not None:
        return None
    operation = shown.wish.operation
    replaced, within = operation.replaces, operation.within
    others = [role for role in operation.limited if role != replaced and isinstance(shown.given.get(role), Image)]
    if replaced is None or within is None or not others:
        return None
    given: dict[str, Input | None] = dict(shown.given)
    given[replaced] = document.history.before(document, step)
    given[within] = frozen(hole_of(document, provenance, banned))
    bans = bans_of(provenance, banned)
    return shown.wish, Repair(limited(operation, given, [*before, *bans]), TITLE, bans)


def bans_of(provenance: Provenance, banned: Banned) -> tuple[Ban, ...]:
    """The same parts, for the step that bans them."""
    return tuple(Ban(provenance.pictures[number], *part) for number, part in banned.items())


def hole_of(document: Document, provenance: Provenance, banned: Banned) -> Bytes:
    """What came from there and a rim of it, as far as it was copied: uint8 (H, W), 255 there.

    Raises:
        Unusable: nothing did.
    """
    hole = np.zeros((document.size[1], document.size[0]), np.uint8)
    again = _from_there(provenance, banned)
    if not again.any():
        raise Unusable("Nothing came from there", "no pixel of the result was copied from it", "choose another part")
    hole[provenance.rect.slices][grown(again, GROWN) & provenance.known] = 255
    return hole


def ban(edit: Edit, source: Mask, rect: Rect, banned: NDArray[np.bool_]) -> None:
    """Takes `banned`, bool (rect.h, rect.w), out of the sample-from mask; an empty one meant everything."""
    if source.empty:
        edit.fill(source)
    values = source.crop(rect)
    values[banned] = 0
    edit.put(source, rect, values)


def limited(
    operation: Operation[Any], inputs: Mapping[str, Input | None], bans: Sequence[Ban]
) -> dict[str, Input | None]:
    """The inputs of a run, with masks of what may be copied from that leave out what is banned.

    Args:
        operation: what is run.
        inputs: its own.
        bans: those of the picture that the result goes into count for the role that it replaces, all others for
            whichever role the banned picture is given in.
    """
    found = dict(inputs)
    replaced = operation.replaced(inputs)
    for role, mask in operation.limited.items():
        value = inputs.get(role)
        pictures = [one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Image)]
        parts = [
            [
                (ban.rect, ban.part)
                for ban in bans
                if (role == replaced if ban.picture is None else same_picture(ban.picture, picture))
            ]
            for picture in pictures
        ]
        if not any(parts):
            continue
        painted = inputs.get(mask)
        if not operation.roles[mask].several:
            found[mask] = allowed(pictures[0], painted, parts[0]) if parts[0] else painted
            continue
        masks = [allowed(picture, None, its) for picture, its in zip(pictures, parts, strict=True)]
        masks[0] = allowed(pictures[0], painted, parts[0])
        found[mask] = tuple(Image(one[..., None]) for one in masks)
    return found


def allowed(picture: Image, source: Input | None, forbidden: list[tuple[Rect, NDArray[np.bool_]]]) -> Bytes:
    """A sample-from mask less what is forbidden: uint8 of the picture's size.

    Args:
        picture: the sample.
        source: the mask so far; None allows everything.
        forbidden: rectangles of the sample, and which of their pixels.
    """
    width, height = picture.size
    free = np.full((height, width), 255, np.uint8)
    if isinstance(source, np.ndarray):
        free[source == 0] = 0
    for rect, part in forbidden:
        free[rect.slices][part] = 0
    return frozen(free)


def grown(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """The mask and everything within `by` pixels of it across and down."""
    for axis in (0, 1):
        wide = mask.copy()
        for step in range(1, by + 1):
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(step, None), slice(None, -step)
            wide[tuple(ahead)] |= mask[tuple(behind)]
            wide[tuple(behind)] |= mask[tuple(ahead)]
        mask = wide
    return mask


def _from_there(provenance: Provenance, banned: Banned) -> NDArray[np.bool_]:
    """bool, of the provenance's rectangle: which pixels came from the banned parts."""
    found = np.zeros(provenance.places.shape, np.bool_)
    for number, (rect, part) in banned.items():
        rows, columns = np.nonzero(provenance.copied_from(number))
        y, x = np.divmod(provenance.places[rows, columns], np.int32(provenance.sizes[number][0]))
        y, x = y - rect.y, x - rect.x
        inside = (y >= 0) & (y < rect.h) & (x >= 0) & (x < rect.w)
        hit = np.zeros(rows.size, np.bool_)
        hit[inside] = part[y[inside], x[inside]]
        found[rows[hit], columns[hit]] = True
    return found
