"""Edits, undo and what observers are told, against a twin that keeps whole arrays."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.document import Bitmap, Box, Capsule, Document
from desktop.document.edit import Edit
from engine.image import Image
from engine.region import Rect

WIDTH, HEIGHT = 600, 530  # three by three tiles, the last ones cut


def blank(width: int = WIDTH, height: int = HEIGHT, channels: int = 3) -> Document:
    return Document(Image(np.zeros((height, width, channels), np.uint8)))


def noisy(width: int = WIDTH, height: int = HEIGHT, kind: Any = np.uint8) -> Document:
    rng = np.random.default_rng(5)
    if kind is np.float32:
        return Document(Image(rng.random((height, width, 3), np.float32)))
    return Document(Image(rng.integers(0, np.iinfo(kind).max, (height, width, 3), kind, endpoint=True)))


def over(document: Document, stamp) -> np.ndarray:
    """A stamp's values on the whole picture."""
    whole = np.zeros((document.size[1], document.size[0]), np.uint8)
    part = stamp.rect.clipped(document.rect)
    if not part.empty:
        whole[part.slices] = stamp.alpha(part)
    return whole


class Twin:
    """What an edit of one mask means, on whole arrays in floating point."""

    def __init__(self, mask: np.ndarray) -> None:
        self.mask = mask.copy()

    def stroke(self, alphas: list[np.ndarray], strength: float, erasing: bool) -> None:
        if not alphas:
            return
        cover = np.max([np.floor(alpha * strength + 0.5) for alpha in alphas], axis=0)
        left = 255 - cover
        kept = self.mask if erasing else 255.0 - self.mask
        faded = np.floor((kept * left + 127) / 255)
        self.mask = (faded if erasing else 255 - faded).astype(np.uint8)


points = st.tuples(st.floats(-50, WIDTH + 50), st.floats(-50, HEIGHT + 50))
capsules = st.builds(Capsule, points, points, st.floats(1, 150), hardness=st.floats(0, 1))
boxes = st.builds(
    lambda x, y, w, h: Box(Rect(x, y, w, h)),
    st.integers(-50, WIDTH), st.integers(-50, HEIGHT), st.integers(1, WIDTH + 99), st.integers(1, HEIGHT + 99),
)  # fmt: skip
strokes = st.tuples(
    st.lists(st.one_of(capsules, boxes), min_size=1, max_size=4),
    st.sampled_from([1.0, 0.5, 0.05]),
    st.booleans(),
)


@given(st.lists(strokes, min_size=1, max_size=4))
def test_strokes_undo_and_redo_are_what_the_twin_says(done):
    document = blank()
    twin = Twin(document.hole.array())
    states = [document.hole.array()]
    told: list[Rect] = []
    document.watch(lambda what, rect: told.append(rect) if what == "hole" else None)
    for stamps, strength, erasing in done:
        told.clear()
        with document.edit("stroke") as edit:
            for stamp in stamps:
                (edit.erase if erasing else edit.cover)(document.hole, stamp, strength)
        twin.stroke([over(document, stamp) for stamp in stamps], strength, erasing)
        now = document.hole.array()
        assert np.abs(now.astype(int) - twin.mask).max() <= 1  # a stamp's rounding depends on the tile it starts from
        twin.mask = now
        untold = now != states[-1]
        for rect in told:
            untold[rect.slices] = False
        assert not untold.any(), "something changed that nobody was told of"
        if (now != states[-1]).any():
            states.append(now)
    count = document.history.position
    for k in range(count - 1, -1, -1):
        assert document.undo() is not None
        if count == len(states) - 1:
            assert (document.hole.array() == states[k]).all()
    assert document.hole.empty and document.undo() is None
    while document.redo():
        pass
    assert (document.hole.array() == states[-1]).all()


def test_a_stroke_that_crosses_itself_stays_at_its_strength_and_a_second_one_adds():
    document = blank()
    stamp = Box(Rect(10, 10, 20, 20))
    with document.edit("stroke") as edit:
        edit.cover(document.hole, stamp, 0.5)
        edit.cover(document.hole, stamp, 0.5)
    assert document.hole.array()[15, 15] == 128
    with document.edit("stroke") as edit:
        edit.cover(document.hole, stamp, 0.5)
    assert document.hole.array()[15, 15] == 192
    with document.edit("stroke") as edit:
        edit.erase(document.hole, stamp, 0.5)
    assert abs(int(document.hole.array()[15, 15]) - 96) <= 1


def test_covering_and_erasing_within_one_edit():
    document = blank()
    with document.edit("both") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, 300, 300)))
        edit.erase(document.hole, Box(Rect(100, 100, 100, 100)))
        edit.cover(document.hole, Box(Rect(150, 150, 10, 10)))
        edit.cover(document.source, Box(Rect(0, 0, 10, 10)))
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[:300, :300] = 255
    expected[100:200, 100:200] = 0
    expected[150:160, 150:160] = 255
    assert (document.hole.array() == expected).all()
    assert document.source.bounds == Rect(0, 0, 10, 10)
    assert document.history.position == 1
    document.undo()
    assert document.hole.empty and document.source.empty


@pytest.mark.parametrize("act", ["fill", "clear", "invert"])
def test_whole_masks(act):
    document = blank()
    rng = np.random.default_rng(1)
    start = rng.integers(0, 256, (HEIGHT, WIDTH), np.uint8)
    with document.edit("noise") as edit:
        edit.put(document.hole, document.rect, start)
    assert (document.hole.array() == start).all()
    with document.edit(act) as edit:
        getattr(edit, act)(document.hole)
    expected = {"fill": np.full_like(start, 255), "clear": np.zeros_like(start), "invert": 255 - start}[act]
    assert (document.hole.array() == expected).all()
    document.undo()
    assert (document.hole.array() == start).all()
    document.undo()
    assert document.hole.empty
    document.redo()
    document.redo()
    assert (document.hole.array() == expected).all()


def test_bounds_are_exact_also_at_the_picture_edge():
    document = blank()
    with document.edit("invert") as edit:
        edit.invert(document.hole)
    assert document.hole.bounds == document.rect
    with document.edit("dots") as edit:
        edit.clear(document.hole)
        edit.put(document.hole, Rect(3, 300, 1, 1), np.full((1, 1), 7, np.uint8))
        edit.put(document.hole, Rect(WIDTH - 1, HEIGHT - 1, 1, 1), np.full((1, 1), 9, np.uint8))
    assert document.hole.bounds == Rect(3, 300, WIDTH - 3, HEIGHT - 300)
    assert document.hole.crop(Rect(WIDTH - 2, HEIGHT - 2, 2, 2)).tolist() == [[0, 0], [0, 9]]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_an_error_takes_everything_back(error):
    document = noisy()
    before = document.picture.pixels.copy()
    with document.edit("first") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, 50, 50)))
    mask = document.hole.array()
    told: list[str] = []
    document.watch(lambda what, rect: told.append(what))
    with pytest.raises(error):
        with document.edit("second") as edit:
            edit.erase(document.hole, Box(Rect(0, 0, 20, 20)))
            edit.replace(Rect(5, 5, 30, 30), np.zeros((30, 30, 3), np.uint8))
            edit.pick(Rect(0, 0, 9, 9))
            edit.crop(Rect(10, 10, 100, 100))
            edit.cover(document.hole, Box(Rect(0, 0, 99, 99)))
            raise error
    assert document.size == (WIDTH, HEIGHT) and document.sample is None
    assert (document.picture.pixels == before).all()
    assert (document.hole.array() == mask).all()
    assert [step.title for step in document.history] == ["first"]
    assert not document.editing and "history" not in told


def test_a_closed_gesture_leaves_nothing():
    document = blank()

    def gesture():
        with document.edit("stroke") as edit:
            edit.cover(document.hole, Box(Rect(0, 0, 50, 50)))
            yield
            raise AssertionError("went on after Escape")

    running = gesture()
    next(running)
    assert not document.hole.empty
    running.close()
    assert document.hole.empty and document.history.position == 0 and not document.editing


def test_edits_cannot_be_nested_and_undo_waits_for_them():
    document = blank()
    with document.edit("first") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, 5, 5)))
    with document.edit("outer") as edit:
        edit.cover(document.hole, Box(Rect(9, 9, 5, 5)))
        assert document.undo() is None and document.redo() is None
        with pytest.raises(RuntimeError, match="outer"):
            document.edit("inner").__enter__()
    assert [step.title for step in document.history] == ["first", "outer"]


def test_an_edit_without_change_is_no_step():
    document = noisy()
    with document.edit("nothing") as edit:
        edit.erase(document.hole, Box(Rect(0, 0, 50, 50)))
        edit.replace(Rect(0, 0, 9, 9), np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), bool))
    assert document.history.position == 0 and not document.modified


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_a_result_changes_what_it_should_and_no_other_bit(kind):
    document = noisy(kind=kind)
    before = document.picture.pixels.copy()
    rect = Rect(200, 230, 150, 90)
    rng = np.random.default_rng(2)
    new = rng.random((90, 150, 3), np.float32) if kind is np.float32 else rng.integers(0, 99, (90, 150, 3)).astype(kind)
    where = rng.random((90, 150)) < 0.3
    with document.edit("result", {"operation": "fill"}) as edit:
        edit.replace(rect, new, where)
    expected = before.copy()
    expected[rect.slices][where] = new[where]
    assert document.picture.pixels.tobytes() == expected.tobytes()
    assert document.history.undoable is not None and document.history.undoable.recipe == {"operation": "fill"}
    document.undo()
    assert document.picture.pixels.tobytes() == before.tobytes()
    document.redo()
    assert document.picture.pixels.tobytes() == expected.tobytes()


def test_pixels_that_do_not_fit_are_refused():
    document = noisy()
    for rect, pixels in (
        (Rect(0, 0, 5, 5), np.zeros((5, 5, 3), np.float32)),
        (Rect(0, 0, 5, 5), np.zeros((5, 6, 3), np.uint8)),
        (Rect(0, 0, 5, 5), np.zeros((5, 5, 4), np.uint8)),
        (Rect(-1, 0, 5, 5), np.zeros((5, 5, 3), np.uint8)),
    ):
        with pytest.raises(ValueError, match="fit"), document.edit("wrong") as edit:
            edit.replace(rect, pixels)
    assert document.history.position == 0


def test_a_picture_handed_out_never_changes_and_a_lonely_one_changes_in_place():
    document = noisy()
    place = document.picture.pixels.ctypes.data

    def change(value: int) -> None:
        with document.edit("result") as edit:
            edit.replace(Rect(9, 9, 300, 300), np.full((300, 300, 3), value, np.uint8))

    change(1)
    first = document.picture.pixels.ctypes.data
    assert first == place, "nobody else had it, but it was copied"
    held = document.picture
    change(2)
    assert held.pixels[10, 10, 0] == 1 and document.picture.pixels[10, 10, 0] == 2
    part = document.picture.pixels[5:20, 5:20]
    change(3)
    assert part[8, 8, 0] == 2
    document.undo()
    assert part[8, 8, 0] == 2 and document.picture.pixels[10, 10, 0] == 2
    snapshot = document.snapshot()
    document.redo()
    assert snapshot.picture.pixels[10, 10, 0] == 2 and document.picture.pixels[10, 10, 0] == 3
    assert not document.picture.pixels.flags.writeable
    del held, part, snapshot
    place = document.picture.pixels.ctypes.data
    change(4)
    assert document.picture.pixels.ctypes.data == place


def test_a_snapshot_keeps_the_masks_of_its_moment():
    document = blank()
    with document.edit("stroke") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, 50, 50)))
        snapshot = document.snapshot()
        edit.cover(document.hole, Box(Rect(0, 0, 90, 90)))
    assert snapshot.masks["hole"].bounds == Rect(0, 0, 50, 50)
    assert set(snapshot.masks) == {"hole"}
    assert document.hole.bounds == Rect(0, 0, 90, 90)
    document.undo()
    assert document.hole.empty and not snapshot.masks["hole"].empty


def test_snapshots_from_another_thread_are_of_one_moment():
    document = Document(Image(np.zeros((300, 400, 3), np.uint8)))
    torn: list[str] = []
    taken: list[int] = []
    done = threading.Event()

    def keep_saving() -> None:
        while not done.is_set():
            snapshot = document.snapshot()
            pixels = snapshot.picture.pixels
            if pixels[:290].min() != pixels[:290].max():
                torn.append("picture")
            mask = snapshot.masks.get("hole")
            if mask is not None and (mask.array() != mask.array()).any():
                torn.append("mask")
            taken.append(1)

    saver = threading.Thread(target=keep_saving)
    saver.start()
    try:
        for value in range(1, 120):
            with document.edit("result") as edit:
                edit.replace(Rect(0, 0, 400, 290), np.full((290, 400, 3), value, np.uint8))
            with document.edit("stroke") as edit:
                edit.cover(document.hole, Capsule((value, 10), (value * 2, 200), 5))
            if value % 3 == 0:
                document.undo()
    finally:
        done.set()
        saver.join()
    assert not torn and len(taken) > 3


def test_crop_moves_masks_and_sample_and_is_one_step():
    document = noisy()
    before = document.picture.pixels.copy()
    with document.edit("mask") as edit:
        edit.cover(document.hole, Box(Rect(90, 80, 400, 400)))
        edit.pick(Rect(50, 50, 100, 100))
    with document.edit("crop") as edit:
        edit.crop(Rect(100, 100, 280, 300))
        edit.cover(document.hole, Box(Rect(0, 0, 1, 1)))
    assert document.size == (280, 300)
    assert (document.picture.pixels == before[100:400, 100:380]).all()
    assert document.hole.bounds == document.rect
    assert document.sample == Rect(0, 0, 50, 50)
    document.undo()
    assert document.size == (WIDTH, HEIGHT) and document.sample == Rect(50, 50, 100, 100)
    assert document.hole.bounds == Rect(90, 80, 400, 400)
    document.undo()
    assert document.hole.empty and document.sample is None
    document.redo()
    document.redo()
    assert document.size == (280, 300) and document.hole.bounds == document.rect
    with pytest.raises(ValueError, match="nothing"), document.edit("crop") as edit:
        edit.crop(Rect(1000, 0, 5, 5))


def test_another_picture_drops_masks_of_another_size_only():
    document = noisy()
    with document.edit("mask") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, 9, 9)))
    with document.edit("result") as edit:
        edit.change_picture(Image(np.zeros((HEIGHT, WIDTH, 4), np.uint8)))
    assert not document.hole.empty and document.picture.channels == 4
    with document.edit("result") as edit:
        edit.change_picture(Image(np.zeros((20, 30, 1), np.uint16)))
    assert document.size == (30, 20) and document.hole.empty and document.hole.size == (30, 20)
    document.undo()
    document.undo()
    assert document.picture.channels == 3 and not document.hole.empty


def test_the_sample_is_a_picture_of_its_own():
    document = noisy()
    assert document.sample_image() is None
    with document.edit("sample") as edit:
        edit.pick(Rect(590, 500, 50, 50))
    assert document.sample == Rect(590, 500, 10, 30)
    image = document.sample_image()
    assert image is not None and (image.pixels == document.picture.pixels[500:530, 590:600]).all()
    other = Image(np.zeros((5, 5, 3), np.uint8))
    with document.edit("sample") as edit:
        edit.pick(other)
    assert document.sample_image() is other
    document.undo()
    assert document.sample == Rect(590, 500, 10, 30)


def test_edit_is_what_document_gives():
    document = blank()
    assert isinstance(document.edit("x"), Edit)
    with document.edit("values") as edit:
        edit.cover(document.hole, Bitmap(Rect(1, 1, 2, 1), np.array([[10, 20]], np.uint8)))
    assert document.hole.crop(Rect(0, 1, 4, 1)).tolist() == [[0, 10, 20, 0]]
