"""Training in the studio: it lives in the job list, everything else goes on, and what was learnt is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from desktop import learnt
from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.panels.jobs import JobsPanel
from desktop.panels.run_bar import how_far
from desktop.session import Run, Session, State, Wish
from engine.context import Context
from engine.frame import Frame
from engine.image import Image
from engine.jobs import Engine
from engine.operation import Given, Inputs, Operation, Picture
from engine.params import Params
from engine.region import Rect
from engine.trained import Trained
from tests.desktop.conftest import FILL


@dataclass(frozen=True)
class Nothing(Params):
    """No parameters."""


def _train(ctx: Context, given: Given, p: Nothing) -> Iterator[Frame]:
    for step in range(2000):
        ctx.check()
        ctx.progress(step / 2000)
        time.sleep(0.002)
        if ctx.due():
            width, height = ctx.size
            grid = np.full((height, width, 3), min(step / 500, 1), np.float32)
            learning = Trained("brush", {"weight": np.full(2, step, np.float32)}, {"title": "Waves"})
            yield Frame(Rect(0, 0, width, height), grid, ctx.fraction, "learning", trained=learning)


TRAIN: Operation[Any] = Operation(
    id="brush-train",
    title="Train a brush",
    group="Stylize",
    roles=Inputs(sample=Picture(help="What.")),
    params=Nothing,
    run=_train,
    doc="Trains.",
    trains="brush",
)


@pytest.fixture
def real(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bridge]:
    monkeypatch.setenv("SCUMBLE_HOME", str(tmp_path))
    found = {"brush-train": TRAIN, "tone-fill": FILL}
    bridge = Bridge(lambda wake: Engine(wake, threads=1, polite=False, find=found.__getitem__))
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    yield bridge
    bridge.close()


@pytest.fixture
def session(real: Bridge) -> Iterator[Session]:
    session = Session(real)
    yield session
    session.deleteLater()


@pytest.fixture
def document(session: Session) -> Document:
    document = Document(Image(np.full((30, 40, 3), 90, np.uint8)), title="photo")
    session.open(document)
    return document


def training(qtbot: Any, session: Session, document: Document) -> Run:
    run = session.start(document, Wish(TRAIN, Nothing()))
    assert run is not None and run.learns
    qtbot.waitUntil(lambda: run.shown is not None)
    return run


def test_a_fill_is_done_while_a_brush_is_trained(qtbot: Any, session: Session, document: Document) -> None:
    seen: list[Run] = []
    session.previewed.connect(lambda run, update: seen.append(run))
    run = training(qtbot, session, document)
    assert session.run_on(document) is None, "the picture is free for other work"
    with document.edit("Brush") as edit:
        edit.cover(document.hole, Box(Rect(5, 5, 10, 10)))
    with qtbot.waitSignal(session.delivered):
        session.start(document, Wish(FILL, FILL.params()))
    assert run.active and run not in seen, "nothing lies over the picture"
    assert document.history.undoable is not None
    session.stop(run)
    qtbot.waitUntil(lambda: run.state is State.STOPPED)
    assert learnt.found("brush") == ()


def test_what_was_learnt_by_then_is_kept(qtbot: Any, session: Session, document: Document) -> None:
    run = training(qtbot, session, document)
    with qtbot.waitSignal(session.learnt) as told:
        session.stop(run, keep=True)
    assert run.state is State.DONE
    (entry,) = learnt.found("brush")
    assert told.args == [run, entry.path] and entry.title == "Waves"
    assert learnt.opened(entry.path, "brush").tensors["weight"][0] >= 0
    assert not session.desk(document).outcomes, "no picture comes of it"


def test_training_goes_on_when_its_picture_is_closed(qtbot: Any, session: Session, document: Document) -> None:
    run = training(qtbot, session, document)
    session.close(document)
    before = run.fraction
    qtbot.waitUntil(lambda: run.fraction > before)
    with qtbot.waitSignal(session.learnt):
        session.stop(run, keep=True)


def test_the_job_list_shows_what_it_can_do(qtbot: Any, session: Session, document: Document) -> None:
    panel = JobsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    run = training(qtbot, session, document)
    row = panel.rows[run.number]
    qtbot.waitUntil(lambda: row.picture.isVisible())
    assert row.picture.pixmap().width() > 0
    qtbot.mouseClick(row.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: run.state is State.DONE)


def test_a_folder_that_cannot_be_written_is_said(
    qtbot: Any, session: Session, document: Document, tmp_path: Path
) -> None:
    (tmp_path / "models").write_text("a file is in the way")
    run = training(qtbot, session, document)
    with qtbot.waitSignal(session.noticed) as told:
        session.stop(run, keep=True)
    assert told.args[0] == "error" and "models" in told.args[1] and run.state is State.FAILED


def test_a_long_title_leaves_room_for_the_buttons(qtbot: Any, session: Session) -> None:
    document = Document(Image(np.full((30, 40, 3), 90, np.uint8)), title="A name that is longer than any panel is wide")
    session.open(document)
    panel = JobsPanel(session)
    qtbot.addWidget(panel)
    panel.resize(300, 400)
    panel.show()
    run = training(qtbot, session, document)
    row = panel.rows[run.number]
    qtbot.waitUntil(lambda: row.width() > 100)
    end = row.stop.mapTo(panel.viewport(), row.stop.rect().topRight()).x()
    assert end < panel.viewport().width() and document.title in row.title.toolTip()
    session.stop(run)
    qtbot.waitUntil(lambda: not run.active)


def test_how_long_it_takes_is_said_once(document: Document) -> None:
    run = Run(1, Wish(TRAIN, Nothing()), document, None, {}, state=State.RUNNING, fraction=0.5, seconds=600)
    assert "10 min left" in how_far(run)
    run.note = "step 9, 6 min left"
    assert how_far(run).count("left") == 1


def test_a_newer_training_keeps_what_the_older_has_learnt(qtbot: Any, session: Session, document: Document) -> None:
    first = training(qtbot, session, document)
    with qtbot.waitSignal(session.learnt) as told:
        second = session.start(document, Wish(TRAIN, Nothing()))
    assert told.args[0] is first and first.state is State.DONE and [e.title for e in learnt.found("brush")] == ["Waves"]
    assert second is not None and second.active
    session.stop(second)
    qtbot.waitUntil(lambda: not second.active)
