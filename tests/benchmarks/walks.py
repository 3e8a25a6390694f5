"""Walks from sample to sample of a texture space: how even their steps are, and how good what lies between."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats
from engine.measures.fidelity import Cloud, clouds, distance, own_distance, wasserstein
from engine.nets.texture_space.rendering import whole
from engine.nets.texture_space.space import Space
from engine.region import Rect

STEPS = 16
_RECT = Rect(0, 0, 192, 192)
_SEED = 1

Clouds = dict[str, Cloud]


@dataclass(frozen=True)
class Known:
    """A sample, and how much its halves differ: the unit of fidelity."""

    cloud: Clouds
    own: float

    @classmethod
    def of(cls, picture: Floats) -> Known:
        return cls(clouds(picture), own_distance(picture))


@dataclass(frozen=True)
class Walk:
    """What is made at even places of the slider between two samples, both included.

    Attributes:
        name: of the two.
        ends: their numbers.
        made: STEPS + 1 of them.
        known: all samples.
    """

    name: str
    ends: tuple[int, int]
    made: list[Clouds]
    known: list[Known]

    @classmethod
    def of(cls, ctx: Context, space: Space, known: list[Known], ends: tuple[int, int]) -> Walk:
        codes = [space.along(ends, float(t)) for t in _places()]
        made = [clouds(whole(ctx, space.generator, code, _RECT, _SEED)) for code in codes]
        return cls(" to ".join(space.names[end] for end in ends), ends, made, known)

    @property
    def variation(self) -> float:
        """Of the lengths of the steps: standard deviation over mean."""
        steps = [distance(after, before) for before, after in zip(self.made, self.made[1:], strict=False)]
        return float(np.std(steps) / np.mean(steps))

    @cached_property
    def worse_end(self) -> float:
        """Fidelity of the end that is less like its sample."""
        return max(self._nearest(self.made[0]), self._nearest(self.made[-1]))

    @property
    def worst(self) -> float:
        """Fidelity, by the nearest of all samples, of the worst step over that of the worse end."""
        return max(map(self._nearest, self.made)) / self.worse_end

    @property
    def ideal(self) -> float:
        """The same, if every step lay exactly between the two, on the Wasserstein geodesic."""
        first, last = (self.known[end] for end in self.ends)
        between = [geodesic(first.cloud, last.cloud, float(t)) for t in _places()]
        return max(map(self._nearest, between)) / self.worse_end

    @property
    def least(self) -> float:
        """What `worst` cannot be below, whatever makes the pictures, on a way that comes near no third sample.

        Somewhere on it both samples are equally near, by their own units, and to each layer of features the triangle
        inequality applies: the two distances together are no less than that of the samples from each other.
        """
        first, last = (self.known[end] for end in self.ends)
        apart = [
            wasserstein(first.cloud[name], last.cloud[name])
            / max(first.cloud[name].spread, last.cloud[name].spread) ** 0.5
            for name in first.cloud
        ]
        return float(np.mean(apart)) / (first.own + last.own) / self.worse_end

    @property
    def off(self) -> float:
        """How far the farthest step is from its own place on the geodesic, over the worse end."""
        first, last = (self.known[end] for end in self.ends)
        away = [
            distance(made, geodesic(first.cloud, last.cloud, float(t))) / ((1 - t) * first.own + t * last.own)
            for made, t in zip(self.made, _places(), strict=True)
        ]
        return max(away) / self.worse_end

    def _nearest(self, made: Clouds) -> float:
        """Fidelity by the sample that it is most like. Those whose means alone are farther off are not looked at."""
        least = sorted(((_at_least(made, sample.cloud) / sample.own, sample) for sample in self.known), key=_first)
        best = float("inf")
        for bound, sample in least:
            if bound < best:
                best = min(best, distance(made, sample.cloud) / sample.own)
        return best


def _first(pair: tuple[float, Known]) -> float:
    return pair[0]


def _at_least(a: Clouds, b: Clouds) -> float:
    """What `distance` cannot be below: of Gaussians, the distance of their means."""
    return float(np.mean([np.linalg.norm(a[k].mean - b[k].mean) / np.sqrt(b[k].spread + 1e-9) for k in b]))


def _places() -> NDArray[np.float64]:
    return np.linspace(0, 1, STEPS + 1)


def shown(space: Space, number: int) -> Floats:
    """A sample, float32 (h, w, 3)."""
    return np.asarray(space.samples[number].picture, np.float32) / np.float32(255)


def geodesic(first: Clouds, last: Clouds, t: float) -> Clouds:
    """The cloud a share of t of the way from one to another on the Wasserstein geodesic (McCann 1997)."""
    return {name: _midway(first[name], last[name], t) for name in first}


def _midway(a: Cloud, b: Cloud, t: float) -> Cloud:
    values, vectors = np.linalg.eigh(a.covariance)
    values = np.clip(values, 1e-8 * values.max(), None)
    root, back = (vectors * values**0.5) @ vectors.T, (vectors * values**-0.5) @ vectors.T
    inner, turn = np.linalg.eigh(root @ b.covariance @ root)
    way = back @ ((turn * np.clip(inner, 0, None) ** 0.5) @ turn.T) @ back
    way = (1 - t) * np.eye(len(way)) + t * way
    return Cloud((1 - t) * a.mean + t * b.mean, way @ a.covariance @ way)
