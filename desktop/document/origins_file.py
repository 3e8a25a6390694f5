"""Where pixels were copied from, as a part of a project file: what the map says, and the pictures that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from desktop.document.origins import Ban, Copied, Provenance, same_picture
from desktop.document.packing import packed, packed_places, unpacked, unpacked_places
from engine.frame import From, Origin
from engine.image import Image, frozen
from engine.region import Rect, Size

PLACES, WHICH, CONFIDENCE, BANS = (f"scumble/origins/{name}.bin" for name in ("places", "which", "sure", "bans"))
MOST_PICTURES = 250
MOST_BANS = 10_000
LONGEST_SIDE = 1 << 20
SLACK = 1 << 12
"""Bytes beyond what they hold, at most, that packed maps take."""


@dataclass
class Writing:
    """What is to be written.

    Attributes:
        facts: plain JSON values; those of pictures are still to be completed (`pictures`).
        maps: name of an entry -> its bytes.
        pictures: the place in facts["pictures"] of each picture that the file does not have otherwise.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    maps: dict[str, bytes] = field(default_factory=dict)
    pictures: dict[int, Image] = field(default_factory=dict)


def written(provenance: Provenance | None, bans: Sequence[Ban], elsewhere: Mapping[str, Image]) -> Writing:
    """What a project says of the origin of its pixels.

    Args:
        provenance: what is known; None where nothing is.
        bans: what is not wanted. Those in the project's own picture are in its masks and left out.
        elsewhere: pictures that the file has already, by a name for each.
    """
    out = Writing()
    bans = [ban for ban in bans if ban.picture is not None]
    if provenance is None and not bans:
        return out
    known: list[Image | None] = []
    entries: list[dict[str, Any]] = []

    def number(picture: Image | None, size: Size) -> int:
        for k, other in enumerate(known):
            if (other is None) == (picture is None) and (
                entries[k]["size"] == list(size) if picture is None or other is None else same_picture(other, picture)
            ):
                return k
        known.append(picture)
        entries.append({"size": list(size)})
        if picture is None:
            entries[-1]["is"] = "this"
        else:
            there = next((name for name, one in elsewhere.items() if same_picture(one, picture)), None)
            if there is None:
                out.pictures[len(known) - 1] = picture
            else:
                entries[-1]["is"] = there
        return len(known) - 1

    if provenance is not None:
        rect = provenance.rect
        sources = [number(*pair) for pair in zip(provenance.pictures, provenance.sizes, strict=True)]
        out.facts |= {"rect": [rect.x, rect.y, rect.w, rect.h], "sources": sources, "sure": False}
        out.maps[PLACES] = packed_places(provenance.places)
        out.maps[WHICH] = packed(provenance.which)
        if provenance.confidence is not None:
            out.facts["sure"] = True
            out.maps[CONFIDENCE] = packed(np.rint(provenance.confidence * 255).astype(np.uint8))
    rects = [[number(ban.picture, ban.picture.size), *_numbers(ban.rect)] for ban in bans if ban.picture is not None]
    out.facts |= {"bans": rects, "pictures": entries}
    out.maps[BANS] = packed(np.concatenate([np.packbits(ban.part) for ban in bans] or [np.zeros(0, np.uint8)]))
    return out


def read(
    facts: Mapping[str, Any],
    size: Size,
    picture: Callable[[Mapping[str, Any]], Image],
    entry: Callable[[str, int], bytes],
) -> tuple[Copied | None, tuple[Ban, ...]]:
    """What a project says of the origin of its pixels, and of what is not wanted.

    Args:
        facts: as they stand in the file; nothing in them is believed.
        size: (width, height) of the project's picture.
        picture: opens the picture that an entry tells of. Raises Unusable.
        entry: the bytes of an entry, at most so many. Raises Unusable.

    Raises:
        ValueError: it cannot be true.
    """
    pictures, sizes = [], []
    for told in _list(facts.get("pictures"), MOST_PICTURES):
        if not isinstance(told, dict):
            raise ValueError("a source is no source")
        width, height = _whole(told.get("size"), 2, 1, LONGEST_SIDE)
        own = told.get("is") == "this"
        found = None if own else picture(told)
        if (found is not None and found.size != (width, height)) or width * height > np.iinfo(np.int32).max:
            raise ValueError("a source has another size than it should have")
        pictures.append(found)
        sizes.append((width, height))
    copied = _copied(facts, size, pictures, sizes, entry) if "rect" in facts else None
    bans = _bans(facts, pictures, sizes, entry)
    return copied, bans


def _copied(
    facts: Mapping[str, Any],
    size: Size,
    pictures: Sequence[Image | None],
    sizes: Sequence[Size],
    entry: Callable[[str, int], bytes],
) -> Copied:
    rect = _rect(facts.get("rect"), Rect(0, 0, *size))
    sources = _whole(facts.get("sources"), None, 0, len(pictures) - 1)
    if not 0 < len(sources) <= MOST_PICTURES:
        raise ValueError("there are no sources")
    count = rect.area
    places = unpacked_places(entry(PLACES, 4 * count + SLACK), (rect.h, rect.w))
    which = unpacked(entry(WHICH, count + SLACK), count).reshape(rect.h, rect.w)
    if int(which.max()) >= len(sources):
        raise ValueError("a pixel is of no source")
    most = np.array([sizes[number][0] * sizes[number][1] for number in sources], np.int64)
    if int(places.min()) < -1 or (places >= most[which]).any() or not (places >= 0).any():
        raise ValueError("a pixel is of no place")
    confidence = None
    if facts.get("sure") is True:
        sure = unpacked(entry(CONFIDENCE, count + SLACK), count).reshape(rect.h, rect.w)
        confidence = frozen(sure.astype(np.float32) / np.float32(255))
    named = tuple(From("source", number, sizes[number]) for number in sources)
    origin = Origin(frozen(places), named, which, confidence, exact=False)
    return Copied(rect, origin, tuple(pictures[number] for number in sources))


def _bans(
    facts: Mapping[str, Any],
    pictures: Sequence[Image | None],
    sizes: Sequence[Size],
    entry: Callable[[str, int], bytes],
) -> tuple[Ban, ...]:
    told = [_whole(one, 5, 0, LONGEST_SIDE) for one in _list(facts.get("bans"), MOST_BANS)]
    if not told:
        return ()
    rects = []
    for number, *place in told:
        if number >= len(pictures) or pictures[number] is None:
            raise ValueError("a ban is of no source")
        rects.append(_rect(place, Rect(0, 0, *sizes[number])))
    lengths = [-(-rect.area // 8) for rect in rects]
    bits = unpacked(entry(BANS, sum(lengths) + SLACK), sum(lengths))
    found, first = [], 0
    for (number, *_), rect, length in zip(told, rects, lengths, strict=True):
        part = np.unpackbits(bits[first : first + length], count=rect.area).reshape(rect.h, rect.w).astype(np.bool_)
        found.append(Ban(pictures[number], rect, part))
        first += length
    return tuple(found)


def _numbers(rect: Rect) -> list[int]:
    return [rect.x, rect.y, rect.w, rect.h]


def _rect(value: Any, inside: Rect) -> Rect:
    rect = Rect(*_whole(value, 4, 0, LONGEST_SIDE))
    if rect.empty or not inside.holds(rect):
        raise ValueError("a part lies outside its picture")
    return rect


def _whole(value: Any, count: int | None, low: int, high: int) -> list[int]:
    """A list of so many whole numbers, none of them below `low` or above `high`."""
    found = _list(value, MOST_BANS)
    if count is not None and len(found) != count:
        raise ValueError(f"not {count} numbers")
    if not all(type(number) is int and low <= number <= high for number in found):
        raise ValueError(f"not whole numbers of {low} to {high}")
    return found


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("no list of the length that it could have")
    return value
