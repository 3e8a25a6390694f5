"""A document that is a tile: what leaves on one side comes in on the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.document import Box, Capsule, Document
from desktop.document.stamps import wrapped
from engine.image import Image
from engine.region import Rect


def document(width: int = 60, height: int = 40) -> Document:
    made = Document(Image(np.zeros((height, width, 3), np.uint8)))
    made.wraps = True
    return made


def rolled(stamp: Box | Capsule, width: int, height: int) -> np.ndarray:
    """What a stamp leaves on a torus, pixel by pixel: the strongest where it meets itself."""
    rect = stamp.rect
    values = stamp.alpha(rect)
    out = np.zeros((height, width), np.uint8)
    for y in range(rect.h):
        for x in range(rect.w):
            place = (rect.y + y) % height, (rect.x + x) % width
            out[place] = max(out[place], values[y, x])
    return out


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.floats(-70, 130), st.floats(-50, 90)),
    st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
    st.floats(1, 15),
)
def test_a_stroke_lies_as_it_would_on_a_torus(start: tuple[float, float], way: tuple[float, float], r: float) -> None:
    stamp = Capsule(start, (start[0] + way[0], start[1] + way[1]), r)
    target = document()
    with target.edit("Brush") as edit:
        edit.cover(target.hole, stamp)
    assert np.array_equal(target.hole.array(), rolled(stamp, 60, 40))


def test_erasing_and_labels_wrap_too() -> None:
    target = document()
    with target.edit("All") as edit:
        edit.fill(target.hole)
    with target.edit("Erase") as edit:
        edit.erase(target.hole, Box(Rect(55, 35, 10, 10)))
    left = target.hole.array() == 0
    wanted = np.zeros((40, 60), np.bool_)
    wanted[np.ix_([35, 36, 37, 38, 39, 0, 1, 2, 3, 4], [55, 56, 57, 58, 59, 0, 1, 2, 3, 4])] = True
    assert np.array_equal(left, wanted)
    with target.edit("Label") as edit:
        edit.label(target.labels, Box(Rect(-5, -5, 10, 10)), 3)
    assert np.array_equal(target.labels.array() == 3, wanted)
    target.undo()
    assert not target.labels.array().any()


def test_without_wrapping_a_stroke_stops_at_the_edge() -> None:
    target = document()
    target.wraps = False
    with target.edit("Brush") as edit:
        edit.cover(target.hole, Box(Rect(55, 10, 10, 5)))
    assert target.hole.bounds == Rect(55, 10, 5, 5)
    assert target.pixel(-1, 5) is None and target.pixel(59.9, 39.9) == (59, 39)


def test_points_outside_are_points_of_the_tile() -> None:
    target = document()
    assert target.pixel(-0.5, 40.2) == (59, 0) and target.pixel(130, -41) == (10, 39)


@pytest.mark.parametrize("rect", [Rect(-130, -90, 300, 200), Rect(10, 5, 20, 10), Rect(0, 0, 60, 40)])
def test_every_pixel_of_a_stamp_falls_somewhere_once(rect: Rect) -> None:
    placed = list(wrapped(Box(rect), (60, 40)))
    inside = sum(part.rect.clipped(Rect(0, 0, 60, 40)).area for part in placed)
    assert inside == rect.area
    assert len({part.rect for part in placed}) == len(placed)
    assert list(wrapped(Box(Rect(5, 5, 0, 3)), (60, 40))) == []
