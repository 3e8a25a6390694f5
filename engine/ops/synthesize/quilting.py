"""Image quilting: square blocks of a sample, joined along the least visible seam.

Source: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001.
Ours looks at every candidate there is, block by block along diagonals that do not depend on one another; evens out how
often each part of the sample is used; and can close the quilt into a torus, so that it tiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from engine.context import Context
from engine.frame import Frame, From, Origin
from engine.kernels.quilting import Quilter
from engine.operation import Given, Inputs, Picture, allowed, operation, sample_from
from engine.params import Params, Slider, Toggle
from engine.region import Rect

MANY_PIXELS = 1 << 20


@dataclass(frozen=True)
class Quilting(Params):
    """What an artist may turn."""

    block: Annotated[
        int,
        Slider(
            4,
            256,
            unit="px",
            help="The side of a block; a little larger than the largest thing that repeats in the sample.",
            low_looks="varied, but structure breaks",
            high_looks="structure holds, but whole pieces of the sample show",
        ),
    ] = 36
    overlap: Annotated[
        int | None,
        Slider(
            1,
            128,
            unit="px",
            help="How far blocks reach over one another; at most half the block.",
            low_looks="quick, with harder joints",
            high_looks="joints have room to hide; slower",
            automatic="a sixth of the block",
        ),
    ] = None
    tolerance: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much worse than the best a block may fit and still be drawn from the hat.",
            low_looks="the best fit, always",
            high_looks="more varied, with more visible joints",
        ),
    ] = 0.1
    variety: Annotated[
        float,
        Slider(
            0,
            4,
            help="How strongly parts of the sample that are in use already are avoided.",
            low_looks="favourite pieces return",
            high_looks="all of the sample is used alike",
        ),
    ] = 1.0
    tileable: Annotated[bool, Toggle(help="Close the result into a tile that repeats without a seam.")] = False


@operation(
    "Image quilting",
    group="Synthesize",
    inputs=Inputs(
        sample=Picture(title="Sample", help="The texture to take blocks from."),
        source=sample_from("all of the sample", of="sample"),
    ),
    params=Quilting,
    sized=True,
    memory=lambda given, size, p: Quilter.memory(given["sample"].shape, size),
    presets={"Fine": {"block": 18}, "Coarse": {"block": 72}, "Tile": {"tileable": True}},
)
def quilting(ctx: Context, inputs: Given, p: Quilting) -> Iterator[Frame]:
    """Yields the parts that changed as the fronts move over the quilt."""
    sample = inputs.sample
    usable = allowed(inputs.source, sample)
    block, overlap = Quilter.fitting(sample.shape, p.block, p.overlap, usable)
    note = "" if block == p.block else f"blocks of {block} px, as the sample is small"
    quilter = Quilter(ctx, sample, block, overlap, p.tolerance, p.variety, p.tileable, usable)
    changed: list[Rect] = []
    milestone = 0.0
    for rects in quilter:
        changed += rects
        if ctx.due() or ctx.fraction >= milestone:
            yield from _frames(quilter, changed, ctx.fraction, note)
            changed = []
            milestone = ctx.fraction + 0.2
    ctx.progress(1.0)
    yield from _frames(quilter, changed, 1.0, note)


def _frames(quilter: Quilter, changed: list[Rect], fraction: float, note: str) -> Iterator[Frame]:
    """One rectangle around all that changed in a small picture, one for each row of blocks in a large one."""
    groups: dict[int, Rect] = {}
    for rect in changed:
        key = rect.y if quilter.whole.area > MANY_PIXELS else 0
        groups[key] = rect.united(groups.get(key, rect))
    for rect in groups.values():
        origin = Origin(quilter.quilt[rect.slices].copy(), (From("sample"),))
        yield Frame(rect, quilter.pixels(rect), fraction, note, origin)
