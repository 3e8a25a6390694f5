"""The styles within reach: what ships, what networks have learnt here, one's own, and any folders of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import resources
from desktop import learnt
from desktop.panels.collection import BUILT_IN, FAVOURITES, Collection, Piece
from desktop.session.ways import NETWORK, STYLE
from desktop.settings import Settings, state_folder
from engine.errors import Unusable
from engine.operation import Model

MINE, LEARNT = "My styles", "Trained"


class Styles(Collection):
    """Pictures to paint like, and networks that have learnt to.

    Attributes:
        model: the role that trained files are styles for; None while nothing can use them.

    Args:
        settings: keeps the folders and the favourites.
        own: the folder for one's own styles.
    """

    one, many, mine = "style", "styles", MINE

    def __init__(self, settings: Settings, own: Path | None = None) -> None:
        super().__init__(settings, own or state_folder() / "styles")
        self.model: Model | None = None

    def built_in(self) -> list[Piece]:
        return [Piece(Path(str(entry.file)), entry.title, words=entry.words) for entry in resources.styles()]

    @property
    def fixed(self) -> list[str]:
        return [BUILT_IN, LEARNT, MINE, FAVOURITES]

    @property
    def suffixes(self) -> Sequence[str]:
        return (*super().suffixes, *self.trained)

    @property
    def trained(self) -> tuple[str, ...]:
        """Suffixes of trained files."""
        return (learnt.SUFFIX, *(self.model.suffixes if self.model is not None else ()))

    def on(self, shelf: str) -> Sequence[Piece]:
        if shelf == LEARNT:
            return [Piece(entry.path, entry.title, words="trained network") for entry in self._learnt()]
        return [piece for piece in super().on(shelf) if self.kind(piece.path) == STYLE or self._usable(piece.path)]

    def title(self, path: Path) -> str:
        named = {entry.path: entry.title for entry in self._learnt()} if self.kind(path) == NETWORK else {}
        return named.get(path) or super().title(path)

    def kind(self, path: Path) -> str:
        """What kind of thing is in a file, by its suffix."""
        return NETWORK if path.suffix.lower() in self.trained else STYLE

    def take(self, paths: Iterable[Path]) -> list[Path]:
        """Copies pictures to one's own, and trained files to where those are kept."""
        paths = list(paths)
        made = super().take(path for path in paths if self.kind(path) == STYLE)
        for path in paths:
            if self.kind(path) == NETWORK and path.parent != learnt.folder():
                trained = self._wanted().opened(path)
                titled = {"title": trained.about.get("title", "") or super().title(path)}
                made.append(learnt.keep(replace(trained, about={**trained.about, **titled})))
        return made

    def discards(self, path: Path) -> bool:
        return super().discards(path) or path.parent.absolute() == learnt.folder().absolute()

    def _learnt(self) -> tuple[learnt.Learnt, ...]:
        return learnt.found(self.model.kind) if self.model is not None else ()

    def _usable(self, path: Path) -> bool:
        from engine.files import probe_trained

        if self.model is None:
            return False
        if path.suffix.lower() in self.model.suffixes:
            return True  # whether it really is one is seen when it is tried
        try:
            return probe_trained(path).kind == self.model.kind
        except Unusable:
            return False

    def _wanted(self) -> Model:
        if self.model is None:
            raise Unusable("Trained files cannot be taken yet", "nothing here uses them", "wait for the start to end")
        return self.model
