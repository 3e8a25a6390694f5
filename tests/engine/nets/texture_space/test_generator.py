"""The generator and its randomness: windows of one endless picture agree, whatever was asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.nets.texture_space.generator import (
    CELL,
    COARSEST,
    Generator,
    Shape,
    Span,
    Styled,
    _enlarged,
    _notched,
    cells,
)
from engine.nets.texture_space.randomness import noise, places, whole
from tests.contract.models import tiny_space

MASK = (1 << 64) - 1


def mixed(z: int, counter: int) -> int:
    """SplitMix64's finaliser in plain whole numbers."""
    z = (z + 0x9E3779B97F4A7C15 + counter * 0xD1342543DE82EF95) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_noise_is_the_hash_of_its_place() -> None:
    rows, columns = places(-2, 3, None), places(5, 9, None)
    made = noise(77, 3, 2, rows, columns)
    for channel in range(2):
        for j, y in enumerate(range(-2, 3)):
            for i, x in enumerate(range(5, 9)):
                word = mixed(mixed(mixed(mixed(77, 3), channel), y & MASK), x)
                assert made[channel, j, i] == pytest.approx(((word >> 40) / 2**24 - 0.5) * 12**0.5, abs=1e-6)


def test_noise_is_even_and_uncorrelated() -> None:
    made = noise(1, 0, 4, places(0, 96, None), places(0, 96, None)).reshape(4, -1)
    assert abs(made.mean()) < 0.02 and abs(made.std() - 1) < 0.02
    assert np.abs(np.corrcoef(made) - np.eye(4)).max() < 0.05
    assert abs(np.corrcoef(made[0, :-1], made[0, 1:])[0, 1]) < 0.05


def test_noise_repeats_after_its_period() -> None:
    far = noise(9, 1, 1, places(-7, 13, 5), places(0, 20, 5))[0]
    assert np.array_equal(far[:5], far[5:10]) and np.array_equal(far[:, :5], far[:, 15:20])


def test_whole_numbers_stay_below() -> None:
    drawn = whole(3, 1, 4000, 7)
    assert set(drawn) == set(range(7))
    assert np.abs(np.bincount(drawn) / 4000 - 1 / 7).max() < 0.03


def small(smooth: bool, slots: int, seed: int, notched: bool = True) -> Generator:
    """Of two textures in gray, drawn and not learnt, and a second convolution at two sizes."""
    channels = (12, 10, 8, 6, 5)
    made = Generator(Shape(3, channels, (8, 4), noise=3, slots=slots, anchors=2, smooth=smooth, notched=notched))
    made.settle(seed)
    colours = np.full((2, 3), 0.5, np.float32), np.stack([0.3 * np.eye(3, dtype=np.float32)] * 2)
    made.last.tint(np.eye(2, 3, dtype=np.float32), *colours)
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="module", params=[(True, True), (True, False), (False, False)], ids=["notched", "smooth", "old"])
def net(request: pytest.FixtureRequest) -> Generator:
    """With waves, as those of each version of the file."""
    smooth, notched = request.param
    made = small(smooth, 2, 4, notched)
    made.waves[0, 0] = torch.tensor([0.03, 0.05, 1.0])
    made.waves[1, 1] = torch.tensor([0.0, 0.11, 1.0])
    made.anchors[:] = torch.tensor([[1.0, 0, 0], [0, 1.0, 0]])
    return made


def code(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers).reshape(1, 1, 1, -1)


def test_enlarged_is_linear_in_between() -> None:
    x = torch.randn(1, 3, 6, 9, generator=torch.Generator().manual_seed(2))
    there = torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    assert torch.allclose(_enlarged(x), there[:, :, 1:-1, 1:-1], atol=1e-6)


def test_the_notch_takes_a_halftone_and_leaves_stripes() -> None:
    y, x = np.mgrid[:11, :14]
    halftone, stripes, flat = (-1.0) ** (y + x), (-1.0) ** x, np.full(y.shape, 0.3)
    for picture, left in ((halftone, 0.0), (stripes, 1.0), (flat, 1.0)):
        shown = torch.from_numpy(np.stack([picture, 2 * picture]).astype(np.float32))[None]
        assert torch.allclose(_notched(shown), left * shown[:, :, 1:-1, 1:-1], atol=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_what_is_made_has_no_halftone(seed: int) -> None:
    """By its spectrum, at periods of 2 px to 2.1 px along both sides."""
    window = np.hanning(256)[:, None] * np.hanning(256)

    def halftone(notched: bool) -> float:
        made = small(True, 0, seed, notched)(code(0.5, -0.2, 0.9), 7, Span(-1, 255), Span(3, 259))[0].mean(0).numpy()
        return float(np.abs(np.fft.fft2((made - made.mean()) * window)[122:135, 122:135]).mean())

    assert halftone(True) < 0.05 * halftone(False)


def test_what_is_notched_is_the_same_picture() -> None:
    """But for the halftone: what is broad is the same, place for place."""
    plain, notched = (
        small(True, 0, 1, way)(code(0.5, -0.2, 0.9), 7, Span(10, 74), Span(-5, 59)) for way in (False, True)
    )
    assert not torch.equal(plain, notched)
    reduced = [torch.nn.functional.avg_pool2d(picture, 8) for picture in (plain, notched)]
    assert (reduced[0] - reduced[1]).std() < 0.05 * reduced[0].std()


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_no_lines_where_cells_meet(seed: int) -> None:
    """Steps from row to row are as large at the edges of the coarsest cells as between them."""

    def unevenness(smooth: bool) -> float:
        net = small(smooth, 0, seed)
        for layer in net.layers:
            if isinstance(layer, Styled) and layer.strength is not None:
                layer.strength.bias.zero_()  # noise would hide the lines
        made = net(code(0.5, -0.2, 0.9), 7, Span(0, 513), Span(0, 512))
        steps = made.diff(dim=2).square().mean((0, 1, 3)).reshape(-1, COARSEST).mean(0)
        return float(steps.max() / steps.mean())

    assert unevenness(smooth=True) < 1.2 < 1.3 < unevenness(smooth=False)


def test_windows_are_parts_of_the_whole(net: Generator) -> None:
    w = code(0.5, -0.2, 0.9)
    all_of_it = net(w, 8, Span(-40, 120), Span(-16, 150))
    for rows, columns in ((Span(-40, -7), Span(0, 33)), (Span(13, 14), Span(77, 150)), (Span(-3, 120), Span(-16, 1))):
        part = net(w, 8, rows, columns)
        there = all_of_it[:, :, rows.start + 40 : rows.stop + 40, columns.start + 16 : columns.stop + 16]
        assert torch.allclose(part, there, atol=2e-6)


def test_seed_code_and_place_all_matter(net: Generator) -> None:
    base = net(code(0.5, -0.2, 0.9), 8, Span(0, 32), Span(0, 32))
    assert not torch.allclose(base, net(code(0.5, -0.2, 0.9), 9, Span(0, 32), Span(0, 32)), atol=1e-3)
    assert not torch.allclose(base, net(code(0.5, 0.2, 0.9), 8, Span(0, 32), Span(0, 32)), atol=1e-3)
    assert not torch.allclose(base, net(code(0.5, -0.2, 0.9), 8, Span(32, 64), Span(0, 32)), atol=1e-3)


def test_a_period_repeats_everything(net: Generator) -> None:
    w = code(1.0, 0.1, 0.0)
    made = net(w, 3, Span(0, 96), Span(0, 128), (48, 64))
    assert torch.allclose(made[:, :, :48], made[:, :, 48:], atol=2e-6)
    assert torch.allclose(made[..., :64], made[..., 64:], atol=2e-6)


def test_a_map_of_one_code_is_that_code(net: Generator) -> None:
    w = code(0.4, 0.3, -0.8)
    rows, columns = Span(8, 90), Span(-24, 40)
    down, across = cells(rows), cells(columns)
    spread = w.expand(1, down[1] - down[0], across[1] - across[0], 3).contiguous()
    assert torch.allclose(net(spread, 2, rows, columns), net(w, 2, rows, columns), atol=5e-6)


def test_windows_of_a_map_are_parts_of_the_whole(net: Generator) -> None:
    rows, columns = Span(0, 128), Span(0, 96)
    down, across = cells(rows), cells(columns)
    codes = torch.randn(1, down[1] - down[0], across[1] - across[0], 3, generator=torch.Generator().manual_seed(1))
    all_of_it = net(codes, 2, rows, columns)
    for inner_rows, inner_columns in ((Span(32, 64), Span(16, 96)), (Span(71, 128), Span(5, 20))):
        a, b = cells(inner_rows), cells(inner_columns)
        some = codes[:, a[0] - down[0] : a[1] - down[0], b[0] - across[0] : b[1] - across[0]]
        part = net(some, 2, inner_rows, inner_columns)
        there = all_of_it[:, :, inner_rows.start : inner_rows.stop, inner_columns.start : inner_columns.stop]
        assert torch.allclose(part, there, atol=5e-6)


def test_each_anchor_is_heard_at_its_code(net: Generator) -> None:
    near = net._near(net.anchors[None, None])
    assert near.shape == (1, 2, 1, 2)
    assert near[0, 0, 0, 0] > 0.97 and near[0, 1, 0, 1] > 0.97
    assert torch.allclose(near.sum(1), torch.ones(1, 1, 2))


@pytest.mark.parametrize("length", [0.1, 1.0, 8.0])
def test_waves_fade_over_the_same_part_of_any_way(net: Generator, length: float) -> None:
    """One pair of anchors lies close together, a third one far off."""
    anchors = torch.tensor([[0.0, 0, 0], [length, 0, 0], [0, 30.0, 0]])
    made = Generator(Shape(3, (4, 4, 4, 4, 4), (), noise=1, slots=1, anchors=3))
    made.anchors[:] = anchors
    ways = torch.tensor([0.35, 0.42, 0.5, 0.58, 0.65])
    near = made._near(torch.lerp(anchors[:1], anchors[1:2], ways[:, None])[None, None, :, :])[0, :, 0]
    assert torch.allclose(near[:2, 2], torch.tensor([0.5, 0.5]), atol=1e-3)
    assert near[0, 0] > 0.97 and near[1, 4] > 0.97
    assert 0.6 < near[0, 1] < 0.95 and 0.6 < near[1, 3] < 0.95


def test_a_wave_is_the_wave_that_it_says(net: Generator) -> None:
    """Against cosines written out, at a finer size and far from the origin."""
    near = torch.tensor([1.0, 0.0]).reshape(1, 2, 1, 1)
    heard = net._heard(near, 5, 2, Span(500, 504), Span(-9, -4), None).numpy()
    away = whole(5, 1 << 16, 2, 1 << 20)
    for j, y in enumerate(range(500, 504)):
        for i, x in enumerate(range(-9, -4)):
            turns = 0.03 * ((y + 0.5) * 2 + away[0]) + 0.05 * ((x + 0.5) * 2 + away[1])
            assert heard[0, 0, j, i] == pytest.approx(2**0.5 * np.cos(2 * np.pi * turns), abs=2e-2)
            assert heard[0, 1, j, i] == pytest.approx(2**0.5 * np.sin(2 * np.pi * turns), abs=2e-2)
    assert not heard[0, 2:].any(), "the other anchor's wave is silent here"


def test_a_wave_too_fine_for_a_size_is_silent(net: Generator) -> None:
    near = torch.tensor([0.0, 1.0]).reshape(1, 2, 1, 1)
    assert not net._heard(near, 5, 8, Span(0, 4), Span(0, 4), None).any()
    assert net._heard(near, 5, 4, Span(0, 4), Span(0, 4), None).any()


def test_tint_gives_each_code_its_colours() -> None:
    net = Generator(Shape(2, (6, 6, 6, 6, 6), (), noise=2, slots=0, anchors=3))
    net.settle(1)
    codes = np.array([[1, 0], [0, 1], [-1, -1]], np.float32)
    means = np.array([[0.2, 0.5, 0.7], [0.6, 0.1, 0.3], [0.9, 0.9, 0.1]], np.float32)
    roots = np.stack([np.diag([0.1, 0.02, 0.3]), np.eye(3) * 0.05, np.full((3, 3), 0.04)]).astype(np.float32)
    net.last.tint(codes, means, roots)
    with torch.no_grad():
        shift, mix = net.last.shift(torch.from_numpy(codes)), net.last.mix
        assert mix is not None
        assert np.allclose(shift.numpy(), means, atol=2e-3)
        assert np.allclose(mix(torch.from_numpy(codes)).numpy().reshape(3, 3, 3), roots, atol=2e-3)


def test_a_cell_is_what_the_operations_take_it_for() -> None:
    from engine.ops.latent import texture_space

    assert texture_space.CELL == CELL
    assert tiny_space() is tiny_space()
