"""Directions of a space: what its sliders move along, and what they are called.

Sources: Shen et al., Interpreting the Latent Space of GANs, CVPR 2020 (a direction is what a linear model of an
attribute points along); Harkonen et al., GANSpace, NeurIPS 2020 (main axes of the codes); Shen and Zhou, Closed-Form
Factorization of Latent Semantics in GANs, CVPR 2021 (SeFa: main axes of the weights).
Ours are believed only after a look: a measured direction is kept when it explains what was held out, and when the
pictures along its slider follow it without going back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Stopped
from engine.image import Bytes, Floats, frozen
from engine.nets.texture_space.descriptors import NAMES, measured
from engine.nets.texture_space.encoder import SIDE, Seen
from engine.nets.texture_space.rendering import tile
from engine.nets.texture_space.space import Direction, Space
from engine.region import Rect

Values = NDArray[np.float64]

LEAST_FIT = 0.3
LEAST_MONOTONE = 0.9
MOST_AXES = 4
STOPS = 7
BASES = 2
_ALIKE = 0.8
_ASIDE = 0.5
_PURPOSE = 74


def found(ctx: Context, space: Space, seen: Seen) -> tuple[Direction, ...]:
    """The directions of a space, from pictures that it made.

    Raises:
        Stopped: asked to.
    """
    if len(space.samples) < 2:
        return ()
    values = np.stack([measured(picture) for picture in seen.pictures])
    bases = ctx.random(_PURPOSE).choice(len(seen.codes), min(BASES, len(seen.codes)), replace=False)

    def rendered(code: Floats, number: int) -> Values:
        rect = Rect(0, number * 2 * SIDE, SIDE, SIDE)
        return measured(tile(space.generator, code, ctx.seed, rect))

    return judged(ctx, seen.codes, values, [seen.codes[k] for k in bases], rendered, weights_axes(space))


def judged(
    ctx: Context,
    codes: Floats,
    values: Values,
    bases: Sequence[Floats],
    rendered: Callable[[Floats, int], Values],
    axes: Floats,
) -> tuple[Direction, ...]:
    """Directions from codes (n, D) and what was measured at each (n, len(NAMES)).

    Args:
        bases: codes from which every slider is tried.
        rendered: what is measured of the picture at a code; the number says which noise it has.
        axes: float32 (k, D), further directions to show, most important first.
    """
    x = np.asarray(codes, np.float64)
    slopes, fits = regressed(x, values)
    kept: list[Direction] = []
    for number in np.argsort(-fits, kind="stable"):
        if fits[number] < LEAST_FIT:
            break
        vector = _aside(slopes, int(number))
        low, high = reach(x, vector)
        vector = vector * (high - low) / 2
        follows = _followed(ctx, vector, bases, rendered, int(number))
        if follows > LEAST_MONOTONE:
            kept.append(_direction(NAMES[number], vector, "measured", float(fits[number]), follows))
    for axis in np.concatenate([_main_axes(x), np.asarray(axes, np.float64)]):
        if sum(direction.kind == "axis" for direction in kept) >= MOST_AXES:
            break
        if all(_cosine(axis, direction.vector) < _ALIKE for direction in kept):
            kept.append(_named(axis, x, values, kept))
    return tuple(kept)


def regressed(x: Values, values: Values) -> tuple[Values, Values]:
    """Ridge regression of each measure on the codes: slopes (measures, D) in deviations, and R squared (measures,) of

    every fourth example, which the fit for it never saw.
    """
    middle, width = values.mean(axis=0), values.std(axis=0) + 1e-9
    y = (values - middle) / width
    held = np.arange(len(x)) % 4 == 3
    guess = _ridge(x[~held], y[~held])
    if held.sum() < 3:
        return _ridge(x, y)[0], np.zeros(values.shape[1])
    wrong = np.square(x[held] @ guess[0].T + guess[1] - y[held]).mean(axis=0)
    fits = 1 - wrong / (y[held].var(axis=0) + 1e-9)
    return _ridge(x, y)[0], np.where(values.std(axis=0) > 1e-6, fits, 0)


def _ridge(x: Values, y: Values) -> tuple[Values, Values]:
    middle, base = x.mean(axis=0), y.mean(axis=0)
    square = (x - middle).T @ (x - middle)
    doubt = 0.01 * np.trace(square) / len(square) + 1e-9
    slopes = np.linalg.solve(square + doubt * np.eye(len(square)), (x - middle).T @ (y - base)).T
    return slopes, base - slopes @ middle


def _aside(slopes: Values, number: int) -> Values:
    """The way that raises one measure and the others as little as there is room for; of length 1."""
    others = np.delete(slopes, number, axis=0)
    others = others / (np.linalg.norm(others, axis=1, keepdims=True) + 1e-9)
    apart = _ASIDE * others.T @ others + np.eye(slopes.shape[1])
    vector = np.linalg.solve(apart, slopes[number])
    return np.asarray(vector / (np.linalg.norm(vector) + 1e-12), np.float64)


def reach(x: Values, vector: Values) -> tuple[float, float]:
    """How far the codes go along a direction of length 1, without the last twentieth at either end."""
    low, high = np.percentile((x - x.mean(axis=0)) @ vector, (5, 95))
    return float(low), float(max(high, low + 1e-6))


def _followed(
    ctx: Context,
    vector: Values,
    bases: Sequence[Floats],
    rendered: Callable[[Floats, int], Values],
    number: int,
) -> float:
    """Spearman's correlation of a slider's place and what is measured there, the mean over some bases."""
    stops = np.linspace(-1, 1, STOPS)
    jobs = [(base, stop, noise) for noise, base in enumerate(bases) for stop in stops]
    got: list[float] = [0.0] * len(jobs)

    def work(job: int, cancel: Bytes) -> None:
        if cancel[0]:
            raise Stopped
        base, stop, noise = jobs[job]
        code = np.asarray(base + stop * vector, np.float32)
        got[job] = float(rendered(code, noise)[number])

    ctx.each(work, [(job,) for job in range(len(jobs))])
    rows = np.array(got).reshape(len(bases), STOPS)
    return float(np.mean([spearman(stops, row) for row in rows]))


def spearman(a: Values, b: Values) -> float:
    """Correlation of ranks; 0 where one of both never changes."""
    ranks = [_ranks(np.asarray(values, np.float64)) for values in (a, b)]
    first, second = (r - r.mean() for r in ranks)
    length = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / length) if length > 0 else 0.0


def _ranks(values: Values) -> Values:
    """1..n, equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[which], np.float64)


def _main_axes(x: Values) -> Values:
    """GANSpace: main axes of the codes, (k, D), longest first; none that hardly varies."""
    _, sizes, axes = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return np.asarray(axes[sizes > 0.05 * sizes[0]]) if len(sizes) and sizes[0] > 0 else axes[:0]


def weights_axes(space: Space) -> Floats:
    """SeFa: main axes of all matrices that a code goes through, (k, D), strongest first."""
    parts = []
    for name, values in space.weights.items():
        if name.endswith((".scale.weight", ".shift.weight")):
            parts.append(np.asarray(values, np.float64) / (np.linalg.norm(values) + 1e-9))
    _, _, axes = np.linalg.svd(np.concatenate(parts), full_matrices=False)
    return np.asarray(axes[:MOST_AXES], np.float32)


def _cosine(a: Values, b: Floats) -> float:
    return abs(float(a @ b)) / (float(np.linalg.norm(a)) * float(np.linalg.norm(b)) + 1e-12)


def _named(axis: Values, x: Values, values: Values, kept: Sequence[Direction]) -> Direction:
    """An axis by the name of what goes along with it most, where something does."""
    low, high = reach(x, axis)
    along = x @ axis
    relations = []
    for column in values.T:
        spread = float(along.std() * column.std())
        relations.append(float(np.mean((along - along.mean()) * (column - column.mean()))) / spread if spread else 0.0)
    best = int(np.abs(relations).argmax())
    called = NAMES[best] if abs(relations[best]) > 0.5 else "Axis"
    count = 1 + sum(direction.name.partition(" ")[0] == called for direction in kept)
    name = f"{called} {count}" if count > 1 or called == "Axis" else called
    sign = -1.0 if relations[best] < 0 else 1.0
    return _direction(name, sign * axis * (high - low) / 2, "axis", 0.0, 0.0)


def _direction(name: str, vector: Values, kind: str, fit: float, monotone: float) -> Direction:
    return Direction(name, frozen(np.asarray(vector, np.float32)), -1.0, 1.0, kind, round(fit, 4), round(monotone, 4))


def moved(code: Floats, amounts: Sequence[tuple[Direction, float]]) -> Floats:
    """A code after its sliders were moved, float32 (D,)."""
    made = np.asarray(code, np.float64).copy()
    for direction, amount in amounts:
        made += direction.vector.astype(np.float64) * amount
    return np.asarray(made, np.float32)
