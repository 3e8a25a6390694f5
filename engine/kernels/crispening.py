"""A soft picture made crisp: every pixel from samples, laid so that it shows the same.

Source: Hertzmann et al., Image Analogies, SIGGRAPH 2001, as texture by numbers with a picture in place of numbers.
Ours lets the picture's own colours, a little blurred, say what belongs where, and gives the copied pixels back the
broad light and colour of the picture, so that what lies between two samples stays between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

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
"""Pixels: light and colour of the picture from this size on are kept."""
GAP = 16
SEAM = 24
"""Pixels to either side of the edges of a tile that are laid once more across them."""
_PATCH = 5

Blur = Callable[[Floats, float], Floats]
"""(H, W, 3) and a standard deviation in px to the same, blurred."""


def crispened(ctx: Context, picture: Floats, samples: Sequence[Floats], wraps: bool, blur: Blur) -> Iterator[Floats]:
    """Ever crisper versions of a picture (H, W, 3), float32 0..1; the last one is the result.

    Args:
        samples: (h, w, 3) each, of any sizes.
        wraps: the picture is a tile that repeats.
        blur: how to blur.
    """
    source, usable = _stacked(samples)
    if not usable.any() or min(picture.shape[:2]) < 2 * _PATCH or min(source.shape[:2]) < 2 * _PATCH:
        yield picture
        return
    made = picture
    with ctx.part(0.0, 0.75 if wraps else 1.0):
        for made in _laid(ctx, picture, source, usable, None, picture, blur):
            yield made
    if wraps:
        height, width = picture.shape[:2]
        shift = (height // 2, width // 2)
        rows, columns = np.arange(height), np.arange(width)
        band = min(SEAM, height // 4), min(SEAM, width // 4)
        free = (np.abs(rows - shift[0]) < band[0])[:, None] | (np.abs(columns - shift[1]) < band[1])[None]
        with ctx.part(0.75, 1.0):
            turned = np.roll(made, shift, (0, 1))
            guide = np.roll(picture, shift, (0, 1))
            for made in _laid(ctx, guide, source, usable, free, turned, blur):
                yield np.roll(made, (-shift[0], -shift[1]), (0, 1))


def _laid(
    ctx: Context,
    guide: Floats,
    source: Floats,
    usable: NDArray[np.bool_],
    free: NDArray[np.bool_] | None,
    known: Floats,
    blur: Blur,
) -> Iterator[Floats]:
    """Where `free` (everywhere by default), pixels of the source that show what the guide shows."""
    everywhere = np.ones(guide.shape[:2], np.bool_) if free is None else free
    weight = np.float32(GUIDE)
    colours = comparable(source, 3, check=ctx.check)
    sides = []
    for values in (source, guide):
        sides.append(np.asarray(np.rint(comparable(blur(values, BLUR), 3) * weight), np.int16))
        ctx.check()
    before = np.zeros(guide.shape, np.int16) if free is None else comparable(known, 3, check=ctx.check)
    taken = Sheet(colours, sides[0], None, usable)
    target = Sheet(before, sides[1], None, everywhere)
    flat = source.reshape(-1, 3)
    wanted = blur(guide, BROAD)
    for state in guided(ctx, taken, target, Plan(patch=_PATCH, uniformity=4.0)):
        copied = known.copy()
        copied[everywhere] = flat[state.origin]
        if free is None:
            made = copied + (wanted - blur(copied, BROAD))
        else:
            made = copied
            toned = copied + (wanted - blur(copied, BROAD))
            made[everywhere] = toned[everywhere]
        yield np.clip(made, 0, 1, dtype=np.float32)


def _stacked(samples: Sequence[Floats]) -> tuple[Floats, NDArray[np.bool_]]:
    """All samples one above the other with room between, and which pixels are theirs."""
    wide = max(sample.shape[1] for sample in samples)
    high = sum(-(-sample.shape[0] // GAP) * GAP + GAP for sample in samples)
    picture, usable = np.zeros((high, wide, 3), np.float32), np.zeros((high, wide), np.bool_)
    top = 0
    for sample in samples:
        place = slice(top, top + sample.shape[0]), slice(0, sample.shape[1])
        picture[place], usable[place] = sample, True
        top += -(-sample.shape[0] // GAP) * GAP + GAP
    return picture, usable
