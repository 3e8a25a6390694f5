from typing import Any

import numpy as np

from engine.context import Context
from engine.image import Image
from engine.operation import Execution, Result
from engine.ops.synthesize.melt import Melt, melt


def melted(sample: np.ndarray, other: np.ndarray, where: np.ndarray, **values: Any) -> Result:
    ctx = Context(seed=1, threads=2)
    try:
        run = Execution(melt, {"sample": Image(sample), "other": Image(other), "where": where}, Melt(**values), ctx)
        for _ in run:
            pass
    finally:
        ctx.close()
    return run.result()


def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:64, :72]
    spots = 60 * np.sin(x / 3) * np.sin(y / 4)
    first = np.stack([90 + spots, 80 + spots, 70 + spots], 2) + rng.normal(0, 6, (64, 72, 3))
    second = np.stack([40 + 0 * x, 130 + 50 * np.sin((x + y) / 2), 50 + 0 * x], 2) + rng.normal(0, 6, (64, 72, 3))
    return np.clip(first, 0, 255).astype(np.uint8), np.clip(second, 0, 255).astype(np.uint8)


RAMP = np.broadcast_to(np.clip((np.arange(160, dtype=np.float32) - 50) / 60, 0, 1), (90, 160)).copy()


def test_the_mask_says_which_texture_and_its_size_is_the_result_s() -> None:
    first, second = pair()
    result = melted(first, second, RAMP, overlap=0, colours=0.0)
    origin, made = result.origin, result.image().pixels
    assert made.shape == (90, 160, 3) and origin is not None and origin.which is not None and origin.exact
    assert (origin.which[:, :50] == 0).all() and (origin.which[:, 112:] == 1).all()
    middle = origin.which[:, 65:95].mean()
    assert 0.2 < middle < 0.8
    flats = [first.reshape(-1, 3), second.reshape(-1, 3)]
    for number, flat in enumerate(flats):
        there = origin.which == number
        assert np.array_equal(made[there], flat[origin.places[there]])


def test_colours_meet_half_way_and_stay_what_they_are_at_both_ends() -> None:
    first, second = pair()
    plain = melted(first, second, RAMP, overlap=0, colours=0.0)
    met = melted(first, second, RAMP, overlap=0, colours=1.0)
    assert met.origin is not None and met.origin.which is not None and plain.origin is not None
    assert np.array_equal(met.origin.places, plain.origin.places)
    assert np.array_equal(met.pixels[:, :50], plain.pixels[:, :50])
    assert np.array_equal(met.pixels[:, 112:], plain.pixels[:, 112:])

    def apart(result: Result) -> float:
        part = np.s_[:, 74:86]
        assert result.origin is not None and result.origin.which is not None
        which = result.origin.which[part]
        return float(
            np.abs(result.pixels[part][which == 0].mean(axis=0) - result.pixels[part][which == 1].mean(axis=0)).max()
        )

    assert apart(met) < 0.35 * apart(plain)


def test_a_clean_edge_is_clean_and_mingling_is_not() -> None:
    first, second = pair()

    def changes(**values: Any) -> int:
        result = melted(first, second, RAMP, overlap=0, colours=0.0, **values)
        assert result.origin is not None and result.origin.which is not None
        return int(np.count_nonzero(np.diff(result.origin.which.astype(int), axis=1)))

    assert changes(mingle=0.0) < 0.7 * changes(mingle=1.0)


def test_gray_with_alpha_and_colour_give_colour_with_alpha() -> None:
    first, second = pair()
    gray = np.dstack([first[..., 0], np.full(first.shape[:2], 200, np.uint8)])
    made = melted(gray, second, RAMP).image()
    assert made.channels == 4 and (made.pixels[:, :40, 3] == 200).all() and (made.pixels[:, 120:, 3] == 255).all()
