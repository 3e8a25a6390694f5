"""The fixtures of conftest.py catch what they are there for: each leak is made on purpose, in a run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CASES = {
    "thread": (
        "import threading\nSTOP = threading.Event()\n"
        "def test_it():\n    threading.Thread(target=lambda: STOP.wait(6), name='forgotten', daemon=True).start()\n",
        "left threads running: forgotten",
    ),
    "widget": (
        "from PySide6.QtWidgets import QWidget\nKEPT = []\n"
        "def test_it(qapp):\n    KEPT.append(QWidget())\n    KEPT[0].setObjectName('stray')\n",
        "left behind: QWidget 'stray'",
    ),
    "timer": (
        "from PySide6.QtCore import QTimer\nKEPT = []\n"
        "def test_it(qapp):\n    KEPT.append(QTimer())\n    KEPT[0].start(1000)\n",
        "left behind: QTimer started at",
    ),
    "warning": (
        "import warnings\ndef test_it():\n    warnings.warn('careless')\n",
        "UserWarning: careless",
    ),
    "message": (
        "from PySide6.QtCore import qWarning\ndef test_it(qapp):\n    qWarning('bad paint')\n",
        "bad paint",
    ),
}


TIDY = (
    "import threading\nfrom concurrent.futures import ThreadPoolExecutor\n"
    "from PySide6.QtCore import QTimer\nfrom PySide6.QtWidgets import QWidget\n"
    "def test_it(qtbot):\n"
    "    window = QWidget()\n    qtbot.addWidget(window)\n    window.show()\n"
    "    timer = QTimer(window)\n    timer.start(1000)\n"
    "    ThreadPoolExecutor(1).submit(print)\n"
    "    thread = threading.Thread(target=print)\n    thread.start()\n"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest prints of all of them, run under the project's own conftest.py and settings."""
    folder = tmp_path_factory.mktemp("cases")
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    for name, (body, _) in CASES.items():
        (folder / f"test_{name}.py").write_text(body)
    (folder / "test_tidy.py").write_text(TIDY)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "-c", str(ROOT / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*command, str(folder)], capture_output=True, text=True, cwd=ROOT, env=environment).stdout


@pytest.mark.parametrize("name", CASES)
def test_a_leak_fails_its_test(name: str, told: str) -> None:
    assert CASES[name][1] in told
    summary = told[told.index("short test summary info") :]
    assert any(f"test_{name}.py" in line and line.startswith(("FAILED", "ERROR")) for line in summary.splitlines())


def test_tidy_tests_pass(told: str) -> None:
    summary = told[told.index("short test summary info") :].splitlines()
    assert [line.split()[0] for line in summary if "test_tidy.py" in line] == ["PASSED"]


def test_no_setting_or_cache_of_the_person_is_touched() -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        assert "scumble-test-" in os.environ[name]
    assert not os.environ["NUMBA_CACHE_DIR"].startswith(str(Path.home() / ".cache"))
