"""What neighbourhoods look like along their components, against the slow way."""

from __future__ import annotations

import numpy as np

from engine.context import Context
from engine.kernels.causal_growth import CausalLevel


def test_neighbourhoods_are_described_as_the_slow_way_does() -> None:
    random = np.random.default_rng(3)
    fine, coarse = (random.random((side, side + 3, 3)).astype(np.float32) for side in (26, 13))
    ctx = Context(threads=3)
    for coarser in (None, coarse):
        level = CausalLevel(ctx, fine, coarser, (8, 8), 7, 1)
        every = np.arange(len(level.places), dtype=np.int32)
        slow = (level._neighbourhoods(every) - level.mean) @ level.components
        np.testing.assert_allclose(level.tree.vectors, slow, atol=2e-5)
    ctx.close()


def test_a_level_smaller_than_its_window_wraps() -> None:
    level = CausalLevel(
        Context(threads=1), np.random.default_rng(4).random((4, 5, 1)).astype(np.float32), None, (6, 6), 9, 0
    )
    every = np.arange(len(level.places), dtype=np.int32)
    slow = (level._neighbourhoods(every) - level.mean) @ level.components
    np.testing.assert_allclose(level.tree.vectors, slow, atol=2e-5)
