"""How a texture is looked at: larger, turned, lighter, more contrast, another hue, softer. Exact, and for any code.

These are the directions that nobody has to learn: what they do to a picture is known, so they are done to the picture.
They are pure functions of the place, like the texture itself: windows agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Stopped, Unusable
from engine.image import Bytes, Floats
from engine.nets.texture_space.generator import COARSEST, Generator
from engine.nets.texture_space.rendering import TILE, Code, rendered, tile
from engine.region import Rect, Size

SMALLEST_SCALE, LARGEST_SCALE = 0.25, 4.0
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


@dataclass(frozen=True)
class View:
    """What is done to the picture.

    Attributes:
        scale: how many times as large, SMALLEST_SCALE to LARGEST_SCALE.
        turn: degrees, to the left.
        lightness: -1 black, 0 as it is, 1 white.
        contrast: 0 gray, 1 as it is, 2 twice as much.
        saturation: 0 gray, 1 as it is, 2 twice as much.
        hue: degrees around the colour circle.
        softness: standard deviation of the blur, in px.
    """

    scale: float = 1.0
    turn: float = 0.0
    lightness: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    hue: float = 0.0
    softness: float = 0.0

    @property
    def moves(self) -> bool:
        """Whether pixels do not stay where they are."""
        return self.scale != 1.0 or self.turn % 360 != 0


def viewed(
    ctx: Context,
    generator: Generator,
    code: Code,
    rect: Rect,
    view: View,
    seed: int | None = None,
    tiled: Size | None = None,
) -> Iterator[tuple[Rect, Floats]]:
    """The parts of `rect`, as they come: (part, float32 (h, w, 3) 0..1).

    Args:
        rect: of the canvas.
        tiled: the size of a canvas that shall repeat without a seam; any size.

    Raises:
        Unusable: a turned texture shall tile.
        Stopped: asked to.
    """
    period, stretch = _period(tiled, view)
    seed = ctx.seed if seed is None else seed
    if not view.moves and stretch == (1.0, 1.0) and not view.softness:
        for part, pixels in rendered(ctx, generator, code, rect, seed, period):
            yield part, coloured(pixels, view)
        return
    parts = list(rect.tiles(TILE))
    at_once = max(1, ctx.threads)
    for first in range(0, len(parts), at_once):
        some = parts[first : first + at_once]
        made: list[Floats | None] = [None] * len(some)

        def work(number: int, cancel: Bytes, some: list[Rect] = some, made: list[Floats | None] = made) -> None:
            def check() -> None:
                if cancel[0]:
                    raise Stopped

            made[number] = _window(generator, code, seed, some[number], view, stretch, period, check)

        ctx.each(work, [(number,) for number in range(len(some))])
        for part, pixels_ in zip(some, made, strict=True):
            assert pixels_ is not None
            yield part, coloured(pixels_, view)


def _period(tiled: Size | None, view: View) -> tuple[Size | None, tuple[float, float]]:
    """After how many pixels of the unscaled texture it repeats, and by how much it is stretched (down, across)."""
    if tiled is None:
        return None, (view.scale, view.scale)
    if view.turn % 360:
        raise Unusable(
            "A turned texture does not tile",
            "its repeats would not meet the edges",
            "set the turn to 0, or do not tile",
        )
    width, height = (max(COARSEST, round(side / view.scale / COARSEST) * COARSEST) for side in tiled)
    return (width, height), (tiled[1] / height, tiled[0] / width)


def _window(
    generator: Generator,
    code: Code,
    seed: int,
    rect: Rect,
    view: View,
    stretch: tuple[float, float],
    period: Size | None,
    check: Callable[[], None],
) -> Floats:
    """One part before its colours are changed, on the calling thread."""
    halo = math.ceil(3 * view.softness)
    wide = rect.grown(halo)
    if not view.moves and stretch == (1.0, 1.0):
        seen = tile(generator, code, seed, wide, period, check)
    else:
        seen = _resampled(generator, code, seed, wide, view, stretch, period, check)
    if halo:
        seen = _soft(seen, view.softness, halo)
    return np.ascontiguousarray(seen, np.float32)


def _resampled(
    generator: Generator,
    code: Code,
    seed: int,
    rect: Rect,
    view: View,
    stretch: tuple[float, float],
    period: Size | None,
    check: Callable[[], None],
) -> Floats:
    """The texture at the places that the view puts into `rect`; several to a pixel where it gets smaller."""
    finer = max(1, math.ceil(1 / min(stretch) - 1e-6))
    steps = (np.arange(finer) + 0.5) / finer
    down = (rect.y + np.add.outer(np.arange(rect.h), steps).reshape(-1))[:, None] / stretch[0]
    along = (rect.x + np.add.outer(np.arange(rect.w), steps).reshape(-1))[None] / stretch[1]
    cosine, sine = math.cos(math.radians(view.turn)), math.sin(math.radians(view.turn))
    y, x = sine * along + cosine * down - 0.5, cosine * along - sine * down - 0.5
    top, left = math.floor(y.min()) - 1, math.floor(x.min()) - 1
    box = Rect(left, top, math.ceil(x.max()) + 3 - left, math.ceil(y.max()) + 3 - top)
    source = tile(generator, code, seed, box, period, check)
    check()
    values = _cubic(source, y - top, x - left)
    if finer > 1:
        values = values.reshape(rect.h, finer, rect.w, finer, 3).mean(axis=(1, 3))
    return np.asarray(np.clip(values, 0, 1), np.float32)


def _cubic(source: Floats, y: NDArray[np.float64], x: NDArray[np.float64]) -> Floats:
    """Catmull-Rom between pixels; every place has one pixel on each side and one beyond it."""
    y0, x0 = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    ys, xs = _weights((y - y0).astype(np.float32)), _weights((x - x0).astype(np.float32))
    out = np.zeros((*np.broadcast_shapes(y.shape, x.shape), 3), np.float32)
    for j in range(4):
        for i in range(4):
            out += source[y0 + j - 1, x0 + i - 1] * (ys[j] * xs[i])[..., None]
    return out


def _weights(t: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    return (
        np.asarray(((-0.5 * t + 1) * t - 0.5) * t, np.float32),
        np.asarray((1.5 * t - 2.5) * t * t + 1, np.float32),
        np.asarray(((-1.5 * t + 2) * t + 0.5) * t, np.float32),
        np.asarray((0.5 * t - 0.5) * t * t, np.float32),
    )


def _soft(pixels: Floats, sigma: float, halo: int) -> Floats:
    """Blurred, and smaller by `halo` on all sides."""
    away = np.arange(-halo, halo + 1)
    weights = np.exp(-0.5 * (away / sigma) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    height, width = pixels.shape[0] - 2 * halo, pixels.shape[1] - 2 * halo
    rows = sum(w * pixels[k : k + height] for k, w in enumerate(weights))
    return np.asarray(sum(w * np.asarray(rows)[:, k : k + width] for k, w in enumerate(weights)), np.float32)


def softened(pixels: Floats, sigma: float, wraps: bool) -> Floats:
    """A whole picture (H, W, 3), blurred; beyond its edges it goes on as at the edge, or begins again."""
    halo = math.ceil(3 * sigma)
    around = ((halo, halo), (halo, halo), (0, 0))
    return _soft(np.pad(pixels, around, mode="wrap" if wraps else "edge"), sigma, halo)


def coloured(pixels: Floats, view: View) -> Floats:
    """Pixels (..., 3), 0..1, with the view's colours: hue, saturation, contrast, lightness, in this order."""
    if (view.hue % 360, view.saturation, view.contrast, view.lightness) == (0, 1, 1, 0):
        return pixels
    matrix = np.eye(3)
    if view.hue % 360:
        cosine, sine = math.cos(math.radians(view.hue)), math.sin(math.radians(view.hue))
        turned = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
        matrix = np.linalg.inv(_TO_YIQ) @ turned @ _TO_YIQ
    gray = np.tile(_LUMA, (3, 1))
    matrix = (gray + view.saturation * (np.eye(3) - gray)) @ matrix
    made = pixels @ matrix.T.astype(np.float32)
    made = np.float32(0.5) + (made - np.float32(0.5)) * np.float32(view.contrast)
    made = np.clip(made, 0, 1)
    if view.lightness > 0:
        made = made + (1 - made) * np.float32(view.lightness)
    elif view.lightness < 0:
        made = made * np.float32(1 + view.lightness)
    return np.asarray(made, np.float32)
