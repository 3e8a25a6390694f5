"""What the studio remembers from one day to the next, and where on the disk it keeps it.

One JSON file. A damaged one is put aside and forgotten: preferences are not worth a start that fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

RECENT_LIMIT = 12


def config_folder() -> Path:
    """The folder for preferences, user presets and keys. `SCUMBLE_HOME` moves everything."""
    return _folder("XDG_CONFIG_HOME", ".config", "APPDATA", "Library/Application Support")


def state_folder() -> Path:
    """The folder for what would be missed after a crash: autosaved documents."""
    return _folder("XDG_STATE_HOME", ".local/state", "LOCALAPPDATA", "Library/Application Support")


def _folder(variable: str, plain: str, windows: str, mac: str) -> Path:
    if home := os.environ.get("SCUMBLE_HOME"):
        return Path(home)
    if sys.platform == "win32":
        return Path(os.environ.get(windows) or Path.home()) / "Scumble"
    if sys.platform == "darwin":
        return Path.home() / mac / "Scumble"
    return Path(os.environ.get(variable) or Path.home() / plain) / "scumble"


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file so that there is always either the old or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


class Settings:
    """Names and plain JSON values, kept in one file.

    Args:
        path: the file; `settings.json` in the config folder by default.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or config_folder() / "settings.json"
        self._values: dict[str, Any] = {}
        try:
            read = json.loads(self.path.read_text("utf-8"))
            if not isinstance(read, dict):
                raise ValueError("settings are a JSON object")
            self._values = read
        except FileNotFoundError:
            pass
        except (OSError, ValueError, RecursionError):
            with contextlib.suppress(OSError):
                os.replace(self.path, self.path.with_suffix(".damaged"))

    def get(self, name: str, default: Any) -> Any:
        """The value, or the default where there is none or it is of another kind than the default."""
        value = self._values.get(name, default)
        if default is not None and not isinstance(value, type(default)):
            return default
        return value

    def set(self, name: str, value: Any) -> None:
        """Remembers a value; on the disk at the next `save`."""
        self._values[name] = value

    def save(self) -> None:
        """Writes the file. A full or read-only disk loses the preferences and nothing else."""
        with contextlib.suppress(OSError):
            write_whole(self.path, json.dumps(self._values, indent=1, ensure_ascii=False).encode())

    # Recent files, newest first.

    @property
    def recent(self) -> list[str]:
        return [path for path in self.get("recent", []) if isinstance(path, str)]

    def used(self, path: str) -> None:
        """Puts a file at the top of the recent ones."""
        rest = [old for old in self.recent if old != path]
        self.set("recent", [path, *rest][:RECENT_LIMIT])

    def forgotten(self, path: str) -> None:
        self.set("recent", [old for old in self.recent if old != path])

    # Presets: operation id -> name -> option -> value.

    def presets(self, operation: str) -> dict[str, dict[str, Any]]:
        """The person's own presets of an operation."""
        mine = self.get("presets", {}).get(operation, {})
        return {name: values for name, values in mine.items() if isinstance(values, dict)} if mine else {}

    def keep_preset(self, operation: str, name: str, values: dict[str, Any]) -> None:
        everything = dict(self.get("presets", {}))
        everything[operation] = {**everything.get(operation, {}), name: values}
        self.set("presets", everything)

    def drop_preset(self, operation: str, name: str) -> None:
        everything = dict(self.get("presets", {}))
        everything[operation] = {key: value for key, value in everything.get(operation, {}).items() if key != name}
        self.set("presets", everything)
