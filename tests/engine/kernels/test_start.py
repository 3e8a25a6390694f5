"""The first arrangement: costs as a slow twin has them, pieces that stay inside, seams as they are defined."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.context import Context
from engine.kernels import balance
from engine.kernels.balance import STRENGTH
from engine.kernels.lattice import Lattice
from engine.kernels.quilting_grid import fronts
from engine.kernels.start import DETAIL_SHARE, FLOOR, SLACK, Arrangement, Pieces, Sheet, detailed, seams, shrunk
from engine.kernels.start_fit import NEVER, fitted

Shorts = NDArray[np.int16]


def _sheet(height: int, width: int, channels: int = 3, seed: int = 1) -> Sheet:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 256, (channels, height * width)).astype(np.int16)
    return Sheet(values, np.ones((height, width), np.bool_))


def _slow_cost(block: NDArray[np.int64], y: int, x: int, sheet: Sheet, quilt: NDArray[np.int32]) -> float:
    height, width = sheet.sides
    picture = sheet.planes.reshape(-1, height, width).astype(np.int64)
    y0, x0, h, w, top, bottom, left, right = (int(v) for v in block[:8])
    total, values = 0, 0
    for r in range(h):
        for c in range(w):
            if r < top or r >= h - bottom or c < left or c >= w - right:
                old = int(quilt[(y0 + r) % quilt.shape[0], (x0 + c) % quilt.shape[1]])
                difference = picture[:, y + r, x + c] - picture[:, old // width, old % width]
                total += int((difference**2).sum())
                values += len(picture)
    return total / max(values, 1)


@pytest.mark.parametrize("cyclic", [False, True])
def test_the_costs_are_those_of_the_slow_twin(cyclic: bool) -> None:
    sheet, rng = _sheet(20, 24), np.random.default_rng(4)
    quilt = rng.integers(0, 20 * 24, (30, 34)).astype(np.int32)
    compared = 0
    for blocks in fronts((34, 30), 9, 3, cyclic):
        lists = [sheet.corners(int(b[2]), int(b[3])) for b in blocks]
        first = np.concatenate([[0], np.cumsum([len(part) for part in lists])]).astype(np.int64)
        places = np.concatenate(lists)
        taxes = rng.uniform(1, 3, len(places))
        costs = fitted(Context(threads=2), blocks, first, places, sheet.planes, 24, quilt, taxes, FLOOR)
        for b, block in enumerate(blocks):
            slow = [
                (_slow_cost(block, y, x, sheet, quilt) + FLOOR) * tax
                for (y, x), tax in zip(lists[b], taxes[first[b] : first[b + 1]], strict=True)
            ]
            mine, expected = costs[first[b] : first[b + 1]], np.array(slow)
            kept = mine < NEVER
            np.testing.assert_allclose(mine[kept], expected[kept], rtol=1e-12)
            assert mine.min() == pytest.approx(expected.min())
            assert (expected[~kept] > expected.min()).all()
            assert kept[expected <= 1.099 * expected.min()].all()
            compared += int(kept.sum())
    assert compared > 100


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize("size", [(50, 41), (9, 9), (1, 1), (3, 70)])
def test_everything_is_covered_by_usable_pixels_on_any_number_of_threads(size: tuple[int, int], cyclic: bool) -> None:
    sheet = _sheet(40, 30)
    sheet.usable[18:24] = False
    pieces = Pieces(min(8, max(1, min(size) // 2) if cyclic else 8), 0, cyclic)
    pieces = Pieces(pieces.block, pieces.block // 3, cyclic)
    maps = []
    for threads in (1, 2):
        arrangement = Arrangement(Context(seed=3, threads=threads), sheet, size, pieces, 1.0, 0.1)
        for _ in arrangement:
            pass
        maps.append(arrangement.quilt)
    assert (maps[0] == maps[1]).all()
    assert (maps[0] >= 0).all()
    assert sheet.usable.reshape(-1)[maps[0]].all()


def test_pieces_keep_in_step_with_the_lattice() -> None:
    sheet, lattice = _sheet(48, 48), Lattice((0.0, 8.0), (12.0, 0.0), 1.0)
    arrangement = Arrangement(Context(), sheet, (96, 96), Pieces(18, 6, False), 1.0, 0.1, lattice)
    for _ in arrangement:
        pass
    y, x = np.mgrid[0:96, 0:96]
    sy, sx = np.divmod(arrangement.quilt, 48)
    # Noise has no lattice of its own, so that within the slack anything goes: but from piece to piece only.
    for axis, period in ((sy - y, 12), (sx - x, 8)):
        for turn in (0, 1):
            jumps = np.diff(axis, axis=turn) % period
            assert np.isin(jumps, (0, 1, period - 1, 2, period - 2)).mean() > 0.97


def test_where_a_lattice_is_loose_pieces_keep_in_step_with_both_neighbours() -> None:
    """In step with one only, a row may wander off until what lies above it is squashed."""
    sheet, lattice = _sheet(48, 48), Lattice((0.0, 16.0), (16.0, 0.0), 0.5)
    arrangement = Arrangement(Context(), sheet, (200, 200), Pieces(18, 6, False), 1.0, 0.1, lattice)
    for _ in arrangement:
        pass
    steps = {key: np.array(place) - 12 * np.array(key) for key, place in arrangement.chosen.items() if max(key) < 15}
    for down, across in ((1, 0), (0, 1)):
        apart = [
            step - steps[row - down, column - across]
            for (row, column), step in steps.items()
            if (row - down, column - across) in steps
        ]
        away = lattice.distance(*np.array(apart).T)
        assert away.max() <= (2 if down else 1) * SLACK


def test_the_fine_arrangement_follows_the_coarse_one() -> None:
    ctx = Context(seed=2)
    picture = np.random.default_rng(1).random((64, 64, 3)).astype(np.float32)
    usable = np.ones((64, 64), np.bool_)
    coarse = Arrangement(ctx, shrunk(picture, usable, 2), (50, 50), Pieces(12, 4, False), 1.0, 0.1)
    for _ in coarse:
        pass
    full = shrunk(picture, usable, 1)
    fine = Arrangement(ctx, full, (100, 99), Pieces(24, 8, False), 0.0, 0.0, coarse=coarse, factor=2)
    for _ in fine:
        pass
    assert fine.chosen.keys() == coarse.chosen.keys()
    for key, (y, x) in fine.chosen.items():
        assert abs(y - 2 * coarse.chosen[key][0]) <= 2
        assert abs(x - 2 * coarse.chosen[key][1]) <= 2
    assert (fine.quilt >= 0).all()


def test_a_shrunk_sheet_holds_means() -> None:
    picture = np.random.default_rng(1).random((7, 9, 2)).astype(np.float32)
    usable = np.ones((7, 9), np.bool_)
    usable[0, 0] = False
    sheet = shrunk(picture, usable, 3)
    assert sheet.sides == (2, 3)
    assert not sheet.usable[0, 0]
    assert sheet.usable.sum() == 5
    for row in range(2):
        for column in range(3):
            mean = picture[3 * row : 3 * row + 3, 3 * column : 3 * column + 3].mean(axis=(0, 1)) * 255
            assert np.abs(sheet.planes[:, row * 3 + column] - mean).max() <= 0.51


@pytest.mark.parametrize("cyclic", [False, True])
def test_seams_are_where_neighbours_do_not_fit(cyclic: bool) -> None:
    sheet = _sheet(6, 7)
    quilt = np.random.default_rng(5).integers(0, 42, (5, 5)).astype(np.int32)
    quilt[2, 1:4] = (10, 11, 12)
    got = seams(sheet.planes, 7, quilt, cyclic)
    values = sheet.planes.T.astype(np.float64)
    for y in range(5):
        for x in range(5):
            worst = 0.0
            for dy, dx, stride in ((0, 1, 1), (1, 0, 7)):
                if not cyclic and (y + dy == 5 or x + dx == 5):
                    continue
                a, b = int(quilt[y, x]), int(quilt[(y + dy) % 5, (x + dx) % 5])
                if b == a + stride:
                    continue
                here = np.square(values[min(a + stride, 41)] - values[b]).mean()
                there = np.square(values[max(b - stride, 0)] - values[a]).mean()
                worst = max(worst, 0.5 * (here + there))
            assert got[y, x] == pytest.approx(worst, rel=1e-5)


def test_detail_is_lightness_less_its_mean_around() -> None:
    sheet = _sheet(30, 26)
    sheet.planes[:] = sheet.planes // 3
    fine = detailed(sheet, 2)
    assert (fine.colours == sheet.planes).all()
    light = sheet.planes.mean(axis=0).reshape(30, 26)
    slow = np.array(
        [[light[y, x] - light[y - 2 : y + 3, x - 2 : x + 3].mean() for x in range(3, 23)] for y in range(3, 27)]
    )
    got = fine.planes[-1].reshape(30, 26)[3:27, 3:23]
    gain = float((got * slow).sum() / np.square(slow).sum())
    assert np.abs(got - gain * slow).max() <= 0.52
    assert fine.planes[-1].std() == pytest.approx(DETAIL_SHARE * sheet.planes.std(axis=1).mean(), rel=0.05)


def test_a_flat_sheet_has_no_detail() -> None:
    flat = Sheet(np.full((3, 400), 90, np.int16), np.ones((20, 20), np.bool_))
    assert (detailed(flat, 1).planes[-1] == 0).all()


def test_balance_holds_brightness(monkeypatch: pytest.MonkeyPatch) -> None:
    # A third of the sample is bright noise, the rest dark and flat: what fits best, dark on dark, would take over.
    rng = np.random.default_rng(3)
    values = np.full((60, 60), 40.0)
    values[:, 40:] = 150 + rng.normal(0, 30, (60, 20))
    sheet = Sheet(values.astype(np.int16).reshape(1, -1), np.ones((60, 60), np.bool_))
    errors = []
    for strength in (STRENGTH, 0 * STRENGTH):
        monkeypatch.setattr(balance, "STRENGTH", strength)
        arrangement = Arrangement(Context(seed=2, threads=1), sheet, (200, 200), Pieces(20, 6, False), 3.0, 0.1)
        for _ in arrangement:
            pass
        errors.append(abs(sheet.planes[0][arrangement.quilt].mean() - values.mean()))
    assert errors[0] < 0.6 * errors[1]
