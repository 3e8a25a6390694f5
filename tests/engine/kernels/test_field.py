from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.context import Context
from engine.kernels.anchors import allowed_anchors, box_count, places_of
from engine.kernels.field import PatchField
from engine.kernels.field_search import LANES, patch_cost
from engine.kernels.stack import Stack, atlas, full_limits
from engine.kernels.strips import AT_ONCE


def textured(seed: int, height: int, width: int, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 511, (height, width, channels)).astype(np.int16)


def plain_cost(target: np.ndarray, ty: Any, tx: Any, source: np.ndarray, sy: Any, sx: Any, patch: int) -> int:
    a = target[ty : ty + patch, tx : tx + patch].astype(np.int64)
    b = source[sy : sy + patch, sx : sx + patch].astype(np.int64)
    return int(((a - b) ** 2).sum())


def holed(side: int = 40, patch: int = 5, seed: int = 0, **more: object) -> PatchField:
    features = textured(seed, side, side)
    hole = np.zeros((side, side), bool)
    hole[14:24, 12:25] = True
    stack = Stack.of(features)
    return PatchField(stack, stack, hole, allowed_anchors(~hole, patch), patch, **more)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(3, 15), st.integers(1, 8))
def test_patch_cost_is_the_sum_of_squared_differences(seed: int, patch: int, channels: int) -> None:
    rng = np.random.default_rng(seed)
    target, source = textured(seed, 20, 23, channels), textured(seed + 1, 18, 31, channels)
    ty, tx = rng.integers(0, 20 - patch + 1), rng.integers(0, 23 - patch + 1)
    sy, sx = rng.integers(0, 18 - patch + 1), rng.integers(0, 31 - patch + 1)
    limits = full_limits(patch, [32767] * channels)
    a, b = Stack.of(target), Stack.of(source)
    chunks = limits.size // (patch * LANES)

    def cost(limit: int) -> int:
        at, there = int(ty * 23 + tx) * channels, int(sy * 31 + sx) * channels
        return int(
            patch_cost(
                a.values, at, 23 * channels, b.values, there, 31 * channels, patch, chunks, limits, np.int64(limit)
            )
        )

    true = plain_cost(target, ty, tx, source, sy, sx, patch)
    assert cost(2**40) == true
    assert cost(true // 2 + 1) == true // 2 + 1


def test_box_count_counts() -> None:
    mask = np.random.default_rng(1).random((9, 13)) < 0.4
    counted = box_count(mask, 4)
    for y in range(6):
        for x in range(10):
            assert counted[y, x] == mask[y : y + 4, x : x + 4].sum()


def test_strips_leave_no_joint() -> None:
    mask = np.random.default_rng(2).random((2 * AT_ONCE // 250 + 9, 254)) < 0.5
    looks: list[int] = []
    counted = box_count(mask, 5, lambda: looks.append(1))
    windows = np.lib.stride_tricks.sliding_window_view(mask, (5, 5))
    assert np.array_equal(counted, windows.sum(axis=(2, 3)))
    assert np.array_equal(places_of(mask, lambda: looks.append(1)), np.flatnonzero(mask))
    assert len(looks) == 6
    features = textured(1, *mask.shape)
    assert np.array_equal(Stack.of(features, lambda: None).image, features)


def test_work_in_pieces_gives_the_same() -> None:
    whole, pieces = (holed(side=90, step=2) for _ in range(2))
    ctx = Context(seed=4, threads=1)
    for each in (whole, pieces):
        each.scatter(ctx)
    whole.search(ctx, 2)
    whole.vote(ctx, 1.0)
    searched = sum(1 for _ in pieces.searching(ctx, 2, at_once=1))
    voted = sum(1 for _ in pieces.voting(ctx, 1.0, 50))
    assert searched >= 2 and voted == 3
    assert np.array_equal(whole.places, pieces.places) and np.array_equal(whole.origin, pieces.origin)
    assert np.array_equal(whole.target.values, pieces.target.values)


def test_a_guess_is_what_a_patch_over_the_pixel_says() -> None:
    for step in (1, 2):
        field = holed(step=step)
        field.scatter(Context(seed=2, threads=1))
        for pixel, guess in zip(field.pixels, field.guessed(), strict=True):
            y, x = divmod(int(pixel), 40)
            said = set()
            for dy in range(5):
                for dx in range(5):
                    if min(y - dy, x - dx) >= 0 and max(y - dy, x - dx) < 36 and field.places[y - dy, x - dx] >= 0:
                        said.add(int(field.places[y - dy, x - dx]) + dy * 40 + dx)
            assert guess in said


@settings(max_examples=30, deadline=None)
@given(st.integers(24, 41), st.integers(24, 41), st.sampled_from([3, 5, 7]), st.integers(1, 7))
def test_a_guess_at_the_border_lies_in_the_patch_and_in_the_picture(
    height: int, width: int, patch: int, step: int
) -> None:
    step = min(step, patch)
    hole = np.zeros((height, width), bool)
    hole[height - 9 :, width - 10 :] = True
    stack = Stack.of(textured(1, height, width))
    field = PatchField(stack, stack, hole, allowed_anchors(~hole, patch), patch, step=step)
    field.scatter(Context(seed=2, threads=1))
    chosen = {(y, x): int(field.places[y, x]) for y, x in np.argwhere(field.places >= 0)}
    for pixel, guess in zip(field.pixels, field.guessed(), strict=True):
        y, x = divmod(int(pixel), width)
        offsets = [(y - dy, x - dx, dy * width + dx) for dy in range(patch) for dx in range(patch)]
        assert int(guess) in {chosen[ay, ax] + there for ay, ax, there in offsets if (ay, ax) in chosen}


def test_allowed_anchors_hold_whole_usable_patches_of_one_source() -> None:
    usable = np.ones((12, 9), bool)
    usable[3, 4] = False
    allowed = allowed_anchors(usable, 3, sources=[5, 7])
    for y in range(12):
        for x in range(9):
            whole = y + 3 <= 12 and x + 3 <= 9 and usable[y : y + 3, x : x + 3].all()
            assert allowed[y, x] == (whole and not (y < 5 < y + 3))


def test_search_all_finds_the_nearest_patch() -> None:
    field, ctx = holed(), Context(threads=1)
    field.scatter(ctx)
    field.search_all(ctx)
    image, candidates = field.source.image, np.argwhere(field.allowed)
    for place in field.active[:: max(1, field.active.size // 12)]:
        y, x = divmod(int(place), field.places.shape[1])
        costs = [plain_cost(image, y, x, image, sy, sx, 5) for sy, sx in candidates]
        assert field.cost[y, x] == min(costs)
        sy, sx = divmod(int(field.places[y, x]), field.source.width)
        assert plain_cost(image, y, x, image, sy, sx, 5) == min(costs)


def test_search_only_improves_and_keeps_true_costs() -> None:
    field, ctx = holed(), Context(threads=1)
    field.scatter(ctx)
    field.search(ctx, passes=1)
    before = field.cost.reshape(-1)[field.active].copy()
    field.search(ctx, passes=4)
    after = field.cost.reshape(-1)[field.active]
    assert (after <= before).all() and after.sum() < before.sum()
    image = field.source.image
    for place, cost in zip(field.active, after, strict=True):
        y, x = divmod(int(place), field.places.shape[1])
        sy, sx = divmod(int(field.places[y, x]), field.source.width)
        assert field.allowed[sy, sx]
        assert cost == plain_cost(image, y, x, image, sy, sx, 5)


def test_propagation_spreads_a_true_offset() -> None:
    # The target is the source moved by (3, 2); one anchor knows, and scans without a random draw tell all the others.
    source = textured(5, 60, 60)
    target = source[3:53, 2:52]
    a, b = Stack.of(np.ascontiguousarray(target)), Stack.of(source)
    field = PatchField(a, b, np.ones((50, 50), bool), allowed_anchors(np.ones((60, 60), bool), 5), 5)
    ctx = Context(threads=1)
    field.scatter(ctx)
    field.places[0, 0] = 3 * 60 + 2
    field.search(ctx, passes=12, radius=0)
    assert (field.cost == 0).mean() > 0.99


@pytest.mark.parametrize("wrap", [False, True])
def test_any_number_of_threads_gives_one_result(wrap: bool) -> None:
    results = []
    for threads in (1, 2, 5):
        ctx = Context(seed=9, threads=threads)
        source = Stack.of(textured(2, 50, 50))
        target = textured(3, 64, 64)
        stack = Stack.wrapped(target, 5) if wrap else Stack.of(target)
        allowed = allowed_anchors(np.ones((50, 50)), 5)
        field = PatchField(stack, source, np.ones((64, 64), bool), allowed, 5, wrap=wrap, uniformity=50.0)
        field.scatter(ctx)
        for _ in range(3):
            field.search(ctx)
            field.vote(ctx)
        results.append((field.places.tobytes(), field.target.values.tobytes(), field.origin.tobytes()))
        ctx.close()
    assert results[0] == results[1] == results[2]


def test_uniformity_spreads_the_use_of_the_source() -> None:
    entropies = []
    for uniformity in (0.0, 3000.0):
        ctx = Context(seed=1, threads=1)
        source = Stack.of(textured(2, 24, 24, 1))
        target = Stack.of(textured(3, 64, 64, 1) // 8 + 220)
        allowed = allowed_anchors(np.ones((24, 24)), 4)
        field = PatchField(target, source, np.ones((64, 64), bool), allowed, 4, uniformity=uniformity)
        field.scatter(ctx)
        for _ in range(8):
            field.search(ctx, passes=1)
        share = np.bincount(field.places.reshape(-1)[field.active], minlength=24 * 24) / field.active.size
        share = share[share > 0]
        entropies.append(-(share * np.log(share)).sum())
    assert entropies[1] > entropies[0] + 0.5


def test_nearness_prefers_the_neighbourhood() -> None:
    far = []
    for nearness in (0.0, 20000.0):
        field, ctx = holed(nearness=nearness), Context(threads=1)
        field.scatter(ctx)
        field.search(ctx, passes=6)
        y, x = np.divmod(field.active, field.places.shape[1])
        sy, sx = np.divmod(field.places.reshape(-1)[field.active], field.source.width)
        far.append((abs(sy - y) + abs(sx - x)).mean())
    assert far[1] < 0.7 * far[0]


def test_the_finer_level_takes_over_twice_the_offset() -> None:
    ctx = Context(threads=1)
    source, target = Stack.of(textured(1, 40, 40)), Stack.of(textured(2, 30, 30))
    coarse = PatchField(
        Stack.of(textured(2, 15, 15)), Stack.of(textured(1, 20, 20)), np.ones((15, 15), bool),
        allowed_anchors(np.ones((20, 20)), 5), 5, level=1,
    )  # fmt: skip
    fine = PatchField(target, source, np.ones((30, 30), bool), allowed_anchors(np.ones((40, 40)), 5), 5)
    y, x = np.mgrid[:11, :11]
    coarse.begin_at(ctx, y + 3, x + 2)
    fine.begin_from(ctx, coarse)
    ys, xs = np.divmod(np.arange(26 * 26), 26)
    sy, sx = np.divmod(fine.places.reshape(-1), 40)
    assert (sy - ys == 6).all() and (sx - xs == 4).all()


def test_places_that_are_not_allowed_are_moved() -> None:
    field, ctx = holed(), Context(threads=1)
    y, x = np.mgrid[: field.places.shape[0], : field.places.shape[1]]
    field.begin_at(ctx, y, x)
    spots = field.places.reshape(-1)[field.active]
    assert field.allowed.reshape(-1)[spots].all()


def test_onion_peel_continues_a_pattern_exactly() -> None:
    y, x = np.mgrid[:48, :48]
    features = ((x % 4 < 2) * 300 + (y % 6 < 3) * 200).astype(np.int16)[..., None]
    hole = np.zeros((48, 48), bool)
    hole[18:28, 17:30] = True
    broken = features.copy()
    broken[hole] = 0
    stack = Stack.of(broken)
    field = PatchField(stack, stack, hole, allowed_anchors(~hole, 7), 7)
    field.onion_peel(Context(threads=1))
    assert np.array_equal(stack.image, features)


def test_an_atlas_keeps_its_pictures_apart() -> None:
    features, real = atlas([textured(1, 10, 12), textured(2, 8, 20)])
    assert features.shape == (18, 20, 3) and real[:10, :12].all() and not real[:10, 12:].any() and real[10:].all()
    assert np.array_equal(features[10:], textured(2, 8, 20))


def test_what_cannot_be_is_refused() -> None:
    stack = Stack.of(textured(1, 10, 10))
    everything = np.ones((10, 10), bool)
    with pytest.raises(ValueError, match="no source patch"):
        PatchField(stack, stack, everything, np.zeros((10, 10), np.uint8), 5)
    with pytest.raises(ValueError, match="leaves gaps"):
        PatchField(stack, stack, everything, np.ones((10, 10), np.uint8), 5, step=6)
    with pytest.raises(ValueError, match="does not fit"):
        PatchField(stack, stack, everything, np.ones((10, 10), np.uint8), 11)
