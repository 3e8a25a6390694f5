"""VGG-19 as a describer of texture: what its early layers see of a picture.

Source: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015, with
weights normalised so that each layer's mean activation is 1 (Gatys et al. 2015), as published with Huang and Belongie,
Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, ICCV 2017. Their layout differs from the
usual one: a 1 x 1 convolution first that takes RGB in 0..1, reflection instead of zeros at the border.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import Unusable
from engine.image import Floats
from engine.nets.lasting import kept
from engine.nets.weights import loaded

TAPS = {"relu1_1": 3, "relu2_1": 10, "relu3_1": 17, "relu4_1": 30, "relu5_1": 43}
"""Layer name -> index of its ReLU in `encoder`."""

STRIDES = {"relu1_1": 1, "relu2_1": 2, "relu3_1": 4, "relu4_1": 8, "relu5_1": 16}
"""Layer name -> pixels of the picture per pixel of the feature map, along each side."""

SMALLEST_SIDE = 16
"""Pixels: below this the border is all that the deeper layers see."""

_BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 1))


@kept(4)
def encoder(deepest: str = "relu4_1", device: str = "cpu") -> nn.Sequential:
    """The network up to and including a tap, in evaluation mode, without gradients for its weights.

    Raises:
        Unusable: the weights are missing or damaged.
    """
    layers: list[nn.Module] = [nn.Conv2d(3, 3, 1)]
    width = 3
    for number, (channels, convolutions) in enumerate(_BLOCKS):
        if number:
            layers.append(nn.MaxPool2d(2, 2, ceil_mode=True))
        for _ in range(convolutions):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(width, channels, 3), nn.ReLU()]
            width = channels
    net = nn.Sequential(*layers[: TAPS[deepest] + 1])
    stored = loaded("vgg19-normalised")
    net.load_state_dict({name: stored[name] for name in net.state_dict()})
    return net.eval().requires_grad_(False).to(device)


def as_tensor(picture: Floats, device: str = "cpu") -> Tensor:
    """float32 (H, W, 3) 0..1 as (1, 3, H, W)."""
    return torch.from_numpy(np.array(picture.transpose(2, 0, 1), np.float32))[None].to(device)


def features(pictures: Tensor, taps: Sequence[str] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")) -> dict[str, Tensor]:
    """What each tap sees: name -> (N, channels, h, w), for pictures (N, 3, H, W) of RGB in 0..1.

    Gradients flow to the pictures where they ask for them.

    Raises:
        Unusable: the pictures are smaller than `SMALLEST_SIDE`, or the weights are missing or damaged.
    """
    height, width = pictures.shape[2:]
    if min(height, width) < SMALLEST_SIDE:
        raise Unusable(
            f"A picture of {width} x {height} px is too small to be described",
            f"the network looks at {SMALLEST_SIDE} px and more",
            "use a larger one",
        )
    wanted = {TAPS[name]: name for name in taps}
    net = encoder(max(taps, key=TAPS.__getitem__), str(pictures.device))
    seen: dict[str, Tensor] = {}
    for index, layer in enumerate(net):
        pictures = layer(pictures)
        if index in wanted:
            seen[wanted[index]] = pictures
    return seen
