"""Quilting transfer: lays the texture of one picture over another, so that both can be recognised.

Source: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001, section 4: several passes
with ever smaller blocks, which fit one another, what the pass before left, and the light of the picture.
Ours looks at every block of the sample for every place, ruling out most by the sums over their parts; starts with what
is there already; keeps parts of the sample from turning up too often; and lays what the blocks cannot show of the
picture's light over them, as much as is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np

from engine.context import Context
from engine.frame import Frame, From, Origin
from engine.image import GRAY_ALPHA, RGBA, Floats, Image
from engine.kernels.channels import laid, luminance, premultiplied, with_channels
from engine.kernels.colour_axes import spread_over
from engine.kernels.light_for_light import light_for_light
from engine.kernels.quilting import Quilter
from engine.kernels.quilting_transfer import Transfer, schedule
from engine.kernels.strips import Check, Rolling, looked_up, rows_of
from engine.kernels.toning import Toning
from engine.operation import Given, Input, Inputs, Mask, Picture, allowed, bounds, operation, sample_from
from engine.params import Choice, Params, Slider
from engine.region import Rect, Size

LEVELS = np.float32(255)
LARGE = 1_000_000
"""Pixels of a picture that gets a first look, as it takes a while to be looked at."""
SURROUND = 8
"""Pixels around a masked part that blurring and orientation look at."""
SHOWN = 0.1
"""Part of the time that showing a large picture may take."""
BLUR = 2.0
"""Standard deviation in px of the blur before luminances are compared."""
REACH = 18
"""Rows around a strip that its directions depend on."""
BINS = 1 << 14
"""Steps in which distributions of light are compared."""
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
    ] = 20
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
    ] = 0.2
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
    tone: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much of the picture's light falls on the texture once it is laid.",
            low_looks="only the sample's own colours, as published",
            high_looks="a strong likeness, as if projected on the texture",
        ),
    ] = 0.5


def _size(inputs: Mapping[str, Input | None], p: QuiltingTransfer) -> Size:
    picture = inputs["picture"]
    assert isinstance(picture, Image)
    return picture.size


def _focus(inputs: Mapping[str, Input | None], p: QuiltingTransfer) -> Rect:
    return bounds(inputs["where"], SURROUND)


def _memory(inputs: Mapping[str, Any], size: Size, p: QuiltingTransfer) -> int:
    return Transfer.memory(inputs["sample"].shape, 3, size)


@operation(
    "Quilting transfer",
    group="Transfer",
    inputs=Inputs(
        sample=Picture(help="The texture to take blocks from"),
        picture=Picture(help="What the texture is to look like"),
        where=Mask(help="White gets the texture; all of the picture by default", required=False),
        source=sample_from("all of the sample", of="sample"),
    ),
    params=QuiltingTransfer,
    replaces="picture",
    within="where",
    size=_size,
    focus=_focus,
    memory=_memory,
    presets={
        "As published": {"block": 16, "strength": 0.5, "tone": 0.0, "variety": 0.0},
        "Likeness": {"block": 12, "strength": 0.7, "tone": 0.6},
        "Texture first": {"block": 32, "strength": 0.05},
        "Along the lines": {"strength": 0.4, "correspondence": "orientation"},
        "Soft light": {"strength": 0.3, "correspondence": "blurred"},
    },
)
def quilting_transfer(ctx: Context, inputs: Given, p: QuiltingTransfer) -> Iterator[Frame]:
    """Yields the parts that changed as the fronts of blocks move over the picture, pass after pass."""
    again = inputs.where is not None
    picture: Floats = inputs.picture
    sample = with_channels(inputs.sample, picture.shape[2]) if again else inputs.sample
    mask = inputs.where if again else np.ones(picture.shape[:2], np.float32)
    rect = Rect.around(mask > 0)
    if rect.area > LARGE:
        for rows, made in light_for_light(
            sample, picture[rect.slices], mask[rect.slices] if again else None, ctx.check
        ):
            yield Frame(Rect(rect.x, rect.y + rows.start, rect.w, len(made)), made, 0.0, "first look")
    ours, theirs = _guides(ctx, sample, picture, p.correspondence)
    seen = premultiplied(sample)
    colours = seen[..., :-1] if seen.shape[2] in (GRAY_ALPHA, RGBA) else seen
    usable = allowed(inputs.source, sample)
    block, _ = Quilter.fitting(sample.shape, p.block, None, usable)
    passes = schedule(block, p.passes, p.strength)
    quilt = Transfer(ctx, colours * LEVELS, ours, theirs[rect.slices], passes, p.tolerance, p.variety, usable)
    flat = sample.reshape(-1, sample.shape[2])
    light = luminance(picture[rect.slices], ctx.check), luminance(sample, ctx.check)
    toning = Toning(*light, p.tone, _soft, ctx.check)

    exact = p.tone == 0 and (not again or (sample is inputs.sample and bool((mask[mask > 0] == 1).all())))

    def frames(part: Rect, fraction: float, note: str) -> Iterator[Frame]:
        toned = toning.laid_on(looked_up(flat, np.maximum(quilt.quilt[part.slices], 0), ctx.check), part)
        for rows in rows_of((part.h, part.w), ctx.check):
            band = Rect(part.x, part.y + rows.start, part.w, rows.stop - rows.start)
            places = quilt.quilt[band.slices]
            there = band.moved(rect.x, rect.y)
            pixels = np.where((places >= 0)[..., None], toned[rows], np.float32(0))
            if again:
                pixels = laid(picture[there.slices], pixels, mask[there.slices] * (places >= 0))
            yield Frame(there, pixels, fraction, note, Origin(places.copy(), (From("sample"),), exact=exact))

    changed: Rect | None = None
    # A front goes across the whole picture: of a large one a part is shown at a time, or showing it would take longer
    # than making it.
    rolling = Rolling(quilt.quilt.shape, margin=0, share=SHOWN) if quilt.quilt.size > LARGE else None
    for number, one in quilt:
        note = f"pass {number + 1} of {p.passes}"
        changed = one if changed is None else changed.united(one)
        if rolling is not None:
            for part, _ in rolling.due(ctx):
                yield from frames(part, ctx.fraction, note)
        elif ctx.due():
            yield from frames(changed, ctx.fraction, note)
            changed = None
    ctx.progress(1)
    yield from frames(Rect.of(quilt.quilt), 1.0, "")


def _guides(ctx: Context, sample: Floats, picture: Floats, correspondence: str) -> tuple[Floats, Floats]:
    """What corresponds in sample and picture: float32 (H, W, K) each, in steps of 1/255."""
    lights = []
    for pixels in (sample, picture):
        light = luminance(pixels, ctx.check)
        light *= LEVELS
        if correspondence == "blurred":
            light = _soft(light, BLUR)
        lights.append(light)
    ours = lights[0]
    planes = [[ours], [spread_over(lights[1], np.sort(ours, axis=None), ctx.check, BINS)]]
    if correspondence == "orientation":
        for kept, light in zip(planes, lights, strict=True):
            kept += _directions(light / LEVELS, TURN * max(float(ours.std()), 1.0), ctx.check)
            ctx.check()
    ctx.check()
    return np.stack(planes[0], axis=2), np.stack(planes[1], axis=2)


def _soft(light: Floats, sigma: float) -> Floats:
    """A Gaussian blur; a wide one at a quarter of the size, where it takes a tenth of the time."""
    height, width = light.shape
    if sigma < 4:
        return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), np.float32).reshape(light.shape)
    few = cv2.resize(light, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_AREA)
    few = cv2.GaussianBlur(few, (0, 0), sigma / 4)
    return np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR), np.float32).reshape(light.shape)


def _directions(light: Floats, length: float, check: Check) -> list[Floats]:
    """Cosine and sine of twice the angle of the lines at each pixel, as long as they are clear; 0 where there are none.
    Right angles are `length` apart.

    From the structure tensor (Bigun and Granlund, Optimal Orientation Detection of Linear Symmetry, ICCV 1987).
    """
    scale = np.float32(length / 2)
    cosine, sine = np.empty_like(light), np.empty_like(light)
    for rows in rows_of(light.shape, check):
        above = min(REACH, rows.start)
        soft = cv2.GaussianBlur(light[rows.start - above : rows.stop + REACH], (0, 0), 1.0)
        dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
        mine = slice(above, above + rows.stop - rows.start)
        xx, yy, xy = (
            cv2.GaussianBlur(part, (0, 0), 2.5).reshape(-1, light.shape[1])[mine]
            for part in (dx * dx, dy * dy, dx * dy)
        )
        strength = xx + yy + np.float32(1e-4)
        cosine[rows], sine[rows] = (xx - yy) / strength * scale, 2 * xy / strength * scale
    return [cosine, sine]
