"""The page of texture spaces: the pad, its sliders, what was there before, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.learnt import Learnt
from desktop.look import icons, palette
from desktop.panels.controls import Row, SliderRow, ToggleRow, WheelGuard, row
from desktop.panels.operations import heading
from desktop.panels.size_row import SizeRow
from desktop.panels.space_menu import sample_menu
from desktop.panels.space_pad import SpacePad
from desktop.panels.space_path import PathBar
from desktop.panels.space_points import PointRow
from desktop.pixels import to_qimage
from desktop.session.space_spots import Locks, Spot, Trail, near_spot, random_spot
from desktop.settings import Settings
from engine.image import Bytes
from engine.params import Field, Slider

if TYPE_CHECKING:
    from engine.nets.texture_space.outline import Outline
    from engine.operation import Operation

PICTURE = 132
"""Side of the picture of the point, in device independent pixels."""


NEARER, JOIN = "nearer", "join"
"""Links in what is told of a search."""


class SpacePanel(QScrollArea):
    """Shows a space and where one is in it; says when that changes, and what is asked for.

    Signals:
        felt(): the point or the look is another.
        rested(): nobody moves it any more.
        chosen(path): look into another space.
        make_asked(): a document of the size in `size_row`, or the one in front anew.
        learn_asked(), find_asked(), nearer_asked(), join_asked(), brush_asked(): a new space; the selection's place;
            search on for it; add it to the space; paint with the point.

    Attributes:
        spot: where one is; None without a space.
        seed: of the noise.
    """

    felt = Signal()
    rested = Signal()
    chosen = Signal(str)
    make_asked = Signal()
    learn_asked = Signal()
    find_asked = Signal()
    nearer_asked = Signal()
    join_asked = Signal()
    brush_asked = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Texture space")
        self.outline: Outline | None = None
        self.spot = Spot()
        self.seed = 1
        self.trail = Trail()
        self._settings = settings
        self._random = np.random.default_rng()
        self._slots: list[Spot | None] = [None, None]
        self._slot = 0
        self.slopes: list[SliderRow] = []
        self.slope_locks: list[QToolButton] = []
        self.look_rows: dict[str, Row] = {}
        self._fine = ""
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumWidth(308)
        inside = QWidget()
        inside.setProperty("role", "panel")
        inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(palette.M, palette.M, palette.M, palette.M)
        column.setSpacing(palette.S)
        column.addLayout(self._space_line())
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.told.setProperty("role", "muted")
        self.told.linkActivated.connect(self._linked)
        self.pad = SpacePad()
        self.pad.setMinimumHeight(230)
        column.addWidget(self.pad)
        column.addLayout(self._deeds_line())
        column.addLayout(self._picture_line())
        column.addWidget(self.told)
        self.points = PointRow(settings)
        column.addWidget(self.points)
        self.middle = QPushButton("To the middle")
        self.middle.setToolTip("All sliders to where they change nothing; what is locked stays")
        self.middle.setProperty("role", "quiet")
        self.size_row = SizeRow()
        self.size_row.follow((256, 256))
        for button in self.size_row.quick:
            button.hide()
        self.make = QPushButton("Make it")
        self.make.setProperty("role", "primary")
        self.make.clicked.connect(self.make_asked)
        column.addWidget(self.size_row)
        column.addWidget(self.make)
        self._sliders = QVBoxLayout()
        self._sliders.setSpacing(palette.S)
        column.addLayout(self._sliders)
        self.path = PathBar()
        column.addWidget(self.path)
        self._look = QVBoxLayout()
        self._look.setSpacing(palette.S)
        column.addLayout(self._look)
        column.addStretch(1)
        self._connect()
        # The wheel is for scrolling the page: a value under the pointer changes only when it has the focus.
        self._guard = WheelGuard(self)
        for box in (self.size_row.width_box, self.size_row.height_box, self.path.seconds, self.box, self.points.box):
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            box.installEventFilter(self._guard)
        self.show_outline(None)

    def _space_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(palette.XS)
        self.box = QComboBox()
        self.box.setAccessibleName("Texture space")
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(10)
        self.learn = QPushButton("Learn…")
        self.learn.setToolTip("Learn a space from pictures of your own")
        line.addWidget(self.box, 1)
        line.addWidget(self.learn)
        return line

    def _deeds_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(0)
        self.back = tool_button("back", "To the point before (Alt+Left)")
        self.forward = tool_button("forward", "To the point after (Alt+Right)")
        self.random = tool_button("shuffle", "Any point at all; what is locked stays")
        self.near = tool_button("near", "More like this: a point close by")
        self.lock = tool_button("lock", "Lock the place on the map: chance moves only sliders", checkable=True)
        self.noise = tool_button("another", "The same texture, other noise")
        self.swap = QToolButton()
        self.swap.setText("A")
        self.swap.setToolTip("Two points to compare: switches between A and B")
        self.swap.setAccessibleName("A or B")
        self.brush = tool_button("space-brush", "Paint with this point")
        self.find_button = tool_button("search", "Find the selected part of the picture on the map")
        for part in (self.back, self.forward, self.random, self.near, self.lock, self.noise):
            line.addWidget(part)
        line.addStretch(1)
        for part in (self.swap, self.find_button, self.brush):
            line.addWidget(part)
        return line

    def _picture_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(palette.M)
        self.picture = QLabel()
        self.picture.setFixedSize(PICTURE, PICTURE)
        self.picture.setAccessibleName("What the point looks like")
        self.picture.setStyleSheet(f"background: {palette.WELL}; border-radius: {palette.RADIUS}px;")
        beside = QVBoxLayout()
        beside.setSpacing(palette.XS)
        self.where = QLabel()
        self.where.setWordWrap(True)
        self.where.setProperty("role", "muted")
        self.where.setAlignment(Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self.where, 1)
        self._toggles = QVBoxLayout()
        self._toggles.setSpacing(palette.XS)
        beside.addLayout(self._toggles)
        line.addWidget(self.picture)
        line.addLayout(beside, 1)
        return line

    def _connect(self) -> None:
        self.box.activated.connect(lambda index: self.chosen.emit(str(self.box.itemData(index))))
        self.learn.clicked.connect(self.learn_asked)
        self.find_button.clicked.connect(self.find_asked)
        self.brush.clicked.connect(self.brush_asked)
        self.pad.moved.connect(lambda x, y: self._feel(replace(self.spot, x=x, y=y, away=())))
        self.pad.let_go.connect(self._rest)
        self.pad.asked.connect(self._ask)
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward.clicked.connect(lambda: self.step(1))
        self.random.clicked.connect(lambda: self._chance(random_spot))
        self.near.clicked.connect(lambda: self._chance(near_spot))
        self.noise.clicked.connect(self._other_noise)
        self.swap.clicked.connect(self.swap_points)
        self.middle.clicked.connect(self._middle)
        self.points.taken.connect(self._take)
        self.points.keep_asked.connect(lambda name: self.points.keep(name, self.spot, self.seed))
        self.path.add_asked.connect(lambda: self.path.add(self.spot, self.picture.pixmap()))
        self.path.went.connect(self.go)
        self.path.changed.connect(self._show_path)

    # What there is.

    def show_spaces(self, spaces: Sequence[Learnt], chosen: str) -> None:
        """The spaces to choose from, and the one that is looked into."""
        self.box.clear()
        for entry in spaces:
            self.box.addItem(entry.title if not entry.built_in else f"{entry.title} (built in)", str(entry.path))
        self.box.setCurrentIndex(self.box.findData(chosen))
        self.box.setEnabled(self.box.count() > 0)

    def show_operation(self, operation: Operation[Any], look: Sequence[str], fine: str = "") -> None:
        """Rows for what can be turned beside the point; they take the operation's own declarations.

        Args:
            fine: the parameter that takes a second point, for its detail; empty where there is none.
        """
        self._fine = fine
        _empty(self._look)
        _empty(self._toggles)
        self.look_rows = {}
        fields = {field.name: field for field in operation.params.fields()}
        title = heading("Look")
        self._look.addWidget(title)
        for name in look:
            made = row(fields[name])
            made.changed.connect(self.felt)
            made.released.connect(self._rest)
            if isinstance(made, ToggleRow):
                made.changed.connect(self._rest)
                self._toggles.addWidget(made)
            else:
                self._look.addWidget(made)
            self.look_rows[name] = made

    def show_outline(self, outline: Outline | None) -> None:
        """Another space; the point goes to its first sample."""
        self.outline = outline
        self.middle.setParent(self)
        self.middle.hide()
        _empty(self._sliders)
        self.slopes, self.slope_locks = [], []
        for part in (self.pad, self.random, self.near, self.lock, self.noise, self.swap, self.find_button, self.brush):
            part.setEnabled(outline is not None)
        self.make.setEnabled(outline is not None)
        self.picture.clear()
        self.trail, self._slots, self._slot = Trail(), [None, None], 0
        self.swap.setText("A")
        if outline is None:
            self.pad.show_samples((), (), [])
            self.told.setText("No space yet: learn one from three to thirty pictures of texture.")
            self.told.show()
            self.where.setText("")
            self._enable_trail()
            return
        self.told.hide()
        places = [(float(x), float(y)) for x, y in outline.places]
        self.pad.show_samples(outline.names, outline.pictures, places)
        if outline.slopes:
            line = QHBoxLayout()
            line.addWidget(heading("Sliders"))
            line.addStretch(1)
            line.addWidget(self.middle)
            self.middle.show()
            self._sliders.addLayout(line)
        for number, slope in enumerate(outline.slopes):
            self._add_slope(number, slope.name, slope.low, slope.high)
        self.path.clear()
        self.spot = Spot(*places[0])
        self.trail.add(self.spot)
        self._show_spot()

    def _add_slope(self, number: int, name: str, low: float, high: float) -> None:
        help_ = "Moves the point to where the space has more or less of this"
        made = SliderRow(Field(f"slope {number}", Slider(low, high, title=name, help=help_, whole=False), float, 0.0))
        made.changed.connect(lambda: self._feel(self.spot.slid(number, float(made.value()))))  # type: ignore[arg-type]
        made.released.connect(self._rest)
        lock = tool_button("lock", f"Lock {name}: chance leaves it alone", checkable=True)
        line = QHBoxLayout()
        line.setSpacing(palette.XS)
        line.addWidget(made, 1)
        line.addWidget(lock)
        self._sliders.addLayout(line)
        self.slopes.append(made)
        self.slope_locks.append(lock)

    def show_picture(self, pixels: Bytes) -> None:
        """What the space makes at the point, uint8 (h, w, 4)."""
        ratio = self.devicePixelRatioF()
        side = round(PICTURE * ratio)
        height, width = pixels.shape[:2]
        if min(height, width) >= side:
            pixels = pixels[(height - side) // 2 :, (width - side) // 2 :][:side, :side]
        image = to_qimage(pixels)
        if image.width() != side:
            keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.scaled(side, side, keep, smooth)
        image.setDevicePixelRatio(ratio)
        self.picture.setPixmap(QPixmap.fromImage(image))

    # Where one is.

    def look(self) -> Mapping[str, Any]:
        """What is turned beside the point: parameter -> value."""
        values: dict[str, Any] = {name: made.value() for name, made in self.look_rows.items()}
        if self._fine and self.outline is not None:
            values[self._fine] = self.spot.detail(self.outline)
        return values

    def code(self) -> tuple[float, ...]:
        """The point itself; empty without a space."""
        return self.spot.code(self.outline) if self.outline is not None else ()

    @property
    def held(self) -> bool:
        """Whether a hand has the point or a slider at present."""
        return self.pad.held or any(made.held for made in (*self.slopes, *self.look_rows.values()))

    def title(self) -> str:
        """The point in words: what it is most like."""
        if self.outline is None:
            return ""
        shares = self.outline.shares(self.spot.x, self.spot.y)
        order = np.argsort(-shares, kind="stable")
        return " and ".join(self.outline.names[k] for k in order[:2] if shares[k] > 0.15)

    def go(self, spot: Spot) -> None:
        """To a point, as if a person had moved there and let go."""
        self._feel(spot)
        self._rest()

    def step(self, by: int) -> None:
        """Back or forward on the trail of points."""
        spot = self.trail.step(by)
        if spot is not None:
            self._feel(spot)
            self._enable_trail()
            self.rested.emit()

    def swap_points(self) -> None:
        """Leaves this point in A or B and goes to the other."""
        self._slots[self._slot] = self.spot
        self._slot = 1 - self._slot
        self.swap.setText("AB"[self._slot])
        other = self._slots[self._slot]
        if other is not None:
            self.go(other)

    def locks(self) -> Locks:
        """What chance may not change."""
        taken = frozenset(number for number, lock in enumerate(self.slope_locks) if lock.isChecked())
        return Locks(self.lock.isChecked(), taken)

    def _chance(self, draw: Any) -> None:
        if self.outline is not None:
            self.go(draw(self.outline, self.spot, self.locks(), self._random))

    def _middle(self) -> None:
        locked = self.locks().slopes
        kept = [self.spot.amount(number) if number in locked else 0.0 for number in range(len(self.slopes))]
        self.go(replace(self.spot, amounts=tuple(kept)))

    def _take(self, spot: Spot, seed: int) -> None:
        """To a point that was kept, with the noise that it had."""
        self.seed = seed
        self.go(spot)

    def _other_noise(self) -> None:
        self.seed += 1
        self.felt.emit()
        self.rested.emit()

    def _linked(self, name: str) -> None:
        {NEARER: self.nearer_asked, JOIN: self.join_asked}[name].emit()

    def _feel(self, spot: Spot) -> None:
        self.spot = spot
        self._show_spot()
        self.felt.emit()

    def _ask(self, number: int, at: QPoint) -> None:
        if self.outline is not None:
            menu = sample_menu(self, self.outline, number, self.spot, bool(self._fine), self.go)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(at)

    def _rest(self) -> None:
        if self.outline is not None:
            self.trail.add(self.spot)
            self._enable_trail()
            self.rested.emit()

    def _show_spot(self) -> None:
        outline, spot = self.outline, self.spot
        if outline is None:
            return
        shares = outline.shares(spot.x, spot.y)
        self.pad.show_point((spot.x, spot.y), [float(part) for part in shares], bool(spot.away))
        for number, made in enumerate(self.slopes):
            if not made.held:
                made.set(spot.amount(number))
        self.middle.setEnabled(any(spot.amounts))
        order = np.argsort(-shares, kind="stable")
        lines = [f"{round(100 * shares[k])} % {outline.names[k]}" for k in order[:3] if shares[k] >= 0.05]
        lines += ["and off the map"] if spot.away else []
        if fine := spot.detail(outline):
            at = int(np.square(outline.codes - np.asarray(fine, np.float32)).sum(axis=1).argmin())
            lines.append(f"detail of {outline.names[at]}")
        self.where.setText("\n".join(lines))
        self._enable_trail()

    def _enable_trail(self) -> None:
        self.back.setEnabled(self.trail.can_back)
        self.forward.setEnabled(self.trail.can_forward)

    def _show_path(self) -> None:
        self.pad.show_path([(spot.x, spot.y) for spot in self.path.spots])


def tool_button(name: str, help_: str, checkable: bool = False) -> QToolButton:
    """A button with an icon alone."""
    button = QToolButton()
    button.setIcon(icons.icon(name))
    button.setToolTip(help_)
    button.setAccessibleName(help_)
    button.setCheckable(checkable)
    return button


def _empty(layout: QVBoxLayout | QHBoxLayout | QGridLayout) -> None:
    """Takes out and deletes everything that is in a layout."""
    while layout.count():
        item = layout.takeAt(0)
        assert item is not None
        inner = item.layout()
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif isinstance(inner, QVBoxLayout | QHBoxLayout | QGridLayout):
            _empty(inner)
