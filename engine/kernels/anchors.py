"""Where patches begin: their first pixels, of which sources allow some and targets have some.

Counts over boxes come from summed-area tables (Crow, Summed-Area Tables for Texture Mapping, SIGGRAPH 1984), strip by
strip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes
from engine.kernels.strips import Check, rows_of

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

BAND_ROWS = 24
"""Anchor rows that one scan runs through. Longer carries matches further, shorter gives more to do at once."""

_AROUND = [(dy, dx) for ring in (1, 2) for dy in range(-ring, ring + 1) for dx in range(-ring, ring + 1)]


def box_count(mask: NDArray[np.generic], side: int, check: Check | None = None) -> NDArray[np.int32]:
    """How much of each side x side box is set: int32 (H - side + 1, W - side + 1), by the box's first pixel."""
    return _boxes(mask, side, np.dtype(np.int32), check)


def box_sum(values: NDArray[np.float64], side: int, check: Check | None = None) -> NDArray[np.float64]:
    """The sum of each side x side box: float64 (H - side + 1, W - side + 1), by the box's first pixel."""
    return _boxes(values, side, np.dtype(np.float64), check)


def _boxes(values: NDArray[np.generic], side: int, kind: np.dtype[Any], check: Check | None) -> NDArray[Any]:
    height, width = values.shape
    out = np.empty((max(0, height - side + 1), max(0, width - side + 1)), kind)
    for rows in rows_of(out.shape, check):
        part = values[rows.start : rows.stop + side - 1]
        table = np.zeros((part.shape[0] + 1, width + 1), kind)
        np.cumsum(part, axis=0, dtype=kind, out=table[1:, 1:])
        np.cumsum(table[1:, 1:], axis=1, out=table[1:, 1:])
        out[rows] = table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    return out


def _whole(mask: Bools, side: int) -> Bools:
    """Which side x side boxes are set throughout: bool (H - side + 1, W - side + 1). Runs double till they fit."""
    covered = 1
    while covered < side:
        more = min(covered, side - covered)
        mask = mask[:-more] & mask[more:]
        mask = mask[:, :-more] & mask[:, more:]
        covered += more
    return mask


def places_of(mask: NDArray[np.generic], check: Check | None = None) -> Ints:
    """Where a mask (H, W) is set: int32, y * W + x in raster order."""
    width = mask.shape[1]
    found = [
        np.flatnonzero(mask[rows]).astype(np.int32) + np.int32(rows.start * width)
        for rows in rows_of(mask.shape, check)
    ]
    return np.concatenate(found) if found else np.empty(0, np.int32)


def allowed_anchors(
    usable: NDArray[np.generic], patch: int, sources: Sequence[int] | None = None, check: Check | None = None
) -> Bytes:
    """Where source patches may begin: uint8, of the source's size; 1 where the whole patch is usable.

    Args:
        usable: (H, W), non-zero where the source may be taken from.
        sources: heights of the pictures in an `atlas`; patches do not cross from one into the next.
    """
    height, width = usable.shape
    out = np.zeros((height, width), np.uint8)
    if height >= patch and width >= patch:
        inner = out[: height - patch + 1, : width - patch + 1]
        for rows in rows_of(inner.shape, check):
            inner[rows] = _whole(usable[rows.start : rows.stop + patch - 1] != 0, patch)
    top = 0
    for rows in sources or ():
        top += rows
        out[max(0, top - patch + 1) : top] = 0
    return out


def grid(count: int, step: int, wrap: bool) -> Bools:
    """Every so-many-th of `count` anchors, and the last where the plane is no torus: bool (count,)."""
    chosen = np.zeros(count, np.bool_)
    chosen[::step] = True
    if not wrap:
        chosen[-1] = True
    return chosen


def moved_to_allowed(spots: NDArray[np.int64], allowed: Bytes, check: Check) -> NDArray[np.int64]:
    """Places (y * W + x) in `allowed`, (H, W), moved to an allowed one up to two pixels away where there is one.

    Those that found none stay where they are. Changes `spots`.
    """
    height, width = allowed.shape
    flat = allowed.reshape(-1)
    for dy, dx in _AROUND:
        check()
        wrong = np.flatnonzero(flat[spots] == 0)
        if wrong.size == 0:
            break
        y, x = np.divmod(spots[wrong], width)
        moved = np.clip(y + dy, 0, height - 1) * width + np.clip(x + dx, 0, width - 1)
        right = flat[moved] != 0
        spots[wrong[right]] = moved[right]
    return spots


def bands(active: Ints, rows: int, columns: int, step: int, turn: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cuts anchors into bands of rows that are scanned by themselves.

    Args:
        active: flat indices of the anchors, in raster order, on a plane of rows x columns.
        step: distance of anchors.
        turn: number of the pass.

    Returns:
        Where each band begins in `active`, and its first row: int64 (n + 1) each.
    """
    # The bands' borders move from pass to pass, so that no row stays cut off from its neighbour.
    first = -(turn * 7 % BAND_ROWS)
    starts = np.arange(first, rows, BAND_ROWS * max(1, step), dtype=np.int64)
    edges = np.append(np.maximum(starts, 0), rows)
    found = np.searchsorted(active, edges * columns).astype(np.int64)
    kept = np.flatnonzero(np.diff(found) > 0)
    if kept.size == 0:
        return np.zeros(1, np.int64), np.zeros(1, np.int64)
    # Bands without anchors are left out; the rows between belong to nobody.
    keep = np.append(kept, kept[-1] + 1)
    return found[keep], edges[keep]


def cuts(bands: NDArray[np.int64], at_once: int | None) -> Iterator[tuple[int, int]]:
    """(first, last) of runs of whole bands with `at_once` anchors and one band more at the most."""
    count = bands.size - 1
    if at_once is None:
        yield 0, count
        return
    first = 0
    while first < count:
        last = int(np.searchsorted(bands, bands[first] + at_once))
        last = min(max(last, first + 1), count)
        yield first, last
        first = last


def uses(places: Ints, shape: tuple[int, ...], patch: int, check: Check | None = None) -> NDArray[np.int32]:
    """How often the pixels of each source patch are used, added up: int32, of the source's `shape`.

    Args:
        places: where the used patches begin, y * W + x; less than 0 for none.
    """
    height, width = shape
    wide = (height + patch - 1, width + patch - 1)
    begun, used = np.zeros(wide, np.int32), np.zeros(wide, np.int32)
    counts = np.bincount(places[places >= 0], minlength=height * width).reshape(height, width)
    for rows in rows_of(shape, check):
        begun[rows.start + patch - 1 : rows.stop + patch - 1, patch - 1 :] = counts[rows]
    used[:height, :width] = box_count(begun, patch, check)
    return box_count(used, patch, check)
