"""Every operation has its page, and the pages on the disk say what the declarations say."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from engine import catalog
from engine.cli.page import contents, page
from engine.files import open_picture
from engine.operation import Operation

PAGES = files("resources") / "pages"
EVERY = list(catalog.operations().values())


@pytest.mark.parametrize("operation", EVERY, ids=lambda entry: entry.id)
def test_every_operation_has_a_page_with_a_picture(operation: Operation[Any]) -> None:
    picture = open_picture(str(PAGES / f"{operation.id}.jpg")).pixels
    assert 300 <= picture.shape[1] <= 720 and picture.shape[0] <= 224
    assert int(picture.max()) - int(picture.min()) > 60, "something is to be seen"


@pytest.mark.parametrize("operation", EVERY, ids=lambda entry: entry.id)
def test_the_page_is_the_declaration(operation: Operation[Any]) -> None:
    text = page(operation)
    assert (PAGES / f"{operation.id}.md").read_text("utf-8") == text, "run packaging/make_pages.py --words"
    assert operation.title in text and f"({operation.id}.jpg)" in text
    for entry in operation.params.fields():
        assert entry.title in text, entry.name
    for name in operation.presets:
        assert name in text


def test_all_pages_are_listed() -> None:
    text = contents(EVERY)
    assert (PAGES / "README.md").read_text("utf-8") == text, "run packaging/make_pages.py --words"
    assert all(f"({entry.id}.md)" in text for entry in EVERY)


def test_no_page_is_left_of_what_is_gone() -> None:
    names = {entry.name.rpartition(".")[0] for entry in PAGES.iterdir()} - {"README"}
    assert names == {entry.id for entry in EVERY}
