"""How good the results are, on the sample pictures that ship with the program: the measures of engine/measures.

Synthesis of 192 to 512 px, and holes of 8 % beside what OpenCV and pypatchmatch make of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.catalog import find
from engine.context import Context
from engine.image import Floats, Image
from engine.measures.fidelity import Cloud, clouds, distance, fidelity
from engine.measures.novelty import novelty
from engine.measures.repetition import repetition
from engine.measures.seam import hole_seam, wrap_seam
from engine.measures.sharpness import sharpness
from engine.operation import Execution, Input
from tests.benchmarks.pictures import TEXTURES, blobs, texture

Row = tuple[str, str, float, str]
TARGETS = {"synthesize": {"fidelity": 0.75, "mean": 0.5}, "quilting": {"fidelity": 0.8, "mean": 0.6}}


def made(name: str, inputs: dict[str, Input | None], size: tuple[int, int] | None = None, **values: object) -> Floats:
    """The result of an operation, float32, on two threads."""
    ctx = Context(threads=2)
    operation = find(name)
    execution = Execution(operation, inputs, operation.params(**values), ctx, size)
    for _ in execution:
        pass
    ctx.close()
    return execution.result().image().decoded()


def rows() -> Iterator[Row]:
    """(what, unit, value, remark)."""
    for name, targets in TARGETS.items():
        yield from _synthesis(name, targets)
    yield from _holes()


def _synthesis(name: str, targets: dict[str, float]) -> Iterator[Row]:
    figures = []
    for texture_name in TEXTURES:
        sample = texture(texture_name, 192)
        given, result = sample.decoded(), made(name, {"sample": sample}, (512, 512))
        found = novelty(result, given)
        like, echo, sharp = fidelity(result, given), repetition(result, given), sharpness(result, given)
        figures.append(like)
        rest = f"repetition {echo:.2f}, largest copy {found.largest:.2f}, sharpness {sharp:.2f}"
        yield f"{name} 192 to 512, {texture_name}", "fid.", like, f"at most {targets['fidelity']}; {rest}"
    yield f"{name} 192 to 512, mean", "fid.", float(np.mean(figures)), f"at most {targets['mean']}"
    tile = made(name, {"sample": texture(TEXTURES[0], 192)}, (256, 256), tileable=True)
    yield f"{name}, tile of {TEXTURES[0]}: wrap seam", "sd", wrap_seam(tile), "at most 2"


def _holes() -> Iterator[Row]:
    ratios = []
    for name in TEXTURES:
        whole = texture(name, 256)
        hole = blobs(256, 256, 0.08)
        holed = whole.pixels.astype(np.uint8)
        holed[hole > 0] = (255, 0, 255)
        rows_, columns = np.nonzero(hole)
        near = slice(max(rows_.min() - 16, 0), rows_.max() + 16), slice(max(columns.min() - 16, 0), columns.max() + 16)
        truth = clouds(whole.decoded()[near])

        off = partial(_off, near=near, truth=truth)
        result = made("fill", {"picture": Image(holed), "hole": hole})
        ours = off(result)
        peers = {"OpenCV Telea": off(_eight(np.asarray(cv2.inpaint(holed, hole, 5, cv2.INPAINT_TELEA), np.uint8)))}
        for radius, peer in _patchmatch():
            peers[f"pypatchmatch {radius}"] = off(_eight(peer(holed, hole)))
        best = min(peers, key=lambda key: peers[key])
        ratios.append(ours / peers[best])
        rim = hole_seam(result, (hole > 0).astype(np.float32))
        yield f"fill 8 % of {name}: distance over the best peer's", "ratio", ratios[-1], f"{best}; rim {rim:.2f}"
    yield "fill: distance over the best peer's, mean", "ratio", float(np.mean(ratios)), "at most 1"


def _off(result: Floats, near: tuple[slice, slice], truth: dict[str, Cloud]) -> float:
    return distance(clouds(np.ascontiguousarray(result[near])), truth)


def _eight(picture: NDArray[np.uint8]) -> Floats:
    return Image(np.ascontiguousarray(picture)).decoded()


def _patchmatch() -> Iterator[tuple[int, Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]]]]:
    """Radius and the peer, where it is installed."""
    try:
        from patchmatch import inpaint
    except ImportError:
        return
    for radius in (3, 7):

        def peer(holed: NDArray[np.uint8], hole: NDArray[np.uint8], radius: int = radius) -> NDArray[np.uint8]:
            return np.asarray(inpaint(holed, hole[..., None], patch_size=radius), np.uint8)

        yield radius, peer


if __name__ == "__main__":
    for what, unit, value, remark in rows():
        print(f"{what:60} {value:9.2f} {unit:6} {remark}", flush=True)
