"""Photo style: the other's colours, the picture's own shapes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

import resources
from engine.catalog import find
from engine.context import Context
from engine.files import open_picture
from engine.image import Image
from engine.operation import Execution


def picture(name: str) -> Image:
    return open_picture(str(resources.sample(name).file))


def styled(on: Image, like: Image, **values: Any) -> np.ndarray:
    operation = find("photo-style")
    ctx = Context(seed=1, threads=2)
    execution = Execution(operation, {"picture": on, "style": like}, operation.params().replaced(**values), ctx)
    for _ in execution:
        pass
    ctx.close()
    return execution.result().image().pixels


def lab(pixels: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(pixels[..., :3].astype(np.float32) / 255, cv2.COLOR_RGB2Lab).reshape(-1, 3)


def light_edges(pixels: np.ndarray) -> np.ndarray:
    gray = cv2.GaussianBlur(pixels[..., :3].astype(np.float32).mean(axis=2), (0, 0), 1)
    return np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1))


@pytest.mark.parametrize(("on", "like"), [("dandelions", "launch"), ("coffee", "seedlings"), ("cat", "coffee")])
def test_colours_are_the_others_and_shapes_its_own(on: str, like: str) -> None:
    before, other = picture(on), picture(like)
    after = styled(before, other, light=1.0)
    here, there, now = lab(before.pixels), lab(other.pixels), lab(after)
    for measure in (lambda x: x.mean(axis=0), lambda x: x.std(axis=0)):
        apart = np.abs(measure(here) - measure(there)).sum()
        assert np.abs(measure(now) - measure(there)).sum() < 0.5 * apart + 1
    edges = np.stack([light_edges(part).ravel() for part in (before.pixels, after)])
    assert np.corrcoef(edges)[0, 1] > 0.75, "nothing of the other's texture"


def test_its_own_style_changes_next_to_nothing() -> None:
    before = picture("coffee")
    assert np.abs(styled(before, before).astype(int) - before.pixels).mean() < 1.5


def test_strength_none_is_the_picture_itself() -> None:
    before = picture("cat")
    assert np.abs(styled(before, picture("launch"), strength=0.0).astype(int) - before.pixels).max() <= 1


def test_light_may_stay() -> None:
    before = picture("dandelions")
    lightness = lab(before.pixels)[:, 0]
    kept = lab(styled(before, picture("launch"), light=0.0))[:, 0]
    assert np.abs(kept - lightness).mean() < 3 < np.abs(lab(styled(before, picture("launch")))[:, 0] - lightness).mean()


def test_gray_stays_gray_and_takes_the_light() -> None:
    gray = Image(picture("moss").pixels[..., :1].copy())
    after = styled(gray, picture("launch"), light=1.0)
    assert after.shape[2] == 1 and after.mean() > gray.pixels.mean()


def test_alpha_comes_through_and_what_it_hides_teaches_nothing() -> None:
    before = picture("coffee").pixels[:120, :160]
    alpha = np.full((*before.shape[:2], 1), 255, np.uint8)
    other = picture("moss").pixels[:100, :100]
    hidden = np.concatenate([other, np.full((100, 100, 1), 255, np.uint8)], axis=2)
    hidden[:, 50:] = (255, 0, 255, 0)
    seen = Image(np.ascontiguousarray(hidden[:, :50]))
    on = Image(np.concatenate([before, alpha], axis=2))
    with_hidden, without = styled(on, Image(hidden)), styled(on, seen)
    assert np.array_equal(with_hidden[..., 3], alpha[..., 0])
    assert np.abs(with_hidden.astype(int) - without)[..., :3].mean() < 6
