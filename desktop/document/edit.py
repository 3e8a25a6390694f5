"""One undo step while it is being made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop.document.growth import Growth
from desktop.document.label_map import LabelMap, Motif, Palette
from desktop.document.mask import TILE, Key, Mask, Plane, solid, tile_keys, tile_rect
from desktop.document.patches import MaskPatch, Note, NotePatch, Patch, PicturePatch, StatePatch
from desktop.document.stamps import Stamp, wrapped
from engine.image import Bytes, Image, Pixels
from engine.region import Rect
from engine.trained import Trained

if TYPE_CHECKING:
    from desktop.document.document import Document

NOTHING = Rect(0, 0, 0, 0)
SEVERAL = 16
"""Rectangles that are told one by one at most; of more than that their union is told."""


class Edit:
    """Changes to a document that are undone as one. Made by `document.edit`, used as a context manager.

    An exception inside, GeneratorExit included, takes back everything done so far and leaves no step.

    Args:
        amends: it is added to the newest step, instead of becoming one of its own.

    Attributes:
        recipe: may be set until the end; kept with the step.
    """

    def __init__(
        self, document: Document, title: str, recipe: Mapping[str, Any] | None = None, amends: bool = False
    ) -> None:
        self.title, self.recipe, self.amends = title, recipe, amends
        self._document = document
        self._patches: list[Patch] = []
        self._before: dict[str, dict[Key, Bytes | None]] = {}
        self._base: dict[tuple[str, Key], Bytes | None] = {}
        self._coverage: dict[tuple[str, Key], Bytes] = {}
        self._erasing: dict[str, bool] = {}
        self._touched: dict[str, Rect] = {}

    def __enter__(self) -> Edit:
        self._document.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._settle()
        if kind is not None:
            changes = [patch.swap(self._document) for patch in reversed(self._patches)]
            self._document.finish(self, (), changes)
        else:
            self._document.finish(self, tuple(self._patches), [])

    # Masks.

    def cover(self, mask: Mask, stamp: Stamp, strength: float = 1.0) -> None:
        """Raises a mask towards 255 under a stamp.

        Within one edit the strongest stamp counts at each pixel: a stroke that crosses itself at half strength stays
        at half. A second edit adds to the first.

        Args:
            mask: one of the document's.
            stamp: where, and how much.
            strength: 0..1, multiplies the stamp.
        """
        for placed in self._placed(stamp):
            self._stamp(mask, placed, strength, erasing=False)

    def erase(self, mask: Mask, stamp: Stamp, strength: float = 1.0) -> None:
        """Lowers a mask towards 0 under a stamp, otherwise as `cover`."""
        for placed in self._placed(stamp):
            self._stamp(mask, placed, strength, erasing=True)

    def share(self, mask: Mask, others: Iterable[Mask], stamp: Stamp, strength: float = 1.0) -> None:
        """Raises a mask as `cover` does, and lowers others by as much: what was at most 255 together stays so."""
        others = tuple(others)
        for placed in self._placed(stamp):
            self._stamp(mask, placed, strength, erasing=False)
            for other in others:
                self._stamp(other, placed, strength, erasing=True)

    def fill(self, mask: Mask) -> None:
        """Everything becomes 255."""
        self._forget_strokes(mask)
        for key in tile_keys(mask.rect):
            self._remember(mask, key)
            mask.put_tile(key, solid(255))
        self._changed(mask, mask.rect)

    def clear(self, mask: Plane) -> None:
        """Everything becomes 0."""
        self._forget_strokes(mask)
        bounds = mask.bounds
        for key in tile_keys(bounds):
            if mask.tile(key) is not None:
                self._remember(mask, key)
                mask.put_tile(key, None)
        self._changed(mask, bounds)

    def invert(self, mask: Mask) -> None:
        """What was 0 becomes 255 and the other way round."""
        self._forget_strokes(mask)
        for key in tile_keys(mask.rect):
            self._remember(mask, key)
            tile = mask.tile(key)
            mask.put_tile(key, solid(255) if tile is None else None if tile is solid(255) else 255 - tile)
        self._changed(mask, mask.rect)

    def put(self, mask: Plane, rect: Rect, values: Bytes) -> None:
        """Sets the part of a mask or a label map inside `rect` to `values`, uint8 (rect.h, rect.w)."""
        self._forget_strokes(mask)
        inside = rect.clipped(mask.rect)
        for key in tile_keys(inside):
            self._remember(mask, key)
            place = tile_rect(key)
            part = place.clipped(inside)
            here = part.moved(-place.x, -place.y).slices
            mask.writable(key)[here] = values[part.moved(-rect.x, -rect.y).slices]
            mask.settle(key)
        self._changed(mask, inside)

    # Labels.

    def label(self, labels: LabelMap, stamp: Stamp, number: int) -> None:
        """Gives the pixels under a stamp a label. Labels have no soft edge: a pixel covered by half or more has it.

        Args:
            labels: one of the document's.
            stamp: where.
            number: 0..255; 0 takes the label away.
        """
        for placed in self._placed(stamp):
            self._label(labels, placed, number)

    def _label(self, labels: LabelMap, stamp: Stamp, number: int) -> None:
        changed = []
        with self._document.lock:
            touched = stamp.rect.clipped(labels.rect)
            for key in tile_keys(touched):
                place = tile_rect(key)
                part = place.clipped(touched)
                chosen = stamp.alpha(part) >= 128
                inner = part.moved(-place.x, -place.y)
                tile = labels.tile(key)
                chosen &= (tile[inner.slices] if tile is not None else np.uint8(0)) != number
                if chosen.any():
                    self._remember(labels, key)
                    labels.writable(key)[inner.slices][chosen] = number
                    changed.append(part)
        for rect in changed if len(changed) <= SEVERAL else [touched]:
            self._changed(labels, rect)

    def relabel(self, labels: LabelMap, number: int, to: int) -> None:
        """Every pixel with one label gets another."""
        for key in tile_keys(labels.rect):
            tile = labels.tile(key)
            chosen = None if tile is None else tile == number
            if (number == 0) if chosen is None else chosen.any():
                self._remember(labels, key)
                labels.writable(key)[slice(None) if chosen is None else chosen] = to
                labels.settle(key)
        self._changed(labels, labels.rect)

    def flood(self, labels: LabelMap, number: int) -> None:
        """Every pixel gets one label."""
        for key in tile_keys(labels.rect):
            self._remember(labels, key)
            labels.put_tile(key, solid(number) if number else None)
        self._changed(labels, labels.rect)

    def match(self, plane: Plane, other: Plane) -> None:
        """Makes a plane the same as another of its size; they share their tiles from then on."""
        theirs = other.tiles()
        for key in [*plane.tiles(), *(key for key in theirs if plane.tile(key) is None)]:
            tile = theirs.get(key)
            if tile is not plane.tile(key):
                self._remember(plane, key)
                plane.put_tile(key, tile)
                self._changed(plane, tile_rect(key).clipped(plane.rect))

    def set_palette(self, palette: Palette) -> None:
        """Other labels, names or colours; the map itself stays."""
        self._exchange({"palette": palette}, "palette")

    def set_motif(self, motif: Motif | None) -> None:
        """What the picture is painted from by numbers."""
        self._exchange({"motif": motif}, "motif")

    def set_growth(self, growth: Growth | None) -> None:
        """What is painted with points of a texture space."""
        self._exchange({"growth": growth}, "growth")

    # The picture.

    def replace(self, rect: Rect, pixels: Pixels, where: NDArray[np.bool_] | None = None) -> None:
        """Puts pixels into the picture; every other pixel keeps its bits.

        Args:
            rect: where, inside the picture.
            pixels: (rect.h, rect.w, C), the picture's own depth and channels.
            where: bool (rect.h, rect.w), the pixels that count; None for all.

        Raises:
            ValueError: the pixels have another shape or depth than the picture.
        """
        picture = self._document.picture
        fits = pixels.shape == (rect.h, rect.w, picture.channels) and pixels.dtype == picture.pixels.dtype
        if not fits or not picture.rect.holds(rect):
            raise ValueError(f"{pixels.shape} {pixels.dtype} at {rect} does not fit {picture.size} {picture.channels}")
        if where is None and rect == picture.rect:
            self.change_picture(replace(picture, pixels=pixels))
            return
        del picture  # the document writes in place only while nobody else holds its picture
        before: dict[Rect, Pixels] = {}
        with self._document.writing() as stored:
            for tile in rect.tiles(TILE):
                here = tile.moved(-rect.x, -rect.y).slices
                chosen = None if where is None else where[here]
                if chosen is not None and not chosen.any():
                    continue
                before[tile] = stored[tile.slices].copy()
                if chosen is None or chosen.all():
                    stored[tile.slices] = pixels[here]
                else:
                    np.copyto(stored[tile.slices], pixels[here], where=chosen[..., None])
        if before:
            patch = PicturePatch(before)
            self._patches.append(patch)
            self._document.tell("picture", patch.rect)

    def change_picture(self, picture: Image) -> None:
        """Another picture in place of the present one. Masks and sample are dropped when its size differs."""
        document = self._document
        state: dict[str, Any] = {"picture": picture}
        if picture.size != document.size:
            state["masks"] = {name: plane.blank(picture.size) for name, plane in document.masks.items()}
            state |= {"sample": None, "growth": None}
        self._exchange(state, "size" if picture.size != document.size else "picture")

    def crop(self, rect: Rect) -> None:
        """Keeps what lies inside `rect`; masks keep their place on the picture.

        Raises:
            ValueError: nothing of the picture lies inside.
        """
        document = self._document
        rect = rect.clipped(document.rect)
        if rect.empty:
            raise ValueError("nothing is left of the picture")
        masks = {}
        for name, mask in document.masks.items():
            masks[name] = mask.blank(rect.size)
            part = mask.bounds.clipped(rect)
            fill_mask(masks[name], part.moved(-rect.x, -rect.y), mask.crop(part))
        sample = document.sample
        if isinstance(sample, Rect):
            kept = sample.clipped(rect).moved(-rect.x, -rect.y)
            sample = None if kept.empty else kept
        picture = replace(document.picture, pixels=document.picture.pixels[rect.slices].copy())
        self._exchange({"picture": picture, "masks": masks, "sample": sample, "growth": None}, "size")

    def pick(self, sample: Rect | Image | None) -> None:
        """Sets the sample of the next synthesis: a rectangle of this picture, another picture, or none."""
        if isinstance(sample, Rect):
            sample = sample.clipped(self._document.rect)
            sample = None if sample.empty else sample
        self._exchange({"sample": sample}, "sample")

    def give(self, role: str, pictures: tuple[Image | Trained, ...]) -> None:
        """Sets the pictures chosen for a role, or what was learnt; none takes them away."""
        others = {name: there for name, there in self._document.given.items() if name != role}
        self._exchange({"given": {**others, role: pictures} if pictures else others}, "given")

    def note(self, note: Note) -> None:
        """Something to be known of this step for as long as it is done: see `Step.notes`."""
        self._patches.append(NotePatch(note))

    # Within.

    def _exchange(self, state: dict[str, Any], what: str) -> None:
        self._settle()
        patch = StatePatch(state, what)
        change = patch.swap(self._document)
        self._patches.append(patch)
        self._document.tell(*change)

    def _forget_strokes(self, mask: Plane) -> None:
        """What is there now is what later stamps add to."""
        for name in [name for name in self._base if name[0] == mask.name]:
            del self._base[name]
            self._coverage.pop(name, None)
        mask.share()

    def _placed(self, stamp: Stamp) -> Iterable[Stamp]:
        """Where a stamp falls: once, or on every side that it reaches over where the picture repeats."""
        return wrapped(stamp, self._document.size) if self._document.wraps else (stamp,)

    def _stamp(self, mask: Mask, stamp: Stamp, strength: float, erasing: bool) -> None:
        changed = []
        with self._document.lock:
            if erasing != self._erasing.setdefault(mask.name, erasing):
                self._forget_strokes(mask)
                self._erasing[mask.name] = erasing
            touched = stamp.rect.clipped(mask.rect)
            for key in tile_keys(touched):
                place = tile_rect(key)
                part = place.clipped(touched).moved(-place.x, -place.y)
                changed.append(self._blend(mask, key, part, stamp, strength, erasing).moved(place.x, place.y))
        if len(changed) > SEVERAL:
            changed = [touched]
        for rect in changed:
            self._changed(mask, rect)

    def _blend(self, mask: Mask, key: Key, part: Rect, stamp: Stamp, strength: float, erasing: bool) -> Rect:
        """Stamps one tile. Returns what changed of it, in the tile's own pixels."""
        name, place = (mask.name, key), tile_rect(key)
        base = self._base.setdefault(name, mask.tile(key))
        coverage = self._coverage.get(name)
        if coverage is not None and int(coverage[part.slices].min()) >= round(255 * strength):
            return NOTHING
        alpha = stamp.alpha(part.moved(place.x, place.y))
        if strength < 1:
            alpha = (alpha * np.float32(strength) + np.float32(0.5)).astype(np.uint8)
        if part.area == TILE * TILE and alpha.min() == 255:
            self._remember(mask, key)
            mask.put_tile(key, None if erasing else solid(255))
            self._coverage[name] = solid(255)
            return part
        if coverage is None:
            coverage = self._coverage[name] = np.zeros((TILE, TILE), np.uint8)
        fresh = Rect.around(alpha > coverage[part.slices])
        if fresh.empty or (erasing and base is None):
            return NOTHING
        self._remember(mask, key)
        alpha, part = alpha[fresh.slices], fresh.moved(part.x, part.y)
        covered = coverage[part.slices]
        np.maximum(covered, alpha, out=covered)
        target = mask.writable(key)[part.slices]
        if base is None:
            target[...] = covered
        elif erasing:
            target[...] = _faded(base[part.slices], covered)
        else:
            target[...] = 255 - _faded(255 - base[part.slices], covered)
        return part

    def _remember(self, mask: Plane, key: Key) -> None:
        tiles = self._before.setdefault(mask.name, {})
        if key not in tiles:
            tiles[key] = mask.tile(key)

    def _changed(self, mask: Plane, rect: Rect) -> None:
        if not rect.empty:
            self._touched[mask.name] = self._touched.get(mask.name, NOTHING).united(rect)
            self._document.tell(mask.name, rect)

    def _settle(self) -> None:
        """Turns the mask tiles written so far into patches."""
        for name, before in self._before.items():
            mask = self._document.masks[name]
            for key in before:
                mask.settle(key)
            changed = {key: tile for key, tile in before.items() if tile is not mask.tile(key)}
            if changed:
                self._patches.append(MaskPatch(name, changed, self._touched.get(name, mask.rect)))
        self._before.clear()
        self._base.clear()
        self._coverage.clear()
        self._touched.clear()


def fill_mask(mask: Plane, rect: Rect, values: Bytes) -> None:
    """Writes `values`, uint8 (rect.h, rect.w), into a plane that no document has yet."""
    for key in tile_keys(rect):
        place = tile_rect(key)
        part = place.clipped(rect)
        mask.writable(key)[part.moved(-place.x, -place.y).slices] = values[part.moved(-rect.x, -rect.y).slices]
        mask.settle(key)


def _faded(values: Bytes, by: Bytes) -> Bytes:
    """`values` times what `by` leaves of 255, rounded down, so that masks that share 255 never have more together."""
    left = values * (np.uint16(255) - by)
    left //= np.uint16(255)
    return left.astype(np.uint8)
