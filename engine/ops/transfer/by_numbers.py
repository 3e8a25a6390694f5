"""Texture by numbers: paints a picture from a map of labels, with the textures of a labelled photograph.

Sources: Hertzmann et al., Image Analogies, SIGGRAPH 2001, section 4.5; the guided patch field of Fiser et al., StyLit,
SIGGRAPH 2016, and of EbSynth. Ours keeps to any number of labels exactly, uses all of each label's texture evenly,
follows the borders by a distance guide, evens out the light from piece to piece so that skies have no patches, and
makes a part of a picture again so that it goes on from its surround.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.files import label_name
from engine.frame import NOWHERE, Frame, From, Origin
from engine.image import GRAY_ALPHA, Floats
from engine.kernels.channels import laid, premultiplied, with_channels
from engine.kernels.evening import evening
from engine.kernels.guided import MOST_LABELS, Plan, Sheet, guided
from engine.kernels.strips import AT_ONCE, Check, Rolling, filled, looked_up, rows_of
from engine.kernels.texture_features import comparable
from engine.operation import Given, Input, Inputs, Labels, Mask, Picture, allowed, bounds, operation, sample_from
from engine.params import Params, Slider
from engine.region import Rect, Size

REACH = 3.0
"""Pixels from a border over which its distance counts; from three times as far on it hardly matters."""
BORDER = 0.08
"""What the distance to the border weighs against the colours. More takes the texture's detail from thin areas."""
HEIGHT = 0.02
"""What a difference in height weighs against the colours, the whole height of the picture being 1020."""
FAR = 0.2
"""Parts of the height from which on a place is as far as any other: far from home every place is as good."""
LAYOUT = 25.0
"""Even use of the photograph while it is settled what comes where; with less, one place is repeated side by side.
A stroke is small: there it would break up what belongs together."""
LARGEST, TILE, STRIP = 3_000_000, 1600, 2_000_000
"""Pixels that are made at once; the side of the parts of a map that is larger; pixels between two looks at the flag."""
SHOWN = 0.1
"""Part of the time that frames may take, so that a large map is not made for the frames' sake."""
LARGE = 1_000_000
"""Pixels of a map above which each label's mean colour is shown before anything has been searched."""
SURROUND = 64
"""Pixels around a part that is made again which its pieces have to fit to."""


@dataclass(frozen=True)
class ByNumbers(Params):
    """How the map is filled."""

    patch: Annotated[
        int,
        Slider(
            3,
            15,
            unit="px",
            help="The side of the pieces that are compared and copied",
            low_looks="follows the map closely, fine grain only",
            high_looks="larger motifs hold together",
        ),
    ] = 5
    border: Annotated[
        float,
        Slider(
            0,
            10,
            help="How much borders in the map are made of borders in the photograph",
            low_looks="any texture of the label, anywhere",
            high_looks="shores, outlines and rims where they belong",
        ),
    ] = 1.0
    place: Annotated[
        float,
        Slider(
            0,
            10,
            help="How much each height of the map is made of what lies at that height in the photograph",
            low_looks="any texture of the label, at any height",
            high_looks="skies pale towards the horizon and water darkens as in the photograph",
        ),
    ] = 1.0
    blend: Annotated[
        float,
        Slider(
            0,
            1,
            help="How much light and colour of the pieces are drawn together",
            low_looks="colours exactly as in the photograph, patches in a sky",
            high_looks="one even light",
        ),
    ] = 1.0


def _size(inputs: Mapping[str, Input | None], p: ByNumbers) -> Size:
    target = inputs["target"]
    assert isinstance(target, np.ndarray)
    return target.shape[1], target.shape[0]


def _focus(inputs: Mapping[str, Input | None], p: ByNumbers) -> Rect:
    return bounds(inputs["where"], SURROUND)


def _memory(inputs: Mapping[str, Any], size: Size, p: ByNumbers) -> int:
    area, channels = size[0] * size[1], int(inputs["source"].shape[2])
    kept = 4 * channels * area if area > LARGEST else 0
    return area * 16 + kept + min(area, LARGEST) * (80 + 24 * channels) + int(inputs["source"].size) * 24


@operation(
    "By numbers",
    group="Transfer",
    inputs=Inputs(
        source=Picture(help="The photograph that the textures come from"),
        labels=Labels(of="source", help="What is where in the photograph: each flat colour is one label"),
        target=Labels(of="picture", help="The map to fill, in the same colours"),
        picture=Picture(help="What has been made of the map already, to go on with", required=False),
        where=Mask(help="White is made again and fits to the rest of the picture", required=False),
        allowed=sample_from("all of the photograph", of="source"),
    ),
    params=ByNumbers,
    replaces="picture",
    within="where",
    size=_size,
    focus=_focus,
    memory=_memory,
    everyday=True,
    presets={
        "Shores and outlines": {"border": 5.0},
        "Large motifs": {"patch": 9},
        "Landscape": {"place": 4.0},
        "Close to the map": {"patch": 3},
    },
)
def by_numbers(ctx: Context, inputs: Given, p: ByNumbers) -> Iterator[Frame]:
    """Coarse to fine; the whole map, or the part of the picture that is to be made again. Large ones part by part."""
    again = inputs.picture is not None and inputs.where is not None
    picture: Floats | None = inputs.picture if again else None
    mask: Floats | None = inputs.where if again else None
    source: Floats = with_channels(inputs.source, picture.shape[2]) if picture is not None else inputs.source
    free = np.ones(inputs.target.shape, np.bool_) if mask is None else mask > 0
    usable = allowed(inputs.allowed, source, "photograph")
    labels, target = _coded(ctx, inputs.labels, inputs.target, free, usable)
    if picture is None and target.size > LARGE:
        colours = _means(source, labels)
        for rows in rows_of(target.shape, ctx.check):
            rect = Rect(0, rows.start, target.shape[1], rows.stop - rows.start)
            yield Frame(rect, colours[target[rows]], 0.0, "first look")
    patch = min(p.patch, *labels.shape, *target.shape)
    taken = Sheet(_features(source), _guides(labels, p, 0, labels.shape[0], ctx.check), labels, usable)
    ctx.check()
    flat = source.reshape(-1, source.shape[2])
    # Of what is made already: where it came from. The next part fits to it as it does to the picture.
    places = filled(free.shape, NOWHERE, np.int32, ctx.check)

    def covered(rect: Rect, made: Floats) -> Floats:
        """What is in `rect` with this made there, as much as the mask covers."""
        if picture is None or mask is None:
            return made
        pixels, inside = picture[rect.slices].copy(), free[rect.slices]
        pixels[inside] = laid(pixels[inside], made[inside], mask[rect.slices][inside])
        return pixels

    parts, whole = _parts(free), bool(free.all())
    layout = LAYOUT if whole else None
    in_place = whole and len(parts) == 1 and p.place > 0
    # Of a large map what is made already, in its evened light: the next part goes on from it.
    light = np.empty((*free.shape, source.shape[2]), np.float32) if len(parts) > 1 and p.blend > 0 else None
    for number, part in enumerate(parts):
        window = part.grown(SURROUND).clipped(Rect.of(free))
        inner = part.moved(-window.x, -window.y)
        made, known = places[window.slices], np.zeros((window.h, window.w, source.shape[2]), np.int16)
        if picture is not None:
            known = _features(picture[window.slices])
        for rows in rows_of(made.shape, ctx.check):
            there = made[rows] >= 0
            known[rows][there] = taken.colours.reshape(-1, source.shape[2])[made[rows][there]]
        wanted = free[window.slices] & (made < 0)
        top = ctx.place[1] + window.y
        here = target[window.slices]
        sheet = Sheet(known, _guides(here, p, top, ctx.size[1], ctx.check), here, wanted)
        plan = Plan(patch=patch, coarse_uniformity=layout, guide_limits=_limits(p), in_place=in_place, draw=number)
        ctx.check()
        inside, found = free[part.slices], places[part.slices]
        rolling = Rolling(found.shape, margin=0, share=SHOWN, at_once=AT_ONCE)
        with ctx.part(number / len(parts), (number + 1) / len(parts)):
            for state in guided(ctx, taken, sheet, plan):
                for rect, _ in rolling.due(ctx):
                    found_by_now = state.places(slice(inner.y + rect.y, inner.y + rect.bottom))
                    copied = looked_up(flat, found_by_now[:, inner.x : inner.right], ctx.check)
                    rect = rect.moved(part.x, part.y)
                    yield Frame(rect, covered(rect, copied), ctx.fraction, f"level {state.levels - state.level}")
        for rows in rows_of(found.shape, ctx.check):
            settled = state.places(slice(inner.y + rows.start, inner.y + rows.stop))
            np.copyto(found[rows], settled[:, inner.x : inner.right], where=inside[rows])
        hard = mask is None or bool((mask[part.slices][inside] == 1).all())
        exact = p.blend == 0 and source is inputs.source and hard
        if p.blend > 0:
            # The part and what it meets on all sides, laid out as kernels are compiled for.
            around = part.grown(1).clipped(Rect.of(free))
            own = part.moved(-around.x, -around.y).slices
            fresh, met = np.zeros((around.h, around.w), np.bool_), np.zeros((around.h, around.w), np.bool_)
            fresh[own] = inside
            work = np.empty((*fresh.shape, source.shape[2]), np.float32)
            origins, areas = np.empty(fresh.shape, np.int32), np.empty(fresh.shape, np.int16)
            for rows in rows_of(fresh.shape, ctx.check):
                across = slice(around.y + rows.start, around.y + rows.stop), slice(around.x, around.right)
                origins[rows], areas[rows] = places[across], target[across]
                work[rows] = flat[origins[rows]]
                for values, there in ((picture, ~free[across]), (light, (origins[rows] >= 0) & ~fresh[rows])):
                    if values is not None:
                        np.copyto(work[rows], values[across], where=there[..., None])
                        met[rows] |= there
                for rect, _ in rolling.due(ctx):
                    copied = flat[found[rect.slices]]
                    rect = rect.moved(part.x, part.y)
                    yield Frame(rect, covered(rect, copied), ctx.fraction, "pieces")
            for change in evening(ctx, work, fresh, met, origins, source, areas):
                for rect, _ in rolling.due(ctx):
                    copied = _lit(work[own][rect.slices], change[own][rect.slices], p.blend)
                    rect = rect.moved(part.x, part.y)
                    yield Frame(rect, covered(rect, copied), ctx.fraction, "light")
        copied, done = np.empty((part.h, part.w, source.shape[2]), np.float32), np.empty(found.shape, np.int32)
        for rows in rows_of(found.shape, ctx.check):
            if p.blend > 0:
                copied[rows] = _lit(work[own][rows], change[own][rows], p.blend)
            else:
                copied[rows] = flat[found[rows]]
            if light is not None:
                light[part.slices][rows] = copied[rows]
            done[rows] = found[rows]
        origin = Origin(done, (From("source"),), exact=exact)
        yield Frame(part, covered(part, copied), (number + 1) / len(parts), "", origin)
    ctx.progress(1)


def _lit(copied: Floats, change: Floats, share: float) -> Floats:
    """Copies in their evened light."""
    return np.clip(copied + np.float32(share) * change, 0, 1)


def _parts(free: NDArray[np.bool_]) -> list[Rect]:
    """What is made at once: everything, or squares of a large map, one after another."""
    around = Rect.around(free)
    if around.area <= LARGEST:
        return [around]
    tiles = [tile.moved(around.x, around.y) for tile in Rect(0, 0, around.w, around.h).tiles(TILE)]
    return [tile for tile in tiles if free[tile.slices].any()]


def _means(source: Floats, labels: NDArray[np.int16]) -> Floats:
    """The mean colour of each label's pixels in the photograph: float32 (labels, C)."""
    flat, label = source.reshape(-1, source.shape[2]), labels.reshape(-1)
    counts = np.bincount(label)
    sums = [np.bincount(label, flat[:, c], counts.size) for c in range(source.shape[2])]
    return (np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None]).astype(np.float32)


def _features(pixels: Floats) -> NDArray[np.int16]:
    return comparable(premultiplied(pixels), 1 if pixels.shape[2] <= GRAY_ALPHA else 3)


def _coded(
    ctx: Context,
    labels: NDArray[np.uint16],
    target: NDArray[np.uint16],
    free: NDArray[np.bool_],
    usable: NDArray[np.bool_],
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Both maps with labels 0, 1, 2 ... Raises Unusable for labels that the photograph has nothing of."""
    have = np.flatnonzero(np.bincount(labels[usable]))
    counts = np.zeros(65536, np.int64)
    coded = np.empty(target.shape, np.int16)
    strips = range(0, target.shape[0], max(1, STRIP // target.shape[1]))
    for top in strips:
        rows = slice(top, top + strips.step)
        counts += np.bincount(target[rows][free[rows]], minlength=65536)
        ctx.check()
    want = np.flatnonzero(counts)
    if have.size >= MOST_LABELS:
        raise Unusable(
            f"The photograph has {have.size} labels",
            f"no more than {MOST_LABELS - 1} are told apart",
            "paint its labels in fewer flat colours",
        )
    missing = np.setdiff1d(want, have)
    if missing.size:
        shares = [f"{label_name(int(n))} ({100 * counts[n] / counts.sum():.1f} %)" for n in missing[:4]]
        more = f" and {missing.size - 4} more" if missing.size > 4 else ""
        known = ", ".join(label_name(int(n)) for n in have[:8]) + (" ..." if have.size > 8 else "")
        raise Unusable(
            f"The photograph has nothing for {', '.join(shares)}{more} of the map",
            f"its own labels are {known}",
            "paint these areas in one of those, or mark their like in the photograph's labels",
        )
    # What the map has where nothing is made agrees with no label of the photograph.
    code = np.full(65536, have.size, np.int16)
    code[have] = np.arange(have.size)
    for top in strips:
        rows = slice(top, top + strips.step)
        coded[rows] = code[target[rows]]
        ctx.check()
    return code[labels], coded


def _guides(labels: NDArray[np.int16], p: ByNumbers, top: int, height: int, check: Check) -> NDArray[np.int16]:
    """Distances to borders and heights: int16 (H, W, 0..2).

    Args:
        labels: int16 (H, W), a part of a map.
        top, height: its first row in the map, and the map's height.
    """
    border = _border(labels, p.border, check)
    check()
    if p.place <= 0:
        return border
    rows = (np.arange(labels.shape[0]) + (top + 0.5)) / height - 0.5
    heights = np.rint(rows * (1020 * np.sqrt(HEIGHT * p.place))).astype(np.int16)
    return np.concatenate([border, np.broadcast_to(heights[:, None, None], (*labels.shape, 1))], axis=2)


def _limits(p: ByNumbers) -> tuple[int, ...]:
    """What the guides' differences count at most, see `Plan`."""
    far = () if p.place <= 0 else (max(1, round(FAR * 1020 * float(np.sqrt(HEIGHT * p.place)))),)
    return far if p.border <= 0 else (1023, *far)


def _border(labels: NDArray[np.int16], weight: float, check: Check) -> NDArray[np.int16]:
    """How far the next border is, 0 at it and 510 * sqrt(its weight) deep inside: int16 (H, W, 1), or no channel."""
    if weight <= 0:
        return np.zeros((*labels.shape, 0), np.int16)
    inner = np.ones(labels.shape, np.uint8)
    across = labels[:, 1:] != labels[:, :-1]
    down = labels[1:] != labels[:-1]
    inner[:, 1:][across] = 0
    inner[:, :-1][across] = 0
    inner[1:][down] = 0
    inner[:-1][down] = 0
    check()
    if inner.all():
        return np.full((*labels.shape, 1), 510 * np.sqrt(BORDER * weight), np.int16)
    distance = cv2.distanceTransform(inner, cv2.DIST_L2, 5)
    check()
    deep = (1 - np.exp(distance * np.float32(-1 / REACH))) * np.float32(510 * np.sqrt(BORDER * weight))
    return np.asarray(deep, np.float32).astype(np.int16)[..., None]
