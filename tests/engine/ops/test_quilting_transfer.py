"""What quilting transfer does with pictures whose answer is known."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from engine.context import Context
from engine.image import Floats, Image
from engine.kernels.quilting_grid import fronts
from engine.kernels.quilting_transfer import schedule
from engine.operation import Execution, Result
from engine.ops.transfer import quilting_transfer as module
from engine.ops.transfer.quilting_transfer import quilting_transfer


def done(sample: Floats, picture: Floats, where: Floats | None = None, seed: int = 1, **values: Any) -> Result:
    ctx = Context(seed=seed, threads=2)
    given: dict[str, Any] = {"sample": Image(sample), "picture": Image(picture), "where": where}
    execution = Execution(quilting_transfer, given, quilting_transfer.params(**values), ctx)
    for _ in execution:
        pass
    ctx.close()
    return execution.result()


def grain(seed: int, size: tuple[int, int] = (96, 96)) -> Floats:
    """Noise on a broad range of light, reddish."""
    rng = np.random.default_rng(seed)
    broad = cv2.GaussianBlur(rng.standard_normal(size), (0, 0), 8)
    fine = cv2.GaussianBlur(rng.standard_normal(size), (0, 0), 1)
    light = 0.5 + 0.3 * broad / np.abs(broad).max() + 0.1 * fine / fine.std()
    return np.clip(light[..., None] * np.array([1.0, 0.6, 0.5]), 0, 1).astype(np.float32)


def disc(size: tuple[int, int] = (110, 120)) -> Floats:
    y, x = np.mgrid[: size[0], : size[1]]
    light = np.clip((40 - np.hypot(y - size[0] / 2, x - size[1] / 2)) / 20, 0, 1)
    return np.repeat(light[..., None], 3, axis=2).astype(np.float32)


def likeness(made: Floats, picture: Floats) -> float:
    return float(np.corrcoef(made.mean(axis=2).reshape(-1), picture.mean(axis=2).reshape(-1))[0, 1])


def test_the_picture_shows_and_every_pixel_is_the_samples() -> None:
    sample, picture = grain(1), disc()
    result = done(sample, picture, strength=0.7, tone=0.0)
    assert result.pixels.shape == picture.shape
    assert likeness(result.pixels, picture) > 0.55
    origin = result.origin
    assert origin is not None and origin.exact and origin.known.all()
    assert np.array_equal(result.pixels, sample.reshape(-1, 3)[origin.places])


def test_strength_trades_the_picture_for_whole_pieces_of_the_sample() -> None:
    sample, picture = grain(2), disc()
    found = []
    for strength in (0.05, 0.5, 0.95):
        result = done(sample, picture, strength=strength)
        assert result.origin is not None
        whole = float((np.diff(result.origin.places, axis=1) == 1).mean())
        found.append((likeness(result.pixels, picture), whole))
    assert found[0][0] < found[1][0] < found[2][0]
    assert found[0][1] > found[2][1]


def test_the_tone_shows_the_picture_where_the_blocks_cannot() -> None:
    picture, dull = disc(), 0.4 + 0.1 * grain(1)
    spreads, found = [], []
    for tone in (0.0, 0.5, 1.0):
        result = done(dull, picture, tone=tone)
        spreads.append(float(result.pixels.std(axis=(0, 1)).mean()))
        found.append(likeness(result.pixels, picture))
        assert result.origin is not None and result.origin.exact == (tone == 0)
    assert spreads[0] < 0.8 * spreads[1] and spreads[1] < 0.8 * spreads[2]
    assert found[0] < found[1] and found[1] > 0.86


def test_passes_show_finer_detail() -> None:
    sample = grain(3)
    picture = disc() * np.float32(0.5) + (np.indices((110, 120)).sum(axis=0) // 6 % 2 * 0.4)[..., None].astype(
        np.float32
    )
    few, many = (
        likeness(done(sample, picture, block=32, passes=n, strength=0.7, tone=0.0).pixels, picture) for n in (1, 4)
    )
    assert many > few + 0.05


def test_lines_follow_the_lines_of_the_picture() -> None:
    """A hatch that runs every way, and a picture of one brightness throughout with two directions."""
    y, x = np.mgrid[:96, :96]
    angle = np.arctan2(y - 48, x - 48)
    rings = (0.5 + 0.45 * np.sin(np.hypot(y - 48, x - 48) * 1.6) + 0 * angle).astype(np.float32)
    sample = np.repeat(rings[..., None], 3, axis=2)
    y, x = np.mgrid[:80, :120]
    stripes = np.where(x < 60, np.sin(x * 0.9), np.sin(y * 0.9))
    picture = np.repeat((0.5 + 0.3 * stripes)[..., None], 3, axis=2).astype(np.float32)

    def uprightness(pixels: Floats) -> float:
        """How much more upright the lines of the left half are than those of the right."""
        dy, dx = np.gradient(pixels.mean(axis=2))
        share = np.square(dx) - np.square(dy)
        return float(
            (share[10:-10, 10:50].mean() - share[10:-10, 70:110].mean()) / (np.square(dx) + np.square(dy)).mean()
        )

    follows = uprightness(done(sample, picture, correspondence="orientation", block=16, tone=0.0).pixels)
    blurred = uprightness(done(sample, picture, correspondence="blurred", block=16, tone=0.0).pixels)
    assert follows > 1.0 > 0.6 > blurred


def test_a_part_of_a_picture() -> None:
    """Only the masked part gets the texture, in the channels of the picture, softly where the mask is soft."""
    picture = np.concatenate([disc()[..., :1], np.full((110, 120, 1), 0.8, np.float32)], axis=2)
    where = np.zeros((110, 120), np.float32)
    where[30:80, 40:90] = 1
    where[80:90, 40:90] = 0.5
    result = done(grain(4), picture, where)
    made = result.image().pixels
    assert made.shape == picture.shape and np.array_equal(made[where == 0], picture[where == 0])
    assert np.abs(made[where == 1] - picture[where == 1]).mean() > 0.05
    assert (made[where == 1][:, 1] == 1).all(), "the sample hides nothing"
    assert made[85, 60, 1] == pytest.approx(0.9, abs=0.01)


def test_seeds_differ_and_tolerance_zero_makes_them_alike() -> None:
    sample, picture = grain(5), disc((60, 70))
    one, two = (done(sample, picture, seed=seed).pixels for seed in (1, 2))
    assert not np.array_equal(one, two)
    one, two = (done(sample, picture, seed=seed, tolerance=0.0).pixels for seed in (1, 2))
    assert np.array_equal(one, two)


def test_variety_uses_more_of_the_sample() -> None:
    sample, picture = grain(6), disc()
    used = []
    for variety in (0.0, 1.0):
        result = done(sample, picture, variety=variety)
        assert result.origin is not None
        used.append(np.unique(result.origin.places).size)
    assert used[1] > 1.2 * used[0]


def test_showing_a_large_picture_takes_a_small_part_of_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fronts go across everything: shown whole, each of them was as much work as the picture."""
    monkeypatch.setattr(module, "LARGE", 10_000)
    random = np.random.default_rng(3)
    sample = Image(random.integers(0, 255, (40, 40, 3), np.uint8))
    picture = Image(random.integers(0, 255, (200, 300, 3), np.uint8))
    monkeypatch.setattr(Context, "due", lambda self: True)
    shown = 0
    ctx = Context(seed=1, threads=1)
    for frame in Execution(quilting_transfer, {"sample": sample, "picture": picture}, quilting_transfer.params(), ctx):
        shown += frame.rect.area
    ctx.close()
    whole = sum(len(list(fronts((300, 200), one.block, one.overlap, False))) for one in schedule(20, 3, 0.2))
    assert 300 * 200 < shown < 0.5 * whole * 300 * 200
