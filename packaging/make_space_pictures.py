"""Makes the pictures of texture spaces in packaging/pictures, by the program and the space that ships with it.

python packaging/make_space_pictures.py [--only strip|brush|inversion|crossing]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine import catalog  # noqa: E402
from engine.context import Context  # noqa: E402
from engine.files import open_picture, open_trained, save_picture  # noqa: E402
from engine.image import Image, displayed  # noqa: E402
from engine.nets.texture_space.outline import Outline, outlined  # noqa: E402
from engine.operation import Execution, Result  # noqa: E402
from engine.region import Size  # noqa: E402
from engine.trained import Trained  # noqa: E402

PICTURES = ROOT / "packaging" / "pictures"
SPACE = ROOT / "resources" / "models" / "textures.safetensors"
SAMPLES = ROOT / "resources" / "samples"
GROUND = (34, 34, 36)


def run(name: str, inputs: dict[str, Any], size: Size | None = None, **values: Any) -> Result:
    """One job, as the studio runs it."""
    operation = catalog.find(name)
    params = operation.params().replaced(**values)
    execution = Execution(operation, inputs, params, Context(seed=1, threads=2), size)
    for _ in execution:
        pass
    return execution.result()


def number(outline: Outline, name: str) -> int:
    """Which sample is called this."""
    return [one.lower() for one in outline.names].index(name.lower())


def point(outline: Outline, name: str) -> tuple[float, ...]:
    """The code of a sample."""
    return tuple(map(float, outline.codes[number(outline, name)]))


def strip(trained: Trained, outline: Outline) -> Image:
    """From sample to sample without a jump, and eight stops of a slider below."""
    names = ("Moss", "Rock face", "Weathered boards", "Basket weave", "Green tiles")
    width, height, stops, gap = 960, 160, 8, 4
    between = tuple(float(number(outline, name)) for name in names)
    top = run("texture-space", {"space": trained}, (width, height), between=between, strip=True)
    slope = outline.slopes[0]
    start = np.array(point(outline, "Rock face"))
    tiles = []
    side = (width - gap * (stops - 1)) // stops
    for amount in np.linspace(slope.low, slope.high, stops):
        code = tuple(map(float, start + amount * slope.vector))
        tiles.append(displayed(run("texture-space", {"space": trained}, (side, side), point=code).pixels)[..., :3])
    made = np.full((height + gap + side, width, 3), GROUND, np.uint8)
    made[:height] = displayed(top.pixels)[..., :3]
    for column, tile in enumerate(tiles):
        made[height + gap :, column * (side + gap) : column * (side + gap) + side] = tile
    return Image(made)


def brush(trained: Trained, outline: Outline) -> Image:
    """Moss creeping over stone, and over a photograph of flagstones: what a few strokes of the brush leave."""
    side = 480
    labels = np.ones((side, side), np.uint8)
    for a, b, width in (((-20, 330), (190, 250), 120), ((190, 250), (300, 380), 80), ((300, 380), (500, 400), 150)):
        cv2.line(labels, a, b, 2, width, cv2.LINE_8)
    cv2.line(labels, (330, -10), (430, 130), 3, 90, cv2.LINE_8)
    points = sum((point(outline, name) for name in ("Rock face", "Moss", "Gravel")), ())
    hole = np.ones((side, side), np.float32)
    plain = Image(np.zeros((side, side, 3), np.uint8))
    inputs = {"space": trained, "picture": plain, "map": labels.astype(np.uint16), "hole": hole}
    stone = displayed(run("texture-space-paint", inputs, points=points, border=40.0).pixels)[..., :3]
    photo = open_picture(SAMPLES / "flagstones.png")
    grown = np.zeros(photo.pixels.shape[:2], np.uint16)
    scale = photo.size[0] / side
    for a, b, width in (((-20, 400), (200, 330), 170), ((200, 330), (480, 420), 130)):
        ends = [tuple(round(part * scale) for part in end) for end in (a, b)]
        drawn = np.zeros(grown.shape, np.uint8)
        cv2.line(drawn, ends[0], ends[1], 1, round(width * scale), cv2.LINE_8)
        grown[drawn > 0] = 1
    hole = np.ones(grown.shape, np.float32)
    inputs = {"space": trained, "picture": photo, "map": grown, "hole": hole}
    over = displayed(
        run("texture-space-paint", inputs, points=point(outline, "Moss"), border=24.0, edge=100.0, creep=1.0).pixels
    )[..., :3]
    over = cv2.resize(over, (side, side), interpolation=cv2.INTER_AREA)
    gap = np.full((side, 8, 3), GROUND, np.uint8)
    return Image(np.ascontiguousarray(np.concatenate([stone, gap, over], axis=1)))


def inversion(trained: Trained) -> Image:
    """A picture on the left, what the space makes at the place where it was found on the right; two of them."""
    rows = []
    for name in ("moss", "sand"):
        picture = open_picture(SAMPLES / f"{name}.png")
        part = Image(picture.pixels[:192, :192, :3].copy(), name=name)
        rows.append(displayed(run("texture-space-invert", {"space": trained, "picture": part}).pixels)[..., :3])
    gap = np.full((rows[0].shape[0], 16, 3), GROUND, np.uint8)
    return Image(np.ascontiguousarray(np.concatenate([rows[0], gap, rows[1]], axis=1)))


def crossing(trained: Trained, outline: Outline) -> Image:
    """Three times: forms, the same with another sample's detail, and that sample."""
    side, gap = 152, 4
    groups = []
    for forms, detail in (("Honeycomb", "Moss"), ("Scales", "Rock face"), ("Basket weave", "Twill")):
        ways: list[dict[str, Any]] = [
            {"point": point(outline, forms)},
            {"point": point(outline, forms), "fine": point(outline, detail)},
            {"point": point(outline, detail)},
        ]
        row = [displayed(run("texture-space", {"space": trained}, (side, side), **way).pixels)[..., :3] for way in ways]
        groups.append(np.concatenate(row, axis=1))
    bar = np.full((side, gap, 3), GROUND, np.uint8)
    return Image(np.ascontiguousarray(np.concatenate([groups[0], bar, groups[1], bar, groups[2]], axis=1)))


def main() -> None:
    """Makes all of them, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("strip", "brush", "inversion", "crossing"))
    only = parser.parse_args().only
    trained = open_trained(SPACE, "texture-space")
    outline = outlined(trained)
    made = {
        "strip": lambda: strip(trained, outline),
        "brush": lambda: brush(trained, outline),
        "inversion": lambda: inversion(trained),
        "crossing": lambda: crossing(trained, outline),
    }
    for name, make in made.items():
        if only in (None, name):
            path = PICTURES / f"space-{name}.png"
            save_picture(make(), path)
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
