"""Moves a picture, step by step, until it is painted like another: slow, and the best there is.

Sources: Gatys, Ecker, Bethge, Image Style Transfer Using Convolutional Neural Networks, CVPR 2016; Kolkin et al.,
Neural Neighbor Style Transfer, 2022; the Wasserstein distance after Crowson's style-transfer-pytorch.
Ours goes from coarse to fine with all layers at once, and shows every step: stop when you like it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import cv2
import numpy as np

from engine.context import Context
from engine.frame import Frame
from engine.image import GRAY_ALPHA, RGB, RGBA, Floats, Image
from engine.kernels.channels import luminance, with_channels
from engine.kernels.coral import Colours, matched
from engine.kernels.style_places import Places, shares_of
from engine.operation import Given, Inputs, Picture, operation, selection, where_each
from engine.params import Choice, Params, Slider, Weights
from engine.region import Rect, Size

if TYPE_CHECKING:
    from engine.nets.devices import Attempt

LAYERS = {
    "conv1": (1,),
    "conv1-2": (1, 2),
    "conv1-3": (1, 2, 3),
    "conv1-4": (1, 2, 3, 4),
    "conv1-5": (1, 2, 3, 4, 5),
}
PROCESSOR, CARD = 288 * 288, 4096 * 4096
"""Pixels of the picture that is worked out in full at most, on a processor and on a graphics card."""
FINER = 1200 * 1000
"""Pixels up to which a processor paints what was worked out smaller; larger pictures are enlarged from there."""
MARGIN = 0.03
"""Part of the shorter side by which the picture is continued beyond its edges: what lies there is made differently."""
DRIFT = 1.5
"""The strength to this power is how much strokes follow what is painted already, and not the picture."""
LARGER = 4.0
"""Times that a style is made larger at most."""
SMALLEST = 32
"""Pixels a side that the network needs: less is continued beyond its edges."""


@dataclass(frozen=True)
class OptimiseStyle(Params):
    """What a style is, how much of it, and what stays of the picture."""

    strength: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much of the style, and how little of the picture",
            low_looks="the picture as it is",
            high_looks="all style; what it shows is hard to tell",
        ),
    ] = 0.6
    steps: Annotated[
        int,
        Slider(
            1,
            500,
            log=True,
            help="Steps at the finest scale; more are taken at the coarser ones",
            low_looks="a quick sketch",
            high_looks="finished; slower",
        ),
    ] = 20
    statistic: Annotated[
        str,
        Choice(
            ("gram", "w2", "nearest"),
            titles=("Gram matrix", "Gaussian transport", "Nearest strokes"),
            help="What a style is: which features come together (the classic), their Gaussian cloud (closest in colour"
            " and grain), or each place's nearest place in the style (strokes)",
        ),
    ] = "nearest"
    layers: Annotated[
        str,
        Choice(
            tuple(LAYERS),
            titles=("Colours and grain", "Small strokes", "Strokes", "Forms", "Large forms"),
            help="Up to which layer of the network the style is taken",
        ),
    ] = "conv1-4"
    start: Annotated[
        str,
        Choice(
            ("content", "style", "noise"),
            titles=("The picture", "The style", "Noise"),
            help="What the first step begins from",
        ),
    ] = "content"
    keep_colours: Annotated[
        str,
        Choice(
            ("no", "all", "tint"),
            titles=("The style's", "The picture's, mixed anew", "The picture's, pixel by pixel"),
            title="Colours",
            help="Whose colours it has: those of the style, those of the picture as a whole, or those of each pixel",
        ),
    ] = "no"
    style_scale: Annotated[
        float,
        Slider(
            0.25,
            3,
            log=True,
            title="Grain",
            help="How large the style is beside the picture",
            low_looks="fine strokes",
            high_looks="broad strokes",
        ),
    ] = 1.0
    smoothness: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much rough pixels are smoothed",
            low_looks="grain as in the style",
            high_looks="smooth areas",
        ),
    ] = 0.1
    weights: Annotated[
        tuple[float, ...],
        Weights(
            of="style", help="How much of each style where there are several, in their order; nothing is all alike"
        ),
    ] = ()


def _memory(inputs: Mapping[str, Any], size: Size, p: OptimiseStyle) -> int:
    pixels = size[0] * size[1]
    shown = min(pixels, FINER) * (1 + 2 * MARGIN) ** 2
    longest = max(size) * min(1.0, (FINER / pixels) ** 0.5) * p.style_scale
    # Each style is looked at by itself, before the steps begin.
    styles = [_seen_at(style.size, longest) for style in inputs["style"]]
    most = max(width * height for width, height in styles)
    return int(max(shown * 2300, most * 1300) + shown * 600) + pixels * 60 + (600 << 20)


def _seen_at(size: Size, longest: float) -> Size:
    """At what size a style of `size` is looked at, where its longest side should be `longest`."""
    factor = min(longest, LARGER * max(size)) / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


@operation(
    "Optimise style",
    group="Stylize",
    inputs=Inputs(
        picture=Picture(help="The picture to paint"),
        style=Picture(help="The pictures whose style it takes on", several=True, stored=True),
        where=where_each("style"),
        hole=selection(),
    ),
    params=OptimiseStyle,
    replaces="picture",
    neural=True,
    memory=_memory,
    presets={
        "Quick": {"steps": 6},
        "The classic": {"statistic": "gram"},
        "Colours and grain": {"statistic": "w2"},
        "In the picture's colours": {"keep_colours": "all"},
        "Nearly all style": {"strength": 0.85},
    },
)
def optimise_style(ctx: Context, inputs: Given, p: OptimiseStyle) -> Iterator[Frame]:
    """The picture itself, then as it changes from coarse to fine, then at full size."""
    picture: Floats = inputs.picture
    whole = Rect.of(picture)
    yield Frame(whole, picture.copy(), 0.0)
    masks: tuple[Image, ...] = inputs.where or ()
    shares = shares_of(p.weights, len(inputs.style), len(masks))
    used = [number for number, share in enumerate(shares) if share > 0]
    given = tuple(masks[number] if number < len(masks) else None for number in used)
    places = Places(whole.size, given, tuple(shares[number] for number in used))
    cover = _both(inputs.hole, places.cover(whole))
    if p.strength == 0 or (cover is not None and not cover.any()):
        yield Frame(whole, picture.copy(), 1.0)
        return
    from engine.nets.devices import persistent

    styles = tuple((inputs.style[number], shares[number]) for number in used)

    def work(attempt: Attempt) -> Iterator[Frame]:
        ctx.device = attempt.device
        yield from _painted(ctx, p, picture, styles, places, cover, attempt.share)

    yield from persistent(ctx.device, work, "worked out smaller")


def _painted(
    ctx: Context,
    p: OptimiseStyle,
    picture: Floats,
    given: Sequence[tuple[Image, float]],
    places: Places,
    cover: Floats | None,
    part: float,
) -> Iterator[Frame]:
    """As it changes, in the `given` styles with their shares.

    At most a `part` of the usual pixels is worked out; what is larger is enlarged from there.
    """
    from engine.nets.restyling import Plan, Style, restyled
    from engine.nets.style_pictures import brought

    whole = Rect.of(picture)
    full, most = (PROCESSOR, FINER) if ctx.device == "cpu" else (CARD, CARD)
    most = round(most * part)
    factor = min(1.0, (most / whole.area) ** 0.5)
    small = _resized(_colours(picture), factor)
    margin = max(4, round(MARGIN * min(small.shape[:2])))
    content = _filled(np.pad(small, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric"))
    side = max(small.shape[:2]) * p.style_scale
    where = _where(places, small.shape[:2], margin, ctx)
    styles = []
    for (style, share), place in zip(given, where, strict=True):
        colours = brought(style, max(_seen_at(style.size, side)), ctx.check)
        colours = _filled(_colours(colours))
        if p.keep_colours == "all":
            colours = np.clip(matched(colours, Colours.of(colours), Colours.of(content), ctx.check), 0, 1)
        styles.append(Style(colours, share, place))
    content_weight, drift = _content(p.strength), p.strength**DRIFT
    plan = Plan(p.statistic, LAYERS[p.layers], content_weight, p.smoothness, p.start, p.steps, drift, min(full, most))
    made = content
    with ctx.part(0.0, 0.95):
        for made, _, note in restyled(ctx, content, styles, plan):
            if ctx.due():
                shown = _finished(_without(made, content.shape, margin, small.shape), picture, cover, p)
                yield Frame(whole, shown, ctx.fraction, note)
    yield Frame(whole, _finished(_without(made, content.shape, margin, small.shape), picture, cover, p), 1.0)


def _content(strength: float) -> float:
    """The weight of what the picture shows."""
    return 0.0 if strength >= 1 else 0.5 * ((1 - strength) / strength) ** 2


def _both(hole: Floats | None, cover: Floats | None) -> Floats | None:
    """Where it may change and some style goes, float32 (H, W); None for everywhere."""
    return cover if hole is None else hole if cover is None else hole * cover


def _where(places: Places, shape: tuple[int, ...], margin: int, ctx: Context) -> list[Floats | None]:
    """How much of each style is wanted where, on the picture brought to `shape` (h, w) and continued by `margin`."""
    coarse = places.coarse(max(1, places.size[1] // shape[0]), ctx.check)
    if coarse is None:
        return [None] * len(places.shares)
    size, border = (shape[1], shape[0]), (margin, margin)
    sized = [np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA), np.float32) for one in coarse]
    return [_filled(np.pad(one, (border, border), mode="symmetric")) for one in sized]


def _colours(picture: Floats) -> Floats:
    """RGB; what is transparent has the mean of what is not."""
    colours = with_channels(picture, RGBA if picture.shape[2] in (GRAY_ALPHA, RGBA) else RGB)
    if colours.shape[2] == RGB:
        return colours
    alpha = colours[..., 3:]
    mean = (colours[..., :3] * alpha).sum((0, 1)) / max(float(alpha.sum()), 1e-6)
    return np.ascontiguousarray(colours[..., :3] * alpha + mean * (1 - alpha), dtype=np.float32)


def _resized(picture: Floats, factor: float) -> Floats:
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.clip(np.asarray(cv2.resize(picture, size, interpolation=how), np.float32), 0, 1)


def _filled(picture: Floats) -> Floats:
    """Continued by its mirror image until it is large enough to be looked at."""
    more = [(0, max(0, SMALLEST - side)) for side in picture.shape[:2]]
    more += [(0, 0)] * (picture.ndim - 2)
    return np.pad(picture, more, mode="symmetric") if any(after for _, after in more) else picture


def _without(made: Floats, whole: tuple[int, ...], margin: int, shape: tuple[int, ...]) -> Floats:
    """What was made at any scale of `whole`, at that size, without the margin around the part of `shape`."""
    if made.shape != whole:
        made = np.asarray(cv2.resize(made, (whole[1], whole[0]), interpolation=cv2.INTER_CUBIC), np.float32)
    return made[margin : margin + shape[0], margin : margin + shape[1]]


def _finished(made: Floats, picture: Floats, cover: Floats | None, p: OptimiseStyle) -> Floats:
    """What was made of the whole, at the picture's size and in its kind, as far as it covers it."""
    height, width = picture.shape[:2]
    if made.shape[:2] != (height, width):
        made = np.asarray(cv2.resize(made, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    made = np.clip(np.asarray(made, np.float32), 0, 1)
    if p.keep_colours == "tint":
        own = _colours(picture)
        made = np.clip(own + (luminance(made) - luminance(own))[..., None], 0, 1)
    out = picture.copy()
    count = 1 if picture.shape[2] <= GRAY_ALPHA else 3
    made = with_channels(np.ascontiguousarray(made), count)
    if cover is None:
        out[..., :count] = made
    else:
        out[..., :count] += (made - picture[..., :count]) * cover[..., None]
    return out
