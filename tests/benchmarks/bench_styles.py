"""The style picker: 200 styles listed, pictured and sorted; one's own picture in a style while one hovers over it.

Gaps are those of a 5 ms timer in the window's thread, as in `bench_window`, whose window this is.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench_window import Row, Studio  # noqa: E402

COUNT = 200


def folder_of_styles(folder: Path) -> None:
    """200 JPEGs of 1200 x 1200 px, pieces of the styles that ship."""
    import cv2

    import resources

    rng = np.random.default_rng(5)
    read = [cv2.imread(str(entry.file)) for entry in resources.styles()]
    shipped = [picture for picture in read if picture is not None]
    for number in range(COUNT):
        picture = shipped[number % len(shipped)]
        side = int(min(picture.shape[:2]) * rng.uniform(0.5, 1))
        top, left = (int(rng.integers(0, length - side + 1)) for length in picture.shape[:2])
        piece = cv2.resize(picture[top : top + side, left : left + side], (1200, 1200))
        cv2.imwrite(str(folder / f"style {number:03}.jpg"), piece)


def watched(studio: Studio, begin: Callable[[], object], met: Callable[[], bool]) -> tuple[float, float, float]:
    """Does something and runs the window until something is met: seconds, longest gap, longest work of the window."""
    from PySide6.QtCore import QTimer

    beats, work = [time.perf_counter()], [time.thread_time()]
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: (beats.append(time.perf_counter()), work.append(time.thread_time())))
    timer.start()
    began = time.perf_counter()
    begin()
    studio.run(met)
    taken = time.perf_counter() - began
    ended = time.perf_counter()
    studio.run(lambda: time.perf_counter() - ended > 0.1)
    timer.stop()
    return taken, float(np.diff(beats).max()), float(np.diff(work).max())


def rows() -> Iterator[Row]:
    """(what, unit, value, remark)."""
    from desktop.panels.gallery import PIECE

    studio = Studio()
    window, picker = studio.window, studio.window.styles
    try:
        with tempfile.TemporaryDirectory() as place:
            folder_of_styles(Path(place))
            studio.photo(1024, 768, 0)
            window.actions_["show_styles"].trigger()
            studio.until(lambda: picker.row.count() > 0 and not picker._missing())
            shipped = picker.row.count()
            shelf = picker.pieces.add_folder(Path(place))

            def listed() -> bool:
                return picker.row.count() == COUNT and (not picker._missing() or picker._missing()[0] > shipped)

            for what, begin, met in (
                ("listed, and pictured as far as can be seen", lambda: picker.show_shelf(shelf), listed),
                ("all of them pictured", lambda: None, lambda: not picker._missing()),
                ("searched", lambda: picker.search.setText("style 01"), lambda: True),
                ("found again", picker.search.clear, lambda: True),
            ):
                taken, gap, own = watched(studio, begin, met)
                yield f"{COUNT} styles: {what}", "s", taken, ""
                yield f"{COUNT} styles: {what}, longest silence", "ms", gap * 1e3, f"at most 50; {own * 1e3:.0f} own"
            sorted_: list[bool] = []
            show = picker.show_sorted

            def shown_sorted(pieces: Any) -> None:
                show(pieces)
                sorted_.append(True)

            setattr(picker, "show_sorted", shown_sorted)  # noqa: B010
            for what in ("the first time", "again"):
                sorted_.clear()
                taken, gap, own = watched(studio, lambda: picker.alike.setChecked(True), lambda: bool(sorted_))
                picker.alike.setChecked(False)
                yield f"{COUNT} styles: sorted by likeness {what}", "s", taken, ""
                yield (
                    f"{COUNT} styles: sorted {what}, longest silence",
                    "ms",
                    gap * 1e3,
                    f"at most 50; {own * 1e3:.0f} own",
                )
            picker.search.clear()
            shown: list[str] = []
            window.previews.shown.connect(lambda path, pixels, ready: shown.append(path) if ready else None)
            best = 1e9
            for number in range(6):
                piece = picker.row.item(number).data(PIECE)
                point_at, there = partial(picker.pointed.emit, piece), partial(shown.__contains__, str(piece.path))
                taken, gap, own = watched(studio, point_at, there)
                if not number:
                    remark = f"torch is imported; longest silence {gap * 1e3:.0f} ms, {own * 1e3:.0f} own"
                    yield "hover: the first preview of a session", "s", taken, remark
                else:
                    best = min(best, taken)
            yield "hover: a preview", "s", best, "at most 1"
            taken, gap, own = watched(studio, lambda: picker.pointed.emit(picker.row.item(2).data(PIECE)), lambda: True)
            yield "hover: a preview that was made before", "ms", taken * 1e3, ""
    finally:
        studio.close()


if __name__ == "__main__":
    for what, unit, value, remark in rows():
        print(f"{what:72} {value:9.2f} {unit:3} {remark}", flush=True)
