"""What a pad and its sliders need of a stored space: pictures, codes, places, directions. No network, no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from engine.errors import Unusable
from engine.image import Bytes, Floats, frozen
from engine.nets.texture_space.layout import on_a_pad
from engine.nets.texture_space.scales import place, read
from engine.nets.texture_space.versions import check_version
from engine.trained import Trained

NEIGHBOURS = 4
"""Samples that a place on the pad mixes, at most."""


@dataclass(frozen=True, eq=False)
class Slope:
    """What a slider moves along.

    Attributes:
        name: what it changes.
        vector: float32 (D,); one step of the slider.
        low, high: how far it reaches, low < high.
        measured: it was checked on pictures; else it is a main axis of the space.
    """

    name: str
    vector: Floats
    low: float
    high: float
    measured: bool


@dataclass(frozen=True, eq=False)
class Outline:
    """A space as a map.

    Attributes:
        names: of the samples.
        pictures: uint8 (h, w, 3) for each sample.
        codes: float32 (n, D).
        places: float32 (n, 2): x and y on the pad, 0..1.
        slopes: for sliders.
        pacing: float32 (n, n, stops), see `scales.read`; None where nobody measured it.
    """

    names: tuple[str, ...]
    pictures: tuple[Bytes, ...]
    codes: Floats
    places: Floats
    slopes: tuple[Slope, ...]
    pacing: Floats | None = None

    @property
    def depth(self) -> int:
        """How many numbers a code has."""
        return int(self.codes.shape[1])

    @property
    def width(self) -> float:
        """Root mean square distance of the samples' codes from their middle; never 0."""
        away = self.codes.astype(np.float64) - self.codes.mean(axis=0, dtype=np.float64)
        return float(np.sqrt(np.square(away).sum(axis=1).mean())) or 1.0

    def shares(self, x: float, y: float) -> Floats:
        """How much of each sample there is at a place of the pad: float32 (n,), together 1.

        At a sample's own place it is all of that one. Between them the weights of Franke and Nielson, Smooth
        interpolation of large sets of scattered data (IJNME 1980): they reach as far as the neighbour after the last
        one that counts, and fade out there, so that nothing jumps.
        """
        away = np.hypot(self.places[:, 0] - x, self.places[:, 1] - y).astype(np.float64)
        if len(away) == 1 or away.min() < 1e-6:
            return np.asarray(np.arange(len(away)) == away.argmin(), np.float32)
        order = np.sort(away)
        reach = order[NEIGHBOURS] if len(away) > NEIGHBOURS else 1.5 * order[-1]
        weights = np.square(np.clip(reach - away, 0, None) / (reach * away))
        if weights.sum() < 1e-12:  # all equally far
            weights = np.asarray(away <= away.min() + 1e-9, np.float64)
        return np.asarray(weights / weights.sum(), np.float32)

    def at(self, x: float, y: float) -> Floats:
        """The code at a place of the pad, float32 (D,)."""
        return np.asarray(self.shares(x, y).astype(np.float64) @ self.codes.astype(np.float64), np.float32)

    def evened(self, first: Floats, last: Floats, shares: Floats) -> Floats:
        """Where the codes are after shares (0..1) of the way that the eye goes from one mixture to another.

        Between two samples it is the scale of those two; between mixtures, of all their parts, as much as there is.

        Args:
            first, last: how much of each sample there is, (n,), together 1.
        """
        if self.pacing is None:
            return shares
        scale = np.einsum("i,j,ijk->k", first.astype(np.float64), last.astype(np.float64), self.pacing)
        return np.asarray(place(scale, shares.astype(np.float64)), np.float32)

    def place(self, code: Floats) -> tuple[float, float]:
        """Where on the pad a code lies best: the mean of the nearest samples' places, the nearer the more."""
        away = np.linalg.norm(self.codes.astype(np.float64) - np.asarray(code, np.float64), axis=1)
        if away.min() < 1e-6:
            x, y = self.places[away.argmin()]
            return float(x), float(y)
        weights = 1 / away**4
        x, y = (weights / weights.sum()) @ self.places.astype(np.float64)
        return float(x), float(y)


def outlined(trained: Trained) -> Outline:
    """Reads it from what lies in a file, which may be damaged.

    Raises:
        Unusable: it is of another version, or does not hold what it should.
    """
    check_version(trained)
    try:
        return _outlined(trained)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        raise Unusable(
            f"The texture space {trained.name or 'given'} cannot be shown",
            "it is damaged, or was changed by something else",
            "train it again",
        ) from None


def _outlined(trained: Trained) -> Outline:
    tensors = trained.tensors
    listed = json.loads(trained.about["samples"])
    codes = tensors["codes"]
    if codes.dtype != np.float32 or codes.ndim != 2 or len(codes) != len(listed) or not len(listed):
        raise ValueError("codes")
    if not np.isfinite(codes).all():
        raise ValueError("codes")
    pictures = []
    for number in range(len(listed)):
        picture = tensors[f"sample.{number}"]
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
            raise ValueError("sample")
        pictures.append(picture)
    slopes = []
    for number, entry in enumerate(json.loads(trained.about.get("directions", "[]"))):
        vector, low, high = tensors[f"direction.{number}"], float(entry["low"]), float(entry["high"])
        sound = vector.dtype == np.float32 and vector.shape == codes.shape[1:] and np.isfinite(vector).all()
        if not sound or not np.isfinite([low, high]).all() or low >= high:
            raise ValueError("direction")
        slopes.append(Slope(str(entry["name"]), vector, low, high, entry.get("kind") == "measured"))
    places, names = frozen(on_a_pad(codes)), tuple(str(entry["name"]) for entry in listed)
    return Outline(names, tuple(pictures), codes, places, tuple(slopes), read(tensors, len(listed)))
