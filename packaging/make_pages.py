"""Makes the page of every operation: its words from the declaration, its picture by running it on what ships.

    python packaging/make_pages.py [--words] [OPERATION ...]

With --words the pictures stay as they are; with names, only the pictures of these operations are made.
`resources/pages/README.md` lists all pages.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine import catalog  # noqa: E402
from engine.cli import main  # noqa: E402
from engine.cli.page import contents, page  # noqa: E402
from engine.files import TRAINED_SUFFIX, open_picture, save_picture  # noqa: E402
from engine.image import Bytes, Image, displayed  # noqa: E402
from engine.recipe import read  # noqa: E402

PAGES = ROOT / "resources" / "pages"
HEIGHT, GAP, WIDEST = 224, 10, 720
GROUND = (34, 34, 36)


def strip(given: list[Path], made: Path) -> Image:
    """What goes in and, behind a wider gap, what comes out, in one row as high as fits."""
    tiles = []
    for path in (*given, made):
        rgba = displayed(open_picture(path).decoded()).astype(np.float32)
        alpha = rgba[..., 3:] / 255
        tiles.append(rgba[..., :3] * alpha + np.array(GROUND) * (1 - alpha))
    room = WIDEST - GAP * (len(tiles) + 1)
    height = min(HEIGHT, int(room / sum(tile.shape[1] / tile.shape[0] for tile in tiles)))
    row: list[np.ndarray] = []
    for number, tile in enumerate(tiles):
        if number:
            gap = 2 * GAP if number == len(tiles) - 1 else GAP
            row.append(np.tile(np.array(GROUND, float), (height, gap, 1)))
        row.append(_as_high(tile, height))
    whole: Bytes = np.clip(np.hstack(row) + 0.5, 0, 255).astype(np.uint8)
    return Image(whole)


def _as_high(tile: np.ndarray, height: int) -> np.ndarray:
    """Made smaller, or laid in the middle at its own size: an enlarged texture says nothing of it."""
    if tile.shape[0] > height:
        size = max(1, round(tile.shape[1] * height / tile.shape[0])), height
        return np.asarray(cv2.resize(tile, size, interpolation=cv2.INTER_AREA))
    room = np.tile(np.array(GROUND, float), (height, tile.shape[1], 1))
    top = (height - tile.shape[0]) // 2
    room[top : top + tile.shape[0]] = tile
    return room


def pictures(folder: Path, names: Sequence[str]) -> None:
    """The picture of each page, from the tour's results: they carry their recipe, which names what went in."""
    if main(["tour", *names, "-o", str(folder), "--quiet"]):
        raise SystemExit("the tour failed")
    for name in names or catalog.operations():
        made = sorted(path for path in folder.glob(f"{name}-*.png") if read(path).operation == name)
        if not made:
            raise SystemExit(f"the tour has nothing for {name}")
        given = [Path(place) for places in read(made[0]).inputs.values() for place in places]
        given = [path for path in given if path.suffix != TRAINED_SUFFIX]
        save_picture(strip(given, made[0]), PAGES / f"{name}.jpg")


def words() -> dict[str, str]:
    """File name -> what stands in it."""
    operations = catalog.operations()
    return {f"{name}.md": page(entry) for name, entry in operations.items()} | {
        "README.md": contents(operations.values())
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("operations", nargs="*", metavar="OPERATION")
    parser.add_argument("--words", action="store_true", help="leave the pictures as they are")
    chosen = parser.parse_args()
    PAGES.mkdir(exist_ok=True)
    for file, text in words().items():
        (PAGES / file).write_text(text, "utf-8")
    if not chosen.words:
        with tempfile.TemporaryDirectory() as there:
            pictures(Path(there), chosen.operations)
