"""Match texture: says whether two pictures are of the same texture, and shows where the second is unlike the first.

Source: Julesz, Visual Pattern Discrimination, IRE Transactions on Information Theory 1962, who asked the question: can
two textures be told apart at a glance? Ours answers with how colours and oriented detail are distributed, at every size
(`engine.measures.likeness`), for the pictures as a whole and for each place of the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np

from engine.context import Context
from engine.frame import Frame
from engine.image import GRAY_ALPHA, Floats, Image
from engine.measures.colours import LUMA, rgb
from engine.measures.likeness import Likeness, compared, described, differences, odds
from engine.operation import Given, Input, Inputs, Picture, operation
from engine.params import Params, Slider
from engine.region import Rect, Size

WORK = 48
"""Side in pixels with which one place is looked at; larger places are reduced to it."""

FEWEST, USUAL = 12, 32
"""Sides in pixels: of the smallest place that is looked at, and of the smallest without being told."""

MOST = 40
"""Places along a side at most."""

BAND = 1 << 17
"""Pixels that are worked on between two looks at the cancel flag."""

DIM = 0.3
"""How much light is left where nothing is alike."""


@dataclass(frozen=True)
class MatchTexture(Params):
    """What counts as alike."""

    colour: Annotated[
        float,
        Slider(
            0,
            1,
            step=0.05,
            help="How much the colours count",
            low_looks="patterns alone: the same weave in red and in blue is one texture",
            high_looks="another tint is another texture",
        ),
    ] = 0.5
    place: Annotated[
        int | None,
        Slider(
            8,
            512,
            unit="px",
            log=True,
            automatic="a fifth of the other picture",
            help="The side of the places that are shown as like or unlike; the verdict is of the whole",
            low_looks="small places, each judged by little",
            high_looks="large areas",
        ),
    ] = None


def _memory(inputs: Mapping[str, Any], size: Size, p: MatchTexture) -> int:
    return size[0] * size[1] * 4 + (128 << 20)


def _size(inputs: Mapping[str, Input | None], p: MatchTexture) -> Size:
    other = inputs["other"]
    assert isinstance(other, Image)
    return other.size


@operation(
    "Match texture",
    group="Analyse",
    inputs=Inputs(
        sample=Picture(help="The texture to look for"),
        other=Picture(help="The picture that may be of the same texture, or have it somewhere"),
    ),
    params=MatchTexture,
    size=_size,
    memory=_memory,
    tells=True,
    presets={"Pattern alone": {"colour": 0.0}, "Exact shade": {"colour": 1.0}},
)
def match_texture(ctx: Context, inputs: Given, p: MatchTexture) -> Iterator[Frame]:
    """The verdict first, then the places of the other picture from the top down."""
    sample, other = inputs.sample, inputs.other
    height, width = other.shape[:2]
    for band in _bands(0, height, 8 * width):
        ctx.check()
        yield Frame(Rect(0, band.start, width, band.stop - band.start), other[band].copy(), 0.02, "looking at both")
    side = p.place or max(round(min(width, height) / 5), round(max(width, height) / MOST), USUAL)
    factor = max(1, round(side / WORK))
    small, of_sample = _reduced(ctx, other, factor), _reduced(ctx, sample, factor)
    verdict = compared(described(_as_seen(ctx, sample)), described(_as_seen(ctx, other)), p.colour)
    findings = _findings(verdict)
    window = min(max(FEWEST, side // factor), *small.shape[:2], *of_sample.shape[:2])
    known = _places(ctx, of_sample, window)
    tops, lefts = (_starts(length, window) for length in small.shape[:2])
    like = np.zeros((len(tops), len(lefts)), np.float32)
    down, across = _weights(height, tops, window, factor), _weights(width, lefts, window, factor)
    done = 0
    for number, top in enumerate(ctx.steps(tops)):
        for at, left in enumerate(lefts):
            ctx.check()
            seen = described(small[top : top + window, left : left + window])
            like[number, at] = odds(differences(seen, known, p.colour)).max()
        last = number + 1 == len(tops)
        # Below the middle of this row of places the next one has its say too.
        ready = height if last else max(done, min(height, int(factor * (top + window / 2))))
        if last or (ctx.due() and ready > done):
            for band in _bands(done, ready, width):
                ctx.check()
                shown = _shown(other[band], np.asarray(down[band] @ like @ across.T, np.float32))
                fraction = 1.0 if band.stop == height else 0.1 + 0.9 * band.stop / height
                rect = Rect(0, band.start, width, band.stop - band.start)
                yield Frame(rect, shown, fraction, "", findings=findings, said=verdict.sentence)
            done = ready


def _bands(first: int, last: int, width: int) -> Iterator[slice]:
    """Rows from `first` up to `last`, some at a time."""
    rows = max(1, BAND // width)
    return (slice(top, min(last, top + rows)) for top in range(first, last, rows))


def _findings(found: Likeness) -> dict[str, float]:
    findings = {"likeness": found.value, "colours": found.colours}
    return {**findings, "pattern": found.pattern, "size": found.size} if found.patterned else findings


def _as_seen(ctx: Context, picture: Floats) -> Floats:
    """Small enough for `described` to take it at once."""
    return _reduced(ctx, picture, max(1, int(np.sqrt(picture.shape[0] * picture.shape[1]) / 512)))


def _reduced(ctx: Context, picture: Floats, factor: int) -> Floats:
    """Red, green and blue on white, each pixel the mean of factor x factor; float32 (h, w, 3)."""
    height, width = picture.shape[:2]
    if factor == 1 and height * width <= BAND:
        return rgb(picture)
    rows = max(1, BAND // (width * factor)) * factor
    made = []
    for top in range(0, height, rows):
        ctx.check()
        band = rgb(picture[top : top + rows])
        if factor > 1:
            size = -(-width // factor), -(-band.shape[0] // factor)
            band = np.asarray(cv2.resize(band, size, interpolation=cv2.INTER_AREA), np.float32)
        made.append(band)
    return np.concatenate(made)


def _starts(length: int, window: int) -> list[int]:
    """Where places begin along a side: every half a place, the last one at the end, MOST and one at most."""
    count = min(MOST, -(-2 * (length - window) // window))
    return sorted({round(k * (length - window) / max(count, 1)) for k in range(count + 1)})


def _places(ctx: Context, sample: Floats, window: int) -> Floats:
    """What is said of places all over the sample, (n, N)."""
    tops, lefts = (_starts(length, window)[:: max(1, (length // window) // 3)] for length in sample.shape[:2])
    found = []
    for top in tops:
        for left in lefts:
            ctx.check()
            found.append(described(sample[top : top + window, left : left + window]))
    return np.stack(found)


def _weights(length: int, starts: list[int], window: int, factor: int) -> Floats:
    """How much each place counts for each pixel of a side, float32 (length, places): two at most, by distance."""
    middles = (np.array(starts) + window / 2) * factor
    at = np.interp(np.arange(length) + 0.5, middles, np.arange(len(starts)))
    return np.asarray(np.maximum(0, 1 - np.abs(at[:, None] - np.arange(len(starts)))), np.float32)


def _shown(pixels: Floats, like: Floats) -> Floats:
    """Pixels (h, w, C) as they are where they are alike, and gray and dim where they are not."""
    kept = (1 - np.square(1 - like)).astype(np.float32)[..., None]
    made = pixels.copy()
    colours = made[..., :1] if pixels.shape[2] <= GRAY_ALPHA else made[..., :3]
    gray = colours if colours.shape[2] == 1 else (colours @ LUMA)[..., None]
    colours += (1 - kept) * (np.float32(DIM) * gray - colours)
    return made
