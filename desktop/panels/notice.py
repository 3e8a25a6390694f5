"""One sentence above the canvas, with whatever there is to do about it. It never blocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.look import icons, palette

ICONS = {"error": ("warning", palette.ERROR), "info": ("info", palette.INFO), "good": ("keep", palette.GOOD)}


TOGETHER = 3.0
"""Seconds in which what follows an error joins it: of several files dropped at once, each has its word."""


class NoticeBar(QFrame):
    """Shows the newest notice until it is closed, acted on, or followed by another.

    An error is not pushed aside before anyone can have read it: what follows at once stands under it.

    Signals:
        closed(): the person closed it, or did what it offered.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.M, palette.S, palette.S, palette.S)
        self._line = QHBoxLayout()
        self._line.setSpacing(palette.S)
        column.addLayout(self._line)
        self.symbol = QLabel()
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details = QPushButton("Details")
        self.details.setCheckable(True)
        self.details.setAccessibleName("Show the details")
        self.close_button = QToolButton()
        self.close_button.setIcon(icons.icon("close", palette.MUTED))
        self.close_button.setAccessibleName("Close this notice")
        self._line.addWidget(self.symbol)
        self._line.addWidget(self.sentence, 1)
        self._line.addWidget(self.details)
        self._line.addWidget(self.close_button)
        self.detail = QPlainTextEdit()
        self.detail.setReadOnly(True)
        self.detail.setMaximumHeight(180)
        self.detail.setAccessibleName("Details")
        column.addWidget(self.detail)
        self.details.toggled.connect(self.detail.setVisible)
        self.close_button.clicked.connect(self._close)
        self._buttons: list[QPushButton] = []
        self._error_since = float("-inf")
        self.hide()

    def tell(
        self,
        kind: str,
        sentence: str,
        detail: str = "",
        actions: Sequence[tuple[str, Callable[[], None]]] = (),
    ) -> None:
        """Shows a sentence.

        Args:
            kind: "error", "info" or "good".
            sentence: for the artist.
            detail: for whoever mends it; behind a button.
            actions: title and what to do; the notice goes away first.
        """
        fresh = not self.isHidden() and time.monotonic() - self._error_since < TOGETHER
        if fresh and sentence not in self.sentence.text().splitlines():
            kind, sentence = "error", f"{self.sentence.text()}\n{sentence}"
            detail = "\n\n".join(part for part in (self.detail.toPlainText(), detail) if part)
        if kind == "error":
            self._error_since = time.monotonic()
        name, colour = ICONS[kind]
        self.setProperty("notice", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.symbol.setPixmap(icons.pixmap(name, 20, colour, self.devicePixelRatioF()))
        self.sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.detail.setPlainText(detail)
        self.details.setVisible(bool(detail))
        self.details.setChecked(False)
        self.detail.hide()
        for button in self._buttons:
            self._line.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for title, act in actions:
            button = QPushButton(title)
            button.clicked.connect(lambda _=False, act=act: self._act(act))
            self._line.insertWidget(self._line.count() - 2, button)
            self._buttons.append(button)
        self.show()

    def clear(self) -> None:
        """Takes the notice away."""
        self._error_since = float("-inf")
        self.hide()

    def _act(self, act: Callable[[], None]) -> None:
        self.hide()
        act()
        self.closed.emit()

    def _close(self) -> None:
        self.hide()
        self.closed.emit()
