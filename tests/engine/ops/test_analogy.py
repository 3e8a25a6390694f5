"""What an analogy does with pairs whose answer is known."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.image import Floats, Image
from engine.operation import Execution, Result
from engine.ops.transfer.analogy import YIQ, analogy

MODES = pytest.mark.parametrize("mode", ["fast", "faithful"])
Pixels = NDArray[np.float32]


def done(picture: Pixels, before: Pixels, after: Pixels, **values: Any) -> Result:
    ctx = Context(threads=2)
    given = {"picture": Image(picture), "before": Image(before), "after": Image(after)}
    execution = Execution(analogy, given, analogy.params(**values), ctx)
    for _ in execution:
        pass
    ctx.close()
    return execution.result()


def scene(seed: int, size: tuple[int, int] = (72, 64)) -> Floats:
    """Discs of all colours on a slope, a little soft."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]]
    out = np.stack([x / size[1], y / size[0], 1 - x / size[1]], axis=2) * 0.5
    for _ in range(14):
        cy, cx, radius = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(4, 14)
        out[np.hypot(y - cy, x - cx) < radius] = rng.random(3)
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 0.7), np.float32)


def light(pixels: Floats) -> Floats:
    return pixels @ YIQ[0]


def drawn(pixels: Floats) -> Floats:
    dy, dx = np.gradient(light(pixels))
    return np.repeat(np.clip(1 - 4 * np.hypot(dx, dy), 0, 1)[..., None], 3, axis=2).astype(np.float32)


@MODES
@pytest.mark.parametrize("take", ["pixels", "lightness", "colours", "change"])
def test_the_pair_itself_comes_back(mode: str, take: str) -> None:
    """A is to A' as A is to A'."""
    before = scene(1)
    after = np.clip(np.roll(before[..., ::-1], 1, axis=0) * 0.8 + 0.1, 0, 1).astype(np.float32)
    wanted = {
        "pixels": after,
        "change": after,
        "lightness": before + (light(after) - light(before))[..., None],
        "colours": after + (light(before) - light(after))[..., None],
    }[take]
    made = done(before, before, after, mode=mode, take=take).pixels
    allowed = 0.02 if take == "colours" else 0.004
    assert np.abs(made - np.clip(wanted, 0, 1)).mean() < allowed


@MODES
def test_a_filter_is_learnt_from_another_picture(mode: str) -> None:
    before, picture = scene(2, (110, 120)), scene(3)
    preset = {**analogy.presets["Line drawing"], "mode": mode}
    made = light(done(picture, before, drawn(before), **preset).pixels)
    truth = light(drawn(picture))
    assert np.corrcoef(made.reshape(-1), truth.reshape(-1))[0, 1] > 0.6
    plain = np.corrcoef(light(picture).reshape(-1), truth.reshape(-1))[0, 1]
    assert abs(plain) < 0.4, "the picture alone does not say so"


def test_sharpening_learnt_from_the_other_half_brings_detail_back() -> None:
    whole = scene(4, (120, 200))
    soft = np.asarray(cv2.GaussianBlur(whole, (0, 0), 1.6), np.float32)
    made = done(soft[:, 100:], soft[:, :100], whole[:, :100], **analogy.presets["Sharpen from a pair"]).pixels
    truth = whole[:, 100:]
    assert np.square(made - truth).mean() < 0.95 * np.square(soft[:, 100:] - truth).mean()

    def detail(pixels: Floats) -> float:
        return float(cv2.Laplacian(light(pixels), cv2.CV_32F).std())

    assert detail(soft[:, 100:]) < 0.5 * detail(truth) < detail(made) < 1.3 * detail(truth)


def test_colours_learnt_from_a_pair_keep_the_light() -> None:
    """Where each light has its own colour, it is found again."""
    values = scene(5)[..., :1]

    def coloured(gray: Floats) -> Floats:
        return np.concatenate([gray * 0.9, 0.4 + 0.2 * gray, 1 - gray], axis=2)

    gray = np.repeat(light(coloured(values))[..., None], 3, axis=2)
    other = scene(6)[..., :1]
    preset = analogy.presets["Colour from a pair"]
    given = np.repeat(light(coloured(other))[..., None], 3, axis=2)
    made = done(given, gray, coloured(values), **preset).pixels
    assert np.abs(light(made) - given[..., 0]).mean() < 0.01
    assert np.abs(made - coloured(other)).mean() < 0.35 * np.abs(given - coloured(other)).mean()


@MODES
def test_a_change_that_is_the_same_everywhere_is_made_everywhere(mode: str) -> None:
    before, picture = scene(7) * np.float32(0.6) + np.float32(0.1), scene(8) * np.float32(0.6) + np.float32(0.1)
    shift = np.array([0.1, -0.05, 0.2], np.float32)
    made = done(picture, before, before + shift, take="change", mode=mode).pixels
    assert np.abs(made - (picture + shift)).max() < 0.006


def test_matching_the_light_finds_a_darker_pair() -> None:
    """A pair that is dark and flat still says what to do with a bright picture."""
    picture = scene(9)
    before = picture * np.float32(0.3) + np.float32(0.05)
    labels = np.asarray(np.dstack([light(picture)] * 3) > 0.4, np.float32)
    matched = done(picture, before, labels, coherence=0.5).pixels
    plain = done(picture, before, labels, coherence=0.5, remap=False).pixels
    assert np.abs(matched - labels).mean() < 0.01 < 0.1 < np.abs(plain - labels).mean()


def test_comparing_colours_tells_apart_what_light_does_not() -> None:
    rng = np.random.default_rng(10)
    red, green = np.array([0.7, 0.2, 0.2]), np.array([0.2, 0.4547, 0.2])
    assert float(red @ YIQ[0]) == pytest.approx(float(green @ YIQ[0]), abs=1e-3)

    def fields(seed: int) -> tuple[Floats, Floats]:
        noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((64, 64)), (0, 0), 6)
        where = (noise > 0)[..., None]
        grain = rng.normal(0, 0.01, (64, 64, 1))
        return (np.where(where, red, green) + grain).astype(np.float32), np.repeat(where, 3, 2).astype(np.float32)

    (before, after), (picture, truth) = fields(1), fields(2)
    by_colour = np.abs(done(picture, before, after, compare="colours", remap=False).pixels - truth).mean()
    by_light = np.abs(done(picture, before, after, remap=False).pixels - truth).mean()
    assert by_colour < 0.05 < 0.25 < by_light


def test_pixels_are_copied_and_it_says_from_where() -> None:
    before, picture = scene(11), scene(12)
    after = drawn(before)
    result = done(picture, before, after)
    origin = result.origin
    assert origin is not None and origin.exact and origin.sources[0].role == "after"
    assert np.array_equal(result.pixels, after.reshape(-1, 3)[origin.places])


def test_before_and_after_of_different_sizes_are_refused_in_a_sentence() -> None:
    with pytest.raises(Unusable, match="after is 64 x 60 px, the before 64 x 72") as caught:
        done(scene(1), scene(2), scene(3)[:60])
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("kinds", [(1, 3, 3), (3, 1, 3), (3, 3, 1), (4, 1, 3), (2, 3, 4), (1, 1, 1)])
@pytest.mark.parametrize("take", ["pixels", "lightness", "colours", "change"])
def test_pictures_of_different_kinds_go_together(kinds: tuple[int, int, int], take: str) -> None:
    picked: list[Pixels] = []
    for seed, channels in enumerate(kinds):
        pixels = scene(seed, (24, 28))
        colour = pixels[..., :1] if channels <= 2 else pixels
        alpha = np.full((24, 28, 1), 0.5, np.float32)
        picked.append(np.concatenate([colour, alpha], axis=2) if channels in (2, 4) else colour)
    made = done(picked[0], picked[1], picked[2], take=take).pixels
    assert made.shape[:2] == (24, 28) and np.isfinite(made).all()
    assert (made.shape[2] in (2, 4)) == (kinds[0] in (2, 4)), "alpha is the picture's"
    if kinds[0] in (2, 4):
        assert (made[..., -1] == 0.5).all()


def test_strips_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large pictures are put together strip by strip."""
    before, picture = scene(13), scene(14)
    for take in ("pixels", "lightness", "colours", "change"):
        monkeypatch.setattr("engine.kernels.strips.AT_ONCE", 1 << 17)
        whole = done(picture, before, drawn(before) * before, take=take).pixels
        monkeypatch.setattr("engine.kernels.strips.AT_ONCE", 300)
        assert np.abs(done(picture, before, drawn(before) * before, take=take).pixels - whole).max() < 1e-6
