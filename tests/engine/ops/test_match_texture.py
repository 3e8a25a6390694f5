"""Match texture: what is of the sample stays as it is, what is not grows dim; the verdict in figures and words."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import catalog
from engine.cli import main
from engine.context import Context
from engine.files import open_picture, save_picture
from engine.image import Floats, Image
from engine.measures.colours import LUMA
from engine.operation import Execution, Result
from resources import sample


@cache
def texture(name: str) -> Image:
    with as_file(sample(name).file) as path:
        image = open_picture(path)
    side = min(192, *image.size)
    part = image.decoded()[:side, :side]
    return Image((np.broadcast_to(part[..., :3], (side, side, 3)) * 255 + 0.5).astype(np.uint8))


def matched(one: Image, other: Image, **values: Any) -> Result:
    operation = catalog.find("match-texture")
    execution = Execution(operation, {"sample": one, "other": other}, operation.params(**values), Context(threads=1))
    list(execution)
    return execution.result()


def light(pixels: Floats) -> float:
    return float((pixels @ LUMA).mean())


def test_halves_of_a_texture_are_the_same() -> None:
    bricks = texture("gravel").pixels
    result = matched(Image(bricks[:, :96]), Image(bricks[:, 96:]))
    assert result.findings["likeness"] > 0.75 and result.said == "They are the same texture."
    assert light(result.pixels) > 0.9 * light(Image(bricks[:, 96:]).decoded())


def test_only_the_part_of_the_same_texture_stays_light() -> None:
    moss, boards = texture("moss").pixels, texture("floorboards").pixels
    both = np.concatenate([moss[:, :96], boards[:, :96]], axis=1)
    result = matched(Image(moss[:, 96:]), Image(both))
    before = Image(both).decoded()
    parts = [light(result.pixels[:, some]) / light(before[:, some]) for some in (slice(0, 64), slice(128, None))]
    assert parts[0] > 0.9 and parts[1] < 0.55
    assert result.findings["likeness"] < 0.5
    tints = [pixels[:, 128:] - pixels[:, 128:].mean(axis=2, keepdims=True) for pixels in (result.pixels, before)]
    assert np.abs(tints[0]).mean() < 0.4 * np.abs(tints[1]).mean(), "and loses its colours"


def test_a_picture_is_like_itself() -> None:
    image = texture("bricks")
    result = matched(image, image, place=48)
    assert result.findings["likeness"] == pytest.approx(1) and result.findings["size"] == pytest.approx(1)
    assert result.image().size == image.size


def test_the_command_prints_a_number_and_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("moss", "bricks"):
        save_picture(texture(name), tmp_path / f"{name}.png")
    words = ["run", "match-texture", "--sample", str(tmp_path / "moss.png"), "--other", str(tmp_path / "bricks.png")]
    assert main(words) == 0
    number, _, sentence = capsys.readouterr().out.strip().partition("  ")
    assert float(number) < 0.3 and sentence == "They are different textures."
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["likeness"] == pytest.approx(float(number), abs=0.006) and told["sentence"] == sentence
    assert {"pattern", "colours", "size"} <= set(told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bricks.png", "moss.png"], "nothing was written"
    assert main([*words, "--quiet", "-o", str(tmp_path / "where.png")]) == 0
    assert open_picture(tmp_path / "where.png").size == texture("bricks").size
