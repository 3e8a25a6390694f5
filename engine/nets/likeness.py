"""How far a picture's statistics are from a sample's, and which way is nearer."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from engine.nets.describing import Describer
from engine.nets.feature_statistics import Gaussian, Gram, Sliced, points, slope_by_moments, total
from engine.nets.running import Check

SLICES = 32
"""Lines along which distributions are seen."""
OUTSIDE = 4.0
"""Weight of what is darker than black or lighter than white."""

Known = Gram | Gaussian | Sliced


def known(statistic: str, features: Tensor) -> Known:
    """What is wanted of points (N, C): the statistics ("gram", "w2" or "sliced") of a sample's."""
    if statistic == "gram":
        return Gram.of(features)
    return Gaussian.of(features) if statistic == "w2" else Sliced.of(features)


def slope_of(
    one: Known, maps: Tensor, share: float, check: Check, *lines: Tensor, counted: Tensor | None = None
) -> tuple[float, Tensor]:
    """The distance of maps (1, C, h, w) to what is wanted, and its slope for them, times `share`.

    Args:
        lines: what `Sliced.distance` takes beside the points.
        counted: how much each place counts, (h * w,) with a mean of 1; not for `Sliced`.
    """
    features = points(maps)
    if isinstance(one, Sliced):
        leaf = features.detach().float().requires_grad_(True)
        with torch.enable_grad():
            distance = one.distance(leaf, *lines)
            (slope,) = torch.autograd.grad(distance, leaf)
        value = float(distance.detach())
    else:
        value, slope = slope_by_moments(one, features, check, counted)
    return value, slope.mul_(share).view(1, *maps.shape[2:], maps.shape[1]).permute(0, 3, 1, 2)


class Likeness:
    """The mean distance over the layers.

    Args:
        eye: what looks at both.
        sample: (1, 3, H, W), RGB in 0..1.
        statistic: "gram", "w2" or "sliced".
    """

    def __init__(self, eye: Describer, sample: Tensor, statistic: str, check: Check) -> None:
        self.eye, self.statistic = eye, statistic
        self.wanted: dict[str, Known] = {}
        for name, maps in eye.seen(sample, check).maps.items():
            check()
            self.wanted[name] = known(statistic, points(maps).float())
        self._lines: dict[str, tuple[Tensor, Tensor]] = {}

    def draw(self, random: np.random.Generator) -> None:
        """Other lines to look along; of use to the sliced distance only."""
        for name, one in self.wanted.items():
            if isinstance(one, Sliced):
                drawn = random.standard_normal((one.features.shape[1], SLICES)).astype(np.float32)
                drawn /= np.linalg.norm(drawn, axis=0)
                directions = torch.from_numpy(drawn).to(one.features.device)
                self._lines[name] = directions, one.along(directions)

    def slope(self, picture: Tensor, check: Check) -> tuple[float, Tensor]:
        """The distance, and its slope for the picture (1, 3, H, W)."""
        seen = self.eye.seen(picture, check)
        share = 1 / len(self.wanted)
        value, slopes = 0.0, {}
        for name, one in self.wanted.items():
            check()
            if name not in seen.maps:
                continue  # one of the two is so much smaller that a scale of it is missing
            away, slopes[name] = slope_of(one, seen.maps[name], share, check, *self._lines.get(name, ()))
            value += share * away
        return value, seen.back(slopes, check)


def outside(picture: Tensor) -> tuple[float, Tensor]:
    """How much of it is darker than black or lighter than white, and the slope of that."""
    beyond = picture - picture.clamp(0, 1)
    share = OUTSIDE / picture.numel()
    return share * float(total(beyond.square())), beyond * (2 * share)
