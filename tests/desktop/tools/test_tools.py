"""Every tool's gesture, driven without a window."""

from __future__ import annotations

import dataclasses
import json
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.canvas.hand import Hand
from desktop.document import Document
from desktop.pointer import Outline, Pointer, Sample
from desktop.tools import Tool, catalog
from desktop.tools.ban_source import BanSource
from desktop.tools.wand import Likeness, growing
from engine.errors import Unusable
from engine.image import Image
from engine.region import Rect

SIDE = 400


def document(width: int = SIDE, height: int = SIDE) -> Document:
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 255 // width, y * 255 // height, (x // 50 + y // 50) % 2 * 255], axis=2)
    return Document(Image(pixels.astype(np.uint8)))


def tool(name: str, **values) -> Tool:
    made = next(kind for kind in catalog() if kind.title == name)()
    made.values = made.values.replaced(**values)
    return made


def drag(made: Tool, target: Document, points: list[tuple[float, ...]], erasing=False, shift=False) -> list[str]:
    """A whole gesture; gives what the tool refused."""
    refused: list[str] = []
    hand = Hand(refused.append)
    hand.begin(made, target, Pointer(Sample(*points[0]), erasing, shift))
    for point in points[1:]:
        hand.move(Sample(*point), shift)
    hand.release()
    while hand.busy:
        hand.work()
    assert not target.editing and hand.outline is None and hand.pointer is None
    return refused


def test_the_toolbar_is_complete_and_unambiguous():
    tools = catalog()
    assert [kind.title for kind in tools] == [
        "Mask brush", "Eraser", "Lasso", "Rectangle", "Wand", "Sample-from brush", "Number brush", "Number fill",
        "Style brush", "Space brush", "Sample picker", "Inspect", "Ban source", "Pan",
    ]  # fmt: skip
    keys = ["B", "E", "L", "R", "W", "S", "N", "G", "Y", "T", "K", "I", "Shift+I", "H"]
    assert [kind.shortcut for kind in tools] == keys
    assert len({kind.order for kind in tools}) == len(tools)
    for kind in tools:
        made = kind()
        assert made.help.endswith(".") and len(made.help) < 120 and made.icon and made.id
        assert kind.Values.from_json(json.loads(json.dumps(made.values.as_json()))) == made.values
        for field in dataclasses.fields(made.values):
            assert next(entry for entry in kind.Values.fields() if entry.name == field.name).control.help


def test_a_stroke_is_one_step_and_lies_where_it_was_drawn():
    target = document()
    drag(tool("Mask brush", size=20, hardness=1.0), target, [(50, 50), (150, 50), (150, 150)])
    assert [step.title for step in target.history] == ["Brush hole"]
    mask = target.hole.array()
    assert mask[50, 100] == 255 and mask[100, 150] == 255 and mask[62, 100] == 0 and mask[100, 100] == 0
    assert target.hole.bounds == Rect(40, 40, 120, 120)


@pytest.mark.parametrize("name", ["Eraser", "Mask brush"])
def test_erasing(name):
    target = document()
    with target.edit("fill") as edit:
        edit.fill(target.hole)
    drag(tool(name, size=20, hardness=1.0), target, [(50, 50), (150, 50)], erasing=name == "Mask brush")
    mask = target.hole.array()
    assert mask[50, 100] == 0 and mask[70, 100] == 255
    assert target.history.steps[-1].title == "Erase hole"


def test_pressure_sets_size_and_opacity():
    target = document()
    brush = tool("Mask brush", size=100, hardness=1.0)
    drag(brush, target, [(50, 200, 0.2), (350, 200, 1.0)])
    mask = target.hole.array() > 127
    widths = mask[:, 60].sum(), mask[:, 200].sum(), mask[:, 340].sum()
    assert widths[0] < 30 < widths[1] < 75 < widths[2]
    brush.values = brush.values.replaced(pressure_size=False, pressure_opacity=True)
    target.undo()
    drag(brush, target, [(50, 200, 0.5), (350, 200, 0.5)])
    assert target.hole.array()[200, 200] == 128
    assert (target.hole.array() > 0)[:, 200].sum() == 100


def test_brushes_keep_their_own_sizes_within_limits():
    hole, eraser, source = tool("Mask brush"), tool("Eraser"), tool("Sample-from brush")
    hole.resize(100)
    assert (hole.radius, eraser.radius, source.radius) == (100, 20, 20)
    hole.resize(1e9)
    assert hole.values.size == 1000
    hole.larger()
    assert hole.values.size == 1000
    hole.resize(-5)
    assert hole.values.size == 1
    sizes = [hole.values.size]
    for _ in range(60):
        hole.larger()
        sizes.append(hole.values.size)
    assert all(b > a for a, b in zip(sizes, sizes[1:], strict=False)) or sizes[-1] == 1000
    for _ in range(100):
        hole.smaller()
    assert hole.values.size == 1
    assert catalog()[-1]().radius is None


def test_panels_hear_of_changes_until_they_are_gone():
    brush = tool("Mask brush")
    heard = []
    forget = brush.watch(lambda: heard.append(brush.values.size))
    brush.resize(50)
    brush.resize(50)
    assert heard == [100]
    forget()
    brush.resize(60)
    assert heard == [100]


def test_the_source_brush_paints_the_source():
    target = document()
    drag(tool("Sample-from brush"), target, [(50, 50), (150, 50)])
    assert target.hole.empty and not target.source.empty


def test_the_next_press_does_not_take_back_what_is_still_worked_out():
    target = document()
    hand = Hand(lambda sentence: None)
    with target.edit("Label") as edit:
        edit.set_palette(target.palette.added().added())
    fill = tool("Number fill", label=2)
    pointer = Pointer(Sample(100, 100))
    hand.begin(fill, target, pointer)
    pointer.release()
    assert hand.working and target.labels.at(300, 300) == 0
    hand.begin(tool("Number brush", label=1), target, Pointer(Sample(20, 20)))
    assert target.labels.at(300, 300) == 2 and hand.busy
    hand.cancel()
    assert target.labels.at(300, 300) == 2, "the stroke is taken back, and not the fill"


def test_lasso_fills_its_outline_and_shows_it_meanwhile():
    target = document()
    lasso = tool("Lasso")
    hand = Hand(lambda sentence: None)
    hand.begin(lasso, target, Pointer(Sample(100, 100)))
    hand.move(Sample(300, 100), False)
    hand.move(Sample(300, 300), False)
    assert isinstance(hand.outline, Outline) and hand.outline.points[-1] == (300, 300) and target.hole.empty
    hand.release()
    while hand.busy:
        hand.work()
    mask = target.hole.array()
    assert mask[150, 250] == 255 and mask[250, 150] == 0
    assert abs((mask / 255).sum() / 20_000 - 1) < 0.02
    drag(lasso, target, [(200, 100), (300, 100), (300, 200)], erasing=True)
    assert target.hole.array()[110, 290] == 0
    lasso.values = lasso.values.replaced(mode="replace")
    drag(lasso, target, [(10, 10), (40, 10), (10, 40)])
    assert Rect(9, 9, 32, 32).holds(target.hole.bounds)
    assert [step.title for step in target.history] == ["Lasso", "Lasso, subtract", "Lasso, replace"]
    target.undo()
    assert target.hole.array()[150, 220] == 255


def test_an_outline_without_area_does_nothing():
    target = document()
    drag(tool("Lasso"), target, [(100, 100)])
    drag(tool("Lasso"), target, [(-100, -100), (-50, -100), (-50, -50)])
    drag(tool("Rectangle"), target, [(100, 100)])
    drag(tool("Rectangle"), target, [(-100, -100), (-50, -50)])
    drag(tool("Wand"), target, [(-1, 5)])
    drag(tool("Sample picker"), target, [(5, 5)])
    assert target.history.position == 0


def test_rectangle_has_whole_pixels_and_shift_makes_a_square():
    target = document()
    drag(tool("Rectangle"), target, [(200.4, 150.6), (100.2, 250.4)])
    assert target.hole.bounds == Rect(100, 151, 100, 99)
    assert set(np.unique(target.hole.array())) == {0, 255}
    drag(tool("Rectangle", mode="replace"), target, [(200, 150), (100, 160)], shift=True)
    assert target.hole.bounds == Rect(100, 150, 100, 100)
    drag(tool("Rectangle"), target, [(0, 0), (1000, 1000)], erasing=True)
    assert target.hole.empty


def test_the_picked_sample_is_part_of_the_picture():
    target = document()
    picker = tool("Sample picker")
    drag(picker, target, [(300, 300), (1000, 1000)])
    assert target.sample == Rect(300, 300, 100, 100)
    drag(picker, target, [(10, 10)])
    assert target.sample is None
    target.undo()
    assert target.sample == Rect(300, 300, 100, 100)


def slow_flood(inside: np.ndarray, x: int, y: int) -> np.ndarray:
    reached = np.zeros_like(inside)
    waiting = deque([(x, y)])
    while waiting:
        x, y = waiting.popleft()
        if 0 <= y < inside.shape[0] and 0 <= x < inside.shape[1] and inside[y, x] and not reached[y, x]:
            reached[y, x] = True
            waiting.extend(((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)))
    return reached


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0.3, 0.9), st.integers(0, 10_000))
def test_growing_is_flooding(height, width, share, seed):
    rng = np.random.default_rng(seed)
    inside = rng.random((height, width)) < share
    x, y = int(rng.integers(width)), int(rng.integers(height))
    seeds = np.zeros_like(inside)
    seeds[y, x] = inside[y, x]
    assert (list(growing(inside, seeds))[-1] == slow_flood(inside, x, y)).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("contiguous", [True, False])
def test_the_wand_finds_what_is_like_the_clicked_colour(kind, contiguous):
    rng = np.random.default_rng(8)
    coarse = rng.random((40, 38, 3)).repeat(16, axis=0).repeat(16, axis=1)
    coarse[100:500, 300:330] = coarse[300, 310]
    whole = 3.0 if kind is np.float32 else np.iinfo(kind).max
    image = Image((coarse * whole).astype(kind), peak=3.0 if kind is np.float32 else 1.0)
    target = Document(image)
    drag(tool("Wand", tolerance=40, contiguous=contiguous), target, [(310.5, 300.5)])
    stored = image.pixels.astype(np.float64)
    inside = (np.abs(stored - stored[300, 310]) <= 40 * whole / 255 + 1e-6 * whole).all(axis=2)
    expected = slow_flood(inside, 310, 300) if contiguous else inside
    assert ((target.hole.array() > 0) == expected).all()
    assert expected.any() and not expected.all()
    target.undo()
    assert target.hole.empty


def test_a_spiral_is_followed_to_its_end():
    inside = np.zeros((601, 601), np.uint8)
    x = y = 300
    for k in range(1, 298):
        for dx, dy in ((1, 0), (0, 1)) if k % 2 else ((-1, 0), (0, -1)):
            inside[
                min(y, y + 2 * k * dy) : max(y, y + 2 * k * dy) + 1, min(x, x + 2 * k * dx) : max(x, x + 2 * k * dx) + 1
            ] = 1
            x, y = x + 2 * k * dx, y + 2 * k * dy
            if not (0 <= x < 601 and 0 <= y < 601):
                break
        else:
            continue
        break
    found = Likeness(Image(inside[..., None] * np.uint8(255)), 300, 300, 10)
    reached = np.zeros_like(inside, bool)
    for part in found.connected():
        if part:
            reached[part[0].slices] |= part[1]
    assert (reached == slow_flood(inside > 0, 300, 300)).all() and reached.sum() > 50_000


def test_escape_takes_a_half_finished_wand_back():
    target = Document(Image(np.zeros((1500, 1500, 1), np.uint8)))
    hand = Hand(lambda sentence: None)
    hand.begin(tool("Wand"), target, Pointer(Sample(5, 5)))
    assert hand.pointer is not None
    hand.pointer.release()
    hand.work(seconds=0)
    hand.work(seconds=0)
    assert hand.working and target.editing and not target.hole.empty
    hand.cancel()
    assert target.hole.empty and not target.editing and target.history.position == 0


def test_a_tool_that_cannot_says_so_and_a_bug_is_not_hidden():
    class Refusing(Tool):
        def gesture(self, document, pointer):
            with document.edit("x") as edit:
                edit.fill(document.hole)
                yield None
                raise Unusable("The brush is dry", remedy="dip it")

    class Broken(Refusing):
        def gesture(self, document, pointer):
            yield None
            raise KeyError("bug")

    target = document()
    assert drag(Refusing(), target, [(1, 1), (2, 2)]) == ["The brush is dry; dip it."]
    assert target.hole.empty and target.history.position == 0
    with pytest.raises(KeyError, match="bug"):
        drag(Broken(), target, [(1, 1), (2, 2)])


def test_the_pan_tool_never_gestures():
    assert tool("Pan").pans
    with pytest.raises(NotImplementedError):
        tool("Pan").gesture(document(), Pointer(Sample(0, 0)))


def test_inspecting_changes_nothing():
    target = document()
    drag(tool("Inspect"), target, [(10, 10), (50, 60)])
    assert not target.history.steps


def test_a_ban_says_which_rectangle_is_meant():
    target, made, asked = document(), tool("Ban source", size=20), []
    assert isinstance(made, BanSource)
    made.asked = lambda whose, rect: asked.append((whose, rect))
    drag(made, target, [(50, 60), (20, 30)])
    drag(made, target, [(5, 100), (6, 100)])
    assert asked == [(target, Rect(20, 30, 30, 30)), (target, Rect(0, 90, 16, 20))]
    assert not target.history.steps


def test_a_sample_over_the_edge_of_a_tile_is_a_picture():
    target = document()
    target.wraps = True
    drag(tool("Sample picker"), target, [(380, -10), (420, 30)])
    picked = target.sample
    assert isinstance(picked, Image) and picked.size == (40, 40)
    rows, columns = np.arange(-10, 30) % SIDE, np.arange(380, 420) % SIDE
    assert np.array_equal(picked.pixels, target.picture.pixels[rows][:, columns])
    drag(tool("Sample picker"), target, [(10, 10), (50, 40)])
    assert target.sample == Rect(10, 10, 40, 30)


def test_the_wand_reaches_over_the_edge_of_a_tile():
    pixels = np.zeros((300, 520, 1), np.uint8)
    pixels[:, 20:500] = 200  # the dark band hangs together over the left and right edge only
    target = Document(Image(pixels))
    drag(tool("Wand"), target, [(5, 5)])
    assert target.hole.bounds == Rect(0, 0, 20, 300)
    target.undo()
    target.wraps = True
    drag(tool("Wand"), target, [(-15, 305)])
    assert np.array_equal(target.hole.array() > 0, pixels[..., 0] == 0)


def test_a_ban_in_another_copy_of_a_tile_is_one_in_the_tile():
    target, made, asked = document(), tool("Ban source", size=20), []
    target.wraps = True
    assert isinstance(made, BanSource)
    made.asked = lambda whose, rect: asked.append(rect)
    drag(made, target, [(-150, 450), (-100, 480)])
    assert asked == [Rect(250, 50, 50, 30)]
