from typing import Any

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.kernels.field_completion import clusters
from engine.operation import Execution
from engine.ops.fill.fill import Fill, fill


def filled(picture: np.ndarray, hole: np.ndarray, threads: int = 2, seed: int = 1, source: Any = None, **values: Any):
    given = {"picture": Image(picture), "hole": hole, "source": source}
    ctx = Context(seed=seed, threads=threads)
    try:
        run = Execution(fill, given, Fill(**values), ctx)
        frames = list(run)
    finally:
        ctx.close()
    return run.result().image().pixels, frames


def bricks(height: int = 96, width: int = 120) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    row = y // 8
    joint = (y % 8 < 2) | ((x + 10 * (row % 2)) % 20 < 2)
    colour = np.where(joint[..., None], (190, 185, 170), (150, 70, 50)).astype(np.float64)
    colour += np.random.default_rng(0).normal(0, 3, colour.shape)
    return np.clip(colour, 0, 255).astype(np.uint8)


def hole_in(height: int = 96, width: int = 120) -> np.ndarray:
    hole = np.zeros((height, width), np.float32)
    hole[36:62, 44:78] = 1
    return hole


def test_brick_courses_continue() -> None:
    truth, hole = bricks(), hole_in()
    broken = truth.copy()
    broken[hole > 0] = (255, 0, 255)
    made, frames = filled(broken, hole)
    inside = hole > 0
    assert np.array_equal(made[~inside], truth[~inside])
    assert np.abs(made[inside].astype(int) - truth[inside]).mean() < 6
    assert len(frames) >= 3 and frames[0].fraction <= 0.3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_depth_and_layout_keeps_what_is_outside(dtype: type, channels: int) -> None:
    rng = np.random.default_rng(2)
    top = 1.0 if dtype is np.float32 else np.iinfo(dtype).max
    picture = (rng.random((48, 52, channels)) * top).astype(dtype)
    hole = np.zeros((48, 52), np.uint8)
    hole[20:30, 18:29] = 255
    made, _ = filled(picture, hole, quality=1)
    assert made.dtype == dtype and np.array_equal(made[hole == 0], picture[hole == 0])
    assert not np.array_equal(made[hole > 0], picture[hole > 0])


def test_threads_and_repeats_change_nothing_but_the_seed_does() -> None:
    broken, hole = np.random.default_rng(1).integers(0, 255, (90, 100, 3)).astype(np.uint8), hole_in(90, 100)
    first, _ = filled(broken, hole, threads=1, quality=1)
    again, _ = filled(broken, hole, threads=3, quality=1)
    other, _ = filled(broken, hole, seed=2, quality=1)
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_a_soft_mask_blends() -> None:
    rng = np.random.default_rng(4)
    picture = np.clip(rng.normal(60, 5, (60, 60, 3)), 0, 255).astype(np.uint8)
    hole = np.zeros((60, 60), np.float32)
    hole[20:40, 20:40] = 1
    hole[20:40, 30:40] = 0.25
    picture[hole > 0] = 220
    made, _ = filled(picture, hole)
    assert abs(made[22:38, 22:29].mean() - 60) < 6
    assert abs(made[22:38, 31:39].mean() - (0.75 * 220 + 0.25 * 60)) < 6


def test_only_the_source_is_sampled() -> None:
    rng = np.random.default_rng(5)
    picture = rng.integers(0, 60, (64, 96, 3)).astype(np.uint8)
    picture[:, 48:] += 180
    hole = np.zeros((64, 96), np.float32)
    hole[24:40, 16:32] = 1
    source = np.zeros((64, 96), np.float32)
    source[:, 48:] = 1
    made, _ = filled(picture, hole, source=source, blend=0.0)
    assert made[hole > 0].min() >= 180


def test_hidden_colours_do_not_bleed() -> None:
    picture = np.zeros((60, 60, 4), np.uint8)
    picture[..., 0] = 255
    picture[:, 30:] = (20, 120, 40, 255)
    hole = np.zeros((60, 60), np.float32)
    hole[22:38, 20:42] = 1
    made, _ = filled(picture, hole)
    solid = made[(hole > 0) & (made[..., 3] > 8)]
    assert solid.size and solid[:, 0].max() < 60


def test_a_large_picture_is_seen_through_a_window() -> None:
    hole = np.zeros((3000, 2000), np.uint8)
    hole[1500:1520, 900:940] = 255
    rect = fill.focus({"hole": hole}, Fill())  # type: ignore[misc]
    assert rect.size == (40 + 512, 20 + 512)
    assert fill.focus({"hole": hole}, Fill(reach=40)).size == (120, 100)  # type: ignore[misc]


def test_clusters_hold_the_hole_and_stay_apart() -> None:
    hole = np.zeros((900, 1200), bool)
    for y, x in ((40, 50), (60, 80), (800, 1100), (810, 60)):
        hole[y : y + 12, x : x + 9] = True
    found = clusters(hole, 64)
    assert len(found) == 3
    covered = np.zeros_like(hole)
    for rect in found:
        assert not covered[rect.slices].any()
        covered[rect.slices] = True
    assert covered[hole].all()


def test_holes_far_apart_are_all_filled() -> None:
    truth = np.tile(bricks(96, 120), (3, 4, 1))
    hole = np.zeros(truth.shape[:2], np.float32)
    for y, x in ((40, 50), (60, 400), (230, 60), (240, 420)):
        hole[y : y + 14, x : x + 16] = 1
    broken = truth.copy()
    broken[hole > 0] = (0, 255, 0)
    made, _ = filled(broken, hole, reach=40)
    assert np.abs(made[hole > 0].astype(int) - truth[hole > 0]).mean() < 14


def test_every_hole_is_drawn_over_before_anything_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """One look at all of them, however far apart and large: the search may take its time."""
    picture = np.full((1400, 1500, 3), (200, 120, 40), np.uint8)
    picture[:, 700:] = (20, 90, 160)
    hole = np.zeros(picture.shape[:2], np.float32)
    hole[40:80, 50:90] = hole[200:1300, 800:1400] = 1
    picture[hole > 0] = (0, 255, 0)
    monkeypatch.setattr("engine.ops.fill.fill.complete", lambda *_: iter(()))
    ctx = Context(seed=1)
    run = Execution(fill, {"picture": Image(picture), "hole": hole}, Fill(reach=40), ctx)
    with pytest.raises(AssertionError):
        list(run)  # nothing was found, as nothing was searched
    ctx.close()
    made = run.result().image().pixels
    assert np.abs(made[40:80, 50:90].astype(int) - (200, 120, 40)).mean() < 20
    assert np.abs(made[200:1300, 800:1400].astype(int) - (20, 90, 160)).mean() < 20
    assert made[hole > 0, 1].max() < 130, "nothing of what was there is left"


@pytest.mark.parametrize(
    ("size", "hole"),
    [((1, 1), (0, 1, 0, 1)), ((3, 5), (1, 2, 1, 2)), ((20, 400), (8, 12, 100, 140)), ((40, 40), (0, 20, 0, 20))],
)
def test_odd_sizes_give_a_picture_or_a_sentence(size: tuple[int, int], hole: tuple[int, int, int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (*size, 3)).astype(np.uint8)
    mask = np.zeros(size, np.float32)
    mask[hole[0] : hole[1], hole[2] : hole[3]] = 1
    try:
        made, _ = filled(picture, mask, quality=1)
    except Unusable as problem:
        assert str(problem).endswith(".")
    else:
        assert made.shape == picture.shape


def test_senseless_holes_are_refused() -> None:
    picture = np.zeros((30, 30, 3), np.uint8)
    with pytest.raises(Unusable, match="The hole is empty"):
        filled(picture, np.zeros((30, 30), np.float32))
    with pytest.raises(Unusable, match="covers everything"):
        filled(picture, np.ones((30, 30), np.float32))
    nearly = np.ones((30, 30), np.float32)
    nearly[0, 0] = 0
    with pytest.raises(Unusable, match="No patch of 7 px fits"):
        filled(picture, nearly)


@pytest.mark.parametrize(
    "values", [{"patch": 5}, {"reach": 16}, {"blend": 0.0}, {"quality": 1}, {"distance": "lab"}], ids=str
)
def test_every_parameter_matters(values: dict[str, Any]) -> None:
    rng = np.random.default_rng(8)
    broken = np.clip(bricks() + rng.normal(0, 20, (96, 120, 3)), 0, 255).astype(np.uint8)
    hole = hole_in()
    assert not np.array_equal(filled(broken, hole)[0], filled(broken, hole, **values)[0])


def test_what_is_nowhere_at_the_rim_is_not_put_into_the_hole() -> None:
    rng = np.random.default_rng(6)
    picture = np.clip(rng.normal(110, 9, (160, 160, 3)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:160, :160]
    for plant_y, plant_x in ((120, 120), (126, 40), (40, 128)):
        picture[np.hypot(y - plant_y, x - plant_x) < 11] = (30, 190, 30)
    hole = (np.hypot(y - 60, x - 60) < 30).astype(np.float32)
    picture[hole > 0] = (30, 190, 30)
    for seed in (1, 2, 3):
        made, _ = filled(picture, hole, seed=seed)
        assert np.abs(made[hole > 0].astype(int) - 110).max() < 60


def test_what_is_known_inside_a_letter_is_not_forgotten() -> None:
    """A wall that is seen through a ring and below it: it must be one wall, not an island in the sky."""
    picture = np.zeros((512, 512, 3), np.uint8)
    picture[:] = (90, 140, 210)
    picture[250:] = (150, 60, 50)
    truth = picture.copy()
    y, x = np.mgrid[:512, :512]
    away = np.hypot(y - 262, x - 256)
    hole = ((away < 16) & (away > 7)).astype(np.float32)
    for left in range(20, 480, 40):
        hole[80:90, left : left + 30] = hole[420:430, left : left + 30] = 1
    picture[hole > 0] = 255
    made, _ = filled(picture, hole)
    assert np.abs(made[hole > 0].astype(int) - truth[hole > 0]).mean() < 4
