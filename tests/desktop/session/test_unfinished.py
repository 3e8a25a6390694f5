"""Trainings that a crash or the end of a sitting cuts short, with a real engine and a network of two numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from desktop import learnt
from desktop.bridge import Bridge
from desktop.session import Run, Session, State, Wish
from desktop.session.unfinished import CutShort, Unfinished
from engine.context import Context
from engine.files import open_trained
from engine.frame import Frame
from engine.image import Image
from engine.jobs import Engine
from engine.operation import Given, Inputs, Operation, Picture
from engine.params import Params, Slider
from engine.region import Rect
from engine.trained import Trained


@dataclass(frozen=True)
class For(Params):
    minutes: Annotated[float, Slider(0.01, 600)] = 20.0
    fails: Annotated[int, Slider(0, 1)] = 0


def _train(ctx: Context, given: Given, p: For) -> Iterator[Frame]:
    for step in range(2000):
        ctx.check()
        ctx.progress(step / 2000)
        time.sleep(0.002)
        if step % 10 == 0:
            learning = Trained("brush", {"weight": np.full(2, step, np.float32)})
            yield Frame(Rect(0, 0, 4, 4), np.zeros((4, 4, 3), np.float32), ctx.fraction, "learning", trained=learning)
        if p.fails and step == 40:
            raise MemoryError


TRAIN: Operation[Any] = Operation(
    id="brush-train",
    title="Train a brush",
    group="Stylize",
    roles=Inputs(sample=Picture(help="What.")),
    params=For,
    run=_train,
    doc="Trains.",
    size=lambda inputs, p: (4, 4),
    trains="brush",
)


@pytest.fixture
def session(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("SCUMBLE_HOME", str(tmp_path))
    bridge = Bridge(lambda wake: Engine(wake, threads=1, polite=False, find={"brush-train": TRAIN}.__getitem__))
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    session = Session(bridge)
    yield session
    bridge.close()
    session.deleteLater()


@pytest.fixture
def unfinished(session: Session) -> Iterator[Unfinished]:
    unfinished = Unfinished(session.bridge, session)
    yield unfinished
    unfinished.close()


def begun(qtbot: Any, session: Session, fails: int = 0) -> Run:
    inputs = {"sample": Image(np.zeros((8, 8, 3), np.uint8))}
    run = session.train(Wish(TRAIN, For(minutes=7, fails=fails)), inputs, {}, "Waves")
    assert run is not None
    qtbot.waitUntil(lambda: run.learning is not None and run.fraction > 0)
    return run


def saved(qtbot: Any, unfinished: Unfinished, run: Run) -> Path:
    unfinished.save_now()
    kept = unfinished._kept[run.number]
    qtbot.waitUntil(lambda: kept.last is not None and not kept.busy)
    return kept.file


def crash(unfinished: Unfinished) -> None:
    """The process is gone: its locks with it, its files not."""
    for kept in unfinished._kept.values():
        kept.lock.unlock()
    unfinished._kept = {}


def later(session: Session) -> tuple[Unfinished, list[CutShort]]:
    """The next sitting, and what it finds."""
    unfinished = Unfinished(session.bridge, session)
    return unfinished, unfinished.start()


def test_a_crash_leaves_what_was_learnt(qtbot: Any, session: Session, unfinished: Unfinished) -> None:
    assert unfinished.start() == []
    run = begun(qtbot, session)
    file = saved(qtbot, unfinished, run)
    other, found = later(session)
    assert found == [], "what goes on is nobody else's"
    crash(unfinished)
    other, (cut,) = later(session)
    assert (cut.file, cut.kind, cut.title) == (file, "brush", "Waves")
    assert cut.params["minutes"] == 7 and 0 < cut.fraction < 1
    kept: list[Path] = []
    problems: list[Exception] = []
    other.keep(cut, kept.append, problems.append)
    qtbot.waitUntil(lambda: bool(kept or problems))
    assert not problems
    (entry,) = learnt.found("brush")
    assert entry.title == "Waves" and not file.exists()
    assert "unfinished" not in open_trained(entry.path).about
    other.close()
    session.stop(run)
    qtbot.waitUntil(lambda: not run.active)


def test_at_the_end_of_a_sitting_the_newest_is_written(qtbot: Any, session: Session, unfinished: Unfinished) -> None:
    run = begun(qtbot, session)
    first = open_trained(saved(qtbot, unfinished, run)).tensors["weight"][0]
    qtbot.waitUntil(lambda: run.learning is not None and run.learning.tensors["weight"][0] > first)
    unfinished.close()
    other, (cut,) = later(session)
    assert open_trained(cut.file).tensors["weight"][0] > first
    other.discard(cut)
    assert not cut.file.exists() and later(session)[1] == []
    session.stop(run)
    qtbot.waitUntil(lambda: not run.active)


@pytest.mark.parametrize("keep", [True, False])
def test_what_is_ended_leaves_nothing(qtbot: Any, session: Session, unfinished: Unfinished, keep: bool) -> None:
    run = begun(qtbot, session)
    file = saved(qtbot, unfinished, run)
    session.stop(run, keep)
    qtbot.waitUntil(lambda: not run.active)
    qtbot.waitUntil(lambda: not file.exists())
    assert len(learnt.found("brush")) == keep and run.learning is None


def test_what_fails_is_not_lost(qtbot: Any, session: Session, unfinished: Unfinished) -> None:
    run = begun(qtbot, session, fails=1)
    file = saved(qtbot, unfinished, run)
    qtbot.waitUntil(lambda: run.state is State.FAILED)
    _, (cut,) = later(session)
    assert cut.file == file


def test_a_run_that_goes_on_has_the_same_file(qtbot: Any, session: Session, unfinished: Unfinished) -> None:
    run = begun(qtbot, session)
    file = saved(qtbot, unfinished, run)
    crash(unfinished)
    session.stop(run)
    qtbot.waitUntil(lambda: not run.active)
    other, (cut,) = later(session)
    second = begun(qtbot, session)
    other.goes_on(second, cut)
    assert saved(qtbot, other, second) == file
    session.stop(second)
    qtbot.waitUntil(lambda: not file.exists())
    other.close()


def test_a_damaged_file_can_be_let_go(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "unfinished"
    folder.mkdir()
    (folder / "old waves.safetensors").write_bytes(b"no")
    unfinished, (cut,) = later(session)
    assert (cut.kind, cut.title) == ("", "old waves")
    unfinished.discard(cut)
    assert not any(folder.glob("*.safetensors"))
