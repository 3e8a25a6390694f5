"""Fills holes patch by patch, edges first: wires, horizons and borders go straight on through.

Source: Criminisi, Perez, Toyama, Region Filling and Object Removal by Exemplar-Based Image Inpainting, IEEE
Transactions on Image Processing 2004. Ours looks at every place within reach, evens out the light between the copied
patches afterwards (Perez, Gangnet, Blake, Poisson Image Editing, SIGGRAPH 2003), and shows every patch as it comes.
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
from engine.image import GRAY_ALPHA, Floats
from engine.kernels.anchors import allowed_anchors
from engine.kernels.channels import LUMA, premultiplied, unmultiplied
from engine.kernels.exemplar_growth import grown
from engine.kernels.first_look import diffused
from engine.kernels.poisson import seam_steps, solve
from engine.kernels.texture_features import comparable
from engine.kernels.torus import REPEATS, filled, reaches_over
from engine.operation import Given, Input, Inputs, Mask, Picture, inside, operation, sample_from
from engine.params import Params, Slider
from engine.region import Rect

_SOURCE = (From("picture"),)


@dataclass(frozen=True)
class ExemplarFill(Params):
    """How holes are filled."""

    patch: Annotated[
        int,
        Slider(
            3,
            31,
            unit="px",
            odd=True,
            help="The side of the pieces that are compared and copied; wider than the thickest wire to carry on",
            low_looks="fine texture, edges may lose their way",
            high_looks="edges hold, pieces are recognised",
        ),
    ] = 9
    reach: Annotated[
        int,
        Slider(
            16,
            4096,
            unit="px",
            log=True,
            help="How far away it looks for each piece",
            low_looks="from next to it, quick",
            high_looks="from anywhere, slower",
        ),
    ] = 112
    blend: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much light and colour of the pieces are drawn together, and towards the rim",
            low_looks="colours exactly as elsewhere, steps in a sky",
            high_looks="one even light",
        ),
    ] = 1.0
    wrap: Annotated[bool, REPEATS] = False


def _focus(inputs: Mapping[str, Input | None], p: ExemplarFill) -> Rect:
    hole = inside(inputs["hole"])
    if hole.all():
        raise Unusable(
            "The hole covers everything", "nothing is left to fill it from", "leave some of the picture free"
        )
    if p.wrap and reaches_over(hole, p.patch):
        return Rect.of(hole)
    return Rect.around(hole).grown(p.reach + p.patch).clipped(Rect.of(hole))


def _memory(inputs: Mapping[str, Any], size: tuple[int, int], p: ExemplarFill) -> int:
    return size[0] * size[1] * 60


@operation(
    "Exemplar fill",
    group="Fill",
    inputs=Inputs(
        picture=Picture(help="The picture with something to remove"),
        hole=Mask(help="White is filled, gray is blended with what is there"),
        source=sample_from("all but the hole"),
    ),
    params=ExemplarFill,
    replaces="picture",
    within="hole",
    focus=_focus,
    memory=_memory,
    presets={
        "Scratches": {"patch": 7, "reach": 64},
        "Wires": {"patch": 7, "reach": 96},
        "Horizons and walls": {"patch": 13, "reach": 400},
        "As published": {"blend": 0.0, "reach": 4096},
    },
)
def exemplar_fill(ctx: Context, inputs: Given, p: ExemplarFill) -> Iterator[Frame]:
    """A diffused look at once, then patch by patch, then in an even light."""
    picture, mask, source = inputs.picture, inputs.hole, inputs.source
    yield from filled(ctx, picture, mask, source, p.patch, lambda a, b, c: _filled(ctx, a, b, c, p), p.wrap)


def _filled(ctx: Context, picture: Floats, mask: Floats, source: Floats | None, p: ExemplarFill) -> Iterator[Frame]:
    hole = mask > 0
    height, width, channels = picture.shape
    strength = mask[..., None]
    made = picture.copy()
    made[hole] = diffused(picture, hole)
    yield Frame(Rect.of(hole), picture + (made - picture) * strength, 0.0, "diffused")
    ctx.due()
    ctx.check()
    usable = ~hole if source is None else ~hole & (source > 0.5)
    allowed = allowed_anchors(usable, p.patch)
    if not allowed.any():
        raise Unusable(
            f"No patch of {p.patch} px fits outside the hole",
            "the fill is made of pieces of the rest",
            "choose a smaller patch or a smaller hole",
        )
    material = premultiplied(picture)
    colours = 1 if channels <= GRAY_ALPHA else 3
    gray = material[..., :3] @ LUMA if colours == 3 else material[..., 0].copy()
    features = comparable(material, colours)
    origin = np.full(hole.shape, -1, np.int32)
    flat = material.reshape(-1, channels)
    dirty: Rect | None = None
    with ctx.part(0, 0.9 if p.blend > 0 else 1):
        for rect in grown(ctx, features, gray, hole, allowed, p.patch, p.reach, origin):
            dirty = rect if dirty is None else dirty.united(rect)
            if ctx.due():
                yield _frame(picture, material, flat, made, origin, strength, dirty, ctx.fraction)
                dirty = None
    place = np.nonzero(hole)
    copied = flat[origin[place]]
    if p.blend > 0:
        copied = copied + np.float32(p.blend) * solve(ctx, hole, seam_steps(material, hole, origin[place], copied))
    ctx.progress(1)
    values = material[place] + (np.clip(copied, 0, 1) - material[place]) * strength[place]
    result = picture.copy()
    result[place] = unmultiplied(values)
    exact = p.blend == 0 and bool((mask[place] == 1).all())
    yield Frame(Rect.of(hole), result, ctx.fraction, "", Origin(origin, _SOURCE, exact=exact))


def _frame(
    picture: Floats,
    before: Floats,
    flat: Floats,
    made: Floats,
    origin: NDArray[np.int32],
    strength: Floats,
    rect: Rect,
    fraction: float,
) -> Frame:
    """What is copied so far in one rectangle, the diffused look where nothing is."""
    places = origin[rect.slices]
    copied = places >= 0
    pixels = picture[rect.slices] + (made[rect.slices] - picture[rect.slices]) * strength[rect.slices]
    old = before[rect.slices][copied]
    pixels[copied] = unmultiplied(old + (flat[places[copied]] - old) * strength[rect.slices][copied])
    return Frame(rect, pixels, fraction)
