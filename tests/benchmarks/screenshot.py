"""The picture of the window in README, made by the program itself.

    xvfb-run -a -s "-screen 0 1440x900x24" .venv/bin/python tests/benchmarks/screenshot.py window.png [PHOTO MASK]

Opens a photo with its hole painted (by default the first thing to try), fills it three times, and saves what the
window shows, with the results kept below.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

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
    for number in range(3):
        if number:
            window.another()
        else:
            window.run()
        studio.run(lambda: not window.session.busy)
    ended = time.perf_counter()
    studio.run(lambda: time.perf_counter() - ended > 1)
    window.grab().save(target)
    studio.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
