"""What a texture is to the training: how the features of its pixels spread along many directions.

Sources: Heitz et al., A Sliced Wasserstein Loss for Neural Texture Synthesis, CVPR 2021 (sorted projections of VGG
features, equal in the limit to the whole distribution); Vacher et al., Texture Interpolation for Probing Visual
Perception, NeurIPS 2020 (the in-between of two textures lies on the Wasserstein geodesic: along one direction, the mean
of their sorted projections). Ours sorts the samples once, along directions that stay the same, so that a step of the
training pays for what was generated and for nothing else.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.image import Floats
from engine.nets.lasting import kept
from engine.nets.vgg import SMALLEST_SIDE, TAPS, as_tensor, encoder

LOOKED_AT = ("rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1")
FROM_AFAR = {"far relu2_1": "relu2_1", "far relu3_1": "relu3_1", "far relu4_1": "relu4_1"}
"""What the same taps see of the picture at half its size: forms that are twice as large, at a quarter of the work."""
WIDTHS = {"rgb": 3, "relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512}
DIRECTIONS = 256
QUANTILES = 512
MOST_PLACES = 8192
"""Places of a sample, at each tap, whose features are sorted."""
LARGEST_LOOK = 512
"""A sample is described in pieces of at most so many pixels a side."""

Tables = dict[str, Tensor]
"""Tap -> (DIRECTIONS, QUANTILES), each row growing."""


def quick() -> torch.dtype:
    """The number format in which features are followed while training."""
    fast = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return torch.bfloat16 if fast() else torch.float32


@kept(4)
def _watcher(dtype: torch.dtype, device: str) -> nn.Sequential:
    net = copy.deepcopy(encoder("relu4_1", device)).to(dtype)
    for values in net.parameters():
        if values.dim() == 4:
            values.data = values.data.contiguous(memory_format=torch.channels_last)
    return net


@kept(4)
def directions(device: str) -> Tables:
    """Tap -> (DIRECTIONS, channels), each of length 1."""
    generator = torch.Generator().manual_seed(41)
    made: Tables = {}
    for tap in LOOKED_AT:
        rows = torch.randn(DIRECTIONS, WIDTHS[tap], generator=generator)
        made[tap] = functional.normalize(rows, dim=1).to(device)
    return made | {far: made[tap] for far, tap in FROM_AFAR.items()}


def seen(pictures: Tensor, dtype: torch.dtype, check: Callable[[], None] | None = None) -> Tables:
    """Features (1, C, h, w) of a picture (1, 3, H, W), RGB 0..1, at each of `LOOKED_AT` and `FROM_AFAR`.

    From afar only where half of the picture is large enough.
    """
    found = _near(pictures, dtype, check)
    if min(pictures.shape[2:]) >= 2 * SMALLEST_SIDE:
        there = _near(functional.avg_pool2d(pictures, 2), dtype, check)
        found |= {far: there[tap] for far, tap in FROM_AFAR.items()}
    return found


def _near(pictures: Tensor, dtype: torch.dtype, check: Callable[[], None] | None) -> Tables:
    wanted = {TAPS[tap]: tap for tap in LOOKED_AT if tap in TAPS}
    found: Tables = {"rgb": pictures}
    x = pictures.to(dtype).contiguous(memory_format=torch.channels_last)
    for index, layer in enumerate(_watcher(dtype, str(pictures.device))):
        if check:
            check()
        x = layer(x)
        if index in wanted:
            found[wanted[index]] = x
    return found


def grouped(rows: Tensor, count: int) -> Tensor:
    """(n, m), growing along m, as (n, count): means of equal shares."""
    return rows if rows.shape[1] == count else functional.adaptive_avg_pool1d(rows[None], count)[0]


@dataclass(frozen=True, eq=False)
class Target:
    """A sample, described.

    Attributes:
        tables: its sorted projections.
        spread: tap -> variance of a feature, the mean over channels.
        means: all channels' means and deviations one after the other, for the encoder.
    """

    tables: Tables
    spread: dict[str, float]
    means: Floats


def described(picture: Floats, check: Callable[[], None], device: str = "cpu") -> Target:
    """The target that a sample (H, W, 3) sets. Sides of at least 16 px."""
    found: dict[str, list[Tensor]] = {tap: [] for tap in (*LOOKED_AT, *FROM_AFAR)}
    with torch.no_grad():
        for part in _pieces(picture):
            for tap, values in seen(as_tensor(part, device), torch.float32, check).items():
                found[tap].append(values[0].flatten(1).T)
        tables: Tables = {}
        spread, means = {}, []
        for tap in (tap for tap, parts in found.items() if parts):
            check()
            cloud = torch.cat(found[tap])
            deviation, mean = torch.std_mean(cloud, 0, correction=0)
            if tap in LOOKED_AT:
                means += [mean.cpu().numpy(), deviation.cpu().numpy()]
            spread[tap] = float(deviation.square().mean()) + 1e-6
            if len(cloud) > MOST_PLACES:
                chosen = torch.randperm(len(cloud), generator=torch.Generator().manual_seed(5))[:MOST_PLACES]
                cloud = cloud[chosen]
            rows = []
            for some in torch.split(directions(device)[tap], 32):
                check()
                rows.append(grouped(torch.sort(some @ cloud.T, 1).values, QUANTILES))
            tables[tap] = torch.cat(rows)
    return Target(tables, spread, np.concatenate(means).astype(np.float32))


def moments(picture: Floats, check: Callable[[], None]) -> Floats:
    """Only the `means` of a target, of a picture (H, W, 3)."""
    found = []
    with torch.no_grad():
        for values in _near(as_tensor(picture), torch.float32, check).values():
            deviation, mean = torch.std_mean(values[0].flatten(1), 1, correction=0)
            found += [mean.numpy(), deviation.numpy()]
    return np.concatenate(found).astype(np.float32)


def _pieces(picture: Floats) -> Sequence[Floats]:
    """A large sample in pieces that cover it evenly; at most nine of them."""
    cuts = []
    for side in picture.shape[:2]:
        count = min(3, -(-side // LARGEST_LOOK))
        length = min(side, LARGEST_LOOK if count == 1 else 320)
        cuts.append([(round((side - length) * k / max(count - 1, 1)), length) for k in range(count)])
    return [picture[top : top + high, left : left + wide] for top, high in cuts[0] for left, wide in cuts[1]]


FEWER = 64
"""Directions looked along in one step."""
SOME = 1024
"""Places of a generated crop that are looked at, at each tap."""
FAR_WEIGHT = 0.5
"""Of what is seen from afar: at 1 round things get rounder, and fine grain later."""
_FLOOR = 1e-3


def _sides(mixture: Sequence[tuple[Target, float]]) -> list[Tables]:
    return [target.tables for target, _ in mixture]


def compared(features: Tables, mixture: Sequence[tuple[Target, float]], rng: np.random.Generator) -> Tensor:
    """How far a picture's features are from a mixture of samples: a scalar, the sum over the taps.

    At each tap the root mean square of the distances along some directions, in deviations of the wanted features. The
    root keeps a sample that is far off, or has hardly any contrast, from drowning all others.

    Args:
        features: as of `seen`.
        mixture: targets, and how much of each; shares add up to 1.
        rng: picks directions and places.
    """
    device = str(features["rgb"].device)
    picked = torch.from_numpy(rng.choice(DIRECTIONS, FEWER, replace=False)).to(device)
    total = features["rgb"].new_zeros(())
    taps = [tap for tap in (*LOOKED_AT, *FROM_AFAR) if all(tap in side for side in (features, *_sides(mixture)))]
    for tap in taps:
        cloud = features[tap][0].flatten(1)
        if cloud.shape[1] > SOME:
            cloud = cloud[:, torch.from_numpy(rng.choice(cloud.shape[1], SOME, replace=False)).to(device)]
        along = torch.sort(directions(device)[tap][picked] @ cloud.float(), 1).values
        wanted = torch.zeros_like(along)
        spread = 0.0
        for target, share in mixture:
            wanted += share * grouped(target.tables[tap][picked], along.shape[1])
            spread += share * target.spread[tap]
        weight = FAR_WEIGHT if tap in FROM_AFAR else 1.0
        total = total + weight * ((along - wanted).square().mean() / spread + _FLOOR).sqrt()
    return total
