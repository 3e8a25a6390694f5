"""Strength you can feel: frames a second on the canvas while something is dragged, and the window's silences meanwhile.

A photo of 1024 x 768 px with one style, or four for the mix; strength, the point of the mix pad and the kept colours
are moved every 12 ms for some seconds, as a hand does. A frame counts when a look made from newer values is laid over
the canvas. The first seconds choose how large the looks are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench_window import Row, Studio  # noqa: E402

SECONDS = 5.0
MOVES = 0.012
STYLES = ("great-waves", "thick-oil", "woodcut", "stained-glass")


def styled(studio: Studio, photo: Path, count: int = 1, operation: str = "adain") -> Any:
    """The document in front is a photo with its first styles, and what they make of it."""
    window = studio.window
    before = window.tabs.count()
    window.open_paths([str(photo)])
    studio.until(lambda: window.tabs.count() == before + 1)
    window.operations.choose(operation)
    panel = window.operations.panel
    assert panel is not None and panel.mix is not None
    paths = [str(ROOT / "resources" / "styles" / f"{name}.jpg") for name in STYLES[:count]]
    window.put_styles(panel.mix, 0, paths)
    document = window.document()
    studio.until(lambda: len(document.given.get("style", ())) == count)
    studio.run(lambda: not window.session.busy)
    return document


def slider_moves(panel: Any, name: str) -> tuple[Callable[[bool], object], Callable[[float], object]]:
    """How a slider is taken or let go, and how it is moved, with the seconds since it was taken."""
    slider = panel.rows[name].slider
    return slider.setSliderDown, lambda t: slider.setSliderPosition(round(500 + 400 * np.sin(3 * t)))


def pad_moves(panel: Any) -> tuple[Callable[[bool], object], Callable[[float], object]]:
    """The same for the point of the mix pad, by the mouse."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    field, button = panel.mix.field_, Qt.MouseButton.LeftButton

    def at(t: float) -> QPoint:
        across, down = 0.5 + 0.4 * np.sin(3 * t), 0.5 + 0.4 * np.cos(2.3 * t)
        return QPoint(round(across * field.width()), round(down * field.height()))

    def take(on: bool) -> None:
        (QTest.mousePress if on else QTest.mouseRelease)(field, button, Qt.KeyboardModifier.NoModifier, at(0))

    return take, lambda t: field._to(at(t).toPointF())


def dragged(studio: Studio, seconds: float, what: str = "strength") -> dict[str, float]:
    """Drags the strength, the "mix" or the kept "colour" to and fro.

    Looks a second, median milliseconds from one to the next, their longest side, the longest gap between beats of the
    window's own timer and the longest work of its thread within one, in seconds.
    """
    from PySide6.QtCore import QTimer

    window = studio.window
    panel = window.operations.panel
    assert panel is not None
    take, to = pad_moves(panel) if what == "mix" else slider_moves(panel, what)
    looks: list[float] = []
    sizes: list[int] = []
    beats, work = [time.perf_counter()], [time.thread_time()]
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: (beats.append(time.perf_counter()), work.append(time.thread_time())))

    def look(document: Any, rect: Any, pixels: Any) -> None:
        looks.append(time.perf_counter())
        sizes.append(max(pixels.shape[:2]))

    window.live.looked.connect(look)
    take(True)
    began = last = time.perf_counter()
    timer.start()

    def move() -> bool:
        nonlocal last
        now = time.perf_counter()
        if now - last >= MOVES:
            last = now
            to(now - began)
        return now - began > seconds

    studio.run(move)
    timer.stop()
    window.live.looked.disconnect(look)
    take(False)
    studio.run(lambda: not window.session.busy)
    steps = np.diff(looks) if len(looks) > 1 else np.array([seconds])
    return {
        "fps": 1 / float(np.median(steps)),
        "all": len(looks) / seconds,
        "side": float(sizes[-1] if sizes else 0),
        "gap": float(np.diff(beats).max()),
        "own": float(np.diff(work).max()),
    }


def first_network(studio: Studio) -> float:
    """Seconds of the window's longest silence while the first network is run, its library's import included."""
    from PySide6.QtCore import QTimer

    beats = [time.perf_counter()]
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    styled(studio, ROOT / "resources" / "samples" / "dandelions.jpg")
    timer.stop()
    return float(np.diff(beats).max())


def rows() -> Iterator[Row]:
    """(what, unit, value, remark)."""
    studio = Studio(warm=False)
    try:
        yield "the first network: longest silence of the window", "ms", first_network(studio) * 1e3, "at most 500"
        dragged(studio, SECONDS)
        dragged(studio, SECONDS)
        panel = studio.window.operations.panel
        assert panel is not None
        for title, what, values in (
            ("strength", "strength", {}),
            ("colours, as a whole", "colour", {"keep_colours": "all"}),
            ("colours, pixel by pixel", "colour", {"keep_colours": "tint"}),
            ("mix of four", "mix", {}),
        ):
            if what == "mix":
                styled(studio, ROOT / "resources" / "samples" / "coffee.png", 4)
                panel = studio.window.operations.panel
                assert panel is not None
            panel.set_json(values)
            found = dragged(studio, SECONDS, what)
            remark = f"at least 10; looks of {found['side']:.0f} px, {found['all']:.1f} on the mean"
            yield f"style, {title}: frames a second", "fps", found["fps"], remark
            own = f"at most 50; {found['own'] * 1e3:.0f} of its own work"
            yield f"style, {title}: longest silence of the window", "ms", found["gap"] * 1e3, own
    finally:
        studio.close()


if __name__ == "__main__":
    for what, unit, value, remark in rows():
        print(f"{what:64} {value:9.2f} {unit:3} {remark}", flush=True)
