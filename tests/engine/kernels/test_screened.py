"""The screened Poisson equation: against a dense solution, at odd sizes, on any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.kernels import screened
from engine.kernels.screened import Pull, apply, solving

SCREEN = 0.01


def pull(height: int, width: int, seed: int = 3) -> Pull:
    """Anything: half of the links are loose, a corner is not free."""
    random = np.random.default_rng(seed)
    right, down = (random.random((height, width)).astype(np.float32) ** 4 for _ in range(2))
    right[:, -1], down[-1] = 0, 0
    free = np.ones((height, width), np.bool_)
    free[: height // 3, : width // 3] = False
    wanted = random.normal(0, 0.1, (height, width, 2)).astype(np.float32)
    wanted[~free] = 0
    return Pull(wanted, right, down, free, SCREEN)


def matrix(given: Pull) -> np.ndarray:
    height, width = given.free.shape
    out = SCREEN * np.eye(height * width)
    for y in range(height):
        for x in range(width):
            for weights, v, u in ((given.right, y, x + 1), (given.down, y + 1, x)):
                if v < height and u < width:
                    a, b, weight = y * width + x, v * width + u, weights[y, x]
                    out[[a, b], [a, b]] += weight
                    out[[a, b], [b, a]] -= weight
    return out


@pytest.mark.parametrize("size", [(24, 30), (33, 17), (1, 9), (2, 2)])
def test_against_a_dense_solution(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screened, "ROUNDS", 40)
    given = pull(*size)
    free = given.free.reshape(-1)
    expected = np.zeros((free.size, 2))
    expected[free] = np.linalg.solve(matrix(given)[free][:, free], given.wanted.reshape(-1, 2)[free])
    ctx = Context(threads=2)
    try:
        *_, found = solving(ctx, given)
    finally:
        ctx.close()
    np.testing.assert_allclose(found.reshape(-1, 2), expected, atol=0.01 * np.abs(expected).max())


def test_what_a_change_amounts_to() -> None:
    given = pull(13, 10)
    way = np.random.default_rng(1).normal(0, 1, given.wanted.shape).astype(np.float32)
    made = np.full_like(way, 7)
    apply(0, 13, way, given.right, given.down, np.float32(SCREEN), given.free, made, np.zeros(1, np.uint8))
    expected = (matrix(given) @ way.reshape(-1, 2).astype(np.float64)).reshape(way.shape)
    expected[~given.free] = 0
    np.testing.assert_allclose(made, expected, atol=1e-5)


def test_half_the_size_keeps_sums_and_the_links_between_blocks() -> None:
    given = pull(7, 5)
    half = given.halved(lambda: None)
    assert half.free.shape == (4, 3) and half.screen == 4 * SCREEN
    for y in range(4):
        for x in range(3):
            block = slice(2 * y, 2 * y + 2), slice(2 * x, 2 * x + 2)
            np.testing.assert_allclose(half.wanted[y, x], given.wanted[block].sum(axis=(0, 1)), atol=1e-6)
            assert half.free[y, x] == given.free[block].all()
            assert half.right[y, x] == pytest.approx(given.right[block][:, 1:].sum() / 2)
            assert half.down[y, x] == pytest.approx(given.down[block][1:].sum() / 2)


def test_threads_do_not_matter() -> None:
    found = []
    for threads in (1, 3):
        ctx = Context(threads=threads)
        *_, last = solving(ctx, pull(90, 70))
        found.append(last)
        ctx.close()
    assert np.array_equal(found[0], found[1])
