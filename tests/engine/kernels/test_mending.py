"""Mending: visible joints become less visible, and what is not near one stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.kernels import mending
from engine.kernels.mending import Mender
from engine.kernels.start import Sheet, seams, shrunk


def _waves(side: int) -> Sheet:
    y, x = np.mgrid[0:side, 0:side]
    picture = 0.5 + 0.4 * np.sin(np.stack([x / 3, y / 4, (x + y) / 5], axis=-1))
    return shrunk(picture.astype(np.float32), np.ones((side, side), np.bool_), 1)


def _halves() -> np.ndarray:
    """The left of a map from the sheet's left, the right out of step by 5 rows."""
    y, x = np.mgrid[0:60, 0:60]
    return np.where(x < 30, y * 80 + x, (y + 5) * 80 + x).astype(np.int32)


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize("patch", [3, 7])
def test_a_joint_is_mended_and_the_rest_left_alone(patch: int, cyclic: bool) -> None:
    sheet, quilt = _waves(80), _halves()
    before = seams(sheet.planes, 80, quilt, cyclic)
    kept = quilt.copy()
    maps = []
    for threads in (1, 2):
        mender = Mender(Context(threads=threads), sheet, quilt, patch, cyclic)
        for _ in mender:
            pass
        maps.append(mender.quilt)
    assert (quilt == kept).all()
    assert (maps[0] == maps[1]).all()
    changed = maps[0] != quilt
    assert changed.any()
    if not cyclic:
        assert not changed[:, : 30 - patch - 4].any()
        assert not changed[:, 30 + patch + 4 :].any()
    assert seams(sheet.planes, 80, maps[0], cyclic).max() <= before.max()


def test_what_is_mended_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every change lies in the rectangle that is told, and in the end all is the same."""
    sheet, quilt = _waves(80), _halves()
    whole = Mender(Context(), sheet, quilt, 7, True)
    assert sum(1 for _ in whole) == mending.TURNS
    monkeypatch.setattr(mending, "VOTED", 100)
    mender = Mender(Context(), sheet, quilt, 7, True)
    before, steps = quilt.copy(), 0
    for mended in mender:
        changed = mender.quilt != before
        changed[mended.slices] = False
        assert not changed.any()
        before, steps = mender.quilt.copy(), steps + 1
    assert steps > 2 * mending.TURNS and (mender.quilt == whole.quilt).all()


def test_nothing_is_done_where_all_fits() -> None:
    y, x = np.mgrid[0:40, 0:40]
    assert list(Mender(Context(), _waves(80), (y * 80 + x).astype(np.int32), 7, False)) == []
