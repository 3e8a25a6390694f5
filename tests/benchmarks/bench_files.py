"""Files: how long opening and saving take, and how much memory, on a picture of 24 and one of 96 megapixels.

python tests/benchmarks/bench_files.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from engine.files import open_picture, save_picture, thumbnail  # noqa: E402
from engine.image import Image  # noqa: E402

Row = tuple[str, str, float, str]

_PEAK = """
import re, sys
sys.path.insert(0, sys.argv[2])
from engine.files import open_picture

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1)) * 1024

base = peak()
native = open_picture(sys.argv[1]).pixels.nbytes
print((peak() - base) / native)
"""


def photograph(width: int, height: int) -> Image:
    """Slow light, shapes and grain, so that compression has something to do."""
    rng = np.random.default_rng(1)
    grain = rng.integers(0, 9, (height, width), dtype=np.uint8)
    y, x = np.ogrid[:height, :width]
    pixels = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        light = np.sin(x / (211 + 40 * channel)) + np.cos(y / 173)
        pixels[..., channel] = (light * 50 + 122).astype(np.uint8) + grain
    return Image(pixels)


def _best(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def rows() -> Iterator[Row]:
    """(what, the figure's unit, value, remark)."""
    with tempfile.TemporaryDirectory() as folder:
        image = photograph(6000, 4000)
        for suffix in (".png", ".jpg", ".tif"):
            path = Path(folder) / f"picture{suffix}"
            saving = _best(partial(save_picture, image, path), 1)
            yield f"save 6000 x 4000 {suffix}", "s", saving, f"{path.stat().st_size / 1e6:.0f} MB, fsync included"
            yield f"open 6000 x 4000 {suffix}", "s", _best(partial(open_picture, path), 2), ""
        small = _best(lambda: thumbnail(Path(folder) / "picture.jpg", 256), 2)
        yield "thumbnail of 6000 x 4000 .jpg", "s", small, "256 px, never whole in memory"
        path = Path(folder) / "large.jpg"
        save_picture(photograph(12_000, 8_000), path)
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, str(path), str(ROOT)], capture_output=True, text=True, check=True
        )
        yield "memory to open 12000 x 8000 RGB", "x its bytes", float(done.stdout), "at most 2"


if __name__ == "__main__":
    for what, unit, value, remark in rows():
        print(f"{what:36s} {value:8.2f} {unit:12s} {remark}", flush=True)
