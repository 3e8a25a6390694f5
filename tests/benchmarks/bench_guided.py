"""Guided work: by numbers, a stroke of it made again, transfer; how long, how soon, how right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Image
from engine.operation import Execution, Operation, Result
from engine.ops.transfer.by_numbers import by_numbers
from engine.ops.transfer.transfer import transfer

HUES = np.array([(200, 60, 40), (50, 180, 60), (60, 80, 210)])


def _labels(side: int, seed: int) -> NDArray[np.uint16]:
    """Three labels as the cells of random points."""
    points = np.random.default_rng(seed).random((24, 2)) * side
    y, x = np.mgrid[:side, :side]
    return np.asarray(
        ((y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2).argmin(axis=2) % 3
    ).astype(np.uint16)


def _grain(side: int, seed: int) -> NDArray[np.float64]:
    """Noise of about three pixels, of mean 0 and standard deviation 1."""
    values = np.random.default_rng(seed).standard_normal((side, side))
    for axis in (0, 1):
        values = values + np.roll(values, 1, axis) + np.roll(values, -1, axis)
    return np.asarray((values - values.mean()) / values.std())


def _photo(labels: NDArray[np.uint16]) -> Image:
    grain = 0.8 + 0.2 * _grain(labels.shape[0], 3)
    return Image(np.clip(HUES[labels] * grain[..., None], 0, 255).astype(np.uint8))


def _face(side: int) -> Image:
    """Light and shade in soft shapes, with some detail."""
    y, x = np.mgrid[:side, :side] / side
    values = 0.5 + 0.3 * np.sin(9 * x + 3 * y) * np.cos(7 * y) + 0.1 * np.sin(40 * x * y)
    return Image(np.repeat((np.clip(values, 0, 1) * 255).astype(np.uint8)[..., None], 3, axis=2))


def _best(operation: Operation[Any], given: dict[str, Any], repeats: int = 3) -> tuple[float, float, Result]:
    """Seconds until the first frame and until the end, the best of some after a warm one; and the result."""
    firsts, seconds = [], []
    for _ in range(repeats + 1):
        ctx = Context(threads=2)
        began, first = time.perf_counter(), 0.0
        execution = Execution(operation, given, operation.params(), ctx)
        for _ in execution:
            first = first or time.perf_counter() - began
        seconds.append(time.perf_counter() - began)
        firsts.append(first)
        ctx.close()
    return min(firsts[-repeats:]), min(seconds[-repeats:]), execution.result()


def rows() -> Iterator[tuple[str, str, float, str]]:
    """What, unit, figure, remark: the best of three on two threads."""
    labels, target = _labels(256, 1), _labels(512, 2)
    given: dict[str, Any] = {"source": _photo(labels), "labels": labels, "target": target}
    first, seconds, result = _best(by_numbers, given)
    yield "by numbers 256 to 512", "s", seconds, "at most 1.2"
    yield "by numbers 256 to 512, first frame", "ms", first * 1e3, "at most 150"
    assert result.origin is not None
    right = labels.reshape(-1)[result.origin.places] == target
    views = np.lib.stride_tricks.sliding_window_view(np.pad(target, 3, mode="edge"), (7, 7))
    inner = views.min(axis=(2, 3)) == views.max(axis=(2, 3))
    yield "by numbers, pixels of the wanted label", "", float(right[inner].mean()), "at least 0.97"

    target = _labels(1024, 4)
    _, _, result = _best(by_numbers, {**given, "target": target}, 1)
    target, where = target.copy(), np.zeros((1024, 1024), np.float32)
    target[500:560, 300:600] = 1
    where[490:570, 290:610] = 1
    stroke = {**given, "target": target, "picture": result.image(), "where": where}
    first, seconds, _ = _best(by_numbers, stroke)
    yield "by numbers, a stroke of 60 x 300 on 1024", "s", seconds, "at most 2; 0.3 is live"
    yield "by numbers, a stroke, first frame", "ms", first * 1e3, "at most 200"

    sample = Image(np.repeat((np.clip(0.5 + 0.2 * _grain(256, 5), 0, 1) * 255).astype(np.uint8)[..., None], 3, axis=2))
    picture = _face(384)
    first, seconds, result = _best(transfer, {"sample": sample, "picture": picture})
    yield "transfer 256 onto 384", "s", seconds, "at most 1.2"
    yield "transfer 256 onto 384, first frame", "ms", first * 1e3, "at most 150"
    alike = np.corrcoef(result.pixels.mean(axis=2).ravel(), picture.decoded().mean(axis=2).ravel())[0, 1]
    yield "transfer, correlation with the picture", "", float(alike), "at least 0.86"


if __name__ == "__main__":
    for what, unit, value, remark in rows():
        print(f"{what:46s} {value:9.3f} {unit:4s} {remark}")
