"""The pieces of exemplar-based filling, each against the obvious way to do it."""

import numpy as np

from engine.context import Context
from engine.kernels.anchors import allowed_anchors
from engine.kernels.exemplar import BASE, CHUNKS, closest, copy, fullest_first, rate
from engine.kernels.exemplar_growth import grown
from engine.kernels.field_search import LANES
from engine.kernels.stack import Stack

GO_ON = np.zeros(1, np.uint8)


def plain_priority(y: int, x: int, known: np.ndarray, gray: np.ndarray, confidence: np.ndarray, half: int) -> float:
    height, width = known.shape
    inside = [(dy, dx) for dy in range(-half, half + 1) for dx in range(-half, half + 1)]
    trust = sum(confidence[y + dy, x + dx] for dy, dx in inside if 0 <= y + dy < height and 0 <= x + dx < width)
    best, edge = 0.0, (0.0, 0.0)
    for dy, dx in inside:
        qy, qx = y + dy, x + dx
        if not (0 < qy < height - 1 and 0 < qx < width - 1) or not known[qy, qx]:
            continue
        if not (known[qy - 1, qx] and known[qy + 1, qx] and known[qy, qx - 1] and known[qy, qx + 1]):
            continue
        gy, gx = gray[qy + 1, qx] - gray[qy - 1, qx], gray[qy, qx + 1] - gray[qy, qx - 1]
        strength = (gy * gy + gx * gx) / (1 + (dy * dy + dx * dx) / 6)
        if strength > best:
            best, edge = strength, (gy, gx)
    ny = nx = 0.0
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            if known[min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1)]:
                ny, nx = ny + dy, nx + dx
    length = np.hypot(ny, nx)
    data = 0.5 * abs(-edge[1] * ny + edge[0] * nx) / length if length else 0.0
    return float(trust / (2 * half + 1) ** 2 * (data + BASE))


def test_priorities_are_those_of_the_paper() -> None:
    rng = np.random.default_rng(0)
    gray = rng.random((19, 23)).astype(np.float32)
    known = np.ones((19, 23), np.uint8)
    known[0:9, 8:15] = 0
    confidence = known * rng.uniform(0.2, 1, known.shape).astype(np.float32)
    priority, rows = np.full(known.shape, -1, np.float32), np.full(19, -1, np.float32)
    rate(-3, -3, 30, 30, known, gray, confidence, 3, priority, rows, GO_ON)
    front = (known == 0) & (
        np.pad(known, 1)[2:, 1:-1]
        | np.pad(known, 1)[:-2, 1:-1]
        | np.pad(known, 1)[1:-1, 2:]
        | np.pad(known, 1)[1:-1, :-2]
    ).astype(bool)
    assert np.array_equal(priority >= 0, front)
    for y, x in np.argwhere(front):
        assert np.isclose(priority[y, x], plain_priority(y, x, known, gray, confidence, 3), rtol=1e-4)
    assert np.allclose(rows, priority.max(axis=1))


def test_an_edge_that_runs_into_the_hole_comes_first() -> None:
    gray = np.zeros((30, 30), np.float32)
    gray[15:] = 1
    known = np.ones((30, 30), np.uint8)
    known[5:26, 12:20] = 0
    priority, rows = np.full(known.shape, -1, np.float32), np.full(30, -1, np.float32)
    rate(0, 0, 30, 30, known, gray, known.astype(np.float32), 4, priority, rows, GO_ON)
    y, x = divmod(int(priority.argmax()), 30)
    assert abs(y - 14.5) < 5 and x in (12, 19)
    assert priority[15, 12] > 4 * priority[8, 12]


def test_the_closest_place_is_the_closest() -> None:
    rng = np.random.default_rng(2)
    features = rng.integers(0, 511, (24, 31, 3)).astype(np.int16)
    known = np.ones((24, 31), np.uint8)
    known[8:14, 20:27] = 0
    patch, y, x, pull = 5, 9, 21, 40
    allowed = allowed_anchors(known, patch)
    run = -(-patch * 3 // LANES) * LANES
    weights, order = np.zeros(patch * run, np.int16), np.empty(patch, np.int64)
    there = fullest_first(y, x, known, 3, patch, weights, order)
    part = known[y - 2 : y + 3, x - 2 : x + 3]
    assert there == part.sum() and set(order[order >= 0]) == set(np.flatnonzero(part.any(axis=1)))
    window = np.array([2, 20, 1, 26])
    costs, places = np.empty(CHUNKS, np.int64), np.empty(CHUNKS, np.int32)
    closest(
        0,
        CHUNKS,
        y,
        x,
        window,
        Stack.of(features).values,
        31,
        3,
        allowed,
        weights,
        order,
        pull,
        -1,
        costs,
        places,
        GO_ON,
    )
    wanted = features[y - 2 : y + 3, x - 2 : x + 3].astype(int)
    plain = {
        (sy, sx): int((np.square(features[sy : sy + 5, sx : sx + 5] - wanted) * part[..., None]).sum())
        + pull * (abs(sy - (y - 2)) + abs(sx - (x - 2)))
        for sy in range(2, 20)
        for sx in range(1, 26)
        if allowed[sy, sx]
    }
    best = min(plain, key=lambda place: plain[place])
    assert costs.min() == plain[best] and divmod(int(places[costs.argmin()]), 31) == best


def test_copying_fills_only_what_is_unknown() -> None:
    rng = np.random.default_rng(3)
    features = rng.integers(0, 511, (12, 14, 2)).astype(np.int16)
    values = Stack.of(features).values
    known = np.ones((12, 14), np.uint8)
    known[4:6, 5:9] = 0
    before = known.copy()
    gray, confidence = rng.random((12, 14)).astype(np.float32), known.astype(np.float32)
    origin = np.full((12, 14), -1, np.int32)
    copy(5, 6, 7 * 14 + 1, values, 14, 2, 3, known, gray, confidence, 0.5, origin)
    new = (before == 0) & (known == 1)
    assert {(int(y), int(x)) for y, x in np.argwhere(new)} == {(4, 5), (4, 6), (4, 7), (5, 5), (5, 6), (5, 7)}
    assert origin[4, 5] == 7 * 14 + 1 and origin[5, 7] == 8 * 14 + 3 and (origin[~new] == -1).all()
    assert np.array_equal(values[: features.size].reshape(12, 14, 2)[4, 6], features[7, 2])
    assert (confidence[new] == 0.5).all()


def test_everything_is_filled_from_what_was_known_on_any_number_of_threads() -> None:
    rng = np.random.default_rng(4)
    features = rng.integers(0, 511, (40, 50, 1)).astype(np.int16)
    hole = np.zeros((40, 50), bool)
    hole[10:26, 14:40] = True
    hole[0:4, 0:6] = True
    results = []
    for threads in (1, 3):
        origin = np.full(hole.shape, -1, np.int32)
        ctx = Context(threads=threads)
        gray = (features[..., 0] / 510).astype(np.float32)
        corners = list(grown(ctx, features, gray, hole, allowed_anchors(~hole, 5), 5, 16, origin))
        ctx.close()
        assert (origin[hole] >= 0).all() and (origin[~hole] == -1).all() and not hole.reshape(-1)[origin[hole]].any()
        assert ctx.fraction == 1 and all(hole[corner.slices].any() for corner in corners)
        results.append(origin)
    assert np.array_equal(results[0], results[1])
