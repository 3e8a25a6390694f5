"""Holes at the edge of a picture that repeats, filled by a way that knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine.context import Context
from engine.frame import NOWHERE, Frame, From, Origin
from engine.image import Floats
from engine.kernels.torus import filled_around, reaches_over
from engine.region import Rect

SIZE = (60, 44)


def waves(size: tuple[int, int] = SIZE) -> Floats:
    """A picture that repeats: no pixel of it is like another."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    first = 0.5 + 0.25 * np.sin(2 * np.pi * x / width) + 0.2 * np.cos(2 * np.pi * y / height)
    second = 0.5 + 0.2 * np.cos(2 * np.pi * (x / width + y / height)) + 0.2 * np.sin(2 * np.pi * y / height)
    return np.stack([first, second, np.full_like(first, 0.5)], axis=2).astype(np.float32)


class Copier:
    """Gives each pixel of a hole the known one that is nearest in the picture as it gets it, edges included."""

    def __init__(self) -> None:
        self.holes: list[np.ndarray] = []

    def __call__(self, picture: Floats, mask: Floats, source: Floats | None) -> Iterator[Frame]:
        hole = mask > 0
        self.holes.append(hole)
        usable = ~hole if source is None else ~hole & (source > 0.5)
        known, wanted = np.argwhere(usable), np.argwhere(hole)
        apart = ((wanted[:, None] - known[None]) ** 2).sum(axis=2)
        nearest = known[apart.argmin(axis=1)]
        made, places = picture.copy(), np.full(hole.shape, NOWHERE, np.int32)
        made[hole] = picture[nearest[:, 0], nearest[:, 1]]
        places[hole] = nearest[:, 0] * hole.shape[1] + nearest[:, 1]
        around = Rect.around(hole)
        yield Frame(around, picture[around.slices].copy(), 0.1, "early")
        origin = Origin(places[around.slices].copy(), (From("picture"),))
        yield Frame(around, made[around.slices].copy(), 1.0, "", origin)


def run(hole: np.ndarray, source: Floats | None = None) -> tuple[Floats, np.ndarray, Copier]:
    picture, copier = waves(), Copier()
    made, places = picture.copy(), np.full(hole.shape, NOWHERE, np.int32)
    for frame in filled_around(Context(), picture, hole.astype(np.float32), source, 3, copier):
        made[frame.rect.slices] = frame.pixels
        if frame.origin is not None:
            places[frame.rect.slices] = np.where(hole[frame.rect.slices], frame.origin.places, NOWHERE)
    return made, places, copier


def blob(y: int, x: int, radius: int) -> np.ndarray:
    """A disc on the torus."""
    down, across = np.mgrid[: SIZE[1], : SIZE[0]]
    dy, dx = abs(down - y) % SIZE[1], abs(across - x) % SIZE[0]
    return np.minimum(dy, SIZE[1] - dy) ** 2 + np.minimum(dx, SIZE[0] - dx) ** 2 <= radius**2


@pytest.mark.parametrize("middle", [(0, 0), (0, 30), (20, 59), (43, 1), (22, 30)])
def test_a_hole_over_the_edge_is_filled_from_the_other_side_too(middle: tuple[int, int]) -> None:
    hole = blob(*middle, 7)
    made, places, copier = run(hole)
    assert len(copier.holes) == 1
    assert not any(copier.holes[0][edge].any() for edge in (0, -1)), "no hole at the edge of what is filled"
    assert not copier.holes[0][:, [0, -1]].any()
    # The very same as that of the picture turned until the hole lies in its middle.
    turn = (SIZE[1] // 2 - middle[0], SIZE[0] // 2 - middle[1])
    turned = np.roll(waves(), turn, (0, 1))
    *_, last = Copier()(turned, np.roll(hole, turn, (0, 1)).astype(np.float32), None)
    turned[last.rect.slices] = last.pixels
    expected = np.roll(turned, (-turn[0], -turn[1]), (0, 1))
    assert np.abs(made - expected).max() < 0.06, "of equally near ones another may be taken"
    assert np.array_equal(made[~hole], waves()[~hole]) and np.array_equal(places >= 0, hole)
    assert np.array_equal(made[hole], waves().reshape(-1, 3)[places[hole]])
    assert not hole.reshape(-1)[places[hole]].any()


@pytest.mark.parametrize("bars", ["across", "down", "cross"])
def test_a_hole_all_around_has_no_edge_either(bars: str) -> None:
    hole = np.zeros(SIZE[::-1], np.bool_)
    if bars != "down":
        hole[[0, 1, 2, 41, 42, 43]] = True
    if bars != "across":
        hole[:, [0, 1, 2, 57, 58, 59]] = True
    made, places, copier = run(hole)
    assert len(copier.holes) >= 2, "what lies along the cut is filled once more"
    again = copier.holes[1]
    assert again.any() and again.sum() < 0.5 * hole.sum()
    assert not again[[0, -1]].any() and not again[:, [0, -1]].any()
    assert np.array_equal(made[~hole], waves()[~hole])
    assert np.array_equal(places >= 0, hole) and not hole.reshape(-1)[places[hole]].any()
    assert np.array_equal(made[hole], waves().reshape(-1, 3)[places[hole]])


def test_what_may_be_used_turns_with_the_picture() -> None:
    source = np.zeros(SIZE[::-1], np.float32)
    source[:, 45:55] = 1
    hole = blob(0, 0, 6)
    made, places, _ = run(hole, source)
    assert (source.reshape(-1)[places[hole]] == 1).all()
    assert np.array_equal(made[hole], waves().reshape(-1, 3)[places[hole]])


def test_everything_and_all_but_a_spot_end() -> None:
    hole = np.ones(SIZE[::-1], np.bool_)
    hole[20:23, 30:33] = False
    made, places, _ = run(hole)
    assert np.array_equal(places >= 0, hole) and np.isfinite(made).all()

    def nothing(picture: Floats, mask: Floats, source: Floats | None) -> Iterator[Frame]:
        raise ValueError("the hole covers everything")
        yield

    with pytest.raises(ValueError, match="everything"):
        list(filled_around(Context(), waves(), np.ones(SIZE[::-1], np.float32), None, 3, nothing))


def test_only_what_lies_near_an_edge_is_turned() -> None:
    hole: Any = np.zeros(SIZE[::-1], np.bool_)
    hole[10:20, 10:20] = True
    assert not reaches_over(hole, 10) and reaches_over(hole, 11)
