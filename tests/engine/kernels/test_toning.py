"""Toning: copied texture in the light of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from engine.image import Floats
from engine.kernels.channels import luminance
from engine.kernels.toning import CONTRAST, WIDE, Toning
from engine.region import Rect


def soften(light: Floats, sigma: float) -> Floats:
    """A Gaussian blur, one axis after the other, with mirrored borders."""
    reach = int(3 * sigma) + 1
    weights = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma))
    weights /= weights.sum()
    out = light.astype(np.float64)
    for axis in (0, 1):
        padded = np.pad(out, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], mode="symmetric")
        out = sum(w * np.take(padded, np.arange(n, n + light.shape[axis]), axis) for n, w in enumerate(weights))
    return out.astype(np.float32)


def nothing() -> None:
    """Nobody stops this."""


def noise(side: int = 120, spread: float = 0.1, channels: int = 3) -> Floats:
    values = 0.5 + spread * np.random.default_rng(1).standard_normal((side, side, 1))
    return np.repeat(np.clip(values, 0, 1), channels, axis=2).astype(np.float32)


def ramp(side: int = 120) -> Floats:
    return np.tile(np.linspace(0, 1, side, dtype=np.float32), (side, 1))


def correlation(a: Floats, b: Floats) -> float:
    return float(np.corrcoef(a.reshape(-1), b.reshape(-1))[0, 1])


def test_in_balance_the_light_and_the_texture_are_both_there() -> None:
    texture, light = noise(), ramp()
    made = luminance(Toning(light, luminance(texture), 0.5, soften, nothing).laid_on(texture))
    expected = CONTRAST / np.hypot(1, CONTRAST)
    assert correlation(made, light) == pytest.approx(expected, abs=0.04)
    inner = (slice(30, -30), slice(30, -30))
    grain, before = ((v - soften(v, 3.0))[inner] for v in (made, luminance(texture)))
    assert correlation(grain, before) > 0.99 and grain.std() > 0.9 * before.std()


@pytest.mark.parametrize("hard", [0.4, 0.45])
def test_a_dull_picture_is_seen_through_a_hard_texture_which_keeps_its_colours(hard: float) -> None:
    light = (0.5 + 0.12 * np.sin(np.linspace(0, 25, 120))[:, None] * np.ones(120)).astype(np.float32)
    drawn = np.random.default_rng(3).random((120, 120, 1)) < 0.5
    colours = np.array([[0.5, 0.5, 0.5 - hard], [0.5 + hard, 0.5, 0.5]], np.float32)
    texture = np.where(drawn, colours[1], colours[0])
    texture = np.where(np.random.default_rng(4).random((120, 120, 1)) < 0.5, texture, 1 - texture)
    made = Toning(light, luminance(texture), 0.5, soften, nothing).laid_on(texture)
    assert correlation(luminance(made), light) > 0.86
    grain = luminance(made) - soften(luminance(made), 1.5)
    assert grain.std() > 0.3 * (luminance(texture) - soften(luminance(texture), 1.5)).std()
    hue = texture[..., 0] - texture[..., 2]
    assert correlation(made[..., 0] - made[..., 2], hue) > 0.95


def test_light_wider_than_elements_is_the_pictures_and_no_more_the_textures() -> None:
    texture, light = noise(spread=0.05), ramp()
    uneven = np.clip(texture + (ramp().T[..., None] - 0.5) * np.float32(0.3), 0, 1)
    made = luminance(Toning(light, luminance(texture), 0.5, soften, nothing).laid_on(uneven))
    wide = soften(made, WIDE)[30:-30, 30:-30]
    assert np.ptp(wide.mean(axis=1)) < 0.04 < 0.06 < np.ptp(wide.mean(axis=0))


def test_what_is_shown_already_is_not_laid_on_again() -> None:
    y, x = np.mgrid[:120, :120]
    light = (0.5 + 0.2 * np.sign(np.sin(x / 6) * np.sin(y / 6))).astype(np.float32)
    shows = np.repeat(light[..., None], 3, axis=2)
    made = Toning(light, luminance(noise()), 0.5, soften, nothing).laid_on(shows)
    np.testing.assert_allclose(luminance(made).std(), light.std(), rtol=0.1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_alpha_stays_and_values_stay_in_range(channels: int) -> None:
    texture = noise(channels=channels)
    before = texture.copy()
    made = Toning(ramp(), luminance(texture), 1.0, soften, nothing).laid_on(texture)
    assert made.shape == texture.shape and made.dtype == np.float32 and made.min() >= 0 and made.max() <= 1
    assert np.array_equal(texture, before)
    if channels in (2, 4):
        assert np.array_equal(made[..., -1], texture[..., -1])


def test_a_part_has_the_light_of_its_place() -> None:
    texture, light = noise(spread=0.01), ramp()
    toning = Toning(light, luminance(texture), 1.0, soften, nothing)
    whole, part = toning.laid_on(texture), Rect(40, 20, 70, 60)
    made = toning.laid_on(texture[part.slices].copy(), part)
    np.testing.assert_allclose(made, whole[part.slices], atol=0.05)


def test_a_picture_of_one_light_leaves_the_textures_middle() -> None:
    texture = noise()
    made = Toning(np.zeros((120, 120), np.float32), luminance(texture), 1.0, soften, nothing).laid_on(texture)
    assert abs(float(made.mean()) - float(texture.mean())) < 0.02


def test_no_amount_is_no_change() -> None:
    texture = noise()
    assert Toning(ramp(), luminance(texture), 0.0, soften, nothing).laid_on(texture) is texture
