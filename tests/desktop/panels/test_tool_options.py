from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.panels.controls import Row
from desktop.panels.tool_options import ToolOptions
from desktop.tools import catalog


def test_values_go_both_ways(qtbot: Any) -> None:
    options = ToolOptions()
    qtbot.addWidget(options)
    brush = next(kind() for kind in catalog() if kind.Values.fields())
    options.look_at(brush)
    options.row("size").set(77)
    options.row("size").changed.emit()
    assert brush.values.size == 77
    brush.values = brush.values.replaced(size=123)
    assert options.row("size").value() == 123
    assert options.title.text() == brush.title


def test_former_tool_is_left_alone(qtbot: Any) -> None:
    options = ToolOptions()
    qtbot.addWidget(options)
    first, second = [kind() for kind in catalog() if kind.Values.fields()][:2]
    options.look_at(first)
    options.look_at(second)
    options.look_at(first)
    options.look_at(second)
    before = first.values
    name = second.Values.fields()[0].name
    options.row(name).set(5)
    options.row(name).changed.emit()
    assert getattr(second.values, name) == 5 and first.values == before


def test_narrow_window_cuts_the_line_off_and_squeezes_nothing(qtbot: Any) -> None:
    options = ToolOptions()
    qtbot.addWidget(options)
    options.look_at(next(kind() for kind in catalog() if kind.Values.fields()))
    for width in (900, 300):
        options.resize(width, 42)
        options.show()
        qtbot.waitExposed(options)
        rows = options.findChildren(Row)
        assert len(rows) >= 3
        for row in rows:
            assert row.label.isHidden() or row.label.width() >= row.label.sizeHint().width(), row.field.name
            inside = [part for part in row.findChildren(QWidget) if part.parent() is row and not part.isHidden()]
            inside.sort(key=lambda part: part.x())
            for left, right in zip(inside, inside[1:], strict=False):
                assert left.geometry().right() < right.x(), f"{row.field.name} at {width}"
