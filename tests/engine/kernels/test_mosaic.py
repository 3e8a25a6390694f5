"""A pasted block stays within its bounds, wraps around, and is cut where it shows least."""

from __future__ import annotations

import numpy as np

from engine.kernels.mosaic import pasted

GO = np.zeros(1, np.uint8)


def test_without_margin_the_block_is_laid_down_whole_around_the_edge() -> None:
    quilt = np.zeros((8, 10), np.int32)
    colours = np.linspace(0, 1, 30, dtype=np.float32)[:, None]
    block = np.arange(1, 13, dtype=np.int32).reshape(3, 4)
    pasted(quilt, colours, block, 7, 8, 0, GO)
    rows, columns = np.array([7, 0, 1]), np.array([8, 9, 0, 1])
    assert (quilt[np.ix_(rows, columns)] == block).all()
    assert np.count_nonzero(quilt) == 12


def test_seams_run_where_both_are_alike() -> None:
    """Alike in the third column from the left and from the right only: the block begins and ends there."""
    colours = np.array([[0.0], [1.0], [0.5]], np.float32)
    quilt = np.zeros((12, 12), np.int32)
    block = np.ones((9, 9), np.int32)
    quilt[:, 2] = quilt[:, 8] = block[:, 2] = 2
    block[:, 6] = 2
    quilt[:, 6] = 2
    pasted(quilt, colours, block, 0, 0, 3, GO)
    assert (quilt[3:6, 3:6] == 1).all() and (quilt[3:6, :2] == 0).all()
    assert (quilt[3:6, 7] == 0).all(), "the right seam is the third column from the right"


def test_the_middle_is_always_new() -> None:
    rng = np.random.default_rng(2)
    colours = rng.random((50, 3), np.float32)
    quilt = np.zeros((20, 20), np.int32)
    block = np.full((11, 9), 7, np.int32)
    pasted(quilt, colours, block, 4, 5, 3, GO)
    assert (quilt[7:12, 8:11] == 7).all()
    outside = np.ones((20, 20), np.bool_)
    outside[4:15, 5:14] = False
    assert (quilt[outside] == 0).all()
