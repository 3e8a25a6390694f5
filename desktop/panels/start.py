"""The first thing that anybody sees: pictures, things to try, and the files of last time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

import resources
from desktop.look import icons, palette
from desktop.panels.operations import heading
from desktop.panels.thumbnails import rounded

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
CARD = QSize(206, 226)
PICTURE = QSize(190, 118)
SMALL = QSize(104, 78)
SHOWN = 18

Load = Callable[[Callable[[], Any], Callable[[Any], None]], None]


@dataclass(frozen=True)
class Starter:
    """One thing to try, from resources/starters.json.

    Attributes:
        title, text: on the card.
        told: the sentence above the canvas, once it is open.
        picture: a path inside resources.
        operation, values, size: what is in the panel.
        tool: the id of the tool in hand.
        hole, source: strokes already painted; each a list of x, y in parts of the width and height, and a width
            in parts of the width: {"points": [[x, y], ...], "width": w}.
        mask: a gray picture inside resources instead of strokes for the hole; white is inside.
        sample: x, y, w, h in parts, or empty.
        labels: a gray picture inside resources for a painting by numbers: each gray value is a label of the picture.
        palette: name and red, green, blue of labels 1, 2, ...
        ground: the label that a painting begins with everywhere.
        strokes: what is painted on it already, as for the hole and with a "label" each.
        command: the id of what opens it, where that is no picture but a page of its own.
    """

    title: str
    text: str
    told: str
    picture: str
    operation: str = ""
    tool: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    hole: Sequence[Mapping[str, Any]] = ()
    source: Sequence[Mapping[str, Any]] = ()
    mask: str = ""
    sample: Sequence[float] = ()
    labels: str = ""
    palette: Sequence[Any] = ()
    ground: int = 1
    strokes: Sequence[Mapping[str, Any]] = ()
    command: str = ""

    @property
    def path(self) -> Path:
        return RESOURCES / self.picture


def starters(path: Path = RESOURCES / "starters.json") -> tuple[str, list[Starter]]:
    """The operation to begin with, and the things to try whose picture is there."""
    read = json.loads(path.read_text("utf-8"))
    made = []
    for entry in read["starters"]:
        size = entry.pop("size", None)
        made.append(Starter(**entry, size=tuple(size) if size else None))
    return read["first"], [starter for starter in made if starter.path.is_file()]


def dropping(kind: str = "texture", path: Path = RESOURCES / "starters.json") -> Mapping[str, str]:
    """What a thing of a kind that is dropped on a picture is laid with: operation, role of the thing, amount."""
    read: Mapping[str, str] = json.loads(path.read_text("utf-8"))["dropped"][kind]
    return read


def told_of_spaces(path: Path = RESOURCES / "starters.json") -> Mapping[str, Any]:
    """Which operations make, find and learn textures in a space, and what their parameters are called."""
    read: Mapping[str, Any] = json.loads(path.read_text("utf-8")).get("space", {})
    return read


def sample_pictures() -> list[tuple[Path, str]]:
    """The pictures that come with the program and what to call them, photographs first."""
    found = sorted(resources.samples(), key=lambda entry: (entry.kind != "photo", entry.title))
    return [(Path(str(entry.file)), entry.title) for entry in found]


def thumbnail(path: Path, size: QSize) -> QImage:
    """A picture cut to fill `size`. May run in any thread."""
    image = QImage(str(path))
    if image.isNull():
        return image
    by = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    image = image.scaled(size, by, Qt.TransformationMode.SmoothTransformation)
    left, top = (image.width() - size.width()) // 2, (image.height() - size.height()) // 2
    return image.copy(left, top, size.width(), size.height())


class Card(QPushButton):
    """A picture with a title and a line of text, to press."""

    def __init__(self, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setFixedSize(CARD)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.picture = QLabel()
        self.picture.setFixedSize(PICTURE)
        name, words = QLabel(title), QLabel(text)
        name.setProperty("role", "card-title")
        words.setProperty("role", "muted")
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(palette.S, palette.S, palette.S, palette.S)
        column.setSpacing(palette.XS)
        for widget in (self.picture, name, words):
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(widget)
        column.addStretch(1)


class StartPage(QScrollArea):
    """Shown while no picture is open.

    Signals:
        open_asked(): choose files, please.
        paste_asked(): open what is on the clipboard.
        path_chosen(path): open this file.
        sample_chosen(path): open this sample picture, without counting it as one's own.
        starter_chosen(starter): open this thing to try.

    Args:
        load: runs work aside and gives what it returns to a function in this thread.
    """

    open_asked = Signal()
    paste_asked = Signal()
    path_chosen = Signal(str)
    sample_chosen = Signal(str)
    starter_chosen = Signal(object)

    def __init__(self, tries: Sequence[Starter], load: Load, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Start page")
        self._load = load
        self._loaded = False
        self._wanted: list[tuple[Path, QSize, Callable[[QPixmap], None]]] = []
        self.setWidgetResizable(True)
        inside = QWidget()
        self.setWidget(inside)
        outer = QHBoxLayout(inside)
        outer.addStretch(1)
        column = QVBoxLayout()
        outer.addLayout(column)
        outer.addStretch(1)
        column.setContentsMargins(palette.XL, palette.XL, palette.XL, palette.XL)
        column.setSpacing(palette.M)
        column.addStretch(1)
        column.addLayout(self._top())
        column.addSpacing(palette.M)
        column.addWidget(heading("Things to try"))
        column.addLayout(self._cards(tries))
        column.addSpacing(palette.M)
        column.addLayout(self._below())
        column.addStretch(2)

    def show_recent(self, paths: Sequence[str]) -> None:
        """The files of last time, newest first."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for path in list(paths)[:5]:
            button = QPushButton(icons.icon("image", palette.MUTED), Path(path).name)
            button.setProperty("flat", "true")
            button.setStyleSheet("text-align: left;")
            button.setToolTip(path)
            button.clicked.connect(lambda _=False, path=path: self.path_chosen.emit(path))
            self._recent.addWidget(button)
        if not paths:
            label = QLabel("Nothing yet. Drop a picture here, or open one.")
            label.setProperty("role", "faint")
            self._recent.addWidget(label)

    def load_pictures(self) -> None:
        """Fills in the little pictures, off this thread. Once is enough."""
        if self._loaded:
            return
        self._loaded = True
        ratio = self.devicePixelRatioF()
        for path, size, show in self._wanted:
            wanted = QSize(round(size.width() * ratio), round(size.height() * ratio))

            def give(image: QImage, show: Callable[[QPixmap], None] = show) -> None:
                if not image.isNull():
                    show(rounded(image, palette.RADIUS, ratio))

            self._load(lambda path=path, wanted=wanted: thumbnail(path, wanted), give)  # type: ignore[misc]

    def _top(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(palette.L)
        mark = QLabel()
        mark.setPixmap(icons.pixmap("scumble", 56, ratio=self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(0)
        name, told = QLabel("Scumble"), QLabel("Take texture from any picture and put it anywhere.")
        name.setProperty("role", "display")
        told.setProperty("role", "muted")
        words.addWidget(name)
        words.addWidget(told)
        self.open_button = QPushButton(icons.icon("open", palette.ON_ACCENT), "Open a picture…")
        self.open_button.setProperty("primary", "true")
        self.open_button.setMinimumHeight(36)
        self.open_button.setToolTip("Ctrl+O, or drop a file anywhere in the window")
        self.paste_button = QPushButton(icons.icon("paste"), "Paste")
        self.paste_button.setMinimumHeight(36)
        self.open_button.clicked.connect(self.open_asked)
        self.paste_button.clicked.connect(self.paste_asked)
        line.addWidget(mark)
        line.addLayout(words)
        line.addStretch(1)
        line.addWidget(self.paste_button)
        line.addWidget(self.open_button)
        return line

    def _cards(self, tries: Sequence[Starter]) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(palette.S)
        self.cards: list[Card] = []
        for starter in tries:
            card = Card(starter.title, starter.text)
            card.clicked.connect(lambda _=False, starter=starter: self.starter_chosen.emit(starter))
            self._wanted.append((starter.path, PICTURE, card.picture.setPixmap))
            line.addWidget(card)
            self.cards.append(card)
        line.addStretch(1)
        return line

    def _below(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(palette.XL)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.setSpacing(palette.XS)
        right.setSpacing(palette.S)
        left.addWidget(heading("Recent"))
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        left.addLayout(self._recent)
        left.addStretch(1)
        right.addWidget(heading("Sample pictures"))
        grid = QGridLayout()
        grid.setSpacing(palette.S)
        self.samples: list[QPushButton] = []
        for number, (path, title) in enumerate(sample_pictures()[:SHOWN]):
            button = QPushButton()
            button.setProperty("role", "thumbnail")
            button.setFixedSize(SMALL)
            button.setIconSize(SMALL)
            button.setToolTip(title)
            button.setAccessibleName(f"Sample picture: {title}")
            button.clicked.connect(lambda _=False, path=path: self.sample_chosen.emit(str(path)))
            self._wanted.append((path, SMALL, button.setIcon))
            grid.addWidget(button, number // 6, number % 6)
            self.samples.append(button)
        right.addLayout(grid)
        right.addStretch(1)
        line.addLayout(left, 1)
        line.addLayout(right)
        return line
