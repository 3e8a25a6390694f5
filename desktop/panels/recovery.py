"""Autosaves, and what a crash left behind.

Each sitting has a folder of its own with a lock that dies with the process. A folder whose lock can be had belongs to
a sitting that ended without cleaning up.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from desktop.bridge import Bridge
from desktop.document.document import Document, Snapshot
from desktop.document.history import Step
from desktop.settings import state_folder, write_whole

INTERVAL = 60_000
"""Milliseconds between autosaves."""


@dataclass(frozen=True)
class Rescued:
    """A document that a crash left behind.

    Attributes:
        file: the autosaved project.
        title: what it was called.
        path: the file that it came from, "" for none.
        age: seconds since it was written.
    """

    file: Path
    title: str
    path: str
    age: float


class Recovery(QObject):
    """Saves what is unsaved once a minute, off the window's thread, and finds what an earlier sitting left.

    Signals:
        failed(sentence): an autosave could not be written. Told once.

    Args:
        bridge: runs the writing.
        documents: the open documents.
        folder: where; the state folder by default.
    """

    failed = Signal(str)

    def __init__(
        self,
        bridge: Bridge,
        documents: Callable[[], Sequence[Document]],
        parent: QObject | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._documents = bridge, documents
        self._root = folder or state_folder() / "recovery"
        self._own = self._root / uuid.uuid4().hex
        self._lock: QLockFile | None = None
        self._old: list[tuple[Path, QLockFile]] = []
        self._written: dict[int, tuple[Document, Step | None, Path]] = {}
        self._busy: set[int] = set()
        self._told = False
        self._leaving = False
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self.save_now)

    def start(self) -> list[Rescued]:
        """Begins to save, and says what there is to rescue, newest first."""
        found: list[Rescued] = []
        with contextlib.suppress(OSError):
            for folder in sorted(self._root.iterdir()) if self._root.is_dir() else []:
                lock = _lock(folder)
                if not lock.tryLock(0):
                    continue
                left = _left_in(folder)
                if left:
                    self._old.append((folder, lock))
                    found += left
                else:
                    lock.unlock()
                    shutil.rmtree(folder, ignore_errors=True)
        self._timer.start()
        return sorted(found, key=lambda rescued: rescued.age)

    def discard(self) -> None:
        """What an earlier sitting left is not wanted, or is safe elsewhere by now."""
        for folder, lock in self._old:
            lock.unlock()
            shutil.rmtree(folder, ignore_errors=True)
        self._old = []

    def discard_when_safe(self) -> None:
        """The same, once every autosave that is on its way has been written."""
        self._leaving = bool(self._busy)
        if not self._leaving:
            self.discard()

    def load(self, rescued: Rescued) -> Document:
        """Opens one of them. May run in any thread. Raises Unusable."""
        from desktop.document import project_file

        return project_file.load(rescued.file, recovery=True)

    def save_now(self) -> None:
        """Writes every document with something new that is not in its file."""
        for document in self._documents():
            key, step = id(document), document.history.undoable
            last = self._written.get(key)
            if not document.modified:
                self.forget(document)
            elif key not in self._busy and not document.editing and (last is None or last[1] is not step):
                self._write(document, step)

    def forget(self, document: Document) -> None:
        """It is saved or closed: its autosave is of no more use."""
        last = self._written.pop(id(document), None)
        if last is not None:
            for path in (last[2], last[2].with_suffix(".json")):
                with contextlib.suppress(OSError):
                    path.unlink()

    def close(self) -> None:
        """The sitting ends as it should: nothing is left behind."""
        self._timer.stop()
        for _, lock in self._old:
            lock.unlock()
        if self._lock is not None:
            self._lock.unlock()
            shutil.rmtree(self._own, ignore_errors=True)
            self._lock = None

    def _write(self, document: Document, step: Step | None) -> None:
        if self._lock is None:
            with contextlib.suppress(OSError):
                self._own.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self._own)
            self._lock.tryLock(0)
        key = id(document)
        last = self._written.get(key)
        path = last[2] if last else self._own / f"{uuid.uuid4().hex}.ora"
        self._busy.add(key)
        snapshot = document.snapshot()

        def done(_: None) -> None:
            self._busy.discard(key)
            self._written[key] = (document, step, path)
            if self._leaving:
                self.discard_when_safe()

        def failed(problem: Exception) -> None:
            self._busy.discard(key)
            if not self._told:
                self._told = True
                self.failed.emit(f"Autosave does not work at the moment: {problem}")

        self._bridge.aside(lambda: _save(snapshot, path), done, failed)


def _save(snapshot: Snapshot, path: Path) -> None:
    from desktop.document import project_file  # brings the file formats along, which the first paint can do without

    project_file.save(snapshot, path, compact=False)
    about = {"title": snapshot.title, "path": str(snapshot.path or ""), "time": time.time()}
    write_whole(path.with_suffix(".json"), json.dumps(about).encode())


def _lock(folder: Path) -> QLockFile:
    lock = QLockFile(str(folder / "lock"))
    lock.setStaleLockTime(0)
    return lock


def _left_in(folder: Path) -> list[Rescued]:
    found = []
    for path in folder.glob("*.ora"):
        try:
            about = json.loads(path.with_suffix(".json").read_text("utf-8"))
            age = max(0.0, time.time() - float(about["time"]))
            found.append(Rescued(path, str(about["title"]), str(about["path"]), age))
        except (OSError, ValueError, KeyError, TypeError):
            found.append(Rescued(path, "Recovered picture", "", 0.0))
    return found
