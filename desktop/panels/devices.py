"""Where the networks run: shown in the bottom line, changed by a click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from desktop.look import icons, palette

if TYPE_CHECKING:
    from engine.nets.devices import Device

AUTO = "auto"
KINDS = (AUTO, "cpu", "cuda", "mps")
"""What the setting may be."""

LONGEST = 22
"""Letters of a device's name in the bottom line."""


def short(title: str) -> str:
    """A device's name for the bottom line: without what goes without saying."""
    plain = title.partition(",")[0].removeprefix("NVIDIA ").replace("processor", "CPU")
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"


class DeviceButton(QToolButton):
    """Says which device the networks use, and lets a person choose another.

    Signals:
        chosen(kind): "auto", "cpu", "cuda" or "mps".
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted = AUTO
        self._devices: tuple[Device, ...] = ()
        self.setIcon(icons.icon("device", palette.MUTED))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setAutoRaise(True)
        self.clicked.connect(self._ask)
        self._show()

    def want(self, kind: str) -> None:
        """This one is chosen."""
        self._wanted = kind
        self._show()

    def know(self, devices: Sequence[Device]) -> None:
        """These are there, best first. Until it is known, nobody has asked the networks' library yet."""
        self._devices = tuple(devices)
        self._show()

    @property
    def known(self) -> bool:
        return bool(self._devices)

    @property
    def used(self) -> str:
        """The name of the device that the next network runs on; empty while nobody knows."""
        if self._wanted == AUTO:
            return self._devices[0].title if self._devices else ""
        return next((one.title for one in self._devices if one.kind == self._wanted), "")

    def menu_for(self) -> QMenu:
        """What can be chosen."""
        menu = QMenu(self)
        best = f" ({short(self._devices[0].title)})" if self._devices else ""
        entries = [(AUTO, f"Automatic{best}")]
        if self._devices:
            entries += [(one.kind, one.title[:1].upper() + one.title[1:]) for one in self._devices]
        else:
            entries.append(("cpu", "Processor"))
        if self._wanted not in dict(entries):
            entries.append((self._wanted, f"{self._wanted.upper()}, which is not there now"))
        for kind, title in entries:
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(kind == self._wanted)
            action.setData(kind)
        told = "Graphics cards are looked for when a network is first used" if not self._devices else ""
        if self._devices and all(one.kind == "cpu" for one in self._devices):
            told = "No graphics card was found here: networks run on the processor"
        if told:
            menu.addSeparator()
            menu.addAction(told).setEnabled(False)
        return menu

    def _ask(self) -> None:
        menu = self.menu_for()
        kinds = {action: action.data() for action in menu.actions()}
        kind = kinds.get(menu.exec(self.mapToGlobal(self.rect().topLeft())))
        menu.deleteLater()
        if kind in KINDS and kind != self._wanted:
            self.chosen.emit(kind)

    def _show(self) -> None:
        used = self.used
        text = short(used) if used else "Automatic" if self._wanted == AUTO else self._wanted.upper()
        self.setText(text)
        self.setAccessibleName(f"Device for networks: {text}")
        how = "chosen by itself" if self._wanted == AUTO else "chosen by you"
        self.setToolTip(f"Networks run here: {used or text}, {how}.\nClick to change it.")
