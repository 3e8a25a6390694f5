"""Efros-Leung as an artist meets it: synthesis, holes and growth on odd and ordinary pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.operation import Execution, Input, Operation
from engine.ops.fill.efros_leung_extend import efros_leung_extend
from engine.ops.fill.efros_leung_fill import efros_leung_fill
from engine.ops.synthesize.efros_leung import efros_leung
from engine.region import Rect


def run(op: Operation[Any], inputs: dict[str, Any], size: tuple[int, int] | None = None, **values: Any) -> Image:
    ctx = Context(seed=values.pop("seed", 1), threads=2)
    try:
        execution = Execution(op, inputs, op.params(**values), ctx, size)
        for _ in execution:
            pass
        return execution.result().image()
    finally:
        ctx.close()


def noise(height: int, width: int, channels: int = 3, dtype: Any = np.uint8) -> NDArray[Any]:
    """No two pixels alike, so that every copy can be traced."""
    top = np.iinfo(dtype).max
    values = np.random.default_rng(height * width).integers(0, top, (height, width, channels), dtype, endpoint=True)
    values[..., 0] = np.arange(height * width).reshape(height, width) % (top + 1)
    return values


def stripes(height: int, width: int, period: int = 8) -> NDArray[np.uint8]:
    """Upright stripes of a period, RGB."""
    wave = ((np.arange(width) % period) * (240 // period)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(np.stack([wave, 255 - wave, wave // 2], axis=1), (height, width, 3)))


def colours(pixels: NDArray[Any]) -> set[tuple[int, ...]]:
    return {tuple(pixel) for pixel in pixels.reshape(-1, pixels.shape[2]).tolist()}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_pixel_is_a_pixel_of_the_sample(channels: int, dtype: Any) -> None:
    sample = noise(16, 19, channels, dtype)
    made = run(efros_leung, {"sample": Image(sample)}, (23, 31), window=5).pixels
    assert made.shape == (31, 23, channels) and made.dtype == dtype
    assert colours(made) <= colours(sample)


def test_grows_from_a_piece_of_the_sample() -> None:
    sample = noise(20, 20)
    made = run(efros_leung, {"sample": Image(sample)}, (21, 21), window=5).pixels
    middle = made[9:12, 9:12]
    assert any(np.array_equal(middle, sample[y : y + 3, x : x + 3]) for y in range(18) for x in range(18))


def test_a_pattern_goes_on() -> None:
    made = run(efros_leung, {"sample": Image(stripes(24, 40))}, (64, 48), window=11).pixels
    assert (made == made[:1]).all()
    assert np.array_equal(made[0, 8:], made[0, :-8])


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (3, 3), (200, 4)])
def test_odd_output_sizes(size: tuple[int, int]) -> None:
    sample = noise(12, 12)
    made = run(efros_leung, {"sample": Image(sample)}, size, window=3).pixels
    assert made.shape[:2] == size[::-1] and colours(made) <= colours(sample)


@pytest.mark.parametrize(
    ("height", "width", "remedy"), [(1, 1, "larger sample$"), (9, 40, "at most 9 px"), (6, 7, "at most 5 px")]
)
def test_a_sample_smaller_than_the_window(height: int, width: int, remedy: str) -> None:
    with pytest.raises(Unusable) as caught:
        run(efros_leung, {"sample": Image(noise(height, width))}, (20, 20))
    assert caught.match("no window of 11 px fits inside")
    assert (str(caught.value)[:-1]).endswith(remedy.rstrip("$"))


HOLES = ["corner", "edge", "two", "ring", "pixel"]


def hole(kind: str, height: int, width: int) -> NDArray[np.float32]:
    mask = np.zeros((height, width), np.float32)
    if kind == "corner":
        mask[:9, :7] = 1
    elif kind == "edge":
        mask[10:22, -6:] = 1
    elif kind == "two":
        mask[5:11, 6:12] = mask[30:33, 20:40] = 1
    elif kind == "ring":
        mask[8:22, 8:22] = 1
        mask[12:18, 12:18] = 0
    else:
        mask[17, 23] = 1
    return mask


@pytest.mark.parametrize("kind", HOLES)
def test_holes_close_and_nothing_else_changes(kind: str) -> None:
    picture, mask = noise(40, 48), hole(kind, 40, 48)
    made = run(efros_leung_fill, {"picture": Image(picture), "hole": mask}, window=5).pixels
    assert np.array_equal(made[mask == 0], picture[mask == 0])
    assert not np.array_equal(made, picture)
    assert {tuple(p) for p in made[mask > 0].tolist()} <= {tuple(p) for p in picture[mask == 0].tolist()}


@pytest.mark.parametrize("kind", HOLES)
def test_a_pattern_closes_without_a_trace(kind: str) -> None:
    picture, mask = stripes(40, 48), hole(kind, 40, 48)
    spoilt = picture.copy()
    spoilt[mask > 0] = (255, 0, 255)
    made = run(efros_leung_fill, {"picture": Image(spoilt), "hole": mask}, window=11).pixels
    assert np.array_equal(made, picture)


def test_what_the_hole_hid_does_not_matter() -> None:
    picture, mask = noise(40, 48, 4), hole("two", 40, 48)
    other = picture.copy()
    other[mask > 0] = 7
    a, b = (run(efros_leung_fill, {"picture": Image(p), "hole": mask}, window=7).pixels for p in (picture, other))
    assert np.array_equal(a, b)


def test_copies_from_the_painted_source_only() -> None:
    picture, mask, source = noise(60, 40), hole("pixel", 60, 40), np.zeros((60, 40), np.float32)
    source[50:57, 2:9] = 1
    made = run(efros_leung_fill, {"picture": Image(picture), "hole": mask, "source": source}, window=7).pixels
    assert np.array_equal(made[17, 23], picture[53, 5]), "the only place whose window fits"


def test_copies_from_within_reach_only() -> None:
    picture, mask = noise(200, 200), np.zeros((200, 200), np.float32)
    mask[100, 100] = 1
    made = run(efros_leung_fill, {"picture": Image(picture), "hole": mask}, window=3, reach=16, tolerance=1.0).pixels
    rows, columns = np.nonzero((picture == made[100, 100]).all(axis=2))
    assert any(max(abs(y - 100), abs(x - 100)) <= 17 for y, x in zip(rows, columns, strict=True))


def test_soft_edges_blend() -> None:
    picture, mask = stripes(40, 48), np.zeros((40, 48), np.float32)
    mask[10:20, 10:20] = 1
    mask[20, 10:20] = 0.5
    spoilt = picture.copy()
    spoilt[mask > 0] = 0
    made = run(efros_leung_fill, {"picture": Image(spoilt), "hole": mask}).pixels
    assert np.array_equal(made[10:20], picture[10:20])
    assert (abs(made[20, 10:20].astype(int) - picture[20, 10:20] / 2) <= 1).all()


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        (np.zeros((30, 30), np.float32), "The hole is empty"),
        (np.ones((30, 30), np.float32), "No window of 11 px fits beside the hole"),
        (np.pad(np.ones((22, 22), np.float32), 4), "No window of 11 px fits beside the hole"),
    ],
)
def test_impossible_holes(mask: NDArray[np.float32], sentence: str) -> None:
    with pytest.raises(Unusable, match=sentence):
        run(efros_leung_fill, {"picture": Image(noise(30, 30)), "hole": mask})


def test_a_source_without_a_window() -> None:
    source = np.zeros((30, 30), np.float32)
    source[:3, :3] = 1
    with pytest.raises(Unusable, match="in the source"):
        run(efros_leung_fill, {"picture": Image(noise(30, 30)), "hole": hole("pixel", 30, 30), "source": source})


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_grows_beyond_the_border(channels: int, dtype: Any) -> None:
    picture = noise(20, 24, channels, dtype)
    made = run(efros_leung_extend, {"picture": Image(picture)}, left=3, right=7, top=5, bottom=1, window=5).pixels
    assert made.shape == (26, 34, channels) and made.dtype == dtype
    assert np.array_equal(made[5:25, 3:27], picture)
    assert colours(made) <= colours(picture)


def test_a_pattern_goes_on_beyond_the_border() -> None:
    picture = stripes(30, 48)
    made = run(efros_leung_extend, {"picture": Image(picture)}, left=16, right=8, top=6, bottom=0).pixels
    assert np.array_equal(made, stripes(36, 72))


@pytest.mark.parametrize(
    ("height", "width", "values", "sentence"),
    [
        (30, 30, {"right": 0}, "nothing to grow"),
        (5, 30, {}, "no window of 11 px fits"),
        (1, 1, {}, "no window of 11 px"),
    ],
)
def test_impossible_growth(height: int, width: int, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unusable, match=sentence):
        run(efros_leung_extend, {"picture": Image(noise(height, width))}, **values)


def test_a_source_that_leaves_out_a_part_of_everything_is_looked_at_as_far_as_ever() -> None:
    """Banning a spot must not make it look at the whole of a photograph."""
    size = (500, 300)
    hole, source = np.zeros(size[::-1], np.float32), np.ones(size[::-1], np.float32)
    hole[100:110, 80:90] = 1
    source[60:90, 60:70] = 0
    given: dict[str, Input | None] = {"picture": Image(np.zeros((size[1], size[0], 3), np.uint8)), "hole": hole}
    focus, p = efros_leung_fill.focus, efros_leung_fill.params(reach=40, window=7)
    assert focus is not None
    assert focus({**given, "source": source}, p) == focus({**given, "source": None}, p)
    far = np.zeros_like(source)
    far[200:260, 300:400] = 1
    assert focus({**given, "source": far}, p).holds(Rect(300, 200, 100, 60)), "what is painted is looked at"
