"""The window's dealings with what takes longer in a texture space: learning one, and filming a path through one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog

from desktop import learnt
from desktop.panels.filing import pictures_in
from desktop.panels.gallery import PIECE
from desktop.panels.space_brush_deeds import SpacePainters
from desktop.panels.space_learning import SIDE, LearnDialog, Offered
from desktop.panels.space_pad import middle
from desktop.panels.space_path import RATE
from desktop.panels.swatches import selected
from desktop.pixels import to_qimage
from desktop.session import Wish
from desktop.session.space_filming import SpaceFilming
from desktop.session.space_live import Question
from desktop.session.unfinished import CutShort, Unfinished
from engine.errors import Unusable
from engine.image import Image, displayed
from engine.operation import Input
from engine.trained import Trained

if TYPE_CHECKING:
    from desktop.panels.filing import Filing
    from desktop.panels.shelf import ShelfPanel

FILMS = {
    "GIF (*.gif)": "gif",
    "Film (*.mp4)": "mp4",
    "Numbered pictures (*.png)": "numbered",
    "Sprite sheet (*.png)": "sheet",
}
"""What a path can be saved as, in the words of the dialog -> its kind."""
FOUND = -1
"""What a picture that was looked for is known by among those that are offered."""
LEAST_MINUTES, LEARNING_MINUTES = 0.5, 20.0
"""What is left to a training that was cut short takes at least so long; and so long where nobody knows how long."""


class SpaceMakers(SpacePainters):
    """A part of `Window`, never used alone."""

    if TYPE_CHECKING:
        filing: Filing
        shelf: ShelfPanel

    def connect_space_making(self) -> None:
        """Listens from now on."""
        self.unfinished = Unfinished(self.bridge, self.session, self)
        self._cut: list[CutShort] = []
        self.notice.closed.connect(self.offer_unfinished)
        self.filming = SpaceFilming(self.bridge, self.asking, self)
        self.space.learn_asked.connect(lambda: self.ask_to_learn())
        self.space.join_asked.connect(lambda: self.ask_to_learn(self._searched))
        self.space.path.export_asked.connect(self.ask_to_film)
        self.filming.went_on.connect(self.space.path.show_progress)
        self.filming.ended.connect(lambda: self.space.path.show_progress(None))
        self.filming.failed.connect(lambda sentence, detail: self.notice.tell("error", sentence, detail))
        self.filming.done.connect(self._filmed)

    # Learning.

    def find_unfinished(self) -> None:
        """Trainings that were cut short, to be offered when there is an engine and nothing else is asked."""
        self._cut = self.unfinished.start()

    def ask_to_learn(self, found: Image | None = None) -> None:
        """Lets a person choose pictures and learns a space from them.

        Args:
            found: a picture that was looked for in the space in front, to be added to that one.
        """
        offered: list[Offered] = []
        pictures: dict[int, QPixmap] = {}
        if found is not None:
            offered.append(Offered(found.name, None, FOUND, chosen=True))
            pictures[FOUND] = _small(found)
        for document in self.tabs.documents():
            pictures[id(document)] = _small(selected(document)[0])
            made = self.space_making.order(document) is not None
            offered.append(Offered(document.title, None, id(document), chosen=not made and found is None))
        row = self.shelf.row
        pieces = [row.item(number).data(PIECE) for number in range(row.count())]
        offered += [Offered(piece.title, piece.path) for piece in pieces]
        ways = self.space_ways
        goes_on = ways is not None and ways.train is not None and bool(ways.train.begun)
        spaces = learnt.found(ways.kind) if ways is not None and goes_on else []
        here = self._space[0] if found is not None and self._space is not None else None
        dialog = LearnDialog(offered, pictures, spaces, here, self)
        if dialog.exec() == LearnDialog.DialogCode.Accepted:
            chosen, name = dialog.chosen(), dialog.name.text().strip()
            self.learn_space(chosen, name, dialog.minutes.value(), dialog.space(), found=found)
        dialog.deleteLater()

    def learn_space(
        self,
        chosen: list[Offered],
        name: str,
        minutes: float,
        begun: Path | None = None,
        cut: CutShort | None = None,
        found: Image | None = None,
    ) -> None:
        """Learns a space from pictures, as a job that others go past.

        Args:
            begun: a space to go on with.
            cut: the training that this is the rest of.
            found: what is meant where FOUND was chosen.
        """
        ways = self.space_ways
        if ways is None or ways.train is None:
            self.notice.tell("info", "The engine is still starting; try again in a moment.")
            return
        trainer, kind = ways.train, ways.kind
        open_ = {id(document): document for document in self.tabs.documents()}
        parts = {one.key: selected(open_[one.key])[0] for one in chosen if one.path is None and one.key in open_}
        if found is not None:
            parts[FOUND] = found

        def work() -> tuple[tuple[Image, ...], Trained | None]:
            from engine.nets.texture_space.outline import outlined

            pictures: list[Image] = []
            space = learnt.opened(begun, kind) if begun is not None else None
            for one in chosen:
                if one.path is not None:
                    pictures += pictures_in([str(one.path)])
                elif one.key in parts:
                    pictures.append(replace(parts[one.key], name=one.title))
            if space is not None and not pictures:
                # A picture that the space has is not added again, so that it goes on with those that it has.
                known = outlined(space)
                pictures.append(Image(known.pictures[0], name=known.names[0]))
            return tuple(pictures), space

        def ready(answer: tuple[tuple[Image, ...], Trained | None]) -> None:
            pictures, space = answer
            titles = {str(one.path): one.title for one in chosen if one.path is not None}
            params = trainer.operation.params().replaced(**{trainer.minutes: minutes})
            origins = {trainer.role: tuple(picture.name for picture in pictures)}
            wish = Wish(trainer.operation, params)
            # The recipe finds a file by its whole path; a sample in the space goes by its title alone.
            named = tuple(replace(picture, name=titles.get(picture.name, picture.name)) for picture in pictures)
            inputs: dict[str, Input | None] = {trainer.role: named}
            if space is not None and begun is not None:
                inputs[trainer.begun], origins[trainer.begun] = space, (begun.name,)
            run = self.session.train(wish, inputs, origins, name or "My textures")
            if run is not None and cut is not None:
                self.unfinished.goes_on(run, cut)

        self.bridge.aside(work, ready, self.filing.failed)

    # Learning that was cut short.

    def offer_unfinished(self) -> None:
        """Asks, without blocking, what to do about a training that did not come to its end the last time."""
        if not self._cut or not self.bridge.running or not self.notice.isHidden():
            return
        cut, ways = self._cut.pop(0), self.space_ways
        actions: list[tuple[str, Callable[[], None]]] = []
        if ways is not None and ways.train is not None and ways.train.begun and cut.kind == ways.kind:
            actions.append(("Go on", partial(self.go_on_learning, cut)))
        if cut.kind:
            actions.append(("Keep it as it is", partial(self._keep_cut, cut)))
        actions.append(("Let it go", partial(self.unfinished.discard, cut)))
        how_far = f"{round(100 * cut.fraction)} % of it was done" if cut.kind else "its file is damaged"
        self.notice.tell("info", f"Learning “{cut.title}” was cut short; {how_far}.", actions=actions)

    def _keep_cut(self, cut: CutShort) -> None:
        def kept(path: Path) -> None:
            self.notice.tell("good", f"“{path.stem}” is kept as it was.")
            if self.space_ways is not None and cut.kind == self.space_ways.kind:
                self.look_into(path)

        self.unfinished.keep(cut, kept, self.filing.failed)

    def go_on_learning(self, cut: CutShort) -> None:
        """The rest of its time, from where it was."""
        ways = self.space_ways
        if ways is None or ways.train is None:
            return
        try:
            params = ways.train.operation.params.from_json(dict(cut.params))
            minutes = float(getattr(params, ways.train.minutes))
        except Unusable:
            minutes = LEARNING_MINUTES
        self.learn_space([], cut.title, max(LEAST_MINUTES, minutes * (1 - cut.fraction)), cut.file, cut)
        self.show_space()  # from the start page one sees no job

    # Filming.

    def ask_to_film(self) -> None:
        """Lets a person choose where the path goes, or stops what is on its way there."""
        if self.filming.busy:
            self.filming.stop()
            return
        folder = Path(self.settings.get("folder", "") or Path.home())
        words, chosen = QFileDialog.getSaveFileName(self, "Save the path", str(folder / "path"), ";;".join(FILMS))
        if words:
            path = Path(words)
            kind = film_kind(path, FILMS.get(chosen, "gif"))
            # The dialog has asked about the file that was named, and not about the one with the suffix added.
            self.film(path if path.suffix else unused(path, kind), kind)

    def film(self, path: Path, kind: str) -> None:
        """Makes every picture of the path at the size of the page, and writes them."""
        ways, panel = self.space_ways, self.space
        if ways is None or panel.outline is None or self._space is None:
            return
        size, look = panel.size_row.value(), panel.look()
        questions = [
            Question(ways.wish(look, code, panel.seed, size), ways.role, self._space[1])
            for code in panel.path.codes(panel.outline)
        ]
        if questions:
            self.filming.start(questions, path, kind, RATE)

    def _filmed(self, paths: tuple[Path, ...]) -> None:
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        self.notice.tell("good", f"Saved {paths[0].name}{more}.")


def film_kind(path: Path, chosen: str) -> str:
    """What a path is saved as: what the name says, where it says so, and otherwise what was chosen."""
    from engine.files.moving import KINDS

    named = [kind for kind, suffix in KINDS.items() if suffix == path.suffix.lower()]
    return chosen if chosen in named or not named else named[0]


def unused(path: Path, kind: str) -> Path:
    """The path with the suffix of its kind; with a number where there is such a file."""
    from engine.files.moving import KINDS

    number, found = 2, path.with_name(path.name + KINDS[kind])
    while found.exists():
        number, found = number + 1, path.with_name(f"{path.name} {number}{KINDS[kind]}")
    return found


def _small(picture: Image) -> QPixmap:
    """A square of it, to recognise it by."""
    step = max(1, min(picture.size) // (2 * SIDE))
    pixels = displayed(replace(picture, pixels=picture.pixels[::step, ::step].copy()).decoded())[..., :3]
    return QPixmap.fromImage(to_qimage(middle(pixels), (SIDE, SIDE)))
