"""Holes over the edge of a tile: filled from both sides, so that the tile closes."""

from __future__ import annotations

from importlib.resources import files as resource_files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import catalog
from engine.context import Context
from engine.files import open_picture
from engine.image import Image
from engine.measures.seam import wrap_seam
from engine.operation import Execution, Result

SIDE, BAND = 112, 12
FILLS = [one for one in catalog.operations().values() if "wrap" in {entry.name for entry in one.params.fields()}]
SHORT: dict[str, dict[str, Any]] = {"efros-leung-fill": {"window": 7, "reach": 48}}
"""operation -> parameters with which it takes a moment."""


def bricks() -> Image:
    picture = open_picture(Path(str(resource_files("resources") / "samples" / "bricks.png")))
    return Image(picture.pixels[:SIDE, :SIDE].copy())


def filled(name: str, picture: Image, hole: Any, **values: Any) -> Result:
    ctx = Context(seed=1, threads=2)
    operation = catalog.operations()[name]
    try:
        params = operation.params().replaced(**SHORT.get(name, {}), **values)
        execution = Execution(operation, {"picture": picture, "hole": hole}, params, ctx)
        for _ in execution:
            pass
        return execution.result()
    finally:
        ctx.close()


def test_every_way_to_fill_a_hole_knows_of_tiles() -> None:
    holes = [one.id for one in catalog.operations().values() if one.within == "hole" and "picture" in one.limited]
    assert sorted(holes) == sorted(one.id for one in FILLS)


@pytest.mark.parametrize("name", [one.id for one in FILLS])
def test_what_is_filled_around_the_edge_closes(name: str) -> None:
    picture = bricks()
    hole = np.zeros((SIDE, SIDE), np.float32)
    for edge in (slice(0, BAND), slice(SIDE - BAND, None)):
        hole[edge] = hole[:, edge] = 1
    seams = []
    for wrap in (False, True):
        result = filled(name, picture, hole, wrap=wrap)
        made = result.image().pixels
        assert np.array_equal(made[hole == 0], picture.pixels[hole == 0])
        assert result.origin is not None and np.array_equal(result.origin.known, hole > 0)
        assert not hole.reshape(-1)[result.origin.places[result.origin.known]].any()
        seams.append(wrap_seam(np.asarray(made / 255, np.float32)))
    assert seams[0] > 2 > seams[1], seams


@pytest.mark.parametrize("name", [one.id for one in FILLS])
def test_a_hole_inside_is_filled_as_ever(name: str) -> None:
    picture, hole = bricks(), np.zeros((SIDE, SIDE), np.float32)
    hole[40:60, 30:50] = 1
    one, other = (filled(name, picture, hole, wrap=wrap).image().pixels for wrap in (False, True))
    assert np.array_equal(one, other)
