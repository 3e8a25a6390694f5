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

from engine.nets.allotting import allotted
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


def grid(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of places in a picture of `size` (H, W)."""
    return max(1, size[0] // STRIDE), max(1, size[1] // STRIDE)


def columns(maps: Maps, size: tuple[int, int]) -> Tensor:
    """All layers of each place above one another, (N, D), for a picture of `size` (H, W); each layer counts alike."""
    height, width = grid(size)
    parts = []
    for layer in maps.values():
        if layer.shape[2] > height:
            layer = functional.adaptive_avg_pool2d(layer, (height, width))
        elif layer.shape[2:] != (height, width):
            layer = functional.interpolate(layer, (height, width), mode="bilinear", align_corners=False)
        parts.append(layer[0].permute(1, 2, 0).reshape(height * width, -1).float() / layer.shape[1] ** 0.5)
    return torch.cat(parts, 1)


def centred(values: Tensor, mean: Tensor) -> Tensor:
    """Directions from the mean: (N, D), each of length 1."""
    away = values - mean
    return away / (away.square().sum(1, keepdim=True).sqrt() + EPSILON)


def nearest(questions: Tensor, answers: Tensor, check: Check, counted: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Which of the `answers` (M, D) is the most like each question (N, D), by the angle from the means; and how much.

    Both (N,). Questions count as much for their mean as `counted`, (N,), says.

    An answer that is like a great many questions is no more like any of them than one that few are like: without that,
    one quiet patch of a painting would cover a whole sky.
    """
    known = centred(answers, answers.mean(0)).T.contiguous()
    asked = centred(questions, questions.mean(0) if counted is None else counted @ questions / counted.sum())
    telling = asked[:: -(-len(asked) // TELLING)].T.contiguous()
    shared = []
    for part in torch.split(known.T, ROWS):
        check()
        shared.append((part @ telling).topk(min(CLOSE, telling.shape[1]), 1).values.mean(1))
    everybodys = torch.cat(shared)
    found = []
    for part in torch.split(asked, ROWS):
        check()
        found.append((2 * (part @ known) - everybodys).max(1))
    return torch.cat([one.indices for one in found]), torch.cat([one.values for one in found])


class Neighbours:
    """The style's columns, and which of them each place is moved to.

    Args:
        styles: columns (M, D) of each style.
        amounts: how much of each is wanted in each place, (N, K), 1 together; may be None where there is one style.
    """

    def __init__(self, styles: Sequence[Tensor], amounts: Tensor | None = None) -> None:
        every = -(-sum(len(style) for style in styles) // MOST)
        self.styles = [style[::every] for style in styles]
        self._amounts, self._mean = amounts, torch.cat(self.styles).mean(0)
        self.wanted: Tensor | None = None
        self._spread = 1.0

    def ask(self, questions: Tensor, check: Check) -> None:
        """Looks for neighbours: in each place among those of one style, which has as many places as it should."""
        if self._amounts is None:
            (style,) = self.styles
            self.wanted = style[nearest(questions, style, check)[0]]
        else:
            likeness = torch.zeros_like(self._amounts)
            found = torch.zeros_like(self._amounts, dtype=torch.int64)
            for number, style in enumerate(self.styles):
                there = self._amounts[:, number].nonzero()[:, 0]
                if not len(there):
                    continue
                amount = self._amounts[there, number]
                found[there, number], likeness[there, number] = nearest(questions[there], style, check, amount)
            self.wanted = torch.empty_like(questions)
            whose = allotted(likeness, self._amounts)
            for number, style in enumerate(self.styles):
                mine = (whose == number).nonzero()[:, 0]
                self.wanted[mine] = style[found[mine, number]]
        away = self.wanted - self._mean
        self._spread = float(total(away.square())) + EPSILON * away.numel()

    def distance(self, found: Tensor) -> Tensor:
        """How far columns (N, D) are from the wanted, in parts of how far those are from the style's mean: a scalar."""
        assert self.wanted is not None
        return total((found - self.wanted).square()) / self._spread
