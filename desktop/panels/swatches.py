"""The textures within reach: what ships, one's own swatches, and any folders of pictures."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import resources
from desktop.document.document import Document
from desktop.settings import Settings, state_folder
from engine.errors import Unusable
from engine.image import Image
from engine.region import Rect

MOST = 2000
"""Pictures of one folder that are listed; more than anybody looks through."""

BUILT_IN, MINE, FAVOURITES = "Built in", "My swatches", "Favourites"


@dataclass(frozen=True)
class Swatch:
    """A picture on the shelf.

    Attributes:
        path: its file.
        title: what to call it.
        favourite: whether it is marked.
    """

    path: Path
    title: str
    favourite: bool = False


class Swatches:
    """Which pictures there are and which of them are favourites; remembered in the settings.

    Args:
        settings: keeps the folders and the favourites.
        own: the folder for one's own swatches.
    """

    def __init__(self, settings: Settings, own: Path | None = None) -> None:
        self._settings = settings
        self.own = own or state_folder() / "swatches"

    @property
    def shelves(self) -> list[str]:
        """What can be listed: three names that are always there, then folders."""
        return [BUILT_IN, MINE, FAVOURITES, *self._strings("swatch folders")]

    def listed(self, shelf: str) -> list[Swatch]:
        """The pictures of a shelf by title. Reads the disk: not for the window's thread when a folder is slow."""
        marked = set(self._strings("favourite swatches"))
        if shelf == BUILT_IN:
            entries = sorted(resources.samples(), key=lambda entry: (entry.kind == "photo", entry.title.lower()))
            found = [(Path(str(entry.file)), entry.title) for entry in entries]
        elif shelf == FAVOURITES:
            paths = [Path(name) for name in self._strings("favourite swatches")]
            titles = {Path(str(entry.file)): entry.title for entry in resources.samples()}
            found = [(path, titles.get(path, _title(path))) for path in paths if path.is_file()]
        else:
            folder = self.own if shelf == MINE else Path(shelf)
            found = [(path, _title(path)) for path in _pictures(folder)]
        return [Swatch(path, title, str(path) in marked) for path, title in found]

    def mark(self, path: Path, favourite: bool) -> None:
        """Makes a picture a favourite, or no favourite any more."""
        rest = [name for name in self._strings("favourite swatches") if name != str(path)]
        self._settings.set("favourite swatches", [*rest, str(path)] if favourite else rest)

    def add_folder(self, folder: Path) -> str:
        """A folder of pictures joins; its shelf.

        Raises:
            Unusable: it is no folder that can be read.
        """
        if not folder.is_dir():
            raise Unusable(f"{folder.name} cannot go onto the shelf", "it is no folder", "choose a folder of pictures")
        name = str(folder.absolute())
        rest = [other for other in self._strings("swatch folders") if other != name]
        self._settings.set("swatch folders", [*rest, name])
        return name

    def remove_folder(self, shelf: str) -> None:
        """A folder leaves the shelf; its files stay where they are."""
        self._settings.set("swatch folders", [name for name in self._strings("swatch folders") if name != shelf])

    def keep(self, image: Image, title: str) -> Path:
        """Writes a picture into one's own swatches, at its own depth; the new file.

        Raises:
            Unusable: it cannot be written.
        """
        from engine.files import save_picture

        suffix = ".tif" if image.pixels.dtype.kind == "f" else ".png"
        path = self._free(title, suffix)
        save_picture(image, path)
        return path

    def take(self, paths: Iterable[Path]) -> list[Path]:
        """Copies pictures into one's own swatches; the new files, without those that are there already.

        Raises:
            Unusable: one cannot be copied.
        """
        made = []
        for path in paths:
            if path.parent.absolute() == self.own.absolute():
                continue
            target = self._free(path.stem, path.suffix)
            try:
                shutil.copyfile(path, target)
            except OSError as problem:
                target.unlink(missing_ok=True)
                raise Unusable(
                    f"{path.name} cannot be kept", problem.strerror or "", "look whether the disk is full"
                ) from None
            made.append(target)
        return made

    def discard(self, path: Path) -> None:
        """Deletes one of one's own swatches. Others are never touched."""
        if path.parent.absolute() == self.own.absolute():
            path.unlink(missing_ok=True)
            self.mark(path, False)

    def _free(self, title: str, suffix: str) -> Path:
        plain = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in title).strip() or "Swatch"
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


def _pictures(folder: Path) -> list[Path]:
    from engine.files import OPENABLE

    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in OPENABLE and path.is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name.lower())[:MOST]


def _title(path: Path) -> str:
    words = path.stem.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] if words else path.name


def selected(document: Document) -> tuple[Image, str]:
    """What would become a swatch, and its name: the picked sample, else what is masked, else the whole picture."""
    picture, title = document.picture, Path(document.title).stem
    sample, masked = document.sample, document.hole.bounds
    if isinstance(sample, Image):
        return sample, Path(sample.name).stem or title
    rect = sample if isinstance(sample, Rect) else masked
    if not rect.empty:
        picture = replace(picture, pixels=picture.pixels[rect.slices].copy())
    return picture, title
