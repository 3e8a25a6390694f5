"""Crispening: pixels of samples, laid as a soft picture says."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file

import cv2
import numpy as np
import pytest

from engine.context import Context
from engine.files import open_picture
from engine.image import Floats
from engine.kernels.crispening import Part, crispened
from engine.measures.fidelity import fidelity
from engine.nets.texture_space.sampling import learnt_part
from resources import sample


@pytest.fixture
def ctx() -> Iterator[Context]:
    made = Context(seed=4, threads=2)
    yield made
    made.close()


def blur(picture: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.float32)


def striped(side: int, period: int, colour: tuple[float, float, float]) -> Floats:
    x = np.arange(side)
    light = np.where(x % period < period // 2, 1.0, 0.3)
    grain = np.random.default_rng(period).uniform(0.9, 1.0, (side, side, 1))
    return np.asarray(light[None, :, None] * np.array(colour) * grain, np.float32)


def test_a_soft_picture_gets_its_detail_back(ctx: Context) -> None:
    texture = striped(64, 8, (0.9, 0.5, 0.2))
    soft = blur(striped(80, 8, (0.9, 0.5, 0.2)), 1.5)
    *_, crisp = crispened(ctx, soft, [Part(texture)], False, blur)
    sharp = [float(np.abs(np.diff(p, axis=1)).mean()) for p in (soft, crisp, texture)]
    assert sharp[1] > sharp[0] + 0.7 * (sharp[2] - sharp[0])
    assert np.abs(blur(crisp, 3) - blur(soft, 3)).mean() < 0.05, "it shows the same"


def learnt(name: str) -> Floats:
    """What a space would learn of a sample that ships."""
    with as_file(sample(name).file) as file:
        return np.asarray(learnt_part(open_picture(file).decoded()), np.float32) / np.float32(255)


@pytest.mark.parametrize("name", ["basket-weave", "sand"])
def test_grain_that_no_sample_has_is_not_followed(ctx: Context, name: str) -> None:
    """The guide has the sample's forms, bent and soft, as a network makes them."""
    seen = learnt(name)
    texture, other = seen[:160, :160], seen[-128:, -128:]
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:128, :128].astype(np.float32)
    down, across = (24 * blur(rng.standard_normal((128, 128)).astype(np.float32), 3) for _ in range(2))
    bent = cv2.remap(blur(other, 1.0), x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    *_, crisp = crispened(ctx, np.asarray(bent, np.float32), [Part(texture)], False, blur)
    assert fidelity(crisp, texture) < 1.0


def flecked(side: int, seed: int, slant: int) -> Floats:
    """Gray grain that runs down to the right (1) or to the left (-1)."""
    grain = np.random.default_rng(seed).standard_normal((side, side)).astype(np.float32)
    along = sum(np.roll(grain, (k, slant * k), (0, 1)) for k in range(-4, 5))
    return np.asarray(np.clip(0.5 + 0.06 * along, 0, 1), np.float32)[..., None].repeat(3, 2)


def slant(picture: Floats) -> float:
    """How much more like flecked(1) than like flecked(-1) it is: correlations with the neighbours across."""
    x = picture.mean(axis=2) - picture.mean()
    down_right = (x[:-2, :-2] * x[2:, 2:]).mean()
    down_left = (x[:-2, 2:] * x[2:, :-2]).mean()
    return float((down_right - down_left) / np.square(x).mean())


def test_between_two_samples_it_goes_over_from_one_to_the_other(ctx: Context) -> None:
    """Evenly, and without losing contrast on the way."""
    one, other = flecked(64, 1, 1), flecked(64, 2, -1)
    soft = np.full((96, 96, 3), 0.5, np.float32) + 0.02 * (flecked(96, 3, 1) - 0.5)
    shares = np.linspace(0, 1, 6)
    made = [list(crispened(ctx, soft, [Part(one, 1 - t), Part(other, t)], False, blur))[-1] for t in shares]
    seen = np.array([slant(picture) for picture in made])
    assert (np.diff(seen) < 0).all() and np.abs(np.diff(seen)).max() < 0.45 * (seen[0] - seen[-1])
    contrasts = np.array([picture.std() for picture in made])
    assert contrasts.min() > 0.85 * min(contrasts[0], contrasts[-1])


def test_a_sample_alone_keeps_its_colours(ctx: Context) -> None:
    """A soft picture with green where the sample has none: it does not come through, unless it is what is meant."""
    brown = striped(64, 8, (0.5, 0.35, 0.25))
    soft = blur(striped(80, 8, (0.5, 0.35, 0.25)), 1.5)
    soft[30:50, 30:50] = soft[30:50, 30:50] * np.array([0.4, 1.6, 0.6], np.float32)

    def greenest(part: Part) -> float:
        *_, crisp = crispened(ctx, soft, [part], False, blur)
        return float((crisp[..., 1] - crisp[..., 0]).max())

    own = float((brown[..., 1] - brown[..., 0]).max())
    assert greenest(Part(brown)) < own + 0.02
    assert greenest(Part(brown, meant=0.0)) > own + 0.1
    assert greenest(Part(brown, 0.5)) > own + 0.1, "half of a sample is something else as well"


def test_each_place_takes_its_own_sample(ctx: Context) -> None:
    red, blue = striped(48, 6, (0.9, 0.1, 0.1)), striped(40, 10, (0.1, 0.2, 0.9))
    soft = blur(np.concatenate([striped(60, 6, (0.9, 0.1, 0.1)), striped(60, 10, (0.1, 0.2, 0.9))], axis=1), 1.2)
    left = np.broadcast_to((np.arange(120) < 60).astype(np.float32), (60, 120))
    *_, crisp = crispened(ctx, soft[:60], [Part(red, left), Part(blue, 1 - left)], False, blur)
    assert (crisp[:, :50, 0] > crisp[:, :50, 2]).mean() > 0.97
    assert (crisp[:, 70:, 2] > crisp[:, 70:, 0]).mean() > 0.97
    alone = list(crispened(ctx, soft[:60], [Part(red, left)], False, blur))[-1]
    assert np.array_equal(alone[:, 80:], soft[:60, 80:]), "where there is nothing of any sample the picture stays"


def test_of_a_sample_with_no_share_nothing_is_laid(ctx: Context) -> None:
    red, blue = striped(48, 6, (0.9, 0.1, 0.1)), striped(40, 10, (0.1, 0.2, 0.9))
    soft = blur(striped(60, 6, (0.9, 0.1, 0.1)), 1.2)
    both = list(crispened(ctx, soft, [Part(red), Part(blue, 0.01)], False, blur))[-1]
    assert np.array_equal(both, list(crispened(ctx, soft, [Part(red)], False, blur))[-1])


def test_a_tile_stays_one(ctx: Context) -> None:
    texture = striped(64, 8, (0.9, 0.5, 0.2))
    soft = blur(np.tile(striped(64, 8, (0.9, 0.5, 0.2)), (3, 3, 1)), 1.5)[64:128, 64:128]
    *_, crisp = crispened(ctx, soft, [Part(texture)], True, blur)
    for axis in (0, 1):
        inside = np.abs(np.diff(crisp, axis=axis)).mean(axis=(1 - axis, 2))
        joint = float(np.abs(np.take(crisp, 0, axis) - np.take(crisp, -1, axis)).mean())
        assert joint < inside.mean() + 2 * inside.std()


@pytest.mark.parametrize("size", [(1, 1), (3, 60), (9, 9)])
def test_what_is_too_small_stays(ctx: Context, size: tuple[int, int]) -> None:
    picture = np.full((*size, 3), 0.4, np.float32)
    *_, crisp = crispened(ctx, picture, [Part(striped(40, 8, (0.5, 0.5, 0.5)))], False, blur)
    assert np.array_equal(crisp, picture)
