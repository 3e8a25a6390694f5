"""Grown in reading order: every pixel is the sample's, forms hold, and it closes into a tile."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Unusable
from engine.image import Floats, Image
from engine.kernels.causal_growth import around, causal
from engine.operation import Execution, Result
from engine.ops.synthesize.wei_levoy import _pyramid, wei_levoy


def grown(sample: Floats, size: tuple[int, int], **values: int) -> Result:
    ctx = Context(seed=4, threads=1)
    execution = Execution(wei_levoy, {"sample": Image(sample)}, wei_levoy.params(**values), ctx, size)
    for _ in execution:
        pass
    return execution.result()


def stripes() -> Floats:
    """Diagonal stripes of 8 px, with grain."""
    y, x = np.mgrid[:48, :48]
    grain = np.random.default_rng(1).normal(0, 0.02, (48, 48))
    values = 0.5 + 0.4 * np.sign(np.sin(2 * np.pi * (x + y) / 8)) + grain
    return np.clip(np.repeat(values[..., None], 3, axis=2), 0, 1).astype(np.float32)


def test_a_neighbourhood_is_what_comes_before() -> None:
    assert [tuple(offset) for offset in causal(3)] == [(-1, -1), (-1, 0), (-1, 1), (0, -1)]
    assert len(causal(9)) == 40 and len(around(1)) == 9


def test_every_pixel_is_copied_from_where_it_says() -> None:
    sample = np.random.default_rng(2).random((30, 34, 3)).astype(np.float32)
    result = grown(sample, (40, 36), window=5)
    assert result.origin is not None and result.origin.known.all()
    assert np.array_equal(sample.reshape(-1, 3)[result.origin.places], result.pixels)


def test_stripes_stay_stripes_across_the_edges_too() -> None:
    result = grown(stripes(), (64, 64), window=9).pixels[..., 0]
    centred = result - result.mean()

    def echo(dy: int, dx: int) -> float:
        return float((centred * np.roll(centred, (dy, dx), axis=(0, 1))).mean() / centred.var())

    assert echo(8, 0) > 0.3 and echo(4, -4) > 0.3 and echo(4, 0) < -0.3


def test_a_window_larger_than_the_sample_shrinks_and_a_tiny_one_is_refused() -> None:
    sample = stripes()[:6, :10]
    assert grown(sample, (12, 12), window=21).pixels.shape == (12, 12, 3)
    with pytest.raises(Unusable, match="no neighbourhood"):
        grown(sample[:2], (12, 12))


def test_the_pyramid_halves_and_keeps_the_mean() -> None:
    flat = np.full((13, 20, 1), 0.25, np.float32)
    levels = _pyramid(flat, 3)
    assert [level.shape[:2] for level in levels] == [(13, 20), (7, 10), (4, 5)]
    assert all(np.abs(level - 0.25).max() < 1e-6 for level in levels)
