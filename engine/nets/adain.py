"""Adaptive instance normalisation: features of a picture take on the means and deviations of another's.

Source: Huang and Belongie, Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, ICCV 2017, with
the authors' encoder and decoder. Ours takes statistics over the whole picture and runs both networks tile by tile with
a margin as wide as they see, so that the result is that of the whole picture at once, whatever its size. Layers that
follow one another linearly are one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.image import Floats
from engine.nets.lasting import kept
from engine.nets.own_weights import chosen, tensors_for
from engine.nets.remembered import Remembered, digest
from engine.nets.running import Check, Doubled, forward
from engine.nets.style_pictures import StylePicture
from engine.nets.vgg import encoder
from engine.region import Rect, Size

EYE, HAND = "vgg19-normalised", "adain-decoder"
"""What the networks' weights are called."""
STRIDE = 8
"""Pixels of the picture for each pixel of the features."""
CHANNELS = 512
MARGIN = 32
"""Pixels around a tile that either network looks at: the encoder sees 30, the decoder just under 32."""
TILE = 1024
"""Pixels of a tile's side. Pictures of hardly more are taken whole."""
SMALLEST_SIDE = 16
"""Pixels: below this there is nothing to reflect at the border of the features."""
EPSILON = 1e-5
ROWS = 4096
"""Places of the features that are summed up at a time: always the same ones, whatever the number of threads."""

_PLAN: tuple[tuple[int, int] | None, ...] = (
    (512, 256),
    None,
    (256, 256),
    (256, 256),
    (256, 256),
    (256, 128),
    None,
    (128, 128),
    (128, 64),
    None,
    (64, 64),
)


@dataclass(frozen=True, eq=False)
class Statistics:
    """Mean and deviation of each feature, (512,)."""

    mean: Tensor
    deviation: Tensor

    @property
    def nbytes(self) -> int:
        return int(self.mean.nbytes + self.deviation.nbytes)

    def towards(self, other: Statistics, part: float) -> Statistics:
        """What lies between: itself at 0, the other at 1."""
        return Statistics(torch.lerp(self.mean, other.mean, part), torch.lerp(self.deviation, other.deviation, part))

    @classmethod
    def of(cls, features: Tensor, check: Check, weights: Floats | None = None) -> Statistics:
        """Of (1, 512, h, w) over all places, or as much as `weights`, float32 (h, w), counts them.

        Where no weight is above nought, all places count alike.
        """
        flat = features[0].permute(1, 2, 0).reshape(-1, features.shape[1])
        counted = torch.ones(len(flat), 1, device=features.device)
        if weights is not None and weights.any():
            counted = torch.from_numpy(np.ascontiguousarray(weights, np.float32)).to(features.device).reshape(-1, 1)
        total = _summed(len(flat), lambda k: counted[k], check)
        mean = (_summed(len(flat), lambda k: flat[k] * counted[k], check) / total).float()
        spread = _summed(len(flat), lambda k: (flat[k] - mean).square_().mul_(counted[k]), check)
        # Of n places that count alike this is n - 1, as in the authors' code.
        freedom = total - _summed(len(flat), lambda k: counted[k].square(), check) / total
        return cls(mean, (spread / freedom.clamp_min(1e-6) + EPSILON).sqrt().float())


def _summed(count: int, part: Callable[[slice], Tensor], check: Check) -> Tensor:
    """The sum of (n, C) over n in double precision, always in the same order."""
    total = None
    for start in range(0, count, ROWS):
        check()
        some = part(slice(start, min(start + ROWS, count))).double().sum(0)
        total = some if total is None else total + some
    assert total is not None
    return total


@dataclass(frozen=True, eq=False)
class Seen:
    """Features of a picture, (1, 512, h, w), h and w an eighth of its sides, rounded up; and their statistics."""

    values: Tensor
    statistics: Statistics

    @property
    def nbytes(self) -> int:
        return int(self.values.nbytes)


def bytes_for(size: Size) -> int:
    """Of the features of a picture of that size."""
    return -(-size[0] // STRIDE) * -(-size[1] // STRIDE) * CHANNELS * 4


def eye(device: str = "cpu", half: bool = False) -> nn.Sequential:
    """The encoder: RGB 0..1, (1, 3, H, W), to features. Its first two layers are one.

    Raises:
        Unusable: the weights are missing or damaged.
    """
    return _eye(device, half, chosen(EYE).sha256)


def hand(device: str = "cpu", half: bool = False) -> nn.Sequential:
    """The decoder: features (1, 512, h, w) back to RGB, (1, 3, 8 h, 8 w).

    Raises:
        Unusable: the weights are missing or damaged.
    """
    return _hand(device, half, chosen(HAND).sha256)


@kept(4)
def _eye(device: str, half: bool, sha256: str) -> nn.Sequential:
    net = copy.deepcopy(encoder("relu4_1"))
    stored = tensors_for(EYE)
    net.load_state_dict({name: stored[name] for name in net.state_dict()})
    colour, padding, first, *rest = net
    assert isinstance(colour, nn.Conv2d) and isinstance(first, nn.Conv2d)
    assert colour.bias is not None and first.bias is not None
    joined = nn.Conv2d(3, int(first.out_channels), 3)
    joined.load_state_dict(
        {
            "weight": torch.einsum("okyx,kc->ocyx", first.weight, colour.weight[:, :, 0, 0]),
            "bias": first.bias + torch.einsum("okyx,k->o", first.weight, colour.bias),
        }
    )
    return _placed(nn.Sequential(padding, joined, *rest), device, half)


@kept(4)
def _hand(device: str, half: bool, sha256: str) -> nn.Sequential:
    stored = tensors_for(HAND)
    layers: list[nn.Module] = []
    steps: list[tuple[int, int] | None] = [*_PLAN, (64, 3)]
    index, doubled = 0, False
    for step in steps:
        if step is None:
            index, doubled = index + 1, True
            continue
        convolution = nn.Conv2d(*step, 3)
        convolution.load_state_dict({part: stored[f"{index + 1}.{part}"] for part in ("weight", "bias")})
        layers += [Doubled(convolution)] if doubled else [nn.ReflectionPad2d(1), convolution]
        layers.append(nn.ReLU())
        index, doubled = index + 3, False
    return _placed(nn.Sequential(*layers[:-1]), device, half)


def _placed(net: nn.Sequential, device: str, half: bool) -> nn.Sequential:
    net = net.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net.to(torch.bfloat16) if half else net


def tiles(size: Size, share: float = 1.0) -> list[Rect]:
    """What the networks take at a time: all of it, or tiles that begin at whole strides.

    Args:
        size: of the picture.
        share: of the area of a usual tile.
    """
    side = max(64, int(TILE * share**0.5) // STRIDE * STRIDE)
    whole = Rect(0, 0, *size)
    return [whole] if whole.area <= side * side * 5 // 4 else list(whole.tiles(side))


def encoded(
    picture: Floats,
    device: str,
    check: Check,
    share: float = 1.0,
    half: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Tensor:
    """Features of float32 (H, W, 3), 0..1, both sides at least `SMALLEST_SIDE`: float32 (1, 512, h, w).

    `progress` is told how much is done, 0..1, after each tile.
    """
    net = eye(device, half)
    whole = Rect.of(picture)
    parts = tiles(whole.size, share)
    if len(parts) == 1:
        return forward(net, _tensor(picture, device, half), check).float()
    size = (1, CHANNELS, -(-whole.h // STRIDE), -(-whole.w // STRIDE))
    out = torch.empty(size, device=device, memory_format=torch.channels_last)
    for number, tile in enumerate(parts):
        if progress:
            progress(number / len(parts))
        around = tile.grown(MARGIN).clipped(whole)
        made = forward(net, _tensor(picture[around.slices], device, half), check)
        top, left = (tile.y - around.y) // STRIDE, (tile.x - around.x) // STRIDE
        own = _strided(tile)
        out[:, :, own.y : own.bottom, own.x : own.right] = made[:, :, top : top + own.h, left : left + own.w]
    return out


Blend = Callable[[Tensor, Rect], Tensor]
"""Features (1, 512, h, w) of a rectangle, in the features' own pixels, as the decoder should see them."""


def decoded(
    features: Tensor,
    size: Size,
    blend: Blend,
    check: Check,
    share: float = 1.0,
    half: bool = False,
    wanted: Callable[[Rect], bool] = lambda tile: True,
) -> Iterator[tuple[Rect, Floats]]:
    """The picture of that size that blended features stand for: (where, float32 (h, w, 3), not clipped) per tile.

    Tiles that are not `wanted` are left out.
    """
    net = hand(str(features.device), half)
    whole = Rect(0, 0, features.shape[3], features.shape[2])
    parts = tiles(size, share)
    margin = MARGIN // STRIDE
    for tile in filter(wanted, parts):
        own = _strided(tile)
        around = own if len(parts) == 1 else own.grown(margin).clipped(whole)
        blended = blend(features[:, :, around.y : around.bottom, around.x : around.right], around)
        made = forward(net, blended.to(torch.bfloat16) if half else blended, check)
        top, left = (own.y - around.y) * STRIDE, (own.x - around.x) * STRIDE
        part = made[0, :, top : top + tile.h, left : left + tile.w]
        yield tile, np.ascontiguousarray(part.float().permute(1, 2, 0).cpu().numpy())


def _strided(tile: Rect) -> Rect:
    return Rect(tile.x // STRIDE, tile.y // STRIDE, -(-tile.w // STRIDE), -(-tile.h // STRIDE))


def _tensor(picture: Floats, device: str, half: bool) -> Tensor:
    """(1, 3, H, W), channels last: the picture's own order."""
    values = torch.from_numpy(np.array(picture, np.float32, order="C"))[None].permute(0, 3, 1, 2).to(device)
    return values.to(torch.bfloat16) if half else values


@dataclass(frozen=True, eq=False)
class Mix:
    """Styles, and how much of each where.

    Attributes:
        own: the picture's statistics.
        styles: each style's.
        shares: how much of each style everywhere; they add up to 1.
        places: float32 (n, h, w), the same for each place of the features; None where it is the same everywhere.
        strength: 0 leaves the features as they are, 1 gives them the style's statistics, more goes beyond.
    """

    own: Statistics
    styles: tuple[Statistics, ...]
    shares: tuple[float, ...]
    places: NDArray[np.float32] | None
    strength: float

    def __call__(self, features: Tensor, rect: Rect) -> Tensor:
        """See `Blend`: a new tensor."""
        flat = features.permute(0, 2, 3, 1)
        scales, shifts = zip(*(self._line(style) for style in self.styles), strict=True)
        if self.places is None:
            shares = torch.tensor(self.shares, device=features.device)[:, None]
            scale, shift = (torch.stack(parts).mul(shares).sum(0) for parts in (scales, shifts))
            return (flat * scale).add_(shift).permute(0, 3, 1, 2)
        out = torch.zeros_like(flat)
        for place, scale, shift in zip(self.places, scales, shifts, strict=True):
            amount = torch.from_numpy(place[rect.slices].copy()).to(features.device)[None, ..., None]
            out += (flat * scale).add_(shift).mul_(amount)
        return out.permute(0, 3, 1, 2)

    def _line(self, style: Statistics) -> tuple[Tensor, Tensor]:
        """A feature times the first plus the second is what it becomes."""
        scale = style.deviation / self.own.deviation
        shift = style.mean - self.own.mean * scale
        return 1 + self.strength * (scale - 1), self.strength * shift


_STATISTICS: Remembered[Statistics] = Remembered(8 << 20)
_FEATURES: Remembered[Seen] = Remembered(160 << 20)


def statistics_of(style: StylePicture, device: str, check: Check) -> Statistics:
    """Those of a style; remembered."""

    def make() -> Statistics:
        features = encoded(style.pixels, device, check)
        few = None
        if style.weights is not None:
            size = (features.shape[3], features.shape[2])
            few = np.asarray(cv2.resize(style.weights, size, interpolation=cv2.INTER_AREA), np.float32)
        return Statistics.of(features, check, few)

    return _STATISTICS.made((style.key, device, chosen(EYE).sha256), make)


def seen(
    picture: Floats,
    device: str,
    half: bool,
    check: Check,
    share: float = 1.0,
    progress: Callable[[float], None] | None = None,
) -> Seen:
    """What the encoder sees of a picture; remembered unless it is large."""

    def make() -> Seen:
        features = encoded(picture, device, check, share, half, progress)
        return Seen(features, Statistics.of(features, check))

    if not _FEATURES.keeps(bytes_for(Rect.of(picture).size)):
        return make()
    return _FEATURES.made(_key(picture, device, half, check), make)


def knows(picture: Floats, device: str, check: Check) -> bool:
    """Whether `seen` would have its answer at once."""
    size = Rect.of(picture).size
    return _FEATURES.keeps(bytes_for(size)) and _FEATURES.get(_key(picture, device, False, check)) is not None


def _key(picture: Floats, device: str, half: bool, check: Check) -> tuple[str, str, bool, str]:
    return digest(picture, check), device, half, chosen(EYE).sha256


def forget() -> None:
    """Everything that is remembered of pictures and styles."""
    _STATISTICS.clear()
    _FEATURES.clear()
