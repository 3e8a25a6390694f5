"""The tools that paint labels, without a window."""

from __future__ import annotations

import numpy as np

from desktop.document import Document, Palette
from desktop.tools.number_brush import NumberBrush
from desktop.tools.number_fill import NumberFill
from desktop.tools.number_tool import NumberTool
from engine.image import Image
from tests.desktop.tools.test_tools import drag


def labelled(width: int = 700, height: int = 300) -> Document:
    """Two islands of label 2 in label 1, as wide as several tiles."""
    document = Document(Image(np.zeros((height, width, 3), np.uint8)))
    labels = np.ones((height, width), np.uint8)
    labels[50:250, 40:300] = 2
    labels[50:250, 400:660] = 2
    labels[140:160, 290:310] = 1
    with document.edit("map") as edit:
        edit.set_palette(Palette().added("sea").added("land").added("snow"))
        edit.put(document.labels, document.rect, labels)
    return document


def hold(tool: NumberTool, number: int) -> NumberTool:
    tool.take(number)
    return tool


def test_the_brush_paints_the_label_in_hand_in_one_step() -> None:
    document, brush = labelled(), NumberBrush()
    brush.values = brush.values.replaced(size=20)
    before = document.labels.array()
    assert drag(hold(brush, 3), document, [(100, 100), (150, 100), (150, 140)]) == []
    now = document.labels.array()
    assert now[100, 100] == now[100, 125] == now[120, 150] == 3
    assert set(np.unique(now[now != before])) == {3}
    assert document.history.undoable is not None and document.history.undoable.title == "Paint snow"
    document.undo()
    assert (document.labels.array() == before).all()


def test_alt_takes_the_label_under_the_pointer_and_paints_nothing() -> None:
    document, brush = labelled(), NumberBrush()
    steps = len(document.history.steps)
    drag(hold(brush, 3), document, [(5, 5)], erasing=True)
    assert brush.values.label == 1
    drag(brush, document, [(5, 5), (100, 100)], erasing=True)
    assert brush.values.label == 2, "wherever the hand goes"
    drag(brush, document, [(-50, 5)], erasing=True)
    assert brush.values.label == 2 and len(document.history.steps) == steps


def test_a_label_that_is_not_there_is_refused_in_words() -> None:
    document, brush = labelled(), NumberBrush()
    assert "no label 9" in drag(hold(brush, 9), document, [(5, 5)])[0]
    empty = Document(Image(np.zeros((9, 9, 3), np.uint8)))
    assert "no labels" in drag(brush, empty, [(5, 5)])[0]
    assert empty.labels.empty and not empty.history.steps


def test_fill_takes_one_area_and_shift_every_one() -> None:
    for shift in (False, True):
        document, fill = labelled(), NumberFill()
        before = document.labels.array()
        assert drag(hold(fill, 3), document, [(100, 100)], shift=shift) == []
        changed = document.labels.array() != before
        expected = before == 2
        if not shift:
            expected[:, 350:] = False
        assert (changed == expected).all()
        document.undo()
        assert (document.labels.array() == before).all()


def test_fill_with_the_same_label_or_outside_is_no_step() -> None:
    document, fill = labelled(), NumberFill()
    steps = len(document.history.steps)
    drag(hold(fill, 2), document, [(100, 100)])
    drag(hold(fill, 3), document, [(-5, 100)])
    assert len(document.history.steps) == steps


def test_the_brush_keeps_to_its_range() -> None:
    brush = NumberBrush()
    brush.resize(3000)
    assert brush.values.size == 1000
    brush.resize(0.1)
    assert brush.values.size == 1
    brush.larger()
    assert brush.radius > 0.5
