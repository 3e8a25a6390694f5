from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.bridge import Bridge
from desktop.document import Document, project_file
from desktop.panels.recovery import Recovery
from engine.errors import Unusable


@pytest.fixture
def recovery(bridge: Bridge, document: Document, tmp_path: Path) -> Iterator[Recovery]:
    recovery = Recovery(bridge, lambda: [document], folder=tmp_path / "recovery")
    yield recovery
    recovery.close()


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.ora"))


def crash(recovery: Recovery) -> None:
    """The process is gone: its lock with it, its files not."""
    assert recovery._lock is not None
    recovery._lock.unlock()
    recovery._timer.stop()
    recovery._lock = None


def test_unsaved_work_comes_back_after_a_crash(
    qtbot: Any, recovery: Recovery, bridge: Bridge, document: Document, tmp_path: Path
) -> None:
    folder = tmp_path / "recovery"
    assert recovery.start() == []
    with document.edit("Invert") as edit:
        edit.invert(document.hole)
    recovery.save_now()
    qtbot.waitUntil(lambda: bool(recovery._written))
    crash(recovery)
    later = Recovery(bridge, list, folder=folder)
    found = later.start()
    assert [rescued.title for rescued in found] == ["ramp"] and found[0].age < 60
    back = later.load(found[0])
    assert np.array_equal(back.picture.pixels, document.picture.pixels)
    assert np.array_equal(back.hole.array(), document.hole.array())
    assert back.modified and back.title == "ramp"
    later.discard()
    assert files_in(folder) == []
    later.close()


def test_what_has_not_changed_is_not_written_again(
    qtbot: Any, recovery: Recovery, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves: list[Path] = []
    real = project_file.save
    monkeypatch.setattr(
        project_file, "save", lambda state, path, compact: (saves.append(path), real(state, path, compact))
    )
    recovery.save_now()
    assert recovery._busy == set(), "nothing is unsaved"
    with document.edit("Invert") as edit:
        edit.invert(document.hole)
    for _ in range(3):
        recovery.save_now()
        qtbot.waitUntil(lambda: not recovery._busy)
    assert len(saves) == 1


def test_saved_document_needs_no_autosave(qtbot: Any, recovery: Recovery, document: Document, tmp_path: Path) -> None:
    document.touch()
    recovery.save_now()
    qtbot.waitUntil(lambda: bool(recovery._written))
    assert len(files_in(tmp_path)) == 1
    document.saved()
    recovery.save_now()
    assert files_in(tmp_path) == []


def test_running_sitting_is_left_alone(
    qtbot: Any, recovery: Recovery, bridge: Bridge, document: Document, tmp_path: Path
) -> None:
    document.touch()
    recovery.save_now()
    qtbot.waitUntil(lambda: bool(recovery._written))
    second = Recovery(bridge, list, folder=tmp_path / "recovery")
    assert second.start() == [], "its lock is held"
    second.discard()
    assert len(files_in(tmp_path)) == 1
    second.close()


def test_orderly_end_leaves_nothing(qtbot: Any, recovery: Recovery, document: Document, tmp_path: Path) -> None:
    document.touch()
    recovery.save_now()
    qtbot.waitUntil(lambda: bool(recovery._written))
    recovery.close()
    assert list((tmp_path / "recovery").iterdir()) == []


def test_damaged_autosave_is_a_sentence(
    qtbot: Any, recovery: Recovery, bridge: Bridge, document: Document, tmp_path: Path
) -> None:
    document.touch()
    recovery.save_now()
    qtbot.waitUntil(lambda: bool(recovery._written))
    file = files_in(tmp_path)[0]
    file.write_bytes(file.read_bytes()[:100])
    file.with_suffix(".json").write_text("{")
    crash(recovery)
    later = Recovery(bridge, list, folder=tmp_path / "recovery")
    found = later.start()
    assert [rescued.title for rescued in found] == ["Recovered picture"]
    with pytest.raises(Unusable):
        later.load(found[0])
    later.discard()
    later.close()


def test_full_disk_is_told_once(
    qtbot: Any, recovery: Recovery, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise Unusable("x.ora was not saved", "no space left on device", "save it elsewhere")

    monkeypatch.setattr(project_file, "save", full)
    told: list[str] = []
    recovery.failed.connect(told.append)
    document.touch()
    for _ in range(3):
        recovery.save_now()
        qtbot.waitUntil(lambda: not recovery._busy)
    assert len(told) == 1 and "no space left" in told[0]


def test_old_ones_go_only_when_the_new_ones_are_written(
    qtbot: Any, recovery: Recovery, bridge: Bridge, document: Document, tmp_path: Path
) -> None:
    document.touch()
    recovery.save_now()
    qtbot.waitUntil(lambda: bool(recovery._written))
    crash(recovery)
    rescued: list[Document] = []
    later = Recovery(bridge, lambda: rescued, folder=tmp_path / "recovery")
    rescued += [later.load(found) for found in later.start()]
    later.save_now()
    later.discard_when_safe()
    assert len(files_in(tmp_path)) >= 1, "the old file stays until the new one is there"
    qtbot.waitUntil(lambda: not later._busy)
    assert len(files_in(tmp_path)) == 1
    later.close()
