"""A scripted engine, two small operations, and windows that close themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.settings import Settings
from desktop.window import Window
from engine import catalog, jobs
from engine.context import Context
from engine.frame import Frame
from engine.image import Image, displayed
from engine.operation import Given, Inputs, Mask, Operation, Picture, Result
from engine.params import Params, Slider, Toggle
from engine.recipe import Recipe
from engine.region import Rect


@dataclass(frozen=True)
class ToneValues(Params):
    tone: Annotated[float, Slider(0, 1, help="How light", low_looks="dark", high_looks="light")] = 0.5
    steps: Annotated[int, Slider(1, 64, unit="px")] = 4
    bold: Annotated[bool, Toggle(advanced=True)] = False


def _tone(ctx: Context, given: Given, params: ToneValues) -> Iterator[Frame]:
    picture = given.picture
    for _ in ctx.steps(range(params.steps)):
        # As real work: long enough that a person can pause it.
        time.sleep(0.002)
        level = np.float32((params.tone + ctx.seed / 100) % 1)
        yield Frame(Rect.of(picture), np.full_like(picture, level), ctx.fraction)


def _grow(ctx: Context, given: Given, params: ToneValues) -> Iterator[Frame]:
    width, height = ctx.size
    for _ in ctx.steps(range(params.steps)):
        yield Frame(Rect(0, 0, width, height), np.full((height, width, 3), params.tone, np.float32), ctx.fraction)


FILL: Operation[Any] = Operation(
    id="tone-fill",
    title="Tone fill",
    group="Fill",
    roles=Inputs(picture=Picture(), hole=Mask(), source=Mask(required=False)),
    params=ToneValues,
    run=_tone,
    doc="Tone fill: one flat tone in the hole.",
    replaces="picture",
    within="hole",
    presets={"Light": {"tone": 0.9}},
)
GROW: Operation[Any] = Operation(
    id="grow",
    title="Grow",
    group="Synthesize",
    roles=Inputs(sample=Picture()),
    params=ToneValues,
    run=_grow,
    doc="Grow: a flat picture of any size.",
    sized=True,
)
OPERATIONS = {operation.id: operation for operation in (FILL, GROW)}


class ScriptedEngine:
    """Does nothing by itself; a test says what comes back."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._box: list[jobs.Event] = []
        self.jobs: dict[int, jobs.Job] = {}
        self.calls: list[tuple[str, int]] = []
        self.closed = False

    def submit(self, job: jobs.Job) -> int:
        number = len(self.jobs) + 1
        for old, other in self.jobs.items():
            if other.slot == job.slot and ("end", old) not in self.calls:
                self.say(jobs.Stopped(old))
        self.jobs[number] = job
        return number

    def pause(self, number: int) -> None:
        self.calls.append(("pause", number))

    def resume(self, number: int) -> None:
        self.calls.append(("resume", number))

    def stop(self, number: int, keep: bool = False) -> None:
        self.calls.append(("keep" if keep else "stop", number))

    def warm_up(self) -> None:
        self.calls.append(("warm_up", 0))

    def close(self) -> None:
        self.closed = True

    def take(self) -> list[jobs.Event]:
        events, self._box = self._box, []
        return events

    # The script.

    def say(self, event: jobs.Event) -> None:
        """From another thread, as the real one does."""
        if isinstance(event, jobs.Done | jobs.Stopped | jobs.Failed):
            self.calls.append(("end", event.number))
        first = not self._box
        self._box.append(event)
        if first:
            thread = threading.Thread(target=self._wake)
            thread.start()
            thread.join()

    def update(self, number: int, level: float, fraction: float = 0.5, rect: Rect | None = None) -> None:
        job = self.jobs[number]
        whole = self.rect(number)
        rect = rect or whole
        pixels = displayed(np.full((rect.h, rect.w, 3), level, np.float32))
        self.say(jobs.Started(number))
        self.say(jobs.Update(number, rect, pixels, job.size or whole.size, fraction, "halfway", 1.0))

    def finish(self, number: int, level: float, partial: bool = False) -> None:
        job = self.jobs[number]
        rect = self.rect(number)
        image = job.inputs.get("picture") or job.inputs["sample"]
        assert isinstance(image, Image)
        replaces = "picture" in job.inputs
        pixels = np.full((rect.h, rect.w, image.channels), level, np.float32)
        hole = job.inputs.get("hole")
        where = None if hole is None else np.asarray(hole) > 0
        result = Result(rect, pixels, where, image, replaces)
        self.say(jobs.Done(number, result, Recipe.of(job).as_json(), 1.25, partial))

    def rect(self, number: int) -> Rect:
        job = self.jobs[number]
        if "picture" in job.inputs:
            picture = job.inputs["picture"]
            assert isinstance(picture, Image)
            return picture.rect
        assert job.size is not None
        return Rect(0, 0, *job.size)


@pytest.fixture
def operations() -> dict[str, Operation[Any]]:
    """tone-fill (fills the hole) and grow (makes a picture)."""
    return OPERATIONS


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


@pytest.fixture
def made() -> list[ScriptedEngine]:
    """The engines that bridges of this test have made."""
    return []


@pytest.fixture
def bridge(qtbot: Any, made: list[ScriptedEngine]) -> Iterator[Bridge]:
    """A running bridge to a scripted engine."""

    def make(wake: Callable[[], None]) -> ScriptedEngine:
        made.append(ScriptedEngine(wake))
        return made[-1]

    bridge = Bridge(make)
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    yield bridge
    bridge.close()


@pytest.fixture
def engine(bridge: Bridge, made: list[ScriptedEngine]) -> ScriptedEngine:
    """What the bridge talks to."""
    return made[0]


@pytest.fixture
def document() -> Document:
    """A gray ramp of 64 x 48 px with a hole of 16 x 16 in it."""
    ramp = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, :, None] * 3, (48, 64, 3))
    document = Document(Image(np.array(ramp), name="ramp"), title="ramp")
    with document.edit("Brush hole") as edit:
        edit.cover(document.hole, Box(Rect(8, 8, 16, 16)))
    document.saved()
    return document


@pytest.fixture
def window(
    qtbot: Any,
    bridge: Bridge,
    settings: Settings,
    operations: dict[str, Operation[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Window]:
    """The whole window, with `operations` for a catalogue and the scripted engine behind it."""
    monkeypatch.setattr(catalog, "operations", lambda: operations)
    window = Window(bridge, settings)
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    bridge.ready.emit()
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    yield window
    # Whatever a test let the question say: the end of a test is not to be asked about.
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    window.close()
    window.deleteLater()
