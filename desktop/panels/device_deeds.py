"""The window's dealings with what networks run on, and with the wait for the first of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from desktop.panels.devices import AUTO, KINDS
from desktop.panels.devices_library import Library
from desktop.panels.devices_weights import WeightsDialog
from desktop.session import Run, State

if TYPE_CHECKING:
    from desktop.bridge import Bridge
    from desktop.panels.notice import NoticeBar
    from desktop.panels.operations import OperationsPanel
    from desktop.panels.status import StatusLine
    from desktop.session import Session
    from desktop.settings import Settings
    from engine.jobs import Event, Job
    from engine.nets.devices import Device

LIBRARY, MODULE = "torch", "engine.nets.devices"
"""What takes its time when it is first wanted, and who knows afterwards what there is."""


class Devices(QMainWindow):
    """A part of `Window`, never used alone."""

    if TYPE_CHECKING:
        bridge: Bridge
        notice: NoticeBar
        operations: OperationsPanel
        session: Session
        settings: Settings
        status: StatusLine

    def connect_devices(self) -> None:
        """Listens from now on."""
        self._waiting_for: int | None = None
        self._looked_for = False
        kept = str(self.settings.get("device", AUTO))
        self._use_device(kept if kept in KINDS else AUTO)
        self.status.device.chosen.connect(self._choose_device)
        self.bridge.submitted.connect(self._job_submitted)
        self.bridge.arrived.connect(self._first_network)
        self.session.ended.connect(self._tell_fallback)
        self._library = Library(LIBRARY, self)
        self._library.wanted.connect(self._library_wanted)
        self._library.there.connect(self._library_there)

    def edit_networks(self) -> None:
        """Shows which weights the networks use, and takes in others."""
        dialog = WeightsDialog(self.bridge, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _choose_device(self, kind: str) -> None:
        self._use_device(kind)
        self.settings.set("device", kind)
        self.settings.save()

    def _use_device(self, kind: str) -> None:
        self.bridge.device = kind
        self.status.device.want(kind)

    def _job_submitted(self, job: Job, number: int) -> None:
        operation = self.operations.known.get(job.operation)
        if operation is not None and operation.neural and LIBRARY not in sys.modules:
            self._waiting_for = number
            self.status.show_networks(True)

    def _library_wanted(self) -> None:
        """By a job, which has been announced already, or by anything else that looks through a network."""
        self.status.show_networks(True)
        self._library.said()

    def _library_there(self) -> None:
        if self._waiting_for is None:
            self.status.show_networks(False)

    def _first_network(self, event: Event) -> None:
        from engine.jobs import Done, Failed, Stopped, Update

        if event.number == self._waiting_for and isinstance(event, Update | Done | Failed | Stopped):
            self._waiting_for = None
            self.status.show_networks(False)
        if isinstance(event, Update | Done) and not self._looked_for and MODULE in sys.modules:
            self._looked_for = True
            self.bridge.aside(_devices, self.status.device.know, lambda problem: None)

    def _tell_fallback(self, run: Run) -> None:
        """A graphics card's memory was full: it is done, but slower than one would think."""
        module = sys.modules.get(MODULE)
        if run.state is State.DONE and module is not None and run.note.endswith(module.FULL):
            self.notice.tell("info", f"{run.title} was made {run.note.rpartition(' · ')[2]}.")


def _devices() -> tuple[Device, ...]:
    from engine.nets.devices import available

    return available()
