"""Makes a picture repeat without a seam: most of it stays what it is, only a band around the wrap is made again.

Sources: Kwatra et al., Graphcut Textures, SIGGRAPH 2003 (pieces across a seam, on a torus); Kwatra et al., Texture
Optimization, SIGGRAPH 2005 (joints refined by a field of nearest patches); Kaspar et al., Self Tuning Texture
Optimization, EUROGRAPHICS 2015 (the lattice of a texture).
Ours bends a regular picture a little, so that whole repeats fit into the tile, evens out slow changes of light, which
would show as patchwork, and takes further maps (normal, roughness, height) along pixel by pixel at their own depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.frame import Frame, From, Origin
from engine.image import GRAY_ALPHA, Floats, Image, Pixels
from engine.kernels.bending import Bend, fitted, inner
from engine.kernels.channels import premultiplied
from engine.kernels.healing import healed
from engine.kernels.lattice import Lattice, find_repeats
from engine.kernels.mending import Mender
from engine.kernels.start import STRICT, shrunk
from engine.kernels.strips import looked_up, rows_of
from engine.kernels.tiling import Closing, Layout
from engine.measures.repetition import repetition
from engine.measures.seam import line_seam, wrap_seam
from engine.operation import Given, Input, Inputs, Picture, allowed, operation, sample_from
from engine.params import Params, Slider, Toggle
from engine.region import Rect, Size

Ints = NDArray[np.int32]
STRUCTURED = 0.35
"""Strength of a lattice from which on the tile holds whole repeats of it."""
CALM, SEEN = 0.8, 1.9
"""Standard deviations from the usual step between neighbouring lines: within them a cut shows nothing; beyond, an edge.
"""
MEASURED = 384
"""Side in pixels at which repetition is measured; larger tiles are measured smaller."""
CLOSED = 1.0
"""Standard deviations within which a wrap is no seam: the picture is a tile in that direction."""
ALIKE = 0.8
"""Correlation from which on two steps from row to row are the same edge."""
LARGE = 1_000_000
"""Pixels of a tile from which on the picture in an even light is worth seeing before any piece is laid."""
SMALLEST = 16


@dataclass(frozen=True)
class Tile(Params):
    """How a picture is closed."""

    band: Annotated[
        int | None,
        Slider(
            8,
            1024,
            unit="px",
            log=True,
            help="How much is made again around the seam, across",
            low_looks="nearly all of the picture stays; the joint may be hard",
            high_looks="more freedom for the joint, less of the picture stays",
            automatic="a quarter of the shorter side; more where the picture's own repeat is longer",
        ),
    ] = None
    light: Annotated[
        float,
        Slider(
            0,
            1,
            help="How far slow changes of light and colour are evened out",
            low_looks="as photographed; repeats show as patches",
            high_looks="even all over",
        ),
    ] = 0.8
    fit: Annotated[
        bool,
        Toggle(
            title="Fit repeats",
            help="Stretch a regular picture by a few percent, so that whole bricks, tiles or threads meet at the seam",
        ),
    ] = True
    variety: Annotated[
        float,
        Slider(
            0,
            1,
            help="How freely the pieces at the seam are drawn, and how evenly all of the picture is used for them",
            low_looks="the best joint",
            high_looks="another tile for each seed, joints may show",
        ),
    ] = 0.25
    patch: Annotated[
        int,
        Slider(
            3,
            15,
            unit="px",
            help="The side of what is compared where pieces meet",
            low_looks="fine texture",
            high_looks="structure holds",
            advanced=True,
        ),
    ] = 7


def _size(inputs: Mapping[str, Input | None], p: Tile) -> Size:
    sample = inputs["sample"]
    assert isinstance(sample, Image)
    return sample.size


def _memory(given: Mapping[str, Any], size: Size, p: Tile) -> int:
    return size[0] * size[1] * 90 + int(given["sample"].size) * 30


@operation(
    "Tile",
    group="Synthesize",
    inputs=Inputs(
        sample=Picture(help="The picture that shall repeat without a seam"),
        maps=Picture(
            title="Further maps",
            help="Maps of the same surface, such as normal, roughness and height; they are closed the same way",
            required=False,
            several=True,
            of="sample",
            stored=True,
        ),
        source=sample_from("all of the picture", of="sample"),
    ),
    params=Tile,
    sized=True,
    size=_size,
    memory=_memory,
    presets={
        "Keep the light": {"light": 0.0},
        "Narrow joint": {"band": 32},
        "Lively": {"variety": 0.8},
        "Pixels as they are": {"light": 0.0, "fit": False},
    },
)
def tile(ctx: Context, inputs: Given, p: Tile) -> Iterator[Frame]:
    """The picture as it would wrap, pieces laid across the seam, mended joints; then the maps."""
    sample: Floats = inputs.sample
    width, height = ctx.size
    rows, columns, channels = sample.shape
    wrapped = (np.arange(height)[:, None] % rows * columns + np.arange(width) % columns).astype(np.int32)
    yield from _frames(ctx, sample.reshape(-1, channels), wrapped, 0.0, "as it is")
    ctx.due()
    ctx.check()
    # What may not be copied stays nowhere either: it is made of the rest before anything is closed.
    own = None
    if inputs.source is not None:
        own = healed(ctx, sample, allowed(inputs.source, sample, "picture"))
        sample = looked_up(sample.reshape(-1, channels), own, ctx.check)
    seen = premultiplied(sample)
    ctx.check()
    factor = _factor(min(rows, columns))
    lattice, repeat = _repeats(ctx, seen, factor)
    ctx.check()
    bend, closed = fitted(lattice if p.fit else None, (rows, columns), ctx.size)
    evened = _evened(ctx, sample, p.light)
    ctx.check()
    picture: Floats = _bent(ctx, evened, bend)
    ctx.check()
    usable = bend.reached(ctx.check) if bend else np.ones((rows, columns), np.bool_)
    seen = premultiplied(picture)
    ctx.check()
    loose = _loose(ctx, sample, ctx.size, bend, closed is not None)
    ctx.check()
    layout = _layout(ctx.size, usable, p, factor, repeat, loose) if any(loose) else None
    flat = picture.reshape(-1, channels)
    if width * height > LARGE and (picture is not sample):
        yield from _frames(ctx, flat, wrapped, 0.02, "light")
    sheet = shrunk(seen, usable, 1, ctx.check)
    ctx.check()
    if layout is None:
        quilt = wrapped
    else:
        evenness, tolerance = 6.0 * p.variety, 0.2 * p.variety
        smaller = closed.scaled(1 / factor) if closed else None
        small = shrunk(seen, usable, factor, ctx.check)
        coarse = Closing(ctx, small, layout.scaled(factor), evenness, tolerance, smaller)
        with ctx.part(0.05, 0.3):
            for _ in coarse:
                ctx.check()
        closing = coarse
        if factor > 1:
            strict = closed if closed and closed.strength >= STRICT else None
            closing = Closing(ctx, sheet, layout, 0.0, 0.0, strict, coarse, factor)
            with ctx.part(0.3, 0.5):
                for _ in closing:
                    if ctx.due():
                        yield from _frames(ctx, flat, closing.quilt, ctx.fraction, "pieces")
        quilt = closing.quilt
        yield from _frames(ctx, flat, quilt, ctx.fraction, "pieces")
    if any(loose):
        mender = Mender(ctx, sheet, np.maximum(quilt, 0), p.patch, True)
        with ctx.part(0.5, 0.9):
            for mended in mender:
                if ctx.due():
                    yield from _frames(ctx, flat, mender.quilt, ctx.fraction, "joints", mended)
        quilt = mender.quilt
    findings = _kept(quilt, layout, columns)
    ctx.check()
    quilt = _recut(ctx, quilt, looked_up(flat, quilt, ctx.check), CALM if any(loose) else SEEN)
    made = looked_up(flat, quilt, ctx.check)
    ctx.check()
    findings |= _findings(ctx, made, inputs.sample)
    ctx.check()
    others = tuple(_mapped(ctx, one, own, bend, quilt) for one in inputs.maps or ())
    ctx.progress(1.0)
    places = bend.back(quilt, ctx.check) if bend else quilt.copy()
    if own is not None:
        places = looked_up(own.reshape(-1), places, ctx.check)
    exact, words = p.light == 0 and bend is None, _words(findings)
    for some in rows_of(made.shape, ctx.check):
        origin = Origin(places[some], (From("sample"),), exact=exact)
        band = Rect(0, some.start, width, some.stop - some.start)
        yield Frame(band, made[some], 1.0, words, origin, findings, others)


def _factor(side: int) -> int:
    """By how much the picture is shrunk for the first choice of pieces: to 64..127 px a side."""
    factor = 1
    while side // factor >= 128:
        factor *= 2
    return factor


def _repeats(ctx: Context, seen: Floats, factor: int) -> tuple[Lattice | None, float]:
    """The lattice, if it is strong enough, and the length of the shortest repeat, in pixels."""
    finer = max(1, factor // 2)
    rows, columns = seen.shape[0] // finer, seen.shape[1] // finer
    lattice, length = find_repeats(_smaller(ctx, seen[: rows * finer, : columns * finer], finer))
    ctx.check()
    if lattice is not None and lattice.strength >= STRUCTURED:
        return lattice.scaled(finer), length * finer
    return None, length * finer


def _bent(ctx: Context, pixels: Any, bend: Bend | None) -> Any:
    """The picture as the tile wants it: (H, W, C) of the same size and depth."""
    if bend is None:
        return pixels
    made = np.empty((*bend.shape, pixels.shape[2]), pixels.dtype)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    least, most = pixels.min(), pixels.max()
    for rows in rows_of(made.shape, ctx.check):
        strip = np.array(bend.affine, np.float64)
        strip[:, 2] += strip[:, 1] * rows.start
        size = (made.shape[1], rows.stop - rows.start)
        part = cv2.warpAffine(pixels, strip, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
        made[rows] = part.reshape(made[rows].shape)
        if made.dtype == np.float32:
            np.clip(made[rows], least, most, out=made[rows])
    return made


def _smaller(ctx: Context, picture: Floats, by: int) -> Floats:
    """Means of squares of `by` pixels, which its sides are multiples of."""
    if by == 1:
        return picture
    rows, columns = picture.shape[0] // by, picture.shape[1] // by
    out = np.empty((rows, columns, picture.shape[2]), np.float32)
    for row in range(rows):
        if row * by % 64 < by:
            ctx.check()
        parts = picture[row * by : (row + 1) * by].reshape(by, columns, by, -1)
        out[row] = parts.mean(axis=(0, 2), dtype=np.float32)
    return out


def _evened(ctx: Context, sample: Floats, share: float) -> Floats:
    """Less slow changes of light and colour, as light changes things: by a factor."""
    if share <= 0:
        return sample
    colours = 1 if sample.shape[2] <= GRAY_ALPHA else 3
    rows, columns = sample.shape[:2]
    small = (max(1, min(columns, 64)), max(1, min(rows, 64)))
    values = np.ascontiguousarray(sample[..., :colours])
    ctx.check()
    coarse = cv2.resize(values, small, interpolation=cv2.INTER_AREA).reshape(small[1], small[0], colours)
    slow = cv2.GaussianBlur(coarse, (0, 0), small[0] / 6, sigmaY=small[1] / 6, borderType=cv2.BORDER_REFLECT)
    slow = slow.reshape(coarse.shape)
    mean = slow.mean(axis=(0, 1))
    gain = np.clip((mean + 0.02) / (slow + 0.02), 0.5, 2) ** share
    ctx.check()
    gain = cv2.resize(gain.astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC).reshape(values.shape)
    out = np.empty_like(sample)
    for some in rows_of(sample.shape, ctx.check):
        out[some] = sample[some]
        out[some, :, :colours] = np.clip(values[some] * gain[some], 0, 1)
    return out


def _loose(ctx: Context, sample: Floats, size: Size, bend: Bend | None, regular: bool) -> tuple[bool, bool]:
    """Whether the picture is open from left to right, and from top to bottom: what is closed already stays.

    Args:
        regular: its lattice closes as it is; then the wrap may run along an edge, as other lines of the lattice do.
    """
    rows, columns = sample.shape[:2]
    if (columns, rows) != size or bend is not None or min(size) < SMALLEST:
        return True, True
    across = line_seam(_rolled(ctx, sample, columns // 2, 1), column=columns // 2)
    ctx.check()
    down = line_seam(_rolled(ctx, sample, rows // 2, 0), row=rows // 2)
    ctx.check()
    return (
        abs(across) > CLOSED and not (regular and _as_inside(sample.swapaxes(0, 1))),
        abs(down) > CLOSED and not (regular and _as_inside(sample)),
    )


def _rolled(ctx: Context, picture: Floats, by: int, axis: int) -> Floats:
    """np.roll of a picture along one of its sides."""
    out = np.empty_like(picture)
    for rows in rows_of(picture.shape, ctx.check):
        if axis == 1:
            out[rows] = np.roll(picture[rows], by, axis=1)
        else:
            out[rows] = picture[(np.arange(rows.start, rows.stop) - by) % len(picture)]
    return out


def _as_inside(sample: Floats) -> bool:
    """Whether the step from the last row to the first is a step that comes between rows inside, too."""
    steps = np.diff(sample, axis=0).reshape(sample.shape[0] - 1, -1)
    wrap = (sample[0] - sample[-1]).reshape(-1)
    lengths = np.linalg.norm(steps, axis=1) * np.linalg.norm(wrap)
    return bool((steps @ wrap / np.maximum(lengths, 1e-9)).max() > ALIKE)


def _layout(
    size: Size, usable: NDArray[np.bool_], p: Tile, factor: int, repeat: float, loose: tuple[bool, bool]
) -> Layout | None:
    """What stays where, or None where the picture is too small for pieces."""
    reached = inner(usable)
    side = min(reached.w, reached.h)
    tile_side = min(size)
    if min(side, tile_side) < SMALLEST:
        return None
    band = p.band or int(max(0.25 * min(side, tile_side), min(1.5 * repeat, 0.4 * side)))
    band = max(4, min(band, side // 2, tile_side // 2))
    # Pieces cover the band and reach over both of its ends; a third of them is matched on each side.
    overlap = max(1, min(band // 3, side // 8))
    # Where most of the tile is new, pieces as large as a texture is grown of.
    larger = size[0] > reached.w or size[1] > reached.h
    block = max(2 * overlap + 1, min(max(band, 2 * side // 5) if larger else band, side // 2))
    width, height = min(size[0], reached.w), min(size[1], reached.h)
    # The pieces themselves are `overlap` wider on each side than what is not kept.
    kept = Rect(
        0,
        0,
        max(2 * overlap, width - band + 2 * overlap) if loose[0] else width,
        max(2 * overlap, height - band + 2 * overlap) if loose[1] else height,
    )
    kept = kept.moved((width - kept.w) // 2, (height - kept.h) // 2)
    shift = (_even(reached.y + (reached.h - height) // 2, factor), _even(reached.x + (reached.w - width) // 2, factor))
    return Layout.of(size, kept, shift, overlap, block)


def _even(value: int, factor: int) -> int:
    return value // factor * factor


def _frames(
    ctx: Context, flat: Floats, quilt: Ints, fraction: float, note: str, there: Rect | None = None
) -> Iterator[Frame]:
    """The arrangement so far or the rows of it that are `there` in bands, mean colour where there is nothing yet."""
    there = there or Rect.of(quilt)
    blank = flat[:: max(1, len(flat) // 50_000)].mean(axis=0)
    for rows in rows_of((there.bottom, there.w), ctx.check, there.y):
        part = quilt[rows]
        pixels = np.where((part >= 0)[..., None], flat[part], blank)
        yield Frame(Rect(0, rows.start, quilt.shape[1], len(part)), pixels, fraction, note)


def _recut(ctx: Context, quilt: Ints, made: Floats, limit: float) -> Ints:
    """The same torus, cut open a few pixels away where the wrap happens to run along an edge.

    A tile has no seam; but a cut along the edge of a stone reads as one, to the eye and to every measure.
    """
    for axis in (0, 1):
        steps = _steps(ctx, made, axis)
        if steps.size < 4:
            continue
        scores = np.abs(steps - steps.mean()) / (steps.std() + 0.004)
        near = np.argsort(np.abs(_turns(steps.size)), kind="stable")[: max(1, steps.size // 8)]
        calm = near[scores[near] <= limit]
        cut = int(calm[0] if calm.size else near[scores[near].argmin()])
        quilt, made = np.roll(quilt, -cut, axis), _rolled(ctx, made, -cut, axis)
    return np.ascontiguousarray(quilt)


def _steps(ctx: Context, made: Floats, axis: int) -> NDArray[np.float64]:
    """How far each line of a torus is from the one before, on average."""
    total = np.zeros(made.shape[axis])
    for rows in rows_of(made.shape, ctx.check):
        if axis == 1:
            total += np.abs(made[rows] - np.roll(made[rows], 1, 1)).sum(axis=(0, 2), dtype=np.float64)
        else:
            before = made[np.arange(rows.start - 1, rows.stop - 1)]
            total[rows] = np.abs(made[rows] - before).sum(axis=(1, 2), dtype=np.float64)
    return np.asarray(total * (made.shape[axis] / made.size))


def _turns(length: int) -> NDArray[np.int64]:
    at = np.arange(length)
    return np.where(at > length // 2, at - length, at)


def _kept(quilt: Ints, layout: Layout | None, columns: int) -> dict[str, float]:
    """How much of the tile is the picture where it was."""
    if layout is None:
        return {"kept": 1.0}
    y, x = np.arange(quilt.shape[0])[:, None] + layout.shift[0], np.arange(quilt.shape[1])[None] + layout.shift[1]
    return {"kept": float(np.mean(quilt == y * columns + x))}


def _findings(ctx: Context, made: Floats, sample: Floats) -> dict[str, float]:
    """How well it closes: the seam of the tile and of the picture, and repetition."""
    found: dict[str, float] = {}
    if min(*made.shape[:2], *sample.shape[:2]) >= 4:
        found["seam"] = wrap_seam(made, ctx.check)
        ctx.check()
        found["seam before"] = wrap_seam(sample, ctx.check)
    ctx.check()
    if min(*made.shape[:2], *sample.shape[:2]) >= 64:
        found["repetition"] = repetition(_thinned(ctx, made), _thinned(ctx, sample))
    return found


def _thinned(ctx: Context, picture: Floats) -> Floats:
    by = -(-max(picture.shape[:2]) // MEASURED)
    return _smaller(ctx, picture[: picture.shape[0] // by * by, : picture.shape[1] // by * by], by)


def _words(findings: Mapping[str, float]) -> str:
    if "seam" not in findings:
        return ""
    return f"seam {findings['seam']:.1f}, was {findings['seam before']:.1f}"


def _mapped(ctx: Context, image: Image, own: Ints | None, bend: Bend | None, quilt: Ints) -> Image:
    """A further map, closed by the same places, at its own depth. `own`: what stands in for each of its pixels."""
    ctx.check()
    pixels = image.pixels
    if own is not None:
        pixels = looked_up(pixels.reshape(-1, image.channels), own, ctx.check)
    bent: Pixels = _bent(ctx, pixels, bend)
    closed = looked_up(bent.reshape(-1, image.channels), quilt, ctx.check)
    return replace(image, pixels=closed, notes=(), attributes={})
