"""Painting by numbers beside EbSynth, where its command `ebsynth` is installed (github.com/jamriska/ebsynth).

Each target is the photograph's own map, mirrored, twice as wide and high: every label has the share of it that it has
of the photograph, so that the two pictures as wholes can be compared. EbSynth gets the weights of its own example of
texture by numbers, two threads, and its time includes reading and writing the files, as nothing else can be seen of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import as_file
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.files import open_picture, save_picture
from engine.image import Image
from engine.measures.fidelity import fidelity
from engine.measures.sharpness import sharpness
from engine.operation import Execution
from engine.ops.analyse.label_areas import label_areas
from engine.ops.transfer.by_numbers import by_numbers
from resources import sample
from tests.benchmarks.bench_guided import _best, _labels
from tests.benchmarks.pictures import texture

Bytes = NDArray[np.uint8]
Labels = NDArray[np.uint16]
Job = tuple[str, Bytes, Labels]

SIDE = 320
"""Longest side of a photograph; results are twice as large."""
PHOTOS = ("asia", "coffee", "dandelions", "launch")
WORDS = ("-patchsize", "3", "-uniformity", "1000")
COLOURS = np.array(
    [(230, 25, 75), (60, 180, 75), (0, 90, 200), (245, 200, 30), (145, 30, 180), (70, 240, 240)], np.uint8
)


def _photo(name: str) -> Job:
    """A photograph and its map, as one click makes it."""
    with as_file(sample(name).file) as path:
        pixels = open_picture(path).pixels[..., :3].astype(np.uint8)
    factor = SIDE / max(pixels.shape[:2])
    small = np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    ctx = Context(threads=2)
    run = Execution(label_areas, {"picture": Image(small)}, label_areas.params(labels=5), ctx)
    for _ in run:
        pass
    ctx.close()
    flat = run.result().image().pixels[..., :3].reshape(-1, 3)
    _, labels = np.unique(flat, axis=0, return_inverse=True)
    return name, small, labels.reshape(small.shape[:2]).astype(np.uint16)


def _cells() -> Job:
    """Three textures side by side in the cells of random points."""
    labels = _labels(256, 1)
    textures = np.stack([texture(name, 256).pixels for name in ("gravel", "moss", "bricks")])
    return "cells", np.take_along_axis(textures, labels[None, ..., None].astype(np.intp), axis=0)[0], labels


def _mirrored(labels: Labels) -> Labels:
    row = np.hstack([labels[:, ::-1], labels])
    return np.ascontiguousarray(np.vstack([row, row[::-1]]))


def _ours(photo: Bytes, labels: Labels, target: Labels) -> tuple[float, Bytes, float]:
    """Seconds, the best of two after a warm one, the result, and the share of pixels of another label."""
    _, seconds, result = _best(by_numbers, {"source": Image(photo), "labels": labels, "target": target}, 2)
    assert result.origin is not None
    wrong = labels.reshape(-1)[result.origin.places] != target
    return seconds, result.image().pixels[..., :3].astype(np.uint8), float(wrong.mean())


def _theirs(command: str, folder: Path, photo: Bytes, labels: Labels, target: Labels) -> tuple[float, Bytes]:
    files = [folder / name for name in ("style.png", "source.png", "target.png", "out.png")]
    for path, pixels in zip(files, (photo, COLOURS[labels], COLOURS[target]), strict=False):
        save_picture(Image(pixels), path)
    style, source, goal, out = map(str, files)
    words = [command, *WORDS, "-style", style, "-guide", source, goal, "-output", out, "-backend", "cpu"]
    began = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "2"})
    return time.perf_counter() - began, open_picture(out).pixels[..., :3].astype(np.uint8)


def _share(pixels: Bytes) -> NDArray[np.float32]:
    return pixels.astype(np.float32) / np.float32(255)


def rows() -> Iterator[tuple[str, str, float, str]]:
    """What, unit, figure, remark."""
    command = shutil.which("ebsynth")
    if command is None:
        yield "EbSynth is not installed here", "", 0.0, "put its command on the PATH"
        return
    times, likes = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name, photo, labels in (_cells(), *map(_photo, PHOTOS)):
            target = _mirrored(labels)
            seconds, ours, wrong = _ours(photo, labels, target)
            their_seconds, theirs = _theirs(command, Path(folder), photo, labels, target)
            given = _share(photo)
            mine, other = fidelity(_share(ours), given), fidelity(_share(theirs), given)
            times.append(seconds / their_seconds)
            likes.append(mine / other)
            size = f"{target.shape[1]} x {target.shape[0]}"
            yield f"{name}, {size}", "s", seconds, f"EbSynth {their_seconds:.2f}"
            yield f"{name}, fidelity", "", mine, f"EbSynth {other:.2f}"
            sharp = [sharpness(_share(made), given) for made in (ours, theirs)]
            yield f"{name}, sharpness", "", sharp[0], f"EbSynth {sharp[1]:.2f}; 1 is the photograph's"
            yield f"{name}, pixels of another label", "", wrong, "at most 0.03"
    yield "time over EbSynth's, worst of 5", "", max(times), "at most 0.4"
    yield "fidelity over EbSynth's, mean of 5", "", float(np.mean(likes)), "at most 1"
    yield "fidelity over EbSynth's, worst of 5", "", max(likes), ""


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="  ")
