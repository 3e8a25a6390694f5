"""Work in strips and what is shown meanwhile: every part has its turn, and no row is left out."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.kernels.strips import Rolling, looked_up, rows_of, runs
from engine.region import Rect


def test_rows_and_runs_cover_everything_once_and_look_each_time() -> None:
    looks: list[int] = []
    parts = list(rows_of((1000, 700, 3), lambda: looks.append(1)))
    assert [row for part in parts for row in range(part.start, part.stop)] == list(range(1000))
    assert len(looks) == len(parts) > 1
    assert sum(part.stop - part.start for part in runs(300_001, None)) == 300_001


def test_looking_up_is_indexing() -> None:
    random = np.random.default_rng(2)
    values, places = random.random((50, 3)), random.integers(0, 50, (700, 300))
    assert (looked_up(values, places, None) == values[places]).all()


def test_rolling_shows_all_parts_in_turn_with_their_margins(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = Context()
    monkeypatch.setattr(ctx, "due", lambda: True)
    whole = Rect(0, 0, 4000, 1000)
    rolling = Rolling((1000, 4000), margin=10, share=1.0)
    seen: list[Rect] = []
    while len(seen) < 8:
        for rect, around in rolling.due(ctx):
            assert around == Rect(0, rect.y - 10, 4000, rect.h + 20).clipped(whole)
            seen.append(rect)
    # One after the other from the top, and over again.
    assert seen[0].y == 0 and all(
        after.y == (before.bottom if before.bottom < 1000 else 0) for before, after in zip(seen, seen[1:], strict=False)
    )
    assert {row for rect in seen for row in range(rect.y, rect.bottom)} == set(range(1000))


def test_rolling_rests_where_nobody_waits_for_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = Context()
    rolling = Rolling((100, 100))
    assert list(rolling.due(ctx)) and not list(rolling.due(ctx))
