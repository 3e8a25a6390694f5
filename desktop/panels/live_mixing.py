"""What a point between four corners says: how much of each corner's picture."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, float]
"""x and y, 0..1, from the upper left corner."""

CORNERS: tuple[Point, ...] = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
CENTRE: Point = (0.5, 0.5)


def shares(point: Point, corners: Sequence[int]) -> tuple[float, ...]:
    """How much of each of these corners there is at a point: bilinear, what empty corners would have shared out.

    Args:
        point: where.
        corners: the corners that have a picture, 0..3.

    Returns:
        As many numbers as corners, together 1.
    """
    x, y = point
    near = [(x if CORNERS[k][0] else 1 - x) * (y if CORNERS[k][1] else 1 - y) for k in corners]
    total = sum(near)
    if total < 1e-9:
        return tuple(1 / len(near) for _ in near)
    return tuple(part / total for part in near)


def place(weights: Sequence[float], corners: Sequence[int]) -> Point:
    """The point that weights of these corners pull to."""
    total = sum(weights)
    if total <= 0 or len(weights) != len(corners):
        return CENTRE
    pairs = [(CORNERS[k], part / total) for k, part in zip(corners, weights, strict=True)]
    return sum(corner[0] * part for corner, part in pairs), sum(corner[1] * part for corner, part in pairs)


class Places:
    """Which picture lies in which corner. A picture stays where it was put; others take the first corner that is free.

    Attributes:
        there: for each corner what lies in it, or None.
    """

    def __init__(self) -> None:
        self.there: list[object | None] = [None] * len(CORNERS)

    def update(self, pictures: Sequence[object]) -> None:
        """These are the pictures now, in the order in which an operation takes them."""
        kept = list(pictures[: len(CORNERS)])
        self.there = [one if any(one is other for other in kept) else None for one in self.there]
        for one in kept:
            if not any(one is other for other in self.there):
                self.there[self.there.index(None)] = one

    def put(self, corner: int, picture: object) -> None:
        """The next `update` will find this picture in this corner."""
        self.there[corner] = picture

    def corners(self, pictures: Sequence[object]) -> list[int]:
        """The corner of each picture, in their order."""
        return [next(k for k, other in enumerate(self.there) if other is one) for one in pictures[: len(CORNERS)]]
