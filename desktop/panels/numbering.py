"""The window's dealings with labels: tools, panel, labelling, and paintings that follow the brush."""

from __future__ import annotations

from functools import partial, partialmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QTimer

from desktop.document import LABELS, Document
from desktop.document import label_pictures as pictures
from desktop.panels.labelling import Labelling
from desktop.panels.running import SETTLING
from desktop.session import Wish
from desktop.sources import paints_by_numbers
from desktop.tools.number_tool import NumberTool
from engine.image import frozen

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTabWidget

    from desktop.bridge import Bridge
    from desktop.canvas import Canvas
    from desktop.panels.numbers import NumbersPanel
    from desktop.session.asking import Asking
    from desktop.session.following import Following
    from desktop.tools import Tool
    from engine.jobs import Update

OPACITIES = {"photo": 0.5, "painting": 0.4}
SHOWN = {"photo": True, "painting": False}
"""How much the labels hide of a photograph that is labelled and of a painting, and whether they are shown over it,
until a person says otherwise: on a painting one looks at the picture."""


class Numbering(Labelling):
    """The window's answers to the panel of labels; a part of `Window`, never used alone."""

    if TYPE_CHECKING:
        asking: Asking
        bridge: Bridge
        following: Following
        numbers: NumbersPanel
        pages: QTabWidget
        tools: list[Tool]

        def take_tool(self, tool: Tool) -> None: ...
        def show_run(self) -> None: ...

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
        self.following.lacking.connect(self._tell_lacking)
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
        document = self.tabs.document
        if document is not None:
            self.settings.set(f"labels_{_kind(document)}_shown", on)
        self.show_labels()

    def show_labels(self) -> None:
        """The labels over the canvas in front, as was chosen for photographs or for paintings."""
        canvas = self.tabs.canvas
        if canvas is not None and canvas.document is not None:
            kind = _kind(canvas.document)
            shown = bool(self.settings.get(f"labels_{kind}_shown", SHOWN[kind]))
            self.actions_["labels_show"].setChecked(shown)
            canvas.set_mask_visible(LABELS, shown)
            self.numbers.set_opacity(float(self.settings.get(f"labels_{kind}", OPACITIES[kind])))
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

    def _opacity_turned(self, opacity: float) -> None:
        document = self.tabs.document
        if document is not None:
            self.settings.set(f"labels_{_kind(document)}", opacity)
            self.settings.set(f"labels_{_kind(document)}_shown", True)
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

    def stop_painting(self) -> None:
        """Ends what is being made of the painting in front; the next stroke goes on with it."""
        document = self.tabs.document
        if document is not None and self.following.stop(document):
            self.notice.tell("info", "Stopped. The next stroke goes on with the rest, and so does Paint now.")

    def _tell_lacking(self, document: Document, numbers: frozenset[int]) -> None:
        labels = [document.palette.find(number) for number in sorted(numbers)]
        names = ", ".join(label.name for label in labels if label is not None)
        if names and document is self.tabs.document:
            told = f"The photograph has nothing of {names}: there the picture stays as it is."
            self.notice.tell("info", f"{told} Paint with its other labels, or label the photograph anew.")

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
            self.show_run()

    def _painting_rested(self, canvas: Canvas) -> None:
        document = canvas.document
        if document is not None and not self.following.busy(document) and self.session.run_on(document) is None:
            canvas.clear_preview()

    def _painting_went_on(self, document: Document, fraction: float) -> None:
        if document is self.tabs.document:
            self.numbers.show_progress(fraction)
            self.actions_.enable(["stop"], True)

    def _show_pending(self) -> None:
        document = self.tabs.document
        waiting = (
            document is not None and document.motif is not None and bool(document.labels.differing(document.painted))
        )
        held = document is not None and self.following.held(document)
        self.numbers.show_pending(waiting, held)


def _kind(document: Document) -> str:
    return "photo" if document.motif is None else "painting"
