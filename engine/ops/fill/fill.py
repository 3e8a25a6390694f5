"""Fills holes with matching texture and structure from the rest of the picture.

Source: Wexler, Shechtman, Irani, Space-Time Completion of Video, PAMI 2007; Newson, Almansa, Gousseau, Perez,
Non-Local Patch-Based Image Inpainting, IPOL 2017; Perez, Gangnet, Blake, Poisson Image Editing, SIGGRAPH 2003. Ours
works on the pixels of the hole only, so that its time follows the hole and not the picture, and shows a sharp picture
at every level.
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
from engine.frame import NOWHERE, Frame, From, Origin, Places
from engine.image import GRAY_ALPHA, Floats
from engine.kernels.channels import premultiplied, unmultiplied
from engine.kernels.field_completion import Plan, State, clusters, complete
from engine.kernels.first_look import diffused
from engine.kernels.poisson import seam_steps, solving
from engine.kernels.strips import looked_up
from engine.kernels.texture_features import comparable
from engine.kernels.torus import REPEATS, filled, reaches_over
from engine.operation import Given, Input, Inputs, Mask, Picture, inside, operation, sample_from
from engine.params import Choice, Params, Slider
from engine.region import Rect

SMALL = 1_500_000
"""Pixels up to which the whole picture is searched when the reach is automatic."""
NEAREST = 256
"""Pixels around a hole that are always searched when the reach is automatic."""
RIM = 32
"""Pixels around a hole that its first look is made of."""
LONGEST_WAIT = 0.3
"""Seconds after a frame at which the next one is due, however long it takes to send."""
TURNS = ((1, 1, 2, 4), (1, 3, 5, 8), (3, 6, 10, 12), (4, 12, 16, 24), (6, 16, 24, 32))
"""Turns of search and voting by quality: at the finest level, the next, all coarser ones, the coarsest."""


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
            help="How far from the hole it looks for material",
            low_looks="from next to the hole",
            high_looks="from anywhere",
            automatic="all of a small picture; around the hole, as far as it is wide, in a large one",
        ),
    ] = None
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
    distance: Annotated[
        str,
        Choice(
            ("rgb", "lab"),
            titles=("RGB", "Lab"),
            help="What makes two pieces alike: their stored values, or colour as the eye sees it",
        ),
    ] = "rgb"
    wrap: Annotated[bool, REPEATS] = False


def _focus(inputs: Mapping[str, Input | None], p: Fill) -> Rect:
    hole = inside(inputs["hole"])
    if hole.all():
        raise Unusable(
            "The hole covers everything", "nothing is left to fill it from", "leave some of the picture free"
        )
    if p.wrap and reaches_over(hole, p.patch):
        return Rect.of(hole)
    return _window(Rect.around(hole), Rect.of(hole), p)


def _window(hole: Rect, whole: Rect, p: Fill) -> Rect:
    if p.reach is None and whole.area <= SMALL:
        return whole
    return hole.grown(p.reach or max(NEAREST, hole.w, hole.h)).clipped(whole)


def _memory(inputs: Mapping[str, Any], size: tuple[int, int], p: Fill) -> int:
    return size[0] * size[1] * 70


@operation(
    "Fill",
    group="Fill",
    inputs=Inputs(
        picture=Picture(help="The picture with something to remove"),
        hole=Mask(help="White is filled, gray is blended with what is there"),
        source=sample_from("all but the hole"),
    ),
    params=Fill,
    replaces="picture",
    within="hole",
    everyday=True,
    focus=_focus,
    memory=_memory,
    presets={
        "Object removal": {"patch": 9, "reach": 400},
        "Scratches and wires": {"patch": 5, "reach": 64},
        "Large area": {"patch": 9, "quality": 4},
        "Quick look": {"quality": 1},
    },
)
def fill(ctx: Context, inputs: Given, p: Fill) -> Iterator[Frame]:
    """Each cluster of holes by itself, in its own window."""
    picture, mask, source = inputs.picture, inputs.hole, inputs.source
    yield from filled(ctx, picture, mask, source, p.patch, lambda a, b, c: _filled(ctx, a, b, c, p), p.wrap)


def _filled(ctx: Context, picture: Floats, mask: Floats, source: Floats | None, p: Fill) -> Iterator[Frame]:
    hole = mask > 0
    whole = Rect.of(hole)
    ctx.check()
    early = ctx.due()
    if early:
        # The eye has something at once, whatever the size.
        for piece, pixels in _drawn_inwards(picture, mask, hole):
            yield Frame(piece, pixels, 0.0)
            ctx.check()
    usable = None if source is None else source > 0.5
    parts = [whole] if p.reach is None and whole.area <= SMALL else clusters(hole, p.reach or NEAREST, ctx.check)
    areas = [int(np.count_nonzero(hole[part.slices])) for part in parts]
    done = 0
    # What is filled already is known to the clusters after it; what is not yet is a hole to them too.
    work = picture if len(parts) == 1 else picture.copy()
    left = hole.copy()
    for part, area in zip(parts, areas, strict=True):
        window = _window(part, whole, p)
        free = ~hole[window.slices] if usable is None else ~hole[window.slices] & usable[window.slices]
        place = np.nonzero(hole[part.slices])
        ctx.check()
        strength = mask[part.slices][place][:, None]
        # What is replaced as a whole is the copied value to the bit.
        plain = picture.shape[2] not in (2, 4) and bool((strength == 1).all())
        before = premultiplied(picture[part.slices][place])
        ctx.check()
        pieces = _pieces(hole, part)
        ctx.check()
        with ctx.part(done / sum(areas), (done + area) / sum(areas)):
            wanted = hole[part.slices]
            frames = _cluster(
                ctx, work[window.slices], left[window.slices], free, p, wanted, part, window, whole.w, early
            )
            early = False
            for made, places in frames:
                values = unmultiplied(made if plain else before + (made - before) * strength)
                ctx.check()
                for piece, numbers in pieces:
                    pixels = picture[piece.slices].copy()
                    pixels[hole[piece.slices]] = values[numbers]
                    origin = None
                    if places is not None:
                        found = np.full((piece.h, piece.w), NOWHERE, np.int32)
                        found[hole[piece.slices]] = places[numbers]
                        origin = Origin(found, (From("picture"),), exact=plain and p.blend == 0)
                    yield Frame(piece, pixels, ctx.fraction, "", origin)
                    ctx.check()
        if len(parts) > 1:
            filled = work[part.slices]
            filled[place] = unmultiplied(made)
            left[part.slices] = False
        done += area


def _drawn_inwards(picture: Floats, mask: Floats, hole: NDArray[np.bool_]) -> Iterator[tuple[Rect, Floats]]:
    """A first look at all holes, piece by piece: the colours of the rims."""
    part = Rect.around(hole)
    around = part.grown(RIM).clipped(Rect.of(hole))
    look = premultiplied(diffused(picture[around.slices], hole[around.slices]))
    for piece, numbers in _pieces(hole, part):
        pixels = picture[piece.slices].copy()
        inside = hole[piece.slices]
        before = premultiplied(pixels[inside])
        pixels[inside] = unmultiplied(before + (look[numbers] - before) * mask[piece.slices][inside][:, None])
        yield piece, pixels


def _pieces(hole: NDArray[np.bool_], part: Rect) -> list[tuple[Rect, Any]]:
    """Rectangles around the hole in `part`, with which of its hole's pixels each has. Much that stays is not sent."""
    if part.area <= SMALL:
        return [(part, slice(None))]
    number = np.zeros((part.h, part.w), np.int32)
    inside = hole[part.slices]
    number[inside] = np.arange(np.count_nonzero(inside), dtype=np.int32)
    tiles = [tile for tile in Rect.of(inside).tiles(512) if inside[tile.slices].any()]
    found = [Rect.around(inside[tile.slices]).moved(tile.x, tile.y) for tile in tiles]
    return [(rect.moved(part.x, part.y), number[rect.slices][inside[rect.slices]]) for rect in found]


def _cluster(
    ctx: Context,
    pixels: Floats,
    hole: NDArray[np.bool_],
    usable: NDArray[np.bool_],
    p: Fill,
    wanted: NDArray[np.bool_],
    part: Rect,
    window: Rect,
    across: int,
    early: bool,
) -> Iterator[tuple[Floats, Places | None]]:
    """What belongs into the hole of one window: (n, C) for the pixels of `wanted` in `part`, better and better.

    Where it is `early` the first pieces are shown however soon they come. With the last frame comes where each pixel
    was copied from: int32 (n,), places of the whole that the window is in.
    """
    chosen = np.zeros_like(hole)
    chosen[part.moved(-window.x, -window.y).slices] = wanted
    ctx.check()
    asked: Any = chosen[hole]
    if asked.all():
        asked = slice(None)
    material = premultiplied(pixels)
    colours = 1 if material.shape[2] <= GRAY_ALPHA else 3
    features = comparable(material, colours, p.distance == "lab", ctx.check)
    last, second, coarse, coarsest = TURNS[p.quality - 1]
    plan = Plan(patch=p.patch, turns=(last, second, coarse), coarse_turns=coarsest)
    flat = material.reshape(-1, material.shape[2])
    state: State | None = None
    next_frame = 0.0
    with ctx.part(0, 0.9 if p.blend > 0 else 1):
        for state in complete(ctx, features, hole, usable, colours, plan):
            began = time.perf_counter()
            # Small work is done before a second frame is due; the first pieces are worth seeing all the same.
            if early or (began >= next_frame and ctx.due()):
                early = False
                places = state.origin[asked]
                ctx.check()
                yield looked_up(flat, places, ctx.check), None
                # Of a large picture a frame costs as much as a turn: showing may take a fifth of the time, no more.
                next_frame = time.perf_counter() + min(4 * (time.perf_counter() - began), LONGEST_WAIT)
    assert state is not None
    copied = state.origin
    made = looked_up(flat, copied, ctx.check)
    if p.blend > 0:
        ctx.check()
        steps = seam_steps(material, hole, copied, made, check=ctx.check)
        # So that the light may drift it is solved for the whole hole, step by step; each step is worth seeing.
        for drift in solving(ctx, hole, steps):
            blended = made + np.float32(p.blend) * drift
            if time.perf_counter() >= next_frame and ctx.due():
                yield np.clip(blended, 0, 1)[asked], None
                next_frame = time.perf_counter() + LONGEST_WAIT
        made = blended
    ctx.progress(1)
    y, x = np.divmod(copied[asked], np.int32(window.w))
    yield np.clip(made, 0, 1)[asked], (y + window.y) * np.int32(across) + x + window.x
