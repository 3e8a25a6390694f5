"""What networks learnt, in the studio: where it is kept, and how an operation gets it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMenu

from desktop import learnt, sources
from desktop.document import Document, project_file
from desktop.panels.inputs import InputsPanel
from engine import files
from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Image
from engine.operation import Given, Inputs, Model, Picture, operation
from engine.params import Params
from engine.trained import Trained


@dataclass(frozen=True)
class Nothing(Params):
    """No parameters."""


@operation(
    "Restyle",
    group="Stylize",
    inputs=Inputs(picture=Picture(help="What."), model=Model(help="What was trained.", kind="brush")),
    params=Nothing,
    replaces="picture",
)
def restyle(ctx: Context, inputs: Given, p: Nothing) -> Iterator[Frame]:
    raise NotImplementedError


def brush(title: str, level: float = 1.0) -> Trained:
    return Trained("brush", {"weight": np.full(3, level, np.float32)}, {"title": title})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCUMBLE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def document() -> Document:
    return Document(Image(np.zeros((8, 8, 3), np.uint8)))


def test_what_is_kept_is_found_under_a_name_of_its_own(home: Path) -> None:
    assert learnt.found("brush") == ()
    first, second = learnt.keep(brush("Waves / wide?")), learnt.keep(brush("Waves / wide?", 2))
    assert first != second and first.parent == home / "models"
    assert {entry.title for entry in learnt.found("brush")} == {"Waves / wide?"}
    assert len(learnt.found("brush")) == 2 and learnt.found("space") == ()
    assert learnt.opened(second, "brush").tensors["weight"][0] == 2
    with pytest.raises(Unusable, match="a space file is wanted"):
        learnt.opened(second, "space")


def test_files_that_cannot_be_read_are_left_out(home: Path) -> None:
    learnt.keep(brush("Waves"))
    (home / "models" / "broken.safetensors").write_bytes(b"\xff" * 30)
    (home / "models" / "gone.safetensors").symlink_to(home / "nowhere")
    assert [entry.title for entry in learnt.found("brush")] == ["Waves"]


def test_without_a_choice_the_newest_is_taken(document: Document, home: Path) -> None:
    with pytest.raises(Unusable, match="There is no model yet"):
        sources.gather(document, restyle)
    path = learnt.keep(brush("Waves"))
    inputs, origins = sources.gather(document, restyle)
    assert isinstance(inputs["model"], Trained) and origins["model"] == (str(path),)
    assert sources.offers(document, restyle)["model"].words == "Waves"


def test_a_chosen_one_is_a_step_and_goes_into_the_project(document: Document, tmp_path: Path) -> None:
    learnt.keep(brush("Waves"))
    with document.edit("Choose") as edit:
        edit.give("model", (brush("Dots", 5),))
    assert sources.offers(document, restyle)["model"].words == "Dots"
    project_file.save(document, tmp_path / "kept.ora")
    again = project_file.load(tmp_path / "kept.ora")
    value = sources.gather(again, restyle)[0]["model"]
    assert isinstance(value, Trained) and value.tensors["weight"][0] == 5 and value.about["title"] == "Dots"
    document.undo()
    assert sources.offers(document, restyle)["model"].words == "Waves"


def test_the_line_lists_what_there_is(qtbot: Any, document: Document) -> None:
    path = learnt.keep(brush("Waves & dots"))
    panel = InputsPanel()
    qtbot.addWidget(panel)
    panel.show_for(restyle, sources.offers(document, restyle))
    panel.show()
    line: Any = panel.line("model")

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        action = next(action for action in menu.actions() if action.text() == "Waves && dots")
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())

    QTimer.singleShot(50, panel, choose)
    with qtbot.waitSignal(panel.given) as told:
        qtbot.mouseClick(line.button, Qt.MouseButton.LeftButton)
    assert told.args == ["model", [str(path)]]


def test_a_probe_says_what_a_file_says(home: Path) -> None:
    path = learnt.keep(brush("Waves"))
    probed = files.probe_trained(path)
    assert (probed.kind, probed.about["title"], dict(probed.tensors)) == ("brush", "Waves", {})
