"""The application: its look, its one window, and what happens to an error that nobody caught."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from desktop.bridge import Bridge
from desktop.look.theme import dress
from desktop.settings import Settings
from desktop.window import Window

log = logging.getLogger(__name__)


class LastResort(QObject):
    """Catches what nobody caught, in any thread, and tells it in the window instead of dying in silence.

    Signals:
        caught(detail): a traceback.
    """

    caught = Signal(str)

    def install(self) -> None:
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook = self._hook
        threading.excepthook = lambda args: self._hook(args.exc_type, args.exc_value, args.exc_traceback)

    def remove(self) -> None:
        sys.excepthook, threading.excepthook = self._before

    def _hook(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is KeyboardInterrupt:
            QApplication.quit()
            return
        detail = "".join(traceback.format_exception(kind, error, trace))
        log.error("uncaught: %s", detail)
        sys.stderr.write(detail)
        self.caught.emit(detail)


def run(paths: Sequence[str]) -> int:
    """Opens the studio with these files and returns the exit status when it is closed."""
    app = QApplication.instance() or QApplication(["scumble"])
    assert isinstance(app, QApplication)
    app.setApplicationName("scumble")
    app.setApplicationDisplayName("Scumble")
    app.setDesktopFileName("scumble")
    dress(app)
    window = Window(Bridge(), Settings())
    resort = LastResort()
    resort.caught.connect(lambda detail: window.notice.tell("error", "Something went wrong inside Scumble.", detail))
    resort.install()
    _quit_on_interrupt(app)
    window.show()
    # Once the first paint is through: the imports that take a second.
    QTimer.singleShot(0, window, lambda: _begin(window, paths))
    try:
        return app.exec()
    finally:
        resort.remove()
        window.bridge.close()


def _begin(window: Window, paths: Sequence[str]) -> None:
    window.start_engine()
    window.open_paths(paths)


def _quit_on_interrupt(app: QApplication) -> None:
    """Ctrl-C in the terminal closes the window as its button does; Python only looks while its code runs."""

    def close(*_: Any) -> None:
        app.closeAllWindows()

    signal.signal(signal.SIGINT, close)
    heartbeat = QTimer(app)
    heartbeat.setInterval(300)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
