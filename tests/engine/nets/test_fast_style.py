"""Style networks: strip by strip as if taken whole; a training learns, repeats itself, and goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.context import Context
from engine.errors import Stopped
from engine.image import Floats
from engine.nets import fast_style_training
from engine.nets.fast_style import KEPT, Painter, Plan, forward, plan_of
from engine.nets.fast_style_training import OPENING, Training, Wanted, _pattern, weave
from engine.nets.running import threads

PLAN = Plan(4, 2, 5)


def drawn(plan: Plan, seed: int = 1) -> dict[str, Tensor]:
    """A network whose every number matters."""
    draw = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in plan.shapes().items():
        spread = (2 / np.prod(shape[1:])) ** 0.5 if len(shape) == 4 else 0.3
        tensors[name] = torch.randn(shape, generator=draw) * spread
        if name.endswith("weight") and len(shape) == 1:
            tensors[name] += 1
    return tensors


def picture(height: int, width: int) -> Tensor:
    return torch.rand((1, 3, height, width), generator=torch.Generator().manual_seed(2))


def painted(plan: Plan, tensors: dict[str, Tensor], values: Tensor, budget: int, count: int = 1) -> Tensor:
    with threads(count):
        painter = Painter(plan, tensors, values, lambda: None, budget)
        done = list(painter.prepare())
        assert done == sorted(done) and done[-1] == pytest.approx(1)
        bands = list(painter.bands())
    tops = [top for top, _ in bands]
    assert tops == list(np.cumsum([0, *(made.shape[2] for _, made in bands)])[:-1])
    return torch.cat([made for _, made in bands], 2)


class Residual(nn.Module):
    """The published block, written once more as its paper draws it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(width, width, 3), nn.Conv2d(width, width, 3)
        self.in1, self.in2 = nn.InstanceNorm2d(width, affine=True), nn.InstanceNorm2d(width, affine=True)

    def forward(self, values: Tensor) -> Tensor:
        pad = nn.ReflectionPad2d(1)
        return values + self.in2(self.conv2(pad(torch.relu(self.in1(self.conv1(pad(values)))))))


def test_forward_is_the_published_network() -> None:
    """Against torch's own layers, put together one by one."""
    plan, tensors, values = PLAN, drawn(PLAN), picture(32, 40)
    w = plan.width

    def placed(layer: nn.Module, name: str) -> nn.Module:
        layer.load_state_dict({part: tensors[f"{name}.{part}"] for part in ("weight", "bias")})
        return layer

    parts: list[nn.Module] = []
    for k, (takes, gives, kernel, stride) in enumerate(((3, w, 5, 1), (w, 2 * w, 3, 2), (2 * w, 4 * w, 3, 2)), 1):
        parts += [nn.ReflectionPad2d(kernel // 2)]
        parts += [placed(nn.Conv2d(takes, gives, kernel, stride), f"conv{k}.conv2d")]
        parts += [placed(nn.InstanceNorm2d(gives, affine=True), f"in{k}"), nn.ReLU()]
    for k in range(1, plan.blocks + 1):
        block = Residual(4 * w)
        for name in ("conv1", "in1", "conv2", "in2"):
            placed(getattr(block, name), f"res{k}.{name}" + (".conv2d" if name.startswith("conv") else ""))
        parts.append(block)
    for k, (takes, gives) in enumerate(((4 * w, 2 * w), (2 * w, w)), 1):
        parts += [nn.Upsample(scale_factor=2, mode="nearest"), nn.ReflectionPad2d(1)]
        parts += [placed(nn.Conv2d(takes, gives, 3), f"deconv{k}.conv2d")]
        parts += [placed(nn.InstanceNorm2d(gives, affine=True), f"in{k + 3}"), nn.ReLU()]
    parts += [nn.ReflectionPad2d(2), placed(nn.Conv2d(w, 3, 5), "deconv3.conv2d")]
    with torch.no_grad():
        assert torch.allclose(forward(plan, tensors, values), nn.Sequential(*parts)(values), atol=1e-4)


def test_published_shapes() -> None:
    """1.68 million numbers, as the models of PyTorch's example have."""
    shapes = Plan(32, 5, 9).shapes()
    assert shapes["res5.conv2.conv2d.weight"] == (128, 128, 3, 3) and shapes["deconv3.conv2d.weight"] == (3, 32, 9, 9)
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == 1_679_235


@pytest.mark.parametrize(("height", "width"), [(16, 16), (64, 48), (100, 36)])
def test_strips_are_as_the_whole(height: int, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.nets.fast_style.BITE", 60_000)
    tensors, values = drawn(PLAN), picture(height, width)
    with threads(1):
        whole = forward(PLAN, tensors, values)
    for budget in (0, height * width * 12, 1 << 30):
        made = painted(PLAN, tensors, values, budget)
        assert (made - whole).abs().max() < 1e-4 * whole.abs().max(), f"{budget} bytes"


@pytest.mark.parametrize(("height", "width"), [(17, 16), (61, 43)])
def test_any_size_and_any_number_of_threads(height: int, width: int) -> None:
    tensors, values = drawn(PLAN), picture(height, width)
    made = painted(PLAN, tensors, values, 0)
    assert made.shape == values.shape
    assert torch.equal(made, painted(PLAN, tensors, values, 1 << 30, 2))


def test_nothing_large_is_kept_without_a_budget() -> None:
    """What a layer of the whole picture would take is never asked for at once."""
    tensors, values = drawn(PLAN), picture(400, 64)
    painter = Painter(PLAN, tensors, values, lambda: None, 0)
    with threads(1):
        for _ in painter.prepare():
            kept = [kept.shape[2] for kept in painter._kept.values()]
            assert all(rows <= 100 for rows in kept) and len(kept) <= 2


def test_painting_looks_at_the_flag_all_along() -> None:
    looks = 0

    def check() -> None:
        nonlocal looks
        looks += 1
        if looks == 9:
            raise Stopped

    with threads(1), pytest.raises(Stopped):
        list(Painter(PLAN, drawn(PLAN), picture(64, 64), check).prepare())


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda tensors: tensors.pop("in4.bias"), "other shapes"),
        (lambda tensors: tensors.pop("conv1.conv2d.weight"), "has not the layers"),
        (lambda tensors: tensors.update({"more": torch.zeros(2)}), "other shapes"),
        (lambda tensors: tensors["in1.weight"].fill_(float("nan")), "not finite"),
        (lambda tensors: tensors.update({"conv1.conv2d.weight": torch.zeros(4, 3, 4, 4)}), "has not the layers"),
    ],
)
def test_what_is_no_network_is_told(spoil: Callable[[dict[str, Tensor]], object], why: str) -> None:
    tensors = drawn(PLAN)
    assert plan_of({**tensors, f"{KEPT}first.in1.bias": torch.zeros(4)}) == PLAN
    spoil(tensors)
    with pytest.raises(ValueError, match=why):
        plan_of(tensors)


# Training.


def stripes() -> Floats:
    """A style that is easily told: broad blue and yellow stripes."""
    y, x = np.mgrid[:64, :64]
    blue = ((x + y) // 6 % 2)[..., None]
    return (blue * np.array([0.1, 0.2, 0.8]) + (1 - blue) * np.array([0.95, 0.8, 0.2])).astype(np.float32)


def photographs() -> list[Floats]:
    random = np.random.default_rng(6)
    coarse = random.random((2, 6, 8, 3)).astype(np.float32)
    return [np.kron(one, np.ones((12, 12, 1), np.float32)) for one in coarse]


WANTED = Wanted(stripes(), 1.0, 32, 40, lambda crop: crop[..., ::-1].copy())


def training(
    count: int = 1, wanted: Wanted = WANTED, start: Mapping[str, Floats] | None = None, step: int = 0
) -> Training:
    return Training(Context(seed=3, threads=count), Plan(4, 1, 3), wanted, photographs(), start or {}, step)


def test_it_learns_the_style() -> None:
    one = training()
    losses = list(one.steps())
    opening = int(OPENING * WANTED.steps)
    assert len(losses) == WANTED.steps and all(loss.style == 1 for loss in losses[:opening])
    first = [loss.content for loss in losses[:opening]]
    assert np.mean(first[-3:]) < np.mean(first[:3]), "it begins with what it sees"
    later = [loss.style for loss in losses[opening:]]
    assert np.mean(later[-6:]) < 0.9 * np.mean(later[:6])


def test_what_a_photograph_shows_is_where_and_not_how_strong() -> None:
    """The style says how strong a feature is: a photograph that said it too would keep it from being learnt."""
    random = np.random.default_rng(5)
    maps = torch.from_numpy(random.random((1, 6, 9, 11)).astype(np.float32)) * 20
    strength = torch.linspace(0.5, 3, 6).view(1, 6, 1, 1)
    torch.testing.assert_close(_pattern(maps * strength + 4), _pattern(maps), atol=0.05, rtol=0)
    turned = _pattern(maps.flip(3))
    assert float((turned - _pattern(maps)).square().mean()) > 1
    assert float(_pattern(torch.full((1, 2, 4, 4), 7.0)).abs().max()) == 0, "what never varies says nothing"


def test_a_weave_is_what_keeps_to_the_grid() -> None:
    bare = 0.2 * picture(96, 70)
    x = torch.arange(70) % 4 == 1
    woven = bare + 0.1 * x.float()
    assert weave(woven)[0] > 5 * weave(bare)[0]
    # The variance of a tenth in one column of four.
    assert weave(woven - bare)[0] == pytest.approx(0.01 * 0.25 * 0.75, rel=1e-4)
    leaf = woven.clone().requires_grad_(True)
    windows = leaf[0, :, :96, :64].reshape(3, 3, 8, 4, 2, 8, 4).mean((2, 5))
    windows.var((2, 4), correction=0).mean().backward()
    assert leaf.grad is not None
    torch.testing.assert_close(weave(woven)[1], leaf.grad)


def test_a_weave_is_trained_away(monkeypatch: pytest.MonkeyPatch) -> None:
    left = []
    for weight in (0.0, fast_style_training.WOVEN):
        monkeypatch.setattr(fast_style_training, "WOVEN", weight)
        one = training(wanted=replace(WANTED, steps=80))
        for _ in one.steps():
            pass
        painted = [one.painted(photograph[:64]).transpose(2, 0, 1).copy() for photograph in photographs()]
        left.append(sum(weave(torch.from_numpy(made)[None])[0] for made in painted))
    assert left[1] < 0.6 * left[0], left


def test_the_same_network_on_any_number_of_threads() -> None:
    short = replace(WANTED, steps=6)
    made = []
    for count in (1, 2):
        one = training(count, short)
        list(one.steps())
        made.append(one.learnt())
        one.ctx.close()
    assert all(np.array_equal(made[0][name], made[1][name]) for name in made[0])


def test_it_goes_on_where_it_stopped() -> None:
    """What is kept is enough: two parts give the network that one run gives, to the bit."""
    wanted = replace(WANTED, steps=12)
    whole = training(wanted=wanted)
    list(whole.steps())
    first = training(wanted=wanted)
    for _ in first.steps():
        if first.step == 7:
            break
    kept = first.learnt()
    assert plan_of(kept) == Plan(4, 1, 3)
    second = training(wanted=wanted, start=kept, step=7)
    list(second.steps())
    assert all(np.array_equal(second.learnt()[name], values) for name, values in whole.learnt().items())


def test_a_training_is_stopped_at_once() -> None:
    one = training()
    steps = one.steps()
    next(steps)
    one.ctx.stop()
    with pytest.raises(Stopped):
        next(steps)
