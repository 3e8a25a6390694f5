"""A result that is many pictures: one after the other on a sheet, which a film or a GIF can be cut from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.region import Rect, Size


@dataclass(frozen=True)
class Film:
    """Pictures in rows, from the left to the right, all of one size; what the last row leaves stays free.

    Attributes:
        count: of the pictures.
        columns: in a row.
        size: (width, height) of each.
    """

    count: int
    columns: int
    size: Size

    @classmethod
    def on(cls, count: int, sheet: Size) -> Film:
        """As many pictures on a sheet of this size, each about as wide as it is high."""
        columns = min(count, max(1, math.ceil(math.sqrt(count * sheet[0] / sheet[1]))))
        rows = -(-count // columns)
        return cls(count, columns, (sheet[0] // columns, sheet[1] // rows))

    def places(self) -> list[Rect]:
        """Where on the sheet each of them is."""
        width, height = self.size
        return [
            Rect(number % self.columns * width, number // self.columns * height, width, height)
            for number in range(self.count)
        ]
