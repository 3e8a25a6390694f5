"""The window's dealings with what takes longer in a texture space: learning one, and filming a path through one."""

from __future__ import annotations

from dataclasses import replace
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


class SpaceMakers(SpacePainters):
    """A part of `Window`, never used alone."""

    if TYPE_CHECKING:
        filing: Filing
        shelf: ShelfPanel

    def connect_space_making(self) -> None:
        """Listens from now on."""
        self.filming = SpaceFilming(self.bridge, self.asking, self)
        self.space.learn_asked.connect(self.ask_to_learn)
        self.space.path.export_asked.connect(self.ask_to_film)
        self.filming.went_on.connect(self.space.path.show_progress)
        self.filming.ended.connect(lambda: self.space.path.show_progress(None))
        self.filming.failed.connect(lambda sentence, detail: self.notice.tell("error", sentence, detail))
        self.filming.done.connect(self._filmed)

    # Learning.

    def ask_to_learn(self) -> None:
        """Lets a person choose pictures and learns a space from them."""
        offered: list[Offered] = []
        pictures: dict[int, QPixmap] = {}
        for document in self.tabs.documents():
            part = selected(document)[0]
            step = max(1, min(part.size) // (2 * SIDE))
            small = displayed(replace(part, pixels=part.pixels[::step, ::step].copy()).decoded())[..., :3]
            pictures[id(document)] = QPixmap.fromImage(to_qimage(middle(small), (SIDE, SIDE)))
            made = self.space_making.order(document) is not None
            offered.append(Offered(document.title, None, id(document), chosen=not made))
        row = self.shelf.row
        pieces = [row.item(number).data(PIECE) for number in range(row.count())]
        offered += [Offered(piece.title, piece.path) for piece in pieces]
        ways = self.space_ways
        goes_on = ways is not None and ways.train is not None and bool(ways.train.begun)
        spaces = learnt.found(ways.kind) if ways is not None and goes_on else []
        dialog = LearnDialog(offered, pictures, spaces, self)
        if dialog.exec() == LearnDialog.DialogCode.Accepted:
            self.learn_space(dialog.chosen(), dialog.name.text().strip(), dialog.minutes.value(), dialog.space())
        dialog.deleteLater()

    def learn_space(self, chosen: list[Offered], name: str, minutes: float, begun: Path | None = None) -> None:
        """Learns a space from pictures, as a job that others go past; where one is `begun`, it goes on with that."""
        ways = self.space_ways
        if ways is None or ways.train is None:
            self.notice.tell("info", "The engine is still starting; try again in a moment.")
            return
        trainer, kind = ways.train, ways.kind
        open_ = {id(document): document for document in self.tabs.documents()}
        parts = {one.key: selected(open_[one.key])[0] for one in chosen if one.path is None and one.key in open_}

        def work() -> tuple[tuple[Image, ...], Trained | None]:
            from engine.nets.texture_space.outline import outlined

            found: list[Image] = []
            space = learnt.opened(begun, kind) if begun is not None else None
            for one in chosen:
                if one.path is not None:
                    found += pictures_in([str(one.path)])
                elif one.key in parts:
                    found.append(replace(parts[one.key], name=one.title))
            if space is not None and not found:
                # A picture that the space has is not added again, so that it goes on with those that it has.
                known = outlined(space)
                found.append(Image(known.pictures[0], name=known.names[0]))
            return tuple(found), space

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
            self.session.train(wish, inputs, origins, name or "My textures")

        self.bridge.aside(work, ready, self.filing.failed)

    # Filming.

    def ask_to_film(self) -> None:
        """Lets a person choose where the path goes, or stops what is on its way there."""
        if self.filming.busy:
            self.filming.stop()
            return
        folder = Path(self.settings.get("folder", "") or Path.home())
        path, kind = QFileDialog.getSaveFileName(self, "Save the path", str(folder / "path.gif"), ";;".join(FILMS))
        if path:
            self.film(Path(path), FILMS.get(kind, "gif"))

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
