"""Efros-Leung fill: closes holes pixel by pixel, each copied from where the picture looks most alike.

Source: Efros and Leung, Texture Synthesis by Non-parametric Sampling, ICCV 1999, section 4 (hole filling).
Ours looks at every window around the hole, in colour, and finds the very best. Holes may be several, of any shape and
at the border of the picture; the picture is seen only as far around them as `reach` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame, From, Origin
from engine.image import Floats
from engine.kernels.efros_leung import TOLERANCE, grown
from engine.kernels.efros_leung_controls import TOLERANCES, WINDOW, WINDOWS
from engine.kernels.efros_leung_source import Source, fitting, near
from engine.kernels.torus import REPEATS, filled, reaches_over
from engine.operation import Given, Input, Inputs, Mask, Picture, operation
from engine.params import Params, Slider
from engine.region import Rect, Size


@dataclass(frozen=True)
class EfrosLeungFill(Params):
    """How much has to match, how well, and from where."""

    window: Annotated[int, WINDOWS] = WINDOW
    tolerance: Annotated[float, TOLERANCES] = TOLERANCE
    reach: Annotated[
        int,
        Slider(
            16,
            8192,
            unit="px",
            log=True,
            help="How far around the hole to copy from; a painted source takes its place",
            low_looks="close by and quick",
            high_looks="from everywhere, slower",
            advanced=True,
        ),
    ] = 256
    wrap: Annotated[bool, REPEATS] = False


def _focus(inputs: Mapping[str, Input | None], p: EfrosLeungFill) -> Rect:
    hole, source = inputs["hole"], inputs["source"]
    assert isinstance(hole, np.ndarray)
    rect = Rect.around(hole)
    if p.wrap and reaches_over(hole > 0, p.window):
        return Rect.of(hole)
    if isinstance(source, np.ndarray) and np.count_nonzero(source) < source.size / 2:
        return rect.grown(p.window // 2).united(Rect.around(source))
    # What leaves out a part of everything is no place to copy from instead of what is near.
    return rect.grown(p.reach + p.window - 1)


def _memory(inputs: Mapping[str, Any], size: Size, p: EfrosLeungFill) -> int:
    height, width, channels = map(int, inputs["picture"].shape)
    return height * width * (channels * 12 + 60)


@operation(
    "Efros-Leung fill",
    group="Fill",
    inputs=Inputs(
        picture=Picture(help="The picture with something to remove"),
        hole=Mask(help="What to fill"),
        source=Mask(help="Where to copy from; around the hole if not given", required=False, limits=True),
    ),
    params=EfrosLeungFill,
    replaces="picture",
    within="hole",
    focus=_focus,
    memory=_memory,
    presets={"Fine grain": {"window": 7}, "Large elements": {"window": 23}},
)
def efros_leung_fill(ctx: Context, inputs: Given, p: EfrosLeungFill) -> Iterator[Frame]:
    """Grows the known pixels into the hole, ring by ring."""
    picture, hole, source = inputs.picture, inputs.hole, inputs.source
    yield from filled(ctx, picture, hole, source, p.window, lambda a, b, c: _filled(ctx, a, b, c, p), p.wrap)


def _filled(ctx: Context, picture: Floats, hole: Floats, source: Floats | None, p: EfrosLeungFill) -> Iterator[Frame]:
    known = hole == 0
    usable = known if source is None else known & (source > 0)
    places = fitting(usable, p.window)
    if source is None or Rect.around(~known).grown(p.reach + p.window - 1).holds(Rect.of(known)):
        places &= near(~known, p.reach + p.window // 2)
    if not places.any():
        raise Unusable(
            f"No window of {p.window} px fits {'beside the hole' if source is None else 'in the source'}",
            "only windows without a pixel of the hole can be copied from",
            "choose a smaller window"
            + (", a smaller hole or a longer reach" if source is None else ", or paint more source"),
        )
    flat = picture.reshape(-1, picture.shape[2])
    sources = np.where(known, np.arange(known.size, dtype=np.int32).reshape(known.shape), np.int32(-1))
    for rect in grown(ctx, Source.of(picture, places), sources, p.window, p.tolerance):
        part, before, cover = sources[rect.slices].copy(), picture[rect.slices], hole[rect.slices][..., None]
        made = np.where((part >= 0)[..., None], flat[part], before)
        origin = Origin(part, (From("picture"),), exact=not ((cover > 0) & (cover < 1)).any())
        yield Frame(rect, np.where(cover < 1, before + cover * (made - before), made), ctx.fraction, "", origin)
