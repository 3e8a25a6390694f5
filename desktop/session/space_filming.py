"""Makes the pictures of a path through a space one after the other, and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from desktop.session.asking import Asking
from desktop.session.space_live import Question
from engine.errors import Unusable
from engine.image import Bytes, displayed

if TYPE_CHECKING:
    from engine.jobs import Event

SLOT = "filming a space"
MOST_BYTES = 1 << 30


class SpaceFilming(QObject):
    """One film at a time.

    Signals:
        went_on(fraction): 0..1.
        done(paths): they are on the disk.
        failed(sentence, detail): nothing was written.
        ended(): whatever came of it.
    """

    went_on = Signal(float)
    done = Signal(object)
    failed = Signal(str, str)
    ended = Signal()

    def __init__(self, bridge: Bridge, asking: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._asking = bridge, asking
        self._number: int | None = None
        self._frames: list[Bytes] = []
        self._writing = False

    @property
    def busy(self) -> bool:
        """A film is being made, or written."""
        return self._number is not None or self._writing

    def start(self, questions: Sequence[Question], path: Path, kind: str, rate: int) -> None:
        """Makes a picture for each question, all of one size, and writes them."""
        size = questions[0].wish.size or (256, 256)
        if size[0] * size[1] * 3 * len(questions) > MOST_BYTES:
            many = f"{len(questions)} pictures of {size[0]} × {size[1]} px are too many"
            self.failed.emit(f"{many}: choose a smaller size or less time.", "")
            return
        if self._writing:
            self.failed.emit("The film before this one is still being written; try again in a moment.", "")
            return
        self.stop()
        self._frames = []
        self._next(list(questions), path, kind, rate)

    def stop(self) -> None:
        """Nothing is written, unless all of it is made: then the file is done in a moment."""
        if self._number is not None:
            self._asking.forget(self._number)
            self._number = None
            self.ended.emit()

    def _next(self, questions: list[Question], path: Path, kind: str, rate: int) -> None:
        from engine.jobs import Job

        question = questions[len(self._frames)]
        wish, inputs = question.wish, {question.role: question.space}
        job = Job(wish.operation.id, wish.params, inputs, wish.seed, wish.size, SLOT, wish.operation.title)
        self._number = self._asking.ask(job, partial(self._answered, questions, path, kind, rate))
        if self._number is None:
            self.failed.emit("The engine is still starting; try again in a moment.", "")
            self.ended.emit()

    def _answered(self, questions: list[Question], path: Path, kind: str, rate: int, event: Event) -> None:
        from engine import jobs

        if isinstance(event, jobs.Failed):
            self.failed.emit(event.sentence, event.detail)
        if isinstance(event, jobs.Failed | jobs.Stopped):
            self._number = None
            self.ended.emit()
        elif isinstance(event, jobs.Done):
            self._frames.append(displayed(event.result.pixels)[..., :3].copy())
            self.went_on.emit(len(self._frames) / len(questions))
            if len(self._frames) < len(questions):
                self._next(questions, path, kind, rate)
            else:
                self._number = None
                frames, self._frames = self._frames, []
                self._write(frames, path, kind, rate)

    def _write(self, frames: list[Bytes], path: Path, kind: str, rate: int) -> None:
        def work() -> tuple[Path, ...]:
            from engine.files.moving import save_moving

            return save_moving(frames, path, kind, rate)

        self._writing = True

        def written(paths: tuple[Path, ...]) -> None:
            self._writing = False
            self.done.emit(paths)
            self.ended.emit()

        def failed(problem: Exception) -> None:
            self._writing = False
            said = isinstance(problem, Unusable)
            self.failed.emit(str(problem) if said else "That could not be written.", "" if said else repr(problem))
            self.ended.emit()

        self._bridge.aside(work, written, failed)
