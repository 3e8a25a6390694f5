"""What networks made of recent pictures, so that a slider that is moved does not ask for it again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.nets.running import Check

BLOCK = 8 << 20
"""Bytes that are read between two looks at the clock."""


class Sized(Protocol):
    """What can say how large it is."""

    @property
    def nbytes(self) -> int: ...


T = TypeVar("T", bound=Sized)


class Remembered(Generic[T]):
    """The values that were wanted last, up to a number of bytes. Safe to ask from any thread.

    Args:
        limit: bytes of all values together. One that is larger than half of it is not kept.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0

    @property
    def nbytes(self) -> int:
        return self._bytes

    def keeps(self, nbytes: int) -> bool:
        """Whether a value of that size would be kept at all."""
        return 2 * nbytes <= self.limit

    def get(self, key: Hashable) -> T | None:
        """The value under a key, which is now the newest; None where it is not known."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: T) -> T:
        """The value itself. The oldest ones make room for it."""
        with self._lock:
            if self.keeps(value.nbytes) and key not in self._values:
                self._values[key] = value
                self._bytes += value.nbytes
                while self._bytes > self.limit:
                    self._bytes -= self._values.popitem(last=False)[1].nbytes
        return value

    def made(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value under a key; made, and kept, where it is not known."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
            self._bytes = 0


def digest(array: NDArray[np.generic], check: Check = lambda: None) -> str:
    """What an array is, as a word: its type, its shape and its bytes."""
    seen = hashlib.blake2b(f"{array.dtype}{array.shape}".encode(), digest_size=16)
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    for start in range(0, flat.size, BLOCK):
        check()
        seen.update(flat[start : start + BLOCK].data)
    return seen.hexdigest()
