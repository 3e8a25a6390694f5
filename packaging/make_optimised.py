"""Makes the pictures of grown textures and painted photographs that README shows, from the built-in samples.

    .venv/bin/python packaging/make_optimised.py            all of them, into packaging/pictures
    .venv/bin/python packaging/make_optimised.py layers     one of them: layers, random, styled or learnt

`layers` shows what each layer of the network knows of a sample: the sample, then textures that agree with it up to the
first, the second ... the fifth layer. `random` puts beside the sample what a network that has never been trained, and
patches without any network, make of it. `styled` are two photographs, each with what it became in a style. `learnt` is
a style, and two photographs as a network paints them that learnt it in three hundred steps.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine import catalog  # noqa: E402
from engine.context import Context  # noqa: E402
from engine.files import open_picture, save_picture  # noqa: E402
from engine.image import RGB, Image  # noqa: E402
from engine.operation import Execution  # noqa: E402
from resources import sample  # noqa: E402

FOLDER = ROOT / "packaging" / "pictures"
SIDE, GAP, SEED = 192, 8, 1
PHOTO = 480
"""Width of the photographs that are painted."""
STYLE = ROOT / "resources" / "styles"
SHOWN, LESSON = 360, 300
"""Side of what a network paints, and how many steps it has learnt for."""


def picture(name: str, side: int = SIDE, top: int | None = None) -> Image:
    """The middle of a built-in sample, or what begins at the row `top`."""
    with as_file(sample(name).file) as path:
        image = open_picture(path)
    x, y = ((length - side) // 2 for length in image.size)
    y = y if top is None else top
    part = image.pixels[max(y, 0) :, max(x, 0) :][:side, :side].astype(np.uint8)
    return Image(np.repeat(part[..., :1], 3, axis=2) if image.channels < RGB else part[..., :3])


def made(operation: str, given: Mapping[str, Image], values: Mapping[str, Any]) -> Image:
    """What an operation makes of it."""
    entry = catalog.operations()[operation]
    ctx = Context(seed=SEED)
    size = (SIDE, SIDE) if entry.sized else None
    execution = Execution(entry, dict(given), entry.params.from_json(values), ctx, size)
    for _ in execution:
        pass
    ctx.close()
    return execution.result().image()


def row(images: list[Image]) -> Image:
    """Side by side, of the same height, on white."""
    height = max(image.pixels.shape[0] for image in images)
    parts: list[np.ndarray] = []
    for number, image in enumerate(images):
        if number:
            parts.append(np.full((height, GAP, 3), 255, np.uint8))
        below = height - image.pixels.shape[0]
        parts.append(np.pad(image.pixels, ((0, below), (0, 0), (0, 0)), constant_values=255))
    return Image(np.hstack(parts))


def layers() -> Image:
    """What each layer knows."""
    given = picture("gravel")
    known = ["conv1", "conv1-2", "conv1-3", "conv1-4", "conv1-5"]
    return row([given] + [made("gram-texture", {"sample": given}, {"layers": name}) for name in known])


def random() -> Image:
    """Without a trained network."""
    given = picture("crazy-paving")
    ways: list[dict[str, Any]] = [{"weights": "random"}, {"weights": "patches"}, {}]
    return row([given] + [made("gram-texture", {"sample": given}, values) for values in ways])


def styled() -> Image:
    """Two photographs, each beside itself painted in the strokes of a style."""
    shown = []
    for name, style in (("coffee", "woodcut"), ("cat", "stained-glass")):
        with as_file(sample(name).file) as path:
            pixels = open_picture(path).pixels
        small = cv2.resize(pixels, (PHOTO, PHOTO * 2 // 3), interpolation=cv2.INTER_AREA)
        photo = Image(np.asarray(small, np.uint8))
        given = {"picture": photo, "style": open_picture(STYLE / f"{style}.jpg")}
        shown += [photo, made("optimise-style", given, {"statistic": "nearest"})]
    return row(shown)


def learnt() -> Image:
    """A style, and what a small network makes of photographs after its first lesson."""
    style = open_picture(STYLE / "stained-glass.jpg")
    train = catalog.operations()["fast-style-train"]
    ctx = Context(seed=SEED)
    lesson = Execution(train, {"style": style}, train.params.from_json({"steps": LESSON}), ctx)
    for _ in lesson:
        pass
    ctx.close()
    trained = lesson.result().trained
    assert trained is not None
    paint = catalog.operations()["fast-style"]
    shown = [shrunk(style.pixels[..., :RGB])]
    for name in ("cat", "coffee"):
        with as_file(sample(name).file) as path:
            photo = shrunk(open_picture(path).pixels[..., :RGB])
        ctx = Context(seed=SEED)
        work = Execution(paint, {"picture": photo, "model": trained}, paint.params(), ctx)
        for _ in work:
            pass
        ctx.close()
        shown.append(work.result().image())
    return row(shown)


def shrunk(pixels: np.ndarray) -> Image:
    """The middle square, SHOWN pixels a side."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = np.ascontiguousarray(pixels[top : top + side, left : left + side])
    return Image(np.asarray(cv2.resize(square, (SHOWN, SHOWN), interpolation=cv2.INTER_AREA), np.uint8))


PICTURES = {"layers": layers, "random": random, "styled": styled, "learnt": learnt}

if __name__ == "__main__":
    for name in sys.argv[1:] or PICTURES:
        save_picture(PICTURES[name](), FOLDER / f"{name}.jpg")
