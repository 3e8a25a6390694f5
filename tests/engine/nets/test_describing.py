"""What sees, and the way back: against autograd through the plain layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from engine.context import Context
from engine.errors import Stopped
from engine.nets.describing import Describer, Filters, Pooling, Vgg, random_filters
from engine.nets.vgg import features


def never() -> None:
    """Nobody stops anything."""


def picture(height: int = 40, width: int = 36) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1))


TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")


def test_it_sees_what_the_network_sees() -> None:
    plain = features(picture(), TAPS)
    seen = Vgg(TAPS).seen(picture(), never).maps
    assert list(seen) == list(TAPS)
    for name in TAPS:
        torch.testing.assert_close(seen[name].contiguous(), plain[name], atol=2e-4, rtol=2e-4)


def slopes_for(maps: dict[str, Tensor]) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(2)
    return {name: torch.randn(value.shape, generator=generator) for name, value in maps.items()}


@pytest.mark.parametrize(("height", "width"), [(40, 36), (37, 51)])
def test_the_way_back_is_that_of_autograd(height: int, width: int) -> None:
    x = picture(height, width).requires_grad_(True)
    plain = features(x, TAPS)
    asked = slopes_for(plain)
    (wanted,) = torch.autograd.grad([plain[name] for name in TAPS], x, [asked[name] for name in TAPS])
    with torch.no_grad():
        found = Vgg(TAPS).seen(x.detach(), never).back(asked, never)
    torch.testing.assert_close(found.contiguous(), wanted, atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_on_a_torus_nothing_depends_on_where_it_is_cut(pooling: Pooling) -> None:
    eye = Vgg(("relu1_1", "relu3_1"), "circular", pooling)
    x = picture(48, 48)
    moved = x.roll((16, 32), (2, 3))
    with torch.no_grad():
        one, other = eye.seen(x, never), eye.seen(moved, never)
        asked = slopes_for(dict(one.maps))
        there = {
            name: value.roll((16 * value.shape[2] // 48, 32 * value.shape[3] // 48), (2, 3))
            for name, value in asked.items()
        }
        torch.testing.assert_close(one.maps["relu3_1"].roll((4, 8), (2, 3)), other.maps["relu3_1"])
        back, again = one.back(asked, never), other.back(there, never)
    torch.testing.assert_close(back.roll((16, 32), (2, 3)), again)


def eyes() -> list[Describer]:
    banks = random_filters(np.random.default_rng(1), picture(64, 64))
    return [
        Filters(banks, (0, 1), "circular", rectified=True),
        Filters(banks, (1,), "reflect", rectified=True),
        Filters(banks[:1], (0, 2), "reflect"),
        Vgg(("relu2_1",), "circular", "average"),
    ]


@pytest.mark.parametrize("number", range(4))
def test_slopes_are_right_to_first_order(number: int) -> None:
    eye, x = eyes()[number], picture(48, 40)
    with torch.no_grad():
        seen = eye.seen(x, never)
        asked = slopes_for(dict(seen.maps))
        maps = {name: value.clone() for name, value in seen.maps.items()}
        back = seen.back(asked, never)
        way = back / back.norm() * 1e-2
        risen = eye.seen(x + way, never).maps
        rise = sum(float(((risen[name] - maps[name]) * asked[name]).sum()) for name in maps)
    assert rise == pytest.approx(float((back * way).sum()), rel=0.05)


def test_a_look_can_be_left_between_layers() -> None:
    ctx = Context()
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 3:
            ctx.stop()
        ctx.check()

    with pytest.raises(Stopped), torch.no_grad():
        Vgg(TAPS).seen(picture(), check)
    assert len(calls) == 4


def test_filters_at_random_answer_alike() -> None:
    """Each as strongly as any other, in detail and colour too, however much stronger light and shade are."""
    y, x = torch.meshgrid(torch.linspace(0, 6, 64), torch.linspace(0, 6, 64), indexing="ij")
    sample = (0.5 + 0.4 * torch.sin(x + y)).expand(1, 3, 64, 64) + 0.02 * picture(64, 64)
    for weight, bias in random_filters(np.random.default_rng(3), sample):
        deviations = functional.conv2d(sample, weight, bias)[0].flatten(1).std(1)
        assert float(deviations.min()) > 0.8 and float(deviations.max()) < 1.25


def test_one_trained_filter_bank_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters drawn at random need no file."""

    def missing(name: str) -> dict[str, Tensor]:
        raise AssertionError("weights were asked for")

    monkeypatch.setattr("engine.nets.vgg.loaded", missing)
    eye = Filters(random_filters(np.random.default_rng(1), picture()), (0,), rectified=True)
    assert len(eye.seen(picture(), never).maps) == 3
