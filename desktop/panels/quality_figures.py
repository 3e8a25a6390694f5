"""What the quality panel measures: at once what is quick, on request what takes seconds. No widgets.

Everything here runs beside the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop.session import Provenance
from engine.image import Floats, Image
from engine.region import Rect, Size

if TYPE_CHECKING:
    from engine.measures.report import Figure

LONGEST = 1024
"""Pixels a side of what is compared with the sample, from the middle."""
MOST = 16_000_000
"""Pixels up to which a picture is looked at as a tile."""
AROUND = 64
"""Pixels around a filling that are looked at at least."""

QUICK = frozenset({"hole-seam", "hole-sharpness", "repetition", "sharpness"})
SLOW = frozenset({"fidelity", "structure", "hole-fidelity"})
TITLES = {
    "fidelity": "Fidelity",
    "largest-copy": "Copied area",
    "repetition": "Repetition",
    "wrap-seam": "Seam as a tile",
    "hole-seam": "Seam",
}
"""What the panel calls some of them, where it is not what the report says."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A result to be measured.

    Attributes:
        picture: with the result in it.
        sample: what it was made from; None where there is none.
        filled: the rectangle that was changed and which of its pixels; None for a picture made as a whole.
        provenance: where its pixels came from, if that is known.
        tile: it is meant to be a tile.
    """

    picture: Image
    sample: Image | None = None
    filled: tuple[Rect, NDArray[np.bool_] | None] | None = None
    provenance: Provenance | None = None
    tile: bool = False


def quick(subject: Subject) -> list[Figure]:
    """What takes well under a second."""
    from engine.measures.copies import copy_figure, largest_copy

    found = _measured(subject, QUICK)
    provenance = subject.provenance
    if provenance is not None:
        widths = [size[0] for size in provenance.sizes]
        found.insert(0, copy_figure(largest_copy(provenance.places, widths, provenance.which)))
    if subject.filled is None or subject.tile:
        found += tile_seam(subject.picture, subject.tile)
    return found


def slow(subject: Subject) -> list[Figure]:
    """What takes seconds: how like its sample it is."""
    return _measured(subject, SLOW)


def tile_seam(picture: Image, tile: bool = True) -> list[Figure]:
    """How visible the joints are when it is laid as a tile; nothing for a picture that is too large to be looked at.

    Args:
        picture: all of it.
        tile: it is meant to be one, so that a seam is a fault.
    """
    from dataclasses import replace

    from engine.measures.report import measured

    if picture.size[0] * picture.size[1] > MOST:
        return []
    found = measured(picture.decoded(), only={"wrap-seam"})
    judged = [one if one.value is None else replace(one, good=abs(one.value) < 2) for one in found]
    return judged if tile else found


def echoes(picture: Image, sample: Image | None) -> list[Figure]:
    """What comes back in it: against its sample where there is one, else by itself."""
    from engine.measures.repetition import strongest_echo
    from engine.measures.report import Figure, measured

    if sample is not None:
        return measured(_middle(picture), sample=_middle(sample), only={"repetition"})
    part = _middle(picture)
    if min(part.shape[:2]) < 48:
        return []
    echo = strongest_echo(part)
    x, y = echo.shift
    said = f"The same forms come back {abs(x)} px across and {abs(y)} px down."
    if echo.strength <= 0.2:
        said = "Nothing comes back inside of it."
    return [Figure("repetition", "Repetition", max(echo.strength, 0.0), True if echo.strength <= 0.2 else None, said)]


def _measured(subject: Subject, names: frozenset[str]) -> list[Figure]:
    from engine.measures.report import measured

    if subject.filled is not None:
        rect, where = subject.filled
        inside = np.ones((rect.h, rect.w), np.bool_) if where is None else where
        made = Rect.around(inside).moved(rect.x, rect.y)
        if made.empty:
            return []
        seen = made.grown(max(AROUND, made.w, made.h)).clipped(subject.picture.rect)
        hole = np.zeros((seen.h, seen.w), np.float32)
        part = made.moved(-seen.x, -seen.y)
        hole[part.slices] = inside[made.moved(-rect.x, -rect.y).slices]
        return measured(subject.picture.decoded(seen), hole=hole, only=names)
    if subject.sample is None:
        return echoes(subject.picture, None) if "repetition" in names else []
    return measured(_middle(subject.picture), sample=_middle(subject.sample), only=names)


def _middle(picture: Image) -> Floats:
    width, height = middle_size(picture.size)
    return picture.decoded(Rect((picture.size[0] - width) // 2, (picture.size[1] - height) // 2, width, height))


def middle_size(size: Size) -> Size:
    """Of the part of a picture that is compared."""
    return min(size[0], LONGEST), min(size[1], LONGEST)
