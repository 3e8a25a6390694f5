"""A texture space as one value: the generator's weights, samples with their codes, directions, how it was trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from engine.errors import Unusable
from engine.image import Bytes, Floats
from engine.nets.texture_space.generator import Generator, Shape
from engine.nets.texture_space.scales import place

KIND = "texture-space"
"""The kind of `Trained` that a space is stored as."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A texture that the space was trained on.

    Attributes:
        name: what to call it.
        picture: uint8 (h, w, 3), the part of it that was learnt.
        notes: where it is from and under which licence, as far as somebody said.
    """

    name: str
    picture: Bytes
    notes: str = ""


@dataclass(frozen=True, eq=False)
class Direction:
    """A way to go from any code: what a slider moves along.

    Attributes:
        name: what it changes ("Coarseness").
        vector: float32 (D,); one step of it is one of the slider's.
        low, high: how far a slider should reach to either side.
        kind: "measured" (found by regression, checked on rendered pictures) or "axis" (a main axis of the space or of
            the weights, named by what it moves most).
        fit: of what was held out, R squared of the regression; 0 for axes.
        monotone: Spearman's correlation of the slider and what is measured on the rendered pictures.
    """

    name: str
    vector: Floats
    low: float
    high: float
    kind: str = "measured"
    fit: float = 0.0
    monotone: float = 0.0


@dataclass(frozen=True, eq=False)
class Encoder:
    """Code from what VGG-19 sees: standardised statistics times a matrix.

    Attributes:
        middle, width: float32 (N,), of the statistics.
        matrix: float32 (N, D).
        base: float32 (D,).
    """

    middle: Floats
    width: Floats
    matrix: Floats
    base: Floats


@dataclass(frozen=True, eq=False)
class Space:
    """What was learnt. Arrays are read-only.

    Attributes:
        shape: of the generator.
        weights: its state, name -> values.
        codes: float32 (samples, D), one for each sample.
        directions: for sliders; may be empty.
        pacing: float32 (samples, samples, stops), see `pacing.paced`; None where nobody measured it.
        encoder: None where none was trained yet.
        record: how it was trained ("steps", "seconds", ...), plain JSON values.
        progress: what the training needs to go on (the optimiser's state); empty in a finished space.
        name: of the file.
    """

    shape: Shape
    weights: Mapping[str, Floats]
    codes: Floats
    samples: tuple[Sample, ...]
    directions: tuple[Direction, ...] = ()
    encoder: Encoder | None = None
    pacing: Floats | None = None
    record: Mapping[str, object] = field(default_factory=dict)
    progress: Mapping[str, Floats] = field(default_factory=dict)
    name: str = ""

    @cached_property
    def generator(self) -> Generator:
        """The network on the processor, ready to be used; nobody may train it."""
        with torch.inference_mode(False):  # kept with the space, and not by this job alone
            made = Generator(self.shape)
            made.load_state_dict({name: torch.from_numpy(np.array(values)) for name, values in self.weights.items()})
            return made.eval().requires_grad_(False)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sample.name for sample in self.samples)

    def at(self, point: tuple[float, ...] | Floats) -> Floats:
        """A point as a code, float32 (D,).

        Raises:
            Unusable: it has another count of numbers.
        """
        code = np.asarray(point, np.float32)
        if code.shape != (self.shape.code,):
            raise Unusable(
                f"A point of this space has {self.shape.code} numbers, not {code.size}",
                "another space has other directions",
                f"give {self.shape.code} numbers, or choose samples to go between",
            )
        return code

    def mixed(self, shares: Mapping[int, float]) -> Floats:
        """Between samples: number -> share; shares need not add up to 1. float32 (D,).

        Raises:
            Unusable: a number that no sample has, or shares that add up to nothing.
        """
        total = float(sum(shares.values()))
        for number in shares:
            if not 0 <= number < len(self.samples):
                raise Unusable(
                    f"There is no sample {number} in this space",
                    f"it has {len(self.samples)}, counted from 0",
                    f"use 0 to {len(self.samples) - 1}",
                )
        if total <= 0:
            raise Unusable("Nothing is mixed", "all shares are 0", "make one of them larger")
        code = np.zeros(self.shape.code, np.float64)
        for number, share in shares.items():
            code += self.codes[number].astype(np.float64) * (share / total)
        return code.astype(np.float32)

    def along(self, stops: tuple[int, ...], t: float) -> Floats:
        """On the way past several samples, 0 at the first and 1 at the last: float32 (D,)."""
        return self.mixed(self.shares(stops, t))

    def shares(self, stops: tuple[int, ...], t: float) -> dict[int, float]:
        """How much of which sample there is on that way: number -> share, together 1."""
        if len(stops) == 1:
            return {stops[0]: 1.0}
        at = min(max(t, 0.0), 1.0) * (len(stops) - 1)
        number = min(int(at), len(stops) - 2)
        first, second, rest = stops[number], stops[number + 1], at - number
        if first == second:
            return {first: 1.0}
        if self.pacing is not None:
            rest = float(place(self.pacing[first, second], rest))
        return {first: 1 - rest, second: rest}
