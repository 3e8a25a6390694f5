"""Lists of little pictures, all of one make."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QImageReader, QPainter, QPainterPath, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem

from desktop import learnt, pixels
from desktop.look import icons, palette
from engine.errors import Unusable
from engine.image import Bytes

SIDE = 72
"""Of a little picture, in device independent pixels."""

L = TypeVar("L", bound=QListWidget)


def as_thumbnails(made: L, name: str) -> L:
    """The same list, showing little pictures in rows with a caption under each; `name` is for those who cannot see."""
    made.setAccessibleName(name)
    made.setViewMode(QListWidget.ViewMode.IconMode)
    made.setFlow(QListWidget.Flow.LeftToRight)
    made.setWrapping(True)
    made.setResizeMode(QListWidget.ResizeMode.Adjust)
    made.setMovement(QListWidget.Movement.Static)
    made.setIconSize(QSize(SIDE, SIDE))
    made.setSpacing(palette.XS)
    made.setUniformItemSizes(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setStyleSheet("QListWidget { border: 0; background: transparent; }")
    return made


def captioned(icon: QIcon, caption: str) -> QListWidgetItem:
    """An entry of such a list."""
    item = QListWidgetItem(icon, caption)
    item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
    item.setSizeHint(QSize(SIDE + 14, SIDE + 24))
    return item


def icon_of(shown: Bytes) -> QIcon:
    """uint8 (h, w, 4) made as small as a little picture."""
    return untinted(
        QPixmap.fromImage(pixels.to_qimage(shown)).scaled(
            SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    )


def untinted(picture: QPixmap) -> QIcon:
    """The same picture whether it is chosen or not: its colours are what it is about."""
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        icon.addPixmap(picture, mode)
    return icon


def little(path: Path, side: int) -> QImage:
    """A picture cut to a square. May run in any thread; null where it cannot be read."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        image = _read_otherwise(path, side)
    return image.copy((image.width() - side) // 2, (image.height() - side) // 2, side, side)


def _read_otherwise(path: Path, side: int) -> QImage:
    """What Qt cannot read (EXR, PSD, 32 bit)."""
    from engine.files import open_picture
    from engine.image import displayed

    try:
        picture = open_picture(path)
    except (Unusable, OSError):
        return QImage()
    step = max(1, min(picture.size) // side)
    shown = pixels.to_qimage(displayed(picture.decoded()[::step, ::step].copy()))
    by = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    return shown.scaled(side, side, by, Qt.TransformationMode.SmoothTransformation)


def network_picture(path: Path, side: int) -> QImage:
    """What stands for a trained file: the picture that it carries, else a card in a colour of its own.

    May run in any thread.
    """
    carried = QImage.fromData(learnt.carried(path))
    if not carried.isNull():
        by = Qt.AspectRatioMode.KeepAspectRatioByExpanding
        carried = carried.scaled(side, side, by, Qt.TransformationMode.SmoothTransformation)
        return carried.copy((carried.width() - side) // 2, (carried.height() - side) // 2, side, side)
    card = QImage(side, side, QImage.Format.Format_RGBA8888)
    card.fill(QColor.fromHsv(zlib.crc32(path.stem.encode()) % 360, 90, 96))
    drawing = (icons.FOLDER / "learnt.svg").read_bytes().replace(b"currentColor", palette.TEXT.encode())
    painter = QPainter(card)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(side / 4, side / 4, side / 2, side / 2))
    painter.end()
    return card


def rounded(image: QImage, radius: float, ratio: float) -> QPixmap:
    """The same with round corners."""
    made = QPixmap(image.size())
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(0, 0, image.width(), image.height(), radius * ratio, radius * ratio)
    painter.setClipPath(path)
    painter.drawImage(0, 0, image)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
