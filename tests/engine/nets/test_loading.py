"""Torch comes into memory without holding anybody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

WATCHED = """
import sys, threading, time
import numpy
beats, going = [], True
def beat():
    while going:
        beats.append(time.perf_counter())
        time.sleep(0.002)
thread = threading.Thread(target=beat)
thread.start()
from engine.nets.loading import preload
before = len(beats)
began = time.perf_counter()
loaded = preload()
ended = time.perf_counter()
while not beats or beats[-1] < ended:
    time.sleep(0.002)
going = False
thread.join()
during = [beat for beat in beats if began - 0.01 < beat]
print(loaded, max(b - a for a, b in zip(during, during[1:])) / (ended - began))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the library has another name, or none that can be had this way")
def test_others_go_on_while_it_loads() -> None:
    """The longest silence of another thread, as a part of the time that loading takes."""

    code = WATCHED.replace("from engine.nets.loading import preload", LOADER)
    shares = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
        loaded, share = done.stdout.split()
        assert loaded == "True"
        shares.append(float(share))
    assert min(shares) < 0.5, "loaded by Python itself, it is nearly 1"


LOADER = """
import importlib.util as _util
_spec = _util.spec_from_file_location("loading", "engine/nets/loading.py")
_module = _util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
preload = _module.preload
"""
"""The file by itself: its package would load the library before anybody could watch."""


def test_a_network_module_finds_it_loaded() -> None:
    code = "import sys, engine.nets; from engine.nets.loading import preload; print('torch' in sys.modules, preload())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["False", str(sys.platform != "win32")]
