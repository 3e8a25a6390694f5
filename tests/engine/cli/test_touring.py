"""The tour shows every operation, and each of its pictures can be made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import catalog
from engine.cli import main
from engine.cli.sheet import GROUND, Tile, sheet
from engine.cli.touring import FIRST_LOOK
from engine.files import open_picture, read_recipe
from engine.image import Image
from tests.contract.scenarios import SHORT


def test_the_tour_runs_every_operation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What takes minutes is shown by its preset for a first look, which takes a few steps here."""
    looks = dict(catalog.operations())
    for name, values in SHORT.items():
        look = {**looks[name].presets.get(FIRST_LOOK, {}), **values}
        looks[name] = replace(looks[name], presets={FIRST_LOOK: look})
    monkeypatch.setattr(catalog, "operations", lambda: looks)
    folder = tmp_path / "tour"
    assert main(["tour", "-o", str(folder), "--quiet"]) == 0
    assert str(folder / "sheet.png") in capsys.readouterr().out
    made = [path for path in folder.glob("*.png") if path.name != "sheet.png"]
    recipes = [read_recipe(path) for path in made]
    assert {recipe["operation"] for recipe in recipes if recipe} == set(looks)
    for recipe in filter(None, recipes):
        operation = looks[recipe["operation"]]
        values = operation.params.from_json(recipe["params"])
        assert values == operation.params.from_json(operation.presets.get(FIRST_LOOK, {})), "the preset was not taken"
    assert open_picture(folder / "sheet.png").size[0] > 1000
    chosen = folder / "quilting-moss.png"
    assert main(["replay", str(chosen), "-o", str(tmp_path / "again.png"), "--quiet"]) == 0
    assert (tmp_path / "again.png").read_bytes() == chosen.read_bytes()


def test_a_tour_of_one_operation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tour", "chaos-mosaic", "-o", str(tmp_path), "--quiet"]) == 0
    assert {path.name.rpartition("-")[0] for path in tmp_path.glob("*-*.png")} == {"chaos-mosaic"}
    assert main(["tour", "no-such", "-o", str(tmp_path), "--quiet"]) == 1
    assert "no-such" in capsys.readouterr().err


def test_a_sheet_shows_small_pictures_as_they_are_and_alpha_on_its_ground() -> None:
    clear = Image(np.zeros((10, 12, 4), np.uint8))
    red = Image(np.full((10, 12, 3), (255, 0, 0), np.uint8))
    page = sheet([Tile("Name", "remark", clear, red)]).pixels
    assert (page[16:26, 16:28] == GROUND).all()
    assert (page == (255, 0, 0)).all(axis=2).sum() == 120
