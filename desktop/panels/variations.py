"""Earlier results of a document as little pictures to return to.

They stand beside the canvas and not under it: a result that made the picture jump could not be compared with anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from desktop.look import icons, palette
from desktop.panels.findings import sentence
from desktop.panels.thumbnails import as_thumbnails, captioned, icon_of
from desktop.session import Outcome

OUTCOME = Qt.ItemDataRole.UserRole


class VariationStrip(QFrame):
    """Results, oldest first, the one on the canvas marked.

    Signals:
        chosen(outcome): put this one onto the picture.
        dropped(outcome): let this one go.
        promoted(outcome): open this one as a picture of its own.
        others_asked(outcome): open the pictures that were made along with this one.
    """

    chosen = Signal(object)
    dropped = Signal(object)
    promoted = Signal(object)
    others_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = as_thumbnails(QListWidget(), "Results")
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.hint = QLabel("What you make stays here. Click one to put it on the picture.")
        self.hint.setProperty("role", "faint")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.XS, palette.XS, palette.XS, 0)
        column.setSpacing(0)
        column.addWidget(self.hint, 1)
        column.addWidget(self.list, 1)
        self.list.itemClicked.connect(self._take)
        self.list.itemActivated.connect(self._take)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.hide()

    def show_outcomes(self, outcomes: Sequence[Outcome], shown: Outcome | None) -> None:
        """Shows these, or a word about them when there is none."""
        have = {id(self.list.item(row).data(OUTCOME)): row for row in range(self.list.count())}
        if list(have) != [id(outcome) for outcome in outcomes]:
            self._fill(outcomes)
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setSelected(item.data(OUTCOME) is shown)
            if item.data(OUTCOME) is shown:
                self.list.setCurrentItem(item)
                self.list.scrollToItem(item)
        self.list.setVisible(bool(outcomes))
        self.hint.setVisible(not outcomes)

    def outcome_at(self, row: int) -> Outcome:
        """The result in a place of the row."""
        outcome: Outcome = self.list.item(row).data(OUTCOME)
        return outcome

    def _fill(self, outcomes: Sequence[Outcome]) -> None:
        self.list.clear()
        for outcome in outcomes:
            item = captioned(icon_of(outcome.thumbnail), outcome.caption)
            item.setData(OUTCOME, outcome)
            told = f"{outcome.wish.operation.title}, seed {outcome.wish.seed}, {outcome.seconds:.1f} s"
            item.setToolTip("\n".join(part for part in (told, outcome.said or sentence(outcome.findings)) if part))
            self.list.addItem(item)

    def _take(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(OUTCOME))

    def _menu(self, place: QPoint) -> None:
        item = self.list.itemAt(place)
        if item is None:
            return
        outcome = item.data(OUTCOME)
        menu = QMenu(self)
        use = menu.addAction(icons.icon("keep"), "Put it on the picture")
        own = menu.addAction(icons.icon("new"), "Open as a picture of its own")
        others = menu.addAction(icons.icon("image"), f"Open what was made along ({len(outcome.others)})")
        others.setVisible(bool(outcome.others))
        drop = menu.addAction(icons.icon("remove"), "Let it go")
        picked = menu.exec(self.list.mapToGlobal(place))
        menu.deleteLater()
        signals = {use: self.chosen, own: self.promoted, others: self.others_asked, drop: self.dropped}
        if picked in signals:
            signals[picked].emit(outcome)
