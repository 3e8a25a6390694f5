"""Rectangles of a texture: tiles, threads, maps, and views."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Stopped, Unusable
from engine.nets.texture_space.generator import CELL, REACH, Span
from engine.nets.texture_space.rendering import MARGIN, CodeMap, Crossed, rendered, whole
from engine.nets.texture_space.space import Space
from engine.nets.texture_space.space_file import restored
from engine.nets.texture_space.view import View, coloured, softened, viewed
from engine.region import Rect
from tests.contract.models import tiny_space


@pytest.fixture(scope="module")
def space() -> Space:
    return restored(tiny_space())


@pytest.fixture
def ctx() -> Iterator[Context]:
    made = Context(seed=4, threads=2)
    yield made
    made.close()


def test_parts_cover_a_rectangle_once(ctx: Context, space: Space) -> None:
    rect = Rect(-30, 100, 200, 70)
    seen = np.zeros((70, 200), np.int32)
    for part, pixels in rendered(ctx, space.generator, space.codes[0], rect):
        assert pixels.shape == (part.h, part.w, 3) and pixels.min() >= 0 and pixels.max() <= 1
        seen[part.moved(30, -100).slices] += 1
    assert (seen == 1).all()


def test_any_rectangle_has_the_bytes_of_the_whole(ctx: Context, space: Space) -> None:
    all_of_it = whole(ctx, space.generator, space.codes[1], Rect(0, 0, 300, 260))
    for rect in (Rect(5, 250, 10, 10), Rect(100, 90, 60, 80), Rect(299, 0, 1, 1)):
        assert np.array_equal(whole(ctx, space.generator, space.codes[1], rect), all_of_it[rect.slices])


def test_threads_do_not_matter(space: Space) -> None:
    made = []
    for threads in (1, 3):
        ctx = Context(seed=4, threads=threads)
        made.append(whole(ctx, space.generator, space.codes[2], Rect(0, 0, 270, 140)))
        ctx.close()
    assert np.array_equal(made[0], made[1])


def test_painting_leaves_what_is_far_alone(ctx: Context, space: Space) -> None:
    """Bit for bit, beyond the margin; and does change what was painted."""
    rect = Rect(0, 0, 384, 256)
    rows, columns = CodeMap.cells_of((384, 256))
    codes = np.repeat(space.codes[:1], rows * columns, 0).reshape(rows, columns, -1)
    before = whole(ctx, space.generator, CodeMap(codes), rect)
    painted = codes.copy()
    painted[4:8, 6:12] = space.codes[1]
    after = whole(ctx, space.generator, CodeMap(painted), rect)
    touched = Rect(6 * CELL, 4 * CELL, 6 * CELL, 4 * CELL)
    changed = (before != after).any(axis=2)
    assert np.abs(after - before)[touched.slices].mean() > 0.02
    outside = np.ones(changed.shape, np.bool_)
    outside[touched.grown(MARGIN).clipped(rect).slices] = False
    assert not changed[outside].any()


@pytest.mark.parametrize("below", [1, 4, 16])
def test_a_point_crossed_with_itself_is_that_point(ctx: Context, space: Space, below: int) -> None:
    rect, code = Rect(3, 5, 140, 60), space.codes[0]
    crossed = whole(ctx, space.generator, Crossed(code, code, below), rect)
    assert np.array_equal(crossed, whole(ctx, space.generator, code, rect))


def test_windows_of_crossed_points_agree(ctx: Context, space: Space) -> None:
    rows, columns = CodeMap.cells_of((256, 256))
    codes = CodeMap(np.linspace(0, 1, rows * columns, dtype=np.float32).reshape(rows, columns, 1) * space.codes[1])
    crossed = Crossed(codes, space.codes[0], 2)
    all_of_it = whole(ctx, space.generator, crossed, Rect(0, 0, 256, 256))
    part = Rect(70, 100, 90, 80)
    assert np.array_equal(whole(ctx, space.generator, crossed, part), all_of_it[part.slices])


def test_a_tile_continues_itself(ctx: Context, space: Space) -> None:
    period = (96, 64)
    twice = whole(ctx, space.generator, space.codes[0], Rect(0, 0, 192, 128), period=period)
    assert np.allclose(twice[:64], twice[64:], atol=1e-6) and np.allclose(twice[:, :96], twice[:, 96:], atol=1e-6)


def test_a_map_that_tiles_looks_over_its_edge(space: Space) -> None:
    codes = np.arange(6 * 4, dtype=np.float32).reshape(4, 6, 1)
    span = Span(0, 32)
    around = CodeMap(codes).around(span, Span(0, 48), (48, 32))
    assert around[0, 0, 0, 0] == codes[-REACH % 4, -REACH % 6, 0]
    plain = CodeMap(codes).around(span, Span(0, 48), None)
    assert plain[0, 0, 0, 0] == codes[0, 0, 0] and plain[0, -1, -1, 0] == codes[-1, -1, 0]


def test_stopped_in_the_middle(ctx: Context, space: Space) -> None:
    parts = rendered(ctx, space.generator, space.codes[0], Rect(0, 0, 1000, 1000))
    next(parts)
    ctx.stop()
    with pytest.raises(Stopped):
        for _ in parts:
            pass


def seen(ctx: Context, space: Space, rect: Rect, view: View, tiled: tuple[int, int] | None = None) -> np.ndarray:
    out = np.zeros((rect.h, rect.w, 3), np.float32)
    for part, pixels in viewed(ctx, space.generator, space.codes[0], rect, view, tiled=tiled):
        out[part.moved(-rect.x, -rect.y).slices] = pixels
    return out


def test_a_plain_view_is_the_texture(ctx: Context, space: Space) -> None:
    rect = Rect(10, 20, 150, 90)
    assert np.array_equal(seen(ctx, space, rect, View()), whole(ctx, space.generator, space.codes[0], rect))


@pytest.mark.parametrize("view", [View(scale=1.7), View(scale=0.4), View(turn=33.0), View(softness=2.0)])
def test_windows_of_a_view_agree(ctx: Context, space: Space, view: View) -> None:
    all_of_it = seen(ctx, space, Rect(0, 0, 160, 140), view)
    part = Rect(90, 60, 70, 50)
    assert np.allclose(seen(ctx, space, part, view), all_of_it[part.slices], atol=2e-4)


def test_a_quarter_turn_is_the_texture_turned(ctx: Context, space: Space) -> None:
    turned = seen(ctx, space, Rect(0, 0, 40, 50), View(turn=90.0))
    plain = whole(ctx, space.generator, space.codes[0], Rect(-50, 0, 50, 40))
    assert np.allclose(turned, np.rot90(plain), atol=1e-4), "to the left"


def test_twice_as_large_is_half_as_fine(ctx: Context, space: Space) -> None:
    large = seen(ctx, space, Rect(0, 0, 128, 128), View(scale=2.0))
    small = whole(ctx, space.generator, space.codes[0], Rect(0, 0, 64, 64))
    assert np.corrcoef(large.reshape(64, 2, 64, 2, 3).mean((1, 3)).ravel(), small.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("size", [(100, 61), (7, 5), (250, 130)])
@pytest.mark.parametrize("scale", [1.0, 0.6])
def test_a_tile_of_any_size_wraps(ctx: Context, space: Space, size: tuple[int, int], scale: float) -> None:
    """Rendered beyond its edge, it begins again."""
    wide = seen(ctx, space, Rect(0, 0, size[0] + 9, size[1] + 4), View(scale=scale), size)
    assert np.allclose(wide[size[1] :, : size[0]], wide[:4, : size[0]], atol=2e-4)
    assert np.allclose(wide[: size[1], size[0] :], wide[: size[1], :9], atol=2e-4)


def test_a_turned_tile_is_refused(ctx: Context, space: Space) -> None:
    with pytest.raises(Unusable, match="does not tile"):
        seen(ctx, space, Rect(0, 0, 20, 20), View(turn=10.0), (20, 20))


def test_colours_of_a_view() -> None:
    pixels = np.random.default_rng(0).random((5, 6, 3)).astype(np.float32)
    luma = np.array([0.299, 0.587, 0.114], np.float32)
    assert coloured(pixels, View()) is pixels
    assert np.allclose(coloured(pixels, View(lightness=1.0)), 1) and not coloured(pixels, View(lightness=-1.0)).any()
    assert np.allclose(coloured(pixels, View(contrast=0.0)), 0.5)
    gray = coloured(pixels, View(saturation=0.0))
    assert np.allclose(gray, (pixels @ luma)[..., None], atol=1e-5)
    inner = 0.4 + 0.2 * pixels
    there_and_back = coloured(coloured(inner, View(hue=75.0)), View(hue=-75.0))
    assert np.allclose(there_and_back, inner, atol=1e-4)
    assert np.allclose(coloured(inner, View(hue=120.0)) @ luma, inner @ luma, atol=2e-3), "hue keeps the light"


def test_softened_keeps_flat_and_wraps() -> None:
    assert np.allclose(softened(np.full((9, 7, 3), 0.3, np.float32), 2.0, False), 0.3, atol=1e-6)
    pixels = np.random.default_rng(0).random((20, 24, 3)).astype(np.float32)
    there = softened(np.roll(pixels, (3, 5), (0, 1)), 1.5, True)
    assert np.allclose(there, np.roll(softened(pixels, 1.5, True), (3, 5), (0, 1)), atol=1e-6)
