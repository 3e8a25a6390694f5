"""The window while it learns a texture space: brush, silence, and how soon another job is done.

The window is that of `bench_window`, the strokes are those of `bench_canvas`; four samples that ship are learnt.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from importlib.resources import as_file
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench_canvas import strokes  # noqa: E402
from tests.benchmarks.bench_window import Row, Studio  # noqa: E402

SAMPLES = ("moss", "gravel", "basket-weave", "green-tiles")


def rows() -> Iterator[Row]:
    """Strokes, the longest silence of the window, and a fill, without and with a training beside them."""
    from desktop.session import Wish
    from engine.files import open_picture
    from resources import sample

    studio = Studio()
    window = studio.window
    try:
        pictures = []
        for name in SAMPLES:
            with as_file(sample(name).file) as file:
                pictures.append(open_picture(file))
        studio.photo(4000, 3000, 300)
        yield from _measured(studio, "nothing else runs")
        ways = window.space_ways
        assert ways is not None and ways.train is not None
        params = ways.train.operation.params().replaced(minutes=10.0)
        run = window.session.train(Wish(ways.train.operation, params), {ways.train.role: tuple(pictures)}, {}, "Four")
        assert run is not None
        studio.until(lambda: "step" in run.note, 120)
        yield from _measured(studio, "it learns")
        window.session.stop(run)
        studio.until(lambda: not run.active)
    finally:
        studio.close()


def _measured(studio: Studio, state: str) -> Iterator[Row]:
    from PySide6.QtCore import QTimer

    window, canvas = studio.window, studio.window.tabs.canvas
    assert canvas is not None
    brush = next(tool for tool in window.tools if tool.title == "Mask brush")
    window.take_tool(brush)
    brush.values = brush.values.replaced(size=100)
    times = strokes(studio.app, canvas)
    assert canvas.document is not None
    canvas.document.undo()
    for share, percent, target in (("median", 50, 8), ("99th", 99, 16)):
        passed, worked = np.percentile(times, percent, axis=0)
        remark = f"at most {target}; {worked:.2f} ms of work"
        yield f"brush sample to pixels while {state}, {share}", "ms", float(passed), remark
    beats = [time.perf_counter()]
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    studio.run(lambda: beats[-1] - beats[0] > 8)
    timer.stop()
    yield f"longest silence while {state}", "ms", float(np.diff(beats).max()) * 1e3, "at most 50"
    figures = studio.job("fill")
    yield f"fill, a hole of 300 px, while {state}", "s", figures["all"], ""
    yield f"fill, first picture while {state}", "ms", figures["first"] * 1e3, ""


if __name__ == "__main__":
    for what, unit, value, remark in rows():
        print(f"{what:64} {value:9.2f} {unit:3} {remark}", flush=True)
