"""How a tile is cut up and closed."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.context import Context
from engine.kernels.bending import Bend, fitted, inner
from engine.kernels.lattice import Lattice
from engine.kernels.start import shrunk
from engine.kernels.tiling import Closing, Layout
from engine.region import Rect


def layout_of(width: int, height: int, sample: int, band: int) -> Layout:
    overlap = max(1, band // 3)
    kept = Rect(
        0,
        0,
        max(2 * overlap, min(width, sample) - band + 2 * overlap),
        max(2 * overlap, min(height, sample) - band + 2 * overlap),
    )
    kept = kept.moved((min(width, sample) - kept.w) // 2, (min(height, sample) - kept.h) // 2)
    return Layout.of((width, height), kept, (0, 0), overlap, max(2 * overlap + 1, band))


@settings(deadline=None, max_examples=40)
@given(st.integers(24, 90), st.integers(24, 90), st.integers(24, 60), st.integers(6, 20))
def test_pieces_and_what_stays_cover_the_torus_and_overlap_what_is_there(
    width: int, height: int, sample: int, band: int
) -> None:
    layout = layout_of(width, height, sample, band)
    there = np.zeros((height, width), bool)
    there[layout.kept.slices] = True
    for block in layout.blocks():
        y, x, h, w, top, bottom, left, right = block[0, :8]
        assert 0 < h <= height and 0 < w <= width
        rows, columns = np.arange(y, y + h) % height, np.arange(x, x + w) % width
        # Whatever a piece is matched to must have been there before it.
        assert there[np.ix_(rows[:top], columns)].all() and there[np.ix_(rows[h - bottom :], columns)].all()
        assert there[np.ix_(rows, columns[:left])].all() and there[np.ix_(rows, columns[w - right :])].all()
        there[np.ix_(rows, columns)] = True
    assert there.all()


def test_the_same_pieces_at_a_smaller_size() -> None:
    layout = layout_of(96, 80, 64, 16)
    small = layout.scaled(2)
    assert small.size == (48, 40) and len(small.blocks()) == len(layout.blocks())
    for one, other in zip(layout.blocks(), small.blocks(), strict=True):
        assert np.array_equal(one[0, 8:], other[0, 8:]) and np.abs(one[0, :4] - 2 * other[0, :4]).max() <= 4


def test_a_periodic_picture_closes_without_a_trace() -> None:
    """A sample that is no whole number of periods: pieces in step with its lattice make the very same pattern."""
    y, x = np.mgrid[:70, :70]
    cell = np.random.default_rng(0).random((10, 14, 3)).astype(np.float32)
    picture = cell[y % 10, x % 14]
    sheet = shrunk(picture, np.ones((70, 70), bool), 1)
    kept = Rect(8, 8, 40, 44)
    layout = Layout.of((56, 60), kept, (0, 0), 6, 18)
    closing = Closing(Context(seed=3, threads=1), sheet, layout, 0.0, 0.0, Lattice((10, 0), (0, 14), 1.0))
    for _ in closing:
        pass
    made = picture.reshape(-1, 3)[closing.quilt]
    assert np.array_equal(made, picture[:60, :56])
    y, x = np.mgrid[8:52, 8:48]
    assert np.array_equal(closing.quilt[14:46, 14:42], (y * 70 + x)[6:38, 6:34])


def test_the_picture_lies_where_it_should_and_nowhere_else() -> None:
    sheet = shrunk(np.random.default_rng(1).random((20, 24, 1)).astype(np.float32), np.ones((20, 24), bool), 1)
    layout = Layout((40, 30), Rect(4, 3, 16, 14), (0, 0), 2, (1, 1, 1, 2))
    places = layout.identity(sheet)
    y, x = np.mgrid[:30, :40]
    inside = (y < 20) & (x < 24)
    assert np.array_equal(places[inside], (y * 24 + x)[inside])
    assert (places[~inside] == -1).all()


def test_a_bent_picture_holds_whole_repeats() -> None:
    lattice = Lattice((9.7, 0.4), (-0.3, 15.2), 0.9)
    bend, closed = fitted(lattice, (100, 120), (120, 100))
    assert bend is not None and closed is not None
    around = np.linalg.solve(np.array([closed.first, closed.second]).T, np.diag([100.0, 120.0])).T
    assert np.allclose(around, np.rint(around), atol=1e-9)
    # A step of the bent lattice leads to a step of the picture's own.
    y, x = bend.places()
    assert np.allclose([y[60, 50] - y[50, 50], x[60, 50] - x[50, 50]], 10 * bend.matrix[0])
    assert np.allclose(np.array(closed.first) @ bend.matrix, lattice.first)


def test_what_would_be_bent_too_far_is_left_alone() -> None:
    assert fitted(Lattice((30, 0), (0, 30), 0.9), (40, 40), (40, 40)) == (None, None)
    assert fitted(None, (40, 40), (40, 40)) == (None, None)
    bend, closed = fitted(Lattice((10.002, 0), (0, 8), 0.9), (40, 40), (40, 40))
    assert bend is None and closed is not None and np.allclose(closed.first, (10, 0))


def test_bent_places_lead_back_to_the_picture() -> None:
    bend = Bend(np.array([[1.05, 0.0], [0.0, 0.96]]), (41, 61))
    y, x = bend.places()
    assert y[20, 30] == 20 and x[20, 30] == 30 and np.isclose(y[40, 0], 20 + 21) and np.isclose(x[0, 60], 30 + 28.8)
    assert not bend.reached()[0, 30] and bend.reached()[20, 0]
    assert bend.back(np.array([[30 * 61 + 40]], np.int32))[0, 0] == round(20 + 10.5) * 61 + round(30 + 9.6)
    rect = inner(bend.reached())
    assert bend.reached()[rect.slices].all() and rect.h >= 37
