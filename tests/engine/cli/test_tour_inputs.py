"""The tour finds something fitting for any role, by its name and kind."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from engine import catalog
from engine.cli.tour_inputs import OUTPUT, PHOTOS, SAMPLE_SIDE, TEXTURES, TourInputs
from engine.files import open_labels, open_mask, open_picture, open_trained
from engine.operation import Inputs, Labels, Mask, Model, Picture, Role
from resources import styles


def chosen(folder: Path, **roles: Role) -> dict[str, dict[str, tuple[str, ...]]]:
    operation = dataclasses.replace(catalog.find("quilting"), roles=Inputs(**roles))
    return dict(TourInputs(folder).runs(operation))


def test_a_second_texture_differs_and_a_free_mask_fits_the_output(tmp_path: Path) -> None:
    runs = chosen(tmp_path, sample=Picture(), other=Picture(), where=Mask(of=""), later=Picture(required=False))
    assert set(runs) == set(TEXTURES)
    for origins in runs.values():
        assert set(origins) == {"sample", "other", "where"} and origins["sample"] != origins["other"]
        mask = open_mask(origins["where"][0])
        assert mask.shape == OUTPUT[::-1] and mask[:, 0].max() == 0 and mask[:, -1].min() == 1


def test_what_lies_on_a_picture_has_its_size_whatever_the_order(tmp_path: Path) -> None:
    runs = chosen(tmp_path, hole=Mask(of="picture"), labels=Labels(of="picture"), target=Labels(), picture=Picture())
    assert set(runs) == set(PHOTOS)
    for origins in runs.values():
        assert list(origins) == ["hole", "labels", "target", "picture"]
        size = open_picture(origins["picture"][0]).size
        hole, labels = open_mask(origins["hole"][0]), open_labels(origins["labels"][0])
        assert hole.shape == labels.shape == size[::-1]
        assert 0.02 < hole.mean() < 0.5 and hole[0, 0] == 0
        target = open_labels(origins["target"][0])
        assert set(np.unique(target)) == set(np.unique(labels)) and not np.array_equal(target, labels)


def test_a_pair_shows_the_same_place_before_and_after(tmp_path: Path) -> None:
    (first, _) = chosen(tmp_path, picture=Picture(), before=Picture(), after=Picture(of="before")).values()
    before, after = (open_picture(first[role][0]) for role in ("before", "after"))
    assert before.size == after.size and not np.array_equal(before.pixels, after.pixels)


def test_a_photograph_is_painted_in_a_style_that_ships(tmp_path: Path) -> None:
    runs = chosen(tmp_path, picture=Picture(), style=Picture())
    assert set(runs) == set(PHOTOS)
    names = {Path(origins["style"][0]).stem.removeprefix("style-") for origins in runs.values()}
    assert len(names) == len(PHOTOS) and names <= {style.name for style in styles()}


def test_a_network_is_one_that_ships(tmp_path: Path) -> None:
    runs = chosen(tmp_path, space=Model(kind="texture-space"), picture=Picture())
    assert set(runs) == {TEXTURES[0]}
    for origins in runs.values():
        assert open_trained(origins["space"][0], "texture-space").tensors
        assert open_picture(origins["picture"][0]).size == (SAMPLE_SIDE, SAMPLE_SIDE)
    assert not chosen(tmp_path, picture=Picture(), model=Model(kind="of nobody"))


def test_a_role_of_another_kind_is_left_out(tmp_path: Path) -> None:
    assert not chosen(tmp_path, sample=Picture(), space=Role())
