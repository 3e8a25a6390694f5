"""Image quilting as an operation: every pixel is the sample's, it streams, tiles, and takes any sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Image
from engine.operation import Execution
from engine.ops.synthesize.quilting import quilting


def _bricks(side: int = 96, channels: int = 3) -> NDArray[np.float32]:
    rng = np.random.default_rng(4)
    y, x = np.mgrid[:side, :side]
    mortar = (y % 16 < 2) | ((x + y // 16 % 2 * 12) % 24 < 2)
    pixels = np.where(mortar[..., None], 0.8, 0.4) + rng.normal(0, 0.04, (side, side, channels))
    return np.clip(pixels, 0, 1).astype(np.float32)


def _made(pixels: NDArray[np.float32], size: tuple[int, int], **values: Any) -> NDArray[np.float32]:
    ctx = Context(seed=1, threads=2)
    execution = Execution(quilting, {"sample": Image(pixels)}, quilting.params(**values), ctx, size)
    last = [frame.fraction for frame in execution][-1]
    ctx.close()
    assert last == 1.0
    return execution.result().pixels


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("tileable", [False, True])
def test_every_pixel_is_one_of_the_samples(channels: int, tileable: bool) -> None:
    sample = _bricks(channels=channels)
    made = _made(sample, (150, 101), tileable=tileable)
    assert made.shape == (101, 150, channels)
    known = {pixel.tobytes() for pixel in sample.reshape(-1, channels)}
    assert all(pixel.tobytes() in known for pixel in np.ascontiguousarray(made.reshape(-1, channels)))


def _step(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(np.abs(a - b).mean())


def test_a_tile_closes_and_another_picture_does_not() -> None:
    sample = _bricks() * np.linspace(0.4, 1, 96, dtype=np.float32)[:, None, None]
    inside = _step(sample[1:], sample[:-1])
    closed, left_open = (_made(sample, (130, 70), tileable=tileable, variety=0) for tileable in (True, False))
    assert _step(closed[0], closed[-1]) < 2 * inside
    assert _step(closed[0], closed[-1]) < _step(left_open[0], left_open[-1])


def test_mortar_goes_on_across_blocks() -> None:
    """Joints lie in mortar and bricks alike, so steps at the block's period are no larger than elsewhere."""
    made = _made(_bricks(), (300, 200), block=36, overlap=6)
    steps = np.abs(np.diff(made, axis=1)).mean(axis=(0, 2))
    joints = np.concatenate([steps[start : start + 6] for start in range(30, 290, 30)])
    assert joints.mean() < 1.15 * steps.mean()


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (20, 300), (36, 36), (37, 35)])
@pytest.mark.parametrize("tileable", [False, True])
def test_any_size(size: tuple[int, int], tileable: bool) -> None:
    assert _made(_bricks(48), size, tileable=tileable).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (20, 400), (1, 50)])
def test_small_samples_get_small_blocks(shape: tuple[int, int]) -> None:
    sample = np.random.default_rng(1).random((*shape, 3)).astype(np.float32)
    assert _made(sample, (40, 30)).shape == (30, 40, 3)


def test_a_word_about_a_smaller_block() -> None:
    ctx = Context(threads=1)
    notes = {
        frame.note for frame in Execution(quilting, {"sample": Image(_bricks(24))}, quilting.params(), ctx, (60, 60))
    }
    ctx.close()
    assert notes == {"blocks of 16 px, as the sample is small"}
