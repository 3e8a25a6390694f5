"""Growing by Efros and Leung against the paper's pseudocode, spelled out slowly in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import engine.kernels.efros_leung as efros_leung
from engine.context import Context
from engine.errors import Stopped, Unusable
from engine.kernels.efros_leung import LARGEST_ERROR, RELAXED, TOLERANCE, grown
from engine.kernels.efros_leung_order import ORDER, frontier, turns
from engine.kernels.efros_leung_search import BLOCK, PICK, SLACK
from engine.kernels.efros_leung_source import WEIGHT_SCALE, Source, bell, fitting, near
from engine.kernels.randomness import below, mixed

Ints = NDArray[np.int64]


def slow_bell(window: int) -> Ints:
    """(window, window) whole weights, the centre included."""
    half, sigma = window // 2, window / 6.4
    bells = np.array(
        [[np.exp(-(y * y + x * x) / (2 * sigma**2)) for x in range(-half, half + 1)] for y in range(-half, half + 1)]
    )
    return np.rint(bells / bells.sum() * WEIGHT_SCALE).astype(np.int64)


def slow_growth(
    pixels: NDArray[np.float32],
    places: NDArray[np.bool_],
    start: NDArray[np.int32],
    window: int,
    tolerance: float,
    largest_error: float,
    seed: int,
) -> NDArray[np.int32]:
    """GrowImage of the paper, one pixel after the other: every window compared with every other, in whole numbers."""
    channels = pixels.shape[2]
    seen = pixels.astype(np.float32)
    if channels in (2, 4):
        seen = np.concatenate([seen[..., :-1] * seen[..., -1:], seen[..., -1:]], axis=2)
    colours = np.rint(seen * np.float32(65535)).astype(np.int64)
    rows, columns = start.shape
    half, weights = window // 2, slow_bell(window)
    centres = np.argwhere(places)
    windows = np.stack([colours[y - half : y + half + 1, x - half : x + half + 1] for y, x in centres])
    sources, threshold, number = start.copy(), largest_error, 0
    while (sources < 0).any():
        number += 1
        ring = []
        for y, x in np.argwhere(sources < 0):
            known = int((sources[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] >= 0).sum())
            if known:
                random = int(mixed(np.uint64(seed), int(y * columns + x), ORDER, number)) >> 8
                ring.append((-known, random, int(y), int(x)))
        progress = False
        for _, _, y, x in sorted(ring):
            mask = np.zeros((window, window), np.int64)
            template = np.zeros((window, window, channels), np.int64)
            for v in range(window):
                for u in range(window):
                    j, i = y + v - half, x + u - half
                    if 0 <= j < rows and 0 <= i < columns and sources[j, i] >= 0:
                        mask[v, u] = weights[v, u]
                        template[v, u] = colours.reshape(-1, channels)[sources[j, i]]
            squares = ((windows - template) ** 2).sum(axis=3)
            distances = (squares * mask).sum(axis=(1, 2)).astype(np.float64)
            equals = np.flatnonzero(distances <= distances.min() * (1.0 + tolerance))
            pick = equals[below(len(equals), np.uint64(seed), y * columns + x, PICK, 0)]
            if distances[pick] / (mask.sum() * channels * 65535.0**2) < threshold:
                sources[y, x] = centres[pick][0] * pixels.shape[1] + centres[pick][1]
                progress = True
        if not progress:
            threshold *= RELAXED
    return sources


def fast_growth(
    pixels: NDArray[np.float32],
    places: NDArray[np.bool_],
    start: NDArray[np.int32],
    window: int,
    tolerance: float,
    largest_error: float,
    seed: int,
    threads: int,
) -> NDArray[np.int32]:
    ctx, sources = Context(seed=seed, threads=threads), start.copy()
    try:
        for _ in grown(ctx, Source.of(pixels, places), sources, window, tolerance, largest_error):
            pass
    finally:
        ctx.close()
    return sources


def painted(random: np.random.Generator, height: int, width: int, channels: int, levels: int) -> NDArray[np.float32]:
    """Random values of so many levels: few levels make many exact ties."""
    return (random.integers(0, levels, (height, width, channels)) / max(levels - 1, 1)).astype(np.float32)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is worth sharing, and kernels come back after every pixel or two."""
    monkeypatch.setattr(efros_leung, "SHARED_SECONDS", 0.0)
    monkeypatch.setattr(efros_leung, "PIECE_SECONDS", 1e-5)


CASES: dict[str, Any] = {
    "size": st.tuples(st.integers(7, 11), st.integers(7, 11)),
    "window": st.sampled_from([3, 5, 7]),
    "channels": st.integers(1, 4),
    "levels": st.sampled_from([1, 2, 3, 256, 65536]),
    "tolerance": st.sampled_from([0.0, 0.1, 0.5]),
    "largest_error": st.sampled_from([0.3, 0.1, 0.02]),
    "seed": st.integers(0, 2**32 - 1),
}


@settings(max_examples=20)
@given(**CASES, out=st.tuples(st.integers(3, 10), st.integers(3, 10)), threads=st.integers(1, 2))
@example(
    size=(13, 12), window=7, channels=3, levels=256, tolerance=0.1, largest_error=0.3, seed=1, out=(12, 12), threads=2
)
@example(size=(8, 9), window=5, channels=1, levels=2, tolerance=0.0, largest_error=0.002, seed=3, out=(9, 9), threads=2)
def test_synthesis_is_the_papers(
    hasty: None,
    size: tuple[int, int],
    window: int,
    channels: int,
    levels: int,
    tolerance: float,
    largest_error: float,
    seed: int,
    out: tuple[int, int],
    threads: int,
) -> None:
    random = np.random.default_rng(seed)
    pixels = painted(random, *size, channels, levels)
    places = fitting(np.ones(size, np.bool_), window)
    start = np.full(out, -1, np.int32)
    start[out[0] // 2, out[1] // 2] = random.integers(size[0] * size[1])
    slow = slow_growth(pixels, places, start, window, tolerance, largest_error, seed)
    fast = fast_growth(pixels, places, start, window, tolerance, largest_error, seed, threads)
    assert np.array_equal(slow, fast)


@settings(max_examples=20)
@given(**CASES, share=st.floats(0.02, 0.3), threads=st.integers(1, 2))
def test_filling_is_the_papers(
    hasty: None,
    size: tuple[int, int],
    window: int,
    channels: int,
    levels: int,
    tolerance: float,
    largest_error: float,
    seed: int,
    share: float,
    threads: int,
) -> None:
    random = np.random.default_rng(seed)
    height, width = size[0] + window, size[1] + window
    pixels = painted(random, height, width, channels, levels)
    known = np.ones((height, width), np.bool_)
    known[window:] = random.random((height - window, width)) > share
    places = fitting(known, window)
    start = np.where(known, np.arange(known.size, dtype=np.int32).reshape(known.shape), np.int32(-1))
    if not places.any() or known.all():
        return
    slow = slow_growth(pixels, places, start, window, tolerance, largest_error, seed)
    fast = fast_growth(pixels, places, start, window, tolerance, largest_error, seed, threads)
    assert np.array_equal(slow, fast)


@pytest.mark.parametrize(("window", "channels"), [(11, 3), (23, 1), (41, 4)])
def test_large_windows_over_many_blocks(window: int, channels: int) -> None:
    random = np.random.default_rng(window)
    # Waves under the noise: some places are nearly as good as the best, most are not.
    waves = 1 + np.sin(np.arange(90) / 3)[None, :, None]
    pixels = (0.5 * painted(random, 52, 90, channels, 256) + 0.25 * waves).astype(np.float32)
    known = np.ones((52, 90), np.bool_)
    known[49:, 40:43] = known[20, 88:] = known[0, 0] = False
    places = fitting(known, window)
    start = np.where(known, np.arange(known.size, dtype=np.int32).reshape(known.shape), np.int32(-1))
    assert places.sum() > BLOCK
    slow = slow_growth(pixels, places, start, window, 0.1, 0.3, 7)
    assert np.array_equal(slow, fast_growth(pixels, places, start, window, 0.1, 0.3, 7, 1))


@given(seed=st.integers(0, 999), share=st.floats(0.0, 0.5), window=st.sampled_from([3, 5]))
def test_blocks_hold_every_open_place_and_no_window_leaves_the_planes(seed: int, share: float, window: int) -> None:
    random = np.random.default_rng(seed)
    places = fitting(random.random((30, 23)) >= share, window)
    source = Source.of(painted(random, 30, 23, 2, 9), places)
    covered = {int(first) + i for first in source.blocks for i in range(BLOCK)}
    assert set(np.flatnonzero(places)) <= covered and set(np.flatnonzero(source.closed == 0)) == set(
        np.flatnonzero(places)
    )
    if covered:
        farthest = (window // 2) * (23 + 1)
        assert min(covered) - farthest >= 0 and max(covered) + farthest < source.planes.shape[1]


def test_published_constants() -> None:
    assert (TOLERANCE, LARGEST_ERROR, RELAXED) == (0.1, 0.3, 1.1)
    steps, weights = bell(11)
    at = {(int(y), int(x)): float(w) for (y, x), w in zip(steps, weights, strict=True)}
    assert (0, 0) not in at and len(at) == 120
    assert at[0, 1] == pytest.approx(at[3, 0] * np.exp(8 / (2 * (11 / 6.4) ** 2)), rel=1e-3)


@pytest.mark.parametrize("window", [3, 5, 11, 23, 41])
def test_sums_stay_exact(window: int) -> None:
    _, weights = bell(window)
    assert weights.max() > 0 and (weights == np.rint(weights)).all()
    assert weights.sum() < 2**19, "4 channels of 65535 squared, weighted, must stay below 2**53"
    terms = 4 * weights.size + 8
    assert (1 + 2.0**-24) ** terms < SLACK


def test_nearest_neighbours_come_first() -> None:
    steps, weights = bell(9)
    assert (np.diff((steps.astype(int) ** 2).sum(axis=1)) >= 0).all() and (np.diff(weights) <= 0).all()


def test_the_pass_takes_most_neighbours_first_and_mixes_equals() -> None:
    sources = np.full((20, 20), -1, np.int32)
    sources[5:15, 5:15] = 0
    sources[8, 5] = -1
    around = np.flatnonzero(sources.reshape(-1) < 0).astype(np.int32)
    orders = []
    for seed in (1, 2):
        found, keys = np.empty(around.size, np.int32), np.empty(around.size, np.uint64)
        count = frontier(
            around, sources, np.zeros(400, np.int32), 1, np.uint64(seed), found, keys, np.zeros(1, np.uint8)
        )
        order = found[:count][np.argsort(keys[:count])]
        rows, columns = order // 20, order % 20
        known = [
            int((sources[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] >= 0).sum())
            for y, x in zip(rows, columns, strict=True)
        ]
        assert count == 44 + 1 and order[0] == 8 * 20 + 5 and known == sorted(known, reverse=True)
        assert sorted(order) == sorted(set(order.tolist()))
        threes = [int(pixel) for pixel, n in zip(order, known, strict=True) if n == 3]
        assert threes != sorted(threes)
        orders.append(order.tolist())
    assert orders[0] != orders[1]


@given(radius=st.integers(1, 4), seed=st.integers(0, 999), count=st.integers(1, 60))
def test_turns_keep_what_can_see_one_another_apart(radius: int, seed: int, count: int) -> None:
    order = np.random.default_rng(seed).permutation(12 * 14)[:count].astype(np.int32)
    scratch, found = np.zeros((12, 14), np.int32), np.empty(count, np.int32)
    turns(order, (12, 14), radius, scratch, found, np.zeros(1, np.uint8))
    rows, columns = order // 14, order % 14
    for n in range(count):
        meets = (abs(rows[:n] - rows[n]) <= radius) & (abs(columns[:n] - columns[n]) <= radius)
        assert found[n] == (found[:n][meets].max() + 1 if meets.any() else 0)
    assert not scratch.any()


@given(seed=st.integers(0, 999), window=st.sampled_from([1, 3, 5]), reach=st.integers(0, 6))
def test_fitting_and_near(seed: int, window: int, reach: int) -> None:
    mask = np.random.default_rng(seed).random((9, 11)) > 0.1
    half = window // 2
    for y in range(9):
        for x in range(11):
            inside = half <= y < 9 - half and half <= x < 11 - half
            wanted = inside and bool(mask[y - half : y + half + 1, x - half : x + half + 1].all())
            assert fitting(mask, window)[y, x] == wanted
            close = bool((~mask)[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1].any())
            assert near(~mask, reach)[y, x] == close


def test_a_seed_is_a_picture_and_threads_are_not() -> None:
    pixels = painted(np.random.default_rng(0), 40, 40, 3, 8)
    places = fitting(np.ones((40, 40), np.bool_), 9)
    start = np.full((70, 70), -1, np.int32)
    start[35, 35] = 500
    one, two, other = (
        fast_growth(pixels, places, start, 9, 0.1, 0.3, seed, threads) for seed, threads in ((1, 1), (1, 5), (2, 2))
    )
    assert np.array_equal(one, two) and not np.array_equal(one, other)


def test_changes_are_told_as_they_happen() -> None:
    pixels = painted(np.random.default_rng(0), 20, 20, 3, 256)
    sources = np.full((30, 40), -1, np.int32)
    sources[2, 3] = 0
    shown, ctx, fractions = sources.copy(), Context(threads=1), []
    for rect in grown(ctx, Source.of(pixels, fitting(np.ones((20, 20), np.bool_), 5)), sources, 5):
        shown[rect.slices] = sources[rect.slices]
        assert np.array_equal(shown, sources)
        fractions.append(ctx.fraction)
    assert len(fractions) >= 8 and fractions == sorted(fractions) and fractions[-1] == 1.0
    assert (sources >= 0).all()


def test_without_an_open_place_there_is_a_sentence() -> None:
    source = Source.of(painted(np.random.default_rng(0), 8, 8, 1, 2), np.zeros((8, 8), np.bool_))
    with pytest.raises(Unusable, match="No window of 5 px fits"):
        next(grown(Context(threads=1), source, np.array([[0, -1]], np.int32), 5))


def test_stops_between_pixels() -> None:
    pixels = painted(np.random.default_rng(0), 64, 64, 3, 256)
    sources = np.full((200, 200), -1, np.int32)
    sources[100, 100] = 0
    ctx = Context(threads=1)
    growing = grown(ctx, Source.of(pixels, fitting(np.ones((64, 64), np.bool_), 11)), sources, 11)
    next(growing)
    ctx.stop()
    with pytest.raises(Stopped):
        next(growing)
    assert (sources < 0).any()
