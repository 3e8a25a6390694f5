"""The networks' library: said before it is read, whoever wants it first, and read without holding the window up.

Python reads it line by line, and others go on; what holds everybody is the collector of garbage, which goes through all
that there is again and again while hundreds of thousands of things appear. So it rests meanwhile, and leaves them alone
from then on.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

from PySide6.QtCore import QObject, Signal

PATIENCE = 0.25
"""Seconds that the reading waits at most for the window to say so."""


class Library(QObject):
    """Watches for a module that takes its time.

    Signals:
        wanted: somebody, in whatever thread, is about to have it read, and waits a moment for `said`.
        there: it has been read, or cannot be.

    Args:
        name: of the module, a package.
    """

    wanted = Signal()
    there = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._said = threading.Event()
        if name not in sys.modules:
            watch = _Watch(name, self)
            self.destroyed.connect(watch.rest)

    def said(self) -> None:
        """The person has been told."""
        self._said.set()

    def read(self, loader: SourceFileLoader, module: ModuleType) -> None:
        """Has it read, in the thread that wants it."""
        with suppress(RuntimeError):  # the window has just been closed
            self.wanted.emit()
            self._said.wait(PATIENCE)
        gc.disable()
        try:
            loader.exec_module(module)
        finally:
            gc.freeze()
            gc.enable()
            with suppress(RuntimeError):
                self.there.emit()


class _Watch(MetaPathFinder):
    """Is asked for every module that is imported for the first time, and has an answer for one of them."""

    def __init__(self, name: str, library: Library) -> None:
        self.name, self.library = name, library
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is not None and isinstance(found.loader, SourceFileLoader):
            found.loader = _Loader(found.loader, self)
        return found

    def rest(self) -> None:
        """Is asked no more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)


class _Loader(SourceFileLoader):
    """Python's own, with somebody who is told."""

    def __init__(self, own: SourceFileLoader, watch: _Watch) -> None:
        super().__init__(own.name, own.path)
        self._own, self._watch = own, watch

    def exec_module(self, module: ModuleType) -> None:
        self._watch.rest()
        self._watch.library.read(self._own, module)
