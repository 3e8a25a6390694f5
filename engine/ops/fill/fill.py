"""Fills holes with matching texture and structure from the rest of the picture.

Source: Wexler, Shechtman, Irani, Space-Time Completion of Video, PAMI 2007; Newson, Almansa, Gousseau, Perez,
Non-Local Patch-Based Image Inpainting, IPOL 2017. Ours works on the pixels of the hole only, so that its time follows
the hole and not the picture, and shows a sharp picture at every level.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import GRAY_ALPHA, Floats, Image
from engine.kernels.field import Bools, Ints
from engine.kernels.field_completion import Plan, complete
from engine.operation import Given, Input, Inputs, Mask, Picture, operation
from engine.params import Choice, Params, Slider
from engine.region import Rect

SMALL = 1_500_000
"""Pixels up to which the whole picture is searched when the reach is automatic."""


@dataclass(frozen=True)
class Fill(Params):
    """How holes are filled."""

    patch: Annotated[
        int,
        Slider(
            3,
            15,
            unit="px",
            help="The side of the pieces that are compared and copied",
            low_looks="fine texture, structure may break",
            high_looks="structure holds, pieces are recognised",
        ),
    ] = 7
    reach: Annotated[
        int | None,
        Slider(
            16,
            8192,
            unit="px",
            log=True,
            help="How far from the hole it looks for material",
            low_looks="from next to the hole",
            high_looks="from anywhere",
            automatic="the whole of a small picture, a hole's width in a large one",
        ),
    ] = None
    quality: Annotated[
        int,
        Slider(1, 5, help="How many times it goes over the result", low_looks="quick, seams here and there", high_looks="settled"),
    ] = 3
    distance: Annotated[
        str,
        Choice(("rgb", "lab"), titles=("RGB", "Lab"), help="Which colours are compared: as stored, or as the eye sees them"),
    ] = "rgb"


def _mask(value: Input | None) -> Bools:
    array = value.pixels if isinstance(value, Image) else np.asarray(value)
    return array.reshape(*array.shape[:2], -1)[..., : 1 if array.ndim < 3 or array.shape[2] <= GRAY_ALPHA else 3].any(axis=2)


def _focus(inputs: Mapping[str, Input | None], p: Fill) -> Rect:
    hole = _mask(inputs["hole"])
    return _window(Rect.around(hole), Rect.of(hole), p)


def _window(hole: Rect, whole: Rect, p: Fill) -> Rect:
    if hole.empty or (p.reach is None and whole.area <= SMALL):
        return whole
    reach = p.reach or max(256, hole.w, hole.h)
    return hole.grown(reach).clipped(whole)


def _memory(inputs: Mapping[str, Any], size: tuple[int, int], p: Fill) -> int:
    return size[0] * size[1] * 60


@operation(
    "Fill",
    group="Fill",
    inputs=Inputs(
        picture=Picture(help="The picture with something to remove"),
        hole=Mask(help="White is filled, gray is blended"),
        source=Mask(help="White may be copied from; all that is not hole by default", required=False),
    ),
    params=Fill,
    replaces="picture",
    within="hole",
    everyday=True,
    focus=_focus,
    memory=_memory,
)
def fill(ctx: Context, inputs: Given, p: Fill) -> Iterator[Frame]:
    picture: Floats = inputs.picture
    mask: Floats = inputs.hole
    hole = mask > 0
    if not hole.any():
        raise Unusable("The hole is empty", "nothing in it is white", "paint over what shall be filled")
    if hole.all():
        raise Unusable("The hole covers everything", "nothing is left to fill it from", "leave some of the picture free")
    usable = ~hole if inputs.source is None else inputs.source > 0.5
    whole = Rect.of(hole)
    cluster = Rect.around(hole)
    window = _window(cluster, whole, p)
    inside = hole[window.slices]
    plan = Plan(patch=p.patch)
    material = picture[window.slices]
    features, colours = _features(material, p)
    ys, xs = np.nonzero(inside)
    rect = cluster
    oy, ox = window.y - rect.y, window.x - rect.x
    flat = np.ascontiguousarray(material).reshape(-1, material.shape[2])
    weight = mask[window.slices][inside][:, None]
    for state in complete(ctx, features, inside, usable[window.slices], colours, plan):
        if state.level > 0 and not ctx.due():
            continue
        pixels = picture[rect.slices].copy()
        made = flat[state.origin]
        pixels[ys + oy, xs + ox] = pixels[ys + oy, xs + ox] * (1 - weight) + made * weight
        yield Frame(rect, pixels, ctx.fraction, f"level {state.levels - state.level} of {state.levels}")


def _features(material: Floats, p: Fill) -> tuple[Any, int]:
    values = np.rint(material * np.float32(510)).astype(np.int16)
    return values, material.shape[2]
