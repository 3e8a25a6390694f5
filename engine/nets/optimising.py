"""Downhill for pictures: a function of all pixels is lowered, and every step can be seen.

Source: Liu and Nocedal, On the Limited Memory BFGS Method for Large Scale Optimization, Mathematical Programming 45,
1989; a step is cut down until it brings enough (Armijo). Gatys et al. found nothing better for pictures, and with whole
layers as what is matched neither did we: Adam is nowhere near after the same number of looks.
Ours can lean towards short waves: what was made at a coarser scale has its long ones already, and the slopes of
networks are nearly all long waves.
Everything stays on the device that the picture is on. Sums run in a fixed order, so that no bit depends on the threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from engine.context import Context
from engine.nets.feature_statistics import total
from engine.nets.running import Check, threads

MEMORY = 16
"""Steps that are remembered."""
ENOUGH, CUTS = 1e-4, 6
FIRST = 0.02
"""How far the first step goes, in the mean, as a part of the way from black to white."""
LONGEST = 64
"""Pixels of a wave beyond which all are alike to it."""

Slope = Callable[[Tensor, Check], tuple[float, Tensor]]
"""A picture (1, C, H, W) -> the function's value, and its slope of the same shape."""


def lowered(ctx: Context, start: Tensor, slope: Slope, steps: int, lean: float = 0.0) -> Iterator[tuple[float, Tensor]]:
    """Yields (value, picture) after each of at most so many steps, and keeps the progress.

    It ends early where no step brings anything more. Between two steps nothing is left set: neither the number of
    threads nor the grad mode.

    Args:
        start: (1, C, H, W); not written to.
        lean: the power of a wave's frequency by which it is moved further, before anything is known of the slopes.
    """
    descent = Descent(start, slope, ctx.check, lean)
    for number in range(steps):
        ctx.check()
        with threads(ctx.threads, gradients=True), torch.no_grad():
            moved = descent.step()
        ctx.progress((number + 1) / steps)
        if not moved:
            break
        yield descent.value, descent.point
    ctx.progress(1.0)


class Descent:
    """Where it is, and what it remembers of the way there."""

    def __init__(self, start: Tensor, slope: Slope, check: Check, lean: float = 0.0) -> None:
        self.point, self.value = start, float("nan")
        self._slope, self._check = slope, check
        self._waves = _waves(start, lean) if lean else None
        self._gradient: Tensor | None = None
        self._kept: list[tuple[Tensor, Tensor, float]] = []

    def step(self) -> bool:
        """One step down. False where there is none."""
        if self._gradient is None:
            self.value, self._gradient = self._slope(self.point, self._check)
        found = self._stepped(self._gradient)
        if not found and self._kept:
            self._kept.clear()
            found = self._stepped(self._gradient)
        return found

    def _stepped(self, gradient: Tensor) -> bool:
        direction = self._direction(gradient)
        fall = _inner(direction, gradient)
        if fall >= 0:
            self._kept.clear()
            direction = self._leant(-gradient)
            fall = _inner(direction, gradient)
        if fall == 0:
            return False
        length = 1.0
        if not self._kept:
            length = FIRST * gradient.numel() ** 0.5 / _inner(direction, direction) ** 0.5
        for _ in range(CUTS):
            moved = self.point + length * direction
            value, slope = self._slope(moved, self._check)
            if value <= self.value + ENOUGH * length * fall:
                self._remember(moved - self.point, slope - gradient)
                self.point, self.value, self._gradient = moved, value, slope
                return True
            # The lowest point of the parabola through what is known, but not too near either end.
            bend = value - self.value - length * fall
            length *= min(max(-length * fall / (2 * bend), 0.1), 0.5) if 0 < bend < float("inf") else 0.1
        return False

    def _leant(self, change: Tensor) -> Tensor:
        """With more of its short waves, where it leans to them."""
        if self._waves is None:
            return change
        return torch.as_tensor(torch.fft.irfft2(torch.fft.rfft2(change) * self._waves, s=change.shape[2:]))

    def _remember(self, change: Tensor, turn: Tensor) -> None:
        curvature = _inner(change, turn)
        if curvature > 1e-10 * _inner(turn, turn):
            self._kept.append((change, turn, curvature))
            del self._kept[:-MEMORY]

    def _direction(self, gradient: Tensor) -> Tensor:
        direction = -gradient
        factors = []
        for change, turn, curvature in reversed(self._kept):
            factor = _inner(change, direction) / curvature
            factors.append(factor)
            direction = direction - factor * turn
        direction = self._leant(direction)
        if self._kept:
            _, turn, curvature = self._kept[-1]
            direction = direction * (curvature / _inner(turn, self._leant(turn)))
        for (change, turn, curvature), factor in zip(self._kept, reversed(factors), strict=True):
            direction = direction + (factor - _inner(turn, direction) / curvature) * change
        return direction


def _waves(picture: Tensor, lean: float) -> Tensor:
    """How much of each wave of a picture (1, C, H, W) is left, (H, W / 2 + 1): 1 of short ones, less of longer ones."""
    height, width = picture.shape[2:]
    down = torch.fft.fftfreq(height, device=picture.device)[:, None]
    across = torch.fft.rfftfreq(width, device=picture.device)[None]
    return torch.as_tensor((2 * (down.square() + across.square()).sqrt()).clamp(2 / LONGEST, 1) ** lean)


def _inner(a: Tensor, b: Tensor) -> float:
    return float(total(a * b))
