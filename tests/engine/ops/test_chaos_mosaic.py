"""Tiles and blocks: every pixel is the sample's, from where it says; nothing is left of the tiles' order."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.image import Floats, Image
from engine.measures.repetition import strongest_echo
from engine.measures.seam import wrap_seam
from engine.operation import Execution, Result
from engine.ops.synthesize.chaos_mosaic import chaos_mosaic


def mixed(sample: Floats, size: tuple[int, int], **values: float) -> tuple[Floats, Result]:
    ctx = Context(seed=3, threads=1)
    execution = Execution(chaos_mosaic, {"sample": Image(sample)}, chaos_mosaic.params.from_json(values), ctx, size)
    frames = [frame.pixels for frame in execution]
    return frames[0], execution.result()


@pytest.fixture
def grain() -> Floats:
    noise = np.random.default_rng(1).random((56, 60, 3)).astype(np.float32)
    return (noise + np.roll(noise, 1, axis=1) + np.roll(noise, 1, axis=0)) / np.float32(3)


def test_every_pixel_is_copied_from_where_it_says(grain: Floats) -> None:
    _, result = mixed(grain, (130, 110), block=20)
    assert result.origin is not None and result.origin.known.all()
    assert np.array_equal(grain.reshape(-1, 3)[result.origin.places], result.pixels)


def test_it_begins_with_tiles_and_ends_without_their_repeat(grain: Floats) -> None:
    first, result = mixed(grain, (224, 240), block=24)
    assert np.array_equal(first[:56, :60], first[56:112, 60:120])
    assert strongest_echo(first).strength > 0.9
    assert strongest_echo(result.pixels).strength < 0.25


def test_what_it_makes_closes_into_a_tile_where_blocks_are_everywhere(grain: Floats) -> None:
    _, result = mixed(grain, (150, 150), block=24, coverage=4)
    assert abs(wrap_seam(result.pixels)) < 2


def test_more_coverage_moves_more() -> None:
    """Against the plain tiling that both begin with."""
    sample = np.random.default_rng(2).random((40, 40, 1)).astype(np.float32)
    shares = []
    for coverage in (0.25, 1.0, 4.0):
        first, result = mixed(sample, (120, 120), block=16, coverage=coverage)
        shares.append(float((first != result.pixels).mean()))
    assert shares[0] < 0.4 < shares[1] < shares[2]
