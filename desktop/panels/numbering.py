"""The window's dealings with labels: tools, panel, labelling, and paintings that follow the brush."""

from __future__ import annotations

from functools import partial, partialmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog

from desktop.document import LABELS, Document
from desktop.document import label_pictures as pictures
from desktop.panels.running import SETTLING, Running
from desktop.session import Wish
from desktop.sources import paints_by_numbers
from desktop.tools.number_tool import NumberTool
from engine.errors import Unusable
from engine.image import GRAY_ALPHA, Bytes, Image, frozen
from engine.operation import Operation, Picture

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTabWidget

    from desktop.bridge import Bridge
    from desktop.canvas import Canvas
    from desktop.panels.numbers import NumbersPanel
    from desktop.session.asking import Asking
    from desktop.session.following import Following
    from desktop.tools import Tool
    from engine.jobs import Event, Update

OPACITIES = {"photo": 0.5, "painting": 0.0}
"""How much the labels hide of a photograph that is labelled, and of a painting, until a person says otherwise."""

LABELS_OPTION = "labels"
"""The option by which an operation that labels a picture is told how many there are to be."""


class Numbering(Running):
    """The window's answers to the panel of labels; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        asking: Asking
        bridge: Bridge
        following: Following
        numbers: NumbersPanel
        pages: QTabWidget
        tools: list[Tool]

        def take_tool(self, tool: Tool) -> None: ...

    def connect_numbers(self) -> None:
        """Listens from now on."""
        panel = self.numbers
        panel.chosen.connect(self.take_label)
        panel.renamed.connect(lambda number, name: self._change_label(number, name=name))
        panel.recoloured.connect(lambda number, colour: self._change_label(number, colour=colour))
        panel.add_asked.connect(self.add_label)
        panel.remove_asked.connect(self._remove_label)
        panel.find_asked.connect(self.find_labels)
        panel.import_asked.connect(self.import_labels)
        panel.export_asked.connect(self.export_labels)
        panel.paint_asked.connect(self.paint_by_numbers)
        panel.live_toggled.connect(self._go_live)
        panel.now_asked.connect(lambda: self.following.paint(self.document()))
        panel.again_asked.connect(self.paint_all_again)
        panel.opacity_changed.connect(self._opacity_turned)
        self.following.previewed.connect(self._painting_previewed)
        self.following.applied.connect(self._painting_applied)
        self.following.dropped.connect(self._painting_dropped)
        self.following.settled.connect(self._painting_settled)
        self.following.went_on.connect(self._painting_went_on)
        self.following.failed.connect(lambda sentence, detail: self.notice.tell("error", sentence, detail))
        for tool in self.number_tools():
            tool.watch(self._label_taken)

    def number_tools(self) -> list[NumberTool]:
        """The tools that have a label in hand; always the same one."""
        return [tool for tool in self.tools if isinstance(tool, NumberTool)]

    # Labels in hand.

    def take_label(self, number: int) -> None:
        """A label in hand, and a tool that paints it."""
        document = self.tabs.document
        if document is None or document.palette.find(number) is None:
            return
        if not isinstance(self.tool, NumberTool):
            self.take_tool(self.number_tools()[0])
        for tool in self.number_tools():
            tool.take(number)
        self.numbers.list.mark(number)

    label_1 = partialmethod(take_label, 1)
    label_2 = partialmethod(take_label, 2)
    label_3 = partialmethod(take_label, 3)
    label_4 = partialmethod(take_label, 4)
    label_5 = partialmethod(take_label, 5)
    label_6 = partialmethod(take_label, 6)
    label_7 = partialmethod(take_label, 7)
    label_8 = partialmethod(take_label, 8)
    label_9 = partialmethod(take_label, 9)

    def _label_taken(self) -> None:
        tool = self.tool
        if isinstance(tool, NumberTool):
            number = tool.values.label
            self.numbers.list.mark(number)
            for other in self.number_tools():
                other.take(number)

    def labels_show(self, on: bool) -> None:
        self.show_labels()

    def show_labels(self) -> None:
        """The labels over the canvas in front, as the panel and the command say."""
        canvas = self.tabs.canvas
        if canvas is not None and canvas.document is not None:
            canvas.set_mask_visible(LABELS, self.actions_["labels_show"].isChecked())
            self.numbers.set_opacity(self._opacity_of(canvas.document))
            canvas.set_label_opacity(self.numbers.opacity)

    def look_at_numbers(self, document: Document | None) -> None:
        """Another document is in front."""
        self.numbers.look_at(document)
        self.show_labels()
        self._show_pending()

    def numbers_changed(self, document: Document, what: str) -> None:
        """The document in front has another palette or motif, or perhaps other labels."""
        if what != "history":
            self.look_at_numbers(document)
        elif not document.editing and len(document.palette):
            self.numbers.refresh()
            self._show_pending()

    def _opacity_of(self, document: Document) -> float:
        kind = "photo" if document.motif is None else "painting"
        return float(self.settings.get(f"labels_{kind}", OPACITIES[kind]))

    def _opacity_turned(self, opacity: float) -> None:
        document = self.tabs.document
        if document is not None:
            kind = "photo" if document.motif is None else "painting"
            self.settings.set(f"labels_{kind}", opacity)
            self.actions_["labels_show"].setChecked(True)
            self.show_labels()

    # The palette.

    def _change_label(self, number: int, name: str | None = None, colour: Any = None) -> None:
        document = self.document()
        changed = document.palette.changed(number, name, colour)
        if changed != document.palette:
            with document.edit("Rename a label" if colour is None else "Colour a label") as edit:
                edit.set_palette(changed)
        self.numbers.refresh()

    def add_label(self) -> None:
        """One more label, in hand at once."""
        document = self.document()
        try:
            palette = document.palette.added()
        except ValueError as full:
            self.notice.tell("error", f"{str(full).capitalize()}.")
            return
        with document.edit("Add a label") as edit:
            edit.set_palette(palette)
        self.take_label(palette.labels[-1].number)

    def _remove_label(self, number: int) -> None:
        document = self.document()
        label = document.palette.find(number)
        if label is not None:
            with document.edit(f"Remove {label.name}") as edit:
                edit.relabel(document.labels, number, 0)
                edit.set_palette(document.palette.without(number))

    # Maps from pictures.

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
        self.actions_["labels_show"].setChecked(True)
        canvas = self.tabs.canvas
        if document is self.tabs.document and canvas is not None:
            self.take_label(palette.labels[0].number)
            self.show_labels()
            # Keys are for labels now; a field of the panel would take the digits.
            canvas.setFocus()

    def _is_open(self, document: Document) -> bool:
        return self.tabs.canvas_of(document) is not None

    # Paintings.

    def painting_wish(self) -> Wish | None:
        """What a painting is made with now."""
        operation = self.operations.operation
        if operation is not None and paints_by_numbers(operation):
            return self.operations.wish()
        chosen = next((one for one in self.operations.everything.values() if paints_by_numbers(one)), None)
        return Wish(chosen, chosen.params(), self._seed) if chosen is not None else None

    _seed = 1

    def paint_by_numbers(self, start: str) -> None:
        """Opens a painting that takes its pixels from the picture in front."""
        document, size = self.document(), self.numbers.size_row.value()
        number = self.numbers.list.marked() or document.palette.labels[0].number
        map_, palette = document.labels.array(), document.palette

        def make() -> Document:
            motif = pictures.motif_of(document, size)
            if start in ("map", "mirrored"):
                labels = pictures.stretched(map_, size, mirrored=start == "mirrored")
            else:
                labels = frozen(np.full((size[1], size[0]), number if start == "one" else 0, np.uint8))
            return pictures.painting(motif, palette, labels)

        self.bridge.aside(make, self.open_painting, self.filing.failed)

    def open_painting(self, document: Document) -> None:
        """Shows a painting with the brush in hand; its pixels follow."""
        document.touch()
        self.add_document(document)
        self.take_label(next(iter(document.palette)).number)

    def paint_all_again(self) -> None:
        """The whole map once more, with the next seed."""
        document = self.document()
        wish = self.painting_wish()
        if wish is None or document.painted.empty:
            return
        self._seed = wish.seed + 1
        self.operations.set_seed(self._seed)
        with document.edit("Paint all again") as edit:
            edit.clear(document.painted)
        self.following.paint(document)

    def _go_live(self, on: bool) -> None:
        self.following.live = on
        self._show_pending()

    def _painting_previewed(self, document: Document, update: Update) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:
            canvas.show_labels_of(self.following.target(document))
            canvas.show_preview(update.rect, update.pixels, update.size)

    def _painting_applied(self, document: Document) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:
            canvas.show_labels_of(None)

    def _painting_dropped(self, document: Document) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None and self.session.run_on(document) is None:
            canvas.show_labels_of(None)
            canvas.clear_preview()

    def _painting_settled(self, document: Document) -> None:
        canvas = self.tabs.canvas_of(document)
        if canvas is not None:
            # The picture's own tiles follow in the next few paints; until then they still show what was.
            QTimer.singleShot(SETTLING, canvas, partial(self._painting_rested, canvas))
        if document is self.tabs.document:
            self.numbers.show_progress(None)
            self._show_pending()

    def _painting_rested(self, canvas: Canvas) -> None:
        document = canvas.document
        if document is not None and not self.following.busy(document) and self.session.run_on(document) is None:
            canvas.clear_preview()

    def _painting_went_on(self, document: Document, fraction: float) -> None:
        if document is self.tabs.document:
            self.numbers.show_progress(fraction)

    def _show_pending(self) -> None:
        document = self.tabs.document
        waiting = (
            document is not None and document.motif is not None and bool(document.labels.differing(document.painted))
        )
        self.numbers.show_pending(waiting)
