import numpy as np
import pytest

from engine.context import Context
from engine.kernels.anchors import allowed_anchors
from engine.kernels.field import PatchField
from engine.kernels.stack import Stack
from engine.kernels.vote import FINENESS, ranked, weight_table


def test_ranked_is_a_sorted_entry() -> None:
    rng = np.random.default_rng(0)
    for count in (1, 2, 9, 49):
        values = rng.integers(0, 30, 60).astype(np.int32)
        for rank in range(count):
            assert ranked(values[:count].copy(), count, rank) == np.sort(values[:count])[rank]


@pytest.mark.parametrize("rim", [0.0, 3.0])
def test_vote_is_the_weighted_mean_of_the_patches(rim: float) -> None:
    rng = np.random.default_rng(4)
    target = Stack.of(rng.integers(0, 511, (16, 18, 3)).astype(np.int16))
    source = Stack.of(rng.integers(0, 511, (20, 21, 3)).astype(np.int16))
    free = np.zeros((16, 18), bool)
    free[3:12, 5:18] = True
    field = PatchField(target, source, free, allowed_anchors(np.ones((20, 21)), 4), 4, voted=2, rim=rim)
    ctx = Context(threads=1)
    field.scatter(ctx)
    field.search(ctx, passes=1)
    before = target.image.copy()
    field.vote(ctx)
    table = weight_table()
    for number, (y, x) in enumerate(np.argwhere(free)):
        votes = []
        for dy in range(4):
            for dx in range(4):
                ay, ax = y - dy, x - dx
                if 0 <= ay < 13 and 0 <= ax < 15 and field.places[ay, ax] >= 0:
                    sy, sx = divmod(int(field.places[ay, ax]), 21)
                    off = (dy - 1.5) ** 2 + (dx - 1.5) ** 2
                    known = 1 - free[ay : ay + 4, ax : ax + 4].mean()
                    place = (sy + dy) * 21 + sx + dx
                    votes.append(
                        (int(field.cost[ay, ax]), off, place, source.image[sy + dy, sx + dx], np.exp(rim * known))
                    )
        costs = np.array([vote[0] for vote in votes])
        spread = np.sort(costs)[3 * (len(costs) - 1) // 4]
        entries = np.minimum((costs - costs.min()) * FINENESS / max(spread, 1), table.size - 1).astype(int)
        weights = table[entries] * np.array([vote[4] for vote in votes])
        mean = (weights[:, None] * np.array([vote[3] for vote in votes])).sum(0) / weights.sum()
        assert np.abs(target.image[y, x, :2] - mean[:2]).max() <= 0.51
        assert target.image[y, x, 2] == before[y, x, 2]
        if rim:
            best = {vote[2] for vote, weight in zip(votes, weights, strict=True) if weight > 0.9999 * weights.max()}
        else:
            least = min(votes, key=lambda vote: vote[:2])
            best = {vote[2] for vote in votes if vote[:2] == least[:2]}
        assert int(field.origin[number]) in best
    assert np.array_equal(target.image[~free], before[~free])


def test_the_copy_takes_the_origins() -> None:
    rng = np.random.default_rng(6)
    stack = Stack.of(rng.integers(0, 511, (20, 20, 1)).astype(np.int16))
    hole = np.zeros((20, 20), bool)
    hole[8:11, 8:12] = True
    field = PatchField(stack, stack, hole, allowed_anchors(~hole, 3), 3)
    ctx = Context(threads=1)
    field.scatter(ctx)
    field.search(ctx)
    field.vote(ctx)
    picture = rng.random((20, 20, 3)).astype(np.float32)
    copied = field.copied(picture)
    assert np.array_equal(copied, picture[field.origin // 20, field.origin % 20])
    assert not hole.reshape(-1)[field.origin].any()


def test_plain_means_have_equal_weights() -> None:
    assert (weight_table(0.0) == 1).all()
    assert weight_table()[FINENESS] == np.float32(np.exp(-0.5))
