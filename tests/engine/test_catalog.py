"""The catalogue: every file under ops/ is in it, under its own name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import engine.ops
from engine import catalog
from engine.errors import Unusable

FOLDER = Path(engine.ops.__file__).parent


def test_one_file_one_operation() -> None:
    files = {path.stem.replace("_", "-") for path in FOLDER.rglob("*.py") if path.name != "__init__.py"}
    assert files == set(catalog.operations())


def test_groups_are_folders() -> None:
    for name, entry in catalog.operations().items():
        assert (FOLDER / entry.group.lower() / f"{name.replace('-', '_')}.py").exists(), "the folder is the group"


def test_order_is_the_menus() -> None:
    entries = list(catalog.operations().values())
    groups = list(dict.fromkeys(entry.group for entry in entries))
    daily = [any(entry.everyday for entry in entries if entry.group == group) for group in groups]
    assert daily == sorted(daily, reverse=True), "what people want every day stands above what they want at times"
    assert entries == sorted(entries, key=lambda entry: (groups.index(entry.group), not entry.everyday, entry.title))
    assert len({entry.title for entry in entries}) == len(entries), "two entries of one title cannot be told apart"


def test_descriptions_are_plain_json() -> None:
    for entry in catalog.operations().values():
        assert json.loads(json.dumps(entry.described()))["id"] == entry.id


def test_finding_by_name() -> None:
    for name, entry in catalog.operations().items():
        assert catalog.find(name) is entry
    with pytest.raises(Unusable, match="There is no operation 'quilt'; use .*quilting"):
        catalog.find("quilt")


@pytest.mark.parametrize("name", ["quilting", "efros-leung", "efros-leung-fill", "fill", "synthesize"])
def test_promised_names(name: str) -> None:
    """Scripts rely on these."""
    assert catalog.find(name).id == name
