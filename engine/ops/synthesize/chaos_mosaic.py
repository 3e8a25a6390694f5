"""Tiles the sample and throws blocks of it about: instant, and lively enough where nothing has a plan.

Source: Xu, Guo, Shum, Chaos Mosaic: Fast and Memory Efficient Texture Synthesis, Microsoft Research MSR-TR-2000-32.
Ours cuts each moved block out along the seam that shows least, where theirs filters across its edges.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.frame import Frame, From, Origin
from engine.kernels.channels import premultiplied
from engine.kernels.healing import healed
from engine.kernels.mosaic import pasted
from engine.kernels.strips import looked_up
from engine.operation import Given, Inputs, Picture, allowed, operation, sample_from
from engine.params import Params, Slider
from engine.region import Rect, Size

CHAOS = 3
"""Times that the cat map is applied to where a block was: neighbours end up far apart."""
BAND = 256
"""Rows of the plain tiling that are shown at a time: something is seen at once, however large the result."""


@dataclass(frozen=True)
class ChaosMosaic(Params):
    """What is moved, how often, and how it is cut."""

    block: Annotated[
        int,
        Slider(
            4,
            256,
            unit="px",
            help="The side of the blocks that are moved; at most two thirds of the sample.",
            low_looks="lively, elements are cut up",
            high_looks="whole pieces of the sample show",
        ),
    ] = 48
    coverage: Annotated[
        float,
        Slider(
            0.25,
            4,
            help="How often the whole result is covered by moved blocks.",
            low_looks="the sample is seen to repeat",
            high_looks="nothing of its order is left",
        ),
    ] = 1.5
    margin: Annotated[
        float,
        Slider(
            0,
            0.45,
            help="How far into a block its seams may go, in parts of its side.",
            low_looks="straight edges",
            high_looks="ragged pieces whose edges hide",
        ),
    ] = 0.3


def _memory(given: Mapping[str, Any], size: Size, p: ChaosMosaic) -> int:
    return size[0] * size[1] * (8 + 4 * int(given["sample"].shape[2])) + int(given["sample"].size) * 4


@operation(
    "Chaos mosaic",
    group="Synthesize",
    inputs=Inputs(
        sample=Picture(title="Sample", help="The texture to tile and mix."),
        source=sample_from("all of the sample", of="sample"),
    ),
    params=ChaosMosaic,
    sized=True,
    memory=_memory,
    presets={"Fine": {"block": 24, "coverage": 2.0}, "Coarse": {"block": 96}},
)
def chaos_mosaic(ctx: Context, inputs: Given, p: ChaosMosaic) -> Iterator[Frame]:
    """Yields the plain tiling, then the mosaic as blocks are moved."""
    places, sample = None, inputs.sample
    if inputs.source is not None:
        # Its order and its wrap are used: what may not be shown is made of the rest first.
        places = healed(ctx, sample, allowed(inputs.source, sample))
        sample = looked_up(sample.reshape(-1, sample.shape[2]), places, ctx.check)
    height, width, channels = sample.shape
    across, down = ctx.size
    quilt = _tiled(ctx, (width, height))
    whole = Rect(0, 0, across, down)
    colours = sample.reshape(-1, channels)
    for top in range(0, down, BAND):
        ctx.check()
        band = Rect(0, top, across, min(BAND, down - top))
        yield Frame(band, colours[quilt[band.slices]], 0.0, "tiles")
    rows, columns = (max(1, min(p.block, side * 2 // 3 or 1, out)) for side, out in ((height, down), (width, across)))
    margin = min(round(p.margin * min(rows, columns)), (min(rows, columns) - 1) // 2)
    moves = _moves(ctx, (columns, rows), (width, height), p.coverage)
    seen = np.ascontiguousarray(premultiplied(sample).reshape(-1, channels))
    # A look at everything costs as much as many blocks: it may take a quarter of the time, however large the result.
    began, looking, milestone = time.perf_counter(), 0.0, 0.3
    for from_y, from_x, y, x in ctx.steps(moves.tolist()):
        pasted(quilt, seen, _part(from_y, from_x, rows, columns, (width, height)), y, x, margin, ctx.cancel)
        now = time.perf_counter()
        if (4 * looking <= now - began and ctx.due()) or ctx.fraction >= milestone:
            yield Frame(whole, colours[quilt], ctx.fraction, "blocks")
            looking += time.perf_counter() - now
            milestone = ctx.fraction + 0.3
    ctx.progress(1.0)
    found = quilt.copy() if places is None else looked_up(places.reshape(-1), quilt, ctx.check)
    yield Frame(whole, colours[quilt], 1.0, "", Origin(found, (From("sample"),)))


def _tiled(ctx: Context, sample: Size) -> NDArray[np.int32]:
    """The sample side by side over the output, from a place that the seed draws; int32 (H, W) places."""
    random = ctx.random(1)
    width, height = sample
    x, y = int(random.integers(width)), int(random.integers(height))
    return _part(y, x, ctx.size[1], ctx.size[0], sample)


def _part(y: int, x: int, rows: int, columns: int, sample: Size) -> NDArray[np.int32]:
    """Places of a rectangle in the endlessly tiled sample."""
    width, height = sample
    down, across = (np.arange(y, y + rows) % height) * width, np.arange(x, x + columns) % width
    return (down[:, None] + across).astype(np.int32)


def _moves(ctx: Context, block: Size, sample: Size, coverage: float) -> NDArray[np.int64]:
    """Where in the sample blocks come from and where they go, rows of (y, x, to y, to x), in the order to lay them.

    They go everywhere evenly; they come from where the cat map takes those places, moved into the sample's inside, so
    that no block has the edge between two tiles in it.
    """
    random = ctx.random(2)
    down, across = _places(random, ctx.size[1], block[1], coverage), _places(random, ctx.size[0], block[0], coverage)
    to_y, to_x = (part.reshape(-1) for part in np.meshgrid(down, across, indexing="ij"))
    to_y, to_x = (
        (part + random.integers(-(side // 4), side // 4 + 1, len(part))) % length
        for part, side, length in ((to_y, block[1], ctx.size[1]), (to_x, block[0], ctx.size[0]))
    )
    y, x = to_y, to_x
    for _ in range(CHAOS):
        y, x = (x + 2 * y) % ctx.size[1], (x + y) % ctx.size[0]
    y = y % sample[1] * (sample[1] - block[1] + 1) // sample[1]
    x = x % sample[0] * (sample[0] - block[0] + 1) // sample[0]
    return random.permutation(np.stack([y, x, to_y, to_x], axis=1))


def _places(random: np.random.Generator, length: int, side: int, coverage: float) -> NDArray[np.int64]:
    count = max(1, round(length * np.sqrt(coverage) / side))
    return np.asarray((np.arange(count) * length // count + int(random.integers(length))) % length, np.int64)
