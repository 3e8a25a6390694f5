from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop import __main__ as program
from desktop.app import LastResort

ROOT = Path(__file__).resolve().parents[2]


def python(code: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)


def test_words_go_to_the_engine_without_qt() -> None:
    done = python(
        "import sys; from desktop.__main__ import main; status = main(['list']);"
        "assert not any(name.startswith('PySide6') for name in sys.modules), 'Qt was loaded'; sys.exit(status)"
    )
    assert done.returncode == 0, done.stderr
    assert "fill" in done.stdout


def test_every_word_of_the_contract_is_known() -> None:
    assert program.WORDS == {"list", "describe", "run", "replay", "batch", "measure", "compare", "tour", "warm-up"}


def test_anything_else_opens_the_studio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[list[str]] = []
    from desktop import app

    def run(paths: list[str]) -> int:
        asked.append(list(paths))
        return 0

    monkeypatch.setattr(app, "run", run)
    monkeypatch.chdir(tmp_path)
    assert program.main([]) == 0 and program.main(["a.png", "/b.png"]) == 0
    assert asked == [[], [str(tmp_path / "a.png"), "/b.png"]]


def test_first_paint_waits_for_no_engine() -> None:
    done = python(
        "import sys, desktop.app;"
        "slow = {'numba', 'torch', 'OpenImageIO', 'cv2', 'engine.jobs', 'engine.catalog'} & set(sys.modules);"
        "sys.exit(f'imported too early: {slow}' if slow else 0)"
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def resort(qtbot: Any) -> Iterator[LastResort]:
    resort = LastResort()
    resort.install()
    yield resort
    resort.remove()


def test_uncaught_error_in_any_thread_is_told(
    qtbot: Any, resort: LastResort, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ValueError("nobody caught me")

    with qtbot.waitSignal(resort.caught) as blocker:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert "nobody caught me" in blocker.args[0]
    assert "nobody caught me" in capsys.readouterr().err


def test_hooks_are_put_back(qtbot: Any) -> None:
    before = sys.excepthook, threading.excepthook
    resort = LastResort()
    resort.install()
    assert sys.excepthook != before[0]
    resort.remove()
    assert (sys.excepthook, threading.excepthook) == before
