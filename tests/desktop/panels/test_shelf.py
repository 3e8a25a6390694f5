from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from desktop.document import Box, Document
from desktop.panels.shelf import ShelfPanel
from desktop.panels.swatches import BUILT_IN, FAVOURITES, MINE, Swatches, selected
from desktop.panels.thumbnails import SIDE, little
from desktop.settings import Settings
from engine import files
from engine.errors import Unusable
from engine.image import Image
from engine.region import Rect


def at_once(work: Callable[[], Any], then: Callable[[Any], None]) -> None:
    then(work())


def picture(path: Path, side: int = 40, level: int = 90) -> Path:
    files.save_picture(Image(np.full((side, side + 10, 3), level, np.uint8)), path)
    return path


@pytest.fixture
def swatches(settings: Settings, tmp_path: Path) -> Swatches:
    return Swatches(settings, tmp_path / "mine")


@pytest.fixture
def shelf(qtbot: Any, swatches: Swatches) -> ShelfPanel:
    panel = ShelfPanel(swatches, at_once)
    qtbot.addWidget(panel)
    panel.resize(900, 130)
    panel.show()
    panel.refresh()
    return panel


def titles(shelf: ShelfPanel) -> list[str]:
    rows = [shelf.row.item(row) for row in range(shelf.row.count())]
    return [item.text() for item in rows if not item.isHidden()]


def test_built_in_pictures_are_there_from_the_first_minute(shelf: ShelfPanel) -> None:
    assert shelf.chosen_shelf == BUILT_IN and shelf.row.count() > 10
    assert all(not shelf.row.item(row).icon().isNull() for row in range(shelf.row.count()))


def test_search_finds_by_every_word(qtbot: Any, shelf: ShelfPanel) -> None:
    qtbot.keyClicks(shelf.search, "brick")
    assert titles(shelf) == ["Bricks"] or all("rick" in title for title in titles(shelf))
    qtbot.keyClicks(shelf.search, " nothing like it")
    assert titles(shelf) == [] and shelf.hint.isVisible() and not shelf.row.isVisible()
    shelf.search.clear()
    assert len(titles(shelf)) == shelf.row.count()


def test_folder_joins_and_leaves_without_losing_a_file(shelf: ShelfPanel, tmp_path: Path) -> None:
    folder = tmp_path / "walls"
    folder.mkdir()
    picture(folder / "old_wall.png")
    (folder / "notes.txt").write_text("no picture")
    shelf.take([str(folder)])
    assert shelf.chosen_shelf == str(folder) and titles(shelf) == ["Old wall"]
    assert shelf.drop_folder.isEnabled()
    shelf.drop_folder.click()
    assert shelf.chosen_shelf == BUILT_IN and not shelf.drop_folder.isEnabled()
    assert (folder / "old_wall.png").exists()


def test_what_is_dropped_becomes_a_swatch_of_ones_own(shelf: ShelfPanel, tmp_path: Path) -> None:
    path = picture(tmp_path / "moss.png")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    shelf.row.dropEvent(event)
    assert shelf.chosen_shelf == MINE and titles(shelf) == ["Moss"]
    shelf.take([str(path)])
    assert sorted(titles(shelf)) == ["Moss", "Moss 2"], "a second one of that name replaces nothing"


def test_a_swatch_that_is_dragged_away_is_its_file(shelf: ShelfPanel) -> None:
    data = shelf.row.mimeData([shelf.row.item(0)])
    assert Path(data.urls()[0].toLocalFile()).is_file()


def test_favourites_are_remembered(shelf: ShelfPanel, swatches: Swatches) -> None:
    swatch = swatches.listed(BUILT_IN)[2]
    shelf.mark(swatch, True)
    assert any(text.startswith("★") for text in titles(shelf))
    shelf.show_shelf(FAVOURITES)
    assert [entry.path for entry in swatches.listed(FAVOURITES)] == [swatch.path] and shelf.row.count() == 1
    shelf.mark(swatch, False)
    assert shelf.row.count() == 0


def test_only_ones_own_swatches_can_be_deleted(qtbot: Any, shelf: ShelfPanel, tmp_path: Path) -> None:
    outside = picture(tmp_path / "outside.png")
    shelf.swatches.discard(outside)
    assert outside.exists()
    shelf.take([str(outside)])
    shelf.row.setCurrentRow(0)
    qtbot.keyClick(shelf, Qt.Key.Key_Delete)
    assert shelf.row.count() == 0 and outside.exists()


def test_enter_makes_it_the_sample(qtbot: Any, shelf: ShelfPanel) -> None:
    shelf.row.setCurrentRow(1)
    with qtbot.waitSignal(shelf.sample_asked) as asked:
        shelf.row.itemActivated.emit(shelf.row.item(1))
    assert Path(asked.args[0]).is_file()


def test_a_folder_that_is_none_is_refused(swatches: Swatches, tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="no folder"):
        swatches.add_folder(tmp_path / "nowhere")


def test_disk_that_refuses_is_told(qtbot: Any, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    panel = ShelfPanel(Swatches(settings, tmp_path / "file" / "mine"), at_once)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(panel.noticed) as told:
        panel.take([str(picture(tmp_path / "one.png"))])
    assert told.args[0] == "error" and "kept" in told.args[1]


@pytest.mark.parametrize("kind", ["sixteen.png", "float.exr", "gray.tif"])
def test_little_pictures_of_every_depth(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    pixels: Any = np.full((90, 120, 1 if "gray" in kind else 3), 0.5, np.float32)
    if not kind.endswith("exr"):
        pixels = (pixels * 65535).astype(np.uint16)
    files.save_picture(Image(pixels), path)
    shown = little(path, SIDE)
    assert (shown.width(), shown.height()) == (SIDE, SIDE)
    assert 90 < shown.pixelColor(QPoint(5, 5)).red() < 200


def test_little_picture_of_a_broken_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    assert little(tmp_path / "broken.png", SIDE).isNull()


def test_what_is_selected_goes_before_another_picture_before_the_whole(document: Document) -> None:
    assert selected(document)[0].size == (16, 16), "what is masked"
    with document.edit("Pick sample") as edit:
        edit.pick(Rect(3, 4, 20, 10))
    assert selected(document)[0].size == (20, 10)
    other = Image(np.zeros((5, 6, 3), np.uint8), name="/far/away/linen.png")
    with document.edit("Pick sample") as edit:
        edit.pick(other)
    assert selected(document)[0].size == (16, 16), "what is masked, and no copy of a swatch"
    with document.edit("Clear") as edit:
        edit.clear(document.hole)
    assert selected(document) == (other, "linen")
    with document.edit("Clear") as edit:
        edit.pick(None)
    assert selected(document)[0] is document.picture
    with document.edit("Brush hole") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, 4, 4)))
    assert selected(document)[0].size == (4, 4)
