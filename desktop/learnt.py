"""What networks learnt, on this machine: what ships with the program, and what was trained or added here."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.settings import config_folder
from engine.errors import Unusable

if TYPE_CHECKING:
    from engine.trained import Trained

SUFFIX = ".safetensors"
CARRIED = "picture"
"""The word of a trained file under which it carries a little picture of its style: JPEG or PNG, in base 64."""


@dataclass(frozen=True)
class Learnt:
    """A file on the disk.

    Attributes:
        kind: what takes it ("fast-style").
        title: what to call it.
        built_in: it ships with the program.
    """

    path: Path
    kind: str
    title: str
    built_in: bool = False


def folder() -> Path:
    """Where what is trained here is kept. Made when first needed."""
    return config_folder() / "models"


def found(kind: str) -> tuple[Learnt, ...]:
    """All of one kind that can be read: the person's own, newest first, then what ships."""
    own = sorted(folder().glob(f"*{SUFFIX}"), key=_changed, reverse=True)
    listed = [_looked_at(path, False) for path in own] + [_looked_at(path, True) for path in _shipped()]
    return tuple(entry for entry in listed if entry is not None and entry.kind == kind)


def opened(path: Path, kind: str) -> Trained:
    """What is in one of them. The last few are remembered.

    Raises:
        Unusable: it cannot be read, or is of another kind.
    """
    return _opened(path, kind, _changed(path))


def carried(path: Path) -> bytes:
    """The little picture of what it learnt that a trained file carries, as a file's bytes; empty where it has none."""
    from engine.files import probe_trained

    try:
        return base64.b64decode(probe_trained(path).about.get(CARRIED, ""))
    except (Unusable, ValueError):
        return b""


def keep(trained: Trained) -> Path:
    """Puts something newly learnt into the folder, under a name that is free.

    Raises:
        Unusable: it cannot be written.
    """
    from engine.files import save_trained

    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise Unusable(f"{place} cannot be made", problem.strerror or "", "make room for it") from None
    stem = re.sub(r"[^\w -]+", "", trained.about.get("title", "") or trained.kind).strip()[:60] or trained.kind
    path, number = place / f"{stem}{SUFFIX}", 2
    while path.exists():
        path, number = place / f"{stem} {number}{SUFFIX}", number + 1
    save_trained(trained, path)
    return path


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _shipped() -> list[Path]:
    models = files("resources") / "models"
    if not models.is_dir():
        return []
    entries = sorted((entry for entry in models.iterdir() if entry.name.endswith(SUFFIX)), key=lambda entry: entry.name)
    paths = []
    for entry in entries:
        with as_file(entry) as path:
            paths.append(path)
    return [path for path in paths if path.exists()]


def _looked_at(path: Path, built_in: bool) -> Learnt | None:
    try:
        status = path.stat()
    except OSError:
        return None
    kind, title = _described(path, status.st_mtime_ns, status.st_size)
    return Learnt(path, kind, title, built_in) if kind else None


@lru_cache(maxsize=512)
def _described(path: Path, changed: int, size: int) -> tuple[str, str]:
    """Kind and title of a file in this state; the time of change and the size are there to tell states apart."""
    from engine.files import probe_trained

    try:
        trained = probe_trained(path)
    except Unusable:
        return "", ""
    return trained.kind, trained.about.get("title", "") or path.stem


@lru_cache(maxsize=4)
def _opened(path: Path, kind: str, changed: int) -> Trained:
    from engine.files import open_trained

    return open_trained(path, kind)
