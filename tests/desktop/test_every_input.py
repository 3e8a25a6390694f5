"""Whoever knows nothing gives an operation what it needs, in the window, and sees all that came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QMenu, QPushButton

from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.panels import findings
from desktop.settings import Settings
from desktop.window import Window
from engine import catalog, files
from engine.context import Context
from engine.frame import Frame
from engine.image import Image
from engine.jobs import Engine
from engine.operation import Given, Input, Inputs, Mask, Operation, Picture
from engine.params import Params, Slider
from engine.region import Rect, Size
from tests.desktop.conftest import GROW

Button = Qt.MouseButton


@dataclass(frozen=True)
class Amount(Params):
    amount: Annotated[float, Slider(0, 1, help="How much")] = 0.5


def own_size(inputs: Mapping[str, Input | None], p: Amount) -> Size:
    sample = inputs["sample"]
    assert isinstance(sample, Image)
    return sample.size


def mask_size(inputs: Mapping[str, Input | None], p: Amount) -> Size:
    where = inputs["where"]
    assert isinstance(where, np.ndarray)
    return where.shape[1], where.shape[0]


def picture_size(inputs: Mapping[str, Input | None], p: Amount) -> Size:
    picture = inputs["picture"]
    assert isinstance(picture, Image)
    return picture.size


def close_up(ctx: Context, given: Given, p: Amount) -> Iterator[Frame]:
    width, height = ctx.size
    found = {"kept": 0.625, "seam": 0.4, "seam before": 8.25}
    others = tuple(replace(image, pixels=255 - image.pixels) for image in given.maps or ())
    yield Frame(
        Rect(0, 0, width, height), np.full((height, width, 3), 0.5, np.float32), 1.0, findings=found, others=others
    )


def mixed(ctx: Context, given: Given, p: Amount) -> Iterator[Frame]:
    where = given.where[..., None]
    values = given.sample[0, 0] + (given.other[0, 0] - given.sample[0, 0]) * where
    yield Frame(Rect.of(where), values.astype(np.float32), 1.0)


def laid(ctx: Context, given: Given, p: Amount) -> Iterator[Frame]:
    yield Frame(Rect.of(given.picture), np.broadcast_to(given.sample[0, 0], given.picture.shape), 1.0)


def declared(id: str, run: Any, roles: Inputs, **more: Any) -> Operation[Any]:
    return Operation(id=id, title=id.capitalize(), group="Any", roles=roles, params=Amount, run=run, doc=id, **more)


CLOSE = declared(
    "close",
    close_up,
    Inputs(
        sample=Picture(help="What is closed."),
        maps=Picture(title="Further maps", required=False, several=True, of="sample", stored=True),
    ),
    sized=True,
    size=own_size,
)
MIX = declared(
    "mix",
    mixed,
    Inputs(
        sample=Picture(help="The one."),
        other=Picture(help="The other."),
        where=Mask(title="Mask", of="", help="Where the other is"),
    ),
    size=mask_size,
)
LAY = declared(
    "lay",
    laid,
    Inputs(sample=Picture(help="The texture"), picture=Picture(help="On what"), where=Mask(required=False)),
    replaces="picture",
    within="where",
    size=picture_size,
)
KNOWN = {operation.id: operation for operation in (CLOSE, MIX, LAY, GROW)}


@pytest.fixture
def window(qtbot: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setattr(catalog, "operations", lambda: KNOWN)
    bridge = Bridge(lambda wake: Engine(wake, threads=1, find=lambda name: KNOWN[name]))
    window = Window(bridge, settings)
    monkeypatch.setattr(bridge, "warm_up", lambda: None)
    window.resize(1280, 820)
    window.show()
    with qtbot.waitSignal(bridge.ready):
        window.start_engine()
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def document(window: Window) -> Document:
    """64 x 48 px of one gray, in front."""
    document = Document(Image(np.full((48, 64, 3), 100, np.uint8)), title="wall")
    window.add_document(document)
    return document


@pytest.fixture
def moss(tmp_path: Path) -> Path:
    path = tmp_path / "moss.png"
    files.save_picture(Image(np.full((20, 30, 3), 40, np.uint8)), path)
    return path


def drop(window: Window, role: str, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none = Qt.KeyboardModifier.NoModifier
    line: Any = window.operations.inputs.line(role)
    assert line.acceptDrops(), role
    line.dropEvent(QDropEvent(QPointF(3, 3), Qt.DropAction.CopyAction, data, Button.LeftButton, none))


def run(qtbot: Any, window: Window) -> None:
    qtbot.mouseClick(window.operations.run_bar.run, Button.LeftButton)
    qtbot.waitUntil(lambda: not window.session.busy)


def paint(document: Document, rect: Rect) -> None:
    with document.edit("Brush mask") as edit:
        edit.cover(document.hole, Box(rect))


def test_a_texture_dropped_on_the_line_of_the_sample_is_laid(
    qtbot: Any, window: Window, document: Document, moss: Path
) -> None:
    """The picture's own texture laid on itself would be nothing; what is missing is said where it is asked for."""
    window.operations.choose("lay")
    assert window.operations.run_bar.hint.text() == "Drop one on the line Sample"
    assert window.operations.inputs.text("where") == "nothing painted: all of it"
    run(qtbot, window)
    assert not window.session.runs and "drop one on the line Sample" in window.notice.sentence.text()
    drop(window, "sample", moss)
    qtbot.waitUntil(lambda: "moss.png" in window.operations.inputs.text("sample"))
    assert window.operations.run_bar.hint.text() == ""
    run(qtbot, window)
    made = window.document()
    assert made is not document and set(np.unique(made.picture.pixels)) == {40}, "nothing was painted: all of it"
    window.tabs.show_document(document)
    paint(document, Rect(8, 8, 10, 10))
    run(qtbot, window)
    assert window.document() is document
    assert document.picture.pixels[12, 12, 0] == 40 and document.picture.pixels[0, 0, 0] == 100


def test_an_open_picture_is_lent_and_taken_away_again(qtbot: Any, window: Window, document: Document) -> None:
    window.add_document(Document(Image(np.full((9, 9, 3), 220, np.uint8)), title="snow & ice"))
    window.tabs.show_document(document)
    window.operations.choose("mix")
    offered: list[str] = []

    def pick(wanted: str) -> None:
        def choose() -> None:
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            offered[:] = [action.text() for action in menu.actions() if action.text()]
            action = next((action for action in menu.actions() if action.text() == wanted), None)
            if action is None:
                menu.close()
            else:
                qtbot.mouseClick(menu, Button.LeftButton, pos=menu.actionGeometry(action).center())

        QTimer.singleShot(50, window, choose)
        line: Any = window.operations.inputs.line("other")
        qtbot.mouseClick(line.button, Button.LeftButton)

    pick("snow && ice")
    assert offered == ["Choose pictures…", "snow && ice"], "not the picture itself"
    assert "snow & ice" in window.operations.inputs.text("other")
    assert window.operations.run_bar.hint.text() == "Paint one with the mask brush"
    pick("Take away")
    assert window.operations.inputs.text("other") == "drop a picture here"
    document.undo()
    assert "snow & ice" in window.operations.inputs.text("other")
    paint(document, Rect(0, 0, 32, 48))
    assert window.operations.run_bar.hint.text() == ""
    run(qtbot, window)
    made = window.document()
    assert made.size == document.size, "the painted mask's size is the result's"
    assert made.picture.pixels[10, 10, 0] == 220 and made.picture.pixels[10, 50, 0] == 100


def test_a_mask_painted_on_a_made_picture_is_taken_the_next_time(
    qtbot: Any, window: Window, document: Document, moss: Path
) -> None:
    window.operations.choose("mix")
    drop(window, "other", moss)
    qtbot.waitUntil(lambda: "moss.png" in window.operations.inputs.text("other"))
    paint(document, Rect(0, 0, 32, 48))
    run(qtbot, window)
    made = window.document()
    assert made is not document and window.operations.inputs.text("where").startswith("as before")
    paint(made, Rect(40, 0, 24, 48))
    assert window.operations.inputs.text("where").startswith("painted")
    run(qtbot, window)
    assert window.document() is made
    assert made.picture.pixels[10, 10, 0] == 100 and made.picture.pixels[10, 50, 0] == 40, "the new mask, the same pair"


def test_a_mask_on_a_made_picture_keeps_the_rest_of_it(
    qtbot: Any, window: Window, document: Document, moss: Path, tmp_path: Path
) -> None:
    window.operations.choose("lay")
    drop(window, "sample", moss)
    qtbot.waitUntil(lambda: "moss.png" in window.operations.inputs.text("sample"))
    run(qtbot, window)
    made = window.document()
    paint(made, Rect(0, 0, 8, 8))
    assert window.operations.inputs.text("sample") == "drop a picture here", "it is the picture now, and no remake"
    light = tmp_path / "light.png"
    files.save_picture(Image(np.full((20, 30, 3), 240, np.uint8)), light)
    drop(window, "sample", light)
    qtbot.waitUntil(lambda: "light.png" in window.operations.inputs.text("sample"))
    run(qtbot, window)
    assert window.document() is made
    assert made.picture.pixels[4, 4, 0] == 240 and made.picture.pixels[20, 20, 0] == 40


def test_size_is_the_samples_own_where_the_operation_says_so(window: Window, document: Document) -> None:
    row = window.operations.size_row
    window.operations.choose("close")
    assert row.isVisible() and row.value() == (64, 48)
    window.operations.choose("grow")
    assert row.value() == (128, 96)
    row.width_box.setValue(300)
    window.operations.choose("close")
    assert row.value() == (64, 48), "what was typed for a texture is no size of a tile"
    row.take_times(2)
    assert row.value() == (128, 96)
    with document.edit("Pick sample") as edit:
        edit.pick(Rect(0, 0, 20, 10))
    assert row.value() == (128, 96), "chosen is chosen"
    row.release()
    assert row.value() == (20, 10)
    window.operations.choose("lay")
    assert not row.isVisible()


def test_what_was_found_is_told_and_what_was_made_along_opens(
    qtbot: Any, window: Window, document: Document, tmp_path: Path
) -> None:
    maps = [tmp_path / "height.png", tmp_path / "gloss.png"]
    files.save_picture(Image(np.full((48, 64, 1), 65_000, np.uint16)), maps[0])
    files.save_picture(Image(np.full((48, 64, 3), 200, np.uint8)), maps[1])
    window.operations.choose("close")
    drop(window, "maps", *maps)
    qtbot.waitUntil(lambda: window.operations.inputs.text("maps") == "2 pictures")
    run(qtbot, window)
    told = window.notice.sentence.text()
    assert told.startswith("No seam shows where it repeats (0.4, before 8.2).") and "62% of it" in told
    assert told.endswith("height and gloss were made along in the same way.")
    count = window.tabs.count()
    button = next(button for button in window.notice.findChildren(QPushButton) if button.text() == "Open them")
    qtbot.mouseClick(button, Button.LeftButton)
    assert window.tabs.count() == count + 2 and not window.notice.isVisible()
    height, gloss = window.tabs.documents()[-2:]
    assert (height.title, gloss.title) == ("Close 1, height", "Close 1, gloss")
    assert height.picture.pixels.dtype == np.uint16 and height.modified and height.path is None
    out = tmp_path / "saved.png"
    window.filing.save_to(height, out, None)
    qtbot.waitUntil(lambda: not height.modified)
    assert np.array_equal(files.open_picture(out).pixels, height.picture.pixels)


def test_a_result_in_another_tab_is_brought_to_the_front(qtbot: Any, window: Window, document: Document) -> None:
    window.operations.choose("close")
    run(qtbot, window)
    made = window.document()
    assert made is not document
    window.tabs.show_document(document)
    run(qtbot, window)
    assert window.document() is made and window.tabs.count() == 2, "made again where it was made before"
    run(qtbot, window)
    assert window.operations.inputs.text("sample") == "as before, from wall", "not from itself"


def test_findings_are_said_in_plain_words() -> None:
    assert findings.sentence({}) == "" and findings.along(()) == ""
    assert (
        findings.sentence({"seam": 3.14, "seam before": 9.0})
        == "A seam still shows where it repeats (3.1, before 9.0)."
    )
    assert "(-0.4, before 0.0)" in findings.sentence({"seam": -0.38, "seam before": -0.04}), "as the tile bar says it"
    assert findings.sentence({"kept": 1.0}) == "All of it is the picture as it was."
    assert findings.sentence({"repetition": 0.5}) == "The same forms come back inside of it (0.50)."
    assert findings.sentence({"warmth": 0.25, "warmth before": 4}) == "Warmth: 0.25, before 4."
    verdicts = [(figure.name, figure.good) for figure in findings.figures({"kept": 0.3, "seam": 1, "seam before": 2})]
    assert verdicts == [("seam", True), ("kept", None)]
    assert findings.along((Image(np.zeros((1, 1, 1), np.uint8)),)) == "number 1 was made along in the same way."


def test_methods_are_those_that_grow_a_texture() -> None:
    assert GROW.grows_texture and not CLOSE.grows_texture and not MIX.grows_texture
    assert not catalog.find("tile").grows_texture and catalog.find("quilting").grows_texture
