"""What an operation will work with, said in words, so that nobody has to guess. Pictures can be dropped on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from desktop import learnt, sources
from desktop.document.document import Document
from desktop.dragged import dragged_files
from desktop.look import icons, palette
from desktop.panels.short_label import ShortLabel
from desktop.sources import Offer
from engine.operation import Mask, Model, Operation

ROLE_ICONS = {"hole": "brush", "source": "source-brush", "sample": "sample", "picture": "image", "where": "brush"}
ROLE_COLOURS = {"hole": palette.ERROR, "where": palette.ERROR, "source": palette.GOOD}


class _Line(QWidget):
    """What there is for one role. Takes pictures where a person may choose them."""

    dropped = Signal(list)
    choose_asked = Signal()
    clear_asked = Signal()
    document_chosen = Signal(object)

    def __init__(self, operation: Operation[Any], name: str, others: Callable[[], Sequence[Document]]) -> None:
        super().__init__()
        role = operation.roles[name]
        self._others = others
        self.open = sources.can_be_given(operation, name)
        self.model = role if isinstance(role, Model) else None
        self.setAcceptDrops(self.open)
        self.value = ShortLabel()
        title = role.title or name.capitalize()
        self.value.setAccessibleName(f"Input: {title}")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(palette.XS)
        line.addWidget(self.value, 1)
        self.button = QToolButton()
        self.button.setIcon(icons.icon("open", palette.MUTED))
        self.button.setAutoRaise(True)
        self.button.setAccessibleName(f"Choose: {title}")
        self.button.setToolTip("Choose pictures or take open ones; from the shelf or a folder they can be dropped here")
        self.button.setVisible(self.open)
        line.addWidget(self.button)
        self.button.clicked.connect(self._menu)
        self.has_some = self.needed = False

    def mark(self, on: bool) -> None:
        """Shows that a drop would land here."""
        self.setStyleSheet(f"background: {palette.ACCENT_DIM};" if on else "")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_files(event.mimeData()):
            self.mark(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.mark(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.mark(False)
        self.dropped.emit(dragged_files(event.mimeData()))
        event.acceptProposedAction()

    def _menu(self) -> None:
        others = [] if self.model else list(self._others())
        shelf = learnt.found(self.model.kind) if self.model else ()
        if not self.has_some and not others and not shelf:
            self.choose_asked.emit()
            return
        menu = QMenu(self)
        deeds: dict[QAction, Callable[[], None]] = {}
        choose = "Choose a file…" if self.model else "Choose pictures…"
        deeds[menu.addAction(icons.icon("open"), choose)] = self.choose_asked.emit
        for entry in shelf:
            action = menu.addAction(icons.icon("learnt"), entry.title.replace("&", "&&"))
            deeds[action] = partial(self.dropped.emit, [str(entry.path)])
        for document in others:
            action = menu.addAction(icons.icon("image"), document.title.replace("&", "&&"))
            deeds[action] = partial(self.document_chosen.emit, document)
        if self.has_some:
            menu.addSeparator()
            deeds[menu.addAction(icons.icon("remove"), "Take away")] = self.clear_asked.emit
        picked = menu.exec(self.button.mapToGlobal(self.button.rect().bottomLeft()))
        menu.deleteLater()
        if picked in deeds:
            deeds[picked]()


class InputsPanel(QWidget):
    """One line for each role.

    Signals:
        given(role, paths): these files are to be the pictures of a role; an empty list takes them away.
        lent(role, document): the picture of this open document is to be one of a role.

    Attributes:
        others: the documents that can be lent: those that are open, but for the one that is worked on.
    """

    given = Signal(str, list)
    lent = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.others: Callable[[], Sequence[Document]] = list
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(palette.S)
        self._grid.setVerticalSpacing(palette.XS)
        self._grid.setColumnStretch(2, 1)
        self._operation: Operation[Any] | None = None
        self._lines: dict[str, _Line] = {}
        self.setAcceptDrops(True)

    # What is dropped beside a line is for the nearest one.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_files(event.mimeData()) and any(line.open for line in self._lines.values()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._mark(self._nearest(event.position()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark(None)

    def dropEvent(self, event: QDropEvent) -> None:
        self._mark(None)
        line = self._nearest(event.position())
        if line is not None:
            line.dropped.emit(dragged_files(event.mimeData()))
            event.acceptProposedAction()

    def _nearest(self, at: QPointF) -> _Line | None:
        lines = [line for line in self._lines.values() if line.open]
        return min(lines, key=lambda line: abs(line.geometry().center().y() - at.y()), default=None)

    def _mark(self, on: _Line | None) -> None:
        for line in self._lines.values():
            line.mark(line is on)

    def show_for(self, operation: Operation[Any], offers: Mapping[str, Offer]) -> None:
        """Says what there is for each role of an operation."""
        if operation is not self._operation:
            self._build(operation)
        for role, line in self._lines.items():
            offer = offers.get(role)
            line.value.setText(offer.words if offer else "open a picture first")
            line.has_some = offer is not None and offer.given
            line.needed = offer is None or (offer.missing is not None and operation.roles[role].required)
            line.value.setStyleSheet(f"color: {palette.ACCENT_HOVER if line.needed else palette.MUTED};")

    def takes(self, paths: Sequence[str]) -> bool:
        """Whether there is a line for what is in these files."""
        return self._line_for(paths) is not None

    def take(self, paths: Sequence[str]) -> None:
        """Files for the line that lacks some, or else for the first that may have them."""
        line = self._line_for(paths)
        if line is not None:
            line.dropped.emit(list(paths))

    def _line_for(self, paths: Sequence[str]) -> _Line | None:
        from engine.files import OPENABLE

        def fits(line: _Line) -> bool:
            known = (learnt.SUFFIX, *line.model.suffixes) if line.model else OPENABLE
            return line.open and all(Path(path).suffix.lower() in known for path in paths)

        lines = [line for line in self._lines.values() if paths and fits(line)]
        return next((line for line in lines if line.needed), lines[0] if lines else None)

    def text(self, role: str) -> str:
        """What the line of a role says."""
        return self._lines[role].value.text()

    def line(self, role: str) -> QWidget:
        """The line of a role. Raises KeyError."""
        return self._lines[role]

    def _build(self, operation: Operation[Any]) -> None:
        self._operation = operation
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._lines = {}
        for row, (name, role) in enumerate(operation.roles.items()):
            symbol = QLabel()
            fallback = "mask" if isinstance(role, Mask) else "image"
            colour = ROLE_COLOURS.get(name, palette.MUTED)
            picture = icons.pixmap(ROLE_ICONS.get(name, fallback), 16, colour, self.devicePixelRatioF())
            symbol.setPixmap(picture)
            title = QLabel(role.title or name.capitalize())
            line = _Line(operation, name, lambda: self.others())
            line.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for widget in (symbol, title, line.value):
                widget.setToolTip(role.help)
            line.dropped.connect(lambda paths, name=name: self.given.emit(name, paths))
            line.clear_asked.connect(lambda name=name: self.given.emit(name, []))
            line.document_chosen.connect(lambda document, name=name: self.lent.emit(name, document))
            line.choose_asked.connect(lambda name=name, title=title: self._choose(name, title.text()))
            self._grid.addWidget(symbol, row, 0)
            self._grid.addWidget(title, row, 1)
            self._grid.addWidget(line, row, 2)
            self._lines[name] = line

    def _choose(self, name: str, title: str) -> None:
        from engine.files import OPENABLE

        role = self._operation.roles[name] if self._operation else None
        suffixes = (learnt.SUFFIX, *role.suffixes) if isinstance(role, Model) else OPENABLE
        kinds = " ".join(f"*{suffix}" for suffix in suffixes)
        called = "Trained" if isinstance(role, Model) else "Pictures"
        paths, _ = QFileDialog.getOpenFileNames(self, f"Choose: {title}", "", f"{called} ({kinds});;All files (*)")
        if paths:
            self.given.emit(name, paths)
