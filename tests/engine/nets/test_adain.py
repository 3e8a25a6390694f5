"""AdaIN against the published computation written out plainly, and tiles against the whole picture."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.image import Floats
from engine.nets import adain as net
from engine.nets.adain import Mix, Statistics
from engine.nets.running import threads
from engine.nets.style_pictures import StylePicture, enlarged, repeated, resized
from engine.nets.vgg import encoder
from engine.nets.weights import loaded
from engine.region import Rect

PLAN: list[tuple[int, int] | None] = [
    (512, 256), None, (256, 256), (256, 256), (256, 256), (256, 128), None, (128, 128), (128, 64), None, (64, 64)
]  # fmt: skip


@pytest.fixture(autouse=True)
def plain_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Iterator[None]:
    monkeypatch.setenv("SCUMBLE_HOME", str(tmp_path))
    net.forget()
    with torch.inference_mode():
        yield
    net.forget()


def no_look() -> None:
    """Nobody wants to stop."""


def picture(height: int, width: int, seed: int = 1) -> Floats:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 20.0
    waves = 0.5 + 0.3 * np.sin(x + 2 * y)[..., None] * rng.uniform(0.2, 1, 3)
    return np.clip(waves + rng.normal(0, 0.1, (height, width, 3)), 0, 1).astype(np.float32)


def published_decoder() -> nn.Sequential:
    layers: list[nn.Module] = []
    for step in PLAN:
        layers += [nn.ReflectionPad2d(1), nn.Conv2d(*step, 3), nn.ReLU()] if step else [nn.Upsample(scale_factor=2)]
    decoder = nn.Sequential(*layers, nn.ReflectionPad2d(1), nn.Conv2d(64, 3, 3))
    decoder.load_state_dict(loaded("adain-decoder"))
    return decoder


def published(content: Floats, style: Floats, strength: float) -> Floats:
    """The authors' computation, whole pictures at once."""
    see = encoder("relu4_1")
    a, b = (see(torch.from_numpy(each.transpose(2, 0, 1).copy())[None]) for each in (content, style))

    def moments(f: Tensor) -> tuple[Tensor, Tensor]:
        return f.mean((2, 3), keepdim=True), (f.var((2, 3), keepdim=True) + 1e-5).sqrt()

    (mean, deviation), (other_mean, other_deviation) = moments(a), moments(b)
    target = (a - mean) / deviation * other_deviation + other_mean
    made = published_decoder()(target * strength + a * (1 - strength))
    return np.asarray(made[0, :, : content.shape[0], : content.shape[1]].permute(1, 2, 0).numpy())


def ours(content: Floats, style: Floats, strength: float, half: bool = False) -> Floats:
    statistics = net.statistics_of(StylePicture(style), "cpu", no_look)
    seen = net.seen(content, "cpu", half, no_look)
    mix = Mix(seen.statistics, (statistics,), (1.0,), None, strength)
    out = np.full((*content.shape[:2], 3), np.nan, np.float32)
    for tile, made in net.decoded(seen.values, Rect.of(content).size, mix, no_look, half=half):
        out[tile.slices] = made
    return out


@pytest.mark.parametrize(("size", "strength"), [((64, 72), 1.0), ((51, 85), 0.6), ((16, 16), 1.3)])
def test_it_is_the_published_computation(size: tuple[int, int], strength: float) -> None:
    content, style = picture(*size), picture(56, 64, seed=2) ** 2
    np.testing.assert_allclose(ours(content, style, strength), published(content, style, strength), atol=2e-4)


def test_tiles_have_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sides that no tile divides; the margin is not a pixel too small."""
    content, style = picture(150, 205), picture(48, 48, seed=2)
    whole = ours(content, style, 1.0)
    monkeypatch.setattr(net, "TILE", 64)
    net.forget()
    assert len(net.tiles((205, 150))) == 12
    np.testing.assert_allclose(ours(content, style, 1.0), whole, atol=1e-4)


def test_the_margin_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above could not fail if the networks saw less than they do."""
    content, style = picture(96, 160), picture(48, 48, seed=2)
    whole = ours(content, style, 1.0)
    monkeypatch.setattr(net, "TILE", 64)
    monkeypatch.setattr(net, "MARGIN", 16)
    net.forget()
    assert np.abs(ours(content, style, 1.0) - whole).max() > 1e-3


def test_a_smaller_share_takes_smaller_tiles() -> None:
    sides = [max(tile.w for tile in net.tiles((4000, 3000), share)) for share in (1.0, 1 / 4, 1 / 16)]
    assert sides == [1024, 512, 256]
    tiles = net.tiles((2500, 1300))
    assert sum(tile.area for tile in tiles) == 2500 * 1300
    assert all(tile.x % net.STRIDE == tile.y % net.STRIDE == 0 for tile in tiles)
    assert len(net.tiles((1100, 1100))) == 1


def test_tiles_that_nobody_wants_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "TILE", 64)
    seen = net.seen(picture(64, 192), "cpu", False, no_look)
    mix = Mix(seen.statistics, (seen.statistics,), (1.0,), None, 1.0)
    made = list(net.decoded(seen.values, (192, 64), mix, no_look, wanted=lambda tile: tile.x == 64))
    assert [tile for tile, _ in made] == [Rect(64, 0, 64, 64)]


def test_half_precision_cannot_be_seen() -> None:
    """On the average less than half a step of eight bits; nowhere more than a few."""
    content, style = picture(96, 96), picture(64, 64, seed=2)
    full, half = np.clip(ours(content, style, 1.0), 0, 1), np.clip(ours(content, style, 1.0, half=True), 0, 1)
    assert np.abs(full - half).mean() < 0.5 * 4 / 255 and np.abs(full - half).max() < 16 / 255


def test_the_same_bytes_on_any_number_of_threads() -> None:
    content, style = picture(70, 90), picture(40, 52, seed=2)
    made = []
    for count in (1, 2, 3):
        net.forget()
        with threads(count):
            made.append((ours(content, style, 1.0), ours(content, style, 1.0, half=True)))
    assert all(np.array_equal(a, b) for other in made[1:] for a, b in zip(made[0], other, strict=True))


def test_statistics_count_what_weighs() -> None:
    torch.manual_seed(1)
    features = torch.rand(1, 512, 90, 50).contiguous(memory_format=torch.channels_last)
    left = np.zeros((90, 50), np.float32)
    left[:, :20] = 1
    found = Statistics.of(features, no_look, left)
    part = features[0, :, :, :20].reshape(512, -1)
    torch.testing.assert_close(found.mean, part.mean(1))
    torch.testing.assert_close(found.deviation, (part.var(1) + 1e-5).sqrt())
    none = Statistics.of(features, no_look, np.zeros((90, 50), np.float32))
    torch.testing.assert_close(none.mean, Statistics.of(features, no_look).mean)
    single = Statistics.of(features[:, :, :1, :1], no_look)
    torch.testing.assert_close(single.deviation, torch.full((512,), 1e-5).sqrt())


def test_a_mix_is_the_mean_of_its_styles() -> None:
    torch.manual_seed(1)
    features = torch.rand(1, 512, 6, 8)
    own = Statistics.of(features, no_look)
    styles = tuple(Statistics(torch.rand(512), torch.rand(512)) for _ in range(2))
    rect = Rect(2, 1, 5, 4)
    part = features[:, :, rect.y : rect.bottom, rect.x : rect.right]
    alone = [Mix(own, (style,), (1.0,), None, 0.7)(part, rect) for style in styles]
    torch.testing.assert_close(Mix(own, styles, (0.25, 0.75), None, 0.7)(part, rect), 0.25 * alone[0] + 0.75 * alone[1])
    places = np.random.default_rng(1).random((6, 8)).astype(np.float32)
    amount = torch.from_numpy(places[rect.slices])
    mixed = Mix(own, styles, (0.5, 0.5), np.stack([places, 1 - places]), 0.7)(part, rect)
    torch.testing.assert_close(mixed, amount * alone[0] + (1 - amount) * alone[1])
    torch.testing.assert_close(Mix(own, styles, (0.5, 0.5), None, 0.0)(part, rect), part)


def test_what_was_seen_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    content, style = picture(40, 48), picture(40, 40, seed=2)
    assert not net.knows(content, "cpu", no_look)
    first = ours(content, style, 1.0)
    assert net.knows(content.copy(), "cpu", no_look)
    monkeypatch.setattr(net, "encoded", None)
    assert np.array_equal(ours(content.copy(), style.copy(), 1.0), first)
    with pytest.raises(TypeError):
        ours(content[:, ::-1].copy(), style, 1.0)


def test_small_styles_are_laid_side_by_side() -> None:
    tiny = repeated(picture(3, 50), np.ones((3, 50), np.float32))
    assert tiny.pixels.shape == (32, 50, 3) and tiny.weights is not None and tiny.weights.shape == (32, 50)
    assert np.array_equal(tiny.pixels[3:6], tiny.pixels[:3])
    small = StylePicture(picture(100, 200)).reduced(0.5, 64)
    assert small.pixels.shape == (50, 100, 3)
    assert StylePicture(picture(100, 200)).reduced(0.01, 64).pixels.shape == (32, 64, 3)
    same = StylePicture(picture(40, 40))
    assert same.reduced(0.1, 64) is same


def test_enlarged_parts_are_those_of_the_whole() -> None:
    small = picture(9, 13)
    whole = enlarged(small, Rect(0, 0, 100, 70), (100, 70))
    part = Rect(20, 30, 40, 25)
    np.testing.assert_allclose(enlarged(small, part, (100, 70)), whole[part.slices], atol=1e-6)
    assert np.array_equal(enlarged(small, Rect(2, 3, 5, 4), (13, 9)), small[3:7, 2:7])
    assert resized(small, 3).shape == (27, 39, 3) and resized(small[..., 0], 0.01).shape == (1, 1)
