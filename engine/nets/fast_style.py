"""One small network for one style: a photograph in, the painting out, in one go.

Sources: Johnson, Alahi, Fei-Fei, Perceptual Losses for Real-Time Style Transfer and Super-Resolution, ECCV 2016, in the
form of PyTorch's example `fast_neural_style` (the tensors have its names and shapes, so that its files fit); Ulyanov,
Vedaldi, Lempitsky, Improved Texture Networks, CVPR 2017 (instance normalisation); Odena, Dumoulin, Olah, Deconvolution
and Checkerboard Artifacts, Distill 2016 (pictures grow by repeating pixels). Ours may be of any width and depth, and
sees and gives RGB in 0..1.

Instance normalisation looks at the whole picture. So that a large one needs little memory and comes out as if taken
whole, its statistics are found first, layer by layer, over strips of rows; strips then pass through several layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.nets.running import Check, Doubled

EPSILON = 1e-5
SMALLEST_SIDE = 16
"""Pixels: in less there is nothing to reflect at the border of the coarsest layer."""

WIDEST, DEEPEST, ENDS = 256, 32, (3, 5, 7, 9, 11)
"""What a network may be: channels of its first layer, residual blocks, sides of its first and last kernels."""

KEPT = "training."
"""Begins the names of tensors that only the training needs."""

BITE = 600_000_000
"""Multiplications of a strip of one layer."""


@dataclass(frozen=True)
class Plan:
    """The shape of a network.

    Attributes:
        width: channels of the first layer; twice and four times as many where the picture is reduced.
        blocks: residual blocks in the middle.
        ends: side of the kernels of the first and of the last convolution, odd.
    """

    width: int = 16
    blocks: int = 4
    ends: int = 9

    def layers(self) -> tuple[Layer, ...]:
        w = self.width
        head = [
            Layer("conv1.conv2d", 3, w, self.ends, norm="in1"),
            Layer("conv2.conv2d", w, 2 * w, 3, stride=2, norm="in2"),
            Layer("conv3.conv2d", 2 * w, 4 * w, 3, stride=2, norm="in3"),
        ]
        middle = []
        for k in range(1, self.blocks + 1):
            middle.append(Layer(f"res{k}.conv1.conv2d", 4 * w, 4 * w, 3, norm=f"res{k}.in1"))
            middle.append(Layer(f"res{k}.conv2.conv2d", 4 * w, 4 * w, 3, norm=f"res{k}.in2", adds=True))
        tail = [
            Layer("deconv1.conv2d", 4 * w, 2 * w, 3, doubles=True, norm="in4"),
            Layer("deconv2.conv2d", 2 * w, w, 3, doubles=True, norm="in5"),
            Layer("deconv3.conv2d", w, 3, self.ends),
        ]
        return tuple(head + middle + tail)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Tensor name -> shape, of everything that a network of this plan has to have."""
        found: dict[str, tuple[int, ...]] = {}
        for layer in self.layers():
            found[f"{layer.name}.weight"] = (layer.gives, layer.takes, layer.kernel, layer.kernel)
            found[f"{layer.name}.bias"] = (layer.gives,)
            if layer.norm:
                found[f"{layer.norm}.weight"] = found[f"{layer.norm}.bias"] = (layer.gives,)
        return found


def plan_of(tensors: Mapping[str, Any]) -> Plan:
    """What plan a network's tensors are of, those of its training aside.

    Raises:
        ValueError: of none; a clause says why.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items() if not name.startswith(KEPT)}
    first = shapes.get("conv1.conv2d.weight", ())
    blocks = len({name.partition(".")[0] for name in shapes if name.startswith("res")})
    if len(first) != 4 or not (1 <= first[0] <= WIDEST and blocks <= DEEPEST and first[2] in ENDS):
        raise ValueError("it has not the layers of a TransformerNet")
    plan = Plan(first[0], blocks, first[2])
    if shapes != plan.shapes():
        raise ValueError("its layers have other shapes than a TransformerNet")
    if not all(np.isfinite(np.asarray(tensor)).all() for tensor in tensors.values()):
        raise ValueError("some of its weights are not finite")
    return plan


@dataclass(frozen=True)
class Layer:
    """A convolution on the reflected picture, and what follows it.

    Attributes:
        name: of its tensors.
        takes, gives: channels.
        kernel: side in pixels, odd.
        stride: 2 halves the picture.
        doubles: each pixel becomes 2 x 2 beforehand.
        norm: name of its instance normalisation; none behind the last layer.
        adds: what went into the layer before is added, and nothing is rectified.
    """

    name: str
    takes: int
    gives: int
    kernel: int
    stride: int = 1
    doubles: bool = False
    norm: str = ""
    adds: bool = False

    def size(self, side: int) -> int:
        """Of what comes out, where so many pixels go in."""
        return 2 * side if self.doubles else -(-side // self.stride)


def forward(plan: Plan, tensors: Mapping[str, Tensor], pictures: Tensor) -> Tensor:
    """The whole network at once, (N, 3, H, W) both ways, sides whole multiples of four; gradients flow."""
    values = pictures
    before = values
    for layer in plan.layers():
        kept = values
        if layer.doubles:
            values = functional.interpolate(values, scale_factor=2.0, mode="nearest")
        border = layer.kernel // 2
        values = functional.pad(values, (border,) * 4, mode="reflect")
        values = functional.conv2d(
            values, tensors[f"{layer.name}.weight"], tensors[f"{layer.name}.bias"], stride=layer.stride
        )
        if layer.norm:
            scale, shift = tensors[f"{layer.norm}.weight"], tensors[f"{layer.norm}.bias"]
            values = functional.instance_norm(values, weight=scale, bias=shift, eps=EPSILON)
            values = before + values if layer.adds else values.relu()
        before = kept
    return values


@dataclass(frozen=True, eq=False)
class _Normal:
    """What instance normalisation and the layer's own scale come to, per channel: (1, C, 1, 1) each."""

    scale: Tensor
    shift: Tensor


class Painter:
    """A network at work on one picture, strip by strip.

    Args:
        plan, tensors: the network; `tensors` as float32 on the picture's device.
        picture: (1, 3, H, W), RGB in 0..1, both sides at least `SMALLEST_SIDE`.
        check: called between bites.
        budget: bytes that layers larger than a quarter of the picture may take. What does not fit is made again where
            it is needed, from the layers before.
    """

    def __init__(
        self, plan: Plan, tensors: Mapping[str, Tensor], picture: Tensor, check: Check, budget: int = 1 << 30
    ) -> None:
        self._layers, self._tensors, self._picture, self._check = plan.layers(), tensors, picture, check
        self._normals: dict[int, _Normal] = {}
        self._kept: dict[int, Tensor] = {}
        self._doubled = {k: self._as_doubled(layer) for k, layer in enumerate(self._layers) if layer.doubles}
        self._sizes: list[tuple[int, int]] = []
        height, width = picture.shape[2:]
        for layer in self._layers:
            height, width = layer.size(height), layer.size(width)
            self._sizes.append((height, width))
        self._keeps = self._planned(budget)

    def _as_doubled(self, layer: Layer) -> Doubled:
        convolution = nn.Conv2d(layer.takes, layer.gives, 3)
        with torch.no_grad():
            convolution.weight.copy_(self._tensors[f"{layer.name}.weight"])
            assert convolution.bias is not None
            convolution.bias.copy_(self._tensors[f"{layer.name}.bias"])
        return Doubled(convolution).to(self._picture.device)

    def _planned(self, budget: int) -> frozenset[int]:
        """The layers whose values are kept: all in the middle, and of the others as many as fit, the dearest first."""
        middle = {k for k in range(2, len(self._layers) - 3)}
        outer = [k for k in (len(self._layers) - 3, len(self._layers) - 2, 1, 0) if k not in middle]
        for k in outer:
            height, width = self._sizes[k]
            size = height * width * self._layers[k].gives * 4
            if size <= budget:
                middle.add(k)
                budget -= size
        return frozenset(middle)

    def prepare(self) -> Iterator[float]:
        """Finds the statistics of every layer. Yields how much of that is done, 0..1."""
        work = [
            height * width * layer.takes * layer.gives * layer.kernel**2
            for layer, (height, width) in zip(self._layers, self._sizes, strict=True)
        ]
        done, whole = 0, sum(work[:-1])
        for k, layer in enumerate(self._layers[:-1]):
            self._look(k, layer)
            # What follows begins at the last layer that is kept, or adds what went into this one.
            base = max(self._kept, default=-1)
            for old in [old for old in self._kept if old != base and not (old == k - 1 and self._layers[k + 1].adds)]:
                del self._kept[old]
            done += work[k]
            yield done / whole

    def _look(self, k: int, layer: Layer) -> None:
        """The statistics of layer k, and its values where they are kept."""
        height, width = self._sizes[k]
        sums = torch.zeros(2, layer.gives, dtype=torch.float64, device=self._picture.device)
        kept = None
        if k in self._keeps:
            kept = self._picture.new_empty((1, layer.gives, height, width)).contiguous(
                memory_format=torch.channels_last
            )
        for top, bottom in self._strips(k):
            made = self._convolved(k, top, bottom)
            # One way round after the other, so that the order of the sum does not depend on the threads.
            sums[0] += made.sum(3, dtype=torch.float64).sum(2)[0]
            sums[1] += made.double().square_().sum(3).sum(2)[0]
            if kept is not None:
                kept[:, :, top:bottom] = made
        mean = sums[0] / (height * width)
        spread = (sums[1] / (height * width) - mean.square()).clamp_min(0)
        scale = self._tensors[f"{layer.norm}.weight"].double() / (spread + EPSILON).sqrt()
        shift = self._tensors[f"{layer.norm}.bias"].double() - mean * scale
        self._normals[k] = _Normal(scale.float().view(1, -1, 1, 1), shift.float().view(1, -1, 1, 1))
        if kept is not None:
            for top, bottom in self._strips(k):
                self._check()
                part = kept[:, :, top:bottom]
                self._finish(k, part, self._values(k - 2, top, bottom) if layer.adds else None)
            self._kept[k] = kept

    def _finish(self, k: int, made: Tensor, before: Tensor | None) -> Tensor:
        """Normalised in place, and rectified or added to what was before."""
        normal = self._normals[k]
        made.mul_(normal.scale).add_(normal.shift)
        return made.relu_() if before is None else made.add_(before)

    def _strips(self, k: int) -> Iterator[tuple[int, int]]:
        layer, (height, width) = self._layers[k], self._sizes[k]
        per_row = width * layer.takes * layer.gives * layer.kernel**2
        rows = max(16, BITE // per_row // 2 * 2)
        for top in range(0, height, rows):
            yield top, min(height, top + rows)

    def _values(self, k: int, top: int, bottom: int) -> Tensor:
        """Rows of what layer k comes to in the end, (1, C, bottom - top, w); not to be written to."""
        if k < 0:
            return self._picture[:, :, top:bottom]
        if k in self._kept:
            return self._kept[k][:, :, top:bottom]
        return self._finish(k, self._convolved(k, top, bottom), None)

    def _convolved(self, k: int, top: int, bottom: int) -> Tensor:
        """Rows of what the convolution of layer k gives, (1, C, bottom - top, w): a new tensor."""
        self._check()
        layer = self._layers[k]
        height = self._sizes[k - 1][0] if k else int(self._picture.shape[2])
        if layer.doubles:
            first, last = max(0, top // 2 - 1), min(height, (bottom + 1) // 2 + 1)
            made = self._doubled[k].in_bites(self._values(k - 1, first, last), False, self._check)
            return made[:, :, top - 2 * first : bottom - 2 * first]
        border = layer.kernel // 2
        first, last = top * layer.stride - border, (bottom - 1) * layer.stride + border + 1
        rows = torch.arange(first, last, device=self._picture.device).abs()
        rows = torch.where(rows >= height, 2 * (height - 1) - rows, rows)
        low, high = int(rows.min()), int(rows.max()) + 1
        values = self._values(k - 1, low, high)
        if first < 0 or last > height:
            values = values.index_select(2, rows - low)
        values = functional.pad(values, (border, border, 0, 0), mode="reflect")
        values = values.contiguous(memory_format=torch.channels_last)
        return functional.conv2d(
            values,
            self._tensors[f"{layer.name}.weight"],
            self._tensors[f"{layer.name}.bias"],
            stride=layer.stride,
        )

    def bands(self) -> Iterator[tuple[int, Tensor]]:
        """The painting from the top down, after `prepare`: (first row, (1, 3, rows, W)), not clipped."""
        height, width = self._picture.shape[2:]
        last = len(self._layers) - 1
        for top, bottom in self._strips(last):
            if top >= height:
                return
            made = self._convolved(last, top, bottom)[:, :, : height - top, :width]
            yield top, made
