"""VGG-19 both ways: what its layers see of a picture, and the slopes of what they saw back to the pixels.

Source: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015.
Ours keeps nothing but what the way back needs: the slopes of weights, which autograd would prepare for, are never asked
for. What a layer makes is written straight into the room that the next one looks at, its continued border around it. On
a processor with instructions for bfloat16 all layers but the first can be taken in it: half the time, half the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from engine.nets.describing import Border, Maps
from engine.nets.lasting import kept
from engine.nets.running import BITE, Check
from engine.nets.vgg import TAPS, encoder

Pooling = Literal["max", "average"]


def _room(like: Tensor, channels: int, height: int, width: int, by: int, dtype: torch.dtype) -> Tensor:
    """Maps (1, C, H + 2 by, W + 2 by), not filled."""
    size = (1, channels, height + 2 * by, width + 2 * by)
    return torch.empty(size, dtype=dtype, device=like.device, memory_format=torch.channels_last)


def _within(room: Tensor, by: int) -> Tensor:
    """A room without its border: the same memory."""
    return room[:, :, by : room.shape[2] - by, by : room.shape[3] - by]


def _continue(room: Tensor, border: Border) -> None:
    """Fills a border of one pixel with what lies beyond the edges."""
    first, last = (2, -3) if border == "reflect" else (-2, 1)
    room[:, :, 0], room[:, :, -1] = room[:, :, first], room[:, :, last]
    room[:, :, :, 0], room[:, :, :, -1] = room[:, :, :, first], room[:, :, :, last]


def _fold(room: Tensor) -> None:
    """The adjoint of a reflected border of one pixel, within it."""
    room[:, :, 2] += room[:, :, 0]
    room[:, :, -3] += room[:, :, -1]
    room[:, :, :, 2] += room[:, :, :, 0]
    room[:, :, :, -3] += room[:, :, :, -1]


def _convolve(wide: Tensor, weight: Tensor, bias: Tensor | None, out: Tensor, rectified: bool, check: Check) -> None:
    """A 3 x 3 convolution without padding into `out`, in strips of rows on a processor."""
    height, width = out.shape[2:]
    rows = height
    if wide.device.type == "cpu":
        rows = max(4, BITE // (width * weight.numel()))
    for top in range(0, height, rows):
        check()
        bottom = min(height, top + rows)
        made = functional.conv2d(wide[:, :, top : bottom + 2], weight, bias)
        out[:, :, top:bottom] = made.relu_() if rectified else made


@dataclass(frozen=True, eq=False)
class _Convolution:
    """3 x 3, with the ReLU behind it. `turned` is the weight of the way back."""

    weight: Tensor
    bias: Tensor
    turned: Tensor

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor, device: str, dtype: torch.dtype) -> _Convolution:
        turned = weight.transpose(0, 1).flip(2, 3)
        placed = [w.to(device, dtype).contiguous(memory_format=torch.channels_last) for w in (weight, turned)]
        return cls(placed[0], bias.to(device, dtype), placed[1])

    def there(self, wide: Tensor, out: Tensor, check: Check) -> None:
        _convolve(wide, self.weight, self.bias, out, True, check)

    def back(self, slope: Tensor, made: Tensor, border: Border, check: Check) -> Tensor:
        dtype = self.turned.dtype
        slope, made = slope.to(dtype), made.to(dtype)
        height, width = made.shape[2:]
        by = 2 if border == "reflect" else 1
        wide = _room(made, made.shape[1], height, width, by, dtype)
        torch.ops.aten.threshold_backward.grad_input(slope, made, 0, grad_input=_within(wide, by))
        if border == "circular":
            _continue(wide, border)
            out = _room(made, self.turned.shape[0], height, width, 0, dtype)
            _convolve(wide, self.turned, None, out, False, check)
            return out
        wide[:, :, :by], wide[:, :, -by:] = 0, 0
        wide[:, :, :, :by], wide[:, :, :, -by:] = 0, 0
        out = _room(made, self.turned.shape[0], height, width, 1, dtype)
        _convolve(wide, self.turned, None, out, False, check)
        _fold(out)
        return _within(out, 1)


@kept(3)
def _convolutions(deepest: str, device: str, half: bool) -> tuple[_Convolution | None, ...]:
    """VGG-19 up to a tap; None stands for a pooling. The colour layer in front is worked into the first.

    The first sees the pixels, and the slope for them comes out of it: never in half precision.
    """
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
            dtype = torch.bfloat16 if half and found else torch.float32
            found.append(_Convolution.of(weight.detach(), bias.detach(), device, dtype))
    return tuple(found)


@dataclass(frozen=True)
class Vgg:
    """The taps of VGG-19 that `taps` names.

    Attributes:
        border: how the picture goes on beyond its edges. "circular" makes a torus of it.
        pooling: Gatys et al. found the average to give smoother slopes; the weights were trained with the maximum.
        half: whether all that lies behind the pixels is kept and taken in bfloat16, the maps too.
    """

    taps: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    border: Border = "reflect"
    pooling: Pooling = "max"
    half: bool = False

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
        self._eye = eye
        self._layers = _convolutions(eye.deepest, str(picture.device), eye.half)
        self._names = _names(self._layers, eye.taps)
        self._made: list[Tensor] = []
        self._chosen: list[Tensor | None] = []
        self.maps: dict[str, Tensor] = {}
        dtype = torch.bfloat16 if eye.half else torch.float32
        wide = self._laid(picture, torch.float32)
        for number, layer in enumerate(self._layers):
            check()
            if layer is None:
                pooled, chosen = self._pooled(self._made[-1])
                wide = self._laid(pooled, dtype)
                self._made.append(pooled)
                self._chosen.append(chosen)
                continue
            # A pooling looks at what lies close together.
            by = 1 if number + 1 < len(self._layers) and self._layers[number + 1] is not None else 0
            room = _room(picture, layer.weight.shape[0], wide.shape[2] - 2, wide.shape[3] - 2, by, dtype)
            values = _within(room, by)
            layer.there(wide, values, check)
            if by:
                _continue(room, eye.border)
                wide = room
            self._made.append(values)
            self._chosen.append(None)
            if number in self._names:
                self.maps[self._names[number]] = values

    def _laid(self, values: Tensor, dtype: torch.dtype) -> Tensor:
        """Values with their continued border of one pixel."""
        room = _room(values, values.shape[1], values.shape[2], values.shape[3], 1, dtype)
        _within(room, 1).copy_(values)
        _continue(room, self._eye.border)
        return room

    def _pooled(self, values: Tensor) -> tuple[Tensor, Tensor | None]:
        if self._eye.pooling == "average":
            return functional.avg_pool2d(values, 2, 2, ceil_mode=True, count_include_pad=False), None
        made, chosen = functional.max_pool2d(values, 2, 2, ceil_mode=True, return_indices=True)
        return made, chosen

    def back(self, slopes: Maps, check: Check) -> Tensor:
        slope: Tensor | None = None
        for number in range(len(self._layers) - 1, -1, -1):
            check()
            layer, made = self._layers[number], self._made.pop()
            name = self._names.get(number, "")
            self.maps.pop(name, None)
            here = slopes.get(name)
            if here is not None:
                slope = here.to(made.dtype) if slope is None else slope.add_(here)
            if slope is None:
                continue
            if layer is None:
                slope = self._unpooled(slope, number)
            else:
                slope = layer.back(slope, made, self._eye.border, check)
        assert slope is not None, "no map has a slope"
        return slope.contiguous(memory_format=torch.channels_last)

    def _unpooled(self, slope: Tensor, number: int) -> Tensor:
        chosen, before = self._chosen[number], self._made[-1]
        if chosen is not None:
            return torch.as_tensor(
                torch.ops.aten.max_pool2d_with_indices_backward(
                    slope, before, [2, 2], [2, 2], [0, 0], [1, 1], True, chosen
                )
            )
        return torch.as_tensor(
            torch.ops.aten.avg_pool2d_backward(slope, before, [2, 2], [2, 2], [0, 0], True, False, None)
        )


def _names(layers: Sequence[_Convolution | None], taps: Sequence[str]) -> dict[int, str]:
    """Number of a layer -> what it is called, for the first of each block that is asked for."""
    found, block = {}, 1
    for number, layer in enumerate(layers):
        if layer is None:
            block += 1
        elif (number == 0 or layers[number - 1] is None) and f"relu{block}_1" in taps:
            found[number] = f"relu{block}_1"
    return found
