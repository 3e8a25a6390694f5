"""What is painted with points of a texture space."""

from __future__ import annotations

from dataclasses import dataclass, replace

from desktop.document.label_map import MOST
from engine.image import Image
from engine.trained import Trained

Point = tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Growth:
    """Points that have been in hand, and what they are painted on. A value: every change gives another.

    Attributes:
        space, path: the space, and the file that it is from.
        points: those of the numbers 1, 2, 3 and so on.
        titles: what to call each of them.
        base: the picture before anything was painted, where that is to shine through; None where all of it is texture.
        seed: of the noise.
        border, edge: pixels over which textures go over into one another, and into the picture.
    """

    space: Trained
    path: str
    points: tuple[Point, ...] = ()
    titles: tuple[str, ...] = ()
    base: Image | None = None
    seed: int = 1
    border: float = 24.0
    edge: float = 24.0

    @property
    def ground(self) -> int:
        """The number that lies where nothing was painted: 0 for the picture, 1 for the texture it was made with."""
        return 0 if self.base is not None else 1

    def number(self, point: Point) -> int | None:
        """The number of a point; None where it was not in hand yet."""
        return self.points.index(point) + 1 if point in self.points else None

    def with_point(self, point: Point, title: str) -> Growth:
        """With one more.

        Raises:
            ValueError: there is no number left.
        """
        if len(self.points) >= MOST:
            raise ValueError(f"a painting has room for {MOST} points")
        return replace(self, points=(*self.points, point), titles=(*self.titles, title))
