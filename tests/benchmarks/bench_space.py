"""Texture space: how fast it is rendered, found and learnt, and how good what it learnt is after so many steps.

Run by `python tests/benchmarks/run.py space`. Rendering is timed with the space that ships, training with four samples
that ship. Quality counts steps and not minutes, so that figures of two machines can be compared; how many steps a
minute has is a row of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import as_file

import cv2
import numpy as np

from engine.context import Context
from engine.files import open_picture, open_trained
from engine.image import Floats
from engine.measures.fidelity import fidelity
from engine.measures.seam import line_seam, wrap_seam
from engine.nets.texture_space.inversion import Mode, searched
from engine.nets.texture_space.pacing import paced
from engine.nets.texture_space.rendering import CodeMap, whole
from engine.nets.texture_space.sampling import LARGEST_SHORT_SIDE, opaque, sampled
from engine.nets.texture_space.space import Space
from engine.nets.texture_space.space_file import restored
from engine.nets.texture_space.training import Pace, Training
from engine.region import Rect
from resources import model, sample, samples
from tests.benchmarks.walks import Known, Walk, shown

Row = tuple[str, str, float, str]
LEARNT = {"moss": "stochastic", "gravel": "stochastic", "basket-weave": "structured", "green-tiles": "structured"}
STEPS = 600
SPECTRUM = 256


def _best(work: Callable[[], object], repeats: int = 5) -> tuple[float, float]:
    """Milliseconds of wall and of processor, each the least of several."""
    work()
    wall, spent = [], []
    for _ in range(repeats):
        began, used = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - began)
        spent.append(time.process_time() - used)
    return min(wall) * 1e3, min(spent) * 1e3


def _rendering(space: Space, where: str) -> Iterator[Row]:
    ctx = Context(threads=2)
    for side, limit in ((256, 80), (512, 250)):
        rect = Rect(0, 0, side, side)
        wall, spent = _best(lambda rect=rect: whole(ctx, space.generator, space.codes[0], rect))  # type: ignore[misc]
        yield f"render {side} x {side}, {where}", "ms", wall, f"at most {limit}, on 2 threads"
        yield f"render {side} x {side}, {where}: processor", "ms", spent, "both threads together"
    ctx.close()


def _blend(ctx: Context, space: Space) -> Iterator[Row]:
    """Two halves of a canvas with different points: how visible the line between them is."""
    side = 256
    rows, columns = CodeMap.cells_of((side, side))
    worst = -np.inf
    for first, second in ((0, 6), (8, 10), (11, 20)):
        share = 1 / (1 + np.exp(-(np.arange(columns) + 0.5 - columns / 2) / 1.5))
        row = np.stack([1 - share, share], 1).astype(np.float32) @ space.codes[[first, second]]
        codes = CodeMap(np.ascontiguousarray(np.broadcast_to(row[None], (rows, *row.shape))))
        made = whole(ctx, space.generator, codes, Rect(0, 0, side, side), 1)
        worst = max(worst, line_seam(made, column=side // 2))
    yield "seam of a blend, worst of three", "sd", worst, "at most 2"


def _found_again(ctx: Context, space: Space) -> Iterator[Row]:
    """Parts of the samples' pictures that were not learnt: how well they are found, over the samples themselves."""
    modes: tuple[Mode, ...] = ("encode", "hybrid")
    ratios: dict[str, list[float]] = {mode: [] for mode in modes}
    seconds: dict[str, list[float]] = {mode: [] for mode in modes}
    for entry in samples():
        names = [name.lower() for name in space.names]
        if entry.title.lower() not in names:
            continue
        with as_file(entry.file) as file:
            pixels = opaque(open_picture(file).decoded())
        if min(pixels.shape[:2]) < LARGEST_SHORT_SIDE:
            continue
        # What is learnt is the middle 256 px of this.
        reduced = cv2.resize(pixels, (LARGEST_SHORT_SIDE, LARGEST_SHORT_SIDE), interpolation=cv2.INTER_AREA)
        number, strip = names.index(entry.title.lower()), np.ascontiguousarray(reduced[:64], np.float32)
        rect = Rect(0, 0, 256, 256)
        own = fidelity(whole(ctx, space.generator, space.codes[number], rect, 1), strip)
        for mode in modes:
            began = time.perf_counter()
            *_, last = searched(ctx, space, strip, mode)
            seconds[mode].append(time.perf_counter() - began)
            ratios[mode].append(fidelity(whole(ctx, space.generator, last.code, rect, 1), strip) / own)
    for mode in modes:
        count = len(ratios[mode])
        what = f"unseen part of a sample, {mode}: fidelity over the sample's own"
        yield what, "", float(np.mean(ratios[mode])), f"at most 1.15, mean of {count}; worst {max(ratios[mode]):.2f}"
        yield f"find a picture ({mode})", "s", float(np.median(seconds[mode])), ""


def halftone(picture: Floats) -> float:
    """How loud the middle of a picture (H, W, 3) is at periods of 2 to 2.2 px along both sides at once."""
    top, left = ((side - SPECTRUM) // 2 for side in picture.shape[:2])
    gray = picture[top : top + SPECTRUM, left : left + SPECTRUM].mean(axis=2, dtype=np.float64)
    window = np.hanning(SPECTRUM)[:, None] * np.hanning(SPECTRUM)
    spectrum = np.fft.fftshift(np.abs(np.fft.fft2((gray - gray.mean()) * window)))
    corner = round(SPECTRUM * 0.05)
    rolled = np.roll(spectrum, (corner, corner), (0, 1))[: 2 * corner, : 2 * corner]
    return float(np.sqrt(np.square(rolled).mean()))


def _quality(ctx: Context, space: Space) -> Iterator[Row]:
    values: list[float] = []
    louder: list[tuple[float, str]] = []
    for number, one in enumerate(space.samples):
        there = shown(space, number)
        made: Floats = whole(ctx, space.generator, space.codes[number], Rect(0, 0, 256, 256), 1)
        value = fidelity(made, there)
        yield f"fidelity of {one.name}", "", value, LEARNT.get(one.name, "of the space that ships")
        values.append(value)
        if min(there.shape[:2]) >= SPECTRUM:
            louder.append((halftone(made) / halftone(there), one.name))
    yield "fidelity, mean", "", float(np.mean(values)), f"of {len(values)}"
    yield "halftone of 2 px over the sample's own, worst", "", max(louder)[0], f"at most 1; {max(louder)[1]}"
    tile = whole(ctx, space.generator, space.codes[0], Rect(0, 0, 256, 256), 1, (256, 256))
    yield "wrap seam of a tile", "sd", wrap_seam(tile), "at most 2"


def rows() -> Iterator[Row]:
    """What ships, then what is learnt here."""
    path = model("texture-space")
    if path is not None:
        space = restored(open_trained(path))
        yield from _rendering(space, "the space that ships")
        ctx = Context(threads=2)
        yield from _quality(ctx, space)
        yield from _blend(ctx, space)
        yield from _found_again(ctx, space)
        ctx.close()
    ctx = Context(threads=2)
    pictures = []
    for name in LEARNT:
        with as_file(sample(name).file) as file:
            pictures.append(open_picture(file))
    began, used = time.perf_counter(), time.process_time()
    training = Training(ctx, sampled(pictures), None, Pace())
    yield "samples described", "s", time.perf_counter() - began, "four of them"
    began, used = time.perf_counter(), time.process_time()
    for number in range(STEPS):
        training.step(ctx, number / STEPS)
    minutes, spent = (time.perf_counter() - began) / 60, time.process_time() - used
    yield "training", "steps/min", STEPS / minutes, "on 2 threads"
    yield "training: processor", "ms/step", spent * 1e3 / STEPS, "both threads together"
    learnt = training.space()
    learnt = replace(learnt, pacing=paced(ctx, learnt))
    yield from _rendering(learnt, "one learnt from four")
    yield from _quality(ctx, learnt)
    known = [Known.of(shown(learnt, number)) for number in range(len(learnt.samples))]
    walk = Walk.of(ctx, learnt, known, (0, 2))
    yield f"16 steps of a slider, {walk.name}: variation", "", walk.variation, "at most 0.35"
    yield f"the same: worst step over the worse end, {walk.name}", "", walk.worst, "at most 2, by the nearest sample"
    ctx.close()
