"""The panel of labels: a palette, how to get a label map, and how to paint by it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.document import Document
from desktop.look import icons
from desktop.look import palette as look
from desktop.panels.operations import heading
from desktop.panels.palette_list import PaletteList
from desktop.panels.short_label import ShortLabel
from desktop.panels.size_row import SizeRow
from desktop.panels.thin_bar import ThinBar

STARTS = (
    ("mirrored", "The photo's map, mirrored"),
    ("map", "The photo's map"),
    ("one", "All the label in hand"),
    ("empty", "Nothing"),
)
"""What a new painting may begin with."""

COUNTING = 150
"""Milliseconds of quiet after a stroke before shares are counted."""


class NumbersPanel(QScrollArea):
    """Shows the labels of the document in front and says what the person wants done about them.

    Signals:
        chosen(number): a label was taken in hand.
        renamed(number, name), recoloured(number, colour): a label is to change.
        add_asked(), remove_asked(number): a label more or less.
        find_asked(count): label the picture.
        import_asked(), export_asked(): from or to a file.
        paint_asked(start): a painting from this picture; start is one of STARTS.
        live_toggled(on), now_asked(), again_asked(): of a painting.
        opacity_changed(opacity): 0..1.
    """

    chosen = Signal(int)
    renamed = Signal(int, str)
    recoloured = Signal(int, object)
    add_asked = Signal()
    remove_asked = Signal(int)
    find_asked = Signal(int)
    import_asked = Signal()
    export_asked = Signal()
    paint_asked = Signal(str)
    live_toggled = Signal(bool)
    now_asked = Signal()
    again_asked = Signal()
    opacity_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Paint by numbers")
        self._document: Document | None = None
        self._counter = QTimer(self)
        self._counter.setSingleShot(True)
        self._counter.setInterval(COUNTING)
        self._counter.timeout.connect(self._count)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(308)
        inside = QWidget()
        inside.setProperty("role", "panel")
        inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(look.M, look.M, look.M, look.M)
        column.setSpacing(look.S)
        self.title, self.told = ShortLabel("Labels"), QLabel()
        self.title.setProperty("role", "title")
        self.told.setProperty("role", "muted")
        self.told.setWordWrap(True)
        column.addWidget(self.title)
        column.addWidget(self.told)
        self.list = PaletteList()
        column.addWidget(self.list, 1)
        column.addLayout(self._list_buttons())
        column.addLayout(self._overlay())
        self._finding = self._find_part()
        self._making = self._make_part()
        self._painting = self._paint_part()
        for part in (self._finding, self._making, self._painting):
            column.addWidget(part)
        column.addStretch(0)
        self.list.chosen.connect(self.chosen)
        self.list.renamed.connect(self.renamed)
        self.list.recoloured.connect(self.recoloured)
        self.refresh()

    # Told by the window.

    def look_at(self, document: Document | None) -> None:
        """From now on the panel is about this document."""
        if document is not self._document:
            self._document = document
            if document is not None:
                width, height = document.size
                self.size_row.release()
                self.size_row.follow(((width + 1) // 2, (height + 1) // 2))
        self.refresh()
        self._count()

    def refresh(self) -> None:
        """The document's palette, map or motif is another now."""
        document = self._document
        palette = document.palette if document is not None else None
        motif = document.motif if document is not None else None
        there = palette is not None and len(palette) > 0
        if palette is not None:
            self.list.show_palette(palette)
        if document is None:
            self.told.setText("Open a picture first.")
        elif motif is not None:
            self.told.setText(f"This is painted from {motif.title}. Paint the map; the picture follows the brush.")
        elif there:
            self.told.setText("Correct the labels with the Number brush (N) and Number fill (G), then paint from them.")
        else:
            self.told.setText("Say what is where in the picture: in one click, or by hand with labels that you add.")
        self.list.setVisible(there)
        self._finding.setVisible(document is not None and motif is None)
        self._making.setVisible(there and motif is None)
        self._painting.setVisible(motif is not None)
        self.remove.setEnabled(there and motif is None)
        self.add.setEnabled(document is not None and motif is None)
        self.import_button.setEnabled(document is not None)
        self.export_button.setEnabled(there)
        if document is not None:
            self._counter.start()

    def show_finding(self, fraction: float | None) -> None:
        """How far the labelling is; None when none goes on."""
        self.find_button.setEnabled(fraction is None)
        self.find_button.setText("Labels from picture" if fraction is None else f"Looking… {100 * fraction:.0f} %")

    def show_progress(self, fraction: float | None) -> None:
        """How far the painting is behind its brush, 0..1; None when it is not."""
        self.bar.show_done(fraction or 0.0)

    def show_pending(self, pending: bool, held: bool = False) -> None:
        """Whether there are strokes that the picture does not follow, and whether that is so because it was stopped."""
        self.now.setEnabled(pending and (held or not self.live.isChecked()))

    @property
    def opacity(self) -> float:
        return self.opacity_slider.value() / 100

    def set_opacity(self, opacity: float) -> None:
        """Shows an opacity without telling."""
        self.opacity_slider.blockSignals(True)
        self.opacity_slider.setValue(round(100 * opacity))
        self.opacity_slider.blockSignals(False)

    # Parts.

    def _list_buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(look.XS)
        self.add = _button("add", "Add a label", "One more label, with a colour of its own")
        self.remove = _button("remove", "Remove the label", "Its pixels have no label then")
        self.import_button = _button("open", "Import labels…", "From a picture in flat colours, or an indexed one")
        self.export_button = _button("save", "Export labels…", "As a picture in flat colours")
        self.add.clicked.connect(self.add_asked)
        self.remove.clicked.connect(lambda: self.remove_asked.emit(self.list.marked()))
        self.import_button.clicked.connect(self.import_asked)
        self.export_button.clicked.connect(self.export_asked)
        for button in (self.add, self.remove):
            line.addWidget(button)
        line.addStretch(1)
        for button in (self.import_button, self.export_button):
            line.addWidget(button)
        return line

    def _overlay(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(look.S)
        label = QLabel("Overlay")
        self.opacity_slider = QSlider(Qt.Orientation.Horizontal)
        self.opacity_slider.setRange(0, 100)
        self.opacity_slider.setAccessibleName("Opacity of the labels")
        self.opacity_slider.setToolTip("How much the labels hide of the picture. Shift+N shows or hides them.")
        self.opacity_slider.valueChanged.connect(lambda value: self.opacity_changed.emit(value / 100))
        label.setBuddy(self.opacity_slider)
        line.addWidget(label)
        line.addWidget(self.opacity_slider, 1)
        return line

    def _find_part(self) -> QWidget:
        part, column = _part("Find labels")
        line = QHBoxLayout()
        line.setSpacing(look.S)
        label = QLabel("How many")
        self.count_slider, self.count = QSlider(Qt.Orientation.Horizontal), QSpinBox()
        for control in (self.count_slider, self.count):
            control.setRange(2, 24)
            control.setValue(6)
            control.setAccessibleName("How many labels")
        self.count.setFixedWidth(56)
        self.count_slider.valueChanged.connect(self.count.setValue)
        self.count.valueChanged.connect(self.count_slider.setValue)
        label.setBuddy(self.count)
        for widget in (label, self.count_slider, self.count):
            line.addWidget(widget, 1 if widget is self.count_slider else 0)
        column.addLayout(line)
        self.find_button = QPushButton(icons.icon("labels-from-picture"), "Labels from picture")
        self.find_button.setToolTip("Divides the picture by colour, roughness and place; correct it with the brush")
        self.find_button.clicked.connect(lambda: self.find_asked.emit(self.count.value()))
        column.addWidget(self.find_button)
        return part

    def _make_part(self) -> QWidget:
        part, column = _part("New painting")
        self.size_row = SizeRow()
        for button in self.size_row.quick:
            button.hide()
        column.addWidget(self.size_row)
        line = QHBoxLayout()
        label = QLabel("Begin with")
        self.start = QComboBox()
        self.start.setAccessibleName("What the painting begins with")
        for name, title in STARTS:
            self.start.addItem(title, name)
        label.setBuddy(self.start)
        line.addWidget(label)
        line.addWidget(self.start, 1)
        column.addLayout(line)
        self.paint = QPushButton(icons.icon("numbers", look.ON_ACCENT), "Paint by numbers")
        self.paint.setProperty("primary", "true")
        self.paint.setMinimumHeight(34)
        self.paint.setToolTip("Opens a new picture that is painted with the textures of this one")
        self.paint.clicked.connect(lambda: self.paint_asked.emit(str(self.start.currentData())))
        column.addWidget(self.paint)
        return part

    def _paint_part(self) -> QWidget:
        part, column = _part("Painting")
        self.live = QCheckBox("Live: the picture follows the brush")
        self.live.setChecked(True)
        self.live.setToolTip("Only what a stroke changed is made again; everything else stays as it is")
        self.live.toggled.connect(self.live_toggled)
        self.now = QPushButton(icons.icon("run"), "Paint now")
        self.now.setToolTip("Makes what was painted since the last time")
        self.now.setEnabled(False)
        self.now.clicked.connect(self.now_asked)
        self.again = QPushButton(icons.icon("another"), "Paint all again")
        self.again.setToolTip("The whole map once more, with another seed")
        self.again.clicked.connect(self.again_asked)
        self.bar = ThinBar("Painting", 4)
        line = QHBoxLayout()
        line.setSpacing(look.S)
        line.addWidget(self.now)
        line.addWidget(self.again)
        column.addWidget(self.live)
        column.addWidget(self.bar)
        column.addLayout(line)
        return part

    # Within.

    def _count(self) -> None:
        document = self._document
        if document is None or not len(document.palette):
            return
        counts = document.labels.counts()
        total = float(counts.sum()) or 1.0
        shares = {label.number: counts[label.number] / total for label in document.palette}
        self.list.show_shares(shares, document.motif.numbers if document.motif is not None else None)


def _button(icon: str, name: str, help_: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icons.icon(icon))
    button.setAccessibleName(name)
    button.setToolTip(f"{name}\n{help_}")
    return button


def _part(title: str) -> tuple[QWidget, QVBoxLayout]:
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, look.XS, 0, 0)
    column.setSpacing(look.S)
    line = QFrame()
    line.setProperty("role", "line")
    column.addWidget(line)
    column.addWidget(heading(title))
    return part, column
