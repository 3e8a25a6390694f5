"""Painting with a space: what is not painted stays, and a part made again is what making all of it gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import catalog
from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.nets.texture_space.generator import CELL
from engine.nets.texture_space.rendering import MARGIN
from engine.operation import Execution
from engine.ops.latent import texture_space_paint as module
from engine.ops.latent.texture_space_paint import TextureSpacePaint, reach
from tests.contract.models import tiny_space
from tests.contract.scenarios import texture

WIDTH, HEIGHT = 420, 230
POINTS = (1.0, 0.0, -0.5, 0.9)


def painted(picture: Image, labels: np.ndarray, hole: np.ndarray | None = None, **values: Any) -> np.ndarray:
    operation = catalog.find("texture-space-paint")
    whole = np.ones(labels.shape, np.float32) if hole is None else hole
    inputs: dict[str, Any] = {"space": tiny_space(), "picture": picture, "map": labels, "hole": whole}
    values = {"points": POINTS, **values}
    ctx = Context(seed=4, threads=2)
    try:
        execution = Execution(operation, inputs, operation.params().replaced(**values), ctx)
        for _ in execution:
            pass
        return laid(execution)
    finally:
        ctx.close()


def laid(execution: Execution) -> np.ndarray:
    """The whole picture with the result on it."""
    result = execution.result()
    image = execution.reference
    pixels = image.pixels.copy()
    part = pixels[result.rect.slices]
    where = np.ones(part.shape[:2], np.bool_) if result.where is None else result.where
    part[where] = result.patch[where]
    return pixels


def stroke(number: int = 1, left: int = 60, right: int = 130) -> np.ndarray:
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    labels[70:150, left:right] = number
    return labels


def test_constants_are_those_of_the_network() -> None:
    assert (module.CELL, module.SEEN) == (CELL, MARGIN)


def test_what_is_not_painted_stays_bit_for_bit() -> None:
    picture = texture((WIDTH, HEIGHT))
    made = painted(picture, stroke())
    assert np.array_equal(made[stroke() == 0], picture.pixels[stroke() == 0])
    inside = (made != picture.pixels).any(axis=2)[stroke() == 1]
    assert inside.mean() > 0.7
    assert np.array_equal(painted(picture, stroke(0)), picture.pixels)


def test_the_edge_fades_into_the_picture() -> None:
    picture = Image(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    hard, soft = painted(picture, stroke(), edge=0.0), painted(picture, stroke(), edge=40.0, creep=0.0)
    rim, middle = (slice(100, 120), slice(61, 64)), (slice(100, 120), slice(92, 98))
    assert soft[rim].mean() < 0.3 * hard[rim].mean()
    assert soft[middle].mean() > 0.9 * hard[middle].mean()


def test_textures_creep_into_what_is_dark() -> None:
    pixels = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    pixels[:, ::4] = 5
    picture = Image(pixels)
    rim = np.s_[90:130, 66:74]
    even, crept = (painted(picture, stroke(), edge=60.0, creep=creep)[rim].astype(int) for creep in (0.0, 1.0))
    before = pixels[rim].astype(int)
    dark = before[..., 0] < 100
    assert np.abs(crept - before)[dark].mean() > 1.5 * np.abs(even - before)[dark].mean()
    assert np.abs(crept - before)[~dark].mean() < 0.7 * np.abs(even - before)[~dark].mean()


def test_a_part_made_again_is_as_if_all_of_it_was() -> None:
    ground = np.ones((HEIGHT, WIDTH), np.uint16)
    before = Image(painted(texture((WIDTH, HEIGHT)), ground))
    labels = np.where(stroke(2) == 2, 2, ground).astype(np.uint16)
    again = painted(before, labels)
    far = reach(TextureSpacePaint(points=POINTS))
    changed = np.flatnonzero((again != before.pixels).any(axis=(0, 2)))
    assert changed.min() >= 60 - far and changed.max() < 130 + far, "no farther than it says"
    assert changed.min() < 60 and changed.max() >= 130, "but softly"
    hole = np.zeros((HEIGHT, WIDTH), np.float32)
    hole[:, max(0, 60 - far) : 130 + far] = 1
    part = painted(before, labels, hole)
    assert np.array_equal(part, again)


def test_in_a_part_there_is_what_is_there_in_the_whole() -> None:
    labels = np.ones((HEIGHT, WIDTH), np.uint16)
    labels[:, 200:] = 2
    picture = texture((WIDTH, HEIGHT))
    whole = painted(picture, labels)
    hole = np.zeros((HEIGHT, WIDTH), np.float32)
    hole[90:140, 180:260] = 1
    part = painted(picture, labels, hole)
    assert np.array_equal(part[hole > 0], whole[hole > 0])
    assert np.array_equal(part[hole == 0], picture.pixels[hole == 0])


def test_without_points_labels_are_samples_round_and_round() -> None:
    picture = texture((WIDTH, HEIGHT))
    first, fourth = (painted(picture, stroke(number), points=()) for number in (1, 4))
    assert np.array_equal(first, fourth)
    codes = tiny_space().tensors["codes"]
    assert np.array_equal(first, painted(picture, stroke(1), points=tuple(map(float, codes[0]))))


@pytest.mark.parametrize("values", [{"points": (1.0, 2.0, 3.0)}, {"points": (1.0, 2.0)}])
def test_points_have_to_suit_the_space_and_the_map(values: dict[str, Any]) -> None:
    with pytest.raises(Unusable):
        painted(texture((WIDTH, HEIGHT)), stroke(2), **values)
