"""Canvas and documents: from a brush sample to its pixels, the window's longest gap, and memory.

python tests/benchmarks/bench_canvas.py
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from desktop.canvas import Canvas
from desktop.document import Capsule, Document
from desktop.tools import Tool, catalog
from engine.image import Image
from engine.kernels.compiled import kernel
from engine.region import Rect

Row = tuple[str, str, float, str]
STROKE = 400


def picture(width: int, height: int) -> Image:
    """A photograph's worth of values: gradients and grain."""
    pixels = np.empty((height, width, 3), np.uint8)
    grain = np.random.default_rng(1).integers(0, 64, (256, width, 3), np.uint8)
    for top in range(0, height, 256):
        rows = min(256, height - top)
        pixels[top : top + rows] = grain[:rows] + np.uint8(top * 160 // height)
    return Image(pixels)


def tool(name: str) -> Tool:
    return next(kind for kind in catalog() if kind.title == name)()


@kernel
def _spin(values: np.ndarray, cancel: np.ndarray) -> None:
    while cancel[0] == 0:
        for k in range(values.size):
            values[k] = values[k] * 0.999 + k


@contextmanager
def busy(threads: int) -> Iterator[None]:
    """As many threads as the engine would keep busy, as polite as the engine's."""
    cancel = np.zeros(1, np.uint8)

    def work() -> None:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
        _spin(np.zeros(50_000), cancel)

    _spin(np.zeros(1), np.ones(1, np.uint8))
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    time.sleep(0.05)
    try:
        yield
    finally:
        cancel[0] = 1
        for worker in workers:
            worker.join()


def send(canvas: Canvas, kind: QEvent.Type, at: QPointF) -> None:
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, at, canvas.mapToGlobal(at), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)


def settle(app: QApplication, seconds: float = 1.0) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        app.processEvents()


def strokes(app: QApplication, canvas: Canvas, count: int = STROKE) -> np.ndarray:
    """(count, 2): milliseconds from a sample's event to the end of the paint that shows it, passed and worked."""
    times = []
    middle, reach = QPointF(canvas.width() / 2, canvas.height() / 2), 0.35 * canvas.height()

    def at(k: int) -> QPointF:
        angle = k * 0.05
        return middle + QPointF(np.cos(angle), np.sin(angle * 1.3)) * reach

    send(canvas, QEvent.Type.MouseButtonPress, at(0))
    for k in range(1, count):
        began, worked = time.perf_counter(), time.thread_time()
        send(canvas, QEvent.Type.MouseMove, at(k))
        app.processEvents()
        times.append((1e3 * (time.perf_counter() - began), 1e3 * (time.thread_time() - worked)))
        time.sleep(0.004)
    send(canvas, QEvent.Type.MouseButtonRelease, at(count))
    settle(app, 0.1)
    return np.array(times)


def rows() -> Iterator[Row]:
    """(what, unit, value, remark) of everything measured here."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    yield from _brush(app)
    yield from _large(app)


def _brush(app: QApplication) -> Iterator[Row]:
    document = Document(picture(4000, 3000))
    canvas = Canvas(document)
    canvas.resize(1600, 1000)
    canvas.show()
    brush = tool("Mask brush")
    canvas.set_tool(brush)
    for size in (100, 500):
        brush.values = brush.values.replaced(size=size)
        for name, zoom in (("whole picture", 0.0), ("100 %", 1.0), ("200 %", 2.0)):
            canvas.set_zoom(zoom) if zoom else canvas.fit()
            settle(app)
            for threads in (0, 2):
                with busy(threads):
                    times = strokes(app, canvas)
                state = f"{threads} engine threads busy" if threads else "idle"
                for share, percent, target in (("median", 50, 8), ("99th", 99, 16)):
                    passed, worked = np.percentile(times, percent, axis=0)
                    remark = f"at most {target}; {state}; {worked:.2f} ms of work"
                    yield f"brush sample to pixels, {size} px, {name}, {share}", "ms", float(passed), remark
    canvas.close()


def longest(app: QApplication, act: Callable[[], object], seconds: float = 1.5) -> tuple[float, str]:
    """Milliseconds of the longest turn of the event loop from `act` on, and how much of such a turn is work."""
    turns = [_turn(act)]
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        turns.append(_turn(app.processEvents))
    return max(passed for passed, _ in turns), f"at most 50; {max(worked for _, worked in turns):.1f} ms of work"


def _turn(act: Callable[[], object]) -> tuple[float, float]:
    began, worked = time.perf_counter(), time.thread_time()
    act()
    return 1e3 * (time.perf_counter() - began), 1e3 * (time.thread_time() - worked)


def _large(app: QApplication) -> Iterator[Row]:
    process = psutil.Process()
    base = process.memory_info().rss
    document = Document(picture(12_000, 8_000))
    loaded = process.memory_info().rss
    canvas = Canvas(None)
    canvas.resize(1600, 1000)
    canvas.show()
    settle(app, 0.3)
    yield "12,000 x 8,000: longest gap while opening", "ms", *longest(app, lambda: canvas.set_document(document))
    for zoom in (0.25, 0.5, 1.0):
        gap = longest(app, partial(canvas.set_zoom, zoom))
        yield f"12,000 x 8,000: longest gap at {zoom:.0%}", "ms", *gap
    shown = process.memory_info().rss
    yield "12,000 x 8,000: picture", "MB", (loaded - base) / 1e6, "8-bit RGBA would be 384"
    yield "12,000 x 8,000: opened and looked at", "MB", (shown - base) / 1e6, "at most 768"
    began = time.perf_counter()
    document.snapshot()
    yield "snapshot", "ms", 1e3 * (time.perf_counter() - began), ""
    rng = np.random.default_rng(3)
    for _ in range(100):
        points = np.cumsum(rng.normal(0, 150, (40, 2)), axis=0) + rng.uniform((2000, 2000), (10_000, 6_000))
        with document.edit("stroke") as edit:
            for a, b in zip(points.tolist(), points[1:].tolist(), strict=False):
                edit.cover(document.hole, Capsule((a[0], a[1]), (b[0], b[1]), 50))
    settle(app, 0.5)
    yield "a hundred strokes on it", "MB", (process.memory_info().rss - shown) / 1e6, "at most 200"
    yield "their undo steps", "MB", document.history.nbytes / 1e6, f"mask {document.hole.nbytes / 1e6:.0f} MB"
    patch = np.full((2000, 3000, 3), 99, np.uint8)
    rect = Rect(4000, 3000, 3000, 2000)

    def apply() -> None:
        with document.edit("result") as edit:
            edit.replace(rect, patch)

    yield "a 6 MPx result applied: longest gap", "ms", *longest(app, apply)
    yield "and undone", "ms", *longest(app, document.undo)
    canvas.close()


if __name__ == "__main__":
    for what, unit, value, remark in rows():
        print(f"{what:60} {value:9.2f} {unit:4} {remark}", flush=True)
