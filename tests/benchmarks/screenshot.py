"""The picture of the window in README, made by the program itself.

    xvfb-run -a -s "-screen 0 1440x900x24" .venv/bin/python tests/benchmarks/screenshot.py window.png [PHOTO MASK]

Opens a photo with its hole painted (by default the first thing to try), fills it with two seeds, and saves what the
window shows, with the results kept below.

    ... screenshot.py --mix pad.png [PHOTO STYLE STYLE STYLE STYLE]

Puts four styles into the corners of the mix pad, drags its point, and saves what the window shows of the result.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench_live import STYLES  # noqa: E402
from tests.benchmarks.bench_window import Studio  # noqa: E402


def main(target: str, photo: str = "", mask: str = "") -> None:
    """Writes the screenshot to `target`."""
    studio = Studio()
    window = studio.window
    if photo:
        from engine.files import open_mask

        window.open_paths([photo])
        studio.until(lambda: window.tabs.count() == 1)
        document = window.document()
        with document.edit("Load mask") as edit:
            edit.put(document.hole, document.rect, (open_mask(mask, document.size) * 255 + 0.5).astype("uint8"))
        window.operations.choose("fill")
    else:
        window.start.cards[0].click()
        studio.until(lambda: window.tabs.count() == 1)
    for number in range(2):
        if number:
            window.another()
        else:
            window.run()
        studio.run(lambda: not window.session.busy)
    ended = time.perf_counter()
    studio.run(lambda: time.perf_counter() - ended > 1)
    window.grab().save(target)
    studio.close()


def mix(target: str, photo: str = "", *styles: str) -> None:
    """Writes a screenshot of the mix pad to `target`: by default of what ships with the program."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    studio = Studio(warm=False)
    window = studio.window
    window.resize(1360, 1000)
    window.actions_["show_shelf"].setChecked(False)
    window.side.setSizes([850, 120])
    window.open_paths([photo or str(ROOT / "resources" / "samples" / "astronaut.png")])
    studio.until(lambda: window.tabs.count() == 1)
    window.operations.choose("adain")
    panel = window.operations.panel
    assert panel is not None and panel.mix is not None
    found = [str(ROOT / "resources" / "styles" / f"{name}.jpg") for name in STYLES]
    window.put_styles(panel.mix, 0, styles or found)
    studio.until(lambda: len(window.document().given.get("style", ())) == 4)
    studio.run(lambda: not window.session.busy)
    field = panel.mix.field_
    end = QPoint(round(0.3 * field.width()), round(0.36 * field.height()))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(field, left, none, field.spot().toPoint())
    QTest.mouseMove(field, end)
    studio.until(lambda: field.point[0] < 0.4)
    QTest.mouseRelease(field, left, none, end)
    studio.run(lambda: not window.session.busy)
    ended = time.perf_counter()
    studio.run(lambda: time.perf_counter() - ended > 1)
    window.grab().save(target)
    studio.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--mix"]:
        mix(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
