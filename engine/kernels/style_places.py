"""Where several styles go: masks, and what they leave for styles without one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import Unusable
from engine.image import Floats, Image, as_mask
from engine.kernels.strips import Check
from engine.region import Rect, Size

FAINT = np.float32(1e-4)
"""Less of all styles together than this is none."""
ROWS = 128
"""Rows that are looked at together."""


def shares_of(weights: tuple[float, ...], count: int, masks: int) -> list[float]:
    """How much of each of `count` styles there is, 1 together; alike where there are no weights.

    Raises:
        Unusable: there are more masks than styles, not as many weights, or nothing but noughts.
    """
    styles = f"{count} style{'s' if count > 1 else ''}"
    if masks > count:
        raise Unusable(f"There are {masks} masks for {styles}", "each says where one style goes", "give fewer of them")
    if weights and len(weights) != count:
        raise Unusable(f"There are {len(weights)} weights for {styles}", "", "give one for each, or none at all")
    if weights and sum(weights) == 0:
        raise Unusable("All weights are 0", "then there is no style at all", "give one of them a number above 0")
    chosen = weights or (1.0,) * count
    return [weight / sum(chosen) for weight in chosen]


@dataclass(frozen=True, eq=False)
class Places:
    """How much of each style is where.

    Masks that lie over one another are shared out by weight. What no mask covers belongs to the styles without a mask;
    where there is none of them, it is left as it was.

    Attributes:
        size: of the picture.
        masks: one gray picture of that size for each style; None for those that take the rest.
        shares: how much of each style where several may be: above 0, and 1 together.
    """

    size: Size
    masks: tuple[Image | None, ...]
    shares: tuple[float, ...]

    @property
    def everywhere(self) -> bool:
        """Whether it is the same in every place."""
        return all(mask is None for mask in self.masks)

    def amounts(self, rect: Rect) -> list[Floats]:
        """How much of each style, float32 (h, w) each, at most 1 together."""
        nothing = np.zeros((rect.h, rect.w), np.float32)
        masks = [None if image is None else as_mask(image.pixels[rect.slices]) for image in self.masks]
        covered = np.minimum(sum((mask for mask in masks if mask is not None), nothing), 1)
        pairs = list(zip(masks, self.shares, strict=True))
        weighted = [None if mask is None else mask * np.float32(share) for mask, share in pairs]
        scale = covered / np.maximum(sum((part for part in weighted if part is not None), nothing), np.float32(1e-6))
        rest = sum(share for mask, share in pairs if mask is None)
        return [
            (1 - covered) * np.float32(share / rest) if part is None else part * scale
            for part, share in zip(weighted, self.shares, strict=True)
        ]

    def cover(self, rect: Rect) -> Floats | None:
        """How much of all styles together, float32 (h, w); None for all of every pixel."""
        if any(mask is None for mask in self.masks):
            return None
        return sum(self.amounts(rect), np.zeros((rect.h, rect.w), np.float32))

    def coarse(self, stride: int, check: Check) -> Floats | None:
        """The mean of each square of so many pixels, float32 (n, h, w), 1 together; None if it is the same everywhere.

        Squares that no style covers have all of them by their weights.
        """
        if self.everywhere:
            return None
        width, height = self.size
        out = np.empty((len(self.shares), -(-height // stride), -(-width // stride)), np.float32)
        for top in range(0, height, ROWS // stride * stride):
            check()
            rect = Rect(0, top, width, min(ROWS // stride * stride, height - top))
            more = ((0, -rect.h % stride), (0, -rect.w % stride))
            rows = slice(top // stride, -(-rect.bottom // stride))
            for k, amount in enumerate(self.amounts(rect)):
                filled = np.pad(amount, more, mode="edge")
                out[k, rows] = filled.reshape(-1, stride, out.shape[2], stride).mean((1, 3))
        total = out.sum(0)
        shares = np.array(self.shares, np.float32)[:, None, None]
        return np.asarray(np.where(total > FAINT, out / np.maximum(total, FAINT), shares), np.float32)
