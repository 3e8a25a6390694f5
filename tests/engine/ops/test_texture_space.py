"""The three operations on texture spaces: what they ask, what they refuse, what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine import catalog
from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Floats, Image
from engine.kernels.crispening import Part
from engine.nets.texture_space.space_file import restored
from engine.operation import Execution, Film, Given, Result
from engine.ops.latent import texture_space as operation_file
from engine.ops.latent import texture_space_train as training_file
from engine.ops.latent.texture_space_train import CURVES
from engine.region import Rect, Size
from engine.trained import Trained
from tests.contract.models import tiny_space
from tests.contract.scenarios import texture


def run(name: str, inputs: Mapping[str, Any], size: Size | None = None, **values: Any) -> tuple[Result, list[Frame]]:
    """The result, and the frames as the operation itself sends them."""
    operation = catalog.find(name)
    frames: list[Frame] = []

    def watched(ctx: Context, given: Given, p: Any) -> Iterator[Frame]:
        for frame in operation.run(ctx, given, p):
            frames.append(frame)
            yield frame

    ctx = Context(seed=1, threads=2)
    try:
        execution = Execution(replace(operation, run=watched), inputs, operation.params.from_json(values), ctx, size)
        for _ in execution:
            pass
        return execution.result(), frames
    finally:
        ctx.close()


def made(size: Size = (48, 32), **values: Any) -> Floats:
    inputs = {"space": tiny_space(), "map": values.pop("map", None)}
    return run("texture-space", inputs, size, **values)[0].pixels


# texture-space


def test_between_goes_from_the_first_to_the_last() -> None:
    codes = restored(tiny_space()).codes
    assert np.array_equal(made(between=[1.0, 2.0], t=0.0), made(point=codes[1].tolist()))
    assert np.array_equal(made(between=[1.0, 2.0], t=1.0), made(point=codes[2].tolist()))
    middle = made(between=[1.0, 2.0], t=0.5)
    ends = made(between=[1.0, 2.0], t=0.0), made(between=[1.0, 2.0], t=1.0)
    assert all(np.abs(middle - end).mean() > 1e-3 for end in ends)
    assert np.array_equal(made(), made(between=[0.0, 1.0, 2.0]))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"between": [0.0, 3.0]}, "no sample 3"),
        ({"between": [0.5]}, "no sample 0.5"),
        ({"between": [-1.0]}, "no sample -1"),
        ({"point": [1.0, 2.0, 3.0]}, "has 2 numbers, not 3"),
        ({"less": [3.0]}, "no sample 3"),
        ({"fine_of": [0.0, 7.0]}, "no sample 7"),
        ({"fine": [1.0]}, "has 2 numbers, not 1"),
        ({"turn": 20.0, "tileable": True}, "does not tile"),
        ({"strip": True, "scale": 2.0}, "cannot be scaled"),
        ({"strip": True, "loop": 4}, "goes past samples"),
        ({"point": [0.1, 0.2], "loop": 4}, "goes past samples"),
        ({"size": (8, 8), "loop": 200}, "do not fit on 8 x 8"),
    ],
)
def test_what_cannot_be_is_said(values: dict[str, Any], words: str) -> None:
    with pytest.raises(Unusable, match=words):
        made(**values)


def test_arithmetic_goes_where_the_codes_add_up() -> None:
    a, b, c = restored(tiny_space()).codes
    assert np.array_equal(made(between=[0.0], less=[1.0], plus=[2.0]), made(point=(a - b + c).tolist()))
    assert np.allclose(made(point=a.tolist(), less=[0.0], plus=[0.0]), made(point=a.tolist()), atol=1e-6)


def _forms(picture: Floats) -> Floats:
    """Light and dark without grain: (n,)."""
    return np.asarray(picture.mean(axis=2).reshape(16, 4, 16, 4).mean(axis=(1, 3)).ravel(), np.float32)


def test_detail_of_another_point_brings_its_colours_and_leaves_the_forms() -> None:
    first, second = (made((64, 64), between=[number]) for number in (0.0, 1.0))
    sizes = ("grain", "texture", "small-forms", "forms")
    crossed = [made((64, 64), between=[0.0], fine_of=[1.0], detail=size) for size in sizes]
    assert len({picture.tobytes() for picture in (first, second, *crossed)}) == 6
    far = np.abs(first.mean(axis=(0, 1)) - second.mean(axis=(0, 1))).max()
    for picture in crossed:
        assert np.abs(picture.mean(axis=(0, 1)) - second.mean(axis=(0, 1))).max() < 0.4 * far
    likeness = [float(np.corrcoef(_forms(picture), _forms(first))[0, 1]) for picture in (crossed[0], second)]
    assert likeness[0] > likeness[1], "what lies where is still the first one's"
    code = restored(tiny_space()).codes[1].tolist()
    assert np.array_equal(crossed[0], made((64, 64), between=[0.0], fine=code, detail="grain"))


def test_a_map_is_crossed_as_well() -> None:
    labels = np.zeros((96, 128), np.uint16)
    labels[:, 64:] = 1
    plain, crossed = made((128, 96), map=labels), made((128, 96), map=labels, fine_of=[2.0])
    third = made((128, 96), between=[2.0])
    assert (
        np.abs(crossed.mean(axis=(0, 1)) - third.mean(axis=(0, 1))).max()
        < 0.5 * np.abs(plain.mean(axis=(0, 1)) - third.mean(axis=(0, 1))).max()
    )


def test_a_strip_has_one_end_on_either_side() -> None:
    strip = made((256, 48), strip=True, between=[0.0, 1.0])
    left, right = made((256, 48), between=[0.0]), made((256, 48), between=[1.0])
    assert np.abs(strip - left)[:, :16].mean() < 0.3 * np.abs(strip - left)[:, -16:].mean()
    assert np.abs(strip - right)[:, -16:].mean() < 0.3 * np.abs(strip - right)[:, :16].mean()


def test_a_loop_comes_back_without_a_jump() -> None:
    """Sixteen pictures on a sheet: past both samples, and from the last to the first as far as anywhere."""
    film = Film.on(16, (256, 256))
    assert film.size == (64, 64) and len(film.places()) == 16
    sheet = made((256, 256), between=[0.0, 2.0], loop=16)
    shown = [sheet[place.slices] for place in film.places()]
    alone = [made((64, 64), between=[0.0, 2.0], t=t) for t in (0.0, 1.0)]
    assert np.array_equal(shown[0], alone[0]) and np.array_equal(shown[8], alone[1])
    steps = [np.abs(a - b).mean() for a, b in zip(shown, [*shown[1:], shown[0]], strict=True)]
    assert steps[-1] < 1.5 * max(steps[:-1])


def test_a_sheet_has_room_for_every_picture() -> None:
    for count, sheet in ((1, (5, 9)), (7, (100, 40)), (24, (1280, 1280)), (240, (300, 64))):
        places = Film.on(count, sheet).places()
        assert len(set(places)) == count and all(Rect(0, 0, *sheet).holds(place) for place in places)


def test_a_map_says_what_lies_where() -> None:
    labels = np.zeros((96, 256), np.uint16)
    labels[:, 128:] = 7
    laid = made((256, 96), map=labels, border=0.0)
    for number, part in ((0, np.s_[:, :48]), (1, np.s_[:, 208:])):
        assert np.allclose(laid[part], made((256, 96), between=[float(number)])[part], atol=2e-3)
    other = made((256, 96), map=labels, border=0.0, between=[2.0, 0.0])
    assert np.allclose(other[:, :48], made((256, 96), between=[2.0])[:, :48], atol=2e-3)
    soft = made((256, 96), map=labels, border=120.0)
    assert np.abs(soft - laid)[:, 100:156].mean() > 3 * np.abs(soft - laid)[:, :24].mean()


def test_without_a_size_it_is_the_maps_or_its_own() -> None:
    inputs: dict[str, Any] = {"space": tiny_space(), "map": np.zeros((40, 60), np.uint16)}
    operation = catalog.find("texture-space")
    assert Execution(operation, inputs, operation.params(), Context()).size == (60, 40)
    assert Execution(operation, {"space": tiny_space()}, operation.params(), Context()).size == (512, 512)


@pytest.mark.parametrize("crispen", [False, True])
def test_a_tile_wraps(crispen: bool) -> None:
    tile = made((70, 50), tileable=True, crispen=crispen)
    for axis in (0, 1):
        inside = np.abs(np.diff(tile, axis=axis)).mean(axis=(1 - axis, 2))
        joint = float(np.abs(np.take(tile, 0, axis) - np.take(tile, -1, axis)).mean())
        assert joint < inside.mean() + 3 * inside.std()


def test_crispened_and_softened_still_differ_from_both() -> None:
    assert not np.array_equal(made(crispen=True, softness=1.0), made(crispen=True))


def crispened_with(monkeypatch: pytest.MonkeyPatch, **values: Any) -> list[Part]:
    """What is copied from to crispen."""
    seen: list[Part] = []

    def watched(ctx: Context, picture: Floats, parts: list[Part], *rest: Any) -> Iterator[Floats]:
        seen.extend(parts)
        yield picture

    monkeypatch.setattr(operation_file, "crispened", watched)
    made(crispen=True, **values)
    return seen


def laid(monkeypatch: pytest.MonkeyPatch, **values: Any) -> dict[int, tuple[Floats | float, Floats]]:
    """Which samples are copied from to crispen: number -> (share, picture as it is copied from)."""
    seen = crispened_with(monkeypatch, **values)
    means = [sample.picture.mean(axis=(0, 1)) / 255 for sample in restored(tiny_space()).samples]
    found = [int(np.abs(np.array(means) - part.sample.mean(axis=(0, 1))).sum(axis=1).argmin()) for part in seen]
    return {number: (part.share, part.sample) for number, part in zip(found, seen, strict=True)}


def test_at_a_sample_it_is_crispened_with_that_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        for at in ({"between": [float(number)]}, {"point": restored(tiny_space()).codes[number].tolist()}):
            parts = laid(monkeypatch, **at)
            assert list(parts) == [number] and parts[number][0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ({"between": [0.0]}, 1.0, 1.0),
        ({"between": [0.0, 1.0], "t": 0.3}, 0.99, 1.0),
        ({"between": [0.0], "fine_of": [1.0]}, 0.99, 1.0),
        ({"point": [9.0, 9.0]}, 0.0, 0.0),
    ],
)
def test_far_from_the_samples_a_crispened_picture_has_its_own_colours(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], low: float, high: float
) -> None:
    parts = crispened_with(monkeypatch, **values)
    assert all(low <= part.meant <= high for part in parts)


def test_between_two_samples_it_is_crispened_with_as_much_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = laid(monkeypatch, between=[0.0, 2.0], t=0.3)
    assert {number: share for number, (share, _) in parts.items()} == {0: pytest.approx(0.7), 2: pytest.approx(0.3)}
    crossed = laid(monkeypatch, between=[0.0], fine_of=[1.0])
    assert list(crossed) == [1], "what is laid is the detail"


def test_on_a_map_each_place_is_crispened_with_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.zeros((40, 96), np.uint16)
    labels[:, 48:] = 1
    parts = laid(monkeypatch, map=labels, between=[0.0, 1.0], border=0.0, size=(96, 40))
    (left, _), (right, _) = parts[0], parts[1]
    assert np.shape(left) == (40, 96) and np.allclose(np.add(left, right), 1)
    assert np.all(np.asarray(left)[:, :40] == 1) and np.all(np.asarray(right)[:, 56:] == 1)
    strip = laid(monkeypatch, strip=True, between=[0.0, 1.0, 2.0], size=(96, 40))
    first, middle, last = (np.asarray(strip[number][0])[0] for number in range(3))
    assert first[0] == 1 and last[-1] == 1 and middle[48] > 0.8 and middle[0] == 0 and first[-1] == 0


def test_samples_are_as_large_and_turned_as_what_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    (_, plain), (_, large), (_, turned) = (
        laid(monkeypatch, between=[1.0], **view)[1] for view in ({}, {"scale": 2.0}, {"turn": 90.0})
    )
    assert large.shape[:2] == (2 * plain.shape[0], 2 * plain.shape[1])
    assert np.abs(turned - np.rot90(plain)).mean() < 0.01 < np.abs(turned - plain).mean()


# texture-space-train


def learnt(samples: tuple[Image, ...], **inputs: Any) -> tuple[Result, list[Frame]]:
    return run("texture-space-train", {"samples": samples, **inputs}, None, steps=1, crop=64)


def test_every_frame_after_the_first_can_be_kept() -> None:
    result, frames = learnt((texture((48, 40)), texture((40, 64), 4, seed=9)))
    assert frames[0].trained is None and all(frame.trained is not None for frame in frames[1:])
    assert isinstance(result.trained, Trained) and result.trained.kind == "texture-space"
    space = restored(result.trained)
    assert len(space.samples) == 2 and space.encoder is None and space.record["steps"] == 1
    assert {"steps", "seconds", "loss", "directions"} <= set(result.findings)
    assert result.pixels.shape == (3 * 96 + CURVES, 2 * 96, 3)


def test_curves_say_how_far_it_is() -> None:
    samples = texture((48, 40)), texture((40, 64), 4, seed=9)
    result, frames = run("texture-space-train", {"samples": samples}, None, steps=4, crop=64)
    drawn = [len(np.unique(frame.pixels[-CURVES:].reshape(-1, 3), axis=0)) for frame in frames if frame.trained]
    assert drawn[0] == 1 and drawn[-1] == 2, "nothing to draw at one step; then the mean of all"
    line = np.argwhere((result.pixels[-CURVES:] != result.pixels[-1, 0]).any(axis=2))
    assert np.ptp(line[:, 1]) > 180, "from side to side"


def test_at_the_end_come_the_encoder_and_the_sliders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ops.latent.texture_space_train.WORTHWHILE", 1)
    result, _ = learnt((texture((48, 40)), texture((40, 64), 4, seed=9)))
    assert result.trained is not None
    space = restored(result.trained)
    assert space.encoder is not None and space.encoder.matrix.shape[1] == space.shape.code
    assert len(space.directions) == result.findings["directions"]


def test_a_new_picture_joins_a_space() -> None:
    result, _ = learnt((texture((40, 40), seed=30),), space=tiny_space())
    assert result.trained is not None
    space = restored(result.trained)
    assert len(space.samples) == 4 and space.codes.shape == (4, 2)


@pytest.mark.parametrize(
    "samples",
    [
        (texture((48, 48)),),
        (texture((48, 48)), texture((48, 48))),
        (texture((40, 300)), texture((700, 64), 1, np.uint16)),
        (Image(np.zeros((32, 32, 3), np.uint8)), Image(np.full((32, 32, 3), 255, np.uint8))),
    ],
    ids=["one", "the same twice", "of wild sizes", "flat"],
)
def test_odd_samples_are_learnt(samples: tuple[Image, ...]) -> None:
    result, _ = learnt(samples)
    assert result.trained is not None
    assert all(np.isfinite(values).all() for values in restored(result.trained).weights.values())


def test_a_photograph_gets_a_word() -> None:
    thing = np.full((96, 96, 3), 90, np.uint8)
    thing[:50] = 240
    thing[60:, 60:] = np.random.default_rng(0).integers(0, 255, (36, 36, 3))
    result, frames = learnt((Image(thing, name="holiday.jpg"),))
    assert all("holiday: no even texture" in frame.note for frame in frames if frame.note != "sliders")
    assert result.said.startswith("holiday: no even texture"), "where what was learnt is told, too"


def test_however_little_time_there_is_it_learns_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the samples may take all of it to be looked at."""
    monkeypatch.setattr(training_file._Clock, "fraction", lambda clock, steps: 1.5)
    result, _ = run("texture-space-train", {"samples": (texture((48, 40)),)}, None, minutes=0.01, crop=64)
    assert result.trained is not None and restored(result.trained).record["steps"] == 1
    assert np.isfinite(result.findings["loss"])


def test_too_small_a_sample_is_named() -> None:
    with pytest.raises(Unusable, match="too small to be learnt"):
        learnt((texture((48, 48)), texture((9, 48))))


# texture-space-invert


def test_the_reconstruction_lies_beside_the_picture() -> None:
    picture = texture((72, 66))
    result, _ = run("texture-space-invert", {"space": tiny_space(), "picture": picture}, mode="encode")
    assert result.pixels.shape == (66, 2 * 72 + 8, 3)
    assert np.allclose(result.pixels[:, :72], picture.decoded(), atol=1e-6)
    assert {"error", "fidelity", "nearest sample", "w0", "w1"} == set(result.findings)
    point = [result.findings["w0"], result.findings["w1"]]
    assert np.array_equal(result.pixels[:, 80:], made((72, 66), point=point))


def test_large_pictures_are_looked_at_in_the_middle() -> None:
    picture = texture((300, 280))
    result, _ = run("texture-space-invert", {"space": tiny_space(), "picture": picture}, mode="encode")
    assert result.pixels.shape == (256, 2 * 256 + 8, 3)
    assert np.allclose(result.pixels[:, :256], picture.decoded()[12:268, 22:278], atol=1e-6)
