"""Lets a picture go on beyond its border: structure continues, texture is made of the picture's own.

Source: Wexler, Shechtman, Irani, Space-Time Completion of Video, PAMI 2007; Newson, Almansa, Gousseau, Perez,
Non-Local Patch-Based Image Inpainting, IPOL 2017, for a hole that lies outside; Perez, Gangnet, Blake, Poisson Image
Editing, SIGGRAPH 2003. Ours shows a mirrored border at once, and keeps the picture itself bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame, From, Origin
from engine.image import GRAY_ALPHA, Floats, Image
from engine.kernels.field_completion import Plan, State, complete
from engine.kernels.poisson import seam_steps, solve
from engine.kernels.strips import looked_up, rows_of
from engine.kernels.texture_features import comparable
from engine.operation import Given, Input, Inputs, Picture, allowed, operation, sample_from
from engine.params import Params, Slider
from engine.region import Rect, Size

_SOURCE = (From("picture"),)
TURNS = ((1, 1, 2, 4), (1, 2, 4, 8), (2, 4, 8, 12), (4, 8, 12, 16), (6, 16, 24, 32))
"""Turns of search and voting by quality: at the finest level, the next, all coarser ones, the coarsest."""


@dataclass(frozen=True)
class Extend(Params):
    """How far to grow on each side, and how."""

    left: Annotated[int, Slider(0, 4096, unit="px", help="How far to grow to the left")] = 0
    right: Annotated[int, Slider(0, 4096, unit="px", help="How far to grow to the right")] = 64
    top: Annotated[int, Slider(0, 4096, unit="px", help="How far to grow upwards")] = 0
    bottom: Annotated[int, Slider(0, 4096, unit="px", help="How far to grow downwards")] = 0
    patch: Annotated[
        int,
        Slider(
            3,
            15,
            unit="px",
            help="The side of the pieces that are compared and copied",
            low_looks="fine texture, but structure may break",
            high_looks="structure holds, but pieces are recognised",
        ),
    ] = 7
    reach: Annotated[
        int | None,
        Slider(
            16,
            8192,
            unit="px",
            log=True,
            help="How far inside the border it looks for material",
            low_looks="only what lies next to the border goes on",
            high_looks="whole things from further in may turn up again",
            automatic="half as far again as it grows on that side",
            advanced=True,
        ),
    ] = None
    blend: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much light and colour of the pieces are drawn together, and towards the border",
            low_looks="colours exactly as elsewhere, steps in a sky",
            high_looks="one even light",
        ),
    ] = 1.0
    quality: Annotated[
        int,
        Slider(
            1,
            5,
            help="How many times it goes over the result",
            low_looks="quick, with seams here and there",
            high_looks="settled",
        ),
    ] = 3


CYCLES = 3
"""Of the blending: a hundredth of the steps is left then."""
NEAREST = 96
"""Pixels inside the border that are always looked at when the reach is automatic."""


def _size(inputs: Mapping[str, Input | None], p: Extend) -> Size:
    picture = inputs["picture"]
    assert isinstance(picture, Image)
    return picture.size[0] + p.left + p.right, picture.size[1] + p.top + p.bottom


def _inset(inputs: Mapping[str, Input | None], p: Extend) -> Rect:
    picture = inputs["picture"]
    assert isinstance(picture, Image)
    return Rect(p.left, p.top, *picture.size)


def _memory(inputs: Mapping[str, Any], size: Size, p: Extend) -> int:
    return size[0] * size[1] * (int(inputs["picture"].shape[2]) * 20 + 70)


@operation(
    "Extend",
    group="Fill",
    inputs=Inputs(
        picture=Picture(help="The picture that should go on"),
        source=sample_from("all that is near the border"),
    ),
    params=Extend,
    size=_size,
    inset=_inset,
    memory=_memory,
    presets={
        "All around": {"left": 64, "right": 64, "top": 64, "bottom": 64},
        "Wider": {"left": 128, "right": 128},
        "More sky": {"right": 0, "top": 128},
        "Texture": {"patch": 11, "blend": 0.5},
    },
)
def extend(ctx: Context, inputs: Given, p: Extend) -> Iterator[Frame]:
    """The mirrored picture, then what belongs there from coarse to fine."""
    picture: Floats = inputs.picture
    height, width, channels = picture.shape
    if not (p.left or p.right or p.top or p.bottom):
        raise Unusable("There is nothing to grow", "all four sides are at 0 px", "move one of them")
    inside = Rect(p.left, p.top, width, height)
    hole = np.ones((ctx.size[1], ctx.size[0]), np.bool_)
    hole[inside.slices] = False
    rows, columns = _mirror(picture, p)
    canvas = np.empty((*hole.shape, channels), np.float32)
    for some in rows_of(hole.shape, ctx.check):
        band = picture[rows[some]]
        canvas[some, : p.left] = band[:, columns[: p.left]]
        canvas[some, p.left : p.left + width] = band
        canvas[some, p.left + width :] = band[:, columns[p.left + width :]]
        places = rows[some, None] * np.int32(width) + columns
        rect = Rect(0, some.start, hole.shape[1], len(places))
        yield Frame(rect, canvas[some].copy(), 0.0, "mirrored", Origin(places, _SOURCE))
    ctx.due()
    ctx.check()
    rims = [rim for rim in _around(inside, Rect.of(hole)) if not rim.empty]
    if channels in (2, 4):
        for some in rows_of(hole.shape, ctx.check):
            canvas[some, :, :-1] *= canvas[some, :, -1:]
    colours = 1 if channels <= GRAY_ALPHA else 3
    usable = ~hole & _near(inside, hole.shape, p)
    if inputs.source is not None:
        usable[inside.slices] &= allowed(inputs.source, picture, "picture")
    last, second, coarse, coarsest = TURNS[p.quality - 1]
    plan = Plan(patch=p.patch, turns=(last, second, coarse), coarse_turns=coarsest)
    flat = canvas.reshape(-1, channels)
    state: State | None = None
    next_frame = 0.0
    with ctx.part(0, 0.9 if p.blend > 0 else 1):
        for state in complete(ctx, comparable(canvas, colours, check=ctx.check), hole, usable, colours, plan):
            began = time.perf_counter()
            if began >= next_frame and ctx.due():
                yield from _frames(ctx, hole, rims, looked_up(flat, state.origin, ctx.check), state.origin, inside)
                next_frame = time.perf_counter() + 4 * (time.perf_counter() - began)
    assert state is not None
    made = looked_up(flat, state.origin, ctx.check)
    if p.blend > 0:
        steps = seam_steps(canvas, hole, state.origin, made, check=ctx.check)
        made += np.float32(p.blend) * solve(ctx, hole, steps, CYCLES)
    ctx.progress(1)
    yield from _frames(ctx, hole, rims, np.clip(made, 0, 1), state.origin, inside, p.blend == 0)


def _mirror(picture: Floats, p: Extend) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Rows and columns of the picture with its mirror image around it, as often as it takes."""
    height, width = picture.shape[:2]
    rows = _folded(np.arange(-p.top, height + p.bottom, dtype=np.int32), height)
    return rows, _folded(np.arange(-p.left, width + p.right, dtype=np.int32), width)


def _folded(at: NDArray[np.int32], length: int) -> NDArray[np.int32]:
    within = at % np.int32(2 * length)
    folded: NDArray[np.int32] = np.minimum(within, np.int32(2 * length - 1) - within)
    return folded


def _near(inside: Rect, shape: tuple[int, ...], p: Extend) -> NDArray[np.bool_]:
    """Where material may come from: bool (H, W).

    What stands further in would turn up a second time, whole: near the border there is what goes on.
    """
    near = np.ones(shape, np.bool_)
    depths = [(p.reach or max(NEAREST, 3 * by // 2)) if by else 0 for by in (p.left, p.top, p.right, p.bottom)]
    left, top = inside.x + depths[0], inside.y + depths[1]
    near[top : max(top, inside.bottom - depths[3]), left : max(left, inside.right - depths[2])] = False
    return near


def _around(inside: Rect, whole: Rect) -> list[Rect]:
    """The rectangles above, below, left and right of `inside`."""
    return [
        Rect(0, 0, whole.w, inside.y),
        Rect(0, inside.bottom, whole.w, whole.h - inside.bottom),
        Rect(0, inside.y, inside.x, inside.h),
        Rect(inside.right, inside.y, whole.w - inside.right, inside.h),
    ]


def _frames(
    ctx: Context,
    hole: NDArray[np.bool_],
    rims: list[Rect],
    made: Floats,
    origin: NDArray[np.int32],
    inside: Rect,
    exact: bool = True,
) -> Iterator[Frame]:
    """What was made, rectangle by rectangle.

    Args:
        made: float32 (n, C), premultiplied, in raster order.
        origin: int32 (n,), places on the whole canvas.
        exact: made is just what is at these places.
    """
    if made.shape[1] in (2, 4):
        alpha = made[:, -1:]
        made[:, :-1] = np.where(alpha > 0, np.minimum(made[:, :-1] / np.maximum(alpha, np.float32(1e-6)), 1), 0)
    y, x = np.divmod(origin, np.int32(hole.shape[1]))
    places = (y - np.int32(inside.y)) * np.int32(inside.w) + x - np.int32(inside.x)
    flat = np.zeros(hole.shape, np.int32)
    flat[hole] = np.arange(made.shape[0], dtype=np.int32)
    for rim in rims:
        ctx.check()
        part = flat[rim.slices]
        yield Frame(rim, made[part], ctx.fraction, "", Origin(places[part], _SOURCE, exact=exact))
