"""The border that every operation passes: what goes in, what comes out, and what is refused before the work."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Stopped, Unusable
from engine.frame import Frame
from engine.image import Image
from engine.operation import Execution, Given, Inputs, Labels, Mask, Operation, Picture, bounds, operation
from engine.params import Params, Slider
from engine.region import Rect


@dataclass(frozen=True)
class Paint(Params):
    """How bright, and how wide."""

    value: Annotated[float, Slider(-5, 5)] = 0.25
    grow: Annotated[int, Slider(0, 9)] = 1


@operation(
    "Paint over",
    group="Tests",
    inputs=Inputs(
        picture=Picture(help="The picture."),
        hole=Mask(help="Where."),
        labels=Labels(of="picture", required=False),
        others=Picture(several=True, required=False),
    ),
    params=Paint,
    replaces="picture",
    within="hole",
    focus=lambda inputs, p: Rect.around(inputs["hole"]).grown(p.grow),  # type: ignore[arg-type]
    memory=lambda given, size, p: size[0] * size[1] * 100,
)
def paint(ctx: Context, inputs: Given, p: Paint) -> Iterator[Frame]:
    """Three rows at a time, everything in the focus painted, the hole or not."""
    height, width, channels = inputs.picture.shape
    for top in ctx.steps(range(0, height, 3)):
        rect = Rect(0, top, width, min(3, height - top))
        yield Frame(rect, np.full((rect.h, rect.w, channels), p.value, np.float32), ctx.fraction, "painting")


@operation("Make", group="Tests", inputs=Inputs(sample=Picture()), params=Paint, sized=True)
def make(ctx: Context, inputs: Given, p: Paint) -> Iterator[Frame]:
    """A flat picture of the wanted size."""
    yield Frame(Rect(0, 0, *ctx.size), np.full((ctx.size[1], ctx.size[0], 3), p.value, np.float32), 1.0)


RNG = np.random.default_rng(4)
PICTURE = Image(RNG.integers(0, 65536, (30, 40, 3)).astype(np.uint16), icc=b"profile")
HOLE = np.zeros((30, 40), np.float32)
HOLE[10:17, 12:25] = 1
HOLE[10, 12] = 0.2
HOLE[12, 14] = 0


def executed(entry: Operation[Any], inputs: Any, params: Any = None, **words: Any) -> Execution:
    execution = Execution(entry, inputs, params or entry.params(), Context(threads=1), **words)
    execution.frames = list(execution)  # type: ignore[attr-defined]
    return execution


def test_registration_takes_its_id_from_the_file_and_its_words_from_the_docstring() -> None:
    assert paint.id == "test-operation" and paint.summary.startswith("The border that every operation passes")
    described = paint.described()
    assert [entry["name"] for entry in described["inputs"]] == ["picture", "hole", "labels", "others"]
    assert [entry["kind"] for entry in described["inputs"]] == ["picture", "mask", "labels", "picture"]
    assert [entry["required"] for entry in described["inputs"]] == [True, True, False, False]
    assert described["inputs"][0]["title"] == "Picture" and described["params"][0]["name"] == "value"


def test_only_the_mask_changes_at_the_files_own_depth() -> None:
    execution = executed(paint, {"picture": PICTURE, "hole": HOLE})
    result = execution.result()
    assert result.rect == Rect(11, 9, 15, 9), "the hole and one pixel around it, nothing else is decoded"
    image = result.image()
    assert image.pixels.dtype == np.uint16 and image.icc == b"profile"
    assert np.array_equal(image.pixels[HOLE == 0], PICTURE.pixels[HOLE == 0])
    assert (image.pixels[HOLE > 0] == 16384).all()
    assert np.array_equal(result.patch, image.pixels[result.rect.slices])
    frames = execution.frames  # type: ignore[attr-defined]
    assert [frame.rect for frame in frames] == [Rect(11, 9, 15, 3), Rect(11, 12, 15, 3), Rect(11, 15, 15, 3)]
    outside = np.array(frames[0].pixels)[0]
    np.testing.assert_allclose(outside, PICTURE.pixels[9, 11:26] / 65535, atol=1e-7)
    assert [frame.note for frame in frames] == ["painting"] * 3
    with pytest.raises(ValueError, match="read-only"):
        frames[0].pixels[0] = 1


def test_what_leaves_is_in_range_and_finite() -> None:
    hot = executed(make, {"sample": PICTURE}, Paint(value=3), size=(4, 3)).result()
    assert (hot.pixels == 1).all() and (hot.image().pixels == 65535).all()
    assert (executed(make, {"sample": PICTURE}, Paint(value=-3), size=(4, 3)).result().pixels == 0).all()

    def sick(ctx: Context, inputs: Given, p: Paint) -> Iterator[Frame]:
        yield Frame(Rect(0, 0, 2, 2), np.full((2, 2, 3), np.nan, np.float32), 0.0)

    with pytest.raises(ValueError, match="not finite"):
        executed(replace(make, run=sick), {"sample": PICTURE})


@pytest.mark.parametrize("rect", [Rect(0, 0, 3, 2), Rect(79, 0, 2, 2), Rect(-1, 0, 2, 2)])
def test_frames_that_do_not_fit_are_a_bug_and_say_so(rect: Rect) -> None:
    def wrong(ctx: Context, inputs: Given, p: Paint) -> Iterator[Frame]:
        yield Frame(rect, np.zeros((2, 2, 3), np.float32), 0.0)

    with pytest.raises(ValueError, match="test-operation sent"):
        executed(replace(make, run=wrong), {"sample": PICTURE})


def test_operations_see_read_only_float_pictures() -> None:
    seen: dict[str, Any] = {}

    def look(ctx: Context, inputs: Given, p: Paint) -> Iterator[Frame]:
        seen.update(vars(inputs))
        with pytest.raises(AttributeError, match="declares no input 'sample'"):
            _ = inputs.sample
        yield from ()

    labels = np.arange(1200).reshape(30, 40)
    gray = Image(np.full((2, 2, 1), 255, np.uint8))
    executed(replace(paint, run=look), {"picture": PICTURE, "hole": HOLE > 0, "labels": labels, "others": gray})
    assert seen["picture"].shape == (9, 15, 3) and seen["picture"].dtype == np.float32
    assert seen["hole"].shape == (9, 15) and seen["hole"].dtype == np.float32 and seen["hole"].max() == 1
    assert seen["labels"].dtype == np.uint16 and seen["labels"][0, 0] == 9 * 40 + 11
    assert len(seen["others"]) == 1 and seen["others"][0].shape == (2, 2, 1)
    for value in seen.values():
        for array in value if isinstance(value, tuple) else (value,):
            assert not array.flags.writeable
    executed(replace(paint, run=look), {"picture": PICTURE, "hole": HOLE, "others": ()})
    assert seen["labels"] is None and seen["others"] is None


def test_sizes_are_settled_before_the_work() -> None:
    assert executed(make, {"sample": PICTURE}).size == (80, 60), "twice the sample unless told otherwise"
    assert executed(make, {"sample": PICTURE}, size=(7, 5)).result().image().size == (7, 5)
    fixed = replace(make, sized=False, size=lambda inputs, p: (p.grow * 10, 4))
    assert executed(fixed, {"sample": PICTURE}, Paint(grow=3), size=(99, 99)).size == (30, 4)
    assert executed(replace(make, sized=False), {"sample": PICTURE}).size == (40, 30)


LOOSE = replace(
    paint,
    roles=Inputs(
        sample=Picture(),
        picture=Picture(required=False),
        hole=Mask(required=False),
        labels=Labels(of="picture"),
        others=Picture(several=True, required=False),
    ),
    size=lambda inputs, p: (inputs["labels"].shape[1], inputs["labels"].shape[0]),  # type: ignore[union-attr]
    memory=None,
)
"""Replaces a picture where one is given together with a mask, and makes one of the label map's size otherwise."""
LABELS = np.zeros((30, 40), np.uint16)


def _flat(ctx: Context, inputs: Given, p: Paint) -> Iterator[Frame]:
    height, width = inputs.labels.shape
    yield Frame(Rect(0, 0, width, height), np.full((height, width, 3), p.value, np.float32), 1.0)


def test_a_picture_that_need_not_be_there_is_replaced_where_it_is() -> None:
    entry = replace(LOOSE, run=_flat)
    sample = Image(np.zeros((3, 4, 3), np.uint8))
    given: dict[str, Any] = {"sample": sample, "picture": PICTURE, "hole": HOLE, "labels": LABELS}
    assert entry.replaced(given) == "picture"
    result = executed(entry, given).result()
    assert result.replaces and result.rect == Rect(11, 9, 15, 9), "the labels are cut to the focus too"
    image = result.image()
    assert image.pixels.dtype == np.uint16 and image.icc == PICTURE.icc
    assert np.array_equal(image.pixels[HOLE == 0], PICTURE.pixels[HOLE == 0])
    assert (image.pixels[HOLE > 0] == 16384).all()


@pytest.mark.parametrize("left_out", [("picture", "hole"), ("hole",)])
def test_without_picture_or_mask_a_new_picture_is_made(left_out: tuple[str, ...]) -> None:
    entry = replace(LOOSE, run=_flat)
    sample = Image(np.zeros((3, 4, 3), np.uint8))
    given: dict[str, Any] = {"sample": sample, "picture": PICTURE, "hole": HOLE, "labels": LABELS}
    given = {name: value for name, value in given.items() if name not in left_out}
    assert entry.replaced(given) is None
    result = executed(entry, given).result()
    assert not result.replaces and result.where is None
    assert result.image().size == (40, 30) and result.image().pixels.dtype == np.uint8
    assert (result.image().pixels == 64).all()


@pytest.mark.parametrize(
    ("entry", "inputs", "words", "sentence"),
    [
        (
            LOOSE,
            {"sample": PICTURE, "hole": HOLE, "labels": LABELS},
            {},
            "The hole has no picture that it lies on: it says which part of one is made again; "
            "give the picture too, or leave the hole out.",
        ),
        (
            LOOSE,
            {"sample": PICTURE, "picture": PICTURE, "labels": LABELS[1:]},
            {},
            "The labels are 40 x 29 px, the picture 40 x 30",
        ),
        (paint, {"hole": HOLE}, {}, "Paint over has no picture: the picture; choose one first."),
        (paint, {"picture": PICTURE}, {}, "Paint over has no hole: where; choose one first."),
        (
            paint,
            {"picture": PICTURE, "hole": HOLE[1:]},
            {},
            "The hole is 40 x 29 px, the picture 40 x 30: they lie on one another pixel by pixel; "
            "use one of the same size.",
        ),
        (paint, {"picture": PICTURE, "hole": HOLE, "sky": PICTURE}, {}, "Paint over takes no sky; give picture, hole"),
        (make, {"sample": PICTURE}, {"size": (0, 5)}, "A picture of 0 x 5 px cannot be made: each side needs at least"),
        (make, {"sample": PICTURE}, {"size": (99999, 5)}, "that is larger than anything can show; use 1 to 60000 px"),
        (make, {"sample": PICTURE}, {"size": (60000, 60000)}, "GB can be had; choose a smaller size."),
    ],
)
def test_refusals_are_sentences(entry: Operation[Any], inputs: Any, words: Any, sentence: str) -> None:
    with pytest.raises(Unusable) as caught:
        executed(entry, inputs, **words)
    assert sentence in str(caught.value) and str(caught.value).endswith(".")


def test_memory_is_estimated_for_the_part_that_is_worked_on() -> None:
    needed = 15 * 9 * 100
    Execution(paint, {"picture": PICTURE, "hole": HOLE}, Paint(), Context(memory=needed))
    with pytest.raises(Unusable, match="choose a smaller part of the picture"):
        Execution(paint, {"picture": PICTURE, "hole": HOLE}, Paint(), Context(memory=needed - 1))


def test_where_no_size_is_small_enough_the_sample_is_too_large() -> None:
    greedy = replace(make, memory=lambda given, size, p: given["sample"].size * 1000 + size[0] * size[1])
    needed = PICTURE.pixels.size * 1000
    for memory, remedy in ((needed - 1, "use a smaller sample"), (needed + 2, "choose a smaller size")):
        with pytest.raises(Unusable, match=remedy):
            Execution(greedy, {"sample": PICTURE}, greedy.params(), Context(memory=memory), (400, 400))


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_an_empty_hole_is_refused_before_the_operation_sees_it(dtype: Any) -> None:
    with pytest.raises(Unusable, match="The hole is empty"):
        executed(paint, {"picture": PICTURE, "hole": np.zeros(HOLE.shape, dtype)}, Paint())
    faint = np.zeros(HOLE.shape, np.float32)
    faint[3, 4] = 1e-3
    assert executed(paint, {"picture": PICTURE, "hole": faint}, Paint()).result().image().size == PICTURE.size


def test_the_bounds_of_a_mask_are_those_of_all_that_it_covers() -> None:
    mask = np.zeros((20, 30, 3), np.uint8)
    mask[4, 7, 2], mask[9, 12, 0] = 1, 255
    assert bounds(Image(mask)) == bounds(mask.max(axis=2)) == Rect(7, 4, 6, 6)
    assert bounds(Image(mask), 10) == Rect(0, 0, 23, 20)


def test_a_stopped_run_has_what_it_got() -> None:
    execution = Execution(paint, {"picture": PICTURE, "hole": HOLE}, Paint(), Context(threads=1))
    frames = iter(execution)
    next(frames)
    execution.ctx.stop()
    with pytest.raises(Stopped):
        next(frames)
    image = execution.result().image()
    assert (image.pixels[10:12][HOLE[10:12] > 0] == 16384).all()
    assert np.array_equal(image.pixels[12:], PICTURE.pixels[12:])
    fresh = Execution(make, {"sample": PICTURE}, Paint(), Context())
    with pytest.raises(Unusable, match="Nothing is done yet"):
        fresh.result()


def test_later_frames_do_not_change_a_result_taken_before() -> None:
    execution = Execution(paint, {"picture": PICTURE, "hole": HOLE}, Paint(), Context(threads=1))
    frames = iter(execution)
    next(frames)
    early = execution.result().pixels
    before = early.copy()
    for _ in frames:
        pass
    assert np.array_equal(early, before) and not np.array_equal(execution.result().pixels, before)


def test_unusable_is_one_sentence_and_travels() -> None:
    assert str(Unusable("The hole is empty")) == "The hole is empty."
    assert str(Unusable("A", "b")) == "A: b."
    assert str(Unusable("A", remedy="c")) == "A; c."
    problem = pickle.loads(pickle.dumps(Unusable("A", "b", "c")))
    assert str(problem) == "A: b; c." and (problem.what, problem.why, problem.remedy) == ("A", "b", "c")
