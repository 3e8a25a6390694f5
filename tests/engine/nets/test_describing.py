"""What sees, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from engine.nets.describing import Describer, Filters, random_filters
from engine.nets.vgg_looks import Vgg


def never() -> None:
    """Nobody stops anything."""


def picture(height: int = 40, width: int = 36) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1))


def slopes_for(maps: dict[str, Tensor]) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(2)
    return {name: torch.randn(value.shape, generator=generator) for name, value in maps.items()}


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
