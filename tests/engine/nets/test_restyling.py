"""A picture on its way to a style."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.context import Context
from engine.image import Floats
from engine.nets.restyling import Plan, Style, restyled

SIDE = 128


def fine(picture: Floats) -> Floats:
    """What a picture of half the size cannot hold."""
    small = cv2.resize(picture, (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA)
    return picture - np.asarray(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32)


@pytest.mark.parametrize("statistic", ["gram", "nearest"])
def test_a_finer_scale_begins_with_the_detail_of_the_picture(statistic: str) -> None:
    random = np.random.default_rng(1)
    picture = (random.random((SIDE, SIDE, 3)) * 0.6 + 0.2).astype(np.float32)
    style = cv2.resize(random.random((16, 16, 3)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    plan = Plan(statistic, (1, 2), 0.5, 0.0, "content", 1, 0.5, SIDE * SIDE)
    seen = [made for made, *_ in restyled(Context(seed=1, threads=1), picture, [Style(style, 1.0)], plan)]
    first = next(made for made in seen if made.shape == picture.shape)
    wanted = fine(picture)
    assert float((fine(first) * wanted).sum() / np.square(wanted).sum()) > 0.7
