"""What describes a picture to an optimiser: feature maps one way, their slopes back to the pixels the other way.

Sources: Simonyan and Zisserman, ICLR 2015 (VGG-19); Ustyuzhaninov, Brendel, Gatys, Bethge, What Does It Take to
Generate Natural Textures?, ICLR 2017 (filters drawn at random, at several scales).
Ours goes both ways in bites of some tens of milliseconds, with a look at the cancel flag in between, and keeps nothing
but what the way back needs: the slopes of weights, which autograd would prepare for, are never asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.nets.lasting import kept
from engine.nets.running import BITE, Check
from engine.nets.vgg import TAPS, encoder

Border = Literal["reflect", "circular"]
Pooling = Literal["max", "average"]
Maps = Mapping[str, Tensor]
"""Layer name -> (1, C, h, w)."""


class Seen(Protocol):
    """One look at a picture."""

    @property
    def maps(self) -> Maps: ...

    def back(self, slopes: Maps, check: Check) -> Tensor:
        """The slope for the picture, (1, 3, H, W), given those for some of the maps. Uses the look up."""
        ...


class Describer(Protocol):
    """Anything that sees maps in a picture (1, 3, H, W) of RGB in 0..1."""

    @property
    def smallest(self) -> int:
        """Pixels a side below which it sees nothing."""
        ...

    def seen(self, picture: Tensor, check: Check) -> Seen: ...


def _convolved(values: Tensor, weight: Tensor, bias: Tensor | None, check: Check) -> Tensor:
    """A convolution without padding, in strips of rows on a processor."""
    reach = weight.shape[2] - 1
    height, width = values.shape[2] - reach, values.shape[3] - weight.shape[3] + 1
    rows = height
    if values.device.type == "cpu":
        rows = max(4, BITE // (width * weight[:, :, 0, 0].numel() * weight.shape[2] * weight.shape[3]))
    if rows >= height:
        check()
        return functional.conv2d(values, weight, bias)
    out = torch.empty((1, weight.shape[0], height, width), device=values.device, memory_format=torch.channels_last)
    for top in range(0, height, rows):
        check()
        bottom = min(height, top + rows)
        out[:, :, top:bottom] = functional.conv2d(values[:, :, top : bottom + reach], weight, bias)
    return out


def _padded(values: Tensor, by: int, border: Border) -> Tensor:
    """Continued beyond its edges, (1, C, H + 2 by, W + 2 by)."""
    return functional.pad(values, (by, by, by, by), mode=border).contiguous(memory_format=torch.channels_last)


@dataclass(frozen=True, eq=False)
class _Convolution:
    """3 x 3, with the ReLU behind it. `turned` is the weight of the way back."""

    weight: Tensor
    bias: Tensor
    turned: Tensor

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor, device: str) -> _Convolution:
        turned = weight.transpose(0, 1).flip(2, 3)
        placed = [w.to(device).contiguous(memory_format=torch.channels_last) for w in (weight, turned)]
        return cls(placed[0], bias.to(device), placed[1])

    def there(self, values: Tensor, border: Border, check: Check) -> Tensor:
        return _convolved(_padded(values, 1, border), self.weight, self.bias, check).relu_()

    def back(self, slopes: Tensor, made: Tensor, border: Border, check: Check) -> Tensor:
        slopes = torch.ops.aten.threshold_backward(slopes, made, 0)
        if border == "circular":
            return _convolved(_padded(slopes, 1, border), self.turned, None, check)
        wide = functional.pad(slopes, (2, 2, 2, 2)).contiguous(memory_format=torch.channels_last)
        outer = _convolved(wide, self.turned, None, check)
        return _folded(outer)


def _folded(outer: Tensor) -> Tensor:
    """The adjoint of reflection by one pixel: (1, C, H + 2, W + 2) -> (1, C, H, W)."""
    rows = outer[:, :, 1:-1].clone(memory_format=torch.channels_last)
    rows[:, :, 1] += outer[:, :, 0]
    rows[:, :, -2] += outer[:, :, -1]
    inner = rows[:, :, :, 1:-1].clone(memory_format=torch.channels_last)
    inner[:, :, :, 1] += rows[:, :, :, 0]
    inner[:, :, :, -2] += rows[:, :, :, -1]
    return inner


@kept(2)
def _convolutions(deepest: str, device: str) -> tuple[_Convolution | None, ...]:
    """VGG-19 up to a tap; None stands for a pooling. The colour layer in front is worked into the first."""
    net = encoder(deepest)
    found: list[_Convolution | None] = []
    colour = net[0]
    for layer in list(net)[1:]:
        if isinstance(layer, torch.nn.MaxPool2d):
            found.append(None)
        elif isinstance(layer, torch.nn.Conv2d):
            weight, bias = layer.weight, layer.bias
            assert bias is not None and isinstance(colour, torch.nn.Conv2d) and colour.bias is not None
            if not found:
                bias = bias + torch.einsum("oikl,i->o", weight, colour.bias)
                weight = torch.einsum("oikl,ij->ojkl", weight, colour.weight[:, :, 0, 0])
            found.append(_Convolution.of(weight.detach(), bias.detach(), device))
    return tuple(found)


@dataclass(frozen=True)
class Vgg:
    """The taps of VGG-19 that `taps` names.

    Attributes:
        border: how the picture goes on beyond its edges. "circular" makes a torus of it.
        pooling: Gatys et al. found the average to give smoother slopes; the weights were trained with the maximum.
    """

    taps: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    border: Border = "reflect"
    pooling: Pooling = "max"

    @property
    def deepest(self) -> str:
        return max(self.taps, key=TAPS.__getitem__)

    @property
    def smallest(self) -> int:
        """So that the deepest map still has two places a side, which reflection needs."""
        return 2 << int(self.deepest[4])

    def seen(self, picture: Tensor, check: Check) -> VggSeen:
        return VggSeen(self, picture, check)


class VggSeen:
    """One look through VGG-19."""

    def __init__(self, eye: Vgg, picture: Tensor, check: Check) -> None:
        self._eye, self._check = eye, check
        self._layers = _convolutions(eye.deepest, str(picture.device))
        values = picture.contiguous(memory_format=torch.channels_last)
        self._made: list[Tensor] = []
        self._chosen: list[Tensor | None] = []
        self.maps: dict[str, Tensor] = {}
        block, first = 1, True
        for layer in self._layers:
            check()
            if layer is None:
                values, chosen = self._pooled(values)
                self._chosen.append(chosen)
                block, first = block + 1, True
                self._made.append(values)
            else:
                values = layer.there(values, eye.border, check)
                self._made.append(values)
                self._chosen.append(None)
                name = f"relu{block}_1"
                if first and name in eye.taps:
                    self.maps[name] = values
                first = False

    def _pooled(self, values: Tensor) -> tuple[Tensor, Tensor | None]:
        if self._eye.pooling == "average":
            return functional.avg_pool2d(values, 2, 2, ceil_mode=True, count_include_pad=False), None
        made, chosen = functional.max_pool2d(values, 2, 2, ceil_mode=True, return_indices=True)
        return made, chosen

    def back(self, slopes: Maps, check: Check) -> Tensor:
        names = {id(made): name for name, made in self.maps.items()}
        slope: Tensor | None = None
        for number in range(len(self._layers) - 1, -1, -1):
            check()
            layer, made = self._layers[number], self._made.pop()
            here = slopes.get(names.get(id(made), ""))
            if here is not None:
                slope = here if slope is None else slope + here
            if slope is None:
                continue
            if layer is None:
                slope = self._unpooled(slope, number)
            else:
                slope = layer.back(slope, made, self._eye.border, check)
        assert slope is not None, "no map has a slope"
        return slope

    def _unpooled(self, slope: Tensor, number: int) -> Tensor:
        chosen = self._chosen[number]
        if chosen is not None:
            before = self._made[-1]
            return torch.as_tensor(
                torch.ops.aten.max_pool2d_with_indices_backward(
                    slope, before, [2, 2], [2, 2], [0, 0], [1, 1], True, chosen
                )
            )
        before = self._made[-1]
        return torch.as_tensor(
            torch.ops.aten.avg_pool2d_backward(slope, before, [2, 2], [2, 2], [0, 0], True, False, None)
        )


@dataclass(frozen=True, eq=False)
class Filters:
    """Filters over a pyramid of halved pictures, each level and bank of filters a layer of its own.

    Attributes:
        banks: (K, 3, side, side) each, and what is added; the same at every level.
        levels: which, 0 is at full size.
        rectified: negative answers count as none.
    """

    banks: tuple[tuple[Tensor, Tensor | None], ...]
    levels: tuple[int, ...]
    border: Border = "reflect"
    rectified: bool = False

    @property
    def smallest(self) -> int:
        return max(int(weight.shape[2]) for weight, _ in self.banks)

    def seen(self, picture: Tensor, check: Check) -> FiltersSeen:
        return FiltersSeen(self, picture, check)


class FiltersSeen:
    """One look through filters."""

    def __init__(self, eye: Filters, picture: Tensor, check: Check) -> None:
        self._eye = eye
        self._pictures = [picture]
        self.maps: dict[str, Tensor] = {}
        for level in range(max(eye.levels) + 1):
            if level:
                smaller = functional.avg_pool2d(self._pictures[-1], 2)
                if min(smaller.shape[2:]) < eye.smallest:
                    break
                self._pictures.append(smaller)
            if level not in eye.levels:
                continue
            for number, (weight, bias) in enumerate(eye.banks):
                made = _convolved(self._wide(self._pictures[-1], weight), weight, bias, check)
                self.maps[f"{level}.{number}"] = made.relu_() if eye.rectified else made

    def _wide(self, picture: Tensor, weight: Tensor) -> Tensor:
        return _padded(picture, int(weight.shape[2]) // 2, "circular") if self._eye.border == "circular" else picture

    def back(self, slopes: Maps, check: Check) -> Tensor:
        gathered: Tensor | None = None
        for level in range(len(self._pictures) - 1, -1, -1):
            picture = self._pictures[level]
            slope = torch.zeros_like(picture)
            if gathered is not None:
                slope = torch.ops.aten.avg_pool2d_backward(gathered, picture, [2, 2], [2, 2], [0, 0], False, True, None)
            for number, (weight, _) in enumerate(self._eye.banks):
                here = slopes.get(f"{level}.{number}")
                if here is None:
                    continue
                if self._eye.rectified:
                    here = torch.ops.aten.threshold_backward(here, self.maps[f"{level}.{number}"], 0)
                side = int(weight.shape[2])
                by = side // 2 if self._eye.border == "circular" else side - 1
                if self._eye.border == "circular":
                    here = _padded(here, by, "circular")
                else:
                    here = functional.pad(here, (by, by, by, by))
                turned = weight.transpose(0, 1).flip(2, 3).contiguous()
                slope = slope + _convolved(here, turned, None, check)
            gathered = slope
        assert gathered is not None
        return gathered


BANKS = ((3, 32), (7, 64), (11, 96))
"""Side of the filters in pixels, and how many."""
WHITENED = 0.25
"""How far the strong directions of patches are held down: at 0 filters see light and shade only, at 0.5 noise."""
SPREAD = 0.5
"""Deviation of the filters' thresholds, in parts of their answers' own."""
LOOKED_AT = 4000
"""Patches from which a bank of filters learns what is strong in a sample."""


def random_filters(random: np.random.Generator, sample: Tensor) -> tuple[tuple[Tensor, Tensor | None], ...]:
    """Filters drawn at random, of three sizes: each answers a sample (1, 3, H, W) as strongly as another.

    Where Ustyuzhaninov et al. draw evenly, these lean towards what is weak in the sample's patches: detail and colour
    would drown in light and shade. With thresholds drawn as well, the mean of rectified answers tells distributions
    of patches apart, as random features do.
    """
    banks: list[tuple[Tensor, Tensor | None]] = []
    side_of_sample = min(sample.shape[2:])
    for side, count in BANKS:
        if side > side_of_sample:
            continue
        cut = functional.unfold(sample.cpu(), side)[0].double().numpy()
        cut = cut[:, random.permutation(cut.shape[1])[:LOOKED_AT]]
        mean = cut.mean(1)
        cut -= mean[:, None]
        covariance = cut @ cut.T / cut.shape[1]
        strengths, directions = np.linalg.eigh(covariance)
        strengths = np.maximum(strengths, 1e-4 * strengths[-1] + 1e-9)
        drawn = random.standard_normal((count, len(strengths))) * strengths**-WHITENED @ directions.T
        answers = np.sqrt(np.maximum(np.einsum("ki,ij,kj->k", drawn, covariance, drawn), 1e-12))
        drawn /= answers[:, None]
        bias = random.standard_normal(count) * SPREAD - drawn @ mean
        weight = torch.from_numpy(drawn.astype(np.float32)).view(count, 3, side, side).to(sample.device)
        banks.append((weight, torch.from_numpy(bias.astype(np.float32)).to(sample.device)))
    return tuple(banks)
