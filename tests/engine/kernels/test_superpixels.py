from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Stopped
from engine.image import Floats
from engine.kernels.superpixels import Superpixels


def quarters(height: int = 40, width: int = 60) -> Floats:
    """Four flat areas whose borders lie off the grid."""
    features = np.zeros((height, width, 3), np.float32)
    features[:17, 23:] = 40
    features[17:, :23] = 80
    features[17:, 23:] = 120
    return features


def twin(features: Floats, side: int, compactness: float, turns: int) -> np.ndarray:
    """Pixel by pixel, as the paper says it, with the nine cells of the grid as the candidates."""
    height, width, _ = features.shape
    rows, columns = max(1, round(height / side)), max(1, round(width / side))
    home = np.array([[(y * rows // height, x * columns // width) for x in range(width)] for y in range(height)])
    of = home[..., 0] * columns + home[..., 1]
    centres, places = np.zeros((rows * columns, 3)), np.zeros((rows * columns, 2))
    for turn in range(turns + 1):
        for k in range(rows * columns):
            mine = of == k
            if mine.any():
                centres[k] = features[mine].mean(axis=0)
                places[k] = np.argwhere(mine).mean(axis=0)
        if turn == turns:
            return of
        for y in range(height):
            for x in range(width):
                best = np.inf
                for dy in (-1, 0, 1):
                    for dx in (-1, 0, 1):
                        row = min(max(home[y, x, 0] + dy, 0), rows - 1)
                        column = min(max(home[y, x, 1] + dx, 0), columns - 1)
                        k = row * columns + column
                        apart = ((features[y, x] - centres[k]) ** 2).sum()
                        apart += (((y, x) - places[k]) ** 2).sum() * (compactness / side) ** 2
                        if apart < best - 1e-3:
                            best, of[y, x] = apart, k
    return of


def test_as_the_slow_one_does_it() -> None:
    rng = np.random.default_rng(4)
    features = quarters(24, 30) + rng.normal(0, 4, (24, 30, 3)).astype(np.float32)
    made = Superpixels(features, 6, 10)
    for _ in made.refine(Context(), 2):
        pass
    assert (made.of == twin(features, 6, 10, 2)).mean() > 0.995, "but for ties"


def test_areas_keep_to_the_edges() -> None:
    features = quarters()
    made = Superpixels(features, 8, 10)
    for _ in made.refine(Context(), 4):
        pass
    for k in np.unique(made.of):
        assert np.ptp(features[made.of == k], axis=0).max() == 0, "no area lies on both sides of an edge"


def test_means_sizes_and_borders() -> None:
    rng = np.random.default_rng(2)
    made = Superpixels(rng.random((21, 34, 2)).astype(np.float32), 7, 1)
    for _ in made.refine(Context(), 1):
        pass
    values = rng.random((21, 34)).astype(np.float32)
    means = made.mean(values)
    for k in range(made.count):
        mine = made.of == k
        assert made.sizes[k] == mine.sum()
        assert means[k] == pytest.approx(values[mine].mean() if mine.any() else 0, rel=1e-4)
    a, b, lengths = made.borders()
    found = {(int(i), int(j)): float(n) for i, j, n in zip(a, b, lengths, strict=True)}
    expected: dict[tuple[int, int], float] = {}
    for y in range(21):
        for x in range(34):
            for other in ((y, x + 1), (y + 1, x)):
                if other[0] < 21 and other[1] < 34 and made.of[y, x] != made.of[other]:
                    for pair in ((made.of[y, x], made.of[other]), (made.of[other], made.of[y, x])):
                        expected[int(pair[0]), int(pair[1])] = expected.get((int(pair[0]), int(pair[1])), 0) + 1
    assert found == expected and (np.diff(a) >= 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 40), (50, 2)])
def test_odd_sizes(shape: tuple[int, int]) -> None:
    made = Superpixels(np.ones((*shape, 3), np.float32), 10, 5)
    for _ in made.refine(Context(), 2):
        pass
    assert made.of.shape == shape and made.sizes.sum() == shape[0] * shape[1]


def test_it_stops_when_told() -> None:
    ctx = Context()
    ctx.stop()
    with pytest.raises(Stopped):
        next(iter(Superpixels(quarters(), 8, 10).refine(ctx, 3)))
