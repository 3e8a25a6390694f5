"""What came out of an operation, and how to make a whole picture of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from engine.frame import Origin
from engine.image import Floats, Image, Pixels, frozen
from engine.region import Rect
from engine.trained import Trained


@dataclass(frozen=True, eq=False)
class Result:
    """What came out, and how to make a whole picture of it.

    Attributes:
        rect: the part of the output that `pixels` covers; all of it unless the operation replaces a picture.
        pixels: float32 (rect.h, rect.w, C), 0..1, read-only.
        where: bool (rect.h, rect.w), the pixels that count; None for all.
        reference: the picture that it replaces, or whose depth and profile it takes.
        origin: where the pixels of `rect` were copied from, in places of the whole inputs; None where nobody knows.
        inset: where the reference lies in a new picture, untouched.
        findings: what the operation has to say of its result: a word -> a figure.
        others: further pictures that belong to the result, each with its name.
        trained: what was learnt, where that is the result and the picture shows what it can do.
        said: the findings in a sentence; may be empty.
    """

    rect: Rect
    pixels: Floats
    where: NDArray[np.bool_] | None
    reference: Image
    replaces: bool
    origin: Origin | None = None
    inset: Rect | None = None
    findings: Mapping[str, float] = field(default_factory=dict)
    others: tuple[Image, ...] = ()
    trained: Trained | None = None
    said: str = ""

    @cached_property
    def patch(self) -> Pixels:
        """(rect.h, rect.w, C) at the reference's own depth; where nothing changed, bit for bit the reference's."""
        if not self.replaces:
            return self.image().pixels
        stored = self.reference.encoded(self.pixels)
        if self.where is not None:
            old = self.reference.pixels[self.rect.slices]
            stored = cast(Pixels, np.where(self.where[..., None], stored, old))
        return frozen(stored)

    def image(self) -> Image:
        """The whole picture: the reference with the patch in it, or a new one with its depth and profile."""
        if not self.replaces:
            made = self.reference.like(self.pixels)
            if self.inset is None or made.channels != self.reference.channels:
                return made
            return made.patched(self.inset, self.reference.pixels)
        return self.reference.patched(self.rect, self.patch)
