"""Trainings under way, on the disk: whoever closes the window, or loses the power, goes on with them another day.

Each has a file of its own with a lock that dies with the process. A file whose lock can be had belongs to a training
that was cut short.
"""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile, QObject, QTimer

from desktop import learnt
from desktop.bridge import Bridge
from desktop.session.runs import Run, State
from desktop.session.session import Session
from desktop.settings import state_folder
from engine.errors import Unusable
from engine.trained import Trained

INTERVAL = 60_000
"""Milliseconds between two looks at what is being learnt."""
_WORDS = "unfinished"
"""What a file says of the training that it is of, beside what it says of the network."""


@dataclass(frozen=True, eq=False)
class CutShort:
    """A training that did not come to its end.

    Attributes:
        file: what it had learnt by then.
        kind: of network.
        title: what it was to be called.
        params: of the operation, as JSON values.
        fraction: how far it was, 0..1.
    """

    file: Path
    kind: str
    title: str
    params: Mapping[str, Any]
    fraction: float
    lock: QLockFile = field(repr=False)


@dataclass(eq=False)
class _Kept:
    """The file of a training that goes on.

    Attributes:
        last: what was written into it.
        busy: it is being written.
        over: the training has ended, and the file is to go.
    """

    file: Path
    lock: QLockFile
    last: Trained | None = None
    busy: bool = False
    over: bool = False


class Unfinished(QObject):
    """Writes what is being learnt once a minute, off the window's thread, and finds what an earlier sitting left.

    Args:
        bridge: runs the writing.
        session: has the trainings.
        folder: where; in the state folder by default.
    """

    def __init__(
        self, bridge: Bridge, session: Session, parent: QObject | None = None, folder: Path | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self._session = bridge, session
        self._folder = folder or state_folder() / "unfinished"
        self._kept: dict[int, _Kept] = {}
        self._found: list[CutShort] = []
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self.save_now)
        session.ended.connect(self._ended)

    def start(self) -> list[CutShort]:
        """Begins to save, and says what was cut short, newest first."""
        self._timer.start()
        found: list[tuple[float, CutShort]] = []
        with contextlib.suppress(OSError):
            for file in self._folder.glob(f"*{learnt.SUFFIX}") if self._folder.is_dir() else []:
                lock = _lock(file)
                if lock.tryLock(0):
                    found.append((file.stat().st_mtime, _described(file, lock)))
        self._found = [cut for _, cut in sorted(found, key=lambda pair: -pair[0])]
        return list(self._found)

    def goes_on(self, run: Run, cut: CutShort) -> None:
        """A run takes up what was cut short: its file is that of the run from now on."""
        self._kept[run.number] = _Kept(cut.file, cut.lock)
        self._found.remove(cut)

    def keep(self, cut: CutShort, then: Callable[[Path], None], failed: Callable[[Exception], None]) -> None:
        """What it had learnt goes to where finished networks are."""

        def work() -> Path:
            trained = learnt.opened(cut.file, cut.kind)
            words = {name: text for name, text in trained.about.items() if name != _WORDS}
            return learnt.keep(replace(trained, about={**words, "title": cut.title}))

        def kept(path: Path) -> None:
            self.discard(cut)
            then(path)

        self._bridge.aside(work, kept, failed)

    def discard(self, cut: CutShort) -> None:
        """It is not wanted, or is safe elsewhere by now."""
        _drop(cut.file, cut.lock)
        self._found.remove(cut)

    def save_now(self) -> None:
        """Writes what has been learnt since the last time."""
        for run, kept, trained in self._news():
            if not kept.busy:
                kept.busy = True
                made = _marked(run, trained)
                ended = partial(self._saved, kept)
                self._bridge.aside(partial(_written, made, kept.file), partial(ended, trained), partial(ended, None))

    def _saved(self, kept: _Kept, trained: Trained | None, _: object) -> None:
        # Where it could not be written, the next minute is another chance: the training itself is not in danger.
        kept.busy, kept.last = False, trained or kept.last
        if kept.over:
            _drop(kept.file, kept.lock)

    def close(self) -> None:
        """The sitting ends: what goes on is written as it is now, and waits for the next one."""
        self._timer.stop()
        for run, kept, trained in self._news():
            with contextlib.suppress(Unusable):
                _written(_marked(run, trained), kept.file)
        for lock in [kept.lock for kept in self._kept.values()] + [cut.lock for cut in self._found]:
            lock.unlock()
        self._kept, self._found = {}, []

    def _news(self) -> list[tuple[Run, _Kept, Trained]]:
        """Each training that has learnt something since it was last written, with its file."""
        found = []
        for run in self._session.runs:
            if run.learning is None or run.state not in (State.RUNNING, State.PAUSED):
                continue
            kept = self._kept.get(run.number)
            if kept is None:
                stem = re.sub(r"[^\w -]+", "", _title(run)).strip()[:40]
                file = self._folder / f"{stem} {uuid.uuid4().hex[:8]}{learnt.SUFFIX}"
                with contextlib.suppress(OSError):
                    self._folder.mkdir(parents=True, exist_ok=True)
                kept = self._kept[run.number] = _Kept(file, _lock(file))
                kept.lock.tryLock(0)
            if kept.last is not run.learning:
                found.append((run, kept, run.learning))
        return found

    def _ended(self, run: Run) -> None:
        kept = self._kept.pop(run.number, None)
        if kept is None:
            return
        if run.state is State.FAILED:
            kept.lock.unlock()  # offered when the program starts the next time
        elif kept.busy:
            kept.over = True
        else:
            _drop(kept.file, kept.lock)


def _title(run: Run) -> str:
    return run.named or run.title


def _marked(run: Run, trained: Trained) -> Trained:
    said = {"title": _title(run), "params": run.wish.params.as_json(), "fraction": run.fraction}
    return replace(trained, about={**trained.about, _WORDS: json.dumps(said)})


def _written(trained: Trained, file: Path) -> None:
    from engine.files import save_trained

    save_trained(trained, file)


def _described(file: Path, lock: QLockFile) -> CutShort:
    """What a file says of itself; one that says nothing can still be let go."""
    from engine.files import probe_trained

    try:
        trained = probe_trained(file)
        said = json.loads(trained.about[_WORDS])
        return CutShort(file, trained.kind, str(said["title"]), dict(said["params"]), float(said["fraction"]), lock)
    except (Unusable, LookupError, TypeError, ValueError, RecursionError):
        return CutShort(file, "", file.stem, {}, 0.0, lock)


def _lock(file: Path) -> QLockFile:
    lock = QLockFile(str(file.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    return lock


def _drop(file: Path, lock: QLockFile) -> None:
    with contextlib.suppress(OSError):
        file.unlink()
    lock.unlock()
