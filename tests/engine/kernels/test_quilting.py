"""Quilting against a slow twin that adds everything up in whole numbers, one candidate after another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Stopped
from engine.kernels.quilting import FLOOR, Quilter, planes_of
from engine.kernels.quilting_grid import fronts, spans

WORD = 2**64


def _mixed(seed: int, *counters: int) -> int:
    """SplitMix64's finaliser, once per counter, in Python's own integers."""
    z = seed
    for counter in counters:
        z = (z + 0x9E3779B97F4A7C15 + counter * 0xD1342543DE82EF95) % WORD
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORD
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
        z = z ^ (z >> 31)
    return z


def _slow_seam(error: NDArray[np.int64]) -> list[int]:
    total = error.copy()
    for k in range(1, len(error)):
        padded = np.pad(total[k - 1], 1, constant_values=2**60)
        total[k] += np.minimum(np.minimum(padded[:-2], padded[1:-1]), padded[2:])
    path = [int(total[-1].argmin())]
    for k in range(len(error) - 2, -1, -1):
        low = max(path[-1] - 1, 0)
        path.append(low + int(total[k, low : path[-1] + 2].argmin()))
    return path[::-1]


def slow_quilt(
    sample: NDArray[np.float32],
    size: tuple[int, int],
    block: int,
    overlap: int,
    tolerance: float,
    variety: float,
    cyclic: bool,
    seed: int,
) -> NDArray[np.float32]:
    """The quilt, exhaustively: float32 (h, w, C)."""
    height, width, channels = sample.shape
    seen = planes_of(sample).T.reshape(height, width, channels).astype(np.int64)
    index = np.full((size[1], size[0]), -1)
    uses, pasted = np.zeros((height, width), np.int64), 0
    for front in fronts(size, block, overlap, cyclic):
        reuse, before = variety / (1 + pasted / (height * width)), index.copy()
        chosen = []
        for y0, x0, h, w, top, bottom, left, right, row, column in front.tolist():
            at = np.ix_(np.arange(y0, y0 + h) % size[1], np.arange(x0, x0 + w) % size[0])
            old = before[at]
            known = np.zeros((h, w), bool)
            known[:top] = known[h - bottom :] = True
            known[:, :left] = known[:, w - right :] = True
            assert (old[known] >= 0).all()
            wanted = seen.reshape(-1, channels)[old]
            rows, columns = height - h + 1, width - w + 1
            costs = np.empty((rows, columns))
            for y in range(rows):
                for x in range(columns):
                    difference = seen[y : y + h, x : x + w] - wanted
                    squares = int((difference**2)[known].sum())
                    weight = 1 + reuse / (h * w) * int(uses[y : y + h, x : x + w].sum())
                    costs[y, x] = (squares + FLOOR * int(known.sum()) * channels) * weight
            good = np.argwhere(costs <= costs.min() * (1 + tolerance))
            y, x = good[(_mixed(seed, row, column, 0) >> 32) * len(good) >> 32].tolist()
            error = ((seen[y : y + h, x : x + w] - wanted) ** 2).sum(axis=2)
            new = np.ones((h, w), bool)
            depths = np.arange(h)[:, None], np.arange(w)[None, :]
            if top:
                new &= depths[0] >= np.array(_slow_seam(error[:top].T))[None, :]
            if bottom:
                new &= h - 1 - depths[0] >= np.array(_slow_seam(error[::-1][:bottom].T))[None, :]
            if left:
                new &= depths[1] >= np.array(_slow_seam(error[:, :left]))[:, None]
            if right:
                new &= w - 1 - depths[1] >= np.array(_slow_seam(error[:, ::-1][:, :right]))[:, None]
            chosen.append((at, y, x, new))
        for at, y, x, new in chosen:
            h, w = new.shape
            source = np.arange(y, y + h)[:, None] * width + np.arange(x, x + w)[None, :]
            index[at] = np.where(new | (index[at] < 0), source, index[at])
            uses[y : y + h, x : x + w] += 1
            pasted += h * w
    return sample.reshape(-1, channels)[index]


def quick_quilt(
    sample: NDArray[np.float32], size: tuple[int, int], *settings: float, seed: int = 1, threads: int = 2
) -> NDArray[np.float32]:
    ctx = Context(seed=seed, size=size, threads=threads)
    block, overlap, tolerance, variety, cyclic = settings
    quilter = Quilter(ctx, sample, int(block), int(overlap), tolerance, variety, bool(cyclic))
    for _ in quilter:
        pass
    ctx.close()
    assert (quilter.quilt >= 0).all()
    return quilter.pixels(quilter.whole)


def _texture(height: int, width: int, channels: int, seed: int) -> NDArray[np.float32]:
    """Smooth enough for near fits, coarse enough in value for ties."""
    rng = np.random.default_rng(seed)
    rough = rng.random((height, width, channels))
    smooth = (rough + np.roll(rough, 1, 0) + np.roll(rough, 1, 1) + np.roll(rough, 2, 1)) / 4
    return (np.round(smooth * 40) / 40).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 22), st.integers(1, 22), st.integers(1, 4)),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    block=st.integers(1, 12),
    overlap=st.integers(0, 6),
    tolerance=st.sampled_from([0.0, 0.1, 1.0]),
    variety=st.sampled_from([0.0, 1.0, 3.3]),
    cyclic=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_as_the_slow_twin(
    shape: tuple[int, int, int],
    size: tuple[int, int],
    block: int,
    overlap: int,
    tolerance: float,
    variety: float,
    cyclic: bool,
    seed: int,
) -> None:
    sample = _texture(*shape, seed)
    chosen = Quilter.fitting(shape, block, overlap)
    if chosen[0] < 3:
        size = min(size[0], 12), min(size[1], 12)
    ours = quick_quilt(sample, size, *chosen, tolerance, variety, cyclic, seed=seed)
    twin = slow_quilt(sample, size, *chosen, tolerance, variety, cyclic, seed)
    assert ours.tobytes() == twin.tobytes()


@pytest.mark.parametrize("cyclic", [False, True])
def test_large_blocks_leave_float32_exactly(cyclic: bool) -> None:
    """More taps than float32 can add up at once, at full contrast."""
    sample = np.random.default_rng(5).integers(0, 2, (46, 50, 4)).astype(np.float32)
    ours = quick_quilt(sample, (90, 70), 40, 20, 0.0, 1.0, cyclic)
    assert ours.tobytes() == slow_quilt(sample, (90, 70), 40, 20, 0.0, 1.0, cyclic, 1).tobytes()


@pytest.mark.parametrize("cyclic", [False, True])
def test_any_number_of_threads(cyclic: bool) -> None:
    sample = _texture(40, 60, 3, 3)
    results = {
        quick_quilt(sample, (131, 97), 16, 4, 0.2, 1.0, cyclic, threads=threads).tobytes() for threads in (1, 2, 3)
    }
    assert len(results) == 1


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = _texture(40, 60, 3, 3)
    whole = quick_quilt(sample, (131, 97), 16, 4, 0.2, 1.0, True)
    monkeypatch.setattr("engine.kernels.quilting.COSTS_BYTES", 1)
    assert quick_quilt(sample, (131, 97), 16, 4, 0.2, 1.0, True).tobytes() == whole.tobytes()


def test_a_perfect_fit_is_found() -> None:
    """With nothing held against reuse, the block to the right of a block is what the sample has there."""
    sample = _texture(30, 60, 3, 1)
    made = quick_quilt(sample, (26, 12), 12, 4, 0.0, 0.0, False)
    windows = np.lib.stride_tricks.sliding_window_view(sample, made.shape[:2], axis=(0, 1))
    assert (np.abs(windows - made.transpose(2, 0, 1)).max(axis=(2, 3, 4)) == 0).any()


def test_variety_evens_out_the_use_of_the_sample() -> None:
    sample = _texture(48, 48, 3, 2)

    def spread(variety: float) -> float:
        ctx = Context(seed=3, size=(200, 200), threads=2)
        quilter = Quilter(ctx, sample, 16, 4, 0.1, variety, False)
        assert all(rects for rects in quilter)
        ctx.close()
        return float(quilter.counts.std() / quilter.counts.mean())

    assert spread(2.0) < 0.7 * spread(0.0)


def test_hidden_colours_do_not_count() -> None:
    sample = _texture(24, 24, 4, 6)
    sample[..., 3] = np.arange(24) % 8 > 3
    other = sample.copy()
    other[..., :3][sample[..., 3] == 0] = 0.77
    assert (planes_of(sample) == planes_of(other)).all()
    assert planes_of(sample).min() >= -128
    assert planes_of(sample).max() <= 127


def test_a_stop_ends_it() -> None:
    ctx = Context(seed=1, size=(400, 400), threads=2)
    quilter = iter(Quilter(ctx, _texture(64, 64, 3, 2), 16, 4, 0.1, 1.0, False))
    next(quilter)
    ctx.stop()
    with pytest.raises(Stopped):
        next(quilter)
    ctx.close()


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 20), st.booleans())
def test_blocks_cover_their_axis(length: int, block: int, overlap: int, cyclic: bool) -> None:
    overlap = min(overlap, block // 2)
    line = spans(length, block, overlap, cyclic)
    times = np.zeros(length, int)
    for span in line:
        assert 1 <= span.length <= block
        assert span.before + span.after <= span.length
        where = np.arange(span.start, span.start + span.length) % length
        made = times[where] > 0
        assert made[: span.before].all()
        assert made[span.length - span.after :].all() or span.after == 0
        assert not made[span.before : span.length - span.after].any()
        times[where] += 1
    assert (times >= 1).all()
    assert times.max() <= 2
    if not cyclic:
        assert all(span.before == overlap for span in line[1:])


def test_fronts_hold_every_block_once_after_its_neighbours() -> None:
    done: set[tuple[int, int]] = set()
    for front in fronts((301, 200), 24, 6, False):
        places = [(int(row), int(column)) for row, column in front[:, 8:]]
        for row, column in places:
            for before in ((row, column - 1), (row - 1, column - 1), (row - 1, column), (row - 1, column + 1)):
                inside = before[0] >= 0 and 0 <= before[1] < 17
                assert not inside or before in done
        done |= set(places)
    assert len(done) == 17 * 11


@pytest.mark.parametrize(
    ("shape", "asked", "given"),
    [
        ((192, 192, 3), (36, None), (36, 6)),
        ((192, 192, 3), (36, 30), (36, 18)),
        ((30, 400, 3), (36, None), (20, 3)),
        ((5, 3, 1), (36, None), (2, 1)),
        ((1, 1, 3), (36, 6), (1, 0)),
    ],
)
def test_blocks_fit_their_sample(
    shape: tuple[int, int, int], asked: tuple[int, int | None], given: tuple[int, int]
) -> None:
    assert Quilter.fitting(shape, *asked) == given
