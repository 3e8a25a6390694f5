"""The published scan against a slow twin, and what must hold whatever the pictures."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Stopped
from engine.image import Floats
from engine.kernels import analogy
from engine.kernels.analogy import Analogy, Pair, halved


def _bell(radius: int) -> dict[tuple[int, int], float]:
    span = range(-radius, radius + 1)
    values = {(y, x): np.exp(-(y * y + x * x) / (2 * (0.5 * radius + 0.25) ** 2)) for y in span for x in span}
    return {place: value / sum(values.values()) for place, value in values.items()}


def _window(
    plain: Floats, styled: Floats, above: tuple[Floats, Floats] | None, reach: int, y: int, x: int
) -> NDArray[np.float64]:
    """Everything that is compared at a pixel; pictures are padded by the reach."""
    parts: list[NDArray[np.float64]] = []
    for (dy, dx), weight in _bell(reach).items():
        parts.append(plain[y + reach + dy, x + reach + dx] * np.sqrt(weight))
    for (dy, dx), weight in _bell(reach).items():
        if dy < 0 or (dy == 0 and dx < 0):
            parts.append(styled[y + reach + dy, x + reach + dx] * np.sqrt(weight))
    for picture in above or ():
        for (dy, dx), weight in _bell((reach + 1) // 2).items():
            parts.append(picture[y // 2 + reach + dy, x // 2 + reach + dx] * np.sqrt(weight))
    return np.concatenate(parts).astype(np.float64)


def _padded(picture: Floats, reach: int) -> Floats:
    return np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="edge")


def _alone(plain: Floats, target: Floats, reach: int) -> NDArray[np.int64]:
    """The places where the pictures before look most alike."""
    side = 2 * reach + 1
    views = [np.lib.stride_tricks.sliding_window_view(_padded(p, reach), (side, side), (0, 1)) for p in (plain, target)]
    weights = np.array(list(_bell(reach).values())).reshape(side, side)
    ours, theirs = (view.reshape(-1, *view.shape[2:]).astype(np.float64) for view in views)
    apart = [(np.square(ours - one) * weights).sum(axis=(1, 2, 3)).argmin() for one in theirs]
    return np.array(apart).reshape(target.shape[:2])


def slow_analogy(pair: Pair, target: Floats, coherence: float, reach: int) -> NDArray[np.int64]:
    """The place of every pixel, by looking at all of them."""
    pairs, targets = [pair], [target]
    while min(*pairs[-1].plain.shape[:2], *targets[-1].shape[:2]) >= 2 * analogy.SMALLEST:
        pairs.append(Pair(halved(pairs[-1].plain), halved(pairs[-1].styled)))
        targets.append(halved(targets[-1]))
    places = _alone(pairs[-1].plain, targets[-1], reach)
    coarser: Floats | None = None
    for level in range(len(pairs) - 1, -1, -1):
        one, (h, w) = pairs[level], targets[level].shape[:2]
        height, width = one.plain.shape[:2]
        above = below = None
        if coarser is not None:
            sy, sx = np.divmod(np.repeat(np.repeat(places, 2, 0), 2, 1)[:h, :w], pairs[level + 1].plain.shape[1])
            y, x = np.mgrid[:h, :w]
            places = np.minimum(2 * sy + y % 2, height - 1) * width + np.minimum(2 * sx + x % 2, width - 1)
            above = _padded(pairs[level + 1].plain, reach), _padded(pairs[level + 1].styled, reach)
            below = _padded(targets[level + 1], reach), _padded(coarser, reach)
        flat = one.styled.reshape(-1, one.styled.shape[2])
        made = _padded(flat[places], reach)
        ours = _padded(one.plain, reach), _padded(one.styled, reach)
        all_of = np.array([_window(*ours, above, reach, sy, sx) for sy in range(height) for sx in range(width)])
        plain = _padded(targets[level], reach)
        for y in range(h):
            for x in range(w):
                apart = np.square(all_of - _window(plain, made, below, reach, y, x)).sum(axis=1)
                near = set()
                for dy in range(-reach, 1):
                    for dx in range(-reach, reach + 1):
                        if (dy < 0 or dx < 0) and y + dy >= 0 and 0 <= x + dx < w:
                            sy, sx = np.divmod(places[y + dy, x + dx], width) - np.array([dy, dx])
                            if 0 <= sy < height and 0 <= sx < width:
                                near.add(int(sy * width + sx))
                best = int(apart.argmin())
                coherent = min(near, key=lambda place: apart[place], default=best)
                if apart[coherent] <= apart[best] * (1 + coherence * 2.0**-level):
                    best = coherent
                places[y, x] = best
                made[y + reach, x + reach] = flat[best]
        coarser = flat[places]
    return places


def quick_analogy(pair: Pair, target: Floats, coherence: float, reach: int, threads: int = 2) -> NDArray[np.int32]:
    ctx = Context(threads=threads)
    job = Analogy(ctx, pair, target, coherence, reach)
    shares = list(job)
    ctx.close()
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1.0)
    assert np.array_equal(job.at_full_size(), job.places)
    return job.places


def _pictures(seed: int, planes: int = 1) -> tuple[Pair, Floats]:
    rng = np.random.default_rng(seed)

    def smooth(height: int, width: int, channels: int) -> Floats:
        rough = rng.random((height, width, channels))
        return ((rough + np.roll(rough, 1, 0) + np.roll(rough, 1, 1)) / 3).astype(np.float32)

    return Pair(smooth(26, 25, planes), smooth(26, 25, 2)), smooth(25, 31, planes)


@pytest.mark.parametrize(("coherence", "reach", "planes"), [(0.0, 1, 1), (2.0, 2, 1), (8.0, 2, 3)])
def test_as_the_slow_twin(monkeypatch: pytest.MonkeyPatch, coherence: float, reach: int, planes: int) -> None:
    """With no slack, and along all axes, the search is exact."""
    for name, value in (("SLACK", 1.0), ("LEAVES", 1 << 30), ("KEPT", 2.0), ("MOST_AXES", 1000)):
        monkeypatch.setattr(analogy, name, value)
    pair, target = _pictures(4, planes)
    ours, twin = quick_analogy(pair, target, coherence, reach), slow_analogy(pair, target, coherence, reach)
    # What is added up in float32 may tell two places apart otherwise than float64 does; once in a while.
    assert (ours == twin).mean() > 0.99


def test_the_search_with_slack_is_nearly_as_good() -> None:
    pair, target = _pictures(5)
    ours, twin = quick_analogy(pair, target, 2.0, 2), slow_analogy(pair, target, 2.0, 2)

    def away(places: NDArray[np.integer]) -> float:
        return float(np.square(pair.plain.reshape(-1, 1)[places] - target).mean())

    assert away(ours) < 1.5 * away(twin)


def test_the_same_on_any_number_of_threads() -> None:
    pair, target = _pictures(6)
    wide = Pair(np.tile(pair.plain, (3, 4, 1)), np.tile(pair.styled, (3, 4, 1)))
    results = [quick_analogy(wide, np.tile(target, (4, 3, 1)), 2.0, 2, threads).tobytes() for threads in (1, 2, 3)]
    assert len(set(results)) == 1


def test_a_picture_it_knows_comes_back() -> None:
    pair, _ = _pictures(7)
    places = quick_analogy(pair, pair.plain, 2.0, 2)
    made = pair.styled.reshape(-1, 2)[places]
    assert np.abs(made - pair.styled).mean() < 0.02 * pair.styled.std()


def test_coherence_makes_larger_pieces() -> None:
    pair, target = _pictures(8)

    def joined(coherence: float) -> float:
        places = quick_analogy(pair, target, coherence, 2)
        return float((np.diff(places, axis=1) == 1).mean())

    assert joined(0.0) < joined(3.0) < joined(25.0)


def test_halves() -> None:
    """Weights 1 3 3 1 of 8, edges repeated; a flat picture stays flat."""
    row = np.arange(5, dtype=np.float32).reshape(1, 5, 1)
    assert halved(row)[0, :, 0].tolist() == pytest.approx(
        [(0 + 0 + 3 + 2) / 8, (1 + 6 + 9 + 4) / 8, (3 + 12 + 12 + 4) / 8]
    )
    assert (halved(np.full((7, 4, 2), 0.3, np.float32)) == np.float32(0.3)).all()
    assert halved(np.zeros((7, 4, 2), np.float32)).shape == (4, 2, 2)


def test_a_stop_ends_it() -> None:
    pair, target = _pictures(9)
    ctx = Context(threads=2)
    job = iter(Analogy(ctx, pair, target, 2.0, 2))
    next(job)
    ctx.stop()
    with pytest.raises(Stopped):
        next(job)
    ctx.close()
