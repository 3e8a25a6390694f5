from __future__ import annotations

import time

import numpy as np
import pytest
import qimage2ndarray
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from desktop.canvas.label_tint import LabelTint
from desktop.canvas.pending_tint import PendingTint
from desktop.document import Box, Document, Palette
from engine.image import Image
from engine.region import Rect

PALETTE = Palette().added("a", (200, 0, 0)).added("b", (0, 200, 0)).added("c", (0, 0, 200))
SIZE = (700, 530)


def document(size: tuple[int, int] = SIZE) -> Document:
    made = Document(Image(np.zeros((size[1], size[0], 3), np.uint8)))
    made.exchanged({"palette": PALETTE})
    return made


def put(target: Document, rect: Rect, number: int) -> None:
    with target.edit("x") as edit:
        edit.label(target.labels, Box(rect), number)


def shown(tint: LabelTint, level: int = 0) -> np.ndarray:
    """All tiles of a level as one picture, premultiplied blue, green, red, alpha."""
    width, height = tint.mask.size
    step = 1 << level
    out = np.zeros((-(-height // step), -(-width // step), 4), np.uint8)
    for row in range(-(-height // (256 * step))):
        for column in range(-(-width // (256 * step))):
            image, known = tint.tile((level, column, row), time.perf_counter() + 9)
            assert known
            if image is not None:
                view = pixels(image)
                out[row * 256 : row * 256 + view.shape[0], column * 256 : column * 256 + view.shape[1]] = view
    return out


def pixels(image: QImage) -> np.ndarray:
    return np.array(qimage2ndarray.byte_view(image, byteorder="little"))


def test_areas_are_flat_and_rims_stand_out() -> None:
    target = document()
    put(target, Rect(100, 100, 300, 200), 1)
    tint = LabelTint(target.labels, PALETTE, 0.4)
    view = shown(tint)
    assert view[200, 250].tolist() == [0, 0, 80, 102], "inside: red at 0.4, premultiplied"
    rim = view[100, 100:400]
    assert (rim == rim[0]).all() and rim[0, 3] == round(0.85 * 255), "a rim, one pixel wide and crisp"
    assert not view[:100].any() and not view[:, :100].any(), "nothing where there is no label"
    # Neighbours beyond a tile's edge count too: no rim where a tile begins.
    assert (view[200, 101:399] == view[200, 250]).all()


def test_zero_opacity_shows_nothing_and_a_look_is_a_new_start() -> None:
    target = document()
    put(target, Rect(0, 0, 300, 200), 2)
    tint = LabelTint(target.labels, PALETTE, 0.0)
    assert not shown(tint).any()
    tint.look(PALETTE.changed(2, colour=(10, 20, 30)), 1.0)
    assert shown(tint)[50, 50].tolist() == [30, 20, 10, 255]


@pytest.mark.parametrize("level", [1, 2])
def test_labels_are_never_mixed(level: int) -> None:
    target = document()
    rng = np.random.default_rng(3)
    with target.edit("x") as edit:
        edit.put(target.labels, target.rect, rng.integers(1, 4, (SIZE[1], SIZE[0]), np.uint8))
    view = shown(LabelTint(target.labels, PALETTE, 1.0), level)
    colours = np.unique(view.reshape(-1, 4), axis=0)
    assert {tuple(colour) for colour in colours} == {(0, 0, 200, 255), (0, 200, 0, 255), (200, 0, 0, 255)}


rects = st.builds(Rect, st.integers(-20, 690), st.integers(-20, 520), st.integers(1, 300), st.integers(1, 300))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(rects, st.integers(0, 3)), min_size=1, max_size=5), st.integers(0, 2))
def test_what_a_stroke_changed_is_what_a_new_layer_shows(strokes: list[tuple[Rect, int]], level: int) -> None:
    target = document()
    tints = [
        LabelTint(target.labels, PALETTE, 0.5),
        PendingTint(target.labels, target.painted, PALETTE),
    ]
    for tint in tints:
        shown(tint, level)
    put(target, Rect(10, 10, 600, 400), 1)
    with target.edit("done") as edit:
        edit.match(target.painted, target.labels)
    target.watch(lambda what, rect: [tint.change(rect, level) for tint in tints])  # type: ignore[arg-type]
    for tint in tints:
        tint.look(PALETTE, 0.5)
        shown(tint, level)
    for rect, number in strokes:
        put(target, rect, number)
        for tint in tints:
            shown(tint, level)
    fresh = LabelTint(target.labels, PALETTE, 0.5)
    assert (shown(tints[0], level) == shown(fresh, level)).all()
    waiting = PendingTint(target.labels, target.painted, PALETTE)
    waiting.look(PALETTE, 0.5)
    assert (shown(tints[1], level) == shown(waiting, level)).all()


def test_only_what_waits_is_pending() -> None:
    target = document()
    put(target, Rect(0, 0, 700, 530), 1)
    with target.edit("done") as edit:
        edit.match(target.painted, target.labels)
    tint = PendingTint(target.labels, target.painted, PALETTE)
    assert not shown(tint).any()
    put(target, Rect(300, 200, 50, 40), 3)
    put(target, Rect(10, 10, 20, 20), 1)
    tint.look(PALETTE, 1.0)
    seen = shown(tint)[..., 3] > 0
    expected = np.zeros((530, 700), bool)
    expected[200:240, 300:350] = True
    assert (seen == expected).all()
    target_now = target.labels.copy()
    tint.compare(target_now)
    assert not shown(tint).any(), "the preview shows it already"
