"""Label maps from pictures in flat colours, and paintings made from labelled photographs."""

from __future__ import annotations

import colorsys
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from desktop.document.document import LABELS, Document
from desktop.document.edit import fill_mask
from desktop.document.label_map import COLOURS, MOST, Colour, Label, Motif, Palette
from engine.errors import Unusable
from engine.image import Bytes, Image, Pixels, displayed, frozen
from engine.region import Rect, Size

Label_ = TypeVar("Label_", np.uint8, np.uint16)

SEVERAL = 400_000
"""Pixels that say enough of a label's colour and place."""

APART = 48
"""How far two colours of a palette lie apart at least, in 8-bit units, to be told apart over a photograph."""

HUES = (
    (15, "red"), (40, "orange"), (65, "yellow"), (160, "green"), (195, "turquoise"), (250, "blue"), (290, "violet"),
    (335, "pink"), (361, "red"),
)  # fmt: skip


def labelled(numbers: NDArray[np.uint16], picture: Image, keep: bool = False) -> tuple[Bytes, Palette]:
    """A label map and its palette from any numbers, (H, W), and the picture that they lie on or come from.

    Labels are numbered from the top of the picture to the bottom. Their colours are those of the picture, only
    stronger, and far enough apart.

    Args:
        numbers: what is a label of its own.
        picture: of the same size.
        keep: numbers of 1 to 255 stay what they are, 0 becomes the lowest that is free.

    Raises:
        Unusable: there are more than 255.
    """
    found = np.flatnonzero(np.bincount(numbers.ravel(), minlength=1)).astype(np.uint16)
    if len(found) > MOST:
        raise Unusable(f"There are {len(found)} labels", f"a palette has room for {MOST}", "join some of them")
    places = np.zeros(65536, np.uint8)
    places[found] = np.arange(len(found))
    which = places[numbers]
    _, heights, means = _measured(which, picture, len(found))
    order = np.argsort(heights, kind="stable")
    rank = np.empty(len(found), np.uint8)
    rank[order] = np.arange(1, len(found) + 1)
    if keep and found[-1] <= MOST:
        free = min(set(range(1, MOST + 1)) - set(found.tolist()), default=MOST)
        rank = np.where(found == 0, free, found).astype(np.uint8)
        order = np.argsort(rank, kind="stable")
    means = means[order]
    palette = palette_of([(int(r), int(g), int(b)) for r, g, b in means], [int(rank[k]) for k in order])
    return frozen(rank[which]), palette


def _measured(which: Bytes, picture: Image, count: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Of each label: pixels, mean row, and mean red, green, blue; of a large map from a part of its pixels, if that has
    them all.
    """
    for step in (max(1, round((which.size / SEVERAL) ** 0.5)), 1):
        part = which[::step, ::step]
        sizes = np.bincount(part.ravel(), minlength=count)
        if sizes.all():
            break
    rows = np.repeat(np.arange(part.shape[0]), part.shape[1])
    shown = displayed(replace(picture, pixels=picture.pixels[::step, ::step]).decoded())
    sums = [np.bincount(part.ravel(), shown[..., k].ravel(), count) for k in range(3)]
    means = np.round(np.stack(sums, axis=1) / sizes[:, None]).astype(int)
    return sizes, np.bincount(part.ravel(), rows, count) / sizes, means


def palette_of(means: list[Colour], numbers: list[int]) -> Palette:
    """Labels named and coloured after the mean colours of their areas."""
    labels: list[Label] = []
    names: dict[str, int] = {}
    for number, mean in zip(numbers, means, strict=True):
        name = colour_name(mean)
        names[name] = names.get(name, 0) + 1
        named = name if names[name] == 1 else f"{name} {names[name]}"
        labels.append(Label(number, named, _distinct(_stronger(mean), [label.colour for label in labels])))
    return Palette(tuple(labels))


def colour_name(colour: Colour) -> str:
    """What one would call it."""
    hue, light, strength = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    chroma = (max(colour) - min(colour)) / 255
    if light < 0.1:
        return "Black"
    if light > 0.93 and chroma < 0.1:
        return "White"
    shade = "Dark " if light < 0.3 else "Light " if light > 0.7 else ""
    if chroma < 0.07:
        return f"{shade}gray".capitalize()
    name = next(name for end, name in HUES if hue * 360 < end)
    if name in ("orange", "red") and ((light < 0.45 and strength < 0.75) or strength < 0.35):
        name = "brown"
    elif name == "red" and light > 0.7:
        name = "pink"
    return f"{shade}{name}".capitalize()


def _stronger(colour: Colour) -> Colour:
    hue, light, strength = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    made = colorsys.hls_to_rgb(hue, min(max(light, 0.25), 0.8), min(1.0, strength * 1.6 + 0.05))
    return int(made[0] * 255), int(made[1] * 255), int(made[2] * 255)


def _distinct(colour: Colour, taken: list[Colour]) -> Colour:
    """The colour, or one like it that is none of those taken."""
    hue, light, strength = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    for turn in (0, 1, -1, 2, -2, 3, -3, 4, -4):
        made = colorsys.hls_to_rgb(
            (hue + turn * 0.05) % 1, min(max(light + turn * 0.09, 0.2), 0.85), max(strength, 0.3)
        )
        tried = colour if turn == 0 else (int(made[0] * 255), int(made[1] * 255), int(made[2] * 255))
        if all(_apart(tried, other) >= APART for other in taken):
            return tried
    return max((*COLOURS, colour), key=lambda one: min((_apart(one, other) for other in taken), default=0))


def _apart(a: Colour, b: Colour) -> float:
    return float(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5)


def matched(numbers: NDArray[np.uint16], picture: Image, palette: Palette) -> Bytes:
    """A map in flat colours as labels of a palette that is there already: each colour is the label nearest to it."""
    mine, theirs = labelled(numbers, picture)
    shown = displayed(picture.decoded())[..., :3]
    table = np.zeros(256, np.uint8)
    for label in theirs:
        y, x = np.unravel_index(int((mine == label.number).argmax()), mine.shape)
        colour = shown[y, x].astype(int)
        nearest = min(palette, key=lambda one: _apart(one.colour, (colour[0], colour[1], colour[2])))
        table[label.number] = nearest.number
    return frozen(table[mine])


def stretched(labels: NDArray[Label_], size: Size, mirrored: bool = False) -> NDArray[Label_]:
    """The same map at another size, (h, w); labels are never mixed."""
    ys = (np.arange(size[1]) * labels.shape[0] + labels.shape[0] // 2) // size[1]
    xs = (np.arange(size[0]) * labels.shape[1] + labels.shape[1] // 2) // size[0]
    ys, xs = np.minimum(ys, labels.shape[0] - 1), np.minimum(xs, labels.shape[1] - 1)
    return frozen(labels[ys][:, xs[::-1] if mirrored else xs])


def motif_of(document: Document, size: Size) -> Motif:
    """A labelled photograph as what a painting of `size` takes its pixels from.

    A photograph much larger than the painting is reduced, so that what a label holds has the same scale in both.

    Raises:
        Unusable: there are no labels on it.
    """
    labels, picture = document.labels.array(), document.picture
    if not labels.any():
        raise Unusable("There are no labels on this picture", "nothing is marked", "press Labels from picture first")
    factor = max(1, round(((document.size[0] * document.size[1]) / (size[0] * size[1])) ** 0.5))
    factor = min(factor, *document.size)
    if factor > 1:
        picture = replace(picture, pixels=_reduced(picture.pixels, factor))
        labels = stretched(labels, picture.size)
    path = str(document.path) if document.path else ""
    return Motif(replace(picture, notes=()), labels, document.title, path)


def _reduced(pixels: Pixels, factor: int) -> Pixels:
    """Each pixel the mean of factor x factor, at the same depth."""
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    out = np.empty((height, width, pixels.shape[2]), pixels.dtype)
    for row in range(height):
        band = pixels[row * factor : (row + 1) * factor, : width * factor]
        mean = band.reshape(factor, width, factor, -1).mean(axis=(0, 2), dtype=np.float64)
        out[row] = np.round(mean) if pixels.dtype != np.float32 else mean
    return frozen(out)


def painting(motif: Motif, palette: Palette, labels: Bytes) -> Document:
    """A new picture to be painted by numbers: white, its map as given, its palette that of the photograph.

    Args:
        motif: what it takes its pixels from.
        palette: what the numbers stand for.
        labels: uint8 (H, W), to begin with; 0 where nothing is to be painted yet.
    """
    template = motif.picture
    white = np.ones((*labels.shape, template.channels), np.float32)
    blank = replace(template, pixels=template.encoded(white), notes=(), attributes={}, name="")
    document = Document(blank, title=f"By numbers from {motif.title}" if motif.title else "By numbers")
    document.exchanged({"motif": motif, "palette": palette})
    fill_mask(document.masks[LABELS], Rect.of(labels), labels)
    return document


def map_picture(document: Document) -> Image:
    """The label map as a picture in the palette's flat colours."""
    return Image(frozen(document.palette.colours()[document.labels.array()]), name=f"labels of {document.title}")


def numbered(picture: Image) -> NDArray[np.uint16]:
    """A number for each colour of a picture in few flat colours, uint16 (H, W)."""
    shown = displayed(picture.decoded()).astype(np.uint32)
    packed = shown[..., 0] << np.uint32(16) | shown[..., 1] << np.uint32(8) | shown[..., 2]
    # A few colours are soon known; looking them up is much quicker than sorting all pixels.
    few = np.unique(packed[::7, ::7])
    which = np.minimum(np.searchsorted(few, packed), len(few) - 1)
    if (few[which] != packed).any():
        which = np.unique(packed, return_inverse=True)[1]
    return np.asarray(which.reshape(packed.shape), np.uint16)
