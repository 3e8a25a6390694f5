"""Networks run in small bites: one convolution at a time, and large ones in strips of rows, with a look in between.

The result does not depend on where a strip ends, and strips do not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

BITE = 1_500_000_000
"""Multiplications after which somebody may want to look: some tens of milliseconds of one processor."""

Check = Callable[[], None]


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


def forward(net: nn.Sequential, values: Tensor, check: Check) -> Tensor:
    """What `net(values)` gives, (1, C, h, w), with `check` called between bites. For use without gradients.

    Convolutions are those without padding of their own and with a stride of one; ReLUs work in place, but never on
    `values` itself.
    """
    given = values
    for layer in net:
        check()
        if isinstance(layer, nn.Conv2d):
            values = _convolved(layer, values, check)
        elif isinstance(layer, nn.ReLU) and values is not given:
            values = values.relu_()
        else:
            values = layer(values)
    check()
    return values


def _convolved(layer: nn.Conv2d, values: Tensor, check: Check) -> Tensor:
    reach = int(layer.kernel_size[0]) - 1
    height, width = values.shape[2] - reach, values.shape[3] - reach
    per_row = values.shape[0] * width * layer.in_channels * layer.out_channels * (reach + 1) ** 2
    rows = max(8, BITE // max(per_row, 1))
    if rows >= height:
        return torch.as_tensor(layer(values))
    out = values.new_empty((values.shape[0], layer.out_channels, height, width))
    for top in range(0, height, rows):
        check()
        bottom = min(height, top + rows)
        out[:, :, top:bottom] = layer(values[:, :, top : bottom + reach])
    return out
