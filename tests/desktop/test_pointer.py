"""Strokes as segments, smooth where they curve and true where they do not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent

from desktop.pointer import Pointer, Sample, erases, from_mouse, from_pen, held_shift, is_eraser

samples = st.builds(Sample, st.floats(-100, 1000), st.floats(-100, 1000), st.floats(0, 1))


@given(st.lists(samples, min_size=1, max_size=12))
def test_segments_hang_together_and_pass_through_every_sample(stroke):
    pointer = Pointer(stroke[0])
    for sample in stroke[1:]:
        pointer.add(sample)
    segments = list(pointer.segments())
    assert segments[0] == (stroke[0], stroke[0])
    for (_, end), (start, _) in zip(segments, segments[1:], strict=False):
        assert end == start
    ends = [end for _, end in segments]
    assert all(sample in ends for sample in stroke)
    assert all(0 <= end.pressure <= 1 for end in ends)
    assert pointer.position == stroke[-1] and pointer.start == stroke[0] and not pointer.waiting


@given(st.lists(samples, min_size=3, max_size=12))
def test_a_curve_never_strays_far_from_its_samples(stroke):
    pointer = Pointer(stroke[0])
    before = stroke[0]
    for sample in stroke[1:]:
        pointer.add(sample)
        reach = math.hypot(sample.x - before.x, sample.y - before.y)
        for _, end in pointer.segments():
            distance = min(math.hypot(end.x - s.x, end.y - s.y) for s in (before, sample))
            assert distance <= 0.6 * reach + 1e-6
        before = sample


def test_few_samples_of_a_circle_make_a_round_line():
    radius, count = 100, 16
    pointer = Pointer(Sample(radius, 0))
    for k in range(1, count + 1):
        angle = 2 * math.pi * k / count
        pointer.add(Sample(radius * math.cos(angle), radius * math.sin(angle)))
    worst = 0.0
    for a, b in list(pointer.segments())[3:]:
        worst = max(worst, abs(math.hypot((a.x + b.x) / 2, (a.y + b.y) / 2) - radius))
    assert worst < 1.2  # straight chords are 1.9 px off
    straight = radius * (1 - math.cos(math.pi / count))
    assert straight > 1.9


def test_straight_lines_and_corners_stay_what_they_are():
    pointer = Pointer(Sample(0, 0))
    for x, y in ((50, 0), (100, 0), (100, 80), (20, 80)):
        pointer.add(Sample(x, y))
    assert len(list(pointer.segments())) == 5


def test_a_sample_that_says_nothing_new_is_left_out():
    pointer = Pointer(Sample(5, 5))
    pointer.add(Sample(5, 5))
    assert list(pointer.segments()) == [(Sample(5, 5), Sample(5, 5))]
    pointer.add(Sample(5, 5, 0.5))
    assert len(list(pointer.segments())) == 1
    assert pointer.path == ((5, 5), (5, 5))


def to_image(position: QPointF) -> tuple[float, float]:
    return position.x() * 2 + 1, position.y() * 2


def pen(end: QPointingDevice.PointerType, pressure: float) -> QTabletEvent:
    device = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, end,
        QInputDevice.Capability.Pressure | QInputDevice.Capability.Position, 1, 3,
    )  # fmt: skip
    at = QPointF(10.25, 20.5)
    event = QTabletEvent(
        QEvent.Type.TabletMove, device, at, at, pressure, 0, 0, 0.0, 0.0, 0.0, Qt.KeyboardModifier.NoModifier,
        Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton,
    )  # fmt: skip
    event.kept = device  # type: ignore[attr-defined]
    return event


@pytest.mark.parametrize("pressure", [0.0, 0.3, 1.0])
def test_a_pen_has_pressure_and_fractions_of_pixels(qapp, pressure):
    sample = from_pen(pen(QPointingDevice.PointerType.Pen, pressure), to_image)
    assert sample.point == (21.5, 41.0) and sample.pressure == pytest.approx(pressure)
    assert not is_eraser(pen(QPointingDevice.PointerType.Pen, pressure))
    assert is_eraser(pen(QPointingDevice.PointerType.Eraser, pressure))


def test_a_mouse_presses_wholly(qapp):
    at = QPointF(3.5, 4)
    none = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, none)
    assert from_mouse(event, to_image) == Sample(8, 8, 1.0)


def test_keys_that_change_a_stroke():
    both = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    assert erases(both) and held_shift(both)
    assert not erases(Qt.KeyboardModifier.ShiftModifier) and not held_shift(Qt.KeyboardModifier.AltModifier)
