"""What every test gets: folders of its own, two threads, one kernel cache, and a search for what it left behind."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent


def _set_up_environment() -> None:
    """Before anything of the program is imported: numpy, numba and Qt read these once."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "2"
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Kernels take long to compile: all tests, of this run and the next, share one cache. The program names its
    # folder after the state of the sources, so nothing stale can come back.
    if "NUMBA_CACHE_DIR" not in os.environ:
        os.environ["XDG_CACHE_HOME"] = str(_ROOT / "build" / "test-cache")
        import engine.kernels.compiled  # noqa: F401
    scratch = Path(tempfile.mkdtemp(prefix="scumble-test-"))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        folder = scratch / name.lower()
        folder.mkdir(mode=0o700)
        os.environ[name] = str(folder)


if str(_ROOT) not in sys.path:
    sys.path.insert(0, str(_ROOT))
_set_up_environment()

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

settings.register_profile(
    "suite",
    deadline=None,
    max_examples=30,
    derandomize=True,  # a suite that guards a branch must answer the same twice
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("suite")

GRACE = 2.0
"""Seconds that threads which were told to end get for it."""


def _started_here() -> str:
    """The innermost line that is not of this file: who started the thing."""
    frames = [frame for frame in traceback.extract_stack() if frame.filename != __file__]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fails a test that leaves a Python thread running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + GRACE
    collected = False
    while left := [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]:
        if not collected:
            gc.unfreeze()
            gc.collect()  # an executor nobody holds tells its threads to end
            collected = True
        elif time.monotonic() > deadline:
            pytest.fail(f"left threads running: {', '.join(thread.name for thread in left)}", pytrace=False)
        left[0].join(0.01)


@pytest.fixture(autouse=True)
def no_leaked_qt(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test with a QApplication that leaves a top-level widget, an active timer or a running QThread."""
    if not {"qapp", "qtbot"} & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("qapp")
    from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
    from PySide6.QtWidgets import QApplication

    started: list[tuple[Any, str, str]] = []

    def watched(kind: type, method: str, still: str) -> None:
        original = getattr(kind, method)

        def start(self: Any, *arguments: Any, **words: Any) -> Any:
            started.append((self, still, _started_here()))
            return original(self, *arguments, **words)

        monkeypatch.setattr(kind, method, start)

    watched(QTimer, "start", "isActive")
    watched(QThread, "start", "isRunning")
    before = set(QApplication.topLevelWidgets())
    yield

    def settled() -> list[str]:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
        return [_told(widget) for widget in QApplication.topLevelWidgets() if widget not in before] + [
            f"{type(thing).__name__} started at {where}" for thing, still, where in started if _holds(thing, still)
        ]

    left = settled()
    if left:
        gc.unfreeze()  # a window leaves alone what was there while kernels were prepared
        gc.collect()
        deadline = time.monotonic() + GRACE
        while (left := settled()) and time.monotonic() < deadline:
            time.sleep(0.01)
    started.clear()
    if left:
        for widget in set(QApplication.topLevelWidgets()) - before:
            widget.close()
            widget.deleteLater()  # so that the next test is not blamed for it
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


def _holds(thing: Any, question: str) -> bool:
    try:
        return bool(getattr(thing, question)())
    except RuntimeError:  # the C++ part is gone
        return False


def _told(widget: Any) -> str:
    holders = [
        type(holder).__name__
        for holder in gc.get_referrers(widget)
        if type(holder).__name__ not in ("frame", "list", "list_iterator", "set")
    ]
    return f"{type(widget).__name__} {widget.objectName()!r}, held by {', '.join(sorted(set(holders))) or 'Qt alone'}"
