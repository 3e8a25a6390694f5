"""Pictures that a person chooses for an operation's inputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from desktop import sources
from desktop.document import Document, project_file
from desktop.panels.inputs import InputsPanel
from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Image
from engine.operation import Given, Inputs, Mask, Operation, Picture, operation
from engine.params import Params


class Nothing(Params):
    pass


@operation(
    "Mingle",
    group="Transfer",
    inputs=Inputs(
        sample=Picture(help="What to take from.", several=True),
        other=Picture(title="Other one", help="A second texture."),
        extra=Picture(help="Not needed.", required=False),
        where=Mask(help="Where.", required=False, of=""),
    ),
    params=Nothing,
)
def mingle(ctx: Context, inputs: Given, p: Nothing) -> Iterator[Frame]:
    raise NotImplementedError


MINGLE: Operation[Any] = mingle


def plain(level: int, name: str = "", side: int = 8) -> Image:
    return Image(np.full((side, side + 2, 3), level, np.uint8), name=name)


def give(document: Document, role: str, *pictures: Image) -> None:
    with document.edit("Choose a picture") as edit:
        edit.give(role, pictures)


def test_what_is_missing_is_said_and_what_is_given_is_taken(document: Document) -> None:
    with pytest.raises(Unusable, match="no picture for Other one.*drop one on the line Other one"):
        sources.gather(document, MINGLE)
    linen = plain(20, "/far/linen.png")
    give(document, "other", linen)
    inputs, origins = sources.gather(document, MINGLE)
    assert inputs["other"] is linen and origins["other"] == ("/far/linen.png",)
    assert inputs["extra"] is None
    offer = sources.offers(document, MINGLE)["other"]
    assert offer.given and "linen.png" in offer.words and "/far" not in offer.words


def test_of_several_pictures_only_those_that_are_used_are_named(document: Document) -> None:
    give(document, "other", plain(1, "/far/linen.png"), plain(2, "/far/moss.png"))
    offer = sources.offers(document, MINGLE)["other"]
    assert offer.words.startswith("linen.png") and offer.origin == ("/far/linen.png",)


def test_further_samples_stand_beside_the_picked_one(document: Document) -> None:
    give(document, "other", plain(1))
    alone = sources.gather(document, MINGLE)[0]["sample"]
    assert isinstance(alone, Image)
    more = (plain(5, "a"), plain(6, "b"))
    give(document, "sample", *more)
    together = sources.gather(document, MINGLE)[0]["sample"]
    assert isinstance(together, tuple) and together[1:] == more and together[0] is document.picture


def test_choosing_is_one_step_of_undo(document: Document) -> None:
    give(document, "other", plain(1))
    give(document, "other", plain(2))
    document.undo()
    assert sources.pictures_given(document, "other")[0].pixels[0, 0, 0] == 1
    document.undo()
    assert not document.given
    document.redo()
    assert sources.pictures_given(document, "other")[0].pixels[0, 0, 0] == 1


def test_given_pictures_are_in_the_project(document: Document, tmp_path: Path) -> None:
    give(document, "sample", plain(5, "/far/a.png"), plain(6, "/far/b.png"))
    give(document, "other", Image(np.full((4, 5, 1), 40_000, np.uint16), name="deep"))
    project_file.save(document, tmp_path / "kept.ora")
    again = project_file.load(tmp_path / "kept.ora")
    assert {role: len(pictures) for role, pictures in again.given.items()} == {"sample": 2, "other": 1}
    assert again.given["sample"][1].name == "/far/b.png"
    for role in document.given:
        pairs = zip(sources.pictures_given(document, role), sources.pictures_given(again, role), strict=True)
        for before, after in pairs:
            assert before.pixels.dtype == after.pixels.dtype and np.array_equal(before.pixels, after.pixels)


def test_a_picture_dropped_on_its_line_is_given(qtbot: Any, document: Document) -> None:
    panel = InputsPanel()
    qtbot.addWidget(panel)
    panel.show_for(MINGLE, sources.offers(document, MINGLE))
    assert "drop" in panel.text("other")
    assert panel.line("other").acceptDrops() and panel.line("sample").acceptDrops()
    assert not panel.line("where").acceptDrops()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/far/linen.png"), QUrl("https://example.org/not-a-file.png")])
    event: Any = QDropEvent(
        QPointF(2, 2), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(panel.given) as told:
        panel.line("other").dropEvent(event)
    assert told.args == ["other", ["/far/linen.png"]]


@pytest.mark.parametrize("role", ["sample", "other", "extra"])
def test_a_picture_dropped_beside_a_line_is_given_to_the_nearest(qtbot: Any, document: Document, role: str) -> None:
    panel = InputsPanel()
    qtbot.addWidget(panel)
    panel.show_for(MINGLE, sources.offers(document, MINGLE))
    panel.resize(260, panel.sizeHint().height())
    panel.show()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/far/linen.png")])
    at = QPoint(2, panel.line(role).geometry().center().y() + 3)
    rest = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(panel, QDragEnterEvent(at, *rest))
    QApplication.sendEvent(panel, QDragMoveEvent(at, *rest))
    marked = [name for name in ("sample", "other", "extra") if panel.line(name).styleSheet()]
    with qtbot.waitSignal(panel.given) as told:
        QApplication.sendEvent(panel, QDropEvent(QPointF(at), *rest))
    assert marked == [role] and told.args == [role, ["/far/linen.png"]]
    assert not panel.line(role).styleSheet()


def test_the_mask_decides_whether_the_picture_is_replaced(document: Document) -> None:
    @operation(
        "Lay over",
        group="Transfer",
        inputs=Inputs(
            sample=Picture(help="What."), picture=Picture(help="Onto what."), where=Mask(help="Where.", required=False)
        ),
        params=Nothing,
        replaces="picture",
        within="where",
    )
    def lay(ctx: Context, inputs: Given, p: Nothing) -> Iterator[Frame]:
        raise NotImplementedError

    assert sources.replaces(document, lay), "something is painted"
    assert sources.mask_of(document, "where") is document.hole
    with document.edit("Clear") as edit:
        edit.clear(document.hole)
    assert not sources.replaces(document, lay)
    assert not sources.replaces(document, MINGLE)
