"""Efros-Leung: grows a texture pixel by pixel, each copied from where the sample looks most alike.

Source: Efros and Leung, Texture Synthesis by Non-parametric Sampling, ICCV 1999.
Ours looks at every window of the sample, in colour, and finds the very best; it is quick because most are given up
early, and because pixels that cannot see one another are filled at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame, From, Origin
from engine.kernels.efros_leung import TOLERANCE, grown
from engine.kernels.efros_leung_controls import TOLERANCES, WINDOW, WINDOWS, must_fit
from engine.kernels.efros_leung_source import Source, fitting
from engine.operation import Given, Inputs, Picture, allowed, operation, sample_from
from engine.params import Params
from engine.region import Rect, Size

SEED = 3
"""Side of the square that everything grows from, px."""


@dataclass(frozen=True)
class EfrosLeung(Params):
    """How much has to match, and how well."""

    window: Annotated[int, WINDOWS] = WINDOW
    tolerance: Annotated[float, TOLERANCES] = TOLERANCE


def _memory(inputs: Mapping[str, Any], size: Size, p: EfrosLeung) -> int:
    height, width, channels = map(int, inputs["sample"].shape)
    return height * width * (channels * 12 + 40) + size[0] * size[1] * (24 + 4 * channels)


@operation(
    "Efros-Leung",
    group="Synthesize",
    inputs=Inputs(
        sample=Picture(help="The texture to make more of"),
        source=sample_from("all of the sample", of="sample"),
    ),
    params=EfrosLeung,
    sized=True,
    memory=_memory,
    presets={"Fine grain": {"window": 7}, "Large elements": {"window": 23}},
)
def efros_leung(ctx: Context, inputs: Given, p: EfrosLeung) -> Iterator[Frame]:
    """Grows rings around a 3 x 3 piece of the sample in the middle of the output."""
    sample = inputs.sample
    height, width, channels = sample.shape
    must_fit("sample", width, height, p.window)
    usable = allowed(inputs.source, sample)
    places = fitting(usable, p.window)
    if not places.any():
        raise Unusable(
            f"No window of {p.window} px fits into what may be used of the sample",
            "only windows that lie in it as a whole can be copied from",
            "choose a smaller window, or make more of the mask white",
        )
    source = Source.of(sample, places)
    sources = np.full((ctx.size[1], ctx.size[0]), -1, np.int32)
    first = _seed(ctx, sources, usable)
    flat = sample.reshape(-1, channels)
    named = (From("sample"),)
    seed = sources[first.slices]
    yield Frame(first, flat[seed], ctx.fraction, "", Origin(seed.copy(), named))
    for rect in grown(ctx, source, sources, p.window, p.tolerance):
        part = sources[rect.slices].copy()
        made = np.where((part >= 0)[..., None], flat[part], np.float32(0))
        yield Frame(rect, made, ctx.fraction, "", Origin(part, named))


def _seed(ctx: Context, sources: NDArray[np.int32], usable: NDArray[np.bool_]) -> Rect:
    """Puts a 3 x 3 square from a random place of what may be used of the sample into the middle."""
    random = ctx.random(1)
    height, width = usable.shape
    if usable.all():
        x, y = int(random.integers(width - SEED + 1)), int(random.integers(height - SEED + 1))
    else:
        inner = np.argwhere(fitting(usable, SEED)) - SEED // 2
        y, x = (int(v) for v in inner[random.integers(len(inner))])
    middle = Rect((sources.shape[1] - SEED) // 2, (sources.shape[0] - SEED) // 2, SEED, SEED)
    kept = middle.clipped(Rect.of(sources))
    rows, columns = np.mgrid[kept.slices]
    sources[kept.slices] = (rows - middle.y + y) * width + (columns - middle.x + x)
    return kept
