import numpy as np
import pytest

from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.operation import Execution
from engine.ops.fill.extend import Extend, extend


def extended(picture: Image, **values) -> tuple:
    ctx = Context(seed=1, threads=2)
    try:
        run = Execution(extend, {"picture": picture}, Extend(**{"right": 0, **values}), ctx)
        frames = list(run)
    finally:
        ctx.close()
    return run.result(), frames


def stripes(height: int = 60, width: int = 80) -> np.ndarray:
    y = np.mgrid[:height, :width][0]
    picture = np.where((y // 10 % 2 == 0)[..., None], (180, 60, 40), (40, 80, 160)).astype(np.float64)
    return np.clip(picture + np.random.default_rng(0).normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def test_stripes_go_on_to_both_sides() -> None:
    picture = stripes()
    result, frames = extended(Image(picture), left=24, right=20)
    made = result.image().pixels
    assert made.shape == (60, 124, 3) and np.array_equal(made[:, 24:104], picture)
    wanted = np.where((np.arange(60) // 10 % 2 == 0)[:, None, None], (180, 60, 40), (40, 80, 160))
    for part in (made[:, :24], made[:, 104:]):
        assert np.abs(part.astype(int) - wanted).mean() < 12
    assert frames[0].rect.size == (124, 60) and frames[0].fraction == 0


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_picture_itself_is_untouched_at_its_own_depth(dtype: type) -> None:
    rng = np.random.default_rng(1)
    if dtype == np.float32:
        # High dynamic range in linear light: there is no way back through the screen's 0..1 without a loss.
        picture = Image(rng.uniform(0, 7, (30, 34, 4)).astype(np.float32), peak=7.0, linear=True, icc=b"profile")
    else:
        picture = Image((rng.random((30, 34, 4)) * np.iinfo(dtype).max).astype(dtype), icc=b"profile")
    result, _ = extended(picture, left=5, top=7, right=3, bottom=2)
    image = result.image()
    assert image.size == (42, 39) and image.pixels.dtype == dtype and image.icc == b"profile"
    assert np.array_equal(image.pixels[7:37, 5:39], picture.pixels)
    assert np.array_equal(result.patch, image.pixels)


def test_pixels_are_copied_from_where_the_origin_says() -> None:
    picture = stripes()
    result, _ = extended(Image(picture), left=16, bottom=12, blend=0.0)
    origin = result.origin
    assert origin is not None and origin.exact
    new = np.ones((72, 96), bool)
    new[:60, 16:] = False
    assert np.array_equal(origin.known, new)
    assert np.array_equal(result.image().pixels[new], picture.reshape(-1, 3)[origin.places[new]])
    blended, _ = extended(Image(picture), left=16, bottom=12)
    assert blended.origin is not None and not blended.origin.exact


def test_what_stands_further_in_is_not_repeated() -> None:
    picture = np.random.default_rng(2).integers(90, 110, (60, 260, 3)).astype(np.uint8)
    picture[20:40, 150:190] = (250, 20, 20)
    result, _ = extended(Image(picture), left=20)
    origin = result.origin
    assert origin is not None
    assert (origin.places[:, :20] % 260 < 96).all()


def test_nothing_to_grow_is_said() -> None:
    with pytest.raises(Unusable, match="nothing to grow"):
        extended(Image(stripes()))
