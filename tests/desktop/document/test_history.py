"""Undo bounded by bytes, originals, and the modified mark."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from desktop.document import Box, Capsule, Document
from engine.image import Image
from engine.region import Rect


def document(width: int = 400, height: int = 300, limit: int = 512 << 20) -> Document:
    rng = np.random.default_rng(7)
    return Document(Image(rng.integers(0, 256, (height, width, 3), np.uint8)), history_limit=limit)


def paste(target: Document, value: int, rect: Rect) -> None:
    with target.edit(f"paste {value}") as edit:
        edit.replace(rect, np.full((rect.h, rect.w, 3), value, np.uint8))


def test_the_oldest_steps_go_first_and_the_newest_always_stays():
    rect = Rect(0, 0, 100, 100)
    target = document(limit=4 * 30_000 + 3000)
    for value in range(10):
        paste(target, value, rect)
    assert [step.title for step in target.history] == [f"paste {value}" for value in (6, 7, 8, 9)]
    assert target.history.forgotten == 6 and target.history.nbytes <= target.history.limit
    while target.undo():
        pass
    assert (target.picture.pixels[:100, :100] == 5).all()
    small = document(limit=1000)
    paste(small, 1, rect)
    before = document().picture.pixels
    assert small.history.position == 1
    small.undo()
    assert (small.picture.pixels == before).all()


def test_undo_and_redo_keep_the_bytes_that_they_cost():
    target = document()
    paste(target, 3, Rect(10, 10, 200, 150))
    before = target.history.nbytes
    assert 90_000 <= before <= 91_000
    target.undo()
    assert target.history.nbytes == before
    target.redo()
    assert target.history.nbytes == before


def test_a_new_step_forgets_what_was_undone():
    target = document()
    for value in range(3):
        paste(target, value, Rect(0, 0, 9, 9))
    target.undo()
    target.undo()
    assert len(target.history.steps) == 3 and target.history.position == 1
    paste(target, 9, Rect(0, 0, 9, 9))
    assert [step.title for step in target.history] == ["paste 0", "paste 9"]
    assert target.redo() is None


def test_a_hundred_strokes_on_a_large_picture_are_small():
    target = Document(Image(np.zeros((8000, 12000, 1), np.uint8)))
    rng = np.random.default_rng(3)
    for _ in range(100):
        points = np.cumsum(rng.normal(0, 200, (12, 2)), axis=0) + rng.uniform((2000, 2000), (10000, 6000))
        with target.edit("stroke") as edit:
            for a, b in zip(points[:-1].tolist(), points[1:].tolist(), strict=True):
                edit.cover(target.hole, Capsule((a[0], a[1]), (b[0], b[1]), 50))
    assert target.history.nbytes + target.hole.nbytes < 100_000_000
    while target.undo():
        pass
    assert target.hole.empty and target.hole.nbytes == 0
    assert target.history.nbytes < 20_000_000


def test_a_large_fill_costs_next_to_nothing():
    target = Document(Image(np.zeros((6000, 6000, 1), np.uint8)))
    with target.edit("fill") as edit:
        edit.cover(target.hole, Box(Rect(10, 10, 5900, 5900)))
    assert target.hole.nbytes < 10_000_000 and target.history.nbytes < 10_000_000
    with target.edit("invert") as edit:
        edit.invert(target.hole)
    assert target.hole.bounds == target.rect and target.history.nbytes < 20_000_000


def test_the_original_is_put_together_from_the_steps():
    target = document()
    before = target.picture.pixels.copy()
    paste(target, 1, Rect(5, 5, 300, 200))
    paste(target, 2, Rect(100, 50, 300, 250))
    everywhere = Rect(0, 0, 400, 300)
    assert (target.original(everywhere) == before).all()
    assert (target.original(Rect(90, 40, 60, 70)) == before[40:110, 90:150]).all()
    with target.edit("crop") as edit:
        edit.crop(Rect(50, 50, 100, 100))
    paste(target, 3, Rect(0, 0, 100, 100))
    assert target.original_size == (400, 300) and (target.original(everywhere) == before).all()
    target.undo()
    target.undo()
    target.undo()
    assert (target.original(everywhere) == before).all()
    target.undo()
    assert (target.original(everywhere) == before).all() and target.original_size == target.size


def test_modified_means_different_from_the_file():
    target = document()
    assert not target.modified
    paste(target, 1, Rect(0, 0, 9, 9))
    assert target.modified
    target.undo()
    assert not target.modified
    target.redo()
    target.saved(Path("/somewhere/wall.png"))
    assert not target.modified and target.title == "wall.png" and target.path == Path("/somewhere/wall.png")
    target.undo()
    assert target.modified
    paste(target, 2, Rect(0, 0, 9, 9))
    target.undo()
    assert target.modified, "the saved state can't be reached any more"
    fresh = document()
    fresh.touch()
    assert fresh.modified
    fresh.saved()
    assert not fresh.modified


def test_observers_are_held_weakly_and_can_be_forgotten():
    target = document()
    heard: list[str] = []

    class Listener:
        def told(self, what: str, rect: Rect) -> None:
            heard.append(what)

    listener = Listener()
    target.watch(listener.told)
    forget = target.watch(lambda what, rect: heard.append(f"function {what}"))
    paste(target, 1, Rect(0, 0, 9, 9))
    assert heard == ["picture", "function picture", "history", "function history"]
    forget()
    forget()
    heard.clear()
    gone = weakref.ref(listener)
    del listener
    gc.collect()
    assert gone() is None
    paste(target, 2, Rect(0, 0, 9, 9))
    assert heard == []


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
def test_pictures_that_were_lent_by_their_maker_are_not_written_to(kind):
    pixels = np.zeros((50, 60, 3), kind)
    image = Image(pixels)
    target = Document(image)
    with target.edit("paste") as edit:
        edit.replace(Rect(0, 0, 5, 5), np.ones((5, 5, 3), kind))
    assert image.pixels.max() == 0 and target.picture.pixels[0, 0, 0] == 1
    view = np.zeros((100, 60, 3), kind)
    halves = Document(Image(view[:50]))
    with halves.edit("paste") as edit:
        edit.replace(Rect(0, 0, 5, 5), np.ones((5, 5, 3), kind))
    assert view.max() == 0
