"""Diversity: do other seeds make other pictures?

Pairs of results are compared place by place, at three scales, and the difference is measured in units of how much
random parts of the sample differ. The same picture twice gives 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np

from engine.errors import Unusable
from engine.image import Floats
from engine.measures.colours import rgb

PAIRS = 24


def _halved(picture: Floats) -> Floats:
    size = (picture.shape[1] // 2, picture.shape[0] // 2)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _apart(a: Floats, b: Floats) -> float:
    """Root mean square difference, averaged over three octaves, of pictures of one size."""
    found = []
    for _ in range(3):
        found.append(float(np.sqrt(np.square(a - b).mean())))
        if min(a.shape[:2]) < 4:
            break
        a, b = _halved(a), _halved(b)
    return float(np.mean(found))


def diversity(results: Sequence[Floats], sample: Floats) -> float:
    """Mean difference of all pairs of results over that of random parts of the sample.

    Args:
        results: two or more float32 (H, W, C), 0..1, of one size, from different seeds.
        sample: float32 (H, W, C), 0..1.

    Returns:
        0 for the same picture each time, about 1 for independent ones.

    Raises:
        Unusable: fewer than two results, or results of different sizes.
    """
    if len(results) < 2:
        raise Unusable("One result alone shows no diversity", "pairs are compared", "give two or more")
    pictures = [rgb(result) for result in results]
    if len({picture.shape for picture in pictures}) > 1:
        raise Unusable("The results differ in size", "they are compared place by place", "make them of one size")
    colours = rgb(sample)
    height = max(1, min(pictures[0].shape[0], colours.shape[0] // 2))
    width = max(1, min(pictures[0].shape[1], colours.shape[1] // 2))
    random = np.random.Generator(np.random.Philox(7))

    def part() -> Floats:
        top = int(random.integers(colours.shape[0] - height + 1))
        left = int(random.integers(colours.shape[1] - width + 1))
        return colours[top : top + height, left : left + width]

    natural = float(np.mean([_apart(part(), part()) for _ in range(PAIRS)]))
    made = float(np.mean([_apart(a, b) for a, b in combinations(pictures, 2)]))
    return made / max(natural, 1e-4)
