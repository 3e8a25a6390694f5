"""The colours of one picture moved to those of another: optimal transport by one-dimensional steps.

Source: Pitie, Kokaram, Dahyot, Automated Colour Grading Using Colour Distribution Transfer, CVIU 2007. Ours starts from
the closed form for Gaussian colours, keeps every step as a curve, so that any colour can be moved afterwards, and lets
no curve rise so steeply that grain becomes noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats

KNOTS = 96
"""Places of a curve: enough for the bends of a histogram, too few for its noise."""

STEEPEST = 2.0
"""How many times a step may spread colours apart."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step: turned by `turn`, each axis moved along its curve, turned back.

    Attributes:
        turn: (C, C), orthonormal, rows are the axes.
        places, values: (C, KNOTS), where each curve is known and what it gives there, ascending.
    """

    turn: NDArray[np.float64]
    places: NDArray[np.float64]
    values: NDArray[np.float64]

    def moved(self, colours: Floats) -> Floats:
        """Colours (..., C) after this step."""
        axes = colours @ self.turn.T.astype(np.float32)
        out = np.empty_like(axes)
        for k in range(axes.shape[-1]):
            inside = np.interp(axes[..., k], self.places[k], self.values[k])
            # Beyond the ends a curve goes on as it was: white stays beyond light gray.
            beyond = np.minimum(axes[..., k] - self.places[k, 0], 0) + np.maximum(axes[..., k] - self.places[k, -1], 0)
            out[..., k] = inside + beyond
        return out @ self.turn.astype(np.float32)


def flow(ctx: Context, colours: Floats, wanted: Floats, steps: int, purpose: int) -> list[Step]:
    """All of `flowing`."""
    return list(flowing(ctx, colours, wanted, steps, purpose))


def flowing(ctx: Context, colours: Floats, wanted: Floats, steps: int, purpose: int) -> Iterator[Step]:
    """The steps that move one set of colours to the other.

    Args:
        ctx: for the directions, which depend on the seed.
        colours, wanted: (n, C) and (m, C), any units.
        steps: how many directions are tried; 10 are enough for three channels.
        purpose: a number that keeps these draws apart from others of the run.
    """
    now = colours.astype(np.float32)
    at = np.linspace(0, 1, KNOTS)
    for number in range(steps):
        ctx.check()
        turn = _turned(ctx, number, colours.shape[1], purpose)
        axes, goal = now @ turn.T, wanted @ turn.T
        places = np.maximum.accumulate(np.quantile(axes, at, axis=0), axis=0).T
        ctx.check()
        values = np.quantile(goal, at, axis=0).T
        gaps = np.maximum(np.diff(places, axis=1), 1e-6)
        rises = np.clip(np.diff(values, axis=1), 0, STEEPEST * gaps)
        # The middle is where it should be; limited rises draw the ends in.
        curve = np.concatenate([np.zeros((len(places), 1)), np.cumsum(rises, axis=1)], axis=1)
        curve += np.median(values, axis=1, keepdims=True) - np.median(curve, axis=1, keepdims=True)
        places = places[:, :1] + np.concatenate([np.zeros((len(places), 1)), np.cumsum(gaps, axis=1)], axis=1)
        step = Step(turn, places, curve)
        yield step
        now = step.moved(now)


def _turned(ctx: Context, number: int, channels: int, purpose: int) -> NDArray[np.float64]:
    """The first step keeps the axes, the others turn at random: (C, C), orthonormal."""
    if number == 0 or channels == 1:
        return np.eye(channels)
    square = ctx.random(purpose, number).standard_normal((channels, channels))
    turn, triangle = np.linalg.qr(square)
    return np.asarray(turn * np.sign(np.diag(triangle)))
