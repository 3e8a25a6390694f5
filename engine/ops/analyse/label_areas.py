"""Label areas: divides a picture into a few labels, each in a flat colour, to paint by numbers from.

Sources: SLIC superpixels (Achanta et al., PAMI 2012) as the pieces; k-means with careful seeding (Arthur and
Vassilvitskii, SODA 2007) over their colour in Lab, texture and place; neighbours agree by iterated conditional modes
(Besag, On the Statistical Analysis of Dirty Pictures, 1986). Ours finds the areas on a small copy, and their borders
on the picture itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.frame import Frame
from engine.image import GRAY_ALPHA, RGBA, Bytes, Floats
from engine.kernels.superpixels import NEIGHBOURS, Superpixels
from engine.operation import Given, Inputs, Picture, operation
from engine.params import Params, Slider
from engine.region import Rect, Size

WORK = 400
"""Longest side in pixels of the copy that the areas are found on."""

BAND = 1 << 17
"""Pixels that are worked on between two looks at the cancel flag."""

LOOKS = 5
"""How many of a piece's features are about its look; the others say its place."""

FINEST = 3
"""Side of a piece of the small copy in pixels that is fine enough, however fine the picture."""

COMPACT = 9
"""What a piece's side of distance counts, in units of Lab: few, so that pieces follow slow changes of colour too."""

SWEEPS = 12


@dataclass(frozen=True)
class LabelAreas(Params):
    """What counts as one area."""

    labels: Annotated[
        int,
        Slider(2, 32, help="How many labels there are", low_looks="sky and ground", high_looks="every shade by itself"),
    ] = 6
    detail: Annotated[
        int,
        Slider(
            2,
            64,
            unit="px",
            log=True,
            help="The side of the pieces that get a label as a whole",
            low_looks="leaves and windows",
            high_looks="large shapes only",
        ),
    ] = 10
    texture: Annotated[
        float,
        Slider(
            0,
            1,
            step=0.05,
            help="How much roughness tells areas apart",
            low_looks="by colour alone",
            high_looks="smooth and rough are never one label",
        ),
    ] = 0.5
    place: Annotated[
        float,
        Slider(
            0,
            1,
            step=0.05,
            help="How much the place in the picture tells areas apart",
            low_looks="the same colour is the same label anywhere",
            high_looks="above, below, left and right are labels of their own",
        ),
    ] = 0.3
    smooth: Annotated[
        float,
        Slider(
            0,
            1,
            step=0.05,
            help="How much neighbours agree",
            low_looks="many small areas",
            high_looks="few areas, quiet borders",
        ),
    ] = 0.5


def _memory(inputs: Mapping[str, Any], size: Size, p: LabelAreas) -> int:
    return size[0] * size[1] * 12 + (256 << 20)


@operation(
    "Label areas",
    group="Analyse",
    inputs=Inputs(picture=Picture(help="The picture to divide into areas")),
    params=LabelAreas,
    memory=_memory,
    presets={"Sky and ground": {"labels": 3, "place": 0.6}, "Many materials": {"labels": 14, "texture": 0.8}},
)
def label_areas(ctx: Context, inputs: Given, p: LabelAreas) -> Iterator[Frame]:
    """A coarse look, the areas as they settle, and their exact borders."""
    picture: Floats = inputs.picture
    height, width = picture.shape[:2]
    factor = max(1, -(-max(height, width) // WORK))
    glance = _reduced(ctx, picture[::factor, ::factor], 1)
    coarse = Superpixels(_lab(glance), max(1, min(glance.shape[:2]) // 24), COMPACT)
    found = _clustered(ctx, _described(_lab(glance), coarse, p), coarse.sizes, p.labels, turns=4)
    yield Frame(Rect.of(picture), _shown(found[coarse.of], glance, factor, picture.shape), 0.05, "a first look")

    small = _reduced(ctx, picture, factor)
    lab = _lab(small)
    side = max(min(p.detail, FINEST), min(round(p.detail / factor), max(lab.shape[:2])))
    pieces = Superpixels(lab, side, COMPACT)
    for turn, _ in enumerate(pieces.refine(ctx, 4)):
        ctx.progress(0.1 + 0.1 * turn)
    ctx.check()
    features = _described(lab, pieces, p)
    labels = _clustered(ctx, features, pieces.sizes, p.labels, turns=24)
    yield Frame(Rect.of(picture), _shown(labels[pieces.of], small, factor, picture.shape), 0.55, "areas")
    labels = _agreed(ctx, features, pieces, labels, p)
    settled = _rounded(ctx, lab, labels[pieces.of].astype(np.uint8), side)
    settled = _without_specks(ctx, settled, max(4, round((p.smooth * 3 * side) ** 2)))
    yield Frame(Rect.of(picture), _shown(settled, small, factor, picture.shape), 0.7, "neighbours agree")
    colours = _colours(settled, small, picture.shape[2])
    if factor == 1:
        yield Frame(Rect.of(picture), colours[settled], 1.0)
        return
    made = np.empty(picture.shape, np.float32)
    around = np.ones((3, 3), np.uint8)
    edges = np.asarray(cv2.dilate(settled, around) != cv2.erode(settled, around), np.uint8)
    rows = max(factor, BAND // width // factor * factor)
    for top in ctx.steps(range(0, height, rows)):
        band = slice(top, min(top + rows, height))
        made[band] = colours[_bordered(picture[band], lab, settled, edges, factor, top)]
    yield Frame(Rect.of(picture), made, 1.0)


def _reduced(ctx: Context, picture: Floats, factor: int) -> Floats:
    """Red, green and blue, each pixel the mean of factor x factor; float32 (h, w, 3)."""
    height, width, channels = picture.shape
    out = np.empty((-(-height // factor), -(-width // factor), 3), np.float32)
    rows = max(1, BAND // (width * factor))
    for top in range(0, len(out), rows):
        ctx.check()
        band = picture[top * factor : (top + rows) * factor]
        colours = np.repeat(band[..., :1], 3, axis=2) if channels <= GRAY_ALPHA else band[..., :3]
        if factor > 1:
            low, right = -colours.shape[0] % factor, -width % factor
            colours = np.pad(colours, ((0, low), (0, right), (0, 0)), mode="edge")
            size = colours.shape[1] // factor, colours.shape[0] // factor
            shrunk = cv2.resize(np.ascontiguousarray(colours), size, interpolation=cv2.INTER_AREA)
            colours = np.asarray(shrunk, np.float32)
        out[top : top + rows] = colours
    return np.ascontiguousarray(out)


def _described(lab: Floats, pieces: Superpixels, p: LabelAreas) -> Floats:
    """What tells pieces apart, float32 (count, 7): Lab, roughness at two scales, and the place."""
    light = np.ascontiguousarray(lab[..., 0])
    rough = []
    for reach in (3, 9):
        window = tuple(min(reach, size) for size in (light.shape[1], light.shape[0]))
        apart = np.abs(light - cv2.blur(light, window))
        # As far as a piece reaches: its neighbour's edge must not count as its own roughness.
        rough.append(np.sqrt(pieces.mean(np.minimum(apart, 20))))
    colour = pieces.centres * np.array([0.8, 1.4, 1.4], np.float32)
    texture = np.stack(rough, axis=1) * np.float32(14 * p.texture)
    longest = max(*lab.shape[:2], 2) - 1
    place = pieces.places / np.float32(longest) * np.array([90, 40], np.float32) * np.float32(p.place)
    return np.concatenate([colour, texture, place], axis=1).astype(np.float32)


def _clustered(ctx: Context, features: Floats, sizes: Floats, count: int, turns: int) -> NDArray[np.int64]:
    """k-means: a label for each row of features (n, F), weighted by its size. A flat picture is all one label."""
    there = np.flatnonzero(sizes > 0)
    points, weights = features[there].astype(np.float64), sizes[there].astype(np.float64)
    if np.ptp(points[:, :LOOKS], axis=0).max() < 0.5:
        return np.zeros(len(features), np.int64)
    random = ctx.random(1)
    centres = points[[int(random.choice(len(points), p=weights / weights.sum()))]]
    nearest = ((points - centres[0]) ** 2).sum(axis=1)
    while len(centres) < min(count, len(points)):
        ctx.check()
        odds = nearest * weights
        if odds.sum() <= 0:
            break
        # The best of a few draws, as the authors advise: fewer unlucky starts.
        drawn = random.choice(len(points), size=4, p=odds / odds.sum())
        left = np.stack([np.minimum(nearest, ((points - points[k]) ** 2).sum(axis=1)) for k in drawn])
        best = int((left @ weights).argmin())
        centres, nearest = np.vstack([centres, points[drawn[best]]]), left[best]
    chosen = np.zeros(len(points), np.int64)
    for _ in range(turns):
        ctx.check()
        chosen = _apart(points, centres).argmin(axis=1)
        total = np.bincount(chosen, weights, len(centres))
        for k in np.flatnonzero(total):
            mine = chosen == k
            centres[k] = weights[mine] @ points[mine] / total[k]
    labels = np.zeros(len(features), np.int64)
    labels[there] = chosen
    return labels


def _apart(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances (n, k)."""
    return np.stack([((points - centre) ** 2).sum(axis=1) for centre in centres], axis=1)


def _agreed(
    ctx: Context, features: Floats, pieces: Superpixels, labels: NDArray[np.int64], p: LabelAreas
) -> NDArray[np.int64]:
    """Each piece weighs what it looks like against what its neighbours are."""
    if p.smooth <= 0 or pieces.count < 3:
        return labels
    count = int(labels.max()) + 1
    used = pieces.sizes > 0
    points = features.astype(np.float64)
    centres = np.stack(
        [points[used & (labels == k)].mean(axis=0) if (used & (labels == k)).any() else points[0] for k in range(count)]
    )
    cost = _apart(points, centres)
    spread = np.median(cost[np.arange(len(cost)), labels][used]) + 1e-6
    a, b, lengths = pieces.borders()
    around = np.maximum(np.bincount(a, lengths, pieces.count), 1)
    # Neighbours of quite another look pull less: there is an edge between them.
    alike = np.exp(-((points[a, :3] - points[b, :3]) ** 2).sum(axis=1) / (2 * 18.0**2))
    pull = lengths / around[a] * alike * spread * (6 * p.smooth)
    for sweep in range(SWEEPS):
        ctx.check()
        votes = np.bincount(a * count + labels[b], pull, pieces.count * count).reshape(-1, count)
        wanted = (cost - votes).argmin(axis=1)
        # Half of them at a time, or two neighbours would change places for ever.
        turn = np.arange(pieces.count) % 2 == sweep % 2
        if (wanted == labels).all():
            break
        labels = np.where(turn, wanted, labels)
    return labels


def _rounded(ctx: Context, lab: Floats, labels: Bytes, side: int) -> Bytes:
    """Borders leave the pieces that they were made of: each pixel weighs its surround against its own colour."""
    found = np.unique(labels)
    best, chosen = np.full(labels.shape, -1, np.float32), labels.copy()
    soft = cv2.GaussianBlur(lab, (0, 0), 0.7)
    for k in found:
        ctx.check()
        inside = labels == k
        near = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.4 + side * 0.45)
        apart = ((soft - lab[inside].mean(axis=0)) ** 2).sum(axis=2, dtype=np.float32)
        score = near * np.exp(apart * np.float32(-1 / (2 * 14.0**2)))
        better = score > best
        np.copyto(best, score, where=better)
        chosen[better] = k
    return chosen


def _without_specks(ctx: Context, labels: Bytes, least: int) -> Bytes:
    """Areas of fewer than `least` pixels become what lies nearest."""
    speck = np.zeros(labels.shape, np.uint8)
    for k in np.unique(labels):
        ctx.check()
        _, parts, stats, _ = cv2.connectedComponentsWithStats((labels == k).astype(np.uint8), connectivity=4)
        small = stats[:, cv2.CC_STAT_AREA] < least
        small[0] = False
        speck |= small[parts].astype(np.uint8)
    if speck.all() or not speck.any():
        return labels
    _, nearest = cv2.distanceTransformWithLabels(speck, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    known = np.zeros(int(nearest.max()) + 1, np.uint8)
    kept = speck == 0
    known[nearest[kept]] = labels[kept]
    return np.asarray(np.where(kept, labels, known[nearest]), np.uint8)


def _bordered(part: Floats, lab: Floats, labels: Bytes, edges: Bytes, factor: int, top: int) -> Bytes:
    """Labels for rows of the picture itself, from row `top`: of those around it, the one that looks like the pixel."""
    height, width, channels = part.shape
    rows, columns = (top + np.arange(height)) // factor, np.arange(width) // factor
    chosen: Bytes = labels[rows][:, columns]
    ys, xs = np.nonzero(edges[rows][:, columns])
    if ys.size:
        pixels = part[ys, xs]
        colours = np.repeat(pixels[:, :1], 3, axis=1) if channels <= GRAY_ALPHA else pixels[:, :3]
        own = _lab(np.ascontiguousarray(colours[None]))[0]
        best, found = np.full(ys.size, np.inf, np.float32), chosen[ys, xs]
        for dy, dx in sorted(NEIGHBOURS, key=lambda step: abs(step[0]) + abs(step[1])):
            y = np.clip(rows[ys] + dy, 0, labels.shape[0] - 1)
            x = np.clip(columns[xs] + dx, 0, labels.shape[1] - 1)
            # What is farther must look better: noise alone moves no border.
            cost = ((own - lab[y, x]) ** 2).sum(axis=1, dtype=np.float32) + np.float32(60 * (abs(dy) + abs(dx)))
            nearer = cost < best
            best[nearer], found[nearer] = cost[nearer], labels[y, x][nearer]
        chosen[ys, xs] = found
    if min(chosen.shape) >= 3:
        chosen = np.asarray(cv2.medianBlur(np.ascontiguousarray(chosen), 3), np.uint8)
    return chosen


def _lab(colours: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2Lab), np.float32)


def _colours(labels: NDArray[Any], small: Floats, channels: int) -> Floats:
    """The mean colour of each label in whole 255ths, float32 (labels, channels), opaque; no two are the same."""
    flat = labels.ravel()
    count = int(flat.max()) + 1
    sizes = np.maximum(np.bincount(flat, minlength=count), 1)
    means = np.stack([np.bincount(flat, small[..., k].ravel(), count) / sizes for k in range(3)], axis=1)
    whole = np.round(means * 255).astype(np.int64)
    taken: set[tuple[int, ...]] = set()
    for k, colour in enumerate(whole):
        step = 1 if colour.sum() < 384 else -1
        while tuple(colour) in taken:
            colour = np.clip(colour + step, 0, 255)
        taken.add(tuple(colour))
        whole[k] = colour
    colours = whole.astype(np.float32) * np.float32(1 / 255)
    if channels <= GRAY_ALPHA:
        colours = colours[:, :1]
    if channels in (GRAY_ALPHA, RGBA):
        colours = np.concatenate([colours, np.ones_like(colours[:, :1])], axis=1)
    return np.asarray(colours, np.float32)


def _shown(labels: NDArray[Any], small: Floats, factor: int, shape: tuple[int, ...]) -> Floats:
    """Labels of the small copy as a picture of a shape (height, width, channels)."""
    colours: Floats = _colours(labels, small, shape[2])[labels]
    if factor == 1:
        return colours
    rows, columns = np.arange(shape[0]) // factor, np.arange(shape[1]) // factor
    return np.asarray(colours[rows][:, columns], np.float32)
