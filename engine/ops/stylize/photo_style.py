"""Photo style: the colour and the light of one photograph on another, without its texture.

Sources: Pitie, Kokaram, Dahyot, Automated Colour Grading Using Colour Distribution Transfer, CVIU 2007 (optimal
transport by one-dimensional steps); He, Sun, Tang, Guided Image Filtering, PAMI 2013, and He, Sun, Fast Guided Filter,
2015. Ours moves colours in Lab on a small copy, and lets the picture's own edges carry the change to full size, so that
skies stay smooth, grain stays grain, and a large photograph takes little longer than a small one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.frame import Frame
from engine.image import GRAY_ALPHA, RGB, RGBA, Floats
from engine.kernels.channels import luminance, with_channels
from engine.kernels.colour_flow import Step, flowing
from engine.kernels.melting import Transport
from engine.operation import Given, Inputs, Picture, operation
from engine.params import Params, Slider
from engine.region import Rect

SMALL = 448
"""Longest side of the copy on which colours are moved."""
LEARNT = 24_000
"""Pixels of either picture from which the steps are learnt."""
REST = 4.0
"""How many times as long as it takes to show a look the next one waits."""
STRIP = 128
"""Rows that are brought to full size at a time."""


@dataclass(frozen=True)
class PhotoStyle(Params):
    """How a photograph takes on another's look."""

    strength: Annotated[
        float,
        Slider(0, 1, help="How far it goes", low_looks="the picture as it is", high_looks="the other's colours"),
    ] = 1.0
    light: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much of the light goes along with the colour",
            low_looks="only the tint changes, day stays day",
            high_looks="dark where the other is dark",
        ),
    ] = 0.8
    smooth: Annotated[
        float,
        Slider(
            0,
            1,
            help="How far the change spreads evenly up to the next edge",
            low_looks="every colour by itself; skies may break into steps",
            high_looks="broad and soft",
        ),
    ] = 0.4
    steps: Annotated[
        int,
        Slider(
            0,
            40,
            help="How closely the colours are followed",
            low_looks="tint and contrast as a whole",
            high_looks="every colour of the other is found again",
            advanced=True,
        ),
    ] = 12


def _memory(inputs: Mapping[str, Any], size: tuple[int, int], p: PhotoStyle) -> int:
    return size[0] * size[1] * 16 + (256 << 20)


@operation(
    "Photo style",
    group="Stylize",
    inputs=Inputs(
        picture=Picture(help="The photograph to change"),
        style=Picture(help="The photograph whose colour and light it takes on"),
    ),
    params=PhotoStyle,
    replaces="picture",
    memory=_memory,
    everyday=True,
    presets={
        "A hint of it": {"strength": 0.5},
        "Colour only": {"light": 0.0},
        "As a whole": {"steps": 0, "smooth": 0.0},
    },
)
def photo_style(ctx: Context, inputs: Given, p: PhotoStyle) -> Iterator[Frame]:
    """A first look by means and contrasts, then the colours themselves."""
    picture: Floats = inputs.picture
    small = _reduced(ctx, picture)
    channels = 3 if picture.shape[2] >= RGB else 1
    lab = _lab(small)[..., :channels]
    style = _reduced(ctx, inputs.style)
    own, other = _some(ctx, lab, small, 1), _some(ctx, _lab(style)[..., :channels], style, 2)
    ctx.progress(0.05)
    transport = Transport.between(own, other)
    whole = transport.towards(lab, 1.0)
    ctx.progress(0.1)
    yield from _shown(ctx, picture, small, lab, whole, p, 0.1)
    if p.steps:
        moved = transport.towards(own, 1.0)
        rested = 0.0
        for number, step in enumerate(flowing(ctx, moved, other, p.steps, 3)):
            whole = _in_strips(ctx, step, whole)
            ctx.progress(0.1 + 0.6 * (number + 1) / p.steps)
            began = time.perf_counter()
            if began >= rested and number < p.steps - 1 and ctx.due():
                yield from _shown(ctx, picture, small, lab, whole, p, ctx.fraction)
                # Of a large picture a look takes longer than several steps.
                rested = time.perf_counter() + REST * (time.perf_counter() - began)
    yield from _shown(ctx, picture, small, lab, whole, p, 0.75, last=True)


def _shown(
    ctx: Context,
    picture: Floats,
    small: Floats,
    lab: Floats,
    whole: Floats,
    p: PhotoStyle,
    at: float,
    last: bool = False,
) -> Iterator[Frame]:
    """The change on the small copy brought to the picture, strip by strip; the last time with the progress of it."""
    change = (whole - lab) * np.float32(p.strength)
    change[..., 0] *= np.float32(p.light)
    slopes = _slopes(ctx, small, change, p.smooth)
    height, width = picture.shape[:2]
    for top in range(0, height, STRIP):
        ctx.check()
        rows = slice(top, min(height, top + STRIP))
        if last:
            ctx.progress(at + (1 - at) * rows.stop / height)
        yield Frame(Rect(0, top, width, rows.stop - top), _applied(picture, rows, slopes), ctx.fraction)


def _reduced(ctx: Context, picture: Floats) -> Floats:
    """A small copy, float32 (h, w, 3 or 4); of a gray picture too."""
    colours = with_channels(picture, RGBA if picture.shape[2] in (GRAY_ALPHA, RGBA) else RGB)
    factor = max(picture.shape[:2]) / SMALL
    if factor <= 1:
        return colours
    size = max(1, round(picture.shape[1] / factor)), max(1, round(picture.shape[0] / factor))
    ctx.check()
    return np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA), np.float32)


def _lab(colours: Floats) -> Floats:
    """CIE Lab (D65) in hundredths: L 0..1, a and b about -1..1."""
    lab = cv2.cvtColor(np.ascontiguousarray(colours[..., :3]), cv2.COLOR_RGB2Lab)
    return np.asarray(lab, np.float32) * np.float32(0.01)


def _some(ctx: Context, lab: Floats, small: Floats, purpose: int) -> Floats:
    """Some of the colours, (n, C); what alpha hides has none."""
    flat = lab.reshape(-1, lab.shape[2])
    if small.shape[2] == RGBA and (small[..., 3] > 0.5).any():
        flat = flat[small[..., 3].reshape(-1) > 0.5]
    if len(flat) <= LEARNT:
        return flat
    return flat[ctx.random(purpose).integers(0, len(flat), LEARNT)]


def _in_strips(ctx: Context, step: Step, colours: Floats) -> Floats:
    out = np.empty_like(colours)
    for top in range(0, len(colours), STRIP):
        ctx.check()
        out[top : top + STRIP] = step.moved(colours[top : top + STRIP])
    return out


def _slopes(ctx: Context, small: Floats, change: Floats, smooth: float) -> Floats:
    """The change as a linear function of the picture's light around each place: float32 (h, w, 2 C), slopes then rest.

    The guided filter: inside a window the change follows the picture's own edges, and nothing else.
    """
    light = luminance(small[..., :3])
    radius = 1 + round(smooth * max(light.shape) / 24)
    softness = np.float32((0.01 + 0.09 * smooth) ** 2)
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(values: NDArray[Any]) -> Floats:
        ctx.check()
        return np.asarray(cv2.blur(values, side, borderType=cv2.BORDER_REFLECT), np.float32)

    middle = mean(light)
    spread = mean(light * light) - middle * middle
    slopes, rests = [], []
    for k in range(change.shape[2]):
        part = np.ascontiguousarray(change[..., k])
        average = mean(part)
        slope = (mean(light * part) - middle * average) / (spread + softness)
        slopes.append(mean(slope))
        rests.append(mean(average - slope * middle))
    return np.stack(slopes + rests, axis=2)


def _applied(picture: Floats, rows: slice, slopes: Floats) -> Floats:
    """Some rows of the result, of the picture's own channels."""
    part = picture[rows]
    height, width = picture.shape[:2]
    colours = with_channels(part, RGB)
    light = luminance(colours)
    x = np.broadcast_to((np.arange(width, dtype=np.float32) + 0.5) * (slopes.shape[1] / width) - 0.5, light.shape)
    y = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) * (slopes.shape[0] / height) - 0.5
    y = np.broadcast_to(y[:, None], light.shape)
    across, down = np.ascontiguousarray(x, np.float32), np.ascontiguousarray(y, np.float32)
    count = slopes.shape[2] // 2
    maps = [
        cv2.remap(slopes[..., k].copy(), across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for k in range(2 * count)
    ]
    lab = _lab(colours)
    for k in range(count):
        lab[..., k] += maps[k] * light + maps[count + k]
    lab[..., 0] = np.clip(lab[..., 0], 0, 1)
    moved = np.clip(np.asarray(cv2.cvtColor(lab * np.float32(100), cv2.COLOR_Lab2RGB), np.float32), 0, 1)
    if picture.shape[2] <= GRAY_ALPHA:
        moved = moved[..., :1]
    if picture.shape[2] in (GRAY_ALPHA, RGBA):
        moved = np.concatenate([moved, part[..., -1:]], axis=2)
    return moved
