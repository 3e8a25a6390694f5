"""Minimising a smooth function of very many numbers.

Source: Liu and Nocedal, On the Limited Memory BFGS Method for Large Scale Optimization, Mathematical Programming 45,
1989; the step is halved until it brings enough (Armijo).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import numpy as np

from engine.image import Floats

Slope = Generator[None, None, tuple[float, Floats]]
"""Finds a value and a slope, and lets others do something now and then meanwhile."""

MEMORY = 12
"""Steps that are remembered."""
ENOUGH, HALVINGS = 1e-4, 6
FIRST = 0.1
"""The first step's length, in parts of the start's own."""


def descended(
    start: Floats, slope: Callable[[Floats], tuple[float, Floats]], steps: int, memory: int = MEMORY
) -> Iterator[tuple[float, Floats]]:
    """Yields (value, point) after every step; ends early where no step brings anything more.

    Args:
        start: float32, of any shape; not written to.
        slope: the function's value and its slope, float32 of the same shape, at a point.
        steps: at most so many.
    """

    def sloping(point: Floats) -> Slope:
        yield from ()
        return slope(point)

    yield from (step for step in descending(start, sloping, steps, memory) if step is not None)


def descending(
    start: Floats, sloping: Callable[[Floats], Slope], steps: int, memory: int = MEMORY
) -> Iterator[tuple[float, Floats] | None]:
    """`descended` for a slope that takes its time: yields None as often as that does, besides."""
    point = start
    value, gradient = yield from sloping(point)
    kept: list[tuple[Floats, Floats, float]] = []
    for _ in range(steps):
        direction = _direction(gradient, kept)
        fall = _inner(direction, gradient)
        if fall >= 0:
            kept.clear()
            direction, fall = -gradient, -_inner(gradient, gradient)
        if fall == 0:
            return
        step = 1.0
        if not kept:
            step = FIRST * float(np.sqrt(max(_inner(point, point), 1e-12) / _inner(direction, direction)))
        for _ in range(HALVINGS):
            moved = point + np.float32(step) * direction
            new_value, new_gradient = yield from sloping(moved)
            if new_value <= value + ENOUGH * step * fall:
                break
            # The lowest point of the parabola through what is known, but not too near either end.
            bend = new_value - value - step * fall
            step *= min(max(-step * fall / (2 * bend), 0.1), 0.5) if np.isfinite(bend) and bend > 0 else 0.1
        else:
            if not kept:
                return
            kept.clear()
            continue
        change, turn = moved - point, new_gradient - gradient
        curvature = _inner(change, turn)
        if curvature > 1e-10 * _inner(turn, turn):
            kept.append((change, turn, curvature))
            del kept[:-memory]
        point, value, gradient = moved, new_value, new_gradient
        yield value, point


def _inner(a: Floats, b: Floats) -> float:
    return float(np.einsum("i,i->", a.reshape(-1), b.reshape(-1), dtype=np.float64))


def _direction(gradient: Floats, kept: list[tuple[Floats, Floats, float]]) -> Floats:
    direction = -gradient
    factors = []
    for change, turn, curvature in reversed(kept):
        factor = _inner(change, direction) / curvature
        factors.append(factor)
        direction = direction - np.float32(factor) * turn
    if kept:
        _, turn, curvature = kept[-1]
        direction = direction * np.float32(curvature / _inner(turn, turn))
    for (change, turn, curvature), factor in zip(kept, reversed(factors), strict=True):
        direction = direction + np.float32(factor - _inner(turn, direction) / curvature) * change
    return direction
