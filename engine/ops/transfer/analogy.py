"""Image analogy: does to a picture what was done to another, shown by a pair of before and after.

Source: Hertzmann, Jacobs, Oliver, Curless, Salesin, Image Analogies, SIGGRAPH 2001; the fast mode is the guided patch
field of Fiser et al., StyLit, SIGGRAPH 2016, with the picture before as its guide; adding what a pair changes after
Freeman, Jones, Pasztor, Example-Based Super-Resolution, 2002.
Ours scans on all threads with one result, and takes from the pair what is asked for: its pixels, its lightness, its
colours, or only the change.
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
from engine.image import GRAY, GRAY_ALPHA, RGB, RGBA, Floats
from engine.kernels.analogy import MOST_LEVELS, Analogy, Pair
from engine.kernels.channels import laid, luminance, with_channels
from engine.kernels.guided import Plan, Sheet, guided
from engine.kernels.healing import healed
from engine.kernels.strips import AT_ONCE, Rolling, looked_up, rows_of
from engine.operation import Given, Input, Inputs, Mask, Picture, allowed, bounds, operation, sample_from
from engine.params import Choice, Params, Slider, Toggle
from engine.region import Rect, Size

Places = NDArray[np.int32]

YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], np.float32)
"""RGB to the luminance and the two colour axes of NTSC, as in the paper."""
SURROUND = 8
"""Pixels around a masked part that are compared."""
NEAR = 6.0
"""Standard deviation in px of the light around a pixel, which edges are compared without."""
AROUND = np.float32(0.1)
"""How much of the light around a pixel is compared all the same."""
LOUDEST = 5.0
"""By how much edges are amplified at most."""
LARGE = 1_000_000
"""Pixels above which something is shown before anything has been searched, and then a part at a time."""
STEPS = 1021
"""Shades that are told apart for the first of it."""
EDGE_LEVELS = 3
"""Levels at which there is still something to see of edges."""
SPREAD = 1.5
"""Standard deviation in px over which colours of different places run into one another: the eye sees light sharper."""
UNITS = np.float32(510)
"""Steps of the patch field's features from black to white."""


@dataclass(frozen=True)
class ImageAnalogy(Params):
    """What an artist may turn."""

    take: Annotated[
        str,
        Choice(
            ("pixels", "lightness", "colours", "change"),
            titles=("Its pixels", "Its lightness", "Its colours", "The change"),
            help="What the picture takes from after: pixels as they are, their lightness or their colours only, or "
            "what changed from before to after.",
        ),
    ] = "pixels"
    coherence: Annotated[
        float,
        Slider(
            0,
            25,
            help="How strongly whole strokes of after hold together, against how closely each place fits.",
            low_looks="close to the picture, strokes in crumbs",
            high_looks="long strokes and large pieces, a looser likeness",
        ),
    ] = 2.0
    patch: Annotated[
        int,
        Slider(
            3,
            11,
            unit="px",
            odd=True,
            help="The side of what is compared around each pixel.",
            low_looks="fine detail, less sense of shape",
            high_looks="larger shapes, less detail",
        ),
    ] = 5
    mode: Annotated[
        str,
        Choice(
            ("fast", "faithful"),
            titles=("Fast", "Faithful"),
            help="Patches that overlap and agree, or pixel by pixel as it was published.",
        ),
    ] = "fast"
    compare: Annotated[
        str,
        Choice(
            ("lightness", "colours", "edges"),
            titles=("Lightness", "Lightness and colours", "Edges"),
            help="What makes a place of the picture like a place of before: how light it is, also its colour, or its "
            "lines and edges, however light they are.",
        ),
    ] = "lightness"
    remap: Annotated[
        bool,
        Toggle(
            title="Match the light",
            help="Bring the lightness of the pair to the mean and the contrast of the picture first.",
        ),
    ] = True


def _focus(inputs: Mapping[str, Input | None], p: ImageAnalogy) -> Rect:
    return bounds(inputs["where"], SURROUND)


def _memory(inputs: Mapping[str, Any], size: Size, p: ImageAnalogy) -> int:
    planes = 3 if p.compare == "colours" else 2
    height, width = inputs["before"].shape[:2]
    before = (int(height), int(width), planes)
    if p.mode == "fast":
        return (size[0] * size[1] + before[0] * before[1]) * 120
    return Analogy.memory(before, (size[1], size[0]), p.patch // 2, 3)


@operation(
    "Image analogy",
    group="Transfer",
    inputs=Inputs(
        picture=Picture(help="What shall be changed in the same way"),
        before=Picture(help="A picture as it was before"),
        after=Picture(of="before", help="The same picture afterwards: painted, filtered, sharpened, coloured"),
        where=Mask(help="White is changed; all of the picture by default", required=False),
        source=sample_from("all of the picture afterwards", of="after"),
    ),
    params=ImageAnalogy,
    replaces="picture",
    within="where",
    focus=_focus,
    memory=_memory,
    presets={
        "Artistic filter": {"take": "lightness"},
        "Painting and its colours": {"compare": "colours", "coherence": 5.0, "remap": False},
        "Line drawing": {"coherence": 1.0, "compare": "edges", "remap": False},
        "Sharpen from a pair": {"take": "change", "coherence": 0.5, "patch": 7, "remap": False},
        "Colour from a pair": {"take": "colours", "coherence": 1.0, "patch": 7, "remap": False},
        "As published": {"mode": "faithful"},
    },
)
def analogy(ctx: Context, inputs: Given, p: ImageAnalogy) -> Iterator[Frame]:
    """Yields the result of each level, coarse to fine, and of the finest as it grows."""
    again = inputs.where is not None
    mask = inputs.where if again else np.ones(inputs.picture.shape[:2], np.float32)
    rect = Rect.around(mask > 0)
    hard = bool((mask[mask > 0] == 1).all())
    if mask.size > LARGE and p.take in ("pixels", "lightness"):
        yield from _first_look(ctx, inputs, p.take == "pixels", mask if again else None)
    parts = _Parts(ctx, inputs, p)
    whole = Rect.of(mask)
    states = _fast(ctx, parts, p) if p.mode == "fast" else _faithful(ctx, parts, p)
    for places, styled, note, rect, around in states:
        made = parts.composed(places, styled, again, around.y)[rect.y - around.y :]
        places = places[rect.y - around.y :]
        fraction = 1.0 if note == "" else ctx.fraction
        exact = hard and made.shape[2] == inputs.after.shape[2] and made.shape[2] in (GRAY, RGB)
        for band in rows_of((rect.h, rect.w), ctx.check):
            pixels, there = made[band], places[band].copy()
            rows = slice(rect.y + band.start, rect.y + band.stop)
            if again:
                pixels = laid(inputs.picture[rows], pixels, mask[rows])
                there[mask[rows] <= 0] = NOWHERE
            origin = Origin(there, (From("after"),), exact=exact) if p.take == "pixels" else None
            yield Frame(Rect(0, rows.start, whole.w, len(there)), pixels, fraction, note, origin)


def _first_look(ctx: Context, inputs: Given, pixels: bool, mask: Floats | None) -> Iterator[Frame]:
    """What is as light before becomes as light, or has the same colour, as it is after: what can be had at once."""
    picture = inputs.picture
    channels = picture.shape[2]
    pair = (with_channels(one, channels).reshape(-1, channels) for one in (inputs.before, inputs.after))
    before, after = (one[:: max(1, len(one) // STEPS**2)] for one in pair)
    light = luminance(before[None])[0]
    order = np.argsort(light, kind="stable")
    nearest = np.searchsorted(light[order], np.arange(STEPS) / (STEPS - 1))
    # Of each shade the mean of what is about as light: single pixels would make flat parts into noise.
    reach = 1 + light.size // 64
    first, last = (nearest - reach).clip(0, light.size - 1), (nearest + reach).clip(1, light.size)
    sums = np.concatenate([np.zeros((1, channels)), np.cumsum(after[order], axis=0, dtype=np.float64)])
    table = ((sums[last] - sums[first]) / (last - first)[:, None]).astype(np.float32)
    lights = luminance(table[None])[0]
    for rows in rows_of(picture.shape, ctx.check):
        part = picture[rows]
        now = luminance(part)
        steps = np.rint(now * (STEPS - 1)).clip(0, STEPS - 1).astype(np.int32)
        made = table[steps] if pixels else part + (lights[steps] - now)[..., None]
        if channels in (GRAY_ALPHA, RGBA):
            made[..., -1] = part[..., -1]
        if mask is not None:
            made = laid(part, made, mask[rows])
        yield Frame(Rect(0, rows.start, picture.shape[1], len(part)), made, 0.0, "first look")


class _Parts:
    """The three pictures as they are compared, and as they are put together."""

    def __init__(self, ctx: Context, inputs: Given, p: ImageAnalogy) -> None:
        self.ctx, self.take = ctx, p.take
        colour = max(inputs.before.shape[2], inputs.after.shape[2], inputs.picture.shape[2]) >= RGB
        channels = RGB if colour else GRAY
        self.channels = inputs.picture.shape[2]
        self.usable = allowed(inputs.source, inputs.after, "pair")
        self.alpha = inputs.picture[..., -1:] if self.channels in (GRAY_ALPHA, RGBA) else None
        self.before, self.after, self.picture = (
            with_channels(_shown(pixels), channels) for pixels in (inputs.before, inputs.after, inputs.picture)
        )
        ctx.check()
        yiq = [_yiq(ctx, pixels) for pixels in (self.before, self.after, self.picture)]
        ctx.check()
        self.gain, self.shift = _remapping(ctx, yiq[0], yiq[2]) if p.remap else (1.0, 0.0)
        for planes in yiq[:2]:
            for rows in rows_of(planes.shape, ctx.check):
                planes[rows, :, 0] = planes[rows, :, 0] * np.float32(self.gain) + np.float32(self.shift)
        wanted = 3 if p.compare == "colours" and colour else 1
        before, after, picture = yiq
        self.styled = {
            "pixels": after[..., :wanted],
            "lightness": after[..., :1],
            "colours": after[..., 1:] if colour else after[..., :1],
            "change": after - before,
        }[p.take]
        self.plain, self.target = before[..., :wanted], picture[..., :wanted]
        self.edges = p.take == "change" or p.compare == "edges"
        if self.edges:
            light = max(float(self.plain[..., 0].std()), 0.1)
            self.plain, self.target = (_without_surround(ctx, planes) for planes in (self.plain, self.target))
            # What is left is weak; it counts as much as light does elsewhere.
            gain = np.float32(np.clip(light / max(float(self.plain[..., 0].std()), 1e-3), 1, LOUDEST))
            self.plain, self.target = self.plain * gain, self.target * gain
        ctx.check()
        self._light = after[..., :1].reshape(-1, 1)
        self._styled = self.styled.reshape(-1, self.styled.shape[2])

    def composed(self, places: Places, styled: Floats | None, again: bool, top: int = 0) -> Floats:
        """The picture, or its rows from `top` on, with what it takes from these places: float32 (h, w, C).

        Args:
            styled: what patches agreed on of `self.styled`, (h, w, Q); None goes by the places.
            again: with the channels of the picture, whatever the pair's are.
        """
        if self.take == "colours" and self.after.shape[2] == RGB:
            styled = looked_up(self._styled, places, self.ctx.check) if styled is None else styled
            styled = _blurred(self.ctx, styled, SPREAD)
        out: Floats | None = None
        for rows in rows_of(places.shape, self.ctx.check):
            there = slice(top + rows.start, top + rows.stop)
            made = self._taken(places[rows], None if styled is None else styled[rows], there)
            made = np.clip(made, 0, 1).astype(np.float32, copy=False)
            if again:
                made = with_channels(made, GRAY if self.channels <= GRAY_ALPHA else RGB)
            if self.alpha is not None:
                made = np.concatenate([made, self.alpha[there]], axis=2)
            if out is None:
                out = np.empty((*places.shape, made.shape[2]), np.float32)
            out[rows] = made
        assert out is not None
        return out

    def _taken(self, places: Places, styled: Floats | None, rows: slice) -> Floats:
        after, picture = self.after.reshape(-1, self.after.shape[2]), self.picture[rows]
        if self.take == "pixels":
            return after[places]
        if self.take == "lightness":
            return picture + (self._light[places] - _light_of(picture))
        found = self._styled[places] if styled is None else styled
        if self.take == "change":
            return picture + (_rgb(found) if found.shape[2] == RGB else found)
        if self.after.shape[2] == GRAY:
            return picture
        return _rgb(np.concatenate([_light_of(picture), found], axis=2))


State = tuple[Places, Floats | None, str, Rect, Rect]
"""Places of some rows, what patches agreed on there, a note, the part that it is worth showing, and those rows."""


def _faithful(ctx: Context, parts: _Parts, p: ImageAnalogy) -> Iterator[State]:
    whole = Rect.of(parts.target)
    most = EDGE_LEVELS if parts.edges else MOST_LEVELS
    plain, styled, own = parts.plain, parts.styled, None
    if not parts.usable.all():
        # Its pyramid needs the whole pair: what may not be copied is made of the rest first.
        own = healed(ctx, parts.after, parts.usable)
        plain, styled = (looked_up(one.reshape(-1, one.shape[2]), own, ctx.check) for one in (plain, styled))
    job = Analogy(ctx, Pair(plain, styled), parts.target, p.coherence, p.patch // 2, most)

    def places() -> Places:
        found = job.at_full_size()
        return found if own is None else looked_up(own.reshape(-1), found, ctx.check)

    yield places(), None, "coarse", whole, whole
    shown = job.level
    for _ in job:
        if ctx.due() or job.level != shown:
            shown = job.level
            yield places(), None, f"level {job.levels - job.level} of {job.levels}", whole, whole
    ctx.progress(1)
    yield places(), None, "", whole, whole


def _fast(ctx: Context, parts: _Parts, p: ImageAnalogy) -> Iterator[State]:
    # The guide counts twice what the styled picture does at a coherence of 5, as in StyLit.
    weight = 12 / (1 + p.coherence)
    guide = UNITS * np.float32(np.sqrt(min(weight, 2.0)))
    style = UNITS * np.float32(np.sqrt(min(2.0 / weight, 1.0)))
    height, width = parts.target.shape[:2]
    patch = min(p.patch, *parts.plain.shape[:2], height, width)
    source = Sheet(
        _features(ctx, parts.styled, style), _features(ctx, parts.plain, guide), None,
        parts.usable,
    )  # fmt: skip
    nothing = np.zeros((height, width, parts.styled.shape[2]), np.int16)
    target = Sheet(nothing, _features(ctx, parts.target, guide), None, np.ones((height, width), np.bool_))
    side = min(*parts.plain.shape[:2], height, width)
    smallest = max(2.0, side / (patch * 2**EDGE_LEVELS)) if parts.edges else 2.0
    whole = Rect(0, 0, width, height)
    rolling = Rolling((height, width)) if whole.area > LARGE else None
    for state in guided(ctx, source, target, Plan(patch=patch, uniformity=0.0, smallest=smallest)):
        note = f"level {state.levels - state.level} of {state.levels}"
        if rolling is not None:
            # All of it takes longer to show than to make: a part at a time, one after the other.
            for rect, around in rolling.due(ctx):
                yield state.places(slice(around.y, around.bottom)), None, note, rect, around
        elif ctx.due():
            yield state.origin.reshape(height, width), None, note, whole, whole
    agreed = state.field.target.image
    voted = np.empty((height, width, parts.styled.shape[2]), np.float32)
    for rows in rows_of(voted.shape, ctx.check):
        voted[rows] = agreed[rows, :, : voted.shape[2]].astype(np.float32) / style
    ctx.progress(1)
    yield state.origin.reshape(height, width), voted, "", whole, whole


def _features(ctx: Context, planes: Floats, scale: np.float32) -> NDArray[np.int16]:
    steps = np.empty(planes.shape, np.int16)
    for rows in rows_of(planes.shape, ctx.check):
        steps[rows] = np.clip(np.rint(planes[rows] * scale), -1023, 1023)
    return steps


def _shown(pixels: Floats) -> Floats:
    """Its colours without alpha: black shines through."""
    if pixels.shape[2] not in (GRAY_ALPHA, RGBA):
        return pixels
    return np.ascontiguousarray(pixels[..., :-1] * pixels[..., -1:])


def _yiq(ctx: Context, pixels: Floats) -> Floats:
    planes = np.empty_like(pixels)
    for rows in rows_of(pixels.shape, ctx.check):
        planes[rows] = pixels[rows] @ YIQ.T if pixels.shape[2] == RGB else pixels[rows]
    return planes


def _rgb(planes: Floats) -> Floats:
    return planes @ np.linalg.inv(YIQ.astype(np.float64)).T.astype(np.float32)


def _light_of(pixels: Floats) -> Floats:
    return pixels @ YIQ[:1].T if pixels.shape[2] == RGB else pixels


def _remapping(ctx: Context, before: Floats, picture: Floats) -> tuple[float, float]:
    """Gain and shift that give the luminance before the mean and the deviation of the picture's."""
    (ours, our_spread), (theirs, their_spread) = (_moments(ctx, planes[..., 0]) for planes in (picture, before))
    gain = our_spread / their_spread if min(our_spread, their_spread) > 1e-3 else 1.0
    return gain, ours - gain * theirs


def _moments(ctx: Context, values: Floats) -> tuple[float, float]:
    """Mean and standard deviation."""
    total = 0.0
    for rows in rows_of(values.shape, ctx.check):
        total += float(values[rows].sum(dtype=np.float64))
    mean = total / values.size
    squares = 0.0
    for rows in rows_of(values.shape, ctx.check):
        squares += float(((values[rows].astype(np.float64) - mean) ** 2).sum())
    return mean, float(np.sqrt(squares / values.size))


def _without_surround(ctx: Context, planes: Floats) -> Floats:
    """Less the light around each pixel, most of it: so that an edge is an edge, however bright its sides."""
    soft = _blurred(ctx, planes, NEAR)
    for rows in rows_of(planes.shape, ctx.check):
        soft[rows] = planes[rows] - (1 - AROUND) * soft[rows]
    return soft


def _blurred(ctx: Context, planes: Floats, sigma: float) -> Floats:
    """Under a Gaussian of this standard deviation, strip by strip."""
    out = np.empty(planes.shape, np.float32)
    margin = int(4 * sigma) + 2
    step = max(AT_ONCE // planes.shape[1], 2 * margin)
    for top in range(0, planes.shape[0], step):
        ctx.check()
        above = min(margin, top)
        part = np.ascontiguousarray(planes[top - above : top + step + margin])
        mine = cv2.GaussianBlur(part, (0, 0), sigma).reshape(part.shape)[above : above + step]
        out[top : top + step] = mine
    return out
