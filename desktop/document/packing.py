"""Maps of whole numbers in few bytes: places that were copied in pieces go on by one from pixel to pixel."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from engine.frame import NOWHERE, Places
from engine.image import Bytes

LEVEL = 1
"""Of zlib: what is left of a map that goes on by one is nearly all zeros, which the quickest one finds too."""


def packed(values: NDArray[np.uint8]) -> bytes:
    """Bytes in few."""
    return zlib.compress(np.ascontiguousarray(values).data, LEVEL)


def unpacked(data: bytes, count: int) -> Bytes:
    """So many bytes again: uint8 (count,).

    Raises:
        ValueError: it holds more or fewer of them, or is damaged.
    """
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(data, count) if count else b""
        rest = unpacking.decompress(unpacking.unconsumed_tail, 1)
    except zlib.error as problem:
        raise ValueError(str(problem)) from None
    if len(found) != count or rest or not unpacking.eof:
        raise ValueError(f"not {count} bytes")
    return np.frombuffer(found, np.uint8)


def packed_places(places: Places) -> bytes:
    """Places, int32 (h, w), each NOWHERE or more: how far each is from the next of the one before, byte by byte."""
    steps = np.diff(places.reshape(-1), prepend=np.int32(NOWHERE)) - np.int32(1)
    return packed(steps.astype("<i4").view(np.uint8).reshape(-1, 4).T)


def unpacked_places(data: bytes, shape: tuple[int, int]) -> Places:
    """The same places again, int32 `shape`.

    Raises:
        ValueError: it holds more or fewer of them, or is damaged.
    """
    count = shape[0] * shape[1]
    steps = np.ascontiguousarray(unpacked(data, 4 * count).reshape(4, count).T).view("<i4").reshape(-1)
    # A damaged map may run over: what comes out of that is checked by whoever knows how large the sources are.
    sums = np.cumsum(steps.astype(np.int32) + np.int32(1), dtype=np.int32)
    return (sums + np.int32(NOWHERE)).reshape(shape)
