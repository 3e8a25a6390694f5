"""Points of a space: between samples, on sliders, off the map; chance, trails and paths."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.session.space_spots import Locks, Spot, Trail, along, near_spot, random_spot, spot_at, toward
from engine.errors import Unusable
from engine.nets.texture_space.outline import Outline, Slope, outlined
from engine.trained import Trained
from tests.contract.models import tiny_space


def space(count: int = 7, depth: int = 3) -> Outline:
    rng = np.random.default_rng(1)
    codes = rng.standard_normal((count, depth)).astype(np.float32)
    slopes = (
        Slope("Warmth", np.array([1, 0, 0][:depth], np.float32), -1.0, 2.0, True),
        Slope("Axis 1", np.array([0, 1, 0][:depth], np.float32), -0.5, 0.5, False),
    )
    places = rng.uniform(0.05, 0.95, (count, 2)).astype(np.float32)
    pictures = tuple(np.zeros((8, 8, 3), np.uint8) for _ in range(count))
    return Outline(tuple(f"s{k}" for k in range(count)), pictures, codes, places, slopes)


def test_at_a_samples_place_lies_its_own_code() -> None:
    outline = space()
    for code, (x, y) in zip(outline.codes, outline.places, strict=True):
        assert np.allclose(outline.at(float(x), float(y)), code, atol=1e-5)
        assert outline.place(code) == pytest.approx((x, y), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 6.28))
def test_nothing_jumps_on_the_pad(x: float, y: float, way: float) -> None:
    outline = space()
    shares = outline.shares(x, y)
    assert shares.min() >= 0 and shares.sum() == pytest.approx(1, abs=1e-5)
    step = 1e-4
    other = outline.shares(x + step * np.cos(way), y + step * np.sin(way))
    assert np.abs(shares - other).max() < 0.05


def test_only_neighbours_count() -> None:
    shares = space(12).shares(0.5, 0.5)
    assert 1 <= np.count_nonzero(shares) <= 4


def test_a_single_sample_is_everywhere() -> None:
    outline = space(1)
    assert outline.shares(0.1, 0.9).tolist() == [1.0]
    assert outline.width == 1.0


def test_sliders_add_their_direction() -> None:
    outline = space()
    plain, slid = Spot(0.3, 0.4), Spot(0.3, 0.4).slid(1, 0.25).slid(0, 2.0)
    assert np.allclose(np.subtract(slid.code(outline), plain.code(outline)), [2.0, 0.25, 0], atol=1e-6)
    assert plain.amount(1) == 0.0 and slid.amount(1) == 0.25


def test_a_code_has_its_spot() -> None:
    outline = space()
    code = (0.31, -2.0, 1.25)
    assert np.allclose(spot_at(outline, code).code(outline), code, atol=1e-5)
    assert spot_at(outline, outline.codes[2]).away == ()


def test_what_is_kept_is_read_again() -> None:
    spot = Spot(0.2, 0.7, (0.5, -0.25), (1.0, 2.0, 3.0))
    assert Spot.from_json(json.loads(json.dumps(spot.as_json()))) == spot


@pytest.mark.parametrize(
    "values",
    [None, 3, [], {}, {"x": "a", "y": 0, "amounts": [], "away": []}, {"x": 0, "y": 0, "amounts": 3, "away": []},
     {"x": 0, "y": float("nan"), "amounts": [], "away": []}, {"x": 0, "y": 0, "amounts": [0] * 900, "away": []}],
)  # fmt: skip
def test_what_is_no_point_is_none(values: object) -> None:
    assert Spot.from_json(values) is None


def test_away_of_another_space_is_left_out() -> None:
    outline = space()
    assert Spot(0.5, 0.5, (), (9.0,) * 8).code(outline) == Spot(0.5, 0.5).code(outline)


def test_chance_leaves_alone_what_is_locked() -> None:
    outline, rng = space(), np.random.default_rng(2)
    spot = Spot(0.3, 0.4, (0.5, 0.1))
    for draw in (random_spot, near_spot):
        locked = draw(outline, spot, Locks(True, frozenset({0})), rng)
        assert (locked.x, locked.y, locked.away, locked.amount(0)) == (0.3, 0.4, (), 0.5)
        assert locked.amount(1) != 0.1
        free = draw(outline, spot, Locks(), rng)
        assert (free.x, free.y) != (0.3, 0.4) and free.amount(0) != 0.5
        for number, slope in enumerate(outline.slopes):
            assert slope.low <= free.amount(number) <= slope.high


def test_more_like_this_is_nearer_than_chance() -> None:
    outline, rng = space(), np.random.default_rng(3)
    spot = Spot(0.5, 0.5)
    here = np.array(spot.code(outline))

    def far(draw: Any) -> float:
        return float(
            np.mean([np.linalg.norm(draw(outline, spot, Locks(), rng).code(outline) - here) for _ in range(40)])
        )

    assert far(near_spot) < 0.7 * far(random_spot)


def test_a_trail_goes_back_and_forward_and_forgets() -> None:
    trail, spots = Trail(), [Spot(k / 10, 0) for k in range(4)]
    assert trail.step(-1) is None
    for spot in spots[:3]:
        trail.add(spot)
    trail.add(spots[2])
    assert trail.step(-1) == spots[1] and trail.step(-1) == spots[0] and trail.step(-1) is None
    assert trail.can_forward and trail.step(1) == spots[1]
    trail.add(spots[3])
    assert not trail.can_forward and trail.step(-1) == spots[1]


def test_a_path_goes_evenly_past_its_points() -> None:
    outline = space()
    spots = [Spot(float(x), float(y)) for x, y in outline.places[:3]]
    codes = np.array(along(outline, spots, 31, loop=False))
    assert np.allclose(codes[0], outline.codes[0], atol=1e-5) and np.allclose(codes[-1], outline.codes[2], atol=1e-5)
    steps = np.linalg.norm(np.diff(codes, axis=0), axis=1)
    assert np.sort(steps)[1:].std() < 0.02 * steps.mean()
    ring = np.array(along(outline, spots, 30, loop=True))
    back = np.linalg.norm(ring[0] - ring[-1])
    assert back == pytest.approx(np.median(np.linalg.norm(np.diff(ring, axis=0), axis=1)), rel=0.02)
    assert along(outline, spots[:1], 2, loop=True)[0] == pytest.approx(tuple(outline.codes[0]))


def test_a_path_goes_as_the_sliders_do() -> None:
    """Between two samples, it takes their own scale, which is known from a file."""
    trained = tiny_space()
    scale = np.tile(np.array([0, 0.5, 1], np.float32), (3, 3, 1))
    scale[0, 1, 1], scale[1, 0, 1], scale[1, 2, 1] = 0.2, 0.8, 0.7
    outline = outlined(replace(trained, tensors={**trained.tensors, "places": scale}))
    spots = [Spot(float(x), float(y)) for x, y in outline.places[:2]]
    first, second = outline.codes[:2].astype(np.float64)
    there = along(outline, spots, 5, loop=False)
    assert there[1] == pytest.approx(first + 0.1 * (second - first), abs=1e-5)
    assert there[2] == pytest.approx(first + 0.2 * (second - first), abs=1e-5)
    around = along(outline, spots, 4, loop=True)
    assert around[1] == pytest.approx(there[2], abs=1e-5) and around[3] == pytest.approx(there[2], abs=1e-5)


def test_between_mixtures_a_path_goes_by_all_their_scales() -> None:
    scale = np.tile(np.array([0, 0.5, 1], np.float32), (3, 3, 1))
    scale[0, 1, 1], scale[0, 2, 1] = 0.2, 0.6
    outline = replace(space(), pacing=scale)
    half = np.array([0, 0.5, 0.5], np.float32)
    way = outline.evened(np.array([1, 0, 0], np.float32), half, np.array([0, 0.5, 1], np.float32))
    assert way == pytest.approx([0, 0.4, 1])


def test_the_outline_of_a_stored_space() -> None:
    trained = tiny_space()
    outline = outlined(trained)
    assert outline.names == ("grain 0", "grain 1", "grain 2") and outline.depth == 2
    assert np.array_equal(outline.codes, trained.tensors["codes"])
    assert outline.places.shape == (3, 2) and outline.places.min() >= 0 and outline.places.max() <= 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("codes", np.zeros((2, 2), np.float32)), ("codes", np.full((3, 2), np.nan, np.float32)),
     ("sample.1", np.zeros((3, 3), np.uint8)), ("codes", np.zeros((3, 2), np.float64))],
)  # fmt: skip
def test_a_damaged_space_is_said(name: str, value: np.ndarray) -> None:
    whole = tiny_space()
    with pytest.raises(Unusable):
        outlined(Trained(whole.kind, {**whole.tensors, name: value}, whole.about))
    for text in ("", "{", "[1]", '[{"name": "a"}]'):
        with pytest.raises(Unusable):
            outlined(Trained(whole.kind, whole.tensors, {**whole.about, "samples": text}))


def test_a_space_of_another_version_is_not_shown() -> None:
    """It could be looked at and not used."""
    whole = tiny_space()
    with pytest.raises(Unusable, match="version 99"):
        outlined(Trained(whole.kind, whole.tensors, {**whole.about, "version": "99"}))


def test_away_from_one_and_towards_another_is_arithmetic() -> None:
    outline = space()
    here = spot_at(outline, outline.codes[2])
    there = toward(outline, toward(outline, here, 4, -1.0), 5, 1.0)
    wanted = outline.codes[2].astype(np.float64) - outline.codes[4] + outline.codes[5]
    assert np.allclose(there.code(outline), wanted, atol=1e-5)
    assert (there.x, there.y) == (here.x, here.y)


def test_detail_of_another_point_stays_with_a_spot() -> None:
    outline = space()
    spot = Spot(0.2, 0.4, fine=(1.0, 2.0, 3.0))
    assert Spot.from_json(json.loads(json.dumps(spot.as_json()))) == spot
    assert Spot.from_json({"x": 0, "y": 0, "amounts": [], "away": []}) == Spot(0, 0), "kept before there was any"
    assert Spot.from_json({**spot.as_json(), "fine": [float("nan")]}) is None
    random = np.random.default_rng(1)
    for draw in (random_spot, near_spot):
        assert draw(outline, spot, Locks(), random).fine == spot.fine
    assert spot.detail(outline) == spot.fine and spot.detail(space(depth=2)) == ()
