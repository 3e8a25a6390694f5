"""The descent: known valleys, and the same bits on any number of threads."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.context import Context
from engine.nets.growing import Recipe, as_picture, grown, resized
from engine.nets.likeness import outside
from engine.nets.neighbours import CLOSE, Neighbours, columns, nearest
from engine.nets.optimising import Slope, lowered
from engine.nets.restyling import Plan, Style, restyled, roughness


def bowl(weights: Tensor, middle: Tensor, looks: list[float]) -> Slope:
    def slope(picture: Tensor, check: object) -> tuple[float, Tensor]:
        away = picture - middle
        value = 0.5 * float((weights * away.square()).sum())
        looks.append(value)
        return value, weights * away

    return slope


def test_a_narrow_valley_is_walked_down() -> None:
    weights = torch.logspace(0, 3, 48).view(1, 3, 4, 4)
    middle = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    looks: list[float] = []
    values = [
        value for value, _ in lowered(Context(threads=1), torch.zeros(1, 3, 4, 4), bowl(weights, middle, looks), 120)
    ]
    assert values == sorted(values, reverse=True), "never uphill"
    assert values[-1] < 1e-5 * looks[0]
    assert len(looks) < 1.5 * len(values) + 5


def test_leaning_to_short_waves_shortens_the_way_where_slopes_are_long_ones() -> None:
    """A valley that is steep along long waves and nearly flat along short ones, as a network's is."""
    middle = torch.rand(1, 3, 32, 31, generator=torch.Generator().manual_seed(2))
    frequency = (torch.fft.fftfreq(32)[:, None].square() + torch.fft.rfftfreq(31)[None].square()).sqrt()
    steep = (2 * frequency).clamp(1 / 16, 1) ** -1.5

    def slope(picture: Tensor, check: object) -> tuple[float, Tensor]:
        away = picture - middle
        found = torch.fft.irfft2(torch.fft.rfft2(away) * steep, s=picture.shape[2:])
        return 0.5 * float((away * found).sum()), found

    start = torch.zeros(1, 3, 32, 31)
    plain, leant = (
        [value for value, _ in lowered(Context(threads=1), start, slope, 12, lean)][-1] for lean in (0.0, 1.5)
    )
    assert leant < 1e-2 * plain


def test_at_the_bottom_it_ends() -> None:
    middle = torch.zeros(1, 3, 4, 4)
    found = list(lowered(Context(threads=1), middle, bowl(torch.ones(1, 3, 4, 4), middle, []), 10))
    assert found == []


def test_grad_mode_and_threads_are_left_alone() -> None:
    before = torch.get_num_threads(), torch.is_grad_enabled(), torch.is_inference_mode_enabled()
    start, middle = torch.zeros(1, 3, 4, 4), torch.ones(1, 3, 4, 4)
    for _ in lowered(Context(threads=1), start, bowl(torch.ones(1, 3, 4, 4), middle, []), 3):
        assert (torch.get_num_threads(), torch.is_grad_enabled(), torch.is_inference_mode_enabled()) == before


@pytest.mark.parametrize("function", [outside, roughness])
def test_small_terms_have_their_slopes(function: object) -> None:
    x = torch.rand(1, 3, 9, 7, generator=torch.Generator().manual_seed(4), dtype=torch.float64) * 2 - 0.5
    way = torch.randn(x.shape, generator=torch.Generator().manual_seed(5), dtype=x.dtype) * 1e-6
    assert callable(function)
    rise = (function(x + way)[0] - function(x - way)[0]) / 2
    assert rise == pytest.approx(float((function(x)[1] * way).sum()), rel=1e-3)


def test_the_nearest_is_found_by_angle() -> None:
    generator = torch.Generator().manual_seed(6)
    answers, questions = torch.randn(50, 8, generator=generator), torch.randn(20, 8, generator=generator)
    a = (answers - answers.mean(0)).numpy()
    q = (questions - questions.mean(0)).numpy()
    alike = [[row @ one / np.linalg.norm(row) / np.linalg.norm(one) for one in a] for row in q]
    everybodys = [np.mean(sorted(row[k] for row in alike)[-CLOSE:]) for k in range(50)]
    wanted = [max(range(50), key=lambda k, row=row: 2 * row[k] - everybodys[k]) for row in alike]  # type: ignore[misc]
    found, alike_most = nearest(questions, answers, lambda: None)
    assert found.tolist() == wanted
    values = [2 * row[k] - everybodys[k] for row, k in zip(alike, wanted, strict=True)]
    np.testing.assert_allclose(alike_most, values, atol=1e-5)
    known = Neighbours([answers])
    known.ask(answers, lambda: None)
    assert known.wanted is not None
    assert float(known.distance(known.wanted)) == 0
    mean = answers.mean(0).expand(50, 8)
    assert float(known.distance(mean)) == pytest.approx(1, rel=1e-3), "1 is as far as the style's mean"


def test_no_answer_is_everybodys() -> None:
    """A hundred questions around one direction are closest to the one answer that lies there; they take others, too."""
    generator = torch.Generator().manual_seed(8)
    direction = torch.ones(8)
    questions = direction + 0.5 * torch.randn(100, 8, generator=generator)
    questions = torch.cat([questions, -questions])
    around = direction + 0.5 * torch.randn(12, 8, generator=generator)
    answers = torch.cat([direction[None], around, -direction[None] - 0.1 * torch.randn(13, 8, generator=generator)])
    a, q = answers - answers.mean(0), questions - questions.mean(0)
    angles = (q / q.norm(dim=1, keepdim=True)) @ (a / a.norm(dim=1, keepdim=True)).T
    most = int(angles.argmax(1)[:100].bincount().max())
    found = nearest(questions, answers, lambda: None)[0][:100]
    assert int(found.bincount().max()) < 0.7 * most


def test_columns_have_every_layer_at_one_scale() -> None:
    maps = {"a": torch.ones(1, 4, 32, 40), "b": torch.ones(1, 9, 8, 10), "c": torch.ones(1, 16, 4, 5)}
    made = columns(maps, (32, 40))
    assert made.shape == (80, 29)
    assert float(made[0, 0]) == 0.5 and float(made[0, 5]) == pytest.approx(1 / 3)


def texture(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    waves = 0.5 + 0.3 * np.sin(x * 0.8)[..., None] * np.array([1, 0.6, 0.2]) + 0.15 * np.sin(y * 0.5)[..., None]
    return np.clip(waves + np.random.default_rng(1).normal(0, 0.03, waves.shape), 0, 1).astype(np.float32)


def values_of(recipe: Recipe, threads: int = 1) -> tuple[list[float], np.ndarray]:
    ctx = Context(seed=4, threads=threads)
    values, made = [], np.zeros((0, 0, 3), np.float32)
    for picture, value, _ in grown(ctx, texture(48, 48), (48, 48), recipe):
        made = picture
        values.append(value)
    return values, made


@pytest.mark.parametrize("statistic", ["gram", "w2", "sliced"])
@pytest.mark.parametrize("weights", ["vgg19", "random", "patches"])
def test_it_comes_nearer(statistic: str, weights: str) -> None:
    values, made = values_of(Recipe(weights, (1, 2), statistic, False, 0.0, 5))
    assert values[-1] < 0.6 * values[0] if statistic != "sliced" else values[-1] < values[0]
    assert made.shape == (48, 48, 3) and made.dtype == np.float32


@pytest.mark.parametrize("statistic", ["gram", "w2", "sliced"])
def test_the_same_picture_on_one_and_two_threads(statistic: str) -> None:
    recipe = Recipe("vgg19", (1, 2, 3), statistic, True, 0.3, 2)
    assert np.array_equal(values_of(recipe)[1], values_of(recipe, 2)[1])


@pytest.mark.parametrize("statistic", ["gram", "w2", "nearest"])
def test_a_style_comes_nearer(statistic: str) -> None:
    content = np.tile(np.linspace(0.2, 0.8, 56, dtype=np.float32)[None, :, None], (48, 1, 3))
    plan = Plan(statistic, (1, 2, 3), 0.02, 0.1, "noise", 6, 0.6, 10**6)
    ctx, values, made = Context(threads=1), [], content
    for picture, value, _ in restyled(ctx, content, [Style(texture(64, 64), 1.0)], plan):
        made = picture
        values.append(value)
    assert values[-1] < 0.8 * values[0]
    assert np.abs(made - content).mean() > 0.02
    assert ctx.fraction == pytest.approx(1.0)


def test_a_torus_is_resized_as_one() -> None:
    x = texture(32, 32)
    larger = resized(x, (64, 64), torus=True)
    rolled = resized(np.roll(x, (8, 8), (0, 1)), (64, 64), torus=True)
    np.testing.assert_allclose(np.roll(larger, (16, 16), (0, 1)), rolled, atol=1e-5)


def test_pictures_and_tensors() -> None:
    x = texture(5, 7)
    made = as_picture(torch.from_numpy(x.transpose(2, 0, 1).copy())[None] * 2)
    assert made.shape == x.shape and float(made.max()) <= 1
