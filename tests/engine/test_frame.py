"""Origins: how those of the frames become that of the result."""

from __future__ import annotations

import numpy as np
import pytest

from engine.frame import NOWHERE, From, Origin, Trace
from engine.region import Rect

SAMPLE = From("sample")
WHOLE = Rect(0, 0, 100, 50)
NONE: frozenset[str] = frozenset()


def origin(rows: list[list[int]], source: From = SAMPLE) -> Origin:
    return Origin(np.array(rows, np.int32), (source,))


def test_frames_lie_over_one_another() -> None:
    trace = Trace((3, 2))
    trace.add(Rect(0, 0, 3, 2), origin([[1, 2, 3], [4, 5, 6]]))
    trace.add(Rect(1, 0, 2, 1), origin([[70, 80]]))
    found = trace.origin({SAMPLE: (10, 10)}, WHOLE, NONE)
    assert found is not None and found.places.tolist() == [[1, 70, 80], [4, 5, 6]]
    assert found.sources == (From("sample", 0, (10, 10)),) and found.exact


def test_a_large_one_looks_whether_to_stop_before_it_has_room() -> None:
    looks: list[int] = []
    trace = Trace((3, 1000), lambda: looks.append(1))
    trace.add(Rect(0, 0, 3, 1), origin([[1, 2, 3]]))
    assert len(looks) > 10
    made = trace.origin({SAMPLE: (4, 4)}, WHOLE, NONE)
    assert made is not None and (made.places[1:] == NOWHERE).all() and made.places[0].tolist() == [1, 2, 3]


def test_a_frame_without_an_origin_makes_its_place_unknown() -> None:
    trace = Trace((3, 1))
    trace.add(Rect(0, 0, 3, 1), None)
    assert trace.origin({SAMPLE: (10, 10)}, WHOLE, NONE) is None
    trace.add(Rect(0, 0, 3, 1), origin([[1, 2, 3]]))
    trace.add(Rect(1, 0, 1, 1), None)
    found = trace.origin({SAMPLE: (10, 10)}, WHOLE, NONE)
    assert found is not None and found.places.tolist() == [[1, NOWHERE, 3]]


def test_only_what_counts_is_kept() -> None:
    trace = Trace((3, 1))
    trace.add(Rect(0, 0, 3, 1), origin([[1, 2, 3]]), np.array([[True, False, True]]))
    found = trace.origin({SAMPLE: (10, 10)}, WHOLE, NONE)
    assert found is not None and found.places.tolist() == [[1, NOWHERE, 3]]
    assert found.known.tolist() == [[True, False, True]]


def test_places_of_a_window_become_places_of_the_picture() -> None:
    picture = From("picture")
    trace = Trace((4, 3))
    # In a window 4 px wide whose corner is at (7, 5) of a picture 20 px wide.
    trace.add(Rect(0, 0, 2, 1), origin([[0, 6]], picture))
    found = trace.origin({picture: (20, 30)}, Rect(7, 5, 4, 3), frozenset({"picture"}))
    assert found is not None and found.places[0].tolist() == [5 * 20 + 7, 6 * 20 + 9, NOWHERE, NOWHERE]


def test_only_the_window_s_own_role_is_moved() -> None:
    both = (From("picture"), SAMPLE)
    trace = Trace((2, 1))
    which = np.array([[0, 1]], np.uint8)
    trace.add(Rect(0, 0, 2, 1), Origin(np.array([[1, 1]], np.int32), both, which))
    sizes = {From("picture"): (20, 30), SAMPLE: (9, 9)}
    found = trace.origin(sizes, Rect(7, 5, 4, 3), frozenset({"picture"}))
    assert found is not None and found.places.tolist() == [[5 * 20 + 8, 1]]
    assert found.which is not None and found.which.tolist() == [[0, 1]]


def test_a_place_outside_its_picture_is_a_bug() -> None:
    trace = Trace((1, 1))
    trace.add(Rect(0, 0, 1, 1), origin([[100]]))
    with pytest.raises(ValueError, match="outside sample"):
        trace.origin({SAMPLE: (10, 10)}, WHOLE, NONE)


def test_frames_agree_on_their_sources_and_sizes() -> None:
    trace = Trace((2, 1))
    with pytest.raises(ValueError, match="for Rect"):
        trace.add(Rect(0, 0, 1, 1), origin([[1, 2]]))
    trace.add(Rect(0, 0, 1, 1), origin([[1]]))
    with pytest.raises(ValueError, match="sources"):
        trace.add(Rect(1, 0, 1, 1), origin([[1]], From("picture")))
    with pytest.raises(ValueError, match="which"):
        Origin(np.zeros((1, 1), np.int32), (SAMPLE, From("picture")))
    with pytest.raises(ValueError, match="said of them"):
        Origin(np.zeros((1, 1), np.int32), (SAMPLE,), confidence=np.zeros((2, 1), np.float32))


def test_one_blended_frame_makes_the_whole_blended() -> None:
    trace = Trace((2, 1))
    trace.add(Rect(0, 0, 1, 1), Origin(np.zeros((1, 1), np.int32), (SAMPLE,), exact=False))
    trace.add(Rect(1, 0, 1, 1), Origin(np.zeros((1, 1), np.int32), (SAMPLE,), confidence=np.full((1, 1), 0.25, "f4")))
    found = trace.origin({SAMPLE: (10, 10)}, WHOLE, NONE)
    assert found is not None and not found.exact
    assert found.confidence is not None and found.confidence.tolist() == [[1.0, 0.25]]
    part = found.cropped(Rect(1, 0, 1, 1))
    assert part.places.tolist() == [[0]] and part.confidence is not None and part.confidence.tolist() == [[0.25]]


def test_what_would_not_fit_is_not_told() -> None:
    trace = Trace((1, 1))
    trace.add(Rect(0, 0, 1, 1), origin([[1]]))
    assert trace.origin({SAMPLE: (60_000, 60_000)}, WHOLE, NONE) is None
