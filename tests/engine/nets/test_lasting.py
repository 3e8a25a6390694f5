"""A network that one job left behind serves the next one, which may ask for gradients where the first did not."""

from __future__ import annotations

import torch

from engine.nets.lasting import kept
from engine.nets.vgg import encoder, features


def test_what_is_made_inside_inference_mode_can_be_followed_outside() -> None:
    made = []

    @kept(2)
    def weights(count: int) -> torch.Tensor:
        made.append(count)
        return torch.ones(count)

    with torch.inference_mode():
        weights(3)
        assert torch.is_inference_mode_enabled()
    x = torch.full((3,), 2.0, requires_grad=True)
    (x * weights(3)).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [1, 1, 1] and made == [3]


def test_the_encoder_that_a_style_left_behind_serves_an_optimisation() -> None:
    encoder.cache_clear()  # type: ignore[attr-defined]
    with torch.inference_mode():
        features(torch.zeros(1, 3, 32, 32), ("relu1_1",))
    picture = torch.rand(1, 3, 32, 32, requires_grad=True)
    features(picture, ("relu1_1",))["relu1_1"].sum().backward()
    assert picture.grad is not None and bool(picture.grad.abs().sum() > 0)
