from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QFrame, QLabel, QLineEdit, QSlider, QWidget

from desktop.bridge import Bridge
from desktop.document import Box, Document
from desktop.panels.page import OperationPage
from desktop.panels.recovery import Recovery
from desktop.settings import Settings
from desktop.window import Window
from engine import files, jobs
from engine.image import Image
from engine.operation import Operation
from engine.region import Rect

Key, Modifier, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """120 x 90 px, 16 bit."""
    path = tmp_path / "photo.png"
    ramp = np.linspace(1000, 60000, 120, dtype=np.uint16)
    files.save_picture(Image(np.broadcast_to(ramp[None, :, None], (90, 120, 3)).copy()), path)
    return path


def opened(qtbot: Any, window: Window, path: Path) -> Document:
    before = window.tabs.count()
    window.open_paths([str(path)])
    qtbot.waitUntil(lambda: window.tabs.count() == before + 1)
    return window.document()


def stroke(qtbot: Any, window: Window, *points: tuple[float, float]) -> None:
    """Draws on the canvas in front with the left button, points in image space."""
    canvas = window.tabs.canvas
    assert canvas is not None
    places = [canvas.view.to_screen(*point).toPoint() for point in points]
    qtbot.mousePress(canvas, Button.LeftButton, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(canvas, place)
    qtbot.mouseRelease(canvas, Button.LeftButton, pos=places[-1])


def test_photo_painted_filled_undone_and_saved(
    qtbot: Any, window: Window, engine: Any, photo: Path, tmp_path: Path
) -> None:
    document = opened(qtbot, window, photo)
    before = document.picture.pixels.copy()
    stroke(qtbot, window, (40, 40), (60, 44), (70, 44))
    assert not document.hole.empty
    hole = document.hole.array() > 0
    qtbot.keyClick(window, Key.Key_Return, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(engine.jobs))
    engine.update(1, 0.5)
    canvas = window.tabs.canvas
    assert canvas is not None
    qtbot.waitUntil(lambda: canvas.previewing)
    assert not canvas.mask_visible("hole"), "the red would hide what is being made"
    engine.finish(1, 1.0)
    qtbot.waitUntil(lambda: not window.session.busy)
    qtbot.waitUntil(lambda: not canvas.previewing)
    pixels = document.picture.pixels
    assert pixels.dtype == np.uint16 and (pixels[hole] == 65535).all()
    assert np.array_equal(pixels[~hole], before[~hole])
    qtbot.keyClick(window, Key.Key_Z, Modifier.ControlModifier)
    assert np.array_equal(document.picture.pixels, before)
    qtbot.keyClick(window, Key.Key_Y, Modifier.ControlModifier)
    assert (document.picture.pixels[hole] == 65535).all()
    out = tmp_path / "out.png"
    with qtbot.waitSignal(window.filing.saved):
        window.filing.save_to(document, out)
    saved = files.open_picture(out)
    assert np.array_equal(saved.pixels, document.picture.pixels)
    recipe = files.read_recipe(out)
    assert recipe is not None and recipe["operation"] == "tone-fill"
    assert not document.modified and window.windowTitle() == "out.png — Scumble"


@pytest.mark.parametrize(("name", "told"), [("out.jpg", True), ("out.png", False), ("out.tif", False)])
def test_a_format_that_changes_pixels_is_named(
    qtbot: Any, window: Window, photo: Path, tmp_path: Path, name: str, told: bool
) -> None:
    document = opened(qtbot, window, photo)
    with qtbot.waitSignal(window.filing.saved):
        window.filing.save_to(document, tmp_path / name)
    hint = window.status.hint.text()
    assert name in hint and ("JPEG changes every pixel" in hint) == told


def test_results_are_kept_and_come_back_with_a_click(qtbot: Any, window: Window, engine: Any, photo: Path) -> None:
    document = opened(qtbot, window, photo)
    stroke(qtbot, window, (40, 40), (60, 44))
    hole = document.hole.array() > 0
    qtbot.mouseClick(window.operations.run_bar.run, Button.LeftButton)
    engine.finish(1, 1.0)
    qtbot.waitUntil(lambda: not window.session.busy)
    qtbot.mouseClick(window.operations.run_bar.another, Button.LeftButton)
    assert engine.jobs[2].seed == 2 and window.operations.run_bar.seed.value() == 2
    engine.finish(2, 0.0)
    qtbot.waitUntil(lambda: not window.session.busy)
    strip = window.strip.list
    assert window.strip.isVisible() and strip.count() == 2
    assert (document.picture.pixels[hole] == 0).all()
    place = strip.visualItemRect(strip.item(0)).center()
    qtbot.mouseClick(strip.viewport(), Button.LeftButton, pos=place)
    assert (document.picture.pixels[hole] == 65535).all()
    assert window.operations.run_bar.seed.value() == 1
    qtbot.keyClick(window, Key.Key_Z, Modifier.ControlModifier)
    assert not document.hole.empty, "one undo takes any of them back"


def test_progress_pause_and_stop_are_shown_and_work(qtbot: Any, window: Window, engine: Any, photo: Path) -> None:
    opened(qtbot, window, photo)
    stroke(qtbot, window, (40, 40), (60, 44))
    window.run()
    engine.update(1, 0.5, fraction=0.25)
    bar = window.operations.run_bar
    qtbot.waitUntil(lambda: bar.bar.done == 0.25)
    assert "25 %" in bar.line.text() and "about 3 s left" in bar.line.text()
    assert window.status.job_bar.isVisible() and "Tone fill" in window.status.job.text()
    qtbot.keyClick(window, Key.Key_P, Modifier.ControlModifier)
    assert engine.calls[-1] == ("pause", 1) and bar.pause.text() == "Go on"
    qtbot.keyClick(window, Key.Key_P, Modifier.ControlModifier)
    assert engine.calls[-1] == ("resume", 1)
    qtbot.keyClick(window, Key.Key_Escape)
    assert engine.calls[-1] == ("stop", 1)
    engine.say(jobs.Stopped(1))
    qtbot.waitUntil(lambda: not window.session.busy)
    assert bar.stack.currentIndex() == 0 and not window.actions_["stop"].isEnabled()
    assert not window.status.job_bar.isVisible()
    canvas = window.tabs.canvas
    assert canvas is not None and canvas.mask_visible("hole") and not canvas.previewing


def test_new_picture_opens_in_a_tab_and_another_joins_it(qtbot: Any, window: Window, engine: Any, photo: Path) -> None:
    source = opened(qtbot, window, photo)
    window.operations.choose("grow")
    window.operations.size_row.set((32, 16))
    window.run()
    engine.update(1, 0.3)
    canvas = window.tabs.canvas_of(source)
    assert canvas is not None
    qtbot.waitUntil(lambda: canvas.previewing)
    engine.finish(1, 0.5)
    qtbot.waitUntil(lambda: window.tabs.count() == 2 and not window.session.busy)
    made = window.document()
    assert made is not source and made.size == (32, 16) and made.modified
    assert [recipe["operation"] for _, recipe in made.snapshot().recipes] == ["grow"], "its file will carry its recipe"
    assert not canvas.previewing, "the picture it came from looks as before"
    assert "from photo.png" in window.operations.inputs.text("sample")
    window.operations.size_row._own = False
    window.refresh()
    assert window.operations.size_row.value() == (32, 16), "not twice the size of what was made"
    window.another()
    engine.finish(2, 1.0)
    qtbot.waitUntil(lambda: not window.session.busy)
    assert window.tabs.count() == 2 and window.strip.list.count() == 2
    assert (made.picture.pixels == 65535).all()


def test_a_result_comes_forward_but_not_over_the_variations(
    qtbot: Any, window: Window, engine: Any, photo: Path
) -> None:
    opened(qtbot, window, photo)
    stroke(qtbot, window, (40, 40), (60, 44))
    window.below.setCurrentWidget(window.history)
    window.run()
    engine.finish(1, 1.0)
    qtbot.waitUntil(lambda: window.below.currentWidget() is window.strip)
    stroke(qtbot, window, (40, 40), (60, 44))
    window.below.setCurrentWidget(window.trial_strip)
    window.run()
    engine.finish(2, 0.5)
    qtbot.waitUntil(lambda: window.strip.list.count() == 2)
    assert window.below.currentWidget() is window.trial_strip, "the next one is picked here"


def test_document_in_front_decides_what_is_shown(qtbot: Any, window: Window, engine: Any, photo: Path) -> None:
    first = opened(qtbot, window, photo)
    stroke(qtbot, window, (40, 40), (60, 44))
    window.run()
    window.add_document(Document(Image(np.zeros((30, 30, 3), np.uint8)), title="second"))
    assert window.operations.run_bar.stack.currentIndex() == 0, "nothing runs on this one"
    assert "Tone fill" in window.status.job.text(), "but the other is not forgotten"
    engine.finish(1, 1.0)
    qtbot.waitUntil(lambda: not window.session.busy)
    assert window.strip.list.count() == 0
    assert window.document().history.undoable is None
    qtbot.keyClick(window, Key.Key_Tab, Modifier.ControlModifier)
    assert window.document() is first and window.strip.list.isVisible()


def test_picking_a_sample_brings_an_operation_that_takes_one(qtbot: Any, window: Window, photo: Path) -> None:
    opened(qtbot, window, photo)
    assert window.operations.operation is not None and window.operations.operation.id == "tone-fill"
    qtbot.keyClick(window, Key.Key_K)
    stroke(qtbot, window, (10, 10), (30, 20), (50, 40))
    assert window.operations.operation.id == "grow"
    assert window.operations.inputs.text("sample") == "picked, 40 × 30 px"
    assert window.operations.size_row.value() == (80, 60), "twice the sample"


def test_error_is_one_sentence_with_details_behind_a_button(
    qtbot: Any, window: Window, engine: Any, photo: Path
) -> None:
    opened(qtbot, window, photo)
    stroke(qtbot, window, (40, 40), (60, 44))
    window.run()
    engine.say(jobs.Failed(1, "The hole is everything.", "Traceback of it"))
    qtbot.waitUntil(lambda: window.notice.isVisible())
    assert window.notice.sentence.text() == "The hole is everything."
    assert not window.notice.detail.isVisible()
    qtbot.mouseClick(window.notice.details, Button.LeftButton)
    assert window.notice.detail.isVisible() and window.notice.detail.toPlainText() == "Traceback of it"
    window.run()
    assert not window.notice.isVisible(), "the next try begins without the old complaint"


def test_holding_a_key_shows_the_original(qtbot: Any, window: Window, photo: Path) -> None:
    opened(qtbot, window, photo)
    canvas = window.tabs.canvas
    assert canvas is not None
    qtbot.keyPress(canvas, Key.Key_C)
    assert canvas.comparing
    qtbot.keyRelease(canvas, Key.Key_C)
    assert not canvas.comparing


def test_keys_can_be_changed(qtbot: Any, window: Window, settings: Settings, photo: Path) -> None:
    document = opened(qtbot, window, photo)
    settings.set("keys", {"mask_all": ["F9"], "compare": ["V"]})
    window.give_keys()
    qtbot.keyClick(window, Key.Key_A, Modifier.ControlModifier)
    assert document.hole.empty
    qtbot.keyClick(window, Key.Key_F9)
    assert document.hole.bounds == document.rect
    assert "hold V" in window.actions_["compare"].toolTip()
    canvas = window.tabs.canvas
    assert canvas is not None
    qtbot.keyPress(canvas, Key.Key_V)
    assert canvas.comparing
    qtbot.keyRelease(canvas, Key.Key_V)


def test_mask_commands_are_steps(qtbot: Any, window: Window, photo: Path) -> None:
    document = opened(qtbot, window, photo)
    qtbot.keyClick(window, Key.Key_A, Modifier.ControlModifier)
    qtbot.keyClick(window, Key.Key_D, Modifier.ControlModifier)
    assert document.hole.empty
    qtbot.keyClick(window, Key.Key_I, Modifier.ControlModifier | Modifier.ShiftModifier)
    assert document.hole.bounds == document.rect
    assert [step.title for step in document.history.done] == ["Mask everything", "Clear mask", "Invert mask"]
    assert window.history.count() == 4
    window.history.go_to(1)
    assert document.history.position == 1


def test_the_mask_is_blue_in_every_tab_and_the_next_day(
    qtbot: Any, window: Window, photo: Path, settings: Settings
) -> None:
    opened(qtbot, window, photo)
    qtbot.keyClick(window, Key.Key_Q, Modifier.AltModifier)
    window.filing.take_image(QImage(20, 10, QImage.Format.Format_RGB32))
    scenes = [canvas.scene for canvas in window.tabs.canvases()]
    assert len(scenes) == 2 and all(scene is not None and scene.blue for scene in scenes)
    window.ask_unsaved = lambda document: "discard"  # type: ignore[method-assign]
    window.close()
    assert Settings(settings.path).get("mask blue", False)


def test_file_that_cannot_be_opened_gets_a_sentence(
    qtbot: Any, window: Window, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "empty.png"
    path.touch()
    settings.used(str(path))
    window.open_paths([str(path)])
    qtbot.waitUntil(lambda: window.notice.isVisible())
    assert "empty.png" in window.notice.sentence.text() and not window.notice.details.isVisible()
    assert window.tabs.count() == 0 and settings.recent == []


def test_same_file_twice_comes_to_the_front(qtbot: Any, window: Window, photo: Path) -> None:
    document = opened(qtbot, window, photo)
    window.add_document(Document(Image(np.zeros((30, 30, 3), np.uint8))))
    window.open_paths([str(photo)])
    qtbot.waitUntil(lambda: window.tabs.document is document)
    assert window.tabs.count() == 2


def test_files_dropped_on_the_start_page_open(qtbot: Any, window: Window, photo: Path) -> None:
    assert window.stack.currentIndex() == 0 and not window.tool_bar.isVisible()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    event = QDropEvent(QPointF(10, 10), Qt.DropAction.CopyAction, data, Button.LeftButton, Modifier.NoModifier)
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.tabs.count() == 1)
    assert window.stack.currentIndex() == 1 and window.tool_bar.isVisible()


def test_copied_sample_can_be_pasted(qtbot: Any, window: Window, photo: Path) -> None:
    document = opened(qtbot, window, photo)
    with document.edit("Pick") as edit:
        edit.pick(Rect(10, 20, 30, 12))
    window.copy()
    window.paste()
    pasted = window.document()
    assert pasted is not document and pasted.size == (30, 12) and pasted.modified
    expected = document.picture.pixels[20:32, 10:40] / 257
    assert np.abs(pasted.picture.pixels - expected).max() <= 1


def test_what_the_mask_covers_is_copied_with_its_soft_rim(qtbot: Any, window: Window, photo: Path) -> None:
    document = opened(qtbot, window, photo)
    cover = np.full((12, 30), 255, np.uint8)
    cover[0], cover[1] = 0, 128
    cover[:, 0] = 255
    with document.edit("Select") as edit:
        edit.put(document.hole, Rect(10, 20, 30, 12), cover)
    window.copy()
    assert "what the mask covers, 30 × 12 px" in window.status.hint.text()
    window.paste()
    pasted = window.document().picture.pixels
    assert pasted.shape == (12, 30, 4)
    assert (pasted[0, 1:, 3] == 0).all() and (pasted[1, 1:, 3] == 128).all() and (pasted[2:, :, 3] == 255).all()
    expected = document.picture.pixels[22:32, 10:40, :3] / 257
    assert np.abs(pasted[2:, :, :3] - expected).max() <= 1


def test_empty_clipboard_is_said(qtbot: Any, window: Window) -> None:
    QGuiApplication.clipboard().clear()
    window.paste()
    assert "no picture on the clipboard" in window.notice.sentence.text()
    window.filing.take_image(QImage())
    assert "cannot be read" in window.notice.sentence.text()


@pytest.mark.parametrize(("answer", "left"), [("cancel", 1), ("discard", 0)])
def test_unsaved_changes_are_asked_about(qtbot: Any, window: Window, photo: Path, answer: str, left: int) -> None:
    document = opened(qtbot, window, photo)
    asked: list[str] = []

    def ask(document: Document) -> str:
        asked.append(document.title)
        return answer

    window.ask_unsaved = ask  # type: ignore[method-assign]
    window.mask_all()
    assert window.tabs.tabText(0).endswith("•")
    qtbot.keyClick(window, Key.Key_W, Modifier.ControlModifier)
    assert asked == ["photo.png"] and window.tabs.count() == left
    assert document.size == (120, 90)


def test_saving_at_the_question_closes_afterwards(qtbot: Any, window: Window, photo: Path) -> None:
    opened(qtbot, window, photo)
    window.mask_all()
    window.ask_unsaved = lambda document: "save"  # type: ignore[method-assign]
    window.close_tab()
    qtbot.waitUntil(lambda: window.tabs.count() == 0)


def test_closing_with_a_running_job_ends_everything(qtbot: Any, window: Window, engine: Any, photo: Path) -> None:
    opened(qtbot, window, photo)
    stroke(qtbot, window, (40, 40), (60, 44))
    window.run()
    assert window.close()
    assert ("stop", 1) in engine.calls and engine.closed and window.tabs.count() == 0
    engine.say(jobs.Stopped(1))
    qtbot.wait(20)


def test_refusing_to_close_keeps_the_window(qtbot: Any, window: Window, engine: Any, photo: Path) -> None:
    opened(qtbot, window, photo)
    window.mask_all()
    window.ask_unsaved = lambda document: "cancel"  # type: ignore[method-assign]
    assert not window.close()
    assert window.isVisible() and not engine.closed and window.tabs.count() == 1


def test_arrangement_is_remembered(qtbot: Any, window: Window, bridge: Bridge, settings: Settings) -> None:
    window.resize(790, 640)
    window.close()
    again = Window(bridge, Settings(settings.path))
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (window.width(), window.height())
    again.close()


def test_live_runs_again_after_a_change(qtbot: Any, window: Window, engine: Any, document: Document) -> None:
    window.add_document(document)
    panel = window.operations
    row = panel._panels["tone-fill"].rows["tone"]
    qtbot.mouseClick(panel.run_bar.live, Button.LeftButton)
    row.setFocus()
    for _ in range(3):
        qtbot.keyClick(row.slider, Key.Key_Right)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: len(engine.jobs) == 1)
    assert engine.jobs[1].params == panel.values() and panel.values().tone > 0.5


def test_quiet_line_while_kernels_compile(qtbot: Any, window: Window, engine: Any) -> None:
    engine.say(jobs.Warming(0, 1, 4, "Fill"))
    qtbot.waitUntil(lambda: window.status.warming.isVisible())
    assert window.status.warming.text() == "Preparing Fill" and not window.notice.isVisible()
    engine.say(jobs.Warming(0, 4, 4, ""))
    qtbot.waitUntil(lambda: not window.status.warming.isVisible())
    qtbot.waitUntil(lambda: ("warm_up", 0) in engine.calls)


def test_kernels_are_left_alone_by_the_collector_of_garbage(qtbot: Any, window: Window, engine: Any) -> None:
    gc.unfreeze()
    engine.say(jobs.Warming(0, 1, 4, "Fill"))
    qtbot.waitUntil(lambda: window.status.warming.isVisible())
    assert gc.get_freeze_count() > 10_000, "whatever there is by then: modules, the window, kernels"
    gc.unfreeze()


def test_every_control_has_an_accessible_name(qtbot: Any, window: Window, photo: Path) -> None:
    opened(qtbot, window, photo)
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QSlider)

    def takes_keys(widget: QWidget) -> bool:
        holder = widget.parentWidget()
        of_a_box = isinstance(holder, QFrame) and isinstance(holder.parentWidget(), QComboBox)
        return widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not of_a_box and not isinstance(widget, QLabel)

    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in window.findChildren(QWidget)
        if (isinstance(widget, kinds) or takes_keys(widget))
        and not widget.objectName().startswith("qt_")
        and not said(widget)
    ]
    assert nameless == []


def said(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    inner = isinstance(widget.parent(), QAbstractSpinBox | QComboBox | QLineEdit)
    scroll = type(widget.parent()).__name__ in ("QTabBar", "QToolBar", "QMenuBar") and not widget.isVisible()
    own = "CloseButton" in type(widget).__name__ or type(widget.parent()).__name__ == "QTabBar"
    return widget.accessibleName() or text or ("part of another" if inner or scroll or own else "")


def test_tools_change_by_their_keys_and_options_follow(qtbot: Any, window: Window, photo: Path) -> None:
    opened(qtbot, window, photo)
    for tool in window.tools:
        QTest.keySequence(window, QKeySequence(tool.shortcut))
        assert window.tool is tool and window.actions_[f"tool:{tool.id}"].isChecked()
        canvas = window.tabs.canvas
        assert canvas is not None and canvas.tool is tool
    qtbot.keyClick(window, Key.Key_B)
    size = window.tool.values.size
    qtbot.keyClick(window, "]")
    assert window.tool.values.size > size
    assert window.tool_options.row("size").value() == window.tool.values.size


def test_right_button_does_not_paint(qtbot: Any, window: Window, document: Document) -> None:
    window.add_document(document)
    with document.edit("Clear") as edit:
        edit.clear(document.hole)
        edit.cover(document.source, Box(Rect(0, 0, 4, 4)))
    canvas = window.tabs.canvas
    assert canvas is not None
    qtbot.mouseClick(canvas, Button.RightButton, pos=QPoint(canvas.width() // 2, canvas.height() // 2))
    assert document.hole.empty


def test_rescue_is_offered_after_a_crash(
    qtbot: Any, window: Window, bridge: Bridge, document: Document, tmp_path: Path
) -> None:
    lost = Recovery(bridge, lambda: [document], folder=tmp_path / "recovery")
    document.touch()
    lost.save_now()
    qtbot.waitUntil(lambda: bool(lost._written))
    assert lost._lock is not None
    lost._lock.unlock()  # the process is gone
    window.recovery.close()
    window.recovery = Recovery(bridge, window.tabs.documents, window, tmp_path / "recovery")
    window.offer_rescue(window.recovery.start())
    assert "“ramp” was saved" in window.notice.sentence.text()
    assert [button.text() for button in window.notice._buttons] == ["Recover", "Discard"]
    window.notice._buttons[0].click()
    qtbot.waitUntil(lambda: window.tabs.count() == 1)
    rescued = window.document()
    assert rescued.modified and np.array_equal(rescued.picture.pixels, document.picture.pixels)
    assert np.array_equal(rescued.hole.array(), document.hole.array())
    qtbot.waitUntil(lambda: len(list((tmp_path / "recovery").rglob("*.ora"))) == 1)
    lost._lock = None


def test_recent_menu_fills_up(qtbot: Any, window: Window, photo: Path) -> None:
    def entries() -> list[tuple[str, bool]]:
        window.recent_menu.aboutToShow.emit()
        return [(action.text(), action.isEnabled()) for action in window.recent_menu.actions()]

    assert entries() == [("Nothing yet", False)]
    opened(qtbot, window, photo)
    assert entries() == [(str(photo), True)] and window.recent_menu.isEnabled()
    assert Settings(window.settings.path).recent == [str(photo)], "a crash must not take it away"
    window.close_tab()
    window.recent_menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: window.tabs.count() == 1)


def test_start_page_comes_and_goes_without_closing_anything(qtbot: Any, window: Window, photo: Path) -> None:
    opened(qtbot, window, photo)
    qtbot.keyClick(window, Key.Key_Home, Modifier.ControlModifier)
    assert window.stack.currentIndex() == 0 and not window.docks[0].isVisible()
    qtbot.keyClick(window, Key.Key_Home, Modifier.ControlModifier)
    assert window.stack.currentIndex() == 1 and window.docks[0].isVisible() and window.tabs.count() == 1
    qtbot.keyClick(window, Key.Key_F4)
    assert not window.docks[0].isVisible() and not window.tool_bar.isVisible()
    qtbot.keyClick(window, Key.Key_F4)
    assert window.docks[0].isVisible()


def test_last_operation_that_is_gone_gives_way_to_the_first(
    qtbot: Any, window: Window, bridge: Bridge, settings: Settings, operations: dict[str, Operation[Any]]
) -> None:
    settings.set("operation", "no-more")
    window._first = "grow"
    bridge.ready.emit()
    assert window.operations.operation is operations["grow"]


def test_key_opens_the_page_and_it_follows_the_choice(
    qtbot: Any, window: Window, operations: dict[str, Operation[Any]]
) -> None:
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    page = window.findChild(OperationPage)
    assert page is not None and page.isVisible()
    chosen = window.operations.operation
    assert chosen is not None and page.windowTitle() == chosen.title
    for name, operation in operations.items():
        window.operations.choose(name)
        assert page.windowTitle() == operation.title
    window.operation_page()
    assert not page.isVisible()
