"""The green mask on a sample that is the picture, a part of it, or another picture."""

from __future__ import annotations

import numpy as np

from desktop import sources
from desktop.document import Box, Document
from engine.image import Image
from engine.operation import Inputs, Mask, Operation, Picture
from engine.params import Params
from engine.region import Rect

GROW = Operation(
    id="grow",
    title="Grow",
    group="Synthesize",
    roles=Inputs(sample=Picture(several=True), source=Mask(of="sample", required=False)),
    params=Params,
    run=lambda ctx, given, params: iter(()),
    doc="",
)


def given(document: Document) -> np.ndarray | None:
    value = sources.gather(document, GROW)[0]["source"]
    assert value is None or isinstance(value, np.ndarray)
    return value


def test_the_mask_is_cut_like_the_sample() -> None:
    document = Document(Image(np.zeros((40, 60, 3), np.uint8)))
    assert given(document) is None
    with document.edit("Source") as edit:
        edit.cover(document.source, Box(Rect(10, 5, 20, 10)))
    whole = given(document)
    assert whole is not None and np.array_equal(whole, document.source.array())
    with document.edit("Sample") as edit:
        edit.pick(Rect(20, 0, 30, 30))
    part = given(document)
    assert part is not None and part.shape == (30, 30) and part[5:15, :10].all() and part.astype(bool).sum() == 100
    with document.edit("Sample") as edit:
        edit.pick(Rect(40, 20, 10, 10))
    assert given(document) is None, "nothing of it is painted"
    with document.edit("Sample") as edit:
        edit.pick(Image(np.zeros((9, 9, 3), np.uint8)))
    assert given(document) is None, "the mask lies on another picture"
