"""What describes a picture to an optimiser: feature maps one way, their slopes back to the pixels the other way.

Source: Ustyuzhaninov, Brendel, Gatys, Bethge, What Does It Take to Generate Natural Textures?, ICLR 2017 (filters drawn
at random, at several scales); `vgg_looks` has those of VGG-19.
Ours goes both ways in bites of some tens of milliseconds, with a look at the cancel flag in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.nets.running import BITE, Check

Border = Literal["reflect", "circular"]
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
