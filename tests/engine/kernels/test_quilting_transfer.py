"""Quilting transfer against a slow twin that adds everything up for every candidate."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Stopped
from engine.image import Floats
from engine.kernels import quilting_transfer
from engine.kernels.quilting_grid import fronts
from engine.kernels.quilting_transfer import FLOOR, Pass, Transfer, schedule

WORD = 2**64
EVERYTHING = (1 << 40, 1 << 40)


def _uniform(seed: int, *counters: int) -> float:
    z = seed
    for counter in counters:
        z = (z + 0x9E3779B97F4A7C15 + counter * 0xD1342543DE82EF95) % WORD
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORD
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
        z = z ^ (z >> 31)
    return (z >> 11) / 2**53


def _slow_seam(error: NDArray[np.float64]) -> list[int]:
    total = error.copy()
    for k in range(1, len(error)):
        padded = np.pad(total[k - 1], 1, constant_values=np.inf)
        total[k] += np.minimum(np.minimum(padded[:-2], padded[1:-1]), padded[2:])
    path = [int(total[-1].argmin())]
    for k in range(len(error) - 2, -1, -1):
        low = max(path[-1] - 1, 0)
        path.append(low + int(total[k, low : path[-1] + 2].argmin()))
    return path[::-1]


def slow_transfer(
    colours: Floats, ours: Floats, theirs: Floats, passes: list[Pass], tolerance: float, variety: float, seed: int
) -> NDArray[np.int64]:
    """The quilt, exhaustively: the index of the sample's pixel, (h, w). Values are whole numbers, so sums are exact."""
    height, width, channels = colours.shape
    h, w = theirs.shape[:2]
    quilt = np.full((h, w), -1)
    for one in passes:
        uses, pasted = np.zeros((height, width)), 0
        for front in fronts((w, h), one.block, one.overlap, False):
            reuse, before, chosen = variety / (1 + pasted / uses.size), quilt.copy(), []
            for y0, x0, bh, bw, top, _, left, _, row, column in front.tolist():
                at = np.s_[y0 : y0 + bh, x0 : x0 + bw]
                known = before[at] >= 0
                wanted = colours.reshape(-1, channels)[before[at]]
                best = (np.inf, -1)
                for y in range(height - bh + 1):
                    for x in range(width - bw + 1):
                        part = np.s_[y : y + bh, x : x + bw]
                        fit = np.square(colours[part] - wanted)[known].sum() * one.agreement / channels
                        like = np.square(ours[part] - theirs[at]).sum() * one.likeness
                        luck = 1 + tolerance * _uniform(seed, row * 65536 + column, y * width + x, 0)
                        weight = luck * (1 + reuse * uses[part].sum() / (bh * bw))
                        best = min(best, ((fit + like + FLOOR * bh * bw) * weight, y * width + x))
                chosen.append((at, best[1], top, left))
            for at, place, top, left in chosen:
                bh, bw = before[at].shape
                y, x = divmod(place, width)
                source = (y + np.arange(bh))[:, None] * width + x + np.arange(bw)[None]
                error = np.square(colours.reshape(-1, channels)[before[at]] - colours[y : y + bh, x : x + bw]).sum(2)
                new = np.ones((bh, bw), bool)
                if top:
                    new &= np.arange(bh)[:, None] >= np.array(_slow_seam(error[:top].T))[None]
                if left:
                    new &= np.arange(bw)[None] >= np.array(_slow_seam(error[:, :left]))[:, None]
                quilt[at] = np.where(new | (quilt[at] < 0), source, quilt[at])
                uses[y : y + bh, x : x + bw] += 1
                pasted += bh * bw
    return quilt


def quick_transfer(
    colours: Floats,
    ours: Floats,
    theirs: Floats,
    passes: list[Pass],
    tolerance: float,
    variety: float,
    seed: int,
    threads: int = 2,
    limits: tuple[int, int] = EVERYTHING,
) -> NDArray[np.int32]:
    ctx = Context(seed=seed, threads=threads)
    job = Transfer(ctx, colours, ours, theirs, passes, tolerance, variety)
    job.limits = limits
    numbers = [number for number, rect in job if rect.area > 0]
    ctx.close()
    assert numbers == sorted(numbers) and set(numbers) == set(range(len(passes)))
    return job.quilt


def _pictures(seed: int, guides: int = 1, channels: int = 3) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)

    def smooth(height: int, width: int, depth: int) -> Floats:
        rough = rng.random((height, width, depth))
        return np.round((rough + np.roll(rough, 1, 0) + np.roll(rough, 1, 1)) * 85).astype(np.float32)

    return smooth(21, 26, channels), smooth(21, 26, guides), smooth(23, 27, guides)


@pytest.mark.parametrize(
    ("guides", "channels", "block", "tolerance", "variety"),
    [(1, 3, 12, 0.1, 0.2), (3, 3, 9, 0.4, 1.0), (1, 1, 7, 0.1, 0.0)],
)
def test_as_the_slow_twin(guides: int, channels: int, block: int, tolerance: float, variety: float) -> None:
    pictures, passes = _pictures(guides, guides, channels), schedule(block, 3, 0.6)
    ours = quick_transfer(*pictures, passes, tolerance, variety, 5)
    assert np.array_equal(ours, slow_transfer(*pictures, passes, tolerance, variety, 5))


def test_a_limited_search_is_nearly_as_good() -> None:
    colours, ours, theirs = _pictures(4)
    passes = schedule(10, 2, 1.0)

    def unlike(limits: tuple[int, int]) -> float:
        quilt = quick_transfer(colours, ours, theirs, passes, 0.0, 0.0, 1, limits=limits)
        return float(np.square(ours.reshape(-1, 1)[quilt] - theirs).mean())

    assert unlike((20, 3)) < 1.1 * unlike(EVERYTHING)


def test_the_same_on_any_number_of_threads() -> None:
    pictures, passes = _pictures(6), schedule(8, 3, 0.6)
    results = {quick_transfer(*pictures, passes, 0.1, 0.2, 3, threads, (30, 4)).tobytes() for threads in (1, 2, 3)}
    assert len(results) == 1


def test_a_picture_of_the_sample_is_put_together_again() -> None:
    """Only the picture counts, and the sample has all of it."""
    colours, ours, _ = _pictures(7)
    passes = schedule(8, 2, 1.0)
    quilt = quick_transfer(colours, ours, ours, passes, 0.0, 0.0, 1)
    assert np.array_equal(quilt, np.arange(21 * 26).reshape(21, 26))


def test_every_row_of_a_large_sample_is_looked_at_by_some_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quilting_transfer, "MOST_PLACES", 21 * 26 // 3)
    pictures, passes = _pictures(8), schedule(6, 1, 1.0)
    quilt = quick_transfer(*pictures, passes, 0.0, 0.0, 1)
    assert (quilt >= 0).all()
    first_rows = {int(place) // 26 % 3 for place in quilt[::5, ::5].reshape(-1)}
    assert first_rows == {0, 1, 2}


def test_the_published_passes() -> None:
    """Section 4: blocks a third smaller each pass, alpha from 0.1 to 0.9."""
    passes = schedule(36, 3, 0.5)
    assert [one.block for one in passes] == [36, 24, 16]
    assert [one.overlap for one in passes] == [6, 4, 3]
    assert [one.agreement for one in passes] == pytest.approx([0.1, 0.5, 0.9])
    assert all(one.agreement + one.likeness == pytest.approx(1) for one in passes)
    assert [one.likeness for one in schedule(36, 2, 1.0)] == [1.0, 1.0]
    assert [one.agreement for one in schedule(36, 2, 0.0)] == [1.0, 1.0]
    assert [one.block for one in schedule(3, 6, 0.5)] == [3] * 6


def test_a_stop_ends_it() -> None:
    ctx = Context(seed=1, threads=2)
    job = iter(Transfer(ctx, *_pictures(9), schedule(8, 2, 0.5), 0.1, 0.2))
    next(job)
    ctx.stop()
    with pytest.raises(Stopped):
        next(job)
    ctx.close()
