from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from desktop.panels.controls import SliderRow, explained, row
from desktop.panels.params_panel import ParamsPanel
from engine.errors import Unusable
from engine.params import Choice, Colour, LatentPoint, Params, Slider, Toggle


@dataclass(frozen=True)
class Everything(Params):
    size: Annotated[int, Slider(1, 1000, unit="px", log=True, help="Width", low_looks="thin", high_looks="thick")] = 40
    window: Annotated[int, Slider(3, 41, odd=True)] = 11
    reach: Annotated[int | None, Slider(4, 64, automatic="a sixth of the block")] = None
    strength: Annotated[float, Slider(0, 1, step=0.05)] = 0.5
    wide: Annotated[float, Slider(0, 1000, log=True)] = 10.0
    space: Annotated[str, Choice(("rgb", "lab"), titles=("RGB", "Lab"))] = "rgb"
    order: Annotated[str, Choice(("onion", "raster-scan"))] = "onion"
    tileable: Annotated[bool, Toggle()] = False
    tint: Annotated[tuple[float, ...], Colour(advanced=True)] = (1.0, 0.5, 0.0)
    point: Annotated[tuple[float, ...], LatentPoint(advanced=True)] = (0.0, 1.0)


FIELDS = {field.name: field for field in Everything.fields()}


def test_panel_shows_and_gives_the_defaults(qtbot: Any) -> None:
    panel = ParamsPanel(Everything)
    qtbot.addWidget(panel)
    assert panel.values() == Everything()
    assert list(panel.rows) == list(FIELDS)


@dataclass(frozen=True)
class Dependent(Params):
    way: Annotated[str, Choice(("none", "some"))] = "none"
    much: Annotated[float, Slider(0, 1, idle=("way", "none"))] = 0.5


def test_what_changes_nothing_is_gray(qtbot: Any) -> None:
    panel = ParamsPanel(Dependent)
    qtbot.addWidget(panel)
    assert not panel.rows["much"].isEnabled()
    panel.set_json({"way": "some"})
    assert panel.rows["much"].isEnabled()
    panel.rows["way"].set("none")
    panel.rows["way"].changed.emit()
    assert not panel.rows["much"].isEnabled()


def values() -> st.SearchStrategy[Everything]:
    return st.builds(
        Everything,
        size=st.integers(1, 1000),
        window=st.integers(1, 20).map(lambda half: 2 * half + 1),
        reach=st.none() | st.integers(4, 64),
        strength=st.integers(0, 20).map(lambda part: round(part * 0.05, 2)),
        wide=st.integers(0, 1000).map(float),
        space=st.sampled_from(["rgb", "lab"]),
        order=st.sampled_from(["onion", "raster-scan"]),
        tileable=st.booleans(),
        tint=st.tuples(*[st.integers(0, 255).map(lambda level: level / 255)] * 3),
        point=st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=4).map(tuple),
    )


@given(wanted=values())
@settings(max_examples=40, deadline=None)
def test_what_is_shown_is_what_comes_back(qapp: Any, wanted: Everything) -> None:
    panel = ParamsPanel(Everything)
    told: list[int] = []
    panel.changed.connect(lambda: told.append(1))
    panel.set_values(wanted)
    assert panel.values() == wanted
    panel.set_json(wanted.as_json())
    assert panel.values() == wanted
    assert not told, "showing is not changing"
    panel.deleteLater()


def test_every_place_of_a_slider_gives_a_value_that_fits(qtbot: Any) -> None:
    for name in ("size", "window", "reach", "strength", "wide"):
        made = row(FIELDS[name])
        qtbot.addWidget(made)
        assert isinstance(made, SliderRow)
        if made.auto is not None:
            made.auto.setChecked(False)
        seen = []
        for position in range(0, 1001, 50):
            made.slider.setValue(position)
            value = made.value()
            assert FIELDS[name].checked(value) == value
            seen.append(float(value))  # type: ignore[arg-type]
        assert seen == sorted(seen) and seen[0] == made.control.low and seen[-1] == made.control.high


def test_log_slider_gives_small_values_room(qtbot: Any) -> None:
    made = row(FIELDS["size"])
    qtbot.addWidget(made)
    made.slider.setValue(500)  # type: ignore[attr-defined]
    assert made.value() == pytest.approx(32, abs=1), "the middle is the geometric mean of 1 and 1000"


def test_typed_even_number_becomes_odd(qtbot: Any) -> None:
    made = row(FIELDS["window"])
    qtbot.addWidget(made)
    made.number.setValue(20)  # type: ignore[attr-defined]
    assert made.value() in (19, 21)


def test_auto_is_a_value_of_its_own(qtbot: Any) -> None:
    made = row(FIELDS["reach"])
    qtbot.addWidget(made)
    assert made.value() is None and not made.number.isEnabled()  # type: ignore[attr-defined]
    with qtbot.waitSignal(made.changed):
        qtbot.mouseClick(made.auto, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    assert isinstance(made.value(), int)


def test_tool_tip_says_what_low_and_high_look_like(qtbot: Any) -> None:
    text = explained(FIELDS["size"])
    assert all(word in text for word in ("Width", "thin", "thick"))
    assert "a sixth of the block" in explained(FIELDS["reach"])
    made = row(FIELDS["size"])
    qtbot.addWidget(made)
    assert made.toolTip() == text and made.number.accessibleName() == "Size"  # type: ignore[attr-defined]
    assert made.number.suffix() == " px"  # type: ignore[attr-defined]


def test_double_click_on_the_name_takes_the_default_back(qtbot: Any) -> None:
    made = row(FIELDS["strength"])
    qtbot.addWidget(made)
    made.set(0.9)
    with qtbot.waitSignal(made.changed):
        qtbot.mouseDClick(made.label, Qt.MouseButton.LeftButton)
    assert made.value() == 0.5


def test_wheel_over_a_value_scrolls_the_panel_instead(qtbot: Any) -> None:
    made = row(FIELDS["strength"])
    qtbot.addWidget(made)
    number = made.number  # type: ignore[attr-defined]
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, 120), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(number, event)
    assert made.value() == 0.5 and event.type() == QEvent.Type.Wheel


def test_unreadable_numbers_are_not_taken(qtbot: Any) -> None:
    made = row(FIELDS["point"])
    qtbot.addWidget(made)
    edit = made.edit  # type: ignore[attr-defined]
    edit.setText("1, two")
    edit.editingFinished.emit()
    assert made.value() == (0.0, 1.0) and edit.text() == "0, 1"
    edit.setText("3,4,5")
    edit.editingFinished.emit()
    assert made.value() == (3.0, 4.0, 5.0)


def test_advanced_ones_are_folded_away(qtbot: Any) -> None:
    panel = ParamsPanel(Everything)
    qtbot.addWidget(panel)
    panel.show()
    assert not panel.rows["tint"].isVisible() and panel.rows["size"].isVisible()
    qtbot.mouseClick(panel.more, Qt.MouseButton.LeftButton)
    assert panel.rows["tint"].isVisible()


def test_values_of_another_version_are_refused_whole(qtbot: Any) -> None:
    panel = ParamsPanel(Everything)
    qtbot.addWidget(panel)
    with pytest.raises(Unusable):
        panel.set_json({"size": 7, "gone": 1})
    assert panel.values() == Everything()
