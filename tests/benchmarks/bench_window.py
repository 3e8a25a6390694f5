"""The window: how soon it is there, how long it ever keeps silent, how soon a job shows and stops.

Gaps are those of a 5 ms timer in the window's thread, while a job runs from the press of Run to its result on the
picture. Run it in an X server (`xvfb-run`), or offscreen.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

Row = tuple[str, str, float, str]

LESSON = 8.0
"""Seconds that a training is watched."""

PAINTED_MAPS = frozenset({"texture-space-paint"})
"""What follows a brush of its own and is not run from the panel."""

PAINTED = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
import desktop.window as module
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, lambda: (print(time.time(), flush=True), watched.close()))
        return False
painted, show = Painted(), module.Window.show
def shown(self):
    self.installEventFilter(painted)
    show(self)
module.Window.show = shown
from desktop.__main__ import main
sys.exit(main([]))
"""


def startup(times: int = 4) -> float:
    """Seconds from the command to the first paint, the best of a few."""
    best = 1e9
    for _ in range(times):
        began = time.time()
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "SCUMBLE_HOME": home}
            done = subprocess.run([sys.executable, "-c", PAINTED], capture_output=True, text=True, env=environment)
        best = min(best, float(done.stdout.split()[0]) - began)
    return best


class Studio:
    """A window on a warm engine, driven from here.

    Args:
        warm: compile every operation's kernels first; what networks do needs none.
    """

    def __init__(self, warm: bool = True) -> None:
        from PySide6.QtWidgets import QApplication

        from desktop.bridge import Bridge
        from desktop.look.theme import dress
        from desktop.settings import Settings
        from desktop.window import Window

        app = QApplication.instance() or QApplication(["scumble"])
        assert isinstance(app, QApplication)
        self.app = app
        dress(app)
        folder = Path(tempfile.mkdtemp(prefix="scumble-bench-"))
        self.window = Window(Bridge(), Settings(folder / "settings.json"))
        self.window.resize(1360, 860)
        self.window.show()
        self.window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
        warmed: list[bool] = []
        self.window.bridge.arrived.connect(
            lambda event: warmed.append(True) if type(event).__name__ == "Warming" and not event.title else None
        )
        if not warm:
            self.window.bridge.warm_up = lambda: None  # type: ignore[method-assign]
        self.window.start_engine()
        self.until(lambda: bool(warmed) if warm else bool(self.window.operations.everything), 300)

    def until(self, met: Callable[[], bool], seconds: float = 60) -> None:
        end = time.perf_counter() + seconds
        while not met():
            if time.perf_counter() > end:
                raise TimeoutError
            self.app.processEvents()
            time.sleep(0.0005)

    def photo(self, width: int, height: int, hole: int) -> Any:
        """A document of noise over a ramp with a round hole of so many pixels across."""
        from desktop.document import Capsule, Document
        from engine.image import Image

        grain = np.random.default_rng(3).integers(0, 64, (height // 4, width // 4, 3), np.uint8)
        noise = grain.repeat(4, 0).repeat(4, 1)
        ramp = np.linspace(0, 180, width).astype(np.uint8)[None, :, None]
        document = Document(Image(noise + ramp))
        if hole:
            with document.edit("Brush hole") as edit:
                middle = (width / 2, height / 2)
                edit.cover(document.hole, Capsule(middle, middle, hole / 2))
        document.saved()
        self.window.add_document(document)
        self.until(lambda: self.window.tabs.document is document)
        return document

    def furnish(self, document: Any, operation: Any) -> None:
        """Gives a document what an operation needs beside it: pictures that ship, and the mask for what has to be told
        where."""
        from desktop import sources
        from desktop.document import Capsule
        from engine.files import open_picture
        from engine.operation import Mask, Model, Picture

        pictures = [open_picture(ROOT / "resources/samples" / name) for name in ("moss.png", "bricks.png")]
        with document.edit("Given") as edit:
            for name, role in operation.roles.items():
                offer = sources.offer(document, name, operation)
                if isinstance(role, Model) or not role.required or (offer is not None and offer.missing is None):
                    continue
                if sources.picks_sample(name, getattr(role, "several", False)):
                    edit.pick(pictures[0])
                elif isinstance(role, Picture):
                    edit.give(name, tuple(pictures[: 2 if role.several else 1]))
                elif isinstance(role, Mask):
                    width, height = document.size
                    edit.cover(document.hole, Capsule((0, height / 3), (width, height / 2), height / 5))

    def painting(self, size: tuple[int, int]) -> Any:
        """A document to be painted by numbers: the start page's, with two of its labels."""
        from desktop.document.label_map import Motif
        from desktop.document.label_pictures import labelled, painting
        from engine.files import open_labels, open_picture

        picture = open_picture(ROOT / "resources/samples/asia.jpg")
        numbers, palette = labelled(open_labels(ROOT / "resources/labels/asia.png"), picture)
        wanted = np.full(size[::-1], palette.labels[0].number, np.uint8)
        wanted[size[1] // 2 :] = palette.labels[-1].number
        document = painting(Motif(picture, numbers, "asia"), palette, wanted)
        document.saved()
        self.window.add_document(document)
        self.until(lambda: self.window.tabs.document is document)
        return document

    def job(self, operation: str, size: tuple[int, int] | None = None, stop: float | None = None) -> dict[str, float]:
        """Runs an operation on the document in front.

        Raises:
            RuntimeError: nothing came of it.

        Seconds: the longest gap between beats, the longest work of this thread within one, to the first frame, from
        the wish to stop to the end, and all of it.
        """
        from PySide6.QtCore import QTimer

        window = self.window
        window.operations.choose(operation)
        if size:
            window.operations.size_row.set(size)
        beats, work = [time.perf_counter()], [time.thread_time()]
        timer = QTimer()
        timer.setInterval(5)
        timer.timeout.connect(lambda: (beats.append(time.perf_counter()), work.append(time.thread_time())))
        timer.start()
        first: list[float] = []
        ends: list[str] = []
        window.session.previewed.connect(lambda *_: first.append(time.perf_counter()))
        window.bridge.arrived.connect(lambda event: ends.append(type(event).__name__))
        began = time.perf_counter()
        window.run()
        asked = 0.0
        if stop is not None:
            self.run(lambda: time.perf_counter() - began > stop or not window.session.busy)
            asked = time.perf_counter()
            for run in [run for run in window.session.runs if run.active]:
                window.session.stop(run)
        self.run(lambda: not window.session.busy)
        ended = time.perf_counter()
        self.run(lambda: time.perf_counter() - ended > 0.1)
        timer.stop()
        if ("Done" if stop is None else "Stopped") not in ends:
            raise RuntimeError(f"{operation}: {window.notice.sentence.text()}")
        return {
            "gap": float(np.diff(beats).max()),
            "own": float(np.diff(work).max()),
            "first": (first or [ended])[0] - began,
            "stop": ended - asked,
            "all": ended - began,
        }

    def close_documents(self) -> None:
        """Closes all of them: what is painted by numbers goes on being made while it is open."""
        while self.window.tabs.document is not None:
            self.window.close_document(self.window.document())

    def run(self, met: Callable[[], bool]) -> None:
        """The event loop itself, not one polled from Python, until something is met."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop, timer = QEventLoop(), QTimer()
        timer.setInterval(2)
        timer.timeout.connect(lambda: loop.quit() if met() else None)
        timer.start()
        loop.exec()
        timer.stop()

    def close(self) -> None:
        self.window.close()


def _document(operation: Any, cheap: bool) -> tuple[int, int, int]:
    """Width, height and hole of a picture that an operation works on."""
    hole = operation.roles.get("hole")
    if hole is not None and hole.required:
        return (256, 256, 24) if cheap else (2048, 1536, 300)
    return (768, 512, 0) if "picture" in operation.roles and not cheap else (192, 192, 0)


def rows() -> Iterator[Row]:
    """(what, unit, value, remark)."""
    yield "window shown after the command", "s", startup(), "at most 1.2"
    studio = Studio()
    try:
        from engine import catalog

        for name, operation in catalog.operations().items():
            if name in PAINTED_MAPS:
                continue
            cheap = "efros" in name
            if "labels" in operation.roles:
                document = studio.painting((1024, 768))
            else:
                document = studio.photo(*_document(operation, cheap))
                studio.furnish(document, operation)
            size = ((128, 128) if cheap else (1024, 1024)) if operation.sized else None
            measured = studio.job(name, size, stop=LESSON if name.endswith("-train") else None)
            studio.close_documents()
            own = f"at most 50; {measured['own'] * 1e3:.0f} of its own work"
            yield f"{operation.title}: longest silence of the window", "ms", measured["gap"] * 1e3, own
            if not operation.trains:  # what learns shows nothing on the canvas
                yield f"{operation.title}: Run to the first frame shown", "ms", measured["first"] * 1e3, "at most 150"
        studio.photo(4000, 3000, 900)
        measured = studio.job("fill", stop=0.4)
        yield "fill, 4000 x 3000: stopped after", "ms", measured["stop"] * 1e3, "at most 100"
        yield "fill, 4000 x 3000: longest silence", "ms", measured["gap"] * 1e3, "at most 50"
        measured = studio.job("fill")
        own = f"at most 50; {measured['own'] * 1e3:.0f} of its own work"
        yield "fill, 4000 x 3000, to the end: longest silence", "ms", measured["gap"] * 1e3, own
    finally:
        studio.close()


if __name__ == "__main__":
    for what, unit, value, remark in rows():
        print(f"{what:64} {value:9.2f} {unit:3} {remark}", flush=True)
