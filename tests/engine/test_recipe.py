"""Recipes: a job there and back, and everything that is not one refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import catalog
from engine.errors import Unusable
from engine.files import save_picture
from engine.image import Image
from engine.jobs import Job
from engine.recipe import LARGEST_TEXT, Recipe, open_inputs, read


def _recipe(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"scumble": 1, "operation": "quilting", "params": {"block": 20}, "seed": 4}
    return {**values, "inputs": {"sample": ["a.png"]}, "size": [64, 48], **changes}


def test_a_job_comes_back_from_its_recipe() -> None:
    params = catalog.find("quilting").params(block=20, tileable=True)
    job = Job("quilting", params, {}, seed=9, size=(80, 40), origins={"sample": ("/pictures/a.png",)})
    recipe = Recipe.from_json(json.loads(json.dumps(Recipe.of(job).as_json())))
    assert recipe == Recipe.of(job)
    assert recipe.checked_params() == params
    assert recipe.size == (80, 40) and recipe.seed == 9 and recipe.inputs == {"sample": ("/pictures/a.png",)}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "no recipe"),
        ({"operation": "quilting"}, "no recipe"),
        (_recipe(scumble=99), "too new"),
        (_recipe(operation="no-such"), "no operation"),
        (_recipe(params={"no-such": 1}), "no parameter"),
        (_recipe(params={"block": 1e9}), "out of range"),
        (_recipe(params={"block": float("nan")}), "out of range"),
        (_recipe(size=[1]), "cannot be read"),
        (_recipe(seed="x"), "cannot be read"),
        (_recipe(inputs=7), "cannot be read"),
    ],
)
def test_what_is_no_recipe_is_refused(values: Any, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        Recipe.from_json(values)


def test_reading_files(tmp_path: Path) -> None:
    good = tmp_path / "good.json"
    good.write_text(json.dumps(_recipe()), "utf-8")
    assert read(good).params == {"block": 20}
    for name, text, words in (
        ("broken.json", "{", "not JSON"),
        ("deep.json", "[" * 100_000, "not JSON"),
        ("long.json", " " * (LARGEST_TEXT + 1), "too long"),
        ("missing.json", None, "cannot be read"),
    ):
        path = tmp_path / name
        if text is not None:
            path.write_text(text, "utf-8")
        with pytest.raises(Unusable, match=words):
            read(path)


def test_a_picture_carries_its_recipe(tmp_path: Path) -> None:
    plain, carrying = tmp_path / "plain.png", tmp_path / "result.png"
    image = Image(np.zeros((4, 4, 3), np.uint8))
    save_picture(image, plain)
    save_picture(image, carrying, recipe=_recipe())
    assert read(carrying) == Recipe.from_json(_recipe())
    with pytest.raises(Unusable, match="carries no recipe"):
        read(plain)


def test_a_part_of_a_picture_is_an_input_too(tmp_path: Path) -> None:
    picture, odd = tmp_path / "p.png", tmp_path / "a#xywh=1,2,3,4"
    pixels = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)
    save_picture(Image(pixels), picture)
    odd.write_bytes(picture.read_bytes())
    quilting = catalog.find("quilting")
    part = open_inputs(quilting, {"sample": (f"{picture}#xywh=2,1,5,3",)})["sample"]
    assert isinstance(part, Image) and np.array_equal(part.pixels, pixels[1:4, 2:7])
    whole = open_inputs(quilting, {"sample": (str(odd),)})["sample"]
    assert isinstance(whole, Image) and whole.size == (8, 6)
    for wrong in ("0,0,9,9", "-1,0,2,2", "0,0,0,0", "1,2", "a,b,c,d"):
        with pytest.raises(Unusable):
            open_inputs(quilting, {"sample": (f"{picture}#xywh={wrong}",)})


def test_inputs_are_opened_as_their_roles_ask(tmp_path: Path) -> None:
    picture, hole = tmp_path / "p.png", tmp_path / "h.png"
    save_picture(Image(np.full((6, 8, 3), 9, np.uint8)), picture)
    save_picture(Image(np.full((6, 8, 1), 255, np.uint8)), hole)
    opened = open_inputs(catalog.find("fill"), {"picture": (str(picture),), "hole": (str(hole),)})
    assert isinstance(opened["picture"], Image)
    assert isinstance(opened["hole"], np.ndarray) and opened["hole"].shape == (6, 8) and opened["hole"].min() == 1
    with pytest.raises(Unusable, match="takes no sample"):
        open_inputs(catalog.find("fill"), {"sample": (str(picture),)})
    with pytest.raises(Unusable, match="takes one picture"):
        open_inputs(catalog.find("fill"), {"picture": (str(picture), str(picture))})
