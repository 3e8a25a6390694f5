"""Grows a texture out of noise until a network cannot tell it from the sample: new forms, nothing is copied.

Sources: Gatys, Ecker, Bethge, Texture Synthesis Using Convolutional Neural Networks, NIPS 2015; Vacher et al., NeurIPS
2020 (Wasserstein distance); Heitz et al., CVPR 2021 (sliced); Ustyuzhaninov et al., ICLR 2017 (random filters);
Elnekave and Weiss, ECCV 2022 (patches); Gonthier, Gousseau, Ladjal, JMIV 2022 (coarse to fine, spectrum).
Ours follows all layers at once from coarse to fine. On a processor it grows a small picture, and lays the sample's own
pixels along it up to the full size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import cv2
import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import GRAY_ALPHA, RGB, RGBA, Floats
from engine.kernels.channels import with_channels
from engine.kernels.magnifying import magnified
from engine.operation import Given, Inputs, Picture, operation
from engine.params import Choice, Params, Slider, Toggle
from engine.region import Rect, Size

if TYPE_CHECKING:
    from engine.nets.devices import Attempt

LAYERS = {
    "conv1": (1,),
    "conv1-2": (1, 2),
    "conv1-3": (1, 2, 3),
    "conv1-4": (1, 2, 3, 4),
    "conv1-5": (1, 2, 3, 4, 5),
    "conv2": (2,),
    "conv3": (3,),
    "conv4": (4,),
    "conv5": (5,),
}
SMALLEST_SAMPLE = 16
SMALLEST_CANVAS = 64
"""Pixels a side of what is grown; less is cut out of it."""
PROCESSOR, CARD = 264 * 264, 4096 * 4096
"""Pixels that are grown at most; more is laid along them."""
TELLING = 96
"""Pixels a side below which a sample is not made smaller: its forms would be gone."""
STRIDE = 16
"""Pixels that the deepest layer takes for one."""


@dataclass(frozen=True)
class GramTexture(Params):
    """What is looked at, how it is compared, and for how long."""

    steps: Annotated[
        int,
        Slider(
            1,
            500,
            log=True,
            help="Steps at the finest scale; more are taken at the coarser ones",
            low_looks="soft and noisy in places",
            high_looks="everything measured is matched; slower",
        ),
    ] = 100
    statistic: Annotated[
        str,
        Choice(
            ("gram", "w2", "sliced"),
            titles=("Gram matrix", "Gaussian transport", "Sliced transport"),
            help="How features are compared: by their products (the classic), as Gaussian clouds (the closest), or as"
            " whole distributions along many lines",
        ),
    ] = "w2"
    layers: Annotated[
        str,
        Choice(
            tuple(LAYERS),
            titles=(
                "First only: colours and grain",
                "First two: small forms",
                "First three: forms",
                "First four: objects",
                "All five: arrangements",
                "Second only",
                "Third only",
                "Fourth only",
                "Fifth only",
            ),
            help="Which layers of the network have to agree; without the trained network, which scales",
        ),
    ] = "conv1-4"
    weights: Annotated[
        str,
        Choice(
            ("vgg19", "random", "patches"),
            titles=("Trained (VGG-19)", "Random filters", "Patches, no network"),
            help="What looks at the picture",
        ),
    ] = "vgg19"
    tileable: Annotated[bool, Toggle(help="The result can be repeated in both directions without a seam")] = False
    spectrum: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much repeats and directions of the whole are kept, for regular textures",
            low_looks="free arrangement",
            high_looks="rows and grids of the sample",
        ),
    ] = 0.0


def _memory(inputs: Mapping[str, Any], size: Size, p: GramTexture) -> int:
    pixels = min(size[0] * size[1], PROCESSOR)
    return pixels * 4 * 3000 + size[0] * size[1] * 100 + int(inputs["sample"].size) * 40 + (300 << 20)


@operation(
    "Gram texture",
    group="Synthesize",
    inputs=Inputs(sample=Picture(help="The texture to take after.")),
    params=GramTexture,
    sized=True,
    neural=True,
    memory=_memory,
    presets={
        "Quick": {"steps": 8},
        "The classic": {"statistic": "gram"},
        "What the first layer knows": {"layers": "conv1"},
        "Regular": {"spectrum": 0.5, "layers": "conv1-5"},
        "Untrained": {"weights": "random"},
        "Seamless tile": {"tileable": True},
    },
)
def gram_texture(ctx: Context, inputs: Given, p: GramTexture) -> Iterator[Frame]:
    """Noise of the sample's colours, then the texture as it takes shape from coarse to fine."""
    source: Floats = inputs.sample
    height, width = source.shape[:2]
    if min(height, width) < SMALLEST_SAMPLE:
        raise Unusable(
            f"The sample is {width} x {height} px",
            "there is nothing to see in so few",
            f"use one of {SMALLEST_SAMPLE} px a side or more",
        )
    rect = Rect(0, 0, *ctx.size)
    colours = _colours(source)
    yield Frame(rect, _like(np.broadcast_to(colours.mean((0, 1)), (rect.h, rect.w, 3)), source), 0.0, "colour")
    if np.ptp(source, axis=(0, 1)).max() == 0:
        yield Frame(rect, np.broadcast_to(source[0, 0], (rect.h, rect.w, source.shape[2])).copy(), 1.0)
        return
    from engine.nets.devices import persistent

    def work(attempt: Attempt) -> Iterator[Frame]:
        ctx.device = attempt.device
        most = round((PROCESSOR if ctx.device == "cpu" else CARD) * attempt.share)
        yield from _grown(ctx, source, colours, *_canvas((width, height), rect.size, p.tileable, most), p)

    yield from persistent(ctx.device, work, "grown smaller")


def _grown(
    ctx: Context, source: Floats, colours: Floats, factor: float, canvas: Size, p: GramTexture
) -> Iterator[Frame]:
    from engine.nets.growing import Recipe, grown

    recipe = Recipe(p.weights, LAYERS[p.layers], p.statistic, p.tileable, p.spectrum, p.steps)
    rect = Rect(0, 0, *ctx.size)
    small = colours if factor == 1 else _resized(colours, factor)
    wanted = max(1, round(rect.w * factor)), max(1, round(rect.h * factor))
    laid_along = factor < 1 or wanted[0] > canvas[0] or wanted[1] > canvas[1]
    picture = small
    with ctx.part(0.0, 0.8 if laid_along else 1.0):
        for picture, _, note in grown(ctx, small, canvas, recipe):
            if ctx.due():
                yield Frame(
                    rect, _like(_fitted(picture, canvas, wanted, rect.size, p.tileable), source), ctx.fraction, note
                )
    if laid_along:
        with ctx.part(0.8, 1.0):
            for made in magnified(ctx, source, picture, factor, rect.size, p.tileable):
                yield Frame(rect, made, ctx.fraction, "full size")
    else:
        yield Frame(rect, _like(_fitted(picture, canvas, wanted, rect.size, p.tileable), source), 1.0)


def _colours(source: Floats) -> Floats:
    """RGB; what is transparent has the mean of what is not."""
    colours = with_channels(source, RGB if source.shape[2] in (1, RGB) else RGBA)
    if colours.shape[2] == RGB:
        return colours
    alpha = colours[..., 3:]
    mean = (colours[..., :3] * alpha).sum((0, 1)) / max(float(alpha.sum()), 1e-6)
    return np.ascontiguousarray(colours[..., :3] * alpha + mean * (1 - alpha), dtype=np.float32)


def _canvas(sample: Size, wanted: Size, tileable: bool, most: int) -> tuple[float, Size]:
    """How much smaller than the sample it is grown, and (width, height) of what is grown."""
    factor = min(1.0, (most / (wanted[0] * wanted[1])) ** 0.5)
    factor = max(factor, min(1.0, TELLING / min(sample)))
    sides = [max(SMALLEST_CANVAS, -(-round(side * factor) // STRIDE) * STRIDE) for side in wanted]
    if sides[0] * sides[1] > most:
        short = min(min(sides), int(most**0.5) // STRIDE * STRIDE)
        long = max(short, most // short // STRIDE * STRIDE)
        sides = [min(side, short if side == min(sides) else long) for side in sides]
    return factor, (sides[0], sides[1])


def _resized(picture: Floats, factor: float) -> Floats:
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _fitted(picture: Floats, canvas: Size, wanted: Size, size: Size, tileable: bool) -> Floats:
    """A picture at any scale of the canvas as (h, w, 3) of the output's size."""
    if (picture.shape[1], picture.shape[0]) != canvas:
        picture = np.asarray(cv2.resize(picture, canvas, interpolation=cv2.INTER_LINEAR), np.float32)
    if tileable and wanted != canvas and wanted[0] <= canvas[0] and wanted[1] <= canvas[1]:
        picture = _squeezed(picture, wanted)
    tall, wide = max(1, -(-wanted[1] // picture.shape[0])), max(1, -(-wanted[0] // picture.shape[1]))
    picture = np.tile(picture, (tall, wide, 1))[: wanted[1], : wanted[0]]
    if wanted != size:
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return np.clip(np.asarray(picture, np.float32).reshape(size[1], size[0], 3), 0, 1)


def _squeezed(picture: Floats, size: Size) -> Floats:
    """A torus as a smaller torus."""
    x = (np.arange(size[0], dtype=np.float32) + 0.5) * (picture.shape[1] / size[0]) - 0.5
    y = (np.arange(size[1], dtype=np.float32) + 0.5) * (picture.shape[0] / size[1]) - 0.5
    across, down = np.meshgrid(x, y)
    return np.asarray(cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32)


def _like(colours: Floats, source: Floats) -> Floats:
    """RGB in the sample's own kind of picture."""
    made = with_channels(np.ascontiguousarray(colours, np.float32), 1 if source.shape[2] <= GRAY_ALPHA else RGB)
    if source.shape[2] in (GRAY_ALPHA, RGBA):
        alpha = np.full((*made.shape[:2], 1), source[..., -1].mean(), np.float32)
        made = np.concatenate([made, alpha], axis=2)
    return np.clip(made, 0, 1)
