"""Makes the label maps of `resources/labels`: our own, from the sample pictures, the same bytes each time.

    python packaging/make_labels.py

The operation "Label areas" finds the areas; each then becomes the label whose colour here is nearest to its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.context import Context  # noqa: E402
from engine.files import open_picture, save_picture  # noqa: E402
from engine.image import Image, frozen  # noqa: E402
from engine.operation import Execution  # noqa: E402
from engine.ops.analyse.label_areas import label_areas  # noqa: E402

SAMPLES, LABELS = ROOT / "resources" / "samples", ROOT / "resources" / "labels"

# The options, and the colours of labels 1, 2, 3 ...
MAPS: dict[str, tuple[dict[str, float | int], list[tuple[int, int, int]]]] = {
    "asia.jpg": (
        {"labels": 14, "place": 0.0, "smooth": 0.35, "detail": 6},
        [
            (2, 4, 20),  # the deep
            (8, 25, 62),  # open sea
            (26, 66, 125),  # shallows
            (44, 58, 24),  # forest
            (74, 74, 40),  # hills
            (112, 98, 66),  # dry land
            (146, 130, 100),  # desert
            (146, 143, 128),  # snow
        ],
    ),
}


def label_map(name: str) -> np.ndarray:
    """The labels of a sample picture, uint8 (H, W)."""
    options, colours = MAPS[name]
    inputs, ctx = {"picture": open_picture(SAMPLES / name)}, Context(seed=1, threads=2)
    execution = Execution(label_areas, inputs, label_areas.params(**options), ctx)
    for _ in execution:
        pass
    flat = execution.result().image().pixels.astype(np.int64)
    found, which = np.unique(flat.reshape(-1, 3), axis=0, return_inverse=True)
    nearest = ((found[:, None] - np.array(colours)[None]) ** 2).sum(axis=2).argmin(axis=1) + 1
    for colour, number in zip(found, nearest, strict=True):
        print(name, colour, "->", number)
    return nearest[which].reshape(flat.shape[:2]).astype(np.uint8)


def main() -> None:
    """Writes them all."""
    LABELS.mkdir(exist_ok=True)
    for name in MAPS:
        save_picture(Image(frozen(label_map(name)[..., None])), LABELS / f"{Path(name).stem}.png")


if __name__ == "__main__":
    main()
