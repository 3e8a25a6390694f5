"""Grows texture of any size out of one or several samples, sharp, without broken courses and without a seam.

Sources: Kwatra et al., Graphcut Textures, SIGGRAPH 2003 (whole pieces placed where they match); Kaspar et al., Self
Tuning Texture Optimization, EUROGRAPHICS 2015 (in step with the sample's lattice, even use); Kwatra et al., Texture
Optimization, SIGGRAPH 2005 (refined by a field of nearest patches).
Ours arranges large pieces first, coarse to fine, and lets the patch field work only where they do not fit, so that most
of the result is as sharp as the sample and the time goes where the eye does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.frame import NOWHERE, Frame, From, Origin
from engine.image import GRAY, GRAY_ALPHA, RGB, RGBA, Floats
from engine.kernels.courses import Courses, find_courses
from engine.kernels.lattice import Lattice, find_repeats
from engine.kernels.mending import Mender
from engine.kernels.start import Arrangement, Pieces, detailed, fitting, shrunk
from engine.kernels.strips import rows_of
from engine.operation import Given, Inputs, Mask, Picture, operation
from engine.params import Params, Slider, Toggle
from engine.region import Rect, Size

Ints = NDArray[np.int32]
STRUCTURED = 0.35
"""Strength of a lattice from which on pieces keep in step with it."""
GAP = 16
"""Rows between samples, and what their heights are rounded up to, so that a shrunk row never holds two of them."""
ROOM = 1.25
"""Side of a piece, in lengths of a repeat, where the sample repeats itself without a lattice."""


@dataclass(frozen=True)
class Synthesize(Params):
    """How texture is grown."""

    patch: Annotated[
        int,
        Slider(
            3,
            15,
            unit="px",
            help="The side of what is compared where pieces meet; pieces are sized after it.",
            low_looks="small pieces, more variation",
            high_looks="large pieces, structure holds",
        ),
    ] = 7
    tileable: Annotated[bool, Toggle(help="Close the result into a tile that repeats without a seam.")] = False
    variety: Annotated[
        float,
        Slider(
            0,
            1,
            help="How evenly all of the sample is used, and how freely pieces are drawn.",
            low_looks="what fits best, again and again",
            high_looks="everything in the sample turns up, joints may show",
        ),
    ] = 0.5


def _memory(given: Mapping[str, Any], size: Size, p: Synthesize) -> int:
    sample = sum(int(s.size) for s in given["sample"])
    return size[0] * size[1] * 60 + sample * 24


@operation(
    "Synthesize",
    group="Synthesize",
    inputs=Inputs(
        sample=Picture(title="Sample", help="The texture to grow; several are mixed.", several=True),
        source=Mask(
            title="Sample from",
            help="White may be copied from; a mask for each sample, in their order; all of them by default",
            of="sample",
            required=False,
            several=True,
            limits=True,
        ),
    ),
    params=Synthesize,
    sized=True,
    everyday=True,
    memory=_memory,
    presets={"Tile": {"tileable": True}, "Lively": {"patch": 5, "variety": 0.9}, "Faithful": {"patch": 11}},
)
def synthesize(ctx: Context, inputs: Given, p: Synthesize) -> Iterator[Frame]:
    """Yields the coarse arrangement, the fine one as it grows, and the mended result."""
    picture, usable = _sheet(inputs.sample)
    tops = np.cumsum([0, *_rows(inputs.sample)])
    for source, sample, top in zip(inputs.source or (), inputs.sample, tops, strict=False):
        _allow(usable[top:], source, sample)
    if not usable.any():
        raise Unusable("Nothing of the sample may be used", "its mask is black", "make some of it white")
    colours = picture.reshape(-1, picture.shape[2])
    seen = picture.copy()
    if seen.shape[2] in (GRAY_ALPHA, RGBA):
        seen[..., :-1] *= seen[..., -1:]
    sides = min(min(s.shape[:2]) for s in inputs.sample)
    factor = _factor(sides)
    evenness, tolerance = 12.0 * p.variety, 0.2 * p.variety
    width, height = ctx.size
    small = (-(-width // factor), -(-height // factor))
    whole = Rect(0, 0, width, height)
    sheet = detailed(shrunk(seen, usable, factor), factor)
    pieces = fitting(sheet, _pieces(sides, p.patch, factor, ctx.size, p.tileable))
    with ctx.part(0, 0.01):
        coarse = Arrangement(ctx, sheet, small, pieces, evenness, tolerance)
        next(iter(coarse))
    yield from _begun(coarse, colours, factor, picture.shape, "first piece")
    lattice, repeat = _repeats(seen, factor) if len(inputs.sample) == 1 else (None, 0.0)
    pieces = fitting(sheet, _pieces(sides, p.patch, factor, ctx.size, p.tileable, repeat))
    coarse = Arrangement(ctx, sheet, small, pieces, evenness, tolerance, lattice)
    # A look at everything costs as much as many pieces: it may take an eighth of the time, however large the result.
    began, looking = time.perf_counter(), 0.0
    with ctx.part(0.01, 0.2):
        for _ in coarse:
            now = time.perf_counter()
            if 8 * looking <= now - began and ctx.due():
                yield from _begun(coarse, colours, factor, picture.shape, "pieces")
                looking += time.perf_counter() - now
    for rect, places in _enlarged(coarse, factor, picture.shape):
        yield Frame(rect, colours[places], ctx.fraction, "coarse")
    sheet = detailed(shrunk(seen, usable, 1), 1)
    fine = coarse
    if factor > 1:
        fine = Arrangement(ctx, sheet, ctx.size, pieces.times(factor), 0.0, 0.0, coarse=coarse, factor=factor)
        waiting: list[Rect] = []
        with ctx.part(0.2, 0.4):
            for blocks in fine:
                waiting += [Rect(int(x), int(y), int(w), int(h)).clipped(whole) for y, x, h, w in blocks[:, :4]]
                if ctx.due():
                    for rect in waiting:
                        ctx.check()
                        yield Frame(rect, colours[fine.quilt[rect.slices]], ctx.fraction, "pieces")
                    waiting = []
    ctx.due()
    yield from _shown(ctx, colours, fine.quilt, "pieces")
    mender = Mender(ctx, sheet, fine.quilt, p.patch, p.tileable)
    with ctx.part(0.4, 1.0):
        for mended in mender:
            if ctx.due():
                yield from _shown(ctx, colours, mender.quilt, "joints", mended)
    ctx.progress(1.0)
    for rows in rows_of(mender.quilt.shape, ctx.check):
        places = mender.quilt[rows]
        origin = _origin(places, picture.shape[1], inputs.sample)
        yield Frame(Rect(0, rows.start, width, len(places)), colours[places], 1.0, "", origin)


def _shown(ctx: Context, colours: Floats, quilt: Ints, note: str, there: Rect | None = None) -> Iterator[Frame]:
    """An arrangement or the rows of it that are `there`, band by band."""
    there = there or Rect.of(quilt)
    for rows in rows_of((there.bottom, there.w), ctx.check, there.y):
        made = colours[quilt[rows]]
        yield Frame(Rect(0, rows.start, quilt.shape[1], len(made)), made, ctx.fraction, note)


def _sheet(samples: tuple[Floats, ...]) -> tuple[Floats, NDArray[np.bool_]]:
    """All samples one above the other, in the channels that hold them all, and which pixels are of one."""
    channels = max(s.shape[2] for s in samples)
    alpha = any(s.shape[2] in (GRAY_ALPHA, RGBA) for s in samples)
    if channels >= RGB:
        channels = RGBA if alpha else RGB
    parts = [_with_channels(s, channels) for s in samples]
    if len(parts) == 1:
        return parts[0], np.ones(parts[0].shape[:2], np.bool_)
    rows = _rows(samples)
    picture = np.zeros((sum(rows), max(part.shape[1] for part in parts), channels), np.float32)
    usable = np.zeros(picture.shape[:2], np.bool_)
    for part, top in zip(parts, np.cumsum([0, *rows[:-1]]), strict=True):
        picture[top : top + part.shape[0], : part.shape[1]] = part
        usable[top : top + part.shape[0], : part.shape[1]] = True
    return picture, usable


def _allow(usable: NDArray[np.bool_], source: Floats, sample: Floats) -> None:
    """Leaves of a sample, the first rows of `usable`, what its mask allows."""
    height, width = sample.shape[:2]
    if source.shape != (height, width):
        raise Unusable(
            f"The mask is {source.shape[1]} x {source.shape[0]} px, the sample {width} x {height}",
            "they lie on one another pixel by pixel",
            "use a mask of the same size",
        )
    usable[:height, :width] &= source > 0.5


def _rows(samples: tuple[Floats, ...]) -> list[int]:
    """How many rows of the sheet each sample takes, the room below it included."""
    if len(samples) == 1:
        return [samples[0].shape[0]]
    return [-(-sample.shape[0] // GAP) * GAP + GAP for sample in samples]


def _origin(quilt: Ints, across: int, samples: tuple[Floats, ...]) -> Origin:
    """Places of the samples from places of the sheet that holds them all."""
    if len(samples) == 1:
        return Origin(quilt.copy(), (From("sample"),))
    y, x = np.divmod(quilt, np.int32(across))
    tops = np.cumsum([0, *_rows(samples)[:-1]])
    which = np.searchsorted(tops, y, side="right").astype(np.uint8) - np.uint8(1)
    widths = np.array([sample.shape[1] for sample in samples], np.int32)
    places = (y - tops.astype(np.int32)[which]) * widths[which] + x
    known = (quilt >= 0) & (x < widths[which])
    sources = tuple(From("sample", number) for number in range(len(samples)))
    return Origin(np.where(known, places, np.int32(NOWHERE)), sources, which)


def _with_channels(sample: Floats, channels: int) -> Floats:
    """The same picture with more channels: gray becomes colour, what has no alpha becomes opaque."""
    have = sample.shape[2]
    if have == channels:
        return np.array(sample)
    grays = have <= GRAY_ALPHA
    colour = sample[..., :1] if grays else sample[..., :3]
    if channels >= RGB and grays:
        colour = np.repeat(colour, 3, axis=2)
    if channels in (GRAY, RGB):
        return np.ascontiguousarray(colour)
    opaque = np.ones((*sample.shape[:2], 1), np.float32)
    return np.concatenate([colour, sample[..., -1:] if have in (GRAY_ALPHA, RGBA) else opaque], axis=2)


def _factor(side: int) -> int:
    """By how much the sample is shrunk for the first choice of pieces: to 64..127 px a side."""
    factor = 1
    while side // factor >= 128:
        factor *= 2
    return factor


def _repeats(seen: Floats, factor: int) -> tuple[Lattice | Courses | None, float]:
    """The lattice to keep in step with, if there is one, else the length of a faint repeat; in px at the coarse size.

    Measured at twice the coarse size, which is the full size of samples up to 255 px: precise enough for pieces that
    are chosen at the coarse size, in a time that does not grow with the sample.
    """
    finer = max(1, factor // 2)
    rows, columns = seen.shape[0] // finer, seen.shape[1] // finer
    parts = seen[: rows * finer, : columns * finer].reshape(rows, finer, columns, finer, -1)
    picture = parts.mean(axis=(1, 3), dtype=np.float32) if finer > 1 else seen
    lattice, length = find_repeats(picture)
    if lattice is not None and lattice.strength >= STRUCTURED:
        return lattice.scaled(finer / factor), 0.0
    courses = find_courses(picture)
    if courses is not None:
        return courses.scaled(finer / factor), 0.0
    return None, length * finer / factor


def _pieces(side: int, patch: int, factor: int, size: Size, cyclic: bool, repeat: float = 0.0) -> Pieces:
    """Two fifths of the sample's side by default, at the coarse size; more where a faint repeat would not fit in.

    A weave whose repeat is longer than a piece falls apart, because no piece shows how its parts follow each other.
    """
    small = max(1, side // factor)
    block = small * (patch + 5) // 30
    # Steps of more than half the side have not been seen twice: they are chance more often than structure.
    if block < repeat <= small / 2:
        block = int(min(ROOM * repeat, 1.5 * block))
    block = max(1, min(block, small * 2 // 3))
    limit = max(1, min(-(-size[0] // factor), -(-size[1] // factor)))
    block = min(block, max(1, limit // 2) if cyclic else max(1, limit))
    return Pieces(block, min(max(1, block // 3), block // 2), cyclic)


def _begun(coarse: Arrangement, colours: Floats, factor: int, shape: tuple[int, ...], note: str) -> Iterator[Frame]:
    """The first pieces at full size, the sample's mean colour around them, band by band."""
    mean = colours.mean(axis=0)
    width = coarse.ctx.size[0]
    for rect, places in _enlarged(coarse, factor, shape):
        rows = coarse.quilt[np.arange(rect.y, rect.bottom) // factor]
        made = np.empty((rect.h, rect.w, shape[2]), np.float32)
        known = (rows >= 0).repeat(factor, axis=1)[:, :width]
        made[:] = mean
        made[known] = colours[places[known]]
        yield Frame(rect, made, coarse.ctx.fraction, note)


def _enlarged(coarse: Arrangement, factor: int, shape: tuple[int, ...]) -> Iterator[tuple[Rect, Ints]]:
    """The coarse arrangement as a map at full size, band by band."""
    width, height = coarse.ctx.size
    x = np.arange(width, dtype=np.int32)
    for band in rows_of((height, width), coarse.ctx.check):
        rect = Rect(0, band.start, width, band.stop - band.start)
        y = np.arange(band.start, band.stop, dtype=np.int32)
        if factor == 1:
            yield rect, coarse.quilt[band, :width]
            continue
        places = coarse.quilt[y // factor][:, x // factor]
        sy, sx = np.divmod(places, np.int32(coarse.sheet.sides[1]))
        rows, columns = sy * np.int32(factor) + (y % factor)[:, None], sx * np.int32(factor) + (x % factor)[None]
        yield rect, rows * np.int32(shape[1]) + columns
