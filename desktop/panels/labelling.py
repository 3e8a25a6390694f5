"""Label maps of pictures: found in them, imported, exported."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from desktop.document import Document
from desktop.document import label_pictures as pictures
from desktop.panels.running import Running
from engine.errors import Unusable
from engine.image import GRAY_ALPHA, Bytes, Image
from engine.operation import Operation, Picture

if TYPE_CHECKING:
    from desktop.bridge import Bridge
    from desktop.panels.numbers import NumbersPanel
    from desktop.session.asking import Asking
    from engine.jobs import Event

LABELS_OPTION = "labels"
"""The option by which an operation that labels a picture is told how many there are to be."""


class Labelling(Running):
    """How the window comes by label maps; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        asking: Asking
        bridge: Bridge
        numbers: NumbersPanel

        def show_labels(self) -> None: ...
        def take_label(self, number: int) -> None: ...

    def find_labels(self, count: int) -> None:
        """Labels the picture in front, in the engine's thread; the window goes on meanwhile."""
        document, operation = self.document(), self._labeller()
        if operation is None:
            self.notice.tell("info", "The engine is still starting; try again in a moment.")
            return
        from engine.jobs import Job

        params = operation.params.from_json({LABELS_OPTION: count})
        slot = f"labels of {id(document)}"
        job = Job(operation.id, params, {"picture": document.picture}, slot=slot, title=operation.title)
        if self.asking.ask(job, partial(self._found, document)) is not None:
            self.numbers.show_finding(0.0)

    def _labeller(self) -> Operation[Any] | None:
        """The operation that makes a picture in a given number of flat colours of a picture."""
        for operation in self.operations.everything.values():
            roles = list(operation.roles.values())
            counts = any(field.name == LABELS_OPTION for field in operation.params.fields())
            if counts and operation.replaces is None and len(roles) == 1 and isinstance(roles[0], Picture):
                return operation
        return None

    def _found(self, document: Document, event: Event) -> None:
        from engine import jobs

        canvas = self.tabs.canvas_of(document)
        if isinstance(event, jobs.Update):
            self.numbers.show_finding(event.fraction)
            if canvas is not None:
                canvas.show_preview(event.rect, event.pixels, event.size)
            return
        if isinstance(event, jobs.Started | jobs.Noticed):
            return
        if isinstance(event, jobs.Failed):
            self.notice.tell("error", event.sentence, event.detail)
        if canvas is None or not isinstance(event, jobs.Done):
            self._looked(document)
            return
        flat, picture = event.result.patch, document.picture

        def put(made: tuple[Bytes, Any]) -> None:
            self._put_labels(document, *made, "Labels from picture")
            self._looked(document)

        def failed(problem: Exception) -> None:
            self.filing.failed(problem)
            self._looked(document)

        self.bridge.aside(lambda: pictures.labelled(pictures.numbered(Image(flat)), picture), put, failed)

    def _looked(self, document: Document) -> None:
        self.numbers.show_finding(None)
        canvas = self.tabs.canvas_of(document)
        if canvas is not None and self.session.run_on(document) is None:
            canvas.clear_preview()

    def import_labels(self) -> None:
        """Lets the person choose a picture in flat colours."""
        document = self.document()
        path, _ = QFileDialog.getOpenFileName(
            self,
            "Import labels",
            str(self.settings.get("folder", "")),
            "Pictures (*.png *.tif *.tiff *.gif *.bmp *.webp)",
        )
        if path:
            self.take_labels(document, Path(path))

    def take_labels(self, document: Document, path: Path) -> None:
        """Opens a label map for a document, off this thread."""
        size, motif, palette, below = document.size, document.motif, document.palette, document.picture

        def read() -> tuple[Bytes, Any]:
            from engine.files import open_labels, open_picture

            numbers, picture = open_labels(path), open_picture(path)
            if motif is not None:
                return pictures.stretched(pictures.matched(numbers, picture, palette), size), palette
            labels, found = pictures.labelled(numbers, picture)
            fits = abs(labels.shape[1] * size[1] - labels.shape[0] * size[0]) <= max(size[0], size[1]) * 2
            if not fits:
                raise Unusable(
                    f"{path.name} is {labels.shape[1]} x {labels.shape[0]} px, the picture {size[0]} x {size[1]}",
                    "a map lies on its picture point by point",
                    "choose one of the same shape",
                )
            if picture.channels <= GRAY_ALPHA:
                # Its grays are numbers and no colours: the picture below knows better.
                return pictures.labelled(pictures.stretched(numbers, size), below, keep=True)
            labels = pictures.stretched(labels, size)
            return labels, found

        self.bridge.aside(read, lambda made: self._put_labels(document, *made, "Import labels"), self.filing.failed)

    def export_labels(self) -> None:
        """Lets the person choose where the map goes, as a picture in flat colours."""
        document = self.document()
        folder = Path(self.settings.get("folder", "") or Path.home())
        path, _ = QFileDialog.getSaveFileName(self, "Export labels", str(folder / "labels.png"), "PNG (*.png)")
        if path:
            place = Path(path) if Path(path).suffix else Path(path).with_suffix(".png")
            made = pictures.map_picture(document)

            def write() -> None:
                from engine.files import save_picture

                save_picture(made, place)

            self.bridge.aside(write, lambda _: self.notice.tell("good", f"Saved {place.name}."), self.filing.failed)

    def _put_labels(self, document: Document, labels: Bytes, palette: Any, title: str) -> None:
        if (labels.shape[1], labels.shape[0]) != document.size or document.editing or not self._is_open(document):
            return
        with document.edit(title) as edit:
            edit.put(document.labels, document.rect, labels)
            edit.set_palette(palette)
        self.settings.set("labels_photo_shown", True)
        canvas = self.tabs.canvas
        if document is self.tabs.document and canvas is not None:
            self.take_label(palette.labels[0].number)
            self.show_labels()
            # Keys are for labels now; a field of the panel would take the digits.
            canvas.setFocus()

    def _is_open(self, document: Document) -> bool:
        return self.tabs.canvas_of(document) is not None
