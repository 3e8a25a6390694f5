"""Melts one texture into another across the canvas: black in the mask is the one, white the other, gray in between.

Sources: Darabi et al., Image Melding: Combining Inconsistent Images using Patch-based Synthesis, SIGGRAPH 2012; Kwatra
et al., Graphcut Textures, SIGGRAPH 2003; colours meet half way by optimal transport (Vacher et al., NeurIPS 2020).
Ours grows both textures over the canvas first, lets what stands out in either reach into the other, and makes only the
places anew where the two do not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.frame import Frame, From, Origin
from engine.image import GRAY_ALPHA, RGBA, Floats, Image
from engine.kernels.channels import premultiplied, with_channels
from engine.kernels.lattice import find_repeats
from engine.kernels.melting import Transport, ranks, second_chosen
from engine.kernels.mending import Mender
from engine.kernels.start import Arrangement, Pieces, Sheet, fitting, shrunk
from engine.kernels.strips import AT_ONCE, Check, rows_of
from engine.operation import Given, Input, Inputs, Mask, Picture, allowed, operation, sample_from
from engine.params import Params, Slider
from engine.region import Rect, Size

Ints = NDArray[np.int32]
STRUCTURED = 0.35
"""Strength of a lattice from which on pieces keep in step with it."""

TELLING = 48
"""Shorter side of a sample from which on it tells whether it repeats itself."""


@dataclass(frozen=True)
class Melt(Params):
    """How the one becomes the other."""

    patch: Annotated[
        int,
        Slider(
            3,
            15,
            unit="px",
            help="The side of what is compared where pieces meet; pieces are sized after it",
            low_looks="small pieces, more variation",
            high_looks="large pieces, structure holds",
        ),
    ] = 7
    overlap: Annotated[
        int,
        Slider(
            0,
            512,
            unit="px",
            help="How far the mask's edges are softened, so that a hard mask melts as well",
            low_looks="as sharp as the mask is",
            high_looks="a wide, slow change",
        ),
    ] = 48
    mingle: Annotated[
        float,
        Slider(
            0,
            1,
            help="How far what stands out in one texture reaches into the other",
            low_looks="a clean line",
            high_looks="stones in the grass, grass between the stones",
        ),
    ] = 0.7
    colours: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much the colours of both meet half way in between",
            low_looks="each keeps its own colours",
            high_looks="colours change slowly from one to the other",
        ),
    ] = 0.7
    variety: Annotated[
        float,
        Slider(
            0,
            1,
            help="How evenly all of the samples is used, and how freely pieces are drawn",
            low_looks="what fits best, again and again",
            high_looks="everything in the samples turns up",
        ),
    ] = 0.5


def _size(inputs: Mapping[str, Input | None], p: Melt) -> Size:
    where = inputs["where"]
    if isinstance(where, Image):
        return where.size
    assert isinstance(where, np.ndarray)
    return int(where.shape[1]), int(where.shape[0])


def _memory(given: Mapping[str, Any], size: Size, p: Melt) -> int:
    return size[0] * size[1] * 150 + 40 * (int(given["sample"].size) + int(given["other"].size))


@operation(
    "Melt",
    group="Synthesize",
    inputs=Inputs(
        sample=Picture(title="Sample", help="The texture where the mask is black"),
        other=Picture(title="Other", help="The texture where the mask is white"),
        where=Mask(title="Mask", of="", help="Black is the one texture, white the other; its size is the result's"),
        source=sample_from("all of the sample", of="sample"),
        other_source=Mask(
            title="Other from",
            help="The same of the other texture",
            of="other",
            required=False,
            limits=True,
        ),
    ),
    params=Melt,
    size=_size,
    memory=_memory,
    presets={
        "Clean edge": {"overlap": 0, "mingle": 0.0, "colours": 0.0},
        "Slow change": {"overlap": 128, "colours": 1.0},
        "Overgrown": {"mingle": 1.0, "colours": 0.3},
    },
)
def melt(ctx: Context, inputs: Given, p: Melt) -> Iterator[Frame]:
    """A look by laying both out, both textures as they grow, and the mended melt."""
    width, height = ctx.size
    channels = max(inputs.sample.shape[2], inputs.other.shape[2])
    if inputs.sample.shape[2] % 2 != inputs.other.shape[2] % 2 and channels == 3:
        channels = RGBA
    pair = tuple(with_channels(one, channels) for one in (inputs.sample, inputs.other))
    where = inputs.where
    columns = [np.arange(width) % one.shape[1] for one in pair]
    other_laid = np.empty((height, width, channels), np.float32)
    for rows in rows_of((height, width), ctx.check):
        lines = np.arange(rows.start, rows.stop)
        first, second = (one[lines % one.shape[0]][:, across] for one, across in zip(pair, columns, strict=True))
        other_laid[rows] = second
        band = Rect(0, rows.start, width, len(lines))
        yield Frame(band, first + (second - first) * where[rows, :, None], 0.0, "laid out")
    ctx.due()
    ctx.check()
    where = _softened(where, p.overlap, ctx.check)
    colours = 1 if channels <= GRAY_ALPHA else 3
    seen = tuple(premultiplied(one) for one in pair)
    lists = [np.ascontiguousarray(_thinned(one)[..., :colours].reshape(-1, colours)) for one in seen]
    ways = Transport.between(lists[0], lists[1]), Transport.between(lists[1], lists[0])
    ctx.check()
    free = allowed(inputs.source, inputs.sample), allowed(inputs.other_source, inputs.other, "other texture")
    picture, usable, tops = _atlas(pair, free)
    alike = np.zeros_like(picture)
    for one, way, top in zip(seen, ways, tops, strict=True):
        part = alike[top : top + one.shape[0], : one.shape[1]]
        for rows in rows_of(one.shape, ctx.check):
            part[rows] = one[rows]
            part[rows, :, :colours] = np.clip(way.towards(one[rows, :, :colours], 0.5), 0, 1)
    flat = picture.reshape(-1, channels)
    grown: list[Ints] = []
    for number, (one, top) in enumerate(zip(seen, tops, strict=True)):
        needed = where < 1 if number == 0 else where > 0
        if not needed.any():
            grown.append(np.zeros((height, width), np.int32))
            continue
        with ctx.part(0.05 + 0.3 * number, 0.35 + 0.3 * number):
            for quilt, laid_now in _grown(ctx, one, free[number], p):
                for rect in laid_now:
                    ctx.check()
                    here = rect.slices
                    shown = flat[_moved(quilt[here], one.shape[1], top, picture.shape[1])]
                    near = where[here][..., None] if number else np.float32(1) - where[here][..., None]
                    base: Floats = flat[grown[0][here]] if number else other_laid[here]
                    yield Frame(rect, base + (shown - base) * near, ctx.fraction, "pieces")
        moved = np.empty(where.shape, np.int32)
        for rows in rows_of(where.shape, ctx.check):
            moved[rows] = _moved(quilt[rows], one.shape[1], top, picture.shape[1])
        grown.append(moved)
    heights = []
    for quilt in grown:
        standing = _standing_out(ctx, flat, quilt, colours, p.patch)
        ctx.check()
        heights.append(ranks(standing))
        ctx.check()
    quilt = np.empty((height, width), np.int32)
    for rows in rows_of(quilt.shape, ctx.check):
        chosen = second_chosen(where[rows], heights[0][rows], heights[1][rows], p.mingle)
        quilt[rows] = np.where(chosen, grown[1][rows], grown[0][rows])
    strength = np.float32(p.colours)
    second_from = tops[1] * picture.shape[1]

    def frames(quilt: Ints, there: Rect, fraction: float, last: bool = False) -> Iterator[Frame]:
        for rows in rows_of((there.bottom, width), ctx.check, there.y):
            part = quilt[rows]
            made = _coloured(flat, part, second_from, ways, where[rows], strength, colours)
            origin = _origin(part, picture.shape[1], pair, tops, exact=p.colours == 0) if last else None
            band = Rect(0, rows.start, width, len(part))
            yield Frame(band, made, fraction, "" if last else "joints", origin)

    whole = Rect(0, 0, width, height)
    yield from frames(quilt, whole, 0.65)
    ctx.check()
    mender = Mender(ctx, shrunk(alike, usable, 1), quilt, p.patch, False)
    with ctx.part(0.65, 0.98):
        for mended in mender:
            if ctx.due():
                yield from frames(mender.quilt, mended, ctx.fraction)
    ctx.progress(1.0)
    yield from frames(mender.quilt, whole, 1.0, True)


def _softened(where: Floats, overlap: int, check: Check) -> Floats:
    if overlap <= 0 or min(where.shape) < 2:
        return where
    # In a small picture a wide blur would leave nothing of the mask.
    sigma = max(min(overlap / 4, min(where.shape) / 10), 0.3)
    reach = int(4 * sigma) + 2
    out = np.empty_like(where)
    step = max(reach, AT_ONCE // where.shape[1])
    for top in range(0, len(where), step):
        check()
        first = max(0, top - reach)
        part = where[first : top + step + reach]
        soft = cv2.GaussianBlur(part, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE).reshape(part.shape)
        out[top : top + step] = np.clip(soft[top - first :][:step], 0, 1)
    return out


def _thinned(picture: Floats) -> Floats:
    """About 64,000 pixels of it, enough for its colours."""
    by = max(1, int(np.sqrt(picture.shape[0] * picture.shape[1] / 64_000)))
    return picture[::by, ::by]


def _atlas(
    pair: tuple[Floats, ...], free: tuple[NDArray[np.bool_], ...]
) -> tuple[Floats, NDArray[np.bool_], tuple[int, int]]:
    """Both one above the other, which pixels are of one and may be copied, and the first row of each."""
    rows = sum(one.shape[0] for one in pair)
    picture = np.zeros((rows, max(one.shape[1] for one in pair), pair[0].shape[2]), np.float32)
    usable = np.zeros(picture.shape[:2], np.bool_)
    tops = (0, pair[0].shape[0])
    for one, may, top in zip(pair, free, tops, strict=True):
        picture[top : top + one.shape[0], : one.shape[1]] = one
        usable[top : top + one.shape[0], : one.shape[1]] = may
    return picture, usable, tops


def _grown(ctx: Context, seen: Floats, usable: NDArray[np.bool_], p: Melt) -> Iterator[tuple[Ints, list[Rect]]]:
    """One of the textures over the whole canvas, as places in its sample, and where new pieces of it lie."""
    side = min(seen.shape[:2])
    factor = 1
    while side // factor >= 128:
        factor *= 2
    width, height = ctx.size
    sheet = shrunk(seen, usable, factor)
    small = -(-width // factor), -(-height // factor)
    lattice, length = find_repeats(_values(sheet)) if side >= TELLING else (None, 0.0)
    if lattice is not None and lattice.strength < STRUCTURED:
        lattice = None
    block = max(1, side // factor) * (p.patch + 5) // 30
    if lattice is None and block < length <= side / factor / 2:
        block = int(min(1.25 * length, 1.5 * block))
    block = max(1, min(block, side // factor * 2 // 3, *small))
    pieces = fitting(sheet, Pieces(block, min(max(1, block // 3), block // 2), False))
    ctx.check()
    coarse = Arrangement(ctx, sheet, small, pieces, 6 * p.variety, 0.2 * p.variety, lattice)
    with ctx.part(0, 0.5):
        for _ in coarse:
            pass
    fine = coarse
    if factor > 1:
        full = shrunk(seen, usable, 1, ctx.check)
        fine = Arrangement(ctx, full, ctx.size, pieces.times(factor), 0.0, 0.0, coarse=coarse, factor=factor)
        waiting: list[Rect] = []
        with ctx.part(0.5, 1):
            for blocks in fine:
                waiting += [Rect(int(x), int(y), int(w), int(h)) for y, x, h, w in blocks[:, :4]]
                if ctx.due():
                    yield fine.quilt, waiting
                    waiting = []
        yield fine.quilt, waiting
    else:
        yield fine.quilt, [Rect.of(fine.quilt)] if ctx.due() else []


def _values(sheet: Sheet) -> Floats:
    """A sheet as a picture: float32 (H, W, C), 0..1."""
    return np.asarray(sheet.planes.T.reshape(*sheet.sides, -1) / np.float32(255), np.float32)


def _moved(quilt: Ints, columns: int, top: int, width: int) -> Ints:
    """Places in one sample as places in the atlas; what is not laid yet shows the first pixel."""
    y, x = np.divmod(np.maximum(quilt, 0), np.int32(columns))
    return np.asarray((y + np.int32(top)) * np.int32(width) + x, np.int32)


def _standing_out(ctx: Context, flat: Floats, quilt: Ints, colours: int, patch: int) -> Floats:
    """How much each place stands out: its brightness, smoothed so that whole shapes do."""
    gray = np.empty(quilt.shape, np.float32)
    for rows in rows_of(quilt.shape, ctx.check):
        gray[rows] = flat[quilt[rows]][..., :colours].mean(axis=2, dtype=np.float32)
    out = np.empty_like(gray)
    # The wide blur is made small: what is that slow, an eighth of the pixels tells as well.
    by = max(1, min(patch, min(quilt.shape) // 8))
    size = (-(-quilt.shape[1] // by), -(-quilt.shape[0] // by))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0])
    slow = cv2.GaussianBlur(small, (0, 0), 6.0 * patch / by, borderType=cv2.BORDER_REFLECT)
    ctx.check()
    slow = cv2.resize(slow, quilt.shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(quilt.shape)
    ctx.check()
    margin = int(4 * patch / 3) + 2
    for rows in rows_of(quilt.shape, ctx.check):
        above = min(margin, rows.start)
        part = gray[rows.start - above : rows.stop + margin]
        fine = cv2.GaussianBlur(part, (0, 0), patch / 3, borderType=cv2.BORDER_REFLECT).reshape(part.shape)
        out[rows] = fine[above : above + rows.stop - rows.start] - slow[rows]
    return out


def _coloured(
    flat: Floats,
    quilt: Ints,
    second: int,
    ways: tuple[Transport, Transport],
    where: Floats,
    strength: np.float32,
    colours: int,
) -> Floats:
    """The arrangement in the colours of each place: of both textures, as much of each as the mask says."""
    made = flat[quilt]
    if strength <= 0:
        return made
    other = quilt >= second
    for which, way, share in ((~other, ways[0], where), (other, ways[1], 1 - where)):
        moving = which & (share > 0)
        if moving.any():
            pixels = made[moving]
            pixels[:, :colours] = way.towards(pixels[:, :colours], strength * share[moving][:, None])
            made[moving] = np.clip(pixels, 0, 1)
    return made


def _origin(quilt: Ints, width: int, pair: tuple[Floats, ...], tops: tuple[int, int], exact: bool) -> Origin:
    y, x = np.divmod(quilt, np.int32(width))
    other = y >= tops[1]
    columns = np.where(other, np.int32(pair[1].shape[1]), np.int32(pair[0].shape[1]))
    places = np.where(other, y - np.int32(tops[1]), y) * columns + x
    return Origin(places.astype(np.int32), (From("sample"), From("other")), other.astype(np.uint8), exact=exact)
