"""Quilting transfer: lays the texture of one picture over another, so that both can be recognised.

Source: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001, section 4: several passes
with ever smaller blocks, which fit one another, what the pass before left, and the light of the picture.
Ours looks at every block of the sample for every place, ruling out most by the sums over their parts; starts with what
is there already; and keeps parts of the sample from turning up too often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame, From, Origin
from engine.image import GRAY_ALPHA, RGBA, Floats, Image, as_mask
from engine.kernels.channels import laid, luminance, premultiplied, with_channels
from engine.kernels.quilting import Quilter
from engine.kernels.quilting_transfer import Transfer, schedule
from engine.operation import Given, Input, Inputs, Mask, Picture, operation
from engine.params import Choice, Params, Slider
from engine.region import Rect, Size

LEVELS = np.float32(255)
SURROUND = 8
"""Pixels around a masked part that blurring and orientation look at."""
BLUR = 2.0
"""Standard deviation in px of the blur before luminances are compared."""
BINS = 1 << 14
"""Steps in which distributions of light are compared."""
STRIP = 1 << 17
TURN = 2.0
"""How far apart two strokes at right angles are, in deviations of the sample's luminance."""


@dataclass(frozen=True)
class QuiltingTransfer(Params):
    """What an artist may turn."""

    block: Annotated[
        int,
        Slider(
            4,
            128,
            unit="px",
            help="The side of a block in the first pass; a third less in each further one.",
            low_looks="the picture shows, the texture is only a grain",
            high_looks="the texture shows whole, the picture only in outline",
        ),
    ] = 16
    passes: Annotated[
        int,
        Slider(
            1,
            6,
            help="How many times it goes over the result, with smaller blocks each time.",
            low_looks="quick and blocky",
            high_looks="fine detail in large texture",
        ),
    ] = 3
    strength: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much the picture counts against the texture's own coherence.",
            low_looks="texture, with a faint likeness",
            high_looks="a likeness, with the texture in pieces",
        ),
    ] = 0.7
    correspondence: Annotated[
        str,
        Choice(
            ("luminance", "blurred", "orientation"),
            titles=("Luminance", "Blurred luminance", "Luminance and direction"),
            help="What of the picture the texture follows: its light, its light without detail, or also its lines.",
        ),
    ] = "luminance"
    tolerance: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much worse than the best a block may fit and still be taken.",
            low_looks="the best fit, always",
            high_looks="livelier, with more visible joints",
        ),
    ] = 0.1
    variety: Annotated[
        float,
        Slider(
            0,
            2,
            help="How strongly parts of the sample that are in use already are avoided.",
            low_looks="smooth parts are made of one and the same block",
            high_looks="all of the sample turns up, the likeness suffers",
        ),
    ] = 0.2


def _size(inputs: Mapping[str, Input | None], p: QuiltingTransfer) -> Size:
    picture = inputs["picture"]
    assert isinstance(picture, Image)
    return picture.size


def _inside(value: Input | None) -> NDArray[np.bool_]:
    return np.asarray(as_mask(value.pixels if isinstance(value, Image) else np.asarray(value)) > 0)


def _focus(inputs: Mapping[str, Input | None], p: QuiltingTransfer) -> Rect:
    where = _inside(inputs["where"])
    around = Rect.around(where)
    if around.empty:
        raise Unusable("The mask is empty", "nothing in it is white", "paint over what shall get the texture")
    return around.grown(SURROUND).clipped(Rect.of(where))


def _memory(inputs: Mapping[str, Any], size: Size, p: QuiltingTransfer) -> int:
    return Transfer.memory(inputs["sample"].shape, 3, size)


@operation(
    "Quilting transfer",
    group="Transfer",
    inputs=Inputs(
        sample=Picture(help="The texture to take blocks from"),
        picture=Picture(help="What the texture is to look like"),
        where=Mask(help="White gets the texture; all of the picture by default", required=False),
    ),
    params=QuiltingTransfer,
    replaces="picture",
    within="where",
    size=_size,
    focus=_focus,
    memory=_memory,
    presets={
        "Likeness": {"block": 12, "strength": 0.85},
        "Texture first": {"block": 32, "strength": 0.4},
        "Along the lines": {"correspondence": "orientation"},
        "Soft light": {"correspondence": "blurred", "strength": 0.8},
    },
)
def quilting_transfer(ctx: Context, inputs: Given, p: QuiltingTransfer) -> Iterator[Frame]:
    """Yields the parts that changed as the fronts of blocks move over the picture, pass after pass."""
    again = inputs.where is not None
    picture: Floats = inputs.picture
    sample = with_channels(inputs.sample, picture.shape[2]) if again else inputs.sample
    mask = inputs.where if again else np.ones(picture.shape[:2], np.float32)
    rect = Rect.around(mask > 0)
    if rect.empty:
        raise Unusable("The mask is empty", "nothing in it is white", "paint over what shall get the texture")
    ours, theirs = _guides(ctx, sample, picture, p.correspondence)
    seen = premultiplied(sample)
    colours = seen[..., :-1] if seen.shape[2] in (GRAY_ALPHA, RGBA) else seen
    block, _ = Quilter.fitting(sample.shape, p.block, None)
    passes = schedule(block, p.passes, p.strength)
    quilt = Transfer(ctx, colours * LEVELS, ours, theirs[rect.slices], passes, p.tolerance, p.variety)
    flat = sample.reshape(-1, sample.shape[2])

    def frame(part: Rect, fraction: float, note: str) -> Frame:
        places = quilt.quilt[part.slices]
        there = part.moved(rect.x, rect.y)
        pixels = flat[np.maximum(places, 0)]
        pixels[places < 0] = 0
        if again:
            pixels = laid(picture[there.slices], pixels, mask[there.slices] * (places >= 0))
        exact = not again or (sample is inputs.sample and bool((mask[mask > 0] == 1).all()))
        return Frame(there, pixels, fraction, note, Origin(places.copy(), (From("sample"),), exact=exact))

    changed: Rect | None = None
    number = 0
    for number, one in quilt:
        changed = one if changed is None else changed.united(one)
        if ctx.due() and changed is not None:
            yield frame(changed, ctx.fraction, f"pass {number + 1} of {p.passes}")
            changed = None
    ctx.progress(1)
    yield frame(Rect.of(quilt.quilt), 1.0, "")


def _guides(ctx: Context, sample: Floats, picture: Floats, correspondence: str) -> tuple[Floats, Floats]:
    """What corresponds in sample and picture: float32 (H, W, K) each, in steps of 1/255."""
    lights = []
    for pixels in (sample, picture):
        light = np.empty(pixels.shape[:2], np.float32)
        for rows in _strips(ctx, light):
            light[rows] = luminance(pixels[rows]) * LEVELS
        if correspondence == "blurred":
            light = np.asarray(cv2.GaussianBlur(light, (0, 0), BLUR), np.float32)
        lights.append(light)
    ours = lights[0]
    planes = [[ours], [_spread_like(ctx, lights[1], ours)]]
    if correspondence == "orientation":
        for kept, light in zip(planes, lights, strict=True):
            kept += _directions(light / LEVELS, TURN * max(float(ours.std()), 1.0))
            ctx.check()
    return np.stack(planes[0], axis=2), np.stack(planes[1], axis=2)


def _strips(ctx: Context, picture: Floats) -> Iterator[slice]:
    """Rows of a picture, about STRIP pixels at a time, with a look at the cancel flag between."""
    step = max(1, STRIP // picture.shape[1])
    for top in range(0, picture.shape[0], step):
        ctx.check()
        yield slice(top, top + step)


def _spread_like(ctx: Context, values: Floats, example: Floats) -> Floats:
    """The same values, moved so that they are distributed as the example's are; their order stays."""
    wanted = np.sort(example, axis=None)
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.full_like(values, wanted[wanted.size // 2])
    scale = np.float32((BINS - 1) / (high - low))
    counts = np.zeros(BINS, np.int64)
    out = np.empty_like(values)
    for rows in _strips(ctx, values):
        counts += np.bincount(((values[rows] - np.float32(low)) * scale).astype(np.int32).reshape(-1), minlength=BINS)
    middle = (np.cumsum(counts) - counts / 2) / values.size
    table = np.interp(middle * wanted.size - 0.5, np.arange(wanted.size), wanted).astype(np.float32)
    for rows in _strips(ctx, values):
        out[rows] = table[((values[rows] - np.float32(low)) * scale).astype(np.int32)]
    return out


def _directions(light: Floats, length: float) -> list[Floats]:
    """Cosine and sine of twice the angle of the lines at each pixel, as long as they are clear; 0 where there are none.
    Right angles are `length` apart.

    From the structure tensor (Bigun and Granlund, Optimal Orientation Detection of Linear Symmetry, ICCV 1987).
    """
    soft = cv2.GaussianBlur(light, (0, 0), 1.0)
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    xx, yy, xy = (cv2.GaussianBlur(part, (0, 0), 2.5) for part in (dx * dx, dy * dy, dx * dy))
    strength = xx + yy + np.float32(1e-4)
    scale = np.float32(length / 2)
    return [np.asarray((xx - yy) / strength * scale, np.float32), np.asarray(2 * xy / strength * scale, np.float32)]
