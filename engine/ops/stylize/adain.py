"""Style at once: a picture takes on the brushwork and the colours of other pictures, as much of it as one likes.

Source: Huang and Belongie, Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, ICCV 2017, with
its several styles, its places for each style and its kept colours. Ours shows a small picture at once, takes pictures
of any size tile by tile without a seam, and remembers what the network saw, so that a slider only has to paint again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import GRAY, GRAY_ALPHA, RGB, RGBA, Floats, Image
from engine.kernels.channels import luminance, with_channels
from engine.kernels.coral import Colours, matched
from engine.kernels.strips import Check, rows_of
from engine.kernels.style_places import Places, shares_of
from engine.operation import Given, Inputs, Picture, operation, selection, where_each
from engine.params import Choice, Params, Slider, Weights
from engine.region import Rect, Size

if TYPE_CHECKING:
    from torch import Tensor

    from engine.nets.adain import Mix
    from engine.nets.devices import Attempt
    from engine.nets.style_pictures import StylePicture

STYLE_SIDE = 512
"""Pixels to which a larger style is brought by itself: what the networks were trained on."""
SMALLEST_STYLE = 64
"""Longest side of a style for the smallest look."""
LOOKS = (128, 256, 640, 1600)
"""Longest sides of the looks at a picture that is at least twice as large."""
MANY = 1 << 20
"""Pixels that tell a picture's colours."""
QUICK = 400 * 400
"""Pixels of a picture that is shown whole at once when the network has seen it before: the preview of a slider."""
PAINTED = 0.4
"""How much of the work is done when that is there: only the last bits of its numbers are missing."""


@dataclass(frozen=True)
class Adain(Params):
    """How much of a style, how large, and what stays of the picture."""

    strength: Annotated[
        float,
        Slider(
            0,
            1.5,
            step=0.01,
            help="How much of the style",
            low_looks="the picture as it is",
            high_looks="more of it than the style itself has",
        ),
    ] = 1.0
    weights: Annotated[
        tuple[float, ...],
        Weights(
            of="style",
            help="How much of each style, in their order",
        ),
    ] = ()
    keep_colours: Annotated[
        str,
        Choice(
            ("no", "all", "tint"),
            titles=("The style's", "The picture's, mixed anew", "The picture's, pixel by pixel"),
            title="Colours",
            help="Whose colours it has: those of the style, those of the picture as a whole, or those of each pixel",
        ),
    ] = "no"
    colour: Annotated[
        float,
        Slider(
            0,
            1,
            step=0.01,
            title="Kept colours",
            help="How much of the picture's colours it has, where it has them",
            low_looks="the style's colours",
            high_looks="the picture's colours",
            idle=("keep_colours", "no"),
        ),
    ] = 1.0
    style_size: Annotated[
        int | None,
        Slider(
            64,
            2048,
            unit="px",
            log=True,
            title="Grain",
            help="How large the styles are when they are looked at, longest side",
            low_looks="fine strokes",
            high_looks="broad strokes",
            automatic="512 px, smaller ones as they are",
        ),
    ] = None


def _memory(inputs: Mapping[str, Any], size: Size, p: Adain) -> int:
    pixels = size[0] * size[1]
    return pixels * 60 + min(pixels, 1088 * 1088) * 600 + (256 << 20)


@operation(
    "Style at once",
    group="Stylize",
    inputs=Inputs(
        picture=Picture(help="The picture to paint"),
        style=Picture(help="The pictures whose style it takes on", several=True, stored=True),
        where=where_each("style"),
        hole=selection(),
    ),
    params=Adain,
    replaces="picture",
    memory=_memory,
    everyday=True,
    neural=True,
    live=True,
    presets={
        "A touch of it": {"strength": 0.5},
        "In the picture's colours": {"keep_colours": "all"},
        "Brushwork only": {"keep_colours": "tint"},
        "Broad strokes": {"style_size": 1024},
    },
)
def adain(ctx: Context, inputs: Given, p: Adain) -> Iterator[Frame]:
    """Small looks first, then the picture itself tile by tile."""
    from engine.nets.devices import persistent

    picture: Floats = inputs.picture
    masks: tuple[Image, ...] = inputs.where or ()
    shares = shares_of(p.weights, len(inputs.style), len(masks))
    if p.strength == 0 or (inputs.hole is not None and not inputs.hole.any()):
        yield Frame(Rect.of(picture), picture.copy(), 1.0)
        return
    colours = _shown_colours(picture, ctx.check)
    used = [k for k, share in enumerate(shares) if share > 0]
    styles = []
    for k in used:
        image = inputs.style[k]
        style = _prepared(image, p.style_size or min(max(image.size), STYLE_SIDE), ctx.check)
        styles.append(style)
    kept: list[StylePicture] = []
    if p.keep_colours == "all" and p.colour > 0:
        wanted = _colours_of(picture, colours, ctx.check)
        kept = [_recoloured(style, wanted, ctx.check) for style in styles]
    given = tuple(masks[k] if k < len(masks) else None for k in used)
    places = Places(Rect.of(picture).size, given, tuple(shares[k] for k in used))
    work = _Work(ctx, p, picture, colours, inputs.hole, tuple(styles), tuple(kept), places)
    yield from persistent(ctx.device, work.frames)


@dataclass(frozen=True, eq=False)
class _Work:
    """One run.

    Attributes:
        picture: as it is, (H, W, C).
        colours: three of it, (H, W, 3).
        hole: where it may change, (H, W); None for everywhere.
        kept: the styles in the picture's colours; empty where those are not kept.
    """

    ctx: Context
    p: Adain
    picture: Floats
    colours: Floats
    hole: Floats | None
    styles: tuple[StylePicture, ...]
    kept: tuple[StylePicture, ...]
    places: Places

    def frames(self, attempt: Attempt) -> Iterator[Frame]:
        """All of them, on the device and with the tiles of this attempt."""
        from engine.nets import adain as net
        from engine.nets.running import half_is_fast, threads
        from engine.nets.style_pictures import padded

        ctx, whole = self.ctx, Rect.of(self.picture)
        half = half_is_fast(attempt.device)
        places = self.places.coarse(net.STRIDE, ctx.check)
        colours, side = padded(self.colours, net.SMALLEST_SIDE), max(whole.size)
        if whole.area <= QUICK and net.knows(colours, attempt.device, ctx.check):
            looks = [side] if half else []
        else:
            looks = _looks(side)
        for number, look in enumerate(looks):
            ctx.progress(PAINTED if look == side else 0.02 + 0.08 * number)
            yield self._look(look / side, places, attempt)
        first = ctx.fraction
        with threads(ctx.threads):
            mix, features = self._mix(
                colours,
                self.styles,
                self.kept,
                places,
                attempt,
                half=False,
                progress=lambda done: ctx.progress(first + (0.6 - first) * done),
            )
        ctx.progress(0.6)
        tiles = net.decoded(
            features, Rect.of(colours).size, mix, ctx.check, attempt.share, wanted=lambda tile: self._covers(tile)
        )
        while True:
            with threads(ctx.threads):
                tile, made = next(tiles, (None, None))
            if tile is None or made is None:
                return
            rect = tile.clipped(whole)
            if not rect.empty:
                ctx.progress(0.6 + 0.4 * (rect.y * whole.w + rect.right * rect.h) / whole.area)
                yield Frame(rect, self._finished(made[: rect.h, : rect.w], rect), ctx.fraction)

    def _look(self, factor: float, places: Floats | None, attempt: Attempt) -> Frame:
        """The whole picture, painted on a copy of it that is so many times as large, as fast as can be."""
        from engine.nets import adain as net
        from engine.nets.running import half_is_fast, threads
        from engine.nets.style_pictures import enlarged, padded, resized

        ctx, whole = self.ctx, Rect.of(self.picture)
        half = half_is_fast(attempt.device)
        small = self.colours if factor == 1 else resized(self.colours, factor)
        colours = padded(small, net.SMALLEST_SIDE)
        styles, kept = (
            tuple(style.reduced(factor, SMALLEST_STYLE) for style in some) for some in (self.styles, self.kept)
        )
        with threads(ctx.threads):
            mix, features = self._mix(colours, styles, kept, places, attempt, half and factor < 1)
            made = np.empty_like(colours)
            for tile, part in net.decoded(features, Rect.of(colours).size, mix, ctx.check, attempt.share, half):
                made[tile.slices] = part
        made = made[: small.shape[0], : small.shape[1]]
        out = np.empty_like(self.picture)
        for rows in rows_of(out.shape, ctx.check):
            rect = Rect(0, rows.start, whole.w, rows.stop - rows.start)
            out[rows] = self._finished(enlarged(made, rect, whole.size), rect)
        return Frame(whole, out, ctx.fraction, "first look")

    def _mix(
        self,
        colours: Floats,
        styles: tuple[StylePicture, ...],
        kept: tuple[StylePicture, ...],
        places: Floats | None,
        attempt: Attempt,
        half: bool,
        progress: Callable[[float], None] | None = None,
    ) -> tuple[Mix, Tensor]:
        """What the network sees of the picture at some size, and what is to become of it."""
        from engine.nets import adain as net

        check = self.ctx.check
        statistics = tuple(net.statistics_of(style, attempt.device, check) for style in styles)
        if kept:
            # Of both, not of what lies between them: so nothing is looked at again while the slider moves.
            others = (net.statistics_of(style, attempt.device, check) for style in kept)
            statistics = tuple(a.towards(b, self.p.colour) for a, b in zip(statistics, others, strict=True))
        seen = net.seen(colours, attempt.device, half, check, attempt.share, progress)
        size = (seen.values.shape[3], seen.values.shape[2])
        if places is not None and places.shape[:0:-1] != size:
            some = [cv2.resize(place, size, interpolation=cv2.INTER_LINEAR) for place in places]
            places = np.asarray(some, np.float32).reshape(len(some), size[1], size[0])
        return net.Mix(seen.statistics, statistics, self.places.shares, places, self.p.strength), seen.values

    def _covers(self, tile: Rect) -> bool:
        """Whether anything of a tile is painted."""
        return self.hole is None or bool(self.hole[tile.clipped(Rect.of(self.picture)).slices].any())

    def _cover(self, rect: Rect) -> Floats | None:
        """How much of each pixel is painted, (h, w); None for all of every pixel."""
        parts = [self.places.cover(rect), None if self.hole is None else self.hole[rect.slices]]
        if self.p.strength < 1:
            # Networks lose the finest detail whatever the style: it comes back as the style goes.
            parts.append(np.full((rect.h, rect.w), 1 - (1 - self.p.strength) ** 3, np.float32))
        given = [part for part in parts if part is not None]
        return reduce(np.multiply, given) if given else None

    def _finished(self, made: Floats, rect: Rect) -> Floats:
        """What the decoder made of a rectangle, (h, w, 3), in the picture's own kind, as far as it is painted."""
        made = np.clip(made, 0, 1)
        if self.p.keep_colours == "tint":
            own = self.colours[rect.slices]
            tinted = np.clip(own + (luminance(made) - luminance(own))[..., None], 0, 1)
            made = tinted if self.p.colour == 1 else made + (tinted - made) * np.float32(self.p.colour)
        out = self.picture[rect.slices].copy()
        count = GRAY if out.shape[2] <= GRAY_ALPHA else RGB
        made = with_channels(made, count)
        cover = self._cover(rect)
        out[..., :count] = made if cover is None else out[..., :count] + (made - out[..., :count]) * cover[..., None]
        return out


def _looks(side: int) -> list[int]:
    """Longest sides of the looks at a picture: two of a small one, those that are small enough of a larger one."""
    if side <= 2 * LOOKS[1]:
        return [max(1, side // 4), max(1, side // 2)]
    return [look for look in LOOKS if 2 * look <= side]


def _shown_colours(picture: Floats, check: Check) -> Floats:
    """Three colours of any picture, float32 (H, W, 3): what alpha hides has the mean colour of what it shows."""
    if picture.shape[2] == RGB:
        return picture
    out = np.empty((*picture.shape[:2], 3), np.float32)
    for rows in rows_of(out.shape, check):
        out[rows] = with_channels(picture[rows], RGB)
    if picture.shape[2] in (GRAY_ALPHA, RGBA):
        mean = _colours_of(picture, out, check).mean.astype(np.float32)
        for rows in rows_of(out.shape, check):
            out[rows] = mean + (out[rows] - mean) * picture[rows][..., -1:]
    return out


def _colours_of(picture: Floats, colours: Floats, check: Check) -> Colours:
    """Of what a picture shows: of every pixel, or of as many as tell the same."""
    step = max(1, round((picture.shape[0] * picture.shape[1] / MANY) ** 0.5))
    alpha = picture[::step, ::step, -1] if picture.shape[2] in (GRAY_ALPHA, RGBA) else None
    return Colours.of(colours[::step, ::step], alpha, check)


_PREPARED: WeakKeyDictionary[Image, tuple[int, StylePicture]] = WeakKeyDictionary()


def _prepared(image: Image, side: int, check: Check) -> StylePicture:
    """A style brought to a longest side; remembered as long as somebody holds the picture.

    Raises:
        Unusable: it has one pixel, or is transparent all over.
    """
    from engine.nets.style_pictures import brought, repeated

    found = _PREPARED.get(image)
    if found is not None and found[0] == side:
        return found[1]
    name = PurePath(image.name).name or "The style"
    if image.size == (1, 1):
        raise Unusable(f"{name} is 1 x 1 px", "one colour has no style", "use a larger picture")
    pixels = brought(image, side, check)
    weights = np.ascontiguousarray(pixels[..., -1]) if image.has_alpha else None
    if weights is not None and not weights.any():
        raise Unusable(f"{name} is transparent all over", "there is nothing to see", "use another picture")
    style = repeated(_shown_colours(pixels, check), weights)
    _PREPARED[image] = side, style
    return style


def _recoloured(style: StylePicture, wanted: Colours, check: Check) -> StylePicture:
    """A style whose colours have another mean and covariance."""
    own = Colours.of(style.pixels, style.weights, check)
    return replace(style, pixels=np.clip(matched(style.pixels, own, wanted, check), 0, 1))
