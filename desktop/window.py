"""The window: where the parts are put together and where every command ends up."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QStatusTipEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.bridge import Bridge
from desktop.canvas import Canvas
from desktop.document.document import HOLE, LABELS, SOURCE, SOWN, Document
from desktop.dragged import carries_picture
from desktop.panels.device_deeds import Devices
from desktop.panels.dropping import Dropping
from desktop.panels.filing import Filing
from desktop.panels.history import HistoryPanel
from desktop.panels.jobs import JobsPanel
from desktop.panels.live_deeds import Felt
from desktop.panels.menus import Actions, fill_menu_bar, tool_bar
from desktop.panels.notice import NoticeBar
from desktop.panels.numbers import NumbersPanel
from desktop.panels.operations import OperationsPanel
from desktop.panels.origin import OriginPanel
from desktop.panels.quality import QualityPanel
from desktop.panels.recovery import Recovery
from desktop.panels.shelf import ShelfPanel
from desktop.panels.space_making_deeds import SpaceMakers
from desktop.panels.start import StartPage, starters
from desktop.panels.status import StatusLine
from desktop.panels.style_deeds import Stylists
from desktop.panels.swatches import Swatches
from desktop.panels.tabs import DocumentTabs, described
from desktop.panels.tile_bar import TileBar
from desktop.panels.tool_options import ToolOptions
from desktop.panels.trial_strip import TrialStrip
from desktop.panels.trying import Trying
from desktop.panels.variations import VariationStrip
from desktop.session import Session
from desktop.session.asking import Asking
from desktop.session.following import Following
from desktop.session.laying import Laying
from desktop.session.live import Live
from desktop.session.trials import Trials
from desktop.settings import Settings
from desktop.tools import Tool, catalog

if TYPE_CHECKING:
    from engine.jobs import Event

LAYOUT = 1
"""Changes when a remembered arrangement would not fit any more."""

REMEMBERED = {"show_shelf": True, "show_styles": False, "mask_blue": False}
"""Commands that stay on or off from one day to the next, and what they are on the first."""

WITH_DOCUMENT = (
    "save save_as close_tab copy make_swatch mask_clear mask_all mask_invert mask_load mask_save source_clear"
    " sample_clear run compare_methods another compare tile_mode tile_half show_quality"
    " zoom_in zoom_out zoom_fit zoom_actual"
).split()


class Window(SpaceMakers, Felt, Stylists, Devices):
    """The studio's only window.

    Args:
        bridge: to the engine; not started yet.
        settings: what was remembered.
    """

    def __init__(self, bridge: Bridge, settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle("Scumble")
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.settings, self.bridge = settings, bridge
        self.session = Session(bridge, self)
        self.filing = Filing(bridge, settings, self)
        self.tools: list[Tool] = [kind() for kind in catalog()]
        self.tool = self.tools[0]
        self.recovery = Recovery(bridge, lambda: self.tabs.documents(), self)
        self._first, self._tries = starters()
        self.asking = Asking(bridge, self)
        self.following = Following(self.session, self.asking, self.painting_wish, self)
        self.laying = Laying(bridge, self.asking, self.session, self)
        self.live = Live(bridge, self.asking, self.session, self)
        self.build_growing()
        self.actions_ = Actions(self, self.tools, self.take_tool)
        self._build()
        self._connect()
        self.give_keys()
        self._restore()
        self.take_tool(self.tool)
        self._front(None)

    # Putting it together.

    def _build(self) -> None:
        self.notice = NoticeBar()
        self.tabs = DocumentTabs()
        self.strip = VariationStrip()
        self.tool_options = ToolOptions()
        self.tile_bar = TileBar(self.actions_)
        self.dropping = Dropping(self.bridge, self.laying, self.filing, self.tabs, self.session, self.notice.tell)
        self.start = StartPage(self._tries, self.bridge.aside)
        self.start.show_recent(self.settings.recent)
        desk = QWidget()
        _column(desk, self.tool_options, self.tile_bar, self.tabs)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.start)
        self.stack.addWidget(desk)
        middle = QWidget()
        _column(middle, self.notice, self.stack)
        self.setCentralWidget(middle)

        self.recent_menu = fill_menu_bar(self, self.actions_)
        self.tool_bar = tool_bar(self, self.actions_)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tool_bar)
        self.operations = OperationsPanel(self.actions_, self.settings)
        self.trial_strip = TrialStrip()
        trials = Trials(self.bridge, self.asking, self.session, self)
        self.trying = Trying(trials, self.trial_strip, self.tabs, self.operations, self.run)
        self.jobs, self.history = JobsPanel(self.session), HistoryPanel()
        self.below = QTabWidget()
        self.below.setDocumentMode(True)
        self.below.setAccessibleName("What was done")
        self.below.addTab(self.strip, "Results")
        self.below.addTab(self.trial_strip, "Variations")
        self.below.addTab(self.history, "History")
        self.below.addTab(self.jobs, "Jobs")
        self.side = QSplitter(Qt.Orientation.Vertical)
        self.numbers = NumbersPanel()
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        self.pages.setAccessibleName("Panel")
        self.pages.tabBar().setAccessibleName("What the panel is about")
        self.pages.tabBar().setProperty("role", "tight")
        self.pages.addTab(self.operations, "Operation")
        self.pages.addTab(self.numbers, "Numbers")
        self.origin, self.quality = OriginPanel(self.actions_), QualityPanel()
        self.pages.addTab(self.origin, "Origin")
        self.pages.addTab(self.quality, "Quality")
        self.build_spaces()
        self.side.addWidget(self.pages)
        self.side.addWidget(self.below)
        self.side.setStretchFactor(0, 1)
        self.side.setSizes([690, 150])
        self.side.setCollapsible(0, False)
        self.docks = [self._dock("Operation", "operation", self.side)]
        self.resizeDocks(self.docks, [320], Qt.Orientation.Horizontal)
        self.shelf = ShelfPanel(Swatches(self.settings), self.bridge.aside)
        self.shelf_dock = QDockWidget("Swatch shelf", self)
        self.shelf_dock.setObjectName("shelf")
        self.shelf_dock.setWidget(self.shelf)
        self.shelf_dock.setTitleBarWidget(QWidget())
        self.shelf_dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.shelf_dock)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.build_styles()
        self.status = StatusLine()
        self.setStatusBar(self.status)

    def _dock(self, title: str, name: str, content: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(content)
        dock.setTitleBarWidget(QWidget())
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        return dock

    def _connect(self) -> None:
        self.bridge.ready.connect(self._engine_ready)
        self.bridge.arrived.connect(self._event)
        self.bridge.broken.connect(lambda sentence, detail: self.notice.tell("error", sentence, detail))
        self.connect_session()
        self.connect_documents()
        self.connect_numbers()
        self.connect_origins()
        self.connect_tiles()
        self.connect_quality()
        self.connect_styles()
        self.connect_spaces()
        self.connect_space_painting()
        self.connect_space_making()
        self.session.noticed.connect(self.notice.tell)
        self.filing.noticed.connect(self.notice.tell)
        self.recovery.failed.connect(lambda sentence: self.notice.tell("error", sentence))
        self.tabs.front_changed.connect(self._front)
        self.tabs.document_changed.connect(self._document_changed)
        self.tabs.canvas_made.connect(self._canvas_made)
        self.start.open_asked.connect(self.open)
        self.start.paste_asked.connect(self.paste)
        self.operations.live_asked.connect(self.run)
        self.operations.operation_changed.connect(lambda _: self.refresh())
        self.recent_menu.aboutToShow.connect(self._fill_recent)
        self.status.zoom.clicked.connect(self.zoom_actual)
        self.connect_live()
        self.connect_devices()

    def _restore(self) -> None:
        self.resize(1360, 860)
        geometry = self.settings.get("geometry", "")
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        state = self.settings.get("layout", "")
        if state:
            self.restoreState(QByteArray.fromBase64(state.encode()), LAYOUT)
        sizes = self.settings.get("side", [])
        if len(sizes) == 2 and all(isinstance(size, int) for size in sizes):
            self.side.setSizes(sizes)
        for name in ("mask_show", "labels_show", "show_panels"):
            self.actions_[name].setChecked(True)
        for name, usual in REMEMBERED.items():
            self.actions_[name].setChecked(self.settings.get(name.replace("_", " "), usual))

    def give_keys(self) -> None:
        """Gives every command the keys that the settings say."""
        changed = self.settings.get("keys", {})
        self.actions_.give_keys(changed)
        self._compare_key = self.actions_.held_key("compare", changed)

    # The engine's life.

    def start_engine(self) -> None:
        """After the window is on the screen: everything that takes long to import."""
        self.bridge.start()
        self.start.load_pictures()
        self.shelf.refresh()
        self.offer_rescue(self.recovery.start())
        self.find_unfinished()

    def _engine_ready(self) -> None:
        from engine import catalog as operations

        found = operations.operations()
        last = self.settings.get("operation", "")
        self.learn_ways(found)
        self.learn_spaces(found)
        self.operations.fill(found, last if last in found else self._first)
        self.refresh()
        self.offer_unfinished()
        # The first job of a person must not wait behind preparation, nor the first strokes stutter.
        QTimer.singleShot(400, self.bridge, self.bridge.warm_up)

    def _event(self, event: Event) -> None:
        from engine.jobs import Failed, Warming

        if isinstance(event, Warming):
            # Kernels stay for good, in hundreds of thousands of objects: the collector would go through them again and
            # again, for a fifth of a second each time, and everybody waits while it does.
            gc.freeze()
            self.status.show_warming(event.done, event.total, event.title)
        elif isinstance(event, Failed) and event.number == 0:
            self.notice.tell("error", event.sentence, event.detail)

    def show_page(self, page: int) -> None:
        """0 is the start page, which has the window to itself; 1 the open documents with everything around them."""
        self.stack.setCurrentIndex(page)
        shown = page == 1 and self.actions_["show_panels"].isChecked()
        for part in (*self.docks, self.tool_bar):
            part.setVisible(shown)
        self.shelf_dock.setVisible(shown and self.actions_["show_shelf"].isChecked())
        self.show_styles(self.actions_["show_styles"].isChecked())

    def _document_changed(self, document: Document, what: str) -> None:
        if document is self.tabs.document:
            if what in (HOLE, SOURCE) and self.tabs.canvas is not None and self.tabs.canvas.hand.busy:
                self.actions_["mask_show"].setChecked(True)  # nobody paints what cannot be seen
            if what == "sample" and document.sample is not None and not self.operations.takes("sample"):
                self.operations.choose_for("sample")
            if what in ("palette", "motif", "size", "history"):
                self.numbers_changed(document, what)
            if not document.editing:
                self.refresh()

    def _canvas_made(self, canvas: Canvas) -> None:
        canvas.zoomed.connect(lambda zoom, canvas=canvas: self._zoomed(canvas, zoom))
        canvas.hovered.connect(self.status.show_place)
        canvas.refused.connect(lambda sentence: self.notice.tell("error", sentence))
        self.dropping.follow(canvas)

    def _front(self, document: Document | None) -> None:
        self.actions_["compare"].setChecked(False)
        self.show_page(1 if document is not None else 0)
        self.operations.look_at(document)
        self.history.look_at(document)
        self.look_at_numbers(document)
        canvas = self.tabs.canvas
        if canvas is not None:
            canvas.set_tool(self.tool)
            self.show_masks()
            self.show_labels()
        self.status.show_zoom(canvas.zoom if canvas else None)
        self.status.show_hint(self.tool.help if canvas else "")
        self.show_outcomes(document)
        self.refresh()

    def refresh(self) -> None:
        """Everything that depends on the document in front, its history and its masks."""
        document = self.tabs.document
        operation = self.operations.operation
        self.actions_.enable(WITH_DOCUMENT, document is not None)
        self.actions_.enable(["undo"], document is not None and document.history.undoable is not None)
        self.actions_.enable(["redo"], document is not None and document.history.redoable is not None)
        self.actions_.enable(["run", "another"], document is not None and operation is not None)
        if document is not None and operation is not None:
            offers = self.session.offers(document, operation)
            self.operations.refresh(offers, self.session.repeats(document, operation))
            if self.session.remakes(document, operation):
                self.operations.size_row.hold(document.size)
        else:
            self.operations.refresh()
        self.show_run()
        if document is not None:
            width, height = document.size
            self.status.show_picture(f"{width} × {height} px · {described(document)}")
            self.setWindowTitle(f"{document.title}{' •' if document.modified else ''} — Scumble")
        else:
            self.status.show_picture("")
            self.setWindowTitle("Scumble")

    # Tools and masks.

    def take_tool(self, tool: Tool) -> None:
        """Takes a tool in hand."""
        self.tool = tool
        self.actions_[f"tool:{tool.id}"].setChecked(True)
        self.tool_options.look_at(tool)
        pages = {LABELS: self.numbers, SOWN: self.space}
        self.pages.setCurrentWidget(self.origin if tool.inspects else pages.get(tool.mask, self.operations))
        self.status.show_hint(tool.help if self.tabs.canvas else "")
        if self.tabs.canvas is not None:
            if tool.mask:
                if tool.mask not in pages:
                    self.actions_["mask_show"].setChecked(True)
                self.clear_overlay()
            if tool.inspects:
                self.show_origins()
            self.tabs.canvas.set_tool(tool)
            self.show_labels()
        self.style_brush_taken()

    def _zoomed(self, canvas: Canvas, zoom: float) -> None:
        if canvas is self.tabs.canvas:
            self.status.show_zoom(zoom)

    def _fill_recent(self) -> None:
        self.recent_menu.clear()
        for path in self.settings.recent:
            action = self.recent_menu.addAction(path)
            action.triggered.connect(lambda _=False, path=path: self.open_paths([path]))
        if not self.settings.recent:
            self.recent_menu.addAction("Nothing yet").setEnabled(False)

    # Keys that are held, things dropped, the end.

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QStatusTipEvent):
            # Qt would lay it over everything else in the bottom line.
            self.status.show_tip(event.tip())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == self._compare_key and self._compare_key and not event.isAutoRepeat():
            self.actions_["compare"].setChecked(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == self._compare_key and self._compare_key and not event.isAutoRepeat():
            self.actions_["compare"].setChecked(False)
        else:
            super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        # The release of a held key goes to whoever has the focus then.
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.actions_["compare"].setChecked(False)
        super().changeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if carries_picture(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.filing.take(event.mimeData(), "Dropped picture"):
            event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        for document in self.tabs.documents():
            if document.modified and not self.close_document(document, self.close):
                event.ignore()
                return
        for document in self.tabs.documents():
            self.close_document(document)
        self.settings.set("geometry", bytes(self.saveGeometry().toBase64().data()).decode())
        self.settings.set("side", self.side.sizes())
        for name in REMEMBERED:
            self.settings.set(name.replace("_", " "), self.actions_[name].isChecked())
        self.settings.set("layout", bytes(self.saveState(LAYOUT).toBase64().data()).decode())
        self.settings.save()
        self.unfinished.close()
        self.bridge.close()
        self.recovery.close()
        super().closeEvent(event)


def _column(widget: QWidget, *parts: QWidget) -> None:
    """Parts one below the other without gaps; documents and pages take what room there is."""
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in parts:
        column.addWidget(part, 1 if isinstance(part, QTabWidget | QStackedWidget) else 0)
