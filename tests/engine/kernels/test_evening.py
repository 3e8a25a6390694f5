"""Evening out: the light of copied pieces, against a dense solution and against what it must leave alone."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.image import Floats
from engine.kernels import evening, screened
from engine.kernels.evening import REACH, SHARP, SMOOTH_TOLERANCE, TOLERANCE

SIZE = 24, 30


def scene() -> tuple[Floats, Floats, np.ndarray]:
    """A smooth source, and a picture of two halves of it that do not meet in light: (source, pixels, places)."""
    y, x = np.mgrid[:40, :50]
    source = np.stack([0.3 + 0.005 * x, 0.4 + 0.004 * y, 0.5 + 0.05 * np.sin(x / 9)], axis=2).astype(np.float32)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    places = np.where(x < 15, y * 50 + x, (y + 10) * 50 + x + 8).astype(np.int32)
    return source, source.reshape(-1, 3)[places], places


def solved(pixels: Floats, made: np.ndarray, known: np.ndarray, labels: np.ndarray, wanted: dict) -> Floats:
    """The dense solution; `wanted` has the step that belongs between two pixels and how sharp the source is there."""
    height, width = made.shape
    matrix = np.eye(height * width) / REACH**2
    right = np.zeros((height * width, 3))
    for (a, b), (step, sharp) in wanted.items():
        if labels[a] != labels[b] or not (made | known)[a] or not (made | known)[b] or not (made[a] or made[b]):
            continue
        excess = pixels[b] - pixels[a] - step
        tolerance = TOLERANCE * sharp + SMOOTH_TOLERANCE * (1 - sharp)
        weight = np.exp(-(np.abs(excess).max() ** 2) / tolerance**2)
        i, j = a[0] * width + a[1], b[0] * width + b[1]
        matrix[[i, j], [i, j]] += weight
        matrix[[i, j], [j, i]] -= weight
        right[i] += weight * excess
        right[j] -= weight * excess
    free = made.reshape(-1)
    out = np.zeros((height * width, 3))
    out[free] = np.linalg.solve(matrix[free][:, free], right[free])
    return out.reshape(height, width, 3).astype(np.float32)


def natural(source: Floats, places: np.ndarray) -> dict:
    """The mean of both sides' steps in the source (no edges here, so that nothing else counts), and their sharpness."""
    steps = {}
    for y in range(SIZE[0]):
        for x in range(SIZE[1]):
            for dy, dx in ((0, 1), (1, 0)):
                v, u = y + dy, x + dx
                if v < SIZE[0] and u < SIZE[1]:
                    (ay, ax), (by, bx) = divmod(places[y, x], 50), divmod(places[v, u], 50)
                    own = source[ay + dy, ax + dx] - source[ay, ax]
                    its = source[by, bx] - source[by - dy, bx - dx] if by >= dy and bx >= dx else own
                    strength = max((own**2).mean(), (its**2).mean())
                    steps[(y, x), (v, u)] = (own + its) / 2, strength / (strength + SHARP**2)
    return steps


def change(**other: np.ndarray) -> Floats:
    source, pixels, places = scene()
    made = np.ones(SIZE, np.bool_)
    given = {"made": made, "known": ~made, "labels": np.zeros(SIZE, np.int16), "pixels": pixels, **other}
    ctx = Context(threads=2)
    try:
        *_, last = evening.evening(ctx, given["pixels"], given["made"], given["known"], places, source, given["labels"])
        return last
    finally:
        ctx.close()


def test_against_a_dense_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    source, pixels, places = scene()
    made, labels = np.ones(SIZE, np.bool_), np.zeros(SIZE, np.int16)
    labels[14:, 20:] = 1
    made[:, :6] = False
    known = ~made
    expected = solved(pixels, made, known, labels, natural(source, places))
    assert np.abs(expected).mean() > 0.005
    given = {"made": made, "known": known, "labels": labels}
    np.testing.assert_allclose(change(**given), expected, atol=0.25 * np.abs(expected).max())
    monkeypatch.setattr(screened, "ROUNDS", 60)
    np.testing.assert_allclose(change(**given), expected, atol=0.03 * np.abs(expected).max())


def test_pieces_meet_in_light() -> None:
    source, pixels, _ = scene()
    made = pixels + change()
    before, after = (np.abs(p[:, 15] - p[:, 14]).mean() for p in (pixels, made))
    assert after < 0.3 * before
    # Steps inside a piece are the source's, but for the slow drift that closes the joint.
    np.testing.assert_allclose(np.diff(made, axis=0), np.diff(pixels, axis=0), atol=0.01)


def test_what_is_known_stays_and_what_is_nothing_does_not_count() -> None:
    made = np.ones(SIZE, np.bool_)
    made[:, :15] = False
    _, pixels, _ = scene()
    pixels = pixels.copy()
    alone = change(made=made, known=np.zeros(SIZE, np.bool_))
    assert not alone.any()
    met = change(made=made, known=~made)
    assert not met[:, :15].any() and np.abs(met[:, 15]).mean() > 0.01


def test_nothing_runs_over_borders_of_labels_nor_over_edges() -> None:
    labels = np.zeros(SIZE, np.int16)
    labels[:, 15:] = 1
    assert not change(labels=labels).any()
    _, pixels, _ = scene()
    pixels = pixels.copy()
    pixels[:, 15:] += np.float32(0.45)
    assert np.abs(change(pixels=pixels)).max() < 0.01


def test_what_is_smooth_on_both_sides_is_no_edge_so_soon() -> None:
    """A step that would be one in grain is the joint of two pieces of sky."""
    source, pixels, places = scene()
    y, x = np.mgrid[: source.shape[0], : source.shape[1]]
    rough = source + (0.04 * ((x + y) % 2))[..., None].astype(np.float32)
    made, labels = np.ones(SIZE, np.bool_), np.zeros(SIZE, np.int16)
    left = []
    for ground in (source, rough):
        picture = ground.reshape(-1, 3)[places]
        picture[:, 15:] += np.float32(0.25)
        ctx = Context(threads=2)
        *_, last = evening.evening(ctx, picture, made, ~made, places, ground, labels)
        ctx.close()
        left.append(np.abs((picture + last)[:, 15].mean(axis=0) - (picture + last)[:, 14].mean(axis=0)).max())
    assert left[1] > 0.2 > 1.3 * left[0]
