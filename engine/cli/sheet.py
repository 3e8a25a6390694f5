"""Contact sheets: results beside what they were made from, with their names and figures under them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from engine.image import Bytes, Image, displayed
from engine.jobs.comparison import Compared
from engine.region import Rect, Size

SIDE, GAP, LINE = 240, 16, 20
GROUND, INK, FAINT, BEST = (34, 34, 36), (232, 232, 232), (150, 150, 152), (126, 206, 148)
COLUMNS = 3
CELL, LETTERS = 320, 38
"""Side of a picture on the sheet of a comparison, and letters in a line under it."""
LESS_IS_BETTER = ("seconds", "fidelity", "largest-copy", "repetition")


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
    page = _page(COLUMNS * cell_w + GAP, rows * cell_h + GAP)
    for number, tile in enumerate(tiles):
        x = number % COLUMNS * cell_w + GAP
        y = number // COLUMNS * cell_h + GAP
        _put(page, x, y, tile.given, SIDE)
        _put(page, x + SIDE + GAP // 2, y, tile.made, SIDE)
        _write(page, tile.title, x, y + SIDE + LINE, INK)
        _write(page, tile.remark, x, y + SIDE + 2 * LINE, FAINT)
    return Image(page)


def compared_sheet(sample: Image, size: Size, entries: Sequence[Compared]) -> Image:
    """The sample and every method's result with its figures; the best of each figure stands out.

    Pictures are all at one scale, so that grain can be compared: smaller to fit, never larger.
    """
    columns = min(4, len(entries) + 1)
    scale = min(1.0, CELL / max(*size, *sample.size))
    tall = max(CELL // 2, round(scale * max(size[1], sample.size[1])))
    cell_w, cell_h = CELL + GAP, tall + 6 * LINE + GAP
    page = _page(columns * cell_w + GAP, -(-(len(entries) + 1) // columns) * cell_h + GAP)
    _put(page, GAP, GAP, sample, round(scale * max(sample.size)))
    _write(page, "Sample", GAP, GAP + tall + LINE, INK)
    words = f"{sample.size[0]} x {sample.size[1]} px to {size[0]} x {size[1]} px"
    _write(page, words, GAP, GAP + tall + 2 * LINE, FAINT)
    best = {name: _best(entries, name) for name in LESS_IS_BETTER}
    for number, entry in enumerate(entries, 1):
        x, y = number % columns * cell_w + GAP, number // columns * cell_h + GAP
        if entry.image is not None:
            _put(page, x, y, entry.image, round(scale * max(entry.image.size)))
        for row, line in enumerate(textwrap.wrap(entry.problem, LETTERS)):
            _write(page, line, x, y + tall // 3 + row * LINE, FAINT)
        y += tall + LINE
        _write(page, entry.operation.title, x, y, INK)
        for row, (name, text) in enumerate(_lines(entry), 1):
            first = entry is best[name]
            _write(page, f"{text}  - best" if first else text, x, y + row * LINE, BEST if first else FAINT)
    return Image(page)


def _lines(entry: Compared) -> list[tuple[str, str]]:
    """(the figure that a line is about, the line) for each line under a result."""
    found = {figure.name: figure for figure in entry.figures if figure.value is not None}
    lines = []
    for name in LESS_IS_BETTER:
        if name not in found:
            continue
        figure, value = found[name], found[name].value or 0.0
        if name == "seconds":
            lines.append((name, f"{value:.2f} s"))
        elif name == "largest-copy":
            share = entry.value("copied") or 0.0
            lines.append((name, f"Copied {share:.0%}, in one piece {value:.0%}"))
        else:
            lines.append((name, f"{figure.title} {value:.2f}: {figure.sentence.rstrip('.').lower()}"))
    return lines


def _best(entries: Sequence[Compared], name: str) -> Compared | None:
    """The one with the least of a figure; None where several show the same, as then none is better."""
    known = [(round(value, 2), entry) for entry in entries if (value := entry.value(name)) is not None]
    least = min((value for value, _ in known), default=0.0)
    winners = [entry for value, entry in known if value == least]
    return winners[0] if len(winners) == 1 else None


def _page(width: int, height: int) -> Bytes:
    page = np.empty((height, width, 3), np.uint8)
    page[:] = GROUND
    return page


def _put(page: Bytes, x: int, y: int, image: Image, side: int) -> None:
    """Lays a picture on the page, at most `side` pixels a side, its transparent parts showing the ground."""
    shown = displayed(image.decoded())
    scale = min(1.0, side / max(image.size))
    if scale < 1:
        size = max(1, round(image.size[0] * scale)), max(1, round(image.size[1] * scale))
        shown = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)
    alpha = shown[..., 3:] / np.float32(255)
    rect = Rect(x, y, shown.shape[1], shown.shape[0])
    page[rect.slices] = (shown[..., :3] * alpha + page[rect.slices] * (1 - alpha) + 0.5).astype(np.uint8)


def _write(page: Bytes, text: str, x: int, y: int, colour: tuple[int, int, int]) -> None:
    cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_DUPLEX, 0.5, colour, 1, cv2.LINE_AA)
