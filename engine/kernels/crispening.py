"""A soft picture made crisp: every pixel from samples, laid so that it shows the same.

Sources: Hertzmann et al., Image Analogies, SIGGRAPH 2001, as texture by numbers with a picture in place of numbers;
Heitz and Neyret, High-Performance By-Example Noise, HPG 2018 (samples blended without a loss of contrast).
Ours lets the picture's own colours, a little blurred, say what belongs where, and gives the copied pixels back the
broad light and colour of the picture. What lies between samples is laid of each of them by itself, and their details
are blended: one search through all of them at once jumped from one sample to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats
from engine.kernels.guided import Plan, Sheet, guided
from engine.kernels.texture_features import comparable

BLUR = 1.2
"""Pixels: finer than this, the picture is not to be trusted."""
GUIDE = 0.3
"""Weight of the picture against what the samples' own neighbourhoods say.

It says what comes where. From 0.5 on it says what every grain looks like, too: only dull pixels come near to grain that
no sample has, and pieces are broken to follow it."""
BROAD = 10.0
"""Pixels: light and colour of the picture from this size on are kept, as far as they are not the sample's own."""
OWN = 0.5, 1.0
"""How much of light and of colour is the sample's own where there is nothing but it. Broad colours of the picture,
given to what was copied, put a green glow on earth where the picture has a leaf and the copy has none."""
_ALONE = 4
"""What a share counts by this power: of half a sample the broad colours are the picture's."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
LEAST = 0.02
"""Of a sample of which there is less than this nothing is seen."""
SEAM = 24
"""Pixels to either side of the edges of a tile that are laid once more across them."""
_PATCH = 7
"""Pixels a side: of 5, sand and marble came out less like themselves than the picture that they were laid into."""
_EVEN = 2.0
"""How much an even use of the sample counts, see `Plan.uniformity`. With 10 what fits best is used up, and sand is laid
of what does not fit."""
_AROUND = 6.0
"""Pixels, about: a sample is laid so far beyond where there is anything of it."""
_MOST_GAIN = 2.0

Blur = Callable[[Floats, float], Floats]
"""(H, W, 3) and a standard deviation in px to the same, blurred."""


@dataclass(frozen=True, eq=False)
class Part:
    """What a picture is made crisp with.

    Attributes:
        sample: (h, w, 3), of any size.
        share: how much of it there is: everywhere, or float32 (H, W) for each place of the picture. Those of all parts
            need not add up to 1.
        meant: how far it is this sample that the picture shows, 0..1, and not something else that is made of it.
    """

    sample: Floats
    share: Floats | float = 1.0
    meant: float = 1.0

    def everywhere(self, shape: tuple[int, ...]) -> Floats:
        """The share at each place, (H, W)."""
        return np.broadcast_to(np.asarray(self.share, np.float32), shape[:2])


def crispened(ctx: Context, picture: Floats, parts: Sequence[Part], wraps: bool, blur: Blur) -> Iterator[Floats]:
    """Ever crisper versions of a picture (H, W, 3), float32 0..1; the last one is the result.

    Args:
        parts: at least one. Where there is nothing of any, the picture stays.
        wraps: the picture is a tile that repeats.
        blur: how to blur; of a tile across its edges.
    """
    shares = [part.everywhere(picture.shape) for part in parts]
    used = [
        (part, share)
        for part, share in zip(parts, shares, strict=True)
        if share.max() > LEAST and min(part.sample.shape[:2]) >= 2 * _PATCH
    ]
    if not used or min(picture.shape[:2]) < 2 * _PATCH:
        yield picture
        return
    base = blur(picture, BROAD)
    pile = _Pile.empty(picture)
    work = np.cumsum([0.0, *((share > LEAST).mean() for _, share in used)])
    for number, (part, share) in enumerate(used):
        with ctx.part(work[number] / work[-1], work[number + 1] / work[-1]):
            for layer in _layer(ctx, picture, part, share, wraps, blur):
                ctx.check()
                if ctx.due():
                    yield pile.under(layer - base, share, blur).over(base, picture, blur)
                    ctx.check()
        pile = pile.under(layer - base, share, blur)
        ctx.check()
    yield pile.over(base, picture, blur)


@dataclass(frozen=True, eq=False)
class _Pile:
    """Details of several samples, one on the other.

    Attributes:
        detail: their sum, each by its share, (H, W, 3).
        loudness: the sum of their deviations nearby, each by its share, (H, W).
        weight: the sum of the shares, (H, W).
        count: how many there are.
    """

    detail: Floats
    loudness: Floats
    weight: Floats
    count: int

    @staticmethod
    def empty(picture: Floats) -> _Pile:
        flat = np.zeros(picture.shape[:2], np.float32)
        return _Pile(np.zeros_like(picture), flat, flat, 0)

    def under(self, detail: Floats, share: Floats, blur: Blur) -> _Pile:
        """With one more on top."""
        loudness = self.loudness + share * _deviation(detail, blur)
        return _Pile(self.detail + share[..., None] * detail, loudness, self.weight + share, self.count + 1)

    def over(self, base: Floats, picture: Floats, blur: Blur) -> Floats:
        """All of it on a base; the picture itself where there is nothing yet. A sum of details that do not agree is
        weaker than each of them: it gets the strength back that they have on the mean.
        """
        if self.count == 1:
            gain = np.ones_like(self.weight)
        else:
            gain = np.clip(self.loudness / (_deviation(self.detail, blur) + 1e-6), 1, _MOST_GAIN)
        there = self.weight > LEAST
        made = base + self.detail * (gain / np.where(there, self.weight, 1))[..., None]
        return np.clip(np.where(there[..., None], made, picture), 0, 1, dtype=np.float32)


def _deviation(detail: Floats, blur: Blur) -> Floats:
    """Root mean square of details around each place, (H, W)."""
    power = blur(np.repeat(np.square(detail).mean(axis=2, keepdims=True), 3, axis=2), BROAD)
    return np.sqrt(np.clip(power[..., 0], 0, None))


def _layer(ctx: Context, picture: Floats, part: Part, share: Floats, wraps: bool, blur: Blur) -> Iterator[Floats]:
    """The picture laid of one sample; where it covers little of it, only there."""
    made, free, sample = picture, None, part.sample
    own = part.meant * share**_ALONE
    if (share > LEAST).mean() < 0.5:
        wide = np.repeat((share > LEAST).astype(np.float32)[..., None], 3, axis=2)
        free = blur(wide, _AROUND)[..., 0] > 0.02
    with ctx.part(0.0, 0.75 if wraps else 1.0):
        for made in _laid(ctx, picture, sample, free, picture, own, blur):
            yield made
    if wraps:
        height, width = picture.shape[:2]
        shift = (height // 2, width // 2)
        rows, columns = np.arange(height), np.arange(width)
        band = min(SEAM, height // 4), min(SEAM, width // 4)
        joint = (np.abs(rows - shift[0]) < band[0])[:, None] | (np.abs(columns - shift[1]) < band[1])[None]
        if free is not None:
            joint &= np.roll(free, shift, (0, 1))
        if not joint.any():
            return
        with ctx.part(0.75, 1.0):
            turned = np.roll(made, shift, (0, 1))
            guide = np.roll(picture, shift, (0, 1))
            for made in _laid(ctx, guide, sample, joint, turned, np.roll(own, shift, (0, 1)), blur):
                yield np.roll(made, (-shift[0], -shift[1]), (0, 1))


def _laid(
    ctx: Context,
    guide: Floats,
    source: Floats,
    free: NDArray[np.bool_] | None,
    known: Floats,
    own: Floats,
    blur: Blur,
) -> Iterator[Floats]:
    """Where `free` (everywhere by default), pixels of the source that show what the guide shows.

    Args:
        own: (H, W), how far their light and colour are their own, see `OWN`.
    """
    everywhere = np.ones(guide.shape[:2], np.bool_) if free is None else free
    weight = np.float32(GUIDE)
    colours = comparable(source, 3, check=ctx.check)
    sides = []
    for values in (source, guide):
        sides.append(np.asarray(np.rint(comparable(blur(values, BLUR), 3) * weight), np.int16))
        ctx.check()
    before = np.zeros(guide.shape, np.int16) if free is None else comparable(known, 3, check=ctx.check)
    taken = Sheet(colours, sides[0], None, np.ones(source.shape[:2], np.bool_))
    target = Sheet(before, sides[1], None, everywhere)
    flat = source.reshape(-1, 3)
    wanted = blur(guide, BROAD)
    for state in guided(ctx, taken, target, Plan(patch=_PATCH, uniformity=_EVEN)):
        copied = known.copy()
        copied[everywhere] = flat[state.origin]
        toned = copied + _toning(wanted - blur(copied, BROAD), own)
        made = toned if free is None else np.where(everywhere[..., None], toned, copied)
        yield np.clip(made, 0, 1, dtype=np.float32)


def _toning(change: Floats, own: Floats) -> Floats:
    """A change of light and colour (H, W, 3), less what is not asked of a sample that has its own."""
    light = (change @ _LUMA)[..., None]
    kept = own[..., None]
    return np.asarray((1 - OWN[0] * kept) * light + (1 - OWN[1] * kept) * (change - light), np.float32)
