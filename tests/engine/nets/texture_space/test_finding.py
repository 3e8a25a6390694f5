"""Waves, layout, the encoder, directions and inversion, where the truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.context import Context
from engine.nets.texture_space import pacing
from engine.nets.texture_space.descriptors import NAMES, measured
from engine.nets.texture_space.directions import (
    found,
    judged,
    moved,
    regressed,
    spearman,
    weights_axes,
)
from engine.nets.texture_space.encoder import _fitted, code_of, drawn, encoded, looked_at
from engine.nets.texture_space.inversion import searched
from engine.nets.texture_space.layout import codes_of, colours_of, on_a_pad
from engine.nets.texture_space.mixtures import mixture
from engine.nets.texture_space.pacing import STOPS, paced, stride
from engine.nets.texture_space.rendering import whole
from engine.nets.texture_space.space import Direction, Space
from engine.nets.texture_space.space_file import restored
from engine.nets.texture_space.targets import moments
from engine.nets.texture_space.waves import _steady, waves_of
from engine.region import Rect
from tests.contract.models import tiny_space


@pytest.fixture(scope="module")
def space() -> Space:
    return restored(tiny_space())


@pytest.fixture
def ctx() -> Iterator[Context]:
    made = Context(seed=4, threads=2)
    yield made
    made.close()


# Waves.


def striped(*waves: tuple[float, float, float], side: int = 160, grain: float = 0.05) -> np.ndarray:
    y, x = np.mgrid[:side, :side]
    rng = np.random.default_rng(1)
    light = 0.5 + grain * rng.standard_normal((side, side))
    for down, across, size in waves:
        light = light + size * np.cos(2 * np.pi * (down * y + across * x) + 1)
    return np.repeat(light[..., None], 3, 2).astype(np.float32)


def test_waves_are_found_to_a_thousandth() -> None:
    there = [(0.0431, 0.0, 0.2), (0.021, 0.0777, 0.15)]
    seen = waves_of(striped(*there))
    assert seen[:, 2].sum() == 2
    for down, across, _ in there:
        away = [min(np.hypot(a - s * down, b - s * across) for s in (1, -1)) for a, b, loud in seen if loud]
        assert min(away) < 1e-3


def test_noise_and_slopes_are_no_waves() -> None:
    slope = np.repeat(np.linspace(0, 1, 128, dtype=np.float32)[:, None], 128, 1)[..., None].repeat(3, 2)
    smooth = np.asarray(np.kron(np.random.default_rng(3).random((16, 16, 3)), np.ones((12, 12, 1))), np.float32)
    for picture in (striped(grain=0.2), slope, smooth, np.zeros((64, 64, 3), np.float32), striped(side=20)):
        assert not waves_of(picture).any()


def test_a_wave_is_steady_where_it_keeps_its_phase() -> None:
    light = striped((0.05, 0.0, 0.2)).astype(np.float64) - 0.5
    shifts = np.random.default_rng(2).integers(0, 20, (4, 4))
    tiles = [[np.roll(light[:40, :40], shift, 0) for shift in row] for row in shifts]
    broken = np.concatenate([np.concatenate(row, 1) for row in tiles])
    for parts, least in ((2, 0.8), (4, 0.6)):
        assert _steady(light, (0.05, 0.0), parts) > 0.98
        assert _steady(broken, (0.05, 0.0), parts) < least


# Layout.


def test_codes_keep_distances() -> None:
    """Principal coordinates of four points are as far from one another as the points, up to one factor."""
    means = np.random.default_rng(0).standard_normal((4, 50)).astype(np.float32)
    codes = codes_of(means)
    assert codes.shape == (4, 3)
    width = means.std(0)
    standard = means / (width + 0.1 * width.mean() + 1e-6)
    pairs = [(a, b) for a in range(4) for b in range(a)]
    wanted = np.array([np.linalg.norm(standard[a] - standard[b]) for a, b in pairs])
    got = np.array([np.linalg.norm(codes[a] - codes[b]) for a, b in pairs])
    assert np.allclose(got / wanted, (got / wanted).mean(), rtol=1e-4)
    assert np.allclose(codes.mean(0), 0, atol=1e-5)


def test_codes_of_the_same_are_the_same() -> None:
    codes = codes_of(np.ones((3, 5), np.float32))
    assert codes.shape == (3, 2) and not codes.any()
    assert codes_of(np.ones((1, 5), np.float32)).shape == (1, 1)


def test_colours_of_a_picture() -> None:
    pixels = np.random.default_rng(2).random((30, 30, 3)).astype(np.float32) * (0.5, 0.2, 0.9)
    mean, root = colours_of(pixels)
    assert np.allclose(mean, pixels.mean((0, 1)), atol=1e-5)
    assert np.allclose(root @ root, np.cov(pixels.reshape(-1, 3).T, bias=True), atol=1e-5)


def test_a_pad_has_room_for_everything() -> None:
    codes = np.random.default_rng(0).standard_normal((12, 6)).astype(np.float32)
    codes[5] = codes[4]
    places = on_a_pad(codes)
    assert places.shape == (12, 2) and places.min() >= 0 and places.max() <= 1
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(12)
    assert apart.min() > 0.08
    assert np.array_equal(on_a_pad(codes), places)
    assert np.array_equal(on_a_pad(codes[:1]), [[0.5, 0.5]])


# The encoder.


def test_a_linear_relation_is_learnt() -> None:
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((80, 3))
    means = codes @ rng.standard_normal((3, 40)) + 5 + 0.01 * rng.standard_normal((80, 40))
    encoder = _fitted(means[:60], codes[:60], np.ones(60))
    got = np.stack([encoded(encoder, row.astype(np.float32)) for row in means[60:]])
    assert np.corrcoef(got.ravel(), codes[60:].ravel())[0, 1] > 0.98


def test_examples_that_weigh_more_are_met_more_closely() -> None:
    rng = np.random.default_rng(1)
    means, codes = rng.standard_normal((30, 8)), rng.standard_normal((30, 2))
    heavy = np.ones(30)
    heavy[0] = 500
    away = [
        np.linalg.norm(encoded(_fitted(means, codes, weights), means[0].astype(np.float32)) - codes[0])
        for weights in (np.ones(30), heavy)
    ]
    assert away[1] < 0.5 * away[0]


def test_drawn_codes_lie_between_samples(ctx: Context, space: Space) -> None:
    codes = drawn(ctx, space, 50)
    corners = np.column_stack([space.codes, np.ones(3)])
    shares = np.linalg.solve(corners.T, np.column_stack([codes, np.ones(50)]).T)
    assert shares.min() > -1e-5 and np.allclose(shares.sum(0), 1, atol=1e-5)


def test_looks_do_not_depend_on_threads(space: Space) -> None:
    seen = []
    for threads in (1, 2):
        ctx = Context(seed=4, threads=threads)
        seen.append(looked_at(ctx, space, space.codes))
        ctx.close()
    assert np.array_equal(seen[0].means, seen[1].means) and np.array_equal(seen[0].pictures, seen[1].pictures)


# Directions.


def test_measures_say_what_they_mean() -> None:
    rng = np.random.default_rng(0)
    fine = np.repeat(0.5 + 0.1 * rng.standard_normal((96, 96, 1)), 3, 2)
    coarse = np.kron(fine[:24, :24], np.ones((4, 4, 1)))
    value = dict(zip(NAMES, measured(fine.astype(np.float32)), strict=True))
    wide = dict(zip(NAMES, measured(coarse.astype(np.float32)), strict=True))
    assert value["Lightness"] == pytest.approx(0.5, abs=0.01) and value["Contrast"] == pytest.approx(0.1, abs=0.01)
    assert value["Saturation"] < 1e-6 and abs(value["Warmth"]) < 1e-6
    assert wide["Coarseness"] > value["Coarseness"] + 0.7 and wide["Edges"] < value["Edges"]
    lattice = dict(zip(NAMES, measured(striped((0.06, 0.0, 0.2), side=96)), strict=True))
    assert lattice["Regularity"] > 0.5 > 0.3 > value["Regularity"]
    assert lattice["Direction"] > 0.45 > 0.2 > value["Direction"]
    warm = fine.copy()
    warm[..., 0] += 0.2
    warmer = dict(zip(NAMES, measured(warm.astype(np.float32)), strict=True))
    assert warmer["Warmth"] == pytest.approx(0.2, abs=0.01) and warmer["Saturation"] > 0.05


def test_directions_where_the_truth_is_known(ctx: Context) -> None:
    """Two measures follow the code along known ways, one goes there and back, the others are noise."""
    rng = np.random.default_rng(5)
    codes = rng.standard_normal((160, 4)).astype(np.float32)
    first, second = np.array([1.0, 0, 0, 0]), np.array([0, 0.6, 0.8, 0])
    count = len(NAMES)

    def truth(code: np.ndarray, number: int) -> np.ndarray:
        made = np.random.default_rng(int(np.abs(code).sum() * 1e6) + number).standard_normal(count)
        made[0], made[3] = code @ first, 2 * np.tanh(code @ second)
        made[4] = abs(code @ second)
        return made

    values = np.stack([truth(code, 9) for code in codes])
    axes = np.eye(4, dtype=np.float32)
    got = judged(ctx, codes, values, [codes[0], codes[1]], truth, axes)
    named = {direction.name: direction for direction in got if direction.kind == "measured"}
    assert set(named) == {NAMES[0], NAMES[3]}
    for name, way in ((NAMES[0], first), (NAMES[3], second)):
        vector = named[name].vector
        assert vector @ way / np.linalg.norm(vector) > 0.95
        assert named[name].fit > 0.3 and named[name].monotone > 0.9
        low, high = np.percentile(codes @ way, (5, 95))
        assert np.linalg.norm(vector) == pytest.approx((high - low) / 2, rel=0.2)
    rest = [direction for direction in got if direction.kind == "axis"]
    assert rest and all(direction.name.partition(" ")[0] in ("Axis", *NAMES) for direction in rest)
    assert len({direction.name for direction in got}) == len(got), "each has a name of its own"
    for direction in rest:
        word, _, which = direction.name.partition(" ")
        assert which == "" or int(which) > 1 or word == "Axis", "the first of a name goes without a number"
    for axis in rest:
        for other in got:
            if other is not axis:
                a, b = axis.vector, other.vector
                assert abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b) < 0.81


def test_regression_is_judged_on_what_it_never_saw() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 12))
    values = np.column_stack([x[:, 0] * 3 + 1, rng.standard_normal(40), np.ones(40)])
    slopes, fits = regressed(x, values)
    assert fits[0] > 0.9 and fits[1] < 0.3 and fits[2] == 0
    assert np.abs(slopes[0]).argmax() == 0


def test_spearman_against_its_definition() -> None:
    a, b = np.array([1.0, 5, 2, 8, 3]), np.array([2.0, 7, 1, 9, 4])
    ranks = np.array([1, 4, 2, 5, 3]), np.array([2, 4, 1, 5, 3])
    assert spearman(a, b) == pytest.approx(1 - 6 * ((ranks[0] - ranks[1]) ** 2).sum() / (5 * 24))
    assert spearman(a, -a) == -1 and spearman(a, np.ones(5)) == 0
    assert spearman(np.array([1.0, 1, 2]), np.array([3.0, 3, 4])) == pytest.approx(1)


def test_a_whole_space_is_judged(ctx: Context, space: Space) -> None:
    seen = looked_at(ctx, space, np.concatenate([space.codes, drawn(ctx, space, 20)]))
    for direction in found(ctx, space, seen):
        assert direction.low < direction.high and direction.vector.shape == (2,)
    alone = replace(space, samples=space.samples[:1], codes=space.codes[:1])
    assert found(ctx, alone, seen) == ()


def test_axes_of_the_weights_are_orthonormal(space: Space) -> None:
    axes = weights_axes(space)
    assert np.allclose(axes @ axes.T, np.eye(len(axes)), atol=1e-5)


def test_sliders_add_up() -> None:
    a = np.array([1, 2], np.float32)
    way = Direction("x", np.array([2.0, 0], np.float32), -1, 1)
    assert np.array_equal(moved(a, [(way, 0.5), (way, -1.0)]), [0, 2])


# Mixtures.


def test_a_sample_is_a_mixture_of_itself() -> None:
    codes = np.random.default_rng(2).standard_normal((9, 5)).astype(np.float32)
    for number, code in enumerate(codes):
        assert mixture(code, codes) == {number: pytest.approx(1.0, abs=1e-4)}


def test_a_mixture_makes_its_code() -> None:
    """Where there is no choice: in as many numbers as there are samples."""
    codes = 2 * np.eye(6, dtype=np.float32)
    code = 0.5 * codes[1] + 0.3 * codes[4] + 0.2 * codes[2]
    made = mixture(code, codes)
    assert sum(made.values()) == pytest.approx(1)
    assert [made.get(k, 0.0) for k in range(6)] == pytest.approx([0, 0.5, 0.2, 0, 0.3, 0], abs=0.08)


def test_of_many_samples_those_nearby_are_taken() -> None:
    """On a line, a code between the third and the fourth could be made of any pair around it."""
    codes = np.array([[float(k)] for k in range(8)], np.float32)
    assert mixture(np.array([2.4], np.float32), codes) == {
        2: pytest.approx(0.6, abs=0.05),
        3: pytest.approx(0.4, abs=0.05),
    }


def test_mixtures_go_over_into_each_other() -> None:
    codes = np.random.default_rng(5).standard_normal((20, 4)).astype(np.float32)
    ways = np.linspace(0, 1, 200)[:, None] * (codes[7] - codes[3]) + codes[3] + 0.2
    table = np.zeros((200, 20))
    for row, code in zip(table, ways.astype(np.float32), strict=True):
        made = mixture(code, codes)
        assert 1 <= len(made) <= 4 and sum(made.values()) == pytest.approx(1)
        row[list(made)] = list(made.values())
    assert np.abs(np.diff(table, axis=0)).max() < 0.1


def test_beyond_the_samples_it_is_what_lies_nearest() -> None:
    codes = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    assert mixture(np.array([3, -1], np.float32), codes) == {1: pytest.approx(1)}
    assert mixture(np.array([3.0], np.float32), np.ones((1, 1), np.float32)) == {0: 1.0}
    same = mixture(np.zeros(2, np.float32), np.zeros((6, 2), np.float32))
    assert sum(same.values()) == pytest.approx(1)


# Even steps.


def test_evened_steps_are_more_even(ctx: Context, space: Space) -> None:
    table = paced(ctx, space)
    assert table.shape == (3, 3, STOPS) and (np.diff(table, axis=2) > 0).all()
    assert np.allclose(table[..., 0], 0) and np.allclose(table[..., -1], 1)
    assert np.allclose(table[1, 0], 1 - table[0, 1, ::-1], atol=1e-6)

    def variation(one: Space) -> float:
        rect = Rect(0, 0, 128, 128)
        codes = [one.along((0, 1), float(t)) for t in np.linspace(0, 1, 9)]
        means = [moments(whole(ctx, one.generator, code, rect), ctx.check) for code in codes]
        steps = [stride(a, b) for a, b in zip(means, means[1:], strict=False)]
        return float(np.std(steps) / np.mean(steps))

    plain, evened = variation(space), variation(replace(space, pacing=table))
    assert evened < 0.7 * plain


def test_the_scale_is_fine_where_the_way_is_steep(ctx: Context, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all of the change within a fiftieth of the code's way, as between two lattices: every step is as large."""
    codes = [space.codes[0].astype(np.float64), space.codes[1].astype(np.float64)]

    def seen(t: float) -> float:
        return 1 / (1 + np.exp(-(t - 0.37) / 0.004)) + 0.1 * t

    def place(code: np.ndarray) -> float:
        return float((code - codes[0]) @ (codes[1] - codes[0]) / np.square(codes[1] - codes[0]).sum())

    monkeypatch.setattr(pacing, "tile", lambda generator, code, *_: code)
    monkeypatch.setattr(pacing, "moments", lambda code, check: np.array([seen(place(code))]))
    monkeypatch.setattr(pacing, "stride", lambda before, after: abs(float(after[0] - before[0])))
    evened = replace(space, pacing=paced(ctx, space))
    steps = np.diff([seen(place(evened.along((0, 1), float(t)))) for t in np.linspace(0, 1, STOPS)])
    assert np.std(steps) / np.mean(steps) < 0.25


def test_pairs_that_were_not_measured_go_by_the_mean_of_the_others(ctx: Context, space: Space) -> None:
    each, some = paced(ctx, space), paced(ctx, space, most=2)
    pairs = [(0, 1), (0, 2), (1, 2)]
    measured = [np.array_equal(each[pair], some[pair]) for pair in pairs]
    assert sum(measured) == 2
    left, (one, other) = (
        pairs[measured.index(False)],
        (some[pair] for pair, is_so in zip(pairs, measured, strict=True) if is_so),
    )
    assert np.allclose(some[left], (one + other + 2 - one[::-1] - other[::-1]) / 4, atol=1e-6)
    assert np.allclose(some[left], 1 - some[left][::-1], atol=1e-6), "it does not know where it begins"


def test_the_least_even_ways_are_looked_at_closely(ctx: Context, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """A jump between two of three samples is found, with one close look to give away for three pairs."""
    jump = (1, 2)
    looks: list[dict[int, float]] = []

    def seen(ctx: Context, space: Space, mixtures: list[dict[int, float]]) -> list[np.ndarray]:
        looks.extend(mixtures)
        return [np.array([far(mixture)]) for mixture in mixtures]

    def far(mixture: dict[int, float]) -> float:
        if set(mixture) <= set(jump):
            return 1 / (1 + np.exp(-(mixture.get(2, 0.0) - 0.37) / 0.004))
        return mixture.get(2, 0.0) + 0.5 * mixture.get(1, 0.0)

    monkeypatch.setattr(pacing, "_seen", seen)
    monkeypatch.setattr(pacing, "stride", lambda before, after: abs(float(after[0] - before[0])))
    table = paced(ctx, space, closely=1)
    closely = [mixture for mixture in looks if any(0 < share < 1 and share * 8 % 1 for share in mixture.values())]
    assert closely and all(set(mixture) == set(jump) for mixture in closely)
    assert sum(len(mixture) == 1 for mixture in looks) == len(space.samples), "a sample is looked at once"
    assert abs(float(np.interp(0.5, np.linspace(0, 1, STOPS), table[jump])) - 0.37) < 0.01


# Inversion.


def test_a_picture_of_the_space_is_found_again(ctx: Context, space: Space) -> None:
    wanted = space.mixed({0: 0.8, 1: 0.2})
    picture = whole(ctx, space.generator, wanted, Rect(0, 0, 96, 96), 5)
    steps = list(searched(ctx, space, picture, "optimise", 15))
    assert len(steps) == 16 and steps[-1].fraction == 1
    assert min(step.loss for step in steps[-5:]) < steps[0].loss
    assert np.linalg.norm(steps[-1].code - wanted) < np.linalg.norm(steps[0].code - wanted) + 0.05
    assert np.linalg.norm(steps[-1].code - wanted) < 0.8


def test_without_an_encoder_the_nearest_sample_is_the_guess(ctx: Context, space: Space) -> None:
    for number, sample in enumerate(space.samples):
        picture = sample.picture.astype(np.float32) / np.float32(255)
        assert np.array_equal(code_of(space, picture, ctx), space.codes[number])
    (guess,) = searched(ctx, space, picture, "encode")
    assert np.array_equal(guess.code, space.codes[2]) and guess.fraction == 1


def test_a_search_is_the_same_on_any_threads(space: Space) -> None:
    codes = []
    for threads in (1, 2):
        ctx = Context(seed=1, threads=threads)
        codes.append(
            [*searched(ctx, space, space.samples[0].picture.astype(np.float32) / np.float32(255), "hybrid", 2)][-1].code
        )
        ctx.close()
    assert np.array_equal(codes[0], codes[1])
