from typing import Any

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.operation import Execution
from engine.ops.fill.exemplar_fill import ExemplarFill, exemplar_fill


def filled(picture: np.ndarray, hole: np.ndarray, source: np.ndarray | None = None, **values) -> tuple:
    ctx = Context(seed=1, threads=2)
    given: dict[str, Any] = {"picture": Image(picture), "hole": hole, "source": source}
    try:
        run = Execution(exemplar_fill, given, ExemplarFill(**values), ctx)
        frames = list(run)
    finally:
        ctx.close()
    return run.result(), frames


def bars() -> tuple[np.ndarray, np.ndarray]:
    """A slanted beam, a thin wire and a horizon, each cut by an upright hole 36 px wide, with grain."""
    y, x = np.mgrid[:150, :200]
    picture = np.full((150, 200, 3), (200, 200, 150), np.float64)
    picture[np.abs(y - 80 - 0.25 * (x - 100)) < 4] = (40, 30, 20)
    picture[np.abs(y - 40) < 1.5] = (20, 20, 20)
    picture[y > 120] = (90, 120, 60)
    picture += np.random.default_rng(0).normal(0, 2, picture.shape)
    hole = np.zeros((150, 200), np.float32)
    hole[14:140, 82:118] = 1
    return np.clip(picture, 0, 255).astype(np.uint8), hole


def test_wire_beam_and_horizon_go_straight_through() -> None:
    truth, hole = bars()
    broken = truth.copy()
    broken[hole > 0] = (255, 0, 255)
    result, frames = filled(broken, hole)
    made = result.image().pixels.astype(int)
    assert np.array_equal(made[hole == 0], truth[hole == 0])
    # Nearly every pixel of the wire and of the horizon is where it was.
    wire = made[39:42, 82:118].mean(axis=(0, 2))
    assert (wire < 90).mean() > 0.95
    assert (made[32:38, 82:118].mean(axis=2) > 140).mean() > 0.97 and (
        made[43:49, 82:118].mean(axis=2) > 140
    ).mean() > 0.97
    assert (made[114:119, 82:118, 0] > 150).mean() > 0.95 and (made[123:128, 82:118, 0] < 130).mean() > 0.95
    y, x = np.mgrid[:150, :200]
    middle = (np.abs(y - 80 - 0.25 * (x - 100)) < 1.5) & (hole > 0)
    assert (made[middle].mean(axis=1) < 100).mean() > 0.9
    assert len(frames) >= 3


def test_pixels_are_copied_from_where_the_origin_says() -> None:
    truth, hole = bars()
    result, _ = filled(truth, hole, blend=0.0)
    origin = result.origin
    assert origin is not None and origin.exact
    whole = np.full(hole.shape, -1, np.int32)
    whole[result.rect.slices] = origin.places
    inside = hole > 0
    assert (whole[inside] >= 0).all() and (whole[~inside] == -1).all()
    assert np.array_equal(result.image().pixels[inside], truth.reshape(-1, 3)[whole[inside]])


def test_only_what_may_be_copied_is() -> None:
    truth, hole = bars()
    source = np.zeros(hole.shape, np.float32)
    source[:, 130:] = 1
    result, _ = filled(truth, hole, source, blend=0.0, reach=150)
    assert result.origin is not None
    places = result.origin.places
    columns = places[places >= 0] % 200
    assert columns.min() >= 130


def test_blending_evens_out_the_light() -> None:
    y, x = np.mgrid[:80, :120]
    light = (90 + 0.3 * x)[..., None].repeat(3, 2) + np.random.default_rng(1).normal(0, 2, (80, 120, 3))
    picture = np.clip(light, 0, 255).astype(np.uint8)
    hole = np.zeros((80, 120), np.float32)
    hole[24:60, 40:84] = 1
    darker = (x < 30).astype(np.float32)
    truth = (90 + 0.3 * x)[24:60, 40:84]
    errors = [
        np.abs(filled(picture, hole, darker, blend=blend)[0].image().pixels[24:60, 40:84].mean(axis=2) - truth).mean()
        for blend in (0.0, 1.0)
    ]
    assert errors[1] < 0.4 * errors[0]


def test_no_room_for_a_patch_is_said() -> None:
    hole = np.zeros((20, 20), np.float32)
    hole[::4] = 1
    with pytest.raises(Unusable, match="No patch of 9 px fits"):
        filled(np.zeros((20, 20, 3), np.uint8), hole)
