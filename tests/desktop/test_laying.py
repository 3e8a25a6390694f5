"""A picture dragged over another: seen while it hovers, laid when it is dropped, adjusted afterwards."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from desktop import web_pictures
from desktop.bridge import Bridge
from desktop.canvas import Canvas
from desktop.document import Document
from desktop.panels import dropping as dropping_module
from desktop.panels.dropping import DELAY, Dropping
from desktop.panels.filing import Filing
from desktop.panels.start import dropping
from desktop.panels.tabs import DocumentTabs
from desktop.session import Ban, Repair, Session, Wish
from desktop.session.asking import Asking
from desktop.session.laying import PATIENCE, SLOT, SMALL, Laying, Target
from desktop.session.reducing import LEAST
from desktop.settings import Settings
from engine import catalog, files, jobs
from engine.image import Image
from engine.operation import Input, Inputs, Mask, Operation, Picture, Result
from engine.params import Slider
from engine.recipe import Recipe
from engine.region import Rect
from tests.desktop.conftest import ScriptedEngine, ToneValues, _tone

LAY: Operation[Any] = Operation(
    id="lay",
    title="Lay",
    group="Transfer",
    roles=Inputs(
        sample=Picture(),
        picture=Picture(),
        where=Mask(required=False),
        source=Mask(of="sample", required=False, limits=True),
    ),
    params=ToneValues,
    run=_tone,
    doc="Lay: one flat tone.",
    replaces="picture",
    within="where",
)
Button, NONE = Qt.MouseButton, Qt.KeyboardModifier.NoModifier


class Desk:
    """Everything that a drop needs, without the window."""

    def __init__(self, bridge: Bridge, settings: Settings, engine: ScriptedEngine) -> None:
        self.engine = engine
        self.tabs = DocumentTabs()
        self.session = Session(bridge, self.tabs)
        self.laying = Laying(bridge, Asking(bridge, self.tabs), self.session, self.tabs)
        self.laying.use(LAY, "sample", "tone")
        self.filing = Filing(bridge, settings, self.tabs)
        self.said: list[tuple[str, str]] = []
        self.dropping = Dropping(
            bridge, self.laying, self.filing, self.tabs, self.session, lambda *words: self.said.append(words)
        )
        self.tabs.canvas_made.connect(self.dropping.follow)
        self.tabs.resize(500, 400)
        self.tabs.show()

    def open(self, document: Document) -> Canvas:
        self.session.open(document)
        return self.tabs.add(document, None)

    def job(self, number: int) -> jobs.Job:
        return self.engine.jobs[number]

    def answer(self, number: int, level: float) -> None:
        """The job gives one flat tone."""
        job = self.job(number)
        picture, where = job.inputs["picture"], job.inputs.get("where")
        assert isinstance(picture, Image)
        pixels = np.full((*picture.pixels.shape[:2], 3), level, np.float32)
        mask = None if where is None else np.asarray(where) > 0
        self.engine.say(jobs.Started(number))
        result = Result(picture.rect, pixels, mask, picture, where is not None)
        self.engine.say(jobs.Done(number, result, Recipe.of(job).as_json(), 0.2, False))


@pytest.fixture
def desk(qtbot: Any, bridge: Bridge, settings: Settings, engine: ScriptedEngine) -> Iterator[Desk]:
    desk = Desk(bridge, settings, engine)
    qtbot.addWidget(desk.tabs)
    yield desk


@pytest.fixture
def moss(tmp_path: Path) -> Path:
    path = tmp_path / "moss.png"
    files.save_picture(Image(np.full((30, 40, 3), 60, np.uint8)), path)
    return path


def carrying(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def hover(canvas: Canvas, data: QMimeData, x: float, y: float) -> None:
    """Drags to a point of the picture."""
    at = canvas.view.to_screen(x, y).toPoint()
    QApplication.sendEvent(canvas, QDragEnterEvent(at, Qt.DropAction.CopyAction, data, Button.LeftButton, NONE))
    QApplication.sendEvent(canvas, QDragMoveEvent(at, Qt.DropAction.CopyAction, data, Button.LeftButton, NONE))


def drop(canvas: Canvas, data: QMimeData, x: float, y: float, keys: Qt.KeyboardModifier = NONE) -> None:
    at = QPointF(canvas.view.to_screen(x, y))
    # Qt gives a drop only to what was entered before.
    hover(canvas, data, x, y)
    QApplication.sendEvent(canvas, QDropEvent(at, Qt.DropAction.CopyAction, data, Button.LeftButton, keys))


def test_hovering_shows_a_coarse_look_and_leaving_takes_it_away(
    qtbot: Any, desk: Desk, document: Document, moss: Path
) -> None:
    canvas = desk.open(document)
    hover(canvas, carrying(moss), 50, 40)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 1)
    assert "where" not in desk.job(1).inputs, "a look makes a small picture of its own"
    desk.answer(1, 0.75)
    qtbot.waitUntil(lambda: canvas.looking)
    assert canvas.scene is not None and canvas.scene.look is not None
    assert canvas.scene.look[0] == document.rect
    assert document.history.position == 1, "nothing has been done yet"
    QApplication.sendEvent(canvas, QDragLeaveEvent())
    assert not canvas.looking and not desk.dropping.hint.isVisible()


def test_a_guess_is_shown_while_kernels_are_compiled(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    """The engine may be busy for seconds the first time; a hand that hovers does not wait for it."""
    canvas = desk.open(document)
    shown: list[Any] = []
    desk.laying.looked.connect(lambda target, pixels: shown.append(pixels))
    hover(canvas, carrying(moss), 50, 40)
    qtbot.waitUntil(lambda: canvas.looking)
    assert len(desk.engine.jobs) == 1 and ("end", 1) not in desk.engine.calls
    guess = shown[0][..., 0].astype(int)
    assert guess.shape == (48, 64) and guess[20, 60] > guess[20, 5] + 20, "the light is the picture's"
    assert (shown[0][..., 3] == 255).all()
    desk.answer(1, 0.75)
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert set(np.unique(shown[1][..., 0])) == {191}, "what the engine says takes its place"
    hover(canvas, carrying(moss), 51, 40)
    QApplication.sendEvent(canvas, QDragLeaveEvent())
    qtbot.wait(2 * PATIENCE)
    assert not canvas.looking and len(shown) == 2, "nobody hovers, nothing is guessed"


def test_an_engine_that_answers_is_not_guessed_at(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    canvas = desk.open(document)
    shown: list[Any] = []
    desk.laying.looked.connect(lambda target, pixels: shown.append(pixels))
    hover(canvas, carrying(moss), 50, 40)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 1)
    desk.answer(1, 0.75)
    qtbot.waitUntil(lambda: len(shown) >= 1)
    qtbot.wait(2 * PATIENCE)
    assert len(shown) == 1


def test_over_the_mask_only_the_mask_changes(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    canvas = desk.open(document)
    drop(canvas, carrying(moss), 12, 12)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 1)
    where = desk.job(1).inputs["where"]
    assert where is not None and np.array_equal(np.asarray(where) > 0, document.hole.array() > 0)
    desk.answer(1, 0.75)
    qtbot.waitUntil(lambda: document.history.position == 2)
    assert document.picture.pixels[12, 12, 0] == 191 and document.picture.pixels[40, 50, 0] == 150


def test_a_drop_is_one_step_with_the_slider_under_the_cursor(
    qtbot: Any, desk: Desk, document: Document, moss: Path
) -> None:
    canvas = desk.open(document)
    drop(canvas, carrying(moss), 50, 40)
    qtbot.waitUntil(lambda: desk.dropping.bar.isVisible())
    bar, at = desk.dropping.bar, canvas.mapTo(desk.tabs, canvas.view.to_screen(50, 40).toPoint())
    assert bar.geometry().adjusted(-8, -8, 8, 8).contains(at) or bar.geometry().right() >= desk.tabs.width() - 20
    desk.answer(1, 0.75)
    qtbot.waitUntil(lambda: document.history.position == 2)
    assert (document.picture.pixels == 191).all()
    document.undo()
    assert document.picture.pixels[12, 12, 0] == 36


def test_another_strength_takes_the_place_of_the_first(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    canvas = desk.open(document)
    before = document.picture.pixels.copy()
    drop(canvas, carrying(moss), 50, 40)
    qtbot.waitUntil(lambda: desk.dropping.bar.isVisible())
    desk.answer(1, 0.75)
    qtbot.waitUntil(lambda: document.history.position == 2)
    bar = desk.dropping.bar
    bar.slider.setSliderDown(True)
    bar.slider.setValue(90)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 2)
    assert "where" not in desk.job(2).inputs, "while it is dragged, a look is enough"
    bar.slider.setSliderDown(False)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) >= 3)
    last = max(desk.engine.jobs)
    again = desk.job(last).inputs["picture"]
    assert isinstance(again, Image) and np.array_equal(again.pixels, before), "it starts from what was there before"
    assert desk.job(last).params.as_json()["tone"] == pytest.approx(0.9)
    desk.answer(last, 0.25)
    qtbot.waitUntil(lambda: document.history.position == 2)
    assert (document.picture.pixels == 64).all()
    document.undo()
    assert np.array_equal(document.picture.pixels, before), "one step, whatever was tried"


def test_another_strength_does_without_what_was_banned(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    canvas = desk.open(document)
    drop(canvas, carrying(moss), 50, 40)
    qtbot.waitUntil(lambda: desk.dropping.bar.isVisible())
    before = document.picture.pixels.copy()
    desk.answer(1, 0.75)
    qtbot.waitUntil(lambda: document.history.position == 2)
    sample = desk.job(1).inputs["sample"]
    assert isinstance(sample, Image) and document.history.undoable is not None
    again = Image(sample.pixels.copy(), name="the same file, read once more")
    ban = Ban(again, Rect(4, 6, 10, 8), np.ones((8, 10), np.bool_))
    wish = Wish(LAY, ToneValues())
    given: dict[str, Input | None] = {
        "picture": document.picture,
        "sample": sample,
        "where": np.ones(document.size[::-1], np.float32),
    }
    desk.session.start(document, wish, Repair(given, "Ban source", (ban,)))
    desk.answer(2, 0.5)
    qtbot.waitUntil(lambda: document.history.position == 3)
    assert desk.laying.adjustable
    desk.laying.adjust(0.9)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) >= 3)
    last = desk.job(3)
    assert isinstance(last.inputs["picture"], Image) and np.array_equal(last.inputs["picture"].pixels, before)
    free = np.asarray(last.inputs["source"]) > 0
    assert not free[ban.rect.slices].any() and free.sum() == 30 * 40 - 80
    desk.answer(3, 0.25)
    qtbot.waitUntil(lambda: document.history.position == 2 and not desk.laying.working)
    assert document.bans == (ban,)
    desk.laying.adjust(0.8)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) >= 4)
    assert np.array_equal(np.asarray(desk.job(4).inputs["source"]) > 0, free), "and so does the one after it"


def test_escape_takes_the_drop_back_and_enter_keeps_it(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    canvas = desk.open(document)
    before = document.picture.pixels.copy()
    for key, changed in ((Qt.Key.Key_Escape, False), (Qt.Key.Key_Return, True)):
        drop(canvas, carrying(moss), 50, 40)
        number = len(desk.engine.jobs) + 1
        qtbot.waitUntil(lambda number=number: number in desk.engine.jobs)
        desk.answer(number, 0.75)
        qtbot.waitUntil(lambda: document.history.position == 2)
        qtbot.keyClick(desk.dropping.bar, key)
        assert not desk.dropping.bar.isVisible()
        assert np.array_equal(document.picture.pixels, before) is not changed


def test_what_is_dropped_before_it_was_read_is_not_looked_at_any_more(
    qtbot: Any, desk: Desk, document: Document, moss: Path
) -> None:
    canvas = desk.open(document)
    drop(canvas, carrying(moss), 50, 40)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 1)
    qtbot.wait(2 * DELAY)
    assert [job.slot for job in desk.engine.jobs.values()] != [SLOT] and len(desk.engine.jobs) == 1


def test_a_stroke_after_the_drop_settles_it(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    canvas = desk.open(document)
    drop(canvas, carrying(moss), 50, 40)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 1)
    desk.answer(1, 0.75)
    qtbot.waitUntil(lambda: document.history.position == 2)
    with document.edit("Clear") as edit:
        edit.clear(document.hole)
    qtbot.waitUntil(lambda: not desk.dropping.bar.isVisible())
    desk.laying.adjust(0.1)
    assert len(desk.engine.jobs) == 1 and document.history.position == 3


def test_a_drop_that_cannot_be_made_leaves_no_slider(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    canvas = desk.open(document)
    drop(canvas, carrying(moss), 50, 40)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 1 and desk.dropping.bar.isVisible())
    desk.engine.say(jobs.Failed(1, "It is 1 x 1 px: one colour has no style; use a larger picture."))
    qtbot.waitUntil(lambda: not desk.dropping.bar.isVisible())
    assert document.history.position == 1


@pytest.mark.parametrize("keys", [Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier])
def test_keys_open_it_or_make_it_the_sample(
    qtbot: Any, desk: Desk, document: Document, moss: Path, keys: Qt.KeyboardModifier
) -> None:
    canvas = desk.open(document)
    opened: list[Document] = []
    desk.filing.opened.connect(lambda made, own: opened.append(made))
    drop(canvas, carrying(moss), 50, 40, keys)
    if keys == Qt.KeyboardModifier.ShiftModifier:
        qtbot.waitUntil(lambda: isinstance(document.sample, Image))
    else:
        qtbot.waitUntil(lambda: bool(opened))
    assert not desk.engine.jobs


def test_what_cannot_be_read_is_told(qtbot: Any, desk: Desk, document: Document, tmp_path: Path) -> None:
    canvas = desk.open(document)
    broken = tmp_path / "broken.png"
    broken.write_text("no picture")
    hover(canvas, carrying(broken), 50, 40)
    qtbot.waitUntil(lambda: bool(desk.said))
    assert desk.said[0][0] == "error" and not desk.engine.jobs and not desk.dropping.hint.isVisible()


def from_a_browser(path: Path) -> QMimeData:
    """What is dragged out of a page: an address that needs no network, in HTML, and the link around it."""
    data = QMimeData()
    told = base64.b64encode(path.read_bytes()).decode()
    data.setHtml(f'<a href="https://example.org/"><img src="data:image/png;base64,{told}"></a>')
    data.setUrls([QUrl("https://example.org/")])
    return data


def test_a_picture_from_a_browser_is_looked_at_and_laid(
    qtbot: Any, desk: Desk, document: Document, moss: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[str] = []

    def counted(address: str) -> Image:
        times.append(address)
        return web_pictures.fetched(address)

    monkeypatch.setattr(dropping_module, "fetched", counted)
    canvas, data = desk.open(document), from_a_browser(moss)
    hover(canvas, data, 50, 40)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 1)
    sample = desk.job(1).inputs["sample"]
    assert isinstance(sample, Image) and (sample.pixels == 60).all()
    QApplication.sendEvent(canvas, QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Button.LeftButton, NONE))
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 2 and desk.dropping.bar.isVisible())
    assert len(times) == 1, "what was fetched while it hovered is not fetched again"


def test_a_picture_that_cannot_be_fetched_is_told(qtbot: Any, desk: Desk, document: Document) -> None:
    canvas, data = desk.open(document), QMimeData()
    data.setUrls([QUrl("http://127.0.0.1:9/moss.png")])
    drop(canvas, data, 50, 40)
    qtbot.waitUntil(lambda: bool(desk.said))
    kind, sentence = desk.said[-1]
    assert kind == "error" and sentence.startswith("127.0.0.1 cannot be reached: ") and "paste it here" in sentence
    assert not desk.engine.jobs and not desk.dropping.bar.isVisible()


def test_ctrl_opens_a_picture_from_a_browser(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    canvas = desk.open(document)
    with qtbot.waitSignal(desk.filing.opened) as opened:
        drop(canvas, from_a_browser(moss), 50, 40, Qt.KeyboardModifier.ControlModifier)
    assert opened.args[0].size == (40, 30)


def test_without_the_operation_a_drop_opens_the_file(qtbot: Any, desk: Desk, document: Document, moss: Path) -> None:
    desk.laying.use(None, "", "")
    canvas = desk.open(document)
    with qtbot.waitSignal(desk.filing.opened):
        drop(canvas, carrying(moss), 50, 40)


def test_a_look_is_small_whatever_the_picture(qtbot: Any, desk: Desk) -> None:
    large = Document(Image(np.zeros((900, 1400, 3), np.uint8)), title="large")
    desk.open(large)
    tiny = Image(np.zeros((50, 60, 3), np.uint8))
    desk.laying.look(tiny, Target.of(large, (5, 5)), 0.5)
    qtbot.waitUntil(lambda: len(desk.engine.jobs) == 1)
    picture, sample = desk.job(1).inputs["picture"], desk.job(1).inputs["sample"]
    assert isinstance(picture, Image) and max(picture.size) == SMALL
    assert isinstance(sample, Image) and min(sample.size) == LEAST, "a texture stays a texture"


def test_the_operation_for_drops_is_there_and_has_what_it_needs() -> None:
    told = dropping()
    operation = catalog.find(told["operation"])
    assert told["role"] in operation.roles and {"picture", "where"} <= set(operation.roles)
    amount = next(entry for entry in operation.params.fields() if entry.name == told["amount"])
    assert isinstance(amount.control, Slider) and (amount.control.low, amount.control.high) == (0, 1)
    assert operation.replaces == "picture" and operation.within == "where"
