"""Texture transfer: shows a picture in the texture of a sample.

Sources: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001 (correspondence by
luminance); Hertzmann et al., Image Analogies, SIGGRAPH 2001; the guided patch field of EbSynth. Ours guides by
luminance at two scales, each with the histogram of the sample's, so that any sample can show any picture, and lays
what is lacking of the picture's light over the whole pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.frame import NOWHERE, Frame, From, Origin
from engine.image import GRAY_ALPHA, Floats, Image
from engine.kernels.channels import laid, luminance, premultiplied, with_channels
from engine.kernels.guided import Plan, Sheet, guided
from engine.kernels.light_for_light import light_for_light
from engine.kernels.strips import Check, Rolling, looked_up, rows_of
from engine.kernels.texture_features import comparable
from engine.kernels.toning import Toning
from engine.operation import Given, Input, Inputs, Mask, Picture, allowed, bounds, operation, sample_from
from engine.params import Params, Slider
from engine.region import Rect, Size

SCALES = (0.8, 2.0)
"""Sigmas of the blur, in pixels, of the two luminances that guide: features of a face, and light and shade."""
GAIN = 14.0
"""Weight of the guides against the sample's contrast at full strength; at middle strength an eighth of this."""
FULL = 0.5
"""Strength from which the picture's light is laid on as much as `tone` says; at strength 0 there is none."""
LARGE = 1_000_000
"""Pixels above which something is shown before anything has been searched."""
STEPS = 1021
"""Values that a guide has."""
SURROUND = 16
"""Pixels around a selection that are made with it, so that its rim is like the rest."""


@dataclass(frozen=True)
class Transfer(Params):
    """How much is seen of the picture and how much of the sample."""

    strength: Annotated[
        float,
        Slider(
            0,
            1,
            help="How closely the result follows the picture",
            low_looks="all texture",
            high_looks="all likeness, the texture falls to pieces",
        ),
    ] = 0.5
    patch: Annotated[
        int,
        Slider(
            3,
            15,
            unit="px",
            help="The side of the pieces that are compared and copied",
            low_looks="fine features of the picture, small parts of the texture",
            high_looks="whole motifs of the texture, a rough likeness",
        ),
    ] = 5
    tone: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much of the picture's light falls on the texture once it is laid",
            low_looks="only the sample's own colours, whatever they can show",
            high_looks="a strong likeness, as if projected on the texture",
        ),
    ] = 0.5


def _size(inputs: Mapping[str, Input | None], p: Transfer) -> Size:
    picture = inputs["picture"]
    assert isinstance(picture, Image)
    return picture.size


def _focus(inputs: Mapping[str, Input | None], p: Transfer) -> Rect:
    return bounds(inputs["where"], SURROUND)


def _memory(inputs: Mapping[str, Any], size: Size, p: Transfer) -> int:
    return size[0] * size[1] * 100 + int(inputs["sample"].size) * 24


@operation(
    "Transfer",
    group="Transfer",
    inputs=Inputs(
        sample=Picture(help="The texture"),
        picture=Picture(help="What it shall show"),
        where=Mask(help="White shows the texture; without a mask it is a new picture", required=False),
        source=sample_from("all of the sample", of="sample"),
    ),
    params=Transfer,
    replaces="picture",
    within="where",
    size=_size,
    focus=_focus,
    memory=_memory,
    everyday=True,
    presets={
        "A hint of it": {"strength": 0.2},
        "Portrait": {"strength": 0.6, "tone": 0.7, "patch": 4},
        "Only the sample's pixels": {"strength": 0.75, "tone": 0.0},
    },
)
def transfer(ctx: Context, inputs: Given, p: Transfer) -> Iterator[Frame]:
    """Coarse to fine, everything at once."""
    picture: Floats = inputs.picture
    mask = inputs.where
    sample: Floats = inputs.sample if mask is None else with_channels(inputs.sample, picture.shape[2])
    height, width = picture.shape[:2]
    patch = min(p.patch, *sample.shape[:2], height, width)
    if height * width > LARGE:
        for rows, made in light_for_light(sample, picture, mask, ctx.check):
            yield Frame(Rect(0, rows.start, width, len(made)), made, 0.0, "first look")
    gray = luminance(sample, ctx.check), luminance(picture, ctx.check)
    guides, colour_scale = _guides(ctx, gray, GAIN * p.strength**3)
    colours = comparable(premultiplied(sample), 1 if sample.shape[2] <= GRAY_ALPHA else 3, check=ctx.check)
    for rows in rows_of(colours.shape, ctx.check):
        colours[rows] = np.rint(colours[rows] * np.float32(colour_scale))
    source = Sheet(colours, guides[0], None, allowed(inputs.source, sample))
    blank = np.zeros((height, width, sample.shape[2]), np.int16)
    target = Sheet(blank, guides[1], None, np.ones((height, width), np.bool_))
    flat = sample.reshape(-1, sample.shape[2])
    whole = Rect(0, 0, width, height)
    amount = p.tone * min(1.0, p.strength / FULL)
    toning = Toning(gray[1], gray[0], amount, _soft, ctx.check)

    def shown(places: NDArray[np.int32], rect: Rect | None = None) -> Floats:
        made = toning.laid_on(looked_up(flat, places, ctx.check), rect)
        return made if mask is None else laid(picture, made, mask)

    rolling = Rolling((height, width)) if height * width > LARGE and mask is None else None
    for state in guided(ctx, source, target, Plan(patch=patch, uniformity=20.0)):
        note = f"level {state.levels - state.level}"
        if rolling is not None:
            # All of it takes longer to show than to make: a part at a time, one after the other.
            for rect, around in rolling.due(ctx):
                made = shown(state.places(slice(around.y, around.bottom)), around)
                yield Frame(rect, made[rect.y - around.y :][: rect.h], ctx.fraction, note)
        elif ctx.due():
            yield Frame(whole, shown(state.origin.reshape(height, width)), ctx.fraction, note)
    ctx.progress(1)
    places = state.origin.reshape(height, width)
    exact = amount == 0 and sample is inputs.sample and (mask is None or bool((mask[mask > 0] == 1).all()))
    light = np.empty((height, width), np.float32)
    for rows in rows_of(light.shape, ctx.check):
        light[rows] = luminance(flat[places[rows]])
    toned = toning.over(light)
    for rows in rows_of(light.shape, ctx.check):
        made, there = toned(flat[places[rows]], rows), places[rows].copy()
        if mask is not None:
            made = laid(picture[rows], made, mask[rows])
            there[mask[rows] <= 0] = NOWHERE
        rect = Rect(0, rows.start, width, len(made))
        yield Frame(rect, made, 1.0, "", Origin(there, (From("sample"),), exact=exact))


def _guides(
    ctx: Context, gray: tuple[Floats, Floats], weight: float
) -> tuple[tuple[NDArray[np.int16], NDArray[np.int16]], float]:
    """Luminance of sample and picture at the two scales: int16 (H, W, 2), the picture's with the sample's histogram.

    Grain outweighs light and shade in one sample and is hardly there in another; `weight` is against the mean of grain
    and contrast as a whole. Also by how much the colours have to be scaled down for guides of such a weight to fit in.
    """
    sides: tuple[list[Floats], list[Floats]] = [], []
    for sigma in SCALES:
        one, other = (_soft(g, sigma) for g in gray)
        ctx.check()
        grain, light = float((gray[0] - one).std()), float(one.std())
        contrast = ((grain + 0.005) * (float(gray[0].std()) + 0.005)) ** 0.5
        gain = weight * contrast / (light + 0.02)
        middle = float(one.mean())
        for side, values in zip(sides, (one, _matched(other, one, ctx.check)), strict=True):
            for rows in rows_of(values.shape, ctx.check):
                values[rows] = (values[rows] - np.float32(middle)) * np.float32(510 * gain)
            side.append(values)
        ctx.check()
    loudest = max(float(np.abs(values).max()) for values in sides[0])
    colour_scale = min(1.0, 1000 / max(loudest, 1.0))
    limited = []
    for side in sides:
        guides = np.empty((*side[0].shape, len(side)), np.int16)
        for rows in rows_of(guides.shape, ctx.check):
            for number, values in enumerate(side):
                guides[rows, :, number] = np.rint(np.clip(values[rows] * np.float32(colour_scale), -1000, 1000))
        limited.append(guides)
    return (limited[0], limited[1]), colour_scale


def _soft(light: Floats, sigma: float) -> Floats:
    """A Gaussian blur; a wide one at a quarter of the size, where it takes a tenth of the time."""
    height, width = light.shape
    if sigma < 4:
        return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), np.float32).reshape(light.shape)
    few = cv2.resize(light, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_AREA)
    few = cv2.GaussianBlur(few, (0, 0), sigma / 4)
    return np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR), np.float32).reshape(light.shape)


def _matched(values: Floats, like: Floats, check: Check | None = None) -> Floats:
    """`values` (0..1) moved so that as many are as large as in `like`; order stays as it is."""
    shares = []
    for light in (values, like):
        found = np.zeros(STEPS, np.int64)
        for rows in rows_of(light.shape, check):
            found += np.bincount(_steps(light[rows]).reshape(-1), minlength=STEPS)
        shares.append(np.cumsum(found) / light.size)
    middle = shares[0] - 0.5 * np.diff(shares[0], prepend=0)
    table = np.interp(middle, shares[1], np.arange(STEPS) / (STEPS - 1)).astype(np.float32)
    out = np.empty(values.shape, np.float32)
    for rows in rows_of(values.shape, check):
        out[rows] = table[_steps(values[rows])]
    return out


def _steps(light: Floats) -> NDArray[np.int32]:
    return np.clip(np.rint(light * (STEPS - 1)), 0, STEPS - 1).astype(np.int32)
