"""What a picture is.

Operations and kernels see one convention only: float32 (H, W, C), 0..1, display-referred (sRGB-like), read-only; C is
1 gray, 2 gray and alpha, 3 RGB, 4 RGBA, alpha unassociated. Masks are float32 (H, W), 0..1. Label maps are uint16
(H, W). Files and documents keep pictures as `Image`, at the depth that the file had, so that what nobody touched stays
bit for bit what it was and a 12,000 x 8,000 photograph does not become four times as large by being opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.region import Rect, Size

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Pixels = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]

A = TypeVar("A", bound=NDArray[Any])

GRAY, GRAY_ALPHA, RGB, RGBA = 1, 2, 3, 4

STRIP = 32
"""Rows that are converted at once, so that what is in between stays in the processor's cache."""


def frozen(array: A) -> A:
    """The same array, contiguous and read-only."""
    array = np.ascontiguousarray(array)  # type: ignore[assignment]
    array.setflags(write=False)
    return array


def _srgb_from_linear(v: Floats) -> Floats:
    low = v * np.float32(12.92)
    high = np.float32(1.055) * np.power(np.maximum(v, np.float32(0)), np.float32(1 / 2.4)) - np.float32(0.055)
    return np.where(v <= np.float32(0.0031308), low, high)


def _linear_from_srgb(v: Floats) -> Floats:
    low = v / np.float32(12.92)
    high = np.power((np.maximum(v, np.float32(0)) + np.float32(0.055)) / np.float32(1.055), np.float32(2.4))
    return np.where(v <= np.float32(0.04045), low, high)


@dataclass(frozen=True, eq=False)
class Image:
    """A picture at its own depth, as a file or a document holds it.

    Attributes:
        pixels: (H, W, C), read-only; uint8 or uint16 over their whole range, or float32.
        peak: the float32 value that stands for 1.0 in the engine (above 1 in high dynamic range files).
        linear: float32 values are linear light; the engine gets them through the sRGB curve.
        icc: the embedded colour profile, carried along untouched.
        name: what to call it in a sentence.
        notes: what the reader had to say about the file ("first of 12 frames").
        attributes: further text from the file that a save should keep.
    """

    pixels: Pixels
    peak: float = 1.0
    linear: bool = False
    icc: bytes | None = None
    name: str = ""
    notes: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if len(shape) != 3 or not 1 <= shape[2] <= 4 or self.pixels.dtype not in (np.uint8, np.uint16, np.float32):
            raise ValueError(f"an image is (H, W, 1..4) of uint8, uint16 or float32, not {shape} {self.pixels.dtype}")
        object.__setattr__(self, "pixels", frozen(self.pixels))

    @property
    def size(self) -> Size:
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def rect(self) -> Rect:
        return Rect.of(self.pixels)

    @property
    def channels(self) -> int:
        return int(self.pixels.shape[2])

    @property
    def has_alpha(self) -> bool:
        return self.channels in (GRAY_ALPHA, RGBA)

    def decoded(self, rect: Rect | None = None) -> Floats:
        """The engine's form of the part inside `rect` (all of it by default): float32, 0..1, read-only."""
        part = self.pixels[rect.slices] if rect else self.pixels
        if part.dtype == np.uint8:
            return frozen(np.multiply(part, np.float32(1 / 255), dtype=np.float32))
        if part.dtype == np.uint16:
            return frozen(np.multiply(part, np.float32(1 / 65535), dtype=np.float32))
        finite: Floats = np.nan_to_num(part.astype(np.float32), nan=0.0, posinf=self.peak, neginf=0.0)
        values: Floats = np.clip(finite / np.float32(self.peak), 0, 1, dtype=np.float32)
        if self.linear:
            colours = 1 if self.channels <= GRAY_ALPHA else 3
            values[..., :colours] = _srgb_from_linear(values[..., :colours])
        return frozen(values)

    def encoded(self, values: Floats) -> Pixels:
        """float32 (h, w, C), 0..1, as this picture would store them."""
        if self.pixels.dtype == np.uint8:
            stored = np.empty(values.shape, np.uint8)
            for top in range(0, values.shape[0], STRIP):
                eight = np.clip(values[top : top + STRIP], 0, 1)
                eight *= np.float32(255)
                eight += np.float32(0.5)
                stored[top : top + STRIP] = eight
            return stored
        if self.pixels.dtype == np.uint16:
            return (np.clip(values, 0, 1) * np.float64(65535) + 0.5).astype(np.uint16)
        floats = np.array(values, dtype=np.float32)
        if self.linear:
            colours = 1 if self.channels <= GRAY_ALPHA else 3
            floats[..., :colours] = _linear_from_srgb(floats[..., :colours])
        return floats * np.float32(self.peak)

    def patched(self, rect: Rect, stored: Pixels) -> Image:
        """A copy in which `rect` holds `stored`, (rect.h, rect.w, C) at this picture's depth."""
        pixels = self.pixels.copy()
        pixels[rect.slices] = stored
        return replace(self, pixels=pixels)

    def like(self, values: Floats, name: str = "") -> Image:
        """A new picture of any size and channel count that keeps this one's depth and colour profile."""
        template = replace(self, pixels=np.zeros((1, 1, values.shape[2]), self.pixels.dtype), notes=(), attributes={})
        icc = self.icc if (values.shape[2] > GRAY_ALPHA) == (self.channels > GRAY_ALPHA) else None
        return replace(template, pixels=template.encoded(values), name=name or self.name, icc=icc)


_OF_BYTE: Floats = np.arange(256, dtype=np.float32) / np.float32(255)


def as_mask(values: NDArray[Any]) -> Floats:
    """Any (H, W) or (H, W, C) array as a mask: float32 (H, W), 0..1, read-only.

    Colour becomes its mean; alpha is left out, as a mask says everything in gray.
    """
    if values.ndim == 2 and values.dtype == np.uint8:
        return frozen(_OF_BYTE[values])
    if values.ndim == 3:
        values = values[..., : (1 if values.shape[2] <= GRAY_ALPHA else 3)]
    scale = float(np.iinfo(values.dtype).max) if values.dtype.kind in "ui" else 1.0
    grays = values.astype(np.float32)
    if grays.ndim == 3:
        grays = grays.mean(axis=2, dtype=np.float32)
    return frozen(np.clip(np.nan_to_num(grays / np.float32(scale)), 0, 1).astype(np.float32))


def displayed(values: Floats) -> Bytes:
    """The display form of float32 (h, w, C): uint8 (h, w, 4) RGBA, read-only, contiguous."""
    shown = np.empty((*values.shape[:2], 4), np.uint8)
    channels = values.shape[2]
    for top in range(0, values.shape[0], STRIP):
        rows = slice(top, top + STRIP)
        eight = np.clip(values[rows], 0, 1)
        eight *= np.float32(255)
        eight += np.float32(0.5)
        shown[rows, :, :3] = eight[..., :1] if channels <= GRAY_ALPHA else eight[..., :3]
        shown[rows, :, 3] = eight[..., -1] if channels in (GRAY_ALPHA, RGBA) else 255
    return frozen(shown)
