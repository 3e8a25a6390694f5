"""Counting echoes: against pixels drawn and compared one by one, and that growing texture is kept from them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.context import Context
from engine.kernels import echo
from engine.kernels.echo import FAINT, NEAR, STEEP, Echo
from engine.kernels.start import Arrangement, Pieces, shrunk

Longs = NDArray[np.int64]
SAMPLE = 20


def _drawn(size: int, block: Longs, place: Longs) -> Longs:
    """Where each of the sample's pixels is shown by one piece: rows (index, y, x)."""
    y, x, h, w = (int(v) for v in block)
    return np.array(
        [((place[0] + r) * SAMPLE + place[1] + c, (y + r) % size, (x + c) % size) for r in range(h) for c in range(w)]
    )


def _steps(size: int, cyclic: bool, some: Longs, others: Longs) -> dict[tuple[int, int], int]:
    """How many pixels of `some` show what one of `others` shows, by the step between the two."""
    found: dict[tuple[int, int], int] = {}
    for index, y, x in some:
        for _, v, u in others[others[:, 0] == index]:
            down, across = int(y - v), int(x - u)
            if cyclic:
                down, across = (down + size // 2) % size - size // 2, (across + size // 2) % size - size // 2
            if max(abs(down), abs(across)) < NEAR:
                continue
            if down < 0 or (down == 0 and across < 0):
                down, across = -down, -across
            found[down, across] = found.get((down, across), 0) + 1
    return found


@pytest.mark.parametrize("cyclic", [False, True])
def test_the_taxes_are_those_of_the_slow_twin(cyclic: bool) -> None:
    rng, size, side = np.random.default_rng(1), 45, 9
    listener, drawn = Echo((size, size), cyclic, 1.0), []
    counts: dict[tuple[int, int], int] = {}
    taxed = 0
    for y in range(0, size, side):
        for x in range(0, size, side):
            block = np.array([y, x, side, side])
            # Few places, so that steps return.
            places = rng.integers(0, 3, (4, 2)) * 4
            expected = []
            for place in places:
                loudest = 0.0
                for other in drawn:
                    for (down, across), own in _steps(size, cyclic, _drawn(size, block, place), other).items():
                        near = [counts.get((down + a, across + b), 0) for a in (-1, 0, 1) for b in (-1, 0, 1)]
                        room = size * size if cyclic else (size - down) * (size - abs(across))
                        loudest = max(loudest, (own + sum(near)) / max(room, size * size / 4))
                expected.append(1 + STEEP * max(loudest / FAINT - 1, 0))
            assert listener.taxes(block, places) == pytest.approx(expected, rel=1e-5)
            taxed += sum(tax > 1 for tax in expected)
            listener.laid(block, places[0])
            piece = _drawn(size, block, places[0])
            for other in drawn:
                for step, own in _steps(size, cyclic, piece, other).items():
                    counts[step] = counts.get(step, 0) + own
            drawn.append(piece)
    assert taxed > 10


def test_only_what_was_laid_lately_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def last_tax(latest: int) -> float:
        monkeypatch.setattr(echo, "LATEST", latest)
        listener = Echo((60, 60), False, 1.0)
        for y in (0, 20):
            listener.laid(np.array([y, 0, 20, 60]), np.array([y, 0]))
        return float(listener.taxes(np.array([40, 0, 20, 60]), np.array([[0, 0]]))[0])

    assert last_tax(2) > 1
    assert last_tax(1) == 1


def test_a_large_result_is_counted_in_larger_steps() -> None:
    listener = Echo((100_000, 3000), False, 1.0)
    block, place = np.array([0, 0, 1500, 100_000]), np.array([[0, 0]])
    assert listener.taxes(block, place) == 1
    listener.laid(block, place[0])
    assert listener.taxes(block + [1500, 0, 0, 0], place) > 1


def _loudest(quilt: NDArray[np.int32]) -> float:
    """The largest share that shows what lies a step away, over steps with half the picture in common."""
    height, width = quilt.shape
    shares = [
        float(
            (
                quilt[down:, max(0, x) : width + min(0, x)] == quilt[: height - down, max(0, -x) : width - max(0, x)]
            ).mean()
        )
        for down in range(height // 2)
        for x in range(-width // 2, width // 2)
        if max(down, abs(x)) >= NEAR and (down > 0 or x > 0)
    ]
    return max(shares)


def test_texture_grows_with_fainter_echoes() -> None:
    picture = np.random.default_rng(5).random((40, 40, 3)).astype(np.float32)
    sheet = shrunk(picture, np.ones((40, 40), np.bool_), 1)
    heard = []
    for faint in (FAINT, 10.0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(echo, "FAINT", faint)
            shares = []
            for seed in (1, 2, 3):
                grown = Arrangement(Context(seed=seed, threads=2), sheet, (100, 100), Pieces(16, 5, False), 1.0, 0.1)
                for _ in grown:
                    pass
                shares.append(_loudest(grown.quilt))
            heard.append(np.mean(shares))
    assert heard[0] < 0.8 * heard[1]
