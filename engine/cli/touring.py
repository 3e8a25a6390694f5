"""`tour` and `warm-up`: everything there is, once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine import catalog
from engine.cli.clock import CompileClock
from engine.cli.running import attended, perform
from engine.cli.sheet import Tile, sheet
from engine.context import Context
from engine.errors import Unusable
from engine.files import open_picture, save_picture
from engine.image import Image
from engine.jobs import warm
from engine.operation import Labels, Mask, Operation, Picture
from engine.recipe import Job, open_inputs
from engine.region import Rect

TEXTURES = ("flagstones", "moss", "bricks")
PHOTOS = {"seedlings": (0.51, 0.29, 0.25), "coffee": (0.75, 0.72, 0.2)}
"""Name -> centre and radius of the hole to fill, in parts of the side."""
PORTRAIT = "astronaut", Rect(113, 0, 224, 224)
"""What a texture is laid over, and the part of it."""
SAMPLE_SIDE, PHOTO_SIDE, OUTPUT = 96, 224, (192, 192)


def tour(chosen: argparse.Namespace) -> None:
    """Runs every operation on the built-in samples and lays the results out on one sheet."""
    folder: Path = chosen.output
    try:
        (folder / "inputs").mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise Unusable(f"The tour cannot be kept in {folder}", problem.strerror or "", "choose another") from None
    inputs = _inputs(folder / "inputs")
    tiles = []
    for operation in catalog.operations().values():
        for name, origins in _chosen(operation, inputs):
            output = folder / f"{operation.id}-{name}.png"
            job = Job(
                operation.id,
                operation.params(),
                open_inputs(operation, origins),
                size=OUTPUT if operation.sized else None,
                origins=origins,
            )
            image = perform(job, chosen, output)
            tiles.append(Tile(operation.title, name, _shown(operation, job), image))
    save_picture(sheet(tiles), folder / "sheet.png")
    print(f"{len(tiles)} pictures in {folder.absolute()}; all of them on {folder.absolute() / 'sheet.png'}")


def _inputs(folder: Path) -> dict[str, Path]:
    """Crops of the built-in samples as files, so that every result of the tour can be replayed."""
    written = {}
    for name in (*TEXTURES, *PHOTOS):
        side = SAMPLE_SIDE if name in TEXTURES else PHOTO_SIDE
        with as_file(files("resources") / "samples" / f"{name}.png") as path:
            image = open_picture(path)
        rect = Rect((image.size[0] - side) // 2, (image.size[1] - side) // 2, side, side).clipped(image.rect)
        crops = {name: rect}
        if name in PHOTOS:
            crops[f"{name} before"] = Rect(0, 0, side, side).clipped(image.rect)
        for crop, part in crops.items():
            written[crop] = folder / f"{crop.replace(' ', '-')}.png"
            save_picture(Image(image.pixels[part.slices], name=crop), written[crop])
    with as_file(files("resources") / "samples" / f"{PORTRAIT[0]}.png") as path:
        written["portrait"] = folder / "portrait.png"
        save_picture(Image(open_picture(path).pixels[PORTRAIT[1].slices], name="portrait"), written["portrait"])
    y, x = np.mgrid[:PHOTO_SIDE, :PHOTO_SIDE] / PHOTO_SIDE
    for name, (cx, cy, radius) in PHOTOS.items():
        hole = (np.hypot(x - cx, y - cy) < radius).astype(np.uint8) * 255
        written[f"{name} hole"] = folder / f"{name}-hole.png"
        save_picture(Image(hole[..., None]), written[f"{name} hole"])
        labels = _tiers(open_picture(written[name]))
        for kind, area in (("labels", labels), ("map", labels[:, ::-1])):
            written[f"{name} {kind}"] = folder / f"{name}-{kind}.png"
            save_picture(Image(area[..., None]), written[f"{name} {kind}"])
        written[f"{name} after"] = folder / f"{name}-after.png"
        save_picture(_drawn(open_picture(written[f"{name} before"])), written[f"{name} after"])
    return written


def _drawn(image: Image) -> Image:
    """A picture as if drawn with a pencil: what it was before and after teaches an analogy to draw."""
    light = image.decoded()[..., :3].mean(axis=2)
    dy, dx = np.gradient(light)
    paper = np.clip(1 - 5 * np.hypot(dx, dy), 0, 1) * (0.8 + 0.2 * light)
    tone = paper[..., None] * np.array([1.0, 0.97, 0.9])
    return Image((tone * 255).astype(np.uint8))


def _suited(role: str, name: str) -> str:
    """Which of the inputs a picture role gets in the run named after `name`."""
    if role in ("before", "after") and name in PHOTOS:
        return f"{name} {role}"
    return "portrait" if role == "picture" and name in TEXTURES else name


def _tiers(image: Image) -> NDArray[np.uint8]:
    """A label map of a picture: its dark, middling and light parts, smoothed. (H, W) of 0, 128, 255."""
    gray = image.decoded().mean(axis=2)
    reach = max(1, min(gray.shape) // 20)
    for axis in (0, 1):
        ends = [(reach, reach) if axis == k else (0, 0) for k in (0, 1)]
        gray = sliding_window_view(np.pad(gray, ends, mode="edge"), 2 * reach + 1, axis=axis).mean(axis=-1)
    low, high = np.quantile(gray, (1 / 3, 2 / 3))
    return np.where(gray < low, 0, np.where(gray < high, 128, 255)).astype(np.uint8)


def _chosen(operation: Operation[Any], inputs: dict[str, Path]) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    """What to run an operation on: (the sample's name, role -> files)."""
    needed = {name: role for name, role in operation.roles.items() if role.required}
    for name in TEXTURES if "sample" in needed else PHOTOS:
        origins: dict[str, tuple[str, ...]] = {}
        for role, kind in needed.items():
            if isinstance(kind, Picture):
                origins[role] = (str(inputs[_suited(role, name)].absolute()),)
            elif isinstance(kind, Mask):
                origins[role] = (str(inputs[f"{name} hole"].absolute()),)
            elif isinstance(kind, Labels) and name in PHOTOS:
                of = "labels" if kind.of in needed else "map"
                origins[role] = (str(inputs[f"{name} {of}"].absolute()),)
        if len(origins) == len(needed):
            yield name, origins


def _shown(operation: Operation[Any], job: Job) -> Image:
    """The first picture that went in, with the hole in red."""
    image = next(value for value in job.inputs.values() if isinstance(value, Image | tuple))
    image = image[0] if isinstance(image, tuple) else image
    mask = job.inputs.get(operation.within or "")
    if mask is None:
        return image
    hole = np.asarray(mask)[..., None]
    red = np.array([255, 40, 40])
    return Image((image.pixels * (1 - 0.5 * hole) + red * (0.5 * hole)).astype(np.uint8))


def warm_up(chosen: argparse.Namespace) -> None:
    """Compiles every kernel, or finds it in the cache, and says how long each operation's took."""
    total = 0.0
    for operation in sorted(catalog.operations().values(), key=lambda entry: not entry.everyday):
        ctx = Context()
        with CompileClock() as clock:
            attended(ctx, partial(warm, operation, ctx))
        total += clock.seconds
        print(f"{operation.title:32s} {clock.seconds:5.1f} s")
        sys.stdout.flush()
    print(f"{'Kernels are ready':32s} {total:5.1f} s")
