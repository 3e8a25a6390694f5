"""What lies within reach and can be dragged: what ships, one's own, favourites, and any folders."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.settings import Settings
from engine.errors import Unusable

MOST = 2000
"""Files of one folder that are listed; more than anybody looks through."""

BUILT_IN, FAVOURITES = "Built in", "Favourites"


@dataclass(frozen=True)
class Piece:
    """One of a collection.

    Attributes:
        path: its file.
        title: what to call it.
        favourite: whether it is marked.
        words: further words that it is found by.
    """

    path: Path
    title: str
    favourite: bool = False
    words: str = ""


class Collection:
    """Which pieces there are and which of them are favourites; remembered in the settings.

    Args:
        settings: keeps the folders and the favourites.
        own: the folder for one's own.
    """

    one, many = "piece", "pieces"
    """What they are called, in the settings and in sentences."""
    mine = "My pieces"
    """The shelf of one's own."""

    def __init__(self, settings: Settings, own: Path) -> None:
        self._settings = settings
        self.own = own

    def built_in(self) -> Sequence[Piece]:
        """What ships, in its order."""
        raise NotImplementedError

    @property
    def suffixes(self) -> Sequence[str]:
        """Of the files that can be pieces, small letters."""
        from engine.files import OPENABLE

        return OPENABLE

    @property
    def shelves(self) -> list[str]:
        """What can be listed: names that are always there, then folders."""
        return [*self.fixed, *self._strings(f"{self.one} folders")]

    @property
    def fixed(self) -> list[str]:
        """The shelves that are always there."""
        return [BUILT_IN, self.mine, FAVOURITES]

    def listed(self, shelf: str) -> list[Piece]:
        """The pieces of a shelf. Reads the disk: not for the window's thread when a folder is slow."""
        names = self._strings(f"favourite {self.many}")
        marked = set(names)
        if shelf == FAVOURITES:
            known = {piece.path: piece for piece in self.built_in()}
            paths = [path for path in map(Path, names) if path.is_file()]
            found: Sequence[Piece] = [known.get(path) or Piece(path, self.title(path)) for path in paths]
        else:
            found = self.on(shelf)
        return [Piece(entry.path, entry.title, str(entry.path) in marked, entry.words) for entry in found]

    def on(self, shelf: str) -> Sequence[Piece]:
        """What lies on any shelf but that of the favourites."""
        if shelf == BUILT_IN:
            return self.built_in()
        folder = self.own if shelf == self.mine else Path(shelf)
        return [Piece(path, self.title(path)) for path in files_in(folder, self.suffixes)]

    def title(self, path: Path) -> str:
        """What to call a file."""
        words = path.stem.replace("_", " ").replace("-", " ").strip()
        return words[:1].upper() + words[1:] if words else path.name

    def mark(self, path: Path, favourite: bool) -> None:
        """Makes a piece a favourite, or no favourite any more."""
        name = f"favourite {self.many}"
        rest = [other for other in self._strings(name) if other != str(path)]
        self._settings.set(name, [*rest, str(path)] if favourite else rest)

    def add_folder(self, folder: Path) -> str:
        """A folder joins; its shelf.

        Raises:
            Unusable: it is no folder that can be read.
        """
        if not folder.is_dir():
            raise Unusable(f"{folder.name} cannot be added", "it is no folder", "choose a folder of pictures")
        name = str(folder.absolute())
        rest = [other for other in self._strings(f"{self.one} folders") if other != name]
        self._settings.set(f"{self.one} folders", [*rest, name])
        return name

    def remove_folder(self, shelf: str) -> None:
        """A folder leaves; its files stay where they are."""
        name = f"{self.one} folders"
        self._settings.set(name, [other for other in self._strings(name) if other != shelf])

    def take(self, paths: Iterable[Path]) -> list[Path]:
        """Copies files to one's own; the new files, without those that are there already.

        Raises:
            Unusable: one cannot be copied.
        """
        made = []
        for path in paths:
            if path.parent.absolute() == self.own.absolute():
                continue
            target = self.free(path.stem, path.suffix)
            try:
                shutil.copyfile(path, target)
            except OSError as problem:
                target.unlink(missing_ok=True)
                raise Unusable(
                    f"{path.name} cannot be kept", problem.strerror or "", "look whether the disk is full"
                ) from None
            made.append(target)
        return made

    def discards(self, path: Path) -> bool:
        """Whether a file is one's own, so that it can be deleted."""
        return path.parent.absolute() == self.own.absolute()

    def discard(self, path: Path) -> None:
        """Deletes one of one's own. Others are never touched."""
        if self.discards(path):
            path.unlink(missing_ok=True)
            self.mark(path, False)

    def free(self, title: str, suffix: str) -> Path:
        """A name among one's own that nothing has yet.

        Raises:
            Unusable: the folder cannot be made.
        """
        plain = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in title).strip()
        plain = plain or self.one.capitalize()
        try:
            self.own.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise Unusable(f"Nothing can be kept in {self.own}", problem.strerror or "", "check the disk") from None
        number, path = 1, self.own / f"{plain[:80]}{suffix}"
        while path.exists():
            number += 1
            path = self.own / f"{plain[:80]} {number}{suffix}"
        return path

    def _strings(self, name: str) -> list[str]:
        return [value for value in self._settings.get(name, []) if isinstance(value, str)]


def files_in(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The files of a folder with one of these suffixes, small letters, by name; none of one that cannot be read."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in suffixes and path.is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name.lower())[:MOST]
