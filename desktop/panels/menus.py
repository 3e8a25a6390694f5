"""The commands as Qt's actions, and the menus and bars made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton, QWidget

from desktop.look import icons
from desktop.panels.commands import COMMANDS, MENUS, RECENT, Command, keys_of
from desktop.panels.keys import Entry, shown_keys
from desktop.tools.tool import Tool


class Actions(Mapping[str, QAction]):
    """id -> action, of all commands and tools; tools are called `tool:` and their id.

    Args:
        window: owns them and has a method for each command.
        tools: the tools to choose from.
        choose: told the tool that was chosen.
    """

    def __init__(self, window: QWidget, tools: Sequence[Tool], choose: Callable[[Tool], None]) -> None:
        self._actions: dict[str, QAction] = {}
        self._commands = {entry.id: entry for entry in COMMANDS}
        for entry in COMMANDS:
            self._actions[entry.id] = self._made(entry, window)
        self._group = QActionGroup(window)
        for tool in tools:
            name = f"tool:{tool.id}"
            keys = (tool.shortcut,) if tool.shortcut else ()
            self._commands[name] = Command(name, tool.title, keys, tool.icon, tool.help)
            action = self._action(self._commands[name], window)
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, tool=tool: choose(tool))
            self._group.addAction(action)
            self._actions[name] = action
        window.addActions(list(self._actions.values()))

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Any:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)

    def give_keys(self, changed: Mapping[str, Any]) -> None:
        """Gives every action its keys: the person's own from `changed` (id -> keys), else the usual ones."""
        for name, entry in self._commands.items():
            keys, action = keys_of(entry, changed), self._actions[name]
            shown = shown_keys(keys[:1])
            # A held command gets its key from the window, which sees the release too.
            action.setShortcuts([] if entry.held else [QKeySequence(key) for key in keys])
            action.setText(f"{entry.title}\t{shown}" if entry.held and shown else entry.title)
            held = "hold " if entry.held else ""
            action.setToolTip(f"{entry.plain} ({held}{shown})" if shown else entry.plain)

    def held_key(self, name: str, changed: Mapping[str, Any]) -> int:
        """The key code of a held command; 0 for none."""
        keys = keys_of(self._commands[name], changed)
        if not keys:
            return 0
        return int(QKeySequence(keys[0])[0].key())  # type: ignore[index]

    def entries(self, changed: Mapping[str, Any]) -> list[Entry]:
        """For the dialog of keys."""
        return [(name, entry.plain, keys_of(entry, changed), entry.keys) for name, entry in self._commands.items()]

    def enable(self, names: Sequence[str], on: bool) -> None:
        for name in names:
            self._actions[name].setEnabled(on)

    def _made(self, entry: Command, window: QWidget) -> QAction:
        action = self._action(entry, window)
        action.setCheckable(entry.checkable or entry.held)
        method = getattr(window, entry.id)
        if action.isCheckable():
            action.toggled.connect(method)
        else:
            action.triggered.connect(lambda _=False: method())
        return action

    def _action(self, entry: Command, window: QWidget) -> QAction:
        action = QAction(entry.title, window)
        action.setObjectName(entry.id)
        action.setStatusTip(entry.help)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if entry.icon:
            action.setIcon(icons.icon(entry.icon))
            action.setProperty("glyph", entry.icon)
        return action


def fill_menu_bar(window: QMainWindow, actions: Actions) -> QMenu:
    """The menu bar. Returns the empty menu for recent files."""
    recent = QMenu("Open &recent", window)
    recent.setIcon(icons.icon("recent"))
    for title, names in MENUS:
        menu = window.menuBar().addMenu(title)
        for name in names:
            if name == RECENT:
                menu.addMenu(recent)
            elif name:
                menu.addAction(actions[name])
            else:
                menu.addSeparator()
    return recent


def tool_bar(window: QMainWindow, actions: Actions) -> QToolBar:
    """The tools, one below the other."""
    bar = QToolBar("Tools", window)
    bar.setObjectName("tools")
    bar.setMovable(False)
    for name, action in actions.items():
        if name.startswith("tool:"):
            bar.addAction(action)
    bar.addSeparator()
    bar.addAction(actions["show_styles"])
    bar.addSeparator()
    for name in ("mask_clear", "mask_invert", "mask_show"):
        bar.addAction(actions[name])
    bar.addSeparator()
    for name in ("zoom_fit", "zoom_actual", "compare"):
        bar.addAction(actions[name])
    for button in bar.findChildren(QToolButton):
        action = button.defaultAction()
        if action is not None:
            button.setAccessibleName(action.text().replace("&", "").partition("\t")[0])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return bar
