"""Where events wait for their one reader.

An unread frame is replaced by the newer one (their rectangles united), so that a slow reader sees the newest state and
memory stays flat.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.image import Bytes, frozen
from engine.jobs.events import Done, Event, Failed, Stopped, Update
from engine.region import Rect


@dataclass(eq=False)
class _Unread:
    """A picture that nobody has looked at yet: `rect` of the output, found in `display` less `origin`."""

    rect: Rect
    origin: Rect
    display: Bytes
    newest: Update

    def update(self, lock: threading.Lock) -> Update:
        if self.rect == self.newest.rect:
            return self.newest
        with lock:
            part = self.display[self.rect.moved(-self.origin.x, -self.origin.y).slices].copy()
        return replace(self.newest, rect=self.rect, pixels=frozen(part))


class Mailbox:
    """Events for one reader: in order, but one place per job for updates."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._unread: dict[int, _Unread] = {}
        self._wake = wake

    def put(self, event: Event) -> None:
        with self._lock:
            first = not self._events and not self._unread
            self._events.append(event)
        if first:
            self._wake()

    def put_update(self, update: Update, origin: Rect, display: Bytes) -> None:
        with self._lock:
            first = not self._events and not self._unread
            old = self._unread.get(update.number)
            rect = update.rect.united(old.rect) if old else update.rect
            self._unread[update.number] = _Unread(rect, origin, display, update)
        if first:
            self._wake()

    def take(self, lock: threading.Lock) -> list[Event]:
        with self._lock:
            events, self._events = self._events, []
            unread, self._unread = self._unread, {}
        dropped = {event.number for event in events if isinstance(event, Stopped | Failed)}
        updates = [entry.update(lock) for number, entry in unread.items() if number not in dropped]
        ends = [event for event in events if isinstance(event, Done | Stopped | Failed)]
        others = [event for event in events if not isinstance(event, Done | Stopped | Failed)]
        return [*others, *updates, *ends]
