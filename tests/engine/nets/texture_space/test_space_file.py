"""A space in a file: what went in comes out, and nothing is believed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import Unusable
from engine.files import open_trained, save_trained
from engine.nets.texture_space.space import Direction, Encoder, Space
from engine.nets.texture_space.space_file import restored, stored
from engine.trained import Trained
from tests.contract.models import tiny_space


def full() -> Space:
    """A space with everything that one may have."""
    plain = restored(tiny_space())
    vector = np.array([0.5, -1.0], np.float32)
    directions = (
        Direction("Coarseness", vector, -1.0, 1.0, "measured", 0.7, 0.95),
        Direction("Axis 1", -vector, -2, 3),
    )
    encoder = Encoder(*(np.full(shape, 0.25, np.float32) for shape in (7, 7, (7, 2), 2)))
    pacing = np.tile(np.array([0, 0.2, 1], np.float32), (3, 3, 1))
    progress = {"raw.x": np.ones(3, np.float32)}
    return replace(
        plain, directions=directions, encoder=encoder, pacing=pacing, progress=progress, record={"steps": 12}
    )


def test_round_trip_through_a_file(tmp_path: Path) -> None:
    space = full()
    save_trained(stored(space, "a note"), tmp_path / "one.safetensors")
    again = restored(open_trained(tmp_path / "one.safetensors", "texture-space"))
    assert again.shape == space.shape and again.record == {"steps": 12} and again.names == space.names
    for name, values in space.weights.items():
        assert np.array_equal(again.weights[name], values)
    assert np.array_equal(again.codes, space.codes)
    for mine, theirs in zip(again.samples, space.samples, strict=True):
        assert np.array_equal(mine.picture, theirs.picture)
    for one, other in zip(again.directions, space.directions, strict=True):
        assert (one.name, one.low, one.high, one.kind, one.fit) == (
            other.name, other.low, other.high, other.kind, other.fit,
        )  # fmt: skip
        assert np.array_equal(one.vector, other.vector)
    assert again.pacing is not None and space.pacing is not None and np.array_equal(again.pacing, space.pacing)
    assert again.encoder and space.encoder and np.array_equal(again.encoder.matrix, space.encoder.matrix)
    assert np.array_equal(again.progress["raw.x"], np.ones(3))


def changed(**words: str) -> Trained:
    trained = stored(full())
    return replace(trained, about={**trained.about, **words})


def without(name: str, values: Any = None) -> Trained:
    trained = stored(full())
    tensors = {key: value for key, value in trained.tensors.items() if key != name}
    return replace(trained, tensors=tensors if values is None else {**tensors, name: values})


def reshaped(**values: Any) -> Trained:
    shape = json.loads(stored(full()).about["shape"])
    return changed(shape=json.dumps({**shape, **values}))


def earlier(scale: np.ndarray) -> Trained:
    """As version 2 stored scales: what the eye has seen at even places of the code."""
    trained = without("places")
    return replace(trained, tensors={**trained.tensors, "pacing": scale}, about={**trained.about, "version": "2"})


HOSTILE = {
    "no shape": changed(shape=""),
    "shape of another kind": changed(shape="[1]"),
    "deep": changed(shape="[" * 100_000),
    "huge": reshaped(channels=[10**9] * 5),
    "other sizes": reshaped(channels=[8, 8]),
    "negative": reshaped(noise=-1),
    "many anchors": reshaped(anchors=10**7),
    "doubled where there is nothing": reshaped(doubled=[5]),
    "code too long": reshaped(code=4000),
    "fewer weights": without("weights.layers.0.weight"),
    "weights of another shape": without("weights.layers.0.weight", np.zeros((1, 1, 3, 3), np.float32)),
    "not a number": without("codes", np.full((3, 2), np.nan, np.float32)),
    "codes of another type": without("codes", np.zeros((3, 2), np.float64)),
    "no samples": changed(samples="[]"),
    "samples of words": changed(samples='["a"]'),
    "too many samples": changed(samples=json.dumps([{"name": "x"}] * 1000)),
    "sample missing": without("sample.1"),
    "sample of floats": without("sample.1", np.zeros((4, 4, 3), np.float32)),
    "sample of four channels": without("sample.1", np.zeros((4, 4, 4), np.uint8)),
    "direction without end": changed(
        directions='[{"name": "a", "low": 0, "high": 1e999, "fit": 0, "monotone": 0, "kind": "axis"}]'
    ),
    "direction the wrong way": changed(
        directions='[{"name": "a", "low": 1, "high": 0, "fit": 0, "monotone": 0, "kind": "axis"}]'
    ),
    "directions of nothing": changed(directions="{}x"),
    "encoder in part": without("encoder.base"),
    "encoder of a scalar": without("encoder.matrix", np.zeros((), np.float32)),
    "pacing that stands still": without("places", np.tile(np.array([0, 0, 1], np.float32), (3, 3, 1))),
    "pacing that ends too soon": without("places", np.tile(np.array([0, 0.1, 0.5], np.float32), (3, 3, 1))),
    "pacing of others": without("places", np.tile(np.array([0, 0.1, 1], np.float32), (2, 2, 1))),
    "pacing of nothing": without("places", np.zeros((), np.float32)),
    "scale of an earlier version that stands still": earlier(np.tile(np.array([0, 0, 1], np.float32), (3, 3, 1))),
    "scale of an earlier version without stops": earlier(np.zeros((3, 3, 0), np.float32)),
    "record of a list": changed(record="[]"),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_files_give_a_sentence(name: str) -> None:
    with pytest.raises(Unusable, match="cannot be used"):
        restored(HOSTILE[name])


def test_another_version_is_named() -> None:
    with pytest.raises(Unusable, match="version 4 and this Scumble reads 1 to 3"):
        restored(changed(version="4"))


@pytest.mark.parametrize(("version", "unknown"), [("1", {"smooth", "notched"}), ("2", {"notched"})])
def test_earlier_versions_knew_less(version: str, unknown: set[str]) -> None:
    """The first one copied its cells, the second one had no notch."""
    shape = {name: value for name, value in vars(full().shape).items() if name not in unknown}
    old = restored(changed(version=version, shape=json.dumps(shape)))
    assert full().shape.smooth and full().shape.notched
    assert vars(old.shape) == vars(full().shape) | dict.fromkeys(unknown, False)
    assert restored(stored(old)).shape == old.shape, "it stays as it was learnt"


def test_a_scale_of_an_earlier_version_is_turned_round() -> None:
    """It went a fifth of the way by the eye in the first half of the code's way."""
    old = restored(earlier(np.tile(np.array([0, 0.2, 1], np.float32), (3, 3, 1))))
    for share, place in ((0.0, 0.0), (0.1, 0.25), (0.2, 0.5), (0.6, 0.75), (1.0, 1.0)):
        assert np.allclose(old.along((0, 2), share), (1 - place) * old.codes[0] + place * old.codes[2], atol=0.01)
    assert np.array_equal(restored(stored(old)).along((0, 2), 0.3), old.along((0, 2), 0.3)), "and stays so"


def test_a_truncated_file_gives_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    save_trained(stored(full()), path)
    data = path.read_bytes()
    for length in (0, 7, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(Unusable):
            open_trained(path, "texture-space")


def test_points_and_mixtures() -> None:
    space = full()
    assert np.allclose(space.mixed({0: 1, 1: 3}), 0.25 * space.codes[0] + 0.75 * space.codes[1], atol=1e-6)
    assert np.array_equal(space.along((2, 0), 0.0), space.codes[2])
    assert np.array_equal(space.along((2, 0), 1.0), space.codes[0])
    even = replace(space, pacing=None)
    assert np.allclose(even.along((0, 1, 2), 0.25), 0.5 * (space.codes[0] + space.codes[1]), atol=1e-6)
    assert np.allclose(space.along((0, 1, 2), 0.25), 0.8 * space.codes[0] + 0.2 * space.codes[1], atol=1e-6)
    assert np.array_equal(space.along((1,), 0.7), space.codes[1])
    for wrong in ({3: 1.0}, {-1: 1.0}, {0: 0.0}):
        with pytest.raises(Unusable):
            space.mixed(wrong)
    with pytest.raises(Unusable, match="has 2 numbers, not 3"):
        space.at((1.0, 2.0, 3.0))
