"""Novelty: is it new, or lifted from the sample? With a map of what was copied from where.

Each patch of the result is looked up in the sample. Where neighbours come from neighbouring places, a piece was copied
whole (Ashikhmin, Synthesizing Natural Textures, I3D 2001, saw such verbatim pieces; nearest-neighbour fields as in
Barnes et al., PatchMatch, SIGGRAPH 2009). Ours searches exhaustively, among the cosine components that vary most in the
sample's patches, and measures the patch found in full.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.image import Floats, frozen
from engine.measures.colours import halves, rgb

PATCH, STEP = 15, 4
DIRECTIONS = 40
MOST_PAIRS = 250_000_000
FEWEST_QUERIES = 1_000
LARGEST_SIDE = 1_200


@dataclass(frozen=True)
class Novelty:
    """What a result owes to its sample.

    Attributes:
        ratio: how far its patches are from the sample's, in units of how far those of the sample's halves are from one
            another. Near 0 everything is copied, about 1 is natural variation, well above 1 is not from this sample.
        largest: share of the result, 0..1, that the largest copied piece covers.
        copied: share of the result in copied pieces of any size from 4 patches on.
        piece: mean diameter of the copied pieces, weighted by area, in pixels.
        evenness: 0..1, how evenly the sample was used (entropy of the places that patches come from).
        pieces: int32 (H, W), 0 where nothing is copied, else the number of the piece, largest first. Read-only.
        origins: int32 (H, W, 2), the (x, y) in the sample that each pixel resembles most. Read-only.
    """

    ratio: float
    largest: float
    copied: float
    piece: float
    evenness: float
    pieces: NDArray[np.int32]
    origins: NDArray[np.int32]


def novelty(result: Floats, sample: Floats) -> Novelty:
    """Compares patches of the result with all of the sample's, or of the middle of a sample of over 1200 px a side.

    Args:
        result, sample: float32 (H, W, C), 0..1, of any size and channels.

    Raises:
        Unusable: one of them is smaller than two patches.
    """
    y, x = rgb(result), rgb(sample)
    for name, picture in (("result", y), ("sample", x)):
        if min(picture.shape[:2]) < 2 * PATCH:
            raise Unusable(
                f"The {name} of {picture.shape[1]} x {picture.shape[0]} px is too small to be searched for copies",
                f"patches of {PATCH} px are compared",
                f"use one of {2 * PATCH} px and more a side",
            )
    x = _middle(x)
    queries = max(FEWEST_QUERIES, MOST_PAIRS / (x.shape[0] * x.shape[1]))
    step = max(STEP, int(np.ceil(np.sqrt(y.shape[0] * y.shape[1] / queries))))
    away, where = _nearest(y, step, x)
    rows, columns = away.shape
    at_y, at_x = np.mgrid[:rows, :columns] * step
    shift = np.stack([where[..., 1] - at_x, where[..., 0] - at_y], axis=2)
    pieces = connected(shift, away < _tolerance(x))
    sizes = np.bincount(pieces.ravel(), minlength=2)[1:]
    whole = sizes[sizes >= 4]
    usage = np.bincount((where[..., 0] // STEP * x.shape[1] + where[..., 1] // STEP).ravel())
    share = usage[usage > 0] / usage.sum()
    places = min(away.size, (x.shape[0] - PATCH) // STEP * ((x.shape[1] - PATCH) // STEP) + 1)
    natural = float(np.median(np.concatenate([_nearest(a, step, b)[0].ravel() for a, b in halves(x)])))
    diameter = 2 * np.sqrt(whole / np.pi) * step
    return Novelty(
        ratio=float(np.median(away)) / max(natural, 1e-4),
        largest=float(sizes.max() / away.size),
        copied=float(whole.sum() / away.size),
        piece=float((diameter * whole).sum() / max(whole.sum(), 1)),
        evenness=float(-(share * np.log(share)).sum() / np.log(max(places, 2))),
        pieces=frozen(_enlarged(pieces, step, y.shape[:2])),
        origins=frozen(_origins(shift, step, y.shape[:2], x.shape[:2])),
    )


def _middle(colours: Floats) -> Floats:
    height, width = colours.shape[:2]
    top, left = max(0, (height - LARGEST_SIDE) // 2), max(0, (width - LARGEST_SIDE) // 2)
    return colours[top : top + LARGEST_SIDE, left : left + LARGEST_SIDE]


def _tolerance(sample: Floats) -> float:
    """Root mean square difference under which a patch counts as the same: small against the sample's contrast."""
    return float(np.clip(0.25 * sample.std(axis=(0, 1)).max(), 0.01, 0.06))


def _patches(picture: Floats, step_y: int, step_x: int) -> tuple[NDArray[np.float32], int, int]:
    """(rows * columns, PATCH * PATCH * 3), row by row, and how many rows and columns."""
    view = np.lib.stride_tricks.sliding_window_view(picture, (PATCH, PATCH), axis=(0, 1))[::step_y, ::step_x]
    rows, columns = view.shape[:2]
    return view.reshape(rows * columns, -1), rows, columns


def _nearest(queries: Floats, step: int, keys: Floats) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each patch of `queries`, on a grid of `step`: rms difference to its best patch in `keys`, and its (y, x)."""
    basis = _basis(keys)
    short_keys, _, key_columns = _projected(keys, 1, basis)
    short, rows, columns = _projected(queries, step, basis)
    norms = 0.5 * np.square(short_keys).sum(axis=1)
    where = np.empty(len(short), np.int64)
    at_once = max(16, (1 << 25) // len(short_keys))
    for start in range(0, len(short), at_once):
        similarity = short[start : start + at_once] @ short_keys.T
        similarity -= norms
        where[start : start + at_once] = similarity.argmax(axis=1)
    at = np.stack([where // key_columns, where % key_columns], axis=1)
    away = np.empty(len(at), np.float32)
    view = np.lib.stride_tricks.sliding_window_view(keys, (PATCH, PATCH), axis=(0, 1))
    asked = np.lib.stride_tricks.sliding_window_view(queries, (PATCH, PATCH), axis=(0, 1))[::step, ::step]
    for row in range(rows):
        some = slice(row * columns, (row + 1) * columns)
        found = view[at[some, 0], at[some, 1]]
        away[some] = np.sqrt(np.square(found - asked[row]).mean(axis=(1, 2, 3)))
    return away.reshape(rows, columns), at.reshape(rows, columns, 2)


def _basis(keys: Floats) -> NDArray[np.float32]:
    """(3 * PATCH * PATCH, DIRECTIONS): the cosine components that vary most among a picture's patches.

    Close to the principal directions, and orthonormal like them, without an eigenproblem.
    """
    at = np.arange(PATCH)
    cosine = np.cos(np.pi * (at[None] + 0.5) * at[:, None] / PATCH) * np.sqrt(2 / PATCH)
    cosine[0] /= np.sqrt(2)
    opponent = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]])
    components = np.kron(opponent, np.kron(cosine, cosine)).astype(np.float32)
    step = max(1, int(np.sqrt(keys.shape[0] * keys.shape[1] / 3000)))
    spread = (_patches(keys, step, step)[0] @ components.T).var(axis=0)
    return np.ascontiguousarray(components[np.argsort(-spread, kind="stable")[:DIRECTIONS]].T)


def _projected(picture: Floats, step: int, basis: NDArray[np.float32]) -> tuple[NDArray[np.float32], int, int]:
    rows = (picture.shape[0] - PATCH) // step + 1
    columns = (picture.shape[1] - PATCH) // step + 1
    at_once = max(1, 16_000 // columns)
    parts = [
        _patches(picture[top * step : (min(top + at_once, rows) - 1) * step + PATCH], step, step)[0] @ basis
        for top in range(0, rows, at_once)
    ]
    return np.concatenate(parts), rows, columns


def connected(shift: NDArray[np.int64], close: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Numbers connected areas of one shift, largest first; 0 where nothing is close.

    Args:
        shift: int64 (h, w, 2), from each place to where it was found. Neighbours may differ by 1.
        close: bool (h, w), which places were found at all.
    """
    rows, columns = close.shape
    # On a grid of twice the size nodes lie at even places and links between them, so that one pass labels both.
    graph = np.zeros((2 * rows - 1, 2 * columns - 1), np.uint8)
    graph[::2, ::2] = close
    same_right = np.abs(shift[:, 1:] - shift[:, :-1]).max(axis=2) <= 1
    same_down = np.abs(shift[1:] - shift[:-1]).max(axis=2) <= 1
    graph[::2, 1::2] = close[:, 1:] & close[:, :-1] & same_right
    graph[1::2, ::2] = close[1:] & close[:-1] & same_down
    labels = cv2.connectedComponents(graph, connectivity=4, ltype=cv2.CV_32S)[1][::2, ::2]
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    rank = np.zeros(len(sizes), np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(1, len(sizes) + 1)
    rank[0] = 0
    numbered: NDArray[np.int32] = rank[labels]
    return numbered


def _enlarged(grid: NDArray[np.int32], step: int, shape: tuple[int, ...]) -> NDArray[np.int32]:
    """A value per pixel from a value per patch: that of the patch whose centre is nearest."""
    rows = np.clip((np.arange(shape[0]) - PATCH // 2 + step // 2) // step, 0, grid.shape[0] - 1)
    columns = np.clip((np.arange(shape[1]) - PATCH // 2 + step // 2) // step, 0, grid.shape[1] - 1)
    return grid[rows[:, None], columns[None]]


def _origins(shift: NDArray[np.int64], step: int, shape: tuple[int, ...], of: tuple[int, ...]) -> NDArray[np.int32]:
    found = _enlarged(shift.astype(np.int32), step, shape).copy()
    found[..., 0] = np.clip(found[..., 0] + np.arange(shape[1])[None], 0, of[1] - 1)
    found[..., 1] = np.clip(found[..., 1] + np.arange(shape[0])[:, None], 0, of[0] - 1)
    return found
