"""Jobs that are no business of the job list: someone asks, and is told every event of his own job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from desktop.bridge import Bridge

if TYPE_CHECKING:
    from engine.jobs import Event, Job

Answer = Callable[["Event"], None]


class Asking(QObject):
    """Passes the events of a job to whoever submitted it."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._answers: dict[int, Answer] = {}
        bridge.arrived.connect(self._arrived)

    def ask(self, job: Job, answer: Answer) -> int | None:
        """Submits a job and gives its number; None while there is no engine. The last event is Done, Stopped or Failed.

        In the job's slot the newest one wins, whoever submitted it.
        """
        try:
            number = self._bridge.submit(job)
        except RuntimeError:
            return None
        self._answers[number] = answer
        return number

    def stop(self, number: int) -> None:
        """Ends a job; its Stopped follows."""
        self._bridge.stop(number)

    def forget(self, number: int) -> None:
        """Ends a job; nobody is told any more."""
        self._answers.pop(number, None)
        self._bridge.stop(number)

    @Slot(object)
    def _arrived(self, event: Event) -> None:
        from engine.jobs import Done, Failed, Stopped

        answer = self._answers.get(event.number)
        if answer is not None:
            if isinstance(event, Done | Stopped | Failed):
                del self._answers[event.number]
            answer(event)
