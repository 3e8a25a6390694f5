"""Networks run in small bites: one convolution at a time, and large ones in strips of rows, with a look in between.

The result does not depend on where a strip ends, and strips do not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

BITE = 1_000_000_000
"""Multiplications after which somebody may want to look: some tens of milliseconds of one processor."""
MOUTHFUL = 1 << 24
"""Numbers that are looked through at a time where little is done with each: as long as a bite takes."""
FEWEST_ROWS = 8
"""Of a strip: in less, the convolution's own set-up would take longer than its work."""

Check = Callable[[], None]


def half_is_fast(device: str) -> bool:
    """Whether the device has instructions for bfloat16: then a look in it takes half the time."""
    return device == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())


@contextmanager
def threads(count: int, gradients: bool = False) -> Iterator[None]:
    """So many threads inside, as many as before outside; without gradients unless they are asked for.

    Both hold for the calling thread only. Nobody's random numbers are touched.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, count))
    try:
        with torch.inference_mode(not gradients), torch.set_grad_enabled(gradients):
            yield
    finally:
        torch.set_num_threads(before)


class Doubled(nn.Module):
    """A picture twice as large by repeating pixels, reflected by one at its border, under a 3 x 3 convolution.

    Three of nine taps, or four, fall on the same pixel. Taken together they are four 2 x 2 convolutions, one for each
    place that a pixel of the result may have: 2.25 times fewer multiplications, and no large picture in between. They
    are done as one, four times as deep, which takes little more than half the time of four.
    Sub-pixel convolutions as in Shi et al., Real-Time Single Image and Video Super-Resolution, CVPR 2016.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.channels = int(convolution.in_channels), int(convolution.out_channels)
        weight = convolution.weight.detach()
        # The first row of a pair sees the row above it once and its own twice; the second its own twice, one below.
        down = [torch.stack([weight[:, :, 0], weight[:, :, 1] + weight[:, :, 2]], 2)]
        down.append(torch.stack([weight[:, :, 0] + weight[:, :, 1], weight[:, :, 2]], 2))
        places = []
        for part in down:
            first, middle, last = part[..., 0], part[..., 1], part[..., 2]
            places += [torch.stack(pair, 3) for pair in ((first, middle + last), (first + middle, last))]
        assert convolution.bias is not None
        self.register_buffer("weight", torch.cat(places))
        self.register_buffer("bias", convolution.bias.detach().repeat(4))

    def forward(self, values: Tensor) -> Tensor:
        """(1, C, h, w) -> (1, D, 2 h, 2 w)."""
        return self.in_bites(values, False, lambda: None)

    def in_bites(self, values: Tensor, rectified: bool, check: Check) -> Tensor:
        """The same with `check` called between strips, and with a ReLU behind it where asked for."""
        height, width = values.shape[2:]
        out = _blank(values, self.channels[1], 2 * height, 2 * width)
        count = self.channels[1]
        # Of the four each strip makes a row and a column more than it needs: an eighth at most.
        for top, bottom in _strips(height, 18 * (width + 1) * self.channels[0] * count):
            check()
            padded = _framed(values, top, bottom, 1, "replicate")
            made = functional.conv2d(padded, self.get_buffer("weight"), self.get_buffer("bias"))
            if rectified:
                made.relu_()
            for place in range(4):
                row, column = divmod(place, 2)
                own = made[:, place * count : (place + 1) * count]
                seen = own[:, :, row : row + bottom - top, column : column + width]
                out[:, :, 2 * top + row : 2 * bottom : 2, column::2] = seen
        return out


def forward(net: nn.Sequential, values: Tensor, check: Check) -> Tensor:
    """What `net(values)` gives, (1, C, h, w), with `check` called between bites. For use without gradients.

    A reflection, the convolution behind it and its ReLU are done together, so that their parts stay in the cache.
    `values` itself is never written to.
    """
    layers, k = list(net), 0
    given = values
    while k < len(layers):
        check()
        layer, after = layers[k], layers[k + 1] if k + 1 < len(layers) else None
        done = 1
        if isinstance(layer, nn.ReflectionPad2d) and isinstance(after, nn.Conv2d) and _fits(layer, after):
            rectified = k + 2 < len(layers) and isinstance(layers[k + 2], nn.ReLU)
            values = _convolved(after, values, int(layer.padding[0]), rectified, check)
            done = 2 + rectified
        elif isinstance(layer, Doubled):
            rectified = isinstance(after, nn.ReLU)
            values = layer.in_bites(values, rectified, check)
            done = 1 + rectified
        elif isinstance(layer, nn.MaxPool2d) and (layer.kernel_size, layer.stride) == (2, 2):
            values = _pooled(layer, values, check)
        elif isinstance(layer, nn.ReLU) and values is not given:
            values = values.relu_()
        else:
            values = layer(values)
        k += done
    check()
    return values


def _fits(padding: nn.ReflectionPad2d, convolution: nn.Conv2d) -> bool:
    """Whether the padding makes up for just what the convolution takes away."""
    size = convolution.kernel_size
    plain = convolution.stride == (1, 1) and convolution.dilation == (1, 1) and convolution.padding == (0, 0)
    even = len(set(padding.padding)) == 1 and size[0] == size[1] == 2 * padding.padding[0] + 1
    return plain and even and convolution.groups == 1


def _convolved(layer: nn.Conv2d, values: Tensor, border: int, rectified: bool, check: Check) -> Tensor:
    height, width = values.shape[2:]
    strips = list(
        _strips(height, values.shape[0] * width * layer.in_channels * layer.out_channels * (2 * border + 1) ** 2)
    )
    if len(strips) == 1:
        made = layer(_framed(values, 0, height, border, "reflect"))
        return torch.as_tensor(made.relu_() if rectified else made)
    out = _blank(values, layer.out_channels, height, width)
    for top, bottom in strips:
        check()
        made = layer(_framed(values, top, bottom, border, "reflect"))
        out[:, :, top:bottom] = made.relu_() if rectified else made
    return out


def _pooled(layer: nn.MaxPool2d, values: Tensor, check: Check) -> Tensor:
    """Halved in both directions, some rows at a time."""
    rows = max(FEWEST_ROWS, MOUTHFUL // max(1, values[0, :, 0].numel()) // 2 * 2)
    parts = []
    for top in range(0, values.shape[2], rows):
        check()
        parts.append(layer(values[:, :, top : top + rows]))
    return parts[0] if len(parts) == 1 else torch.cat(parts, 2)


def _strips(height: int, per_row: int) -> Iterator[tuple[int, int]]:
    """Rows that are one bite, where a row takes so many multiplications."""
    rows = max(FEWEST_ROWS, BITE // max(per_row, 1))
    for top in range(0, height, rows):
        yield top, min(height, top + rows)


def _framed(values: Tensor, top: int, bottom: int, border: int, mode: str) -> Tensor:
    """Rows top..bottom with `border` more on every side: the picture's own where it has them."""
    height = values.shape[2]
    above, below = max(0, border - top), max(0, bottom + border - height)
    seen = values[:, :, max(0, top - border) : min(height, bottom + border)]
    return functional.pad(seen, (border, border, above, below), mode)


def _blank(like: Tensor, channels: int, height: int, width: int) -> Tensor:
    dense = like.is_contiguous(memory_format=torch.channels_last) and not like.is_contiguous()
    order = torch.channels_last if dense else torch.contiguous_format
    size = (like.shape[0], channels, height, width)
    return torch.empty(size, dtype=like.dtype, device=like.device, memory_format=order)
