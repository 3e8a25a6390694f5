"""The panel on the right: which operation, with which values, on what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from desktop import sources
from desktop.document.document import Document
from desktop.dragged import dragged_files
from desktop.look import palette
from desktop.panels.inputs import InputsPanel
from desktop.panels.operation_list import OperationList
from desktop.panels.params_panel import ParamsPanel
from desktop.panels.presets import PresetRow
from desktop.panels.run_bar import RunBar
from desktop.panels.size_row import SizeRow
from desktop.session import Wish
from desktop.settings import Settings
from desktop.sources import Offer
from engine.errors import Unusable
from engine.operation import Operation

LONGEST_NAME = 3
"""Words."""

SETTLED = 60
"""Milliseconds after which a new panel has found its place."""

LIVE_DELAY = 250
"""Milliseconds of quiet after a change before a live run starts."""


def heading(text: str) -> QLabel:
    """A small heading in capitals."""
    label = QLabel(text.upper())
    label.setProperty("role", "heading")
    return label


class OperationsPanel(QWidget):
    """Chooses an operation and its values; knows none of them by name.

    Signals:
        live_asked(): a value changed while Live is on.
        operation_changed(id): another operation is chosen.
        given(role, paths): files that were chosen for a role.
        wish_changed(): a person asks for something else now: another operation, value, size or seed.
        turned(), released(): a person has moved a value of the chosen operation, or let go of one that was held.
        panel_made(panel): an operation was chosen for the first time.
    """

    live_asked = Signal()
    operation_changed = Signal(str)
    given = Signal(str, list)
    wish_changed = Signal()
    turned = Signal()
    released = Signal()
    panel_made = Signal(object)

    def __init__(self, actions: Mapping[str, QAction], settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(308)
        self._settings = settings
        self._operations: dict[str, Operation[Any]] = {}
        self._panels: dict[str, ParamsPanel] = {}
        self._document: Document | None = None
        self.operation: Operation[Any] | None = None

        self.list = OperationList()
        self.title = QLabel("Getting ready…")
        self.title.setProperty("role", "title")
        self.about = QToolButton()
        self.about.setDefaultAction(actions["operation_page"])
        self.about.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.about.setAccessibleName("About this operation")
        self.about.setVisible(False)
        self.summary = QLabel()
        self.summary.setProperty("role", "muted")
        self.summary.setWordWrap(True)
        self.inputs = InputsPanel()
        self.presets = PresetRow(settings)
        self.size_row = SizeRow()
        self._values_heading = heading("Settings")
        self._works_on = heading("Works on")

        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(palette.M, palette.S, palette.M, palette.M)
        self._column.setSpacing(palette.S)
        title_row = QHBoxLayout()
        title_row.addWidget(self.title, 1)
        title_row.addWidget(self.about)
        self._column.addLayout(title_row)
        parts = (self.summary, self._works_on, self.inputs, self._values_heading, self.presets)
        for widget in (*parts, self.size_row):
            self._column.addWidget(widget)
        self._place = self._column.count()
        self._column.addStretch(1)
        self.scroller = QScrollArea()
        self.scroller.setAccessibleName("What the operation works on, and its settings")
        self.scroller.setWidgetResizable(True)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setWidget(inside)
        self.scroller.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)

        self.run_bar = RunBar(actions)
        top = QWidget()
        top_column = QVBoxLayout(top)
        top_column.setContentsMargins(palette.M, palette.M, palette.M, palette.S)
        top_column.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(_line())
        column.addWidget(self.scroller, 1)
        column.addWidget(_line())
        column.addWidget(self.run_bar)

        self._live = QTimer(self)
        self._live.setSingleShot(True)
        self._live.setInterval(LIVE_DELAY)
        self._live.timeout.connect(self.live_asked)
        self.list.chosen.connect(self._choose)
        self.inputs.given.connect(self.given)
        self.presets.chosen.connect(self._take_preset)
        self.presets.save_asked.connect(self._keep_preset)
        self.size_row.changed.connect(self._changed)
        self.run_bar.seed.valueChanged.connect(lambda _: self._maybe_live())
        self.run_bar.seed.valueChanged.connect(lambda _: self.wish_changed.emit())
        self._show_parts(False)
        self.setAcceptDrops(True)

    # What is dropped anywhere on it is for the operation.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.inputs.takes(dragged_files(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.inputs.take(dragged_files(event.mimeData()))
        event.acceptProposedAction()

    @property
    def known(self) -> Mapping[str, Operation[Any]]:
        """Every operation there is, by id."""
        return self._operations

    # Told by the window.

    @property
    def everything(self) -> Mapping[str, Operation[Any]]:
        """Every operation by its id; none before the catalogue is there."""
        return self._operations

    def fill(self, operations: Mapping[str, Operation[Any]], first: str) -> None:
        """Shows the catalogue and chooses an operation to begin with."""
        self._operations = dict(operations)
        self.list.fill(operations.values())
        self._share_room()
        if operations:
            self.choose(first if first in operations else next(iter(operations)))
        else:
            self.title.setText("No operations")

    def choose(self, operation: str, values: Mapping[str, Any] | None = None) -> None:
        """Brings an operation to the front, with values (option -> value) if given.

        What cannot be read in the values leaves them as they are.
        """
        self.list.choose(operation)
        if values is not None and self.operation is not None and self.operation.id == operation:
            try:
                self._panels[operation].set_json(dict(values))
            except Unusable:
                return
            self.presets.mark(self.values())

    def look_at(self, document: Document | None) -> None:
        """From now on the panel is about this document."""
        self._document = document
        self.refresh()

    def refresh(self, offers: Mapping[str, Offer] | None = None, repeats: bool = False) -> None:
        """The document has something else for the operation now.

        Args:
            offers: what a run would take.
            repeats: a run would take the place of the last result, with the same mask.
        """
        if self.operation is None:
            return
        document, offers = self._document, offers or {}
        self.show_mix()
        self.inputs.show_for(self.operation, offers)
        replaced = document is not None and sources.replaces(document, self.operation)
        self.size_row.setVisible(self.operation.sized and not replaced)
        if document is not None and self.operation.sized:
            chosen = document.sample
            size = chosen.size if chosen is not None else document.size
            suits = sources.size(document, self.operation, self.values())
            self.size_row.follow((size[0], size[1]), suits)
        needed = [offers[name] for name, role in self.operation.roles.items() if role.required and name in offers]
        missing = next((offer.missing for offer in needed if offer.missing), None)
        remedy = missing.remedy.partition(",")[0] if missing else ""
        hint = remedy[:1].upper() + remedy[1:]
        if document is None:
            hint = "Open a picture first"
        elif repeats:
            hint = "Run replaces the last result"
        self.run_bar.hint.setText(hint)

    def show_mix(self) -> None:
        """The mix pad, where there is one, shows the pictures that the document has for it."""
        mix, document, operation = self.panel.mix if self.panel else None, self._document, self.operation
        if mix is None or operation is None:
            return
        if document is None:
            mix.show_pictures(())
        else:
            before, painted = len(mix.pictures), bool(sources.styles_painted(document, operation))
            mix.show_pictures(sources.pictures_given(document, mix.role), painted)
            if len(mix.pictures) > before:
                self._reveal_mix()

    def values(self) -> Any:
        """The chosen operation's parameters as they stand."""
        assert self.operation is not None
        return self._panels[self.operation.id].values()

    @property
    def panel(self) -> ParamsPanel | None:
        """That of the chosen operation."""
        return self._panels.get(self.operation.id) if self.operation is not None else None

    def wish(self) -> Wish | None:
        """What a run would be now; None before the catalogue is there."""
        if self.operation is None:
            return None
        size = self.size_row.value() if self.operation.sized else None
        return Wish(self.operation, self.values(), self.run_bar.seed.value(), size)

    def take(self, wish: Wish) -> None:
        """Shows what made an earlier result."""
        self.list.choose(wish.operation.id)
        self._panels[wish.operation.id].set_values(wish.params)
        self.presets.mark(wish.params)
        self.set_seed(wish.seed)
        if wish.size:
            self.size_row.set(wish.size)

    def set_seed(self, seed: int) -> None:
        self.run_bar.seed.blockSignals(True)
        self.run_bar.seed.setValue(seed)
        self.run_bar.seed.blockSignals(False)

    def choose_for(self, role: str) -> None:
        """Brings the first operation that has this role to the front."""
        for name, operation in self._operations.items():
            if role in operation.roles:
                self.list.choose(name)
                return

    def takes(self, role: str) -> bool:
        """Whether the chosen operation has this role."""
        return self.operation is not None and role in self.operation.roles

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    # Within.

    def _reveal_mix(self) -> None:
        """What one came for is the pad: it should not have to be scrolled for. Its place is known after the layout."""
        mix = self.panel.mix if self.panel else None
        if mix is not None:
            QTimer.singleShot(SETTLED, mix, partial(self.scroller.ensureWidgetVisible, mix, 0, palette.S))

    def _share_room(self) -> None:
        """The list gets a quarter of the height; the values of one operation matter more than the other ones' names."""
        self.list.fit(self.height() // 4)

    def _choose(self, name: str) -> None:
        operation = self._operations[name]
        if operation is self.operation:
            return
        if self.operation is not None:
            self._panels[self.operation.id].hide()
        self.operation = operation
        panel = self._panels.get(name)
        if panel is None:
            panel = self._panels[name] = ParamsPanel(operation.params)
            panel.changed.connect(self._changed)
            panel.released.connect(self.released)
            self._column.insertWidget(self._place, panel)
            self.panel_made.emit(panel)
        panel.show()
        self.title.setText(operation.title)
        name, _, told = operation.summary.partition(": ")
        # What stands before a colon may be a name, which the title says already, or half of the sentence.
        told = told if told and len(name.split()) <= LONGEST_NAME else operation.summary
        self.summary.setText(told[:1].upper() + told[1:])
        self.presets.show_for(operation, panel.values())
        self.run_bar.live.setEnabled(not operation.live)
        self._show_parts(True)
        self.scroller.verticalScrollBar().setValue(0)
        self.refresh()
        self._reveal_mix()
        self._settings.set("operation", name)
        self.operation_changed.emit(name)
        self.wish_changed.emit()

    def _show_parts(self, there: bool) -> None:
        sized = there and self.operation is not None and self.operation.sized
        self.size_row.setVisible(sized)
        for widget in (self.about, self._works_on, self.presets, self._values_heading):
            widget.setVisible(there)

    def _take_preset(self, values: dict[str, Any]) -> None:
        assert self.operation is not None
        try:
            self._panels[self.operation.id].set_json(values)
        except Unusable as problem:
            self.summary.setText(str(problem))
            return
        self._changed()

    def _keep_preset(self, name: str) -> None:
        self.presets.keep(name, self.values())

    def _changed(self) -> None:
        self.presets.mark(self.values())
        self.wish_changed.emit()
        self.turned.emit()
        self._maybe_live()

    def _maybe_live(self) -> None:
        felt = self.operation is not None and self.operation.live
        if self.run_bar.live.isChecked() and self._document is not None and not felt:
            self._live.start()


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("role", "line")
    return line
