"""Efros-Leung extend: grows a picture beyond its border, each pixel copied from where the picture looks most alike.

Source: Efros and Leung, Texture Synthesis by Non-parametric Sampling, ICCV 1999, section 4 (extrapolation).
Ours looks at every window along the border, in colour, and finds the very best, as far into the picture as `reach`
says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.frame import NOWHERE, Frame, From, Origin
from engine.image import Image
from engine.kernels.efros_leung import TOLERANCE, grown
from engine.kernels.efros_leung_controls import TOLERANCES, WINDOW, WINDOWS, must_fit
from engine.kernels.efros_leung_source import Source, fitting, near
from engine.operation import Given, Input, Inputs, Picture, allowed, operation, sample_from
from engine.params import Params, Slider
from engine.region import Rect, Size


@dataclass(frozen=True)
class EfrosLeungExtend(Params):
    """How far to grow on each side, how much has to match, how well, and from where."""

    left: Annotated[int, Slider(0, 1024, unit="px", help="How far to grow to the left")] = 0
    right: Annotated[int, Slider(0, 1024, unit="px", help="How far to grow to the right")] = 32
    top: Annotated[int, Slider(0, 1024, unit="px", help="How far to grow upwards")] = 0
    bottom: Annotated[int, Slider(0, 1024, unit="px", help="How far to grow downwards")] = 0
    window: Annotated[int, WINDOWS] = WINDOW
    tolerance: Annotated[float, TOLERANCES] = TOLERANCE
    reach: Annotated[
        int,
        Slider(
            16,
            8192,
            unit="px",
            log=True,
            help="How far inside the border to copy from",
            low_looks="close by and quick",
            high_looks="from everywhere, slower",
            advanced=True,
        ),
    ] = 256


def _size(inputs: Mapping[str, Input | None], p: EfrosLeungExtend) -> Size:
    picture = inputs["picture"]
    assert isinstance(picture, Image)
    return picture.size[0] + p.left + p.right, picture.size[1] + p.top + p.bottom


def _memory(inputs: Mapping[str, Any], size: Size, p: EfrosLeungExtend) -> int:
    return size[0] * size[1] * (int(inputs["picture"].shape[2]) * 16 + 60)


@operation(
    "Efros-Leung extend",
    group="Fill",
    inputs=Inputs(
        picture=Picture(help="The picture that should go on"),
        source=sample_from("all that is near the border"),
    ),
    params=EfrosLeungExtend,
    size=_size,
    memory=_memory,
    presets={"Fine grain": {"window": 7}, "Large elements": {"window": 23}},
)
def efros_leung_extend(ctx: Context, inputs: Given, p: EfrosLeungExtend) -> Iterator[Frame]:
    """Grows the picture outwards, ring by ring."""
    picture = inputs.picture
    height, width, channels = picture.shape
    if not (p.left or p.right or p.top or p.bottom):
        raise Unusable("There is nothing to grow", "all four sides are at 0 px", "move one of them")
    must_fit("picture", width, height, p.window)
    inside = Rect(p.left, p.top, width, height)
    known = np.zeros((ctx.size[1], ctx.size[0]), np.bool_)
    known[inside.slices] = True
    canvas = np.zeros((*known.shape, channels), np.float32)
    canvas[inside.slices] = picture
    yield Frame(inside, picture, ctx.fraction)
    flat = canvas.reshape(-1, channels)
    sources = np.where(known, np.arange(known.size, dtype=np.int32).reshape(known.shape), np.int32(-1))
    usable = known.copy()
    usable[inside.slices] = allowed(inputs.source, picture, "picture")
    places = fitting(usable, p.window) & near(~known, p.reach + p.window // 2)
    if not places.any():
        raise Unusable(
            f"No window of {p.window} px fits into what may be copied from",
            "only windows that lie in it as a whole can be",
            "choose a smaller window or a longer reach, or paint more of the source",
        )
    for rect in grown(ctx, Source.of(canvas, places), sources, p.window, p.tolerance):
        part = sources[rect.slices]
        made = np.where((part >= 0)[..., None], flat[part], np.float32(0))
        yield Frame(rect, made, ctx.fraction, "", _origin(part, rect, ctx.size[0], inside))


def _origin(places: NDArray[np.int32], rect: Rect, across: int, inside: Rect) -> Origin:
    """Places of the picture from places of the larger canvas that it lies in; the picture itself was not copied."""
    y, x = np.divmod(places, np.int32(across))
    found = (y - inside.y) * np.int32(inside.w) + x - inside.x
    own = np.arange(rect.y, rect.bottom)[:, None] * across + np.arange(rect.x, rect.right)
    return Origin(np.where((places >= 0) & (places != own), found, np.int32(NOWHERE)), (From("picture"),))
