"""The textures within reach: what ships, one's own swatches, and any folders of pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import resources
from desktop.document.document import Document
from desktop.panels.collection import BUILT_IN, FAVOURITES, Collection, Piece
from desktop.settings import Settings, state_folder
from engine.image import Image
from engine.region import Rect

__all__ = ["BUILT_IN", "FAVOURITES", "MINE", "Swatches", "selected"]

MINE = "My swatches"


class Swatches(Collection):
    """Textures to lay on pictures.

    Args:
        settings: keeps the folders and the favourites.
        own: the folder for one's own swatches.
    """

    one, many, mine = "swatch", "swatches", MINE

    def __init__(self, settings: Settings, own: Path | None = None) -> None:
        super().__init__(settings, own or state_folder() / "swatches")

    def built_in(self) -> list[Piece]:
        entries = sorted(resources.samples(), key=lambda entry: (entry.kind == "photo", entry.title.lower()))
        return [Piece(Path(str(entry.file)), entry.title) for entry in entries]

    def keep(self, image: Image, title: str) -> Path:
        """Writes a picture into one's own swatches, at its own depth; the new file.

        Raises:
            Unusable: it cannot be written.
        """
        from engine.files import save_picture

        suffix = ".tif" if image.pixels.dtype.kind == "f" else ".png"
        path = self.free(title, suffix)
        save_picture(image, path)
        return path


def selected(document: Document) -> tuple[Image, str]:
    """What would become a swatch, and its name: the part that was picked as the sample, else what is masked.

    Where neither is, another picture that was picked, else the whole picture.
    """
    picture, title = document.picture, Path(document.title).stem
    sample = document.sample
    rect = sample if isinstance(sample, Rect) else document.hole.bounds
    if not rect.empty:
        return replace(picture, pixels=picture.pixels[rect.slices].copy()), title
    if isinstance(sample, Image):
        return sample, Path(sample.name).stem or title
    return picture, title
