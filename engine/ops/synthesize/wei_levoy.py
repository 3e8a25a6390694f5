"""Grows texture in reading order, each pixel where the sample's neighbourhoods look most like its own.

Source: Wei and Levoy, Fast Texture Synthesis Using Tree-Structured Vector Quantization, SIGGRAPH 2000.
Ours searches along principal components and takes a second look at the next best leaves; it closes into a tile, as
theirs does.
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
from engine.image import Floats
from engine.kernels.causal_growth import COMPONENTS, CausalLevel, places_with_neighbours
from engine.kernels.channels import premultiplied
from engine.kernels.strips import rows_of
from engine.operation import Given, Inputs, Picture, allowed, operation, sample_from
from engine.params import Params, Slider
from engine.region import Rect, Size

MOST_LEVELS = 5
LARGEST_SAMPLE = 768
"""Pixels a side of a sample that are used: the middle of a larger one."""


@dataclass(frozen=True)
class WeiLevoy(Params):
    """How much has to match, and from how far it is laid out."""

    window: Annotated[
        int,
        Slider(
            3,
            21,
            unit="px",
            odd=True,
            help="How much around each pixel has to match, at every scale.",
            low_looks="soft, elements melt into one another",
            high_looks="elements hold together; slower",
        ),
    ] = 9
    levels: Annotated[
        int | None,
        Slider(
            1,
            MOST_LEVELS,
            help="From how coarse a picture it starts; each level is half as fine as the next.",
            low_looks="large forms are lost",
            high_looks="large forms come first",
            automatic="as many as the sample has room for",
            advanced=True,
        ),
    ] = None


def _memory(given: Mapping[str, Any], size: Size, p: WeiLevoy) -> int:
    height, width, channels = map(int, given["sample"].shape)
    sample = min(height, LARGEST_SAMPLE) * min(width, LARGEST_SAMPLE)
    return sample * (COMPONENTS * 12 + channels * 8) + size[0] * size[1] * (channels * 12 + 24)


@operation(
    "Wei-Levoy",
    group="Synthesize",
    inputs=Inputs(
        sample=Picture(title="Sample", help="The texture to make more of."),
        source=sample_from("all of the sample", of="sample"),
    ),
    params=WeiLevoy,
    sized=True,
    memory=_memory,
    presets={"Quick": {"window": 5}, "Large elements": {"window": 13}},
)
def wei_levoy(ctx: Context, inputs: Given, p: WeiLevoy) -> Iterator[Frame]:
    """Yields the noise that it starts from, each coarser level enlarged, then the finest as it grows from the top."""
    height, width = inputs.sample.shape[:2]
    if min(height, width) < 3:
        raise Unusable(f"The sample is {width} x {height} px", "no neighbourhood fits inside", "use a larger one")
    top, left = (max(0, (side - LARGEST_SAMPLE) // 2) for side in (height, width))
    crop = inputs.sample[top : top + LARGEST_SAMPLE, left : left + LARGEST_SAMPLE]
    usable = allowed(inputs.source, inputs.sample)[top : top + LARGEST_SAMPLE, left : left + LARGEST_SAMPLE]
    side = min(crop.shape[:2])
    window = min(p.window, side - (side + 1) % 2)
    pyramid = _pyramid(premultiplied(crop), _levels(side, window, p.levels, ctx.size))
    open_places = _open_places(usable, len(pyramid), window)
    pyramid = pyramid[: len(open_places)]
    drawn = np.flatnonzero(usable)
    random = ctx.random(2, 0)
    for rows in rows_of(ctx.size[::-1], ctx.check):
        noise = drawn[random.integers(drawn.size, size=(rows.stop - rows.start, ctx.size[0]))]
        rect = Rect(0, rows.start, ctx.size[0], len(noise))
        yield Frame(rect, crop.reshape(-1, crop.shape[2])[noise], 0.0, "noise")
    work = [4.0**-number for number in range(len(pyramid))]
    below: Floats | None = None
    for number in range(len(pyramid) - 1, -1, -1):
        size = (-(-ctx.size[0] // 2**number), -(-ctx.size[1] // 2**number))
        with ctx.part(sum(work[number + 1 :]) / sum(work), sum(work[number:]) / sum(work)):
            coarser = pyramid[number + 1] if number + 1 < len(pyramid) else None
            level = CausalLevel(ctx, pyramid[number], coarser, size, window, number, open_places[number])
            reached = 0
            for last in level.grow(below):
                ctx.progress(last / size[1])
                if last < size[1] and not ctx.due():
                    continue
                for rows in rows_of((min(last << number, ctx.size[1]), ctx.size[0]), None, reached << number):
                    if number:
                        note = f"level {len(pyramid) - number} of {len(pyramid)}"
                        made = _enlarged(level, crop, number, ctx.size[0], rows)
                        yield Frame(Rect(0, rows.start, ctx.size[0], len(made)), made, ctx.fraction, note)
                    else:
                        yield _finest(level, crop, (left, top), width, rows, ctx)
                reached = last
        below = level.out


def _levels(side: int, window: int, wanted: int | None, size: Size) -> int:
    """The wanted ones as far as a window fits into the coarsest sample; else as many as leave it three windows."""
    room, least = 1, window if wanted else 3 * window
    while room < (wanted or MOST_LEVELS) and side >> room >= least and min(size) >> room >= 1:
        room += 1
    return room


def _open_places(usable: NDArray[np.bool_], levels: int, window: int) -> list[NDArray[np.int32]]:
    """Of each level, finest first, the pixels of the sample that may be copied there: flat, in reading order.

    Only as many levels as leave some: a coarse pixel may be copied where all that it stands for may be.
    """
    found: list[NDArray[np.int32]] = []
    while len(found) < levels:
        height, width = usable.shape
        places = places_with_neighbours(height, width, window)
        found.append(places[usable.reshape(-1)[places]])
        if found[-1].size == 0:
            found.pop()
            break
        even = np.pad(usable, ((0, height % 2), (0, width % 2)), mode="edge")
        usable = even[::2, ::2] & even[1::2, ::2] & even[::2, 1::2] & even[1::2, 1::2]
    if not found:
        raise Unusable(
            "Too little of the sample may be used",
            "no pixel of it has its neighbours in the sample",
            "make more of the mask white, or choose a smaller window",
        )
    return found


def _pyramid(sample: Floats, levels: int) -> list[Floats]:
    """Gaussian, finest first; float32 (h, w, C), each half the size, rounded up."""
    found = [np.ascontiguousarray(sample)]
    while len(found) < levels:
        padded = np.pad(found[-1], ((2, 3), (2, 3), (0, 0)), mode="edge")
        height, width = found[-1].shape[:2]
        for axis in (0, 1):
            parts = [np.take(padded, range(k, padded.shape[axis] - 4 + k), axis) for k in range(5)]
            padded = (parts[0] + parts[4] + 4 * (parts[1] + parts[3]) + 6 * parts[2]) / np.float32(16)
        found.append(np.ascontiguousarray(padded[: height + height % 2 : 2, : width + width % 2 : 2], np.float32))
    return found


def _finest(level: CausalLevel, crop: Floats, corner: tuple[int, int], width: int, rows: slice, ctx: Context) -> Frame:
    places = level.quilt[rows]
    y, x = np.divmod(places, np.int32(crop.shape[1]))
    origin = Origin(((y + corner[1]) * width + x + corner[0]).astype(np.int32), (From("sample"),))
    rect = Rect(0, rows.start, places.shape[1], places.shape[0])
    return Frame(rect, crop.reshape(-1, crop.shape[2])[places], ctx.fraction, "", origin)


def _enlarged(level: CausalLevel, crop: Floats, number: int, width: int, rows: slice) -> Floats:
    """Rows of a coarse level at full size: the sample's own pixels at its places, so that it is sharp and has its
    alpha.
    """
    step = 1 << number
    down, across = np.arange(rows.start, rows.stop), np.arange(width)
    y, x = np.divmod(level.quilt[down // step][:, across // step], np.int32(level.sample.shape[1]))
    sy = np.minimum(y * step + down[:, None] % step, crop.shape[0] - 1)
    sx = np.minimum(x * step + across % step, crop.shape[1] - 1)
    return np.asarray(crop[sy, sx], np.float32)
