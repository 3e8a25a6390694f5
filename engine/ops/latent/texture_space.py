"""Makes texture of any size from a point in a texture space: a sample, anything between samples, or a map of them.

Sources: Ulyanov et al., Texture Networks, ICML 2016; Bergmann et al., Learning Texture Manifolds with the Periodic
Spatial GAN, ICML 2017 (texture of any size from a code, and codes that change from place to place); Radford et al.,
Unsupervised Representation Learning with DCGAN, ICLR 2016 (arithmetic with codes); Karras et al., A Style-Based
Generator Architecture, CVPR 2019 (the forms of one code with the detail of another).
Ours works in tiles that agree to the bit, repeats without a seam where that is wanted, and can be crispened: then all
detail comes from the samples, laid as the network says, and between samples from each as much as there is of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Floats
from engine.kernels.crispening import Part, crispened
from engine.operation import Film, Given, Input, Inputs, Labels, Model, operation
from engine.params import Choice, LatentPoint, Params, Slider, Toggle
from engine.region import Rect, Size

if TYPE_CHECKING:
    from engine.nets.texture_space.rendering import Code, CodeMap
    from engine.nets.texture_space.space import Space
    from engine.nets.texture_space.view import View

Shares = dict[int, Floats | float]
"""Number of a sample -> how much of it there is, everywhere or in each cell of a map."""
CELL = 8
"""Pixels per cell of a map of codes; that of `engine.nets.texture_space`, which is not imported before it is used."""

AWAY = 0.25
"""Of a sample's mean distance from the middle of all: so far from what it is made of, a point is something else."""

DETAIL = {"grain": 1, "texture": 2, "small-forms": 4, "forms": 8}
"""How much comes from the other of two points: what is made of cells of up to so many pixels."""


@dataclass(frozen=True)
class TextureSpace(Params):
    """Where in the space, and how it is looked at."""

    point: Annotated[
        tuple[float, ...],
        LatentPoint(help="The place in the space; without numbers, what `between` and `t` say"),
    ] = ()
    between: Annotated[
        tuple[float, ...],
        LatentPoint(help="Numbers of the samples to go between, counted from 0; all of them by default"),
    ] = ()
    t: Annotated[
        float,
        Slider(
            0,
            1,
            help="How far on the way between them",
            low_looks="the first sample",
            high_looks="the last sample",
        ),
    ] = 0.0
    less: Annotated[
        tuple[float, ...], LatentPoint(help="Numbers of samples whose look is taken away from that (A - B + C: the B)")
    ] = ()
    plus: Annotated[
        tuple[float, ...], LatentPoint(help="Numbers of samples whose look is added to it (A - B + C: the C)")
    ] = ()
    fine: Annotated[
        tuple[float, ...],
        LatentPoint(help="Another point, whose grain and colours the forms of the first one get (crossover)"),
    ] = ()
    fine_of: Annotated[
        tuple[float, ...], LatentPoint(help="The same by the number of a sample, where `fine` gives no point")
    ] = ()
    detail: Annotated[
        str,
        Choice(
            tuple(DETAIL),
            titles=("Colours and grain", "Colours and texture", "Small forms too", "All but the arrangement"),
            help="How much comes from the other point, where one is given",
            advanced=True,
        ),
    ] = "texture"
    strip: Annotated[bool, Toggle(help="Go the whole way between the samples from the left to the right")] = False
    loop: Annotated[
        int,
        Slider(
            1,
            240,
            unit="pictures",
            help="A way past the samples and back to the first, in so many pictures: row by row on a sheet, or one"
            " after the other in a .gif or .mp4",
            low_looks="one picture",
            high_looks="a long, smooth loop",
            advanced=True,
        ),
    ] = 1
    tileable: Annotated[bool, Toggle(help="Close the result into a tile that repeats without a seam")] = False
    crispen: Annotated[
        bool, Toggle(help="Lay pixels of the samples where the network says, for all their detail; slower")
    ] = False
    border: Annotated[
        float,
        Slider(
            0,
            200,
            unit="px",
            help="How softly the parts of a map go over into each other",
            low_looks="parts meet within a few pixels",
            high_looks="one grows slowly out of the other",
        ),
    ] = 24.0
    scale: Annotated[
        float,
        Slider(0.25, 4, log=True, help="How large the texture is", low_looks="small", high_looks="large and soft"),
    ] = 1.0
    turn: Annotated[
        float,
        Slider(-180, 180, unit="°", help="Turns the texture", low_looks="to the right", high_looks="to the left"),
    ] = 0.0
    lightness: Annotated[
        float, Slider(-1, 1, help="Lighter or darker", low_looks="black", high_looks="white", advanced=True)
    ] = 0.0
    contrast: Annotated[
        float, Slider(0, 2, help="How much light and dark differ", low_looks="gray", high_looks="harsh", advanced=True)
    ] = 1.0
    saturation: Annotated[
        float,
        Slider(0, 2, help="How strong the colours are", low_looks="gray", high_looks="gaudy", advanced=True),
    ] = 1.0
    hue: Annotated[
        float,
        Slider(
            -180,
            180,
            unit="°",
            help="Turns all colours around the circle",
            low_looks="the other way round",
            high_looks="the complement",
            advanced=True,
        ),
    ] = 0.0
    softness: Annotated[
        float,
        Slider(0, 8, unit="px", help="Blurs it", low_looks="as it is", high_looks="only larger forms", advanced=True),
    ] = 0.0


def _size(inputs: Mapping[str, Input | None], p: TextureSpace) -> Size:
    labels = inputs.get("map")
    if isinstance(labels, np.ndarray):
        return labels.shape[1], labels.shape[0]
    if p.loop > 1:
        columns = math.ceil(math.sqrt(p.loop))
        return 256 * columns, 256 * -(-p.loop // columns)
    return 512, 512


def _film(p: TextureSpace, size: Size) -> Film | None:
    return Film.on(p.loop, size) if p.loop > 1 else None


def _memory(inputs: Mapping[str, Any], size: Size, p: TextureSpace) -> int:
    return size[0] * size[1] * (300 if p.crispen else 24) + (120 << 20)


@operation(
    "Texture space",
    group="Latent",
    inputs=Inputs(
        space=Model(kind="texture-space", title="Space", help="A texture space that Scumble learnt"),
        map=Labels(
            title="Map",
            help="Which sample lies where: the lowest label is the first of `between`, the next one the second",
            required=False,
        ),
    ),
    params=TextureSpace,
    sized=True,
    size=_size,
    memory=_memory,
    everyday=True,
    neural=True,
    film=_film,
    presets={
        "Halfway": {"t": 0.5},
        "A strip of all samples": {"strip": True},
        "A loop on a sheet": {"loop": 16},
        "Tile": {"tileable": True},
        "Crisp": {"crispen": True},
    },
)
def texture_space(ctx: Context, inputs: Given, p: TextureSpace) -> Iterator[Frame]:
    """Tile by tile; crispened, all of it again from coarse to fine. Of a loop one picture after the other."""
    from engine.nets.texture_space.space_file import restored

    space = restored(inputs.space)
    film = _film(p, ctx.size)
    if film is None:
        yield from _picture(ctx, space, inputs.map, p)
    else:
        yield from _loop(ctx, space, inputs.map, p, film)


def _picture(ctx: Context, space: Space, labels: NDArray[np.uint16] | None, p: TextureSpace) -> Iterator[Frame]:
    from engine.nets.texture_space.view import viewed

    whole = Rect(0, 0, *ctx.size)
    plain, shares = _code(ctx, space, labels, _stops(space, p), p)
    code, view = _crossed(space, plain, p), _view(p)
    made = np.empty((whole.h, whole.w, 3), np.float32)
    done, share = 0, 0.2 if p.crispen else 1.0
    for part, pixels in viewed(ctx, space.generator, code, whole, view, None, ctx.size if p.tileable else None):
        made[part.slices] = pixels
        done += part.area
        ctx.progress(share * done / whole.area)
        yield Frame(part, pixels, ctx.fraction)
    if p.crispen:
        with ctx.part(share, 1.0):
            for crisp in _crisp(ctx, space, made, code, shares, view, p):
                yield Frame(whole, crisp, ctx.fraction, "crispening")
        ctx.progress(1.0)
        yield Frame(whole, crisp, 1.0)


def _view(p: TextureSpace) -> View:
    from engine.nets.texture_space.view import View

    return View(p.scale, p.turn, p.lightness, p.contrast, p.saturation, p.hue, 0.0 if p.crispen else p.softness)


def _loop(
    ctx: Context, space: Space, labels: NDArray[np.uint16] | None, p: TextureSpace, film: Film
) -> Iterator[Frame]:
    """Past the samples and back to the first: the picture after the last one is the first one again.

    Raises:
        Unusable: there is no way to go along.
    """
    if labels is not None or p.strip or p.point:
        raise Unusable(
            "A loop goes past samples", "a map, a strip and a point stay where they are", "give `between` alone"
        )
    if min(film.size) < 1:
        raise Unusable(
            f"{film.count} pictures do not fit on {ctx.size[0]} x {ctx.size[1]} px",
            "each needs a pixel at least",
            "use a larger size or fewer pictures",
        )
    from engine.nets.texture_space.view import viewed

    stops = _stops(space, p)
    stops = (*stops, stops[0])
    view, period = _view(p), film.size if p.tileable else None
    rect = Rect(0, 0, *film.size)
    free = np.zeros((ctx.size[1], ctx.size[0], 3), np.float32)
    yield Frame(Rect.of(free), free, 0.0)
    for number, place in enumerate(film.places()):
        ctx.check()
        plain, shares = _code(ctx, space, None, stops, replace(p, t=number / film.count))
        code = _crossed(space, plain, p)
        made = np.empty((rect.h, rect.w, 3), np.float32)
        for part, pixels in viewed(ctx, space.generator, code, rect, view, None, period):
            made[part.slices] = pixels
        if p.crispen:
            with ctx.part(number / film.count, (number + 1) / film.count):
                *_, made = _crisp(ctx, space, made, code, shares, view, p)
        ctx.progress((number + 1) / film.count)
        yield Frame(place, made, ctx.fraction)


def _crisp(
    ctx: Context, space: Space, made: Floats, code: Code, shares: Shares, view: View, p: TextureSpace
) -> Iterator[Floats]:
    """Ever crisper versions of a picture (H, W, 3); the last one is the result."""
    from engine.nets.texture_space.mixtures import mixture
    from engine.nets.texture_space.rendering import Crossed
    from engine.nets.texture_space.view import coloured, softened

    if isinstance(code, Crossed):
        assert isinstance(code.fine, np.ndarray)
        shares = dict(mixture(code.fine, space.codes))
    parts = []
    size, meant = (made.shape[1], made.shape[0]), _meant(space, code, shares)
    for number, share in shares.items():
        sample = np.asarray(space.samples[number].picture, np.float32) / np.float32(255)
        parts.append(Part(_turned(coloured(sample, view), p), _on_canvas(share, size), meant))
    for crisp in crispened(ctx, made, parts, p.tileable, partial(_blurred, wraps=p.tileable)):
        yield crisp
    if p.softness:
        yield softened(crisp, p.softness, p.tileable)


def _meant(space: Space, code: Code, shares: Shares) -> float:
    """How far a code is made of the samples themselves, 0..1: not where a slider or a sum has led away from them."""
    from engine.nets.texture_space.rendering import CodeMap, Crossed

    if isinstance(code, Crossed):
        code = code.fine
    if isinstance(code, CodeMap):
        return 1.0
    mixed = sum((space.codes[k].astype(np.float64) * float(np.mean(s)) for k, s in shares.items()), np.zeros(len(code)))
    width = float(np.linalg.norm(space.codes - space.codes.mean(axis=0), axis=1).mean()) or 1.0
    return max(0.0, 1.0 - float(np.linalg.norm(code - mixed)) / (AWAY * width))


def _turned(sample: Floats, p: TextureSpace) -> Floats:
    """A sample, as large and turned as what it is laid into."""
    made: NDArray[Any] = sample
    if p.scale != 1.0:
        size = max(1, round(made.shape[1] * p.scale)), max(1, round(made.shape[0] * p.scale))
        made = cv2.resize(made, size, interpolation=cv2.INTER_AREA if p.scale < 1 else cv2.INTER_CUBIC)
    if p.turn % 360:
        height, width = made.shape[:2]
        way = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), p.turn, 1.0)
        made = cv2.warpAffine(made, way, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(np.clip(made, 0, 1), np.float32)


def _on_canvas(share: Floats | float, size: Size) -> Floats | float:
    """The share of a sample for each pixel, where it is one for each cell."""
    if isinstance(share, float):
        return share
    rows, columns = share.shape
    wide = cv2.resize(share, (columns * CELL, rows * CELL), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(wide[: size[1], : size[0]], np.float32)


def _blurred(picture: Floats, sigma: float, wraps: bool) -> Floats:
    halo = math.ceil(4 * sigma) if wraps else 0
    around = np.pad(picture, ((halo, halo), (halo, halo), (0, 0)), mode="wrap")
    soft = np.asarray(cv2.GaussianBlur(around, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.float32)
    return soft[halo : halo + picture.shape[0], halo : halo + picture.shape[1]]


def _stops(space: Space, p: TextureSpace) -> tuple[int, ...]:
    """The samples that it goes between.

    Raises:
        Unusable: one of them does not exist.
    """
    return _numbers(space, p.between) or tuple(range(len(space.samples)))


def _numbers(space: Space, wanted: tuple[float, ...]) -> tuple[int, ...]:
    """Samples by their numbers.

    Raises:
        Unusable: one of them does not exist.
    """
    numbers = tuple(int(number) for number in wanted)
    for number, given in zip(numbers, wanted, strict=True):
        if number != given or not 0 <= number < len(space.samples):
            raise Unusable(
                f"There is no sample {given:g} in this space",
                f"it has {len(space.samples)}, counted from 0",
                f"use whole numbers from 0 to {len(space.samples) - 1}",
            )
    return numbers


def _code(
    ctx: Context, space: Space, labels: NDArray[np.uint16] | None, stops: tuple[int, ...], p: TextureSpace
) -> tuple[Floats | CodeMap, Shares]:
    """Where in the space: one code, or one for every place; and how much of which sample that is."""
    from engine.nets.texture_space.mixtures import mixture
    from engine.nets.texture_space.rendering import CodeMap

    shift = sum((space.codes[k] for k in _numbers(space, p.plus)), np.zeros(space.shape.code, np.float32))
    shift = shift - sum((space.codes[k] for k in _numbers(space, p.less)), np.zeros_like(shift))
    if labels is None and not p.strip:
        code = (space.at(p.point) if p.point else space.along(stops, p.t)) + shift
        known = not p.point and not shift.any()
        return code, dict(space.shares(stops, p.t) if known else mixture(code, space.codes))
    if p.scale != 1.0 or p.turn % 360:
        raise Unusable(
            "A map cannot be scaled or turned", "it lies on the picture", "set the scale to 1 and the turn to 0"
        )
    rows, columns = CodeMap.cells_of(ctx.size)
    if labels is None:
        ways = np.linspace(0, 1, columns) if columns > 1 else np.array([p.t])
        if p.tileable:
            ways = 1 - np.abs(2 * ways - 1)
        row = np.stack([space.along(stops, float(t)) for t in ways]) + shift
        shares = np.zeros((rows, columns, len(space.samples)), np.float32)
        for column, t in enumerate(ways):
            for number, share in space.shares(stops, float(t)).items():
                shares[:, column, number] = share
        codes = np.ascontiguousarray(np.broadcast_to(row[None], (rows, *row.shape)))
    else:
        shares = _mapped(ctx, space, labels, stops, p, (rows, columns))
        codes = np.ascontiguousarray(shares @ space.codes + shift, np.float32)
    used = np.flatnonzero(shares.any(axis=(0, 1)))
    return CodeMap(codes), {int(k): np.ascontiguousarray(shares[..., k]) for k in used}


def _crossed(space: Space, code: Floats | CodeMap, p: TextureSpace) -> Code:
    """With the detail of another point, where one is given."""
    from engine.nets.texture_space.rendering import Crossed

    if p.fine:
        return Crossed(code, space.at(p.fine), DETAIL[p.detail])
    if p.fine_of:
        parts = {k: 1.0 for k in _numbers(space, p.fine_of)}
        return Crossed(code, space.mixed(parts), DETAIL[p.detail])
    return code


def _mapped(
    ctx: Context,
    space: Space,
    labels: NDArray[np.uint16],
    stops: tuple[int, ...],
    p: TextureSpace,
    shape: tuple[int, int],
) -> Floats:
    """How much of each sample there is in each cell, (h, w, n): all of that of its label, softly."""
    ys = np.minimum((np.arange(shape[0]) + 0.5) * CELL * labels.shape[0] / ctx.size[1], labels.shape[0] - 1)
    xs = np.minimum((np.arange(shape[1]) + 0.5) * CELL * labels.shape[1] / ctx.size[0], labels.shape[1] - 1)
    cells = labels[ys.astype(np.int64)][:, xs.astype(np.int64)]
    known = np.unique(labels)
    shares = np.zeros((*shape, len(known)), np.float32)
    for number, label in enumerate(known):
        ctx.check()
        shares[..., number] = _softened((cells == label).astype(np.float32), p.border / CELL / 2, p.tileable)
    shares /= shares.sum(axis=2, keepdims=True)
    of_samples = np.zeros((*shape, len(space.samples)), np.float32)
    for number in range(len(known)):
        of_samples[..., stops[number % len(stops)]] += shares[..., number]
    return of_samples


def _softened(cells: Floats, sigma: float, wraps: bool) -> Floats:
    """Blurred along both axes: float32 (h, w)."""
    reach = int(np.ceil(3 * sigma))
    if not reach:
        return cells
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        at = np.arange(-reach, cells.shape[axis] + reach)
        at = at % cells.shape[axis] if wraps else np.clip(at, 0, cells.shape[axis] - 1)
        padded = np.take(cells, at, axis)
        parts = [w * np.take(padded, np.arange(k, k + cells.shape[axis]), axis) for k, w in enumerate(weights)]
        cells = np.asarray(np.sum(parts, axis=0), np.float32)
    return cells
