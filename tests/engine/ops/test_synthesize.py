"""Synthesis: made of the sample's own pixels, in step, closed into a tile, the same on any number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.image import Floats, Image
from engine.operation import Execution
from engine.ops.synthesize.synthesize import synthesize


def _run(
    sample: Image | tuple[Image, ...], size: tuple[int, int], seed: int = 1, threads: int = 2, **params: Any
) -> tuple[Floats, int]:
    execution = Execution(
        synthesize, {"sample": sample}, synthesize.params(**params), Context(seed=seed, threads=threads), size
    )
    frames = sum(1 for _ in execution)
    return execution.result().pixels, frames


def _bytes(shape: tuple[int, ...], seed: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def _checks(side: int, period: int) -> Image:
    """Squares with a little grain: every break of step shows."""
    y, x = np.mgrid[0:side, 0:side]
    board = ((y // (period // 2) + x // (period // 2)) % 2) * 150 + 40
    return Image((board[..., None] + _bytes((side, side, 3)) // 16).astype(np.uint8))


def test_every_pixel_is_one_of_the_sample() -> None:
    sample = Image(_bytes((48, 40, 3)))
    made, frames = _run(sample, (90, 70))
    assert made.shape == (70, 90, 3)
    assert frames >= 3
    colours = {tuple(c) for c in sample.decoded().reshape(-1, 3)}
    assert {tuple(c) for c in made.reshape(-1, 3)} <= colours


@pytest.mark.parametrize("tileable", [False, True])
def test_squares_stay_in_step(tileable: bool) -> None:
    made, _ = _run(_checks(80, 16), (192, 192), tileable=tileable)
    dark = made.mean(axis=2) < 0.45
    y, x = np.mgrid[0:192, 0:192]
    board = np.stack([((y + a) // 8 + (x + b) // 8) % 2 == 0 for a in range(16) for b in range(8)])
    assert max((dark == one).mean() for one in board) > 0.985


def test_a_tile_closes() -> None:
    rough = _bytes((83, 83, 3)).astype(np.float64)
    smooth = np.mean([rough[a : a + 80, b : b + 80] for a in range(4) for b in range(4)], axis=0)
    sample = Image(smooth.astype(np.uint8))
    made, _ = _run(sample, (150, 130), tileable=True)
    for axis in (0, 1):
        inside = np.abs(np.diff(made, axis=axis)).mean()
        joint = np.abs(np.take(made, 0, axis) - np.take(made, -1, axis)).mean()
        assert joint < 1.6 * inside


def test_the_same_on_one_and_two_threads_and_another_with_another_seed() -> None:
    sample = Image(_bytes((64, 64, 3)))
    one, _ = _run(sample, (140, 120), threads=1)
    two, _ = _run(sample, (140, 120), threads=2)
    other, _ = _run(sample, (140, 120), seed=2)
    assert (one == two).all()
    assert not (one == other).all()


@pytest.mark.parametrize("change", [{"patch": 11}, {"tileable": True}, {"variety": 0.1}])
def test_every_parameter_changes_the_picture(change: dict[str, Any]) -> None:
    sample = Image(_bytes((64, 64, 3)))
    assert not (_run(sample, (140, 120))[0] == _run(sample, (140, 120), **change)[0]).all()


def test_all_of_the_sample_is_used() -> None:
    values = np.random.default_rng(1).permutation(4096).astype(np.uint16).reshape(64, 64, 1) * 16
    made, _ = _run(Image(values), (256, 256))
    index = np.rint(made[..., 0] * 65535 / 16).astype(np.int64)
    uses = np.bincount(index.reshape(-1), minlength=4096)
    assert (uses > 0).mean() > 0.9
    assert uses.max() < 16 * 6


def test_several_samples_are_mixed_and_never_crossed() -> None:
    red = np.repeat(_bytes((40, 50, 1)), 3, axis=2)
    red[..., 1:] = red[..., 1:] // 8 * 7
    red[..., 0] |= 1
    gray = _bytes((60, 33, 1)) & np.uint8(0xFE)
    made, _ = _run((Image(red), Image(gray)), (200, 180))
    colours = {tuple(c) for c in Image(red).decoded().reshape(-1, 3)}
    reds = np.rint(made[..., 0] * 255).astype(np.int64) % 2 == 1
    assert {tuple(c) for c in made[reds]} <= colours
    assert (made[~reds] == made[~reds][:, :1]).all()
    assert 0.02 < reds.mean() < 0.98


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 40), (40, 36)])
@pytest.mark.parametrize("tileable", [False, True])
def test_odd_samples_give_a_picture(shape: tuple[int, int], channels: int, tileable: bool) -> None:
    for size in ((56, 48), (1, 1), (7, 3)):
        made, _ = _run(Image(_bytes((*shape, channels))), size, tileable=tileable)
        assert made.shape == (size[1], size[0], channels)


def test_strips() -> None:
    assert _run(Image(_bytes((20, 1000, 3))), (80, 60))[0].shape == (60, 80, 3)
    assert _run(Image(_bytes((40, 40, 3))), (2000, 10))[0].shape == (10, 2000, 3)


def places_of(sample: Image, source: np.ndarray, size: tuple[int, int] = (150, 110), **values: Any) -> np.ndarray:
    """Which of the sample's pixels are used where only `source` may be."""
    ctx = Context(seed=3, threads=2)
    execution = Execution(synthesize, {"sample": sample, "source": source}, synthesize.params(**values), ctx, size)
    for _ in execution:
        pass
    ctx.close()
    origin = execution.result().origin
    assert origin is not None and origin.known.all()
    used = np.zeros(sample.pixels.shape[:2], np.bool_)
    used.reshape(-1)[origin.places] = True
    return used


@pytest.mark.parametrize("values", [{}, {"tileable": True}, {"variety": 1.0}])
def test_nothing_is_taken_from_where_the_mask_forbids(values: dict[str, Any]) -> None:
    rng = np.random.default_rng(2)
    sample = Image(rng.integers(0, 256, (150, 170, 3), np.uint8))
    y, x = np.mgrid[:150, :170]
    allowed = (np.hypot(y - 60, x - 60) < 50) | (x > 130)
    used = places_of(sample, allowed.astype(np.float32), **values)
    assert used.any() and not used[~allowed].any()


def test_a_narrow_part_is_enough_and_nothing_is_not() -> None:
    sample = Image(np.random.default_rng(2).integers(0, 256, (60, 70, 3), np.uint8))
    narrow = np.zeros((60, 70), np.float32)
    narrow[20:26] = 1
    assert not places_of(sample, narrow)[narrow == 0].any()
    with pytest.raises(Unusable, match="Nothing of the sample"):
        places_of(sample, np.zeros((60, 70), np.float32))
    with pytest.raises(Unusable, match="70 x 60"):
        places_of(sample, np.ones((10, 10), np.float32))


def test_a_mask_that_allows_everything_changes_nothing() -> None:
    sample = Image(np.random.default_rng(2).integers(0, 256, (60, 70, 3), np.uint8))
    made = []
    several: tuple[dict[str, Any], ...] = ({}, {"source": np.ones((60, 70), np.float32)})
    for more in several:
        ctx = Context(seed=3, threads=2)
        execution = Execution(synthesize, {"sample": sample, **more}, synthesize.params(), ctx, (150, 110))
        for _ in execution:
            pass
        ctx.close()
        made.append(execution.result().pixels)
    assert np.array_equal(made[0], made[1])
