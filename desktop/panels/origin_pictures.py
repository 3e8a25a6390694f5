"""What can be seen of a provenance: colours over the result, and the sources with the same colours. No widgets.

Takes some tens of milliseconds for a megapixel, so it is done beside the window.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from desktop.canvas.origin_colours import heat_colours, position_colours, shaded, use_heat
from desktop.session import Provenance, Spot
from engine.image import Bytes, Floats, Image, Pixels, displayed, frozen
from engine.region import Rect

SOURCE: Final = "source"
CONFIDENCE: Final = "confidence"
USE: Final = "use"
KINDS = (SOURCE, CONFIDENCE, USE)

OPAQUE = 0.78
"""How much of the picture the colours hide."""
SHEET = 640
"""Longest side of the little picture of a source."""
MARGIN = 2
"""Pixels around what is compared."""


def glass(provenance: Provenance, kind: str, picture: Image) -> tuple[Rect, Bytes]:
    """Colours to lay over the result.

    Args:
        provenance: of the picture.
        kind: SOURCE, the colour of the place that a pixel came from; CONFIDENCE, hot where a piece does not fit;
            USE, hot where the place was used often, in the result and in sources in the same picture.
        picture: the result.

    Returns:
        Where, and uint8 (h, w, 4).
    """
    known = provenance.known
    if kind == CONFIDENCE:
        doubt: Floats = np.sqrt(1 - confidence(provenance, picture))
        opacity: Floats = known * (np.float32(0.12) + np.float32(0.78) * doubt)
        return provenance.rect, shaded(heat_colours(doubt), opacity)
    if kind == USE:
        return _use_glass(provenance, picture)
    colours = np.zeros((*known.shape, 3), np.uint8)
    for number, (width, _) in enumerate(provenance.sizes):
        chosen = provenance.copied_from(number)
        colours[chosen] = position_colours(provenance.places[chosen], width, _sources_rect(provenance, number))
    return provenance.rect, shaded(colours, known.astype(np.float32) * np.float32(OPAQUE))


def _use_glass(provenance: Provenance, picture: Image) -> tuple[Rect, Bytes]:
    own = next((number for number, source in enumerate(provenance.pictures) if source is None), None)
    rect = provenance.rect
    if own is not None:
        rect = rect.united(_sources_rect(provenance, own))
    inner = provenance.rect.moved(-rect.x, -rect.y).slices
    heat, there = np.zeros((rect.h, rect.w), np.float32), np.zeros((rect.h, rect.w), np.bool_)
    if own is not None and provenance.sizes[own] == picture.size:
        uses, cell = provenance.uses(own)
        rows, columns = np.arange(rect.y, rect.bottom) // cell, np.arange(rect.x, rect.right) // cell
        spread = uses[rows][:, columns]
        heat, there = use_heat(spread), spread > 0
    made = heat[inner]
    for number in range(len(provenance.pictures)):
        uses, cell = provenance.uses(number)
        chosen = provenance.copied_from(number)
        y, x = np.divmod(provenance.places[chosen], np.int32(provenance.sizes[number][0]))
        made[chosen] = use_heat(uses[y // cell, x // cell])
    there[inner] |= provenance.known
    return rect, shaded(heat_colours(heat), there.astype(np.float32) * np.float32(OPAQUE))


def confidence(provenance: Provenance, picture: Image) -> Floats:
    """How well each piece fits where it was put: float32 of the provenance's rectangle, 0..1."""
    if provenance.confidence is not None:
        return provenance.confidence
    from engine.measures.agreement import agreement  # not before it is asked for: the window starts faster

    made = picture.decoded(provenance.rect)
    found = np.ones(provenance.places.shape, np.float32)
    for number, source in enumerate(provenance.pictures):
        chosen = provenance.copied_from(number)
        if not chosen.any():
            continue
        near = _sources_rect(provenance, number)
        given = (picture if source is None else source).decoded(near)
        y, x = np.divmod(provenance.places, np.int32(provenance.sizes[number][0]))
        places = np.where(chosen, (y - near.y) * np.int32(near.w) + x - near.x, np.int32(-1))
        found[chosen] = agreement(made, given, places)[chosen]
    return found


def _sources_rect(provenance: Provenance, number: int) -> Rect:
    """The part of a source that was used, and a little around it."""
    chosen = provenance.copied_from(number)
    width, height = provenance.sizes[number]
    if not chosen.any():
        return Rect(0, 0, 0, 0)
    y, x = np.divmod(provenance.places[chosen], np.int32(width))
    tight = Rect(int(x.min()), int(y.min()), int(np.ptp(x)) + 1, int(np.ptp(y)) + 1)
    return tight.grown(MARGIN).clipped(Rect(0, 0, width, height))


def sheet(provenance: Provenance, number: int, kind: str, picture: Image) -> Bytes:
    """A source, small, with the colours of `kind` over it so that those of the result can be read: uint8 (h, w, 3)."""
    source = provenance.pictures[number] or picture
    width, height = source.size
    step = max(1, -(-max(width, height) // SHEET))
    part: Pixels = source.pixels[::step, ::step]
    shown = displayed(Image(part, source.peak, source.linear).decoded())[..., :3].astype(np.float32)
    rows, columns = np.arange(0, height, step), np.arange(0, width, step)
    if kind == SOURCE:
        places = (rows[:, None] * width + columns[None]).astype(np.int32)
        within = _sources_rect(provenance, number)
        inside = (
            ((rows >= within.y) & (rows < within.bottom))[:, None] & (columns >= within.x) & (columns < within.right)
        )
        over = position_colours(places, width, within)
        mixed = np.where(inside[..., None], 0.45 * shown + 0.55 * over, 0.55 * shown)
    elif kind == USE:
        uses, cell = provenance.uses(number)
        heat = use_heat(uses[rows // cell][:, columns // cell])
        gray = shown.mean(axis=2, keepdims=True)
        mixed = np.where(heat[..., None] > 0, 0.35 * gray + 0.65 * heat_colours(heat), 0.5 * gray)
    else:
        mixed = shown
    return frozen((mixed + 0.5).astype(np.uint8))


def around(provenance: Provenance, spot: Spot, picture: Image, side: int) -> Bytes:
    """The source around a spot, which is in the middle: uint8 (side, side, 4); nothing beyond the rim."""
    source = provenance.pictures[spot.number] or picture
    half = side // 2
    wanted = Rect(spot.x - half, spot.y - half, side, side)
    inside = wanted.clipped(source.rect)
    found = np.zeros((side, side, 4), np.uint8)
    found[inside.moved(-wanted.x, -wanted.y).slices] = displayed(source.decoded(inside))
    return frozen(found)
