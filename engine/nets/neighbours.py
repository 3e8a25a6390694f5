"""Features that are moved to their nearest neighbours in a style: strokes instead of statistics.

Sources: Kolkin, Kucera, Paris, Sykora, Shechtman, Shakhnarovich, Neural Neighbor Style Transfer, arXiv 2203.13215,
2022; Conneau et al., Word Translation Without Parallel Data, ICLR 2018 (neighbours that are everybody's count less).
Ours looks for neighbours again every few steps, with what is there so far mixed into the question, and goes all the way
to them: under the angle alone, a photograph hardly moves.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from engine.nets.describing import Maps
from engine.nets.feature_statistics import EPSILON, total
from engine.nets.running import Check

STRIDE = 4
"""Pixels of the picture for each column of features."""
ROWS = 512
"""Questions that are asked at a time."""
MOST, TELLING = 20_000, 4_000
"""Columns of the styles that are looked through at most, and questions that tell which of them are everybody's."""
CLOSE = 10
"""Questions next to an answer whose likeness says how much it is everybody's."""


def columns(maps: Maps, size: tuple[int, int]) -> Tensor:
    """All layers of each place above one another, (N, D), for a picture of `size` (H, W); each layer counts alike."""
    height, width = (max(1, side // STRIDE) for side in size)
    parts = []
    for layer in maps.values():
        if layer.shape[2] > height:
            layer = functional.adaptive_avg_pool2d(layer, (height, width))
        elif layer.shape[2:] != (height, width):
            layer = functional.interpolate(layer, (height, width), mode="bilinear", align_corners=False)
        parts.append(layer[0].permute(1, 2, 0).reshape(height * width, -1) / layer.shape[1] ** 0.5)
    return torch.cat(parts, 1)


def centred(values: Tensor, mean: Tensor) -> Tensor:
    """Directions from the mean: (N, D), each of length 1."""
    away = values - mean
    return away / (away.square().sum(1, keepdim=True).sqrt() + EPSILON)


def nearest(questions: Tensor, answers: Tensor, check: Check) -> Tensor:
    """Which of the `answers` (M, D) is the most like each question (N, D), by the angle from the means: (N,).

    An answer that is like a great many questions is no more like any of them than one that few are like: without that,
    one quiet patch of a painting would cover a whole sky.
    """
    known = centred(answers, answers.mean(0)).T.contiguous()
    asked = centred(questions, questions.mean(0))
    telling = asked[:: -(-len(asked) // TELLING)].T.contiguous()
    shared = []
    for part in torch.split(known.T, ROWS):
        check()
        shared.append((part @ telling).topk(min(CLOSE, telling.shape[1]), 1).values.mean(1))
    everybodys = torch.cat(shared)
    found = []
    for part in torch.split(asked, ROWS):
        check()
        found.append((2 * (part @ known) - everybodys).argmax(1))
    return torch.cat(found)


class Neighbours:
    """The style's columns, and which of them each place is moved to.

    Args:
        styles: columns (M, D) of one or more styles.
    """

    def __init__(self, styles: Sequence[Tensor]) -> None:
        together = torch.cat(list(styles))
        self.styles = together[:: -(-len(together) // MOST)]
        self.wanted: Tensor | None = None
        self._spread = 1.0

    def ask(self, questions: Tensor, check: Check) -> None:
        """Looks for neighbours."""
        self.wanted = self.styles[nearest(questions, self.styles, check)]
        away = self.wanted - self.styles.mean(0)
        self._spread = float(total(away.square())) + EPSILON * away.numel()

    def distance(self, found: Tensor) -> Tensor:
        """How far columns (N, D) are from the wanted, in parts of how far those are from the style's mean: a scalar."""
        assert self.wanted is not None
        return total((found - self.wanted).square()) / self._spread
