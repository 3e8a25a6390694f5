"""Learning: it gets nearer, to the same weights on any threads, and goes on as if it had never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.context import Context
from engine.errors import Stopped, Unusable
from engine.image import Floats, Image
from engine.nets.texture_space.generator import Shape
from engine.nets.texture_space.sampling import LEARNT, learnt_part, opaque, sampled, unevenness
from engine.nets.texture_space.space import Sample, Space
from engine.nets.texture_space.space_file import restored, stored
from engine.nets.texture_space.targets import (
    DIRECTIONS,
    LOOKED_AT,
    QUANTILES,
    compared,
    described,
    directions,
    grouped,
    seen,
)
from engine.nets.texture_space.training import Pace, Training, joined, placed
from engine.nets.vgg import as_tensor
from tests.contract.scenarios import texture

QUICK = Pace(crop=32, crops=2)
SMALL = Shape(1, (12, 12, 10, 8, 8), (), noise=4)


def nothing() -> None:
    pass


def samples(count: int = 2) -> list[Sample]:
    rng = np.random.default_rng(8)
    made = []
    for number in range(count):
        grain = rng.standard_normal((40, 40, 3)) * 0.1 * (number + 1)
        plain = np.clip(np.array([0.3, 0.5, 0.2]) + 0.15 * number + grain, 0, 1)
        made.append(Sample(f"s{number}", (plain * 255).astype(np.uint8)))
    return made


def trained(steps: int, threads: int = 1, begun: Space | None = None, some: Sequence[Sample] | None = None) -> Training:
    ctx = Context(seed=2, threads=threads)
    training = Training(ctx, samples() if some is None else some, begun, QUICK, None if begun else SMALL)
    for _ in range(steps):
        training.step(ctx, 0.0)
    ctx.close()
    return training


def same(one: Space, other: Space) -> bool:
    parts = [(one.weights, other.weights), (one.progress, other.progress)]
    return all(a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a) for a, b in parts)


def test_same_weights_on_any_number_of_threads() -> None:
    assert same(trained(3, 1).space(), trained(3, 2).space())


def test_going_on_ends_where_it_would_have() -> None:
    """Through a file, with a step in between."""
    halfway = restored(stored(trained(2).space()))
    assert halfway.record["steps"] == 2
    # The pace begins anew after a restart, so both warm up; the steps themselves are the same.
    ctx = Context(seed=2, threads=1)
    training = Training(ctx, [], halfway, QUICK)
    training.losses = [0.0, 0.0]
    training.step(ctx, 0.0)
    ctx.close()
    assert same(training.space(), trained(3).space())


def test_it_gets_nearer() -> None:
    training = trained(24)
    assert np.mean(training.losses[-6:]) < 0.9 * np.mean(training.losses[:4])


def test_it_begins_with_copied_cells_and_ends_with_smooth_ones() -> None:
    ctx = Context(seed=2, threads=1)
    training = Training(ctx, samples(), None, QUICK, SMALL)
    shown = []
    for fraction in (0.0, QUICK.copied - 0.01, QUICK.copied, 1.0):
        training.step(ctx, fraction)
        shown.append(training.space().shape.smooth)
    assert shown == [False, False, True, True]
    again = Training(ctx, [], restored(stored(training.space())), QUICK)
    again.step(ctx, 0.0)
    ctx.close()
    assert again.space().shape.smooth, "what is smooth stays so"


def test_a_finished_space_has_no_progress() -> None:
    space = trained(1).space(finished=True)
    assert not space.progress and space.record["steps"] == 1


def test_new_samples_join_and_old_ones_are_not_doubled() -> None:
    begun = trained(1).space()
    third = samples(3)
    training = trained(1, begun=begun, some=third)
    assert [sample.name for sample in training.samples] == ["s0", "s1", "s2"]
    assert training.codes.shape == (3, begun.shape.code)
    assert np.array_equal(training.codes[:2], begun.codes)
    assert np.linalg.norm(training.codes[2] - begun.codes, axis=1).min() > 0.05
    assert training.space().weights["anchors"].shape[0] == 3
    assert len(joined(None, [*third, third[0]])) == 3


@pytest.mark.parametrize("finished", [True, False])
def test_a_picture_that_joins_gets_most_of_the_turns(finished: bool) -> None:
    """Whether the space can go on where it was, or is finished."""
    begun = trained(1).space(finished=finished)
    training = trained(0, begun=begun, some=samples(3))
    training.pace = replace(QUICK, mixed=0.0)
    ctx = Context(seed=2)
    drawn = [next(iter(training._shares(ctx.random(number)))) for number in range(300)]
    counts = np.bincount(drawn, minlength=3)
    assert counts[2] > (2.5 if finished else 1.4) * counts[:2].max()
    ctx.close()


def test_one_sample_alone_can_be_learnt() -> None:
    space = trained(1, some=samples(1)).space()
    assert space.codes.shape == (1, 1) and np.isfinite(space.codes).all()


def test_the_same_picture_twice_is_one() -> None:
    twice = samples(1) + [Sample("again", samples(1)[0].picture)]
    assert len(trained(0, some=twice).samples) == 1


def test_what_is_hard_gets_more_turns() -> None:
    training = trained(0)
    training.hardness[:] = (1.0, 3.0)
    rng = np.random.default_rng(0)
    drawn = [training._shares(rng) for _ in range(600)]
    alone = [next(iter(shares)) for shares in drawn if len(shares) == 1]
    assert abs(1 - len(alone) / 600 - training.pace.mixed) < 0.06
    assert abs(np.mean(alone) - (0.25 + 0.45)) < 0.06
    assert all(sum(shares.values()) == pytest.approx(1) for shares in drawn)


def test_stopped_it_keeps_the_last_step() -> None:
    training = trained(1)
    before = training.space()
    ctx = Context(seed=2, threads=1)
    ctx.stop()
    with pytest.raises(Stopped):
        training.step(ctx, 0.0)
    assert same(before, training.space())


def test_the_rate_warms_up_and_settles() -> None:
    training = trained(0)
    training.losses = [0.0] * 40
    full = training._rate(0.0)
    assert full == QUICK.rate == training._rate(0.5)
    assert full > training._rate(0.7) > training._rate(0.9) > training._rate(1.0) > 0
    training.losses = []
    assert training._rate(0.0) == pytest.approx(full / 20)


def test_placed_is_near_what_is_alike() -> None:
    known = np.array([[0.0] * 8, [1.0] * 8, [5.0] * 8], np.float32)
    codes = np.array([[1, 0], [0, 1], [-1, -1]], np.float32)
    code = placed(np.full(8, 0.9, np.float32), known, codes)
    assert np.linalg.norm(code - codes, axis=1).argmin() == 1


# What a sample is to it.


def test_tables_are_sorted_projections() -> None:
    """Against a loop over directions with numpy's sort."""
    picture = np.random.default_rng(1).random((24, 20, 3)).astype(np.float32)
    target = described(picture, nothing)
    with torch.no_grad():
        features = seen(as_tensor(picture), torch.float32)
    for tap in LOOKED_AT:
        cloud = features[tap][0].flatten(1).numpy()
        table = target.tables[tap].numpy()
        assert table.shape == (DIRECTIONS, QUANTILES) and (np.diff(table, axis=1) >= -1e-5).all()
        for row in (0, 77):
            along = np.sort(directions("cpu")[tap][row].numpy() @ cloud)
            count = len(along)
            edges = [(k * count // QUANTILES, -(-(k + 1) * count // QUANTILES)) for k in range(QUANTILES)]
            means = np.array([along[a:b].mean() for a, b in edges])
            assert np.allclose(table[row], means, atol=1e-3 * (1 + np.abs(means).max()))
        assert target.spread[tap] == pytest.approx(cloud.var(axis=1).mean(), rel=1e-3, abs=2e-6)


def test_grouped_keeps_means() -> None:
    rows = torch.arange(12.0).reshape(1, 12)
    assert torch.equal(grouped(rows, 4), torch.tensor([[1.0, 4.0, 7.0, 10.0]]))
    assert grouped(rows, 12) is rows


def loss(picture: Floats, mixture: list[tuple[Floats, float]]) -> float:
    with torch.no_grad():
        features = seen(as_tensor(picture), torch.float32)
    targets = [(described(one, nothing), share) for one, share in mixture]
    return float(compared(features, targets, np.random.default_rng(0)))


def test_a_sample_is_nearest_to_itself_and_a_mixture_in_between() -> None:
    one = texture((64, 64), 3, np.float32, seed=1).decoded()
    rng = np.random.default_rng(0)
    other = (0.8 - 0.3 * rng.random((64, 64, 3))).astype(np.float32)
    assert loss(one, [(one, 1.0)]) < 0.35 < loss(one, [(other, 1.0)])
    towards = [loss(one, [(one, 1 - t), (other, t)]) for t in (0.0, 0.3, 0.6, 1.0)]
    assert towards == sorted(towards)


# Which pictures can be samples.


def test_samples_of_any_kind_become_colour() -> None:
    pictures = [texture((60, 50), channels, dtype) for channels in (1, 2, 3, 4) for dtype in (np.uint8, np.float32)]
    for sample, picture in zip(sampled(pictures), pictures, strict=True):
        assert sample.picture.shape == (50, 60, 3) and sample.picture.dtype == np.uint8
        if picture.channels == 3 and picture.pixels.dtype == np.uint8:
            assert np.array_equal(sample.picture, picture.pixels)


def test_large_samples_are_reduced_to_what_can_be_learnt() -> None:
    wide = np.zeros((400, 1600, 3), np.float32)
    wide[:, 800:] = 1
    part = learnt_part(wide)
    assert part.shape == (LEARNT, LEARNT, 3)
    assert part[:, : LEARNT // 2 - 1].max() == 0 and part[:, LEARNT // 2 + 1 :].min() == 255


def test_hidden_colours_do_not_count() -> None:
    picture = np.ones((4, 4, 4), np.float32)
    picture[:2] = (0.2, 0.4, 0.6, 0.0)
    picture[2:, :, :3] = 0.5
    assert np.allclose(opaque(picture), 0.5)


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (15, 15)])
def test_too_small_a_sample_is_named(size: tuple[int, int]) -> None:
    with pytest.raises(Unusable, match="too small to be learnt"):
        sampled([Image(np.zeros((*size, 3), np.uint8), name="speck.png")])


def test_a_picture_of_things_is_told_from_a_texture() -> None:
    rng = np.random.default_rng(0)
    even = rng.integers(60, 190, (128, 128, 3)).astype(np.uint8)
    thing = even.copy()
    thing[:70] = 250
    thing[80:, 90:] = 3
    assert unevenness(Sample("even", even)) < 0.5 < 1 < unevenness(Sample("thing", thing))
    assert unevenness(Sample("tiny", even[:20, :20])) == 0
