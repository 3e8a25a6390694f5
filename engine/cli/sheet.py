"""A contact sheet: each result beside what it was made from, with its name under it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.image import Bytes, Image, displayed
from engine.region import Rect

SIDE, GAP, LINE = 240, 16, 20
GROUND, INK, FAINT = (34, 34, 36), (232, 232, 232), (150, 150, 152)
COLUMNS = 3


@dataclass(frozen=True, eq=False)
class Tile:
    """One entry: the operation's title, a word about the input, what went in, what came out."""

    title: str
    remark: str
    given: Image
    made: Image


def sheet(tiles: list[Tile]) -> Image:
    """All of them on one picture, three to a row; pictures are made smaller to fit, never larger."""
    cell_w, cell_h = 2 * SIDE + 2 * GAP, SIDE + 2 * LINE + 2 * GAP
    rows = -(-len(tiles) // COLUMNS)
    page = np.empty((rows * cell_h + GAP, COLUMNS * cell_w + GAP, 3), np.uint8)
    page[:] = GROUND
    for number, tile in enumerate(tiles):
        x = number % COLUMNS * cell_w + GAP
        y = number // COLUMNS * cell_h + GAP
        _put(page, x, y, tile.given)
        _put(page, x + SIDE + GAP // 2, y, tile.made)
        _write(page, tile.title, x, y + SIDE + LINE, INK)
        _write(page, tile.remark, x, y + SIDE + 2 * LINE, FAINT)
    return Image(page)


def _put(page: Bytes, x: int, y: int, image: Image) -> None:
    shown = displayed(image.decoded())
    scale = min(1.0, SIDE / max(image.size))
    if scale < 1:
        size = max(1, round(image.size[0] * scale)), max(1, round(image.size[1] * scale))
        shown = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)
    alpha = shown[..., 3:] / np.float32(255)
    rect = Rect(x, y, shown.shape[1], shown.shape[0])
    page[rect.slices] = (shown[..., :3] * alpha + page[rect.slices] * (1 - alpha) + 0.5).astype(np.uint8)


def _write(page: Bytes, text: str, x: int, y: int, colour: tuple[int, int, int]) -> None:
    cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_DUPLEX, 0.5, colour, 1, cv2.LINE_AA)
