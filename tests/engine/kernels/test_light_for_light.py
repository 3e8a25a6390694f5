from __future__ import annotations

import numpy as np

from engine.kernels.channels import luminance
from engine.kernels.light_for_light import light_for_light


def whole(*arguments: object) -> np.ndarray:
    return np.concatenate([part for _, part in light_for_light(*arguments)])  # type: ignore[arg-type]


def test_every_colour_is_the_samples_and_lights_keep_their_order() -> None:
    rng = np.random.default_rng(1)
    sample = rng.random((40, 30, 3)).astype(np.float32)
    picture = np.repeat(np.linspace(0, 1, 200, dtype=np.float32)[None, :, None], 3, axis=2).repeat(90, axis=0)
    made = whole(sample, picture, None)
    known = {tuple(colour) for colour in sample.reshape(-1, 3)}
    assert {tuple(colour) for colour in made.reshape(-1, 3)} <= known
    assert (np.diff(luminance(made), axis=1) >= -1e-6).all()


def test_as_much_is_as_dark_as_in_the_sample() -> None:
    rng = np.random.default_rng(2)
    sample = np.repeat(rng.beta(2, 5, (64, 64, 1)).astype(np.float32), 3, axis=2)
    picture = np.repeat(rng.random((320, 320, 1)).astype(np.float32), 3, axis=2)
    made = whole(sample, picture, None)
    levels = np.linspace(0.05, 0.95, 10)
    assert np.abs(np.quantile(luminance(made), levels) - np.quantile(luminance(sample), levels)).max() < 0.04


def test_outside_the_mask_stays_what_it_was() -> None:
    rng = np.random.default_rng(3)
    sample, picture = (rng.random((50, 60, 3)).astype(np.float32) for _ in range(2))
    mask = np.zeros((50, 60), np.float32)
    mask[10:20, 10:30] = 1
    made = whole(sample, picture, mask)
    assert np.array_equal(made[mask == 0], picture[mask == 0])
    assert not np.array_equal(made[mask == 1], picture[mask == 1])
