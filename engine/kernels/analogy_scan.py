"""One level of an image analogy: pixel after pixel, each from the place of the pair that fits best.

Source: Hertzmann, Jacobs, Oliver, Curless, Salesin, Image Analogies, SIGGRAPH 2001, section 3. What is compared at a
pixel: a window of the unfiltered picture, the part of the same window of the filtered picture that is done already, and
both at the next coarser level. Of the best place anywhere and the best place next to those of done pixels the second is
taken unless it is much worse.

Pictures are padded, flat, float32, the channels of a pixel side by side. The margins of the picture that is being made
hold what the coarser level says, and never change: so no pixel reads what another one may be writing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.kernels.compiled import kernel
from engine.kernels.nearest import nearest

BAND = 16
"""Rows of a tile."""
CHUNK = 24
"""Steps of a tile along x + (reach + 1) y: the order in which a pixel comes after all that it looks at."""


@kernel
def gather(
    y: Any, x: Any, pictures: Any, strides: Any, channels: Any, groups: Any, offsets: Any, weights: Any, out: Any
) -> None:
    """What is compared at pixel (y, x), weighted.

    Args:
        pictures: four arrays: unfiltered and filtered, then both at the coarser level; float32, flat, padded.
        strides, channels: int64 (4,), values in a row, and in a pixel.
        groups: int64 (5,), where the offsets of each picture begin.
        offsets: int64 (D,), from the pixel's first value at the top left of its padded picture.
        weights: float32 (D,). out: float32 (D,), receives the values times the weights.
    """
    for g in range(4):
        row, column = (y, x) if g < 2 else (y >> 1, x >> 1)
        base = row * strides[g] + column * channels[g]
        for n in range(groups[g], groups[g + 1]):
            if g == 0:
                value = pictures[0][base + offsets[n]]
            elif g == 1:
                value = pictures[1][base + offsets[n]]
            elif g == 2:
                value = pictures[2][base + offsets[n]]
            else:
                value = pictures[3][base + offsets[n]]
            out[n] = value * weights[n]


@kernel
def gather_rows(  # type: ignore[no-untyped-def]
    start, stop, width, pictures, strides, channels, groups, offsets, weights, out, cancel
):
    """`gather` for all pixels of the rows start..stop. out: float32 (H * W, D)."""
    for y in range(start, stop):
        if cancel[0]:
            return
        for x in range(width):
            gather(y, x, pictures, strides, channels, groups, offsets, weights, out[y * width + x])


@kernel
def _apart(query: Any, row: Any, limit: Any) -> Any:
    """Squared distance; stops beyond `limit`."""
    total = np.float32(0)
    for first in range(0, query.size, 16):
        for d in range(first, min(first + 16, query.size)):
            difference = query[d] - row[d]
            total += difference * difference
        if total > limit:
            break
    return total


@kernel
def scan_tile(  # type: ignore[no-untyped-def]
    band,
    chunk,
    reach,
    allowance,
    slack,
    most,
    pictures,
    strides,
    channels,
    groups,
    offsets,
    weights,
    features,
    basis,
    points,
    order,
    axes,
    cuts,
    levels,
    source_size,
    styled,
    places,
    errors,
    cancel,
):
    """The pixels of one tile, row by row.

    Args:
        band, chunk: which tile.
        reach: of the window, in pixels.
        allowance: how many times worse the coherent place may be than the best one anywhere.
        slack, most: see `nearest`.
        pictures: of the target; the second is being made: its pixels are written.
        features: float32 (source pixels, D), from `gather_rows`.
        basis: float32 (d, D), rows orthonormal: what the tree's points are made with.
        points, order, axes, cuts, levels: of the `Tree`.
        source_size: int64 (2,), height and width.
        styled: float32 (source pixels, Q), what a pixel of the source brings.
        places: int32 (h, w), where each pixel comes from; -1 or the coarser level's guess before.
        errors: float32 (h, w), receives the squared distance of each.
    """
    height, width = places.shape
    skew = reach + 1
    query, short = np.empty(features.shape[1], np.float32), np.empty(basis.shape[0], np.float32)
    stack, crossed = np.empty((40, 2), np.int64), np.empty((40, basis.shape[0] + 1), np.float32)
    margin = reach
    for y in range(band * BAND, min(band * BAND + BAND, height)):
        for x in range(max(0, chunk * CHUNK - skew * y), min(width, chunk * CHUNK + CHUNK - skew * y)):
            if cancel[0]:
                return
            gather(y, x, pictures, strides, channels, groups, offsets, weights, query)
            best, least = np.int64(-1), np.float32(np.inf)
            for dy in range(-reach, 1):
                for dx in range(-reach, reach + 1):
                    if dy == 0 and dx >= 0:
                        break
                    if y + dy < 0 or x + dx < 0 or x + dx >= width:
                        continue
                    near = np.int64(places[y + dy, x + dx])
                    sy, sx = near // source_size[1] - dy, near % source_size[1] - dx
                    if sy < 0 or sx < 0 or sy >= source_size[0] or sx >= source_size[1]:
                        continue
                    spot = sy * source_size[1] + sx
                    if spot == best:
                        continue
                    away = _apart(query, features[spot], least)
                    if away < least or (away == least and spot < best):
                        best, least = spot, away
            for k in range(basis.shape[0]):
                total = np.float32(0)
                for d in range(query.size):
                    total += basis[k, d] * query[d]
                short[k] = total
            limit = least / allowance
            found, _ = nearest(short, limit, slack, most, points, axes, cuts, levels, stack, crossed)
            if found >= 0:
                spot = np.int64(order[found])
                away = _apart(query, features[spot], np.float32(np.inf))
                if away < limit or best < 0:
                    best, least = spot, away
            places[y, x], errors[y, x] = best, least
            base = (y + margin) * strides[1] + (x + margin) * channels[1]
            for c in range(channels[1]):
                pictures[1][base + c] = styled[best, c]
