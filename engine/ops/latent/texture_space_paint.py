"""Paints with textures of a space: a map says which grows where, and where nothing is painted the picture stays.

Source: Bergmann et al., Learning Texture Manifolds with the Periodic Spatial GAN, ICML 2017 (codes that change from
place to place). Ours makes a part of a painting again so that it fits to the bit what was made before: what is farther
from a change than the network sees does not change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Floats
from engine.kernels.channels import luminance, with_channels
from engine.operation import Given, Input, Inputs, Labels, Mask, Model, Picture, bounds, operation
from engine.params import LatentPoint, Params, Slider
from engine.region import Rect, Size

if TYPE_CHECKING:
    from engine.nets.texture_space.space import Space

CELL, SEEN = 8, 80
"""Pixels per cell of a map of codes, and how far the network sees; those of `engine.nets.texture_space`."""
ROOM = 4
"""Cells around what is painted that take its texture, so that at its rim nothing else shines in."""


@dataclass(frozen=True)
class TextureSpacePaint(Params):
    """Which textures, and how they meet."""

    points: Annotated[
        tuple[float, ...],
        LatentPoint(
            help="The points that labels 1, 2, 3, ... stand for, all their numbers in a row; the samples by default"
        ),
    ] = ()
    border: Annotated[
        float,
        Slider(
            0,
            200,
            unit="px",
            help="How softly textures go over into each other",
            low_looks="they meet within a few pixels",
            high_looks="one grows slowly out of the other",
        ),
    ] = 24.0
    edge: Annotated[
        float,
        Slider(
            0,
            100,
            unit="px",
            help="How softly they go over into the picture",
            low_looks="cut out",
            high_looks="as if sprayed on",
        ),
    ] = 8.0
    creep: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much that rim follows what is light and dark, so that textures creep into the gaps",
            low_looks="an even rim",
            high_looks="dark gaps are filled far out, bright stones stay bare",
        ),
    ] = 0.6


def reach(p: TextureSpacePaint) -> int:
    """Pixels from a change of the map beyond which nothing changes."""
    textures = SEEN + CELL * (ROOM + 2 + int(np.ceil(3 * _sigma(p))))
    return int(max(textures, np.ceil(1.5 * p.edge) + 2))


def _sigma(p: TextureSpacePaint) -> float:
    """Of the blur between textures, in cells."""
    return p.border / CELL / 2


def _focus(inputs: Mapping[str, Input | None], p: TextureSpacePaint) -> Rect:
    part = bounds(inputs["hole"], reach(p))
    # Cells lie where they lie on the whole canvas.
    left, top = max(part.x, 0) // CELL * CELL, max(part.y, 0) // CELL * CELL
    return Rect(left, top, part.right - left, part.bottom - top)


def _memory(inputs: Mapping[str, Any], size: Size, p: TextureSpacePaint) -> int:
    return size[0] * size[1] * 16 + (120 << 20)


@operation(
    "Paint with a texture space",
    group="Latent",
    inputs=Inputs(
        space=Model(kind="texture-space", title="Space", help="A texture space that Scumble learnt"),
        picture=Picture(help="What is painted on"),
        map=Labels(of="picture", title="Map", help="Which texture lies where; 0 leaves the picture"),
        hole=Mask(help="White is made, and made again; everything else stays as it is"),
    ),
    params=TextureSpacePaint,
    replaces="picture",
    within="hole",
    focus=_focus,
    memory=_memory,
    neural=True,
    presets={"Hard edges": {"border": 2.0, "edge": 0.0}, "Creeping": {"border": 80.0, "edge": 30.0}},
)
def texture_space_paint(ctx: Context, inputs: Given, p: TextureSpacePaint) -> Iterator[Frame]:
    """Tile by tile, only those in which something is to be made."""
    from engine.nets.texture_space.rendering import TILE, CodeMap, tiles
    from engine.nets.texture_space.space_file import restored

    space = restored(inputs.space)
    picture: Floats = inputs.picture
    hole: Floats = inputs.hole
    here = Rect(*ctx.place, picture.shape[1], picture.shape[0])
    cells = _cells(inputs.map)
    codes = CodeMap(_codes(ctx, space, cells, p), (here.y // CELL, here.x // CELL))
    cover = _cover(inputs.map, p.edge)
    ctx.check()
    wanted = [part for part in here.tiles(TILE) if hole[part.moved(-here.x, -here.y).slices].any()]
    grid = [Rect(part.x // TILE * TILE, part.y // TILE * TILE, TILE, TILE) for part in wanted]
    for number, (part, made) in enumerate(tiles(ctx, space.generator, codes, grid)):
        seen = part.clipped(here)
        place = seen.moved(-here.x, -here.y)
        texture = with_channels(made[seen.moved(-part.x, -part.y).slices], picture.shape[2])
        before = picture[place.slices]
        share = (_crept(cover[place.slices], texture, before, p.creep) * hole[place.slices])[..., None]
        ctx.progress((number + 1) / len(grid))
        yield Frame(place, before + share * (texture - before), ctx.fraction)
    ctx.progress(1.0)


def _cells(labels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The label in the middle of each cell, (h, w); of cells around what is painted, that of a neighbour."""
    rows = np.minimum(np.arange(-(-labels.shape[0] // CELL)) * CELL + CELL // 2, labels.shape[0] - 1)
    columns = np.minimum(np.arange(-(-labels.shape[1] // CELL)) * CELL + CELL // 2, labels.shape[1] - 1)
    cells = labels[rows][:, columns]
    for _ in range(ROOM):
        around = np.pad(cells, 1)
        found = np.maximum.reduce([around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:]])
        cells = np.where(cells == 0, found, cells)
    return np.asarray(cells, np.uint16)


def _codes(ctx: Context, space: Space, cells: NDArray[np.uint16], p: TextureSpacePaint) -> Floats:
    """A code for each cell, (h, w, D): that of its label, softly.

    Raises:
        Unusable: the points do not suit the space, or the map has labels that no point belongs to.
    """
    depth = space.shape.code
    if len(p.points) % depth:
        raise Unusable(
            f"{len(p.points)} numbers are no points of this space",
            f"each of its points has {depth}",
            f"give {depth} numbers for each label, or none for the samples",
        )
    known = np.reshape(np.array(p.points, np.float32), (-1, depth)) if p.points else space.codes
    highest = int(cells.max(initial=0))
    if not p.points:
        # A map from a file has any numbers at all: they go round and round.
        cells = np.where(cells > 0, (cells.astype(np.int64) - 1) % len(known) + 1, 0).astype(np.uint16)
    elif highest > len(known):
        raise Unusable(
            f"Nothing is known of label {highest}",
            f"there are {len(known)} points",
            "give a point for each label of the map",
        )
    nothing = known.mean(axis=0, dtype=np.float64)[None] if not p.points else space.codes.mean(axis=0)[None]
    table = np.concatenate([np.asarray(nothing, np.float32), known])
    ctx.check()
    return _softened(table[cells], _sigma(p), ctx)


def _softened(codes: Floats, sigma: float, ctx: Context) -> Floats:
    """Blurred along both axes, (h, w, D); every sum in one order, so that a part of it has the same bits."""
    far = int(np.ceil(3 * sigma))
    if not far:
        return np.ascontiguousarray(codes)
    weights = np.exp(-0.5 * (np.arange(-far, far + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (0, 1):
        length = codes.shape[axis]
        padded = np.take(codes, np.clip(np.arange(-far, length + far), 0, length - 1), axis)
        codes = np.zeros_like(codes)
        for k, weight in enumerate(weights):
            ctx.check()
            codes += weight * np.take(padded, np.arange(k, k + length), axis)
    return np.ascontiguousarray(codes)


def _cover(labels: NDArray[np.uint16], edge: float) -> Floats:
    """How much of the textures is seen at each pixel, (h, w), 0..1: all of it inside, fading out towards the rim."""
    painted = (labels > 0).astype(np.float32)
    if edge <= 0 or painted.all():
        return painted
    soft: Floats = np.asarray(cv2.GaussianBlur(painted, (0, 0), edge / 4, borderType=cv2.BORDER_REPLICATE), np.float32)
    return np.clip(2 * soft - 1, 0, 1).astype(np.float32)


def _crept(cover: Floats, texture: Floats, picture: Floats, creep: float) -> Floats:
    """The cover (h, w), where it is neither all nor nothing, more where the picture is darker than the texture.

    As when materials are blended by their heights: what is dark is taken to lie deep. Each pixel by itself, so that a
    part of a painting is what it is in the whole.
    """
    rim = 4 * cover * (1 - cover)
    if creep <= 0 or not rim.any():
        return cover
    deeper = np.clip(3 * (luminance(texture) - luminance(picture)), -1, 1)
    crept: Floats = np.clip(cover + np.float32(creep / 2) * rim * deeper, 0, 1).astype(np.float32)
    return crept
