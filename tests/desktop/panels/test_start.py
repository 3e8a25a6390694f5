from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt

from desktop.bridge import Bridge
from desktop.panels.start import RESOURCES, Starter, StartPage, sample_pictures, starters, thumbnail
from desktop.panels.starting import begin, document_for, painting_for
from desktop.sources import paints_by_numbers
from desktop.tools import catalog
from engine.errors import Unusable
from engine.files import open_labels, open_mask, open_picture

FIRST, TRIES = starters()
DOCUMENTS = [starter for starter in TRIES if not starter.command]


def test_there_are_six_things_to_try() -> None:
    entries = json.loads((RESOURCES / "starters.json").read_text("utf-8"))["starters"]
    assert len(entries) == len(TRIES) == 6, "a picture is missing"
    assert len({starter.title for starter in TRIES}) == 6


@pytest.mark.parametrize("starter", DOCUMENTS, ids=lambda starter: starter.title)
def test_each_opens_ready(starter: Starter) -> None:
    assert starter.tool in {tool().id for tool in catalog()}
    picture = open_picture(starter.path)
    mask = open_mask(RESOURCES / starter.mask, picture.size) if starter.mask else None
    if starter.labels:
        labels = open_labels(RESOURCES / starter.labels)
        document = painting_for(starter, picture, labels)
        motif = document.motif
        assert motif is not None and document.size == starter.size
        wanted = set(range(1, len(document.palette) + 1))
        assert motif.numbers == wanted, "each label has something in the photograph"
        assert set(np.unique(document.labels.array())) == wanted, "and a place on the map"
        assert not document.modified and not document.history.steps
        return
    document = document_for(starter, picture, mask)
    assert not document.modified, "looking around must not end in a question about saving"
    covered = (document.hole.array() > 0).mean()
    if starter.hole or starter.mask:
        assert 0.01 < covered < 0.25
    else:
        assert covered == 0 and document.sample_image() is not None
    assert document.picture.channels in (1, 3), "a starter should not surprise anybody with alpha"


@pytest.mark.parametrize("starter", DOCUMENTS, ids=lambda starter: starter.title)
def test_each_can_be_run_with_its_values(starter: Starter) -> None:
    from engine import catalog as operations

    operation = operations.find(starter.operation)
    params = operation.params.from_json(starter.values)
    assert params.as_json().items() >= dict(starter.values).items()
    assert (operation.sized or paints_by_numbers(operation)) == (starter.size is not None)
    assert ("hole" in operation.roles) == bool(starter.hole or starter.mask)


def test_first_operation_exists() -> None:
    from engine import catalog as operations

    assert operations.find(FIRST).within == "hole"


def test_every_sample_picture_has_its_origin_on_record() -> None:
    told = (RESOURCES / "samples" / "ORIGINS.md").read_text("utf-8")
    for path, _ in sample_pictures():
        line = next((line for line in told.splitlines() if f"`{path.name}`" in line), "")
        assert line.rstrip("| ").endswith(("public domain", "CC0")), path.name
    assert sum(path.stat().st_size for path, _ in sample_pictures()) < 10 << 20


def test_scratches_lie_wholly_under_their_mask() -> None:
    starter = next(starter for starter in TRIES if "scratched" in starter.picture)
    whole, scratched = open_picture(RESOURCES / "samples/cat.png"), open_picture(starter.path)
    document = document_for(starter, scratched)
    changed = (whole.pixels[..., :3] != scratched.pixels[..., :3]).any(axis=2)
    assert changed.any() and (document.hole.array()[changed] > 127).all()


def page(qtbot: Any, load: Any = lambda work, then: then(work())) -> StartPage:
    made = StartPage(TRIES, load)
    qtbot.addWidget(made)
    made.show()
    return made


def test_card_is_pressed_with_mouse_or_keyboard(qtbot: Any) -> None:
    made = page(qtbot)
    with qtbot.waitSignal(made.starter_chosen) as blocker:
        qtbot.mouseClick(made.cards[1], Qt.MouseButton.LeftButton)
    assert blocker.args == [TRIES[1]]
    made.cards[2].setFocus()
    with qtbot.waitSignal(made.starter_chosen) as blocker:
        qtbot.keyClick(made.cards[2], Qt.Key.Key_Space)
    assert blocker.args == [TRIES[2]]
    assert made.cards[0].accessibleName() == TRIES[0].title


def test_pictures_come_once_and_fill_their_place(qtbot: Any) -> None:
    loads: list[object] = []

    def load(work: Any, then: Any) -> None:
        loads.append(work)
        then(work())

    made = page(qtbot, load)
    made.load_pictures()
    made.load_pictures()
    assert len(loads) == len(TRIES) + len(made.samples)
    assert all(not card.picture.pixmap().isNull() for card in made.cards)


def test_recent_files_are_offered(qtbot: Any) -> None:
    made = page(qtbot)
    made.show_recent([f"/somewhere/{number}.png" for number in range(9)])
    assert made._recent.count() == 5
    button = made._recent.itemAt(0).widget()  # type: ignore[union-attr]
    with qtbot.waitSignal(made.path_chosen) as blocker:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert blocker.args == ["/somewhere/0.png"]


def test_thumbnail_fills_its_size_and_cuts_the_rest() -> None:
    path = sample_pictures()[0][0]
    image = thumbnail(path, QSize(100, 40))
    assert (image.width(), image.height()) == (100, 40)
    assert thumbnail(Path("/nowhere.png"), QSize(10, 10)).isNull()


def test_begin_reads_elsewhere(qtbot: Any, bridge: Bridge) -> None:
    documents, problems = [], []
    begin(bridge, TRIES[0], documents.append, problems.append)
    qtbot.waitUntil(lambda: bool(documents))
    assert np.array_equal(documents[0].picture.pixels, open_picture(TRIES[0].path).pixels)
    gone = Starter("", "", "", "samples/gone.png", "fill", "pan")
    begin(bridge, gone, documents.append, problems.append)
    qtbot.waitUntil(lambda: bool(problems))
    assert isinstance(problems[0], Unusable)
