"""The window with the engine that it is sold with, on two small operations and on the real catalogue."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.session import State
from desktop.settings import Settings
from desktop.window import Window
from engine import catalog
from engine.image import Image
from engine.jobs import Engine
from engine.operation import Operation
from engine.region import Rect


@pytest.fixture
def window(
    qtbot: Any, settings: Settings, operations: dict[str, Operation[Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Window]:
    monkeypatch.setattr(catalog, "operations", lambda: operations)
    bridge = Bridge(lambda wake: Engine(wake, threads=1, find=lambda name: operations[name]))
    window = Window(bridge, settings)
    monkeypatch.setattr(bridge, "warm_up", lambda: None)
    window.resize(1200, 780)
    window.show()
    with qtbot.waitSignal(bridge.ready):
        window.start_engine()
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    yield window
    window.close()
    window.deleteLater()


def test_run_streams_and_ends_as_one_step(qtbot: Any, window: Window, document: Document) -> None:
    window.add_document(document)
    window.operations.choose("tone-fill", {"tone": 0.75, "steps": 40})
    previews: list[float] = []
    window.session.previewed.connect(lambda run, update: previews.append(update.fraction))
    steps = len(document.history.done)
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.session.runs) and not window.session.busy)
    run = window.session.runs[0]
    assert run.state is State.DONE, run.detail
    assert previews == sorted(previews) and previews
    assert len(document.history.done) == steps + 1
    level = round((0.75 + 0.01) * 255)
    assert set(np.unique(document.picture.pixels[8:24, 8:24])) == {level}


def test_result_is_written_in_place(qtbot: Any, window: Window, document: Document) -> None:
    """A picture of 400 MB must not be there twice because somebody still holds a finished job's input."""
    window.add_document(document)
    with document.edit("Brush") as edit:  # from here on the pixels are the document's own
        edit.replace(Rect(0, 0, 1, 1), np.zeros((1, 1, 3), np.uint8))
        edit.cover(document.hole, Box(Rect(4, 4, 8, 8)))
    place = document.picture.pixels.ctypes.data
    for seed in range(3):
        window.operations.choose("tone-fill", {"tone": 0.1 * seed, "steps": 8})
        window.run()
        qtbot.waitUntil(lambda: not window.session.busy)
        assert document.picture.pixels.ctypes.data == place, f"run {seed} made a copy"


def test_two_documents_at_once_get_each_their_own(qtbot: Any, window: Window) -> None:
    documents = [Document(Image(np.zeros((40, 40, 3), np.uint8)), title=str(k)) for k in range(3)]
    for number, document in enumerate(documents):
        with document.edit("Brush") as edit:
            edit.cover(document.hole, Box(Rect(number, number, 5, 5)))
        window.add_document(document)
        window.operations.choose("tone-fill", {"tone": 0.2 * (number + 1), "steps": 30})
        window.operations.set_seed(0)
        window.run()
    qtbot.waitUntil(lambda: not window.session.busy)
    for number, document in enumerate(documents):
        expected = np.zeros((40, 40, 3), np.uint8)
        expected[number : number + 5, number : number + 5] = round(0.2 * (number + 1) * 255)
        assert np.array_equal(document.picture.pixels, expected)


def test_closing_the_window_in_the_middle_of_a_job(qtbot: Any, window: Window, document: Document) -> None:
    window.add_document(document)
    window.operations.choose("tone-fill", {"steps": 64})
    window.run()
    assert window.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("scumble")]


def test_pause_holds_and_stop_ends(qtbot: Any, window: Window, document: Document) -> None:
    window.add_document(document)
    window.operations.choose("tone-fill", {"steps": 64})
    window.run()
    run = window.session.runs[0]
    window.pause()
    assert run.state is State.PAUSED
    qtbot.wait(60)
    assert run.active
    window.stop()
    qtbot.waitUntil(lambda: not run.active)
    assert run.state is State.STOPPED and document.history.undoable is not None
    assert not any(step.recipe for step in document.history.steps)


def test_panels_of_the_whole_catalogue_round_trip(qtbot: Any) -> None:
    from desktop.panels.params_panel import ParamsPanel

    for operation in catalog.operations().values():
        panel = ParamsPanel(operation.params)
        qtbot.addWidget(panel)
        assert panel.values() == operation.params(), operation.id
        for values in operation.presets.values():
            panel.set_json(dict(values))
            assert panel.values() == operation.params.from_json(values), operation.id
        assert panel.minimumSizeHint().width() <= 250, f"{operation.id} does not fit beside the canvas"
        for name, row in panel.rows.items():
            assert row.toolTip() and row.focusProxy() is not None, f"{operation.id} {name}"
