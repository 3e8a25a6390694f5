"""Our own icons: SVG files under resources/icons, drawn on a 24 x 24 grid in `currentColor`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop.look import palette

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "icons"
SIDES = (16, 20, 24, 32, 48)


def names() -> list[str]:
    """Every icon there is."""
    return sorted(path.stem for path in FOLDER.glob("*.svg"))


def pixmap(name: str, side: int, colour: str = palette.TEXT, ratio: float = 1.0) -> QPixmap:
    """One icon, side x side device independent pixels, crisp at the device pixel ratio.

    Raises:
        KeyError: there is no icon with this name.
    """
    path = FOLDER / f"{name}.svg"
    if not path.is_file():
        raise KeyError(name)
    drawing = path.read_bytes().replace(b"currentColor", colour.encode())
    real = max(1, round(side * ratio))
    drawn = QPixmap(QSize(real, real))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, real, real))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


@cache
def icon(name: str, colour: str = palette.TEXT, chosen: str = palette.ACCENT) -> QIcon:
    """An icon for buttons and menus; `chosen` is its colour while checked, faint when disabled."""
    made = QIcon()
    for side in SIDES:
        made.addPixmap(pixmap(name, side, colour), QIcon.Mode.Normal, QIcon.State.Off)
        made.addPixmap(pixmap(name, side, chosen), QIcon.Mode.Normal, QIcon.State.On)
        made.addPixmap(pixmap(name, side, palette.FAINT), QIcon.Mode.Disabled)
    return made
