"""VGG-19 both ways, against autograd through the plain layers; in half precision against single."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.context import Context
from engine.errors import Stopped
from engine.nets.running import threads
from engine.nets.vgg import features
from engine.nets.vgg_looks import Pooling, Vgg


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


@pytest.mark.parametrize(("height", "width"), [(64, 48), (37, 51)])
def test_half_precision_sees_and_leads_nearly_the_same(height: int, width: int) -> None:
    with torch.no_grad():
        looks = [Vgg(TAPS, half=half).seen(picture(height, width), never) for half in (False, True)]
        whole, half = looks
        asked = slopes_for(dict(whole.maps))
        for name in TAPS:
            away = half.maps[name] - whole.maps[name]
            assert float(away.norm() / whole.maps[name].norm()) < 0.02, name
        exact, rough = (look.back(asked, never) for look in looks)
    assert rough.dtype == torch.float32
    assert float((exact * rough).sum() / (exact.norm() * rough.norm())) > 0.995


@pytest.mark.parametrize("half", [False, True])
def test_no_bit_depends_on_the_threads(half: bool) -> None:
    found = []
    for count in (1, 2):
        with threads(count):
            look = Vgg(TAPS, half=half).seen(picture(72, 88), never)
            maps = {name: value.clone() for name, value in look.maps.items()}
            found.append((maps, look.back(slopes_for(maps), never)))
    (one, back), (other, again) = found
    assert all(torch.equal(one[name], other[name]) for name in TAPS) and torch.equal(back, again)


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
