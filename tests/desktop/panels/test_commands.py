from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from desktop.look import icons, palette, theme
from desktop.panels.commands import COMMANDS, MENUS, RECENT, command, keys_of
from desktop.panels.keys import KeysDialog
from desktop.tools import catalog
from desktop.window import Window


def test_every_command_has_a_deed() -> None:
    for entry in COMMANDS:
        assert callable(getattr(Window, entry.id)), entry.id
        own = [kind for kind in Window.__mro__ if kind.__module__.startswith("desktop.")]
        assert any(entry.id in vars(kind) for kind in own), f"{entry.id} is no method of Qt's"


def test_no_two_commands_fight_over_a_key() -> None:
    keys = [QKeySequence(key).toString() for entry in COMMANDS for key in entry.keys]
    keys += [QKeySequence(tool.shortcut).toString() for tool in catalog()]
    assert all(keys), "a key that Qt cannot read"
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_every_command_is_in_a_menu_or_has_a_key() -> None:
    in_menus = {name for _, names in MENUS for name in names}
    assert {entry.id for entry in COMMANDS} <= in_menus
    assert in_menus - {"", RECENT} == {entry.id for entry in COMMANDS}


def test_menu_letters_are_unique_in_their_menu() -> None:
    for title, names in MENUS:
        letters = [found.group(1).lower() for name in names if name not in ("", RECENT)
                   if (found := re.search("&(.)", command(name).title))]  # fmt: skip
        assert len(set(letters)) == len(letters), f"{title}: {sorted(letters)}"


def test_every_icon_is_there_and_takes_its_colour_from_us() -> None:
    used = {entry.icon for entry in COMMANDS if entry.icon} | {tool.icon for tool in catalog()}
    assert used <= set(icons.names())
    for name in icons.names():
        drawing = (icons.FOLDER / f"{name}.svg").read_text()
        if name != "scumble":
            assert 'viewBox="0 0 24 24"' in drawing and "currentColor" in drawing, name
            assert not re.search("#[0-9a-fA-F]{3}", drawing), name


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_draws_something_crisp(qapp: Any, name: str) -> None:
    for ratio in (1.0, 1.25, 2.0):
        drawn = icons.pixmap(name, 24, palette.TEXT, ratio)
        assert drawn.width() == round(24 * ratio) and drawn.devicePixelRatio() == ratio
    image = icons.pixmap(name, 24).toImage()
    inked = sum(image.pixelColor(x, y).alpha() > 100 for x in range(24) for y in range(24))
    assert 10 < inked < 500, f"{inked} pixels"


def test_unknown_icon_is_an_error(qapp: Any) -> None:
    with pytest.raises(KeyError):
        icons.pixmap("unicorn", 16)


def test_sheet_has_no_name_left_unfilled() -> None:
    sheet = theme.sheet()
    assert "@" not in sheet
    for path in re.findall(r"url\(([^)]*)\)", sheet):
        assert (icons.FOLDER / path).exists(), path


def test_text_can_be_read_on_its_ground() -> None:
    def light(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(a: str, b: str) -> float:
        high, low = sorted((light(a), light(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for ground in (palette.WELL, palette.GROUND, palette.PANEL, palette.RAISED):
        assert contrast(palette.TEXT, ground) > 7
        assert contrast(palette.MUTED, ground) > 4.5
    assert contrast(palette.ON_ACCENT, palette.ACCENT) > 4.5
    assert contrast(palette.TEXT, palette.ERROR_DIM) > 7


def test_own_keys_win_and_nonsense_does_not() -> None:
    run = command("run")
    assert keys_of(run, {}) == run.keys
    assert keys_of(run, {"run": ["F5"]}) == ("F5",)
    assert keys_of(run, {"run": []}) == ()
    assert keys_of(run, {"run": "F5"}) == run.keys and keys_of(run, {"run": [5]}) == run.keys


def dialog(qtbot: Any) -> KeysDialog:
    entries = [(entry.id, entry.plain, entry.keys, entry.keys) for entry in COMMANDS]
    made = KeysDialog(entries)
    qtbot.addWidget(made)
    return made


def test_dialog_takes_a_key_from_whoever_had_it(qtbot: Any) -> None:
    made = dialog(qtbot)
    made.choose("mask_all")
    made.give(("Ctrl+S",))
    assert made.changed() == {"mask_all": ["Ctrl+S"], "save": []}
    assert "Save" in made.told.text()
    made.choose("save")
    made.usual.click()
    assert made.changed() == {"mask_all": []}
    made.all_usual.click()
    assert made.changed() == {}


def test_dialog_finds_by_command_and_by_key(qtbot: Any) -> None:
    made = dialog(qtbot)
    made.show()

    def left() -> set[str]:
        table = made.table
        return {table.item(row, 0).text() for row in range(table.rowCount()) if not table.isRowHidden(row)}  # type: ignore[union-attr]

    qtbot.keyClicks(made.search, "undo")
    assert left() == {"Undo"}
    made.search.clear()
    qtbot.keyClicks(made.search, "f11")
    assert left() == {"Full screen"}


def test_dialog_reads_a_pressed_key(qtbot: Any) -> None:
    made = dialog(qtbot)
    made.show()
    made.choose("about")
    made.edit.setFocus()
    qtbot.keyClick(made.edit, Qt.Key.Key_F9)
    made.edit.editingFinished.emit()
    assert made.changed() == {"about": ["F9"]}
