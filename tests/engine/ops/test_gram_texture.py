"""Textures from statistics: what a person asks for is what comes out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.nets.likeness import Likeness
from engine.operation import Execution
from engine.ops.synthesize.gram_texture import CARD, LAYERS, PROCESSOR, _canvas, gram_texture
from engine.region import Size


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def checks(side: int, channels: int = 3) -> Image:
    y, x = np.mgrid[:side, :side]
    board = ((x // 5 + y // 5) % 2 * 150 + 40)[..., None] + np.random.default_rng(2).integers(0, 30, (side, side, 3))
    if channels in (2, 4):
        alpha = np.full((side, side, 1), 255)
        alpha[:, side // 2 :] = 0
        board = np.concatenate([board[..., : channels - 1], alpha], axis=2)
    return Image(board[..., :channels].astype(np.uint8))


def made(sample: Image, size: Size = (64, 64), **values: Any) -> np.ndarray:
    ctx = Context(seed=3, threads=1)
    execution = Execution(gram_texture, {"sample": sample}, gram_texture.params(**{"steps": 2, **values}), ctx, size)
    for _ in execution:
        pass
    ctx.close()
    return execution.result().image().pixels


def test_a_tile_has_no_seam() -> None:
    """Steps across the wrapped edge are like those inside."""

    def seam(pixels: np.ndarray) -> float:
        rows = np.abs(np.diff(pixels.astype(float), axis=0)).mean((1, 2))
        across = np.abs(pixels[0].astype(float) - pixels[-1]).mean()
        return float((across - rows.mean()) / rows.std())

    values: dict[str, Any] = {"layers": "conv1-3", "steps": 8}
    assert seam(made(checks(64), tileable=True, **values)) < 2
    assert made(checks(64), (50, 70), tileable=True, layers="conv1").shape == (70, 50, 3)


def test_patches_and_random_filters_need_no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*which: object) -> None:
        raise Unusable("Weights are not here")

    monkeypatch.setattr("engine.nets.vgg.loaded", missing)
    monkeypatch.setattr("engine.nets.vgg_looks._convolutions", missing)
    for weights in ("random", "patches"):
        assert made(checks(48), weights=weights, layers="conv1-2").std() > 10
    with pytest.raises(Unusable):
        made(checks(48))


def test_where_memory_is_full_it_is_grown_smaller_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, sizes = Likeness.slope, []

    def slope(self: Likeness, picture: torch.Tensor, check: Any) -> tuple[float, torch.Tensor]:
        sizes.append(picture.shape[2] * picture.shape[3])
        if sizes[-1] > 140 * 140:
            raise MemoryError
        return whole(self, picture, check)

    monkeypatch.setattr(Likeness, "slope", slope)
    ctx = Context(threads=1, size=(160, 160))
    params = gram_texture.params(steps=2, layers="conv1-2")
    execution = Execution(gram_texture, {"sample": checks(128)}, params, ctx, (160, 160))
    notes = [frame.note for frame in execution]
    ctx.close()
    assert notes[-1].endswith("grown smaller: memory is full")
    assert max(sizes) > 140 * 140 >= sizes[-1] and execution.result().image().size == (160, 160)


def test_a_texture_has_the_colours_of_its_sample() -> None:
    sample = checks(64)
    pixels = made(sample, layers="conv1-3", steps=6)
    assert np.abs(pixels.mean((0, 1)) - sample.pixels.mean((0, 1))).max() < 12
    assert abs(float(pixels.std()) / float(sample.pixels.std()) - 1) < 0.25


def test_what_is_hidden_is_no_part_of_it() -> None:
    sample = checks(48, 4)
    pixels = sample.pixels.copy()
    pixels[:, 24:, :3] = (255, 0, 0)
    assert np.array_equal(made(Image(pixels), layers="conv1"), made(sample, layers="conv1"))


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_other_kinds_of_pictures(channels: int) -> None:
    assert made(checks(40, channels), (40, 36), layers="conv1").shape == (36, 40, channels)


def test_too_small_a_sample_is_said() -> None:
    with pytest.raises(Unusable, match="16 px"):
        made(checks(12))


def test_every_choice_of_layers_names_layers() -> None:
    assert all(1 <= number <= 5 for numbers in LAYERS.values() for number in numbers)
    assert LAYERS["conv1-5"] == (1, 2, 3, 4, 5)


def test_what_is_grown_is_no_larger_than_can_be() -> None:
    for most in (PROCESSOR, CARD):
        for sample in ((64, 64), (256, 192), (2000, 1500)):
            for wanted in ((1, 1), (300, 300), (1024, 1024), (6000, 40), (4000, 4000)):
                factor, canvas = _canvas(sample, wanted, False, most)
                assert 0 < factor <= 1 and min(canvas) >= 16 and canvas[0] * canvas[1] <= most
                assert canvas[0] % 16 == 0 and canvas[1] % 16 == 0
    assert _canvas((256, 256), (256, 256), False, PROCESSOR) == (1.0, (256, 256))
    assert _canvas((256, 256), (512, 512), False, PROCESSOR)[0] == pytest.approx(264 / 512)


def test_large_ones_are_laid_along_with_the_samples_own_pixels() -> None:
    sample = checks(128)
    pixels = made(sample, (560, 560), layers="conv1", steps=1)
    own = {tuple(pixel) for pixel in sample.pixels.reshape(-1, 3)}
    assert pixels.shape == (560, 560, 3)
    assert all(tuple(pixel) in own for pixel in pixels[::37, ::41].reshape(-1, 3))
