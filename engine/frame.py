"""What a running operation has so far, and where it took it from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes, Floats, Image, frozen
from engine.region import Rect, Size
from engine.trained import Trained

Places = NDArray[np.int32]
NOWHERE = -1
"""The place of a pixel that was not copied from anywhere."""
BAND = 64
"""Rows that are written between two looks."""


@dataclass(frozen=True)
class From:
    """A picture that pixels were copied from.

    Attributes:
        role: the input role that it was given in.
        number: which one of a role that takes several.
        size: (width, height). The border fills it in; operations leave it out.
    """

    role: str
    number: int = 0
    size: Size = (0, 0)


@dataclass(frozen=True, eq=False)
class Origin:
    """Where each pixel of a rectangle was copied from.

    An operation that copies pixels gives it with its last frames, those that make the result; with every frame where
    it has the map at hand. It is a gift, not a duty: a frame without one says that nobody knows for its rectangle, so
    an early look costs nothing. The pattern, for a map `quilt` of places in the role "sample":

        yield Frame(rect, colours[quilt], 1.0, "", Origin(quilt.copy(), (From("sample"),)))

    Places count in the picture as the operation sees it: y * width + x of `inputs.sample`, or of the part of the
    replaced picture that its `focus` asked for. The border turns them into places of the whole picture, and forgets
    those outside the mask, or in the `inset` of a picture that was only extended. A pixel that stayed what it was is
    NOWHERE. Arrays are given away.

    Attributes:
        places: int32 (h, w), y * width + x; NOWHERE where nothing was copied.
        sources: the pictures that places may be in.
        which: uint8 (h, w), the index in `sources` of each pixel's picture; None where there is one source only.
        confidence: float32 (h, w), 0..1, how well the surroundings fit there; None where the operation cannot say.
        exact: each pixel has the very value of its place. False where light was evened out, seams were blended or
            colours adapted afterwards: then the place tells the texture, not the value.
    """

    places: Places
    sources: tuple[From, ...]
    which: Bytes | None = None
    confidence: Floats | None = None
    exact: bool = True

    def __post_init__(self) -> None:
        if len(self.sources) != 1 and self.which is None:
            raise ValueError(f"which of the {len(self.sources)} sources is it?")
        for array in (self.which, self.confidence):
            if array is not None and array.shape != self.places.shape:
                raise ValueError(f"places are {self.places.shape}, what is said of them {array.shape}")

    @property
    def known(self) -> NDArray[np.bool_]:
        """bool (h, w): which pixels were copied from somewhere."""
        return self.places >= 0

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in (self.places, self.which, self.confidence) if array is not None)

    def cropped(self, rect: Rect) -> Origin:
        """The part inside `rect`, which counts from this origin's first pixel."""
        which = None if self.which is None else frozen(self.which[rect.slices].copy())
        confidence = None if self.confidence is None else frozen(self.confidence[rect.slices].copy())
        return replace(self, places=frozen(self.places[rect.slices].copy()), which=which, confidence=confidence)


@dataclass(frozen=True, eq=False)
class Frame:
    """A rectangle of the output, better than the last time it was sent.

    Attributes:
        rect: where, in the output's pixels.
        pixels: float32 (rect.h, rect.w, C), 0..1. The operation gives it away and never writes into it again.
        fraction: how much of the whole work is done, 0..1.
        note: a word about the present step ("coarse", "level 2 of 5"); may be empty.
        origin: where the pixels of `rect` were copied from, if that is known; see `Origin`.
        findings: figures that the operation gives with its last frame, for the report: a word -> a figure.
        others: further pictures of the result that the last frame brings, each with its name.
        trained: what has been learnt so far. The newest is the result, also of a run that was stopped and kept.
        said: the findings in a sentence, where the operation knows better words than the figures are.
    """

    rect: Rect
    pixels: Floats
    fraction: float
    note: str = ""
    origin: Origin | None = None
    findings: Mapping[str, float] = field(default_factory=dict)
    others: tuple[Image, ...] = ()
    trained: Trained | None = None
    said: str = ""


class Trace:
    """The origin of a whole output, put together from those of its frames.

    Args:
        size: (width, height) of what frames may cover.
        check: looks whether to stop while room is made for a large one.
    """

    def __init__(self, size: Size, check: Callable[[], None] = lambda: None) -> None:
        self._size, self._check = size, check
        self._sources: tuple[From, ...] = ()
        self._places: Places | None = None
        self._which: Bytes | None = None
        self._confidence: Floats | None = None
        self._exact = True

    def add(self, rect: Rect, origin: Origin | None, where: NDArray[np.bool_] | None = None) -> None:
        """A frame has come for `rect`; only the pixels in `where` (bool, its size) count.

        Raises:
            ValueError: the origin has another size than the frame, or other sources than those before.
        """
        if origin is None:
            if self._places is not None:
                self._places[rect.slices] = NOWHERE
            return
        if origin.places.shape != (rect.h, rect.w):
            raise ValueError(f"an origin of {origin.places.shape} for {rect}")
        shape = (self._size[1], self._size[0])
        if self._places is None:
            self._sources = origin.sources
            self._places = np.empty(shape, np.int32)
            for row in range(0, shape[0], BAND):
                self._check()
                self._places[row : row + BAND] = NOWHERE
        elif origin.sources != self._sources:
            raise ValueError(f"sources are {self._sources}, now {origin.sources}")
        kept = origin.places if where is None else np.where(where, origin.places, np.int32(NOWHERE))
        self._places[rect.slices] = kept
        self._exact = self._exact and origin.exact
        if origin.which is not None:
            if self._which is None:
                self._which = np.zeros(shape, np.uint8)
            self._which[rect.slices] = origin.which
        if origin.confidence is not None:
            if self._confidence is None:
                self._confidence = np.ones(shape, np.float32)
            self._confidence[rect.slices] = origin.confidence

    def origin(self, sizes: Mapping[From, Size], window: Rect, windowed: frozenset[str]) -> Origin | None:
        """All of it, in places of whole pictures. None where nothing was copied, or a place would not fit int32.

        Args:
            sizes: of the whole pictures.
            window: the part of them that the operation saw, for the roles in `windowed`.
            windowed: roles of which the operation saw a part.

        Raises:
            ValueError: a place lies outside its picture.
        """
        if self._places is None or not (self._places >= 0).any():
            return None
        if any(width * height > np.iinfo(np.int32).max for width, height in sizes.values()):
            return None
        places = self._places.copy()
        for number, source in enumerate(self._sources):
            chosen = places >= 0
            if self._which is not None:
                chosen &= self._which == number
            width, height = window.size if source.role in windowed else sizes[source]
            found = places[chosen]
            if found.size and int(found.max()) >= width * height:
                raise ValueError(f"place {int(found.max())} is outside {source.role}, {width} x {height}")
            if source.role in windowed:
                y, x = np.divmod(found, np.int32(width))
                places[chosen] = (y + window.y) * sizes[source][0] + x + window.x
        named = tuple(replace(source, size=sizes[source]) for source in self._sources)
        which = None if self._which is None else frozen(self._which.copy())
        confidence = None if self._confidence is None else frozen(self._confidence.copy())
        return Origin(frozen(places), named, which, confidence, self._exact)
