from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.document import LABELS, Box, Capsule, Document, Label, LabelMap, Motif, Palette, project_file
from desktop.document.label_map import COLOURS, MOST
from engine.errors import Unusable
from engine.image import Image
from engine.region import Rect

SIZE = (600, 300)


def document(size: tuple[int, int] = SIZE) -> Document:
    return Document(Image(np.zeros((size[1], size[0], 3), np.uint8)), title="test")


def motif(side: int = 20) -> Motif:
    labels = np.ones((side, side), np.uint8)
    labels[side // 2 :] = 3
    pixels = np.arange(side * side * 3, dtype=np.uint16).reshape(side, side, 3)
    return Motif(Image(pixels, name="hill"), labels, "hill.png", "/tmp/hill.png")


# Palettes.


def test_a_palette_is_a_value() -> None:
    palette = Palette().added("sky").added()
    assert [(label.number, label.name) for label in palette] == [(1, "sky"), (2, "Label 2")]
    assert [label.colour for label in palette] == list(COLOURS[:2])
    assert palette.without(1).added().labels[-1].number == 1, "the lowest free number"
    changed = palette.changed(2, name="  sea ", colour=(1, 2, 3))
    assert changed.find(2) == Label(2, "sea", (1, 2, 3)) and palette.find(2) != changed.find(2)
    assert palette.changed(2, name="   ").find(2) == palette.find(2), "an empty name is none"
    assert palette.find(9) is None
    table = changed.colours()
    assert table[2].tolist() == [1, 2, 3] and table[1].tolist() == list(COLOURS[0]) and not table[3:].any()


def test_a_palette_has_255_places() -> None:
    palette = Palette()
    for _ in range(MOST):
        palette = palette.added()
    assert len({label.number for label in palette}) == MOST
    with pytest.raises(ValueError, match="255"):
        palette.added()


def test_a_palette_survives_json_and_junk_does_not() -> None:
    palette = Palette().added("sky", (1, 2, 3)).added("x" * 500)
    assert len(palette.labels[1].name) == 60
    assert Palette.from_json(json.loads(json.dumps(palette.as_json()))) == palette
    junk: list[Any] = [
        None,
        3,
        [],
        [0, "a", [1, 2, 3]],
        [256, "a", [1, 2, 3]],
        [True, "a", [1, 2, 3]],
        [1, 2, [1, 2, 3]],
    ]
    junk += [[1, "a", [1, 2]], [1, "a", [1, 2, 256]], [1, "a", [1, 2, -1]], [1, "a", [1, 2, 1.5]], [1, "a", "red"]]
    assert Palette.from_json(junk) == Palette.from_json("junk") == Palette.from_json(None) == Palette()


# The map.


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-40, 640), st.floats(-40, 340), st.floats(-40, 640), st.floats(-40, 340), st.floats(0.5, 90),
            st.integers(0, 4),
        ),
        min_size=1,
        max_size=6,
    )
)  # fmt: skip
def test_painting_is_what_it_would_be_pixel_by_pixel(
    strokes: list[tuple[float, float, float, float, float, int]],
) -> None:
    target = document()
    twin = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    told: list[Rect] = []
    target.watch(lambda what, rect: told.append(rect) if what == LABELS else None)
    ys, xs = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    for ax, ay, bx, by, radius, number in strokes:
        before = target.labels.array()
        told.clear()
        with target.edit("stroke") as edit:
            edit.label(target.labels, Capsule((ax, ay), (bx, by), radius), number)
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        t = np.clip(((xs - ax) * dx + (ys - ay) * dy) / length, 0, 1) if length > 1e-6 else np.zeros_like(xs)
        distance = np.hypot(xs - ax - t * dx, ys - ay - t * dy)
        twin[distance < radius - 0.01] = number
        unsure = np.abs(distance - radius) <= 0.01
        now = target.labels.array()
        assert (now == twin)[~unsure].all()
        twin = now.copy()
        covered = np.zeros(now.shape, bool)
        for rect in told:
            covered[rect.slices] = True
        assert covered[now != before].all(), "who watches is told of every change"
    while target.undo():
        pass
    assert not target.labels.array().any() and target.labels.empty


def test_counts_at_and_differing_agree_with_arrays() -> None:
    target = document()
    with target.edit("a") as edit:
        edit.label(target.labels, Box(Rect(0, 0, 600, 100)), 7)
        edit.label(target.labels, Box(Rect(200, 50, 300, 240)), 2)
    array = target.labels.array()
    assert target.labels.counts().tolist() == np.bincount(array.ravel(), minlength=256).tolist()
    assert target.labels.at(0, 0) == 7 and target.labels.at(250, 60) == 2 and target.labels.at(599, 299) == 0
    assert target.labels.at(-1, 0) == target.labels.at(600, 0) == target.labels.at(0, 300) == 0
    other = target.labels.copy()
    assert target.labels.differing(other) == []
    with target.edit("b") as edit:
        edit.label(target.labels, Box(Rect(250, 250, 20, 20)), 5)
        edit.label(target.labels, Box(Rect(590, 0, 10, 3)), 0)
    found = np.zeros(array.shape, bool)
    for rect, bits in target.labels.differing(other):
        found[rect.slices] |= bits
    assert (found == (array != target.labels.array())).all() and found.any()
    assert (other.array() == array).all(), "a copy stays what it was"


def test_relabel_and_match_are_undone() -> None:
    target = document()
    with target.edit("a") as edit:
        edit.label(target.labels, Box(Rect(10, 10, 500, 200)), 1)
        edit.label(target.labels, Box(Rect(10, 10, 50, 20)), 2)
    before = target.labels.array()
    with target.edit("b") as edit:
        edit.relabel(target.labels, 1, 9)
    assert (target.labels.array() == np.where(before == 1, 9, before)).all()
    with target.edit("c") as edit:
        edit.relabel(target.labels, 0, 4)
        edit.match(target.painted, target.labels)
    assert (target.labels.array()[before == 0] == 4).all()
    assert target.labels.differing(target.painted) == []
    assert all(target.painted.tile(key) is tile for key, tile in target.labels.tiles().items()), "the tiles are shared"
    target.undo()
    assert target.painted.empty
    target.undo()
    assert (target.labels.array() == before).all()


def test_an_edge_is_hard_even_under_a_soft_stamp() -> None:
    target = document()
    with target.edit("a") as edit:
        edit.label(target.labels, Capsule((100, 100), (200, 150), 40, hardness=0.0), 3)
    assert set(np.unique(target.labels.array())) == {0, 3}


def test_a_hundred_strokes_take_little_memory() -> None:
    target = document((1024, 1024))
    rng = np.random.default_rng(1)
    for number in range(100):
        x, y = rng.integers(0, 1024, 2)
        with target.edit("stroke") as edit:
            edit.label(target.labels, Capsule((x, y), (x + 60, y + 30), 25), number % 8 + 1)
    assert target.history.nbytes < 3 << 20 and len(target.history.done) == 100


def test_maps_follow_the_size_of_the_picture() -> None:
    target = document()
    with target.edit("a") as edit:
        edit.label(target.labels, Box(Rect(100, 100, 100, 100)), 3)
    with target.edit("crop") as edit:
        edit.crop(Rect(150, 150, 200, 100))
    assert type(target.labels) is LabelMap and target.labels.size == (200, 100)
    assert (target.labels.array()[:50, :50] == 3).all() and target.labels.counts()[3] == 2500
    with target.edit("other") as edit:
        edit.change_picture(Image(np.zeros((5, 5, 3), np.uint8)))
    assert target.labels.size == (5, 5) and target.labels.empty and target.painted.size == (5, 5)
    target.undo()
    assert target.labels.counts()[3] == 2500


# More of the same step.


def test_what_follows_a_stroke_joins_its_step() -> None:
    target = document()
    pixels = np.full((10, 10, 3), 9, np.uint8)
    with target.edit("stroke") as edit:
        edit.label(target.labels, Box(Rect(0, 0, 10, 10)), 1)
    with target.amending({"seed": 3}) as edit:
        edit.replace(Rect(0, 0, 10, 10), pixels)
        edit.match(target.painted, target.labels)
    assert [(step.title, step.recipe) for step in target.history.steps] == [("stroke", {"seed": 3})]
    target.undo()
    assert not target.picture.pixels.any() and target.labels.empty and target.painted.empty
    target.redo()
    assert (target.picture.pixels[:10, :10] == 9).all() and target.painted.counts()[1] == 100


def test_what_follows_no_step_belongs_to_the_beginning() -> None:
    target = document()
    with target.amending() as edit:
        edit.replace(Rect(0, 0, 2, 2), np.full((2, 2, 3), 9, np.uint8))
    assert not target.history.steps and not target.modified and target.picture.pixels[0, 0, 0] == 9
    assert target.undo() is None
    with pytest.raises(ValueError, match="no step"):
        target.history.amend(())


def test_what_comes_during_a_stroke_is_part_of_it_and_rolled_back_with_it() -> None:
    target = document()
    with pytest.raises(KeyboardInterrupt), target.edit("stroke") as edit:
        edit.label(target.labels, Box(Rect(0, 0, 10, 10)), 1)
        with target.amending() as inner:
            assert inner is edit
            inner.replace(Rect(0, 0, 10, 10), np.full((10, 10, 3), 9, np.uint8))
        raise KeyboardInterrupt
    assert not target.picture.pixels.any() and target.labels.empty and not target.history.steps


def test_amending_keeps_what_can_be_done_again_and_counts_as_a_change() -> None:
    target = document()
    for number in (1, 2):
        with target.edit(f"stroke {number}") as edit:
            edit.label(target.labels, Box(Rect(number * 20, 0, 10, 10)), number)
    target.undo()
    target.saved()
    assert not target.modified
    with target.amending() as edit:
        edit.replace(Rect(20, 0, 10, 10), np.full((10, 10, 3), 9, np.uint8))
    assert target.modified, "the file does not have these pixels"
    assert target.redo() is not None and target.labels.counts()[2] == 100
    assert (target.picture.pixels[:10, 20:30] == 9).all()


# Files.


@pytest.mark.parametrize("recovery", [False, True])
def test_a_painting_lives_by_itself_in_its_file(tmp_path: Path, recovery: bool) -> None:
    target = document()
    palette = Palette().added("sky", (1, 2, 3)).added("sea").added("land")
    with target.edit("all") as edit:
        edit.set_palette(palette)
        edit.set_motif(motif())
        edit.label(target.labels, Capsule((100, 100), (400, 200), 33), 3)
    with target.edit("part") as edit:
        edit.match(target.painted, target.labels)
        edit.label(target.labels, Box(Rect(5, 5, 9, 9)), 1)
    path = tmp_path / "painting.ora"
    project_file.save(target, path, compact=not recovery)
    loaded = project_file.load(path, recovery)
    assert loaded.palette == palette
    assert (loaded.labels.array() == target.labels.array()).all() and isinstance(loaded.labels, LabelMap)
    assert (loaded.painted.array() == target.painted.array()).all()
    kept, given_ = loaded.motif, motif()
    assert kept is not None and (kept.labels == given_.labels).all()
    assert kept.picture.pixels.dtype == np.uint16 and (kept.picture.pixels == given_.picture.pixels).all()
    assert (kept.title, kept.path, kept.numbers) == ("hill.png", "/tmp/hill.png", frozenset({1, 3}))


def test_a_motif_whose_labels_do_not_fit_is_damage(tmp_path: Path) -> None:
    import zipfile

    target = document()
    target.exchanged({"motif": motif(20)})
    path, other = tmp_path / "a.ora", tmp_path / "b.ora"
    project_file.save(target, path)
    target.exchanged({"motif": motif(16)})
    project_file.save(target, other)
    mixed = tmp_path / "c.ora"
    with zipfile.ZipFile(path) as first, zipfile.ZipFile(other) as second, zipfile.ZipFile(mixed, "w") as out:
        for name in first.namelist():
            out.writestr(name, (second if name.endswith("motif-labels.png") else first).read(name))
    with pytest.raises(Unusable, match="another size"):
        project_file.load(mixed)


def test_labels_of_another_size_are_no_motif() -> None:
    with pytest.raises(ValueError, match="fit"):
        Motif(Image(np.zeros((4, 5, 3), np.uint8)), np.zeros((5, 4), np.uint8))


def test_undo_counts_the_motif() -> None:
    target = document()
    with target.edit("motif") as edit:
        edit.set_motif(motif())
    with target.edit("none") as edit:
        edit.set_motif(None)
    assert target.history.nbytes >= motif().nbytes
    target.undo()
    assert target.motif is not None
