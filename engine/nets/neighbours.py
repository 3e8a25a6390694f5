"""Features that are moved to their nearest neighbours in a style: strokes instead of statistics.

Source: Kolkin, Kucera, Paris, Sykora, Shechtman, Shakhnarovich, Neural Neighbor Style Transfer, arXiv 2203.13215, 2022.
Ours looks for neighbours again every few steps, with what is there so far mixed into the question.
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
    """Which of the `answers` (M, D) is the most like each question (N, D), by the angle from the means: (N,)."""
    known = centred(answers, answers.mean(0)).T.contiguous()
    asked = centred(questions, questions.mean(0))
    found = []
    for part in torch.split(asked, ROWS):
        check()
        found.append((part @ known).argmax(1))
    return torch.cat(found)


class Neighbours:
    """The style's columns, and which of them each place is moved to.

    Args:
        styles: columns (M, D) of one or more styles.
    """

    def __init__(self, styles: Sequence[Tensor]) -> None:
        self.styles = torch.cat(list(styles))
        self.wanted: Tensor | None = None

    def ask(self, questions: Tensor, check: Check) -> None:
        """Looks for neighbours."""
        self.wanted = self.styles[nearest(questions, self.styles, check)]

    def distance(self, found: Tensor) -> Tensor:
        """One less the cosine of the angle to the wanted, and how much lengths differ, in the mean: a scalar."""
        assert self.wanted is not None
        lengths = self.wanted.square().sum(1).sqrt() + EPSILON
        own = found.square().sum(1).sqrt() + EPSILON
        cosine = (found * self.wanted).sum(1) / (lengths * own)
        return total(1 - cosine + 0.25 * (own / lengths - 1).square()) / found.shape[0]
