"""Colours brought to another mean and covariance: exactly those (Gatys et al. 2016, equations 6 and 7)."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernels.coral import Colours, matched


def pixels(seed: int, low: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mixing = np.eye(3) + rng.uniform(-0.4, 0.4, (3, 3))
    return (0.5 + low + 0.1 * rng.normal(size=(30, 41, 3)) @ mixing).astype(np.float32)


def test_colours_are_what_numpy_finds() -> None:
    picture = pixels(1)
    found = Colours.of(picture)
    flat = picture.reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(found.mean, flat.mean(0), atol=1e-9)
    np.testing.assert_allclose(found.covariance, np.cov(flat.T, bias=True), atol=1e-9)
    weights = np.zeros(picture.shape[:2], np.float32)
    weights[:, :10] = 0.5
    part = Colours.of(picture, weights)
    np.testing.assert_allclose(part.mean, picture[:, :10].reshape(-1, 3).mean(0), atol=1e-6)
    none = Colours.of(picture, np.zeros_like(weights))
    np.testing.assert_allclose(none.mean, found.mean, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_mean_and_covariance_are_the_other_picture_s(a: int, b: int) -> None:
    style, wanted = pixels(a), Colours.of(pixels(b, low=0.1))
    found = Colours.of(matched(style, Colours.of(style), wanted))
    np.testing.assert_allclose(found.mean, wanted.mean, atol=1e-4)
    np.testing.assert_allclose(found.covariance, wanted.covariance, atol=2e-5)


def test_matching_to_itself_changes_nothing() -> None:
    picture = pixels(3)
    np.testing.assert_allclose(matched(picture, Colours.of(picture), Colours.of(picture)), picture, atol=1e-5)


def test_flat_pictures_have_a_colour_and_no_spread() -> None:
    flat = np.full((5, 4, 3), 0.3, np.float32)
    style = pixels(2)
    np.testing.assert_allclose(matched(style, Colours.of(style), Colours.of(flat)), 0.3, atol=0.02)
    made = matched(flat, Colours.of(flat), Colours.of(style))
    np.testing.assert_allclose(made, np.broadcast_to(Colours.of(style).mean, made.shape), atol=1e-4)
