import numpy as np

from engine.context import Context
from engine.kernels.anchors import allowed_anchors
from engine.kernels.field import PatchField
from engine.kernels.peel import peel, strangeness
from engine.kernels.stack import Stack


def pattern(height: int = 64, width: int = 80) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return ((x % 4 < 2) * 300 + (y % 6 < 3) * 200).astype(np.int16)[..., None]


def started(most: int, threads: int = 1) -> tuple[np.ndarray, np.ndarray, PatchField]:
    features, hole = pattern(), np.zeros((64, 80), bool)
    hole[18:28, 17:30] = hole[40:44, 5:70] = True
    broken = features.copy()
    broken[hole] = 0
    stack = Stack.of(broken)
    field = PatchField(stack, stack, hole, allowed_anchors(~hole, 7), 7)
    ctx = Context(threads=threads)
    peel(ctx, field, most)
    ctx.close()
    return features, stack.image, field


def test_a_peel_continues_a_pattern_whether_it_looks_everywhere_or_nearby() -> None:
    for most in (10**9, 200_000):
        features, made, field = started(most)
        assert np.array_equal(made, features)
        spots = field.places.reshape(-1)[field.active]
        assert field.allowed.reshape(-1)[spots[spots >= 0]].all()


def test_looking_nearby_finds_the_same_on_any_number_of_threads() -> None:
    assert np.array_equal(started(200_000)[2].places, started(200_000, threads=3)[2].places)


def test_what_is_unlike_the_rim_is_strange_and_by_how_much() -> None:
    rng = np.random.default_rng(0)
    features = rng.integers(190, 210, (40, 50, 3)).astype(np.int16)
    features[30:33, 40:43] = (20, 480, 20)
    hole = np.zeros((40, 50), bool)
    hole[10:20, 10:22] = True
    hole_features = features.copy()
    hole_features[hole] = 500
    found = strangeness(Context(threads=1), hole_features, hole, 5)
    # Slow and obvious: the rim one pixel wide, every pixel against it.
    ys, xs = np.nonzero(hole)
    rim = {(y + dy, x + dx) for y, x in zip(ys, xs, strict=True) for dy in (-1, 0, 1) for dx in (-1, 0, 1)}
    colours = np.array([features[spot] for spot in sorted(rim) if not hole[spot]], np.float64)
    apart = np.square(colours[:, None] - colours[None]).sum(axis=2)
    usual = 2 * np.quantile(np.sort(apart, axis=1)[:, 1], 0.9)
    plant = np.sort(np.square(colours - (20, 480, 20)).sum(axis=1))[1] - usual
    assert abs(found[29, 39] - 9 * plant) < 1e-3 * found[29, 39]
    assert abs(found[28, 38] - 9 * plant) < 1e-3 * found[28, 38]
    assert found[12:15, 12:16].max() == 0 and found[:9, :45].max() < 0.01 * found[29, 39]


def test_without_a_rim_nothing_is_strange() -> None:
    hole = np.ones((12, 12), bool)
    assert not strangeness(Context(threads=1), np.zeros((12, 12, 1), np.int16), hole, 3).any()
