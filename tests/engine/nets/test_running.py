"""Networks in bites: what the plain network gives, with a look often enough, the same on any number of threads."""

import os
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.nets import running
from engine.nets.running import Doubled, forward, threads


def small_net() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.ReflectionPad2d(1),
        nn.Conv2d(3, 8, 3),
        nn.ReLU(),
        nn.MaxPool2d(2, 2, ceil_mode=True),
        nn.ReflectionPad2d(2),
        nn.Conv2d(8, 6, 5),
        nn.ReLU(),
        nn.Conv2d(6, 4, 1),
        nn.ReflectionPad2d(1),
        nn.Conv2d(4, 4, 3, stride=2),
        nn.Upsample(scale_factor=2, mode="nearest"),
    ).eval()


def no_look() -> None:
    """Nobody wants to stop."""


@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("bite", [1, 20_000, 10**9])
def test_it_is_what_the_network_gives(order: torch.memory_format, bite: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BITE", bite)
    monkeypatch.setattr(running, "MOUTHFUL", bite)
    net = small_net()
    values = torch.randn(1, 3, 61, 47).contiguous(memory_format=order)
    before = values.clone()
    with torch.inference_mode():
        torch.testing.assert_close(forward(net, values, no_look), net(before))
    assert torch.equal(values, before)


def test_what_begins_with_a_relu_leaves_its_input_alone() -> None:
    values = torch.randn(1, 2, 5, 5)
    before = values.clone()
    with torch.inference_mode():
        made = forward(nn.Sequential(nn.ReLU(), nn.ReLU()), values, no_look)
    assert torch.equal(values, before) and torch.equal(made, before.relu())


@pytest.mark.parametrize("size", [(1, 1), (2, 7), (33, 20)])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_doubled_is_upsampling_reflection_and_convolution(size: tuple[int, int], order: torch.memory_format) -> None:
    torch.manual_seed(1)
    convolution = nn.Conv2d(5, 3, 3)
    plain = nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), nn.ReflectionPad2d(1), convolution)
    values = torch.randn(1, 5, *size).contiguous(memory_format=order)
    with torch.inference_mode():
        torch.testing.assert_close(Doubled(convolution)(values), plain(values))
        rectified = forward(nn.Sequential(Doubled(convolution), nn.ReLU()), values, no_look)
        torch.testing.assert_close(rectified, plain(values).relu())


def test_nothing_runs_long_without_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks there are never more multiplications than a bite, or than the fewest rows of a strip take."""
    work, longest = 0, 0

    def look() -> None:
        nonlocal work, longest
        longest, work = max(longest, work), 0

    plain = torch.nn.functional.conv2d

    def counted(values: Tensor, weight: Tensor, *rest: Any) -> Tensor:
        nonlocal work
        made = plain(values, weight, *rest)
        work += made[0, 0].numel() * weight.numel()
        return made

    monkeypatch.setattr(torch.nn.functional, "conv2d", counted)
    monkeypatch.setattr(running, "BITE", 400_000)
    torch.manual_seed(1)
    net = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(4, 8, 3), nn.ReLU(), Doubled(nn.Conv2d(8, 4, 3)), nn.ReLU())
    with torch.inference_mode():
        forward(net, torch.randn(1, 4, 150, 30), look)
    look()
    assert 100_000 < longest <= 400_000


def test_a_stop_is_heard_at_the_next_look() -> None:
    looks = 0

    class Enough(Exception):
        pass

    def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise Enough

    with torch.inference_mode(), pytest.raises(Enough):
        forward(small_net(), torch.randn(1, 3, 40, 40), look)
    assert looks == 3


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("shape", [(64, 64, 40, 30), (128, 32, 9, 70), (512, 256, 6, 5), (3, 64, 33, 50)])
def test_the_same_bytes_on_any_number_of_threads(shape: tuple[int, int, int, int], half: bool) -> None:
    into, out, height, width = shape
    torch.manual_seed(2)
    net = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(into, out, 3), nn.ReLU(), Doubled(nn.Conv2d(out, 8, 3)))
    values = torch.randn(1, into, height, width)
    if half:
        net, values = net.to(torch.bfloat16), values.to(torch.bfloat16)
    values = values.contiguous(memory_format=torch.channels_last)
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    made = []
    for count in (1, 2, 3, 5):
        with threads(count):
            made.append(forward(net, values, no_look))
    assert all(torch.equal(made[0], other) for other in made[1:])


def test_threads_and_gradients_are_as_before_afterwards() -> None:
    before = torch.get_num_threads()
    with threads(before + 2):
        assert torch.get_num_threads() == before + 2 and torch.is_inference_mode_enabled()
        with threads(1, gradients=True):
            assert torch.get_num_threads() == 1 and torch.is_grad_enabled()
            assert torch.ones(1, requires_grad=True).mul(2).requires_grad
        assert torch.is_inference_mode_enabled() and torch.get_num_threads() == before + 2
    with pytest.raises(ValueError), threads(7):
        raise ValueError
    assert torch.get_num_threads() == before and not torch.is_inference_mode_enabled()


def test_threads_that_wait_sleep() -> None:
    assert os.environ["OMP_WAIT_POLICY"]
