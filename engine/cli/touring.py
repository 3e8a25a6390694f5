"""`tour` and `warm-up`: everything there is, once."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine import catalog
from engine.cli.clock import CompileClock
from engine.cli.running import attended, perform
from engine.cli.sheet import Tile, sheet
from engine.cli.tour_inputs import OUTPUT, TourInputs
from engine.context import Context
from engine.errors import Unusable
from engine.files import TRAINED_SUFFIX, save_picture
from engine.image import Image
from engine.jobs import warm
from engine.operation import Operation
from engine.recipe import Job, Recipe, open_inputs

FIRST_LOOK = "A first look"
"""The preset, where an operation has one, with which it shows what it does in seconds and not in minutes."""


def tour(chosen: argparse.Namespace) -> None:
    """Runs every operation, or those that are named, on the built-in samples and lays the results out on one sheet."""
    operations = [catalog.find(name) for name in chosen.operations] or list(catalog.operations().values())
    folder: Path = chosen.output
    try:
        (folder / "inputs").mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise Unusable(f"The tour cannot be kept in {folder}", problem.strerror or "", "choose another") from None
    inputs = TourInputs(folder / "inputs")
    tiles = []
    for operation in operations:
        for name, origins in inputs.runs(operation):
            job = Job(
                operation.id,
                operation.params.from_json(operation.presets.get(FIRST_LOOK, {})),
                open_inputs(operation, origins),
                size=OUTPUT if operation.sized else None,
                origins=origins,
            )
            shown = folder / f"{operation.id}-{name}.png"
            image = perform(job, chosen, shown.with_suffix(TRAINED_SUFFIX) if operation.trains else shown)
            if operation.trains:
                save_picture(image, shown, recipe=Recipe.of(job).as_json())
            tiles.append(Tile(operation.title, name, _shown(operation, job), image))
    save_picture(sheet(tiles), folder / "sheet.png")
    print(f"{len(tiles)} pictures in {folder.absolute()}; all of them on {folder.absolute() / 'sheet.png'}")


def _shown(operation: Operation[Any], job: Job) -> Image:
    """The first picture that went in, with the hole in red."""
    image = next((value for value in job.inputs.values() if isinstance(value, Image | tuple)), None)
    if image is None:
        return Image(np.full((1, 1, 3), 34, np.uint8))
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
    compiled = [entry for entry in catalog.operations().values() if not entry.neural]
    for operation in sorted(compiled, key=lambda entry: not entry.everyday):
        ctx = Context()
        with CompileClock() as clock:
            attended(ctx, partial(warm, operation, ctx))
        total += clock.seconds
        print(f"{operation.title:32s} {clock.seconds:5.1f} s")
        sys.stdout.flush()
    print(f"{'Kernels are ready':32s} {total:5.1f} s")
