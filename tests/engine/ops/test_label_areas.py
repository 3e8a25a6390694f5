from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import resources
from engine.context import Context
from engine.files import open_picture
from engine.image import Image
from engine.operation import Execution
from engine.ops.analyse.label_areas import label_areas


def labelled(picture: Image, seed: int = 1, **options: Any) -> np.ndarray:
    """A number for each area's colour, (H, W)."""
    execution = Execution(label_areas, {"picture": picture}, label_areas.params(**options), Context(seed, threads=1))
    frames = [frame for frame in execution]
    assert len(frames) >= 3 and frames[0].fraction <= 0.1
    flat = execution.result().image().pixels
    _, which = np.unique(flat.reshape(-1, flat.shape[2]), axis=0, return_inverse=True)
    return which.reshape(flat.shape[:2])


def agreement(found: np.ndarray, truth: np.ndarray) -> float:
    """The share of pixels whose label stands for one area of the truth, each label for the area that it fits best."""
    total = 0
    for label in np.unique(found):
        total += np.bincount(truth[found == label]).max()
    return total / truth.size


def landscape(side: int = 180) -> tuple[Image, np.ndarray]:
    """Sky, a mountain with a slanted edge, and grass, with grain as a camera has it."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:side, :side]
    truth = np.zeros((side, side), int)
    truth[y > 60 + 40 * np.abs(x / side - 0.5)] = 1
    truth[y > 120] = 2
    colours = np.array([(120, 170, 235), (110, 100, 95), (60, 120, 40)], float)
    pixels = colours[truth] + rng.normal(0, 12, (side, side, 3))
    return Image(np.clip(pixels, 0, 255).astype(np.uint8)), truth


def test_areas_of_their_own_colour_are_found_to_the_pixel() -> None:
    picture, truth = landscape()
    found = labelled(picture, labels=3)
    assert len(np.unique(found)) == 3 and agreement(found, truth) > 0.985


def test_borders_are_found_on_a_picture_larger_than_the_copy() -> None:
    picture, truth = landscape(900)
    found = labelled(picture, labels=3)
    wrong = agreement(found, truth)
    assert wrong > 0.98, "the slanted edge too"


def test_roughness_tells_areas_of_one_colour_apart() -> None:
    rng = np.random.default_rng(3)
    pixels = np.full((120, 160, 3), 120, float)
    pixels[:, 80:] += rng.normal(0, 45, (120, 80, 1))
    truth = np.zeros((120, 160), int)
    truth[:, 80:] = 1
    picture = Image(np.clip(pixels, 0, 255).astype(np.uint8))
    assert agreement(labelled(picture, labels=2, texture=1.0, place=0.0), truth) > 0.9


def test_place_tells_the_same_colour_apart_only_when_asked() -> None:
    pixels = np.full((90, 160, 3), 200, np.uint8)
    pixels[:, :50], pixels[:, 110:] = (40, 90, 200), (40, 90, 200)
    picture = Image(pixels)
    same = labelled(picture, labels=3, place=0.0)
    assert same[45, 10] == same[45, 150] != same[45, 80]


def test_as_many_labels_as_asked_for_and_never_more() -> None:
    photo = resources.sample("coffee")
    picture = open_picture(str(photo.file))
    small = replace(picture, pixels=picture.pixels[::3, ::3])
    for count in (2, 6, 12):
        assert count * 0.6 <= len(np.unique(labelled(small, labels=count))) <= count


def test_smooth_leaves_fewer_areas() -> None:
    import cv2

    picture = open_picture(str(resources.sample("dandelions").file))
    small = replace(picture, pixels=picture.pixels[::4, ::4])

    def areas(found: np.ndarray) -> int:
        return sum(cv2.connectedComponents((found == k).astype(np.uint8))[0] - 1 for k in np.unique(found))

    assert areas(labelled(small, smooth=1.0)) < 0.5 * areas(labelled(small, smooth=0.0))


def test_a_flat_picture_is_one_area() -> None:
    assert len(np.unique(labelled(Image(np.full((40, 50, 3), 90, np.uint8))))) == 1
