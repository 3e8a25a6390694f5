"""Likeness: halves of one texture are alike, different textures are not; on pictures that come with the program."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.files import open_picture
from engine.image import Floats
from engine.measures.colours import rgb
from engine.measures.likeness import compared, described, likeness, ranked
from resources import sample

TEXTURES = (
    "ballast", "basket-weave", "bricks", "crazy-paving", "flagstones", "floorboards", "floral-print", "gravel",
    "green-tiles", "moss", "pierced-steel", "sand", "weathered-boards",
)  # fmt: skip


@cache
def texture(name: str) -> Floats:
    with as_file(sample(name).file) as path:
        return open_picture(path).decoded()


@cache
def halves(name: str) -> tuple[Floats, Floats]:
    """What is said of the left half, and of the right half."""
    picture = texture(name)
    middle = picture.shape[1] // 2
    return described(picture[:, :middle]), described(picture[:, middle:])


def test_the_other_half_is_the_most_like_of_all() -> None:
    rights = [halves(name)[1] for name in TEXTURES]
    for number, name in enumerate(TEXTURES):
        assert int(ranked(halves(name)[0], rights).argmax()) == number, name


def test_halves_are_likely_and_others_unlikely() -> None:
    same = [likeness(*halves(name)) for name in TEXTURES]
    different = [likeness(halves(a)[0], halves(b)[1]) for a in TEXTURES for b in TEXTURES if a != b]
    assert np.median(same) > 0.9 and min(same) > 0.4
    assert np.median(different) < 0.15 and np.quantile(different, 0.95) < 0.5


@pytest.mark.parametrize("name", ["bricks", "gravel", "moss"])
def test_a_step_away_it_is_still_the_same_texture(name: str) -> None:
    picture = texture(name)
    side = min(picture.shape[:2]) // 2
    near = cv2.resize(rgb(picture[:side, :side]), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    found = compared(described(picture[-side:, -side:]), described(np.clip(near, 0, 1)))
    assert found.value > 0.6 and 1.2 < found.size < 3


def test_size_is_told_of_what_is_drawn_larger() -> None:
    """Checks of 12 px beside checks of 24 px, both on 240 px: the same pattern, twice as large."""

    def checks(side: int) -> Floats:
        y, x = np.mgrid[:240, :240] // side
        soft = cv2.GaussianBlur(((x + y) % 2).astype(np.float32), (0, 0), side / 8)
        return soft[..., None]

    found = compared(described(checks(12)), described(checks(24)))
    assert found.size == pytest.approx(2, rel=0.01) and found.pattern > 0.7
    assert "2.0 times as large in the second" in found.sentence
    back = compared(described(checks(24)), described(checks(12)))
    assert back.size == pytest.approx(0.5, rel=0.01) and "in the first" in back.sentence


def test_the_same_pattern_in_other_colours() -> None:
    moss = texture("moss")[..., :3]
    blue = compared(described(moss), described(moss * np.array([0.3, 0.7, 1.5], np.float32)))
    assert blue.pattern > 0.75 > 0.5 > blue.colours
    flat = np.broadcast_to(moss.mean(axis=(0, 1)), moss.shape).astype(np.float32)
    plain = compared(described(moss), described(flat))
    assert plain.value < 0.1 and plain.pattern < 0.1


def test_colours_count_as_much_as_wanted() -> None:
    moss = texture("moss")[..., :3]
    one, other = described(moss), described(np.roll(moss, 1, axis=2))
    found = [likeness(one, other, weight) for weight in (0, 0.25, 0.5, 1)]
    assert found == sorted(found, reverse=True) and found[0] == pytest.approx(compared(one, other).pattern)


def test_ranked_says_what_likeness_says() -> None:
    table = [half for name in TEXTURES for half in halves(name)]
    one = halves("moss")[0]
    assert np.allclose(ranked(one, table), [likeness(one, other) for other in table], atol=1e-5)
    assert ranked(one, []).shape == (0,)


@given(
    st.integers(1, 70), st.integers(1, 70), st.integers(1, 4), st.integers(0, 9), st.integers(1, 70), st.integers(1, 4)
)
@settings(max_examples=25, deadline=None)
def test_any_two_pictures_can_be_compared(
    width: int, height: int, channels: int, seed: int, other_side: int, other_channels: int
) -> None:
    random = np.random.default_rng(seed)
    one = described(random.random((height, width, channels), np.float32))
    other = described(random.random((other_side, other_side, other_channels), np.float32))
    assert one.shape == other.shape
    found = compared(one, other)
    assert 0 <= found.value <= 1 and found.sentence.endswith(".")
    assert compared(other, one).value == pytest.approx(found.value, abs=1e-5)
    assert likeness(one, one) == pytest.approx(1, abs=1e-6)


def test_a_picture_of_one_pixel_has_colours_only() -> None:
    red, blue = (np.array(colour, np.float32).reshape(1, 1, 3) for colour in ((0.8, 0.1, 0.1), (0.1, 0.1, 0.8)))
    assert compared(described(red), described(blue)).sentence == (
        "They are too small to show a pattern; their colours are different."
    )
    assert "alike" in compared(described(red), described(red)).sentence


def test_quantiles_are_numpys() -> None:
    from engine.measures.likeness import _quantiles

    values = np.random.default_rng(4).standard_normal((3, 77)).astype(np.float32)
    levels = (0.02, 0.1, 0.5, 0.9, 0.98, 1.0)
    np.testing.assert_allclose(_quantiles(values, levels), np.quantile(values, levels, axis=1).T, atol=1e-6)
    np.testing.assert_array_equal(_quantiles(values[:, :1], levels), np.tile(values[:, :1], (1, 6)))
