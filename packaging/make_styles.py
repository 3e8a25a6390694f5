"""Makes the styles that ship: those of our own, the same pictures each time, and pieces of old prints and carpets.

    python packaging/make_styles.py [--only NAME ...] [--textures 0textures.pk3]

What is cut from elsewhere needs `0textures.pk3` of Debian's ufoai-textures; without it only our own are made.
`resources/styles/ORIGINS.md` says where everything is from.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "packaging"))

import style_paintings as paintings  # noqa: E402
import style_prints as prints  # noqa: E402
from style_tools import Floats  # noqa: E402

SAMPLES, STYLES = ROOT / "resources" / "samples", ROOT / "resources" / "styles"
SIDE = 512
QUALITY = 88


@dataclass(frozen=True)
class Cut:
    """A piece of somebody else's picture.

    Attributes:
        source: a path inside the archive.
        box: x, y, width, height in its pixels; all of it when empty.
        side: the longer side of what ships; never enlarged.
    """

    source: str
    box: tuple[int, ...] = ()
    side: int = 640


def square(name: str, x: float = 0.5, y: float = 0.5, part: float = 1.0) -> Floats:
    """A square of a sample picture, (512, 512, 3), 0..1; `x` and `y` say where, 0..1, `part` how much of its height."""
    pixels = cv2.imread(str(SAMPLES / name))[..., ::-1] / 255.0
    height, width = pixels.shape[:2]
    side = int(min(height, width) * part)
    top, left = int((height - side) * y), int((width - side) * x)
    piece = pixels[top : top + side, left : left + side]
    by = cv2.INTER_AREA if side > SIDE else cv2.INTER_CUBIC
    return np.clip(cv2.resize(piece, (SIDE, SIDE), interpolation=by), 0, 1)


def of(maker: Callable[[Floats], Floats], name: str, *place: float) -> Callable[[], Floats]:
    """Makes a style from a sample picture."""
    return lambda: maker(square(name, *place))


OWN: dict[str, Callable[[], Floats]] = {
    "thick-oil": of(paintings.oil, "coffee.png"),
    "wax-crayon": of(paintings.crayon, "cat.png"),
    "points-of-colour": of(paintings.points, "launch.jpg"),
    "watercolour-wash": of(paintings.watercolour, "asia.jpg", 0.4, 0.5),
    "charcoal-and-chalk": of(paintings.charcoal, "cat.png", 0.6, 0.3, 0.85),
    "small-stones": of(paintings.tesserae, "asia.jpg", 0.3, 0.3),
    "woodcut": of(prints.woodcut, "cat.png", 0.5, 0.4),
    "fine-engraving": of(prints.engraving, "coffee.png"),
    "stippled-ink": of(prints.stipple, "dandelions.jpg", 0.1, 0.5),
    "risograph": of(prints.risograph, "floral-print.png"),
    "stained-glass": prints.stained_glass,
    "floated-ink": prints.suminagashi,
    "combed-marbling": prints.ebru,
    "blueprint-ferns": prints.cyanotype,
    "wax-batik": prints.batik,
}

PICTURES, CARPETS = "textures/tex_pics/", "textures/tex_buildings/"
CUTS: dict[str, Cut] = {
    "roman-mosaic": Cut(PICTURES + "art_africa010.png"),
    "red-dragon": Cut(PICTURES + "art_japan012.png"),
    "black-burst": Cut(PICTURES + "art_japan005.png", (0, 190, 512, 620)),
    "blue-print": Cut(PICTURES + "art_japan006.png"),
    "golden-rays": Cut(PICTURES + "art_japan009.png"),
    "great-waves": Cut(PICTURES + "art_japan010.png", (0, 20, 450, 450)),
    "night-print": Cut(PICTURES + "art_japan011.png", (0, 200, 512, 600)),
    "stage-print": Cut(PICTURES + "art_japan004.png", (8, 8, 496, 236)),
    "mist-dragon": Cut(PICTURES + "art_japan013.png", (62, 62, 400, 400)),
    "brushed-dragon": Cut(PICTURES + "dragon003.png"),
    "sun-kilim": Cut(CARPETS + "carpet012.png", (0, 0, 512, 512)),
    "garden-carpet": Cut(CARPETS + "carpet018.png", (20, 20, 984, 984)),
    "woven-acanthus": Cut(CARPETS + "carpet010.png", (0, 200, 512, 620)),
    "glacier": Cut("textures/tex_nature/ice001.jpg"),
}


def cut(name: str, read: Callable[[str], bytes]) -> Floats:
    """One of the pieces, (h, w, 3), 0..1."""
    entry = CUTS[name]
    pixels = cv2.imdecode(np.frombuffer(read(entry.source), np.uint8), cv2.IMREAD_COLOR)[..., ::-1] / 255.0
    if entry.box:
        x, y, w, h = entry.box
        pixels = pixels[y : y + h, x : x + w]
    factor = entry.side / max(pixels.shape[:2])
    if factor < 1:
        size = round(pixels.shape[1] * factor), round(pixels.shape[0] * factor)
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return pixels


def write(name: str, colours: Floats) -> None:
    """Saves one as JPEG."""
    shown = (np.clip(colours, 0, 1)[..., ::-1] * 255 + 0.5).astype(np.uint8)
    kept = [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    cv2.imwrite(str(STYLES / f"{name}.jpg"), shown, kept)


def main() -> None:
    """Writes them into resources/styles."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", nargs="*", default=[], help="names of those to make")
    asked.add_argument("--textures", type=Path, help="0textures.pk3 of ufoai-textures")
    chosen = asked.parse_args()
    STYLES.mkdir(exist_ok=True)
    for name, make in OWN.items():
        if name in (chosen.only or OWN):
            write(name, make())
    if chosen.textures is not None:
        with zipfile.ZipFile(chosen.textures) as archive:
            for name in CUTS:
                if name in (chosen.only or CUTS):
                    write(name, cut(name, archive.read))


if __name__ == "__main__":
    main()
