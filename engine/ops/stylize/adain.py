"""Style at once: a picture takes on the brushwork and the colours of other pictures, as much of it as one likes.

Source: Huang and Belongie, Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, ICCV 2017, with
its several styles, its places for each style and its kept colours. Ours shows a small picture at once, takes pictures
of any size tile by tile without a seam, and remembers what the network saw, so that a slider only has to paint again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import cv2
import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import GRAY_ALPHA, RGB, RGBA, Floats, Image, as_mask
from engine.kernels.channels import luminance, premultiplied, unmultiplied, with_channels
from engine.kernels.coral import Colours, matched
from engine.kernels.strips import Check, rows_of
from engine.operation import Given, Inputs, Mask, Picture, operation
from engine.params import Choice, Params, Slider, Weights
from engine.region import Rect, Size

if TYPE_CHECKING:
    from engine.nets.adain import Statistics
    from engine.nets.devices import Attempt

STYLE_SIDE = 512
"""Pixels to which a larger style is brought by itself: what the networks were trained on."""
SMALLEST_STYLE = 64
"""Pixels: smaller styles are laid side by side up to that."""
LOOKS = (128, 256, 640, 1600)
"""Longest sides of the looks at a picture that is at least twice as large."""
QUICK = 400 * 400
"""Pixels of a picture that is shown whole at once when the network has seen it before: the preview of a slider."""
SMALLEST = 16
"""Pixels of a side that the networks need."""
FAINT = np.float32(1e-4)
"""Less of all styles together than this is none."""


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
            help="How much of each style where several may be, in their order; nothing means all alike",
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
        where=Picture(
            of="picture",
            several=True,
            required=False,
            stored=True,
            help="Where each style goes, one gray picture for each in their order; styles without one take the rest",
        ),
        hole=Mask(
            title="Selection", help="Where the picture may change; everywhere if nothing is painted", required=False
        ),
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
    masks = inputs.where or ()
    shares = _shares(p.weights, len(inputs.style), len(masks))
    if p.strength == 0 or (inputs.hole is not None and not inputs.hole.any()):
        yield Frame(Rect.of(picture), picture.copy(), 1.0)
        return
    colours = _seen(picture, ctx.check)
    styles = [_style(image, p, number, ctx) for number, image in enumerate(inputs.style)]
    if p.keep_colours == "all":
        styles = [_recoloured(style, picture, colours, ctx.check) for style in styles]
    work = _Work(ctx, p, picture, colours, inputs.hole, styles, shares, masks)
    yield from persistent(ctx.device, work.frames)


@dataclass(frozen=True, eq=False)
class _Style:
    """Colours, float32 (H, W, 3), and how much each pixel counts, (H, W); None where all do."""

    pixels: Floats
    weights: Floats | None

    def reduced(self, factor: float) -> _Style:
        """A copy so many times as large, but not so small that nothing is left of it."""
        factor = max(factor, SMALLEST_STYLE / max(self.pixels.shape[:2]))
        if factor >= 1:
            return self
        weights = None if self.weights is None else _resized(self.weights, factor)
        return _Style(_resized(self.pixels, factor), weights).filled()

    def filled(self) -> _Style:
        """Laid side by side with itself until there is enough to look at."""
        more = [(0, max(0, SMALLEST_STYLE // 2 - side)) for side in self.pixels.shape[:2]]
        if not any(after for _, after in more):
            return self
        weights = None if self.weights is None else np.pad(self.weights, more, mode="wrap")
        return _Style(np.pad(self.pixels, [*more, (0, 0)], mode="wrap"), weights)


@dataclass(frozen=True, eq=False)
class _Work:
    """One run."""

    ctx: Context
    p: Adain
    picture: Floats
    colours: Floats
    hole: Floats | None
    styles: list[_Style]
    shares: list[float]
    masks: tuple[Image, ...]

    def frames(self, attempt: Attempt) -> Iterator[Frame]:
        """All of them, on the device and with the tiles of this attempt."""
        from engine.nets import adain as net

        ctx, whole = self.ctx, Rect.of(self.picture)
        half = net.half_is_fast(attempt.device)
        places = self._places()
        padded, side = _padded(self.colours), max(whole.size)
        if whole.area <= QUICK and net.knows(padded, attempt.device, ctx.check):
            looks = [side] if half else []
        else:
            looks = _looks(side)
        for number, look in enumerate(looks):
            ctx.progress(0.02 + 0.08 * number)
            yield from self._look(look / side, places, attempt)
        first = ctx.fraction
        statistics = self._statistics(self.styles, attempt)
        with net.threads(ctx.threads):
            seen = net.seen(
                padded,
                attempt.device,
                False,
                ctx.check,
                attempt.share,
                lambda k: ctx.progress(first + (0.6 - first) * k),
            )
        mix = net.Mix(seen.statistics, statistics, tuple(self.shares), places, self.p.strength)
        tiles = net.decoded(seen.values, Rect.of(padded).size, mix, ctx.check, attempt.share)
        done = 0
        while True:
            with net.threads(ctx.threads):
                tile, made = next(tiles, (None, None))
            if tile is None or made is None:
                return
            rect = tile.clipped(whole)
            if rect.empty:
                continue
            done += rect.area
            ctx.progress(0.6 + 0.4 * done / whole.area)
            yield Frame(rect, self._finished(made[: rect.h, : rect.w], rect), ctx.fraction)

    def _look(self, factor: float, places: Floats | None, attempt: Attempt) -> Iterator[Frame]:
        """The whole picture, painted on a copy of it that is so many times as large."""
        from engine.nets import adain as net

        ctx, height, width = self.ctx, *self.picture.shape[:2]
        half = net.half_is_fast(attempt.device)
        small = self.colours if factor == 1 else _resized(self.colours, factor)
        padded = _padded(small)
        styles = self.styles if factor == 1 else [style.reduced(factor) for style in self.styles]
        statistics = self._statistics(styles, attempt)
        with net.threads(ctx.threads):
            seen = net.seen(padded, attempt.device, half and factor < 1, ctx.check)
            if places is not None:
                size = (seen.values.shape[3], seen.values.shape[2])
                places = np.stack([cv2.resize(place, size, interpolation=cv2.INTER_LINEAR) for place in places])
            mix = net.Mix(seen.statistics, statistics, tuple(self.shares), places, self.p.strength)
            tiles = net.decoded(seen.values, Rect.of(padded).size, mix, ctx.check, attempt.share, half)
            made = np.empty_like(padded)
            for tile, part in tiles:
                made[tile.slices] = part
        made = made[: small.shape[0], : small.shape[1]]
        out = np.empty_like(self.picture)
        for rows in rows_of(out.shape, ctx.check):
            rect = Rect(0, rows.start, width, rows.stop - rows.start)
            out[rows] = self._finished(_enlarged(made, rect, (height, width)), rect)
        yield Frame(Rect.of(out), out, ctx.fraction, "first look")

    def _statistics(self, styles: list[_Style], attempt: Attempt) -> tuple[Statistics, ...]:
        from engine.nets import adain as net

        with net.threads(self.ctx.threads):
            return tuple(
                net.statistics_of(style.pixels, style.weights, attempt.device, self.ctx.check) for style in styles
            )

    def _masks(self, rect: Rect) -> list[Floats | None]:
        """How much each style covers of a rectangle, (h, w), 0..1; None for those that take the rest."""
        given: list[Floats | None] = [as_mask(image.pixels[rect.slices]) for image in self.masks]
        return given + [None] * (len(self.shares) - len(given))

    def _places(self) -> Floats | None:
        """How much of each style in each place of the features, (n, h, w), adding up to 1."""
        if not self.masks:
            return None
        height, width = (max(side, SMALLEST) for side in self.picture.shape[:2])
        out = np.empty((len(self.shares), -(-height // 8), -(-width // 8)), np.float32)
        for top in range(0, self.picture.shape[0], 512):
            self.ctx.check()
            rect = Rect(0, top, self.picture.shape[1], min(512, self.picture.shape[0] - top))
            amounts = self._amounts(rect)
            rows = slice(top // 8, -(-rect.bottom // 8))
            for k, amount in enumerate(amounts):
                filled = np.pad(amount, ((0, -rect.h % 8), (0, -rect.w % 8)), mode="edge")
                few = filled.reshape(filled.shape[0] // 8, 8, filled.shape[1] // 8, 8).mean((1, 3))
                out[k, rows, : few.shape[1]] = few
                out[k, rows, few.shape[1] :] = few[:, -1:]
        out[:, -(-self.picture.shape[0] // 8) :] = out[:, -(-self.picture.shape[0] // 8) - 1, None]
        total = out.sum(0)
        shares = np.array(self.shares, np.float32)[:, None, None]
        return np.where(total > FAINT, out / np.maximum(total, FAINT), shares)

    def _amounts(self, rect: Rect) -> list[Floats]:
        """How much of each style, (h, w) each, at most 1 together: what the masks leave is for styles without one."""
        masks = self._masks(rect)
        counted = [mask for mask, share in zip(masks, self.shares, strict=True) if mask is not None and share > 0]
        covered = np.minimum(sum(counted, np.zeros((rect.h, rect.w), np.float32)), 1)
        weighted = [
            None if mask is None else mask * np.float32(share) for mask, share in zip(masks, self.shares, strict=True)
        ]
        total = sum((part for part in weighted if part is not None), np.zeros_like(covered))
        rest = sum(share for mask, share in zip(masks, self.shares, strict=True) if mask is None)
        scale = covered / np.maximum(total, np.float32(1e-6))
        return [
            (1 - covered) * np.float32(share / max(rest, 1e-9)) if part is None else part * scale
            for part, share in zip(weighted, self.shares, strict=True)
        ]

    def _cover(self, rect: Rect) -> Floats | None:
        """How much of each pixel is painted, (h, w); None for all of every pixel."""
        cover = None
        if self.masks and not any(share > 0 for share in self.shares[len(self.masks) :]):
            cover = sum(self._amounts(rect), np.zeros((rect.h, rect.w), np.float32))
        if self.hole is not None:
            cover = self.hole[rect.slices] if cover is None else cover * self.hole[rect.slices]
        if self.p.strength < 1:
            fade = np.float32(1 - (1 - self.p.strength) ** 3)
            cover = np.full((rect.h, rect.w), fade) if cover is None else cover * fade
        return cover

    def _finished(self, made: Floats, rect: Rect) -> Floats:
        """What the decoder made of a rectangle, (h, w, 3), in the picture's own kind, as far as it is painted."""
        picture = self.picture[rect.slices]
        made = np.clip(made, 0, 1)
        if self.p.keep_colours == "tint":
            own = self.colours[rect.slices]
            made = np.clip(own + (luminance(made) - luminance(own))[..., None], 0, 1)
        out = picture.copy()
        count = 1 if picture.shape[2] <= GRAY_ALPHA else 3
        made = with_channels(made, count)
        cover = self._cover(rect)
        if cover is None:
            out[..., :count] = made
        else:
            out[..., :count] += (made - picture[..., :count]) * cover[..., None]
        return out


def _looks(side: int) -> list[int]:
    """Longest sides of the looks at a picture: two of a small one, those that are small enough of a larger one."""
    if side <= 2 * LOOKS[1]:
        return [max(1, side // 4), max(1, side // 2)]
    return [look for look in LOOKS if 2 * look <= side]


def _shares(weights: tuple[float, ...], count: int, masks: int) -> list[float]:
    if masks > count:
        raise Unusable(
            f"There are {masks} masks for {count} {'style' if count == 1 else 'styles'}",
            "each mask says where one style goes",
            "give one for each style at most",
        )
    if weights and len(weights) != count:
        raise Unusable(
            f"There are {len(weights)} weights for {count} {'style' if count == 1 else 'styles'}",
            "each style has one",
            "give as many, or none for equal ones",
        )
    if weights and sum(weights) == 0:
        raise Unusable("All weights are 0", "then there is no style at all", "give one of them a number above 0")
    chosen = weights or (1.0,) * count
    return [weight / sum(chosen) for weight in chosen]


def _seen(picture: Floats, check: Check) -> Floats:
    """float32 (H, W, 3): what alpha hides has the mean colour of what it shows."""
    if picture.shape[2] == RGB:
        return picture
    if picture.shape[2] not in (GRAY_ALPHA, RGBA):
        return with_channels(picture, RGB)
    colours, alpha = with_channels(picture, RGB), picture[..., -1:]
    mean = Colours.of(colours, picture[..., -1], check).mean.astype(np.float32)
    return colours * alpha + mean * (1 - alpha)


def _style(image: Image, p: Adain, number: int, ctx: Context) -> _Style:
    """A style at the size at which it is looked at."""
    longest = max(image.size)
    if longest == 1:
        raise Unusable(
            f"{image.name or f'Style {number + 1}'} is 1 x 1 px", "one colour has no style", "use a larger picture"
        )
    pixels = _brought(image, p.style_size or min(longest, STYLE_SIDE), ctx.check)
    weights = None
    if image.has_alpha:
        weights = np.ascontiguousarray(pixels[..., -1])
        if not weights.any():
            raise Unusable(
                f"{image.name or f'Style {number + 1}'} is transparent all over",
                "there is nothing to see of it",
                "use another picture",
            )
    return _Style(_seen(pixels, ctx.check), weights).filled()


def _brought(image: Image, side: int, check: Check) -> Floats:
    """Brought to a longest side, float32 (h, w, C). A large one is never decoded as a whole."""
    width, height = image.size
    step = max(1, max(width, height) // (2 * side))
    if step == 1:
        pixels = image.decoded()
    else:
        parts, rows = [], step * max(1, (1 << 20) // (width * step))
        for top in range(0, height, rows):
            check()
            part = premultiplied(image.decoded(Rect(0, top, width, min(rows, height - top))))
            size = -(-width // step), -(-part.shape[0] // step)
            parts.append(_as_before(cv2.resize(part, size, interpolation=cv2.INTER_AREA), part))
        pixels = unmultiplied(np.concatenate(parts))
    factor = side / max(pixels.shape[:2])
    return pixels if factor == 1 else unmultiplied(_resized(premultiplied(pixels), factor))


def _recoloured(style: _Style, picture: Floats, colours: Floats, check: Check) -> _Style:
    """A style in the picture's colours."""
    alpha = picture[..., -1] if picture.shape[2] in (GRAY_ALPHA, RGBA) else None
    own = Colours.of(style.pixels, style.weights, check)
    made = matched(style.pixels, own, Colours.of(colours, alpha, check), check)
    return replace(style, pixels=np.clip(made, 0, 1))


def _resized(pixels: Floats, factor: float) -> Floats:
    """float32 (h, w, ...), averaged when it becomes smaller, smooth when larger."""
    size = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.clip(_as_before(cv2.resize(pixels, size, interpolation=way), pixels), 0, 1)


def _as_before(resized: Any, like: Floats) -> Floats:
    """With the axis that OpenCV drops where it has one entry."""
    return np.asarray(resized, np.float32).reshape(*resized.shape[:2], *like.shape[2:])


def _enlarged(made: Floats, rect: Rect, size: tuple[int, int]) -> Floats:
    """The rectangle `rect` of a small picture brought to (height, width)."""
    height, width = size
    x = (np.arange(rect.x, rect.right, dtype=np.float32) + 0.5) * np.float32(made.shape[1] / width) - np.float32(0.5)
    y = (np.arange(rect.y, rect.bottom, dtype=np.float32) + 0.5) * np.float32(made.shape[0] / height) - np.float32(0.5)
    across, down = np.meshgrid(x, y)
    return np.asarray(cv2.remap(made, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _padded(pixels: Floats) -> Floats:
    """With its last pixels repeated until both sides are long enough for the networks."""
    more = [(0, max(0, SMALLEST - side)) for side in pixels.shape[:2]]
    if not any(after for _, after in more):
        return pixels
    return np.pad(pixels, [*more, *[(0, 0)] * (pixels.ndim - 2)], mode="edge")
