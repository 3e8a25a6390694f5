"""Texture transfer: the strength leads from the sample's texture to the picture's likeness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.context import Context
from engine.image import Floats, Image
from engine.operation import Execution, Result
from engine.ops.transfer.transfer import _matched, transfer


def grain(side: int = 96, seed: int = 0) -> Image:
    """Blots of all grays."""
    rng = np.random.default_rng(seed)
    values = rng.random((side + 8, side + 8))
    for axis in (0, 1):
        values = sum(np.roll(values, shift, axis) for shift in range(-3, 4)) / 7  # type: ignore[assignment]
    values = (values - values.min()) / np.ptp(values)
    return Image(np.repeat((values[4:-4, 4:-4, None] * 255).astype(np.uint8), 3, axis=2))


def disc(side: int = 100) -> Image:
    """A bright disc on a dark ground."""
    y, x = np.mgrid[:side, :side]
    values = np.where(np.hypot(y - side / 2, x - side / 2) < side / 3, 220, 40).astype(np.uint8)
    return Image(np.repeat(values[..., None], 3, axis=2))


def made(values: Any = None, seed: int = 1, **given: Any) -> Result:
    ctx = Context(seed=seed, threads=2)
    try:
        execution = Execution(transfer, given, transfer.params(**(values or {})), ctx)
        for _ in execution:
            pass
        return execution.result()
    finally:
        ctx.close()


def likeness(result: Result, picture: Image) -> float:
    return float(np.corrcoef(result.pixels.mean(axis=2).ravel(), picture.decoded().mean(axis=2).ravel())[0, 1])


def test_strength_leads_from_texture_to_likeness() -> None:
    picture = disc()
    found = [
        likeness(made({"strength": strength}, sample=grain(), picture=picture), picture)
        for strength in (0.0, 0.25, 0.5, 1.0)
    ]
    assert abs(found[0]) < 0.3 and found[2] > 0.86 and found[3] > 0.86
    assert found[0] < found[1] < found[2] < found[3] + 0.05


def test_the_tone_brings_out_the_picture_where_the_pieces_cannot() -> None:
    picture, flat = disc(), Image(grain().pixels // 10 + 100)
    results = [made({"tone": tone}, sample=flat, picture=picture) for tone in (0.0, 0.5, 1.0)]
    spreads = [float(result.pixels.std()) for result in results]
    assert spreads[0] < 0.8 * spreads[1] and spreads[1] < 0.8 * spreads[2]
    assert likeness(results[1], picture) > 0.95
    assert abs(float(results[1].pixels.mean()) - flat.decoded().mean()) < 0.05, "the sample's light stays the middle"
    assert [result.origin is not None and result.origin.exact for result in results] == [True, False, False]


def test_without_strength_nothing_of_the_picture_is_laid_on() -> None:
    result = made({"strength": 0.0, "tone": 1.0}, sample=grain(), picture=disc())
    assert result.origin is not None and result.origin.exact


def test_without_tone_every_pixel_is_one_of_the_sample() -> None:
    sample = grain()
    result = made({"tone": 0.0}, sample=sample, picture=disc())
    assert not result.replaces and result.origin is not None and result.origin.exact
    assert np.array_equal(result.pixels, sample.decoded().reshape(-1, 3)[result.origin.places])


def test_a_selection_shows_the_texture_and_the_rest_stays() -> None:
    picture, where = disc(), np.zeros((100, 100), np.float32)
    where[30:60, 20:70] = 1
    result = made(sample=grain(), picture=picture, where=where)
    image = result.image()
    assert result.replaces and np.array_equal(image.pixels[where == 0], picture.pixels[where == 0])
    assert (image.pixels[where == 1] != picture.pixels[where == 1]).any(axis=1).mean() > 0.9
    assert result.rect.area < 100 * 100, "no more than the selection and its surround is looked at"


@pytest.mark.parametrize("seed", [1, 2])
def test_matched_values_have_the_others_histogram_and_keep_their_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values: Floats = (rng.random((40, 50)) ** 3).astype(np.float32)
    like: Floats = (0.3 + 0.4 * rng.random((60, 30))).astype(np.float32)
    moved = _matched(values, like)
    shares = np.linspace(0.05, 0.95, 10)
    np.testing.assert_allclose(np.quantile(moved, shares), np.quantile(like, shares), atol=0.02)
    order = np.argsort(values.reshape(-1), kind="stable")
    assert (np.diff(moved.reshape(-1)[order]) >= -1e-6).all()


def test_a_large_picture_is_seen_at_once_in_the_samples_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ops.transfer.transfer.LARGE", 1000)
    rng = np.random.default_rng(3)
    sample = (rng.random((40, 50, 3)) * [1, 0.5, 0.2]).astype(np.float32)
    ramp = np.linspace(0, 1, 90, dtype=np.float32)[None, :, None]
    picture = np.broadcast_to(ramp, (70, 90, 3)).copy()
    ctx = Context(seed=1, threads=1)
    frames = iter(Execution(transfer, {"sample": Image(sample), "picture": Image(picture)}, transfer.params(), ctx))
    first = next(frames)
    assert first.fraction == 0 and first.note == "first look"
    colours = {tuple(colour) for colour in sample.reshape(-1, 3).tolist()}
    assert {tuple(colour) for colour in first.pixels.reshape(-1, 3).tolist()} <= colours
    light = first.pixels.mean(axis=(0, 2))
    assert np.corrcoef(light, ramp[0, :, 0])[0, 1] > 0.9
    ctx.close()
